"""A customer as the decisions need to know them: folded from facts alone, so deciding never unseals anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ledger import events
from ledger.events import Event
from ledger.state.customer_at import consent_after
from ledger.state.history import DatedEvent

FindingState = Literal["open", "assessed", "remediated", "closed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """What is true of one customer after their events so far."""

    registered: bool = False
    programme: str | None = None
    ended: bool = False
    consents: Mapping[str, str] = field(default_factory=dict)
    referrals: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    appointments: frozenset[tuple[str, str]] = frozenset()
    shares: frozenset[str] = frozenset()
    receipts: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()
    incorporated: frozenset[str] = frozenset()
    origins: Mapping[str, str] = field(default_factory=dict)
    """Records into which something received was put, and the first receipt it came with (RET-JCP-10)."""
    holds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Holds in force: number and the classes each covers, none meaning all."""
    findings: Mapping[str, FindingState] = field(default_factory=dict)
    """Where each finding about this customer's data stands."""
    lifted: frozenset[str] = frozenset()
    """Numbers of holds that were lifted; a new hold needs a number of its own."""
    destroyed: frozenset[tuple[str, str]] = frozenset()
    """Classes and parts that were destroyed."""
    restrictions: frozenset[str] = frozenset()
    """Restrictions in force; each holds the person's records as well."""
    objections: Mapping[str, str] = field(default_factory=dict)
    """Objections and how each was decided; `pending` until it is."""
    assessments: Mapping[str, str] = field(default_factory=dict)
    """Breach assessments, open or closed."""
    contested: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    done: frozenset[tuple[str, ...]] = frozenset()
    """What can be done once: routed, passed on, notified, confirmed, each with its number."""
    recipients: frozenset[str] = frozenset()
    """To whom data went, from this record or, as the ledger found, from another of the person."""
    matters: frozenset[str] = frozenset()
    """Corrections, erasures and restrictions that recipients must hear of."""
    merged_into: Mapping[str, str] = field(default_factory=dict)
    """The merge in force that joined this record to another, by its number: the id of the record that goes on."""
    duplicates: Mapping[str, str] = field(default_factory=dict)
    """The merges in force that joined other records to this one, by number: the id of each."""
    merges: frozenset[str] = frozenset()
    """Numbers of all merges, those undone too; a new one needs a number of its own."""
    others: tuple[Customer, ...] = ()
    """The person's other records, where a decision must look at them; no event of this record says how they stand."""

    def held(self, class_: str) -> bool:
        """Whether a hold forbids destroying this class; what holds one record of a person holds them all (LEDG-18)."""
        own = any(not classes or class_ in classes for classes in self.holds.values())
        return own or any(other.held(class_) for other in self.others)


def evolve(customer: Customer, event: Event) -> Customer:
    """The customer after one more event; events that no decision asks about leave it as it was."""
    match event:
        case events.CustomerRegistered():
            return replace(customer, registered=True, programme=event.programme)
        case events.CustomerReferred():
            to = {event.referred_to} if event.referred_to else set()
            referrals = customer.referrals | {event.referral_id}
            return replace(customer, referrals=referrals, recipients=customer.recipients | to)
        case events.ReferralAccepted():
            return replace(customer, accepted=customer.accepted | {event.referral_id})
        case events.AppointmentKept():
            return replace(customer, appointments=customer.appointments | {(event.appointment_id, "kept")})
        case events.AppointmentMissed():
            return replace(customer, appointments=customer.appointments | {(event.appointment_id, "missed")})
        case events.Consent():
            state = consent_after(customer.consents.get(event.scope), event)
            return replace(customer, consents={**customer.consents, event.scope: state})
        case events.FindingRaised() | events.FindingAssessed() | events.FindingRemediated() | events.FindingClosed():
            return replace(customer, findings=findings_after(customer.findings, event))
        case events.DataShared():
            to = {event.sent_to} if event.sent_to else set()
            return replace(customer, shares=customer.shares | {event.share_id}, recipients=customer.recipients | to)
        case events.RecipientsFound():
            return replace(customer, recipients=customer.recipients.union(event.recipients))
        case events.DataReceived():
            return replace(customer, receipts=customer.receipts | {event.receipt_id})
        case events.ReceiptConfirmed():
            return replace(customer, confirmed=customer.confirmed | {event.share_id})
        case events.DataIncorporated():
            origins = customer.origins
            if event.record_id and not event.nothing_to_incorporate:
                origins = {event.record_id: event.receipt_id, **origins}
            return replace(customer, incorporated=customer.incorporated | {event.receipt_id}, origins=origins)
        case events.ServiceEnded():
            return replace(customer, ended=True)
        case events.ServiceResumed():
            return replace(customer, ended=False)
        case events.HoldPlaced():
            return replace(customer, holds={**customer.holds, event.hold_id: event.classes})
        case events.HoldLifted():
            rest = {number: classes for number, classes in customer.holds.items() if number != event.hold_id}
            return replace(customer, holds=rest, lifted=customer.lifted | {event.hold_id})
        case events.ProcessingRestricted():
            number = event.restriction_id
            return replace(customer, restrictions=customer.restrictions | {number}, matters=customer.matters | {number})
        case events.RestrictionLifted():
            return replace(customer, restrictions=customer.restrictions - {event.restriction_id})
        case events.ObjectionRaised():
            return replace(customer, objections={**customer.objections, event.objection_id: "pending"})
        case events.ObjectionDecided():
            return replace(customer, objections={**customer.objections, event.objection_id: event.outcome})
        case events.BreachAssessmentOpened():
            return replace(customer, assessments={**customer.assessments, event.assessment_id: "open"})
        case events.BreachAssessmentClosed():
            return replace(customer, assessments={**customer.assessments, event.assessment_id: "closed"})
        case events.DecisionContested():
            return replace(customer, contested=customer.contested | {event.decision_id})
        case events.DecisionReviewed():
            return replace(customer, contested=customer.contested - {event.decision_id})
        case events.RecordCorrected() if event.correction_id:
            return replace(customer, matters=customer.matters | {event.correction_id})
        case events.RetentionExtended():
            return replace(customer, extensions=customer.extensions | {event.extension_id})
        case events.ErasureUpheld():
            return replace(customer, matters=customer.matters | {event.erasure_id})
        case (
            events.DataRouted() | events.PassedToWorkCoach() | events.RecipientNotified() | events.CorrectionConfirmed()
        ):
            return replace(customer, done=customer.done | {done_by(event)})
        case events.CustomersMerged() | events.CustomersUnmerged():
            return _joined(customer, event)
        case events.RecordsDestroyed():
            gone = {(str(one["class"]), str(one.get("part") or "")) for one in event.destroyed}
            return replace(customer, destroyed=customer.destroyed | gone)
        case _:
            return customer


def _joined(customer: Customer, event: events.CustomersMerged | events.CustomersUnmerged) -> Customer:
    number = event.merge_id
    into, duplicates = dict(customer.merged_into), dict(customer.duplicates)
    if isinstance(event, events.CustomersUnmerged):
        into.pop(number, None)
        duplicates.pop(number, None)
    elif event.into is not None:
        into[number] = event.into
    elif event.duplicate is not None:
        duplicates[number] = event.duplicate
    return replace(customer, merged_into=into, duplicates=duplicates, merges=customer.merges | {number})


_FINDING_STATES: Mapping[type[Event], FindingState] = {
    events.FindingRaised: "open",
    events.FindingAssessed: "assessed",
    events.FindingRemediated: "remediated",
    events.FindingClosed: "closed",
}


def findings_after(before: Mapping[str, FindingState], event: Event) -> Mapping[str, FindingState]:
    """Where each finding stands after one more event about one of them."""
    number = str(getattr(event, "finding_id", ""))
    return {**before, number: _FINDING_STATES[type(event)]}


def done_by(event: Event) -> tuple[str, ...]:
    """The name of something that can be done once: the event's own and the numbers it is about."""
    numbers = ("receipt_id", "share_id", "matter_id", "recipient")
    named = (str(said) for name in numbers if (said := getattr(event, name, None)) is not None)
    not_told = ("not told",) if getattr(event, "not_told_because", None) else ()  # who is told after all is told once
    return (event.NAME, *named, *not_told)


def replay(history: Iterable[Event]) -> Customer:
    """The customer after all of these events, in the order they were recorded."""
    customer = Customer()
    for event in history:
        customer = evolve(customer, event)
    return customer


def customer_after(told: Iterable[DatedEvent]) -> Customer:
    """The same, but a consent stands as it was last given or withdrawn, whatever was recorded last (CONSENT-08)."""
    told = list(told)
    said = sorted((one for one in told if isinstance(one[1], events.Consent)), key=lambda one: one[0])
    return replace(replay(event for _, event in told), consents=replay(event for _, event in said).consents)
