"""Two ledgers of one server keep apart, and a ledger works with the logins that an administrator has made for it."""

from __future__ import annotations

import os
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.errors import WrongSchema
from ledger.recording import Ledger
from ledger.store import migrate, postgres, roles
from ledger.store.connections import Logins
from ledger.store.recorder import open_recorder
from ledger.verify import verify
from projections import runner
from tests.commands import give
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Record
from tests.ledger.test_restored_backup import copied

Login = Callable[..., str]
DOCUMENT = Path(__file__).parents[2] / "docs" / "database.md"
PREFIX = "SELECT 'ledger_' || lpad(to_hex(oid::bigint), 8, '0') || '%%' FROM pg_database WHERE datname = %s"


@pytest.fixture
def login(server: postgres.Server) -> Iterator[Login]:
    """Makes a login with a database of its own; `may` is what it may do beside that."""
    made: list[str] = []

    def make(may: str = "CREATEROLE") -> str:
        name = f"login_{uuid.uuid4().hex[:8]}"
        made.append(name)
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER {may} PASSWORD 'x'".encode())
            connection.execute(f"CREATE DATABASE {name} OWNER {name}".encode())
        return make_conninfo(server.conninfo(dbname=name), user=name, password="x")

    yield make
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        for name in made:
            (prefix,) = connection.execute(PREFIX, [name]).fetchone() or ("",)
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            gone = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", [prefix]).fetchall()
            for role in [*(role for (role,) in gone), name]:
                connection.execute(f"DROP ROLE {role}".encode())


def use(conninfo: Logins | str, key_file: Path) -> None:
    """A working day: somebody is registered, the views are made, and the ledger is read and verified."""
    customer_id, logins = uuid.uuid4(), Logins.of(conninfo)
    opened = Ledger.open(conninfo, key_file)
    day, values = "2026-01-05T09:00:00Z", {"note": "invented"}
    give(opened, "register-customer", customer_id, by=CASE_WORKER, at=day, values=values)
    with runner.connect(logins.projector) as projector:
        runner.catch_up(projector)
    assert opened.unsealed(customer_id, by=RECORDS_MANAGER)
    assert verify(logins.writer, vault=opened.vault).ok
    opened.close()


def test_two_logins_of_one_server_each_have_a_ledger(server: postgres.Server, login: Login, tmp_path: Path) -> None:
    if server.version < 16:
        pytest.skip("before PostgreSQL 16 a login that may create roles may join any role")
    one, two = login(), login()
    for number, conninfo in enumerate((one, two)):
        assert migrate.migrate(conninfo) == [name for name, _ in migrate.migrations()]
        use(conninfo, tmp_path / f"key{number}")


ATTEMPTS = (
    "SELECT facts FROM ledger.event",
    "UPDATE ledger.head SET position = 99",
    "SELECT wrapped FROM ledger.class_key",
    "SET ROLE {role}",
    "GRANT {role} TO CURRENT_USER",
    "ALTER ROLE {role} LOGIN PASSWORD 'x'",
)


def test_neither_reads_or_writes_the_others(server: postgres.Server, login: Login) -> None:
    if server.version < 16:
        pytest.skip("before PostgreSQL 16 a login that may create roles may join any role")
    one, two = login(), login()
    migrate.migrate(one)
    migrate.migrate(two)
    name = str(conninfo_to_dict(two)["dbname"])
    with psycopg.connect(make_conninfo(one, dbname=name), autocommit=True) as connection:
        for role in roles.of_database(connection):
            for attempt in ATTEMPTS:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(attempt.format(role=role).encode())


def run_script(title: str, conninfo: str, **variables: str) -> None:
    """Run the psql script that stands under this heading of docs/database.md."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.search(rf"^### {re.escape(title)}$.*?^```sql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    psql = postgres.find_binaries(None, os.environ) / "psql"
    given = [f"--set={name}={value}" for name, value in variables.items()]
    done = subprocess.run(
        [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *given, conninfo],
        check=False,
        capture_output=True,
        text=True,
        input=found[1],
    )
    assert done.returncode == 0, done.stderr


def test_a_login_that_may_create_no_role_works_with_those_an_administrator_made(
    server: postgres.Server, login: Login, tmp_path: Path
) -> None:
    """The script is the one that docs/database.md gives the administrator, word for word."""
    plain = login("NOCREATEROLE")
    name = str(conninfo_to_dict(plain)["user"])
    with pytest.raises(WrongSchema, match="an administrator has made"):
        migrate.migrate(plain)
    run_script("Roles made by an administrator", server.conninfo(dbname=name), login=name)
    assert migrate.migrate(plain) == [name for name, _ in migrate.migrations()]
    assert migrate.migrate(plain) == []
    use(plain, tmp_path / "key")


def test_each_part_of_the_program_has_a_login_of_its_own_where_an_administrator_gave_it(
    server: postgres.Server, login: Login, tmp_path: Path
) -> None:
    owner = login()
    name = str(conninfo_to_dict(owner)["user"])
    migrate.migrate(owner)
    run_script("Logins of their own", server.conninfo(dbname=name), writer="w", reader="r", projector="p")
    with psycopg.connect(owner) as connection:
        made = roles.of_database(connection)
    logins = Logins(
        writer=make_conninfo(owner, user=made.writer, password="w"),
        reader=make_conninfo(owner, user=made.reader, password="r"),
        projector=make_conninfo(owner, user=made.projector, password="p"),
    )
    use(logins, tmp_path / "key")
    with psycopg.connect(logins.reader, autocommit=True) as reader:
        reader.execute("RESET ROLE")
        for other in (made.owner, made.writer, made.projector, name):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"SET ROLE {other}".encode())


# Copies.


def test_a_copy_of_a_database_is_refused_until_it_has_roles_of_its_own(
    server: postgres.Server, database: str, record: Record, customer: uuid.UUID, key_file: Path
) -> None:
    del record, customer
    source = conninfo_to_dict(database)["dbname"]
    name = f"copy_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
    copy = server.conninfo(dbname=name)
    with pytest.raises(WrongSchema, match="is a copy"):
        open_recorder(copy)
    with psycopg.connect(copy) as connection, pytest.raises(WrongSchema, match="is a copy"):
        migrate.check(connection)
    assert migrate.migrate(copy) == []
    Ledger.open(copy, key_file).close()


def test_the_roles_of_the_original_reach_nothing_in_the_copy_and_keep_the_original(
    server: postgres.Server, database: str, record: Record, customer: uuid.UUID, key_file: Path
) -> None:
    del record, customer
    with psycopg.connect(database) as connection:
        original = roles.of_database(connection)
    copy = copied(server, database, f"copied_{uuid.uuid4().hex[:8]}")
    for role in original:
        for statement in ("SELECT FROM ledger.event", "SELECT FROM ledger.head", "CREATE TABLE view.t (a int)"):
            with psycopg.connect(copy) as connection:
                connection.execute(f"SET ROLE {role}".encode())
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
    use(copy, key_file)
    use(database, key_file)


def test_a_dump_restored_without_its_owners_says_what_to_do(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER SCHEMA ledger OWNER TO ledger")
    with pytest.raises(WrongSchema, match="restore the dump with its owners"):
        migrate.migrate(database)
