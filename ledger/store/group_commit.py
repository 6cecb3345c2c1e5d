"""Group commit: one thread commits the batches of many callers in one round trip and one flush.

After a lost connection the old session is terminated first, so that it cannot write any more. Then the stored entries
show which batches were recorded; the others fail with nothing written. If that cannot be read either, the caller gets
OutcomeUnknown and may repeat the command, whose id is the idempotency key. An error of one batch (a full disk, a broken
constraint) does not fail the others: each batch of the group is then tried alone.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from secrets import randbits
from typing import Any
from uuid import UUID

import psycopg

from ledger.errors import (
    ConcurrentChange,
    DatabaseReadOnly,
    DatabaseUnreachable,
    Destroyed,
    LedgerError,
    OutcomeUnknown,
)
from ledger.store.append_call import AppendCall, Appended, Batch, Outcome, Rows, fault_of, rows_of

MOST_BATCHES_IN_A_GROUP = 128
RECONNECT_SECONDS = 4.0


@dataclass(slots=True)
class _Waiting:
    batch: Batch
    rows: Rows
    done: threading.Lock = field(default_factory=threading.Lock)
    answer: Appended | BaseException | None = None


class GroupCommit:
    """Owns one connection and one thread; `append` may be called from any number of threads."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], host_clock: Callable[[], datetime]) -> None:
        self._connect = connect
        self._host_clock = host_clock
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._session: AppendCall | None = None
        self._mark = randbits(63)
        self._closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def append(self, batch: Batch) -> Appended:
        """Append durably.

        Raises ConcurrentChange, Destroyed, ClockWrong, DiskFull, DatabaseUnreachable or OutcomeUnknown.
        """
        try:
            waiting = _Waiting(batch, rows_of(batch))
        except OverflowError as too_large:
            raise fault_of(psycopg.errors.NumericValueOutOfRange()) from too_large
        waiting.done.acquire()
        with self._closing:  # nothing may be queued after the end marker
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
        if self._session is not None:
            self._session.connection.close()

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
        """The waiting batches, at most one for each stream, since a later batch must see the earlier one.

        Streams that a batch only read count too: a write to them in the same group would not be seen.
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
        except LedgerError as unreachable:  # of connecting, so nothing was sent
            for waiting in group:
                waiting.answer = unreachable
        except BaseException as broken:  # noqa: BLE001 (every caller gets an answer, whatever went wrong)
            for waiting in group:
                waiting.answer = broken

    def _call(self, group: list[_Waiting]) -> list[Outcome]:
        append = self._session
        if append is None or hung_up(append.connection):
            self._session = None
            append = self._session = self._open()
        return append([waiting.rows for waiting in group])

    def _settle(self, group: list[_Waiting], outcomes: list[Outcome]) -> None:
        for number, outcome, first, last in outcomes:
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
        connection = self._session.connection if self._session is not None else None
        if connection is not None and not connection.broken and not connection.closed:
            if isinstance(
                failed, psycopg.errors.ReadOnlySqlTransaction
            ):  # a standby by now: the next finds the primary
                connection.close()
                self._session = None
                for waiting in group:
                    waiting.answer = DatabaseReadOnly()
                return
            if len(group) == 1:
                group[0].answer = fault_of(failed)
                return
            for waiting in group:
                self._commit([waiting])
            return
        self._session = None
        if connection is None:
            for waiting in group:
                waiting.answer = DatabaseUnreachable()
            return
        self._reconnect()
        for waiting in group:
            waiting.answer = self._what_became_of(waiting.batch)

    def _open(self) -> AppendCall:
        connection = self._connect()
        connection.execute("SELECT pg_advisory_lock(%s)", [self._mark])
        return AppendCall(connection, self._host_clock)

    def _reconnect(self) -> None:
        """Terminate the lost session, which may still be committing, and connect again, for a few seconds."""
        until = time.monotonic() + RECONNECT_SECONDS
        while self._session is None and time.monotonic() < until:
            try:
                connection = self._connect()
                connection.execute("RESET ROLE")  # the login may terminate its sessions, the writer's role may not
                ended = connection.execute(_END_SESSION, [self._mark]).fetchall()
                connection.close()
                if all(gone for (gone,) in ended):
                    self._session = self._open()
            except (psycopg.Error, LedgerError):
                time.sleep(0.1)

    def _what_became_of(self, batch: Batch) -> Appended | LedgerError:
        """After a lost connection: the outcome of a batch, by the entries stored under its ids and their leaves."""
        if self._session is None:
            return OutcomeUnknown()
        try:
            row = self._session.connection.execute(
                "SELECT min(position), max(position), bool_and(leaf = ANY (%b)) FROM ledger.event WHERE id = ANY (%b)",
                [[entry.leaf for entry in batch.entries], [entry.id for entry in batch.entries]],
            ).fetchone()
        except psycopg.Error:
            return OutcomeUnknown()
        if row is None or row[0] is None:
            return DatabaseUnreachable("The connection was lost before the commit; nothing was recorded.")
        return Appended(first=row[0], last=row[1], repeated=not row[2])


def hung_up(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has closed an idle connection, without a round trip: an idle connection has nothing to read.

    A harmless notice from the server closes a good connection too; that is cheap and rare.
    """
    if not connection.closed and select.select([connection.fileno()], [], [], 0)[0]:
        connection.close()
    return connection.closed


def _streams(waiting: _Waiting) -> set[UUID]:
    return {entry.stream for entry in waiting.batch.entries} | {stream for stream, _ in waiting.batch.read}


_END_SESSION = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32) | objid::bigint = %s"
)
"""Whoever holds the mark of this group commit; the application's name stays the one that the URL gives."""
