"""Rights requests through the public commands: clocks, holds, what is withheld, and what was known when."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from ledger.calendars import england_and_wales
from ledger.caller import Caller
from ledger.errors import (
    AlreadyDone,
    Held,
    Malformed,
    NotAllowed,
    NotDue,
    NotOfThisKind,
    NotRegistered,
    RequestIsClosed,
    UnknownCustomer,
    UnknownReference,
    UnknownRequest,
)
from ledger.recording import Ledger
from ledger.state.replay import event_of
from projections import runner
from projections.requests import read as requests
from projections.requests.read import Wanted
from projections.retention import read as retention
from tests.commands import give
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock

CALENDAR = england_and_wales()
CONTRACTOR = Caller(role="contractor", organisation="0000000777", subject="adviser nine")
LATER = date(2030, 1, 1)
FACTORS = {
    "type_of_information": "an opinion about the customer",
    "duty_of_confidentiality": "none was promised",
    "steps_to_seek_consent": "asked by letter",
    "capability_to_consent": "capable",
    "express_refusal": "none",
}


@pytest.fixture(autouse=True)
def _time_enough(clock: Clock) -> None:
    """The vectors reach into 2028, and nothing may be recorded before it happened."""
    clock.time = datetime(2029, 6, 1, 9, 0, tzinfo=UTC)


Step = Callable[..., None]


@pytest.fixture
def step(ledger: Ledger) -> Step:
    """Record one step of a request: `step("ask-identity", request, "2026-09-05", reason="…")`."""

    def one(type_: str, request: uuid.UUID, day: str, *, by: Caller = CASE_WORKER, **fields: Any) -> None:
        at = day if "T" in day else f"{day}T10:00:00Z"
        give(ledger, type_, by=by, at=at, request_id=str(request), **fields)

    return one


@pytest.fixture
def views(database: str) -> Iterator[psycopg.Connection[Any]]:
    with runner.connect(database) as connection:
        yield connection


See = Callable[..., dict[str, Any]]


@pytest.fixture
def see(views: psycopg.Connection[Any]) -> See:
    def one(request: uuid.UUID, on: date = LATER, **more: Any) -> dict[str, Any]:
        runner.catch_up(views)
        seen = requests.file(views, request, on=on, calendar=CALENDAR, **more)
        assert seen is not None
        return seen.as_json()

    return one


def asked(step: Step, customer: uuid.UUID | None, day: str, kind: str = "access", **said: Any) -> uuid.UUID:
    request = uuid.uuid4()
    named = {} if customer is None else {"customer_id": str(customer)}
    step("receive-request", request, day, kind=kind, **named, **said)
    return request


def found_in(ledger: Ledger, request: uuid.UUID) -> list[str]:
    made: list[Any] = [event_of(one) for one in ledger.history(request) if one.type == "finding-raised"]
    return [event.rule for event in made]


def clarified(step: Step, request: uuid.UUID, first: str, last: str | None) -> None:
    number = str(uuid.uuid4())
    step(
        "ask-clarification", request, first,
        clarification_id=number, reason="very many records", question="Which years?",
    )  # fmt: skip
    if last is not None:
        step("receive-clarification", request, last, clarification_id=number, answer="All of them.")


def identified(step: Step, request: uuid.UUID, first: str, last: str, **said: Any) -> None:
    step("ask-identity", request, first, reason="the address is not the one on record")
    step("confirm-identity", request, last, method="three details of the record", **said)


# The vectors of the clocks.


@pytest.mark.parametrize(
    ("vector", "received", "due"),
    [
        ("V-SAR-01", "2026-09-03", "2026-10-05"),
        ("V-SAR-02", "2024-11-25", "2024-12-27"),
        ("V-SAR-03", "2026-01-31", "2026-03-02"),
        ("V-SAR-04", "2028-01-31", "2028-02-29"),
        ("V-SAR-05", "2026-11-25", "2026-12-29"),
        ("V-SAR-12", "2027-02-28", "2027-03-30"),
    ],
)
def test_a_request_is_due_one_month_after_receipt_law_clk_01(
    vector: str, received: str, due: str, *, step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, received)

    assert see(request)["due_on"] == due, vector


def test_v_sar_06_an_extended_request_is_due_three_months_after_receipt(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-01-31")
    step("extend-time", request, "2026-02-20", ground="complexity", reason="records of four contractors")

    seen = see(request)

    assert seen["due_on"] == "2026-04-30"
    assert seen["told_due_on"] == "2026-04-30"
    assert seen["findings"] == []


def test_v_sar_07_the_month_begins_when_the_identity_information_comes_law_clk_02(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    identified(step, request, "2026-09-04", "2026-09-17")

    assert see(request)["due_on"] == "2026-10-19"
    assert see(request)["clock"]["relevant_on"] == "2026-09-17"


def test_the_month_begins_when_the_information_came_not_when_somebody_looked_at_it_law_clk_02(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    identified(step, request, "2026-09-04", "2026-09-25", received_on="2026-09-17")

    assert see(request)["clock"]["relevant_on"] == "2026-09-17"


def test_the_month_begins_when_the_fee_is_paid_law_clk_02(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03", kind="rectification")
    step("ask-fee", request, "2026-09-04", amount_pence=1000, reason="the third request this month")
    assert see(request, date(2026, 9, 10))["state"] == "waiting"
    step("confirm-fee", request, "2026-09-17")

    assert see(request)["due_on"] == "2026-10-19"


def test_what_never_came_had_not_come_when_the_request_was_refused_law_clk_02(
    step: Step, see: See, ledger: Ledger, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-07-01")
    step("ask-identity", request, "2026-07-03", reason="the address is not the one on record")
    assert see(request, date(2026, 9, 10))["due_on"] == "2026-10-12"
    step("refuse-request", request, "2026-09-10", provision="NOT-IDENTIFIED", reason="r", decided_by="o",
         routes=["controller", "commissioner", "court"])  # fmt: skip

    seen = see(request)
    assert (seen["state"], seen["due_on"], seen["late"], seen["waiting_for"]) == ("refused", "2026-10-12", False, [])
    assert found_in(ledger, request) == []


@pytest.mark.parametrize("order", [("ask", "confirm"), ("confirm", "ask")])
def test_identity_counts_by_when_it_was_asked_and_came_in_whatever_order_it_is_recorded_law_clk_02(
    order: tuple[str, ...], step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    for happening in order:
        if happening == "ask":
            step("ask-identity", request, "2026-09-04", reason="the address is not the one on record")
        else:
            step("confirm-identity", request, "2026-09-17", method="three details of the record")

    seen = see(request, date(2027, 6, 1))
    assert (seen["state"], seen["due_on"], seen["late"]) == ("open", "2026-10-19", True)
    assert seen["restarted_on"] == ["2026-09-17"]


@pytest.mark.parametrize(("asked_on", "due_on"), [("2026-10-05", "2026-11-09"), ("2026-10-06", "2026-10-05")])
def test_asking_for_identity_after_the_last_day_does_not_undo_that_the_answer_is_late_law_clk_07(
    step: Step, see: See, customer: uuid.UUID, asked_on: str, due_on: str
) -> None:
    request = asked(step, customer, "2026-09-03")  # the last day is 5 October
    step("ask-identity", request, asked_on, reason="the address is not the one on record")
    step("confirm-identity", request, "2026-10-08", method="three details of the record")
    step("send-response", request, "2026-10-20", outcome="granted")

    seen, late = see(request), asked_on > "2026-10-05"
    assert (seen["due_on"], seen["late"]) == (due_on, late)
    assert [one["rule"] for one in seen["findings"]] == ["SAR-09"] * late


def test_v_sar_08_the_days_of_a_clarification_do_not_count_and_are_shown(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    clarified(step, request, "2026-09-10", "2026-09-17")

    seen = see(request)

    assert seen["due_on"] == "2026-10-12"
    assert seen["clock"]["uncounted"] == [{"from": "2026-09-10", "to": "2026-09-17", "days": 8}]
    assert seen["calendar"]["digest"] == CALENDAR.digest


def test_v_sar_09_two_clarifications_at_once_pause_for_their_union(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    clarified(step, request, "2026-09-10", "2026-09-17")
    clarified(step, request, "2026-09-15", "2026-09-20")

    assert see(request)["due_on"] == "2026-10-14"
    assert see(request)["clock"]["uncounted_days"] == 11


def test_v_sar_10_an_extension_has_a_notice_deadline_of_its_own(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    clarified(step, request, "2026-09-10", "2026-09-17")
    step("extend-time", request, "2026-10-12", ground="complexity", reason="records of four contractors")

    seen = see(request)

    assert seen["due_on"] == "2026-12-11"
    assert seen["clock"]["extension_notice_due_on"] == "2026-10-12"


def test_v_sar_11_a_clarification_of_an_erasure_request_pauses_nothing(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03", kind="erasure")
    clarified(step, request, "2026-09-10", "2026-09-17")

    assert see(request)["due_on"] == "2026-10-05"
    assert see(request)["clock"]["uncounted"] == []


def test_v_sar_13_staff_work_to_a_target_one_day_before_the_statutory_limit(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-01")
    clarified(step, request, "2026-09-08", "2026-09-15")

    assert (see(request)["due_on"], see(request)["target_on"]) == ("2026-10-09", "2026-10-08")


@pytest.mark.parametrize(
    ("vector", "received", "due"), [("V-CMP-01", "2026-06-19", "2026-07-20"), ("V-CMP-02", "2026-11-26", "2026-12-29")]
)
def test_a_complaint_is_acknowledged_within_30_days_law_clk_10(
    vector: str, received: str, due: str, *, step: Step, see: See, customer: uuid.UUID
) -> None:
    complaint = asked(step, customer, received, kind="complaint")

    seen = see(complaint, date.fromisoformat(due))
    assert (seen["due_on"], seen["late"]) == (due, False), vector

    step("acknowledge-request", complaint, due)
    after = see(complaint)
    assert (after["late"], after["findings"], after["rule"]) == (False, [], "LAW-CLK-11")


def test_a_clarification_pauses_no_request_received_before_the_law_knew_pauses(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-02-04")
    clarified(step, request, "2026-02-10", "2026-02-17")

    assert see(request)["due_on"] == "2026-03-04"


def test_a_complaint_from_before_section_164a_has_no_day_for_its_acknowledgement(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    complaint = asked(step, customer, "2026-06-18", kind="complaint")

    assert see(complaint)["due_on"] is None
    assert see(complaint)["late"] is False


def test_an_unanswered_clarification_keeps_the_request_paused(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    clarified(step, request, "2026-09-10", None)

    seen = see(request, date(2026, 11, 2))

    assert (seen["state"], seen["late"], seen["due_on"]) == ("paused", False, "2026-11-26")


# What is recorded although it broke a rule.


def test_a_late_notice_of_extension_is_recorded_with_its_finding_and_extends_nothing_law_clk_06(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    step("extend-time", request, "2026-10-06", ground="complexity", reason="records of four contractors")

    seen = see(request)

    assert seen["due_on"] == "2026-10-05"
    assert [(one["rule"], one["severity"]) for one in seen["findings"]] == [("LAW-CLK-06", "S2")]
    assert seen["late"] is True


def test_a_late_answer_is_recorded_with_its_finding_sar_09(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    step("send-response", request, "2026-10-06", outcome="granted")

    seen = see(request)

    assert (seen["state"], seen["late"], seen["closed_on"]) == ("answered", True, "2026-10-06")
    assert [one["rule"] for one in seen["findings"]] == ["SAR-09"]
    assert seen["steps"][-1]["facts"]["due_on"] == "2026-10-05"
    assert seen["steps"][-1]["facts"]["calendar"] == CALENDAR.label


def test_an_answer_on_the_last_day_is_in_time(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    step("send-response", request, "2026-10-05T22:59:59Z", outcome="granted")

    assert see(request)["late"] is False
    assert see(request)["findings"] == []


def test_the_day_ends_at_midnight_in_london(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    step("send-response", request, "2026-10-05T23:00:00Z", outcome="granted")

    assert see(request)["late"] is True


def test_a_refusal_that_names_no_route_of_complaint_is_recorded_with_its_finding_law_clk_08(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03", kind="erasure")
    step(
        "refuse-request", request, "2026-09-20", provision="ART-17-3", reason="still needed", decided_by="officer two",
        routes=["controller", "commissioner"],
    )  # fmt: skip

    assert [one["rule"] for one in see(request)["findings"]] == ["LAW-CLK-08"]


def test_a_refusal_that_names_every_route_of_complaint_has_no_finding(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03", kind="erasure")
    step(
        "refuse-request", request, "2026-09-20", provision="ART-17-3", reason="still needed", decided_by="officer two",
        routes=["controller", "commissioner", "court"],
    )  # fmt: skip

    assert see(request)["findings"] == []
    assert see(request)["state"] == "refused"


def test_a_late_acknowledgement_of_a_complaint_is_recorded_with_its_finding_law_clk_10(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    complaint = asked(step, customer, "2026-06-19", kind="complaint")
    step("acknowledge-request", complaint, "2026-07-21")
    step("send-response", complaint, "2026-09-01", outcome="not_upheld")

    assert [one["rule"] for one in see(complaint)["findings"]] == ["LAW-CLK-10"]


def test_an_acknowledgement_keyed_after_the_answer_is_recorded_with_no_second_finding_law_clk_10(
    step: Step, see: See, ledger: Ledger, customer: uuid.UUID
) -> None:
    for acknowledged in ("2026-07-02", "2026-08-20"):  # in time and late
        request = asked(step, customer, "2026-07-01", kind="complaint")
        step("send-response", request, "2026-09-01", outcome="granted")
        step("acknowledge-request", request, acknowledged)

        seen = see(request)
        assert (seen["state"], seen["late"]) == ("answered", acknowledged > "2026-07-31")
        assert found_in(ledger, request) == ["LAW-CLK-10"]
        with pytest.raises(AlreadyDone):
            step("acknowledge-request", request, "2026-07-03")
    request = asked(step, customer, "2026-07-01", kind="complaint")
    step("withdraw-request", request, "2026-09-01")
    with pytest.raises(RequestIsClosed):
        step("acknowledge-request", request, "2026-09-02")
    step("acknowledge-request", request, "2026-08-20")
    assert found_in(ledger, request) == ["LAW-CLK-10"]
    objection = asked(step, customer, "2026-08-01", kind="objection")
    step("send-response", objection, "2026-08-10", outcome="granted")
    step("acknowledge-request", objection, "2026-08-02")
    assert [one.type for one in ledger.history(customer)].count("objection-decided") == 1


def test_a_caller_can_neither_claim_nor_deny_a_finding_ledg_04(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    for name, value in (("findings", []), ("late", False), ("due_on", "2027-01-01"), ("calendar", "mine")):
        with pytest.raises(Malformed, match=name):
            step("send-response", request, "2026-10-06", outcome="granted", **{name: value})


# What a person was told, and what was known when.


def test_what_a_person_was_told_stays_as_it_was_told_when_the_clock_moves_ledg_17(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    step("acknowledge-request", request, "2026-09-04", channel="letter")
    clarified(step, request, "2026-09-10", "2026-09-17")

    assert see(request)["told_due_on"] == "2026-10-05"
    assert see(request)["due_on"] == "2026-10-12"


def test_the_deadline_as_known_on_a_day_takes_only_what_had_been_recorded_by_then(
    step: Step, see: See, clock: Clock, customer: uuid.UUID
) -> None:
    clock.time = datetime(2026, 9, 3, 12, 0, tzinfo=UTC)
    request = asked(step, customer, "2026-09-03")
    clock.time = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
    clarified(step, request, "2026-09-10", "2026-09-17")  # happened in September, known in October

    assert see(request, known_on=date(2026, 9, 20))["due_on"] == "2026-10-05"
    assert see(request, known_on=date(2026, 10, 1))["due_on"] == "2026-10-12"


def test_a_request_nobody_had_recorded_yet_was_not_known(
    step: Step, views: psycopg.Connection[Any], clock: Clock, customer: uuid.UUID
) -> None:
    clock.time = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
    request = asked(step, customer, "2026-09-03")
    runner.catch_up(views)

    assert requests.file(views, request, on=LATER, calendar=CALENDAR, known_on=date(2026, 9, 8)) is None


# The hold of an access request (DPA 2018 s.173).


def holds(views: psycopg.Connection[Any], customer: uuid.UUID) -> list[tuple[str, bool]]:
    runner.catch_up(views)
    return [(hold.code, hold.lifted_at is None) for hold in retention.holds(views, customer)]


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


# What is withheld.


def test_each_item_withheld_names_provision_extent_reason_decider_and_what_the_person_is_told_sar_11(
    step: Step, see: See, ledger: Ledger, record: Any, customer: uuid.UUID
) -> None:
    for plan in ("plan-7", "plan-8"):
        record("keep-record", customer, collection="actionplans", record_id=plan, values={"note": "Invented words"})
    request = asked(step, customer, "2026-09-03")
    step(
        "withhold-item", request, "2026-09-20", provision="EX-19", record_id="plan-7", items=["note"],
        extent="the second sentence", reason="advice on a dispute", decided_by="officer two",
        told="Legal advice was left out.", review_on="2027-03-01",
    )  # fmt: skip
    step(
        "decide-third-party", request, "2026-09-20", outcome="redact", record_id="plan-8", items=["note"],
        consented=False, person="another customer", decided_by="officer two", told="A name was blacked out.", **FACTORS,
    )  # fmt: skip
    step("prepare-report", request, "2026-09-21", digest="a" * 64, format="html")

    assert see(request)["steps"][-1]["facts"]["withheld"] == 2
    opened = list(ledger.unsealed(request).values())
    assert opened[0] == {
        "extent": "the second sentence", "reason": "advice on a dispute", "decided_by": "officer two",
        "told": "Legal advice was left out.",
    }  # fmt: skip
    assert opened[1].keys() >= FACTORS.keys()


def test_nothing_sealed_stands_in_the_facts_of_a_request(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03", asked="SECRET words", requester={"name": "SECRET name"})
    identified(step, request, "2026-09-04", "2026-09-05")

    assert "SECRET" not in str(see(request))
    assert "address" not in str(see(request))


@pytest.mark.parametrize("factor", FACTORS)
def test_a_decision_about_another_person_considers_all_five_factors(
    factor: str, step: Step, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    four = {name: value for name, value in FACTORS.items() if name != factor}

    with pytest.raises(Malformed, match=factor):
        step(
            "decide-third-party", request, "2026-09-20", outcome="redact", record_id="plan-8",
            decided_by="officer two", told="A name was blacked out.", **four,
        )  # fmt: skip


def test_there_are_no_blanket_exemptions(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(Malformed, match="blanket"):
        step(
            "withhold-item", request, "2026-09-20", provision="EX-19", extent="all", reason="advice",
            decided_by="officer two", told="Legal advice was left out.",
        )  # fmt: skip


def test_the_report_that_is_sent_is_one_that_was_prepared(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    step("prepare-report", request, "2026-09-21", digest="a" * 64)

    with pytest.raises(UnknownReference):
        step("send-response", request, "2026-09-22", outcome="granted", digest="b" * 64)
    step("send-response", request, "2026-09-22", outcome="granted", digest="a" * 64)


# What is refused, and who may do what.


def test_a_contractor_who_receives_a_request_starts_its_clock_and_cannot_answer_it_sar_01(
    step: Step, see: See, customer: uuid.UUID
) -> None:
    request = uuid.uuid4()
    step("receive-request", request, "2026-09-03", by=CONTRACTOR, kind="access", customer_id=str(customer))

    assert see(request)["organisation"] == "0000000777"
    with pytest.raises(NotAllowed):
        step("send-response", request, "2026-09-10", by=CONTRACTOR, outcome="granted")


def test_a_closed_request_has_no_more_steps(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    step("withdraw-request", request, "2026-09-04")

    with pytest.raises(RequestIsClosed):
        step("send-response", request, "2026-09-10", outcome="granted")


def test_a_step_of_a_request_nobody_made_is_refused(step: Step, customer: uuid.UUID) -> None:
    with pytest.raises(UnknownRequest):
        step("ask-identity", uuid.uuid4(), "2026-09-10", reason="doubt")
    with pytest.raises(UnknownRequest):
        step("ask-identity", customer, "2026-09-10", reason="doubt")


def test_a_request_is_received_once_and_never_under_a_customers_number(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(AlreadyDone):
        step("receive-request", request, "2026-09-04", kind="access")
    with pytest.raises(UnknownRequest):
        step("receive-request", customer, "2026-09-04", kind="access")


def test_a_customers_command_cannot_be_given_to_a_request(step: Step, record: Any, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(NotRegistered):
        record("register-customer", request, values={"given_name": "Sam"})


def test_a_request_about_somebody_unknown_is_refused_until_the_name_is_left_out(step: Step) -> None:
    with pytest.raises(UnknownCustomer):
        asked(step, uuid.uuid4(), "2026-09-03")
    asked(step, None, "2026-09-03")


@pytest.mark.parametrize(
    ("type_", "said", "refusal"),
    [
        ("extend-time", {"ground": "holidays", "reason": "r"}, Malformed),
        ("withhold-item", {"provision": "EX-99", "items": ["a"]}, Malformed),
        ("prepare-report", {"digest": "short"}, Malformed),
        ("send-response", {"outcome": "perhaps"}, Malformed),
        ("refuse-request", {"provision": "NO-REASON", "reason": "r", "decided_by": "o"}, Malformed),
        ("receive-clarification", {"clarification_id": "none"}, UnknownReference),
        ("confirm-fee", {}, UnknownReference),
        ("ask-fee", {"amount_pence": -1, "reason": "r"}, Malformed),
        ("ask-identity", {}, Malformed),
        ("ask-clarification", {"question": "Which years?"}, Malformed),
    ],
)
def test_a_step_that_cannot_be_read_or_contradicts_the_request_is_refused(
    type_: str, said: dict[str, Any], refusal: type[Exception], step: Step, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    filled = {"extent": "e", "reason": "r", "decided_by": "o", "told": "t"} if type_ == "withhold-item" else {}

    with pytest.raises(refusal):
        step(type_, request, "2026-09-10", **filled, **said)


@pytest.mark.parametrize("type_", ["withhold-item", "prepare-report"])
def test_only_an_answer_with_a_copy_has_items_to_leave_out(type_: str, step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03", kind="erasure")
    said: dict[str, dict[str, Any]] = {
        "withhold-item": {
            "provision": "EX-19", "items": ["note"], "extent": "all of it", "reason": "advice", "decided_by": "o",
            "told": "t",
        },
        "prepare-report": {"digest": "a" * 64},
    }  # fmt: skip

    with pytest.raises(NotOfThisKind):
        step(type_, request, "2026-09-10", **said[type_])


def test_a_complaint_cannot_be_extended(step: Step, customer: uuid.UUID) -> None:
    complaint = asked(step, customer, "2026-09-03", kind="complaint")

    with pytest.raises(NotOfThisKind):
        step("extend-time", complaint, "2026-09-10", ground="complexity", reason="r")


def test_no_step_lies_before_the_request(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(Malformed):
        step("send-response", request, "2026-09-02", outcome="granted")


def test_the_same_command_again_places_no_second_hold_ledg_21(ledger: Ledger, customer: uuid.UUID) -> None:
    body = {
        "id": str(uuid.uuid4()), "type": "receive-request", "occurred_at": "2026-09-03T10:00:00Z", "kind": "access",
        "customer_id": str(customer),
    }  # fmt: skip

    first, again = ledger.record(dict(body), CASE_WORKER), ledger.record(dict(body), CASE_WORKER)

    assert (again.first, again.last, again.repeated) == (first.first, first.last, True)
    assert [entry.type for entry in ledger.history(customer)].count("hold-placed") == 1


# The list, and the file after the request is closed.


def test_the_list_can_be_narrowed_to_what_is_open_late_of_a_kind_or_of_an_organisation(
    step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    late = asked(step, customer, "2026-09-03")
    complaint = asked(step, customer, "2026-10-03", kind="complaint", organisation="0000000777")
    answered = asked(step, customer, "2026-10-04")
    step("send-response", answered, "2026-10-10", outcome="granted")
    runner.catch_up(views)

    def listed(**wanted: Any) -> list[str]:
        rows = requests.page(views, Wanted(**wanted), on=date(2026, 10, 20), calendar=CALENDAR)
        return [str(row.request_id) for row in rows]

    assert listed() == [str(late), str(complaint), str(answered)]
    assert listed(open=True) == [str(late), str(complaint)]
    assert listed(late=True) == [str(late)]
    assert listed(kind="complaint") == [str(complaint)]
    assert listed(organisation="0000000777") == [str(complaint)]
    assert listed(customer_id=uuid.uuid4()) == []


def test_the_list_goes_on_after_a_position(step: Step, views: psycopg.Connection[Any], customer: uuid.UUID) -> None:
    numbers = [str(asked(step, customer, "2026-09-03")) for _ in range(5)]
    runner.catch_up(views)
    seen: list[str] = []
    after = 0
    while page := requests.page(views, Wanted(), on=LATER, calendar=CALENDAR, after=after, limit=2):
        seen += [str(row.request_id) for row in page]
        after = page[-1].position

    assert seen == numbers


def test_requests_are_counted_by_kind_and_complaints_month_by_month_law_clk_12(
    step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    asked(step, customer, "2026-07-03", kind="complaint")
    asked(step, customer, "2026-09-03", kind="complaint")
    asked(step, customer, "2026-09-03")
    answered = asked(step, customer, "2026-07-03", kind="erasure")
    step("send-response", answered, "2026-08-04", outcome="granted")
    runner.catch_up(views)

    counted = {row.kind: row for row in requests.tally(views, on=date(2026, 9, 4), calendar=CALENDAR)}

    assert counted["complaint"].by_month == {"2026-07": 1, "2026-09": 1}
    assert (counted["complaint"].open, counted["complaint"].late) == (2, 1)
    assert counted["access"].open == 1
    assert (counted["erasure"].open, counted["erasure"].closed, counted["erasure"].late) == (0, 1, 1)
    assert counted["portability"].by_month == {}


def file_due(views: psycopg.Connection[Any], request: uuid.UUID, on: date) -> list[dict[str, Any]]:
    runner.catch_up(views)
    return [row.as_json() for row in retention.due_page(views, on) if row.customer_id == request]


def test_the_file_of_a_request_is_kept_six_years_after_it_was_closed_and_then_destroyed_g_09(
    *, step: Step, record: Any, ledger: Ledger, views: psycopg.Connection[Any], see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")
    step("send-response", request, "2019-03-20", outcome="granted", message="Here it is.")
    assert file_due(views, request, date(2025, 3, 19)) == []

    (row,) = file_due(views, request, date(2025, 3, 20))
    assert (row["class"], row["destroy_by"], row["rule"]) == ("rights_request", "2025-03-20", "G-09")
    record(
        "destroy-records", request, by=RECORDS_MANAGER, at="2025-03-20T09:00:00Z", on="2025-03-20", digest="d",
        destroyed=[{"class": row["class"], "part": "", "destroy_by": row["destroy_by"], "rule": row["rule"]}],
    )  # fmt: skip

    assert ledger.unsealed(request) == {}
    assert file_due(views, request, date(2026, 1, 1)) == []
    assert see(request)["state"] == "answered"


def test_the_file_of_an_open_request_is_not_destroyed(step: Step, record: Any, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")

    with pytest.raises(NotDue):
        record(
            "destroy-records", request, by=RECORDS_MANAGER, at="2026-03-20T09:00:00Z", on="2026-03-20", digest="d",
            destroyed=[{"class": "rights_request", "part": "", "destroy_by": "2026-03-20"}],
        )  # fmt: skip


def test_a_request_nobody_closes_is_listed_as_an_exception_and_not_kept_silently_ret_gen_01(
    step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")
    runner.catch_up(views)

    def listed(on: date) -> list[str]:
        rows = retention.exceptions_page(views, on)
        return [row.why for row in rows if row.customer_id == request]

    assert listed(date(2025, 3, 3)) == []
    assert listed(date(2025, 3, 4)) == ["the request was never answered, refused or withdrawn"]
    step("withdraw-request", request, "2025-03-05")
    runner.catch_up(views)
    assert listed(date(2029, 3, 4)) == []


def test_a_hold_on_a_person_holds_the_files_of_their_closed_requests_too(
    step: Step, record: Any, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")
    step("send-response", request, "2019-03-20", outcome="granted")
    record("place-hold", customer, code="HOLD_LEGAL", hold_id="h1", reason="a dispute")

    (row,) = file_due(views, request, date(2025, 3, 20))
    assert row["held_by"] == ["h1"]
    with pytest.raises(Held):
        record(
            "destroy-records", request, by=RECORDS_MANAGER, at="2025-03-20T09:00:00Z", on="2025-03-20", digest="d",
            destroyed=[{"class": "rights_request", "part": "", "destroy_by": row["destroy_by"]}],
        )  # fmt: skip


def test_whoever_reads_the_file_of_a_request_about_nobody_known_is_recorded_in_it(step: Step, ledger: Ledger) -> None:
    request = asked(step, None, "2026-09-03", asked="Everything you hold about me.")
    ledger.record_read(request, CASE_WORKER, purpose="request", route="test", command_id=uuid.uuid4())

    assert event_of(ledger.history(request)[-1]).NAME == "personal-data-read"


def test_an_access_request_is_taken_when_records_of_the_person_were_destroyed_before(
    step: Step, record: Any, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    record(
        "destroy-records", customer, by=RECORDS_MANAGER, at="2026-03-20T09:00:00Z", on="2026-03-20", digest="d",
        destroyed=[{"class": name, "part": "", "destroy_by": "2026-03-20"} for name in ("identity", "service")],
    )  # fmt: skip
    request = asked(step, customer, "2026-09-03")
    step("send-response", request, "2026-09-04", outcome="nothing_held")

    assert holds(views, customer) == [("HOLD_ACCESS_REQUEST", False)]
