"""A complete body of every command, the history each needs, and the decision on it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger import events
from ledger.calendars import england_and_wales
from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import Command, read_command
from ledger.commands.request_answers import FIVE_FACTORS
from ledger.decisions import decide
from ledger.events import Event
from ledger.requests import steps as rights
from ledger.retention.schedule import PRE_DELETION_CHECKS
from ledger.state import request as requests
from ledger.state.customer import replay
from ledger.state.request import Step
from tests.conftest import RECORDS_MANAGER

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
    "assign-customer": {"organisation": "0000000102", "reason": "invented"},
    "end-serving": {"organisation": "0000000101", "reason": "invented"},
    "confirm-claim": {"claim_id": "a claim", "about": str(NUMBER)},
    "dispute-claim": {"claim_id": "a claim", "about": str(NUMBER), "reason": "invented"},
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
    "flag-at-risk": {"flag_id": "a flag", "code": "personal_safety", "reason": "invented"},
    "lift-at-risk": {"flag_id": "a flag", "reason": "invented"},
    "request-grant": {"grant_id": "a grant", "reason": "invented", "until": "2026-11-30"},
    "approve-grant": {"grant_id": "a grant"},
    "refuse-grant": {"grant_id": "a grant", "reason": "invented"},
    "end-grant": {"grant_id": "a grant"},
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


ASKED_TO_READ = event("grant-requested", grant_id="a grant")


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
    "lift-at-risk": [REGISTERED, event("flagged-at-risk", flag_id="a flag")],
    "approve-grant": [REGISTERED, ASKED_TO_READ],
    "refuse-grant": [REGISTERED, ASKED_TO_READ],
    "end-grant": [REGISTERED, ASKED_TO_READ],
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
