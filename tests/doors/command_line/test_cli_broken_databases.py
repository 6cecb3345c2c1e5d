"""Every command on a database that cannot be used: one clear sentence, exit code 2, within five seconds."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.cli import _VERBS
from api.routes import examples
from ledger.store import database_faults, migrate, postgres
from ledger.store.connections import A_COPY, NO_LEDGER, NOT_UTF8, SESSIONS
from ledger.store.roles import of_database
from tests.doors.command_line.terminal import Terminal
from tests.poolers import POOLER, pooler

WITHIN_SECONDS = 5.0
SOMEBODY = examples.CUSTOMER
NEED_NO_DATABASE = {"demo", "commands", "rules", "token", "generate", "bench"}
ARGUMENTS = {
    "record": ["commands.ndjson"],
    "import": ["dss", "feed.ndjson"],
    "propose": ["share.json"],
    "search": [],
    "begin-serving": ["--organisation", "0000000201"],
    **{verb: [SOMEBODY] for verb in ("customer", "history", "sar", "provenance", "consents", "portable-copy")},
    "request": [SOMEBODY],
    "claim": [SOMEBODY],
    "destroy": ["--dry-run"],
}
ANOTHER_VERSION = "The database was made by another version of this program"
COMMANDS = sorted(({name for _, name, _ in _VERBS} | {"import"}) - NEED_NO_DATABASE)
SOME_COMMANDS = ["due", "import", "migrate", "record", "serve", "verify"]
SLOW = {"where nobody answers"}
"""Each command waits for seconds there, so a few stand for all."""
ASKED = b'{"given_name": "Sam", "family_name": "Placeholder"}'

State = Callable[[postgres.Server, str], contextlib.AbstractContextManager[str]]
STATES: dict[str, tuple[State, str, frozenset[str]]] = {}
"""How a database is brought into a state, what every command says, and which put it right or need more."""


def state(name: str, sentence: str, *, answered_otherwise_by: tuple[str, ...] = ()) -> Callable[[State], State]:
    def keep(made: State) -> State:
        STATES[name] = (made, sentence, frozenset(answered_otherwise_by))
        return made

    return keep


def run_sql(conninfo: str, *statements: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextmanager
def made(server: postgres.Server, options: str = "") -> Iterator[str]:
    name = f"broken_{uuid.uuid4().hex[:12]}"
    run_sql(server.conninfo(), f"CREATE DATABASE {name} {options}")
    try:
        yield server.conninfo(dbname=name)
    finally:
        run_sql(server.conninfo(), f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def login(server: postgres.Server, database: str, options: str) -> Iterator[str]:
    name = f"login_{uuid.uuid4().hex[:12]}"
    run_sql(server.conninfo(), f"CREATE ROLE {name} LOGIN PASSWORD 'x' {options}")
    try:
        yield make_conninfo(database, user=name, password="x")
    finally:
        run_sql(server.conninfo(), f"DROP ROLE {name}")


@state("unmigrated", NO_LEDGER, answered_otherwise_by=("migrate",))
@contextmanager
def unmigrated(server: postgres.Server, database: str) -> Iterator[str]:
    del database
    with made(server) as bare:
        yield bare


@state("of a newer program", ANOTHER_VERSION)
@contextmanager
def newer(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    run_sql(database, "INSERT INTO public.ledger_migration (name, digest) VALUES ('9999_newer', '')")
    yield database


@state("of an older program", "run `ledger migrate`", answered_otherwise_by=("migrate",))
@contextmanager
def older(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    run_sql(database, f"DELETE FROM public.ledger_migration WHERE name = '{migrate.head()}'")
    yield database


@state("a copy of another ledger", A_COPY, answered_otherwise_by=("migrate",))
@contextmanager
def copied(server: postgres.Server, database: str) -> Iterator[str]:
    with made(server, f"TEMPLATE {conninfo_to_dict(database)['dbname']}") as copy:
        yield copy
        with psycopg.connect(copy) as connection:
            roles = of_database(connection)
    for role in roles:
        run_sql(server.conninfo(), f"DROP ROLE IF EXISTS {role}")


@state("restored without its owners", "restore the dump with its owners")
@contextmanager
def without_owners(server: postgres.Server, database: str) -> Iterator[str]:
    programs = postgres.find_binaries(None, os.environ)
    if not (programs / "pg_dump").exists() or not (programs / "psql").exists():
        pytest.skip("there is no pg_dump or psql beside the server's programs")
    with made(server) as restored:
        dump = subprocess.run(
            [str(programs / "pg_dump"), "--no-owner", "--no-acl", "--dbname", database], capture_output=True, check=True
        ).stdout
        subprocess.run([str(programs / "psql"), "--quiet", restored], input=dump, capture_output=True, check=True)
        yield restored


@state("restored without its privileges", database_faults.NO_RIGHT)
@contextmanager
def without_privileges(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    with psycopg.connect(database) as connection:
        roles = of_database(connection)
    run_sql(database, f"REVOKE ALL ON SCHEMA ledger FROM {roles.writer}, {roles.reader}, {roles.projector}")
    yield database


@state("in another encoding", NOT_UTF8)
@contextmanager
def latin(server: postgres.Server, database: str) -> Iterator[str]:
    del database
    with made(server, "ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0") as other:
        yield other


@state("read-only", "a standby or set to read-only")
@contextmanager
def read_only(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    run_sql(database, f"ALTER DATABASE {conninfo_to_dict(database)['dbname']} SET default_transaction_read_only = on")
    yield database
    run_sql(
        make_conninfo(database, options="-c default_transaction_read_only=off"),
        f"ALTER DATABASE {conninfo_to_dict(database)['dbname']} RESET default_transaction_read_only",
    )


@state("that refuses the password", database_faults.REFUSED_LOGIN)
@contextmanager
def wrong_password(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    yield make_conninfo(database, password="wrong")


@state("that is not there", database_faults.NO_DATABASE)
@contextmanager
def not_there(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    yield make_conninfo(database, dbname="nowhere")


@state("of a login without the roles", "is no member of the writer's role", answered_otherwise_by=("migrate",))
@contextmanager
def no_member(server: postgres.Server, database: str) -> Iterator[str]:
    with login(server, database, "") as other:
        yield other


@state("with no connection left", database_faults.TOO_MANY)
@contextmanager
def full(server: postgres.Server, database: str) -> Iterator[str]:
    with login(server, database, "CONNECTION LIMIT 0") as other:
        yield other


@state("that ends long statements", database_faults.TOO_SLOW)
@contextmanager
def busy(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE public.ledger_migration IN ACCESS EXCLUSIVE MODE")
        yield make_conninfo(database, options="-c statement_timeout=200")


@state("where nobody listens", "The database cannot be reached")
@contextmanager
def unreachable(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    yield make_conninfo(database, host="127.0.0.1", port=port)


@state("where nobody answers", "The database cannot be reached")
@contextmanager
def silent(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield make_conninfo(database, host="127.0.0.1", port=listening.getsockname()[1])


@state("of a host that is none", database_faults.NO_SUCH_HOST)
@contextmanager
def no_host(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    yield make_conninfo(database, host="no-such-host.invalid")


@state("of a service that is none", database_faults.NO_SERVICE)
@contextmanager
def no_service(server: postgres.Server, database: str) -> Iterator[str]:
    del server, database
    yield "service=no_such_service"


@state("behind a pooler in transaction mode", SESSIONS)
@contextmanager
def through_a_pooler(server: postgres.Server, database: str) -> Iterator[str]:
    del server
    if POOLER is None:
        pytest.skip("the system has no PgBouncer; the package pgbouncer has it")
    with pooler(database) as through:
        yield through


@pytest.mark.parametrize("name", list(STATES))
def test_every_command_says_what_is_wrong_with_the_database(
    name: str,
    request: pytest.FixtureRequest,
    ledger: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, database = request.getfixturevalue("server"), request.getfixturevalue("database")
    bring_about, sentence, answered_otherwise_by = STATES[name]
    monkeypatch.chdir(tmp_path)
    Path("commands.ndjson").write_text(json.dumps(next(iter(examples.COMMANDS.values()))["value"]) + "\n")
    Path("share.json").write_text("{}")
    Path("feed.ndjson").write_text("{}\n")
    wrong = []
    with bring_about(server, database) as conninfo:
        monkeypatch.setenv("LEDGER_DATABASE_URL", conninfo)
        commands = SOME_COMMANDS if name in SLOW else COMMANDS
        for verb in [verb for verb in commands if verb not in answered_otherwise_by]:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ASKED)))
            began = time.monotonic()
            code, _, err = ledger(verb, *ARGUMENTS.get(verb, []))
            seconds = time.monotonic() - began
            if code != 2 or err.count("\n") != 1 or sentence not in err or seconds > WITHIN_SECONDS:
                wrong.append((verb, code, err, round(seconds, 1)))
    assert wrong == []
