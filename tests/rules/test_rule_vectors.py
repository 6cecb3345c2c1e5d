"""The catalogue's vectors for channels and consent, one by one, through the commands that anybody sends."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.casework import customers
from api.casework.runtime import Runtime
from ledger import events as vocabulary
from ledger.caller import Caller
from ledger.codes.consent_scopes import SCOPES
from ledger.commands.catalogue import COMMANDS
from ledger.errors import Malformed, NotAllowed, NotAssessed, NotConsent
from ledger.events import Event
from ledger.judging.proposal import Proposal
from ledger.recording import Ledger
from ledger.rules.catalogue import RULES
from ledger.state.replay import event_of
from projections.findings import read as findings
from tests import composed
from tests.conftest import Clock
from tests.sharing import ADVISER, MANAGER, SHARED_AT, command, fill_registers, give, good, meet

events: Any = vocabulary  # what is not said of an event has its default
FAMILIES = (
    "Ames",
    "Boyd",
    "Cole",
    "Dunn",
    "Ebby",
    "Firth",
    "Gill",
    "Hart",
    "Inns",
    "Judd",
    "Kerr",
    "Lamb",
    "Moss",
    "Nash",
    "Orr",
)


def crowd(ledger: Ledger, people: int) -> list[uuid.UUID]:
    return [meet(ledger, given="Kim", family=family) for family in FAMILIES[:people]]


def together(kind: str, people: list[uuid.UUID], **changed: Any) -> dict[str, Any]:
    return {
        **command("share-data", **good(kind, **changed)),
        "customers": [{"customer_id": str(person)} for person in people],
    }


def alone(kind: str, customer: uuid.UUID, **changed: Any) -> dict[str, Any]:
    return command("share-data", customer, **good(kind, **changed))


def answer_of(proposal: Proposal) -> tuple[str, list[str]]:
    return proposal.answer, sorted(objection.rule_id for objection in proposal.objections)


def happened(ledger: Ledger, customer: uuid.UUID, *kinds: type[Event]) -> list[Any]:
    made = (event_of(entry) for entry in ledger.history(customer))
    return [event for event in made if not kinds or isinstance(event, kinds)]


def found(ledger: Ledger, customer: uuid.UUID) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in happened(ledger, customer, events.FindingRaised)]


def test_v_ch_01_ten_plans_are_allowed_and_eleven_are_to_go_in_two_emails(registered: Ledger):
    people = crowd(registered, 11)

    assert answer_of(registered.propose(together("email", people[:10]), ADVISER)) == ("allow", [])
    refused = registered.propose(together("email", people), ADVISER)

    assert answer_of(refused) == ("refuse", ["CH-EMAIL-01"])
    assert refused.as_json()["suggested_emails"] == 2


def test_v_ch_02_eleven_plans_reported_are_eleven_entries_with_a_finding_each(registered: Ledger):
    people = crowd(registered, 11)
    registered.record(together("email", people), ADVISER)

    for person in people:
        assert len(happened(registered, person, events.DataShared)) == 1
        assert found(registered, person) == [("CH-EMAIL-01", "S2")]


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"recipient_addresses": ["coach@DWP.GOV.UK"]}, ("allow", [])),
        ({"recipient_addresses": ["coach@dwp.gov.uk.example.org"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"recipient_addresses": ["coach@notdwp.gov.uk"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"bcc_addresses": ["copy@gmail.com"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"cc_addresses": ["dwp.gov.uk@evil.example"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"recipient_addresses": ["coach@dwp.gоv.uk"]}, ("refuse", ["CH-EMAIL-04"])),  # a Cyrillic о
        ({"recipient_addresses": ["coach@office.dwp.gov.uk"]}, ("refuse", ["CH-EMAIL-04"])),
    ],
)
def test_v_ch_03_every_address_is_of_exactly_the_department_s_domain(
    registered: Ledger, sam: uuid.UUID, changed: dict[str, Any], answer: tuple[str, list[str]]
):
    assert answer_of(registered.propose(alone("email", sam, **changed), ADVISER)) == answer


def test_a_domain_below_the_department_s_is_allowed_once_it_is_registered(registered: Ledger, sam: uuid.UUID):
    give(registered, "register-work-domain", by=MANAGER, organisation="jobcentre-plus", domain="office.dwp.gov.uk",
         valid_from="2026-01-01")  # fmt: skip
    share = alone("email", sam, recipient_addresses=["coach@office.dwp.gov.uk"])

    assert registered.propose(share, ADVISER).answer == "allow"


def test_v_ch_04_a_share_to_a_look_alike_is_recorded_found_and_assessed_and_its_recipient_is_in_the_report(
    runtime: Runtime,
):
    fill_registers(runtime.ledger)
    sam = meet(runtime.ledger)
    share = alone("email", sam, recipient_addresses=["coach@dwp.gov.uk.example.org"])
    runtime.ledger.record(share, ADVISER)

    assert found(runtime.ledger, sam) == [("CH-EMAIL-04", "S1")]
    [assessment] = happened(runtime.ledger, sam, events.BreachAssessmentOpened)
    aware = datetime.fromisoformat(assessment.became_aware_at)
    assert datetime.fromisoformat(assessment.due_at) - aware == timedelta(hours=72)
    shown = str(composed.report(runtime, sam, ADVISER, route="test"))
    assert "coach@dwp.gov.uk.example.org" in shown
    assert "Jobcentre Plus" in shown


@pytest.mark.parametrize(
    ("file", "answer"),
    [
        ("Sam Carter.docx", ("allow", [])),
        ("Sam Carter 01-02-1990.docx", ("refuse", ["CH-EMAIL-06"])),
        ("Sam Carter AB123456C.docx", ("refuse", ["CH-EMAIL-06"])),
    ],
)
def test_v_ch_05_a_file_name_is_the_customer_s_name(
    registered: Ledger, sam: uuid.UUID, file: str, answer: tuple[str, list[str]]
):
    assert answer_of(registered.propose(alone("email", sam, file_names=[file]), ADVISER)) == answer


def test_v_ch_06_data_outside_plans_is_one_email_for_one_customer(registered: Ledger):
    share = together("email", crowd(registered, 2), container="OTHER")

    assert answer_of(registered.propose(share, ADVISER)) == ("refuse", ["CH-EMAIL-11"])


def test_v_ch_07_a_live_link_is_refused(registered: Ledger, sam: uuid.UUID):
    assert answer_of(registered.propose(alone("email", sam, attachment_kind="live_link"), ADVISER)) == (
        "refuse",
        ["CH-EMAIL-05"],
    )


@pytest.mark.parametrize(
    ("product", "answer"),
    [
        ("RM_SECOND_CLASS", ("refuse", ["CH-POST-03"])),
        ("RM_SIGNED_FOR_1ST", ("allow", [])),
        ("RM_SPECIAL_DELIVERY", ("allow", [])),
    ],
)
def test_v_ch_08_special_or_recorded_delivery_only(
    registered: Ledger, sam: uuid.UUID, product: str, answer: tuple[str, list[str]]
):
    assert answer_of(registered.propose(alone("post", sam, postal_product=product), ADVISER)) == answer


def test_v_ch_09_a_stick_in_the_parcel_is_refused(registered: Ledger, sam: uuid.UUID):
    share = alone("post", sam, media=["paper", "usb_stick"])

    assert answer_of(registered.propose(share, ADVISER)) == ("refuse", ["CH-POST-05"])


def test_v_ch_10_a_private_place_that_nobody_stated_is_refused_before_and_found_after(
    registered: Ledger, sam: uuid.UUID
):
    share = alone("telephone", sam, private_place=None)
    assert answer_of(registered.propose(share, ADVISER)) == ("refuse", ["CH-TEL-04"])

    registered.record(share, ADVISER)

    [finding] = happened(registered, sam, events.FindingRaised)
    assert (finding.rule, finding.severity, finding.fields) == ("CH-TEL-04", "S2", ("private_place",))


def test_v_ch_11_fifteen_customers_from_jcp_in_one_email_are_accepted_and_no_channel_rule_speaks(registered: Ledger):
    people = crowd(registered, 15)
    receipt = {
        **command("receive-data", received_from="jobcentre-plus", received_by="prime-north", channel="email"),
        "customers": [{"customer_id": str(person), "items": ["D01"]} for person in people],
    }
    assert registered.propose(receipt, ADVISER).answer in {"allow", "warn"}

    registered.record(receipt, ADVISER)

    for person in people:
        assert len(happened(registered, person, events.DataReceived)) == 1
        assert found(registered, person) == []


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
    "unmerge-customers", "extend-retention", "destroy-records", "read-personal-data",
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
    root = Path(__file__).parents[2]
    reading = re.compile(r"\.consented\(|(?<!events)\.consents\b|\bconsents\.get\(|\.explicit\b|consent_after\(")
    found = {
        str(path.relative_to(root))
        for path in (root / "ledger").rglob("*.py")
        if reading.search(path.read_text("utf-8"))
    }
    assert found == READS_CONSENT


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
    with runtime.current_views() as connection:
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
    stranger, own = (Caller(role="contractor", organisation=code, subject="x") for code in ("elsewhere", "prime-north"))
    share = alone("email", sam, subject="Sam Carter")
    assert answer_of(registered.propose(share, own)) == ("allow", [])

    give(registered, "restrict-processing", sam, ground="accuracy_contested", by=ADVISER)
    before = registered.recorder.max_notification_id() or 0
    for asked in (share, command("receive-request", kind="access", customer_id=str(sam))):
        with pytest.raises(NotAllowed, match="neither registered nor served"):
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
    "test_rule_vectors",
    "test_vectors_over_http",
    "test_rights_requests",
    "test_retention",
    "test_obligations",
)


@pytest.mark.parametrize("vector", VECTORS)
def test_every_vector_of_the_catalogue_is_tried_through_the_public_commands(vector: str):
    texts = [
        path.read_text("utf-8") for name in THROUGH_COMMANDS for path in Path(__file__).parents[1].glob(f"*/{name}.py")
    ]
    named = re.compile(rf"{vector}\b|test_{vector.lower().replace('-', '_')}_")
    assert any(named.search(text) for text in texts)
