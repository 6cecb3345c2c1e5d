"""How long a person's data is kept, what holds it back and what was destroyed, in words.

Pure: rows of the retention and customer views come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.retention.impossible_dates import REASONS
from ledger.retention.schedule import SCHEDULE
from projections.customers.rows import Tombstone
from projections.retention.read import Criterion, Hold, KeptRow, criteria
from projections.row import Row
from projections.wording import classes, codes, dates


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptClass(Row):
    """How long one part of a class is kept: the day, the rule in its own words, and what holds it back."""

    class_: str
    data: str
    entries: int
    destroy_by: date | None
    until: str
    rule: str | None
    sentence: str | None
    criteria: list[str]
    held_by: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class DestroyedClass(Row):
    """What was destroyed, when and under which rule."""

    class_: str
    data: str
    destroyed_at: datetime
    when: str
    due_by: str | None
    rule: str | None
    sentence: str | None
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldInWords(Row):
    """A hold that stops destruction: the row of the view, then the same in words."""

    hold_id: str
    code: str
    classes: list[str]
    placed_at: datetime
    review_on: date | None
    owner: str | None
    lifted_at: datetime | None
    position: int
    kind: str
    covers: list[str]
    placed: str
    review: str | None
    lifted: str | None


def retention(rows: Sequence[KeptRow], holds: Sequence[Hold]) -> list[KeptClass]:
    """How long each class is kept; `rows` and `holds` are the retention view's."""
    holding = {hold.hold_id: codes.hold(hold.code) for hold in holds}
    return [
        KeptClass(
            class_=row.class_,
            data=classes.records(row.class_, row.part),
            entries=row.events,
            destroy_by=row.destroy_by,
            until=_until(row),
            rule=row.rule,
            sentence=sentence(row.class_, row.rule),
            criteria=[_criterion(criterion) for criterion in criteria(row.class_)],
            held_by=[holding.get(hold_id, "a hold") for hold_id in row.held_by],
        )
        for row in rows
    ]


def _until(row: KeptRow) -> str:
    if row.destroy_by:
        return f"to be destroyed by {dates.day(row.destroy_by)}"
    if row.exception and row.impossible:
        return f"no date yet: {REASONS[row.impossible]}; this is on the list of exceptions until the date is corrected"
    if row.exception:
        return (
            "no date yet: the organisation responsible has not set its local period; this is on the list of exceptions"
        )
    return "no date yet: the time starts to run with one of the events named beside"


def _criterion(criterion: Criterion) -> str:
    start = classes.CLOCKS.get(criterion.clock, codes.plainly(criterion.clock))
    months, rule = criterion.months, criterion.rule
    if months is None:
        return f"after {start}, for the local period that the organisation responsible has set (rule {rule})"
    if not months:
        return f"as soon as {start} (rule {rule})"
    return f"at most {dates.period(months)} after {start} (rule {rule})"


def sentence(class_: str, rule: str | None) -> str | None:
    """The sentence of the notice or guidance a rule stands on."""
    return next((line.sentence for line in SCHEDULE if line.class_ == class_ and line.rule == rule), None)


def destroyed(rows: Sequence[Tombstone]) -> list[DestroyedClass]:
    """What was destroyed, in the order it was."""
    return [
        DestroyedClass(
            class_=row.class_,
            data=classes.records(row.class_, row.part),
            destroyed_at=row.destroyed_at,
            when=dates.moment(row.destroyed_at),
            due_by=dates.day(row.destroy_by) if row.destroy_by else None,
            rule=row.rule,
            sentence=sentence(row.class_, row.rule),
            position=row.position,
        )
        for row in rows
    ]


def holds(rows: Sequence[Hold]) -> list[HoldInWords]:
    """Every hold ever placed, in words beside the row itself."""
    return [
        HoldInWords(
            hold_id=row.hold_id,
            code=row.code,
            classes=row.classes,
            placed_at=row.placed_at,
            review_on=row.review_on,
            owner=row.owner,
            lifted_at=row.lifted_at,
            position=row.position,
            kind=codes.hold(row.code),
            covers=[classes.class_of_records(class_) for class_ in row.classes] or ["all records"],
            placed=dates.moment(row.placed_at),
            review=dates.day(row.review_on) if row.review_on else None,
            lifted=dates.moment(row.lifted_at) if row.lifted_at else None,
        )
        for row in rows
    ]
