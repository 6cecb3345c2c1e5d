"""Requests that broke a rule are recorded with their findings; what a person was told stays."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from ledger.clocks import end_of_day
from ledger.errors import (
    AlreadyDone,
    Malformed,
    RequestIsClosed,
)
from ledger.recording import Ledger
from projections import runner
from projections.known_at import position_at
from projections.requests import read as requests
from tests.casework.rights_requests.steps import CALENDAR, LATER, See, Step, asked, clarified, found_in
from tests.conftest import Clock

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


@pytest.fixture
def in_september(clock: Clock) -> None:
    """The person is registered before the days as of which something is asked: what was recorded later hides it."""
    clock.time = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@pytest.mark.usefixtures("in_september")
def test_the_deadline_as_known_on_a_day_takes_only_what_had_been_recorded_by_then(
    step: Step, see: See, clock: Clock, customer: uuid.UUID
) -> None:
    clock.time = datetime(2026, 9, 3, 12, 0, tzinfo=UTC)
    request = asked(step, customer, "2026-09-03")
    clock.time = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
    clarified(step, request, "2026-09-10", "2026-09-17")  # happened in September, known in October

    assert see(request, known_on=date(2026, 9, 20))["due_on"] == "2026-10-05"
    assert see(request, known_on=date(2026, 10, 1))["due_on"] == "2026-10-12"


@pytest.mark.usefixtures("in_september")
def test_a_request_nobody_had_recorded_yet_was_not_known(
    step: Step, views: psycopg.Connection[Any], clock: Clock, customer: uuid.UUID
) -> None:
    clock.time = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
    request = asked(step, customer, "2026-09-03")
    runner.catch_up(views)

    upto = position_at(views, end_of_day(date(2026, 9, 8)))
    assert requests.file(views, request, on=LATER, calendar=CALENDAR, upto=upto) is None
