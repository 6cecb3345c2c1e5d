"""When each class of one person's records must be destroyed, and under which rule: a pure fold over facts.

The retention view computes the same for everybody with SQL; this fold is used where it is decided whether one person's
records were kept too long, and where a command to destroy them is held to the schedule; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ledger import events
from ledger.clocks import months_after
from ledger.events import Event
from ledger.retention.clocks import STOPPED_AFTER, Started, latest, running, starts
from ledger.retention.impossible_dates import impossible
from ledger.retention.schedule import DECIDED, SCHEDULE, ScheduleLine
from ledger.state.history import KeptEvent
from ledger.state.registers import Registers

_NOT_THE_PERSON_S = frozenset({"staff", "organisation"})
_SERVING = (
    events.CustomerRegistered,
    events.InteractionHeld,
    events.AppointmentKept,
    events.AppointmentMissed,
    events.ServiceEnded,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """The day by which a part of a class must be destroyed; without a period, the day it becomes an exception."""

    rule: str
    destroy_by: date | None
    listed_on: date
    because: int
    """The position of the entry that sets the day; 0 for an instruction, whose entry is on another stream."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImpossibleDate:
    """A date that cannot be, from which the day of a part of a class would have been counted."""

    rule: str
    day: date
    because: int
    """The position of the entry that gives the date."""
    why: str
    """A key of `impossible_dates.REASONS`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """The inputs of the schedule for one person."""

    clocks: Mapping[tuple[str, str], Started]
    running: Sequence[Started]
    registers: Registers
    organisation: str | None
    until: date | None
    """The last day an extension gives."""
    ended: bool = field(init=False)
    never_came: bool = field(init=False)
    by_account_only: bool = field(init=False)

    def __post_init__(self) -> None:
        running = {started.clock for started in self.running}
        started = {clock for clock, _ in self.clocks}
        for name, value in (
            ("ended", "service_ended" in running),
            ("never_came", "missed" in running and "attended" not in started),
            ("by_account_only", "account" in started and "contact" not in started),
        ):
            object.__setattr__(self, name, value)


def due_dates(history: Sequence[KeptEvent], registers: Registers) -> dict[tuple[str, str], Due]:
    """(class, part) to its due date, for each part that is held and whose clock runs; `history` in recorded order.

    Where several schedule lines apply the earliest date wins (CONF-01, CONF-13). What says when it cannot have been
    counts for nothing. The registers must hold the local retention periods that the responsible organisation has set.
    """
    without = impossible([kept[:2] for kept in history], registers)
    counted = [kept for place, kept in enumerate(history) if place not in without]
    organisation = responsible(kept.event for kept in counted)
    clocks = latest(starts(counted))
    extended = (kept.event.until for kept in history if isinstance(kept.event, events.RetentionExtended))
    known = _Known(
        clocks=clocks, running=[*running(clocks), *_instructed(registers, organisation)], registers=registers,
        organisation=organisation, until=max(map(date.fromisoformat, extended), default=None),
    )  # fmt: skip
    found = {}
    for class_, part in _holdings(history):
        chosen = min(_candidates(class_, part, known), default=None, key=lambda candidate: candidate[0])
        if chosen is not None:
            found[class_, part] = chosen[1]
    return found


def impossible_dates(history: Sequence[KeptEvent], registers: Registers) -> dict[tuple[str, str], ImpossibleDate]:
    """(class, part) to the date that cannot be, for each part that is held and would have been due by it.

    A date stands only until a possible one of the same kind takes its place; the latest recorded is the one shown.
    """
    without = impossible([kept[:2] for kept in history], registers)
    if not without:
        return {}
    counted = latest(starts([kept for place, kept in enumerate(history) if place not in without]))
    found: dict[tuple[str, str], ImpossibleDate] = {}
    holdings = list(_holdings(history))
    for place in sorted(without):
        for started in starts(history[place : place + 1]):
            if _replaced(started, counted):
                continue
            for class_, part in holdings:
                lines = (line.rule for line in SCHEDULE if (line.class_, line.clock) == (class_, started.clock))
                rule = min(lines, default=None)
                if rule is not None and _about(started, class_, part):
                    found[class_, part] = ImpossibleDate(
                        rule=rule, day=started.day, because=started.position, why=without[place]
                    )
    return found


def _replaced(started: Started, counted: Mapping[tuple[str, str], Started]) -> bool:
    """Whether a start that cannot be is out of date: a possible one counts in its place, or the clock was stopped."""
    same = counted.get((started.clock, started.part))
    stopped = counted.get((STOPPED_AFTER.get(started.clock, ""), started.part))
    if started.clock == "last_contact" and same is not None:
        return True
    return any(other is not None and other.after(started) for other in (same, stopped))


def responsible(history: Iterable[Event]) -> str | None:
    """The organisation that served the person last, None when none did."""
    organisation = None
    for event in history:
        if isinstance(event, _SERVING):
            organisation = getattr(event, "organisation", None) or getattr(event, "touchpoint", None) or organisation
    return organisation


def instructions_to(registers: Registers, organisation: str | None) -> Iterator[events.DestructionInstructed]:
    """The controller's instructions to destroy what an organisation, or the one it works under, holds (DEST-01)."""
    prime = None
    for entry in registers.entries.get(events.OrganisationRegistered, ()):
        if isinstance(entry, events.OrganisationRegistered) and entry.organisation == organisation:
            prime = entry.part_of
    contractors = {organisation, prime} if organisation else set()
    for entry in registers.entries.get(events.DestructionInstructed, ()):
        if isinstance(entry, events.DestructionInstructed) and entry.contractor in contractors:
            yield entry


def _holdings(history: Sequence[KeptEvent]) -> Iterator[tuple[str, str]]:
    gone = {
        (str(destroyed["class"]), str(destroyed.get("part") or ""))
        for kept in history
        if isinstance(kept.event, events.RecordsDestroyed)
        for destroyed in kept.event.destroyed
    }
    held = {(kept.class_, kept.part): None for kept in history if kept.class_ and kept.class_ not in _NOT_THE_PERSON_S}
    yield from ((class_, part) for class_, part in held if class_ and (class_, part) not in gone)


def _instructed(registers: Registers, organisation: str | None) -> Iterator[Started]:
    for instruction in instructions_to(registers, organisation):
        for class_ in instruction.classes:
            yield Started("instruction", class_, date.fromisoformat(str(instruction.valid_from)), 0)


_Order = tuple[date, date, int, int, str]


def _candidates(class_: str, part: str, known: _Known) -> Iterator[tuple[_Order, Due]]:
    """Every schedule line that applies, with the key by which the smallest takes precedence (CONF-13)."""
    for started in known.running:
        if not _about(started, class_, part):
            continue
        for line in SCHEDULE:
            if (line.class_, line.clock) != (class_, started.clock) or not _applies(line, started.day, known):
                continue
            if line.of_receipts and ("incorporated", part) not in known.clocks:
                continue
            months = line.months if line.local is None else _local_months(line.local, started.day, known)
            ends = [] if months is None else [months_after(started.day, months)]
            if line.clock == "last_contact" and class_ == "nhs_careers" and known.until is not None:
                ends.append(known.until)
            destroy_by = max(ends, default=None)
            patient_until = months_after(started.day, line.patience_months)
            rank = {"erasure": 1, "instruction": 2}.get(started.clock, 3)
            order = (destroy_by or date.max, patient_until, rank, started.position, line.rule)
            yield order, Due(
                rule=line.rule, destroy_by=destroy_by, listed_on=patient_until if months is None else started.day,
                because=started.position,
            )  # fmt: skip


def _about(started: Started, class_: str, part: str) -> bool:
    if started.clock in DECIDED:
        return started.part == class_
    return started.part in {"", part} or (class_ == "equality" and started.part == part.split("/", maxsplit=1)[0])


def _applies(line: ScheduleLine, started_on: date, known: _Known) -> bool:
    if line.contact is not None and (line.contact == "account") != known.by_account_only:
        return False
    if line.choice is not None and not _chosen(line.choice, started_on, known.registers):
        return False
    if line.local == "inactivity" and known.ended:
        return False
    has_own = any(other_line.class_ == line.class_ and other_line.clock == "missed" for other_line in SCHEDULE)
    return line.clock in {"equality", *DECIDED} or (line.clock == "missed") == (known.never_came and has_own)


def _chosen(choice: str, day: date, registers: Registers) -> bool:
    """Whether a choice is in force on a day; a choice about which nothing was published is."""
    periods = [
        (date.fromisoformat(published.valid_from) if published.valid_from else date.min, published.valid_until)
        for published in registers.entries.get(events.RuleSetPublished, ())
        if isinstance(published, events.RuleSetPublished) and published.rule_set == choice
    ]
    begun = [period for period in reversed(periods) if period[0] <= day]
    until = max(begun, key=lambda period: period[0])[1] if begun else None
    return not periods or (bool(begun) and (until is None or date.fromisoformat(until) >= day))


def _local_months(kind: str, day: date, known: _Known) -> int | None:
    """The local period in months in force on the day the clock started, or else the first one set after it."""
    set_ = [
        (date.fromisoformat(entry.valid_from), entry.months)
        for entry in reversed(known.registers.entries.get(events.RetentionPeriodSet, ()))
        if isinstance(entry, events.RetentionPeriodSet)
        and (entry.organisation, entry.kind) == (known.organisation, kind)
    ]
    before = [period for period in set_ if period[0] <= day]
    if before:
        return max(before, key=lambda period: period[0])[1]
    return min(set_, key=lambda period: period[0])[1] if set_ else None
