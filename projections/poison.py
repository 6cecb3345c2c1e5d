"""Events that a view cannot apply: what is left out because of them, whom that concerns, and who decided about it.

In that view the stream of such an event is frozen from there on, until a mended view applies the event or an
operator sets it aside (D53).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import sql
from psycopg.rows import class_row, tuple_row

from projections.row import Row

EXCEPT_POISONED = (
    " AND NOT EXISTS (SELECT FROM poisoned AS p WHERE p.view = %(view)s AND (p.position = event.position"
    " OR (p.set_aside IS NULL AND p.stream = event.stream AND p.position < event.position)))"
)
"""What the events of a batch leave out where the view has poisoned ones."""
_DECISIONS = UUID("2b0c1f3a-6a52-5a0e-9a4c-5d5e7c0f1a52")
_TABLE = b"""
CREATE TABLE poisoned (
    view      text        NOT NULL,
    stream    uuid        NOT NULL,
    position  bigint      NOT NULL,
    why       text        NOT NULL,
    since     timestamptz NOT NULL DEFAULT now(),
    set_aside bigint,
    CONSTRAINT poisoned_is_unique PRIMARY KEY (view, position)
);
SELECT ledger.guard('poisoned', person => 'stream', reads => 'reads_stream');
"""
_COUNTS = b"""
CREATE TABLE view.frozen (
    view    text   NOT NULL CONSTRAINT frozen_is_unique PRIMARY KEY,
    streams bigint NOT NULL
);
SELECT ledger.guard('view.frozen', reads => 'reads_positions');
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Poisoned(Row):
    """An event that a view cannot apply: the database's reason without values, and since when."""

    view: str
    position: int
    stream: UUID
    why: str
    since: datetime
    set_aside: int | None
    """The position of the operator's decision to go on without it."""

    @property
    def sentence(self) -> str:
        """What whoever is refused because of it may read."""
        return (
            f"This record is incomplete because of entry {self.position:,}, which the view {self.view} cannot apply;"
            " an operator has to decide about it (`ledger poison`)."
        )


_LISTED = """
SELECT p.view, p.position, p.stream, p.why, p.since, p.set_aside FROM poisoned AS p ORDER BY p.position, p.view
"""
_OF_RECORD = """
WITH same (record) AS (
    SELECT %(record)s::uuid
    UNION SELECT m.into_customer FROM merged AS m WHERE m.customer = %(record)s
    UNION SELECT o.customer FROM merged AS o WHERE o.into_customer = coalesce(
        (SELECT m.into_customer FROM merged AS m WHERE m.customer = %(record)s LIMIT 1), %(record)s)
)
SELECT p.view, p.position, p.stream, p.why, p.since, p.set_aside FROM poisoned AS p
WHERE p.set_aside IS NULL AND p.stream IN (
    SELECT s.record FROM same AS s UNION ALL SELECT r.request FROM request AS r JOIN same AS s ON s.record = r.customer)
ORDER BY p.position, p.view LIMIT 1
"""


def make_table(connection: psycopg.Connection[Any]) -> None:
    """Make the table in the schema at the head of the search path."""
    connection.execute(_TABLE)


def make_counts(connection: psycopg.Connection[Any]) -> None:
    """Make the table of how many streams each live view has frozen, which names nobody."""
    connection.execute(_COUNTS)


def take_note(connection: psycopg.Connection[Any], view: str, position: int, why: str) -> None:
    """Leave an event out of a view; the rest of its stream too, unless an operator decided to go on without it."""
    connection.execute(
        "INSERT INTO poisoned (view, stream, position, why, set_aside) SELECT %s, e.stream, e.position, %s,"
        " (SELECT d.position FROM ledger.event AS d WHERE d.stream = %s AND d.version = 1)"
        " FROM ledger.event AS e WHERE e.position = %s",
        [view, why, decision_stream(view, position), position],
    )


def decision_stream(view: str, position: int) -> UUID:
    """The stream of an operator's decision about one event of one view."""
    return uuid5(_DECISIONS, f"{view} {position}")


def take_over(connection: psycopg.Connection[Any], view: str, schema: str) -> None:
    """What a view that was made again in `schema` leaves out takes the place of what the live one did."""
    made = sql.Identifier(schema, "poisoned")
    connection.execute(
        sql.SQL(
            "UPDATE {made} AS n SET since = o.since FROM view.poisoned AS o"
            " WHERE (o.view, o.position) = (n.view, n.position)"
        ).format(made=made)
    )
    connection.execute("DELETE FROM view.poisoned WHERE view = %s", [view])
    connection.execute(
        sql.SQL("INSERT INTO view.poisoned SELECT * FROM {made} WHERE view = %s").format(made=made), [view]
    )
    count(connection, view)


def count(connection: psycopg.Connection[Any], view: str) -> None:
    """Say anew how many streams a live view has frozen."""
    connection.execute("DELETE FROM view.frozen WHERE view = %s", [view])
    connection.execute(
        "INSERT INTO view.frozen SELECT view, count(DISTINCT stream) FROM view.poisoned"
        " WHERE view = %s AND set_aside IS NULL GROUP BY view",
        [view],
    )


def listed(connection: psycopg.Connection[Any]) -> list[Poisoned]:
    """Every event that a view leaves out, in the order of the ledger."""
    with connection.cursor(row_factory=class_row(Poisoned)) as cursor:
        return cursor.execute(_LISTED).fetchall()


def of_record(connection: psycopg.Connection[Any], record: UUID) -> Poisoned | None:
    """The first event that freezes a person's record, one merged with it, a request about them, or a request; or None.

    A record with claims beside it has them on a stream of their own, which this does not look at.
    """
    with connection.cursor(row_factory=class_row(Poisoned)) as cursor:
        return cursor.execute(_OF_RECORD, {"record": record}).fetchone()


def frozen_among(connection: psycopg.Connection[Any], records: Iterable[UUID]) -> dict[UUID, Poisoned]:
    """Those of these records that are frozen, each with the first event that freezes it."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        if cursor.execute("SELECT EXISTS (SELECT FROM poisoned WHERE set_aside IS NULL)").fetchone() != (True,):
            return {}
    found = ((record, of_record(connection, record)) for record in set(records))
    return {record: poisoned for record, poisoned in found if poisoned is not None}
