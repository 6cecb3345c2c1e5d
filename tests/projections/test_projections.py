"""Views are the same however they came about: live, in batches of any size, rebuilt, interrupted or as of a moment."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.recording import Ledger
from ledger.store.append_call import Batch
from ledger.store.recorder import Recorder, open_recorder
from projections import runner
from projections.catalogue import VIEWS, View, view_named
from projections.customers import read as customers
from projections.organisations import read as organisations
from projections.retention import read as retention
from tests.conftest import RECORDS_MANAGER, Clock, Databases, Record
from tests.projections.poisoning import poison
from tests.strategies import CUSTOMERS, Told, entries_of, histories

# Each example has a database of its own; making one smaller is left to whoever looks into it.
EXAMPLES = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def projector(database: str) -> Iterator[psycopg.Connection[Any]]:
    with runner.connect(database) as connection:
        runner.prepare(connection)
        yield connection


def append(recorder: Recorder, told: list[Told]) -> None:
    recorder.append(Batch(entries=entries_of(told)))


def contents(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """Every row of every table of the views on the connection's search path."""
    return {
        f"{view.name}.{table}": sorted(connection.execute(f"SELECT * FROM {table}".encode()).fetchall(), key=repr)
        for view in VIEWS
        for table in view.tables
    }


def position_of(connection: psycopg.Connection[Any], view: str = "customers") -> int:
    return next(state.position for state in runner.states(connection) if state.view == view)


@EXAMPLES
@given(told=histories(), sizes=st.lists(st.integers(1, 25), min_size=1, max_size=8), data=st.data())
def test_rebuilt_equals_incremental_in_batches_of_any_size(
    databases: Databases, told: list[Told], sizes: list[int], data: st.DataObject
):
    with ExitStack() as stack:
        conninfo = stack.enter_context(databases())
        recorder = open_recorder(conninfo)
        stack.callback(recorder.close)
        connection = stack.enter_context(runner.connect(conninfo))
        entries = entries_of(told)
        cut = data.draw(st.integers(1, len(entries)), label="recorded before the runner began")
        recorder.append(Batch(entries=entries[:cut]))
        runner.catch_up(connection, batch=sizes[0])
        done = cut
        for size in sizes[1:]:
            if chunk := entries[done : done + size]:
                recorder.append(Batch(entries=chunk))
                runner.catch_up(connection, batch=size)
                done += len(chunk)
        if entries[done:]:
            recorder.append(Batch(entries=entries[done:]))
        runner.catch_up(connection, batch=sizes[-1])
        incremental = contents(connection)
        for view in VIEWS:
            assert runner.rebuild(connection, view) == len(entries)
        assert contents(connection) == incremental


@EXAMPLES
@given(told=histories(), size=st.integers(1, 5))
def test_leaving_out_the_statements_that_no_event_asks_for_changes_nothing(
    databases: Databases, told: list[Told], size: int
):
    with ExitStack() as stack:
        conninfo = stack.enter_context(databases())
        recorder = open_recorder(conninfo)
        stack.callback(recorder.close)
        connection = stack.enter_context(runner.connect(conninfo))
        recorder.append(Batch(entries=entries_of(told)))
        runner.catch_up(connection, batch=size)
        left_out = contents(connection)
        with pytest.MonkeyPatch.context() as every:
            for view in VIEWS:
                every.setitem(view.__dict__, "types", (None,) * len(view.statements))
            for view in VIEWS:
                runner.rebuild(connection, view)
        assert contents(connection) == left_out


@EXAMPLES
@given(told=histories(most=40), data=st.data())
def test_as_of_a_position_equals_the_view_that_was_live_then(
    databases: Databases, told: list[Told], data: st.DataObject
):
    with ExitStack() as stack:
        conninfo = stack.enter_context(databases())
        recorder = open_recorder(conninfo)
        stack.callback(recorder.close)
        connection = stack.enter_context(runner.connect(conninfo))
        entries = entries_of(told)
        then = data.draw(st.integers(1, len(entries)), label="then")
        recorder.append(Batch(entries=entries[:then]))
        runner.catch_up(connection)
        live_then = contents(connection)
        if entries[then:]:
            recorder.append(Batch(entries=entries[then:]))
            runner.catch_up(connection)
        with runner.as_of(connection, position=then) as position:
            assert (position, contents(connection)) == (then, live_then)
        with runner.as_of(connection, moment=entries[then - 1].recorded_at) as position:
            assert (position, contents(connection)) == (then, live_then)


@EXAMPLES
@given(told=histories(most=40), data=st.data())
def test_as_of_for_one_customer_shows_what_was_shown_of_them_then(
    databases: Databases, told: list[Told], data: st.DataObject
):
    with ExitStack() as stack:
        conninfo = stack.enter_context(databases())
        recorder = open_recorder(conninfo)
        stack.callback(recorder.close)
        connection = stack.enter_context(runner.connect(conninfo))
        entries = entries_of(told)
        then = data.draw(st.integers(1, len(entries)), label="then")
        recorder.append(Batch(entries=entries[:then]))
        runner.catch_up(connection)
        shown = shown_of(connection, CUSTOMERS[0])
        if entries[then:]:
            recorder.append(Batch(entries=entries[then:]))
            runner.catch_up(connection)
        with runner.as_of(connection, moment=entries[then - 1].recorded_at, only=CUSTOMERS[0]):
            assert shown_of(connection, CUSTOMERS[0]) == shown
            others = {row[0] for row in connection.execute("SELECT customer FROM customer").fetchall()} - {CUSTOMERS[0]}
            assert others <= ever_merged_with(CUSTOMERS[0], told)


def ever_merged_with(customer: uuid.UUID, told: list[Told]) -> set[uuid.UUID]:
    """The records whose holds may reach this one: a view of one person is of all their records."""
    said = [one.event for one in told if one.stream == customer and one.event.NAME == "customers-merged"]
    return {uuid.UUID(str(getattr(one, "into", None) or getattr(one, "duplicate", None))) for one in said}


def shown_of(connection: psycopg.Connection[Any], customer: uuid.UUID) -> Any:
    return (
        customers.for_customer(connection, customer),
        customers.consent_history(connection, customer),
        retention.for_customer(connection, customer),
        retention.holds(connection, customer),
    )


def test_two_runners_at_once_do_no_double_work(database: str, ledger: Ledger, record: Record):
    numbers = [uuid.uuid4() for _ in range(150)]
    for number in numbers:
        record("register-customer", number, values={"note": "invented"})

    def run() -> None:
        with runner.connect(database) as connection:
            while position_of(connection) < 150:
                runner.catch_up(connection, batch=7)

    with runner.connect(database) as watching:
        runner.prepare(watching)
        watching.execute("CREATE TABLE view.applied (first bigint, runner int)")
        watching.execute(
            b"CREATE FUNCTION view.count_rows() RETURNS trigger LANGUAGE plpgsql AS"
            b" $$ BEGIN INSERT INTO view.applied VALUES (NEW.position, pg_backend_pid()); RETURN NEW; END $$"
        )
        watching.execute(
            b"CREATE TRIGGER counting BEFORE INSERT ON view.customer FOR EACH ROW EXECUTE FUNCTION view.count_rows()"
        )
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        applied = watching.execute("SELECT first, count(*) FROM view.applied GROUP BY first ORDER BY first").fetchall()

    assert applied == [(position, 1) for position in range(1, 151)]


def test_a_view_of_an_older_version_is_rebuilt_by_one_runner_and_not_again_by_the_next(
    database: str, projector: psycopg.Connection[Any], customer: uuid.UUID
):
    runner.catch_up(projector)
    shares = view_named("shares")
    projector.execute("UPDATE progress SET version = 'of an older program' WHERE view = 'shares'")
    before = projector.execute("SELECT 'view.share'::regclass::oid").fetchone()
    with runner.connect(database) as second:
        waiting = threading.Thread(target=runner.catch_up, args=[second])
        with runner._alone(projector, shares):
            waiting.start()
            blocked = b"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_until(lambda: projector.execute(blocked).fetchone() is not None)
            runner._rebuild(projector, shares, None)
            rebuilt = projector.execute("SELECT 'view.share'::regclass::oid").fetchone()
        waiting.join(10)
    assert before != rebuilt == projector.execute("SELECT 'view.share'::regclass::oid").fetchone()
    assert all(state.current for state in runner.states(projector))


@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_a_runner_killed_between_rows_and_position_resumes_exactly(
    database: str, ledger: Ledger, record: Record, customer: uuid.UUID, view: str
):
    record("give-consent", customer, scope="market_research", mechanism="said yes")
    with runner.connect(database) as connection:
        runner.catch_up(connection)
    record("share-data", customer, channel="EMAIL", sent_to="jcp", subject="invented")
    head = record("end-service", customer, audit_minimum={"note": "invented"}).last
    with psycopg.connect(database, autocommit=True) as owner:
        # Writing the position takes a minute, so the rows are there, uncommitted, when the runner dies.
        owner.execute(
            "CREATE FUNCTION view.wait() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$"
        )
        owner.execute(
            f"CREATE TRIGGER waiting BEFORE UPDATE ON view.progress FOR EACH ROW WHEN (NEW.view = '{view}')"
            " EXECUTE FUNCTION view.wait()".encode()
        )
        dying = runner.connect(database)
        pid = dying.info.backend_pid
        failed: list[BaseException] = []

        def run() -> None:
            try:
                runner.catch_up(dying)
            except psycopg.Error as error:
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        sleeping = b"SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"
        wait_until(lambda: owner.execute(sleeping, [pid]).fetchone() is not None)
        owner.execute("SELECT pg_terminate_backend(%s)", [pid])
        thread.join(10)
        owner.execute("DROP TRIGGER waiting ON view.progress")
    assert failed
    with runner.connect(database) as connection:
        assert position_of(connection, view) == 2
        assert runner.catch_up(connection) == head
        resumed = contents(connection)
        for each in VIEWS:
            runner.rebuild(connection, each)
        assert contents(connection) == resumed


def wait_until(true: Any, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "this never came true"
        time.sleep(0.01)


def test_readers_never_see_an_empty_view_while_it_is_rebuilt(
    ledger: Ledger, projector: psycopg.Connection[Any], record: Record
):
    for _ in range(30):
        record("register-customer", uuid.uuid4(), values={"note": "invented"})
    runner.catch_up(projector)
    seen: list[int] = []
    wrong: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                with ledger.readers.reading(ledger.reading_of(RECORDS_MANAGER)) as reader:
                    seen.append((reader.execute("SELECT count(*) FROM customer").fetchone() or (0,))[0])
        except psycopg.Error as error:
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    for _ in range(5):
        runner.rebuild(projector, view_named("customers"))
    stop.set()
    for thread in readers:
        thread.join(10)
    assert (wrong, set(seen)) == ([], {30})


def test_what_is_recorded_during_a_rebuild_is_in_the_rebuilt_view(
    database: str, projector: psycopg.Connection[Any], record: Record
):
    for _ in range(3):
        record("register-customer", uuid.uuid4(), values={"note": "invented"})
    late = uuid.uuid4()
    runner.rebuild(projector, view_named("customers"), progress=lambda *_: late_arrival(record, late))
    assert customers.for_customer(projector, late) is not None


def late_arrival(record: Record, number: uuid.UUID) -> None:
    record("register-customer", number, values={"note": "invented"})


def test_a_rebuild_that_was_killed_leaves_nothing_behind_after_the_next(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    dying = runner.connect(database)

    def die(*_: object) -> None:
        projector.execute("SELECT 1")
        with psycopg.connect(database, autocommit=True) as owner:
            owner.execute("SELECT pg_terminate_backend(%s)", [dying.info.backend_pid])

    with pytest.raises(psycopg.OperationalError):
        runner.rebuild(dying, view_named("customers"), progress=die)
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'scratch%'"
    runner.rebuild(projector, view_named("customers"))
    assert projector.execute(schemas.encode()).fetchone() == (0,)


@pytest.mark.parametrize(
    "table", ["sealed", "class_key", "lookup_token", "quarantine", "receipt", "fence", "key_check"]
)
def test_the_projector_cannot_read(projector: psycopg.Connection[Any], table: str):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        projector.execute(f"SELECT * FROM ledger.{table}".encode())


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger.event SET actor = ''", "DELETE FROM ledger.event", "UPDATE ledger.head SET position = 0"],
)
def test_the_projector_cannot_change_what_happened(projector: psycopg.Connection[Any], statement: str):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        projector.execute(statement.encode())


def test_a_live_view_is_less_than_a_second_behind(database: str, projector: psycopg.Connection[Any], record: Record):
    runner.catch_up(projector)
    stop = threading.Event()

    def follow() -> None:
        with runner.connect(database) as connection:
            runner.run_forever(connection, stop)

    thread = threading.Thread(target=follow)
    thread.start()
    lags = []
    for _ in range(10):
        number = uuid.uuid4()
        record("register-customer", number, values={"note": "invented"})
        recorded = time.monotonic()
        wait_until(lambda number=number: customers.for_customer(projector, number) is not None)
        lags.append(time.monotonic() - recorded)
    stop.set()
    thread.join(10)
    assert max(lags) < 1.0


def test_run_forever_survives_a_stopped_view(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    period = {"organisation": "0000000101", "kind": "inactivity", "months": 24, "valid_from": "2026-01-01"}
    record("set-retention-period", by=RECORDS_MANAGER, **period)
    poison(database, 2, months=3_000_000_000)
    stop = threading.Event()
    thread = threading.Thread(target=runner.run_forever, args=[projector, stop])
    thread.start()
    later = uuid.uuid4()
    with runner.connect(database) as watching:
        wait_until(lambda: position_of(watching, "customers") == 2)
        record("register-customer", later, values={"note": "invented"})
        wait_until(lambda: customers.for_customer(watching, later) is not None)
        assert position_of(watching, "retention") == 1
    stop.set()
    thread.join(10)


def test_as_of_a_moment_uses_when_it_was_recorded_and_not_when_it_happened(
    projector: psycopg.Connection[Any], clock: Clock, record: Record, customer: uuid.UUID
):
    clock.time = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    record("withdraw-consent", customer, at="2026-01-05T09:00:00Z", scope="market_research")
    with runner.as_of(projector, moment=datetime(2026, 11, 23, 11, 0, tzinfo=UTC), only=customer):
        before = customers.for_customer(projector, customer)
    with runner.as_of(projector, moment=datetime(2026, 11, 23, 13, 0, tzinfo=UTC), only=customer):
        after = customers.for_customer(projector, customer)
    assert before is not None
    assert after is not None
    assert [view.consents["market_research"].state for view in (before, after)] == ["not_asked", "withdrawn"]


def test_a_view_of_another_version_is_rebuilt_before_it_follows(
    projector: psycopg.Connection[Any], customer: uuid.UUID
):
    runner.catch_up(projector)
    projector.execute("UPDATE progress SET version = 'of an older program' WHERE view = 'customers'")
    projector.execute("UPDATE customer SET organisation = 'as the older program had it'")
    assert [state.current for state in runner.states(projector)] == [False, *[True] * (len(VIEWS) - 1)]
    runner.catch_up(projector)
    assert all(state.current for state in runner.states(projector))
    rebuilt = customers.for_customer(projector, customer)
    assert rebuilt is not None
    assert rebuilt.organisation == "0000000101"


def test_a_table_that_an_earlier_program_had_in_another_view_is_made_anew_in_its_own(
    projector: psycopg.Connection[Any], record: Record
):
    """The organisations stood in the shares view before they had a view of their own."""
    record("register-organisation", organisation="prime-one", name="Prime One", kind="prime", by=RECORDS_MANAGER)
    projector.execute("DELETE FROM progress WHERE view = 'organisations'")
    projector.execute("UPDATE progress SET version = 'of an older program' WHERE view = 'shares'")
    projector.execute("INSERT INTO organisation VALUES ('old', 'Old', 'prime', NULL, '2020-01-01', NULL, false, 0)")
    runner.catch_up(projector)
    assert organisations.names_of(projector) == {"prime-one": "Prime One"}
    assert all(state.current for state in runner.states(projector))


def test_the_version_of_a_view_follows_its_sql():
    assert len({view.version for view in VIEWS}) == len(VIEWS)
    assert View(name="shares").version == view_named("shares").version
