"""One thread commits what many callers append: one round trip and one flush for all, and to each its own outcome.

Faults come in pairs. If the connection is lost, the server's side of it is ended first, so that nothing is written any
more; then what is stored says which batches were written. Those are answered as recorded, the others fail with nothing
written. If even that cannot be read the caller is told so, and the command id makes sending it again safe. An error of
one batch (a full disk, a broken constraint) never fails its neighbours: the group is taken apart and each batch tried
alone.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any
from uuid import UUID, uuid4

import psycopg

from ledger.errors import ConcurrentChange, DatabaseUnreachable, Destroyed, DiskFull, LedgerError, OutcomeUnknown
from ledger.log.codec import Entry
from ledger.vault.keys import ClassKey

MOST_BATCHES_IN_A_GROUP = 128
RECONNECT_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What is recorded together or not at all, in answer to one command."""

    entries: Sequence[Entry]
    command: UUID | None = None
    digest: bytes | None = None
    keys: Sequence[ClassKey] = ()
    tokens: Sequence[tuple[UUID, bytes]] = ()
    destroys: Sequence[tuple[UUID, str, str]] = ()
    read: Sequence[tuple[UUID, int]] = ()
    """Streams it was decided by and does not write to, each with the version that was read, 0 when it had none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Appended:
    """Where a batch went; `repeated` when its command had been recorded before."""

    first: int
    last: int
    repeated: bool = False


@dataclass(slots=True)
class _Waiting:
    batch: Batch
    done: threading.Lock = field(default_factory=threading.Lock)
    answer: Appended | BaseException | None = None


class GroupCommit:
    """Owns one connection and one thread; `append` may be called from any number of threads."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._connection: psycopg.Connection[Any] | None = None
        self._name = f"ledger group commit {uuid4()}"
        self._closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def append(self, batch: Batch) -> Appended:
        """Append durably. Raises ConcurrentChange, Destroyed, DiskFull, DatabaseUnreachable or OutcomeUnknown."""
        waiting = _Waiting(batch)
        waiting.done.acquire()
        with self._closing:  # nothing may be queued behind the end, where nobody would answer it
            if self._closed:
                raise DatabaseUnreachable("The ledger has been closed; nothing was recorded.")
            self._queue.put(waiting)
        waiting.done.acquire()
        if isinstance(waiting.answer, Appended):
            return waiting.answer
        raise waiting.answer or OutcomeUnknown()

    def close(self) -> None:
        """Commit what is queued, then stop."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def _run(self) -> None:
        held_over: list[_Waiting] = []
        while True:
            first = held_over.pop(0) if held_over else self._queue.get()
            if first is None:
                return
            group, held_over, last = self._gather(first, held_over)
            self._commit(group)
            for waiting in group:
                waiting.done.release()
            if last:
                for waiting in held_over:
                    self._commit([waiting])
                    waiting.done.release()
                return

    def _gather(self, first: _Waiting, held_over: list[_Waiting]) -> tuple[list[_Waiting], list[_Waiting], bool]:
        """Everything that waits, but of each stream only one batch: the next one must see what this one did.

        That holds for a stream that was only read as well, as what is written beside it is not seen yet.
        """
        group, later, streams, last = [first], [], _streams(first), False
        candidates = held_over
        while len(group) < MOST_BATCHES_IN_A_GROUP:
            if candidates:
                waiting: _Waiting | None = candidates.pop(0)
            elif self._queue.empty():
                break
            else:
                waiting = self._queue.get()
            if waiting is None:
                last = True
                break
            if streams.isdisjoint(own := _streams(waiting)):
                group.append(waiting)
                streams |= own
            else:
                later.append(waiting)
        return group, later + candidates, last

    def _commit(self, group: list[_Waiting]) -> None:
        try:
            self._settle(group, self._call(group))
        except psycopg.Error as failed:
            self._after_failure(group, failed)
        except BaseException as broken:  # noqa: BLE001 (whoever waits must be answered, whatever went wrong)
            for waiting in group:
                waiting.answer = broken

    def _call(self, group: list[_Waiting]) -> list[tuple[Any, ...]]:
        if self._connection is None or hung_up(self._connection):
            self._connection = None
            self._connection = self._open()
        return self._connection.execute(_APPEND, _arguments(group), prepare=True, binary=True).fetchall()

    def _settle(self, group: list[_Waiting], rows: list[tuple[Any, ...]]) -> None:
        for number, outcome, first, last in rows:
            match outcome:
                case "recorded":
                    group[number].answer = Appended(first=first, last=last)
                case "repeated":
                    group[number].answer = Appended(first=first, last=last, repeated=True)
                case "fenced":
                    group[number].answer = Destroyed()
                case _:
                    group[number].answer = ConcurrentChange()

    def _after_failure(self, group: list[_Waiting], failed: psycopg.Error) -> None:
        connection = self._connection
        if connection is not None and not connection.broken and not connection.closed:
            if len(group) == 1:
                group[0].answer = _fault(failed)
                return
            for waiting in group:
                self._commit([waiting])
            return
        self._connection = None
        if connection is None:
            for waiting in group:
                waiting.answer = DatabaseUnreachable()
            return
        self._reconnect()
        for waiting in group:
            waiting.answer = self._what_became_of(waiting.batch)

    def _open(self) -> psycopg.Connection[Any]:
        connection = self._connect()
        connection.execute("SELECT set_config('application_name', %s, false)", [self._name])
        return connection

    def _reconnect(self) -> None:
        """Try for a while. The lost session may still be committing, or have the call before it: it must end first."""
        until = time.monotonic() + RECONNECT_SECONDS
        while self._connection is None and time.monotonic() < until:
            try:
                connection = self._connect()
                connection.execute("RESET ROLE")  # a login may end its own sessions, the writer's role may not
                ended = connection.execute(_END_SESSION, [self._name]).fetchall()
                connection.close()
                if all(gone for (gone,) in ended):
                    self._connection = self._open()
            except psycopg.Error:
                time.sleep(0.1)

    def _what_became_of(self, batch: Batch) -> Appended | LedgerError:
        """After a lost connection: what is stored under the batch's own ids, and whether it is this very batch."""
        if self._connection is None:
            return OutcomeUnknown()
        try:
            row = self._connection.execute(
                "SELECT min(position), max(position), bool_and(leaf = ANY (%b)) FROM ledger.event WHERE id = ANY (%b)",
                [[entry.leaf for entry in batch.entries], [entry.id for entry in batch.entries]],
            ).fetchone()
        except psycopg.Error:
            return OutcomeUnknown()
        if row is None or row[0] is None:
            return DatabaseUnreachable("The connection was lost before the commit; nothing was recorded.")
        return Appended(first=row[0], last=row[1], repeated=not row[2])


def hung_up(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has closed an idle connection, told without a round trip: there is nothing else to read on it.

    Should the server have said something harmless instead, a good connection is closed too; that is cheap and rare.
    """
    if not connection.closed and select.select([connection.fileno()], [], [], 0)[0]:
        connection.close()
    return connection.closed


def _streams(waiting: _Waiting) -> set[UUID]:
    return {entry.stream for entry in waiting.batch.entries} | {stream for stream, _ in waiting.batch.read}


def _fault(failed: psycopg.Error) -> LedgerError:
    if isinstance(failed, psycopg.errors.DiskFull):
        return DiskFull()
    if isinstance(failed, psycopg.errors.UniqueViolation):
        return ConcurrentChange()
    return DatabaseUnreachable(
        f"The database refused to record this (SQLSTATE {failed.sqlstate}); nothing was recorded."
    )


_END_SESSION = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"

_APPEND = "SELECT * FROM ledger.append(" + ", ".join(  # noqa: S608 (the kinds are the literals below)
    f"%b::{kind}[]"
    for kind in (
        *("bigint", "uuid", "uuid", "integer", "text", "smallint", "text", "text", "timestamptz", "timestamptz"),
        *("text", "text", "bytea", "bytea", "bytea", "bytea"),
        *("bigint", "uuid", "bytea"),
        *("bigint", "uuid", "text", "text", "bytea", "bytea"),
        *("bigint", "uuid", "bytea"),
        *("bigint", "uuid", "text", "text"),
        *("bigint", "uuid", "integer"),
    )
) + ")"  # fmt: skip


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _arguments(group: list[_Waiting]) -> list[list[Any]]:
    batches = [(number, waiting.batch) for number, waiting in enumerate(group)]
    return [
        *_columns(
            [
                (n, e.id, e.stream, e.version, e.type, e.type_version, e.class_, e.part, e.occurred_at, e.recorded_at,
                 e.actor, e.facts.decode(), e.commitment, e.previous, e.leaf, e.blob)
                for n, batch in batches for e in batch.entries
            ], 16),
        *_columns([(n, batch.command, batch.digest) for n, batch in batches if batch.command is not None], 3),
        *_columns(
            [(n, k.stream, k.class_, k.part, k.wrapped, k.fingerprint) for n, batch in batches for k in batch.keys], 6),
        *_columns([(n, stream, token) for n, batch in batches for stream, token in batch.tokens], 3),
        *_columns([(n, stream, class_, part) for n, batch in batches for stream, class_, part in batch.destroys], 4),
        *_columns([(n, stream, version) for n, batch in batches for stream, version in batch.read], 3),
    ]  # fmt: skip
