"""Each fact is read once for an answer: a person's entries, their payloads, the views' rows and the organisations."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework import customers, exports, provenance, requests, subject_access
from api.casework.runtime import Runtime
from ledger import holdings
from ledger.recording import Ledger
from ledger.store import recorder
from tests import story
from tests.story import REPORTER, ROBIN, give

REQUEST = uuid.UUID("5b1e2f60-7e0f-4b5e-9c55-0f6f0f9a7b11")
_READ_FROM = re.compile(r"FROM (customer AS c|customer|share|organisation)\b")


@pytest.fixture
def robin(runtime: Runtime) -> Runtime:
    story.register_organisations(runtime.ledger)
    story.tell_robins_story(runtime.ledger)
    give(runtime.ledger, "receive-request", ROBIN, at="2024-03-04T10:00:00Z", request_id=str(REQUEST),
         kind="access", organisation="0000000101")  # fmt: skip
    return runtime


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each stream was read and unsealed, and each table of the views asked."""
    counts: Counter[str] = Counter()
    entries_in, unsealed, execute = recorder.entries_in, Ledger.unsealed, psycopg.Cursor.execute

    def read(connection: psycopg.Connection[Any], stream: uuid.UUID, **chosen: Any) -> Any:
        counts[f"history of {stream}"] += 1
        return entries_in(connection, stream, **chosen)

    def opened(self: Ledger, stream: uuid.UUID, **chosen: Any) -> Any:
        counts[f"payloads of {stream}"] += 1
        return unsealed(self, stream, **chosen)

    def executed(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else str(query)
        if text.lstrip().startswith("SELECT") and (found := _READ_FROM.search(text)):
            counts[f"rows of {found[1]}"] += 1
        return execute(self, query, *values, **options)

    for place in (recorder, holdings):
        monkeypatch.setattr(place, "entries_in", read)
    monkeypatch.setattr(Ledger, "unsealed", opened)
    monkeypatch.setattr(psycopg.Cursor, "execute", executed)
    return counts


def test_the_report_opens_every_file_once_and_reads_every_row_once(robin: Runtime, counted: Counter[str]):
    subject_access.report(robin, ROBIN, REPORTER, "test")
    assert (counted[f"payloads of {ROBIN}"], counted[f"payloads of {REQUEST}"]) == (1, 1)
    assert counted[f"history of {REQUEST}"] == 1
    assert counted[f"history of {ROBIN}"] <= 2  # the first one decides whether the caller may read it at all
    assert {name: counted[f"rows of {name}"] for name in ("customer AS c", "share", "organisation")} == {
        "customer AS c": 1, "share": 1, "organisation": 1,
    }  # fmt: skip


def test_the_page_of_a_customer_reads_the_customer_and_the_names_once_and_unseals_who_they_are_once(
    robin: Runtime, counted: Counter[str]
):
    client = TestClient(create_app(robin), follow_redirects=False)
    client.post("/sign-in", data={"role": "case-worker", "organisation": "department-for-education"})
    counted.clear()
    assert client.get(f"/customers/{ROBIN}").status_code == 200
    assert counted[f"payloads of {ROBIN}"] == 1
    assert counted[f"history of {ROBIN}"] <= 2  # as for the report
    assert {name: counted[f"rows of {name}"] for name in ("customer AS c", "share", "organisation")} == {
        "customer AS c": 1, "share": 1, "organisation": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "ask",
    [
        lambda runtime: customers.customer(runtime, ROBIN, REPORTER, route="test"),
        lambda runtime: customers.history(runtime, ROBIN, REPORTER, route="test"),
        lambda runtime: provenance.page(runtime, ROBIN, REPORTER, "test"),
        lambda runtime: exports.portable_copy(runtime, ROBIN, REPORTER, "test"),
    ],
)
def test_no_answer_about_a_person_opens_a_payload_or_reads_the_names_twice_or_the_entries_more_than_the_report(
    robin: Runtime, counted: Counter[str], ask: Callable[[Runtime], object]
):
    ask(robin)
    assert counted[f"payloads of {ROBIN}"] == 1
    assert counted[f"history of {ROBIN}"] <= 2
    assert counted[f"payloads of {REQUEST}"] <= 1
    assert counted["rows of organisation"] <= 1


def test_a_request_and_the_person_it_is_about_are_read_once_for_who_may_see_it_and_once_for_the_answer(
    robin: Runtime, counted: Counter[str]
):
    requests.opened(robin, REQUEST, REPORTER, route="test")
    assert counted[f"payloads of {REQUEST}"] == 1
    assert (counted[f"history of {REQUEST}"], counted[f"history of {ROBIN}"]) == (2, 2)
