"""Requests step by step, for tests of their clocks, holds and files."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg

from ledger.calendars import england_and_wales
from ledger.recording import Ledger
from ledger.state.replay import event_of
from projections import runner
from projections.retention import read as retention

CALENDAR = england_and_wales()


LATER = date(2030, 1, 1)


Step = Callable[..., None]


See = Callable[..., dict[str, Any]]


def asked(step: Step, customer: uuid.UUID | None, day: str, kind: str = "access", **said: Any) -> uuid.UUID:
    request = uuid.uuid4()
    named = {} if customer is None else {"customer_id": str(customer)}
    step("receive-request", request, day, kind=kind, **named, **said)
    return request


def found_in(ledger: Ledger, request: uuid.UUID) -> list[str]:
    made: list[Any] = [event_of(one) for one in ledger.history(request) if one.type == "finding-raised"]
    return [event.rule for event in made]


def clarified(step: Step, request: uuid.UUID, first: str, last: str | None) -> None:
    number = str(uuid.uuid4())
    step(
        "ask-clarification", request, first,
        clarification_id=number, reason="very many records", question="Which years?",
    )  # fmt: skip
    if last is not None:
        step("receive-clarification", request, last, clarification_id=number, answer="All of them.")


def identified(step: Step, request: uuid.UUID, first: str, last: str, **said: Any) -> None:
    step("ask-identity", request, first, reason="the address is not the one on record")
    step("confirm-identity", request, last, method="three details of the record", **said)


def holds(views: psycopg.Connection[Any], customer: uuid.UUID) -> list[tuple[str, bool]]:
    runner.catch_up(views)
    return [(hold.code, hold.lifted_at is None) for hold in retention.holds(views, customer)]
