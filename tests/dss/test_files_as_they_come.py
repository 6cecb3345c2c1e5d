"""The same documents are imported, and the same commands recorded, however a program or a person wrote the file."""

from __future__ import annotations

import gzip
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from api.cli import run
from api.dss.importer import import_documents
from api.dss.outcome import ImportResult
from api.incoming import MARK
from ledger.recording import Ledger
from tests.conftest import CASE_WORKER
from tests.dss.documents import sample

OTHER = "0a1b2c3d-0000-4000-8000-0000000000f1"


def enveloped(document: dict[str, Any]) -> dict[str, Any]:
    return {"Document": document, "IsAction": False, "IsCustomer": True}


DOCUMENTS = [enveloped(sample("customers")), enveloped(sample("customers", id=OTHER, UniqueLearnerNumber=None))]
FILES: dict[str, bytes] = {
    "NDJSON": "\n".join(map(json.dumps, DOCUMENTS)).encode(),
    "Windows": MARK + "\r\n\r\n".join(map(json.dumps, DOCUMENTS)).encode(),
    "array": json.dumps(DOCUMENTS).encode(),
    "array over many lines": MARK + json.dumps(DOCUMENTS, indent=1).encode(),
    "documents over many lines": "\n".join(json.dumps(document, indent=1) for document in DOCUMENTS).encode(),
}
FILES |= {f"{name}, packed": gzip.compress(content) for name, content in FILES.items()}


def imported(ledger: Ledger, path: Path, content: bytes) -> ImportResult:
    (path / "feed.ndjson").write_bytes(content)
    result = import_documents(ledger, [str(path / "feed.ndjson")], by=CASE_WORKER)
    assert result.read == result.recorded + result.duplicates + result.rejected
    return result


def test_documents_are_imported_once_however_the_file_is_written(ledger, tmp_path):
    first = imported(ledger, tmp_path, FILES["documents over many lines"])
    assert (first.read, first.recorded) == (2, 2), first.reasons

    for name, content in FILES.items():
        again = imported(ledger, tmp_path, content)
        assert (again.read, again.duplicates) == (2, 2), name


def test_a_document_over_46_lines_that_cannot_be_accepted_is_one_reject(ledger, tmp_path):
    content = json.dumps(enveloped(sample("customers", id=None)), indent=1).encode()

    result = imported(ledger, tmp_path, content)

    assert (result.read, result.rejected) == (1, 1)
    assert [(reject.line, reject.reason) for reject in result.rejects] == [(1, "missing_required_field")]


@pytest.fixture
def settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("settings")
def test_commands_with_a_mark_are_recorded_and_none_after_the_first_is_lost(tmp_path, capfd):
    customer = str(uuid.uuid4())
    shared = {"occurred_at": "2026-11-02T09:00:00Z", "customer_id": customer}
    commands = [
        {
            "id": str(uuid.uuid4()),
            "type": "register-customer",
            "organisation": "0000000201",
            "values": {"given_name": "B"},
            **shared,
        },
        {"id": str(uuid.uuid4()), "type": "withdraw-consent", "scope": "market_research", "channel": "email", **shared},
    ]
    texts = [json.dumps(command) for command in commands]
    for content in (
        MARK + "\r\n".join(texts).encode(),
        gzip.compress(MARK + "\n".join(texts).encode()),
        json.dumps(commands, indent=2).encode(),
    ):
        (tmp_path / "commands").write_bytes(content)
        code = run(["record", str(tmp_path / "commands"), "--json"])
        out, err = capfd.readouterr()
        assert code == 0, err
        result = json.loads(out)
        assert result["read"] == result["recorded"] + result["repeated"] == 2
    (tmp_path / "sheet.ndjson").write_bytes("{}".encode("utf-16"))
    assert run(["record", str(tmp_path / "sheet.ndjson")]) == 2
    assert "is not NDJSON" in capfd.readouterr().err


@pytest.mark.usefixtures("settings")
def test_an_import_ends_with_1_when_anything_was_rejected_and_the_rejects_are_looked_after_by_file(tmp_path, capfd):
    (tmp_path / "feed.ndjson").write_bytes(FILES["array"] + b"\nno json\n{\n")
    of_file = ["quarantine", "--file", "feed.ndjson"]

    assert run(["import", "dss", str(tmp_path / "feed.ndjson")]) == 1
    capfd.readouterr()
    assert run([*of_file, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["count"] == 2
    assert run([*of_file, "--again", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["rejected"] == 2
    assert run([*of_file, "--open", "all"]) == 0
    assert capfd.readouterr().out == "no json\n{\n"
    assert run([*of_file, "--discard", "all", "--reason", "not-a-report", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["discarded"] == 2
    assert run([*of_file, "--discard", "all", "--reason", "not-a-report"]) == 2
    assert "No line of this file" in capfd.readouterr().err
    assert run(["quarantine", "--discard", "all", "--reason", "not-a-report"]) == 2
    (tmp_path / "feed.ndjson").write_bytes(FILES["array"])
    assert run(["import", "dss", str(tmp_path / "feed.ndjson")]) == 0
