"""GET /v1/events: every entry in the one order, facts only, for whoever keeps a copy or checks the proofs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.casework.access import own_organisation
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS
from api.routes.responses import NDJSON, PRIVATE
from ledger.errors import NotAllowed

router = APIRouter(prefix="/v1", tags=["events"])
LARGEST_POSITION = 2**63 - 1


@router.get("/events", summary="Entries after a position", responses={200: {"content": {NDJSON: {}}}})
def events(
    caller: CallerDep,
    runtime: RuntimeDep,
    after: Annotated[int, Query(ge=0, le=LARGEST_POSITION, description="The last position you have.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> Response:
    """One line for each entry: its position, and its canonical envelope, the bytes its leaf hash is made of.

    Only an entry that `verify` says fits the old form was hashed in other bytes (docs/verification.md).
    """
    if own_organisation(runtime, caller) is not None:
        raise NotAllowed("The whole ledger is read by its controller only.")
    found = runtime.ledger.recorder.select_notifications(after, limit, inclusive_of_start=False)
    lines = [b'{"position":%d,"entry":%b}\n' % (entry.id, entry.state) for entry in found]
    headers = dict(PRIVATE)
    if len(found) == limit:
        headers["Link"] = f'</v1/events?after={found[-1].id}&limit={limit}>; rel="next"'
    return Response(b"".join(lines), media_type=NDJSON, headers=headers)
