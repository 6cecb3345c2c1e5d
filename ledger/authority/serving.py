"""Which organisations serve a person, and since when: a pure fold over the person's entries; nothing is unsealed.

Serving begins with an event that only somebody entitled can have put there; a report of a caller who does not serve the
person is a claim on another stream and begins nothing. Entries made before there were claims are read by their actor:
those of the controller's side, of the import and of the operator say who acted, those of a contractor count only where
it registered the person or already served them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ledger import events
from ledger.authority.side import contract_is_over
from ledger.caller import CONTROLLER_ROLES, IMPORTER, OFFICE, role_and_organisation
from ledger.events import Event
from ledger.log.codec import Entry
from ledger.state.registers import InForce
from ledger.state.replay import event_of

Beginning = Literal["registered", "referred", "assigned", "identity-shown", "acted"]
ACTS: Mapping[type[Event], tuple[str, ...]] = {
    events.RecordKept: ("organisation", "touchpoint"),
    events.RecordCorrected: ("organisation", "touchpoint"),
    events.AppointmentKept: ("organisation",),
    events.AppointmentMissed: ("organisation",),
    events.InteractionHeld: ("organisation", "touchpoint"),
    events.CustomerInformed: ("organisation",),
    events.ConsentGiven: ("organisation",),
    events.DataShared: ("sent_by",),
    events.DataReceived: ("received_by",),
}
"""What an organisation does for a person it serves, and the fields that name it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """How an organisation came to serve a person."""

    since: datetime
    because: Beginning


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """Who serves a person after their entries so far."""

    organisations: Mapping[str, Service]
    referrals: Mapping[str, str | None]
    """Referrals made by somebody entitled: referral id to the organisation it is to."""
    ended: bool = False

    def by(self, code: str) -> bool:
        """Whether an organisation serves the person by their entries alone; `serves` asks the registers too."""
        return code in self.organisations


def serving_of(history: Iterable[Entry]) -> Serving:
    """Who serves the person of these entries."""
    serving = Serving(organisations={}, referrals={})
    for entry in history:
        if entry.type in _COUNTED:
            serving = _after(serving, entry)
    return serving


def serves(code: str, on: InForce, history: Iterable[Entry]) -> bool:
    """Whether an organisation serves the person of these entries, on the day of the registers.

    Serving ends with the service, by the controller's decision, and with the organisation's registration or last
    contract, which are no entries of the person.
    """
    return _may_serve(code, on) and serving_of(history).by(code)


def who_serves(on: InForce, history: Iterable[Entry]) -> list[str]:
    """The organisations that serve the person of these entries, on the day of the registers, by their codes."""
    return sorted(code for code in serving_of(history).organisations if _may_serve(code, on))


def _may_serve(code: str, on: InForce) -> bool:
    return on.organisation(code) is not None and not contract_is_over(on, code)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A time in which an organisation served a person."""

    organisation: str
    since: datetime
    because: Beginning
    began: Entry
    """The entry with which it began."""
    until: datetime | None = None


def periods_of(history: Iterable[Entry]) -> list[Period]:
    """Every time in which an organisation served the person of these entries, in the order they began."""
    serving, periods = Serving(organisations={}, referrals={}), list[Period]()
    for entry in history:
        if entry.type not in _COUNTED:
            continue
        before, serving = serving, _after(serving, entry)
        if serving.organisations == before.organisations:
            continue
        periods = [_ended(period, serving, entry) for period in periods]
        periods += [
            Period(organisation=code, since=known.since, because=known.because, began=entry)
            for code, known in serving.organisations.items()
            if before.organisations.get(code) != known
        ]
    return periods


def _ended(period: Period, serving: Serving, entry: Entry) -> Period:
    goes_on = serving.organisations.get(period.organisation)
    ended = period.until is None and (goes_on is None or goes_on.since != period.since)
    return replace(period, until=entry.recorded_at) if ended else period


_ENTRIES: tuple[type[Event], ...] = (
    *ACTS, events.CustomerRegistered, events.CustomerReferred, events.ReferralAccepted, events.ServingBegan,
    events.ServingEnded, events.ServiceEnded, events.ServiceResumed,
)  # fmt: skip
_COUNTED = frozenset(kind.NAME for kind in _ENTRIES)


def _after(serving: Serving, entry: Entry) -> Serving:
    event = event_of(entry)
    role, actor, operator = role_and_organisation(entry.actor)
    authoritative = operator or role in CONTROLLER_ROLES | {IMPORTER}
    match event:
        case events.CustomerRegistered():
            return _begun(serving, entry, "registered", event.organisation or event.touchpoint or actor)
        case events.CustomerReferred() if authoritative or role == OFFICE or serving.by(actor):
            return replace(serving, referrals={**serving.referrals, event.referral_id: event.referred_to})
        case events.ReferralAccepted() if serving.referrals.get(event.referral_id):
            return _begun(serving, entry, "referred", serving.referrals[event.referral_id])
        case events.ServingBegan():
            return _begun(serving, entry, "assigned" if event.because == "assigned" else "identity-shown",
                          event.organisation)  # fmt: skip
        case events.ServingEnded():
            left = {code: known for code, known in serving.organisations.items() if code != event.organisation}
            return replace(serving, organisations=left)
        case events.ServiceEnded() if authoritative or serving.by(actor):
            return replace(serving, organisations={}, ended=True)
        case events.ServiceResumed() if authoritative:
            return _begun(serving, entry, "acted", event.organisation or actor)
        case _ if authoritative and not serving.ended:
            for name in ACTS.get(type(event), ()):
                serving = _begun(serving, entry, "acted", getattr(event, name))
            return serving
        case _:
            return serving


def _begun(serving: Serving, entry: Entry, because: Beginning, code: str | None) -> Serving:
    if not code or (serving.by(code) and not serving.ended):
        return serving
    begun = Service(since=entry.recorded_at, because=because)
    return replace(serving, organisations={**serving.organisations, code: begun}, ended=False)
