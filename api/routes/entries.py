"""POST /v1/entries: what has happened is reported, one command or many, and recorded or refused."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.auth import CallerDep
from api.casework.runtime import Runtime
from api.dependencies import BodyDep, MetricsDep, RuntimeDep
from api.entries import record_line, record_lines
from api.errors import refused
from api.metrics import Metrics
from api.routes import examples
from api.routes.command_schemas import any_command
from api.routes.responses import JSON, NDJSON, answer, media_type_of
from ledger.caller import Caller
from ledger.store.quarantine import ENTRIES

router = APIRouter(prefix="/v1", tags=["entries"])

_RECEIPT = {
    "command_id": examples.COMMANDS["register"]["value"]["id"],
    "first_position": 1,
    "last_position": 1,
    "repeated": False,
}
_BODY = {
    "required": True,
    "content": {
        JSON: {"schema": any_command(), "examples": examples.COMMANDS},
        NDJSON: {"schema": {"type": "string", "description": "One command on each line."}},
    },
}


@router.post(
    "/entries",
    summary="Record what happened",
    openapi_extra={"requestBody": _BODY},
    responses={
        201: {"description": "Recorded now.", "content": {JSON: {"example": _RECEIPT}}},
        200: {"description": "Recorded before, or NDJSON: every line has an outcome of its own."},
    },
)
def record_entries(
    request: Request, caller: CallerDep, runtime: RuntimeDep, metrics: MetricsDep, body: BodyDep
) -> Response:
    """Report one command as JSON, or many as NDJSON. A command whose id was recorded before gets its first receipt.

    What cannot be read, or has the id of another command, is refused and kept in the quarantine (`quarantined`).
    """
    media_type = media_type_of(request)
    if media_type == NDJSON:
        return _many(runtime, metrics, body, caller)
    if media_type != JSON:
        raise HTTPException(415)
    outcome = record_line(runtime.ledger, body, caller, source=ENTRIES)
    metrics.count(outcome)
    if outcome.refused is not None:
        return refused(outcome.refused, request, quarantined=outcome.quarantined)
    assert outcome.receipt is not None
    return answer(outcome.receipt.as_json(), status=200 if outcome.receipt.repeated else 201)


def _many(runtime: Runtime, metrics: Metrics, body: bytes, caller: Caller) -> Response:
    results = list(record_lines(runtime.ledger, body.split(b"\n"), caller, source=ENTRIES, recorded=metrics.count))
    counts = Counter(outcome.word for outcome in results)
    return answer(
        {
            "read": len(results),
            "recorded": counts["recorded"],
            "repeated": counts["repeated"],
            "refused": counts["refused"],
            "quarantined": sum(outcome.quarantined for outcome in results),
            "results": [outcome.as_json() for outcome in results],
        }
    )
