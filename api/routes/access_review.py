"""GET /v1/access-review: who had access in a quarter and what they did with it, for a review."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth import CallerDep
from api.casework import access_review
from api.cursors import review_cursor, review_key
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes.responses import JSON, PRIVATE, answer, preferred

CSV = "text/csv"

router = APIRouter(prefix="/v1", tags=["access records"])


@router.get(
    "/access-review",
    summary="Who had access in a quarter: by pseudonym, role and organisation",
    responses={200: {"content": {JSON: {}, CSV: {}}}},
)
def listed(
    request: Request,
    caller: CallerDep,
    runtime: RuntimeDep,
    *,
    quarter: Annotated[
        str | None, Query(max_length=10, description="Such as 2026Q4; the one of today when left out.")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=600, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """As JSON in pages, or by `Accept` all of it as CSV, whose UTF-8 mark spreadsheets know."""
    if preferred(request, JSON, CSV) == CSV:
        content = access_review.as_csv(access_review.everything(runtime, caller, quarter=quarter))
        return Response(content, media_type=f"{CSV}; charset=utf-8; header=present", headers=PRIVATE)
    page = access_review.listed(runtime, caller, quarter=quarter, after=review_key(cursor), limit=limit)
    return answer({**page.as_json(), "next": review_cursor(page.next)})
