"""Recipient notifications and automated decisions, as the person's report tells them.

Pure: one person's entries with their events, opened as far as they still can be, come in; words go out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger import events
from ledger.events import Event
from ledger.log.codec import Entry
from projections.row import Row
from projections.subject_access.notifications import Kind, Matter, Recipient
from projections.subject_access.record import GONE, History, first_of
from projections.wording import channels, classes, codes, dates, outcomes, parties, source_fields
from projections.wording.parties import Names

_MATTERS: Mapping[Kind, str] = {
    "correction": "Data about you was corrected",
    "erasure": "It was decided that data about you is erased",
    "restriction": "The use of your data was restricted",
}
_DONE: Mapping[Kind, str] = {
    "correction": "that it put the data right too",
    "erasure": "that it acted on it",
    "restriction": "that it acted on it",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientInWords(Row):
    """Somebody who had received the data, and whether they were told."""

    recipient: str
    state: str
    late: bool
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MatterInWords(Row):
    """A correction, erasure or restriction with everybody who is to be told of it."""

    matter_id: str
    matter: str
    what: str
    which: str | None
    when: str
    request_id: str | None
    open: int
    sentence: str
    recipients: list[RecipientInWords]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientsSection(Row):
    """Recipient notifications (UK GDPR Art. 19)."""

    heading: str
    sentence: str
    rows: list[MatterInWords]


@dataclass(frozen=True, kw_only=True, slots=True)
class AutomatedDecision(Row):
    """A share that followed from a decision that a computer alone made."""

    position: int
    when: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Review(Row):
    """A person's look at an automated decision."""

    when: str
    outcome: str
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContestedDecision(Row):
    """What the person said against an automated decision, and what came of it."""

    decision_id: str
    position: int
    when: str
    said: str
    share: str | None
    reviews: list[Review]


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionsSection(Row):
    """Section R9."""

    heading: str
    automated_decisions: list[AutomatedDecision]
    contested: list[ContestedDecision]
    sentence: str


def recipients(matters: Sequence[Matter], names: Names) -> RecipientsSection:
    """Who had received what was corrected, erased or restricted, and whether they were told (Art. 19)."""
    return RecipientsSection(
        heading="Who was told of corrections, erasures and restrictions",
        sentence="Everybody who had received the data before is told of it, unless that is impossible or out of all"
        " proportion (UK GDPR Article 19). You may know who they are: they are all named here.",
        rows=[_matter(matter, names) for matter in matters],
    )


def _matter(matter: Matter, names: Names) -> MatterInWords:
    return MatterInWords(
        matter_id=matter.number,
        matter=matter.kind,
        what=_MATTERS[matter.kind],
        which=_which(matter.event),
        when=dates.moment(matter.entry.occurred_at),
        request_id=matter.request,
        open=matter.open,
        sentence=_how_many(matter),
        recipients=[
            RecipientInWords(
                recipient=parties.organisation(recipient.code, names),
                state=recipient.state,
                late=recipient.late,
                text=_whether_told(recipient, matter.kind),
            )
            for recipient in matter.recipients
        ],
    )


def _which(event: Event) -> str | None:
    data = codes.items(getattr(event, "items", ())) or [
        classes.class_of_records(class_) for class_ in getattr(event, "classes", ())
    ]
    kind = getattr(event, "collection", None)
    return ", ".join(data) or (kind and source_fields.kind_of_record(kind)) or None


def _how_many(matter: Matter) -> str:
    if not matter.recipients and not matter.received:
        return "Nobody else had received this data before, as far as these records say."
    if not matter.recipients:
        return "Nobody is on the list to be told. Who received data about you is named under “Who received your data”."
    if not matter.open:
        return "Nobody is left to be told."
    return f"Still to be told: {matter.open} of {len(matter.recipients)}."


def _whether_told(recipient: Recipient, kind: Kind) -> str:
    channel = f" {channels.channel(recipient.channel)}" if recipient.channel else ""
    late = ", later than was due" if recipient.late else ""
    notified = f"told on {dates.moment(recipient.told_at)}{channel}{late}" if recipient.told_at else None
    match recipient.state:
        case "confirmed":
            confirmed = f"confirmed on {dates.moment(recipient.confirmed_at)} {_DONE[kind]}"
            return f"{notified}; {confirmed}" if notified else confirmed
        case "told":
            again = "".join(f"; asked again on {dates.moment(at)}" for at in recipient.asked_again_at)
            return f"{notified}; has not confirmed yet{again}"
        case "not-told":
            why = f": {recipient.reason}" if recipient.reason else ""
            return f"could not be told, because {outcomes.meaning(outcomes.NOT_TOLD, recipient.not_told_because)}{why}"
        case "to-be-told":
            due = dates.day(recipient.due_on) if recipient.due_on else None
            if due is None:
                return "not told yet"
            if recipient.late:
                return f"not told yet, although this was due by {due}"
            return f"not told yet; to be told by {due}"


def decisions(history: History, names: Names) -> DecisionsSection:
    """Section R9: what a computer alone decided, what the person said against it, and who looked at it (Art. 22A-22D).

    The law asks for the logic and the consequences too; what of them is recorded is with the share that followed.
    """
    made = [_automated(entry, event, names) for entry, event in history if getattr(event, "automated_decision", None)]
    contested = [
        _contested(entry, event, history) for entry, event in history if isinstance(event, events.DecisionContested)
    ]
    return DecisionsSection(
        heading="Decisions made by a computer alone",
        automated_decisions=made,
        contested=contested,
        sentence=_DECIDED if made or contested else _NONE_DECIDED,
    )


_RIGHTS = "you could ask for an explanation, put your view, have a person decide, and contest it"
_NONE_DECIDED = (
    f"None. These records hold no decision about you that was made by a computer alone. If one were made, {_RIGHTS}."
)
_DECIDED = (
    "A computer alone decided something about you, as far as these records say. You can ask for an explanation, put"
    " your view, have a person decide, and contest it."
)


def _automated(entry: Entry, event: Event, names: Names) -> AutomatedDecision:
    to = parties.organisation(getattr(event, "sent_to", None), names)
    return AutomatedDecision(
        position=entry.position,
        when=dates.moment(entry.occurred_at),
        what=f"data about you was shared with {to} because of it",
    )


def _contested(entry: Entry, event: events.DecisionContested, history: History) -> ContestedDecision:
    share = first_of(history, events.DataShared, "share_id", event.share_id) if event.share_id else None
    return ContestedDecision(
        decision_id=event.decision_id,
        position=entry.position,
        when=dates.moment(entry.occurred_at),
        said=event.representation or GONE,
        share=f"the share of {dates.moment(share[0].occurred_at)}" if share else None,
        reviews=[
            Review(
                when=dates.moment(later.occurred_at),
                outcome=outcomes.meaning(outcomes.REVIEWS, review.outcome),
                reason=review.reason,
            )
            for later, review in history
            if isinstance(review, events.DecisionReviewed) and review.decision_id == event.decision_id
        ],
    )
