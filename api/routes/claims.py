"""Reports that wait for somebody entitled: the list, and one with what was reported. They are answered by commands."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework import claims
from api.cursors import claim_cursor, claim_key
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes import examples
from api.routes.responses import JSON, answer

router = APIRouter(prefix="/v1/claims", tags=["claims"])


@router.get("", summary="Reports that wait to be confirmed, or were answered")
def listed(
    *,
    caller: CallerDep,
    runtime: RuntimeDep,
    state: Annotated[Literal["waiting", "confirmed", "disputed"] | None, Query(description="As it stands.")] = None,
    about: Annotated[UUID | None, Query(description="About this customer or request.")] = None,
    organisation: Annotated[
        str | None, Query(max_length=100, description="Reported by this organisation, or about what it did.")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """In the order they were received, with notices of who began to serve somebody your organisation served."""
    asked = claims.wanted(state=state, about=about, organisation=organisation)
    page = claims.listed(runtime, caller, asked, after=claim_key(cursor), limit=limit)
    return answer({**page.as_json(), "next": claim_cursor(page.next)})


@router.get(
    "/{claim_id}",
    summary="A report that waits, with what it says",
    responses={200: {"description": "The claim.", "content": {JSON: {"example": {"claim_id": examples.REQUEST}}}}},
)
def opened(claim_id: UUID, caller: CallerDep, runtime: RuntimeDep) -> Response:
    """For whoever may answer it, and for its sender; the reading is itself recorded."""
    return answer(claims.opened(runtime, claim_id, caller, route="GET /v1/claims/{id}").as_json())
