"""Possible breaches of the protection of a person's data, as their report tells them.

Pure: one person's entries with their events come in; words go out. How the service judged itself stays in its own
register; that it did, and what came of it, is told (LEDG-19).
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger import events
from ledger.log.codec import Entry
from projections.row import Row
from projections.subject_access.record import History, first_of, last_of
from projections.wording import channels, dates, outcomes


@dataclass(frozen=True, kw_only=True, slots=True)
class BreachInWords(Row):
    """A possible breach: how it is or was assessed, the risk, and whether regulator and person were told."""

    assessment_id: str
    position: int
    about: str
    noticed: str
    state: str
    risk: str
    outcome: str
    regulator: str
    person: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BreachesSection(Row):
    """Possible breaches."""

    heading: str
    sentence: str
    rows: list[BreachInWords]


def breaches(history: History) -> BreachesSection:
    """Each possible breach: that it is or was assessed, the risk, and whether regulator and person were told."""
    return BreachesSection(
        heading="Possible breaches of the protection of your data",
        sentence="When a rule that protects your data was gravely broken, it is assessed whether you are at risk,"
        " and whether the regulator and you must be told.",
        rows=[
            _breach(entry, event, history)
            for entry, event in history
            if isinstance(event, events.BreachAssessmentOpened)
        ],
    )


def _breach(entry: Entry, event: events.BreachAssessmentOpened, history: History) -> BreachInWords:
    number = event.assessment_id
    risk = last_of(history, events.BreachRiskAssessed, "assessment_id", number)
    regulator = first_of(history, events.RegulatorNotified, "assessment_id", number)
    person = first_of(history, events.PeopleNotified, "assessment_id", number)
    closed = first_of(history, events.BreachAssessmentClosed, "assessment_id", number)
    how = person and person[1].channel
    return BreachInWords(
        assessment_id=number,
        position=entry.position,
        about=_about(event.subject_id, history),
        noticed=dates.moment(event.became_aware_at),
        state=f"closed on {dates.moment(closed[0].occurred_at)}" if closed else "being assessed",
        risk=outcomes.meaning(outcomes.RISKS, risk[1].risk) if risk else "not assessed yet",
        outcome=outcomes.meaning(outcomes.BREACHES, closed[1].outcome) if closed else "not decided yet",
        regulator=_when(regulator and regulator[0], closed=closed is not None),
        person=_when(person and person[0], closed=closed is not None) + (f" {channels.channel(how)}" if how else ""),
    )


def _when(notified: Entry | None, *, closed: bool) -> str:
    if notified is None:
        return "not told" if closed else "not told so far"
    return f"told on {dates.moment(notified.occurred_at)}"


def _about(number: str, history: History) -> str:
    """What was at risk, by the day and not by its number: the share or receipt that the assessment is about."""
    for entry, event in history:
        own = getattr(event, "share_id", None), getattr(event, "receipt_id", None)
        if number in own and isinstance(event, events.DataShared | events.DataReceived):
            return f"{event.LABEL[:1].lower()}{event.LABEL[1:]}, {dates.moment(entry.occurred_at)}"
    return "an entry of your records"
