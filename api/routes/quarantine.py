"""GET /v1/quarantine: which lines could not be recorded and wait to be corrected, without what they say."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework import quarantine
from api.casework.quarantine import Key
from api.cursors import cursor_of, key_of, not_a_cursor
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes.responses import answer
from ledger.clocks import instant_text

router = APIRouter(prefix="/v1", tags=["quarantine"])


@router.get("/quarantine", summary="What could not be recorded and waits to be corrected")
def listed(
    caller: CallerDep,
    runtime: RuntimeDep,
    *,
    source: Annotated[str | None, Query(max_length=400, description="A file's name, or the door of a report.")] = None,
    cursor: Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """The oldest first; a contractor sees what its own organisation sent."""
    page = quarantine.listed(runtime, caller, source=source, after=after(cursor), limit=limit)
    following = cursor_of([instant_text(page.next.received_at), str(page.next.id)]) if page.next else None
    return answer({**page.as_json(), "next": following})


def after(cursor: str | None) -> Key | None:
    """The line a page goes on after. Raises Malformed for a cursor this list did not give."""
    if cursor is None:
        return None
    received_at, line_id = key_of(cursor, length=2)
    try:
        key = Key(datetime.fromisoformat(str(received_at)), UUID(str(line_id)))
    except ValueError:
        raise not_a_cursor() from None
    if key.received_at.tzinfo is None:
        raise not_a_cursor()
    return key
