"""GET /v1/obligations: who must do what by when."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api import parameters
from api.auth import CallerDep
from api.casework import obligations
from api.parameters import MOST_ROWS, PAGE_ROWS, cursor_of, not_a_cursor
from api.routes.responses import RuntimeDep, answer
from projections.obligations.read import Key

router = APIRouter(prefix="/v1", tags=["obligations"])

Cursor = Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")]


@router.get("/obligations", summary="What is owed, by whom and until when")
def listed(
    caller: CallerDep,
    runtime: RuntimeDep,
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
    wanted = obligations.wanted(
        runtime, caller, organisation=organisation, kind=kind, state=state, customer_id=customer_id
    )
    page = obligations.listed(runtime, wanted, on=on, after=after(cursor), limit=limit)
    return answer({**page.as_json(), "next": following(page.next)})


def following(key: Key | None) -> str | None:
    """The cursor of the next page, when there is more than this one shows."""
    return key and cursor_of([key.due_on.isoformat(), key.position, key.kind, key.recipient])


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
