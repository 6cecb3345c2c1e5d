"""The pages about the end of records: what is due, what has no period, the preview of a run and the run."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request, Response

from api.casework import comparison, retention, verdicts
from api.casework import destruction as casework
from api.casework.certificates import METHOD, Destruction
from api.casework.verdicts import Difference
from api.dependencies import RuntimeDep
from api.pages import overview
from api.pages.findings import rule_cell
from api.pages.forms import CallerDep, OwnForm, day_of
from api.pages.overview import PAGE_ROWS, DueInWords
from api.pages.responses import Cell, customer_cell, page, page_router
from ledger.authority.destruction import refuse_unless_may_destroy
from ledger.caller import Caller
from ledger.errors import Malformed
from projections.wording import classes, dates

MOST_CERTIFICATES = 200

router = page_router()


@router.get("/due")
def due(request: Request, runtime: RuntimeDep, by: CallerDep, cursor: str | None = None) -> Response:
    """What is due for destruction on any day; today when none is said."""
    on, error = retention.today(runtime), None
    try:
        on = day_of(request.query_params, "on") or on
    except Malformed as refused:
        cursor, error = None, refused.sentence
    shown = overview.due(runtime, by, on, cursor)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    rows = [listed(row) for row in shown.rows]
    return page(request, "due.html", status=status, due=shown, rows=rows, error=error, by=by)


@router.get("/due/compared")
def due_compared(request: Request, runtime: RuntimeDep, by: CallerDep) -> Response:
    """Our schedule beside the rule of the earlier service: how many are taken too early, missed or kept too long."""
    on = day_of(request.query_params, "on") or retention.today(runtime)
    shown = comparison.summary(runtime, by, on)
    cut_off = None  # the old rule's own day, which is not London's
    if shown.heading.cut_off:
        instant = shown.heading.cut_off.isoformat()
        cut_off = f"{dates.day(instant[:10])} at {instant[11:16]} UTC"
    return page(
        request,
        "compared.html",
        compared=shown,
        on=on.isoformat(),
        verdicts=verdicts.VERDICTS,
        day=dates.day(on),
        cut_off=cut_off,
        rows=[_differing(row) for row in shown.rows],
        by=by,
    )


@router.get("/exceptions")
def exceptions(request: Request, runtime: RuntimeDep, by: CallerDep, cursor: str | None = None) -> Response:
    """Records that are neither destroyed nor kept silently: no period is set for them."""
    on = day_of(request.query_params, "on") or retention.today(runtime)
    shown = overview.exceptions(runtime, by, on, cursor)
    return page(request, "exceptions.html", exceptions=shown, rows=[_exceptional(row) for row in shown.rows], by=by)


@router.get("/destruction")
def destruction(request: Request, runtime: RuntimeDep, by: CallerDep) -> Response:
    """The preview of a run: how many, and the digest the run must match."""
    refuse_unless_may_destroy(by)
    today = retention.today(runtime)
    on = day_of(request.query_params, "on") or today
    return _preview_page(request, casework.preview(runtime, on, by), by, future=on > today)


@router.post("/destruction")
def destroy(request: Request, runtime: RuntimeDep, by: CallerDep, form: OwnForm) -> Response:
    """The run itself, only if the list is still the one that was previewed; the answer is its certificates."""
    refuse_unless_may_destroy(by)
    on = day_of(form, "on")
    if on is None or not form.get("digest"):
        raise Malformed("Preview the destruction first, then confirm it from that page.")
    if form.get("confirmed") != "yes":
        error = "Tick the box to say that these records may be destroyed for good."
        return _preview_page(request, casework.preview(runtime, on, by), by, error=error)
    done = casework.destroy(runtime, on, by, digest=form["digest"])
    certificates = overview.certificates(done.certificates[:MOST_CERTIFICATES], overview.names_of(runtime))
    return page(
        request,
        "certificates.html",
        done=done,
        method=METHOD,
        certificates=certificates,
        total=len(done.certificates),
        day=dates.day(on),
        by=by,
    )


def _preview_page(
    request: Request, preview: Destruction, by: Caller, *, future: bool = False, error: str | None = None
) -> Response:
    return page(
        request,
        "destruction.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        preview=preview,
        on=preview.on.isoformat(),
        kinds=[(classes.class_of_records(class_), count) for class_, count in sorted(preview.by_class.items())],
        rows=[listed(overview.due_row(row))[:-1] for row in preview.rows[:PAGE_ROWS]],
        day=dates.day(preview.on),
        future=future,
        by=by,
        error=error,
    )


def _differing(row: Difference) -> list[Cell]:
    return [
        customer_cell(row.customer_id),
        row.verdict.replace("_", " "),
        row.because,
        row.dss_because,
        "yes" if row.ours.held_by else "no",
    ]


def _exceptional(row: DueInWords) -> list[Cell]:
    """The cells of one class of records without a last day; why it has none comes last."""
    return [*listed(row)[:-1], row.why or ""]


def listed(row: DueInWords) -> list[Cell]:
    """The cells of one class of records that is due; what holds it comes last."""
    holds = len(row.held_by)
    return [
        customer_cell(row.customer_id),
        row.records,
        row.day,
        rule_cell(row.rule, None),
        f"entry {row.because}",
        f"yes, by {holds} {'hold' if holds == 1 else 'holds'}" if holds else "no",
    ]
