"""What every test may ask for: one server for each process that tests, and a fresh database in 20 milliseconds.

The server's files are in memory where there is room: copying a database to a disk takes ten times as long, and a
thousand tests ask for one. Nothing else differs from the server that everybody gets.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.casework.runtime import Runtime, around
from ledger.caller import Caller
from ledger.recording import Ledger
from ledger.store import migrate, postgres
from ledger.store.receipts import Receipt
from ledger.store.roles import of_database
from tests.commands import give
from tests.runtimes import Runtimes, open_runtime, settings_of
from tests.sharing import fill_registers, meet

CASE_WORKER = Caller(role="case-worker", organisation="0000000101", subject="case worker one", operator=True)
RECORDS_MANAGER = Caller(
    role="records-manager", organisation="controller", subject="records manager one", operator=True
)
AUDITOR = Caller(role="auditor", organisation="controller", subject="auditor one", operator=True)


MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of its own is made in it)
ROOM_BYTES = 2 << 30


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """The embedded server, or with LEDGER_PG_BIN the system's."""
    room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    with (
        tempfile.TemporaryDirectory(prefix="ledger-tests-", dir=MEMORY if room else None) as home,
        postgres.running(Path(home)) as running,
    ):
        with psycopg.connect(running.conninfo(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_wal_size = '256MB'")
            connection.execute("SELECT pg_reload_conf()")
        yield running


@pytest.fixture(scope="session")
def template(server: postgres.Server) -> str:
    """A migrated database that others are copied from."""
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    migrate.migrate(server.conninfo(dbname="migrated"))
    return "migrated"


Databases = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def databases(server: postgres.Server, template: str) -> Databases:
    """Fresh databases for tests that need one for each of their examples: `with databases() as conninfo`."""

    @contextmanager
    def fresh() -> Iterator[str]:
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode())
        migrate.migrate(server.conninfo(dbname=name))  # a copy gets roles of its own
        with psycopg.connect(server.conninfo(dbname=name)) as connection:
            made = of_database(connection)
        yield server.conninfo(dbname=name)
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            connection.execute(f"DROP ROLE {', '.join(made)}".encode())

    return fresh


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """The connection string of a migrated, empty database of this test's own, as the owner's login."""
    with databases() as conninfo:
        yield conninfo


class Clock:
    """The ledger's clock in tests: stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "key"


@pytest.fixture
def ledger(database: str, key_file: Path, clock: Clock) -> Iterator[Ledger]:
    """A ledger on an empty database of this test's own."""
    opened = Ledger.open(database, key_file)
    opened.now = clock
    yield opened
    opened.close()


@pytest.fixture
def runtime(ledger: Ledger, database: str, tmp_path: Path) -> Iterator[Runtime]:
    """Everything a door needs, around this test's ledger."""
    with around(ledger, settings_of(database, tmp_path), database) as runtime:
        yield runtime


@pytest.fixture(scope="session")
def runtimes(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Runtimes:
    """Runtimes on fresh databases: `with runtimes() as runtime`, for a story that a module records once."""

    @contextmanager
    def fresh(clock: Clock | None = None) -> Iterator[Runtime]:
        home = tmp_path_factory.mktemp("home")
        with databases() as database, open_runtime(database, home, clock or Clock()) as runtime:
            yield runtime

    return fresh


Record = Callable[..., Receipt]


@pytest.fixture
def record(ledger: Ledger) -> Record:
    """Record one command: `record("give-consent", customer, scope="market_research", mechanism="said yes")`."""
    return partial(give, ledger, by=CASE_WORKER, at="2026-01-05T09:00:00Z")


@pytest.fixture
def registered(ledger: Ledger) -> Ledger:
    """A ledger whose registers hold what a good share needs."""
    fill_registers(ledger)
    return ledger


@pytest.fixture
def sam(registered: Ledger) -> uuid.UUID:
    """A customer of a prime in the registers, told how their data is shared."""
    return meet(registered)


@pytest.fixture
def customer(record: Record) -> uuid.UUID:
    """A registered, invented customer."""
    number = uuid.uuid4()
    record(
        "register-customer",
        number,
        at="2025-01-06T09:00:00Z",
        organisation="0000000101",
        values={
            "given_name": "Sam",
            "family_name": "Placeholder",
            "date_of_birth": "1990-02-01",
            "email": "sam@placeholder.example",
            "telephone": "07700 900123",
            "postcode": "ZZ99 9ZZ",
        },
    )
    return number


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    del config


CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip("needs a browser: apt-get install -y chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*flags, "--disable-sync"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(served: Runtime) -> Iterator[str]:
    """The pages of the module's `served`, on a port of their own."""
    import uvicorn

    from api.app import create_app

    config = uvicorn.Config(
        create_app(served), host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
