"""What a database login can read: nothing without a caller, and of the rows about people only the caller's own.

Every attempt here is SQL over the reader's own login, as somebody would give it who can make the program run theirs.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.caller import ROLES, Caller
from ledger.commands.reader import access_file, claims_stream
from ledger.errors import ReadingRefused
from ledger.events import EVENTS, AccessRefused, ClaimReceived
from ledger.recording import Ledger
from ledger.store import migrate, postgres, roles
from ledger.store.connections import Logins
from ledger.store.logins import own_logins
from ledger.store.readers import SYSTEM, Reading, signed
from ledger.vault.keys import Identity
from projections import runner
from projections.catalogue import VIEWS
from tests.commands import give
from tests.conftest import AUDITOR, CASE_WORKER, RECORDS_MANAGER, Clock
from tests.sharing import register

OURS, THEIRS = "0000000201", "0000000202"
KINDS = {"controller": "controller", "nhs": "controller of NHS data", OURS: "prime", THEIRS: "prime"}
ADVISER = Caller(role="contractor", organisation=OURS, subject="adviser one")
STRANGER = Caller(role="contractor", organisation=THEIRS, subject="adviser two")
ADMINISTRATOR = Caller(role="administrator", organisation="controller", subject="administrator one")
PERSON = {"family_name": "Placeholder", "given_name": "Sam", "date_of_birth": "1990-02-01", "postcode": "ZZ99 9ZZ"}
PEOPLES_ENTRIES = "SELECT stream FROM ledger.event WHERE type <> 'organisation-registered'"
ABOUT_PEOPLE = ("event", "sealed", "class_key")


@pytest.fixture
def logins(database: str) -> Logins:
    """The three logins of this database, as the embedded server has them."""
    return own_logins(database)


@pytest.fixture
def ledger(logins: Logins, key_file: Path, clock: Clock) -> Iterator[Ledger]:
    """A ledger that connects by them and not as the superuser."""
    opened = Ledger.open(logins, key_file)
    opened.now = clock
    for organisation, kind in KINDS.items():
        register(opened, organisation, kind)
    yield opened
    opened.close()


@pytest.fixture
def person(ledger: Ledger, logins: Logins) -> uuid.UUID:
    """Somebody whom one contractor registered and serves."""
    customer_id = uuid.uuid4()
    give(
        ledger,
        "register-customer",
        customer_id,
        by=ADVISER,
        at="2026-01-05T09:00:00Z",
        organisation=OURS,
        values=PERSON,
    )
    give(
        ledger, "give-consent", customer_id, by=ADVISER, at="2026-01-06T09:00:00Z", scope="survey", mechanism="said yes"
    )
    project(logins)
    return customer_id


def project(logins: Logins) -> None:
    with runner.connect(logins.projector) as connection:
        runner.catch_up(connection)


@contextmanager
def as_reader(logins: Logins) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(logins.reader, autocommit=True) as connection:
        yield connection


def tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Every table of the ledger and its views that this login may read at all, with a column it may."""
    found = connection.execute(
        "SELECT DISTINCT ON (c.oid) format('%I.%I', c.relnamespace::regnamespace, c.relname), quote_ident(a.attname)"
        " FROM pg_class AS c"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND (c.relnamespace::regnamespace::text IN ('ledger', 'view')"
        " OR starts_with(c.relnamespace::regnamespace::text, 'scratch_'))"
        " AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY c.oid, a.attnum"
    ).fetchall()
    return [f"SELECT {column} FROM {table}" for table, column in found if table != "ledger.head"]


def rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows this connection sees of each table, where it sees any."""
    counted = {query: len(connection.execute(query.encode()).fetchall()) for query in tables(connection)}
    return {query: count for query, count in counted.items() if count}


def everything(ledger: Ledger, reading: Reading) -> dict[str, int]:
    """What a reader sees, without the register of organisations, which is about nobody."""
    with ledger.readers.reading(reading) as connection:
        seen = rows(connection)
        about_people = "SELECT count(*) FROM ledger.event WHERE type <> 'organisation-registered'"
        (count,) = connection.execute(about_people).fetchone() or (0,)
    return {query: number for query, number in seen.items() if count or not query.endswith("FROM ledger.event")}


def set_caller(connection: psycopg.Connection[Any], value: str) -> None:
    connection.execute("SELECT set_config('ledger.caller', %s, false)", [value])


def value_for(ledger: Ledger, by: Caller, backend: int, *, seconds: int = 60) -> str:
    return signed(ledger.reading_of(by), ledger.vault.caller_key, backend=backend, until=int(time.time()) + seconds)


# Without a caller.


def test_the_readers_login_sees_no_row_of_any_table_without_a_caller(logins: Logins, person: uuid.UUID) -> None:
    with as_reader(logins) as connection:
        assert len(tables(connection)) > 45
        assert rows(connection) == {}


def test_nor_after_a_view_was_made_again_or_while_one_of_the_past_is_made(logins: Logins, person: uuid.UUID) -> None:
    with runner.connect(logins.projector) as projector:
        for view in VIEWS:
            runner.rebuild(projector, view)
        with runner.as_of(projector, position=2, only=person), as_reader(logins) as connection:
            assert any("scratch_" in query for query in tables(connection))
            assert rows(connection) == {}


def test_every_table_of_every_view_has_its_policies_forced(logins: Logins, person: uuid.UUID) -> None:
    with psycopg.connect(logins.projector) as connection:
        bare = connection.execute(
            "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace::regnamespace::text IN ('view', 'ledger')"
            " AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        ).fetchall()
    assert bare == [("head",)], "the position is no row about anybody"


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
        lambda value: value[:-64],
        lambda value: value[-64:],
        lambda value: value[:-64].replace("operator", "contractor") + value[-64:],
        lambda value: "nonsense" * 20,
        lambda value: "",
    ],
    ids=["another signature", "no signature", "no content", "other content", "nonsense", "empty"],
)
def test_a_forged_value_sees_nothing(ledger: Ledger, logins: Logins, person: uuid.UUID, spoilt: Any) -> None:
    with as_reader(logins) as connection:
        set_caller(connection, spoilt(value_for(ledger, RECORDS_MANAGER, connection.info.backend_pid)))
        assert rows(connection) == {}


def test_a_value_signed_with_another_key_sees_nothing(ledger: Ledger, logins: Logins, person: uuid.UUID) -> None:
    with as_reader(logins) as connection:
        backend, until = connection.info.backend_pid, int(time.time()) + 60
        set_caller(connection, signed(ledger.reading_of(RECORDS_MANAGER), b"k" * 32, backend=backend, until=until))
        assert rows(connection) == {}


def test_a_value_that_is_too_old_sees_nothing(ledger: Ledger, logins: Logins, person: uuid.UUID) -> None:
    with as_reader(logins) as connection:
        set_caller(connection, value_for(ledger, RECORDS_MANAGER, connection.info.backend_pid, seconds=-1))
        assert rows(connection) == {}


def test_a_value_of_another_connection_sees_nothing(ledger: Ledger, logins: Logins, person: uuid.UUID) -> None:
    with as_reader(logins) as connection, as_reader(logins) as other:
        set_caller(connection, value_for(ledger, RECORDS_MANAGER, other.info.backend_pid))
        assert rows(connection) == {}
        set_caller(other, value_for(ledger, RECORDS_MANAGER, other.info.backend_pid))
        assert rows(other) != {}


def test_a_caller_is_forgotten_with_the_transaction(ledger: Ledger, person: uuid.UUID) -> None:
    assert everything(ledger, ledger.reading_of(RECORDS_MANAGER))
    with ledger.readers._pool.connection() as connection:
        assert rows(connection) == {}


def test_a_database_that_does_not_take_the_value_refuses_instead_of_showing_nothing(
    ledger: Ledger, database: str, person: uuid.UUID
) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("UPDATE ledger.caller_key SET outer_pad = inner_pad")
    with pytest.raises(ReadingRefused), ledger.readers.reading(ledger.reading_of(RECORDS_MANAGER)):
        pass


# Whose rows.


def about(seen: dict[str, int]) -> set[str]:
    return {query.split(" FROM ")[1] for query in seen}


def test_who_serves_a_person_and_the_controller_read_their_rows(ledger: Ledger, person: uuid.UUID) -> None:
    for by in (ADVISER, CASE_WORKER, RECORDS_MANAGER):
        seen = about(everything(ledger, ledger.reading_of(by)))
        assert {"view.customer", "view.consent", "view.serving", "ledger.event", "ledger.sealed"} <= seen, by.role
        assert ledger.unsealed(person, by=by)


def test_another_contractor_reads_no_row_about_them(ledger: Ledger, person: uuid.UUID) -> None:
    seen = about(everything(ledger, ledger.reading_of(STRANGER)))
    assert not {f"ledger.{table}" for table in ABOUT_PEOPLE} & seen
    assert not {"view.customer", "view.consent", "view.serving", "view.holding", "view.clock", "view.due"} & seen
    assert ledger.unsealed(person, by=STRANGER) == {}


def test_an_auditor_reads_the_facts_and_no_sealed_record_or_key(ledger: Ledger, person: uuid.UUID) -> None:
    seen = about(everything(ledger, ledger.reading_of(AUDITOR)))
    assert {"view.customer", "ledger.event"} <= seen
    assert not {"ledger.sealed", "ledger.class_key"} & seen
    assert ledger.unsealed(person, by=AUDITOR) == {}


def test_an_administrator_reads_no_row_about_a_person(ledger: Ledger, person: uuid.UUID) -> None:
    seen = about(everything(ledger, ledger.reading_of(ADMINISTRATOR)))
    assert not {f"ledger.{table}" for table in ABOUT_PEOPLE} & seen
    assert {"view.schedule", "view.progress"} <= seen
    assert not {"view.customer", "view.consent", "view.serving", "view.holding"} & seen


def test_what_keeps_the_program_running_reads_how_far_the_views_are_and_nobody(
    ledger: Ledger, person: uuid.UUID
) -> None:
    assert about(everything(ledger, SYSTEM)) <= {"view.progress", "view.organisation"}


def test_somebody_on_no_side_reads_nothing_about_anything(ledger: Ledger, person: uuid.UUID) -> None:
    nobody = replace(ledger.reading_of(RECORDS_MANAGER), side="nobody")
    assert about(everything(ledger, nobody)) <= {"view.progress", "view.organisation"}


def test_the_controller_of_another_programme_reads_none_of_its_rows(ledger: Ledger, person: uuid.UUID) -> None:
    theirs = replace(ledger.reading_of(RECORDS_MANAGER), programme="NHS Health Careers")
    assert not {"view.customer", "ledger.event", "ledger.sealed"} & about(everything(ledger, theirs))


def test_a_person_of_another_programme_is_that_controllers_from_the_moment_they_are_recorded(
    ledger: Ledger, logins: Logins, person: uuid.UUID
) -> None:
    nhs = Caller(role="case-worker", organisation="nhs", subject="nhs worker")
    theirs = uuid.uuid4()
    fields = {"programme": "NHS Health Careers", "organisation": "nhs", "values": PERSON}
    give(ledger, "register-customer", theirs, by=nhs, at="2026-01-05T09:00:00Z", **fields)
    project(logins)
    for programme, customers in (("NHS Health Careers", [theirs]), ("National Careers Service", [person])):
        reading = replace(ledger.reading_of(RECORDS_MANAGER), programme=programme)
        with ledger.readers.reading(reading) as connection:
            assert connection.execute("SELECT customer FROM customer").fetchall() == [(c,) for c in customers]
            assert {row[0] for row in connection.execute(PEOPLES_ENTRIES)} == {*customers}


# Grants.


def test_a_grant_in_force_opens_that_one_person_to_who_holds_it_and_nobody_else(
    ledger: Ledger, logins: Logins, person: uuid.UUID, clock: Clock
) -> None:
    auditor = Caller(role="auditor", organisation="controller", subject="auditor two")
    colleague = Caller(role="auditor", organisation="controller", subject="auditor three")
    other = uuid.uuid4()
    give(ledger, "register-customer", other, by=ADVISER, at="2026-01-05T09:00:00Z", organisation=OURS, values=PERSON)
    for by in (auditor, STRANGER):
        asked = {"grant_id": str(uuid.uuid4()), "reason": "a sample", "until": "2026-12-01"}
        give(ledger, "request-grant", person, by=by, at="2026-11-22T09:00:00Z", **asked)
        project(logins)
        assert ledger.unsealed(person, by=by) == {}, "it waits for a second person"
        give(ledger, "approve-grant", person, by=RECORDS_MANAGER, at="2026-11-22T09:00:00Z", grant_id=asked["grant_id"])
        project(logins)
        assert ledger.unsealed(person, by=by)
        assert ledger.unsealed(other, by=by) == {}
    assert ledger.unsealed(person, by=colleague) == {}
    assert {"view.customer", "ledger.sealed"} <= about(everything(ledger, ledger.reading_of(STRANGER)))
    clock.time += timedelta(days=10)
    for by in (auditor, STRANGER):
        assert ledger.unsealed(person, by=by) == {}, "it ends by itself"


def test_how_people_used_their_access_is_read_by_the_controllers_case_work_only(
    ledger: Ledger, logins: Logins, person: uuid.UUID
) -> None:
    ledger.record_read(person, ADVISER, purpose="advice", route="test", command_id=uuid.uuid4())
    project(logins)
    accesses = {"view.presence", "view.reading"}
    assert accesses <= about(everything(ledger, ledger.reading_of(RECORDS_MANAGER)))
    for by in (ADVISER, STRANGER, ADMINISTRATOR):
        assert not accesses & about(everything(ledger, ledger.reading_of(by)))


def streams(ledger: Ledger, by: Caller) -> set[uuid.UUID]:
    with ledger.readers.reading(ledger.reading_of(by)) as connection:
        return {stream for (stream,) in connection.execute("SELECT DISTINCT stream FROM ledger.event").fetchall()}


def test_refused_attempts_are_not_read_by_whoever_serves_the_person_that_the_first_of_them_names(
    ledger: Ledger, person: uuid.UUID, clock: Clock
) -> None:
    file = access_file(THEIRS, clock())
    for about in (person, uuid.uuid4()):
        refused = AccessRefused.of(
            {"role": "contractor", "organisation": THEIRS, "about": str(about), "attempted_by": "adviser two"}
        )
        ledger.note(file, refused, STRANGER)
    assert file in streams(ledger, RECORDS_MANAGER)
    assert file not in streams(ledger, ADVISER)
    assert ledger.unsealed(file, by=ADVISER) == {}


def test_claims_beside_a_request_are_read_with_the_request_and_not_with_whom_the_first_of_them_names(
    ledger: Ledger, logins: Logins, person: uuid.UUID
) -> None:
    request, other = uuid.uuid4(), uuid.uuid4()
    give(ledger, "register-customer", other, by=STRANGER, at="2026-01-05T09:00:00Z", organisation=THEIRS, values=PERSON)
    received = {"request_id": str(request), "kind": "access", "customer_id": str(other)}
    give(ledger, "receive-request", by=STRANGER, at="2026-11-02T09:00:00Z", **received)
    for named in (person, other):
        claim = ClaimReceived.of(
            {"claim_id": str(uuid.uuid4()), "about": str(request), "person": str(named), "subject": "request"}
        )
        ledger.note(claims_stream(request), claim, ADVISER)
    project(logins)
    assert claims_stream(request) in streams(ledger, STRANGER)
    assert claims_stream(request) not in streams(ledger, ADVISER)


def test_an_organisation_that_is_not_registered_reads_nothing_whatever_its_role(
    ledger: Ledger, person: uuid.UUID
) -> None:
    for role in sorted(ROLES):
        nobody = Caller(role=role, organisation="unheard-of", subject="somebody")
        assert about(everything(ledger, ledger.reading_of(nobody))) <= {"view.progress", "view.organisation"}, role


# By any SQL.

LEAK = """CREATE FUNCTION pg_temp.see(uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
$$ BEGIN RAISE EXCEPTION 'seen %', $1; END $$; SELECT * FROM view.customer WHERE pg_temp.see(customer)"""
ATTEMPTS = [
    "RESET ROLE; SELECT * FROM ledger.event WHERE type <> 'organisation-registered'",
    "RESET SESSION AUTHORIZATION; SELECT * FROM ledger.event WHERE type <> 'organisation-registered'",
    "SET ROLE {owner}; SELECT * FROM ledger.caller_key",
    "SET ROLE {writer}; SELECT * FROM ledger.event WHERE type <> 'organisation-registered'",
    "SET ROLE {projector}; SELECT * FROM ledger.event WHERE type <> 'organisation-registered'",
    "SET SESSION AUTHORIZATION {owner}; SELECT * FROM ledger.event WHERE type <> 'organisation-registered'",
    "SELECT set_config('role', '{writer}', false); SELECT * FROM ledger.event WHERE type <> 'organisation-registered'",
    "SELECT set_config('row_security', 'off', false); SELECT * FROM view.customer",
    "SELECT set_config('session_authorization', '{owner}', false); SELECT * FROM ledger.caller_key",
    "SELECT * FROM ledger.caller_key",
    "SELECT * FROM ledger.lookup_token",
    "SELECT * FROM ledger.receipt",
    "SELECT * FROM ledger.fence",
    "SELECT * FROM ledger.other_programme",
    "SELECT * FROM ledger.incoming_event",
    "SELECT * FROM ledger.incoming_sealed",
    "SELECT * FROM ledger.incoming_key",
    "SELECT blob FROM ledger.quarantine",
    "SELECT ledger.verified()",
    "SELECT * FROM ledger.sealed_of('{person}')",
    "SELECT * FROM ledger.keys_of('{person}')",
    "SELECT ledger.serves('{person}', '0000000201')",
    "SELECT ledger.reads_person('{person}', ARRAY['operator', 'records-manager'], false)",
    "SELECT 1 FROM (SELECT ledger.reads('{person}') AS it) AS t WHERE it",
    "SELECT 1 FROM (SELECT ledger.opens_stream('{person}') AS it) AS t WHERE it",
    "SELECT ledger.take_caller_key(repeat('a', 64)::bytea, repeat('b', 64)::bytea)",
    "SELECT 1 FROM (SELECT ledger.match(ARRAY[sha256('a')]) AS it) AS t WHERE it IS NOT NULL",
    "SELECT * FROM pg_stats WHERE schemaname IN ('view', 'ledger')",
    "SELECT * FROM pg_stats_ext WHERE schemaname IN ('view', 'ledger')",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_statistic_ext_data",
    "SELECT * FROM pg_authid",
    "SELECT * FROM ledger.event WHERE stream = '{person}'",
    "SELECT * FROM view.customer WHERE customer = '{person}'",
    "SELECT * FROM view.consent AS c WHERE EXISTS (SELECT FROM view.consent AS d WHERE d.customer = c.customer)",
    "TABLE view.consent FOR UPDATE",
    LEAK,
    "CREATE FUNCTION pg_temp.see(uuid) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'",
    "SELECT * FROM view.customer WHERE 1 / (CASE WHEN customer = '{person}' THEN 0 ELSE 1 END) = 1",
    "CREATE TEMP VIEW v AS SELECT * FROM view.customer; SELECT * FROM v",
    "DROP POLICY a_caller_reads ON view.customer",
    "ALTER TABLE view.customer DISABLE ROW LEVEL SECURITY",
    "INSERT INTO view.serving VALUES ('{person}', '0000000202', 1, now(), NULL, 'assigned')",
    "CREATE SCHEMA mine",
    "CREATE TABLE public.mine (a int)",
    "SELECT * FROM pg_read_file('postgresql.conf')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT lo_import('/etc/hostname')",
    "SELECT query FROM pg_stat_activity WHERE query LIKE '%ledger.caller%' AND pid <> pg_backend_pid()",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_no_sql_on_the_readers_login_reads_what_another_organisation_serves(
    ledger: Ledger, logins: Logins, database: str, person: uuid.UUID, attempt: str
) -> None:
    """With a stranger's value that is right: no rows, or refused; and no error that says what a row holds."""
    names = of_database(database)
    with as_reader(logins) as connection:
        set_caller(connection, value_for(ledger, STRANGER, connection.info.backend_pid))
        statement = attempt.replace("{person}", str(person))
        for role, name in names.items():
            statement = statement.replace("{" + role + "}", name)
        seen, refused = outcome(connection, statement)
    assert seen == []
    assert str(person) not in str(refused)
    assert refused is None or isinstance(refused, psycopg.errors.InsufficientPrivilege)


def outcome(connection: psycopg.Connection[Any], statement: str) -> tuple[list[Any], psycopg.Error | None]:
    """The rows of the last of these statements, and how they were refused."""
    try:
        answer = connection.execute(sql.SQL(statement))
    except psycopg.Error as refused:
        return [], refused
    while answer.nextset():
        pass
    return ([] if answer.description is None else answer.fetchall()), None


@pytest.mark.parametrize(
    "table", ["view.customer", "view.consent", "ledger.event", "ledger.sealed", "ledger.class_key"]
)
def test_copying_a_table_out_copies_the_callers_rows_only(
    ledger: Ledger, logins: Logins, person: uuid.UUID, table: str
) -> None:
    with as_reader(logins) as connection:
        set_caller(connection, value_for(ledger, STRANGER, connection.info.backend_pid))
        with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
            assert [
                line for line in b"".join(map(bytes, copy)).splitlines() if b"organisation-registered" not in line
            ] == []
        set_caller(connection, value_for(ledger, ADVISER, connection.info.backend_pid))
        with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
            assert [line for line in b"".join(map(bytes, copy)).splitlines() if b"organisation-registered" not in line]


def of_database(conninfo: str) -> dict[str, str]:
    with psycopg.connect(conninfo) as connection:
        return roles.of_database(connection)._asdict()


@pytest.mark.parametrize("role", ["writer", "reader", "projector"])
def test_a_login_of_the_program_is_its_role_and_no_other(logins: Logins, database: str, role: str) -> None:
    others = {name: full for name, full in of_database(database).items() if name != role} | {"superuser": "ledger"}
    with psycopg.connect(getattr(logins, role), autocommit=True) as connection:
        connection.execute("RESET ROLE")
        for full in others.values():
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET ROLE {full}".encode())
        may = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        assert may == (False, False, False, False, False)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger.event SET actor = 'nobody'",
        "DELETE FROM ledger.event",
        "TRUNCATE ledger.event",
        "UPDATE ledger.incoming_event SET actor = 'nobody'",
        "DELETE FROM ledger.incoming_event",
        "TRUNCATE ledger.incoming_event",
        "ALTER TABLE ledger.incoming_event DETACH PARTITION ledger.event",
        "UPDATE ledger.sealed SET blob = ''",
        "DELETE FROM ledger.fence",
        "DELETE FROM ledger.caller_key",
        "SELECT * FROM ledger.caller_key",
        "ALTER TABLE ledger.event DISABLE TRIGGER ALL",
        "ALTER TABLE ledger.event NO FORCE ROW LEVEL SECURITY",
        "INSERT INTO view.serving SELECT * FROM view.serving",
    ],
)
def test_the_writers_login_changes_no_event_and_no_wall(logins: Logins, person: uuid.UUID, change: str) -> None:
    with (
        psycopg.connect(logins.writer, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL(change))


def test_a_second_key_cannot_take_the_place_of_the_first(ledger: Ledger, logins: Logins) -> None:
    with psycopg.connect(logins.writer, autocommit=True) as connection:
        taken = connection.execute(
            "SELECT ledger.take_caller_key(repeat('a', 64)::bytea, repeat('b', 64)::bytea)"
        ).fetchone()
    assert taken == (False,)
    assert everything(ledger, SYSTEM) == {}


# The search behind "identity shown".


def test_a_search_answers_with_one_person_or_nobody(ledger: Ledger, logins: Logins, person: uuid.UUID) -> None:
    reading = ledger.reading_of(STRANGER)
    tokens = ledger.vault.tokens(Identity(family_name="Placeholder", date_of_birth="1990-02-01"))
    assert ledger.readers.match(reading, tokens) == person
    assert ledger.readers.match(reading, []) is None
    assert ledger.readers.match(reading, [*tokens, b"another"]) is None
    twin = uuid.uuid4()
    give(ledger, "register-customer", twin, by=ADVISER, at="2026-01-05T09:00:00Z", organisation=OURS, values=PERSON)
    project(logins)
    assert ledger.readers.match(reading, tokens) is None


def test_a_login_alone_searches_nobody(ledger: Ledger, logins: Logins, person: uuid.UUID) -> None:
    tokens = ledger.vault.tokens(Identity(family_name="Placeholder", date_of_birth="1990-02-01"))
    with as_reader(logins) as connection:
        assert connection.execute("SELECT ledger.match(%s::bytea[])", [tokens]).fetchone() == (None,)
    assert ledger.readers.match(SYSTEM, tokens) is None


# Homes.


def test_the_passwords_of_one_home_open_no_other(tmp_path: Path, logins: Logins) -> None:
    with postgres.running(tmp_path / "home") as other:
        conninfo = other.conninfo()
        migrate.migrate(conninfo)
        theirs = own_logins(conninfo)
        for role in ("writer", "reader", "projector"):
            right = getattr(theirs, role)
            password = str(conninfo_to_dict(getattr(logins, role))["password"])
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(make_conninfo(right, password=password))
            psycopg.connect(right).close()


def test_a_reading_is_decided_again_by_every_entry_of_the_registers_that_are_read(database: str) -> None:
    """Whoever adds a register to the snapshot and not here would leave rights as they were before its entries."""
    named: list[set[str]] = []
    with psycopg.connect(database) as connection:
        for function in ("ledger.snapshot", "ledger.registers_go_on"):
            source = connection.execute("SELECT prosrc FROM pg_proc WHERE oid = %s::regproc", [function]).fetchone()
            assert source is not None
            named.append({kind for kind in re.findall(r"'([a-z-]+)'", source[0]) if kind in EVENTS})
    assert named[0] == named[1] != set()
