"""POST /v1/serving begins to serve a person by identity shown; GET /v1/serving says who else began to serve whom."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework import serving
from api.dependencies import BodyDep, RuntimeDep
from api.entries import read_object
from api.routes import examples
from api.routes.responses import JSON, answer
from ledger.authority.identity import IDENTIFIERS, LONGEST_REASON, LONGEST_VALUE, NEEDED

router = APIRouter(prefix="/v1", tags=["serving"])

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [*NEEDED],
    "properties": {
        name: {
            "type": "string",
            "maxLength": LONGEST_REASON if name == "reason" else LONGEST_VALUE,
            **({"format": "date"} if name == "date_of_birth" else {}),
        }
        for name in (*NEEDED, *IDENTIFIERS)
    },
    "anyOf": [{"required": [name]} for name in IDENTIFIERS],
}
_SERVED = {"customer_id": examples.CUSTOMER, "served": True}


@router.post(
    "/serving",
    summary="Begin to serve a person who shows who they are",
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": _SCHEMA, "examples": examples.SHOWN}}}
    },
    responses={
        201: {"description": "Your organisation serves them now.", "content": {JSON: {"example": _SERVED}}},
        200: {"description": "Your organisation served them already."},
        404: {"description": "No match, or nobody whom you may serve by what was given."},
        429: {"description": "Too often details that match nobody; Retry-After says when to try again."},
    },
)
def begin(caller: CallerDep, runtime: RuntimeDep, body: BodyDep) -> Response:
    """Everything must match one person. Near matches are not told, and both outcomes are recorded."""
    served = serving.begin(runtime, read_object(body), caller, route="POST /v1/serving")
    return answer({"customer_id": str(served.customer_id), "served": True}, status=201 if served.began else 200)


@router.get("/serving", summary="Who else began to serve people whom an organisation serves")
def notices(
    caller: CallerDep,
    runtime: RuntimeDep,
    *,
    organisation: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The newest first; your own organisation's, or for the controller that of the organisation named."""
    rows = serving.notices(runtime, caller, organisation=organisation)
    return answer({"rows": [row.as_json() for row in rows]})
