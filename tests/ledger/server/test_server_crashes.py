"""The embedded server after crashes: committed rows stay, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import psycopg
import pytest

from ledger.store.postgres import (
    ServerNotStarted,
    running,
    supervisor,
)
from ledger.store.postgres.cluster import Cluster
from ledger.store.postgres.lock import Lock
from tests.ledger.server.processes import (
    busy,
    commands,
    crash,
    end_everything,
    keep,
    killed,
    leave,
    postmasters,
    processes,
    rows,
    started,
    up,
    wait_until,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="these tests look at processes through /proc")


def test_a_killed_postmaster_with_a_busy_backend_is_recovered_with_every_committed_row(home):
    with running(home) as server:
        keep(server, 1, 2, 3)
        connection, backend, thread = busy(server)
        (postmaster,) = postmasters(home)
        os.kill(postmaster, signal.SIGKILL)
        wait_until(lambda: postmaster not in processes(home))
        assert backend in processes(home)
        with running(home) as again:
            assert rows(again) == [1, 2, 3]
            assert backend not in processes(home)
        thread.join(timeout=10)
        connection.close()
    assert processes(home) == []


def test_the_last_user_ends_the_orphans_of_a_killed_postmaster(home):
    with running(home) as server:
        connection, backend, thread = busy(server)
        os.kill(postmasters(home)[0], signal.SIGKILL)
        wait_until(lambda: not postmasters(home))
        assert backend in processes(home)
    assert processes(home) == []
    thread.join(timeout=10)
    connection.close()


def test_a_killed_tree_is_recovered_with_every_committed_row(home):
    user = up(started(home))
    with running(home) as server:
        keep(server, 1, 2, 3)
        killed(user)
        crash(home)
    with running(home) as server:
        assert rows(server) == [1, 2, 3]


def test_a_pid_file_whose_number_belongs_to_another_process_is_seen_through(home):
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        leave_stale_files(home, bystander.pid)
        with running(home) as server:
            assert rows(server) == [1]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_pid_file_that_names_a_zombie_is_seen_through(home):
    zombie = subprocess.Popen(["true"])
    try:
        wait_until(lambda: Path(f"/proc/{zombie.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
        leave_stale_files(home, zombie.pid)
        with running(home) as server:
            assert rows(server) == [1]
    finally:
        zombie.wait()


def leave_stale_files(home, pid):
    """What a crash leaves, after the system has given the postmaster's number to `pid`."""
    with running(home) as server:
        keep(server, 1)
        crash(home)
    for path in (home / "data" / "postmaster.pid", Cluster(home=home.resolve()).socket.with_suffix(".5432.lock")):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([f"{pid}\n", *lines[1:]]))


def test_leaving_never_signals_a_process_that_took_over_the_pid(home):
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        with running(home):
            crash(home)
            pid_file = home / "data" / "postmaster.pid"
            pid_file.write_text(f"{bystander.pid}\n")
        with pytest.raises(subprocess.TimeoutExpired):
            bystander.wait(timeout=0.5)
    finally:
        bystander.kill()
        bystander.wait()


def test_a_killed_first_start_leaves_no_half_cluster_although_its_initdb_lives_on(tmp_path):
    home = tmp_path / "home"
    first = started(home)
    try:
        wait_until((home / "data.new" / "base").exists)
        (initdb,) = (pid for pid, command in commands() if b"initdb" in command and os.fsencode(home) in command)
        os.kill(initdb, signal.SIGSTOP)
        killed(first)
        assert not (home / "data").exists()
        second = started(home)
        time.sleep(2.5)
        assert not (home / "data").exists()  # two of them in one directory would make a mixture
        os.kill(initdb, signal.SIGCONT)
        leave(up(second))
        with running(home) as server:
            keep(server, 1)
        assert not (home / "data.new").exists()
    finally:
        end_everything(home)


def test_leaving_while_the_server_recovers_from_a_lost_backend_still_stops_it(home):
    begun = time.monotonic()
    with running(home) as server, psycopg.connect(server.conninfo()) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        time.sleep(0.01)
    assert processes(home) == []
    assert time.monotonic() - begun < 20


def test_a_start_that_was_killed_midway_is_joined_or_begun_again(home):
    for delay_ms in (0, 5, 20, 60):
        user = started(home)
        wait_until((home / "postgres.users").exists)
        log_size = (home / "postgres.log").stat().st_size
        wait_until(lambda size=log_size: (home / "postgres.log").stat().st_size > size)
        time.sleep(delay_ms / 1000)
        killed(user)
        with running(home) as server:
            keep(server, delay_ms)
    with running(home) as server:
        assert rows(server) == [0, 5, 20, 60]


def test_a_server_that_is_slow_to_answer_is_waited_for(home):
    with running(home):
        (postmaster,) = postmasters(home)
        os.kill(postmaster, signal.SIGSTOP)
        timer = threading.Timer(2, os.kill, [postmaster, signal.SIGCONT])
        timer.start()
        begun = time.monotonic()
        with running(home) as server:
            assert time.monotonic() - begun > 1.5
            assert postmasters(home) == [postmaster]
            keep(server, 1)


def test_a_silent_server_is_given_up_after_the_limit_and_says_why(home, monkeypatch):
    monkeypatch.setattr(supervisor, "START_SECONDS", 0.5)
    held = Lock(home / "postgres.alive")
    assert held.taken()
    with pytest.raises(ServerNotStarted, match="does not answer: No such file"), running(home):
        pass
    held.close()


def test_a_server_that_replays_its_log_is_given_longer(home):
    cluster = Cluster(home=home)
    replaying = "connection failed: FATAL:  the database system is starting up"
    supervisor._check_patience(cluster, supervisor.START_SECONDS * 2, replaying)
    with pytest.raises(ServerNotStarted, match="still replaying"):
        supervisor._check_patience(cluster, supervisor.RECOVERY_SECONDS + 1, replaying)


def test_a_server_that_dies_at_once_is_reported_with_its_last_words(home):
    with running(home) as server, psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'no_such_library'")
    words = r'FATAL:  could not access file "no_such_library".*postgres\.log'
    with pytest.raises(ServerNotStarted, match=words), running(home):
        pass
