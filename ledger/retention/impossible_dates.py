"""Dates that cannot be: an end before its beginning, an act before the organisation or its contract began; pure.

Such an event is recorded like any other, but no due date is counted from it: a wrong date would make records due that
nobody may destroy yet, and destruction cannot be undone. What it would have dated stands on the exception list. The
registers are read as they are known now, so that an entry corrected in them takes the exception away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from ledger import events
from ledger.clocks import london_day
from ledger.codes.consent_scopes import EQUALITY
from ledger.events import Event
from ledger.retention.schedule import ACCOUNT_RECORDS, ADVISED_RECORDS
from ledger.state.history import DatedEvent
from ledger.state.registers import Registers, first_day

ENDED_BEFORE_REGISTERED = "ended-before-registered"
INCORPORATED_BEFORE_RECEIVED = "incorporated-before-received"
CLOSED_BEFORE_OPENED = "closed-before-opened"
BEFORE_ORGANISATION = "before-organisation"
BEFORE_CONTRACT = "before-contract"

REASONS: Mapping[str, str] = {
    ENDED_BEFORE_REGISTERED: "the service is recorded as ended before the person was registered",
    INCORPORATED_BEFORE_RECEIVED: "what was received is recorded as put into the record before it came",
    CLOSED_BEFORE_OPENED: "the assessment of a possible breach is recorded as closed before it was opened",
    BEFORE_ORGANISATION: "it is recorded as done before the organisation that did it was registered",
    BEFORE_CONTRACT: "it is recorded as done before the contract of the organisation that did it began",
}
"""Why a date cannot be, in plain words."""

_SERVED = (
    events.CustomerRegistered,
    events.InteractionHeld,
    events.AppointmentKept,
    events.AppointmentMissed,
    events.ServiceEnded,
)
_REFUSALS = (events.ConsentWithdrawn, events.ConsentRefused, events.ConsentExpired, events.ConsentInvalidated)
_Key = tuple[type[Event], str]


def impossible(history: Sequence[DatedEvent], registers: Registers) -> dict[int, str]:
    """Place in the history to the reason, a key of REASONS, for each event that says when it cannot have been."""
    begun = _begun(history)
    organisations = _Began(registers)
    found: dict[int, str] = {}
    beginnings: dict[_Key, str] = {}
    for place, (at, event) in enumerate(history):
        why = organisations.why(event, at)
        if why is not None:
            beginnings[_key(event)] = why
            found[place] = why
    for place, (at, event) in enumerate(history):
        ended = _end_of(event)
        if ended is None:
            continue
        beginning, why = ended
        if (day := begun.get(beginning)) is not None and london_day(at) < day:
            found[place] = why
        elif isinstance(event, _WITHOUT_ORGANISATION) and beginning in beginnings:
            found[place] = beginnings[beginning]  # what began when it cannot have been has no day to end on either
    return found


def possible(history: Sequence[DatedEvent], registers: Registers) -> Iterator[Event]:
    """The events of a history without those that say when they cannot have been."""
    without = impossible(history, registers)
    return (event for place, (_, event) in enumerate(history) if place not in without)


_WITHOUT_ORGANISATION = (
    events.DataIncorporated,
    events.ResponseSent,
    events.RequestRefused,
    events.RequestWithdrawn,
)


def _end_of(event: Event) -> tuple[_Key, str] | None:
    """The beginning that an event ends, and why its date cannot be when it lies before that."""
    match event:
        case events.ServiceEnded():
            return (events.CustomerRegistered, ""), ENDED_BEFORE_REGISTERED
        case events.DataIncorporated():
            return (events.DataReceived, event.receipt_id), INCORPORATED_BEFORE_RECEIVED
        case events.BreachAssessmentClosed():
            return (events.BreachAssessmentOpened, event.assessment_id), CLOSED_BEFORE_OPENED
        case events.ResponseSent() | events.RequestRefused() | events.RequestWithdrawn():
            return (events.RequestReceived, ""), ""  # a step before the request is refused where it is recorded
        case _:
            return None


def _key(event: Event) -> _Key:
    return type(event), getattr(event, "receipt_id", None) or getattr(event, "assessment_id", None) or ""


def _begun(history: Sequence[DatedEvent]) -> dict[_Key, date]:
    """The first day of everything that something else ends.

    When an imported document was written says nothing about the day of registration: only the document itself does.
    """
    found: dict[_Key, date] = {}
    for at, event in history:
        day: date | None = london_day(at)
        if isinstance(event, events.CustomerRegistered) and event.registered_at:
            day = london_day(datetime.fromisoformat(event.registered_at))
        elif isinstance(event, events.CustomerRegistered) and event.written_at:
            day = None
        elif not isinstance(event, events.CustomerRegistered | events.DataReceived | events.BreachAssessmentOpened):
            continue
        if day is not None:
            found[_key(event)] = min(day, found.get(_key(event), day))
    return found


class _Began:
    """Since when each organisation is registered and under contract."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers
        self._known: dict[str, tuple[date | None, date | None]] = {}

    def why(self, event: Event, at: datetime) -> str | None:
        """Why an event cannot be the act of the organisation it names; None when it can, or names none."""
        organisation = acting(event)
        if organisation is None:
            return None
        if organisation not in self._known:
            self._known[organisation] = self._first_days(organisation)
        registered, contracted = self._known[organisation]
        day = min(_days(event, at))
        if registered is not None and day < registered:
            return BEFORE_ORGANISATION
        return BEFORE_CONTRACT if contracted is not None and day < contracted else None

    def _first_days(self, organisation: str) -> tuple[date | None, date | None]:
        entries = self._registers.entries
        registered, under = None, None
        for entry in entries.get(events.OrganisationRegistered, ()):
            if isinstance(entry, events.OrganisationRegistered) and entry.organisation == organisation:
                registered = min(first_day(entry), registered or date.max)
                under = entry.part_of
        holders = {organisation, under}
        contracted = [
            first_day(entry)
            for entry in entries.get(events.ContractStarted, ())
            if isinstance(entry, events.ContractStarted) and entry.organisation in holders
        ]
        return registered, min(contracted, default=None)


def acting(event: Event) -> str | None:
    """The organisation whose act an event is, for the acts from which a due date may be counted."""
    match event:
        case events.DataReceived():
            return event.received_by
        case events.RecordKept() if event.collection not in ADVISED_RECORDS | ACCOUNT_RECORDS:
            return None
        case events.Consent() if not isinstance(event, _REFUSALS) or event.scope not in EQUALITY:
            return None
        case events.RecordKept() | events.Consent() | events.RequestReceived():
            pass
        case _ if not isinstance(event, _SERVED):
            return None
        case _:
            pass
    return getattr(event, "organisation", None) or getattr(event, "touchpoint", None)


def _days(event: Event, at: datetime) -> Iterator[date]:
    """The days an event names: when it was recorded to have happened, and when it says it was."""
    yield london_day(at)
    stated_at = getattr(event, "held_at", None) or getattr(event, "appointment_at", None)
    if stated_at:
        yield london_day(datetime.fromisoformat(stated_at))
