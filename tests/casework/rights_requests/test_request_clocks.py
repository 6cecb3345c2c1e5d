"""The clocks of rights requests, by the vectors of the catalogue."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from ledger.recording import Ledger
from tests.casework.rights_requests.steps import CALENDAR, See, Step, asked, clarified, found_in, identified


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
