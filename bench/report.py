"""The subject-access report of the same customers in a small ledger and in one that has grown around them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from statistics import median
from uuid import UUID

from api.casework.runtime import Runtime
from api.casework.subject_access import report
from api.dss.importer import import_documents
from bench.dss_import import BY as IMPORTER
from bench.dss_import import world
from bench.growth import multiply
from bench.measure import Room, Row, Scale, seconds_of
from ledger.caller import Caller
from ledger.recording import Ledger
from projections import runner

TARGET = round(1 / 1.2, 3)

BY = Caller(role="case-worker", organisation="controller", subject="the benchmark", operator=True)


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """Reports a second, the recorded reading included; at most 1.2 times the time is a rate of at least 0.83."""
    with room.database() as conninfo, room.runtime(conninfo) as runtime:
        import_documents(runtime.ledger, [str(world(room, scale.world_customers))], by=IMPORTER)
        people = _customers(runtime.ledger)
        small = multiply(conninfo, scale.events_small)
        runner.rebuild_all(conninfo)
        at_small = _rate(runtime, people, scale.readings)
        large = multiply(conninfo, scale.events_large)
        runner.rebuild_all(conninfo)
        at_large = _rate(runtime, people, scale.readings)
    yield Row(
        what=f"report at {large:,} events", rival=f"the same at {small:,} events", ours_per_s=at_large,
        rival_per_s=at_small, target=TARGET,
    )  # fmt: skip


def _customers(ledger: Ledger) -> list[UUID]:
    with ledger.recorder.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT stream FROM ledger.event WHERE type = 'customer-registered' ORDER BY position LIMIT 20")
        return [row["stream"] for row in cursor]


def _rate(runtime: Runtime, people: list[UUID], readings: int) -> float:
    report(runtime, people[0], BY, route="bench")  # the first one warms what every later one finds warm
    took = [
        seconds_of(partial(report, runtime, number, BY, "bench"))
        for number in itertools.islice(itertools.cycle(people), readings)
    ]
    return 1 / median(took)
