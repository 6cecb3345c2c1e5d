"""GET /v1/obligations: who must do what by when."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework import obligations
from api.cursors import obligation_cursor, obligation_key
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes.responses import answer

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
    page = obligations.listed(runtime, caller, wanted, on=on, after=obligation_key(cursor), limit=limit)
    return answer({**page.as_json(), "next": obligation_cursor(page.next)})
