"""Fixtures shared by the files of this folder."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from projections import runner
from projections.retention import read as retention
from tests.conftest import Record
from tests.retention.schedule import FAR, Due, registered


@pytest.fixture
def customer(record: Record) -> uuid.UUID:
    """An invented customer, registered early enough for a service that ended long ago."""
    return registered(record, "2015-01-06T09:00:00Z")


@pytest.fixture
def customer_of_2025(record: Record) -> uuid.UUID:
    """An invented customer who was registered in 2025."""
    return registered(record, "2025-01-06T09:00:00Z")


@pytest.fixture
def views(database: str) -> Iterator[psycopg.Connection[Any]]:
    with runner.connect(database) as connection:
        runner.prepare(connection)
        yield connection


@pytest.fixture
def due(views: psycopg.Connection[Any]) -> Due:
    """What is due on a date: `{class: (destroy by, rule)}`, with the part after a slash where there is one."""

    def on(day: date = FAR) -> dict[str, tuple[str, str]]:
        runner.catch_up(views)
        return {
            f"{row.class_}/{row.part}".rstrip("/"): (str(row.destroy_by), row.rule)
            for row in retention.every_due(views, day)
        }

    return on


@pytest.fixture
def exceptions(views: psycopg.Connection[Any]) -> Due:
    """What stands on the exception list on a date: `{class: (since, rule)}`."""

    def on(day: date = FAR) -> dict[str, tuple[str, str]]:
        runner.catch_up(views)
        return {row.class_: (str(row.since), row.rule) for row in retention.exceptions_page(views, day)}

    return on
