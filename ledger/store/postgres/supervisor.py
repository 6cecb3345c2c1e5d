"""Starts, joins and stops the server of a home; relies on its socket and an inherited lock, never on a pid alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from ledger.store.postgres import cluster as files
from ledger.store.postgres.cluster import Cluster
from ledger.store.postgres.faults import ServerNotStarted, ServerStillStarting, disk_full, from_its_own_words
from ledger.store.postgres.lock import Lock
from ledger.store.postgres.programs import Account

# A healthy start takes under two seconds. The minute is for a loaded machine or a slow disk; a server that says it
# is replaying its log after a crash is making progress (up to max_wal_size), so it gets ten.
START_SECONDS = 60
RECOVERY_SECONDS = 600
STOP_SECONDS = 60
POLITE_SECONDS = 5
POLL_SECONDS = 0.05
REPLAYING = "the database system is"  # … starting up, in recovery, or still shutting down
WRONG_PASSWORD = "password authentication failed"  # noqa: S105 - words of PostgreSQL's


def start_or_join(cluster: Cluster, *, binaries: Path, version: int, account: Account) -> None:
    """The caller holds the home's transition lock, so nobody else starts or stops this server meanwhile."""
    begun = time.monotonic()
    silence = _silence(cluster)
    log_start: int | None = None
    while silence is not None:
        with _nobody_alive(cluster) as alive:
            if alive is not None and log_start is not None:
                raise from_its_own_words(_log_after(cluster, log_start), cluster.home)
            if alive is not None:
                log_start = cluster.log.stat().st_size if cluster.log.exists() else 0
                _start(cluster, binaries=binaries, version=version, account=account, alive=alive)
        if alive is None and log_start is None:
            _end_orphans(cluster, politely=time.monotonic() - begun < POLITE_SECONDS)
        _check_patience(cluster, time.monotonic() - begun, silence)
        time.sleep(POLL_SECONDS)
        silence = _silence(cluster)
    _create_database(cluster)


def stop(cluster: Cluster) -> None:
    """Fast shutdown: sessions end, the data is flushed. The caller holds the transition lock and is the last user."""
    if not _signalled(cluster, None):
        _wait_until_gone(cluster, seconds=STOP_SECONDS if _end_orphans(cluster, politely=True) else 0)
        return
    _signalled(cluster, signal.SIGINT)
    gone = _wait_until_gone(cluster, seconds=POLITE_SECONDS)
    # PostgreSQL 18 never ends when it is asked to just as it restarts after a lost backend, so only a server that
    # writes its last checkpoint is worth waiting for. A hard end costs the next start a replay and no committed row.
    if not gone and _flushing(cluster):
        gone = _wait_until_gone(cluster, seconds=STOP_SECONDS)
    if not gone:
        _signalled(cluster, signal.SIGQUIT)
        _wait_until_gone(cluster, seconds=POLITE_SECONDS)
    if cluster.sockets.parent != cluster.home:
        with suppress(OSError):
            cluster.sockets.rmdir()


def _signalled(cluster: Cluster, signal_: signal.Signals | None) -> bool:
    """Whether there is a postmaster, and it has been sent the signal if one is given."""
    postmaster = _postmaster(cluster)
    if postmaster is not None and signal_ is not None:
        with suppress(ProcessLookupError):
            os.kill(postmaster, signal_)
    return postmaster is not None


def _flushing(cluster: Cluster) -> bool:
    """The state in pg_control, after its two version numbers: 1 and 2 are shut down, 3 is shutting down."""
    state = (cluster.data / "global" / "pg_control").read_bytes()[16:20]
    return int.from_bytes(state, sys.byteorder) in {1, 2, 3}


def _wait_until_gone(cluster: Cluster, *, seconds: float) -> bool:
    begun = time.monotonic()
    while True:
        with _nobody_alive(cluster) as alive:
            if alive is not None:
                return True
        waited = time.monotonic() - begun
        if waited > seconds:
            return False
        _end_orphans(cluster, politely=waited < POLITE_SECONDS)
        time.sleep(POLL_SECONDS)


@contextmanager
def _nobody_alive(cluster: Cluster) -> Iterator[int | None]:
    """The lock every process of a server inherits: free only when the last of them is gone, whatever any pid says.

    Zombies hold no files, a reused pid is not the process that inherited it, and containers that share the home but
    not the process table see it too.
    """
    lock = Lock(cluster.home / "postgres.alive")
    try:
        yield lock.descriptor if lock.taken() else None
    finally:
        lock.close()


def _start(cluster: Cluster, *, binaries: Path, version: int, account: Account, alive: int) -> None:
    pid = _postmaster(cluster)
    if pid is not None:
        raise ServerNotStarted(f"Another server, process {pid}, already runs on {cluster.data}; stop it first.")
    if files.made_by(cluster) is None:
        files.create(cluster, binaries=binaries, version=version, account=account, alive=alive)
    files.prepare(cluster, account)
    # PostgreSQL only asks whether the number in these files is in use; zombies and reused pids would stop it.
    for stale in (cluster.data / "postmaster.pid", cluster.socket, cluster.socket.with_name(".s.PGSQL.5432.lock")):
        stale.unlink(missing_ok=True)
    log = os.open(cluster.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        # The shell leaves at once, so the server is nobody's child here and cannot become our zombie.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *account.prefix, str(binaries / "postgres"), "-D", str(cluster.data)],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=cluster.home,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
            pass_fds=[alive],
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
        )
    finally:
        os.close(log)


def _silence(cluster: Cluster) -> str | None:
    """Why no server answers, or None when one does. SCRAM proves to us that it is the server of this home."""
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.settimeout(POLITE_SECONDS)
            listener.connect(str(cluster.socket))
    except OSError as error:
        return error.strerror or str(error)
    conninfo = cluster.conninfo(dbname="postgres", user="ledger")
    try:
        psycopg.connect(conninfo, connect_timeout=POLITE_SECONDS).close()
    except psycopg.OperationalError as error:
        return str(error)
    return None


def _check_patience(cluster: Cluster, waited: float, silence: str) -> None:
    if REPLAYING in silence:
        if waited > RECOVERY_SECONDS:
            raise ServerStillStarting
    elif waited > START_SECONDS or WRONG_PASSWORD in silence:
        raise _unanswered(cluster, silence)


def _unanswered(cluster: Cluster, reason: object) -> ServerNotStarted:
    return ServerNotStarted(f"PostgreSQL in {cluster.home} does not answer: {' '.join(str(reason).split())}.")


def _create_database(cluster: Cluster) -> None:
    conninfo = cluster.conninfo(dbname="postgres", user="ledger")
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'ledger'").fetchone() is None:
                connection.execute("CREATE DATABASE ledger")
    except psycopg.errors.DiskFull:
        raise disk_full(cluster.home) from None
    except psycopg.OperationalError as error:
        raise _unanswered(cluster, error) from None


def _postmaster(cluster: Cluster) -> int | None:
    """The process named in the pid file, when it really is a server on this data directory."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    command = _command(pid)
    if command is None:  # no /proc on this system: believe the pid only while something accepts on the socket
        return pid if not Path("/proc/self").exists() and _accepts(cluster) else None
    return pid if os.fsencode(cluster.data) in command.split(b"\0")[1:] else None


def _accepts(cluster: Cluster) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as listener:
        listener.connect(str(cluster.socket))
        return True
    return False


def _end_orphans(cluster: Cluster, *, politely: bool) -> bool:
    """A busy backend outlives a killed postmaster until its query ends, and keeps the next server from starting."""
    found = False
    if _postmaster(cluster) is not None:
        return found
    title = f"postgres: {cluster.name}: ".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        if (_command(int(entry.name)) or b"").startswith(title):
            found = True
            with suppress(ProcessLookupError):
                os.kill(int(entry.name), signal.SIGQUIT if politely else signal.SIGKILL)
    return found


def _command(pid: int) -> bytes | None:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None


def _log_after(cluster: Cluster, start: int) -> str:
    with cluster.log.open("rb") as log:
        log.seek(start)
        return log.read().decode("utf-8", errors="replace")
