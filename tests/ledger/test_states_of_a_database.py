"""What becomes of a ledger whose database changes under it, or is restored elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import uuid
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql

from ledger.errors import DatabaseReadOnly, WrongSchema
from ledger.recording import Ledger
from ledger.store import database_faults, migrate, postgres
from ledger.store.append_call import Appended
from ledger.store.readers import SYSTEM
from ledger.store.recorder import Recorder, open_recorder
from ledger.store.roles import of_database
from ledger.verify import verify
from tests.appending import batch
from tests.conftest import MEMORY, Record

DOCUMENT = Path("docs/database.md")
PROGRAMS = postgres.find_binaries(None, os.environ)
has_programs = pytest.mark.skipif(
    not all((PROGRAMS / program).exists() for program in ("pg_dump", "pg_restore")),
    reason="there is no pg_dump or pg_restore beside the server's programs",
)


class Dump(NamedTuple):
    """A dump, the root of what it holds, and whom it knows."""

    file: Path
    root: str
    customer: uuid.UUID


def test_every_sentence_about_a_database_is_in_the_document() -> None:
    document = (Path(__file__).parents[2] / DOCUMENT).read_text(encoding="utf-8")
    sentences = [
        value for name, value in vars(database_faults).items() if name.isupper() and isinstance(value, str)
    ]  # fmt: skip
    missing = {
        sentence.replace(" (docs/database.md)", "")
        for sentence in sentences
        if sentence not in {database_faults.NOTHING, database_faults.CLOSED}
        and sentence.replace(" (docs/database.md)", "") not in document
    }
    assert missing == set()


def test_a_primary_that_becomes_read_only_is_told_and_recording_goes_on_when_it_takes_writes_again(
    server: postgres.Server, database: str
) -> None:
    with closing(open_recorder(database)) as recorder:
        recorder.append(batch())
        with psycopg.connect(server.conninfo(), autocommit=True) as administrator:
            administrator.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            administrator.execute("SELECT pg_reload_conf()")
            try:
                until_refused(recorder)
            finally:
                administrator.execute("SET default_transaction_read_only = off")
                administrator.execute("ALTER SYSTEM RESET default_transaction_read_only")
                administrator.execute("SELECT pg_reload_conf()")
        last = recorder.max_notification_id() or 0
        until_it_takes_writes(database)
        assert recorder.append(batch()) == Appended(first=last + 1, last=last + 1)


def until_refused(recorder: Recorder) -> None:
    """The session reads the setting a moment later."""
    for _ in range(1000):
        try:
            recorder.append(batch())
        except DatabaseReadOnly:
            return
    pytest.fail("the server takes writes")


def until_it_takes_writes(database: str) -> None:
    for _ in range(100):
        with psycopg.connect(database) as connection:
            if connection.execute("SHOW default_transaction_read_only").fetchone() == ("off",):
                return
    pytest.fail("the server stays read-only")


def test_reading_from_a_ledger_that_was_replaced_by_a_copy_says_to_migrate(ledger: Ledger, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        role = of_database(connection).reader
        rename = sql.SQL("ALTER ROLE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(role), sql.Identifier(f"{role}_away")))
        try:
            with pytest.raises(WrongSchema, match="run `ledger migrate`"), ledger.readers.reading(SYSTEM):
                pass
        finally:
            connection.execute(rename.format(sql.Identifier(f"{role}_away"), sql.Identifier(role)))


def run(program: str, *arguments: str) -> str:
    done = subprocess.run([str(PROGRAMS / program), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def dump(database: str, ledger: Ledger, record: Record, tmp_path: Path) -> Dump:
    """A dump of a ledger that knows one person, and is closed."""
    customer = uuid.uuid4()
    record("register-customer", customer, values={"note": "kept through a restore"})
    run("pg_dump", "--format=custom", f"--file={tmp_path / 'dump'}", f"--dbname={database}")
    ledger.close()
    return Dump(tmp_path / "dump", verify(database).root, customer)


@has_programs
def test_a_dump_restored_into_the_same_server_opens_verifies_and_records(
    server: postgres.Server, dump: Dump, key_file: Path
) -> None:
    restored(server, dump, key_file)


@has_programs
def test_a_dump_restored_into_another_server_opens_verifies_and_records(dump: Dump, key_file: Path) -> None:
    room = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="restored-", dir=room) as home, postgres.running(Path(home)) as another:
        restored(another, dump, key_file)


def restored(server: postgres.Server, dump: Dump, key_file: Path) -> None:
    """As docs/database.md says."""
    name = f"restored_{uuid.uuid4().hex[:8]}"
    roles = sorted(set(re.findall(r"ledger_[0-9a-f]{8}_[a-z]+", run("pg_restore", "--file=-", str(dump.file)))))
    assert len(roles) == 4
    with psycopg.connect(server.conninfo(), autocommit=True) as administrator:
        for role in roles:
            if administrator.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                administrator.execute(f"CREATE ROLE {role}".encode())
        administrator.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
    conninfo = server.conninfo(dbname=name)
    run("pg_restore", "--exit-on-error", f"--dbname={conninfo}", str(dump.file))
    with pytest.raises(WrongSchema, match="is a copy"):
        open_recorder(conninfo)
    assert migrate.migrate(conninfo) == []
    assert verify(conninfo).root == dump.root
    with closing(Ledger.open(conninfo, key_file)) as opened:
        assert opened.unsealed(dump.customer) != {}
        assert opened.recorder.append(batch()).first > 1
    with psycopg.connect(server.conninfo(), autocommit=True) as administrator:
        administrator.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
