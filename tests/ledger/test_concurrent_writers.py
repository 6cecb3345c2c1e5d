"""Sixteen writers that stall, fail and roll back around the commit, and readers that follow: none is passed over.

The same race against the engine's own recorder in its `ENABLE_DB_FUNCTIONS` mode loses events. That is why that mode is
never used, and it shows that this race would notice.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, cast

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment

from ledger.errors import DatabaseUnreachable
from ledger.store.append_call import AppendCall, rows_of
from ledger.store.recorder import Recorder, environment, open_recorder
from ledger.verify import verify
from tests.appending import batch, entry

WRITERS, READERS = 16, 3
STALLERS = 4


class Store(Protocol):
    """What the race needs of a store; every stream holds one event, so its id names the event."""

    def append(self, stream: uuid.UUID) -> None:
        """Append and be told that it is recorded."""

    def append_badly(self, stream: uuid.UUID) -> None:
        """Append what must be refused."""

    def append_slowly(self, stream: uuid.UUID, chance: random.Random) -> bool:
        """Stall before and after the append, then commit, roll back or vanish; whether it was committed."""

    def read_after(self, position: int) -> list[tuple[int, uuid.UUID]]:
        """What comes next for a reader who has seen everything up to this position."""


@dataclass
class Findings:
    """What the readers saw, against what the writers were told."""

    recorded: set[uuid.UUID] = field(default_factory=set)
    seen_by: list[list[tuple[int, uuid.UUID]]] = field(default_factory=list)

    def lost(self) -> int:
        return sum(len(self.recorded - {stream for _, stream in seen}) for seen in self.seen_by)

    def doubled(self) -> int:
        return sum(count - 1 for seen in self.seen_by for count in Counter(stream for _, stream in seen).values())

    def invented(self) -> int:
        return sum(len({stream for _, stream in seen} - self.recorded) for seen in self.seen_by)

    def out_of_order(self) -> int:
        return sum(later[0] <= earlier[0] for seen in self.seen_by for earlier, later in pairwise(seen))


def race(store: Store, appends: int) -> Findings:
    """Until each writer has recorded its share; the first few stall, and now and then everybody fails."""
    findings, done, telling = Findings(), threading.Event(), threading.Lock()

    def write(writer: int) -> None:
        chance, recorded = random.Random(writer), 0
        while recorded < appends // WRITERS:
            stream = uuid.UUID(int=chance.getrandbits(128), version=4)
            if chance.random() < 0.01:
                store.append_badly(stream)
                continue
            if writer < STALLERS and chance.random() < 0.08:
                if not store.append_slowly(stream, chance):
                    continue
            else:
                store.append(stream)
            recorded += 1
            with telling:
                findings.recorded.add(stream)

    def read() -> list[tuple[int, uuid.UUID]]:
        seen: list[tuple[int, uuid.UUID]] = []
        while True:
            finished = done.is_set()
            found = store.read_after(seen[-1][0] if seen else 0)
            seen += found
            if finished and not found:
                return seen
            if not found:
                time.sleep(0.01)

    with ThreadPoolExecutor(READERS) as reading, ThreadPoolExecutor(WRITERS) as writing:
        readers = [reading.submit(read) for _ in range(READERS)]
        try:
            for writer in [writing.submit(write, number) for number in range(WRITERS)]:
                writer.result()
        finally:
            done.set()
        findings.seen_by = [reader.result() for reader in readers]
    return findings


class OurStore:
    """Two recorders, as two processes would have, and sessions that call the function in their own transactions."""

    def __init__(self, conninfo: str, stack: ExitStack) -> None:
        self._conninfo = conninfo
        self._recorders: list[Recorder] = []
        for _ in range(2):
            recorder = open_recorder(conninfo)
            stack.callback(recorder.close)
            self._recorders.append(recorder)

    def append(self, stream: uuid.UUID) -> None:
        self._recorders[stream.int % 2].append(batch(entry(stream, 1)))

    def append_badly(self, stream: uuid.UUID) -> None:
        with pytest.raises(DatabaseUnreachable, match="SQLSTATE 23514"):
            self._recorders[stream.int % 2].append(batch(entry(stream, 1)._replace(type="")))

    def append_slowly(self, stream: uuid.UUID, chance: random.Random) -> bool:
        connection = psycopg.connect(self._conninfo)
        try:
            time.sleep(chance.random() / 500)
            AppendCall(connection, self._recorders[0].host_clock)([rows_of(batch(entry(stream, 1)))])
            time.sleep(chance.random() / 500)
            end = chance.choice(["commit", "commit", "roll back", "vanish"])
            if end == "commit":
                connection.commit()
            elif end == "roll back":
                connection.rollback()
            return end == "commit"
        finally:
            connection.close()

    def read_after(self, position: int) -> list[tuple[int, uuid.UUID]]:
        found = self._recorders[0].select_notifications(position, 200, inclusive_of_start=False)
        return [(notification.id, cast("uuid.UUID", notification.originator_id)) for notification in found]


class LibraryStore:
    """The library's recorder as it comes, in either of its modes."""

    def __init__(self, conninfo: str, stack: ExitStack, *, with_functions: bool) -> None:
        with psycopg.connect(conninfo) as connection:
            connection.execute("CREATE SCHEMA library")
        settings = {
            **{name: value for name, value in environment(conninfo).items() if name.startswith("POSTGRES_")},
            "POSTGRES_SCHEMA": "library",
            "POSTGRES_POOL_SIZE": str(WRITERS + READERS),
            "POSTGRES_ENABLE_DB_FUNCTIONS": "y" if with_functions else "n",
        }
        factory = PostgresFactory(Environment("", settings))
        stack.callback(factory.close)
        self._with_functions = with_functions
        self._recorder = cast("PostgresApplicationRecorder", factory.application_recorder())

    def append(self, stream: uuid.UUID) -> None:
        self._recorder.insert_events([StoredEvent(stream, 1, "topic", b"state")])

    def append_badly(self, stream: uuid.UUID) -> None:
        with pytest.raises(IntegrityError):
            self._recorder.insert_events([StoredEvent(stream, 1, "topic", b"state")] * 2)

    def append_slowly(self, stream: uuid.UUID, chance: random.Random) -> bool:
        recorder = self._recorder
        commit = chance.random() < 0.7
        with recorder.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute("BEGIN")
            if self._with_functions:
                event = recorder.construct_pg_stored_event(stream, 1, "topic", b"state")
                cursor.execute(recorder.sql_invoke_pg_function_insert_events, ([event],))
            else:
                recorder._insert_stored_events(cursor, [StoredEvent(stream, 1, "topic", b"state")])
            time.sleep(chance.random() / 500)
            cursor.execute("COMMIT" if commit else "ROLLBACK")
        return commit

    def read_after(self, position: int) -> list[tuple[int, uuid.UUID]]:
        found = self._recorder.select_notifications(position, 200, inclusive_of_start=False)
        return [(notification.id, cast("uuid.UUID", notification.originator_id)) for notification in found]


def test_our_store_loses_doubles_and_disorders_nothing_in_20_000_appends(database: str):
    with ExitStack() as stack:
        findings = race(OurStore(database, stack), 20_000)
    assert len(findings.recorded) == 20_000
    assert (findings.lost(), findings.doubled(), findings.invented(), findings.out_of_order()) == (0, 0, 0, 0)
    for seen in findings.seen_by:
        assert [position for position, _ in seen] == list(range(1, 20_001))
    verdict = verify(database)
    assert (verdict.ok, verdict.entries) == (True, 20_000)


def test_the_engines_functions_mode_loses_events_in_this_race(database: str):
    with ExitStack() as stack:
        findings = race(LibraryStore(database, stack, with_functions=True), 2_000)
    assert findings.lost() > 0


def test_the_engine_as_it_comes_loses_nothing_in_this_race(database: str):
    with ExitStack() as stack:
        findings = race(LibraryStore(database, stack, with_functions=False), 800)
    assert (findings.lost(), findings.doubled(), findings.invented(), findings.out_of_order()) == (0, 0, 0, 0)
