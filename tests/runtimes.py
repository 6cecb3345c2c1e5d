"""Runtimes on databases of tests, whose ledger has the clock of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path

from api.casework.first_controller import register_first_controller
from api.casework.runtime import Runtime, around
from api.settings import Settings, read_settings
from ledger.recording import Ledger

TESTING = {"LEDGER_DEV": "1", "LEDGER_ALLOWED_HOSTS": "testserver, localhost, 127.0.0.1"}
Runtimes = Callable[..., AbstractContextManager[Runtime]]


def settings_of(database: str, home: Path, **environ: str) -> Settings:
    """The settings of a test: its client calls itself `testserver` and signs in at the development issuer."""
    return read_settings(
        {
            "LEDGER_DATABASE_URL": database,
            "LEDGER_HOME": str(home),
            "LEDGER_REGULATOR": "the Test Commission",
            **TESTING,
            **environ,
        }
    )


@contextmanager
def open_runtime(database: str, home: Path, clock: Callable[[], datetime]) -> Iterator[Runtime]:
    """The runtime of a database, with a ledger of its own, in which nothing is recorded at the time of the machine."""
    settings = settings_of(database, home)
    with closing(Ledger.open(database, settings.key_file, settings.fence_file)) as ledger:
        ledger.now = clock
        register_first_controller(ledger, settings)
        with around(ledger, settings, database) as runtime:
            yield runtime
