"""Which organisations serve a person, and since when, from the view of serving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A time in which an organisation served a person; without an end it does now."""

    organisation: str
    since: datetime
    until: datetime | None
    because: str
    """`registered`, `referred`, `assigned`, `identity-shown` or `acted`."""


def serving(connection: psycopg.Connection[Any], customer_id: UUID) -> list[Served]:
    """Who has served a person, in the order in which it began; who does not serve them sees its own times."""
    with connection.cursor(row_factory=class_row(Served)) as cursor:
        return cursor.execute(
            "SELECT organisation, since, until, because FROM serving WHERE customer_id = %s"
            " ORDER BY position, organisation",
            [customer_id],
        ).fetchall()
