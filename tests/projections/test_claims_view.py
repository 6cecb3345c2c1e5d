"""The view of claims: the same however it came about, in one order, and whole in the person's report."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from api import report_page
from api.casework import customers
from ledger.authority.serving import periods_of
from ledger.caller import Caller
from ledger.commands.reader import claims_stream
from ledger.events import ServingBegan, ServingEnded
from projections import runner
from projections.catalogue import view_named
from projections.claims import read
from projections.claims.read import FIRST, Wanted
from tests import composed
from tests.commands import give
from tests.desks import (
    CONTROLLER,
    NHS_ENGLAND,
    NORTH,
    OPERATOR,
    SOUTH,
    Desks,
    of_the_other_programme,
    open_desks,
    served_by_north,
)
from tests.runtimes import Runtimes
from tests.sharing import good

AT = datetime(2026, 11, 22, tzinfo=UTC)
REPORTER = Caller(role="case-worker", organisation="controller-one", subject="report writer one")
VIEW = view_named("claims")


@pytest.fixture
def desks(runtimes: Runtimes) -> Iterator[Desks]:
    with runtimes() as runtime:
        yield open_desks(runtime)


@pytest.fixture
def sam(desks: Desks) -> str:
    return served_by_north(desks.runtime)


def tell(desks: Desks, sam: str) -> list[str]:
    """Three claims: one waits, one is confirmed, one disputed; and somebody else began to serve."""
    made = [
        desks.claimed("correct-record", SOUTH, customer_id=sam, collection="customers",
                      values={"family_name": family})
        for family in ("First", "Second", "Third")
    ]  # fmt: skip
    desks.answered(made[1], sam, NORTH)
    desks.answered(made[2], sam, CONTROLLER, reason="somebody else's name")
    began = ServingBegan(organisation="prime-south", because="identity-shown",
                         served_before=("prime-north", "sub-north"), identifiers=("email",),
                         reason="came to the office")  # fmt: skip
    desks.runtime.ledger.note(uuid.UUID(sam), began, OPERATOR)
    return made


def contents(connection: psycopg.Connection[Any]) -> list[Any]:
    return [sorted(connection.execute(f"SELECT * FROM {table}".encode()).fetchall(), key=repr) for table in VIEW.tables]


def test_the_view_of_claims_is_the_same_in_steps_of_one_and_made_again(desks: Desks, sam: str):
    tell(desks, sam)
    of_the_other_programme(desks.runtime)
    with runner.connect(desks.runtime.conninfo) as connection:
        runner.prepare(connection)
        connection.execute(f"TRUNCATE {', '.join(VIEW.tables)}".encode())
        head = desks.runtime.ledger.recorder.max_notification_id() or 0
        for position in range(head):
            VIEW.apply(connection, after=position, upto=position + 1)
        in_steps = contents(connection)
        assert all(in_steps)
        runner.rebuild(connection, VIEW)
        assert contents(connection) == in_steps


def test_what_each_sender_and_each_reader_is_shown_stands_in_one_order(desks: Desks, sam: str):
    made = tell(desks, sam)
    desks.runtime.project()
    with desks.runtime.projector() as views:  # everybody's rows
        rows = read.page(views, Wanted(), own=["prime-south", "prime-north", "sub-north"], at=AT, after=FIRST, limit=99)
        keys = [(*row.key, row.kind) for row in rows]
        assert keys == sorted(keys)
        assert [str(row.claim_id) for row in rows if row.kind == "claim"] == made
        assert [str(row.claim_id) for row in rows if row.kind == "sent"] == made
        assert [row.organisation for row in rows if row.kind == "notice"] == ["prime-north", "sub-north"]
        assert [row.state for row in rows if row.kind == "claim"] == ["waiting", "confirmed", "disputed"]
        walked, after = [], FIRST
        while page := read.page(views, Wanted(), own=["sub-north"], at=AT, after=after, limit=2):
            walked += page
            after = page[-1].key
        assert [row.kind for row in walked] == ["claim", "claim", "claim", "notice"]


def test_the_report_shows_every_claim_with_what_came_of_it_and_counts_its_entries(desks: Desks, sam: str):
    tell(desks, sam)
    report = composed.report(desks.runtime, uuid.UUID(sam), REPORTER)
    rows = report["claims"]["rows"]
    assert [row["state"] for row in rows] == ["waiting", "confirmed", "disputed"]
    assert [field["text"] for row in rows for field in row["fields"] if field["name"] == "values"] != []
    for family in ("First", "Second", "Third"):
        assert family in json.dumps(rows)
    assert rows[2]["reason"] == "somebody else's name"
    assert {row["reported_by"] for row in rows} == {"prime-south"}
    assert (rows[1]["answered_by"], rows[2]["answered_by"]) == ("A prime", "A controller")
    beside = desks.runtime.ledger.history(claims_stream(uuid.UUID(sam)))
    own = desks.runtime.ledger.history(uuid.UUID(sam))
    assert len(report["claims"]["entries"]) == len(beside)
    assert report["R0"]["entries"] == report["R11"]["entries"] == len(own) + len(beside)
    shown = report_page.render(report)
    assert "Reports about you that had to be confirmed" in shown
    assert "disputed, so it has no effect" in shown
    assert "Third" in shown


def test_the_report_shows_claims_about_the_person_s_requests_and_none_that_name_somebody_else(desks: Desks, sam: str):
    other = served_by_north(desks.runtime)
    request = str(uuid.uuid4())
    desks.post("receive-request", SOUTH, customer_id=sam, kind="access", asked="Everything of Sam.", id=request)
    confirmed = desks.post("confirm-identity", NHS_ENGLAND, request_id=request, customer_id=other, method="seen")
    assert confirmed.json()["waiting"] is True
    [row] = composed.report(desks.runtime, uuid.UUID(sam), REPORTER)["claims"]["rows"]
    assert "Everything of Sam." in json.dumps(row)
    assert other not in json.dumps(row)


def test_what_a_decision_leaves_out_of_the_record_is_left_out_of_the_claims_too(desks: Desks, sam: str):
    ledger, request = desks.runtime.ledger, str(uuid.uuid4())
    give(ledger, "hold-interaction", sam, by=OPERATOR, at="2026-02-02T10:00:00Z", organisation="prime-north",
         channel="telephone", note="a talk")  # fmt: skip
    desks.claimed("hold-interaction", SOUTH, customer_id=sam, channel="telephone", note="Kim Otherperson rang")
    assert "Otherperson" in json.dumps(composed.report(desks.runtime, uuid.UUID(sam), REPORTER)["claims"])
    give(ledger, "receive-request", by=REPORTER, at="2026-11-02T10:00:00Z", request_id=request, kind="access",
         asked="Everything.", customer_id=sam)  # fmt: skip
    give(ledger, "withhold-item", by=REPORTER, at="2026-11-03T10:00:00Z", request_id=request, provision="EX-19",
         items=["note"], extent="all", reason="advice", decided_by="officer two",
         told="Legal advice was left out.")  # fmt: skip
    assert "Otherperson" not in json.dumps(composed.report(desks.runtime, uuid.UUID(sam), REPORTER))


def test_a_subject_line_written_for_several_people_is_left_out_of_a_claim_too(desks: Desks, sam: str):
    desks.claimed("share-data", SOUTH, customer_id=sam, plans_in_share=2,
                  **good("email", subject="Sam and Kim Otherperson"))  # fmt: skip
    assert "Otherperson" not in json.dumps(composed.report(desks.runtime, uuid.UUID(sam), REPORTER))


def test_the_report_says_who_serves_the_person_since_when_and_why(desks: Desks, sam: str):
    tell(desks, sam)
    ended = ServingEnded(organisation="prime-north", because="decided", reason="handed over")
    desks.runtime.ledger.note(uuid.UUID(sam), ended, OPERATOR)
    report = composed.report(desks.runtime, uuid.UUID(sam), REPORTER)
    north, south = report["serving"]["rows"]
    assert (north["because"], north["until"]) == ("it registered you", "22 November 2026")
    assert (south["because"], south["until"]) == ("you showed who you are", None)
    assert (south["identifiers"], south["reason"]) == (["email address"], "came to the office")
    assert "came to the office" in report_page.render(report)
    assert "You are served by prime-south." in report["serving"]["sentence"]


def test_the_report_says_that_an_organisation_served_until_its_last_contract_ended(desks: Desks, sam: str):
    give(desks.runtime.ledger, "end-contract", by=OPERATOR, at="2026-03-31T09:00:00Z", organisation="prime-north",
         contract="contract-1", valid_until="2026-03-31")  # fmt: skip
    section = composed.report(desks.runtime, uuid.UUID(sam), REPORTER)["serving"]
    assert [row["until"] for row in section["rows"]] == ["the end of its contract"]
    assert section["sentence"].startswith("No organisation serves you now.")


def test_the_history_lists_claims_about_the_person_in_the_order_of_the_ledger(desks: Desks, sam: str):
    tell(desks, sam)
    rows = customers.history(desks.runtime, uuid.UUID(sam), REPORTER, route="test")
    positions = [row.position for row in rows]
    assert positions == sorted(positions)
    assert [row.type for row in rows].count("claim-received") == 3
    assert "Third" in str([row.sealed for row in rows])


def test_a_time_of_serving_ends_and_begins_anew_with_the_service(desks: Desks, sam: str):
    give(desks.runtime.ledger, "end-service", sam, by=OPERATOR, at="2026-02-01T09:00:00Z", organisation="prime-north",
         reason=1, audit_minimum={"outcome": "one"})  # fmt: skip
    give(desks.runtime.ledger, "resume-service", sam, by=OPERATOR, at="2026-03-01T09:00:00Z",
         organisation="prime-south")  # fmt: skip
    periods = periods_of(desks.runtime.ledger.history(uuid.UUID(sam)))
    assert [(period.organisation, period.because, period.until is None) for period in periods] == [
        ("prime-north", "registered", False), ("prime-south", "acted", True),
    ]  # fmt: skip
