"""The obligations view's read functions: who must do what by when, under which rule, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

import psycopg
from psycopg.rows import dict_row, tuple_row

from ledger.clocks import end_of_day, instant_text, london_day
from ledger.duties.catalogue import BY_KIND, COPIES, SOON_DAYS, Duty
from ledger.duties.obligations import obligation_id
from ledger.events import Json

PAGE = 100
State = Literal["late", "due-soon", "open", "done"]
STATES: tuple[State, ...] = get_args(State)
_NO_DAY = date(9999, 12, 31)


class Key(NamedTuple):
    """The total order of the list, by the day things are due, and its cursor."""

    due_on: date
    position: int
    kind: str
    recipient: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which obligations to list; a field that is None does not matter. Without a state: all that is not done."""

    owners: Sequence[str] | None = None
    kind: str | None = None
    state: State | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """One duty as it stands at a moment."""

    customer_id: UUID | None
    """Whom it is about; None for what an organisation has to do for itself."""
    duty: Duty
    subject_id: str
    recipient: str | None
    owner: str | None
    """Who must do it; None is the controller."""
    started_on: date
    target_on: date | None
    due_on: date | None
    due_at: datetime | None
    """The instant where a clock of hours runs."""
    state: State
    days_left: int | None
    done_at: datetime | None
    late: bool
    """Whether it is overdue, or was done after its time."""
    calendar: str
    """The version of the bank-holiday list."""
    position: int

    @property
    def kind(self) -> str:
        return self.duty.kind

    @property
    def subject(self) -> str:
        """The id of its subject with the recipient, which names it among those of its kind."""
        return obligation_id(self.subject_id, self.recipient or "")

    @property
    def key(self) -> Key:
        """The cursor that goes on after this row."""
        return Key(self.due_on or _NO_DAY, self.position, self.kind, self.recipient or "")

    def as_json(self) -> dict[str, Json]:
        """The obligation as the outside contract has it."""
        return {
            "obligation_id": f"{self.kind}:{self.subject}",
            "customer_id": str(self.customer_id) if self.customer_id else None,
            "kind": self.kind,
            "what": self.duty.does,
            "rule": self.duty.rule,
            "because": self.duty.because,
            "period_is_ours": self.duty.ours,
            "subject_id": self.subject_id,
            "recipient": self.recipient,
            "owner": self.owner,
            "started_on": self.started_on.isoformat(),
            "target_on": self.target_on.isoformat() if self.target_on else None,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "due_at": instant_text(self.due_at) if self.due_at else None,
            "state": self.state,
            "days_left": self.days_left,
            "done_at": instant_text(self.done_at) if self.done_at else None,
            "late": self.late,
            "calendar": self.calendar,
            "position": self.position,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class StateCounts:
    """How many obligations there are in each state."""

    late: int = 0
    due_soon: int = 0
    open: int = 0
    done: int = 0

    @property
    def total(self) -> int:
        return self.late + self.due_soon + self.open + self.done

    def by_state(self) -> dict[State, int]:
        """The counts by the names of the states."""
        return {"late": self.late, "due-soon": self.due_soon, "open": self.open, "done": self.done}

    def as_json(self) -> dict[str, Json]:
        """The counts as the outside contract has them."""
        return {str(state): count for state, count in self.by_state().items()}


def page(
    connection: psycopg.Connection[Any], wanted: Wanted, *, at: datetime, after: Key | None = None, limit: int = PAGE
) -> list[Obligation]:
    """One page of obligations as they stand at a moment, sorted by due date."""
    start = after or Key(date.min, 0, "", "")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"SELECT * FROM obligation AS o WHERE {_CHOSEN}"  # noqa: S608 (a constant)
            " AND (coalesce(o.due_on, '9999-12-31'), o.position, o.kind, o.recipient)"
            " > (%(due_on)s, %(position)s, %(after_kind)s, %(recipient)s)"
            " ORDER BY coalesce(o.due_on, '9999-12-31'), o.position, o.kind, o.recipient LIMIT %(limit)s",
            {
                **_parameters(wanted, at),
                "due_on": start.due_on,
                "position": start.position,
                "after_kind": start.kind,
                "recipient": start.recipient,
                "limit": limit,
            },
        ).fetchall()
    version = calendar_version(connection)
    return [_obligation(row, at, version) for row in rows]


def counts(connection: psycopg.Connection[Any], wanted: Wanted, *, at: datetime) -> StateCounts:
    """How many there are in each state, whatever state is wanted."""
    chosen = {**_parameters(wanted, at), "state": "any"}
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            f"SELECT {_STATE}, count(*) FROM obligation AS o WHERE {_CHOSEN} GROUP BY 1",  # noqa: S608 (constants)
            chosen,
        ).fetchall()
    return StateCounts(**{state.replace("-", "_"): count for state, count in rows})


def copies_left(connection: psycopg.Connection[Any], owners: Sequence[str]) -> dict[str, int]:
    """How many emails and papers these organisations still have to put away, delete or destroy, by kind of duty."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT kind, count(*) FROM obligation WHERE settled_at IS NULL AND owner = ANY (%s) AND kind = ANY (%s)"
            " GROUP BY kind ORDER BY kind",
            [list(owners), sorted(COPIES)],
        ).fetchall()
    return dict(rows)


def copies_of(connection: psycopg.Connection[Any], owners: Sequence[str], *, since: date) -> list[tuple[UUID, str]]:
    """The copies that these organisations had on a day and still have: whom each is about, and its receipt or share."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(
            "SELECT DISTINCT subject_of, subject FROM obligation WHERE settled_at IS NULL AND owner = ANY (%s)"
            " AND kind = ANY (%s) AND target_from <= %s ORDER BY subject_of, subject",
            [list(owners), sorted(COPIES), since],
        ).fetchall()


def for_customer(
    connection: psycopg.Connection[Any], customer_id: UUID, *, at: datetime, owners: Sequence[str] | None = None
) -> list[Obligation]:
    """Every obligation about one customer, done or not, in the order it began; with owners, only theirs."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM obligation WHERE subject_of = %(customer)s"
            " AND (%(owners)s::text[] IS NULL OR owner = ANY (%(owners)s)) ORDER BY position, kind, recipient",
            {"customer": customer_id, "owners": None if owners is None else list(owners)},
        ).fetchall()
    version = calendar_version(connection)
    return [_obligation(row, at, version) for row in rows]


def calendar_version(connection: psycopg.Connection[Any]) -> str:
    """The version of the bank-holiday list that due days are reckoned with."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT version FROM calendar").fetchone()
    return str(row[0]) if row else ""


_DEADLINE = "coalesce(o.due_at, ((o.due_on + 1)::timestamp AT TIME ZONE 'Europe/London'))"
_STATE = (
    "CASE WHEN o.settled_at <= %(at)s THEN 'done'"
    f" WHEN {_DEADLINE} <= %(at)s THEN 'late'"
    " WHEN o.due_on <= %(soon)s OR o.target_on <= %(day)s THEN 'due-soon' ELSE 'open' END"
)
_CHOSEN = (
    "o.started_on <= %(day)s AND (%(owners)s::text[] IS NULL OR o.owner = ANY (%(owners)s::text[]))"
    " AND (%(kind)s::text IS NULL OR o.kind = %(kind)s)"
    " AND (%(customer)s::uuid IS NULL OR o.subject_of = %(customer)s)"
    f" AND (%(state)s = 'any' OR CASE WHEN %(state)s = 'not done' THEN {_STATE} <> 'done'"
    f" ELSE {_STATE} = %(state)s END)"
)


def _parameters(wanted: Wanted, at: datetime) -> dict[str, object]:
    day = london_day(at)
    return {
        "owners": None if wanted.owners is None else list(wanted.owners),
        "kind": wanted.kind,
        "customer": wanted.customer_id,
        "state": wanted.state or "not done",
        "at": at,
        "day": day,
        "soon": day + timedelta(days=SOON_DAYS),
    }


def _obligation(row: dict[str, Any], at: datetime, calendar: str) -> Obligation:
    """One row of the view as it stands at a moment."""
    day, due_on, settled_at = london_day(at), row["due_on"], row["settled_at"]
    done = settled_at is not None and settled_at <= at
    deadline = row["due_at"] or (end_of_day(due_on) if due_on is not None else None)
    late = deadline is not None and (settled_at if done else at) > deadline
    soon = due_on is not None and (
        due_on <= day + timedelta(days=SOON_DAYS) or (row["target_on"] is not None and row["target_on"] <= day)
    )
    return Obligation(
        customer_id=None if row["kind"] == "cleanse-mailbox" else row["subject_of"],
        duty=BY_KIND[row["kind"]],
        subject_id=row["subject"],
        recipient=row["recipient"] or None,
        owner=row["owner"],
        started_on=row["started_on"],
        target_on=row["target_on"],
        due_on=due_on,
        due_at=row["due_at"],
        state="done" if done else "late" if late else "due-soon" if soon else "open",
        days_left=None if done or due_on is None else (due_on - day).days,
        done_at=settled_at if done else None,
        late=late,
        calendar=calendar,
        position=row["position"],
    )
