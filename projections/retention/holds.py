"""Holds of the retention view: what stops the destruction of which records, and which holds wait for their review."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

from ledger.clocks import instant_text
from ledger.events import Json
from projections.retention.responsible import OF_ORGANISATION

PAGE = 100
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A hold on one customer's records, in force or lifted; no classes means all of them."""

    hold_id: str
    code: str
    classes: list[str]
    placed_at: datetime
    review_on: date | None
    owner: str | None
    lifted_at: datetime | None
    position: int

    def as_json(self) -> dict[str, Json]:
        """The hold as the outside contract has it."""
        return {
            "hold_id": self.hold_id,
            "code": self.code,
            "classes": [*self.classes],
            "placed_at": instant_text(self.placed_at),
            "review_on": self.review_on.isoformat() if self.review_on else None,
            "owner": self.owner,
            "lifted_at": instant_text(self.lifted_at) if self.lifted_at else None,
            "position": self.position,
        }


def holds(connection: psycopg.Connection[Any], customer_id: UUID) -> list[Hold]:
    """Every hold ever placed on one customer's records, those lifted too."""
    with connection.cursor(row_factory=class_row(Hold)) as cursor:
        return cursor.execute(
            "SELECT hold AS hold_id, code, classes, placed_at, review_on, owner, lifted_at, position FROM hold"
            " WHERE customer = %s ORDER BY placed_at, hold",
            [customer_id],
        ).fetchall()


class ReviewKey(NamedTuple):
    """The total order of the holds to review, and its cursor."""

    review_on: date
    customer: UUID
    hold: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldReview:
    """A hold in force whose day of review has passed."""

    customer_id: UUID
    hold_id: str
    code: str
    classes: list[str]
    review_on: date | None
    look_at_on: date
    """The day of review, or the day the hold was placed when it names none."""
    owner: str | None
    position: int

    @property
    def key(self) -> ReviewKey:
        """The cursor that goes on after this row."""
        return ReviewKey(self.look_at_on, self.customer_id, self.hold_id)

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {
            "customer_id": str(self.customer_id),
            "hold_id": self.hold_id,
            "code": self.code,
            "classes": [*self.classes],
            "review_on": self.review_on.isoformat() if self.review_on else None,
            "look_at_on": self.look_at_on.isoformat(),
            "owner": self.owner,
            "position": self.position,
        }


def hold_reviews_page(
    connection: psycopg.Connection[Any],
    on: date,
    *,
    after: ReviewKey | None = None,
    limit: int = PAGE,
    organisation: str | None = None,
) -> list[HoldReview]:
    """Holds in force whose day of review has passed: none may go on without being looked at (DEST-03).

    A hold without a day of review is looked at on the day it was placed; what a restriction holds ends with it.
    """
    start = after or ReviewKey(date.min, UUID(int=0), "")
    with connection.cursor(row_factory=class_row(HoldReview)) as cursor:
        return cursor.execute(
            _REVIEWS, {"on": on, "organisation": organisation, "limit": limit, **start._asdict()}
        ).fetchall()


def every_hold_review(
    connection: psycopg.Connection[Any], on: date, *, organisation: str | None = None
) -> Iterator[HoldReview]:
    """All holds to review, page by page."""
    after: ReviewKey | None = None
    while page := hold_reviews_page(connection, on, after=after, limit=ROWS_AT_ONCE, organisation=organisation):
        yield from page
        after = page[-1].key


def held_of(
    connection: psycopg.Connection[Any], customer_ids: Collection[UUID], *, besides: Collection[str] = ()
) -> dict[UUID, list[str]]:
    """The ids of the holds that keep something of some customers, those on another record of the same person too.

    What is kept in the classes `besides` does not count.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_HELD_OF, [list(customer_ids), sorted(besides)])
        return {row[0]: row[1] for row in rows}


# What holds one record of a person holds them all, and the file of each request about any of them (LEDG-18).
HELD_BY = """
ARRAY(SELECT DISTINCT h.hold FROM hold AS h
      WHERE h.customer = ANY (ARRAY[d.customer, p.goes_on]
                              || ARRAY(SELECT o.customer FROM held_with AS o WHERE o.into_customer = p.goes_on))
      AND h.lifted_at IS NULL
      AND (cardinality(h.classes) = 0 OR d.class = ANY (h.classes)) ORDER BY h.hold) AS held_by
"""
"""The column with the holds on a row `d` that is kept or due; it needs the joins of OF_PERSON."""
OF_PERSON = """
CROSS JOIN LATERAL (SELECT coalesce((SELECT c.customer FROM case_file AS c WHERE c.request = d.customer), d.customer)
                    AS record) AS r
CROSS JOIN LATERAL (SELECT coalesce((SELECT m.into_customer FROM held_with AS m WHERE m.customer = r.record), r.record)
                    AS goes_on) AS p
"""
_REVIEWS = f"""
SELECT h.customer AS customer_id, h.hold AS hold_id, h.code, h.classes, h.review_on, h.looked_at_on AS look_at_on,
       h.owner, h.position
FROM hold AS h
WHERE h.lifted_at IS NULL AND h.looked_at_on < %(on)s AND {OF_ORGANISATION.format(row="h")}
  AND (h.looked_at_on, h.customer, h.hold) > (%(review_on)s, %(customer)s, %(hold)s)
ORDER BY h.looked_at_on, h.customer, h.hold LIMIT %(limit)s
"""  # noqa: S608 (constants)
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
