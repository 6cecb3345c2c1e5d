"""Who owes what after one person's history, and until when: a pure fold over facts, the same as the obligations view.

The view says it for everybody with SQL; this says it for one person, where a finding is decided. A test holds the two
together. What an import brings was put into a record already, so nothing is owed for it.
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
from ledger.duties.catalogue import BY_KIND, INCORPORATED_BY_CHANNEL, OF_A_BREACH, Duty, was_without_content
from ledger.duties.past_recipients import Matter, PastRecipients, disclosures_in
from ledger.errors import CalendarEnded
from ledger.events import Event
from ledger.state.history import DatedEvent

_PARCELS = frozenset({"post", "courier"})
_COACH_S_DESK = "NOMINATED_POC"


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """One thing owed about one person: by whom, since when, until when, and whether it was done."""

    kind: str
    subject: str
    recipient: str = ""
    """Whom it concerns, where one matter is owed to several."""
    owner: str | None = None
    """Who owes it; None is the controller."""
    started_on: date
    target_from: date | None = None
    source: str | None = None
    """Who the data came from; to give it back to them is no disclosure to somebody else."""
    obtained_at: datetime | None = None
    """When data came that the person is to hear of."""
    due_at: datetime | None = None
    """Set where the event itself says until when, to the second."""
    sooner_on: date | None = None
    settled_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.subject, self.recipient

    @property
    def number(self) -> str:
        """What it is called in lists and findings, within its kind."""
        return numbered(self.subject, self.recipient)

    def due_on(self, calendar: Calendar) -> date | None:
        """The last day on which it is done in time; None where the bank-holiday list does not reach."""
        if self.due_at is not None:
            return london_day(self.due_at)
        last = _end(BY_KIND[self.kind], self.started_on, calendar)
        return last if self.sooner_on is None or last is None else min(last, self.sooner_on)

    def late(self, at: datetime, calendar: Calendar) -> bool:
        """Whether it was not done in time, as seen at a moment."""
        done = at if self.settled_at is None else min(self.settled_at, at)
        if self.due_at is not None:
            return done > self.due_at
        due = self.due_on(calendar)
        return due is not None and london_day(done) > due


Owing = dict[tuple[str, str, str], Owed]


def numbered(subject: str, recipient: str) -> str:
    return f"{subject}>{recipient}" if recipient else subject


def owing(history: Iterable[DatedEvent]) -> Owing:
    """Everything ever owed about one person after these events, in the order they were recorded."""
    owed: Owing = {}
    recipients = PastRecipients()
    contacts: list[_Contact] = []
    settled: dict[tuple[str, str, str], datetime] = {}
    for at, event in history:
        _lapse(event, owed, recipients)
        for one in (*_started(at, event, owed), *starmap(_to_tell, recipients.after(at, event))):
            known = owed.get(one.key)  # mailboxes are cleansed again and again, and the newest time counts
            if known is None or (one.kind == "cleanse-mailbox" and one.started_on >= known.started_on):
                owed[one.key] = one
        for key in _settled_by(event):
            if key[0] != "cleanse-mailbox":  # which begins again and again, and is never over
                settled.setdefault(key, at)
        new = [*_contacts(at, event)]
        contacts += new
        for key, one in list(owed.items()):
            if key[0] == "inform-customer" and (new or key[1] == getattr(event, "receipt_id", None)):
                owed[key] = _sooner(new or contacts, one)
        for key, one in list(owed.items()):
            done = settled.get(key) or settled.get((one.kind, "", ""))
            if one.settled_at is None and done is not None:
                owed[key] = replace(one, settled_at=done)
    return owed


def settled_by(before: Owing, at: datetime, event: Event) -> tuple[Owed, ...]:
    """What was owed before and is done by this event."""
    open_ = (before.get(key) for key in _settled_by(event))
    return tuple(replace(one, settled_at=at) for one in open_ if one is not None and one.settled_at is None)


def _started(at: datetime, event: Event, owed: Owing) -> Iterator[Owed]:
    day = london_day(at)
    match event:
        case events.DataReceived(etag=None, history_id=None):
            yield from _of_receipt(at, event)
        case events.DataIncorporated():
            email = owed.get(("incorporate-email", event.receipt_id, ""))
            if email is not None:
                yield Owed(
                    kind="delete-email", subject=event.receipt_id, owner=email.owner, started_on=day,
                    target_from=email.started_on,
                )  # fmt: skip
        case events.DataShared(etag=None, history_id=None):
            yield from _of_share(day, event)
        case events.RecipientNotified():
            told = owed.get(("notify-recipient", event.matter_id, event.recipient))
            if told is not None and event.not_told_because is None:
                asked = replace(told, kind="chase-correction", started_on=day, settled_at=None)
                yield asked
                yield replace(asked, kind="confirm-correction", owner=event.recipient)
        case events.WorkDomainRegistered(domain=mailbox) | events.MailboxCleansed(mailbox=mailbox):
            yield Owed(kind="cleanse-mailbox", subject=mailbox, owner=event.organisation, started_on=day)
        case events.BreachAssessmentOpened():
            assess = Owed(
                kind="assess-breach", subject=event.assessment_id, owner=event.organisation,
                started_on=london_day(datetime.fromisoformat(event.became_aware_at)),
                due_at=datetime.fromisoformat(event.due_at),
            )  # fmt: skip
            yield assess
            if event.controller_due_at:
                yield replace(assess, kind="tell-controller", due_at=datetime.fromisoformat(event.controller_due_at))
        case events.BreachRiskAssessed(risk="high"):
            yield Owed(kind="tell-people", subject=event.assessment_id, started_on=day)
        case _:
            pass


def _lapse(event: Event, owed: Owing, recipients: PastRecipients) -> None:
    """People need no longer be told of a risk that turned out not to be high, nor recipients of what is not theirs."""
    over = [("notify-recipient", *pair) for pair in recipients.over(event)]
    if isinstance(event, events.BreachRiskAssessed) and event.risk != "high":
        over.append(("tell-people", event.assessment_id, ""))
    for key in over:
        if key in owed and owed[key].settled_at is None:
            del owed[key]


def _to_tell(matter: Matter, recipient: str) -> Owed:
    return Owed(
        kind="notify-recipient", subject=matter.number, recipient=recipient, owner=matter.owner,
        started_on=london_day(matter.at),
    )  # fmt: skip


def _of_receipt(at: datetime, event: events.DataReceived) -> Iterator[Owed]:
    """The email's days count from when it was sent, the paper's from when it came (RET-JCP-01, RET-JCP-05)."""
    kind = INCORPORATED_BY_CHANNEL.get((event.channel or "").casefold(), "incorporate-other")
    by_email, day = kind == "incorporate-email", london_day(at)
    sent = london_day(datetime.fromisoformat(event.sent_at)) if by_email and event.sent_at else day
    first = Owed(kind=kind, subject=event.receipt_id, owner=event.received_by, started_on=sent)
    yield first
    if kind == "incorporate-paper":
        yield replace(first, kind="dispose-paper")
    if not event.routed:
        yield replace(first, kind="route-to-adviser", started_on=day)
    yield replace(first, kind="inform-customer", started_on=day, source=event.received_from, obtained_at=at)


def _of_share(day: date, event: events.DataShared) -> Iterator[Owed]:
    channel = (event.channel or "").casefold()
    of_sender = Owed(kind="delete-sent-copy", subject=event.share_id, owner=event.sent_by, started_on=day)
    if channel in _PARCELS:
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
    """A contact with the person, or a disclosure to whoever is named."""

    at: datetime
    to: str | None


def _contacts(at: datetime, event: Event) -> Iterator[_Contact]:
    match event:
        case events.InteractionHeld(held_at=said) | events.AppointmentKept(appointment_at=said):
            moment = datetime.fromisoformat(said) if said else at
            yield _Contact(moment if moment.tzinfo else moment.replace(tzinfo=UTC), None)
        case _:
            yield from (_Contact(at, one.to) for one in disclosures_in(at, event))


def _sooner(contacts: Iterable[_Contact], one: Owed) -> Owed:
    """A contact with the person, or a disclosure to another, brings forward the day they must know (Art. 14(3)).

    It counts if it came after the data did, whichever of the two was recorded first (LEDG-10).
    """
    days = [
        london_day(contact.at)
        for contact in contacts
        if one.obtained_at is not None and contact.at >= one.obtained_at and contact.to != (one.source or "")
    ]
    return replace(one, sooner_on=min([*days, *([one.sooner_on] if one.sooner_on else [])])) if days else one


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


def target_on(one: Owed, calendar: Calendar) -> date | None:
    """When it should be done, where that is earlier than when it must be."""
    duty = BY_KIND[one.kind]
    try:
        if duty.target_working_days is None:
            return None
        return calendar.working_days_after(one.target_from or one.started_on, duty.target_working_days)
    except CalendarEnded:
        return None
