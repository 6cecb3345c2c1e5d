"""GET /v1/attempts: who was refused what, without saying who it was but by a pseudonym."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework import attempts
from api.cursors import cursor_of, position_of
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes.responses import answer

router = APIRouter(prefix="/v1", tags=["access records"])


@router.get("/attempts", summary="Attempts that were refused, in the order they were recorded")
def listed(
    caller: CallerDep,
    runtime: RuntimeDep,
    *,
    who: Annotated[str | None, Query(max_length=40, description="By this pseudonym only.")] = None,
    cursor: Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """For the controller's case work and auditors: who, by which route, about which record, and how often."""
    page = attempts.listed(runtime, caller, who=who, after=position_of(cursor), limit=limit)
    return answer({**page.as_json(), "next": cursor_of([page.next]) if page.next is not None else None})
