"""A network that takes everything in and lets nothing out: each door answers within seconds, and nothing is doubled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import opened
from tests.doors.command_line.terminal import Terminal
from tests.doors.http_door.doors import Doors, command
from tests.networks import Network
from tests.runtimes import settings_of

AT_MOST_SECONDS = 15.0


@pytest.fixture
def network(database: str) -> Iterator[Network]:
    with closing(Network(database)) as between:
        yield between


@pytest.fixture
def served(network: Network, tmp_path: Path) -> Iterator[Doors]:
    """The doors of a ledger that has been used, so that its connections are open."""
    with opened(settings_of(network.conninfo, tmp_path)) as runtime:
        runtime.project()
        runtime.rely_on_another_runner()
        doors = Doors(runtime, TestClient(create_app(runtime)))
        assert doors.post("/v1/entries", command()).status_code == 201
        yield doors
        network.resume()


def timed(call: Callable[[], Any]) -> Any:
    began = time.monotonic()
    answer = call()
    assert time.monotonic() - began < AT_MOST_SECONDS
    return answer


def test_every_door_answers_within_seconds_and_goes_on_when_the_network_does(network: Network, served: Doors) -> None:
    body = command()
    network.stall()
    for ask in (
        lambda: served.post("/v1/entries", body),
        lambda: served.get("/v1/findings"),
        lambda: served.get("/findings"),
    ):
        answer = timed(ask)
        assert (answer.status_code, "database cannot be reached" in answer.text) == (503, True), answer.text
    ready = timed(lambda: served.client.get("/readyz"))
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    network.resume()

    answered = [served.post("/v1/entries", body) for _ in range(2)]

    assert [answer.status_code for answer in answered] == [201, 200]
    assert served.client.get("/readyz").json()["checks"]["database"] == "ok"


def test_a_problem_of_a_dead_network_is_database_unreachable(network: Network, served: Doors) -> None:
    network.stall()

    answer = timed(lambda: served.post("/v1/entries", command()))

    assert answer.json()["type"] == "/problems/database-unreachable"
    assert answer.headers["Retry-After"]


def test_an_answer_lost_after_the_commit_is_unknown_and_the_same_command_again_is_a_repeat(
    network: Network, served: Doors, database: str
) -> None:
    body = command()
    with ThreadPoolExecutor(1) as beside:
        with psycopg.connect(database) as holder:
            holder.execute("SELECT FROM ledger.head FOR UPDATE")
            sent = beside.submit(timed, lambda: served.post("/v1/entries", body))
            while not waits_for_the_head(database):
                time.sleep(0.02)
            network.stall_answers()
        unknown = sent.result()
    network.resume()

    again = served.post("/v1/entries", body)

    assert (unknown.status_code, unknown.json()["type"]) == (503, "/problems/outcome-unknown")
    assert (again.status_code, again.json()["repeated"]) == (200, True)


def waits_for_the_head(database: str) -> bool:
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return row == (1,)


def test_a_statement_that_takes_long_is_waited_for(network: Network, served: Doors, database: str) -> None:
    with ThreadPoolExecutor(1) as beside:
        with psycopg.connect(database) as holder:
            holder.execute("SELECT FROM ledger.head FOR UPDATE")
            sent = beside.submit(served.post, "/v1/entries", command())
            time.sleep(8)
            assert not sent.done()
        assert sent.result().status_code == 201


def test_a_command_of_the_command_line_ends_within_seconds(
    network: Network, served: Doors, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("LEDGER_DATABASE_URL", network.conninfo)
    monkeypatch.setenv("LEDGER_HOME", str(served.runtime.settings.home))
    network.stall()

    assert "The database cannot be reached" in timed(lambda: Terminal(capfdbinary).refused("due"))
