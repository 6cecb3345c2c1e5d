"""GET /v1/grants: who asked to read whom beyond their own, until when, and who approved it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework import grants
from api.cursors import cursor_of, position_of
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes.responses import answer

router = APIRouter(prefix="/v1", tags=["access records"])


@router.get("/grants", summary="Grants to read beyond one's own, in the order they were asked for")
def listed(
    caller: CallerDep,
    runtime: RuntimeDep,
    *,
    state: Annotated[
        str | None, Query(max_length=20, description="waiting, approved, refused, ended or over; all when left out.")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """For the controller's case work and auditors; the reasons are in the person's history and report."""
    page = grants.listed(runtime, caller, state=state, after=position_of(cursor), limit=limit)
    return answer({**page.as_json(), "next": cursor_of([page.next]) if page.next is not None else None})
