"""PgBouncer in transaction mode before a database of a test."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.store.postgres.programs import choose_account

POOLER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pooler(conninfo: str, *, connections: int = 2, mode: str = "transaction") -> Iterator[str]:
    """The connection string through a pooler that shares so many connections to the server."""
    login = conninfo_to_dict(conninfo)
    with tempfile.TemporaryDirectory(prefix="pooler-") as room:
        folder = Path(room)
        (folder / "users").write_text(f'"{login["user"]}" "{login["password"]}"\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{login['dbname']} = host={login['host']} port={login['port']}\n"
            f"[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\nauth_type = scram-sha-256\n"
            f"auth_file = {folder / 'users'}\npool_mode = {mode}\ndefault_pool_size = {connections}\n"
        )
        account = choose_account(Path(str(login["host"])))  # like PostgreSQL, a pooler refuses to run as root
        for path in (folder, *folder.iterdir()):
            account.own(path)
        running = subprocess.Popen(
            [*account.prefix, str(POOLER), str(folder / "pgbouncer.ini")], user=account.user, group=account.group,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        through = make_conninfo(conninfo, host=str(folder), port=6432)
        try:
            _await(through)
            yield through
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
