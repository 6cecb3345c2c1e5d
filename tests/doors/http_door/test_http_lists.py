"""Lists by HTTP: their pages, cursors, filters and the events."""

from __future__ import annotations

import json
import uuid
from datetime import date
from typing import Any

import pytest

from api import cursors
from projections.retention import exceptions
from tests.conftest import RECORDS_MANAGER
from tests.doors.http_door.doors import NDJSON, SECRET, UNKNOWN, Doors, command, is_problem, share


def ended(doors: Doors, number: int, organisation: str = "0000000101") -> None:
    """A customer whose payment evidence falls due."""
    body = command(organisation=organisation, occurred_at="2015-01-05T09:00:00Z")
    end = command(
        "end-service",
        customer_id=body["customer_id"],
        organisation=organisation,
        occurred_at=f"2016-{number % 12 + 1:02}-01T09:00:00Z",
        audit_minimum={"outcome": "advised"},
    )
    assert doors.post("/v1/entries", body).status_code == 201
    assert doors.post("/v1/entries", end).status_code == 201


def every_page(doors: Doors, path: str, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = doors.get(path, params={**params, **({"cursor": cursor} if cursor else {})}).json()
        assert len(answer["rows"]) <= params["limit"]
        rows += answer["rows"]
        cursor = answer["next"]
        if cursor is None:
            return rows


def test_the_due_list_in_pages_is_the_due_list(doors):
    for number in range(7):
        ended(doors, number)
    whole = doors.get("/v1/retention/due", params={"on": "2030-01-01"}).json()

    assert whole["on"] == "2030-01-01"
    assert whole["count"] == len(whole["rows"]) > 0
    assert whole["next"] is None
    assert every_page(doors, "/v1/retention/due", on="2030-01-01", limit=2) == whole["rows"]


def test_nothing_is_due_before_anything_happened(doors):
    ended(doors, 1)

    assert doors.get("/v1/retention/due", params={"on": "2010-01-01"}).json()["rows"] == []


def test_the_due_list_says_how_many_have_no_period_by_the_command_line_s_name_too(doors):
    ended(doors, 1)
    said = doors.get("/v1/retention/due", params={"on": "2030-01-01"}).json()

    assert said["exceptions"] == said["exceptions_count"] > 0


def test_all_without_a_period_are_read_page_by_page(doors, runtime, monkeypatch):
    for number in range(5):
        ended(doors, number)
    whole = doors.get("/v1/retention/exceptions", params={"on": "2030-01-01"}).json()["rows"]
    monkeypatch.setattr(exceptions, "ROWS_AT_ONCE", 2)

    with runtime.current_views(RECORDS_MANAGER) as connection:
        assert [row.as_json() for row in exceptions.every_exception(connection, date(2030, 1, 1))] == whole


def test_the_exceptions_in_pages_are_the_exceptions(doors):
    for number in range(5):
        ended(doors, number)
    whole = doors.get("/v1/retention/exceptions", params={"on": "2030-01-01"}).json()["rows"]

    assert whole
    assert every_page(doors, "/v1/retention/exceptions", on="2030-01-01", limit=2) == whole


def test_the_holds_to_review_in_pages_are_the_holds_to_review(doors, customer):
    for number in range(5):
        said = {"hold_id": f"h-{number}", "code": "HOLD_LEGAL", "owner": "legal team", "review_on": "2026-02-01"}
        placed = command("place-hold", customer_id=customer, **said)
        assert doors.post("/v1/entries", placed).status_code == 201
    whole = doors.get("/v1/retention/hold-reviews", params={"on": "2026-02-02"}).json()["rows"]

    assert [(row["hold_id"], row["owner"]) for row in whole] == [(f"h-{number}", "legal team") for number in range(5)]
    assert every_page(doors, "/v1/retention/hold-reviews", on="2026-02-02", limit=2) == whole
    assert doors.get("/v1/retention/hold-reviews", params={"on": "2026-02-01"}).json()["rows"] == []


def test_a_contractor_sees_only_their_own_customers_due(doors):
    ended(doors, 1, "0000000101")
    ended(doors, 2, "0000000102")
    path = "/v1/retention/due?on=2030-01-01"
    everybody, own = doors.get(path).json(), doors.get(path, "contractor", "0000000102").json()

    assert own["count"] == len(own["rows"]) == everybody["count"] // 2 > 0
    assert own["exceptions"] == everybody["exceptions"] // 2 > 0
    assert all(row in everybody["rows"] for row in own["rows"])


def test_who_was_shared_with_jobcentre_plus_is_listed_by_contractor_district_and_day(doors, customer):
    """TRACE-01: from the ledger alone."""
    for number, (by, to, office, day) in enumerate([
        ("0000000101", "JCP", "Testford", "2026-03-01"),
        ("0000000102", "JCP", "Testford", "2026-03-02"),
        ("0000000101", "JCP", "Elsewhere", "2026-03-31"),
        ("0000000101", "someone", "Testford", "2026-03-03"),
    ]):  # fmt: skip
        one = {**share(customer, by), "sent_to": to, "office": office, "share_id": f"s{number}"}
        doors.post("/v1/entries", {**one, "occurred_at": f"{day}T23:30:00Z"})

    def listed(query: str) -> list[str]:
        return [row["share_id"] for row in doors.get(f"/v1/shares?{query}").json()["rows"]]

    assert listed("sent_to=JCP") == ["s0", "s1", "s2"]
    assert listed("sent_to=JCP&sent_by=0000000101") == ["s0", "s2"]
    assert listed("sent_to=JCP&office=Testford") == ["s0", "s1"]
    assert listed("sent_to=JCP&since=2026-03-02&until=2026-03-31") == ["s1"]  # 31 March 23:30 UTC is 1 April in London
    assert listed("sent_to=JCP&until=2026-04-01") == ["s0", "s1", "s2"]
    assert all(row["customer_id"] == customer for row in doors.get("/v1/shares?sent_to=JCP").json()["rows"])
    own = doors.get("/v1/shares?sent_to=JCP", "contractor", "0000000102").json()["rows"]
    assert [row["share_id"] for row in own] == ["s1"]


def test_shares_in_pages_are_the_shares(doors, customer):
    for _ in range(5):
        doors.post("/v1/entries", share(customer, "0000000101"))

    pages = every_page(doors, "/v1/shares", limit=2)
    assert pages == doors.get("/v1/shares").json()["rows"]
    assert len(pages) == 5


ODD = [
    cursors.cursor_of([True, UNKNOWN]),
    cursors.cursor_of(["2026-01-01", 1, "kind\0", ""]),
    cursors.cursor_of(["2026-01-01", UNKNOWN, "class\0", ""]),
]
"""A number that is none, and the character that no text of the database holds."""


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/retention/due", "/v1/retention/exceptions", "/v1/retention/hold-reviews", "/v1/retention/compared"),
        *("/v1/shares", "/v1/requests", "/v1/obligations"),
    ],
)
@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WzEsMl0", "WyJhIiwiYiIsImMiLCJkIl0", "é", *ODD, SECRET])
def test_a_cursor_that_no_list_gave_is_refused(quiet, path, cursor):
    said = is_problem(quiet.get(path, params={"cursor": cursor}), 422)

    assert said["field"] == "cursor"


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/v1/retention/due", "on", "soon"),
        ("/v1/retention/due", "on", "2026-02-30"),
        ("/v1/retention/due", "limit", "0"),
        ("/v1/retention/due", "limit", "1001"),
        ("/v1/retention/compared", "with", "everything"),
        ("/v1/events", "after", "-1"),
        ("/v1/events", "after", str(2**64)),
        ("/v1/events", "after", SECRET),
        ("/v1/shares", "organisation", "x" * 101),
        ("/v1/shares", "organisation", "x\0"),
        ("/v1/findings", "rule", "x\0"),
        ("/v1/obligations", "on", "9999-12-30"),
        ("/v1/requests", "kind", "everything"),
        ("/v1/requests", "state", "ajar"),
        ("/v1/requests", "late", "perhaps"),
        ("/v1/requests", "on", "2199-01-01"),
        ("/v1/requests", "customer_id", SECRET),
    ],
)
def test_a_bad_parameter_is_named_and_its_value_is_not(quiet, path, name, value):
    said = is_problem(quiet.get(path, params={name: value}), 422)

    assert said["field"] == name
    assert value not in said["detail"]


def test_events_are_dense_and_hold_facts_only(doors, customer):
    doors.post("/v1/entries", command("end-service", customer_id=customer))
    answer = doors.get(f"/v1/events?after={doors.begun}")
    entries = [json.loads(line) for line in answer.text.splitlines()]

    assert answer.headers["content-type"] == NDJSON
    assert [entry["position"] for entry in entries] == [doors.begun + 1, doors.begun + 2]
    assert [entry["entry"]["type"] for entry in entries] == ["customer-registered", "service-ended"]
    assert SECRET not in answer.text


def test_the_lines_of_events_are_the_bytes_their_leaf_hashes_are_made_of(doors, customer, runtime):
    import hashlib

    line = doors.get(f"/v1/events?after={doors.begun}").content.splitlines()[0]
    canonical = line.removeprefix(b'{"position":%d,"entry":' % (doors.begun + 1)).removesuffix(b"}")

    [entry] = runtime.ledger.history(uuid.UUID(customer))
    assert hashlib.sha256(b"\x00" + canonical).digest() == entry.leaf


def test_events_are_read_on_from_a_position(doors):
    for _ in range(5):
        doors.post("/v1/entries", command())
    seen, path = [], f"/v1/events?after={doors.begun}&limit=2"
    while path:
        answer = doors.get(path)
        seen += [json.loads(line)["position"] for line in answer.text.splitlines()]
        path = answer.links["next"]["url"] if "link" in answer.headers else ""

    assert seen == [doors.begun + number for number in range(1, 6)]
