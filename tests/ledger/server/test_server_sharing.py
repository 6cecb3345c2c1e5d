"""One embedded server for several processes."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.store.postgres import (
    running,
)
from tests.ledger.server.processes import end_everything, keep, killed, leave, postmasters, processes, rows, started, up

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="these tests look at processes through /proc")


FORKING_PROGRAM = """
import os, sys, time
from pathlib import Path
from ledger.store.postgres import running
with running(Path(sys.argv[1])) as server:
    child = os.fork()
    if child == 0:
        os.closerange(0, 3)
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    sys.stdin.read()
"""


def test_three_first_starts_at_once_give_one_server(tmp_path):
    home = tmp_path / "home"
    users = [started(home) for _ in range(3)]
    try:
        for user in users:
            up(user)
        assert len(postmasters(home)) == 1
        assert (home / "postgres.log").read_text().count("LOG:  starting PostgreSQL") == 1
        for user in users[:2]:
            leave(user)
        assert len(postmasters(home)) == 1
        leave(users[2])
        assert processes(home) == []
    finally:
        end_everything(home)


def test_two_uses_in_one_process_share_one_server(home):
    with running(home) as outer:
        with running(home) as inner:
            assert inner == outer
            pids = postmasters(home)
        assert postmasters(home) == pids
        keep(outer, 1)
    assert processes(home) == []


def test_the_last_one_out_stops_the_server_although_another_user_was_killed(home):
    first, second = up(started(home)), up(started(home))
    killed(first)
    assert len(postmasters(home)) == 1
    leave(second)
    assert processes(home) == []


def test_a_server_whose_only_user_was_killed_is_joined_and_then_stopped(home):
    killed(up(started(home)))
    (left_behind,) = postmasters(home)
    with running(home):
        assert postmasters(home) == [left_behind]
    assert processes(home) == []


def test_a_forked_child_that_outlives_a_killed_user_does_not_keep_the_server(home):
    stays = up(started(home))
    forks = started(home, script=FORKING_PROGRAM)
    child = int(forks.stdout.readline())
    try:
        killed(forks)
        leave(stays)
        assert Path(f"/proc/{child}").exists()
        assert processes(home) == []
        with running(home) as server:
            keep(server, 1)
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_forked_child_that_leaves_does_not_stop_the_server(home):
    with ExitStack() as stack:
        server = stack.enter_context(running(home))
        child = os.fork()
        if child == 0:
            try:
                stack.close()
            except BaseException:  # noqa: BLE001 - whatever it is, the parent must hear of it
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        keep(server, 1)
        assert rows(server) == [1]


def test_a_program_started_meanwhile_inherits_no_lock(home):
    with running(home):
        bystander = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        assert processes(home) == []
    finally:
        bystander.kill()
        bystander.wait()


def test_an_error_inside_leaves_the_server_stopped(home):
    with pytest.raises(ZeroDivisionError), running(home):
        raise ZeroDivisionError
    assert processes(home) == []
