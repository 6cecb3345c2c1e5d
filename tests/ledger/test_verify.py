"""Whoever may write to every table still cannot change the ledger unnoticed: each edit is found and named."""

from __future__ import annotations

import resource
import uuid
from pathlib import Path

import psycopg
import pytest

from ledger.errors import WrongKey
from ledger.log.merkle import root_of
from ledger.recording import Ledger
from ledger.vault.keys import Vault
from ledger.verify import verify
from tests.conftest import Record
from tests.destroying import destroy

# Entry 3 is about the first customer, is sealed, and has entries of the same stream before and after it.
EVENT, SEALED, KEY = "UPDATE ledger.event SET ", "UPDATE ledger.sealed SET ", "UPDATE ledger.class_key SET "
THREE, SERVICE = " WHERE position = 3", " WHERE class = 'service'"
EDITS = {
    ("event", "position"): (EVENT + "position = 99" + THREE, 3),
    ("event", "id"): (EVENT + "id = gen_random_uuid()" + THREE, 3),
    ("event", "stream"): (EVENT + "stream = gen_random_uuid()" + THREE, 3),
    ("event", "version"): (EVENT + "version = 77" + THREE, 3),
    ("event", "type"): (EVENT + "type = 'appointment-missed'" + THREE, 3),
    ("event", "type_version"): (EVENT + "type_version = 2" + THREE, 3),
    ("event", "class"): (EVENT + "class = 'identity'" + THREE, 3),
    ("event", "part"): (EVENT + "part = 'later'" + THREE, 3),
    ("event", "occurred_at"): (EVENT + "occurred_at = occurred_at + interval '1 us'" + THREE, 3),
    ("event", "recorded_at"): (EVENT + "recorded_at = recorded_at - interval '1 us'" + THREE, 3),
    ("event", "actor"): (EVENT + "actor = actor || 'f'" + THREE, 3),
    ("event", "facts"): (EVENT + 'facts = facts || \'{"channel": "post"}\'' + THREE, 3),
    ("event", "commitment"): (EVENT + "commitment = sha256('other')" + THREE, 3),
    ("event", "previous"): (EVENT + "previous = sha256('other')" + THREE, 3),
    ("event", "leaf"): (EVENT + "leaf = sha256('other')" + THREE, 3),
    ("sealed", "position"): (SEALED + "position = 99" + THREE, 3),
    ("sealed", "blob"): (SEALED + "blob = set_byte(blob, 60, get_byte(blob, 60) # 1)" + THREE, 3),
    ("class_key", "stream"): (KEY + "stream = gen_random_uuid()" + SERVICE, 3),
    ("class_key", "class"): (KEY + "class = 'equality'" + SERVICE, 3),
    ("class_key", "part"): (KEY + "part = 'later'" + SERVICE, 3),
    ("class_key", "wrapped"): (KEY + "wrapped = set_byte(wrapped, 5, get_byte(wrapped, 5) # 1)" + SERVICE, 3),
    ("class_key", "fingerprint"): (KEY + "fingerprint = sha256('other')" + SERVICE, 3),
    ("head", "position"): ("UPDATE ledger.head SET position = position + 1", 7),
    ("head", "singleton"): (
        "ALTER TABLE ledger.head DROP CONSTRAINT head_is_one_row; UPDATE ledger.head SET singleton = false",
        1,
    ),
}

CRIMES = {
    "an entry is deleted": ("DELETE FROM ledger.event WHERE position = 2", 2),
    "an entry is inserted": (
        ("INSERT INTO ledger.event SELECT 7, gen_random_uuid(), stream, 6, type, type_version, NULL, '', occurred_at,"
        " recorded_at, actor, facts, NULL, leaf, leaf FROM ledger.event WHERE position = 6;"
        "UPDATE ledger.head SET position = 7"), 7,
    ),
    "two entries of a stream are exchanged": (
        ("UPDATE ledger.event SET position = 99 WHERE position = 2;"
        "UPDATE ledger.event SET position = 2 WHERE position = 3;"
        "UPDATE ledger.event SET position = 3 WHERE position = 99;"
        "UPDATE ledger.sealed SET position = 2 WHERE position = 3"), 2,
    ),
    "two entries of two streams are exchanged": (
        ("UPDATE ledger.event SET position = 99 WHERE position = 4;"
        "UPDATE ledger.event SET position = 4 WHERE position = 5;"
        "UPDATE ledger.event SET position = 5 WHERE position = 99"), 4,
    ),
    "the end is cut off": (
        "DELETE FROM ledger.event WHERE position > 4; DELETE FROM ledger.sealed WHERE position > 4", 5,
    ),
    "the end is cut off and the head moved": (
        ("DELETE FROM ledger.event WHERE position > 4; DELETE FROM ledger.sealed WHERE position > 4;"
        "DELETE FROM ledger.class_key AS k WHERE NOT EXISTS (SELECT FROM ledger.event AS e WHERE e.stream = k.stream"
        " AND e.class = k.class); UPDATE ledger.head SET position = 4"), 5,
    ),
    "an older sealed record of the stream is put in its place": (
        "UPDATE ledger.sealed SET blob = (SELECT blob FROM ledger.sealed WHERE position = 1) WHERE position = 3", 3,
    ),
    "a sealed record is given to an entry that has none": (
        "INSERT INTO ledger.sealed SELECT 2, blob FROM ledger.sealed WHERE position = 1", 2,
    ),
    "a sealed record is taken away": ("DELETE FROM ledger.sealed WHERE position = 3", 3),
    "a sealed record is taken away and said to be destroyed": (
        ("DELETE FROM ledger.sealed WHERE position = 3; DELETE FROM ledger.class_key WHERE class = 'service';"
        "INSERT INTO ledger.fence SELECT stream, class, part, NULL, 6 FROM ledger.event WHERE position = 3"), 1,
    ),
    "two keys are exchanged": (
        ("CREATE TEMPORARY TABLE old AS TABLE ledger.class_key; UPDATE ledger.class_key AS k"
        " SET wrapped = o.wrapped, fingerprint = o.fingerprint FROM old AS o WHERE o.ctid <> k.ctid"
        " AND o.stream = (SELECT stream FROM ledger.event WHERE position = 1)"
        " AND k.stream = o.stream AND o.class <> k.class"), 1,
    ),
    "a key is deleted": ("DELETE FROM ledger.class_key WHERE class = 'service'", 3),
    "a key is added": (("INSERT INTO ledger.class_key SELECT gen_random_uuid(), class, part, wrapped, fingerprint"
                       " FROM ledger.class_key LIMIT 1"), None),
    "an instant is moved before Christ": (
        "UPDATE ledger.event SET occurred_at = (occurred_at::text || ' BC')::timestamptz WHERE position = 3", 3,
    ),
    "an instant is made endless": ("UPDATE ledger.event SET recorded_at = 'infinity' WHERE position = 3", 3),
    "a whole number becomes a fraction": (
        "UPDATE ledger.event SET facts = jsonb_set(facts, '{explicit}', '1.0') WHERE position = 2", 2,
    ),
    "a fact is made a number nobody can read": (
        "UPDATE ledger.event SET facts = jsonb_set(facts, '{explicit}', '1e999') WHERE position = 2", 2,
    ),
    "what was one column is said by another": (
        "UPDATE ledger.event SET actor = actor || '\",\"class\":null,\"x\":\"' WHERE position = 2", 2,
    ),
}  # fmt: skip


@pytest.fixture
def six_entries(ledger: Ledger, record: Record, customer: uuid.UUID) -> None:
    other = uuid.uuid4()
    record(
        "give-consent",
        customer,
        scope="market_research",
        mechanism="said yes",
        organisation="Café & Söhne",
        explicit=True,
    )
    record("hold-interaction", customer, channel="telephone", note="asked about evening courses")
    record("withdraw-consent", customer, scope="market_research")
    record("register-customer", other, organisation="0000000101", values={"given_name": "Ashley"})
    record("give-consent", other, scope="market_research", mechanism="said yes")


def alter(database: str, statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements.split(";"):
            assert connection.execute(statement.encode()).rowcount != 0, f"nothing was changed by {statement}"


@pytest.mark.usefixtures("six_entries")
def test_an_untouched_ledger_fits_and_its_root_is_that_of_its_leaves(database: str, ledger: Ledger):
    with psycopg.connect(database) as connection:
        leaves = [row[0] for row in connection.execute("SELECT leaf FROM ledger.event ORDER BY position")]
    verdict = verify(database, vault=ledger.vault)
    assert (verdict.entries, verdict.ok, verdict.first_bad, verdict.why) == (6, True, None, None)
    assert verdict.root == root_of(leaves).hex()


def test_an_empty_ledger_fits(database: str):
    assert verify(database).ok
    assert verify(database).root == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.usefixtures("six_entries")
@pytest.mark.parametrize("column", EDITS, ids=".".join)
def test_an_edit_of_any_stored_column_is_found_and_named(database: str, ledger: Ledger, column: tuple[str, str]):
    statement, position = EDITS[column]
    alter(database, statement)
    verdict = verify(database, vault=ledger.vault)
    assert (verdict.ok, verdict.first_bad) == (False, position)
    assert verdict.why


def test_no_stored_column_is_without_its_edit(database: str):
    with psycopg.connect(database) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'ledger'"
            " AND table_name IN ('event', 'sealed', 'class_key', 'head')"
        ).fetchall()
    assert set(columns) == set(EDITS)


@pytest.mark.usefixtures("six_entries")
@pytest.mark.parametrize("crime", CRIMES)
def test_it_is_found_when(database: str, ledger: Ledger, crime: str):
    statements, position = CRIMES[crime]
    alter(database, statements)
    verdict = verify(database, vault=ledger.vault)
    assert (verdict.ok, verdict.first_bad) == (False, position)


@pytest.mark.usefixtures("six_entries")
def test_entries_of_two_streams_exchanged_with_their_sealed_records_give_another_root(database: str):
    before = verify(database).root
    for table in ("event", "sealed"):
        alter(database, f"UPDATE ledger.{table} SET position = 99 WHERE position = 3")
        alter(database, f"UPDATE ledger.{table} SET position = 3 WHERE position = 5")
        alter(database, f"UPDATE ledger.{table} SET position = 5 WHERE position = 99")
    assert verify(database).root != before


@pytest.mark.usefixtures("six_entries")
def test_edited_search_tokens_and_receipts_change_no_entry(database: str):
    alter(database, "DELETE FROM ledger.lookup_token; DELETE FROM ledger.receipt")
    assert verify(database).ok


def test_destroyed_records_leave_a_ledger_that_fits(database: str, ledger: Ledger, customer: uuid.UUID):
    destroy_identity(ledger, customer)
    verdict = verify(database, vault=ledger.vault)
    assert (verdict.ok, verdict.why, verdict.entries) == (True, None, 4)


@pytest.mark.parametrize(
    ("statements", "position"),
    [
        ("INSERT INTO ledger.sealed VALUES (1, 'back again')", 1),
        ("DELETE FROM ledger.fence", 1),
        ("UPDATE ledger.fence SET class = 'service'", 1),
    ],
    ids=["the record came back", "the fence was taken away", "the fence was moved"],
)
def test_after_destruction_it_is_found_when(
    database: str, ledger: Ledger, customer: uuid.UUID, statements: str, position: int
):
    destroy_identity(ledger, customer)
    alter(database, statements)
    assert verify(database).first_bad == position


def test_a_destroyed_key_that_came_back_is_found(database: str, ledger: Ledger, customer: uuid.UUID):
    with psycopg.connect(database) as connection:
        key = connection.execute("SELECT * FROM ledger.class_key").fetchone()
    destroy_identity(ledger, customer)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO ledger.class_key VALUES (%s, %s, %s, %s, %s)", key)
    verdict = verify(database)
    assert (verdict.ok, verdict.why) == (False, "A key of class identity is kept although no record is sealed with it.")


@pytest.mark.usefixtures("six_entries")
def test_another_key_file_is_refused_before_anything_is_read(database: str, tmp_path: Path):
    with pytest.raises(WrongKey):
        verify(database, vault=Vault.open(tmp_path / "other key", create=True))


@pytest.mark.usefixtures("six_entries")
def test_progress_ends_with_every_entry(database: str):
    seen: list[tuple[int, int]] = []
    verify(database, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (6, 6)


def test_memory_does_not_grow_with_the_ledger(database: str, customer: uuid.UUID, record: Record):
    def peak_kib() -> int:
        verify(database)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    record("give-consent", customer, scope="market_research", mechanism="said yes")
    before = peak_kib()
    # The chain breaks at entry 3; the values of every entry are read all the same, for each has a leaf that is right.
    with psycopg.connect(database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET TimeZone TO 'UTC'")
        connection.execute(SIXTY_THOUSAND_ENTRIES)
        connection.execute("UPDATE ledger.head SET position = 60002")
    verdict = verify(database)
    assert (verdict.entries, verdict.first_bad) == (60002, 3)
    assert peak_kib() - before < 8192


SIXTY_THOUSAND_ENTRIES = r"""
    WITH made AS (
        SELECT n AS position, gen_random_uuid() AS id, gen_random_uuid() AS stream, facts, actor
        FROM ledger.event CROSS JOIN generate_series(3, 60002) AS n WHERE position = 2
    )
    INSERT INTO ledger.event
    SELECT position, id, stream, 2, 'service-resumed', 1, NULL, '', '2026-01-05T09:00Z', '2026-01-05T09:00Z', actor,
           '{}', NULL, sha256('before'), sha256('\x00'::bytea || convert_to('{"actor":"' || actor
           || '","class":null,"commitment":null,"facts":{},"id":"' || id
           || '","occurred_at":"2026-01-05T09:00:00.000000Z","part":"","previous":"' || encode(sha256('before'), 'hex')
           || '","recorded_at":"2026-01-05T09:00:00.000000Z","stream":"' || stream
           || '","type":"service-resumed","type_version":1,"version":2}', 'UTF8'))
    FROM made
"""


def destroy_identity(ledger: Ledger, customer: uuid.UUID) -> None:
    destroy(ledger, customer, "identity")
