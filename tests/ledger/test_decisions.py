"""Given what happened, when somebody asks for this, then that happens or it is refused: every command, no database."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import errors, events
from ledger.calendars import england_and_wales
from ledger.caller import EVERYBODY, ROLES, Caller
from ledger.codes.channels import CONSENT_CHANNELS
from ledger.codes.consent_scopes import SCOPES
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import Command, read_command
from ledger.commands.request_answers import FIVE_FACTORS
from ledger.decisions import decide
from ledger.events import CLASSES, Event
from ledger.requests import steps as rights
from ledger.retention.schedule import PRE_DELETION_CHECKS
from ledger.state import request as requests
from ledger.state.customer import Customer, evolve, replay
from ledger.state.request import Step
from tests.conftest import AUDITOR, CASE_WORKER, RECORDS_MANAGER

NUMBER = uuid.UUID(int=7)
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ID = "6f9619ff-8b86-4011-b42d-00cf4fc964ff"
DUE = {"class": "identity", "part": "", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}

WEIGHED = ("extent", "reason", "decided_by", "told")
COMPLETE: dict[str, dict[str, Any]] = {
    "register-customer": {"values": {"family_name": "Placeholder"}},
    "keep-record": {"collection": "actionplans", "values": {"note": "invented"}},
    "correct-record": {"collection": "actionplans", "values": {"note": "invented"}, "correction_id": "a correction"},
    "refer-customer": {"referred_to": "0000000102"},
    "accept-referral": {"referral_id": "a referral"},
    "keep-appointment": {},
    "miss-appointment": {},
    "hold-interaction": {"channel": "telephone"},
    "inform-customer": {"method": "told"},
    "give-consent": {"scope": "market_research", "mechanism": "said yes"},
    "refuse-consent": {"scope": "market_research"},
    "withdraw-consent": {"scope": "market_research"},
    "share-data": {"channel": "EMAIL", "sent_to": "jcp"},
    "receive-data": {"channel": "EMAIL", "received_from": "jcp"},
    "confirm-receipt": {"share_id": "a share"},
    "incorporate-data": {"receipt_id": "a receipt"},
    "dispose-copy": {"medium": "email", "receipt_id": "a receipt"},
    "end-service": {},
    "resume-service": {},
    "ask-consent": {"scope": "market_research"},
    "expire-consent": {"scope": "market_research"},
    "invalidate-consent": {"scope": "market_research"},
    "assess-finding": {"finding_id": "a finding", "outcome": "confirmed"},
    "remediate-finding": {"finding_id": "a finding", "action": "ADVISER_TRAINED"},
    "close-finding": {"finding_id": "a finding", "reason_code": "DONE"},
    "route-data": {"receipt_id": "a receipt", "adviser": "invented"},
    "pass-to-work-coach": {"share_id": "a share"},
    "chase-recipient": {"share_id": "a share"},
    "notify-recipient": {"matter_id": "a correction", "recipient": "jcp"},
    "confirm-correction": {"matter_id": "a correction", "recipient": "jcp"},
    "find-late": {"subject_type": "incorporate-email", "subject_id": "a receipt"},
    "assess-breach-risk": {"assessment_id": "an assessment", "risk": "unlikely", "reason": "invented"},
    "notify-regulator": {"assessment_id": "an assessment"},
    "notify-controller": {"assessment_id": "an assessment", "channel": "telephone"},
    "notify-people": {"assessment_id": "an assessment", "channel": "letter"},
    "close-breach-assessment": {"assessment_id": "an assessment", "outcome": "no_breach", "reason": "invented"},
    "restrict-processing": {"restriction_id": "a restriction", "ground": "requested"},
    "lift-restriction": {"restriction_id": "a restriction", "person_told_at": "2026-11-01T09:00:00Z"},
    "contest-decision": {"decision_id": "a decision", "representation": "invented"},
    "review-decision": {"decision_id": "a decision", "outcome": "confirmed", "reviewed_by": "invented"},
    "review-hold": {"hold_id": "a hold", "review_on": "2027-01-31", "reason": "invented"},
    "extend-retention": {
        "classes": ["nhs_careers"],
        "until": "2027-12-31",
        "purpose": "NHS_INFORMATION_SERVICE",
        "reason": "invented",
        "approved_by": "invented",
    },
    "merge-customers": {"into": ID, "merge_id": "a merge", "reason": "invented"},
    "unmerge-customers": {"merge_id": "a merge", "data_exposed": False, "reason": "invented"},
    "name-data-protection-officer": {"organisation": "controller", "office": "Data Protection Officer"},
    "instruct-destruction": {
        "organisation": "controller",
        "instruction": "instruction 1",
        "contractor": "0000000101",
        "contract": "contract 1",
        "valid_from": "2026-10-31",
        "checked": [*PRE_DELETION_CHECKS],
    },
    "cleanse-mailbox": {"organisation": "0000000101", "mailbox": "contractor.example"},
    "publish-calendar": {
        "organisation": "controller",
        "version": "a list",
        "holidays": ["2026-12-25"],
        "first_day": "2012-01-01",
        "last_day": "2035-12-31",
    },
    "check-accuracy": {"request_id": ID, "outcome": "corrected", "steps": "invented"},
    "recognise-line": {"organisation": "jcp", "line": "+441632960001"},
    "nominate-contact": {"organisation": "jcp", "contact": "coach 7", "role": "WORK_COACH"},
    "register-work-domain": {"organisation": "0000000101", "domain": "contractor.example"},
    "approve-courier": {"organisation": "0000000101", "courier": "an invented courier"},
    "register-system": {"organisation": "0000000101", "system_id": "bookings"},
    "sign-agreement": {"organisation": "controller", "agreement": "agreement 1"},
    "start-contract": {"organisation": "0000000101", "contract": "contract 1"},
    "end-contract": {"organisation": "0000000101", "contract": "contract 1", "valid_until": "2026-09-30"},
    "publish-notice": {"organisation": "controller", "notice": "notice 2"},
    "set-item-profile": {"organisation": "0000000101", "office": "Testford", "items": ["D01"]},
    "publish-rule-set": {"organisation": "controller", "rule_set": "a set", "valid_from": "2025-01-20"},
    "place-hold": {"code": "HOLD_LEGAL", "owner": "records manager", "review_on": "2027-06-30"},
    "lift-hold": {"hold_id": "a hold"},
    "destroy-records": {"destroyed": [DUE], "on": "2026-01-01", "digest": "00"},
    "read-personal-data": {"purpose": "customer view", "route": "page"},
    "register-organisation": {"organisation": "0000000101", "name": "An invented prime", "kind": "prime"},
    "register-office": {"organisation": "Testford", "name": "Testford jobcentre", "part_of": "jobcentre-plus"},
    "set-retention-period": {"organisation": "0000000101", "kind": "after_service", "months": 12},
    "receive-request": {"kind": "access"},
    "acknowledge-request": {"request_id": ID},
    "ask-identity": {"request_id": ID, "reason": "invented"},
    "confirm-identity": {"request_id": ID, "method": "three details"},
    "ask-fee": {"request_id": ID, "amount_pence": 1000, "reason": "invented"},
    "confirm-fee": {"request_id": ID},
    "ask-clarification": {"request_id": ID, "reason": "invented", "question": "invented"},
    "receive-clarification": {"request_id": ID, "clarification_id": "a question"},
    "extend-time": {"request_id": ID, "ground": "complexity", "reason": "invented"},
    "withhold-item": {"request_id": ID, "provision": "EX-19", "items": ["note"], **dict.fromkeys(WEIGHED, "invented")},
    "decide-third-party": {
        "request_id": ID,
        "outcome": "redact",
        "items": ["note"],
        **dict.fromkeys((*FIVE_FACTORS, "decided_by", "told"), "invented"),
    },
    "prepare-report": {"request_id": ID, "digest": "a" * 64},
    "send-response": {"request_id": ID, "outcome": "granted"},
    "refuse-request": {"request_id": ID, "provision": "EX-12-5", "reason": "invented", "decided_by": "invented"},
    "withdraw-request": {"request_id": ID},
}
"""The least each command needs."""

REGISTERED = events.EVENTS["customer-registered"]()


def event(name: str, **said: Any) -> Event:
    return events.EVENTS[name](**said)


ENDED = event("service-ended")
RECEIVED = event("request-received", kind="access")
SHARED = event("data-shared", share_id="a share")
CORRECTED = event("record-corrected", correction_id="a correction")
OPENED = event(
    "breach-assessment-opened", assessment_id="an assessment", became_aware_at="2026-11-01T09:00:00Z",
    due_at="2026-11-04T09:00:00Z",
)  # fmt: skip
GIVEN: dict[str, list[Event]] = {
    "register-customer": [],
    "accept-referral": [REGISTERED, event("customer-referred", referral_id="a referral")],
    "confirm-receipt": [REGISTERED, event("data-shared", share_id="a share")],
    "incorporate-data": [REGISTERED, event("data-received", receipt_id="a receipt")],
    "dispose-copy": [REGISTERED, event("data-received", receipt_id="a receipt")],
    "resume-service": [REGISTERED, ENDED],
    "assess-finding": [REGISTERED, event("finding-raised", finding_id="a finding")],
    "remediate-finding": [REGISTERED, event("finding-raised", finding_id="a finding")],
    "close-finding": [
        REGISTERED,
        event("finding-raised", finding_id="a finding"),
        event("finding-assessed", finding_id="a finding"),
    ],
    "route-data": [REGISTERED, event("data-received", receipt_id="a receipt")],
    "pass-to-work-coach": [REGISTERED, SHARED],
    "chase-recipient": [REGISTERED, SHARED],
    "notify-recipient": [REGISTERED, CORRECTED],
    "confirm-correction": [REGISTERED, CORRECTED],
    "assess-breach-risk": [REGISTERED, OPENED],
    "notify-regulator": [REGISTERED, OPENED],
    "notify-controller": [REGISTERED, OPENED],
    "notify-people": [REGISTERED, OPENED],
    "close-breach-assessment": [REGISTERED, OPENED],
    "lift-restriction": [REGISTERED, event("processing-restricted", restriction_id="a restriction")],
    "review-decision": [REGISTERED, event("decision-contested", decision_id="a decision")],
    "extend-retention": [event("customer-registered", programme="NHS Health Careers")],
    "unmerge-customers": [REGISTERED, event("customers-merged", merge_id="a merge", into=ID)],
    "lift-hold": [REGISTERED, event("hold-placed", hold_id="a hold", code="SAR")],
    "review-hold": [REGISTERED, event("hold-placed", hold_id="a hold", code="SAR")],
    **{
        name: [REGISTERED, RECEIVED]
        for name, kind in COMMANDS.items()
        if kind.subject == "request" and name != "receive-request"
    },
    "check-accuracy": [REGISTERED, event("request-received", kind="rectification")],
    "confirm-fee": [REGISTERED, RECEIVED, event("fee-asked")],
    "receive-clarification": [REGISTERED, RECEIVED, event("clarification-asked", clarification_id="a question")],
}
"""What must have happened before, where a registration is not enough."""


def when(
    given: list[Event],
    name: str,
    /,
    *,
    by: Caller = RECORDS_MANAGER,
    occurred: datetime | None = None,
    **said: Any,
) -> tuple[Event, ...]:
    body = {"id": ID, "type": name, "occurred_at": (occurred or AT - timedelta(days=1)).isoformat(), **said}
    if COMMANDS[name].subject == "customer":
        body["customer_id"] = str(NUMBER)
    command = read_command(body)
    if command.kind.subject == "request":
        return step_of_a_request(given, command, by)
    return decide(replay(given), command, command.parts[0], by, AT)


def step_of_a_request(given: list[Event], command: Command, by: Caller) -> tuple[Event, ...]:
    """The events on the request's own stream; what is given of it happened the day before the command."""
    then = AT - timedelta(days=2)
    steps = [Step(event=one, occurred_at=then, recorded_at=then) for one in given if one.HOLDS == "rights_request"]
    person = replay(one for one in given if one.HOLDS != "rights_request")
    request, part = requests.replay(steps), command.parts[0]
    return rights.decide(request, person, command, part, by=by, at=AT, calendar=england_and_wales()).on_request


def test_every_command_is_tried_here():
    assert COMPLETE.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_complete_command_makes_the_one_event_it_is_named_for(name: str):
    made = when(GIVEN.get(name, [REGISTERED]), name, **COMPLETE[name])
    beside = {"restrict-processing": ["hold-placed"], "refuse-request": ["finding-raised"]}.get(name, [])
    assert [one.NAME for one in made] == [COMMANDS[name].makes.NAME, *beside]


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, kind in COMMANDS.items() for field in kind.needs])
def test_a_command_without_a_field_it_needs_is_refused_by_the_field_s_name(name: str, field: str):
    said = {key: value for key, value in COMPLETE[name].items() if key != field}
    with pytest.raises(errors.Malformed, match=field):
        when(GIVEN.get(name, [REGISTERED]), name, **said)


@pytest.mark.parametrize(
    "name", [name for name, kind in COMMANDS.items() if kind.subject == "customer" and name != "register-customer"]
)
def test_nothing_is_recorded_about_somebody_who_is_not_registered(name: str):
    """TRACE-02"""
    with pytest.raises(errors.NotRegistered):
        when([], name, **COMPLETE[name])


# Registration and records.


def test_a_customer_is_registered_once():
    with pytest.raises(errors.AlreadyRegistered):
        when([REGISTERED], "register-customer", values={"note": "invented"})


def test_a_programme_there_is_not_is_refused():
    with pytest.raises(errors.Malformed, match="programme"):
        when([], "register-customer", values={"note": "invented"}, programme="Skills Toolkit")


@pytest.mark.parametrize(
    ("collection", "class_"),
    [
        ("contacts", "identity"),
        ("diversitydetails", "equality"),
        ("outcomes", "payment_evidence"),
        ("actionplans", "service"),
    ],
)
def test_a_record_is_kept_under_the_class_of_its_kind(collection: str, class_: str):
    """RET-GEN-01"""
    made = when([REGISTERED], "keep-record", collection=collection, values={"b": 1, "a": 2})[0]
    assert (made.retention_class(), getattr(made, "changed", None)) == (class_, ("a", "b"))


@pytest.mark.parametrize("name", ["keep-record", "correct-record", "hold-interaction", "miss-appointment"])
def test_what_is_kept_of_an_nhs_customer_is_kept_apart(name: str):
    """RET-NHS-01"""
    given = [event("customer-registered", programme="NHS Health Careers")]
    assert when(given, name, **COMPLETE[name])[0].retention_class() == "nhs_careers"


# Referrals and appointments.


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("refer-customer", "referral_id"),
        ("share-data", "share_id"),
        ("receive-data", "receipt_id"),
        ("correct-record", "correction_id"),
        ("place-hold", "hold_id"),
    ],
)
def test_a_number_begins_only_one_thing(name: str, field: str):
    said = {one: it for one, it in COMPLETE[name].items() if one != field}
    made = when([REGISTERED], name, **said)
    assert getattr(made[0], field) == ID
    with pytest.raises(errors.AlreadyDone, match=field):
        when([REGISTERED, *made], name, **said)


@pytest.mark.parametrize(
    ("name", "field"), [("correct-record", "correction_id"), ("restrict-processing", "restriction_id")]
)
def test_what_recipients_must_hear_of_has_a_number_of_its_own_rect_04(name: str, field: str):
    """Under a number used before nobody would be owed the news, and to tell them would be refused as done."""
    with pytest.raises(errors.AlreadyDone, match=field):
        when([REGISTERED, CORRECTED], name, **{**COMPLETE[name], field: "a correction"})


def test_who_could_not_be_told_may_be_told_after_all_once_rect_04():
    not_told = event("recipient-notified", matter_id="a correction", recipient="them", not_told_because="impossible")
    told = event("recipient-notified", matter_id="a correction", recipient="them")
    said: dict[str, Any] = {"matter_id": "a correction", "recipient": "them"}
    never: dict[str, Any] = {**said, "not_told_because": "impossible", "reason": "invented"}
    given = [REGISTERED, CORRECTED, not_told]

    assert when(given, "notify-recipient", **said)[0] == told
    for before, more in ((given, never), ([*given, told], said), ([REGISTERED, CORRECTED, told], never)):
        with pytest.raises(errors.AlreadyDone):
            when(before, "notify-recipient", **more)


@pytest.mark.parametrize(("name", "field"), [("hold-interaction", "held_at"), ("keep-appointment", "appointment_at")])
def test_no_contact_lies_in_the_future_ret_nhs_01(name: str, field: str):
    """A slip of the pen would keep the records for a hundred years: the last contact never moves back."""
    for moment, refused in ((AT + timedelta(days=1), True), (AT + timedelta(minutes=4), False)):
        said = {**COMPLETE[name], field: moment.isoformat()}
        with pytest.raises(errors.Malformed, match=field) if refused else nullcontext():
            when([REGISTERED], name, **said)


@pytest.mark.parametrize("name", ["set-retention-period", "cleanse-mailbox"])
def test_an_entry_that_names_no_day_begins_on_the_day_in_london(name: str):
    said = {key: value for key, value in COMPLETE[name].items() if key != "valid_from"}
    [made] = when([], name, occurred=datetime(2026, 6, 30, 23, 30, tzinfo=UTC), **said)
    assert getattr(made, "valid_from", None) == "2026-07-01"


def test_a_referral_nobody_made_cannot_be_accepted():
    with pytest.raises(errors.UnknownReference):
        when([REGISTERED], "accept-referral", referral_id="another")


def test_a_referral_is_accepted_once():
    given = [*GIVEN["accept-referral"], event("referral-accepted", referral_id="a referral")]
    with pytest.raises(errors.AlreadyDone):
        when(given, "accept-referral", referral_id="a referral")


@pytest.mark.parametrize(
    ("name", "happened"), [("keep-appointment", "appointment-kept"), ("miss-appointment", "appointment-missed")]
)
def test_an_appointment_has_each_outcome_once(name: str, happened: str):
    with pytest.raises(errors.AlreadyDone):
        when([REGISTERED, event(happened, appointment_id="a-1")], name, appointment_id="a-1")


def test_an_appointment_that_was_missed_may_turn_out_to_have_been_kept():
    given = [REGISTERED, event("appointment-missed", appointment_id="a-1")]
    assert when(given, "keep-appointment", appointment_id="a-1")


@pytest.mark.parametrize(
    ("name", "field"),
    [("keep-appointment", "appointment_at"), ("hold-interaction", "held_at"), ("refer-customer", "requested_at")],
)
def test_a_time_that_was_not_said_is_the_time_it_happened(name: str, field: str):
    """LEDG-10"""
    assert getattr(when([REGISTERED], name, **COMPLETE[name])[0], field) == "2026-11-21T09:00:00Z"


@pytest.mark.parametrize(("name", "field"), [("keep-appointment", "appointment_at"), ("hold-interaction", "held_at")])
def test_a_contact_that_has_yet_to_come_is_none(name: str, field: str):
    """LEDG-10, RET-NHS-01: a slip of the pen in its year would keep the records for as long."""
    said = {**COMPLETE[name], field: "2126-11-21T09:00:00Z"}
    with pytest.raises(errors.Malformed, match="future") as refused:
        when([REGISTERED], name, **said)
    assert refused.value.evidence["field"] == field
    assert when([REGISTERED], name, **{**said, field: (AT + timedelta(minutes=4)).isoformat()})


# Consent.


@pytest.mark.parametrize(
    "mechanism",
    [
        "page_visit", "silence", "pre_ticked_box", "continued_use", "browsing", "Page visit", "page visit", "PageVisit",
        "pre-ticked", "pre_ticked", "Pre Ticked Box", "preticked", "box was already ticked", "continued use",
        "by using the site", "scrolled", "implied", "did not untick the box", "said nothing", "no answer", "default",
        "agreed by browsing", "accepted by visiting the page", "silent agreement", "opt-out box left", "y", "?",
        "cookie", "was told", "prétiqué", "not signed", "signed in to the account",
    ],
)  # fmt: skip
def test_doing_nothing_is_not_consent(mechanism: str):
    """CONSENT-12, V-CON-05: however it is spelled, and whatever names no act of the person."""
    with pytest.raises(errors.NotConsent) as refused:
        when([REGISTERED], "give-consent", scope="market_research", mechanism=mechanism)
    assert refused.value.rule_id == "CONSENT-12"
    assert "such as said, ticked or signed" in refused.value.sentence


@pytest.mark.parametrize(
    "mechanism",
    [
        "said yes", "said yes on the telephone", "ticked the box", "BOX_TICKED", "box-ticked", "signed a form",
        "subscribed", "nodded", "opted in", "clicked “I agree”", "Oral", "in writing: wrote a letter",
        "agreed at a home visit", "chose to take part at an interview", "selected_on_form",
    ],
)  # fmt: skip
def test_an_act_of_the_person_is_consent_in_whatever_words(mechanism: str):
    """CONSENT-12"""
    assert when([REGISTERED], "give-consent", scope="market_research", mechanism=mechanism)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize("scope", [*SCOPES, "something nobody asks for"])
@pytest.mark.parametrize(
    "given",
    [
        [],
        [event("consent-given", scope="s")],
        [event("consent-withdrawn", scope="s")],
        [ENDED],
        [event("hold-placed", hold_id="h", code="SAR")],
        [event("processing-restricted", restriction_id="r", ground="legal_claims")],
        [event("customers-merged", merge_id="m", into=str(uuid.UUID(int=9)))],
        [event("records-destroyed", destroyed=tuple({**DUE, "class": name} for name in CLASSES))],
    ],
)
def test_withdrawing_consent_is_never_refused(given: list[Event], scope: str, role: str):
    """CONSENT-06: whatever happened before, whatever it is about, whoever reports it and however it was said."""
    by = Caller(role=role, organisation="prime-north", subject="somebody")
    more: dict[str, Any] = {"channel": "by pigeon", "evidence": "Please stop"}
    [made] = when([REGISTERED, *given], "withdraw-consent", by=by, scope=scope, **more)
    assert (getattr(made, "scope", None), made.NAME) == (scope, "consent-withdrawn")


@pytest.mark.parametrize("command_type", ["withdraw-consent", "give-consent", "refuse-consent", "ask-consent"])
@pytest.mark.parametrize(
    ("words", "code"),
    [*((code, code) for code in sorted(CONSENT_CHANNELS)), ("telephone", "TELEPHONE"), ("contact-page", "CONTACT_PAGE"),
     ("Campaign sign up", "CAMPAIGN_SIGN_UP")],
)  # fmt: skip
def test_a_way_of_speaking_of_consent_is_one_of_the_policys_however_it_is_spelled(
    command_type: str, words: str, code: str
):
    """CONSENT-07, CONSENT-09, CONSENT-16"""
    [made] = when([REGISTERED], command_type, **{**COMPLETE[command_type], "channel": words})
    assert (getattr(made, "channel", None), getattr(made, "evidence", "none")) == (code, None)


def test_a_way_of_speaking_that_has_no_name_is_sealed_and_never_in_clear():
    """CONSENT-06, CONSENT-16, D4"""
    [made] = when([REGISTERED], "withdraw-consent", scope="s", channel="rang my sister Jo", evidence="Stop")
    assert (getattr(made, "channel", None), getattr(made, "evidence", None)) == ("OTHER", "Stop; rang my sister Jo")


def test_sharing_with_jcp_needs_no_consent():
    """INFORM-01, V-CON-01"""
    assert when([REGISTERED], "share-data", channel="EMAIL", sent_to="jcp")


@pytest.mark.parametrize("statement", ["consent-given", "consent-refused", "consent-withdrawn"])
@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"register-customer", "give-consent"}))
def test_every_journey_is_the_same_whatever_was_said_about_consent(name: str, statement: str):
    """CONSENT-05, V-CON-06: whoever refuses still receives the same service."""
    said = [event(statement, scope=scope) for scope in SCOPES]
    given = GIVEN.get(name, [REGISTERED])
    assert when([*given, *said], name, **COMPLETE[name]) == when(given, name, **COMPLETE[name])


# Shares and receipts.


def test_a_share_of_several_plans_says_to_each_customer_only_how_many_there_were():
    """TRACE-02, V-CH-02: ten plans are ten entries; nobody's entry names anybody else."""
    people = [{"customer_id": str(uuid.UUID(int=n)), "file_names": [f"plan {n}.docx"]} for n in range(1, 11)]
    body = {"id": ID, "type": "share-data", "occurred_at": "2026-11-01T09:00:00Z", "channel": "EMAIL", "sent_to": "jcp"}
    command = read_command({**body, "customers": people})
    made = [decide(replay([REGISTERED]), command, part, CASE_WORKER, AT)[0] for part in command.parts]
    assert [getattr(one, "plans_in_share", None) for one in made] == [10] * 10
    assert [getattr(one, "file_names", None) for one in made] == [(f"plan {n}.docx",) for n in range(1, 11)]


def test_each_receipt_is_a_part_of_its_class():
    """RET-JCP-10"""
    made = when([REGISTERED], "receive-data", **COMPLETE["receive-data"], receipt_id="r-1")[0]
    assert (made.retention_class(), made.retention_part()) == ("received_from_jcp", "r-1")


@pytest.mark.parametrize("name", ["confirm-receipt", "incorporate-data", "dispose-copy"])
def test_what_was_never_shared_or_received_is_an_unknown_reference(name: str):
    with pytest.raises(errors.UnknownReference):
        when([REGISTERED], name, **COMPLETE[name])


@pytest.mark.parametrize(
    ("name", "already"),
    [
        ("confirm-receipt", event("receipt-confirmed", share_id="a share")),
        ("incorporate-data", event("data-incorporated", receipt_id="a receipt")),
    ],
)
def test_a_receipt_is_confirmed_and_incorporated_once(name: str, already: Event):
    with pytest.raises(errors.AlreadyDone):
        when([*GIVEN[name], already], name, **COMPLETE[name])


def test_a_copy_is_of_paper_or_an_email():
    with pytest.raises(errors.Malformed, match="medium"):
        when(GIVEN["dispose-copy"], "dispose-copy", medium="fax", receipt_id="a receipt")


def test_the_sent_copy_of_a_share_can_be_disposed_of():
    """G-02"""
    given = [REGISTERED, event("data-shared", share_id="s-1")]
    assert when(given, "dispose-copy", medium="email", share_id="s-1")


# The end of the service.


def test_a_service_ends_once():
    with pytest.raises(errors.ServiceIsEnded):
        when([REGISTERED, ENDED], "end-service")


def test_a_service_that_did_not_end_cannot_be_resumed():
    with pytest.raises(errors.ServiceNotEnded):
        when([REGISTERED], "resume-service")


def test_a_resumed_service_can_end_again():
    assert when([REGISTERED, ENDED, event("service-resumed")], "end-service")


# Holds and destruction.


def test_a_hold_is_on_classes_there_are():
    with pytest.raises(errors.Malformed, match="classes"):
        when([REGISTERED], "place-hold", **COMPLETE["place-hold"], classes=["everything"])


def test_a_hold_says_its_reason_and_needs_no_more_to_hold_dest_03():
    with pytest.raises(errors.Malformed, match="code"):
        when([REGISTERED], "place-hold", **{**COMPLETE["place-hold"], "code": None})
    assert when([REGISTERED], "place-hold", code="HOLD_LEGAL")


@pytest.mark.parametrize("code", PRE_DELETION_CHECKS)
def test_every_reason_of_the_pre_deletion_list_is_one_for_a_hold_dest_03(code: str):
    assert when([REGISTERED], "place-hold", **{**COMPLETE["place-hold"], "code": code})


def test_a_hold_for_a_reason_on_no_list_says_the_reason_dest_03():
    other = {**COMPLETE["place-hold"], "code": "HOLD_OTHER"}
    with pytest.raises(errors.Malformed, match="reason"):
        when([REGISTERED], "place-hold", **other)
    assert when([REGISTERED], "place-hold", **other, reason="a claim is expected")
    with pytest.raises(errors.Malformed, match="code"):
        when([REGISTERED], "place-hold", **{**other, "code": "because Sam asked"}, reason="a claim is expected")


def test_a_hold_nobody_placed_cannot_be_lifted():
    with pytest.raises(errors.UnknownReference):
        when([REGISTERED], "lift-hold", hold_id="another")


def test_the_number_of_a_lifted_hold_is_not_used_again():
    given = [*GIVEN["lift-hold"], event("hold-lifted", hold_id="a hold")]
    with pytest.raises(errors.AlreadyDone):
        when(given, "place-hold", **COMPLETE["place-hold"], hold_id="a hold")


@pytest.mark.parametrize("classes", [(), ("identity",), ("service", "identity")])
def test_what_is_held_is_not_destroyed(classes: tuple[str, ...]):
    """DEST-03"""
    held = event("hold-placed", hold_id="h", code="SAR", classes=classes)
    with pytest.raises(errors.Held):
        when([REGISTERED, held], "destroy-records", **COMPLETE["destroy-records"])


def test_a_hold_on_another_class_does_not_stop_destruction():
    """DEST-03"""
    held = event("hold-placed", hold_id="h", code="SAR", classes=("service",))
    assert when([REGISTERED, held], "destroy-records", **COMPLETE["destroy-records"])


def test_what_was_destroyed_is_not_destroyed_again():
    with pytest.raises(errors.AlreadyDone):
        when(
            [REGISTERED, event("records-destroyed", destroyed=(DUE,))], "destroy-records", **COMPLETE["destroy-records"]
        )


@pytest.mark.parametrize(
    ("one", "refusal"),
    [
        ({"class": "everything"}, errors.Malformed),
        ({"class": ["identity"]}, errors.Malformed),
        ({"part": {"a": "b"}}, errors.Malformed),
        ({"destroy_by": "soon"}, errors.Malformed),
        ({"destroy_by": None}, errors.Malformed),
        ({"destroy_by": "2026-01-02"}, errors.NotDue),
    ],
)
def test_only_what_is_due_is_destroyed(one: dict[str, Any], refusal: type[errors.Refused]):
    """RET-GEN-02"""
    with pytest.raises(refusal):
        when([REGISTERED], "destroy-records", destroyed=[{**DUE, **one}], on="2026-01-01", digest="00")


def test_what_is_destroyed_is_named_once():
    """DEST-03"""
    with pytest.raises(errors.Malformed, match="once"):
        when([REGISTERED], "destroy-records", destroyed=[DUE, {**DUE, "part": ""}], on="2026-01-01", digest="00")


def test_what_falls_due_tomorrow_is_not_destroyed_today():
    """RET-GEN-02"""
    tomorrow = {**DUE, "destroy_by": "2026-11-23"}
    with pytest.raises(errors.NotDue):
        when([REGISTERED], "destroy-records", destroyed=[tomorrow], on="2026-11-23", digest="00")


def test_a_missed_appointment_goes_on_in_a_new_generation_after_destruction():
    given = [REGISTERED, event("records-destroyed", destroyed=({**DUE, "class": "did_not_attend"},))]
    assert when(given, "miss-appointment", **COMPLETE["miss-appointment"])[0].retention_part() == "generation-2"


def test_the_read_log_is_kept_by_the_month():
    """D12, G-09"""
    read = when(
        [REGISTERED], "read-personal-data", occurred=datetime(2026, 11, 5, tzinfo=UTC), **COMPLETE["read-personal-data"]
    )[0]
    assert read.retention_part() == "2026-11"


def test_any_other_class_stays_closed_after_destruction():
    """LEDG-15: its part is the fenced one, which the store refuses."""
    given = [REGISTERED, event("records-destroyed", destroyed=(DUE,))]
    assert when(given, "keep-record", collection="contacts", values={"a": "b"})[0].retention_part() == ""


# Who, and when.


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("name", COMMANDS)
def test_a_role_gives_the_commands_it_is_permitted(name: str, role: str):
    by = Caller(role=role, organisation="controller", subject="somebody")
    permitted = role in COMMANDS[name].permitted
    if permitted:
        assert when(GIVEN.get(name, [REGISTERED]), name, by=by, **COMPLETE[name])
    else:
        with pytest.raises(errors.NotAllowed):
            when(GIVEN.get(name, [REGISTERED]), name, by=by, **COMPLETE[name])


def test_an_auditor_changes_nothing_but_the_read_log():
    permitted = [name for name in COMMANDS if "auditor" in COMMANDS[name].permitted]
    assert permitted == ["read-personal-data"]
    assert when([REGISTERED], "read-personal-data", by=AUDITOR, **COMPLETE["read-personal-data"])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_role_there_is_not_may_do_nothing(name: str):
    with pytest.raises(errors.NotAllowed):
        when(
            GIVEN.get(name, [REGISTERED]),
            name,
            by=Caller(role="visitor", organisation="", subject=""),
            **COMPLETE[name],
        )


def test_only_what_has_happened_is_recorded():
    """LEDG-10: five minutes are allowed for clocks that disagree."""
    assert when([REGISTERED], "end-service", occurred=AT + timedelta(minutes=5))
    with pytest.raises(errors.Malformed, match="future"):
        when([REGISTERED], "end-service", occurred=AT + timedelta(minutes=6))


@pytest.mark.parametrize("kind", ["forever", ""])
def test_a_local_period_is_of_a_kind_there_is(kind: str):
    with pytest.raises(errors.Malformed, match="kind"):
        when([], "set-retention-period", organisation="0000000101", kind=kind, months=12)


def test_a_local_period_without_a_date_is_in_force_from_the_day_it_was_set():
    made = when([], "set-retention-period", **COMPLETE["set-retention-period"])[0]
    assert getattr(made, "valid_from", None) == "2026-11-21"


def test_events_no_decision_asks_about_leave_the_customer_as_it_was():
    before = replay([REGISTERED])
    assert evolve(before, event("record-kept")) == before == Customer(registered=True)
