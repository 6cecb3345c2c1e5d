"""Keeps the views up with the events: live, catching up, rebuilt beside the live tables, and as of the past.

Rows and position commit together, so a runner killed anywhere resumes exactly. Two runners at once do no double work:
the position's row is the lock. An event that a view cannot apply freezes its stream there, which is listed; at an event
of a register the view stops, with the position and the reason.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.errors import ProjectionStopped, ViewInUse
from ledger.store.connections import connect as open_connection
from ledger.store.connections import refuse_unfit, take_role
from ledger.store.database_faults import in_words
from projections import poison
from projections.applying import Stopped, apply_range
from projections.catalogue import VIEWS, View
from projections.known_at import position_at
from projections.scratch import (
    LIVE,
    PATIENCE_SECONDS,
    Notify,
    again_until_free,
    put_in_place,
    scratch,
    wait_at_most,
)

FEW_EVENTS = 100
_BY_INDEX = b"SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
"""How to plan for few events: they touch few rows, which the planner cannot know, and so it would read whole tables."""
FIRST_BATCH, LIVE_BATCH, REBUILD_BATCH = 1_000, 10_000, 100_000
POLL_SECONDS = 0.1
# Of rows that say the same thing the first one stays, so every scan must begin at the beginning.
_MANNERS = (
    "SET work_mem = '64MB'; SET synchronous_commit = off; SET jit = off; SET TimeZone = 'UTC';"
    " SET synchronize_seqscans = off; SET client_min_messages = warning"
)
_PROGRESS = b"""
CREATE TABLE view.progress (
    view       text   NOT NULL CONSTRAINT progress_is_unique PRIMARY KEY,
    position   bigint NOT NULL,
    version    text   NOT NULL,
    stopped_at bigint,
    why        text
);
SELECT ledger.guard('view.progress', reads => 'reads_positions');
"""

_STATES = b"""
SELECT p.view, p.position, p.version, p.stopped_at, p.why, coalesce(f.streams, 0)
FROM view.progress AS p LEFT JOIN view.frozen AS f USING (view)
"""
_STATES_BEFORE = b"SELECT view, position, version, stopped_at, why, 0 FROM view.progress"
"""Until the runner of this version has made what it counts in."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """How far a view has come, and where and why it stopped if it did."""

    view: str
    position: int
    head: int
    current: bool
    """Whether the tables are of this program's version."""
    stopped_at: int | None
    why: str | None
    frozen: int = 0
    """How many streams it shows only up to an event that it cannot apply."""

    @property
    def ahead(self) -> bool:
        """Whether it has applied more than there is."""
        return self.position > self.head

    @property
    def trouble(self) -> str | None:
        """Why nobody can rely on it before somebody has looked into it, in one sentence; or None."""
        if self.stopped_at is not None:
            return f"The view {self.view} stopped at position {self.stopped_at}: {self.why}"
        if self.ahead:
            return (
                f"The view {self.view} is at entry {self.position:,} and the ledger ends at {self.head:,}, as after an"
                " older copy of the ledger was restored beside newer views: run `ledger rebuild`."
            )
        return None


def connect(conninfo: str) -> psycopg.Connection[Any]:
    """A connection that may write views and read events' facts, and nothing else.

    Views can be made again from the events, so their commits need not wait for the disk. Raises DatabaseUnreachable,
    DatabaseReadOnly and WrongSchema.
    """
    connection = open_connection(conninfo, autocommit=True, row_factory=tuple_row)
    try:
        with in_words():
            refuse_unfit(connection, conninfo)
            take_role(connection, "projector")
            connection.execute(f"{_MANNERS}; SET search_path TO {LIVE}".encode())
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Make the tables of views that are not there yet. Raises ViewInUse."""

    def attempt() -> int:
        with connection.transaction():
            _make_what_is_missing(connection)
        return 0

    again_until_free(attempt, "that an earlier version made")


def _make_what_is_missing(connection: psycopg.Connection[Any]) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ledger views'))")
    there = connection.execute("SELECT to_regclass('view.progress'), to_regclass('view.poisoned')").fetchone()
    if there is None or there[0] is None:
        connection.execute(_PROGRESS)
    if there is None or there[1] is None:
        poison.make_table(connection)
        poison.make_counts(connection)
    known = {row[0] for row in connection.execute("SELECT view FROM progress").fetchall()}
    for view in VIEWS:
        if view.name not in known:
            wait_at_most(connection)
            for table in view.tables:  # an earlier version of this program may have had it in another view
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table)))
            view.create(connection)
            connection.execute("INSERT INTO progress VALUES (%s, 0, %s)", [view.name, view.version])


def states(connection: psycopg.Connection[Any]) -> list[State]:
    """How every view stands; `connection` may be any that can read the views."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        made = cursor.execute("SELECT to_regclass('view.progress'), to_regclass('view.frozen')").fetchone()
        if made is None or made[0] is None:
            return [
                State(view=v.name, position=0, head=0, current=False, stopped_at=None, why="not made yet")
                for v in VIEWS
            ]
        head = _head(cursor)
        found = {row[0]: row for row in cursor.execute(_STATES if made[1] else _STATES_BEFORE)}
    return [
        State(
            view=view.name,
            position=found[view.name][1] if view.name in found else 0,
            head=head,
            current=view.name in found and found[view.name][2] == view.version,
            stopped_at=found[view.name][3] if view.name in found else None,
            why=found[view.name][4] if view.name in found else "not made yet",
            frozen=found[view.name][5] if view.name in found else 0,
        )
        for view in VIEWS
    ]


def catch_up(connection: psycopg.Connection[Any], *, batch: int = LIVE_BATCH, progress: Progress | None = None) -> int:
    """Apply everything there is to every view and return the position reached. Raises ProjectionStopped and ViewInUse.

    A view of another version is made again first; while its new tables wait to take the place of the old ones, the
    views of this version go on.
    """
    prepare(connection)

    def follow(schema: str) -> None:
        _read_and_write(connection, LIVE)
        for other in VIEWS:
            if _version(connection, other) == other.version:
                _follow(connection, other, batch, progress)
        _read_and_write(connection, schema)

    for view in VIEWS:
        if _version(connection, view) != view.version:
            with _alone(connection, view):
                if _version(connection, view) != view.version:  # another runner may have rebuilt it meanwhile
                    _rebuild(connection, view, progress, notify=_noting(connection, view), meanwhile=follow)
    reached = [_follow(connection, view, batch, progress) for view in VIEWS]
    trouble = next((state.trouble for state in states(connection) if state.trouble is not None), None)
    if trouble is not None:
        raise ProjectionStopped(trouble)
    return min(reached)


def _noting(connection: psycopg.Connection[Any], view: View) -> Notify:
    """Where nobody is watching, what a view waits for is said beside how far it is."""

    def note(sentence: str) -> None:
        connection.execute("UPDATE view.progress SET why = %s WHERE view = %s", [sentence, view.name])

    return note


def _read_and_write(connection: psycopg.Connection[Any], schema: str) -> None:
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))


def run_forever(connection: psycopg.Connection[Any], stop: threading.Event) -> None:
    """Follow the events until told to stop; a view that stopped stays stopped and the others go on."""
    while not stop.is_set():
        with contextlib.suppress(ProjectionStopped, ViewInUse):
            catch_up(connection)
        stop.wait(POLL_SECONDS)


def _follow(connection: psycopg.Connection[Any], view: View, batch: int, progress: Progress | None) -> int:
    while True:
        position, head, more = _step(connection, view, batch)
        if progress is not None:
            progress(view.name, position, head)
        if not more:
            return position


def _step(connection: psycopg.Connection[Any], view: View, batch: int) -> tuple[int, int, bool]:
    """One batch of one view: rows and position in one transaction. Says where it is, the head, and whether to go on."""
    with connection.transaction():
        head = _head(connection)
        row = connection.execute(
            "SELECT position, stopped_at FROM progress WHERE view = %s FOR UPDATE SKIP LOCKED", [view.name]
        ).fetchone()
        if row is None:
            return 0, head, False  # another runner is at it
        position, stopped_at = row
        if position >= head:
            return position, head, False
        upto = _end_of_batch(position, batch, head) if stopped_at is None else position + 1
        if upto - position <= FEW_EVENTS:
            connection.execute(_BY_INDEX)
        try:
            froze = apply_range(connection, view, position, upto)
        except Stopped as stopped:
            poison.count(connection, view.name)
            connection.execute(
                "UPDATE progress SET position = %s, stopped_at = %s, why = %s WHERE view = %s",
                [stopped.position - 1, stopped.position, stopped.why, view.name],
            )
            return stopped.position - 1, head, False
        if froze:
            poison.count(connection, view.name)
        connection.execute(
            "UPDATE progress SET position = %s, stopped_at = NULL, why = NULL WHERE view = %s", [upto, view.name]
        )
        return upto, head, upto < head


def _end_of_batch(after: int, batch: int, head: int) -> int:
    """Where the next batch ends; the first ones are small, so that none is planned for a table far from its size."""
    return min(after + min(batch, max(FIRST_BATCH, after)), head)


def rebuild(
    connection: psycopg.Connection[Any],
    view: View,
    *,
    progress: Progress | None = None,
    notify: Notify | None = None,
    patience: float = PATIENCE_SECONDS,
) -> int:
    """Make a view again beside the live one, then swap: readers see the old tables until the new ones are complete.

    Raises ProjectionStopped at an event of a register that cannot be applied, and ViewInUse when others read the old
    tables for `patience` seconds; then these stay as they are. `notify` is called with a sentence when it has to wait.
    """
    prepare(connection)
    with _alone(connection, view):
        return _rebuild(connection, view, progress, notify=notify, patience=patience)


def _rebuild(
    connection: psycopg.Connection[Any],
    view: View,
    progress: Progress | None,
    *,
    notify: Notify | None = None,
    patience: float = PATIENCE_SECONDS,
    meanwhile: Callable[[str], None] | None = None,
) -> int:
    with scratch(connection) as schema:
        view.create(connection)
        position = 0

        def attempt() -> int:
            nonlocal position
            while (head := _head(connection)) - position > LIVE_BATCH or position == 0 < head:
                upto = _end_of_batch(position, REBUILD_BATCH, head)
                _apply_or_stop(connection, view, position, upto)
                position = upto
                if progress is not None:
                    progress(view.name, position, head)
            with connection.transaction():
                connection.execute("SELECT position FROM view.progress WHERE view = %s FOR UPDATE", [view.name])
                head = _head(connection)
                _apply_or_stop(connection, view, position, head)
                put_in_place(connection, view.tables, schema)
                poison.take_over(connection, view.name, schema)
                connection.execute(
                    "UPDATE view.progress SET position = %s, version = %s, stopped_at = NULL, why = NULL"
                    " WHERE view = %s",
                    [head, view.version, view.name],
                )
            return head

        def between() -> None:
            if meanwhile is not None:
                meanwhile(schema)

        return again_until_free(attempt, view.name, patience=patience, notify=notify, between=between)


def rebuild_all(conninfo: str, names: Sequence[str] = (), *, progress: Progress | None = None) -> dict[str, int]:
    """Rebuild the named views, or all of them, side by side: each has a connection, and so a core, of its own."""
    views = [view for view in VIEWS if not names or view.name in names]

    def one(view: View) -> int:
        with connect(conninfo) as connection:
            return rebuild(connection, view, progress=progress)

    with connect(conninfo) as connection:
        prepare(connection)
    with ThreadPoolExecutor(max_workers=len(views)) as pool:
        return dict(zip([view.name for view in views], pool.map(one, views), strict=True))


def _apply_or_stop(
    connection: psycopg.Connection[Any], view: View, after: int, upto: int, *, only: Sequence[uuid.UUID] | None = None
) -> None:
    try:
        apply_range(connection, view, after, upto, only=only)
    except Stopped as stopped:
        raise ProjectionStopped(
            f"The view {view.name} stopped at position {stopped.position}: {stopped.why}"
        ) from stopped


@contextmanager
def _alone(connection: psycopg.Connection[Any], view: View) -> Iterator[None]:
    """While the block lasts no other runner rebuilds this view."""
    lock = f"ledger rebuild {view.name}"
    connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [lock])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [lock])


@contextmanager
def as_of(
    connection: psycopg.Connection[Any],
    *,
    position: int | None = None,
    moment: datetime | None = None,
    only: uuid.UUID | None = None,
) -> Iterator[int]:
    """The views as they stood at a position or a moment (by what had been recorded then), in a scratch schema.

    Inside the block `connection` reads the scratch tables, and so does a reader whose search path is its
    `current_schema()`; with `only`, of that one customer and of those their record
    was ever merged with. Yields the position.
    """
    if moment is not None:
        position = position_at(connection, moment)
    upto = _head(connection) if position is None else position
    records = None if only is None else _ever_merged(connection, only)
    with scratch(connection):
        for view in VIEWS:
            view.create(connection)
            if records is not None:
                _apply_or_stop(connection, view, 0, upto, only=records)
                continue
            after = 0
            while after < upto:
                batch_end = _end_of_batch(after, REBUILD_BATCH, upto)
                _apply_or_stop(connection, view, after, batch_end)
                after = batch_end
        yield upto


def schema_of(connection: psycopg.Connection[Any]) -> str:
    """The schema that a connection of the projector reads and writes: the live views', or that of `as_of`."""
    row = connection.execute("SELECT current_schema()").fetchone()
    return str(row[0]) if row else LIVE


def _ever_merged(connection: psycopg.Connection[Any], customer: uuid.UUID) -> list[uuid.UUID]:
    found = connection.execute(
        "WITH RECURSIVE record (number) AS (SELECT %s::uuid UNION"
        " SELECT coalesce(e.facts->>'into', e.facts->>'duplicate')::uuid FROM record AS r"
        " JOIN ledger.event AS e ON e.stream = r.number AND e.type = 'customers-merged') SELECT number FROM record",
        [customer],
    )
    return [row[0] for row in found]


def _version(connection: psycopg.Connection[Any], view: View) -> str | None:
    row = connection.execute("SELECT version FROM progress WHERE view = %s", [view.name]).fetchone()
    return row[0] if row else None


def _head(connection: psycopg.Connection[Any] | psycopg.Cursor[Any]) -> int:
    row = connection.execute("SELECT position FROM ledger.head").fetchone()
    return int(row[0]) if row else 0
