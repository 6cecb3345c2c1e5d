"""Import of documents with everything on, beside the binary COPY of the very rows that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg

from api.dss.importer import finished_bulks, import_documents
from api.world import FEED, write_world
from bench.measure import Room, Row, Scale, seconds_of, side_by_side
from ledger.caller import Caller
from ledger.store.bulk import copied

BY = Caller(role="administrator", organisation="controller", subject="the benchmark", operator=True)
RIVAL, TARGET = "binary COPY of the resulting rows", 0.35


def world(room: Room, customers: int) -> Path:
    """The documents of an invented world of so many customers, written once."""
    directory = room.directory / f"world-{customers}"
    if not directory.exists():
        write_world(directory, customers=customers, seed=1)
    return directory / FEED


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """Events a second from file to commit, each time into an empty ledger; the rival commits as many rows at a time."""
    feed = str(world(room, scale.world_customers))
    with room.database() as conninfo, room.runtime(conninfo) as runtime:
        bulks = list(finished_bulks(runtime.ledger, [feed], by=BY))
    finished: list[list[tuple[str, bytes]]] = []
    position = 1
    for bulk in bulks:
        finished.append(copied(bulk, position))
        position += len(bulk.entries)
    events = position - 1

    def ours() -> float:
        with room.database() as conninfo, room.runtime(conninfo) as runtime:
            return events / seconds_of(lambda: import_documents(runtime.ledger, [feed], by=BY))

    def theirs() -> float:
        with room.database() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
            return events / seconds_of(lambda: _copy(connection, finished))

    imported, copied_ = side_by_side(scale.repeats, ours, theirs)
    yield Row(what=f"import, {events:,} events", rival=RIVAL, ours_per_s=imported, rival_per_s=copied_, target=TARGET)


def _copy(connection: psycopg.Connection[object], finished: list[list[tuple[str, bytes]]]) -> None:
    for bulk in finished:
        with connection.transaction(), connection.cursor() as cursor:
            for statement, rows in bulk:
                with cursor.copy(statement.encode()) as copy:
                    copy.write(rows)
