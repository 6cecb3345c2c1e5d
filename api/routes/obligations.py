"""GET /v1/obligations: what is owed, by whom and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api import parameters
from api.auth import CallerDep
from api.casework import obligations
from api.parameters import MOST_ROWS, PAGE_ROWS, cursor_of, not_a_cursor
from api.routes.responses import HouseDep, answer
from ledger.events import Json
from projections.obligations.read import Key, key_of

router = APIRouter(prefix="/v1", tags=["obligations"])

Cursor = Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")]


@router.get("/obligations", summary="What is owed, by whom and until when")
def listed(
    caller: CallerDep,
    house: HouseDep,
    *,
    organisation: Annotated[
        str | None, Query(max_length=100, description="Owed by this organisation or its sub-contractors.")
    ] = None,
    kind: Annotated[
        str | None, Query(max_length=40, description="incorporate-email, notify-recipient and so on.")
    ] = None,
    state: Annotated[
        str | None, Query(max_length=20, description="late, due-soon, open or done; all but done when left out.")
    ] = None,
    customer_id: Annotated[UUID | None, Query(description="About this customer.")] = None,
    on: Annotated[date | None, Query(description="As it stands at the end of this day; now when left out.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """What is due first comes first; a contractor sees what it and its sub-contractors owe."""
    wanted = obligations.wanted(house, caller, organisation=organisation, kind=kind, state=state, customer=customer_id)
    said = obligations.listed(house, wanted, on=on, after=after(cursor), limit=limit + 1)
    rows: Any = said["rows"]
    return answer({**said, "rows": rows[:limit], "next": following(rows, limit)})


def following(rows: Sequence[dict[str, Json]], limit: int) -> str | None:
    """The cursor of the next page, when there are more rows than this one shows."""
    if len(rows) <= limit:
        return None
    due_on, position, kind, recipient = key_of(rows[limit - 1])
    return cursor_of([due_on.isoformat(), position, kind, recipient])


def after(cursor: str | None) -> Key | None:
    """The row a page goes on after. Raises Malformed for a cursor this list did not give."""
    if cursor is None:
        return None
    due_on, position, kind, recipient = parameters.key_of(cursor, length=4)
    try:
        if type(position) is int and 0 <= position < 2**63:
            return Key(date.fromisoformat(str(due_on)), position, str(kind), str(recipient))
    except ValueError:
        pass
    raise not_a_cursor()
