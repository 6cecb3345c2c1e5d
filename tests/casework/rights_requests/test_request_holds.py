"""An access request holds the person's records (DPA 2018 s.173)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import psycopg
import pytest

from ledger.errors import (
    Held,
)
from ledger.recording import Ledger
from projections import runner
from projections.retention import read as retention
from tests.casework.rights_requests.steps import See, Step, asked, holds, identified
from tests.conftest import RECORDS_MANAGER


def test_an_access_request_holds_the_persons_records_in_the_same_transaction(
    step: Step, ledger: Ledger, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")

    received, held = ledger.history(request)[-1], ledger.history(customer)[-1]
    assert (received.type, held.type) == ("request-received", "hold-placed")
    assert held.position == received.position + 1
    assert held.recorded_at == received.recorded_at
    assert holds(views, customer) == [("HOLD_ACCESS_REQUEST", True)]


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("send-response", {"outcome": "granted"}),
        ("refuse-request", {"provision": "EX-12-5", "reason": "excessive", "decided_by": "officer two"}),
        ("withdraw-request", {}),
    ],
)
def test_closing_an_access_request_lifts_its_hold(
    type_: str, said: dict[str, Any], step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    step(type_, request, "2026-09-20", **said)

    assert holds(views, customer) == [("HOLD_ACCESS_REQUEST", False)]


def test_a_second_open_access_request_keeps_its_own_hold(
    step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    first = asked(step, customer, "2026-09-03")
    asked(step, customer, "2026-09-04")
    step("send-response", first, "2026-09-20", outcome="granted")

    assert sorted(held for _, held in holds(views, customer)) == [False, True]


def test_a_hold_lifted_by_hand_does_not_stop_the_answer(
    step: Step, ledger: Ledger, views: psycopg.Connection[Any], record: Any, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    record("lift-hold", customer, at="2026-09-10T09:00:00Z", hold_id=str(request))
    step("send-response", request, "2026-09-20", outcome="granted")

    assert holds(views, customer) == [("HOLD_ACCESS_REQUEST", False)]
    assert [entry.type for entry in ledger.history(customer)].count("hold-lifted") == 1


@pytest.mark.parametrize("kind", ["rectification", "erasure", "restriction", "portability", "objection", "complaint"])
def test_no_other_kind_of_request_places_a_hold(
    kind: str, step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    asked(step, customer, "2026-09-03", kind=kind)

    assert holds(views, customer) == []


def test_v_ret_07_what_is_due_under_an_open_access_request_is_listed_as_held_and_not_destroyed(
    step: Step, record: Any, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    record("receive-data", customer, at="2019-03-01T09:00:00Z", channel="email", received_from="jcp", note="a note")
    request = asked(step, customer, "2026-09-03")
    runner.catch_up(views)

    due = [row for row in retention.due_page(views, date(2026, 9, 4)) if row.customer_id == customer]

    assert [row.held_by for row in due] == [[str(request)]]
    destroyed = [{"class": row.class_, "part": row.part, "destroy_by": str(row.destroy_by)} for row in due]
    with pytest.raises(Held):
        record(
            "destroy-records", customer, by=RECORDS_MANAGER, at="2026-09-04T09:00:00Z",
            destroyed=destroyed, on="2026-09-04", digest="x",
        )  # fmt: skip


def test_a_request_from_somebody_not_yet_found_holds_their_records_once_they_are(
    step: Step, see: See, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    request = asked(step, None, "2026-09-03", asked="Everything you hold about me.")
    assert see(request)["customer_id"] is None
    identified(step, request, "2026-09-04", "2026-09-17", customer_id=str(customer))

    assert see(request)["customer_id"] == str(customer)
    assert holds(views, customer) == [("HOLD_ACCESS_REQUEST", True)]
