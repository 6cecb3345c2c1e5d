"""Calls the database function `ledger.append`: its arguments, one array of rows per table, and its answer.

The row types are those of `sql/0009_row_types.sql`; a call carries the batches of many callers, and this host's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from ledger.errors import ClockWrong, ConcurrentChange, DatabaseUnreachable, LedgerError
from ledger.log.codec import Entry
from ledger.store.composites import (
    RowArray,
    bytea,
    integer,
    jsonb,
    row_array,
    send_row_arrays,
    smallint,
    text,
    timestamptz,
    uuid,
)
from ledger.store.database_faults import fault_behind
from ledger.vault.keys import ClassKey


class SearchToken(NamedTuple):
    """A blind search token and the stream it finds."""

    stream: UUID
    token: bytes


class DestroyedClass(NamedTuple):
    """A retention class and part of a stream that is destroyed: key, ciphertext and search tokens."""

    stream: UUID
    class_: str
    part: str


class VersionRead(NamedTuple):
    """A stream that was read, and its version then; 0 when it had no entry."""

    stream: UUID
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What one command records, all or nothing."""

    entries: Sequence[Entry]
    command: UUID | None = None
    digest: bytes | None = None
    keys: Sequence[ClassKey] = ()
    tokens: Sequence[SearchToken] = ()
    destroys: Sequence[DestroyedClass] = ()
    read: Sequence[VersionRead] = ()
    """Streams the batch was decided by and does not write to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Appended:
    """The positions of a batch; `repeated` when its command had been recorded before."""

    first: int
    last: int
    repeated: bool = False


class Outcome(NamedTuple):
    """What became of the batch with this number in the call: recorded, repeated, conflict or fenced."""

    batch: int
    outcome: str
    first: int
    last: int


class _RowType(NamedTuple):
    name: str
    columns: int


_ROW_TYPES = (
    _RowType("new_entry", 16),
    _RowType("new_receipt", 3),
    _RowType("new_key", 6),
    _RowType("new_token", 3),
    _RowType("destroyed_class", 4),
    _RowType("version_read", 3),
)
_ARGUMENTS = ", ".join((*(f"%b::ledger.{kind.name}[]" for kind in _ROW_TYPES), "%b::timestamptz"))
_APPEND = f"SELECT * FROM ledger.append({_ARGUMENTS})"  # noqa: S608 (the names are the literals above)
CLOCK_WRONG = "LC001"
"""The SQLSTATE of `ledger.refuse_wrong_clock`."""
_OIDS = "SELECT name::regtype::oid FROM unnest(%s::text[]) WITH ORDINALITY AS t (name, number) ORDER BY number"


class Rows(NamedTuple):
    """The rows of one batch in binary form, in the order of the function's arguments.

    Each row lacks its first column, the number of the batch in the call, which is only known when the call is made.
    """

    entries: Sequence[bytes]
    receipts: Sequence[bytes]
    keys: Sequence[bytes]
    tokens: Sequence[bytes]
    destroyed: Sequence[bytes]
    read: Sequence[bytes]


def rows_of(batch: Batch) -> Rows:
    """The rows that a batch adds to the tables. Raises OverflowError for a version that no column can hold."""
    return Rows(
        entries=[_entry(entry) for entry in batch.entries],
        receipts=[] if batch.command is None else [uuid(batch.command) + bytea(batch.digest)],
        keys=[
            uuid(key.stream) + text(key.class_) + text(key.part) + bytea(key.wrapped) + bytea(key.fingerprint)
            for key in batch.keys
        ],
        tokens=[uuid(stream) + bytea(token) for stream, token in batch.tokens],
        destroyed=[uuid(stream) + text(class_) + text(part) for stream, class_, part in batch.destroys],
        read=[uuid(stream) + integer(version) for stream, version in batch.read],
    )


def _entry(entry: Entry) -> bytes:
    return b"".join((
        uuid(entry.id), uuid(entry.stream), integer(entry.version), text(entry.type), smallint(entry.type_version),
        text(entry.class_), text(entry.part), timestamptz(entry.occurred_at), timestamptz(entry.recorded_at),
        text(entry.actor), jsonb(entry.facts), bytea(entry.commitment), bytea(entry.previous), bytea(entry.leaf),
        bytea(entry.blob),
    ))  # fmt: skip


class AppendCall:
    """Calls `ledger.append` on one connection, for whose database it looks up the row types once."""

    def __init__(self, connection: psycopg.Connection[Any], host_clock: Callable[[], datetime]) -> None:
        send_row_arrays(connection)
        self.connection = connection
        self._host_clock = host_clock
        oids = connection.execute(_OIDS, [[f"ledger.{kind.name}" for kind in _ROW_TYPES]]).fetchall()
        self._row_types = [(oid, kind.columns) for (oid,), kind in zip(oids, _ROW_TYPES, strict=True)]

    def __call__(self, group: Sequence[Rows]) -> list[Outcome]:
        """Append the batches in one round trip; the batch at index `n` has number `n`. Raises psycopg.Error."""
        arguments = [*self._arguments(group), self._host_clock()]
        answer = self.connection.execute(_APPEND, arguments, prepare=True, binary=True)
        return [Outcome(*row) for row in answer.fetchall()]

    def _arguments(self, group: Sequence[Rows]) -> list[RowArray]:
        return [
            row_array(oid, columns, [(number, row) for number, rows in enumerate(group) for row in rows[argument]])
            for argument, (oid, columns) in enumerate(self._row_types)
        ]


def fault_of(failed: psycopg.Error) -> LedgerError:
    """What a caller is told when the database refused an append; nothing was recorded."""
    if failed.sqlstate == CLOCK_WRONG:
        return ClockWrong()
    if isinstance(failed, psycopg.errors.UniqueViolation):
        return ConcurrentChange()
    fault = fault_behind(failed)
    if fault is not None and fault.sentence != DatabaseUnreachable().sentence:
        return fault
    return DatabaseUnreachable(
        f"The database refused to record this (SQLSTATE {failed.sqlstate}); nothing was recorded."
    )
