"""The state of a customer that decisions need, folded from the facts of events; nothing is unsealed for a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ledger import events
from ledger.events import Event
from ledger.state.customer_at import consent_after
from ledger.state.history import DatedEvent

GrantState = Literal["waiting", "approved", "refused", "ended"]
FindingState = Literal["open", "assessed", "remediated", "closed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """What is true of one customer after their events so far."""

    registered: bool = False
    access_file: bool = False
    """Whether this is no person but an organisation's file of refused attempts and of findings about its readings."""
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
    """Record id to the id of the first receipt whose content went into that record (RET-JCP-10)."""
    holds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Holds in force: hold id to the classes it covers, () for all."""
    findings: Mapping[str, FindingState] = field(default_factory=dict)
    """The state of each finding about this customer's data, by finding id."""
    grants: Mapping[str, GrantState] = field(default_factory=dict)
    """The state of each grant to read this customer, by its id."""
    lifted: frozenset[str] = frozenset()
    """Ids of lifted holds; they may not be used again."""
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
    """Acts that may be recorded once (routed, passed on, notified, confirmed), each as `done_by` names it."""
    recipients: frozenset[str] = frozenset()
    """Organisations that received data from this record or, found by a merge, from the person's others."""
    matters: frozenset[str] = frozenset()
    """Ids of corrections, erasures and restrictions that past recipients must be told of."""
    merged_into: Mapping[str, str] = field(default_factory=dict)
    """The merge in force that made this record a duplicate: merge id to the surviving record's id."""
    duplicates: Mapping[str, str] = field(default_factory=dict)
    """Merges in force that joined duplicates to this record: merge id to the id of the duplicate."""
    merges: frozenset[str] = frozenset()
    """Ids of all merges, undone ones included; they may not be used again."""
    flags: Mapping[str, bool] = field(default_factory=dict)
    """Flags that the person is at risk, by flag id, and whether each is in force."""
    others: tuple[Customer, ...] = ()
    """The state of the person's other records; set by the caller for decisions that need them, not by a fold."""

    def held(self, class_: str) -> bool:
        """Whether a hold forbids destroying this class; a hold on one record of a person covers all (LEDG-18)."""
        own = any(not classes or class_ in classes for classes in self.holds.values())
        return own or any(other.held(class_) for other in self.others)

    def at_risk(self) -> bool:
        """Whether a flag is in force, on this record or another of the person, so that only the controller assigns."""
        return any(self.flags.values()) or any(other.at_risk() for other in self.others)


def evolve(customer: Customer, event: Event) -> Customer:
    """The customer after one more event; an event that no decision depends on changes nothing."""
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
        case events.OfAGrant():
            return replace(customer, grants={**customer.grants, event.grant_id: _GRANT_STATES[type(event)]})
        case events.AccessRefused():
            return replace(customer, access_file=True)
        case events.FindingRaised() if event.subject_type in events.ABOUT_ACCESS:
            return replace(customer, access_file=True, findings=findings_after(customer.findings, event))
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
            rest = {hold_id: classes for hold_id, classes in customer.holds.items() if hold_id != event.hold_id}
            return replace(customer, holds=rest, lifted=customer.lifted | {event.hold_id})
        case events.ProcessingRestricted():
            own = {event.restriction_id}
            return replace(customer, restrictions=customer.restrictions | own, matters=customer.matters | own)
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
        case events.FlaggedAtRisk():
            return replace(customer, flags={**customer.flags, event.flag_id: True})
        case events.AtRiskLifted():
            return replace(customer, flags={**customer.flags, event.flag_id: False})
        case events.CustomersMerged() | events.CustomersUnmerged():
            return _joined(customer, event)
        case events.RecordsDestroyed():
            gone = {(str(destroyed["class"]), str(destroyed.get("part") or "")) for destroyed in event.destroyed}
            return replace(customer, destroyed=customer.destroyed | gone)
        case _:
            return customer


def _joined(customer: Customer, event: events.CustomersMerged | events.CustomersUnmerged) -> Customer:
    merge_id = event.merge_id
    into, duplicates = dict(customer.merged_into), dict(customer.duplicates)
    if isinstance(event, events.CustomersUnmerged):
        into.pop(merge_id, None)
        duplicates.pop(merge_id, None)
    elif event.into is not None:
        into[merge_id] = event.into
    elif event.duplicate is not None:
        duplicates[merge_id] = event.duplicate
    return replace(customer, merged_into=into, duplicates=duplicates, merges=customer.merges | {merge_id})


_GRANT_STATES: Mapping[type[Event], GrantState] = {
    events.GrantRequested: "waiting",
    events.GrantApproved: "approved",
    events.GrantRefused: "refused",
    events.GrantEnded: "ended",
}
_FINDING_STATES: Mapping[type[Event], FindingState] = {
    events.FindingRaised: "open",
    events.FindingAssessed: "assessed",
    events.FindingRemediated: "remediated",
    events.FindingClosed: "closed",
}


def findings_after(before: Mapping[str, FindingState], event: Event) -> Mapping[str, FindingState]:
    """The state of each finding after one more event about one of them."""
    finding_id = str(getattr(event, "finding_id", ""))
    return {**before, finding_id: _FINDING_STATES[type(event)]}


def done_by(event: Event) -> tuple[str, ...]:
    """The name of an act that may be recorded once: the event's stored name and the ids it refers to."""
    references = ("receipt_id", "share_id", "matter_id", "recipient")
    ids = (str(value) for name in references if (value := getattr(event, name, None)) is not None)
    # That a recipient could not be told is an act of its own: it may still be told once afterwards.
    not_told = ("not told",) if getattr(event, "not_told_because", None) else ()
    return (event.NAME, *ids, *not_told)


def replay(history: Iterable[Event]) -> Customer:
    """The customer after all of these events, in the order they were recorded."""
    customer = Customer()
    for event in history:
        customer = evolve(customer, event)
    return customer


def customer_after(history: Iterable[DatedEvent]) -> Customer:
    """As `replay`, but consents follow when each was given or withdrawn, not when it was recorded (CONSENT-08)."""
    history = list(history)
    consents = sorted((dated for dated in history if isinstance(dated[1], events.Consent)), key=lambda dated: dated[0])
    return replace(replay(event for _, event in history), consents=replay(event for _, event in consents).consents)
