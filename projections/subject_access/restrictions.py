"""Restrictions, objections and decisions to keep records for longer, as the person's report tells them.

Pure: one person's entries with their events, opened as far as they still can be, come in; words go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger import events
from ledger.log.codec import Entry
from projections.row import Row
from projections.subject_access.record import GONE, History, first_of, last_of
from projections.wording import classes, codes, dates, outcomes


@dataclass(frozen=True, kw_only=True, slots=True)
class RestrictionInWords(Row):
    """A restriction, and how and why it was lifted if it was."""

    restriction_id: str
    position: int
    since: str
    ground: str
    items: list[str]
    request_id: str | None
    answer: str | None
    """What the person was answered, if they asked for it."""
    reason: str | None
    in_force: bool
    lifted: str | None
    told: str | None
    """When the person was told before it was lifted."""
    lifted_because: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectionInWords(Row):
    """An objection and how it was decided."""

    objection_id: str
    position: int
    since: str
    outcome: str
    decision: str
    decided: str | None
    answer: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitsSection(Row):
    """Restrictions and objections."""

    heading: str
    rows: list[RestrictionInWords]
    objections: list[ObjectionInWords]


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension(Row):
    """A decision to keep records for longer: which, until when and what for."""

    extension_id: str
    position: int
    when: str
    data: list[str]
    until: str
    purpose: str
    reason: str


def limits(history: History, answers: Mapping[str, str]) -> LimitsSection:
    """Restrictions and objections, each with how it was decided; `answers` says what was answered, by request."""
    return LimitsSection(
        heading="Restrictions and objections",
        rows=[
            _restriction(entry, event, history, answers)
            for entry, event in history
            if isinstance(event, events.ProcessingRestricted)
        ],
        objections=[
            _objection(entry, event, history, answers)
            for entry, event in history
            if isinstance(event, events.ObjectionRaised)
        ],
    )


def _restriction(
    entry: Entry, event: events.ProcessingRestricted, history: History, answers: Mapping[str, str]
) -> RestrictionInWords:
    lifted = first_of(history, events.RestrictionLifted, "restriction_id", event.restriction_id)
    told_at = lifted and lifted[1].person_told_at
    return RestrictionInWords(
        restriction_id=event.restriction_id,
        position=entry.position,
        since=dates.moment(entry.occurred_at),
        ground=outcomes.meaning(outcomes.GROUNDS, event.ground),
        items=codes.items(event.items) or ["all your data"],
        request_id=event.request_id,
        answer=answers.get(str(event.request_id)),
        reason=event.reason,
        in_force=lifted is None,
        lifted=dates.moment(lifted[0].occurred_at) if lifted else None,
        told=told_at and dates.moment(told_at),
        lifted_because=lifted[1].reason if lifted else None,
    )


def _objection(
    entry: Entry, event: events.ObjectionRaised, history: History, answers: Mapping[str, str]
) -> ObjectionInWords:
    decided = last_of(history, events.ObjectionDecided, "objection_id", event.objection_id)
    outcome = decided[1].outcome if decided else "pending"
    return ObjectionInWords(
        objection_id=event.objection_id,
        position=entry.position,
        since=dates.moment(entry.occurred_at),
        outcome=outcome,
        decision=outcomes.meaning(outcomes.OBJECTIONS, outcome),
        decided=dates.moment(decided[0].occurred_at) if decided else None,
        answer=answers.get(event.objection_id),
    )


def extensions(history: History) -> list[Extension]:
    """Each decision to keep records for longer."""
    return [
        Extension(
            extension_id=event.extension_id,
            position=entry.position,
            when=dates.moment(entry.occurred_at),
            data=[classes.class_of_records(class_) for class_ in event.classes],
            until=dates.day(event.until),
            purpose=codes.purpose(event.purpose),
            reason=event.reason or GONE,
        )
        for entry, event in history
        if isinstance(event, events.RetentionExtended)
    ]
