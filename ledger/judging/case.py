"""What is heard when a command is judged: the rules, the registers, the people, and what had happened before. Pure."""

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
    """What judging needs to know of a person, to compare and not to keep."""

    name: Name | None = None
    born: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hearing:
    """What is known when one command is judged: the rules, the registers and the people in it."""

    rules: Sequence[Rule]
    registers: Registers
    people: Mapping[UUID, Person] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One part of a command: the customer, the event it makes and what had happened before."""

    command: Command
    stream: UUID
    made: tuple[Event, ...]
    history: Sequence[DatedEvent]
    others: Sequence[Sequence[DatedEvent]] = ()
    """What had happened to the person's other records."""
    kept: Sequence[KeptEvent] = ()
    """The history with what is kept by it, where it is asked what was not destroyed in time."""

    def number(self, *about: str) -> str:
        """The number of a finding of this case: the same for the same command, whenever it is decided."""
        return str(uuid5(self.command.id, " ".join((str(self.stream), *about))))

    def found_before(self) -> frozenset[tuple[str, str]]:
        """Rule and subject of every finding there was already."""
        raised = (event for _, event in self.history if isinstance(event, events.FindingRaised))
        return frozenset((one.rule, one.subject_id) for one in raised)


def assessments(
    case: Case, grave: Sequence[events.FindingRaised], at: datetime, hearing: Hearing | None
) -> Iterator[Event]:
    """One breach assessment for each subject of these findings; its 72 hours run from when it was noticed (LEDG-06).

    A contractor has 24 hours to tell the controller (LAW-CLK-14).
    """
    for subject in dict.fromkeys(one.subject_id for one in grave):
        said = getattr(case.made[0], "became_aware_at", None)
        aware = min(at, datetime.fromisoformat(said)) if said else at  # earlier may be said, later never
        if isinstance(case.made[0], events.DataShared):
            aware = max(aware, min(at, case.command.occurred_at))  # nobody knows of a share before it happens
        registers = None if hearing is None else hearing.registers.on(london_day(aware))
        of_contractor = registers is not None and registers.is_contractor(grave[0].organisation)
        yield events.BreachAssessmentOpened(
            assessment_id=assessment_number(case.command.id, subject),
            subject_id=subject,
            findings=tuple(one.finding_id for one in grave if one.subject_id == subject),
            became_aware_at=instant_text(aware),
            due_at=instant_text(breach_notification_due(aware)),
            controller_due_at=instant_text(controller_notification_due(aware)) if of_contractor else None,
            organisation=grave[0].organisation,
        )


def found_grave(
    case: Case, at: datetime, hearing: Hearing | None, *, of_person: Sequence[DatedEvent] = ()
) -> Iterator[Event]:
    """The breach assessment of a finding that somebody finds grave after all, unless it is in one already (LEDG-06).

    `of_person` is what else happened, where the finding is about a request of theirs.
    """
    for event in case.made:
        if not isinstance(event, events.FindingAssessed) or event.severity != "S1":
            continue
        told = [one for _, one in (*case.history, *of_person)]
        number = event.finding_id
        if any(isinstance(one, events.BreachAssessmentOpened) and number in one.findings for one in told):
            continue
        yield from assessments(
            case,
            [one for one in told if isinstance(one, events.FindingRaised) and one.finding_id == number],
            min(at, case.command.occurred_at),  # whoever judged it grave knew of it then
            hearing,
        )


def assessment_number(command: UUID, subject: str) -> str:
    """The number of the assessment that a command opens about a subject: the same whenever it is decided."""
    return str(uuid5(command, f"assessment {subject}"))
