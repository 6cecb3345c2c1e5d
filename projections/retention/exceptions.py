"""Exceptions of the retention view: records whose clock runs without a period, or from a date that cannot be.

They are neither destroyed nor kept silently (RET-GEN-01).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

from ledger.events import Json
from ledger.retention.impossible_dates import REASONS
from projections.retention.due import PAGE, ROWS_AT_ONCE, DueKey, count, parameters
from projections.retention.responsible import OF_ORGANISATION

_NO_PERIOD = "no local retention period is set by the organisation responsible"
_NEVER_CLOSED = {
    "rights_request": "the request was never answered, refused or withdrawn",
    "breach_file": "the assessment of a possible breach was never closed",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ExceptionRow:
    """A class of one customer's records, or a part of it, that has no last day though its clock runs.

    Where a date cannot be, the records may have a later last day for another reason, and are on the due list as well.
    """

    customer_id: UUID
    class_: str
    part: str
    rule: str
    since: date
    """The day the clock started; for a date that cannot be, that date."""
    because: int
    """The position of the entry that started the clock."""
    impossible: str | None
    """Why the date of that entry cannot be, a key of REASONS; None when it can."""

    @property
    def why(self) -> str:
        """Why no day can be given."""
        if self.impossible is not None:
            return REASONS[self.impossible]
        return _NEVER_CLOSED.get(self.class_, _NO_PERIOD)

    @property
    def key(self) -> DueKey:
        """The cursor that goes on after this row."""
        return DueKey(self.since, self.customer_id, self.class_, self.part)

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {
            "customer_id": str(self.customer_id),
            "class": self.class_,
            "part": self.part,
            "rule": self.rule,
            "since": self.since.isoformat(),
            "because": self.because,
            "why": self.why,
        }


def exceptions_page(
    connection: psycopg.Connection[Any],
    on: date,
    *,
    after: DueKey | None = None,
    limit: int = PAGE,
    organisation: str | None = None,
) -> list[ExceptionRow]:
    """One page of the records without a last day on a date: neither destroyed nor kept silently."""
    with connection.cursor(row_factory=class_row(ExceptionRow)) as cursor:
        return cursor.execute(
            _EXCEPTIONS, {"on": on, "limit": limit, "organisation": organisation, **parameters(after)}
        ).fetchall()


def every_exception(
    connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None
) -> Iterator[ExceptionRow]:
    """All records without a last day, page by page, in the list's total order."""
    after: DueKey | None = None
    while page := exceptions_page(connection, on, after=after, limit=ROWS_AT_ONCE, organisation=organisation):
        yield from page
        after = page[-1].key


def count_exceptions(connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None) -> int:
    """How many rows the list of a day has."""
    without_period = count(connection, on, dated=False, organisation=organisation)
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_MORE, {"on": on, "organisation": organisation}).fetchone()
    return without_period + (int(row[0]) if row else 0)


_KEY = "(%(day)s, %(customer)s, %(class)s, %(part)s)"
_EXCEPTIONS = f"""
SELECT l.customer AS customer_id, l.class AS class_, l.part, l.rule, l.day AS since, l.because, l.impossible
FROM (
    (SELECT d.customer, d.class, d.part, d.rule, d.listed_on AS day, d.because, NULL AS impossible FROM due AS d
     WHERE d.destroy_by IS NULL AND d.listed_on <= %(on)s AND {OF_ORGANISATION.format(row="d")}
       AND (d.listed_on, d.customer, d.class, d.part) > {_KEY}
       AND NOT EXISTS (SELECT FROM impossible AS i WHERE (i.customer, i.class, i.part) = (d.customer, d.class, d.part)
                       AND i.day <= %(on)s)
     ORDER BY d.listed_on, d.customer, d.class, d.part LIMIT %(limit)s)
    UNION ALL
    (SELECT i.customer, i.class, i.part, i.rule, i.day, i.because, i.why FROM impossible AS i
     WHERE i.day <= %(on)s AND {OF_ORGANISATION.format(row="i")} AND (i.day, i.customer, i.class, i.part) > {_KEY}
     ORDER BY i.day, i.customer, i.class, i.part LIMIT %(limit)s)
) AS l
ORDER BY l.day, l.customer, l.class, l.part LIMIT %(limit)s
"""  # noqa: S608 (constants)
_MORE = f"""
SELECT count(*) FILTER (WHERE d.customer IS NULL)
FROM impossible AS i
LEFT JOIN due AS d ON (d.customer, d.class, d.part) = (i.customer, i.class, i.part)
     AND d.destroy_by IS NULL AND d.listed_on <= %(on)s
WHERE i.day <= %(on)s AND {OF_ORGANISATION.format(row="i")}
"""  # noqa: S608 (constants)
"""Rows of dates that cannot be, without those that would be listed for want of a period too."""
