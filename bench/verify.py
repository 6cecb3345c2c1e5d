"""Verification of the whole ledger, beside the same client reading the same rows and doing nothing with them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from api.dss.importer import import_documents
from bench.dss_import import BY, world
from bench.measure import Room, Row, Scale, seconds_of, side_by_side
from ledger import verify

RIVAL, TARGET = "COPY TO STDOUT of the same rows", 0.25


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """Entries a second, every value read again and hashed again."""
    with room.database() as conninfo, room.runtime(conninfo) as runtime:
        import_documents(runtime.ledger, [str(world(room, scale.world_customers))], by=BY)
        entries = runtime.ledger.recorder.max_notification_id() or 0
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
        ours, theirs = side_by_side(
            max(scale.repeats, 3),
            lambda: entries / seconds_of(lambda: _verify(conninfo)),
            lambda: entries / seconds_of(lambda: _read(conninfo)),
        )
    yield Row(what=f"verify, {entries:,} entries", rival=RIVAL, ours_per_s=ours, rival_per_s=theirs, target=TARGET)


def _verify(conninfo: str) -> None:
    assert verify.verify(conninfo).ok


def _read(conninfo: str) -> None:
    with psycopg.connect(conninfo) as connection, connection.cursor().copy(verify._ROWS.encode()) as copy:  # noqa: SLF001 (the very same rows)
        for _ in copy:
            pass
