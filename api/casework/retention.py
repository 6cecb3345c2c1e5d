"""What staff ask about retention: what is due on a day, what has no period, and which holds wait for their review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from api.casework.access import own_organisation
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.events import Json
from projections.retention import read as retention
from projections.retention.read import DueKey, DueRow, ExceptionRow, HoldReview, ReviewKey


@dataclass(frozen=True, kw_only=True, slots=True)
class DuePage:
    """One page of what is due on a day, with how much is due and how much has no period."""

    on: date
    count: int
    exceptions: int
    rows: list[DueRow]
    next: DueKey | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {
            "on": self.on.isoformat(),
            "count": self.count,
            "exceptions": self.exceptions,
            "exceptions_count": self.exceptions,
            "rows": [row.as_json() for row in self.rows],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ExceptionPage:
    """One page of the records without a period on a day."""

    on: date
    rows: list[ExceptionRow]
    next: DueKey | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor."""
        return {"on": self.on.isoformat(), "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldReviewPage:
    """One page of the holds whose review is overdue on a day."""

    on: date
    rows: list[HoldReview]
    next: ReviewKey | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor."""
        return {"on": self.on.isoformat(), "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class DueList:
    """All that is due on a day, all that has no period, and every hold to review."""

    on: date
    rows: list[DueRow]
    exceptions: list[ExceptionRow]
    hold_reviews: list[HoldReview]

    def as_json(self) -> dict[str, Json]:
        """The whole list as the outside contract has it."""
        return {
            "on": self.on.isoformat(),
            "count": len(self.rows),
            "rows": [row.as_json() for row in self.rows],
            "exceptions_count": len(self.exceptions),
            "exceptions": [row.as_json() for row in self.exceptions],
            "hold_reviews": [row.as_json() for row in self.hold_reviews],
        }


def today(runtime: Runtime) -> date:
    """The day in London by the ledger's clock."""
    return london_day(runtime.ledger.now())


def due(runtime: Runtime, by: Caller, on: date | None, *, after: DueKey | None = None, limit: int) -> DuePage:
    """One page of what is due on a day, today when None; a contractor sees the customers it is responsible for."""
    day, own = on or today(runtime), own_organisation(runtime, by)
    with runtime.current_views(by) as connection:
        rows = retention.due_page(connection, day, after=after, limit=limit + 1, organisation=own)
        count = retention.count_due(connection, day, organisation=own)
        exceptions = retention.count_exceptions(connection, day, organisation=own)
    following = rows[limit - 1].key if len(rows) > limit else None
    return DuePage(on=day, count=count, exceptions=exceptions, rows=rows[:limit], next=following)


def exceptions(
    runtime: Runtime, by: Caller, on: date | None, *, after: DueKey | None = None, limit: int
) -> ExceptionPage:
    """One page of the records without a period on a day; a contractor sees the customers it is responsible for."""
    day, own = on or today(runtime), own_organisation(runtime, by)
    with runtime.current_views(by) as connection:
        rows = retention.exceptions_page(connection, day, after=after, limit=limit + 1, organisation=own)
    following = rows[limit - 1].key if len(rows) > limit else None
    return ExceptionPage(on=day, rows=rows[:limit], next=following)


def hold_reviews(
    runtime: Runtime, by: Caller, on: date | None, *, after: ReviewKey | None = None, limit: int
) -> HoldReviewPage:
    """One page of the holds in force whose day of review has passed."""
    day, own = on or today(runtime), own_organisation(runtime, by)
    with runtime.current_views(by) as connection:
        rows = retention.hold_reviews_page(connection, day, after=after, limit=limit + 1, organisation=own)
    following = rows[limit - 1].key if len(rows) > limit else None
    return HoldReviewPage(on=day, rows=rows[:limit], next=following)


def everything(runtime: Runtime, by: Caller, on: date | None) -> DueList:
    """All three lists of a day, whole."""
    day, own = on or today(runtime), own_organisation(runtime, by)
    with runtime.current_views(by) as connection:
        return DueList(
            on=day,
            rows=list(retention.every_due(connection, day, organisation=own)),
            exceptions=list(retention.every_exception(connection, day, organisation=own)),
            hold_reviews=list(retention.every_hold_review(connection, day, organisation=own)),
        )
