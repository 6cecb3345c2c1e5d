"""Recording and asking at the command line."""

from __future__ import annotations

import io
import json
import sys
import uuid

import pytest

from api.parameters import moment
from api.routes import examples
from tests.doors.command_line.terminal import SECRET


def standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)), encoding="utf-8"))


# Recording.


def test_commands_again_are_repeated_and_change_nothing(ledger, recorded):
    before = ledger.json("verify")
    again = ledger.json("record", str(recorded))

    assert (again["recorded"], again["repeated"]) == (0, 6)
    assert ledger.json("verify") == before


def test_a_refused_line_is_told_and_does_not_stop_the_lines_after_it(ledger, tmp_path):
    path = tmp_path / "commands.ndjson"
    good = examples.COMMANDS["register"]["value"]
    lines = [json.dumps({**good, "nickname": SECRET}), "{", "", json.dumps(good)]
    path.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = ledger("record", str(path), "--json")
    said = json.loads(out)

    assert code == 2
    assert (said["read"], said["recorded"], said["refused"]) == (3, 1, 2)
    assert [one["line"] for one in said["refusals"]] == [1, 2]
    assert "line 1" in err
    assert err.count("\n") == 1
    assert SECRET not in out.decode() + err


def test_commands_are_taken_from_standard_input_too(ledger, monkeypatch):
    standard_input(monkeypatch, json.dumps(examples.COMMANDS["register"]["value"]).encode())

    assert ledger.json("record", "-")["recorded"] == 1


def test_an_auditor_records_nothing(ledger, tmp_path):
    path = tmp_path / "commands.ndjson"
    path.write_text(json.dumps(examples.COMMANDS["register"]["value"]), encoding="utf-8")

    assert "auditor" in ledger.refused("record", str(path), "--role", "auditor")
    assert ledger.json("verify")["entries"] == 2, "the first controller's registration, and the refused attempt"
    assert [row["role"] for row in ledger.json("attempts")["rows"]] == ["auditor"]


def test_an_import_tells_counts_that_add_up_and_lists_its_rejects(ledger, tmp_path):
    customer = {"_collection": "customers", "document": {"id": str(uuid.uuid4()), "FamilyName": SECRET}}
    path, rejects = tmp_path / "feed.ndjson", tmp_path / "rejects.ndjson"
    path.write_text(json.dumps(customer) + "\nnot json\n", encoding="utf-8")
    result = ledger.json("import", "dss", str(path), "--rejects", str(rejects), code=1)

    assert result["read"] == 2 == result["recorded"] + result["duplicates"] + result["rejected"]
    assert result["rejected"] >= 1
    listed = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert len(listed) == result["rejected"]
    assert {"file", "line", "reason", "field"} == set(listed[0])
    assert SECRET not in rejects.read_text(encoding="utf-8")


# Asking.


def test_a_customer_is_shown_with_the_keys_of_the_contract(ledger, recorded):
    said = ledger.json("customer", examples.CUSTOMER)

    assert {
        *("customer_id", "consents", "last_interaction_at", "service_ended_at", "referrals", "shared_with"),
        *("received_from", "restricted", "holds", "destroyed"),
    } <= set(said)
    assert said["consents"]["market_research"]["state"] == "given"
    assert [one["organisation"] for one in said["shared_with"]] == ["0000000102", "JCP"]


def test_a_customer_is_shown_to_people_as_lines(ledger, recorded):
    code, out, _ = ledger("customer", examples.CUSTOMER)

    assert code == 0
    assert b"service ended at: 2026-06-30T16:00:00Z" in out


def test_a_customer_is_shown_as_of_an_earlier_moment(ledger, recorded):
    assert "at that time" in ledger.refused("customer", examples.CUSTOMER, "--as-of", "2026-01-01")
    assert ledger.json("customer", examples.CUSTOMER, "--as-of", "2100-01-01")["service_ended_at"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-07-01", "2026-07-01T22:59:59.999999+00:00"),
        ("2026-01-01", "2026-01-01T23:59:59.999999+00:00"),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T09:00:00+00:00"),
    ],
)
def test_a_day_means_its_end_in_london(said, meant):
    assert moment(said).isoformat() == meant


def test_asking_is_recorded_before_anything_is_shown(ledger, recorded):
    before = ledger.json("verify")["entries"]
    ledger.json("customer", examples.CUSTOMER)
    last = ledger.json("history", examples.CUSTOMER)["entries"][-2]

    assert ledger.json("verify")["entries"] == before + 2
    assert (last["type"], last["facts"]["route"]) == ("personal-data-read", "ledger customer")


def test_a_customer_is_found_by_what_standard_input_says(ledger, recorded, monkeypatch):
    standard_input(monkeypatch, json.dumps(examples.SEARCHES["name"]["value"]).encode())

    assert [one["customer_id"] for one in ledger.json("search")["customers"]] == [examples.CUSTOMER]


@pytest.mark.parametrize("asked", [b"", b"Robin Example", b"[]", b'{"shoe": "9"}'])
def test_a_search_that_makes_no_sense_is_one_sentence(ledger, monkeypatch, asked):
    standard_input(monkeypatch, asked)

    assert "Robin" not in ledger.refused("search")


def test_the_report_is_json_or_a_page_and_its_file_is_for_its_owner_only(ledger, recorded, tmp_path):
    page = tmp_path / "report.html"
    code, _, err = ledger("sar", examples.CUSTOMER, "--format", "html", "--out", str(page))

    assert code == 0, err
    assert "<html" in page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600
    said = ledger.json("sar", examples.CUSTOMER)
    assert "Sample" not in json.dumps(said)


def test_a_report_that_cannot_be_written_is_one_sentence(ledger, recorded, tmp_path):
    assert "cannot be written" in ledger.refused("sar", examples.CUSTOMER, "--out", str(tmp_path / "no" / "report"))


@pytest.mark.parametrize(("format_", "begins"), [("prov-json", b"{"), ("svg", b"<svg"), ("table", b"")])
def test_provenance_is_shown_in_every_format(ledger, recorded, format_, begins):
    code, out, err = ledger("provenance", examples.CUSTOMER, "--format", format_)

    assert code == 0, err
    assert out.lstrip().startswith(begins)
    assert out.strip()


def test_consents_are_written_as_records_and_as_linked_data(ledger, recorded):
    [record] = ledger.json("consents", examples.CUSTOMER)["records"]
    code, out, err = ledger("consents", examples.CUSTOMER, "--format", "json-ld")

    assert code == 0, err
    assert json.loads(out)["@graph"][0]["dct:identifier"] == record["record_id"]


def test_a_portable_copy_as_csv_is_a_file_for_oneself_and_says_beside_it_that_something_is_left_out(
    ledger, recorded, tmp_path
):
    file = tmp_path / "copy.csv"
    code, _, err = ledger("portable-copy", examples.CUSTOMER, "--format", "csv", "--out", str(file))

    assert code == 0, err
    assert file.read_bytes() == b"\xef\xbb\xbfrecord,collection,field,value,since,basis\r\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "The list is in --format json." in err
    assert ledger.json("portable-copy", examples.CUSTOMER)["left_out"]
