"""Commands about findings and breach assessments."""

from __future__ import annotations

from ledger import errors, events
from ledger.codes.breaches import NO_BREACH, REPORTED, RISKY
from ledger.commands.declaration import CONTROLLERS, CustomerCommand, Example, Fields, closed, known
from ledger.commands.invented import CONTROLLER
from ledger.commands.preconditions import known_id, refuse_unless_one_of
from ledger.duties.catalogue import DUTIES
from ledger.state.customer import Customer

DESTROY_RECORDS, SET_PERIOD, DESTROY_COPY = "destroy-records", "set-retention-period", "destroy-copy"
"""Tasks that no single event starts but that may be overdue: destroying records past their last day (RET-GEN-02),
setting a period for no-shows (RET-JCP-08), and destroying copies after the end of a contract (DEST-02)."""
LEFT_UNDONE = (*(duty.kind for duty in DUTIES if duty.severity), DESTROY_RECORDS, SET_PERIOD, DESTROY_COPY)
"""The duties and tasks that may be reported as overdue."""
SEVERITIES = ("S1", "S2", "S3")
RISKS = ("none", "unlikely", *RISKY)
BREACH_OUTCOMES = (NO_BREACH, "breach_not_reportable", REPORTED)
"""Every outcome is documented, with the reason when a breach was not reported (UK GDPR Art. 33(5))."""
_FOUND = frozenset({"finding_id", "rule", "rule_set", "severity", "fields", "organisation", "prime", "overridden"})
"""Fields of a finding that only the ledger fills in."""
_FINDING = "a54f5453-5a95-5f6c-a14a-d68252bc1082"
_ASSESSMENT = "3d07e52f-9d1d-5211-875d-054dde1fb7c2"
"""The ids of the finding and the assessment that the preceding examples produce."""


def _finding(customer: Customer, fields: Fields) -> None:
    state = customer.findings.get(fields["finding_id"])
    if state is None:
        raise errors.UnknownReference("No finding with this number is known for this customer.")
    if state == "closed":
        raise errors.AlreadyDone("This finding is closed.")
    if fields.get("severity") not in {None, *SEVERITIES}:
        raise errors.Malformed("The field severity must be S1, S2 or S3.", field="severity")


def _close_finding(customer: Customer, fields: Fields) -> None:
    _finding(customer, fields)
    if customer.findings[fields["finding_id"]] == "open":
        raise errors.NotAssessed


def _open_assessment(customer: Customer, fields: Fields) -> None:
    known_id(lambda record: record.assessments, "assessment_id", "breach assessment")(customer, fields)
    if customer.assessments[fields["assessment_id"]] == "closed":
        raise errors.AlreadyDone("This breach assessment is closed.")
    if "risk" in fields:
        refuse_unless_one_of("risk", fields["risk"], RISKS)


def _close_assessment(customer: Customer, fields: Fields) -> None:
    _open_assessment(customer, fields)
    refuse_unless_one_of("outcome", fields["outcome"], BREACH_OUTCOMES)


FIND_LATE = CustomerCommand(
    name="find-late",
    makes=events.FindingRaised,
    needs=("subject_type", "subject_id"),
    filled_in=_FOUND,
    judged=True,
    on_request_file=True,
    codes={"subject_type": known(*LEFT_UNDONE)},
    examples={
        "": Example(
            at="2026-04-20T10:00:00Z",
            after=("receive-data",),
            fields={"subject_type": "incorporate-email", "subject_id": "receipt-1"},
            finds=("RET-JCP-01",),
        )
    },
)
ASSESS = CustomerCommand(
    name="assess-finding",
    makes=events.FindingAssessed,
    needs=("finding_id", "outcome"),
    permitted=CONTROLLERS,
    judged=True,
    check=_finding,
    on_request_file=True,
    codes={"severity": closed(*SEVERITIES)},
    examples={
        "": Example(
            at="2026-04-21T10:00:00Z",
            after=("find-late",),
            fields={"finding_id": _FINDING, "outcome": "confirmed", "severity": "S2", "reason": "nobody had the time"},
        )
    },
)
REMEDIATE = CustomerCommand(
    name="remediate-finding",
    makes=events.FindingRemediated,
    effect="own-act",
    needs=("finding_id", "action"),
    check=_finding,
    on_request_file=True,
    examples={
        "": Example(
            at="2026-04-22T10:00:00Z",
            after=("assess-finding",),
            fields={"finding_id": _FINDING, "action": "ADVISER_TRAINED"},
        )
    },
)
CLOSE = CustomerCommand(
    name="close-finding",
    makes=events.FindingClosed,
    needs=("finding_id", "reason_code"),
    permitted=CONTROLLERS,
    check=_close_finding,
    on_request_file=True,
    examples={
        "": Example(
            at="2026-04-23T10:00:00Z",
            after=("remediate-finding",),
            fields={"finding_id": _FINDING, "reason_code": "DONE"},
        )
    },
)
ASSESS_RISK = CustomerCommand(
    name="assess-breach-risk",
    makes=events.BreachRiskAssessed,
    needs=("assessment_id", "risk", "reason"),
    permitted=CONTROLLERS,
    check=_open_assessment,
    on_request_file=True,
    codes={"risk": closed(*RISKS)},
    examples={
        "": Example(
            at="2026-03-03T10:00:00Z",
            after=("share-data/misdirected",),
            fields={"assessment_id": _ASSESSMENT, "risk": "high", "reason": "nobody knows who reads this mailbox"},
        )
    },
)
NOTIFY_CONTROLLER = CustomerCommand(
    name="notify-controller",
    makes=events.ControllerNotified,
    effect="own-act",
    needs=("assessment_id", "channel"),
    settles=True,
    check=_open_assessment,
    examples={
        "": Example(
            at="2026-03-02T15:00:00Z",
            after=("share-data/misdirected",),
            fields={"assessment_id": _ASSESSMENT, "channel": "telephone", "controller": CONTROLLER},
        )
    },
)
NOTIFY_REGULATOR = CustomerCommand(
    name="notify-regulator",
    makes=events.RegulatorNotified,
    needs=("assessment_id",),
    permitted=CONTROLLERS,
    settles=True,
    check=_open_assessment,
    on_request_file=True,
    examples={
        "": Example(
            at="2026-03-03T11:00:00Z",
            after=("notify-controller", "assess-breach-risk"),
            fields={"assessment_id": _ASSESSMENT, "reference": "IC-000001", "phase": 1},
        )
    },
)
NOTIFY_PEOPLE = CustomerCommand(
    name="notify-people",
    makes=events.PeopleNotified,
    needs=("assessment_id", "channel"),
    permitted=CONTROLLERS,
    settles=True,
    check=_open_assessment,
    on_request_file=True,
    examples={
        "": Example(
            at="2026-03-04T10:00:00Z",
            after=("assess-breach-risk",),
            fields={"assessment_id": _ASSESSMENT, "channel": "letter", "message": "what happened, and what to do"},
        )
    },
)
CLOSE_ASSESSMENT = CustomerCommand(
    name="close-breach-assessment",
    makes=events.BreachAssessmentClosed,
    needs=("assessment_id", "outcome", "reason"),
    permitted=CONTROLLERS,
    settles=True,
    check=_close_assessment,
    on_request_file=True,
    codes={"outcome": closed(*BREACH_OUTCOMES)},
    examples={
        "": Example(
            at="2026-03-05T10:00:00Z",
            after=("notify-regulator", "notify-people"),
            fields={"assessment_id": _ASSESSMENT, "outcome": REPORTED, "reason": "the risk to the customer was high"},
        )
    },
)

DECLARED = (
    FIND_LATE, ASSESS, REMEDIATE, CLOSE, ASSESS_RISK, NOTIFY_CONTROLLER, NOTIFY_REGULATOR, NOTIFY_PEOPLE,
    CLOSE_ASSESSMENT,
)  # fmt: skip
