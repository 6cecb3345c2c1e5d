"""Accounts, passwords and permissions of the embedded server."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ledger.store.postgres import (
    HomeUnusable,
    ServerNotStarted,
    find_binaries,
    running,
)
from tests.ledger.server.processes import ROOT, as_root, end_everything, keep, leave, processes, rows, started, up

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="these tests look at processes through /proc")


@pytest.fixture
def public_directory():
    """A directory that another account can reach, which pytest's own are not."""
    directory = Path(tempfile.mkdtemp(prefix="ledger test "))
    directory.chmod(0o755)
    yield directory
    end_everything(directory / "home")
    shutil.rmtree(directory)


def owners(home):
    found = set()
    for pid in processes(home):
        with suppress(OSError):
            found.add(Path(f"/proc/{pid}").stat().st_uid)
    return found


def test_a_wrong_password_is_refused(home):
    with running(home) as server:
        wrong = psycopg.conninfo.make_conninfo(server.conninfo(), password="wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        nothing = psycopg.conninfo.make_conninfo(server.conninfo(), password="")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(nothing)


def test_the_password_is_long_random_and_readable_by_its_owner_only(template, tmp_path):
    password = template / "postgres.password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert len(password.read_text()) >= 40


def test_psql_accepts_the_connection_string(home):
    psql = find_binaries(None, {}) / "psql"
    with running(home) as server:
        answer = subprocess.run(
            [psql, "-XAt", "-c", "SELECT current_user", server.conninfo()], capture_output=True, text=True, check=True
        )
    assert answer.stdout == "ledger\n"


def test_another_database_and_user_can_be_named(home):
    with running(home) as server, psycopg.connect(server.conninfo(dbname="postgres")) as connection:
        assert connection.info.dbname == "postgres"
        assert "user=ledger_reader" in server.conninfo(user="ledger_reader")


def test_a_password_that_is_not_this_servers_is_said_at_once(home):
    (home / "postgres.password").write_text("made up")
    begun = time.monotonic()
    with pytest.raises(ServerNotStarted, match="password authentication failed"), running(home):
        pass
    assert time.monotonic() - begun < 10
    assert processes(home) == []


def test_a_missing_password_file_is_named(home):
    (home / "postgres.password").unlink()
    with pytest.raises(HomeUnusable, match=r"postgres\.password is missing"), running(home):
        pass


def test_starting_adds_no_system_user_and_changes_no_mode_above_the_home(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    above = [closed, *closed.parents]
    modes = [path.stat().st_mode for path in above]
    accounts = Path("/etc/passwd").read_bytes()
    with running(closed / "home"):
        assert [path.stat().st_mode for path in above] == modes
        assert Path("/etc/passwd").read_bytes() == accounts
        assert stat.S_IMODE((closed / "home").stat().st_mode) == 0o700


@as_root
def test_as_root_every_file_of_the_cluster_stays_roots(template):
    assert {path.lstat().st_uid for path in template.rglob("*")} == {0}


def refuse_user_namespaces(tmp_path, monkeypatch):
    """What a container without the capability says to `unshare`."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "unshare").write_text("#!/bin/sh\necho 'unshare: Operation not permitted' >&2\nexit 1\n")
    (tools / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")


def readable_by_nobody():
    probe = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        sys.executable,
        "-c",
        "import ledger, psycopg",
    ]
    return shutil.which("setpriv") and subprocess.run(probe, cwd=ROOT, capture_output=True, check=False).returncode == 0


@as_root
def test_root_without_user_namespaces_steps_down_to_an_ordinary_account(public_directory, tmp_path, monkeypatch):
    if not readable_by_nobody():
        pytest.skip("the Python environment cannot be read by another account")
    refuse_user_namespaces(tmp_path, monkeypatch)
    home = public_directory / "home"
    with running(home) as server:
        keep(server, 1)
        assert owners(home)
        assert 0 not in owners(home)
        assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700
    with running(home) as server:
        assert rows(server) == [1]
    assert processes(home) == []


@as_root
def test_a_cluster_made_in_a_user_namespace_is_handed_over_when_there_is_none(public_directory, tmp_path, monkeypatch):
    if not readable_by_nobody():
        pytest.skip("the Python environment cannot be read by another account")
    home = public_directory / "home"
    with running(home) as server:
        keep(server, 1)
    home.chmod(0o711)
    refuse_user_namespaces(tmp_path, monkeypatch)
    with running(home) as server:
        assert rows(server) == [1]
    monkeypatch.undo()
    with running(home) as server:  # and back on a machine that permits them
        assert rows(server) == [1]


@as_root
def test_an_account_that_cannot_reach_the_home_gets_one_sentence(home, tmp_path, monkeypatch):
    refuse_user_namespaces(tmp_path, monkeypatch)
    modes = [path.stat().st_mode for path in home.parents]
    with pytest.raises(HomeUnusable, match="cannot reach"), running(home):
        pass
    assert [path.stat().st_mode for path in home.parents] == modes


@as_root
def test_a_normal_user_starts_the_server_as_itself(public_directory):
    if not readable_by_nobody():
        pytest.skip("the Python environment cannot be read by another account")
    os.chown(public_directory, 65534, 65534)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    home = public_directory / "home"
    user = up(started(home, before=nobody))
    assert owners(home) == {65534}
    leave(user)
    assert processes(home) == []


@as_root
def test_a_home_that_may_not_be_written_gives_one_sentence(public_directory):
    if not readable_by_nobody():
        pytest.skip("the Python environment cannot be read by another account")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    _, errors = started(public_directory / "home", before=nobody).communicate()
    assert errors.splitlines()[-1] == (
        f"ledger.store.postgres.faults.HomeUnusable: The ledger's home {public_directory / 'home'} cannot be used:"
        " permission denied."
    )
    assert "During handling" not in errors
