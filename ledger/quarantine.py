"""Lines an import could not accept: encrypted, recognised again by a keyed digest, listed without what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from ledger.store import Recorder
from ledger.vault import Vault

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantined:
    """A rejected line as it is stored; `blob` is encrypted."""

    id: UUID
    digest: bytes
    source: str
    line: int
    collection: str | None
    reason: str
    field: str | None
    received_at: datetime
    blob: bytes


class Recognised(NamedTuple):
    """What is known of a line that was rejected before."""

    digest: bytes
    reason: str


class Listed(NamedTuple):
    """A rejected line as anybody may see it."""

    source: str
    line: int
    reason: str
    field: str | None


def recognise(recorder: Recorder, ids: Sequence[UUID]) -> dict[UUID, Recognised]:
    """Those of these ids that are in the quarantine."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT id, digest, reason FROM ledger.quarantine WHERE id = ANY (%b::uuid[])", [list(ids)])
        return {id_: Recognised(bytes(digest), reason) for id_, digest, reason in cursor}


def is_empty(recorder: Recorder) -> bool:
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute("SELECT FROM ledger.quarantine LIMIT 1").fetchone() is None


def listed_since(recorder: Recorder, since: datetime) -> Iterator[Listed]:
    """What was rejected at or after a moment, by source and line; read in pages, so of any number."""
    after: tuple[str, int, UUID] = ("", -1, UUID(int=0))
    while True:
        with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            rows = cursor.execute(
                "SELECT source, line, id, reason, field FROM ledger.quarantine WHERE received_at >= %s"
                " AND (source, line, id) > (%s::text, %s::bigint, %s::uuid) ORDER BY source, line, id LIMIT %s",
                [since, *after, _PAGE],
            ).fetchall()
        if not rows:
            return
        yield from (Listed(source, line, reason, field) for source, line, _, reason, field in rows)
        after = (rows[-1][0], rows[-1][1], rows[-1][2])


def opened(recorder: Recorder, vault: Vault, id_: UUID) -> bytes | None:
    """The rejected line itself; raises Tampered when it is not what was written."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        row = cursor.execute("SELECT blob FROM ledger.quarantine WHERE id = %s", [id_]).fetchone()
    return None if row is None else vault.look_into(bytes(row[0]), id_.bytes)


def keep(cursor: psycopg.Cursor[Any], lines: Sequence[Quarantined]) -> None:
    """Store rejected lines; one that is there already is only dated anew."""
    if lines:
        cursor.executemany(
            "INSERT INTO ledger.quarantine (id, digest, source, line, collection, reason, field, received_at, blob)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT quarantine_is_unique DO UPDATE SET received_at = excluded.received_at",
            [
                (
                    one.id,
                    one.digest,
                    one.source,
                    one.line,
                    one.collection,
                    one.reason,
                    one.field,
                    one.received_at,
                    one.blob,
                )
                for one in lines
            ],
        )


def release(cursor: psycopg.Cursor[Any], ids: Sequence[UUID]) -> None:
    """Let go of lines that could be recorded after all."""
    if ids:
        cursor.execute("DELETE FROM ledger.quarantine WHERE id = ANY (%b::uuid[])", [list(ids)])
