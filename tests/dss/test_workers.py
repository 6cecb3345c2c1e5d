from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest

from api.dss.importer import ImportStopped, import_documents
from api.dss.outcome import ImportResult
from api.incoming import NotNdjson
from ledger.errors import KeyFileMissing
from ledger.recording import Ledger
from tests.conftest import CASE_WORKER, Databases
from tests.dss.documents import SAMPLES, sample
from tests.dss.expectations import EXPECTED, as_expected, told

FEED = str(SAMPLES / "feed.ndjson")
LINES = 324
Opened = Callable[[], AbstractContextManager[Ledger]]


@pytest.fixture
def opened(databases: Databases, tmp_path: Path) -> Opened:
    """An empty ledger, as often as it is asked for; its clock is the machine's, as that of the processes is."""

    @contextmanager
    def another() -> Iterator[Ledger]:
        with databases() as database, closing(Ledger.open(database, tmp_path / f"key-{uuid4()}")) as ledger:
            yield ledger

    return another


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Every process that is begun meanwhile."""
    noted: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **how: Any) -> None:
            super().__init__(*arguments, **how)
            noted.append(self)

    monkeypatch.setattr("api.dss.workers.subprocess.Popen", Noted)
    return noted


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the samples be as many lines as processes are begun for, and many portions."""
    monkeypatch.setattr("api.dss.importer.LINES_WORTH_PROCESSES", 100)
    monkeypatch.setattr("api.dss.importer.LINES_IN_A_BULK", 5)


def run(ledger: Ledger, *paths: str, processes: int, **how: Any) -> ImportResult:
    result = import_documents(ledger, paths, by=CASE_WORKER, processes=processes, **how)
    assert result.settled == result.read
    return result


def contents(ledger: Ledger) -> set[tuple[Any, ...]]:
    with psycopg.connect(ledger.opening.conninfo if ledger.opening else "") as connection:
        return set(connection.execute("SELECT id, stream, type, class, part, facts::text FROM ledger.event").fetchall())


def each_as_expected(ledger: Ledger) -> bool:
    return all(told(ledger, each["id"]) == as_expected(each) for each in EXPECTED["customers"].values())


def odd_lines(path: Path) -> str:
    """The samples once more after themselves, with lines that are rejected or warned about."""
    odd = [b"{", orjson.dumps({"Document": sample("customers", Title=77, _etag='"another"'), "IsCustomer": True})]
    path.write_bytes(Path(FEED).read_bytes() * 2 + b"\n".join(odd) + b"\n")
    return str(path)


@pytest.mark.usefixtures("large")
def test_two_processes_and_one_give_the_same_ledger_and_the_same_counts(opened, begun, tmp_path):
    feed = odd_lines(tmp_path / "feed.ndjson")
    with opened() as ledger, opened() as other:
        alone, together = run(ledger, feed, processes=1), run(other, feed, processes=2)

        assert len(begun) == 2
        assert contents(other) == contents(ledger)
        assert together.as_json() == alone.as_json()
        assert (together.recorded, together.duplicates, together.rejected) == (LINES, LINES, 2)
        assert each_as_expected(other)


@pytest.mark.usefixtures("large")
def test_a_killed_process_loses_nothing_that_was_committed_and_the_next_import_completes_it(opened, begun):
    seen: list[int] = []

    def kill_one(done: int, _total: int | None, phase: str) -> None:
        seen.append(done)
        if phase == "recording" and len(begun) == 2 and len(seen) == 12:
            os.kill(begun[0].pid, signal.SIGKILL)

    with opened() as ledger:
        with pytest.raises(ImportStopped, match=r"ended before its work was done.*completes it") as stopped:
            run(ledger, FEED, processes=2, progress=kill_one)
        first, recorded = stopped.value.result, len(contents(ledger))
        again = run(ledger, FEED, processes=2)

        assert 0 < first.recorded < LINES
        assert recorded >= first.events
        assert again.duplicates >= first.recorded
        assert again.recorded + again.duplicates == LINES
        assert each_as_expected(ledger)


@pytest.mark.usefixtures("large")
def test_what_a_process_could_not_do_is_said_in_its_own_sentence(opened):
    with opened() as ledger:
        assert ledger.opening is not None
        ledger.opening.key_file.unlink()

        with pytest.raises(ImportStopped, match=str(KeyFileMissing())):
            run(ledger, FEED, processes=2)


@pytest.mark.usefixtures("large")
def test_an_import_that_is_interrupted_leaves_no_process_and_can_be_completed(opened, begun):
    def interrupt(done: int, total: int | None, phase: str) -> None:
        if phase == "recording" and total is not None and done > total // 3:
            raise KeyboardInterrupt

    with opened() as ledger:
        with pytest.raises(KeyboardInterrupt):
            run(ledger, FEED, processes=2, progress=interrupt)

        assert [process.poll() is None for process in begun] == [False, False]
        again = run(ledger, FEED, processes=1)
        assert again.duplicates > 0
        assert again.recorded + again.duplicates == LINES
        assert each_as_expected(ledger)


@pytest.mark.usefixtures("large")
def test_a_file_that_cannot_be_read_leaves_no_process_and_nothing_recorded(opened, begun, tmp_path):
    (tmp_path / "customers.ndjson").write_bytes("[{}]".encode("utf-16"))
    with opened() as ledger:
        with pytest.raises(NotNdjson):
            run(ledger, FEED, str(tmp_path / "customers.ndjson"), processes=2)

        assert len(begun) == 2
        assert all(process.poll() is not None for process in begun)
        assert contents(ledger) == set()


def test_a_small_import_begins_no_process(opened, begun):
    with opened() as ledger:
        run(ledger, FEED, processes=2)

    assert begun == []
