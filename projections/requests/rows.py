"""The rows of the requests view: a request as it stands on a day, its steps, and the counts of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.calendars import Calendar
from ledger.clocks import instant_text
from ledger.codes.rights import RULES
from ledger.events import Json
from ledger.state.request import RequestStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class StepFinding:
    """A rule that a step of a request broke."""

    rule: str
    on: date

    @property
    def severity(self) -> str | None:
        return RULES[self.rule].severity

    @property
    def sentence(self) -> str:
        return RULES[self.rule].sentence

    def as_json(self) -> dict[str, Json]:
        """The finding as the outside contract has it."""
        return {"rule": self.rule, "severity": self.severity, "sentence": self.sentence, "on": self.on.isoformat()}


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestRow:
    """One rights request as it stands on a day."""

    request_id: UUID
    kind: str
    customer_id: UUID | None
    organisation: str | None
    """The organisation that received it."""
    channel: str | None
    received_on: date | None
    closed_on: date | None
    told_due_on: str | None
    """The day the person was last told to expect an answer by."""
    findings: tuple[StepFinding, ...]
    standing: RequestStatus
    calendar: Calendar
    position: int

    def as_json(self) -> dict[str, Json]:
        """The request as the lists of the outside contract have it."""
        reckoned = self.standing.as_json(self.calendar)
        return {
            "request_id": str(self.request_id),
            "kind": self.kind,
            "customer_id": str(self.customer_id) if self.customer_id else None,
            "organisation": self.organisation,
            "channel": self.channel,
            "received_on": self.received_on.isoformat() if self.received_on else None,
            "restarted_on": [day.isoformat() for day in self.standing.restarted_on],
            "closed_on": self.closed_on.isoformat() if self.closed_on else None,
            "told_due_on": self.told_due_on,
            "findings": [finding.as_json() for finding in self.findings],
            "position": self.position,
            **{name: value for name, value in reckoned.items() if name not in {"clock", "calendar"}},
            "calendar": self.calendar.version,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestStep:
    """One step of a request: facts only."""

    position: int
    type: str
    label: str
    occurred_at: datetime
    recorded_at: datetime
    facts: Mapping[str, Json]

    def as_json(self) -> dict[str, Json]:
        """The step as the outside contract has it."""
        return {
            "position": self.position,
            "type": self.type,
            "label": self.label,
            "occurred_at": instant_text(self.occurred_at),
            "recorded_at": instant_text(self.recorded_at),
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestFile:
    """One request with its clock and its steps."""

    request: RequestRow
    steps: tuple[RequestStep, ...]

    def as_json(self) -> dict[str, Json]:
        """The request by itself as the outside contract has it."""
        row = self.request
        steps: list[Json] = [step.as_json() for step in self.steps]
        return {**row.as_json(), **row.standing.as_json(row.calendar), "steps": steps}


@dataclass(frozen=True, kw_only=True, slots=True)
class KindCount:
    """How many requests of a kind there are on a day, and how many came in each month."""

    kind: str
    open: int
    closed: int
    late: int
    by_month: Mapping[str, int]

    def as_json(self) -> dict[str, Json]:
        """The counts as the outside contract has them."""
        return {
            "kind": self.kind,
            "open": self.open,
            "closed": self.closed,
            "late": self.late,
            "by_month": dict(self.by_month),
        }
