"""Who is to hear of a correction, an erasure or a restriction, who did, who confirmed it and what is open (Art. 19).

Pure: one person's entries with their events and the rows of the obligations view come in. The ledger alone knows every
recipient, so both the person's report and a request's file tell it from here (LAW-A19, RECT-04, RECT-05).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ledger import events
from ledger.codes.items import each_once, may_overlap
from ledger.duties.past_recipients import disclosures_in, matters_in
from ledger.events import Event, Json
from ledger.log.codec import Entry

Told = Sequence[tuple[Entry, Event]]  # entries with their events, opened as far as they still can be
State = Literal["to-be-told", "told", "confirmed", "not-told"]
Kind = Literal["correction", "erasure", "restriction"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One organisation that had received the data, and how it stands with it; moments in RFC 3339."""

    code: str
    state: State
    owner: str | None = None
    """Who is to tell it; None is the controller."""
    due_on: str | None = None
    late: bool = False
    told_at: str | None = None
    channel: str | None = None
    not_told_because: str | None = None
    reason: str | None = None
    """Why it cannot be told, sealed: None unless the payload was opened."""
    asked_again_at: tuple[str, ...] = ()
    confirm_by: str | None = None
    confirmed_at: str | None = None


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
        return sum(one.state == "to-be-told" for one in self.recipients)

    def as_json(self) -> list[Json]:
        """A row for each recipient, as a request's file gives it: facts only."""
        return [
            {
                "matter_id": self.number,
                "matter": self.kind,
                "items": [*each_once(getattr(self.event, "items", ()))],
                "recipient": one.code,
                "state": one.state,
                "owner": one.owner,
                "due_on": one.due_on,
                "late": one.late,
                "told_at": one.told_at,
                "channel": one.channel,
                "not_told_because": one.not_told_because,
                "asked_again_at": [*one.asked_again_at],
                "confirm_by": one.confirm_by,
                "confirmed_at": one.confirmed_at,
            }
            for one in self.recipients
        ]


def matters(told: Told, owed: Iterable[Mapping[str, Any]], others: Iterable[Told] = ()) -> list[Matter]:
    """Every correction, erasure and restriction, oldest first; `owed` are the person's rows of the obligations view.

    `others` is what happened to the person's other records.
    """
    tasks = {(row["subject_id"], row["recipient"], row["kind"]): row for row in owed if row["recipient"]}
    gone = [
        one for record in (told, *others) for entry, event in record for one in disclosures_in(entry.occurred_at, event)
    ]
    begun = [(entry, event, *named) for entry, event in told if (named := _named(event))]
    return [
        Matter(
            number=number,
            kind=kind,
            entry=entry,
            event=event,
            request=request,
            recipients=tuple(_recipients(number, told, tasks)),
            received=any(
                may_overlap(matter.items, went.items)
                for matter in matters_in(entry.occurred_at, event)
                for went in gone
                if went.at < matter.at
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


def _recipients(number: str, told: Told, tasks: Mapping[tuple[Any, Any, Any], Any]) -> Iterable[Recipient]:
    about = [(entry, event) for entry, event in told if getattr(event, "matter_id", None) == number]
    owed = [recipient for subject, recipient, kind in tasks if (subject, kind) == (number, "notify-recipient")]
    heard = [str(event.recipient) for _, event in about if isinstance(event, _HEARD)]
    for code in sorted({*owed, *heard}):
        own = [(entry, event) for entry, event in about if getattr(event, "recipient", None) in {code, None}]
        task = tasks.get((number, code, "notify-recipient"), {})
        yield _recipient(code, own, task, tasks.get((number, code, "confirm-correction"), {}))


_HEARD = (events.RecipientNotified, events.CorrectionConfirmed)


def _recipient(code: str, own: Told, task: Mapping[str, Any], answer: Mapping[str, Any]) -> Recipient:
    one = Recipient(
        code=code,
        state="to-be-told",
        owner=task.get("owner"),
        due_on=task.get("due_on"),
        late=bool(task.get("late")),
        confirm_by=answer.get("due_on"),
    )
    for entry, event in own:
        match event:
            case events.RecipientNotified(not_told_because=None) if one.told_at is None:
                one = replace(one, state="told", told_at=_moment(entry), channel=event.channel,
                              not_told_because=None, reason=None)  # fmt: skip
            case events.RecipientNotified() if one.told_at is None:
                one = replace(one, state="not-told", not_told_because=event.not_told_because, reason=event.reason)
            case events.RecipientChased():
                one = replace(one, asked_again_at=(*one.asked_again_at, _moment(entry)))
            case _:
                continue
    confirmed = next((entry for entry, event in own if isinstance(event, events.CorrectionConfirmed)), None)
    return one if confirmed is None else replace(one, state="confirmed", confirmed_at=_moment(confirmed))


def _moment(entry: Entry) -> str:
    return entry.occurred_at.isoformat().replace("+00:00", "Z")
