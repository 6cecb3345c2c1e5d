"""Applies events to a view in batches; around one that it cannot apply, by halving the batch that failed.

What cannot be applied freezes its stream in that view and the rest goes on. An event of a register is about everybody,
so there the view stops; so it does when the cause is no value but the machine, such as a full disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from ledger.events import EVENTS
from projections import poison
from projections.catalogue import View

_OF_VALUES = ("21", "22", "23", "54", "P0")
"""Classes of SQLSTATE that a value can cause: data, constraints, the size of an index row, what a function refuses."""


class Stopped(Exception):
    """A view cannot go on past an event; what comes before it was applied."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position, self.why = position, why


def apply_range(
    connection: psycopg.Connection[Any], view: View, after: int, upto: int, *, only: Sequence[UUID] | None = None
) -> bool:
    """Apply a range, and whenever the view may have doubled tell the planner how large its tables have become.

    Tables that are being made are younger than autovacuum's patience; planned as if they were empty, one batch in the
    middle of a rebuild once took a minute instead of a second. Says whether it froze any stream. Raises Stopped.
    """
    froze = _around_poison(connection, view, after, upto, only)
    if only is None and after.bit_length() != upto.bit_length():
        for table in view.tables:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
    return froze


def _around_poison(
    connection: psycopg.Connection[Any], view: View, after: int, upto: int, only: Sequence[UUID] | None
) -> bool:
    """In order, so that what is frozen in the first half is left out of the second."""
    try:
        with connection.transaction():
            view.apply(connection, after=after, upto=upto, only=only)
    except psycopg.Error as failed:
        if connection.closed:
            raise
        if upto - after <= 1:
            _freeze(connection, view, upto, failed)
            return True
        middle = (after + upto) // 2
        earlier = _around_poison(connection, view, after, middle, only)
        return _around_poison(connection, view, middle, upto, only) or earlier
    return False


def _freeze(connection: psycopg.Connection[Any], view: View, position: int, failed: psycopg.Error) -> None:
    """Say why by SQLSTATE, never by value."""
    why = f"{type(failed).__name__} (SQLSTATE {failed.sqlstate})"
    row = connection.execute("SELECT type FROM ledger.event WHERE position = %s", [position]).fetchone()
    kind = EVENTS.get(row[0]) if row else None
    of_a_register = kind is not None and kind.HOLDS == "organisation"
    if of_a_register or not (failed.sqlstate or "").startswith(_OF_VALUES):
        raise Stopped(position, why)
    poison.take_note(connection, view.name, position, why)
