"""The quarantine: rejected lines (documents and reports), encrypted and identified by a keyed digest (LEDG-07).

Lists show where a line came from and why it was rejected, never its content. A rejected report waits here until a
report with the same command id is recorded (a trigger on the receipts deletes it in the same transaction) or somebody
discards it. The doors decide which refusals send a line here.
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
MOST_LINES_OF_AN_OWNER = 50_000
MOST_BYTES_OF_AN_OWNER = 256 * 2**20
"""So much of one organisation's reports waits at most. Imports are the operator's, whose files are still there."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A rejected report that is to be stored, still as it was sent."""

    id: UUID
    digest: bytes
    content: bytes
    source: str
    line: int
    reason: str
    field: str | None
    command: UUID | None
    at: datetime

    @classmethod
    def of(
        cls,
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
    ) -> Report:
        """The report with its id, which is a keyed digest of its owner and its bytes."""
        digest = vault.digest(b"quarantine:" + owner.encode() + b"\0" + content)
        return cls(
            id=UUID(bytes=digest[:16]), digest=digest, content=content, source=source, line=line, reason=reason,
            field=field, command=command, at=at,
        )  # fmt: skip

    def locked_away(self, vault: Vault, *, owner: str) -> Quarantined:
        """The row to store."""
        return Quarantined(
            id=self.id, digest=self.digest, source=self.source, line=self.line, collection=None, reason=self.reason,
            field=self.field, received_at=self.at, blob=vault.lock_away(self.content, self.id.bytes), owner=owner,
            command=self.command,
        )  # fmt: skip


class Recognised(NamedTuple):
    """The digest and reason of a line that was rejected before."""

    digest: bytes
    reason: str


class Listed(NamedTuple):
    """A rejected line without its content."""

    source: str
    line: int
    reason: str
    field: str | None


class Waiting(NamedTuple):
    """A line waiting in the quarantine, without its content."""

    id: UUID
    source: str
    line: int
    reason: str
    field: str | None
    owner: str
    received_at: datetime


class Backlog(NamedTuple):
    """The lines waiting from one source: how many, and when the oldest arrived; all import files are one source."""

    source: str
    lines: int
    oldest: datetime


def recognise(recorder: Recorder, ids: Sequence[UUID]) -> dict[UUID, Recognised]:
    """Which of these ids are in the quarantine, with digest and reason."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT id, digest, reason FROM ledger.quarantine WHERE id = ANY (%b::uuid[])", [list(ids)])
        return {id_: Recognised(bytes(digest), reason) for id_, digest, reason in cursor}


def is_empty(recorder: Recorder) -> bool:
    """Whether no document is in the quarantine; reports do not count, an import never matches them."""
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
    """The decrypted content of a line, None when there is no such line. Raises Tampered."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        row = cursor.execute("SELECT blob FROM ledger.quarantine WHERE id = %s", [id_]).fetchone()
    return None if row is None else vault.look_into(bytes(row[0]), id_.bytes)


def documents_of(
    recorder: Recorder, vault: Vault, *, source: str, owner: str
) -> dict[str | None, list[tuple[int, bytes]]]:
    """The rejected documents of one file of one owner, decrypted: number and content by collection. Raises Tampered."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = cursor.execute(
            "SELECT id, line, collection, blob FROM ledger.quarantine"
            " WHERE source = %b AND owner = %b ORDER BY line, id",
            [source, owner],
        ).fetchall()
    found: dict[str | None, list[tuple[int, bytes]]] = {}
    for id_, line, collection, blob in rows:
        found.setdefault(collection, []).append((line, vault.look_into(bytes(blob), id_.bytes)))
    return found


def keep(cursor: psycopg.Cursor[Any], lines: Sequence[Quarantined]) -> None:
    """Store rejected lines; a line that is already stored only gets the new date."""
    if lines:
        cursor.executemany(
            _INSERT + " DO UPDATE SET received_at = excluded.received_at",
            [_row(line) for line in lines],
        )


def keep_reports(recorder: Recorder, vault: Vault, reports: Sequence[Report], *, owner: str) -> set[UUID]:
    """Store rejected reports of one owner in one transaction, and return the ids of those that are stored now.

    The same report sent again stays one line with its first date. What is beyond the bounds of an owner is not stored.
    Raises DatabaseUnreachable.
    """
    new = {report.id: report for report in reports}
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT id FROM ledger.quarantine WHERE id = ANY (%b::uuid[])", [list(new)])
        stored = {id_ for (id_,) in cursor}
        fresh = [report for id_, report in new.items() if id_ not in stored]
        if fresh:
            rows = [_row(report.locked_away(vault, owner=owner)) for report in _within_bounds(cursor, fresh, owner)]
            cursor.executemany(_INSERT + " DO NOTHING", rows)
            stored |= {report.id for report in fresh[: len(rows)]}
    return stored


def _within_bounds(cursor: psycopg.Cursor[Any], reports: Sequence[Report], owner: str) -> Iterator[Report]:
    """The first reports, as many as there is room for. Two senders at once may go beyond it by what they sent."""
    row = cursor.execute(
        "SELECT count(*), coalesce(sum(octet_length(blob)), 0)::bigint FROM ledger.quarantine"
        " WHERE source = ANY (%b::text[]) AND owner = %b",
        [_REPORTS, owner],
    ).fetchone()
    lines, size = row or (0, 0)
    for report in reports:
        lines, size = lines + 1, size + len(report.content)
        if lines > MOST_LINES_OF_AN_OWNER or size > MOST_BYTES_OF_AN_OWNER:
            return
        yield report


def release(cursor: psycopg.Cursor[Any], ids: Sequence[UUID]) -> None:
    """Delete lines that have been recorded after all."""
    if ids:
        cursor.execute("DELETE FROM ledger.quarantine WHERE id = ANY (%b::uuid[])", [list(ids)])


def discard(recorder: Recorder, id_: UUID) -> None:
    """Delete a line; the caller has recorded before that it is discarded."""
    with recorder.connection() as connection:
        release(connection.cursor(), [id_])


def waiting_line(connection: psycopg.Connection[Any], id_: UUID) -> Waiting | None:
    """A waiting line by its id; None when there is none."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_WAITING + " WHERE id = %s", [id_]).fetchone()
    return None if row is None else Waiting(*row)


def page(
    connection: psycopg.Connection[Any],
    *,
    owner: str | None,
    source: str | None = None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Waiting]:
    """Up to `limit` waiting lines of one owner or of all, and of one source or of all, oldest first.

    They come after the key (`received_at`, id).
    """
    since, last = after or (None, None)
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            _WAITING + " WHERE (%s::text IS NULL OR owner = %s::text) AND (%s::text IS NULL OR source = %s::text)"
            " AND (%s::timestamptz IS NULL OR (received_at, id) > (%s::timestamptz, %s::uuid))"
            " ORDER BY received_at, id LIMIT %s",
            [owner, owner, source, source, since, since, last, limit],
        )
        return [Waiting(*row) for row in cursor]


def backlogs(connection: psycopg.Connection[Any]) -> list[Backlog]:
    """The waiting lines by source: one row per door that takes reports, and one for all imports."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT source, lines, oldest FROM ledger.quarantine_backlog() ORDER BY source")
        return [Backlog(*row) for row in cursor]


def oldest(connection: psycopg.Connection[Any]) -> datetime | None:
    """When the oldest waiting line was received; None when none waits."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT min(oldest) FROM ledger.quarantine_backlog()").fetchone()
    return None if row is None else row[0]


def _row(line: Quarantined) -> tuple[object, ...]:
    return (
        line.id, line.digest, line.source, line.line, line.collection, line.reason, line.field, line.received_at,
        line.blob, line.owner, line.command,
    )  # fmt: skip
