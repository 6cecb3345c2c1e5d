"""The obligations view's read functions: what is owed, by whom, until when, under which rule, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

import psycopg
from psycopg.rows import dict_row, tuple_row

from ledger.clocks import end_of_day, london_day
from ledger.duties.catalogue import BY_KIND, COPIES, SOON_DAYS
from ledger.duties.obligations import obligation_id
from ledger.events import Json

PAGE = 100
State = Literal["late", "due-soon", "open", "done"]
STATES: tuple[State, ...] = get_args(State)


class Key(NamedTuple):
    """The total order of the list, by the day things are due, and its cursor."""

    due_on: date
    position: int
    kind: str
    recipient: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which obligations to list; what is not said does not matter. Without a state: all that is not done."""

    owners: Sequence[str] | None = None
    kind: str | None = None
    state: State | None = None
    customer: UUID | None = None


def page(
    connection: psycopg.Connection[Any], wanted: Wanted, *, at: datetime, after: Key | None = None, limit: int = PAGE
) -> list[dict[str, Json]]:
    """One page of what is owed as it stands at a moment, what is due first coming first."""
    start = after or Key(date.min, 0, "", "")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"SELECT * FROM obligation AS o WHERE {_CHOSEN}"  # noqa: S608 (a constant)
            " AND (coalesce(o.due_on, '9999-12-31'), o.position, o.kind, o.recipient)"
            " > (%(due_on)s, %(position)s, %(after_kind)s, %(recipient)s)"
            " ORDER BY coalesce(o.due_on, '9999-12-31'), o.position, o.kind, o.recipient LIMIT %(limit)s",
            {
                **_said(wanted, at),
                "due_on": start.due_on,
                "position": start.position,
                "after_kind": start.kind,
                "recipient": start.recipient,
                "limit": limit,
            },
        ).fetchall()
    version = calendar_version(connection)
    return [_row(row, at, version) for row in rows]


def key_of(row: dict[str, Json]) -> Key:
    """The cursor that goes on after a row."""
    due_on = date.fromisoformat(str(row["due_on"])) if row["due_on"] else date(9999, 12, 31)
    return Key(due_on, int(str(row["position"])), str(row["kind"]), str(row["recipient"] or ""))


def counts(connection: psycopg.Connection[Any], wanted: Wanted, *, at: datetime) -> dict[str, int]:
    """How many there are in each state, whatever state is wanted."""
    chosen = {**_said(wanted, at), "state": "any"}
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            f"SELECT {_STATE}, count(*) FROM obligation AS o WHERE {_CHOSEN} GROUP BY 1",  # noqa: S608 (constants)
            chosen,
        ).fetchall()
    found: dict[str, int] = dict(rows)
    return {state: found.get(state, 0) for state in STATES}


def copies_left(connection: psycopg.Connection[Any], owners: Sequence[str]) -> dict[str, int]:
    """How many emails and papers these organisations still have to put away, delete or destroy, by what is owed."""
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
    connection: psycopg.Connection[Any], customer: UUID, *, at: datetime, owners: Sequence[str] | None = None
) -> list[dict[str, Json]]:
    """Everything ever owed about one customer, done or not, in the order it began; with owners, by these only."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM obligation WHERE subject_of = %(customer)s"
            " AND (%(owners)s::text[] IS NULL OR owner = ANY (%(owners)s)) ORDER BY position, kind, recipient",
            {"customer": customer, "owners": None if owners is None else list(owners)},
        ).fetchall()
    version = calendar_version(connection)
    return [_row(row, at, version) for row in rows]


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


def _said(wanted: Wanted, at: datetime) -> dict[str, Any]:
    day = london_day(at)
    return {
        "owners": None if wanted.owners is None else list(wanted.owners),
        "kind": wanted.kind,
        "customer": wanted.customer,
        "state": wanted.state or "not done",
        "at": at,
        "day": day,
        "soon": day + timedelta(days=SOON_DAYS),
    }


def _row(row: dict[str, Any], at: datetime, calendar: str) -> dict[str, Json]:
    duty = BY_KIND[row["kind"]]
    day, due_on, settled_at = london_day(at), row["due_on"], row["settled_at"]
    done = settled_at is not None and settled_at <= at
    deadline = row["due_at"] or (end_of_day(due_on) if due_on is not None else None)
    late = deadline is not None and (settled_at if done else at) > deadline
    soon = due_on is not None and (
        due_on <= day + timedelta(days=SOON_DAYS) or (row["target_on"] is not None and row["target_on"] <= day)
    )
    subject = obligation_id(row["subject"], row["recipient"])
    about_an_organisation = row["kind"] == "cleanse-mailbox"
    return {
        "obligation_id": f"{row['kind']}:{subject}",
        "customer_id": None if about_an_organisation else str(row["subject_of"]),
        "kind": row["kind"],
        "what": duty.does,
        "rule": duty.rule,
        "because": duty.because,
        "period_is_ours": duty.ours,
        "subject_id": row["subject"],
        "recipient": row["recipient"] or None,
        "owner": row["owner"],
        "started_on": row["started_on"].isoformat(),
        "target_on": _text(row["target_on"]),
        "due_on": _text(due_on),
        "due_at": _text(row["due_at"]),
        "state": "done" if done else "late" if late else "due-soon" if soon else "open",
        "days_left": None if done or due_on is None else (due_on - day).days,
        "done_at": _text(settled_at) if done else None,
        "late": late,
        "calendar": calendar,
        "position": row["position"],
    }


def _text(moment: Any) -> str | None:  # noqa: ANN401 (a date or an instant, as the driver gives it)
    return None if moment is None else str(moment.isoformat()).replace("+00:00", "Z")
