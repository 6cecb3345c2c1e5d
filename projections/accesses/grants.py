"""The accesses view's read functions about grants: who asked to read whom, and how each grant stands on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from projections.row import Row

PAGE = 100
GrantState = Literal["waiting", "approved", "refused", "ended", "over"]
"""How a grant stands; it is over when its last day has passed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessGrant(Row):
    """A grant: who asked, in which role, to read whom, until when, and how it stands."""

    grant_id: str
    customer_id: UUID
    who: str
    """The pseudonym of who asked."""
    role: str
    organisation: str
    requested_at: datetime
    until: date
    emergency: bool
    state: str
    state_since: datetime
    decided_by: str | None
    """The pseudonym of who approved or refused it."""
    position: int


_GRANTS = """
SELECT * FROM (
    SELECT access_grant AS grant_id, customer AS customer_id, who, role, organisation, requested_at, until, emergency,
           CASE WHEN state IN ('waiting', 'approved') AND until < %(on)s THEN 'over' ELSE state END AS state,
           state_since, split_part(decided_by, '/', 2) AS decided_by, position
    FROM access_grant
) AS g
WHERE position > %(after)s AND (%(state)s::text IS NULL OR state = %(state)s) ORDER BY position LIMIT %(limit)s
"""


def page(
    connection: psycopg.Connection[Any], *, state: GrantState | None, on: date, after: int = 0, limit: int = PAGE
) -> list[AccessGrant]:
    """Grants in recorded order as they stand on a day, one page; go on after the `position` of the last one."""
    with connection.cursor(row_factory=class_row(AccessGrant)) as cursor:
        return cursor.execute(_GRANTS, {"state": state, "on": on, "after": after, "limit": limit}).fetchall()
