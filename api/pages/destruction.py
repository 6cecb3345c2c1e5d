"""The pages about the end of records: what is due, what has no period, the preview of a run and the run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from api.casework import comparison, destruction
from api.pages import content
from api.pages.content import PAGE_ROWS
from api.pages.findings import rule_cell
from api.pages.forms import CallerDep, OwnForm, day_of
from api.pages.responses import link, page, page_router
from api.routes.responses import HouseDep
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.errors import Malformed, NotAllowed
from projections.wording import words

MOST_CERTIFICATES = 200

router = page_router()


@router.get("/due")
def due(request: Request, house: HouseDep, by: CallerDep, cursor: str | None = None) -> Response:
    """What is due for destruction on any day; today when none is said."""
    on, error = london_day(house.ledger.now()), None
    try:
        on = day_of(request.query_params, "on") or on
    except Malformed as refused:
        cursor, error = None, refused.sentence
    shown = content.due(house, by, on, cursor)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    rows = [listed(row) for row in shown["rows"]]
    return page(request, "due.html", status=status, due=shown, rows=rows, error=error, by=by)


@router.get("/due/compared")
def due_compared(request: Request, house: HouseDep, by: CallerDep) -> Response:
    """Our schedule beside the rule of the service before: how many are taken too early, missed or kept too long."""
    on = day_of(request.query_params, "on") or london_day(house.ledger.now())
    with house.current_views() as connection:
        shown: dict[str, Any] = {**comparison.summary(connection, on, organisation=content.own_only(by))}
    instant = str(shown["cut_off"] or "")
    cut_off = f"{words.day(instant[:10])} at {instant[11:16]} UTC"  # the old rule's own day, which is not London's
    return page(
        request,
        "compared.html",
        compared=shown,
        verdicts=comparison.VERDICTS,
        day=words.day(on),
        cut_off=cut_off,
        rows=[_differing(row) for row in shown["rows"]],
        by=by,
    )


@router.get("/exceptions")
def exceptions(request: Request, house: HouseDep, by: CallerDep, cursor: str | None = None) -> Response:
    """Records that are neither destroyed nor kept silently: no period is set for them."""
    on = day_of(request.query_params, "on") or london_day(house.ledger.now())
    shown = content.exceptions(house, by, on, cursor)
    return page(request, "exceptions.html", exceptions=shown, rows=[listed(row)[:-1] for row in shown["rows"]], by=by)


@router.get("/destruction")
def destruction(request: Request, house: HouseDep, by: CallerDep) -> Response:
    """The preview of a run: how many, and the digest the run must match."""
    _only_records_managers(by.role)
    today = london_day(house.ledger.now())
    on = day_of(request.query_params, "on") or today
    return page(
        request, "destruction.html", **_previewed(house, on, by), day=words.day(on), future=on > today, by=by,
        error=None,
    )  # fmt: skip


@router.post("/destruction")
def destroy(request: Request, house: HouseDep, by: CallerDep, said: OwnForm) -> Response:
    """The run itself, only if the list is still the one that was previewed; the answer is its certificates."""
    _only_records_managers(by.role)
    on = day_of(said, "on")
    if on is None or not said.get("digest"):
        raise Malformed("Preview the destruction first, then confirm it from that page.")
    if said.get("confirmed") != "yes":
        error = "Tick the box to say that these records may be destroyed for good."
        return page(
            request, "destruction.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, **_previewed(house, on, by),
            day=words.day(on), future=False, by=by, error=error,
        )  # fmt: skip
    done = destruction.destroy(house, on, by, digest=said["digest"])
    certificates = content.certificates(done.certificates[:MOST_CERTIFICATES], content.names_of(house))
    return page(
        request, "certificates.html", done=done.as_json(), certificates=certificates, total=len(done.certificates),
        day=words.day(on), by=by,
    )  # fmt: skip


def _previewed(house: HouseDep, on: date, by: Caller) -> dict[str, Any]:
    shown = destruction.preview(house, on, by)
    kinds = [(words.class_of_records(name), count) for name, count in sorted(shown.by_class.items())]
    rows = [listed(content.due_row(row))[:-1] for row in shown.rows[:PAGE_ROWS]]
    return {"preview": shown.as_json(), "kinds": kinds, "rows": rows}


def _differing(row: Mapping[str, Any]) -> list[Any]:
    return [
        link(row["customer_id"], f"/customers/{row['customer_id']}"),
        row["verdict"].replace("_", " "),
        row["because"],
        row["dss"]["because"],
        "yes" if row["ledger"]["held_by"] else "no",
    ]


def listed(row: Mapping[str, Any]) -> list[Any]:
    """The cells of one class of records that is due; what holds it comes last."""
    holds = len(row["held_by"])
    return [
        link(row["customer_id"], f"/customers/{row['customer_id']}"),
        row["records"],
        row["day"],
        rule_cell(row["rule"], None),
        f"entry {row['because']}",
        f"yes, by {holds} {'hold' if holds == 1 else 'holds'}" if holds else "no",
    ]


def _only_records_managers(role: str) -> None:
    if role != "records-manager":
        raise NotAllowed("Only a records manager may destroy records.")
