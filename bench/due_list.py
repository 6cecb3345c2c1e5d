"""The due list of any date, first page and count, among few customers and among many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Any

import psycopg

from bench.growth import leavers
from bench.measure import Room, Row, Scale, seconds_of
from projections import runner
from projections.catalogue import view_named
from projections.retention import read as retention

TARGET = round(1 / 1.5, 3)
_FIRST = date(2022, 6, 1)


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """Lists a second: at most 1.5 times the time is a rate of at least 0.67."""
    at_small = _rate(room, scale.customers_small, scale.readings)
    at_large = _rate(room, scale.customers_large, scale.readings)
    yield Row(
        what=f"due list among {scale.customers_large:,} customers", rival=f"the same among {scale.customers_small:,}",
        ours_per_s=at_large, rival_per_s=at_small, target=TARGET,
    )  # fmt: skip


def _rate(room: Room, customers: int, readings: int) -> float:
    with room.database() as conninfo, runner.connect(conninfo) as connection:
        leavers(conninfo, customers)
        runner.rebuild(connection, view_named("retention"))
        with psycopg.connect(conninfo, autocommit=True) as owner:
            owner.execute("VACUUM (ANALYZE)")
        _list(connection, _FIRST)
        took = [
            seconds_of(partial(_list, connection, _FIRST + timedelta(days=37 * index))) for index in range(readings)
        ]
    return 1 / median(took)


def _list(connection: psycopg.Connection[Any], on: date) -> None:
    assert len(retention.due_page(connection, on)) == min(retention.PAGE, retention.count_due(connection, on))
