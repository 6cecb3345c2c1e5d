"""Which organisation is responsible for whose records, and what a controller instructed a contractor to destroy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

from ledger.events import Json

OF_ORGANISATION = (
    "(%(organisation)s::text IS NULL OR EXISTS ("
    "SELECT FROM responsible AS r WHERE r.customer = {row}.customer AND r.organisation = %(organisation)s))"
)
"""The condition that keeps the rows of one organisation's customers, or all of them when none is named."""


def customer_ids_page(
    connection: psycopg.Connection[Any], organisation: str, *, after: UUID | None, limit: int
) -> list[UUID]:
    """The ids of the customers an organisation is responsible for, a page at a time in the order of the ids."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT customer FROM responsible WHERE organisation = %s AND customer > %s ORDER BY customer LIMIT %s",
            [organisation, after or UUID(int=0), limit],
        )
        return [row[0] for row in rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruction:
    """A controller's instruction to a contractor to destroy what it holds (DEST-01)."""

    instruction: str
    contractor: str
    classes: list[str]
    day: date
    position: int

    def as_json(self) -> dict[str, Json]:
        """The instruction as the outside contract has it."""
        return {
            "instruction": self.instruction,
            "contractor": self.contractor,
            "classes": [*self.classes],
            "day": self.day.isoformat(),
            "position": self.position,
        }


_INSTRUCTIONS = "SELECT instruction, contractor, classes, day, position FROM instruction"


def instructed(connection: psycopg.Connection[Any], instruction: str) -> Instruction | None:
    """A controller's instruction to destroy what a contractor holds, by its id; None when there is none."""
    with connection.cursor(row_factory=class_row(Instruction)) as cursor:
        return cursor.execute(
            f"{_INSTRUCTIONS} WHERE instruction = %s ORDER BY position DESC LIMIT 1", [instruction]
        ).fetchone()


def instructions(connection: psycopg.Connection[Any], *, before: date) -> list[Instruction]:
    """Every instruction to destroy whose day lies before this day, in the order they were recorded."""
    with connection.cursor(row_factory=class_row(Instruction)) as cursor:
        return cursor.execute(f"{_INSTRUCTIONS} WHERE day < %s ORDER BY position", [before]).fetchall()
