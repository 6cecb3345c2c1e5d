"""The due list of the retention view: what is destroyed by which day, under which rule, because of which entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

from ledger.events import Json
from ledger.log.merkle import Tree
from ledger.retention.approved_list import row_hash
from projections.retention.holds import HELD_BY, OF_PERSON
from projections.retention.responsible import OF_ORGANISATION

PAGE = 100
ROWS_AT_ONCE = 1_000


class DueKey(NamedTuple):
    """The total order of the due list and of the exceptions, and its cursor."""

    destroy_by: date
    customer: UUID
    class_: str
    part: str


START = DueKey(date.min, UUID(int=0), "", "")
"""The cursor before the first row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueRow:
    """A class of one customer's records, or a part of it, that is or will be due, with what holds it."""

    customer_id: UUID
    class_: str
    part: str
    destroy_by: date | None
    """The last day; None while no period is set."""
    rule: str
    because: int
    """The position of the entry that set the last day."""
    held_by: list[str]

    @property
    def key(self) -> DueKey:
        """The cursor that goes on after this row."""
        assert self.destroy_by is not None, "the due list holds dated rows only"
        return DueKey(self.destroy_by, self.customer_id, self.class_, self.part)

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {
            "customer_id": str(self.customer_id),
            "class": self.class_,
            "part": self.part,
            "destroy_by": self.destroy_by.isoformat() if self.destroy_by else None,
            "rule": self.rule,
            "because": self.because,
            "held_by": [*self.held_by],
        }


def due_page(
    connection: psycopg.Connection[Any],
    on: date,
    *,
    after: DueKey | None = None,
    limit: int = PAGE,
    organisation: str | None = None,
) -> list[DueRow]:
    """One page of what is due on or before a date, past or future; held rows are listed with what holds them.

    With an organisation, only the customers it is responsible for.
    """
    with connection.cursor(row_factory=class_row(DueRow)) as cursor:
        return cursor.execute(
            _DUE, {"on": on, "limit": limit, "organisation": organisation, **parameters(after)}
        ).fetchall()


def every_due(connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None) -> Iterator[DueRow]:
    """All that is due on a date, page by page, in the list's total order."""
    after: DueKey | None = None
    while page := due_page(connection, on, after=after, limit=ROWS_AT_ONCE, organisation=organisation):
        yield from page
        after = page[-1].key


def all_due(connection: psycopg.Connection[Any], on: date) -> list[DueRow]:
    """The same list as it stood at one moment, whatever is recorded while it is read."""
    with connection.cursor(row_factory=class_row(DueRow)) as cursor:
        parts = {"on": on, "organisation": None, "limit": None, **parameters(None)}
        return cursor.execute(_DUE, parts).fetchall()


def due_of(connection: psycopg.Connection[Any], customer_ids: Collection[UUID]) -> Iterator[DueRow]:
    """What is or will be due of some customers, earliest first for each; without a period `destroy_by` is None."""
    with connection.cursor(row_factory=class_row(DueRow)) as cursor:
        yield from cursor.execute(_DUE_OF, [list(customer_ids)])


def count_due(connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None) -> int:
    """How many rows are due on a date; for all organisations this costs as many rows as there are days."""
    return count(connection, on, dated=True, organisation=organisation)


class ListDigest(NamedTuple):
    """The digest of a due list, how many rows it has and how many of them are held."""

    digest: str
    rows: int
    held: int


def digest(rows: Collection[DueRow]) -> ListDigest:
    """Digest a due list: a preview's must match its run's. It is the root of the list's tree."""
    return ListDigest(tree_of(rows).root().hex(), len(rows), sum(bool(row.held_by) for row in rows))


def tree_of(rows: Iterable[DueRow]) -> Tree:
    """The Merkle tree of a due list, in its order."""
    return Tree([
        row_hash(
            row.customer_id, row.class_, row.part, rule=row.rule, held_by=row.held_by,
            destroy_by=row.destroy_by.isoformat() if row.destroy_by else None,
        )
        for row in rows
    ])  # fmt: skip


def parameters(after: DueKey | None) -> dict[str, object]:
    """The query parameters of the row that a page goes on after."""
    key = after or START
    return {"day": key.destroy_by, "customer": key.customer, "class": key.class_, "part": key.part}


def count(connection: psycopg.Connection[Any], on: date, *, dated: bool, organisation: str | None) -> int:
    """How many rows have a last day up to a date, or how many have none while their clock runs."""
    query = "SELECT coalesce(sum(count), 0)::bigint FROM due_per_day WHERE day <= %(on)s AND dated = %(dated)s"
    if organisation is not None:
        query = (
            "SELECT count(*) FROM due AS d JOIN responsible AS r USING (customer)"
            " WHERE r.organisation = %(organisation)s AND coalesce(d.destroy_by, d.listed_on) <= %(on)s"
            " AND (d.destroy_by IS NOT NULL) = %(dated)s"
        )
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(query.encode(), {"on": on, "dated": dated, "organisation": organisation}).fetchone()
    return int(row[0]) if row else 0


_DUE_COLUMNS = "SELECT d.customer AS customer_id, d.class AS class_, d.part, d.destroy_by, d.rule, d.because"
_DUE_ROWS = f"{_DUE_COLUMNS}, {HELD_BY} FROM due AS d {OF_PERSON}"
_DUE_OF = f"{_DUE_ROWS} WHERE d.customer = ANY (%s) ORDER BY d.customer, d.destroy_by, d.class, d.part"
_DUE = f"""{_DUE_ROWS}
WHERE d.destroy_by <= %(on)s
  AND (d.destroy_by, d.customer, d.class, d.part) > (%(day)s, %(customer)s, %(class)s, %(part)s)
  AND {OF_ORGANISATION.format(row="d")}
ORDER BY d.destroy_by, d.customer, d.class, d.part LIMIT %(limit)s
"""
