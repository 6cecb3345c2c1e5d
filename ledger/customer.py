"""A customer as the decisions need to know them: folded from facts alone, so deciding never unseals anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ledger import events
from ledger.events import Event

ConsentState = Literal["asked", "given", "refused", "withdrawn", "expired", "invalidated"]
FindingState = Literal["open", "assessed", "remediated", "closed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """What is true of one customer after their events so far."""

    registered: bool = False
    programme: str | None = None
    ended: bool = False
    consents: Mapping[str, ConsentState] = field(default_factory=dict)
    referrals: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    appointments: frozenset[tuple[str, str]] = frozenset()
    shares: frozenset[str] = frozenset()
    receipts: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()
    incorporated: frozenset[str] = frozenset()
    holds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Holds in force: number and the classes each covers, none meaning all."""
    findings: Mapping[str, FindingState] = field(default_factory=dict)
    """Where each finding about this customer's data stands."""
    lifted: frozenset[str] = frozenset()
    """Numbers of holds that were lifted; a new hold needs a number of its own."""
    destroyed: frozenset[tuple[str, str]] = frozenset()
    """Classes and parts that were destroyed."""

    def held(self, class_: str) -> bool:
        """Whether a hold forbids destroying this class."""
        return any(not classes or class_ in classes for classes in self.holds.values())


def evolve(customer: Customer, event: Event) -> Customer:
    """The customer after one more event; events that no decision asks about leave it as it was."""
    match event:
        case events.CustomerRegistered():
            return replace(customer, registered=True, programme=event.programme)
        case events.CustomerReferred():
            return replace(customer, referrals=customer.referrals | {event.referral_id})
        case events.ReferralAccepted():
            return replace(customer, accepted=customer.accepted | {event.referral_id})
        case events.AppointmentKept():
            return replace(customer, appointments=customer.appointments | {(event.appointment_id, "kept")})
        case events.AppointmentMissed():
            return replace(customer, appointments=customer.appointments | {(event.appointment_id, "missed")})
        case events.ConsentGiven():
            return replace(customer, consents={**customer.consents, event.scope: "given"})
        case events.ConsentRefused():
            return replace(customer, consents={**customer.consents, event.scope: "refused"})
        case events.ConsentWithdrawn():
            return replace(customer, consents={**customer.consents, event.scope: "withdrawn"})
        case events.ConsentAsked():
            return replace(customer, consents={event.scope: "asked", **customer.consents})
        case events.ConsentExpired():
            return replace(customer, consents={**customer.consents, event.scope: "expired"})
        case events.ConsentInvalidated():
            return replace(customer, consents={**customer.consents, event.scope: "invalidated"})
        case events.FindingRaised():
            return replace(customer, findings={**customer.findings, event.finding_id: "open"})
        case events.FindingAssessed():
            return replace(customer, findings={**customer.findings, event.finding_id: "assessed"})
        case events.FindingRemediated():
            return replace(customer, findings={**customer.findings, event.finding_id: "remediated"})
        case events.FindingClosed():
            return replace(customer, findings={**customer.findings, event.finding_id: "closed"})
        case events.DataShared():
            return replace(customer, shares=customer.shares | {event.share_id})
        case events.DataReceived():
            return replace(customer, receipts=customer.receipts | {event.receipt_id})
        case events.ReceiptConfirmed():
            return replace(customer, confirmed=customer.confirmed | {event.share_id})
        case events.DataIncorporated():
            return replace(customer, incorporated=customer.incorporated | {event.receipt_id})
        case events.ServiceEnded():
            return replace(customer, ended=True)
        case events.ServiceResumed():
            return replace(customer, ended=False)
        case events.HoldPlaced():
            return replace(customer, holds={**customer.holds, event.hold_id: event.classes})
        case events.HoldLifted():
            rest = {number: classes for number, classes in customer.holds.items() if number != event.hold_id}
            return replace(customer, holds=rest, lifted=customer.lifted | {event.hold_id})
        case events.RecordsDestroyed():
            gone = {(str(one["class"]), str(one.get("part") or "")) for one in event.destroyed}
            return replace(customer, destroyed=customer.destroyed | gone)
        case _:
            return customer


def replay(history: Iterable[Event]) -> Customer:
    """The customer after all of these events, in the order they were recorded."""
    customer = Customer()
    for event in history:
        customer = evolve(customer, event)
    return customer
