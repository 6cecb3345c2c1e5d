"""Opens what the doors need, once, in the right order: database, schema, ledger, views; and closes it again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from api.casework.first_controller import register_first_controller
from api.settings import Settings
from ledger.caller import Caller
from ledger.errors import Fault, ProjectionStopped
from ledger.recording import Ledger
from ledger.store import migrate, postgres
from ledger.store.connections import Logins
from ledger.store.database_faults import in_words
from ledger.store.logins import own_logins
from ledger.store.readers import SYSTEM, Reading
from projections import runner
from projections.known_at import position_at

VIEWS_WAIT_SECONDS = 2.0

Views = psycopg.Connection[Any]
"""A connection whose search path is the views; read functions take it."""


@dataclass(kw_only=True)
class Runtime:
    """Everything a door needs: the ledger to write to, the views to read from, and the settings."""

    settings: Settings
    logins: Logins
    ledger: Ledger
    _following: threading.Event | None = None
    _projecting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def conninfo(self) -> str:
        """The connection string of the login that records."""
        return self.logins.writer

    @contextmanager
    def views(
        self, by: Caller | Reading, *, about: UUID | None = None, wait_seconds: float | None = None
    ) -> Iterator[Views]:
        """A connection in one reading transaction whose search path is the live views, with the caller's rows only.

        `about` is the person it is for, if it is for one, which saves deciding it for every row. Whoever asks how we
        are cannot wait as long as whoever asks for data: hence `wait_seconds`. Raises DatabaseUnreachable and
        ReadingRefused.
        """
        with self.ledger.readers.reading(self._reading(by), about=about, wait_seconds=wait_seconds) as connection:
            yield connection

    @contextmanager
    def current_views(self, by: Caller | Reading, *, about: UUID | None = None) -> Iterator[Views]:
        """The same, after the views have caught up with what was recorded before this moment.

        With a live runner somewhere it waits up to two seconds, then serves what there is; without one (the command
        line) it applies what is missing itself. Raises ProjectionStopped.
        """
        self._project_alone()
        with self.views(by, about=about) as connection:
            self._wait(connection)  # in the same transaction, since each costs two more round trips
            yield connection

    def bring_up(self) -> None:
        """Let the views catch up, since who serves whom is one of them. Raises ProjectionStopped."""
        self._project_alone()
        with self.views(SYSTEM) as connection:
            self._wait(connection)

    @contextmanager
    def views_as_of(
        self, moment: datetime | None, by: Caller | Reading, *, only: UUID
    ) -> Iterator[tuple[Views, int | None]]:
        """The views of one stream by what had been recorded at a moment, with that position; or else the live views.

        The projector makes the tables of that moment, and the caller reads them as they read the live ones.
        """
        if moment is None:
            with self.views(by, about=only) as connection:
                yield connection, None
            return
        with (
            self.projector() as made,
            runner.as_of(made, moment=moment, only=only) as position,
            self.ledger.readers.reading(self._reading(by), about=only, path=runner.schema_of(made)) as connection,
        ):
            yield connection, position

    def _reading(self, by: Caller | Reading) -> Reading:
        return by if isinstance(by, Reading) else self.ledger.reading_of(by)

    def position_at(self, moment: datetime) -> int:
        """The last entry of what was known at a moment."""
        with self.ledger.recorder.connection() as connection:
            return position_at(connection, moment)

    def project(self, progress: runner.Progress | None = None) -> int:
        """Bring every view up to the head and return the position."""
        with self._projecting, self.projector() as connection:
            return runner.catch_up(connection, progress=progress)

    @contextmanager
    def projector(self) -> Iterator[Views]:
        """A connection in the projector's role."""
        with in_words(), runner.connect(self.logins.projector) as connection:
            yield connection

    def follow(self) -> None:
        """Keep the views up in a thread of this process until it ends."""
        stop = self._following = threading.Event()

        def live() -> None:
            while not stop.is_set():
                try:
                    with self.projector() as connection:
                        runner.run_forever(connection, stop)
                except (Fault, psycopg.Error):
                    stop.wait(1.0)

        threading.Thread(target=live, name="projector", daemon=True).start()

    def rely_on_another_runner(self) -> None:
        """Say that a runner of another process keeps the views up, as in docker-compose.yml."""
        self._following = threading.Event()

    def close(self) -> None:
        if self._following is not None:
            self._following.set()

    def _project_alone(self) -> None:
        if self._following is None:
            self.project()

    def _wait(self, connection: Views) -> None:
        """Wait for the runner; of another process, it may be at a view just now. Each look sees what is committed."""
        until = time.monotonic() + VIEWS_WAIT_SECONDS
        standing = runner.states(connection)
        head = standing[0].head
        while time.monotonic() < until:
            for state in standing:
                if state.trouble is not None and state.position != head:
                    raise ProjectionStopped(state.trouble)
            # A view of another version is being made anew, which may wait for a backup to end: nobody waits for it.
            if min((state.position for state in standing if state.current), default=head) >= head:
                return
            time.sleep(0.02)
            standing = runner.states(connection)


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The connection string of the database: the given one, or the embedded server's while the block lasts."""
    if settings.database_url:
        yield settings.database_url
    else:
        with postgres.running(settings.home, bin_dir=settings.postgres_binaries) as server:
            yield server.conninfo()


@contextmanager
def opened(settings: Settings) -> Iterator[Runtime]:
    """The program, open. The embedded database is migrated by itself; a given one is only checked.

    Raises WrongSchema, KeyFileMissing, KeyFileUnreadable, WrongKey, DatabaseUnreachable and the server's own faults.
    """
    with ExitStack() as stack:
        conninfo = stack.enter_context(database(settings))
        if settings.database_url:
            logins = Logins(
                writer=conninfo,
                reader=settings.read_database_url or conninfo,
                projector=settings.projector_database_url or conninfo,
            )
        else:
            migrate.migrate(conninfo)
            logins = own_logins(conninfo)
        ledger = Ledger.open(logins, settings.key_file, settings.fence_file)
        stack.callback(ledger.close)
        register_first_controller(ledger, settings)
        yield stack.enter_context(around(ledger, settings, logins))


@contextmanager
def around(ledger: Ledger, settings: Settings, logins: Logins | str) -> Iterator[Runtime]:
    """The runtime of a ledger that is open, and stays open afterwards."""
    runtime = Runtime(settings=settings, logins=Logins.of(logins), ledger=ledger)
    try:
        yield runtime
    finally:
        runtime.close()
