"""The retention view's read functions: what is due when, under which rule, because of which event, held by what."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import dict_row, tuple_row

from ledger.events import CLASSES, Json
from ledger.retention.schedule import SCHEDULE

PAGE = 100
ROWS_AT_ONCE = 1_000


class DueKey(NamedTuple):
    """The total order of the due list, and its cursor."""

    destroy_by: date
    customer: UUID
    class_: str
    part: str


def due_page(
    connection: psycopg.Connection[Any],
    on: date,
    *,
    after: DueKey | None = None,
    limit: int = PAGE,
    organisation: str | None = None,
) -> list[dict[str, Json]]:
    """One page of what is due on or before a date, past or future; held rows are listed with what holds them.

    With an organisation, only the customers it is responsible for.
    """
    start = after or DueKey(date.min, UUID(int=0), "", "")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_DUE, {"on": on, "limit": limit, "organisation": organisation, **_key(start)}).fetchall()
    return [_row(row) for row in rows]


def every_due(
    connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None
) -> Iterator[dict[str, Json]]:
    """All that is due on a date, page by page, in the list's total order."""
    after: DueKey | None = None
    while page := due_page(connection, on, after=after, limit=ROWS_AT_ONCE, organisation=organisation):
        yield from page
        after = key_of(page[-1])


def all_due(connection: psycopg.Connection[Any], on: date) -> list[dict[str, Json]]:
    """The same list as it stood at one moment, whatever is recorded while it is read."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return list(every_due(connection, on))


def key_of(row: dict[str, Json]) -> DueKey:
    """The cursor that goes on after a row."""
    return DueKey(
        date.fromisoformat(str(row["destroy_by"])), UUID(str(row["customer_id"])), str(row["class"]), str(row["part"])
    )


def count_due(connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None) -> int:
    """How many rows are due on a date; for all organisations this costs as many rows as there are days."""
    return _count(connection, on, dated=True, organisation=organisation)


def count_exceptions(connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None) -> int:
    """How many rows have a running clock and no period."""
    return _count(connection, on, dated=False, organisation=organisation)


def exceptions_page(
    connection: psycopg.Connection[Any],
    on: date,
    *,
    after: DueKey | None = None,
    limit: int = PAGE,
    organisation: str | None = None,
) -> list[dict[str, Json]]:
    """Records whose clock runs but for which no period is set: neither destroyed nor kept silently (RET-GEN-01)."""
    start = after or DueKey(date.min, UUID(int=0), "", "")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT customer, class, part, listed_on, rule, because FROM due AS d"
            " WHERE destroy_by IS NULL AND listed_on <= %(on)s AND (%(organisation)s::text IS NULL OR EXISTS ("
            "SELECT FROM responsible AS r WHERE r.customer = d.customer AND r.organisation = %(organisation)s))"
            " AND (listed_on, customer, class, part) > (%(day)s, %(customer)s, %(class)s, %(part)s)"
            " ORDER BY listed_on, customer, class, part LIMIT %(limit)s",
            {"on": on, "limit": limit, "organisation": organisation, **_key(start)},
        ).fetchall()
    return [
        {
            "customer_id": str(row["customer"]),
            "class": row["class"],
            "part": row["part"],
            "rule": row["rule"],
            "since": row["listed_on"].isoformat(),
            "because": row["because"],
            "why": _NEVER_CLOSED.get(row["class"], _NO_PERIOD),
        }
        for row in rows
    ]


def every_exception(
    connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None
) -> Iterator[dict[str, Json]]:
    """All that has no period to be destroyed by, page by page, in the list's total order."""
    after: DueKey | None = None
    while page := exceptions_page(connection, on, after=after, limit=ROWS_AT_ONCE, organisation=organisation):
        yield from page
        after = key_of({**page[-1], "destroy_by": page[-1]["since"]})


def for_customer(connection: psycopg.Connection[Any], customer: UUID) -> list[dict[str, Json]]:
    """Every class kept about one customer: until when, under which rule, and what it waits for if no clock runs."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_KEPT, [customer]).fetchall()
    return [
        {
            "class": row["class"],
            "part": row["part"],
            "label": CLASSES[row["class"]],
            "events": row["events"],
            "destroy_by": row["destroy_by"].isoformat() if row["destroy_by"] else None,
            "rule": row["rule"],
            "because": row["because"],
            "criteria": criteria(row["class"]),
            "exception": row["rule"] is not None and row["destroy_by"] is None,
            "held_by": row["held_by"],
        }
        for row in rows
    ]


def numbers_page(
    connection: psycopg.Connection[Any], organisation: str, *, after: UUID | None, limit: int
) -> list[UUID]:
    """The ids of those an organisation is responsible for, a page at a time in the order of the ids."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT customer FROM responsible WHERE organisation = %s AND customer > %s ORDER BY customer LIMIT %s",
            [organisation, after or UUID(int=0), limit],
        )
        return [row[0] for row in rows]


def due_of(connection: psycopg.Connection[Any], numbers: Collection[UUID]) -> Iterator[dict[str, Json]]:
    """What is or will be due of some customers, earliest first for each; without a period `destroy_by` is None."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_DUE_OF, [list(numbers)])
        yield from (_row(row) for row in rows)


def held_of(
    connection: psycopg.Connection[Any], numbers: Collection[UUID], *, besides: Collection[str] = ()
) -> dict[UUID, list[str]]:
    """The ids of the holds that keep something of some customers, those on another record of the same person too.

    What is kept in the classes `besides` does not count.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_HELD_OF, [list(numbers), sorted(besides)])
        return {row[0]: row[1] for row in rows}


def instructed(connection: psycopg.Connection[Any], number: str) -> dict[str, Json] | None:
    """A controller's instruction to destroy what a contractor holds, by its number; None when there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "SELECT instruction, contractor, classes, day, position FROM instruction WHERE instruction = %s"
            " ORDER BY position DESC LIMIT 1",
            [number],
        ).fetchone()
    if row is None:
        return None
    return {**row, "day": row["day"].isoformat()}


def instructions(connection: psycopg.Connection[Any], *, before: date) -> list[dict[str, Json]]:
    """Every instruction to destroy whose day lies before this one, in the order they were recorded."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT instruction, contractor, day FROM instruction WHERE day < %s ORDER BY position", [before]
        ).fetchall()
    return [{**row, "day": row["day"].isoformat()} for row in rows]


def criteria(class_: str) -> list[Json]:
    """How long a class may be kept, in the words of the sources: each rule with its clock, period and sentence."""
    return [
        {
            "rule": line.rule,
            "clock": line.clock,
            "months": line.months,
            "local": line.local,
            "sentence": line.sentence,
        }
        for line in SCHEDULE
        if line.class_ == class_
    ]


def holds(connection: psycopg.Connection[Any], customer: UUID) -> list[dict[str, Json]]:
    """Every hold ever placed on one customer's records, those lifted too."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT hold, code, classes, placed_at, review_on, owner, lifted_at, position FROM hold WHERE customer = %s"
            " ORDER BY placed_at, hold",
            [customer],
        ).fetchall()
    return [
        {
            "hold_id": row["hold"],
            "code": row["code"],
            "classes": row["classes"],
            "placed_at": _text(row["placed_at"]),
            "review_on": _text(row["review_on"]),
            "owner": row["owner"],
            "lifted_at": _text(row["lifted_at"]),
            "position": row["position"],
        }
        for row in rows
    ]


class ReviewKey(NamedTuple):
    """The total order of the holds to review, and its cursor."""

    review_on: date
    customer: UUID
    hold: str


def hold_reviews_page(
    connection: psycopg.Connection[Any],
    on: date,
    *,
    after: ReviewKey | None = None,
    limit: int = PAGE,
    organisation: str | None = None,
) -> list[dict[str, Json]]:
    """Holds in force whose day of review has passed: none may go on without being looked at (DEST-03).

    One that says no day is looked at on the day it was placed; what a restriction holds ends with it.
    """
    start = after or ReviewKey(date.min, UUID(int=0), "")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT customer, hold, code, classes, review_on, owner, position, looked_at_on FROM hold AS h"
            " WHERE lifted_at IS NULL AND looked_at_on < %(on)s AND (%(organisation)s::text IS NULL OR EXISTS ("
            "SELECT FROM responsible AS r WHERE r.customer = h.customer AND r.organisation = %(organisation)s))"
            " AND (looked_at_on, customer, hold) > (%(review_on)s, %(customer)s, %(hold)s)"
            " ORDER BY looked_at_on, customer, hold LIMIT %(limit)s",
            {"on": on, "organisation": organisation, "limit": limit, **start._asdict()},
        ).fetchall()
    return [
        {
            "customer_id": str(row["customer"]),
            "hold_id": row["hold"],
            "code": row["code"],
            "classes": row["classes"],
            "review_on": _text(row["review_on"]),
            "look_at_on": _text(row["looked_at_on"]),
            "owner": row["owner"],
            "position": row["position"],
        }
        for row in rows
    ]


def every_hold_review(
    connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None
) -> Iterator[dict[str, Json]]:
    """All of them, page by page."""
    after: ReviewKey | None = None
    while page := hold_reviews_page(connection, on, after=after, limit=1_000, organisation=organisation):
        yield from page
        after = review_key_of(page[-1])


def review_key_of(row: dict[str, Json]) -> ReviewKey:
    """The cursor that goes on after a hold to review."""
    day = date.fromisoformat(str(row["look_at_on"]))
    return ReviewKey(day, UUID(str(row["customer_id"])), str(row["hold_id"]))


def digest(rows: Iterator[dict[str, Json]]) -> tuple[str, int, int]:
    """The digest of a due list with how many rows it has and how many are held; a preview's must match its run's."""
    sum_, count, held = hashlib.sha256(), 0, 0
    for row in rows:
        holds_in_force: Any = row["held_by"]
        said = [row["customer_id"], row["class"], row["part"], row["destroy_by"], row["rule"], *holds_in_force]
        sum_.update(("\x1f".join(map(str, said)) + "\n").encode())
        count, held = count + 1, held + bool(holds_in_force)
    return sum_.hexdigest(), count, held


_NO_PERIOD = "no local retention period is set by the organisation responsible"
_NEVER_CLOSED = {
    "rights_request": "the request was never answered, refused or withdrawn",
    "breach_file": "the assessment of a possible breach was never closed",
}
# What holds one record of a person holds them all, and the file of each request about any of them (LEDG-18).
_HELD_BY = """
ARRAY(SELECT DISTINCT h.hold FROM hold AS h
      WHERE h.customer = ANY (ARRAY[d.customer, p.goes_on]
                              || ARRAY(SELECT o.customer FROM held_with AS o WHERE o.into_customer = p.goes_on))
      AND h.lifted_at IS NULL
      AND (cardinality(h.classes) = 0 OR d.class = ANY (h.classes)) ORDER BY h.hold) AS held_by
"""
_PERSON = """
CROSS JOIN LATERAL (SELECT coalesce((SELECT c.customer FROM case_file AS c WHERE c.request = d.customer), d.customer)
                    AS record) AS r
CROSS JOIN LATERAL (SELECT coalesce((SELECT m.into_customer FROM held_with AS m WHERE m.customer = r.record), r.record)
                    AS goes_on) AS p
"""
_DUE_COLUMNS = "SELECT d.customer, d.class, d.part, d.destroy_by, d.rule, d.because"
_KEPT_COLUMNS = "SELECT d.class, d.part, d.events, u.destroy_by, u.listed_on, u.rule, u.because"
_DUE_ROWS = f"{_DUE_COLUMNS}, {_HELD_BY} FROM due AS d {_PERSON}"
_KEPT = f"""{_KEPT_COLUMNS}, {_HELD_BY}
FROM holding AS d {_PERSON}
LEFT JOIN due AS u ON (u.customer, u.class, u.part) = (d.customer, d.class, d.part)
WHERE d.customer = %s ORDER BY d.class, d.part
"""
_HELD_OF = """
SELECT n.customer, array_agg(DISTINCT h.hold ORDER BY h.hold)
FROM unnest(%s::uuid[]) AS n (customer)
LEFT JOIN held_with AS m ON m.customer = n.customer
LEFT JOIN held_with AS o ON o.into_customer = coalesce(m.into_customer, n.customer)
JOIN hold AS h ON h.customer IN (n.customer, m.into_customer, o.customer) AND h.lifted_at IS NULL
WHERE EXISTS (SELECT FROM holding AS k WHERE k.customer = n.customer AND k.class <> ALL (%s)
              AND (cardinality(h.classes) = 0 OR k.class = ANY (h.classes)))
GROUP BY n.customer ORDER BY n.customer
"""
_DUE_OF = f"{_DUE_ROWS} WHERE d.customer = ANY (%s) ORDER BY d.customer, d.destroy_by, d.class, d.part"
_DUE = f"""{_DUE_ROWS}
WHERE d.destroy_by <= %(on)s
  AND (d.destroy_by, d.customer, d.class, d.part) > (%(day)s, %(customer)s, %(class)s, %(part)s)
  AND (%(organisation)s::text IS NULL OR EXISTS (
        SELECT FROM responsible AS r WHERE r.customer = d.customer AND r.organisation = %(organisation)s))
ORDER BY d.destroy_by, d.customer, d.class, d.part LIMIT %(limit)s
"""


def _row(row: dict[str, Any]) -> dict[str, Json]:
    return {
        "customer_id": str(row["customer"]),
        "class": row["class"],
        "part": row["part"],
        "destroy_by": row["destroy_by"].isoformat() if row["destroy_by"] else None,
        "rule": row["rule"],
        "because": row["because"],
        "held_by": row["held_by"],
    }


def _key(key: DueKey) -> dict[str, Any]:
    return {"day": key.destroy_by, "customer": key.customer, "class": key.class_, "part": key.part}


def _count(connection: psycopg.Connection[Any], on: date, *, dated: bool, organisation: str | None) -> int:
    counted = "SELECT coalesce(sum(count), 0)::bigint FROM due_per_day WHERE day <= %(on)s AND dated = %(dated)s"
    if organisation is not None:
        counted = (
            "SELECT count(*) FROM due AS d JOIN responsible AS r USING (customer)"
            " WHERE r.organisation = %(organisation)s AND coalesce(d.destroy_by, d.listed_on) <= %(on)s"
            " AND (d.destroy_by IS NOT NULL) = %(dated)s"
        )
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(counted.encode(), {"on": on, "dated": dated, "organisation": organisation}).fetchone()
    return int(row[0]) if row else 0


def _text(moment: Any) -> str | None:  # noqa: ANN401 (a date or an instant, as the driver gives it)
    return None if moment is None else str(moment.isoformat()).replace("+00:00", "Z")
