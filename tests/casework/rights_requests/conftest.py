"""Fixtures shared by the files of this folder."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from ledger.caller import Caller
from ledger.clocks import end_of_day
from ledger.recording import Ledger
from projections import runner
from projections.known_at import position_at
from projections.requests import read as requests
from tests.casework.rights_requests.steps import CALENDAR, LATER, See, Step
from tests.commands import give
from tests.conftest import CASE_WORKER, Clock


@pytest.fixture(autouse=True)
def _time_enough(clock: Clock) -> None:
    """The vectors reach into 2028, and nothing may be recorded before it happened."""
    clock.time = datetime(2029, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def step(ledger: Ledger) -> Step:
    """Record one step of a request: `step("ask-identity", request, "2026-09-05", reason="…")`."""

    def one(type_: str, request: uuid.UUID, day: str, *, by: Caller = CASE_WORKER, **fields: Any) -> None:
        at = day if "T" in day else f"{day}T10:00:00Z"
        give(ledger, type_, by=by, at=at, request_id=str(request), **fields)

    return one


@pytest.fixture
def views(database: str) -> Iterator[psycopg.Connection[Any]]:
    with runner.connect(database) as connection:
        yield connection


@pytest.fixture
def see(views: psycopg.Connection[Any]) -> See:
    def one(request: uuid.UUID, on: date = LATER, *, known_on: date | None = None, **more: Any) -> dict[str, Any]:
        runner.catch_up(views)
        upto = position_at(views, end_of_day(known_on)) if known_on else None
        seen = requests.file(views, request, on=known_on or on, calendar=CALENDAR, upto=upto, **more)
        assert seen is not None
        return seen.as_json()

    return one
