"""The page for the quarterly review of who has access, and the same as a file for a spreadsheet."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request, Response

from api.casework import access_review
from api.cursors import review_cursor, review_key
from api.dependencies import RuntimeDep
from api.pages import overview
from api.pages.forms import CallerDep
from api.pages.overview import PAGE_ROWS
from api.pages.responses import HEADERS, Cell, address, link, noted, page, page_router
from ledger.clocks import london_day
from projections.accesses.review import Reviewed
from projections.wording import dates, parties
from projections.wording.parties import Names

router = page_router()


@router.get("/access-review")
def review(request: Request, runtime: RuntimeDep, by: CallerDep, quarter: str = "", cursor: str = "") -> Response:
    """Who had access in a quarter, by organisation, and what they did with it."""
    names = overview.names_of(runtime)
    found = access_review.listed(
        runtime, by, quarter=quarter or None, after=review_key(cursor or None), limit=PAGE_ROWS
    )
    chosen, more = str(found.quarter), review_cursor(found.next)
    today = access_review.quarter_of(None, london_day(runtime.ledger.now()))
    later = str(access_review.quarter_of(None, found.quarter.following))
    return page(
        request, "access_review.html", by=by, names=names, quarter=chosen,
        period=f"{dates.day(found.quarter.first)} to {dates.day(found.quarter.following - timedelta(days=1))}",
        rows=[_row(row, names) for row in found.rows],
        earlier=str(access_review.quarter_of(None, found.quarter.first - timedelta(days=1))),
        later=later if found.quarter.following <= today.first else None,
        file=address("/access-review.csv", {"quarter": chosen}),
        next=more and address("/access-review", {"quarter": chosen, "cursor": more}),
    )  # fmt: skip


@router.get("/access-review.csv")
def review_file(runtime: RuntimeDep, by: CallerDep, quarter: str = "") -> Response:
    """The same for a spreadsheet."""
    found = access_review.everything(runtime, by, quarter=quarter or None)
    saved_as = {"Content-Disposition": f'attachment; filename="access-review-{found.quarter}.csv"'}
    return Response(
        access_review.as_csv(found),
        media_type="text/csv; charset=utf-8; header=present",
        headers={**HEADERS, **saved_as},
    )


def _row(row: Reviewed, names: Names) -> list[Cell]:
    refused = link(f"{row.refused:,}", address("/attempts", {"who": row.who})) if row.refused else "0"
    return [
        noted(row.who, "from the operator's shell" if row.operator else None),
        parties.role_at(row.role, row.organisation, names),
        noted(f"since {dates.day(row.first_seen)}", f"last on {dates.day(row.last_seen)}"),
        noted(f"{row.people_read:,}", f"{row.by_grant:,} readings by a grant" if row.by_grant else None),
        f"{row.exports:,}",
        f"{row.recorded:,}",
        refused,
    ]
