"""The rows of the findings view: a finding, a breach assessment, and both as they stand in the lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.clocks import instant_text
from ledger.events import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One broken rule, and where the finding stands."""

    finding_id: str
    rule_id: str
    rule_set: str
    severity: str
    """As it was assessed last, or else as it was raised."""
    raised_as: str
    state: str
    state_since: datetime
    subject_type: str
    subject_id: str
    occurred_at: datetime
    raised_at: datetime
    fields: list[str]
    organisation: str | None
    prime: str | None
    """The main contractor the organisation works under."""
    overridden: bool
    position: int

    def as_json(self) -> dict[str, Json]:
        """The finding as the outside contract has it."""
        return {
            "finding_id": self.finding_id,
            "rule_id": self.rule_id,
            "rule_set": self.rule_set,
            "severity": self.severity,
            "raised_as": self.raised_as,
            "state": self.state,
            "state_since": instant_text(self.state_since),
            "subject_type": self.subject_type,
            "subject_id": self.subject_id,
            "occurred_at": instant_text(self.occurred_at),
            "raised_at": instant_text(self.raised_at),
            "fields": [*self.fields],
            "organisation": self.organisation,
            "prime": self.prime,
            "overridden": self.overridden,
            "position": self.position,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedFinding:
    """A finding in the list of all customers, with what it is about."""

    customer_id: UUID | None
    """None where it is about a rights request, an organisation's mailboxes or its staff's access."""
    request_id: UUID | None
    access_file: UUID | None
    """The access file of an organisation, by whose id, as a customer's, a finding about access is assessed."""
    finding: Finding
    was_refused: bool
    """Whether it is of a proposal that was refused and done all the same."""

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {
            "customer_id": str(self.customer_id) if self.customer_id else None,
            "request_id": str(self.request_id) if self.request_id else None,
            "access_file": str(self.access_file) if self.access_file else None,
            **self.finding.as_json(),
            "was_refused": self.was_refused,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class BreachAssessment:
    """One breach assessment: until when who must be told, who was, and what came of it (Art. 33(5))."""

    assessment_id: str
    subject_id: str
    findings: list[str]
    rules: list[str]
    became_aware_at: datetime
    due_at: datetime
    organisation: str | None
    risk: str | None
    outcome: str | None
    controller_due_at: datetime | None
    controller_notified_at: datetime | None
    regulator_notified_at: datetime | None
    people_notified_at: datetime | None
    closed_at: datetime | None

    def as_json(self) -> dict[str, Json]:
        """The assessment as the outside contract has it."""
        return {
            "assessment_id": self.assessment_id,
            "subject_id": self.subject_id,
            "findings": [*self.findings],
            "rules": [*self.rules],
            "became_aware_at": instant_text(self.became_aware_at),
            "due_at": instant_text(self.due_at),
            "organisation": self.organisation,
            "risk": self.risk,
            "outcome": self.outcome,
            "controller_due_at": _text(self.controller_due_at),
            "controller_notified_at": _text(self.controller_notified_at),
            "regulator_notified_at": _text(self.regulator_notified_at),
            "people_notified_at": _text(self.people_notified_at),
            "closed_at": _text(self.closed_at),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedBreach:
    """A breach assessment in the register of all customers."""

    customer_id: UUID
    assessment: BreachAssessment
    position: int

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {"customer_id": str(self.customer_id), **self.assessment.as_json(), "position": self.position}


@dataclass(frozen=True, kw_only=True, slots=True)
class NotJudged:
    """An entry of one customer that no rule judged."""

    subject_type: str
    subject_id: str
    because: str

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {"subject_type": self.subject_type, "subject_id": self.subject_id, "because": self.because}


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerFindings:
    """What the rules said about one customer's data."""

    rows: list[Finding]
    breach_assessments: list[BreachAssessment]
    not_judged: list[NotJudged]

    def as_json(self) -> dict[str, Json]:
        """All three lists as the outside contract has them."""
        return {
            "rows": [row.as_json() for row in self.rows],
            "breach_assessments": [row.as_json() for row in self.breach_assessments],
            "not_judged": [row.as_json() for row in self.not_judged],
        }


def _text(moment: datetime | None) -> str | None:
    return instant_text(moment) if moment else None
