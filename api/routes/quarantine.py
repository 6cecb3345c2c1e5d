"""GET /v1/quarantine: which lines could not be recorded and wait to be corrected, without what they say."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import parameters
from api.auth import CallerDep
from api.casework import quarantine
from api.casework.quarantine import Key
from api.parameters import MOST_ROWS, PAGE_ROWS, cursor_of, not_a_cursor
from api.routes.responses import HouseDep, answer

router = APIRouter(prefix="/v1", tags=["quarantine"])


@router.get("/quarantine", summary="What could not be recorded and waits to be corrected")
def listed(
    caller: CallerDep,
    house: HouseDep,
    *,
    cursor: Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """The oldest first; a contractor sees what its own organisation sent."""
    rows = quarantine.listed(house, caller, after=after(cursor), limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return answer(
        {"rows": rows[:limit], "next": None if last is None else cursor_of([last["received_at"], last["id"]])}
    )


def after(cursor: str | None) -> Key | None:
    """The line a page goes on after. Raises Malformed for a cursor this list did not give."""
    if cursor is None:
        return None
    received_at, number = parameters.key_of(cursor, length=2)
    try:
        key = quarantine.key_of({"received_at": received_at, "id": number})
    except ValueError:
        raise not_a_cursor() from None
    if key[0].tzinfo is None:
        raise not_a_cursor()
    return key
