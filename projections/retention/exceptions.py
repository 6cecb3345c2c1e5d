"""Exceptions of the retention view: records whose clock runs while no period is set to destroy them by (RET-GEN-01)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from ledger.events import Json
from projections.retention.due import PAGE, ROWS_AT_ONCE, DueKey, count, parameters
from projections.retention.responsible import OF_ORGANISATION

_NO_PERIOD = "no local retention period is set by the organisation responsible"
_NEVER_CLOSED = {
    "rights_request": "the request was never answered, refused or withdrawn",
    "breach_file": "the assessment of a possible breach was never closed",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ExceptionRow:
    """A class of one customer's records, or a part of it, that has no last day though its clock runs."""

    customer_id: UUID
    class_: str
    part: str
    rule: str
    since: date
    because: int
    """The position of the entry that started the clock."""

    @property
    def why(self) -> str:
        """Why no day can be given."""
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
    """How many rows have a running clock and no period."""
    return count(connection, on, dated=False, organisation=organisation)


_EXCEPTIONS = f"""
SELECT d.customer AS customer_id, d.class AS class_, d.part, d.rule, d.listed_on AS since, d.because FROM due AS d
WHERE d.destroy_by IS NULL AND d.listed_on <= %(on)s AND {OF_ORGANISATION.format(row="d")}
  AND (d.listed_on, d.customer, d.class, d.part) > (%(day)s, %(customer)s, %(class)s, %(part)s)
ORDER BY d.listed_on, d.customer, d.class, d.part LIMIT %(limit)s
"""  # noqa: S608 (constants)
