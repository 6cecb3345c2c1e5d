"""What protects a person, as their report tells it: restrictions, objections, who was told, reviews, possible breaches.

Pure: one person's entries with their events, opened as far as they still can be, come in; words go out. How the service
judged itself stays in its own register; that it did, and what came of it, is told (LEDG-19).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger import events
from ledger.events import Event
from ledger.log.codec import Entry
from projections.subject_access.data_copy import Section
from projections.subject_access.recipients import Kind, Matter, Recipient, Told
from projections.wording import outcomes, words
from projections.wording.words import Names

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
_GONE = "what was written about it is no longer held"


def limits(told: Told, answers: Mapping[str, str]) -> Section:
    """Restrictions and objections, each with how it was decided; `answers` says what was answered, by request."""
    return {
        "heading": "Restrictions and objections",
        "rows": [
            _restriction(entry, event, told, answers)
            for entry, event in told
            if isinstance(event, events.ProcessingRestricted)
        ],
        "objections": [
            _objection(entry, event, told, answers)
            for entry, event in told
            if isinstance(event, events.ObjectionRaised)
        ],
    }


def _restriction(entry: Entry, event: events.ProcessingRestricted, told: Told, answers: Mapping[str, str]) -> Section:
    number = event.restriction_id
    lifted = _first(told, events.RestrictionLifted, "restriction_id", number)
    return {
        "restriction_id": number,
        "position": entry.position,
        "since": words.moment(entry.occurred_at),
        "ground": outcomes.meaning(outcomes.GROUNDS, event.ground),
        "items": words.items(event.items) or ["all your data"],
        "request_id": event.request_id,
        "answer": answers.get(str(event.request_id)),
        "reason": event.reason,
        "in_force": lifted is None,
        "lifted": lifted and words.moment(lifted[0].occurred_at),
        "told": lifted and lifted[1].person_told_at and words.moment(lifted[1].person_told_at),
        "lifted_because": lifted and lifted[1].reason,
    }


def _objection(entry: Entry, event: events.ObjectionRaised, told: Told, answers: Mapping[str, str]) -> Section:
    number = event.objection_id
    decided = _last(told, events.ObjectionDecided, "objection_id", number)
    outcome = decided[1].outcome if decided else "pending"
    return {
        "objection_id": number,
        "position": entry.position,
        "since": words.moment(entry.occurred_at),
        "outcome": outcome,
        "decision": outcomes.meaning(outcomes.OBJECTIONS, outcome),
        "decided": decided and words.moment(decided[0].occurred_at),
        "answer": answers.get(number),
    }


def recipients(matters: Sequence[Matter], names: Names) -> Section:
    """Who had received what was corrected, erased or restricted, and whether they were told (Art. 19)."""
    return {
        "heading": "Who was told of corrections, erasures and restrictions",
        "sentence": "Everybody who had received the data before is told of it, unless that is impossible or out of all"
        " proportion (UK GDPR Article 19). You may know who they are: they are all named here.",
        "rows": [_matter(one, names) for one in matters],
    }


def _matter(one: Matter, names: Names) -> Section:
    return {
        "matter_id": one.number,
        "matter": one.kind,
        "what": _MATTERS[one.kind],
        "which": _which(one.event),
        "when": words.moment(one.entry.occurred_at),
        "request_id": one.request,
        "open": one.open,
        "sentence": _how_many(one),
        "recipients": [
            {
                "recipient": words.organisation(recipient.code, names),
                "state": recipient.state,
                "late": recipient.late,
                "text": _told(recipient, one.kind),
            }
            for recipient in one.recipients
        ],
    }


def _which(event: Event) -> str | None:
    said = words.items(getattr(event, "items", ())) or [
        words.class_of_records(name) for name in getattr(event, "classes", ())
    ]
    kind = getattr(event, "collection", None)
    return ", ".join(said) or (kind and words.kind_of_record(kind)) or None


def _how_many(one: Matter) -> str:
    if not one.recipients and not one.received:
        return "Nobody else had received this data before, as far as these records say."
    if not one.recipients:
        return "Nobody is on the list to be told. Who received data about you is named under “Who received your data”."
    if not one.open:
        return "Nobody is left to be told."
    return f"Still to be told: {one.open} of {len(one.recipients)}."


def _told(one: Recipient, kind: Kind) -> str:
    channel = f" {words.channel(one.channel)}" if one.channel else ""
    late = ", later than was due" if one.late else ""
    told = f"told on {words.moment(one.told_at)}{channel}{late}" if one.told_at else None
    match one.state:
        case "confirmed":
            confirmed = f"confirmed on {words.moment(one.confirmed_at)} {_DONE[kind]}"
            return f"{told}; {confirmed}" if told else confirmed
        case "told":
            again = "".join(f"; asked again on {words.moment(at)}" for at in one.asked_again_at)
            return f"{told}; has not confirmed yet{again}"
        case "not-told":
            why = f": {one.reason}" if one.reason else ""
            return f"could not be told, because {outcomes.meaning(outcomes.NOT_TOLD, one.not_told_because)}{why}"
        case "to-be-told":
            due = words.day(one.due_on) if one.due_on else None
            if due is None:
                return "not told yet"
            return f"not told yet, although this was due by {due}" if one.late else f"not told yet; to be told by {due}"


def extensions(told: Told) -> list[Section]:
    """Each decision to keep records for longer: which, until when and what for."""
    return [
        {
            "extension_id": event.extension_id,
            "position": entry.position,
            "when": words.moment(entry.occurred_at),
            "data": [words.class_of_records(name) for name in event.classes],
            "until": words.day(event.until),
            "purpose": words.PURPOSES.get(event.purpose, words.plainly(event.purpose)),
            "reason": event.reason or _GONE,
        }
        for entry, event in told
        if isinstance(event, events.RetentionExtended)
    ]


def decisions(told: Told, names: Names) -> Section:
    """Section R9: what a computer alone decided, what the person said against it, and who looked at it (Art. 22A-22D).

    The law asks for the logic and the consequences too; what of them is recorded is with the share that followed.
    """
    made = [_automated(entry, event, names) for entry, event in told if getattr(event, "automated_decision", None)]
    contested = [_contested(entry, event, told) for entry, event in told if isinstance(event, events.DecisionContested)]
    return {
        "heading": "Decisions made by a computer alone",
        "automated_decisions": made,
        "contested": contested,
        "sentence": _DECIDED if made or contested else _NONE_DECIDED,
    }


_RIGHTS = "you could ask for an explanation, put your view, have a person decide, and contest it"
_NONE_DECIDED = (
    f"None. These records hold no decision about you that was made by a computer alone. If one were made, {_RIGHTS}."
)
_DECIDED = (
    "A computer alone decided something about you, as far as these records say. You can ask for an explanation, put"
    " your view, have a person decide, and contest it."
)


def _automated(entry: Entry, event: Event, names: Names) -> Section:
    to = getattr(event, "sent_to", None)
    return {
        "position": entry.position,
        "when": words.moment(entry.occurred_at),
        "what": f"data about you was shared with {words.organisation(to, names)} because of it",
    }


def _contested(entry: Entry, event: events.DecisionContested, told: Told) -> Section:
    reviewed = [
        {
            "when": words.moment(later.occurred_at),
            "outcome": outcomes.meaning(outcomes.REVIEWS, review.outcome),
            "reason": review.reason,
        }
        for later, review in told
        if isinstance(review, events.DecisionReviewed) and review.decision_id == event.decision_id
    ]
    share = event.share_id and _first(told, events.DataShared, "share_id", event.share_id)
    return {
        "decision_id": event.decision_id,
        "position": entry.position,
        "when": words.moment(entry.occurred_at),
        "said": event.representation or _GONE,
        "share": share and f"the share of {words.moment(share[0].occurred_at)}",
        "reviews": reviewed,
    }


def breaches(told: Told) -> Section:
    """Each possible breach: that it is or was assessed, the risk, and whether regulator and person were told."""
    return {
        "heading": "Possible breaches of the protection of your data",
        "sentence": "When a rule that protects your data was gravely broken, it is assessed whether you are at risk,"
        " and whether the regulator and you must be told.",
        "rows": [
            _breach(entry, event, told) for entry, event in told if isinstance(event, events.BreachAssessmentOpened)
        ],
    }


def _breach(entry: Entry, event: events.BreachAssessmentOpened, told: Told) -> Section:
    number = event.assessment_id
    risk = _last(told, events.BreachRiskAssessed, "assessment_id", number)
    regulator = _first(told, events.RegulatorNotified, "assessment_id", number)
    person = _first(told, events.PeopleNotified, "assessment_id", number)
    closed = _first(told, events.BreachAssessmentClosed, "assessment_id", number)
    how = person and person[1].channel
    return {
        "assessment_id": number,
        "position": entry.position,
        "about": _about(event.subject_id, told),
        "noticed": words.moment(event.became_aware_at),
        "state": f"closed on {words.moment(closed[0].occurred_at)}" if closed else "being assessed",
        "risk": outcomes.meaning(outcomes.RISKS, risk[1].risk) if risk else "not assessed yet",
        "outcome": outcomes.meaning(outcomes.BREACHES, closed[1].outcome) if closed else "not decided yet",
        "regulator": _when(regulator, closed=closed is not None),
        "person": _when(person, closed=closed is not None) + (f" {words.channel(how)}" if how else ""),
    }


def _when(found: tuple[Entry, Any] | None, *, closed: bool) -> str:
    if found is None:
        return "not told" if closed else "not told so far"
    return f"told on {words.moment(found[0].occurred_at)}"


def _about(number: str, told: Told) -> str:
    """What was at risk, by the day and not by its number: the share or receipt that the assessment is about."""
    for entry, event in told:
        own = getattr(event, "share_id", None), getattr(event, "receipt_id", None)
        if number in own and isinstance(event, events.DataShared | events.DataReceived):
            return f"{event.LABEL[:1].lower()}{event.LABEL[1:]}, {words.moment(entry.occurred_at)}"
    return "an entry of your records"


def _first(told: Told, kind: type[Any], name: str, number: str) -> tuple[Entry, Any] | None:
    return next(((e, event) for e, event in told if isinstance(event, kind) and getattr(event, name) == number), None)


def _last(told: Told, kind: type[Any], name: str, number: str) -> tuple[Entry, Any] | None:
    return _first(tuple(reversed(told)), kind, name, number)
