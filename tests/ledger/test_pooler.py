"""Reading for callers works through PgBouncer in transaction mode, where many share few connections of the server."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.caller import Caller
from ledger.errors import WrongSchema
from ledger.recording import Ledger
from ledger.store.connections import Logins
from ledger.store.logins import own_logins
from ledger.store.recorder import open_recorder
from projections import runner
from tests.commands import give
from tests.conftest import CASE_WORKER
from tests.poolers import POOLER, pooler

SERVER_CONNECTIONS = 2
READERS, READINGS = 8, 15
STRANGER = Caller(role="contractor", organisation="0000000202", subject="adviser of another contractor")

pytestmark = pytest.mark.skipif(POOLER is None, reason="the system has no PgBouncer; the package pgbouncer has it")


@pytest.fixture
def pooled(database: str) -> Iterator[Logins]:
    """The logins of a ledger, whose reader connects through a pooler with two connections to the server."""
    logins = own_logins(database)
    with pooler(logins.reader, connections=SERVER_CONNECTIONS) as through:
        yield Logins(writer=logins.writer, projector=logins.projector, reader=through)


def test_each_caller_reads_its_own_rows_though_all_share_two_connections(pooled: Logins, tmp_path: Path) -> None:
    ledger, customer_id = Ledger.open(pooled, tmp_path / "key"), uuid.uuid4()
    give(ledger, "register-customer", customer_id, by=CASE_WORKER, at="2026-01-05T09:00:00Z", values={"note": "x"})
    runner.rebuild_all(pooled.projector)
    wrong: list[object] = []

    def read(number: int) -> None:
        by, expected = (CASE_WORKER, [(customer_id,)]) if number % 2 else (STRANGER, [])
        for _ in range(READINGS):
            with ledger.readers.reading(ledger.reading_of(by)) as connection:
                shown = connection.execute("SELECT customer FROM customer").fetchall()
            if shown != expected:
                wrong.append((by.role, shown))
            if bool(ledger.unsealed(customer_id, by=by)) != bool(expected):
                wrong.append(by.role)

    threads = [threading.Thread(target=read, args=[number]) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert wrong == []


def test_a_connection_of_the_pooler_that_nobody_reads_on_shows_nothing(pooled: Logins, tmp_path: Path) -> None:
    ledger = Ledger.open(pooled, tmp_path / "key")
    give(ledger, "register-customer", uuid.uuid4(), by=CASE_WORKER, at="2026-01-05T09:00:00Z", values={"note": "x"})
    runner.rebuild_all(pooled.projector)
    with ledger.readers.reading(ledger.reading_of(CASE_WORKER)) as connection:
        assert connection.execute("SELECT count(*) FROM customer").fetchone() == (1,)
    with psycopg.connect(pooled.reader, autocommit=True) as connection:
        for _ in range(2 * SERVER_CONNECTIONS):
            assert connection.execute("SELECT count(*) FROM view.customer").fetchone() == (0,)
    ledger.close()


def test_recording_through_a_pooler_that_keeps_sessions_works(database: str, tmp_path: Path) -> None:
    with pooler(database, connections=20, mode="session") as through:
        ledger = Ledger.open(through, tmp_path / "key")
        give(ledger, "register-customer", uuid.uuid4(), by=CASE_WORKER, at="2026-01-05T09:00:00Z", values={"note": "x"})
        runner.rebuild_all(through, ["customers"])
        ledger.close()


@pytest.mark.parametrize("role", ["writer", "projector"])
def test_recording_and_projecting_through_a_pooler_that_shares_sessions_says_which_pooling_they_need(
    database: str, role: str
) -> None:
    open_one = open_recorder if role == "writer" else runner.connect
    with pooler(database) as through, pytest.raises(WrongSchema, match="a direct connection or session pooling"):
        open_one(through)
