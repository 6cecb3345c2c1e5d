"""Recording by HTTP: one command, many lines, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.entries import LONGEST_BODY_BYTES
from ledger import errors
from tests.doors.http_door.doors import NDJSON, SECRET, UNKNOWN, command, is_problem


def test_a_command_is_recorded_with_201_and_its_positions(doors):
    body = command()
    answer = doors.post("/v1/entries", body)

    assert answer.status_code == 201
    place = doors.begun + 1
    assert answer.json() == {
        "command_id": body["id"], "first_position": place, "last_position": place, "repeated": False,
    }  # fmt: skip


def test_the_same_command_again_gets_200_and_the_same_positions(doors):
    body = command()
    first = doors.post("/v1/entries", body).json()
    again = doors.post("/v1/entries", body)

    assert again.status_code == 200
    assert again.json() == {**first, "repeated": True}
    assert doors.head() == doors.begun + 1


def test_a_command_id_with_other_content_is_a_conflict_that_names_its_rule(doors, customer):
    body = command("end-service", customer_id=customer)
    doors.post("/v1/entries", body)

    said = is_problem(doors.post("/v1/entries", {**body, "reason": 3}), 409)

    assert said["rule_id"] == "LEDG-21"
    assert said["type"] == "/problems/LEDG-21"


def test_an_auditor_changes_nothing(quiet):
    is_problem(quiet.post("/v1/entries", command(), role="auditor"), 403)


def test_a_customer_nobody_registered_cannot_be_written_about(quiet):
    said = is_problem(quiet.post("/v1/entries", command("end-service", customer_id=UNKNOWN)), 422)

    assert said["rule_id"] == "TRACE-02"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "make-tea"}, None),
        ({"type": None}, None),
        ({"type": ["register-customer"]}, None),
        ({"id": "7"}, "id"),
        ({"id": None}, "id"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-02-30T09:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2026-01-05T09:00:00"}, "occurred_at"),
        ({"occurred_at": "2999-01-05T09:00:00Z"}, None),
        ({"customer_id": "nobody"}, "customer_id"),
        ({"values": "text"}, "values"),
        ({"values": None}, "values"),
        ({"organisation": 1.5}, "organisation"),
        ({"nickname": "Bob"}, None),
        ({"organisation": "zero \u0000 byte"}, None),
        ({"values": {"a": "\u0000"}}, None),
        ({"values": {"a": 1.5}}, None),
        ({"values": {"a": 2**60}}, None),
        ({"values": json.loads("[" * 300 + "]" * 300)}, "values"),
        ({"values": {"a": json.loads("[" * 300 + "]" * 300)}}, None),
        ({"values": {"a": json.loads("[" * 900 + "]" * 900)}}, None),
    ],
)
def test_a_malformed_command_is_refused_with_its_field_and_never_its_value(quiet, change, field):
    answer = quiet.post("/v1/entries", {**command(), **change})

    said = is_problem(answer, 422)
    if field is not None:
        assert said["field"] == field
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'"text"', b"\xff\xfe", b'{"a": NaN}', b"[" * 5000, b'{"a": "\\ud800"}']
)
def test_a_body_that_is_not_a_json_object_is_a_400(quiet, body):
    headers = {**quiet.headers("case-worker"), "Content-Type": "application/json"}

    is_problem(quiet.client.post("/v1/entries", content=body, headers=headers), 400)


def test_a_body_of_another_media_type_is_a_415(quiet):
    headers = {**quiet.headers("case-worker"), "Content-Type": "text/csv"}

    is_problem(quiet.client.post("/v1/entries", content=b"a,b", headers=headers), 415)


def test_a_body_that_is_too_large_is_a_413(quiet):
    headers = {**quiet.headers("case-worker"), "Content-Type": NDJSON}

    is_problem(quiet.client.post("/v1/entries", content=b" " * (LONGEST_BODY_BYTES + 1), headers=headers), 413)


def test_each_line_of_ndjson_has_an_outcome_and_the_counts_add_up(doors):
    good = command()
    lines = [json.dumps(good).encode(), b"{", b"", json.dumps(good).encode(), json.dumps(command("frob")).encode()]

    answer = doors.lines(*lines)

    assert answer.status_code == 200
    said = answer.json()
    assert (said["read"], said["recorded"], said["repeated"], said["refused"]) == (4, 1, 1, 2)
    assert [(one["line"], one["outcome"]) for one in said["results"]] == [
        (1, "recorded"),
        (2, "refused"),
        (4, "repeated"),
        (5, "refused"),
    ]
    assert said["results"][1]["problem"]["status"] == 400
    assert SECRET not in answer.text


@given(st.lists(st.sampled_from([b"{", b"", b"[]", b"{}", b'{"type":"x"}', b"\xff"]), max_size=12))
def test_no_lines_whatever_make_the_counts_not_add_up(lines):
    from api.entries import record_lines, texts_of
    from ledger.caller import Caller

    class Nothing:
        def record(self, said: dict[str, Any], by: Caller) -> None:
            raise errors.Malformed

    by = Caller(role="auditor", organisation="controller", subject="a", operator=True)
    texts = texts_of(b"\n".join(lines), most=100)
    outcomes = list(record_lines(Nothing(), texts, by, source="nowhere"))  # type: ignore[arg-type]

    assert [one.line for one in outcomes] == [number for number, line in enumerate(lines, 1) if line]
    assert {one.word for one in outcomes} <= {"refused"}
