"""Rights requests and complaints: the list with what is due when, their counts, and each with its clock and steps."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework import requests
from api.cursors import cursor_of, position_of
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes import examples
from api.routes.responses import JSON, answer

router = APIRouter(prefix="/v1/requests", tags=["rights requests"])

OnDay = Annotated[date | None, Query(description="As it stands on this day; today in London when it is left out.")]
Organisation = Annotated[str | None, Query(max_length=100, description="The organisation that received it.")]


@router.get("", summary="Rights requests and complaints, with what is due when")
def listed(
    caller: CallerDep,
    runtime: RuntimeDep,
    *,
    kind: Annotated[str | None, Query(max_length=40, description="access, erasure, complaint and so on.")] = None,
    organisation: Organisation = None,
    customer_id: Annotated[UUID | None, Query(description="Whom it is about.")] = None,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    late: Annotated[bool | None, Query(description="Only what is late, or only what is not.")] = None,
    on: OnDay = None,
    cursor: Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """In the order they were recorded; a contractor sees what their own organisation received."""
    asked = requests.wanted(
        runtime, caller, kind=kind, organisation=organisation, customer_id=customer_id, state=state, late=late
    )
    page = requests.listed(runtime, caller, asked, on=on, after=position_of(cursor), limit=limit)
    return answer({**page.as_json(), "next": cursor_of([page.next]) if page.next is not None else None})


@router.get("/counts", summary="How many requests of each kind there are")
def counts(caller: CallerDep, runtime: RuntimeDep, organisation: Organisation = None, on: OnDay = None) -> Response:
    """Open, late and closed, and by the month they came in."""
    return answer(
        requests.counts(runtime, caller, requests.wanted(runtime, caller, organisation=organisation), on=on).as_json()
    )


@router.get(
    "/{request_id}",
    summary="A rights request with its clock and its steps",
    responses={200: {"description": "The request.", "content": {JSON: {"example": {"request_id": examples.REQUEST}}}}},
)
def opened(
    request_id: UUID,
    caller: CallerDep,
    runtime: RuntimeDep,
    on: OnDay = None,
    known_on: Annotated[date | None, Query(description="By what had been recorded at the end of this day.")] = None,
) -> Response:
    """The days that did not count, the limit and the target, and what was said; the reading is itself recorded."""
    route = "GET /v1/requests/{id}"
    return answer(requests.opened(runtime, request_id, caller, route=route, on=on, known_on=known_on).as_json())
