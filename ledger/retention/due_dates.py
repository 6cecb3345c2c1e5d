"""What of one person's records is to be destroyed by when, and under which rule: a pure fold over facts.

The retention view says it of everybody with SQL; this says it of one person, where it is decided whether something was
kept too long. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from ledger import events
from ledger.clocks import london_day, months_after
from ledger.codes.consent_scopes import EQUALITY
from ledger.events import Event
from ledger.retention.schedule import (
    ACCOUNT_CHANNELS,
    ACCOUNT_RECORDS,
    ADVISED_RECORDS,
    DECIDED,
    SCHEDULE,
    ScheduleLine,
)
from ledger.state.registers import Registers

_NOT_THE_PERSON_S = frozenset({"staff", "organisation"})
_STARTS: Mapping[type[Event], str] = {
    events.ServiceEnded: "service_ended",
    events.ServiceResumed: "service_resumed",
    events.DataReceived: "received",
    events.DataIncorporated: "incorporated",
    events.AppointmentMissed: "missed",
    events.AppointmentKept: "attended",
    events.RequestReceived: "request_received",
    events.ResponseSent: "request_closed",
    events.RequestRefused: "request_closed",
    events.RequestWithdrawn: "request_closed",
    events.ConsentWithdrawn: "equality",
    events.ConsentRefused: "equality",
    events.ConsentExpired: "equality",
    events.ConsentInvalidated: "equality",
    events.ConsentGiven: "equality_given",
    events.BreachAssessmentOpened: "breach_opened",
    events.BreachAssessmentClosed: "breach_closed",
}
"""Clocks that a later event of the same kind starts again."""
_STOPPED_BY: Mapping[str, str] = {
    "received": "incorporated",
    "breach_opened": "breach_closed",
    "request_received": "request_closed",
}
"""Clocks that stand still once the other one started, whenever that was."""
_STOPPED_AFTER: Mapping[str, str] = {"service_ended": "service_resumed", "equality": "equality_given"}
"""Clocks that stand still when the other one started later."""
_STOPPERS = frozenset({"service_resumed", "equality_given", "attended", "account", "contact"})
_SERVING = (
    events.CustomerRegistered,
    events.InteractionHeld,
    events.AppointmentKept,
    events.AppointmentMissed,
    events.ServiceEnded,
)


class Kept(NamedTuple):
    """An event with what is sealed in it: under which class and part, or no class when nothing is."""

    at: datetime
    event: Event
    class_: str | None
    part: str
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """Until when one part of a class may be kept; without a period, since when it is an exception."""

    rule: str
    destroy_by: date | None
    listed_on: date


class _Started(NamedTuple):
    clock: str
    part: str
    day: date
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What the schedule asks about one person."""

    clocks: Mapping[tuple[str, str], _Started]
    running: Sequence[_Started]
    registers: Registers
    organisation: str | None
    until: date | None
    """The last day an extension gives."""
    ended: bool = field(init=False)
    never_came: bool = field(init=False)
    by_account_only: bool = field(init=False)

    def __post_init__(self) -> None:
        running = {one.clock for one in self.running}
        started = {clock for clock, _ in self.clocks}
        for name, value in (
            ("ended", "service_ended" in running),
            ("never_came", "missed" in running and "attended" not in started),
            ("by_account_only", "account" in started and "contact" not in started),
        ):
            object.__setattr__(self, name, value)


def falling_due(kept: Sequence[Kept], registers: Registers) -> dict[tuple[str, str], Due]:
    """Each class and part of a person's records whose clock runs, after these events in the order of recording.

    The registers must hold the local periods that the organisation responsible has set.
    """
    who = responsible(one.event for one in kept)
    clocks = {(one.clock, one.part): one for one in _clocks(kept)}
    extended = (one.event.until for one in kept if isinstance(one.event, events.RetentionExtended))
    known = _Known(
        clocks=clocks, running=[*_running(clocks), *_instructed(registers, who)], registers=registers, organisation=who,
        until=max(map(date.fromisoformat, extended), default=None),
    )  # fmt: skip
    found = {}
    for class_, part in _holdings(kept):
        chosen = min(_candidates(class_, part, known), default=None, key=lambda one: one[0])
        if chosen is not None:
            found[class_, part] = chosen[1]
    return found


def responsible(history: Iterable[Event]) -> str | None:
    """The organisation that served the person last."""
    who = None
    for event in history:
        if isinstance(event, _SERVING):
            who = getattr(event, "organisation", None) or getattr(event, "touchpoint", None) or who
    return who


def instructions_to(registers: Registers, organisation: str | None) -> Iterator[events.DestructionInstructed]:
    """The controller's instructions to destroy what an organisation, or the one it works under, holds (DEST-01)."""
    prime = None
    for one in registers.entries.get(events.OrganisationRegistered, ()):
        if isinstance(one, events.OrganisationRegistered) and one.organisation == organisation:
            prime = one.part_of
    for one in registers.entries.get(events.DestructionInstructed, ()):
        if isinstance(one, events.DestructionInstructed) and organisation and one.contractor in {organisation, prime}:
            yield one


def _holdings(kept: Sequence[Kept]) -> Iterator[tuple[str, str]]:
    gone = {
        (str(one["class"]), str(one.get("part") or ""))
        for each in kept
        if isinstance(each.event, events.RecordsDestroyed)
        for one in each.event.destroyed
    }
    held = {(one.class_, one.part): None for one in kept if one.class_ and one.class_ not in _NOT_THE_PERSON_S}
    yield from ((class_, part) for class_, part in held if class_ and (class_, part) not in gone)


def _clocks(kept: Sequence[Kept]) -> Iterator[_Started]:
    """The clocks as they were started last, but the last contact by its day, and a month's readings by the first."""
    first: dict[tuple[str, str], _Started] = {}
    last_contact: _Started | None = None
    for at, event, _, _, position in kept:
        day = london_day(at)
        said_on = getattr(event, "held_at", None) or getattr(event, "appointment_at", None)
        said_day = london_day(datetime.fromisoformat(said_on)) if said_on else day
        clock = _STARTS.get(type(event))
        if clock and (not isinstance(event, events.Consent) or event.scope in EQUALITY):
            yield _Started(clock, _part(event), said_day if clock in {"missed", "attended"} else day, position)
        if isinstance(event, events.CustomerRegistered | events.InteractionHeld | events.AppointmentKept):
            one = _Started("last_contact", "", said_day, position)
            last_contact = one if last_contact is None else max(last_contact, one, key=lambda each: each[2:])
        for named, part in _started_once(event):
            first.setdefault((named, part), _Started(named, part, day, position))
    yield from first.values()
    if last_contact is not None:
        yield last_contact


def _part(event: Event) -> str:
    if isinstance(event, events.DataReceived | events.DataIncorporated):
        return event.receipt_id
    if isinstance(event, events.BreachAssessmentOpened | events.BreachAssessmentClosed):
        return event.assessment_id
    scope = getattr(event, "scope", "")
    return scope if scope in {"collect_ethnicity", "collect_lldd_health"} else ""


def _started_once(event: Event) -> Iterator[tuple[str, str]]:
    match event:
        case events.PersonalDataRead():
            yield "read", event.part or ""
        case events.ErasureUpheld():
            yield from (("erasure", class_) for class_ in event.classes)
        case events.InteractionHeld():
            by_account = str(event.channel or "").lower() in ACCOUNT_CHANNELS
            yield ("account" if by_account else "contact"), ""
        case events.AppointmentKept():
            yield "contact", ""
        case events.RecordKept() if event.collection in ADVISED_RECORDS:
            yield "contact", ""
        case events.RecordKept() if event.collection in ACCOUNT_RECORDS:
            yield "account", ""
        case _:
            pass


def _running(clocks: Mapping[tuple[str, str], _Started]) -> Iterator[_Started]:
    for one in clocks.values():
        after = clocks.get((_STOPPED_AFTER.get(one.clock, ""), one.part))
        stopped = (_STOPPED_BY.get(one.clock, ""), one.part) in clocks
        if one.clock not in _STOPPERS and not stopped and (after is None or after.position < one.position):
            yield one


def _instructed(registers: Registers, who: str | None) -> Iterator[_Started]:
    for one in instructions_to(registers, who):
        for class_ in one.classes:
            yield _Started("instruction", class_, date.fromisoformat(str(one.valid_from)), 0)


_Order = tuple[date, date, int, int, str]


def _candidates(class_: str, part: str, known: _Known) -> Iterator[tuple[_Order, Due]]:
    """Every line that applies, in the order in which they go before each other (CONF-13)."""
    for one in known.running:
        if not _about(one, class_, part):
            continue
        for line in SCHEDULE:
            if (line.class_, line.clock) != (class_, one.clock) or not _applies(line, one.day, known):
                continue
            if line.of_receipts and ("incorporated", part) not in known.clocks:
                continue
            months = line.months if line.local is None else _local_months(line.local, one.day, known)
            ends = [] if months is None else [months_after(one.day, months)]
            if line.clock == "last_contact" and class_ == "nhs_careers" and known.until is not None:
                ends.append(known.until)
            destroy_by = max(ends, default=None)
            patient_until = months_after(one.day, line.patience_months)
            rank = {"erasure": 1, "instruction": 2}.get(one.clock, 3)
            order = (destroy_by or date.max, patient_until, rank, one.position, line.rule)
            yield order, Due(
                rule=line.rule, destroy_by=destroy_by, listed_on=patient_until if months is None else one.day
            )  # fmt: skip


def _about(one: _Started, class_: str, part: str) -> bool:
    if one.clock in DECIDED:
        return one.part == class_
    return one.part in {"", part} or (class_ == "equality" and one.part == part.split("/", maxsplit=1)[0])


def _applies(line: ScheduleLine, started_on: date, known: _Known) -> bool:
    if line.contact is not None and (line.contact == "account") != known.by_account_only:
        return False
    if line.choice is not None and not _chosen(line.choice, started_on, known.registers):
        return False
    if line.local == "inactivity" and known.ended:
        return False
    has_own = any(one.class_ == line.class_ and one.clock == "missed" for one in SCHEDULE)
    return line.clock in {"equality", *DECIDED} or (line.clock == "missed") == (known.never_came and has_own)


def _chosen(choice: str, day: date, registers: Registers) -> bool:
    """Whether a choice is in force: as published, or else it is."""
    said = [
        (date.fromisoformat(one.valid_from) if one.valid_from else date.min, one.valid_until)
        for one in registers.entries.get(events.RuleSetPublished, ())
        if isinstance(one, events.RuleSetPublished) and one.rule_set == choice
    ]
    begun = [one for one in reversed(said) if one[0] <= day]
    until = max(begun, key=lambda one: one[0])[1] if begun else None
    return not said or (bool(begun) and (until is None or date.fromisoformat(until) >= day))


def _local_months(kind: str, day: date, known: _Known) -> int | None:
    """The period in force on the day the clock started, or else the first one that was set after it."""
    set_ = [
        (date.fromisoformat(one.valid_from), one.months)
        for one in reversed(known.registers.entries.get(events.RetentionPeriodSet, ()))
        if isinstance(one, events.RetentionPeriodSet) and (one.organisation, one.kind) == (known.organisation, kind)
    ]
    before = [one for one in set_ if one[0] <= day]
    if before:
        return max(before, key=lambda one: one[0])[1]
    return min(set_, key=lambda one: one[0])[1] if set_ else None
