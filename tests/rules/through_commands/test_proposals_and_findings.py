"""Proposals, findings and the clock of a breach; no vector of the catalogue is forgotten."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.casework import customers
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import Malformed, NotAssessed, UnknownCustomer
from ledger.recording import Ledger
from ledger.rules.catalogue import RULES
from ledger.state.replay import event_of
from projections.findings import read as findings
from tests import composed
from tests.conftest import RECORDS_MANAGER, Clock
from tests.rules.through_commands.shares import FAMILIES, alone, answer_of, crowd, events, found, happened, together
from tests.sharing import ADVISER, MANAGER, SHARED_AT, command, fill_registers, give, good, meet, register


def test_fourteen_plans_to_a_wrong_domain_are_in_fourteen_reports_and_none_shows_another_customer(runtime: Runtime):
    fill_registers(runtime.ledger)
    people = crowd(runtime.ledger, 14)
    share = together("email", people, recipient_addresses=["coach@dwp.gov.uk.example.org"])
    runtime.ledger.record(share, ADVISER)

    for person, family in zip(people, FAMILIES, strict=False):
        assert set(found(runtime.ledger, person)) == {("CH-EMAIL-01", "S2"), ("CH-EMAIL-04", "S1")}
        assert len(happened(runtime.ledger, person, events.BreachAssessmentOpened)) == 1
        shown = str(composed.report(runtime, person, ADVISER, route="test"))
        assert "coach@dwp.gov.uk.example.org" in shown
        assert family in shown
        assert not [other for other in FAMILIES[:14] if other != family and other in shown]
        assert not [str(other) for other in people if other != person and str(other) in shown]


def test_a_refused_proposal_leaves_who_when_and_which_rules_and_a_later_report_is_linked(runtime: Runtime):
    fill_registers(runtime.ledger)
    sam = meet(runtime.ledger)
    share = alone("email", sam, recipient_addresses=["coach@mail.example"], subject="Sam Carter")
    before = runtime.ledger.recorder.max_notification_id()
    runtime.ledger.propose(share, ADVISER)

    [entry] = runtime.ledger.recorder.history(uuid.uuid5(uuid.UUID(share["id"]), "proposal"))
    assert runtime.ledger.recorder.max_notification_id() == (before or 0) + 1
    assert entry.commitment is None
    made = event_of(entry)
    assert isinstance(made, events.ProposalRefused)
    assert made.rules == ("CH-EMAIL-04",)
    assert str(sam).encode() not in entry.facts

    runtime.ledger.record(share, ADVISER)
    with runtime.current_views(RECORDS_MANAGER) as connection:
        [row] = findings.page(connection)
    assert (row.finding.rule_id, row.was_refused) == ("CH-EMAIL-04", True)


def test_what_is_planned_is_judged_by_the_day_it_is_planned_for_ledg_01(registered: Ledger, sam: uuid.UUID):
    give(registered, "end-contract", organisation="prime-north", contract="contract-1", valid_until="2027-03-31",
         by=MANAGER)  # fmt: skip
    planned = {day: {**alone("email", sam), "occurred_at": f"{day}T09:00:00Z"} for day in ("2027-03-31", "2027-04-01")}

    customers = {day: registered.propose(share, ADVISER) for day, share in planned.items()}

    assert {day: proposal.answer for day, proposal in customers.items()} == {
        "2027-03-31": "allow",
        "2027-04-01": "refuse",
    }
    assert "PARTY-01" in [objection.rule_id for objection in customers["2027-04-01"].objections]
    with pytest.raises(Malformed, match="future"):
        registered.record(planned["2027-03-31"], ADVISER)


def test_an_allowed_proposal_leaves_nothing(registered: Ledger, sam: uuid.UUID):
    before = registered.recorder.max_notification_id()

    registered.propose(alone("email", sam), ADVISER)

    assert registered.recorder.max_notification_id() == before


def test_a_stranger_learns_neither_a_name_nor_a_restriction_from_a_proposal_restrict_01(
    registered: Ledger, sam: uuid.UUID
):
    register(registered, "elsewhere")
    stranger, own = (Caller(role="contractor", organisation=code, subject="x") for code in ("elsewhere", "prime-north"))
    share = alone("email", sam, subject="Sam Carter")
    assert answer_of(registered.propose(share, own)) == ("allow", [])

    give(registered, "restrict-processing", sam, ground="accuracy_contested", by=ADVISER)
    before = registered.recorder.max_notification_id() or 0
    for asked in (share, command("receive-request", kind="access", customer_id=str(sam))):
        with pytest.raises(UnknownCustomer):
            registered.propose(asked, stranger)

    assert answer_of(registered.propose(share, own)) == ("refuse", ["RESTRICT-01"])
    assert registered.recorder.max_notification_id() == before + 1


def test_the_share_and_its_findings_are_one_transaction(registered: Ledger, sam: uuid.UUID):
    receipt = registered.record(alone("email", sam, agreement=None), ADVISER)

    assert [entry.type for entry in registered.history(sam)[-3:]] == [
        "data-shared", "finding-raised", "breach-assessment-opened",
    ]  # fmt: skip
    assert receipt.last - receipt.first == 2


def test_the_clock_of_a_breach_may_begin_earlier_than_its_recording_never_later_nor_before_the_share(
    registered: Ledger, sam: uuid.UUID
):
    for said_at, begins in (
        ("2026-03-03T08:00:00Z", "2026-03-03T08:00:00Z"), ("2027-03-03T08:00:00Z", "2026-11-22T"),
        ("2026-01-03T08:00:00Z", SHARED_AT),
    ):  # fmt: skip
        registered.record(alone("email", sam, agreement=None, became_aware_at=said_at), ADVISER)
        assessment = happened(registered, sam, events.BreachAssessmentOpened)[-1]
        assert assessment.became_aware_at.startswith(begins)


def test_a_finding_is_assessed_remediated_and_closed_and_never_edited(runtime: Runtime):
    fill_registers(runtime.ledger)
    sam = meet(runtime.ledger)
    runtime.ledger.record(alone("telephone", sam, private_place=None), ADVISER)
    [finding] = happened(runtime.ledger, sam, events.FindingRaised)
    reference = {"finding_id": finding.finding_id}

    with pytest.raises(NotAssessed):
        give(runtime.ledger, "close-finding", sam, reason_code="DONE", **reference)
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("assess-finding", {"outcome": "confirmed", "severity": "S3"}),
        ("remediate-finding", {"action": "ADVISER_TRAINED"}),
        ("close-finding", {"reason_code": "DONE"}),
    )
    for type_, more in steps:
        give(runtime.ledger, type_, sam, **reference, **more)

    answer: Any = customers.customer(runtime, sam, ADVISER, route="test")
    [row] = answer["findings"]["rows"]
    assert (row["state"], row["severity"], row["raised_as"]) == ("closed", "S3", "S2")


def test_a_finding_that_is_found_grave_after_all_opens_one_breach_assessment_ledg_06(
    registered: Ledger, sam: uuid.UUID
):
    registered.record(alone("email", sam, support_link=None), ADVISER)
    [finding] = happened(registered, sam, events.FindingRaised)
    assert (finding.severity, happened(registered, sam, events.BreachAssessmentOpened)) == ("S2", [])

    for severity in ("S2", "S1", "S1"):
        give(registered, "assess-finding", sam, finding_id=finding.finding_id, outcome="confirmed", severity=severity)

    [opened] = happened(registered, sam, events.BreachAssessmentOpened)
    assert (opened.findings, opened.subject_id) == ((finding.finding_id,), finding.subject_id)
    aware = datetime.fromisoformat(opened.became_aware_at)
    assert aware == datetime(2026, 3, 2, 10, 0, tzinfo=UTC), (
        "they knew when they judged it grave, not when it was keyed"
    )
    assert datetime.fromisoformat(opened.due_at) - aware == timedelta(hours=72)
    give(registered, "notify-regulator", sam, assessment_id=opened.assessment_id)


def test_a_finding_that_was_grave_from_the_start_has_its_assessment_already_ledg_06(registered: Ledger, sam: uuid.UUID):
    registered.record(alone("email", sam, agreement=None), ADVISER)
    finding = happened(registered, sam, events.FindingRaised)[0]
    give(registered, "assess-finding", sam, finding_id=finding.finding_id, outcome="confirmed", severity="S1")
    assert len(happened(registered, sam, events.BreachAssessmentOpened)) == 1


def test_what_an_import_brings_is_not_judged_and_says_why(runtime: Runtime):
    sam = meet(runtime.ledger)
    give(runtime.ledger, "share-data", sam, at="2017-03-02T10:00:00Z", sent_to="jobcentre-plus", share_id="old")

    answer: Any = customers.customer(runtime, sam, ADVISER, route="test")
    [silent] = answer["findings"]["not_judged"]
    assert (silent["subject_id"], silent["because"]) == ("old", "no rule was in force for it on that day")


def test_a_rule_set_that_was_put_out_of_force_judges_nothing_after_that_day(registered: Ledger, sam: uuid.UUID):
    give(registered, "publish-rule-set", by=MANAGER, organisation="controller-one", rule_set="NCS-JCP/2025-01-20",
         valid_from="2025-01-20", valid_until="2026-03-01")  # fmt: skip

    assert registered.propose(alone("email", sam, recipient_addresses=["a@mail.example"]), ADVISER).answer == "allow"
    earlier = alone("email", sam, recipient_addresses=["a@mail.example"])
    earlier["occurred_at"] = "2026-03-01T10:00:00Z"
    assert registered.propose(earlier, ADVISER).answer == "refuse"


def test_every_rule_set_named_in_a_finding_is_one_of_the_catalogue_s(registered: Ledger, sam: uuid.UUID):
    give(registered, "share-data", sam, sent_to="nobody-knows", at=SHARED_AT, by=ADVISER)

    raised = happened(registered, sam, events.FindingRaised)
    assert len(raised) > 8
    assert {finding.rule_set for finding in raised} <= {rule.source.rule_set for rule in RULES}


# The clock of a breach, and that no vector is forgotten.


@pytest.mark.parametrize(
    ("vector", "aware", "due"),
    [
        ("V-BR-01", "2027-03-26T16:30:00+00:00", "2027-03-29T16:30:00Z"),
        ("V-BR-02", "2026-04-02T17:10:00+01:00", "2026-04-05T16:10:00Z"),
    ],
)
def test_the_72_hours_of_a_breach_run_over_weekends_holidays_and_the_change_of_clocks(
    registered: Ledger, clock: Clock, vector: str, aware: str, due: str
):
    sam = meet(registered)
    clock.time = datetime(2027, 4, 1, 9, 0, tzinfo=UTC)
    wrong = {"recipient_addresses": ["coach@dwp.gov.uk.example.org"], "became_aware_at": aware}
    give(registered, "share-data", sam, **good("email", **wrong))

    [opened] = [event for event in map(event_of, registered.history(sam)) if event.NAME == "breach-assessment-opened"]
    assert getattr(opened, "due_at", None) == due, vector


HOW_MANY = {"WD": 5, "RET": 7, "SAR": 13, "CMP": 2, "BR": 2, "CH": 11, "CON": 6}


VECTORS = [f"V-{group}-{number:02}" for group, count in HOW_MANY.items() for number in range(1, count + 1)]


THROUGH_COMMANDS = (
    "doors/test_vectors_over_http.py",
    "casework/rights_requests/*.py",
    "retention/*.py",
    "projections/obligations/*.py",
    "rules/through_commands/*.py",
)


@pytest.mark.parametrize("vector", VECTORS)
def test_every_vector_of_the_catalogue_is_tried_through_the_public_commands(vector: str):
    tests = Path(__file__).parents[2]
    texts = [path.read_text("utf-8") for name in THROUGH_COMMANDS for path in tests.glob(name)]
    named = re.compile(rf"{vector}\b|test_{vector.lower().replace('-', '_')}_")
    assert any(named.search(text) for text in texts)
