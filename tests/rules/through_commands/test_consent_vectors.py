"""The catalogue's vectors for consent, through the commands that anybody sends."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from ledger.codes.consent_scopes import SCOPES
from ledger.commands.catalogue import COMMANDS
from ledger.errors import NotConsent
from ledger.recording import Ledger
from ledger.state.replay import event_of
from tests.conftest import Clock
from tests.rules.through_commands.shares import alone, answer_of, events, found, happened
from tests.sharing import ADVISER, MANAGER, command, give, good, meet


def test_v_con_01_a_share_with_jcp_of_somebody_who_never_consented_is_allowed(registered: Ledger, sam: uuid.UUID):
    assert answer_of(registered.propose(alone("email", sam), ADVISER)) == ("allow", [])

    registered.record(alone("email", sam), ADVISER)

    assert found(registered, sam) == []


def test_v_con_02_only_the_item_given_with_consent_for_something_else_is_refused(registered: Ledger, sam: uuid.UUID):
    share = alone(
        "email", sam, items=["D01", "D25", "PG5"], consented_items={"D29": "equality_monitoring"}
    )  # fmt: skip
    proposal = registered.propose(share, ADVISER)

    assert (proposal.answer, proposal.items_refused) == ("refuse-item", ("D29",))
    assert "CONSENT-18" in [objection.rule_id for objection in proposal.objections]


def test_which_priority_group_somebody_is_in_stands_nowhere_in_clear(registered: Ledger, sam: uuid.UUID):
    registered.record(alone("email", sam, items=["D01", "PG5"]), ADVISER)

    assert b"PG5" not in b"".join(entry.facts for entry in registered.history(sam))
    assert {rule for rule, _ in found(registered, sam)} == {"LB-09"}


@pytest.mark.parametrize(
    ("type_", "fields"),
    [
        ("receive-data", {"receipt_id": "r", "received_from": "jobcentre-plus", "channel": "email"}),
        ("correct-record", {"collection": "customers", "values": {"PriorityGroups": [5]}}),
        ("restrict-processing", {"ground": "accuracy_contested"}),
    ],
)
def test_nor_does_it_stand_in_clear_when_it_was_received_corrected_or_restricted_data_06(
    registered: Ledger, sam: uuid.UUID, type_: str, fields: dict[str, Any]
):
    give(registered, type_, sam, items=["D01", "pg5"], **fields)

    history = registered.history(sam)
    assert b"pg5" not in b"".join(entry.facts for entry in history).lower()
    assert any(b'"D29"' in entry.facts for entry in history)


def test_which_group_was_received_is_kept_sealed(registered: Ledger, sam: uuid.UUID):
    give(registered, "receive-data", sam, receipt_id="r", received_from="jobcentre-plus", items=["D01", "PG5"])

    assert {"priority_groups": ["PG5"]} in registered.unsealed(sam).values()


@pytest.mark.parametrize("type_", ["keep-record", "correct-record"])
def test_equality_data_without_its_consent_is_grave_whether_it_is_kept_or_corrected_consent_03(
    registered: Ledger, sam: uuid.UUID, type_: str
):
    values = {"Ethnicity": 31, "PrimaryLearningDifficultyOrDisability": 4}
    body = command(type_, sam, collection="diversitydetails", record_id="d1", values=values)
    assert answer_of(registered.propose(body, ADVISER)) == ("refuse", ["CONSENT-03"])

    registered.record(body, ADVISER)

    assert found(registered, sam) == [("CONSENT-03", "S1")]
    assert "breach-assessment-opened" in [entry.type for entry in registered.history(sam)]


@pytest.mark.parametrize(
    ("said_before", "rule", "severity"),
    [
        ({"type_": "restrict-processing", "ground": "accuracy_contested", "items": ["D03"]}, "RESTRICT-01", "S1"),
        ({"type_": "receive-request", "request_id": str(uuid.UUID(int=7)), "kind": "objection"}, "OBJECT-01", "S2"),
    ],
)
def test_a_referral_passes_the_record_on_unless_it_says_that_it_did_not_restrict_01_object_01(
    registered: Ledger, sam: uuid.UUID, said_before: dict[str, Any], rule: str, severity: str
):
    def referral(**more: Any) -> dict[str, Any]:
        return command("refer-customer", sam, referred_to="knows-a-lot", referred_by="prime-north", **more)

    give(registered, customer=sam, at="2026-02-01T10:00:00Z", by=MANAGER, **said_before)
    assert answer_of(registered.propose(referral(), ADVISER)) == ("refuse", [rule])
    for allowed in ({"with_data": False}, {"lawful_basis": "A6-1-a"}):
        assert answer_of(registered.propose(referral(**allowed), ADVISER)) == ("allow", [])

    registered.record(referral(referral_id="r1"), ADVISER)

    assert found(registered, sam) == [(rule, severity)]
    [raised] = [event for event in map(event_of, registered.history(sam)) if event.NAME == "finding-raised"]
    assert (raised.subject_id, raised.organisation) == ("r1", "prime-north")  # type: ignore[attr-defined]


def test_v_con_04_a_survey_after_a_withdrawal_that_was_keyed_later_is_found(
    registered: Ledger, sam: uuid.UUID, clock: Clock
):
    give(registered, "give-consent", sam, at="2026-01-05T09:00:00Z", scope="survey", mechanism="said yes")
    survey = alone("research", sam)
    survey["occurred_at"] = "2026-03-02T12:00:00Z"
    registered.record(survey, MANAGER)
    assert found(registered, sam) == []

    give(registered, "withdraw-consent", sam, at="2026-03-02T10:00:00Z", scope="survey", channel="TELEPHONE")

    raised = happened(registered, sam, events.FindingRaised)
    assert {(finding.rule, finding.subject_id) for finding in raised} == {
        ("CONSENT-11", survey["id"]),
        ("LB-01", survey["id"]),
    }
    assert dict(found(registered, sam))["CONSENT-11"] == "S2"


def test_a_survey_reported_after_the_withdrawal_was_keyed_is_found_too(registered: Ledger, sam: uuid.UUID):
    give(registered, "give-consent", sam, at="2026-01-05T09:00:00Z", scope="survey", mechanism="said yes")
    give(registered, "withdraw-consent", sam, at="2026-03-02T09:00:00Z", scope="survey")

    registered.record(alone("research", sam), MANAGER)

    assert ("CONSENT-11", "S2") in found(registered, sam)


def test_a_survey_before_the_withdrawal_stays_lawful(registered: Ledger, sam: uuid.UUID):
    give(registered, "give-consent", sam, at="2026-01-05T09:00:00Z", scope="survey", mechanism="said yes")
    registered.record(alone("research", sam), MANAGER)

    give(registered, "withdraw-consent", sam, at="2026-03-03T09:00:00Z", scope="survey")

    assert found(registered, sam) == []


def test_v_con_05_visiting_a_page_is_not_consent(registered: Ledger, sam: uuid.UUID):
    consent = command("give-consent", sam, scope="survey", mechanism="page_visit")

    proposal = registered.propose(consent, ADVISER)

    assert answer_of(proposal) == ("refuse", ["CONSENT-12"])
    with pytest.raises(NotConsent):
        registered.record(consent, ADVISER)


def journeys() -> list[dict[str, Any]]:
    """Every command of the service itself, in an order that can happen; consent is about other things."""
    return [
        command("keep-record", collection="contacts", values={"EmailAddress": "somebody@mail.example"}),
        command("refer-customer", referral_id="r1", referred_to="knows-a-lot"),
        command("accept-referral", referral_id="r1"),
        command("hold-interaction", interaction_id="i1", channel=2, note="talked"),
        command("keep-appointment", appointment_id="a1"),
        command("miss-appointment", appointment_id="a2"),
        command("share-data", share_id="s1", **good("email")),
        command("share-data", share_id="s2", **good("specialist")),
        command("confirm-receipt", share_id="s1"),
        command("receive-data", receipt_id="d1", received_from="jobcentre-plus", channel="email"),
        command("incorporate-data", receipt_id="d1"),
        command("dispose-copy", receipt_id="d1", medium="email"),
        command(
            "correct-record", collection="contacts", correction_id="c1", values={"EmailAddress": "new@mail.example"}
        ),
        command("inform-customer", method="read out", benefits_explained=True),
        command("route-data", receipt_id="d1", adviser="Adviser One (invented)"),
        command("pass-to-work-coach", share_id="s1"),
        command("chase-recipient", share_id="s2"),
        command("notify-recipient", matter_id="c1", recipient="knows-a-lot"),
        command("confirm-correction", matter_id="c1", recipient="knows-a-lot"),
        command("place-hold", hold_id="h1", code="COMPLAINT"),
        command("review-hold", hold_id="h1", review_on="2027-01-01", reason="goes on"),
        command("lift-hold", hold_id="h1"),
        command("contest-decision", decision_id="x1", representation="Please look"),
        command("review-decision", decision_id="x1", outcome="confirmed", reviewed_by="Somebody"),
        command("restrict-processing", at="2026-03-03T10:00:00Z", restriction_id="z1", ground="legal_claims"),
        command(
            "lift-restriction", at="2026-03-04T10:00:00Z", restriction_id="z1", person_told_at="2026-03-04T09:00:00Z"
        ),
        command("assign-customer", organisation="sub-north", reason="closer to home"),
        command("end-serving", organisation="sub-north", reason="moved back"),
        command("flag-at-risk", flag_id="f1", code="personal_safety", reason="somebody looks for them"),
        command("lift-at-risk", flag_id="f1", reason="it is over"),
        command("end-service", reason=1),
        command("resume-service"),
    ]


def test_v_con_06_every_journey_goes_the_same_with_consent_given_and_refused(registered: Ledger):
    came_about = []
    for type_ in ("give-consent", "refuse-consent"):
        customer = meet(registered)
        for scope in SCOPES:
            mechanism: dict[str, Any] = {"mechanism": "said yes"} if type_ == "give-consent" else {}
            give(registered, type_, customer, at="2026-01-05T09:00:00Z", scope=scope, **mechanism)
        for journey in journeys():
            registered.record({**journey, "id": str(uuid.uuid4()), "customer_id": str(customer)}, ADVISER)
        came_about.append([
            (entry.type, event_of(entry))
            for entry in registered.history(customer)
            if not entry.type.startswith("consent-")
        ])  # fmt: skip

    assert came_about[0] == came_about[1]


NOT_OF_THE_SERVICE = {
    "register-customer", "give-consent", "refuse-consent", "withdraw-consent", "ask-consent", "expire-consent",
    "invalidate-consent", "find-late", "assess-finding", "remediate-finding", "close-finding", "assess-breach-risk",
    "notify-controller", "notify-regulator", "notify-people", "close-breach-assessment", "merge-customers",
    "unmerge-customers", "extend-retention", "destroy-records", "read-personal-data", "request-grant", "approve-grant",
    "refuse-grant", "end-grant",
}  # fmt: skip
"""What is about consent itself, findings, breaches, two records of one person, destruction or reading."""


def test_every_command_of_the_service_is_in_a_journey():
    """CONSENT-05"""
    about_people = {kind.name for kind in COMMANDS.values() if kind.subject == "customer"}
    assert {journey["type"] for journey in journeys()} == about_people - NOT_OF_THE_SERVICE


READS_CONSENT = {
    "ledger/state/customer.py", "ledger/state/customer_at.py", "ledger/retention/classes.py",
    "ledger/rules/consent.py", "ledger/rules/bases.py", "ledger/rules/purposes.py", "ledger/rules/recipients.py",
    "ledger/requests/portability.py",
}  # fmt: skip
"""Where consent is folded from what was said, data that rests on it is kept or taken along, and rules forbid a use that
needs it. None of these decides about a service: no eligibility, no referral, no appointment."""


def test_no_module_of_the_service_reads_consent():
    """CONSENT-05: the static half of the proof."""
    root = Path(__file__).parents[3]
    reading = re.compile(r"\.consented\(|(?<!events)\.consents\b|\bconsents\.get\(|\.explicit\b|consent_after\(")
    found = {
        str(path.relative_to(root))
        for path in (root / "ledger").rglob("*.py")
        if reading.search(path.read_text("utf-8"))
    }
    assert found == READS_CONSENT
