"""The clocks of one person's records: which event starts each, which of its starts counts, and which run; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger import events
from ledger.clocks import london_day
from ledger.codes.consent_scopes import EQUALITY
from ledger.events import Event
from ledger.retention.schedule import ACCOUNT_CHANNELS, ACCOUNT_RECORDS, ADVISED_RECORDS
from ledger.state.history import KeptEvent

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
"""The clock each event starts; a later event of the same kind starts it again."""
_STOPPED_BY: Mapping[str, str] = {
    "received": "incorporated",
    "breach_opened": "breach_closed",
    "request_received": "request_closed",
}
"""Clocks that stop once another clock has started, in whichever order."""
STOPPED_AFTER: Mapping[str, str] = {"service_ended": "service_resumed", "equality": "equality_given"}
"""Clocks that stop only when another clock started later."""
_STOPPERS = frozenset({"service_resumed", "equality_given", "attended", "account", "contact"})


class Started(NamedTuple):
    """A start of a clock, for all of a person's records or for a part of a class."""

    clock: str
    part: str
    day: date
    position: int
    at: datetime | None = None
    """When a consent was given or withdrawn: consents follow that, other clocks the order of recording (CONSENT-08)."""

    def after(self, other: Started) -> bool:
        """Whether it counts as later than another start of the same, or of the opposite, clock."""
        if self.at is not None and other.at is not None:
            return (self.at, self.position) > (other.at, other.position)
        return self.position > other.position


def latest(every: Iterable[Started]) -> dict[tuple[str, str], Started]:
    """(clock, part) to the start that counts: the latest recorded, or of consents the latest that was given."""
    found: dict[tuple[str, str], Started] = {}
    for started in every:
        before = found.get((started.clock, started.part))
        if before is None or started.at is None or started.after(before):
            found[started.clock, started.part] = started
    return found


def starts(history: Sequence[KeptEvent]) -> Iterator[Started]:
    """Every start of a clock; of readings and of contact only the first, and of last contact only the last day.

    A withdrawal that rests on a report that nobody has confirmed starts no clock.
    """
    first: dict[tuple[str, str], Started] = {}
    last_contact: Started | None = None
    for at, event, _, _, position in history:
        day = london_day(at)
        stated_at = getattr(event, "held_at", None) or getattr(event, "appointment_at", None)
        stated_day = london_day(datetime.fromisoformat(stated_at)) if stated_at else day
        clock = _STARTS.get(type(event))
        if clock and (not isinstance(event, events.Consent) or (event.scope in EQUALITY and not event.rests_on)):
            said_at = at if isinstance(event, events.Consent) else None
            dated = stated_day if clock in {"missed", "attended"} else day
            yield Started(clock, _part(event), dated, position, said_at)
        if isinstance(event, events.CustomerRegistered | events.InteractionHeld | events.AppointmentKept):
            contact = Started("last_contact", "", stated_day, position)
            last_contact = max(last_contact or contact, contact, key=lambda started: started[2:])
        for named, part in _started_once(event):
            first.setdefault((named, part), Started(named, part, day, position))
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
        case events.PersonalDataRead() | events.AccessRefused() | events.OfAGrant():
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


def running(clocks: Mapping[tuple[str, str], Started]) -> Iterator[Started]:
    """The starts of the clocks that no other clock has stopped."""
    for started in clocks.values():
        after = clocks.get((STOPPED_AFTER.get(started.clock, ""), started.part))
        stopped = (_STOPPED_BY.get(started.clock, ""), started.part) in clocks
        if started.clock not in _STOPPERS and not stopped and (after is None or not after.after(started)):
            yield started
