"""The append for imports: entries of many streams by binary COPY, under the same head lock as commands.

A bulk is one transaction. The constraints of the table check that its streams have not grown since it was decided and
that every id is new; a bulk that fails this is handed back to be decided again. A writer thread copies one bulk while
the caller builds the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue, SimpleQueue
from struct import Struct
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from ledger.errors import ConcurrentChange, DatabaseUnreachable, LedgerError, OutcomeUnknown
from ledger.log.codec import Entry
from ledger.store.append_call import Appended, SearchToken, fault_of
from ledger.store.quarantine import Quarantined, keep, release
from ledger.store.recorder import Recorder
from ledger.vault.keys import ClassKey

RECONNECT_SECONDS = 5.0
Origin = TypeVar("Origin")


@dataclass(kw_only=True, slots=True)
class Bulk(Generic[Origin]):
    """What one transaction of an import records, and its origin, from which it can be decided again."""

    origin: Origin
    entries: list[Entry] = field(default_factory=list)
    keys: list[ClassKey] = field(default_factory=list)
    tokens: list[SearchToken] = field(default_factory=list)
    continues: dict[UUID, tuple[int, bytes]] = field(default_factory=dict)
    """Streams that already had entries: the version and leaf of the last one."""
    quarantined: list[Quarantined] = field(default_factory=list)
    released: list[UUID] = field(default_factory=list)


Outcome = Appended | None


def append_many(recorder: Recorder, bulks: Iterable[Bulk[Origin]]) -> Iterator[tuple[Bulk[Origin], Outcome]]:
    """Each bulk with its positions, or with None when a stream has grown or an id is taken: decide that bulk again.

    The bulks are built in the caller's thread while the writer's thread copies the ones before, in the same order.
    Raises ClockWrong, DiskFull, DatabaseUnreachable or OutcomeUnknown; what was yielded before is committed.
    """
    waiting: Queue[Bulk[Origin] | None] = Queue(maxsize=2)
    settled: SimpleQueue[tuple[Bulk[Origin], Outcome | LedgerError]] = SimpleQueue()
    stopping = threading.Event()
    arguments = (recorder, waiting, settled, stopping)
    writer = threading.Thread(target=_write, args=arguments, name="bulk-append", daemon=True)
    writer.start()
    under_way = 0
    try:
        for bulk in bulks:
            waiting.put(bulk)
            under_way += 1
            while not settled.empty():
                under_way -= 1
                yield _answer(settled)
        while under_way:
            under_way -= 1
            yield _answer(settled)
    finally:
        stopping.set()
        _empty(waiting)
        waiting.put(None)
        writer.join()


def _answer(settled: SimpleQueue[tuple[Bulk[Origin], Outcome | LedgerError]]) -> tuple[Bulk[Origin], Outcome]:
    bulk, outcome = settled.get()
    if isinstance(outcome, LedgerError):
        raise outcome
    return bulk, outcome


def _empty(waiting: Queue[Any]) -> None:
    try:
        while True:
            waiting.get_nowait()
    except Empty:
        pass


def _write(
    recorder: Recorder,
    waiting: Queue[Bulk[Origin] | None],
    settled: SimpleQueue[tuple[Bulk[Origin], Outcome | LedgerError]],
    stopping: threading.Event,
) -> None:
    failed: LedgerError | None = None
    while (bulk := waiting.get()) is not None:
        if failed is None and not stopping.is_set():
            try:
                settled.put((bulk, _append(recorder, bulk)))
                continue
            except LedgerError as fault:
                failed = fault
            except Exception as broken:  # noqa: BLE001 (the caller waits for an answer, whatever went wrong)
                failed = DatabaseUnreachable(f"The append failed ({type(broken).__name__}); nothing was recorded.")
                failed.__cause__ = broken
        settled.put((bulk, failed or DatabaseUnreachable()))


def _append(recorder: Recorder, bulk: Bulk[Origin]) -> Outcome:
    bodies = [_body(entry) for entry in bulk.entries]
    with recorder.connection() as connection:
        try:
            with connection.transaction(), connection.cursor(row_factory=tuple_row, binary=True) as cursor:
                cursor.execute("SELECT ledger.refuse_wrong_clock(%b)", [recorder.host_clock()], prepare=True)
                return _append_rows(cursor, bulk, bodies)
        except (psycopg.errors.UniqueViolation, ConcurrentChange):
            return None
        except psycopg.Error as failed:
            if not connection.broken and not connection.closed:
                raise fault_of(failed) from failed
    return _what_became_of(recorder, bulk)


def _append_rows(cursor: psycopg.Cursor[Any], bulk: Bulk[Origin], bodies: Sequence[bytes]) -> Appended:
    row = cursor.execute("SELECT position FROM ledger.head FOR UPDATE", prepare=True).fetchone()
    assert row is not None
    first = int(row[0]) + 1
    if bulk.continues:
        _refuse_moved(cursor, bulk)
    for statement, rows in _copied(bulk, bodies, first):
        with cursor.copy(statement) as copy:
            copy.write(rows)
    if bulk.tokens:
        streams, tokens = zip(*bulk.tokens, strict=True)
        cursor.execute(
            "INSERT INTO ledger.lookup_token (stream, token) SELECT * FROM unnest(%b::uuid[], %b::bytea[])"
            " ON CONFLICT DO NOTHING",
            [list(streams), list(tokens)],
        )
    keep(cursor, bulk.quarantined)
    release(cursor, bulk.released)
    last = first + len(bodies) - 1
    if bodies:
        cursor.execute("UPDATE ledger.head SET position = %b::bigint", [last], prepare=True)
    return Appended(first=first, last=last)


def _refuse_moved(cursor: psycopg.Cursor[Any], bulk: Bulk[Origin]) -> None:
    """Raise ConcurrentChange when a stream has grown or a class of its entries was destroyed since they were sealed."""
    streams = list(bulk.continues)
    cursor.execute(
        "SELECT FROM unnest(%b::uuid[], %b::integer[], %b::bytea[]) AS built (stream, version, leaf)"
        " WHERE NOT EXISTS (SELECT FROM ledger.event AS e"
        "   WHERE e.stream = built.stream AND e.version = built.version AND e.leaf = built.leaf)"
        " OR EXISTS (SELECT FROM ledger.event AS e WHERE e.stream = built.stream AND e.version = built.version + 1)",
        [streams, [bulk.continues[key][0] for key in streams], [bulk.continues[key][1] for key in streams]],
    )
    if cursor.fetchone() is not None:
        raise ConcurrentChange
    kept = {(entry.stream, entry.class_, entry.part) for entry in bulk.entries if entry.stream in bulk.continues}
    cursor.execute("SELECT stream, class, part FROM ledger.fence WHERE stream = ANY (%b::uuid[])", [streams])
    if any(row in kept for row in cursor):
        raise ConcurrentChange


def _what_became_of(recorder: Recorder, bulk: Bulk[Origin]) -> Appended:
    """Whether a bulk was committed before the connection was lost, by the ids of its entries. Raises OutcomeUnknown."""
    until = time.monotonic() + RECONNECT_SECONDS
    ids = [entry.id for entry in bulk.entries] or [line.id for line in bulk.quarantined]
    found = "SELECT count(*) FROM ledger.event WHERE id = ANY (%s)"
    if not bulk.entries:
        found = "SELECT count(*) FROM ledger.quarantine WHERE id = ANY (%s)"
    while time.monotonic() < until:
        try:
            with recorder.connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
                cursor.execute(found.encode(), [ids])
                row = cursor.fetchone()
        except (LedgerError, psycopg.Error):
            time.sleep(0.1)
        else:
            if row is None or row[0] == 0:
                raise DatabaseUnreachable("The connection was lost before the commit.")
            return Appended(first=0, last=0)
    raise OutcomeUnknown


def copied(bulk: Bulk[Origin], first: int) -> list[tuple[str, bytes]]:
    """The COPY statements of a bulk's finished rows and their bytes, when its first entry is at position `first`."""
    return _copied(bulk, [_body(entry) for entry in bulk.entries], first)


_EVENT = (
    "COPY ledger.incoming_event (position, id, stream, version, type, type_version, class, part, occurred_at,"
    " recorded_at, actor, facts, commitment, previous, leaf) FROM STDIN (FORMAT BINARY)"
)
_SEALED = "COPY ledger.incoming_sealed (position, blob) FROM STDIN (FORMAT BINARY)"
_KEY = "COPY ledger.incoming_key (stream, class, part, wrapped, fingerprint) FROM STDIN (FORMAT BINARY)"

_BEGIN, _END = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_length = Struct(">i").pack
_place = Struct(">hiq").pack  # how many columns, then the position
_identity = Struct(">i16si16sii").pack  # id, stream, version
_times = Struct(">iqiq").pack
_HASH = _length(32)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _copied(bulk: Bulk[Origin], bodies: Sequence[bytes], first: int) -> list[tuple[str, bytes]]:
    rows: list[bytes] = [_BEGIN]
    sealed: list[bytes] = [_BEGIN]
    for position, (entry, body) in enumerate(zip(bulk.entries, bodies, strict=True), first):
        rows += (_place(15, 8, position), body)
        if entry.blob is not None:
            sealed += (_place(2, 8, position), _length(len(entry.blob)), entry.blob)
    found = [(_EVENT, rows), (_SEALED, sealed), (_KEY, [_BEGIN, *(_key_row(key) for key in bulk.keys)])]
    return [(statement, b"".join((*parts, _END))) for statement, parts in found if len(parts) > 1]


_kinds: dict[tuple[str, int, str | None, str], bytes] = {}


def _body(entry: Entry) -> bytes:
    """An event's row after its position, in the binary form of COPY."""
    kind = _kinds.get(entry[3:7])
    if kind is None:
        kind = _kinds[entry[3:7]] = b"".join((
            _text(entry.type), b"\0\0\0\x02", entry.type_version.to_bytes(2, "big"),
            _NULL if entry.class_ is None else _text(entry.class_), _text(entry.part),
        ))  # fmt: skip
        if len(_kinds) > 4096:  # parts are as many as receipts from Jobcentre Plus
            _kinds.clear()
    occurred = (entry.occurred_at - _EPOCH) // _MICROSECOND
    recorded = (entry.recorded_at - _EPOCH) // _MICROSECOND
    actor, facts = entry.actor.encode(), entry.facts
    return b"".join((
        _identity(16, entry.id.bytes, 16, entry.stream.bytes, 4, entry.version), kind,
        _times(8, occurred, 8, recorded), _length(len(actor)), actor, _length(len(facts) + 1), b"\x01", facts,
        _NULL if entry.commitment is None else _HASH + entry.commitment,
        _NULL if entry.previous is None else _HASH + entry.previous, _HASH, entry.leaf,
    ))  # fmt: skip


def _key_row(key: ClassKey) -> bytes:
    fields = (key.stream.bytes, key.class_.encode(), key.part.encode(), key.wrapped, key.fingerprint)
    return b"\0\x05" + b"".join(_length(len(column)) + column for column in fields)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _length(len(encoded)) + encoded
