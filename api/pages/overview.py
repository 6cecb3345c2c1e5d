"""What the pages show, in words: what is due, certificates, how the ledger stands; as at every other door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from api.casework import claims, findings, health, obligations, poison, retention
from api.casework.access import sees_lists
from api.casework.certificates import Certificate
from api.casework.runtime import Runtime
from api.cursors import due_cursor, due_key
from ledger.caller import Caller
from ledger.errors import ProjectionStopped
from ledger.store.readers import SYSTEM
from projections.obligations.read import StateCounts
from projections.organisations import read as organisations
from projections.retention.read import DueRow, ExceptionRow
from projections.subject_access import retention as kept
from projections.wording import classes, codes, dates, parties
from projections.wording.parties import Names

PAGE_ROWS = 50


def names_of(runtime: Runtime) -> Names:
    """The organisations' names; with a view that stopped, as far as it came: the pages that say so need them too."""
    try:
        with runtime.current_views(SYSTEM) as connection:
            return organisations.names_of(connection)
    except ProjectionStopped:
        with runtime.views(SYSTEM) as connection:
            return organisations.names_of(connection)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueInWords:
    """A class of records that is due, or has no period, in words."""

    customer_id: UUID
    records: str
    day: str
    """The day it must be destroyed by, or the day since which it has no period."""
    rule: str
    sentence: str | None
    because: int
    held_by: Sequence[str] = ()
    why: str | None = None
    """Why it has no period."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueInWordsPage:
    """One page of what is due on a day."""

    on: str
    day: str
    count: int
    exceptions: int
    rows: list[DueInWords]
    next: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewInWords:
    """A hold to review, in words."""

    customer_id: UUID
    hold_id: str
    reason: str
    owner: str | None
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExceptionsInWords:
    """One page of records without a period, and the first holds that wait for a review."""

    on: str
    day: str
    rows: list[DueInWords]
    reviews: list[ReviewInWords]
    next: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateInWords:
    """A certificate of destruction in words."""

    customer_id: UUID
    records: str
    events: int
    when: str
    by: str
    rule: str
    due: str | None
    left: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How the ledger stands for a reader of the first page."""

    entries: str
    behind: str
    ready: bool
    late: int
    due_soon: int
    breaches: int
    claims: int
    """Reports that wait for the caller's answer."""
    more_claims: bool
    """Whether they were not all counted."""
    stopped: list[str]
    incomplete: str | None = None
    """That records are incomplete because of entries a view cannot apply, and where to look."""


def due(runtime: Runtime, by: Caller, on: date, cursor: str | None) -> DueInWordsPage:
    """One page of what is due for destruction on a day, with how many there are and how many have no period."""
    page = retention.due(runtime, by, on, after=due_key(cursor or None), limit=PAGE_ROWS)
    return DueInWordsPage(
        on=on.isoformat(),
        day=dates.day(on),
        count=page.count,
        exceptions=page.exceptions,
        rows=[due_row(row) for row in page.rows],
        next=due_cursor(page.next),
    )


def exceptions(runtime: Runtime, by: Caller, on: date, cursor: str | None) -> ExceptionsInWords:
    """One page of records whose clock runs but for which no period is set, and the holds that wait for a review."""
    page = retention.exceptions(runtime, by, on, after=due_key(cursor or None), limit=PAGE_ROWS)
    reviews = retention.hold_reviews(runtime, by, on, limit=PAGE_ROWS)
    return ExceptionsInWords(
        on=on.isoformat(),
        day=dates.day(on),
        rows=[_exception_row(row) for row in page.rows],
        reviews=[
            ReviewInWords(
                customer_id=row.customer_id,
                hold_id=row.hold_id,
                reason=codes.HOLDS.get(row.code, row.code),
                owner=row.owner,
                day=dates.day(row.look_at_on),
            )
            for row in reviews.rows
        ],
        next=due_cursor(page.next),
    )


def due_row(row: DueRow) -> DueInWords:
    """A class of records that is due, in words."""
    return DueInWords(
        customer_id=row.customer_id,
        records=classes.records(row.class_, row.part),
        day=dates.day(row.destroy_by),
        rule=row.rule,
        sentence=kept.sentence(row.class_, row.rule),
        because=row.because,
        held_by=row.held_by,
    )


def _exception_row(row: ExceptionRow) -> DueInWords:
    return DueInWords(
        customer_id=row.customer_id,
        records=classes.records(row.class_, row.part),
        day=dates.day(row.since),
        rule=row.rule,
        sentence=kept.sentence(row.class_, row.rule),
        because=row.because,
        why=row.why,
    )


def certificates(rows: Sequence[Certificate], names: Names) -> list[CertificateInWords]:
    """Certificates of destruction in words."""
    return [
        CertificateInWords(
            customer_id=row.customer_id,
            records=classes.records(row.class_, row.part),
            events=row.events,
            when=dates.moment(row.destroyed_at),
            by=parties.role_at(row.by_role, row.by_organisation, names),
            rule=row.rule,
            due=dates.day(row.due_by) if row.due_by else None,
            left=[classes.class_of_records(class_) for class_ in row.remains],
        )
        for row in rows
    ]


def standing(runtime: Runtime, by: Caller) -> Health:
    """How the ledger stands: entries, whether every view is up with them, and what of the caller's own is urgent."""
    counts = obligations.counts(runtime, by) if sees_lists(runtime, by) else StateCounts()
    views = health.views(runtime)
    waiting = claims.count_to_answer(runtime, by) if sees_lists(runtime, by) else 0
    behind = max(0, *(state.head - state.position for state in views))
    trouble = [state.trouble for state in views if state.trouble is not None]
    return Health(
        entries=f"{views[0].head:,}",
        behind=f"{behind:,}",
        ready=not trouble and all(state.current for state in views),
        late=counts.late,
        due_soon=counts.due_soon,
        breaches=findings.count_open_breaches(runtime, by) if sees_lists(runtime, by) else 0,
        claims=waiting,
        more_claims=waiting == claims.MOST_COUNTED,
        stopped=[*trouble],
        incomplete=poison.frozen_warning(views),
    )
