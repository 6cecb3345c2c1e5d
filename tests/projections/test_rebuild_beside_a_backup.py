"""A backup reads every table for hours: readers answer beside it, and new tables wait until it ends."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from ledger.errors import DatabaseUnreachable, ProjectionStopped, ViewInUse
from ledger.recording import Ledger
from ledger.store import migrate
from projections import runner
from projections.catalogue import VIEWS, view_named
from tests.conftest import RECORDS_MANAGER, Record


@pytest.fixture
def projector(database: str, record: Record, customer: uuid.UUID) -> Iterator[psycopg.Connection[Any]]:
    with runner.connect(database) as connection:
        record("give-consent", customer, scope="market_research", mechanism="said yes")
        runner.catch_up(connection)
        yield connection


@contextmanager
def backup(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that holds what pg_dump holds: ACCESS SHARE on every table there is, until the block ends."""
    with psycopg.connect(database) as dump:
        found = dump.execute(
            "SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        ).fetchone()
        assert found is not None
        dump.execute(f"LOCK TABLE {found[0]} IN ACCESS SHARE MODE".encode())
        yield dump


def slowest_reading(ledger: Ledger, while_: threading.Thread, at_least: float) -> float:
    """The longest a reader waited for the customers and their consents, in seconds, while a thread was at work."""
    slowest, until = 0.0, time.monotonic() + at_least
    while while_.is_alive() and time.monotonic() < until:
        began = time.monotonic()
        with ledger.readers.reading(ledger.reading_of(RECORDS_MANAGER)) as reader:
            reader.execute("SELECT count(*) FROM customer AS c JOIN consent AS a USING (customer)").fetchone()
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def test_readers_answer_beside_a_backup_and_a_rebuild_which_completes_when_the_backup_ends(
    database: str, ledger: Ledger, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    notices: list[str] = []
    reached: list[int] = []

    def rebuild() -> None:
        reached.append(runner.rebuild(projector, view_named("customers"), notify=notices.append))

    thread = threading.Thread(target=rebuild)
    with backup(database):
        thread.start()
        slowest = slowest_reading(ledger, thread, at_least=3.0)
        head = record("withdraw-consent", customer, scope="market_research").last
        assert thread.is_alive()
    thread.join(10)
    assert slowest < 1.0
    assert reached == [head]
    assert notices == ["The view customers is made; it waits for a backup or another long reading to end."]


def test_a_rebuild_gives_up_with_a_sentence_after_a_stated_time_and_the_old_tables_stay(
    database: str, projector: psycopg.Connection[Any]
):
    with backup(database), pytest.raises(ViewInUse, match="held the view customers for 1 second, so its new tables"):
        runner.rebuild(projector, view_named("customers"), patience=1.0)
    assert projector.execute("SELECT count(*) FROM customer").fetchone() == (1,)
    assert runner.catch_up(projector) == 2


def test_while_a_view_of_another_version_waits_the_others_follow_and_say_why(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    projector.execute("UPDATE progress SET version = 'another' WHERE view = 'customers'")
    thread = threading.Thread(target=runner.catch_up, args=[projector])
    with backup(database), runner.connect(database) as watching:
        thread.start()
        head = record("withdraw-consent", customer, scope="market_research").last
        wait_until(lambda: {s.position for s in runner.states(watching) if s.view != "customers"} == {head})
        (waiting,) = (state for state in runner.states(watching) if state.view == "customers")
        assert (waiting.current, waiting.position) == (False, 2)
        assert waiting.why == "The view customers is made; it waits for a backup or another long reading to end."
    thread.join(10)
    assert [(state.position, state.why) for state in runner.states(projector)] == [(head, None)] * len(VIEWS)


def test_a_backup_that_began_during_a_rebuild_keeps_neither_it_nor_its_scratch_tables_for_ever(
    database: str, projector: psycopg.Connection[Any], customer: uuid.UUID
):
    with runner.as_of(projector, position=1, only=customer), psycopg.connect(database) as dump:
        schema = runner.schema_of(projector)
        dump.execute(f"LOCK TABLE {schema}.customer IN ACCESS SHARE MODE".encode())
        began = time.monotonic()
        with runner.as_of(projector, position=1, only=customer):
            pass
        assert time.monotonic() - began < 10
    with backup(database):
        pass
    with runner.as_of(projector, position=1, only=customer):
        pass
    assert projector.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'scratch%'").fetchone() == (0,)


def test_a_migration_asks_briefly_for_tables_that_are_read_and_says_what_it_waits_for(
    database: str, ledger: Ledger, projector: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
):
    more = [*migrate.migrations(), ("9999_invented", "LOCK TABLE ledger.event IN ACCESS EXCLUSIVE MODE")]
    monkeypatch.setattr(migrate, "migrations", lambda: more)
    notices: list[str] = []
    failed: list[str] = []

    def run() -> None:
        try:
            migrate.migrate(database, notify=notices.append, patience=2.0)
        except DatabaseUnreachable as busy:
            failed.append(busy.sentence)

    thread = threading.Thread(target=run)
    with backup(database):
        thread.start()
        slowest = 0.0
        while thread.is_alive():
            began = time.monotonic()
            ledger.recorder.max_notification_id()
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.01)
    assert slowest < 1.0
    assert notices == ["The migration 9999_invented waits for a backup or another long reading to end."]
    sentence = "A backup or another long reading holds tables that the migration 9999_invented changes;"
    assert failed == [f"{sentence} migrate again when it has ended."]
    assert migrate.migrate(database) == ["9999_invented"]


def test_views_that_are_ahead_of_the_ledger_are_noticed_and_the_sentence_says_what_to_do(
    database: str, projector: psycopg.Connection[Any]
):
    projector.execute("UPDATE progress SET position = 7 WHERE view = 'shares'")
    with pytest.raises(
        ProjectionStopped, match=r"The view shares is at entry 7 and the ledger ends at 2, .*`ledger reb"
    ):
        runner.catch_up(projector)
    runner.rebuild(projector, view_named("shares"))
    assert runner.catch_up(projector) == 2


def wait_until(true: Any, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "this never came true"
        time.sleep(0.01)
