"""The schema is what the migrations make, whole, in order and unaltered; `schema.sql` shows all of it in one place.

After adding a migration, name it in `HEAD` and run `python -m tests.ledger.test_schema`, which writes the snapshot
anew.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from ledger.errors import WrongSchema
from ledger.store import migrate, postgres

SNAPSHOT = Path(migrate.__file__).with_name("sql") / "schema.sql"
TITLE = (
    "-- Everything the migrations make, in one place, for reading: never applied, and written by"
    " `python -m tests.ledger.test_schema`.\n\n"
)
NAMES = [name for name, _ in migrate.migrations()]


def dump(conninfo: str) -> str:
    """The schema in pg_dump's words, without what differs from one dump to the next and one database to the next."""
    dumped = subprocess.run(
        [str(postgres.find_binaries(None, os.environ) / "pg_dump"), "--schema-only", "--dbname", conninfo],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    dumped = re.sub(r"ledger_[0-9a-f]{8}_", "ledger_", dumped)  # the roles are of this database alone
    kept = [line for line in dumped.splitlines() if not line.startswith(("--", "\\restrict", "\\unrestrict", "SET "))]
    blocks = ("\n".join(block) for filled, block in itertools.groupby(kept, key=bool) if filled)
    return TITLE + "\n\n".join(block for block in blocks if not block.startswith("SELECT pg_catalog.set_config")) + "\n"


def test_all_migrations_together_make_the_schema_of_the_snapshot(server: postgres.Server, template: str):
    if server.version != 18:
        pytest.skip("the snapshot is in the words of PostgreSQL 18")
    if not (postgres.find_binaries(None, os.environ) / "pg_dump").exists():
        pytest.skip("there is no pg_dump beside the server's programs")
    made = dump(server.conninfo(dbname=template))
    assert made == SNAPSHOT.read_text(encoding="utf-8"), (
        "run `python -m tests.ledger.test_schema` and read what changed"
    )


def test_head_names_the_newest_migration():
    assert migrate.head() == NAMES[-1]


def test_migrations_are_numbered_without_a_gap():
    assert [name[:5] for name in NAMES] == [f"{number:04}_" for number in range(1, len(NAMES) + 1)]


@pytest.mark.parametrize("name", NAMES)
def test_a_migration_that_was_applied_cannot_be_altered(database: str, name: str, monkeypatch: pytest.MonkeyPatch):
    altered = [(one, text + "-- \n" if one == name else text) for one, text in migrate.migrations()]
    monkeypatch.setattr(migrate, "migrations", lambda: altered)
    with pytest.raises(WrongSchema, match="another version of this program"):
        migrate.migrate(database)
    with psycopg.connect(database) as connection, pytest.raises(WrongSchema, match="another version of this program"):
        migrate.check(connection)


def test_migrating_again_changes_nothing(database: str):
    assert migrate.migrate(database) == []


def test_a_migration_that_fails_leaves_those_before_it_and_is_tried_again(
    server: postgres.Server, monkeypatch: pytest.MonkeyPatch
):
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE halfway")
        try:
            conninfo = server.conninfo(dbname="halfway")
            broken = [(name, text if name == NAMES[0] else text + "SELECT 1/0") for name, text in migrate.migrations()]
            with monkeypatch.context() as patched:
                patched.setattr(migrate, "migrations", lambda: broken)
                with pytest.raises(psycopg.errors.DivisionByZero):
                    migrate.migrate(conninfo)
            assert migrate.migrate(conninfo) == NAMES[1:]
        finally:
            connection.execute("DROP DATABASE halfway WITH (FORCE)")


def write_snapshot() -> None:
    with tempfile.TemporaryDirectory() as home, postgres.running(Path(home)) as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE migrated")
        migrate.migrate(server.conninfo(dbname="migrated"))
        SNAPSHOT.write_text(dump(server.conninfo(dbname="migrated")), encoding="utf-8")


if __name__ == "__main__":
    write_snapshot()
