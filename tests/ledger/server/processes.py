"""Processes that use the embedded server, and how tests look at them and end them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ledger.store.postgres.cluster import Cluster

ROOT = Path(__file__).parents[3]


PROGRAM = """
import sys
from pathlib import Path
from ledger.store.postgres import running
with running(Path(sys.argv[1])) as server:
    print("up", flush=True)
    sys.stdin.read()
"""


USERS: list[subprocess.Popen] = []


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down to another account")


def end_everything(home):
    for pid in processes(home):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    sockets = Cluster(home=home.resolve()).sockets
    if sockets.parent != home.resolve():
        shutil.rmtree(sockets, ignore_errors=True)


def processes(home):
    """Every process of the server of `home`, the postmaster first."""
    title = f"postgres: {Cluster(home=home.resolve()).name}: ".encode()
    data = os.fsencode(home.resolve() / "data")
    found = []
    for pid, command in commands():
        program, *arguments = command.split(b"\0")
        if command.startswith(title):
            found.append(pid)
        elif b"postgres" in program and data in arguments:
            found.insert(0, pid)
    return found


def commands():
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield int(entry.parent.name), entry.read_bytes()


def postmasters(home):
    data = os.fsencode(home.resolve() / "data")
    # A process just forked still has the postmaster's command line; only one whose parent has not is a postmaster.
    candidates = [pid for pid, command in commands() if data in command.split(b"\0")]
    return [pid for pid in candidates if parent(pid) not in candidates]


def parent(pid):
    """A process that has just ended counts as its own parent, and so not at all."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return pid


def started(home, *, before=(), script=PROGRAM):
    """Another process that uses the server until it is told to leave."""
    user = subprocess.Popen(
        [*before, sys.executable, "-c", script, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    USERS.append(user)
    return user


def up(user):
    assert user.stdout.readline() == "up\n", user.communicate()[1]
    return user


def leave(user):
    _, errors = user.communicate(timeout=60)
    assert user.returncode == 0, errors


def killed(user):
    user.kill()
    user.communicate()


def rows(server):
    with psycopg.connect(server.conninfo()) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


def keep(server, *numbers):
    with psycopg.connect(server.conninfo()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        for number in numbers:
            connection.execute("INSERT INTO kept VALUES (%s)", [number])


def setting(server, name):
    with psycopg.connect(server.conninfo()) as connection:
        found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert found is not None
        return found[0]


def crash(home):
    """Kill the whole tree, as a loss of power would, and wait until it is gone."""
    for pid in processes(home):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes(home))


def wait_until(done, seconds=20):
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.02)


def busy(server, statement="SELECT count(*) FROM generate_series(1, 30000000000)"):
    """A session in the middle of a statement; this one takes many minutes and never looks up."""
    connection = psycopg.connect(server.conninfo(), autocommit=True)
    backend = connection.info.backend_pid

    def work():
        with suppress(psycopg.Error):
            connection.execute(statement)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: b"SELECT" in Path(f"/proc/{backend}/cmdline").read_bytes())
    return connection, backend, thread
