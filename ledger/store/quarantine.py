"""Lines that could not be accepted, documents and reports: encrypted, recognised again by a keyed digest, and listed
without what they say (LEDG-07).

A report that was refused waits here until one with its command id is recorded (a trigger on the receipts lets it go, in
the same transaction) or somebody discards it. Which refusal brings a line here is for the doors to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from ledger.store.recorder import Recorder
from ledger.vault.keys import Vault

ENTRIES, RECORD = "POST /v1/entries", "ledger record"
"""The source of a report, the door it came through; that of a document is its file's name."""
ALARM_AFTER = timedelta(days=7)
"""A line that has waited longer than this is warned of: somebody must correct or discard it."""
_REPORTS = [ENTRIES, RECORD]
_PAGE = 1000
_WAITING = "SELECT id, source, line, reason, field, owner, received_at FROM ledger.quarantine"
_INSERT = (
    "INSERT INTO ledger.quarantine"
    " (id, digest, source, line, collection, reason, field, received_at, blob, owner, command)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT quarantine_is_unique"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantined:
    """A rejected line as it is stored; `blob` is encrypted, and the owner is the organisation that sent it."""

    id: UUID
    digest: bytes
    source: str
    line: int
    collection: str | None
    reason: str
    field: str | None
    received_at: datetime
    blob: bytes
    owner: str
    command: UUID | None = None
    """The command id of a report; recorded under it, the corrected report takes this one away."""


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


class Waiting(NamedTuple):
    """A line that waits in the quarantine, without what it says."""

    id: UUID
    source: str
    line: int
    reason: str
    field: str | None
    owner: str
    received_at: datetime


class Standing(NamedTuple):
    """How many lines of a source wait, and since when the oldest does; all files of imports are one source."""

    source: str
    lines: int
    oldest: datetime


def recognise(recorder: Recorder, ids: Sequence[UUID]) -> dict[UUID, Recognised]:
    """Those of these ids that are in the quarantine."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT id, digest, reason FROM ledger.quarantine WHERE id = ANY (%b::uuid[])", [list(ids)])
        return {id_: Recognised(bytes(digest), reason) for id_, digest, reason in cursor}


def is_empty(recorder: Recorder) -> bool:
    """Whether no document waits; reports are never recognised in an import."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT FROM ledger.quarantine WHERE source <> ALL (%s) LIMIT 1", [_REPORTS])
        return cursor.fetchone() is None


def listed_since(recorder: Recorder, since: datetime) -> Iterator[Listed]:
    """The documents rejected at or after a moment, by source and line; read in pages, so of any number."""
    after: tuple[str, int, UUID] = ("", -1, UUID(int=0))
    while True:
        with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            rows = cursor.execute(
                "SELECT source, line, id, reason, field FROM ledger.quarantine WHERE received_at >= %s"
                " AND source <> ALL (%s) AND (source, line, id) > (%s::text, %s::bigint, %s::uuid)"
                " ORDER BY source, line, id LIMIT %s",
                [since, _REPORTS, *after, _PAGE],
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
            _INSERT + " DO UPDATE SET received_at = excluded.received_at",
            [_row(one) for one in lines],
        )


def keep_report(
    recorder: Recorder,
    vault: Vault,
    content: bytes,
    *,
    source: str,
    line: int,
    reason: str,
    field: str | None,
    owner: str,
    command: UUID | None,
    at: datetime,
) -> None:
    """Keep what a report said. Sent again by its owner it stays the one line it is, as old as it is.

    Raises DatabaseUnreachable.
    """
    digest = vault.digest(b"quarantine:" + owner.encode() + b"\0" + content)
    id_ = UUID(bytes=digest[:16])
    kept = Quarantined(
        id=id_, digest=digest, source=source, line=line, collection=None, reason=reason, field=field, received_at=at,
        blob=vault.lock_away(content, id_.bytes), owner=owner, command=command,
    )  # fmt: skip
    with recorder.connection() as connection:
        connection.execute(_INSERT + " DO NOTHING", _row(kept))


def release(cursor: psycopg.Cursor[Any], ids: Sequence[UUID]) -> None:
    """Let go of lines that could be recorded after all."""
    if ids:
        cursor.execute("DELETE FROM ledger.quarantine WHERE id = ANY (%b::uuid[])", [list(ids)])


def discard(recorder: Recorder, id_: UUID) -> None:
    """Let go of a line for good; that it was discarded is recorded before."""
    with recorder.connection() as connection:
        release(connection.cursor(), [id_])


def one(connection: psycopg.Connection[Any], id_: UUID) -> Waiting | None:
    """A line that waits, by its number."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_WAITING + " WHERE id = %s", [id_]).fetchone()
    return None if row is None else Waiting(*row)


def page(
    connection: psycopg.Connection[Any], *, owner: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Waiting]:
    """The lines that wait, of one owner or of all, the oldest first, after a key of `received_at` and id."""
    since, last = after or (None, None)
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            _WAITING + " WHERE (%s::text IS NULL OR owner = %s::text)"
            " AND (%s::timestamptz IS NULL OR (received_at, id) > (%s::timestamptz, %s::uuid))"
            " ORDER BY received_at, id LIMIT %s",
            [owner, owner, since, since, last, limit],
        )
        return [Waiting(*row) for row in cursor]


def standing(connection: psycopg.Connection[Any]) -> list[Standing]:
    """What waits, by source: each door reports come through, and `ledger import` for every file."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT CASE WHEN source = ANY (%s) THEN source ELSE 'ledger import' END, count(*), min(received_at)"
            " FROM ledger.quarantine GROUP BY 1 ORDER BY 1",
            [_REPORTS],
        )
        return [Standing(*row) for row in cursor]


def oldest(connection: psycopg.Connection[Any]) -> datetime | None:
    """Since when the oldest line waits; None when none does."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT min(received_at) FROM ledger.quarantine").fetchone()
    return None if row is None else row[0]


def _row(one: Quarantined) -> tuple[object, ...]:
    return (
        one.id, one.digest, one.source, one.line, one.collection, one.reason, one.field, one.received_at, one.blob,
        one.owner, one.command,
    )  # fmt: skip
