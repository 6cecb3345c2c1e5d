"""Whatever a document's field holds, the document is accepted, or rejected with a reason and the field's name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.dss.checks import Checked, Problem, check, unstorable
from api.dss.importer import import_documents
from api.dss.outcome import ImportResult
from api.dss.reader import read_line
from ledger.codes.dictionary import COLLECTIONS
from ledger.commands.reader import read_command
from ledger.errors import Malformed
from ledger.recording import Ledger
from ledger.state.replay import state_of
from tests.commands import command, give
from tests.conftest import CASE_WORKER
from tests.dss.documents import sample
from tests.ledger.extremes import EXTREMES, NIL, ONES, nested

BOB = "864c9eab-5b1c-4675-a5e2-c5b9c92c7740"


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_extreme_value_of_a_field_is_accepted_or_rejected_by_the_field_s_name(collection: str):
    described = COLLECTIONS[collection]
    for field in described.fields:
        for value in EXTREMES:
            document = sample(collection, **{field.name: value})
            raw = json.dumps(document).encode()
            found = unstorable(raw, document) or check(described, document)
            assert isinstance(found, Checked) or found.field == field.name


def lines(tmp_path: Path, name: str, *documents: dict[str, Any] | bytes) -> str:
    file = tmp_path / f"{name}.ndjson"
    file.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in documents))
    return str(file)


def imported(ledger: Ledger, tmp_path: Path, *documents: dict[str, Any] | bytes, of: str = "customers") -> ImportResult:
    result = import_documents(ledger, [lines(tmp_path, of, *documents)], by=CASE_WORKER)
    assert result.settled == result.read == len(documents)
    return result


def rejected(ledger: Ledger, tmp_path: Path, document: dict[str, Any] | bytes) -> tuple[str, str | None]:
    [reject] = imported(ledger, tmp_path, document).rejects
    return reject.reason, reject.field


def later(**by: float) -> int:
    return int((datetime(2026, 11, 22, 9, 0, tzinfo=UTC) + timedelta(**by)).timestamp())


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"_ts": later(days=1)}, ("invalid_date", "_ts")),
        ({"_ts": 4_294_548_000}, ("invalid_date", "_ts")),
        ({"_ts": 2**63}, ("invalid_date", "_ts")),
        ({"id": NIL}, ("invalid_guid", "id")),
        ({"id": "{" + ONES + "}"}, ("invalid_guid", "id")),
        ({"GivenName": "a\0b"}, ("unstorable_text", "GivenName")),
        ({"GivenName": "x" * 1_000_001}, ("unstorable_text", "GivenName")),
        ({"GivenName": nested(400)}, ("malformed_json", None)),
    ],
)
def test_what_cannot_be_kept_is_rejected_with_its_field(
    ledger: Ledger, tmp_path: Path, change: dict[str, Any], found: tuple[str, str | None]
):
    assert rejected(ledger, tmp_path, sample("customers", **change)) == found


def test_a_document_that_names_a_key_twice_is_rejected_by_that_key(ledger: Ledger, tmp_path: Path):
    twice, other = (json.dumps(sample("customers", _etag=tag))[:-1].encode() for tag in ("one", "other"))
    doubled = rejected(ledger, tmp_path, twice + b', "OptInMarketResearch" : true}')
    assert doubled == ("malformed_json", "OptInMarketResearch")
    assert rejected(ledger, tmp_path, other + b', "Sam": 1, "Sam": 2}') == ("malformed_json", None)


def test_a_document_in_any_spelling_of_its_id_is_of_the_same_person_and_the_same_version(
    ledger: Ledger, tmp_path: Path
):
    first = imported(ledger, tmp_path, sample("customers", id=BOB))
    again = imported(ledger, tmp_path, sample("customers", id="{" + BOB.upper() + "}"))
    assert (first.recorded, again.duplicates) == (1, 1)


def test_a_version_from_the_future_is_rejected_so_that_a_later_no_counts(ledger: Ledger, tmp_path: Path):
    yes: dict[str, Any] = {"OptInMarketResearch": True, "_ts": 4_294_548_000, "_etag": '"future"'}
    result = imported(ledger, tmp_path, sample("customers", OptInMarketResearch=False), sample("customers", **yes))
    give(ledger, "withdraw-consent", BOB, by=CASE_WORKER, at="2026-11-21T10:00:00Z", scope="market_research")

    assert (result.recorded, result.rejected) == (1, 1)
    assert "consent_change_rejected:OptInMarketResearch" in result.warning_counts
    assert state_of(ledger.history(UUID(BOB))).consents["market_research"] != "given"


def test_a_contact_or_an_end_ahead_is_kept_and_decides_nothing(ledger: Ledger, tmp_path: Path):
    person = imported(ledger, tmp_path, sample("customers", DateOfTermination="2199-12-31T00:00:00Z"))
    contact = sample("interactions", CustomerId=BOB, DateandTimeOfInteraction="2106-01-01T00:00:00Z")
    met = imported(ledger, tmp_path, contact, of="interactions")
    events = [entry.facts for entry in ledger.history(UUID(BOB))]

    assert person.warning_counts["future_date:DateOfTermination"] == 1
    assert met.warning_counts["future_date:DateandTimeOfInteraction"] == 1
    assert not any(b"2106" in facts or b"2199" in facts for facts in events)
    assert not state_of(ledger.history(UUID(BOB))).ended


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1985-03-02T00:00:00Z", "1985-03-02"),
        ("1985-03-02T00:00:00", "1985-03-02"),
        ("1985-03-02", "1985-03-02"),
        ("/Date(478569600000)/", "1985-03-02"),
        ("/Date(489020400000)/", "1985-07-01"),  # midnight of a summer day in London is 23:00 of the day before in UTC
        ("/Date(489020400000+0100)/", "1985-07-01"),
    ],
)
def test_an_instant_of_dot_net_that_stands_for_a_birthday_is_that_birthday(written: str, day: str):
    checked = check(COLLECTIONS["customers"], sample("customers", DateofBirth=written))
    assert isinstance(checked, Checked)
    assert checked.values["DateofBirth"] == day


@pytest.mark.parametrize("written", ["9999-12-31T23:59:59.9999999", "0001-01-01T00:00:00Z"])
def test_a_birthday_that_dot_net_has_no_value_for_is_none(written: str):
    checked = check(COLLECTIONS["customers"], sample("customers", DateofBirth=written))
    assert isinstance(checked, Checked)
    assert "DateofBirth" not in checked.values


def test_a_document_recorded_before_the_bounds_stays_a_repeat(ledger: Ledger, tmp_path: Path, clock: Any):
    """As if it had been recorded when nothing refused a date ahead."""
    document = sample("customers", _ts=later(days=900))
    clock.time += timedelta(days=1_000)
    assert imported(ledger, tmp_path, document).recorded == 1
    clock.time -= timedelta(days=1_000)
    assert imported(ledger, tmp_path, document).duplicates == 1


def test_a_birth_date_of_a_command_is_a_date():
    for text in ("15/06/2011", "2011-6-15", "15.06.11", "20110615", "2011-06-15T00:00:00Z", "1899-12-31"):
        with pytest.raises(Malformed, match="date_of_birth"):
            read_command(command("register-customer", BOB, at="2026-11-21T10:00:00Z", values={"date_of_birth": text}))


def test_a_line_of_no_known_person_keeps_its_spelling():
    found = read_line(b'{"id": "no guid", "_ts": 1, "_etag": "x"}', file="f", number=1, collection=COLLECTIONS["goals"])
    assert not isinstance(found, Problem)
    assert found.id == "no guid"
