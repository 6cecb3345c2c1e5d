"""Grants: who asked to read whom, until when, and who approved it; neither name nor reason is listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from api.casework.access import refuse_unless_sees_access
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.errors import Malformed
from ledger.events import Json
from projections.accesses import grants
from projections.accesses.grants import AccessGrant, GrantState

STATES = get_args(GrantState)


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantPage:
    """One page of grants in recorded order; `next` is the position to go on after."""

    rows: list[AccessGrant]
    next: int | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {"rows": [row.as_json() for row in self.rows]}


def listed(
    runtime: Runtime, by: Caller, *, state: str | None = None, after: int = 0, limit: int = grants.PAGE
) -> GrantPage:
    """One page of grants as they stand now; of `state` waiting, approved, refused, ended or over.

    Raises Malformed and NotAllowed.
    """
    refuse_unless_sees_access(runtime, by)
    chosen = next((known for known in STATES if known == state), None)
    if state is not None and chosen is None:
        raise Malformed(f"The state must be one of {', '.join(STATES)}.", field="state")
    today = london_day(runtime.ledger.now())
    with runtime.current_views(by) as views:
        rows = grants.page(views, state=chosen, on=today, after=after, limit=limit + 1)
    return GrantPage(rows=rows[:limit], next=rows[limit - 1].position if len(rows) > limit else None)
