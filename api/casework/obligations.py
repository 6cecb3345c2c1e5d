"""What staff ask about obligations: who must do what by when; and recording a finding for what was not done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from uuid import UUID, uuid4

from api.casework.access import own_organisation
from api.casework.runtime import Runtime
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.clocks import end_of_day, london_day
from ledger.commands.findings import DESTROY_COPY, DESTROY_RECORDS, SET_PERIOD
from ledger.duties.catalogue import BY_KIND
from ledger.errors import AlreadyDone, Malformed, NotAllowed, NotLate
from ledger.events import Json
from projections.obligations import read as obligations
from projections.obligations.read import STATES, Key, Obligation, StateCounts, Wanted
from projections.organisations import read as organisations
from projections.retention import read as retention


@dataclass(frozen=True, kw_only=True, slots=True)
class ObligationPage:
    """One page of obligations as they stand on a day, with how many there are in each state."""

    on: date
    counts: StateCounts
    calendar: Calendar
    warning: str | None
    rows: list[Obligation]
    names: Mapping[str, str]
    """The organisations' names by their codes."""
    next: Key | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {
            "on": self.on.isoformat(),
            "counts": self.counts.as_json(),
            "calendar": self.calendar.as_json(),
            "warning": self.warning,
            "rows": [self.row_as_json(row) for row in self.rows],
        }

    def row_as_json(self, row: Obligation) -> dict[str, Json]:
        """A row with the name of its owner."""
        return {**row.as_json(), "owner_name": self.names.get(row.owner) if row.owner else None}


@dataclass(frozen=True, kw_only=True, slots=True)
class OverdueFound:
    """How much is overdue, and for how much of it a finding was recorded now."""

    late: int
    found: int

    def as_json(self) -> dict[str, Json]:
        """The counts as the outside contract has them."""
        return {"late": self.late, "found": self.found}


def wanted(
    runtime: Runtime,
    by: Caller,
    *,
    organisation: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    customer_id: UUID | None = None,
) -> Wanted:
    """What a caller may list of what they ask for: a contractor its own obligations and its sub-contractors'.

    Raises Malformed and NotAllowed.
    """
    if kind is not None and kind not in BY_KIND:
        raise Malformed(f"The kind must be one of {', '.join(BY_KIND)}.", field="kind")
    chosen = next((known for known in STATES if known == state), None)
    if state is not None and chosen is None:
        raise Malformed(f"The state must be one of {', '.join(STATES)}.", field="state")
    organisation = own_organisation(runtime, by, organisation)
    if organisation is None:
        return Wanted(kind=kind, state=chosen, customer_id=customer_id)
    with runtime.current_views(by) as connection:
        owners = organisations.with_those_under(connection, organisation)
    return Wanted(owners=owners, kind=kind, state=chosen, customer_id=customer_id)


def listed(
    runtime: Runtime,
    by: Caller,
    asked: Wanted,
    *,
    on: date | None = None,
    after: Key | None = None,
    limit: int = obligations.PAGE,
) -> ObligationPage:
    """One page of obligations, as they stand now or at the end of a day, with how many there are in each state.

    Raises Malformed for a day beyond the calendar.
    """
    at = runtime.ledger.now() if on is None else _end_of(on)
    day = london_day(at)
    with runtime.current_views(by) as connection:
        rows = obligations.page(connection, asked, at=at, after=after, limit=limit + 1)
        counts = obligations.counts(connection, asked, at=at)
        names = organisations.names_of(connection)
    calendar = runtime.ledger.calendar()
    return ObligationPage(
        on=day,
        counts=counts,
        calendar=calendar,
        warning=_nobody_known(asked, names, counts) or calendar.warning(day),
        rows=rows[:limit],
        names=names,
        next=rows[limit - 1].key if len(rows) > limit else None,
    )


def counts(runtime: Runtime, by: Caller) -> StateCounts:
    """How many obligations of the caller's own there are in each state now."""
    asked = wanted(runtime, by)
    with runtime.current_views(by) as connection:
        return obligations.counts(connection, asked, at=runtime.ledger.now())


def _nobody_known(asked: Wanted, names: Mapping[str, str], counts: StateCounts) -> str | None:
    """No obligations because of a mistyped code must not read like no obligations."""
    if not asked.owners or any(owner in names for owner in asked.owners) or counts.total:
        return None
    return f"No organisation {asked.owners[0]} is registered, and it owes nothing of what was asked for."


def find_late(runtime: Runtime, by: Caller, *, progress: Callable[[int, int], None] | None = None) -> OverdueFound:
    """Record a finding for each overdue obligation that has none yet; safe to repeat (LEDG-03).

    Beside the overdue duties: what passed its last day undestroyed and unheld (RET-GEN-02), who never came and has no
    local period (RET-JCP-08), and the copies of contracts that ended (DEST-02). Some duties ask for no finding. Raises
    NotAllowed.
    """
    if own_organisation(runtime, by) is not None:
        raise NotAllowed("Only the controller records what was not done in time.")
    at, late, found = runtime.ledger.now(), 0, 0
    with runtime.current_views(by) as connection:
        total = obligations.counts(connection, Wanted(state="late"), at=at).late
    overdue = chain(
        _late(runtime, by, at),
        _kept_too_long(runtime, by, at),
        _without_period(runtime, by, at),
        _copies_left(runtime, by, at),
    )
    for undone in overdue:
        late += 1
        found += undone.kind not in _NO_FINDING and _found(runtime, by, undone, at)
        if progress is not None:
            progress(late, max(late, total))
    return OverdueFound(late=late, found=found)


def find_copies_left(runtime: Runtime, by: Caller, instruction: str) -> int:
    """Record a finding for each copy that should have gone with what was instructed: how many are new (DEST-02)."""
    at = runtime.ledger.now()
    return sum(_found(runtime, by, undone, at) for undone in _copies_left(runtime, by, at, instruction))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Undone:
    """Something that should have been done by now: its kind, and the id of what it is about."""

    customer_id: UUID | None
    kind: str
    subject: str


PAGE = 1_000
NO_SHOW = "RET-JCP-08"
_NO_FINDING = frozenset({kind for kind, duty in BY_KIND.items() if duty.severity is None})


def _late(runtime: Runtime, by: Caller, at: datetime) -> Iterator[_Undone]:
    after, asked = None, Wanted(state="late")
    while True:
        with runtime.views(by) as connection:
            rows = obligations.page(connection, asked, at=at, after=after, limit=PAGE)
        if not rows:
            return
        for row in rows:
            yield _Undone(customer_id=row.customer_id, kind=row.kind, subject=row.subject)
        after = rows[-1].key


def _kept_too_long(runtime: Runtime, by: Caller, at: datetime) -> Iterator[_Undone]:
    with runtime.views(by) as connection:
        due = [*retention.every_due(connection, london_day(at) - timedelta(days=1))]
    for row in due:
        # A finding is about a person, and the file of a request belongs to no record of theirs.
        if not row.held_by and row.class_ != "rights_request":
            subject = f"{row.class_}/{row.part}" if row.part else row.class_
            yield _Undone(customer_id=row.customer_id, kind=DESTROY_RECORDS, subject=subject)


def _without_period(runtime: Runtime, by: Caller, at: datetime) -> Iterator[_Undone]:
    with runtime.views(by) as connection:
        exceptions = [*retention.every_exception(connection, london_day(at))]
    for row in exceptions:
        # One finding a person, whose missed appointment is kept whatever else is.
        if row.rule == NO_SHOW and row.class_ == "did_not_attend":
            yield _Undone(customer_id=row.customer_id, kind=SET_PERIOD, subject="did_not_attend")


def _copies_left(runtime: Runtime, by: Caller, at: datetime, instruction_id: str | None = None) -> Iterator[_Undone]:
    left: dict[tuple[UUID, str], None] = {}
    with runtime.views(by) as connection:
        for instruction in retention.instructions(connection, before=london_day(at)):
            if instruction_id in {None, instruction.instruction}:
                owners = organisations.with_those_under(connection, instruction.contractor)
                left.update(dict.fromkeys(obligations.copies_of(connection, owners, since=instruction.day)))
    yield from (_Undone(customer_id=customer_id, kind=DESTROY_COPY, subject=subject) for customer_id, subject in left)


def _found(runtime: Runtime, by: Caller, undone: _Undone, at: datetime) -> bool:
    if undone.customer_id is None:
        return False
    command: dict[str, Json] = {
        "id": str(uuid4()),
        "type": "find-late",
        "occurred_at": at.isoformat(),
        "customer_id": str(undone.customer_id),
        "subject_type": undone.kind,
        "subject_id": undone.subject,
    }
    try:
        runtime.ledger.record(command, by)
    except (AlreadyDone, NotLate):  # found before, or done while the list was read
        return False
    return True


def _end_of(day: date) -> datetime:
    if day.year == date.max.year:
        raise Malformed(f"The day must lie before the year {date.max.year}.", field="on")
    return end_of_day(day)
