"""POST /v1/proposals asks the rules before anything happens; what they said afterwards is in findings and breaches."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from api.auth import CallerDep
from api.casework import findings, proposals
from api.casework.proposals import as_problem
from api.cursors import cursor_of, position_of
from api.dependencies import BodyDep, RuntimeDep
from api.entries import read_object
from api.errors import MEDIA_TYPE
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes import examples
from api.routes.command_schemas import any_command
from api.routes.responses import JSON, PRIVATE, answer, media_type_of

router = APIRouter(prefix="/v1", tags=["proposals and findings"])

Cursor = Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")]
_BODY = {"required": True, "content": {JSON: {"schema": any_command(), "examples": examples.PROPOSALS}}}


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
def propose(request: Request, caller: CallerDep, runtime: RuntimeDep, body: BodyDep) -> Response:
    """Nothing is recorded of a proposal but, when it is refused, who proposed it, when, and the rules."""
    if media_type_of(request) != JSON:
        raise HTTPException(415)
    proposal = proposals.propose(runtime, read_object(body), caller)
    if proposal.answer == "refuse":
        problem = as_problem(proposal, instance=request.url.path)
        return Response(orjson.dumps(problem), status_code=422, media_type=MEDIA_TYPE, headers=PRIVATE)
    return answer(proposal.as_json())


@router.get("/findings", summary="Every rule that was broken, in the order it was recorded")
def every_finding(
    *,
    caller: CallerDep,
    runtime: RuntimeDep,
    rule: Annotated[str | None, Query(max_length=40, description="Of this rule only.")] = None,
    severity: Annotated[Literal["S1", "S2", "S3"] | None, Query(description="As it was raised.")] = None,
    state: Annotated[
        Literal["open", "assessed", "remediated", "closed"] | None, Query(description="As it now stands.")
    ] = None,
    organisation: Annotated[
        str | None, Query(max_length=100, description="About this organisation or its sub-contractors.")
    ] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """Findings of all customers; a contractor sees its own and its sub-contractors'."""
    wanted = findings.wanted(runtime, caller, rule=rule, severity=severity, state=state, organisation=organisation)
    page = findings.listed(runtime, caller, wanted, after=position_of(cursor), limit=limit)
    return answer({**page.as_json(), "next": cursor_of([page.next]) if page.next is not None else None})


@router.get("/breaches", summary="The register of breach assessments, in the order they were opened")
def every_breach(
    *,
    caller: CallerDep,
    runtime: RuntimeDep,
    organisation: Annotated[
        str | None, Query(max_length=100, description="About this organisation or its sub-contractors.")
    ] = None,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Response:
    """Until when the regulator must know, how grave the risk was judged, who was told and what came of it."""
    open_ = None if state is None else state == "open"
    page = findings.breaches(
        runtime, caller, organisation=organisation, open_=open_, after=position_of(cursor), limit=limit
    )
    return answer({**page.as_json(), "next": cursor_of([page.next]) if page.next is not None else None})
