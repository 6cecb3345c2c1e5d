"""The context in which a command is judged: the rules, the registers, the people, and what happened before. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid5

from ledger import events
from ledger.clocks import breach_notification_due, controller_notification_due, instant_text, london_day
from ledger.commands.reader import Command
from ledger.events import Event
from ledger.names import Name
from ledger.rules.rule import Rule
from ledger.state.history import DatedEvent, KeptEvent
from ledger.state.registers import Registers


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """What judging knows of a person. It is compared and never stored."""

    name: Name | None = None
    born: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What one command is judged with: the rules, the registers and the people in it."""

    rules: Sequence[Rule]
    registers: Registers
    people: Mapping[UUID, Person] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One part of a command: the stream, the events it makes and what had happened before."""

    command: Command
    stream: UUID
    made: tuple[Event, ...]
    history: Sequence[DatedEvent]
    others: Sequence[Sequence[DatedEvent]] = ()
    """The histories of the person's other records."""
    kept: Sequence[KeptEvent] = ()
    """The history with the retention class of each event, when the command reports what was not destroyed in time."""

    def finding_id(self, *about: str) -> str:
        """The id of a finding of this case: the same for the same command, whenever it is decided."""
        return str(uuid5(self.command.id, " ".join((str(self.stream), *about))))

    def found_before(self) -> frozenset[tuple[str, str]]:
        """Rule and subject of every finding already recorded."""
        raised = (event for _, event in self.history if isinstance(event, events.FindingRaised))
        return frozenset((finding.rule, finding.subject_id) for finding in raised)


def assessments(
    case: Case, grave: Sequence[events.FindingRaised], at: datetime, context: Context | None
) -> Iterator[Event]:
    """One breach assessment for each subject of these findings. Its 72 hours run from when it was noticed (LEDG-06).

    A contractor has 24 hours to notify the controller (LAW-CLK-14).
    """
    for subject in dict.fromkeys(finding.subject_id for finding in grave):
        stated = getattr(case.made[0], "became_aware_at", None)
        aware = (
            min(at, datetime.fromisoformat(stated)) if stated else at
        )  # an earlier time may be stated, a later one may not
        if isinstance(case.made[0], events.DataShared):
            aware = max(aware, min(at, case.command.occurred_at))  # nobody knows of a share before it happens
        registers = None if context is None else context.registers.on(london_day(aware))
        of_contractor = registers is not None and registers.is_contractor(grave[0].organisation)
        yield events.BreachAssessmentOpened(
            assessment_id=assessment_id_of(case.command.id, subject),
            subject_id=subject,
            findings=tuple(finding.finding_id for finding in grave if finding.subject_id == subject),
            became_aware_at=instant_text(aware),
            due_at=instant_text(breach_notification_due(aware)),
            controller_due_at=instant_text(controller_notification_due(aware)) if of_contractor else None,
            organisation=grave[0].organisation,
        )


def assessments_of_grave_findings(
    case: Case, at: datetime, context: Context | None, *, of_person: Sequence[DatedEvent] = ()
) -> Iterator[Event]:
    """A breach assessment for each finding that somebody reassesses as S1, unless one has it already (LEDG-06).

    `of_person` is the history of the person when the finding is about a request of theirs.
    """
    for event in case.made:
        if not isinstance(event, events.FindingAssessed) or event.severity != "S1":
            continue
        history = [earlier for _, earlier in (*case.history, *of_person)]
        finding_id = event.finding_id
        if any(
            isinstance(earlier, events.BreachAssessmentOpened) and finding_id in earlier.findings for earlier in history
        ):
            continue
        yield from assessments(
            case,
            [
                earlier
                for earlier in history
                if isinstance(earlier, events.FindingRaised) and earlier.finding_id == finding_id
            ],
            min(at, case.command.occurred_at),  # the person who assessed it knew of it then
            context,
        )


OVERRIDE = ("override_reason", "overridden_by")
"""The fields of a share by which a named person overrides a warning (LEDG-09)."""


def overridden(judged: Event) -> bool:
    """Whether a named person overrode a warning and gave a reason."""
    return all(getattr(judged, name, None) for name in OVERRIDE)


def assessment_id_of(command: UUID, subject: str) -> str:
    """The id of the assessment that a command opens about a subject: the same whenever it is decided."""
    return str(uuid5(command, f"assessment {subject}"))
