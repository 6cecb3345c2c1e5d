"""POST /v1/entries: what has happened is reported, one command or many, and recorded or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from api.auth import CallerDep
from api.dependencies import BodyDep, MetricsDep, RuntimeDep, asked_still
from api.entries import MOST_LINES_IN_A_BODY, Outcome, record_line, record_lines, texts_of
from api.errors import refused
from api.incoming import Numbered
from api.junk import JunkRate
from api.metrics import Metrics
from api.routes import examples
from api.routes.command_schemas import any_command
from api.routes.responses import JSON, NDJSON, answer, media_type_of
from api.strict_json import is_json
from ledger.caller import Caller
from ledger.events import Json
from ledger.recording import Ledger
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
        NDJSON: {"schema": {"type": "string", "description": "One command on each line, or a JSON array of commands."}},
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporter:
    """Who reports and to which ledger, and what counts the outcomes."""

    request: Request
    caller: Caller
    ledger: Ledger
    metrics: Metrics
    junk: JunkRate

    def count(self, outcome: Outcome) -> None:
        self.metrics.count(outcome)
        self.junk.count(self.caller, int(outcome.report is not None))

    def waits(self) -> bool:
        """Whether they still wait for the answer."""
        return asked_still(self.request)


def reporter_of(request: Request, caller: CallerDep, runtime: RuntimeDep, metrics: MetricsDep) -> Reporter:
    """The caller, before the body is read. Raises TooMuchJunk and answers 415."""
    if media_type_of(request) not in {JSON, NDJSON}:
        raise HTTPException(415)
    junk: JunkRate = request.app.state.junk
    junk.refuse_after_too_much(caller)
    return Reporter(request=request, caller=caller, ledger=runtime.ledger, metrics=metrics, junk=junk)


@router.post(
    "/entries",
    summary="Record what happened",
    openapi_extra={"requestBody": _BODY},
    responses={
        201: {"description": "Recorded now.", "content": {JSON: {"example": _RECEIPT}}},
        200: {"description": "Recorded before, or NDJSON or an array: every line has an outcome of its own."},
    },
)
def record_entries(request: Request, reporter: Annotated[Reporter, Depends(reporter_of)], body: BodyDep) -> Response:
    """Report one command as JSON, or many as NDJSON or a JSON array, as they are or as gzip.

    A command whose id was recorded before gets its first receipt. What cannot be read, or has the id of another
    command, is refused and kept in the quarantine (`quarantined`), unless that is full (`not_kept`).
    """
    ledger, caller = reporter.ledger, reporter.caller
    texts = _many_in(body, media_type_of(request))
    if texts is not None:
        outcomes = record_lines(
            ledger, texts, caller, source=ENTRIES, recorded=reporter.count, asked_still=reporter.waits
        )
        return answer(_counted(list(outcomes)))
    outcome = record_line(ledger, body, caller, source=ENTRIES)
    reporter.count(outcome)
    if outcome.refused is not None:
        return refused(outcome.refused, request, quarantined=outcome.quarantined, unkept=outcome.unkept)
    assert outcome.receipt is not None
    return answer(outcome.receipt.as_json(), status=200 if outcome.receipt.repeated else 201)


def _many_in(body: bytes, media_type: str) -> list[Numbered] | None:
    """The texts of NDJSON; of what was sent as JSON, those of an array, or of NDJSON under the wrong name.

    None for one command, however badly it is made. Raises TooManyLines.
    """
    if media_type == NDJSON:
        return texts_of(body, most=MOST_LINES_IN_A_BODY)
    in_array, whole = body.lstrip().startswith(b"["), is_json(body)
    if in_array != whole:
        return None
    texts = texts_of(body, most=MOST_LINES_IN_A_BODY)
    if in_array:
        return texts if texts and texts[0][1] != body.strip() else None
    return texts if len(texts) > 1 and all(is_json(text) for _, text in texts) else None


def _counted(results: Sequence[Outcome]) -> dict[str, Json]:
    counts = Counter(outcome.word for outcome in results)
    unkept = sum(outcome.unkept for outcome in results)
    return {
        "read": len(results),
        "recorded": counts["recorded"],
        "repeated": counts["repeated"],
        "refused": counts["refused"],
        "quarantined": sum(outcome.quarantined for outcome in results),
        **({"not_kept": unkept} if unkept else {}),
        "results": [outcome.as_json() for outcome in results],
    }
