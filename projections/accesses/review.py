"""The accesses view's read functions for a review: who had access in a quarter, and readings that stand out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

from projections.row import Row

PAGE = 100


class ReviewKey(NamedTuple):
    """The order of a review, and its cursor."""

    organisation: str
    who: str
    role: str
    operator: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed(Row):
    """One person of the staff, in one role of one organisation, in a quarter."""

    who: str
    """Their pseudonym."""
    role: str
    organisation: str
    operator: bool
    first_seen: datetime
    """When they first recorded or read anything, in this quarter or before."""
    last_seen: datetime
    people_read: int
    readings: int
    by_grant: int
    exports: int
    recorded: int
    """How many entries they made that are no readings."""
    refused: int

    @property
    def key(self) -> ReviewKey:
        """The cursor that goes on after this row."""
        return ReviewKey(self.organisation, self.who, self.role, self.operator)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingDay:
    """How many different people somebody read on a day."""

    who: str
    role: str
    organisation: str
    operator: bool
    day: date
    people: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NamesakeDay:
    """Somebody read a namesake of theirs, or of a colleague, on a day."""

    who: str
    organisation: str
    day: date
    namesake: str


_REVIEW = """
SELECT p.who, p.role, p.organisation, p.operator,
       (SELECT min(e.first_at) FROM presence AS e WHERE e.quarter <= %(quarter)s
           AND (e.who, e.role, e.organisation, e.operator) = (p.who, p.role, p.organisation, p.operator)) AS first_seen,
       p.last_at AS last_seen, r.people_read, r.readings, r.by_grant, r.exports, p.entries AS recorded, a.refused
FROM presence AS p
CROSS JOIN LATERAL (
    SELECT count(DISTINCT r.customer) AS people_read, coalesce(sum(r.readings), 0)::bigint AS readings,
           coalesce(sum(r.by_grant), 0)::bigint AS by_grant, coalesce(sum(r.exports), 0)::bigint AS exports
    FROM reading AS r
    WHERE (r.who, r.role, r.organisation, r.operator) = (p.who, p.role, p.organisation, p.operator)
      AND r.day >= %(quarter)s AND r.day < %(following)s
) AS r
CROSS JOIN LATERAL (
    SELECT coalesce(sum(a.attempts), 0)::bigint AS refused FROM refused_attempt AS a
    WHERE (a.who, a.role, a.organisation, a.operator) = (p.who, p.role, p.organisation, p.operator)
      AND a.last_at >= (%(quarter)s::timestamp AT TIME ZONE 'Europe/London')
      AND a.last_at < (%(following)s::timestamp AT TIME ZONE 'Europe/London')
) AS a
WHERE p.quarter = %(quarter)s
  AND (%(who)s::text IS NULL OR (p.organisation, p.who, p.role, p.operator)
       > (%(organisation)s::text, %(who)s::text, %(role)s::text, %(operator)s::boolean))
ORDER BY p.organisation, p.who, p.role, p.operator LIMIT %(limit)s
"""
_NOBODY: dict[str, object] = {"organisation": None, "who": None, "role": None, "operator": None}


def page(
    connection: psycopg.Connection[Any],
    quarter: date,
    following: date,
    *,
    after: ReviewKey | None = None,
    limit: int = PAGE,
) -> list[Reviewed]:
    """Who had access in the quarter that begins on a day and ends before another, one page."""
    key = after._asdict() if after else _NOBODY
    with connection.cursor(row_factory=class_row(Reviewed)) as cursor:
        return cursor.execute(_REVIEW, {"quarter": quarter, "following": following, "limit": limit, **key}).fetchall()


def many_read(connection: psycopg.Connection[Any], *, more_than: int, since: date) -> list[ReadingDay]:
    """Who read more than so many different people on a day, since a day."""
    with connection.cursor(row_factory=class_row(ReadingDay)) as cursor:
        return cursor.execute(
            "SELECT who, role, organisation, operator, day, count(*) AS people FROM reading WHERE day >= %s"
            " GROUP BY who, role, organisation, operator, day HAVING count(*) > %s ORDER BY day, who, role",
            [since, more_than],
        ).fetchall()


def read_on(connection: psycopg.Connection[Any], reader: ReadingDay) -> list[UUID]:
    """Whom somebody read on a day."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT customer FROM reading WHERE (who, role, organisation, operator, day) = (%s, %s, %s, %s, %s)"
            " ORDER BY customer",
            [reader.who, reader.role, reader.organisation, reader.operator, reader.day],
        ).fetchall()
    return [row[0] for row in rows]


def namesakes_read(connection: psycopg.Connection[Any], *, since: date) -> list[NamesakeDay]:
    """Who read a namesake of theirs or of a colleague, since a day."""
    with connection.cursor(row_factory=class_row(NamesakeDay)) as cursor:
        return cursor.execute(
            "SELECT DISTINCT who, organisation, day, namesake FROM reading WHERE namesake IS NOT NULL AND day >= %s"
            " ORDER BY day, who, namesake",
            [since],
        ).fetchall()
