"""The page about grants: asking to read somebody beyond one's own, and a second person's approval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from uuid import UUID, uuid4

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.casework import grants
from api.casework.access import sees_access
from api.casework.attempts import notice
from api.casework.runtime import Runtime
from api.cursors import cursor_of, position_of
from api.dependencies import RuntimeDep
from api.pages import overview
from api.pages.forms import CallerDep, OwnForm, day_of
from api.pages.overview import PAGE_ROWS
from api.pages.responses import HEADERS, address, choice, page, page_router
from ledger.caller import Caller
from ledger.clocks import instant_text
from ledger.errors import Malformed, Refused
from ledger.events import Json
from projections.accesses.grants import AccessGrant
from projections.wording import dates, parties
from projections.wording.parties import Names

STATES = {
    "waiting": "Waiting for a second person",
    "approved": "Approved",
    "refused": "Refused",
    "ended": "Ended early",
    "over": "Over: its last day has passed",
}
_DECISIONS = {"approve": "approve-grant", "refuse": "refuse-grant", "end": "end-grant"}

router = page_router()


@router.get("/grants")
def every_grant(request: Request, runtime: RuntimeDep, by: CallerDep, state: str = "", cursor: str = "") -> Response:
    """Grants in the order they were asked for, for who sees them; and the form to ask for one, for everybody."""
    return _shown(request, runtime, by, state=state, cursor=cursor, asked={}, error=None)


@router.post("/grants")
def ask(request: Request, runtime: RuntimeDep, by: CallerDep, form: OwnForm) -> Response:
    """Ask for a grant, or decide one. What is refused is said on the page."""
    try:
        runtime.ledger.record(_command(runtime, form), by)
    except Refused as refused:
        notice(runtime.ledger, refused, by, route="POST /grants")
        return _shown(request, runtime, by, state="", cursor="", asked=form, error=refused.sentence)
    return RedirectResponse("/grants?done=yes", status_code=303, headers=HEADERS)


def _shown(
    request: Request, runtime: Runtime, by: Caller, *, state: str, cursor: str, asked: Mapping[str, str],
    error: str | None,
) -> Response:  # fmt: skip
    names, rows, more = overview.names_of(runtime), list[dict[str, object]](), None
    if sees_access(runtime, by):
        found = grants.listed(runtime, by, state=state or None, after=position_of(cursor or None), limit=PAGE_ROWS)
        own = runtime.ledger.holder(by).pseudonym
        rows = [_row(row, names, own) for row in found.rows]
        more = cursor_of([found.next]) if found.next is not None else None
    return page(
        request, "grants.html", by=by, names=names, rows=rows, sees=sees_access(runtime, by), asked=asked, error=error,
        done=request.query_params.get("done") == "yes",
        filters=[choice("state", "State", state, STATES, "Any state")],
        decides=by.role in {"case-worker", "records-manager"},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        next=more and address("/grants", {"state": state, "cursor": more}),
    )  # fmt: skip


def _row(row: AccessGrant, names: Names, own: str) -> dict[str, object]:
    return {
        "grant_id": row.grant_id,
        "customer_id": str(row.customer_id),
        "who": f"{row.who}, {parties.role_at(row.role, row.organisation, names)}",
        "asked": dates.moment(row.requested_at),
        "until": dates.day(row.until),
        "emergency": row.emergency,
        "state": STATES[row.state],
        "open": row.state in {"waiting", "approved"},
        "waiting": row.state == "waiting",
        "own": row.who == own,
    }


def _command(runtime: Runtime, form: Mapping[str, str]) -> dict[str, Json]:
    """The command of a form. Raises Malformed."""
    try:
        customer_id = UUID(form.get("customer_id", ""))
    except ValueError:
        raise Malformed("Enter a customer number such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.") from None
    command: dict[str, Json] = {
        "id": str(uuid4()), "occurred_at": instant_text(runtime.ledger.now()), "customer_id": str(customer_id),
        "reason": form.get("reason") or None,
    }  # fmt: skip
    if form.get("decision"):
        type_ = _DECISIONS.get(form["decision"], "")
        return {**command, "type": type_, "grant_id": form.get("grant_id", "")}
    until: date | None = day_of(form, "until")
    return {
        **command, "type": "request-grant", "until": until.isoformat() if until else None,
        "emergency": True if form.get("emergency") else None,
    }  # fmt: skip
