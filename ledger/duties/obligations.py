"""The obligations that follow from one person's history, with their due dates: a pure fold over facts.

The obligations view computes the same for everybody with SQL; this fold is used where a finding about one person is
decided, and a test compares the two. Imported versions create no obligations: their data is in a record already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import starmap
from typing import NamedTuple

from ledger import events
from ledger.calendars import Calendar
from ledger.clocks import london_day, months_after
from ledger.codes.channels import PARCELS
from ledger.duties.catalogue import BY_KIND, INCORPORATED_BY_CHANNEL, OF_A_BREACH, Duty, was_without_content
from ledger.duties.past_recipients import Matter, PastRecipients, disclosures_in
from ledger.errors import CalendarEnded
from ledger.events import Event
from ledger.state.history import DatedEvent

_COACH_S_DESK = "NOMINATED_POC"


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """One obligation about one person: who must do what, since when, until when, and when it was done."""

    kind: str
    subject: str
    recipient: str = ""
    """The recipient it concerns, where one matter creates an obligation for each of several recipients."""
    owner: str | None = None
    """Who owes it; None is the controller."""
    started_on: date
    target_from: date | None = None
    source: str | None = None
    """Who the data came from; giving it back to them is not a disclosure to another."""
    obtained_at: datetime | None = None
    """When the data was obtained of which the person must be informed."""
    due_at: datetime | None = None
    """The exact deadline, where the event states it; otherwise the duty's period applies."""
    sooner_on: date | None = None
    settled_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.subject, self.recipient

    @property
    def id(self) -> str:
        """Its id within its kind, as lists and findings name it."""
        return obligation_id(self.subject, self.recipient)

    def due_on(self, calendar: Calendar) -> date | None:
        """The last day on which it is in time; None where the bank-holiday calendar ends earlier."""
        if self.due_at is not None:
            return london_day(self.due_at)
        last = _end(BY_KIND[self.kind], self.started_on, calendar)
        return last if self.sooner_on is None or last is None else min(last, self.sooner_on)

    def late(self, at: datetime, calendar: Calendar) -> bool:
        """Whether, at an instant, it is overdue or was done late."""
        done = at if self.settled_at is None else min(self.settled_at, at)
        if self.due_at is not None:
            return done > self.due_at
        due = self.due_on(calendar)
        return due is not None and london_day(done) > due


Obligations = dict[tuple[str, str, str], Obligation]


def obligation_id(subject: str, recipient: str) -> str:
    """The id of an obligation within its kind: the subject's, with the recipient where there are several."""
    return f"{subject}>{recipient}" if recipient else subject


def obligations_after(history: Iterable[DatedEvent]) -> Obligations:
    """All obligations about one person, open and settled, by key, after these events in recorded order."""
    by_key: Obligations = {}
    recipients = PastRecipients()
    contacts: list[_Contact] = []
    settled: dict[tuple[str, str, str], datetime] = {}
    for at, event in history:
        _lapse(event, by_key, recipients)
        for obligation in (*_started(at, event, by_key), *starmap(_to_tell, recipients.after(at, event))):
            earlier = by_key.get(obligation.key)
            recurs = obligation.kind == "cleanse-mailbox"  # each cleansing starts the period again
            if earlier is None or (recurs and obligation.started_on >= earlier.started_on):
                by_key[obligation.key] = obligation
        for key in _settled_by(event):
            if key[0] != "cleanse-mailbox":  # a recurring obligation is never settled
                settled.setdefault(key, at)
        new = [*_contacts(at, event)]
        contacts += new
        for key, obligation in list(by_key.items()):
            if key[0] == "inform-customer" and (new or key[1] == getattr(event, "receipt_id", None)):
                by_key[key] = _sooner(new or contacts, obligation)
        for key, obligation in list(by_key.items()):
            done = settled.get(key) or settled.get((obligation.kind, "", ""))
            if obligation.settled_at is None and done is not None:
                by_key[key] = replace(obligation, settled_at=done)
    return by_key


def settled_by(before: Obligations, at: datetime, event: Event) -> tuple[Obligation, ...]:
    """The open obligations in `before` that this event settles."""
    open_ = (before.get(key) for key in _settled_by(event))
    return tuple(
        replace(obligation, settled_at=at)
        for obligation in open_
        if obligation is not None and obligation.settled_at is None
    )


def _started(at: datetime, event: Event, known: Obligations) -> Iterator[Obligation]:
    day = london_day(at)
    match event:
        case events.DataReceived(etag=None, history_id=None):
            yield from _of_receipt(at, event)
        case events.DataIncorporated():
            email = known.get(("incorporate-email", event.receipt_id, ""))
            if email is not None:
                yield Obligation(
                    kind="delete-email", subject=event.receipt_id, owner=email.owner, started_on=day,
                    target_from=email.started_on,
                )  # fmt: skip
        case events.DataShared(etag=None, history_id=None):
            yield from _of_share(day, event)
        case events.RecipientNotified():
            notify = known.get(("notify-recipient", event.matter_id, event.recipient))
            if notify is not None and event.not_told_because is None:
                asked = replace(notify, kind="chase-correction", started_on=day, settled_at=None)
                yield asked
                yield replace(asked, kind="confirm-correction", owner=event.recipient)
        case events.WorkDomainRegistered(domain=mailbox) | events.MailboxCleansed(mailbox=mailbox):
            yield Obligation(kind="cleanse-mailbox", subject=mailbox, owner=event.organisation, started_on=day)
        case events.BreachAssessmentOpened():
            assess = Obligation(
                kind="assess-breach", subject=event.assessment_id, owner=event.organisation,
                started_on=london_day(datetime.fromisoformat(event.became_aware_at)),
                due_at=datetime.fromisoformat(event.due_at),
            )  # fmt: skip
            yield assess
            if event.controller_due_at:
                yield replace(assess, kind="tell-controller", due_at=datetime.fromisoformat(event.controller_due_at))
        case events.BreachRiskAssessed(risk="high"):
            yield Obligation(kind="tell-people", subject=event.assessment_id, started_on=day)
        case _:
            pass


def _lapse(event: Event, known: Obligations, recipients: PastRecipients) -> None:
    """Remove obligations that no longer apply: a risk judged lower, or a recipient found by a merge that was undone."""
    over = [("notify-recipient", *pair) for pair in recipients.over(event)]
    if isinstance(event, events.BreachRiskAssessed) and event.risk != "high":
        over.append(("tell-people", event.assessment_id, ""))
    for key in over:
        if key in known and known[key].settled_at is None:
            del known[key]


def _to_tell(matter: Matter, recipient: str) -> Obligation:
    return Obligation(
        kind="notify-recipient", subject=matter.id, recipient=recipient, owner=matter.owner,
        started_on=london_day(matter.at),
    )  # fmt: skip


def _of_receipt(at: datetime, event: events.DataReceived) -> Iterator[Obligation]:
    """Periods start when an email was sent, but when paper was received (RET-JCP-01, RET-JCP-05)."""
    kind = INCORPORATED_BY_CHANNEL.get((event.channel or "").casefold(), "incorporate-other")
    by_email, day = kind == "incorporate-email", london_day(at)
    sent = london_day(datetime.fromisoformat(event.sent_at)) if by_email and event.sent_at else day
    first = Obligation(kind=kind, subject=event.receipt_id, owner=event.received_by, started_on=sent)
    yield first
    if kind == "incorporate-paper":
        yield replace(first, kind="dispose-paper")
    if not event.routed:
        yield replace(first, kind="route-to-adviser", started_on=day)
    yield replace(first, kind="inform-customer", started_on=day, source=event.received_from, obtained_at=at)


def _of_share(day: date, event: events.DataShared) -> Iterator[Obligation]:
    channel = (event.channel or "").casefold()
    of_sender = Obligation(kind="delete-sent-copy", subject=event.share_id, owner=event.sent_by, started_on=day)
    if channel in PARCELS:
        sent = london_day(datetime.fromisoformat(event.dispatched_at)) if event.dispatched_at else day
        yield replace(of_sender, kind="confirm-receipt", owner=event.sent_to, started_on=sent)
        yield replace(of_sender, kind="chase-receipt", started_on=sent)
    elif channel == "hand" and event.recipient_role == _COACH_S_DESK:
        yield replace(of_sender, kind="pass-to-work-coach", owner=event.sent_to)
    elif channel == "email":
        yield of_sender


def _settled_by(event: Event) -> Iterator[tuple[str, str, str]]:
    match event:
        case events.DataIncorporated():
            for kind in (*set(INCORPORATED_BY_CHANNEL.values()), "incorporate-other", "route-to-adviser"):
                yield kind, event.receipt_id, ""
        case events.DataRouted():
            yield "route-to-adviser", event.receipt_id, ""
        case events.CopyDisposed():
            if event.receipt_id:
                yield "delete-email" if event.medium == "email" else "dispose-paper", event.receipt_id, ""
                if was_without_content(event.method):
                    yield "incorporate-email" if event.medium == "email" else "incorporate-paper", event.receipt_id, ""
                    yield "route-to-adviser", event.receipt_id, ""
            elif event.share_id and event.medium == "email":
                yield "delete-sent-copy", event.share_id, ""
        case events.ReceiptConfirmed():
            yield "confirm-receipt", event.share_id, ""
            yield "chase-receipt", event.share_id, ""
        case events.PassedToWorkCoach():
            yield "pass-to-work-coach", event.share_id, ""
        case events.RecipientChased():
            if event.share_id:
                yield "chase-receipt", event.share_id, ""
            elif event.matter_id:
                yield "chase-correction", event.matter_id, event.recipient or ""
        case events.CustomerInformed():
            yield "inform-customer", "", ""
        case events.RecipientNotified():
            yield "notify-recipient", event.matter_id, event.recipient
        case events.CorrectionConfirmed():
            yield "confirm-correction", event.matter_id, event.recipient
            yield "chase-correction", event.matter_id, event.recipient
        case events.MailboxCleansed():
            yield "cleanse-mailbox", event.mailbox, ""
        case events.ControllerNotified():
            yield "tell-controller", event.assessment_id, ""
        case events.RegulatorNotified():
            yield "assess-breach", event.assessment_id, ""
        case events.PeopleNotified():
            yield "tell-people", event.assessment_id, ""
        case events.BreachAssessmentClosed():
            for kind in OF_A_BREACH:
                yield kind, event.assessment_id, ""
        case _:
            pass


class _Contact(NamedTuple):
    """A contact with the person (`to` is None), or a disclosure to the organisation in `to`."""

    at: datetime
    to: str | None


def _contacts(at: datetime, event: Event) -> Iterator[_Contact]:
    match event:
        case events.InteractionHeld(held_at=text) | events.AppointmentKept(appointment_at=text):
            moment = datetime.fromisoformat(text) if text else at
            yield _Contact(moment if moment.tzinfo else moment.replace(tzinfo=UTC), None)
        case _:
            yield from (_Contact(at, disclosure.to) for disclosure in disclosures_in(at, event))


def _sooner(contacts: Iterable[_Contact], obligation: Obligation) -> Obligation:
    """Bring the due day forward to the first contact with the person or disclosure to another (UK GDPR Art. 14(3)).

    Only contacts after the data was obtained count, in whichever order they were recorded (LEDG-10).
    """
    obtained_at, source = obligation.obtained_at, obligation.source or ""
    days = [
        london_day(contact.at)
        for contact in contacts
        if obtained_at is not None and contact.at >= obtained_at and contact.to != source
    ]
    if not days:
        return obligation
    return replace(obligation, sooner_on=min([*days, *([obligation.sooner_on] if obligation.sooner_on else [])]))


def _end(duty: Duty, started_on: date, calendar: Calendar) -> date | None:
    try:
        if duty.working_days is not None:
            return calendar.working_days_after(started_on, duty.working_days)
        if duty.months is not None:
            return calendar.on_or_after(months_after(started_on, duty.months))
    except CalendarEnded:
        return None
    assert duty.days is not None, "every duty has a period, or the event says when it is due"
    return started_on + timedelta(days=duty.days)


def target_on(obligation: Obligation, calendar: Calendar) -> date | None:
    """The target day of an obligation, where its duty has one before the due day."""
    duty = BY_KIND[obligation.kind]
    try:
        if duty.target_working_days is None:
            return None
        return calendar.working_days_after(obligation.target_from or obligation.started_on, duty.target_working_days)
    except CalendarEnded:
        return None
