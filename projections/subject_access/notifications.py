"""Recipient notifications of corrections, erasures and restrictions: who was told, confirmed, is still open (Art. 19).

Pure: one person's entries with their events and the rows of the obligations view come in. The ledger alone knows every
recipient, so both the person's report and a request's file tell it from here (LAW-A19, RECT-04, RECT-05).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from ledger import events
from ledger.codes.items import each_once, may_overlap
from ledger.duties.past_recipients import disclosures_in, matters_in
from ledger.events import Event, Json
from ledger.log.codec import Entry
from projections.obligations.read import Obligation
from projections.row import json_of
from projections.subject_access.record import History

State = Literal["to-be-told", "told", "confirmed", "not-told"]
Kind = Literal["correction", "erasure", "restriction"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One organisation that had received the data, and how it stands with it."""

    code: str
    state: State
    owner: str | None = None
    """Who is to tell it; None is the controller."""
    due_on: date | None = None
    late: bool = False
    told_at: datetime | None = None
    channel: str | None = None
    not_told_because: str | None = None
    reason: str | None = None
    """Why it cannot be told, sealed: None unless the payload was opened."""
    asked_again_at: tuple[datetime, ...] = ()
    confirm_by: date | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """One correction, erasure or restriction, with everybody who had received what it is about."""

    number: str
    kind: Kind
    entry: Entry
    event: Event
    request: str | None
    recipients: tuple[Recipient, ...]
    received: bool = False
    """Whether anybody had received data of the person before, from this record or another, listed here or not."""

    @property
    def open(self) -> int:
        """How many are still to be told."""
        return sum(recipient.state == "to-be-told" for recipient in self.recipients)

    def as_json(self) -> list[Json]:
        """A row for each recipient, as a request's file gives it: facts only."""
        return [
            {
                "matter_id": self.number,
                "matter": self.kind,
                "items": [*each_once(getattr(self.event, "items", ()))],
                "recipient": recipient.code,
                "state": recipient.state,
                "owner": recipient.owner,
                "due_on": json_of(recipient.due_on),
                "late": recipient.late,
                "told_at": json_of(recipient.told_at),
                "channel": recipient.channel,
                "not_told_because": recipient.not_told_because,
                "asked_again_at": json_of(recipient.asked_again_at),
                "confirm_by": json_of(recipient.confirm_by),
                "confirmed_at": json_of(recipient.confirmed_at),
            }
            for recipient in self.recipients
        ]


def matters(history: History, tasks: Iterable[Obligation], others: Iterable[History] = ()) -> list[Matter]:
    """Every correction, erasure and restriction, oldest first; `tasks` are the person's rows of the obligations view.

    `others` is what happened to the person's other records.
    """
    by_recipient = {(row.subject_id, row.recipient, row.kind): row for row in tasks if row.recipient}
    disclosed = [
        disclosure
        for record in (history, *others)
        for entry, event in record
        for disclosure in disclosures_in(entry.occurred_at, event)
    ]
    begun = [(entry, event, *named) for entry, event in history if (named := _named(event))]
    return [
        Matter(
            number=number,
            kind=kind,
            entry=entry,
            event=event,
            request=request,
            recipients=tuple(_recipients(number, history, by_recipient)),
            received=any(
                may_overlap(matter.items, disclosure.items)
                for matter in matters_in(entry.occurred_at, event)
                for disclosure in disclosed
                if disclosure.at < matter.at
            ),
        )
        for entry, event, kind, number, request in begun
    ]


def following(found: Iterable[Matter], request: str) -> list[Matter]:
    """The matters that followed from one request: those with its own number and those that name it."""
    return [matter for matter in found if request in {matter.number, matter.request}]


def _named(event: Event) -> tuple[Kind, str, str | None] | None:
    match event:
        case events.RecordCorrected(correction_id=str() as number):
            return "correction", number, event.request_id
        case events.ErasureUpheld(erasure_id=number):
            return "erasure", number, number
        case events.ProcessingRestricted(restriction_id=number):
            return "restriction", number, event.request_id
        case _:
            return None


def _recipients(number: str, history: History, tasks: Mapping[tuple[str, str, str], Obligation]) -> Iterable[Recipient]:
    about = [(entry, event) for entry, event in history if getattr(event, "matter_id", None) == number]
    to_notify = [recipient for subject, recipient, kind in tasks if (subject, kind) == (number, "notify-recipient")]
    answered = [str(event.recipient) for _, event in about if isinstance(event, _ANSWERED)]
    for code in sorted({*to_notify, *answered}):
        own = [(entry, event) for entry, event in about if getattr(event, "recipient", None) in {code, None}]
        task = tasks.get((number, code, "notify-recipient"))
        yield _recipient(code, own, task, tasks.get((number, code, "confirm-correction")))


_ANSWERED = (events.RecipientNotified, events.CorrectionConfirmed)


def _recipient(code: str, own: History, task: Obligation | None, answer: Obligation | None) -> Recipient:
    recipient = Recipient(
        code=code,
        state="to-be-told",
        owner=task.owner if task else None,
        due_on=task.due_on if task else None,
        late=task is not None and task.late,
        confirm_by=answer.due_on if answer else None,
    )
    for entry, event in own:
        match event:
            case events.RecipientNotified(not_told_because=None) if recipient.told_at is None:
                recipient = replace(recipient, state="told", told_at=entry.occurred_at, channel=event.channel,
                                    not_told_because=None, reason=None)  # fmt: skip
            case events.RecipientNotified() if recipient.told_at is None:
                because = event.not_told_because
                recipient = replace(recipient, state="not-told", not_told_because=because, reason=event.reason)
            case events.RecipientChased():
                recipient = replace(recipient, asked_again_at=(*recipient.asked_again_at, entry.occurred_at))
            case _:
                continue
    confirmed = next((entry for entry, event in own if isinstance(event, events.CorrectionConfirmed)), None)
    return replace(recipient, state="confirmed", confirmed_at=confirmed.occurred_at) if confirmed else recipient
