"""GET /v1/obligations: what is owed, by whom and until when."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api import obligations
from api.asked import MOST_ROWS, PAGE_ROWS, cursor_of, key_of, not_a_cursor
from api.auth import CallerDep
from api.routes.answering import HouseDep, answer
from projections.obligations import Key
from projections.obligations import key_of as after_row

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
    asked = obligations.wanted(house, caller, organisation=organisation, kind=kind, state=state, customer=customer_id)
    said = obligations.listed(house, asked, on=on, after=_key(cursor), limit=limit + 1)
    rows = said["rows"]
    assert isinstance(rows, list), "a list has rows"
    last = rows[limit - 1] if len(rows) > limit else None
    assert last is None or isinstance(last, dict), "a row is an object"
    following = cursor_of([str(one) if isinstance(one, date) else one for one in after_row(last)]) if last else None
    return answer({**said, "rows": rows[:limit], "next": following})


def _key(cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    due_on, position, kind, recipient = key_of(cursor, length=4)
    try:
        if type(position) is int and 0 <= position < 2**63:
            return Key(date.fromisoformat(str(due_on)), position, str(kind), str(recipient))
    except ValueError:
        pass
    raise not_a_cursor()
