"""Reading for callers works through PgBouncer in transaction mode, where many share few connections of the server."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.caller import Caller
from ledger.recording import Ledger
from ledger.store.connections import Logins
from ledger.store.logins import own_logins
from ledger.store.postgres.programs import choose_account
from projections import runner
from tests.commands import give
from tests.conftest import CASE_WORKER

POOLER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
SERVER_CONNECTIONS = 2
READERS, READINGS = 8, 15
STRANGER = Caller(role="contractor", organisation="0000000202", subject="adviser of another contractor")

pytestmark = pytest.mark.skipif(POOLER is None, reason="the system has no PgBouncer; the package pgbouncer has it")


@pytest.fixture
def pooled(database: str, tmp_path: Path) -> Iterator[Logins]:
    """The logins of a ledger, whose reader connects through a pooler with two connections to the server."""
    logins = own_logins(database)
    reader = conninfo_to_dict(logins.reader)
    with tempfile.TemporaryDirectory(prefix="pooler-") as room:
        folder = Path(room)
        (folder / "users").write_text(f'"{reader["user"]}" "{reader["password"]}"\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{reader['dbname']} = host={reader['host']} port={reader['port']}\n"
            f"[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\nauth_type = scram-sha-256\n"
            f"auth_file = {folder / 'users'}\npool_mode = transaction\ndefault_pool_size = {SERVER_CONNECTIONS}\n"
        )
        account = choose_account(Path(str(reader["host"])))  # like PostgreSQL, a pooler refuses to run as root
        for path in (folder, *folder.iterdir()):
            account.own(path)
        running = subprocess.Popen(
            [*account.prefix, str(POOLER), str(folder / "pgbouncer.ini")], user=account.user, group=account.group,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        through = make_conninfo(logins.reader, host=str(folder), port=6432)
        try:
            _await(through)
            yield Logins(writer=logins.writer, projector=logins.projector, reader=through)
        finally:
            running.terminate()
            running.wait()


def _await(conninfo: str) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError), psycopg.connect(conninfo):
            return
        time.sleep(0.1)
    sys.exit("the pooler did not come up")


def test_each_caller_reads_its_own_rows_though_all_share_two_connections(pooled: Logins, tmp_path: Path) -> None:
    ledger, customer_id = Ledger.open(pooled, tmp_path / "key"), uuid.uuid4()
    give(ledger, "register-customer", customer_id, by=CASE_WORKER, at="2026-01-05T09:00:00Z", values={"note": "x"})
    runner.rebuild_all(pooled.projector)
    wrong: list[object] = []

    def read(number: int) -> None:
        by, expected = (CASE_WORKER, [(customer_id,)]) if number % 2 else (STRANGER, [])
        for _ in range(READINGS):
            with ledger.readers.reading(ledger.reading_of(by)) as connection:
                shown = connection.execute("SELECT customer FROM customer").fetchall()
            if shown != expected:
                wrong.append((by.role, shown))
            if bool(ledger.unsealed(customer_id, by=by)) != bool(expected):
                wrong.append(by.role)

    threads = [threading.Thread(target=read, args=[number]) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert wrong == []


def test_a_connection_of_the_pooler_that_nobody_reads_on_shows_nothing(pooled: Logins, tmp_path: Path) -> None:
    ledger = Ledger.open(pooled, tmp_path / "key")
    give(ledger, "register-customer", uuid.uuid4(), by=CASE_WORKER, at="2026-01-05T09:00:00Z", values={"note": "x"})
    runner.rebuild_all(pooled.projector)
    with ledger.readers.reading(ledger.reading_of(CASE_WORKER)) as connection:
        assert connection.execute("SELECT count(*) FROM customer").fetchone() == (1,)
    with psycopg.connect(pooled.reader, autocommit=True) as connection:
        for _ in range(2 * SERVER_CONNECTIONS):
            assert connection.execute("SELECT count(*) FROM view.customer").fetchone() == (0,)
    ledger.close()
