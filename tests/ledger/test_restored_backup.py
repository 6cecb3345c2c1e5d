"""A restored backup cannot bring back what was destroyed: the fence file outlives the database (D5, LEDG-15)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from ledger import restore
from ledger.errors import Destroyed
from ledger.recording import Ledger
from ledger.store import migrate, postgres
from tests.conftest import Record
from tests.destroying import destroy


def copied(server: postgres.Server, database: str, name: str) -> str:
    """A backup of a database, restored under another name."""
    source = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
    migrate.migrate(server.conninfo(dbname=name))
    return server.conninfo(dbname=name)


@pytest.fixture
def backup(server: postgres.Server, database: str, customer: UUID, ledger: Ledger) -> str:
    """A backup taken while the customer's identity was still kept."""
    assert ledger.unsealed(customer)
    return copied(server, database, f"backup_{customer.hex[:12]}")


@pytest.fixture
def held_backup(server: postgres.Server, database: str, customer: UUID, record: Record) -> str:
    """A backup taken while a hold was in force."""
    record("place-hold", customer, code="HOLD_LEGAL", owner="records manager", review_on="2027-06-30", hold_id="h1")
    return copied(server, database, f"held_{customer.hex[:12]}")


def test_a_restored_backup_is_destroyed_again_before_anything_is_served(
    backup: str, key_file: Path, ledger: Ledger, customer: UUID
) -> None:
    destroy(ledger, customer, "identity")

    restored = Ledger.open(backup, key_file)

    assert restored.unsealed(customer) == {}
    last = restored.history(customer)[-1]
    assert last.type == "records-destroyed"
    assert b"destroyed-again-after-a-backup-was-restored" in last.facts
    restored.close()


def test_a_hold_of_the_backup_does_not_keep_what_was_rightly_destroyed(
    held_backup: str, key_file: Path, ledger: Ledger, record: Record, customer: UUID
) -> None:
    record("lift-hold", customer, hold_id="h1")
    destroy(ledger, customer, "identity")

    restored = Ledger.open(held_backup, key_file)

    assert restored.unsealed(customer) == {}
    restored.close()


def test_opening_an_intact_ledger_destroys_nothing_again(
    database: str, key_file: Path, ledger: Ledger, customer: UUID
) -> None:
    destroy(ledger, customer, "identity")

    again = Ledger.open(database, key_file)

    assert restore.destroy_again(again.recorder, again.vault, again.fence_file, at=again.now()) == 0
    told = ["customer-registered", "erasure-upheld", "records-destroyed"]
    assert [entry.type for entry in again.history(customer)] == told
    again.close()


def test_a_fence_file_lost_or_cut_short_by_a_crash_is_made_good_from_the_database(
    database: str, key_file: Path, ledger: Ledger, customer: UUID
) -> None:
    destroy(ledger, customer, "identity")
    fences = key_file.with_name("fences")
    whole = fences.read_bytes()
    fences.write_bytes(whole[: len(whole) // 2])

    Ledger.open(database, key_file).close()

    assert fences.read_bytes().endswith(whole)


def test_new_data_under_a_destroyed_class_is_refused(ledger: Ledger, record: Record, customer: UUID) -> None:
    destroy(ledger, customer, "identity")

    with pytest.raises(Destroyed):
        record("keep-record", customer, collection="contacts", values={"email": "again@placeholder.example"})
