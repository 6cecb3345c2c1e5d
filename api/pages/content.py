"""What the pages show, in words: what is due, certificates, how the ledger stands; as at every other door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from api.casework import obligations
from api.casework.access import own_organisation
from api.casework.runtime import Runtime
from api.parameters import cursor_of, key_of, not_a_cursor
from ledger.caller import Caller
from ledger.errors import ProjectionStopped
from projections import runner
from projections.findings import read as findings
from projections.organisations import read as organisations
from projections.retention import read as retention
from projections.retention.read import DueKey
from projections.subject_access import retention as kept
from projections.wording import words
from projections.wording.parties import Names

PAGE_ROWS = 50


def names_of(runtime: Runtime) -> Names:
    """The organisations' names; with a view that stopped, as far as it came: the pages that say so need them too."""
    try:
        with runtime.current_views() as connection:
            return organisations.names_of(connection)
    except ProjectionStopped:
        with runtime.views() as connection:
            return organisations.names_of(connection)


def due(runtime: Runtime, by: Caller, on: date, cursor: str | None) -> dict[str, Any]:
    """One page of what is due for destruction on a day, with how many there are and how many have no period."""
    own = own_only(by)
    with runtime.current_views() as connection:
        rows = retention.due_page(connection, on, after=_key(cursor), limit=PAGE_ROWS + 1, organisation=own)
        count = retention.count_due(connection, on, organisation=own)
        exceptions = retention.count_exceptions(connection, on, organisation=own)
    page = rows[:PAGE_ROWS]
    return {
        "on": on.isoformat(),
        "day": words.day(on),
        "count": count,
        "exceptions": exceptions,
        "rows": [due_row(row, str(row["destroy_by"])) for row in page],
        "next": _cursor(page[-1], "destroy_by") if len(rows) > PAGE_ROWS else None,
    }


def exceptions(runtime: Runtime, by: Caller, on: date, cursor: str | None) -> dict[str, Any]:
    """One page of records whose clock runs but for which no period is set, and the holds that wait for a review."""
    with runtime.current_views() as connection:
        rows = retention.exceptions_page(
            connection, on, after=_key(cursor), limit=PAGE_ROWS + 1, organisation=own_only(by)
        )
        reviews = retention.hold_reviews_page(connection, on, limit=PAGE_ROWS, organisation=own_only(by))
    page = rows[:PAGE_ROWS]
    return {
        "on": on.isoformat(),
        "day": words.day(on),
        "rows": [{**due_row(row, str(row["since"])), "why": row["why"]} for row in page],
        "reviews": [
            {
                **row,
                "day": words.day(str(row["look_at_on"])),
                "reason": words.HOLDS.get(str(row["code"]), row["code"]),
            }
            for row in reviews
        ],
        "next": _cursor(page[-1], "since") if len(rows) > PAGE_ROWS else None,
    }


def own_only(by: Caller) -> str | None:
    """None for those who read everything, or else the one organisation whose customers they may see."""
    return own_organisation(by)


def due_row(row: Mapping[str, Any], day: str | None = None) -> dict[str, Any]:
    """A class of records that is due, or has no period, in words; its day is that it must be destroyed by."""
    return {
        "customer_id": row["customer_id"],
        "records": words.records(row["class"], row["part"]),
        "day": words.day(day or str(row["destroy_by"])),
        "rule": row["rule"],
        "sentence": kept.sentence(str(row["class"]), row["rule"]),
        "because": row["because"],
        "held_by": row.get("held_by") or [],
    }


def _cursor(row: Mapping[str, Any], day: str) -> str:
    return cursor_of([row[day], row["customer_id"], row["class"], row["part"]])


def _key(cursor: str | None) -> DueKey | None:
    if not cursor:
        return None
    day, number, class_, part = map(str, key_of(cursor, length=4))
    try:
        return DueKey(date.fromisoformat(day), UUID(number), class_, part)
    except ValueError:
        raise not_a_cursor() from None


def certificates(rows: Sequence[Mapping[str, Any]], names: Names) -> list[dict[str, Any]]:
    """Certificates of destruction in words."""
    return [
        {
            **row,
            "records": words.records(row["class"], row["part"]),
            "when": words.moment(row["destroyed_at"]),
            "due": row["due_by"] and words.day(row["due_by"]),
            "by": words.role_at(row["by_role"], row["by_organisation"], names),
            "left": [words.class_of_records(name) for name in row["remains"]],
        }
        for row in rows
    ]


def health(runtime: Runtime, by: Caller) -> dict[str, Any]:
    """How the ledger stands: entries, whether every view is up with them, and what of the caller's own is pressing."""
    late: Any = obligations.listed(runtime, obligations.wanted(runtime, by), limit=1)["counts"]
    with runtime.views() as connection:
        standing = runner.states(connection)
        open_breaches = findings.count_open_breaches(connection, organisation=own_only(by))
    behind = max(state.head - state.position for state in standing)
    stopped = [state for state in standing if state.stopped_at is not None]
    return {
        "entries": f"{standing[0].head:,}",
        "behind": f"{behind:,}",
        "ready": not stopped and all(state.current for state in standing),
        "late": late["late"],
        "due_soon": late["due-soon"],
        "breaches": open_breaches,
        "stopped": [f"The view {state.view} stopped at entry {state.stopped_at}." for state in stopped],
    }
