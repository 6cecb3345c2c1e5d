"""The accesses view's read functions: refused attempts, each or by who tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

from projections.row import Row

PAGE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedAttempt(Row):
    """One entry of refused attempts: who, by which route, about which record, how often."""

    position: int
    file: UUID
    """The access file of the organisation and month, by whose id its findings are assessed and closed."""
    who: str
    """The pseudonym of who tried; who it is stays sealed."""
    role: str
    organisation: str
    operator: bool
    route: str
    command: str | None
    about: UUID | None
    refusal: str
    rule: str | None
    attempts: int
    different: int
    """How many different records were asked for that are not named, since there are none or they are too many."""
    first_at: datetime
    last_at: datetime


class TriedKey(NamedTuple):
    """What a page of who was refused goes on after: the last position, which no two share."""

    last_position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TriedBy(Row):
    """Everything that one person was refused, in one role of one organisation."""

    who: str
    role: str
    organisation: str
    operator: bool
    attempts: int
    records: int
    """How many different records; those that are not on record count once for each entry."""
    first_at: datetime
    last_at: datetime
    last_position: int

    @property
    def key(self) -> TriedKey:
        """The cursor that goes on after this row."""
        return TriedKey(self.last_position)


def attempts(
    connection: psycopg.Connection[Any], *, who: str | None = None, after: int = 0, limit: int = PAGE
) -> list[RefusedAttempt]:
    """Refused attempts in recorded order, one page; go on after the `position` of the last one."""
    with connection.cursor(row_factory=class_row(RefusedAttempt)) as cursor:
        return cursor.execute(
            "SELECT position, file, who, role, organisation, operator, route, command, about, refusal, rule, attempts,"
            " different, first_at, last_at FROM refused_attempt"
            " WHERE position > %(after)s AND (%(who)s::text IS NULL OR who = %(who)s)"
            " ORDER BY position LIMIT %(limit)s",
            {"after": after, "who": who, "limit": limit},
        ).fetchall()


class AccessFile(NamedTuple):
    """The file of an organisation's month that holds refused attempts."""

    file: UUID
    organisation: str


def files_of(connection: psycopg.Connection[Any], who: str) -> list[AccessFile]:
    """The files with attempts of a pseudonym, the latest first."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT file, organisation FROM refused_attempt WHERE who = %s GROUP BY file, organisation"
            " ORDER BY max(position) DESC",
            [who],
        ).fetchall()
    return [AccessFile(*row) for row in rows]


def count_attempts(connection: psycopg.Connection[Any], *, who: str | None = None) -> int:
    """How many attempts were refused."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(
            "SELECT coalesce(sum(attempts), 0)::bigint FROM refused_attempt"
            " WHERE %(who)s::text IS NULL OR who = %(who)s",
            {"who": who},
        ).fetchone()
    return int(row[0]) if row else 0


def tried_by(connection: psycopg.Connection[Any], *, after: TriedKey | None = None, limit: int = PAGE) -> list[TriedBy]:
    """Who was refused, the latest first, one page."""
    with connection.cursor(row_factory=class_row(TriedBy)) as cursor:
        return cursor.execute(
            "SELECT who, role, organisation, operator, sum(attempts)::bigint AS attempts,"
            " (count(DISTINCT about) + sum(different))::bigint AS records, min(first_at) AS first_at,"
            " max(last_at) AS last_at, max(position) AS last_position FROM refused_attempt"
            " GROUP BY who, role, organisation, operator"
            " HAVING %(after)s::bigint IS NULL OR max(position) < %(after)s::bigint"
            " ORDER BY last_position DESC LIMIT %(limit)s",
            {"after": after.last_position if after else None, "limit": limit},
        ).fetchall()
