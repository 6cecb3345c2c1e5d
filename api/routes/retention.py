"""Lists over all customers: what is due on a date, what has no period, how the old rule compares, and every share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.auth import CallerDep
from api.casework import comparison, retention
from api.casework.access import own_organisation
from api.cursors import cursor_of, due_cursor, due_key, key_of, not_a_cursor
from api.dependencies import RuntimeDep
from api.parameters import MOST_ROWS, PAGE_ROWS
from api.routes.responses import answer
from projections.organisations import read as organisations
from projections.retention.read import ReviewKey
from projections.shares import read as shares

router = APIRouter(prefix="/v1", tags=["retention and shares"])

OnDay = Annotated[date | None, Query(description="Any past or future date; today in London when it is left out.")]
Cursor = Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]


@router.get("/retention/due", summary="What is due for destruction on a date")
def due(
    caller: CallerDep, runtime: RuntimeDep, on: OnDay = None, cursor: Cursor = None, limit: Limit = PAGE_ROWS
) -> Response:
    """Each row with its rule, the event it is because of and what holds it; a contractor sees their own customers."""
    page = retention.due(runtime, caller, on, after=due_key(cursor), limit=limit)
    return answer({**page.as_json(), "next": due_cursor(page.next)})


@router.get("/retention/exceptions", summary="Records whose clock runs but for which no period is set")
def exceptions(
    caller: CallerDep, runtime: RuntimeDep, on: OnDay = None, cursor: Cursor = None, limit: Limit = PAGE_ROWS
) -> Response:
    """Neither destroyed nor kept silently: each row needs its organisation to set a period."""
    page = retention.exceptions(runtime, caller, on, after=due_key(cursor), limit=limit)
    return answer({**page.as_json(), "next": due_cursor(page.next)})


@router.get("/retention/hold-reviews", summary="Holds in force whose day of review has passed")
def hold_reviews(
    caller: CallerDep, runtime: RuntimeDep, on: OnDay = None, cursor: Cursor = None, limit: Limit = PAGE_ROWS
) -> Response:
    """No hold goes on without being looked at: each row waits for a `review-hold` or a `lift-hold`."""
    page = retention.hold_reviews(runtime, caller, on, after=_review_key(cursor), limit=limit)
    return answer({**page.as_json(), "next": cursor_of([*map(str, page.next)]) if page.next else None})


@router.get("/retention/compared", summary="Whom the rule before ours takes too early, never or too late")
def compared(
    *,
    caller: CallerDep,
    runtime: RuntimeDep,
    with_: Annotated[Literal["dss"], Query(alias="with", description="The rule to compare with.")] = "dss",
    on: OnDay = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_ROWS,
) -> Response:
    """The next `limit` customers compared, with a row for each the two rules treat otherwise.

    The counts are those of this page: add them up over all pages. A contractor sees their own customers.
    """
    page = comparison.page(runtime, caller, on or retention.today(runtime), after=_customer_key(cursor), limit=limit)
    return answer({**page.as_json(), "next": cursor_of([str(page.last)]) if page.last else None})


def _narrowed(
    sent_by: Annotated[str | None, Query(max_length=100, description="Who sent it.")] = None,
    sent_to: Annotated[str | None, Query(max_length=100, description="Who received it.")] = None,
    office: Annotated[str | None, Query(max_length=100, description="The office or district.")] = None,
    since: Annotated[date | None, Query(description="Its first day, in London.")] = None,
    until: Annotated[date | None, Query(description="Its last day, in London.")] = None,
) -> dict[str, object]:
    """What the list of shares is narrowed to."""
    return {"sent_by": sent_by, "sent_to": sent_to, "office": office, "since": since, "until": until}


@router.get("/shares", summary="Every share, in the order they were recorded")
def every_share(
    caller: CallerDep,
    runtime: RuntimeDep,
    *,
    narrowed: Annotated[dict[str, object], Depends(_narrowed)],
    organisation: Annotated[str | None, Query(max_length=100, description="Who sent or received it.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_ROWS,
) -> Response:
    """Shares of all customers, or those one organisation sent or received; a contractor sees their own (TRACE-01)."""
    organisation = own_organisation(runtime, caller, organisation)
    with runtime.current_views(caller) as connection:
        rows = shares.page(
            connection, organisation=organisation, narrowed=narrowed, after=_share_key(cursor), limit=limit + 1
        )
        names = organisations.names_of(connection)
    page = rows[:limit]
    following = cursor_of([page[-1].position, str(page[-1].customer_id)]) if len(rows) > limit else None
    return answer({"rows": [share.as_json(names) for share in page], "next": following})


def _review_key(cursor: str | None) -> ReviewKey | None:
    if cursor is None:
        return None
    day, customer, hold = map(str, key_of(cursor, length=3))
    try:
        return ReviewKey(date.fromisoformat(day), UUID(customer), hold)
    except ValueError:
        raise not_a_cursor() from None


def _customer_key(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(key_of(cursor, length=1)[0]))
    except ValueError:
        raise not_a_cursor() from None


def _share_key(cursor: str | None) -> tuple[int, UUID] | None:
    if cursor is None:
        return None
    position, customer = key_of(cursor, length=2)
    try:
        if type(position) is int:
            return position, UUID(str(customer))
    except ValueError:
        pass
    raise not_a_cursor()
