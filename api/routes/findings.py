"""POST /v1/proposals asks the rules before anything happens; what they said afterwards is in findings and breaches."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from api.asked import MOST_ROWS, PAGE_ROWS, cursor_of, key_of, not_a_cursor
from api.auth import CallerDep
from api.entries import read_object
from api.problems import MEDIA_TYPE
from api.proposing import as_problem
from api.routes import examples
from api.routes.answering import JSON, PRIVATE, BodyDep, HouseDep, answer, media_type_of
from ledger.decisions import may_read
from ledger.errors import NotAllowed
from projections import findings

router = APIRouter(prefix="/v1", tags=["proposals and findings"])

Cursor = Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")]
_BODY = {"required": True, "content": {JSON: {"schema": {"type": "object"}, "examples": examples.PROPOSALS}}}


@router.post(
    "/proposals",
    summary="Ask the rules before doing it",
    openapi_extra={"requestBody": _BODY},
    responses={
        200: {"description": "Allowed, with a warning for each rule that asks for one, or with items left out."},
        422: {
            "description": "Refused by the rules named; the way out where there is one.",
            "content": {MEDIA_TYPE: {}},
        },
    },
)
def propose(request: Request, caller: CallerDep, house: HouseDep, body: BodyDep) -> Response:
    """Nothing is recorded of a proposal but, when it is refused, who proposed it, when, and the rules."""
    if media_type_of(request) != JSON:
        raise HTTPException(415)
    proposal = house.ledger.propose(read_object(body), caller)
    if proposal.answer == "refuse":
        problem = as_problem(proposal, instance=request.url.path)
        return Response(orjson.dumps(problem), status_code=422, media_type=MEDIA_TYPE, headers=PRIVATE)
    return answer(proposal.as_json())


@router.get("/findings", summary="Every rule that was broken, in the order it was recorded")
def every_finding(
    *,
    caller: CallerDep,
    house: HouseDep,
    rule: Annotated[str | None, Query(max_length=40, description="Of this rule only.")] = None,
    severity: Annotated[Literal["S1", "S2", "S3"] | None, Query(description="As it was raised.")] = None,
    organisation: Annotated[
        str | None, Query(max_length=100, description="About this organisation or its sub-contractors.")
    ] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """Findings of all customers; a contractor sees its own and its sub-contractors'."""
    organisation = organisation or (None if may_read(caller, ()) else caller.organisation)
    if not may_read(caller, [organisation] if organisation else []):
        raise NotAllowed("You may read the findings about your own organisation only.")
    with house.current_views() as connection:
        rows = findings.page(
            connection,
            rule=rule,
            severity=severity,
            organisation=organisation,
            after=_position(cursor),
            limit=limit + 1,
        )
    page = rows[:limit]
    following = cursor_of([page[-1]["position"]]) if len(rows) > limit else None
    return answer({"rows": page, "next": following})


@router.get("/breaches", summary="The register of breach assessments, in the order they were opened")
def every_breach(
    *,
    caller: CallerDep,
    house: HouseDep,
    organisation: Annotated[str | None, Query(max_length=100, description="About this organisation.")] = None,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """Until when the regulator must know, how grave the risk was judged, who was told and what came of it."""
    organisation = organisation or (None if may_read(caller, ()) else caller.organisation)
    if not may_read(caller, [organisation] if organisation else []):
        raise NotAllowed("You may read the breaches of your own organisation only.")
    open_ = None if state is None else state == "open"
    after = _position(cursor)
    with house.current_views() as connection:
        rows = findings.breaches(connection, organisation=organisation, open_=open_, after=after, limit=limit + 1)
    page = rows[:limit]
    following = cursor_of([page[-1]["position"]]) if len(rows) > limit else None
    return answer({"rows": page, "next": following})


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    (position,) = key_of(cursor, length=1)
    if type(position) is not int or not 0 <= position < 2**62:
        raise not_a_cursor()
    return position
