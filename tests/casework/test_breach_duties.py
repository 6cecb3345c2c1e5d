"""Who must hear of a breach besides the regulator: the controller from its contractor, and people at high risk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from api.casework import obligations as answered
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import AlreadyDone, NotLate, UnknownReference
from ledger.rules.catalogue import sentence_of
from projections.findings import read as findings
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock
from tests.sharing import ADVISER, give, good, meet

pytestmark = pytest.mark.usefixtures("registered")

CONTRACTOR = Caller(role="contractor", organisation="prime-north", subject="adviser one")
AWARE = datetime(2026, 3, 27, 16, 30, tzinfo=UTC)  # a Friday, and the clocks go forward on Sunday
WRONG = {"recipient_addresses": ["coach@dwp.gov.uk.example.org"]}


class Breach:
    """One share to a wrong address, and the steps of its assessment."""

    def __init__(self, runtime: Runtime, clock: Clock, *, by: Caller = ADVISER, **changed: Any) -> None:
        self.runtime, self.clock = runtime, clock
        self.sam = meet(runtime.ledger)
        clock.time = AWARE
        said = good("email", **WRONG, became_aware_at="2026-03-27T16:30:00Z", **changed)
        give(runtime.ledger, "share-data", self.sam, at="2026-03-27T16:00:00Z", by=by, **said)
        self.number = self.assessment["assessment_id"]

    @property
    def assessment(self) -> dict[str, Any]:
        with self.runtime.current_views(RECORDS_MANAGER) as connection:
            return findings.breaches(connection)[0].as_json()

    def step(self, type_: str, at: str, *, by: Caller = RECORDS_MANAGER, **said: Any) -> None:
        self.clock.time = datetime.fromisoformat(at)
        give(self.runtime.ledger, type_, self.sam, at=at, by=by, assessment_id=self.number, **said)

    def risk(self, risk: str, at: str) -> None:
        self.step("assess-breach-risk", at, risk=risk, reason="somebody else has the plan")

    def close(self, outcome: str, at: str = "2026-04-20T09:00:00Z") -> None:
        self.step("close-breach-assessment", at, outcome=outcome, reason="looked into")

    def owed(self, kind: str, state: Any = None) -> list[dict[str, Any]]:
        asked = answered.wanted(self.runtime, CASE_WORKER, kind=kind, state=state)
        return [row.as_json() for row in answered.listed(self.runtime, CASE_WORKER, asked, limit=100).rows]

    def found(self) -> list[tuple[str, str, str]]:
        """Rule, severity and what it is about of each finding about who was told."""
        with self.runtime.current_views(RECORDS_MANAGER) as connection:
            rows = [row.finding for row in findings.page(connection, limit=1_000)]
        told = [row for row in rows if row.rule_id.startswith("LAW-CLK")]
        return [(row.rule_id, row.severity, row.subject_type) for row in told]


@pytest.fixture
def breach(runtime: Runtime, clock: Clock) -> Breach:
    return Breach(runtime, clock)


# A contractor tells the controller.


def test_a_contractor_has_24_elapsed_hours_to_tell_the_controller_law_clk_14(breach: Breach):
    [row] = breach.owed("tell-controller")

    assert (row["rule"], row["owner"], row["due_at"]) == ("LAW-CLK-14", "prime-north", "2026-03-28T16:30:00Z")
    assert (row["subject_id"], row["period_is_ours"]) == (breach.number, True)
    assert breach.assessment["controller_due_at"] == "2026-03-28T16:30:00Z"


def test_the_controller_itself_has_nobody_to_tell_law_clk_14(runtime: Runtime, clock: Clock):
    of_controller = Breach(runtime, clock, sent_by="controller-one")

    assert of_controller.owed("tell-controller") == []
    assert len(of_controller.owed("assess-breach")) == 1


def test_a_contractor_has_24_hours_too_when_a_finding_is_judged_grave_only_later_law_clk_14(
    runtime: Runtime, clock: Clock
):
    sam = meet(runtime.ledger)
    clock.time = AWARE
    give(runtime.ledger, "share-data", sam, at="2026-03-27T16:00:00Z", by=ADVISER, **good("email", support_link=None))
    with runtime.current_views(RECORDS_MANAGER) as connection:
        [finding] = findings.page(connection)
        assert findings.breaches(connection) == []
    clock.time = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)
    judged = {"finding_id": finding.finding.finding_id, "outcome": "confirmed", "severity": "S1"}
    give(runtime.ledger, "assess-finding", sam, at="2026-03-30T08:00:00Z", by=RECORDS_MANAGER, **judged)
    with runtime.current_views(RECORDS_MANAGER) as connection:
        [opened] = [row.as_json() for row in findings.breaches(connection)]
    assert (opened["became_aware_at"], opened["controller_due_at"]) == (
        "2026-03-30T08:00:00Z",
        "2026-03-31T08:00:00Z",
    )


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-03-28T16:30:00Z", []),
        ("2026-03-28T16:30:01Z", [("LAW-CLK-14", "S2", "tell-controller")]),
    ],
)
def test_a_controller_told_after_24_hours_is_a_finding_law_clk_14(breach: Breach, at: str, found: list[Any]):
    breach.step("notify-controller", at, by=CONTRACTOR, controller="controller-one", channel="telephone")

    assert breach.found() == found
    [row] = breach.owed("tell-controller", state="done")
    assert (row["done_at"], row["late"]) == (at, bool(found))
    assert breach.assessment["controller_notified_at"] == at


def test_a_controller_who_was_never_told_is_found_by_whoever_looks_law_clk_14(breach: Breach):
    late = {"subject_type": "tell-controller", "subject_id": breach.number}
    breach.clock.time = datetime(2026, 3, 28, 16, 29, tzinfo=UTC)
    with pytest.raises(NotLate):
        give(breach.runtime.ledger, "find-late", breach.sam, at="2026-03-28T16:29:00Z", by=RECORDS_MANAGER, **late)
    breach.clock.time = datetime(2026, 3, 30, 9, tzinfo=UTC)
    give(breach.runtime.ledger, "find-late", breach.sam, at="2026-03-30T09:00:00Z", by=RECORDS_MANAGER, **late)

    assert breach.found() == [("LAW-CLK-14", "S2", "tell-controller")]
    breach.step("notify-controller", "2026-03-30T10:00:00Z", by=CONTRACTOR, channel="email")
    assert len(breach.found()) == 1  # what was found once is not found again


# People are told when the risk to them is high.


def test_people_at_high_risk_are_told_in_three_days_law_clk_15(breach: Breach):
    breach.risk("likely", "2026-03-30T09:00:00Z")
    assert breach.owed("tell-people") == []
    breach.risk("high", "2026-03-31T09:00:00Z")

    [row] = breach.owed("tell-people")

    assert (row["rule"], row["started_on"], row["due_on"]) == ("LAW-CLK-15", "2026-03-31", "2026-04-03")
    assert (row["owner"], row["period_is_ours"]) == (None, True)  # the controller owes it


@pytest.mark.parametrize(
    ("at", "found"), [("2026-04-03T22:30:00Z", []), ("2026-04-03T23:30:00Z", [("LAW-CLK-15", "S2", "tell-people")])]
)
def test_people_told_later_than_that_is_a_finding_law_clk_15(breach: Breach, at: str, found: list[Any]):
    breach.risk("high", "2026-03-31T09:00:00Z")
    breach.step("notify-people", at, channel="letter")

    assert breach.found() == found
    assert [row["state"] for row in breach.owed("tell-people", state="done")] == ["done"]


def test_a_risk_that_turned_out_lower_before_they_were_told_is_owed_no_more_law_clk_15(breach: Breach):
    breach.risk("high", "2026-03-31T09:00:00Z")
    breach.risk("unlikely", "2026-04-10T09:00:00Z")

    assert breach.owed("tell-people") == []
    with pytest.raises(UnknownReference):
        give(
            breach.runtime.ledger, "find-late", breach.sam, at="2026-04-10T09:00:00Z", by=RECORDS_MANAGER,
            subject_type="tell-people", subject_id=breach.number,
        )  # fmt: skip


# What closing an assessment leaves undone.


TOLD: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("notify-controller", "2026-03-27T18:00:00Z", {"channel": "telephone"}),
    ("assess-breach-risk", "2026-03-27T19:00:00Z", {"risk": "high", "reason": "somebody else has the plan"}),
    ("notify-regulator", "2026-03-28T09:00:00Z", {"reference": "IC-1"}),
    ("notify-people", "2026-03-30T10:00:00Z", {"channel": "letter"}),
)


@pytest.mark.parametrize(
    ("left_out", "found"),
    [
        (None, []),
        ("notify-controller", [("LAW-CLK-14", "S2", "tell-controller")]),
        ("notify-regulator", [("LAW-CLK-13", "S2", "assess-breach")]),
        ("notify-people", [("LAW-CLK-15", "S2", "tell-people")]),
    ],
)
def test_closing_an_assessment_of_which_somebody_did_not_hear_is_a_finding_law_clk_13_14_15(
    breach: Breach, left_out: str | None, found: list[Any]
):
    for type_, at, said in TOLD:
        if type_ != left_out:
            breach.step(type_, at, **said)
    breach.close("breach_reported", at="2026-03-30T12:00:00Z")

    assert breach.found() == found
    assert [row for kind in ("assess-breach", "tell-controller", "tell-people") for row in breach.owed(kind)] == []
    with pytest.raises(AlreadyDone):
        breach.step("notify-controller", "2026-03-30T13:00:00Z", channel="telephone")


@pytest.mark.parametrize(("risk", "found"), [("unlikely", []), ("likely", ["LAW-CLK-13"])])
def test_a_breach_that_puts_people_at_risk_is_reportable_whatever_it_is_closed_as_law_clk_13(
    breach: Breach, risk: str, found: list[str]
):
    breach.step("notify-controller", "2026-03-27T18:00:00Z", channel="telephone")
    breach.risk(risk, "2026-03-28T09:00:00Z")
    breach.close("breach_not_reportable", at="2026-03-29T09:00:00Z")

    assert [rule for rule, _, _ in breach.found()] == found


def test_nobody_need_hear_of_what_was_no_breach_law_clk_14_law_clk_15(breach: Breach):
    breach.risk("high", "2026-03-27T18:00:00Z")
    breach.close("no_breach", at="2026-03-29T16:30:00Z")

    assert breach.found() == []


def test_both_duties_have_a_sentence_in_the_catalogue_law_clk_14_law_clk_15():
    assert (sentence_of("LAW-CLK-14") or "").startswith("a contractor tells the controller without undue delay")
    assert (sentence_of("LAW-CLK-15") or "").startswith("people are told without undue delay")
