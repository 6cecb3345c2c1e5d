"""The page about refused attempts: who was refused how often, and each attempt of one person."""

from __future__ import annotations

from fastapi import Request, Response

from api.casework import attempts
from api.cursors import cursor_of, position_of
from api.dependencies import RuntimeDep
from api.pages import overview
from api.pages.forms import CallerDep
from api.pages.overview import PAGE_ROWS
from api.pages.responses import Cell, address, customer_cell, link, noted, page, page_router
from projections.accesses.read import RefusedAttempt, TriedBy, TriedKey
from projections.wording import dates, parties
from projections.wording.parties import Names

WHY = {
    "UnknownCustomer": "Not theirs, or not on record",
    "UnknownRequest": "Not theirs, or not on record",
    "UnknownClaim": "Not theirs to answer",
    "NotAllowed": "Not for this role",
    "ByGrantOnly": "Needs a grant",
    "AnotherController": "Another programme",
    "UnregisteredOrganisation": "Organisation not registered for this role",
    "FormNotOurs": "Form from another site",
}
"""Why somebody was refused, in words, by the name of the refusal."""

router = page_router()


@router.get("/attempts")
def refused_attempts(request: Request, runtime: RuntimeDep, by: CallerDep, who: str = "", cursor: str = "") -> Response:
    """Who was refused, the latest first; with a pseudonym each of their attempts, in the order of recording."""
    names = overview.names_of(runtime)
    if who:
        found = attempts.listed(runtime, by, who=who, after=position_of(cursor or None), limit=PAGE_ROWS)
        rows = [_attempt(row, names) for row in found.rows]
        following = found.next
    else:
        key = TriedKey(position_of(cursor)) if cursor else None
        tried = attempts.by_caller(runtime, by, after=key, limit=PAGE_ROWS)
        rows = [_tried(row, names) for row in tried.rows]
        following = tried.next.last_position if tried.next else None
    more = cursor_of([following]) if following is not None else None
    return page(
        request, "attempts.html", by=by, names=names, who=who, rows=rows,
        next=more and address("/attempts", {"who": who, "cursor": more}),
    )  # fmt: skip


def _tried(row: TriedBy, names: Names) -> list[Cell]:
    return [
        link(row.who, address("/attempts", {"who": row.who})),
        _role(row, names),
        f"{row.attempts:,}",
        f"{row.records:,}",
        dates.moment(row.first_at),
        dates.moment(row.last_at),
    ]


def _role(row: TriedBy | RefusedAttempt, names: Names) -> Cell:
    shell = "from the operator's shell" if row.operator else None
    return noted(parties.role_at(row.role, row.organisation, names), shell)


def _place(route: str) -> str:
    """The page, or for a program the address, at which somebody was refused."""
    method, _, path = route.partition(" ")
    if path.startswith("/v1/") or not path.startswith("/"):
        return route
    return f"Page {path}" if method == "GET" else f"Form of the page {path}"


def _attempt(row: RefusedAttempt, names: Names) -> list[Cell]:
    about: Cell = customer_cell(row.about) if row.about else "no record named"
    if row.different:
        about = f"{row.different:,} that are not named"
    how_often = f"{row.attempts:,} times since {dates.moment(row.first_at)}" if row.attempts > 1 else None
    return [
        noted(dates.moment(row.last_at), how_often),
        noted(_place(row.route), f"to record {row.command}" if row.command else None),
        about,
        noted(WHY.get(row.refusal, row.refusal), row.rule),
        _role(row, names),
    ]
