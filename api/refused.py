"""Notices at the HTTP doors that a known caller was refused what is not theirs; unknown callers are only counted."""

from __future__ import annotations

from fastapi import Request

from api.casework.attempts import as_id, notice
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import LedgerError


def notice_refused(request: Request, refused: LedgerError) -> None:
    """Count the refusal of a request by its route's template; its address is written nowhere."""
    by: Caller | None = getattr(request.state, "caller", None)
    if by is None:
        return
    runtime: Runtime = request.app.state.runtime
    template = getattr(request.scope.get("route"), "path", None) or "none"
    ids = (as_id(value) for value in request.path_params.values())
    about = next((found for found in ids if found is not None), None)
    notice(runtime.ledger, refused, by, route=f"{request.method} {template}", about=about)
