"""The pages about reports to confirm: the list, one report with what it says, and the forms that answer it."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.casework import claims
from api.casework.claims import ListedClaim
from api.cursors import claim_cursor, claim_key
from api.dependencies import RuntimeDep
from api.pages import overview
from api.pages.forms import CallerDep, OwnForm
from api.pages.overview import PAGE_ROWS
from api.pages.responses import HEADERS, Cell, Choice, address, choice, customer_cell, link, noted, page, page_router
from ledger.caller import Caller
from ledger.errors import Malformed, Refused, UnknownClaim
from projections.claims.read import ClaimRow
from projections.wording import claims as wording
from projections.wording import codes, dates, parties
from projections.wording.parties import Names

ANY = "any"
ANSWERS = ("confirm", "dispute")

router = page_router()


@router.get("/claims")
def every_claim(
    request: Request, runtime: RuntimeDep, by: CallerDep, *, state: str = "", organisation: str = "", cursor: str = ""
) -> Response:
    """The reports that wait, or were answered, and who began to serve somebody the organisation served."""
    asked = claims.wanted(state=None if state == ANY else state or "waiting", organisation=organisation or None)
    found = claims.listed(runtime, by, asked, after=claim_key(cursor or None), limit=PAGE_ROWS)
    names, more = overview.names_of(runtime), claim_cursor(found.next)
    notices = claims.notices(runtime, by, limit=PAGE_ROWS) if not cursor else []
    return page(
        request,
        "claims.html",
        by=by,
        names=names,
        filters=_filters(state, organisation, names),
        rows=[_listed(row.row, names) for row in found.rows if row.row.kind != "notice"],
        notices=[_notice(row.row, names) for row in notices],
        next=more and address("/claims", {"state": state, "organisation": organisation, "cursor": more}),
    )


@router.get("/claims/{claim_id}")
def one_claim(request: Request, claim_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    """A report with what it says, for whoever may answer it and for its sender; the reading is recorded."""
    return _opened(request, claim_id, runtime, by)


@router.post("/claims/{claim_id}")
def answer(request: Request, claim_id: UUID, runtime: RuntimeDep, by: CallerDep, form: OwnForm) -> Response:
    """Confirm or dispute a report; a report that cannot be answered so is shown again with the reason."""
    chosen, reason = form.get("answer"), form.get("reason") or None
    if chosen not in ANSWERS:
        raise Malformed("Open the report and choose Confirm or Dispute.")
    if chosen == "dispute" and not reason:
        return _opened(request, claim_id, runtime, by, error="Enter why you dispute this report.")
    try:
        claims.answer(runtime, claim_id, by, confirm=chosen == "confirm", reason=reason)
    except UnknownClaim:
        raise
    except Refused as refused:
        return _opened(request, claim_id, runtime, by, error=refused.sentence)
    return RedirectResponse("/claims", status_code=303, headers=HEADERS)


def _opened(request: Request, claim_id: UUID, runtime: RuntimeDep, by: Caller, error: str | None = None) -> Response:
    found = claims.opened(runtime, claim_id, by, route="page of a report")
    return page(
        request,
        "claim.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        by=by,
        names=found.names,
        what=_what(found.listed.row),
        fields=[field.as_json() for field in found.words.fields],
        destroyed=found.claimed is None,
        facts=_facts(found.listed, found.reason, found.names),
        taken=found.listed.row.taken,
        answers=found.answers,
        claim_id=claim_id,
        error=error,
    )


def _facts(listed: ListedClaim, reason: str | None, names: Names) -> list[tuple[str, str]]:
    row = listed.row
    effect = None
    if row.taken is not None:
        effect = "Yes" if row.taken else "No, it waits for your answer" if row.state == "waiting" else "No"
    answered = dates.moment(row.answered_at) if row.answered_at else None
    if answered and row.answered_by:
        answered = f"{answered}, by {parties.organisation(row.answered_by, names)}"
    known: list[tuple[str, str | None]] = [
        ("State", wording.STATES[str(row.state)]),
        ("About", _about(row, names)),
        ("Reported by", parties.organisation(row.claimant, names)),
        ("Whose act", parties.organisation(row.organisation, names) if row.organisation else None),
        ("Why it must be confirmed", wording.because_to_staff(row.because) or None),
        ("Took effect at once", effect),
        ("Received", dates.moment(row.received_at)),
        ("Happened, as reported", dates.moment(row.happened_at) if row.happened_at else None),
        ("Answered", answered),
        ("Reason", reason),
    ]
    return [(label, text) for label, text in known if text]


def _what(row: ClaimRow) -> str:
    """What is reported, for staff: an event's own label speaks to the person, so it is the command's name."""
    if row.command == "hold-interaction":
        return "Contact with the person"
    return codes.plainly(row.command.replace("-", " ")).capitalize() if row.command else ""


def _about(row: ClaimRow, names: Names) -> str:
    if row.subject == "organisation":
        return parties.organisation(row.organisation, names)
    return f"{row.subject} {row.about}"


def _filters(state: str, organisation: str, names: Names) -> list[Choice]:
    states = {"confirmed": "Confirmed", "disputed": "Disputed", ANY: "All"}
    every = {code: parties.organisation(code, names) for code in names}
    return [
        choice("state", "State", state, states, "Waiting"),
        choice("organisation", "Reported by or about", organisation, every, "Any organisation"),
    ]


def _listed(row: ClaimRow, names: Names) -> list[Cell]:
    """The cells of a report; to its sender nothing tells about the person."""
    what = _what(row)
    answered = None
    if row.answered_at:
        by = f", by {parties.organisation(row.answered_by, names)}" if row.answered_by else ""
        answered = f"{dates.day(row.answered_at)}{by}"
    gone = "contents destroyed" if row.destroyed else None
    return [
        link(
            what,
            f"/claims/{row.claim_id}",
            wording.because_to_staff(row.because) or "You sent it.",
        ),
        noted(wording.STATES[str(row.state)], answered or gone),
        parties.organisation(row.claimant, names),
        parties.organisation(row.organisation, names) if row.organisation else "",
        noted(
            dates.moment(row.received_at),
            f"happened, as reported, on {dates.moment(row.happened_at)}" if row.happened_at else None,
        ),
        customer_cell(row.about) if row.kind == "claim" and row.subject == "customer" else _about(row, names),
    ]


def _notice(row: ClaimRow, names: Names) -> list[Cell]:
    return [customer_cell(row.about), parties.organisation(row.claimant, names), dates.moment(row.received_at)]
