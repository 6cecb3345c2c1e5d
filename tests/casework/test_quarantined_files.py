"""Rejects of one file are listed, opened, read again and discarded together."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from api.casework import quarantined_files as files
from api.casework.quarantine import listed
from api.casework.quarantined_files import NothingOfThisFile
from api.casework.runtime import Runtime
from api.dss.importer import import_documents
from api.entries import record_lines
from ledger.errors import Malformed, NotAllowed
from ledger.store.quarantine import RECORD
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.dss.documents import sample
from tests.sharing import register


@pytest.fixture
def home(runtime: Runtime) -> Runtime:
    register(runtime.ledger, "controller", "controller")
    return runtime


def imported(runtime: Runtime, path: Path, documents: list[Any], *, name: str) -> Any:
    file = path / name
    file.write_text("\n".join(text if isinstance(text, str) else json.dumps(text) for text in documents), "utf-8")
    return import_documents(runtime.ledger, [str(file)], by=CASE_WORKER)


def test_lines_of_a_file_are_listed_opened_and_discarded_together_and_others_stay(home, tmp_path):
    imported(home, tmp_path, ["no json", "nor this"], name="customers-a.ndjson")
    imported(home, tmp_path, ["another"], name="customers-b.ndjson")

    page = listed(home, RECORDS_MANAGER, source="customers-a.ndjson", limit=10)
    contents = list(files.opened(home, RECORDS_MANAGER, source="customers-a.ndjson"))
    count = files.discarded(home, RECORDS_MANAGER, source="customers-a.ndjson", reason="not-a-report")

    assert {row.source for row in page.rows} == {"customers-a.ndjson"}
    assert contents == [b"no json", b"nor this"]
    assert count == 2
    assert [row.source for row in listed(home, RECORDS_MANAGER, limit=10).rows] == ["customers-b.ndjson"]
    with pytest.raises(NothingOfThisFile):
        files.discarded(home, RECORDS_MANAGER, source="customers-a.ndjson", reason="not-a-report")


def test_a_document_that_came_before_its_customer_is_recorded_when_it_is_read_again(home, tmp_path):
    action, customer = sample("actions"), sample("customers")
    customer["id"] = action["CustomerId"]
    first = imported(home, tmp_path, [action, "no json"], name="actions.ndjson")
    assert (first.recorded, first.rejected) == (0, 2)
    imported(home, tmp_path, [customer], name="customers.ndjson")

    again = files.read_again(home, RECORDS_MANAGER, source="actions.ndjson")

    assert (again.read, again.recorded + again.duplicates, again.rejected) == (2, 1, 1)
    assert [row.reason for row in files.lines_of(home, RECORDS_MANAGER, source="actions.ndjson")] == ["malformed_json"]


def test_reports_are_read_again_without_becoming_two(home):
    body = {
        "id": str(uuid.uuid4()), "type": "register-customer", "occurred_at": "2026-01-05T09:00:00Z",
        "customer_id": str(uuid.uuid4()), "organisation": "0000000101", "values": {"family_name": "Sample"},
    }  # fmt: skip
    waiting = CASE_WORKER.__class__(role="contractor", organisation="0000000101", subject="a", operator=True)
    texts = [(1, json.dumps(body).encode()), (2, b"no json")]
    assert [outcome.quarantined for outcome in record_lines(home.ledger, texts, waiting, source=RECORD)] == [True] * 2
    register(home.ledger, "0000000101")

    again = files.read_again(home, RECORDS_MANAGER, source=RECORD)

    assert (again.read, again.recorded, again.rejected) == (2, 1, 1)
    assert [row.line for row in files.lines_of(home, RECORDS_MANAGER, source=RECORD)] == [2]


def test_nobody_else_reads_again_or_discards_and_a_reason_is_needed(home, tmp_path):
    imported(home, tmp_path, ["no json"], name="customers.ndjson")

    with pytest.raises(NotAllowed):
        files.read_again(home, CASE_WORKER, source="customers.ndjson")
    with pytest.raises(NotAllowed):
        files.discarded(home, CASE_WORKER, source="customers.ndjson", reason="not-a-report")
    with pytest.raises(Malformed):
        files.discarded(home, RECORDS_MANAGER, source="customers.ndjson", reason="a person's name")
