"""The pages about one customer: finding them, what is known now, their history, provenance and report."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import report_page
from api.casework import customers, exports, provenance, subject_access
from api.casework import requests as rights
from api.dependencies import RuntimeDep
from api.pages import findings, obligations, people, requests, restrictions
from api.pages import overview as page_content
from api.pages.forms import CallerDep, OwnForm, searched_for
from api.pages.responses import HEADERS, page, page_router
from ledger.clocks import instant_text
from ledger.errors import Malformed
from projections.exports.portable_copy import as_csv
from projections.obligations.read import Obligation

router = page_router()


@router.get("/search")
def search_form(request: Request, by: CallerDep) -> Response:
    return page(request, "search.html", said={}, found=None, error=None, by=by)


@router.post("/search")
def search(request: Request, runtime: RuntimeDep, by: CallerDep, form: OwnForm) -> Response:
    """Search by form, so that no name is ever part of an address."""
    if form.get("customer_id"):
        try:
            number = UUID(form["customer_id"])
        except ValueError:
            error = "Enter a customer number such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff."
            return page(
                request,
                "search.html",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                said=form,
                found=None,
                error=error,
                by=by,
            )
        return RedirectResponse(f"/customers/{number}", status_code=303, headers=HEADERS)
    try:
        found = customers.search(runtime, by, dict(searched_for(form)), route="search page")
    except Malformed as refused:
        return page(
            request, "search.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, said=form, found=None,
            error=_search_error(refused), by=by,
        )  # fmt: skip
    names = page_content.names_of(runtime)
    rows: list[dict[str, Any]] = [
        {
            "customer_id": str(hit.customer_id),
            "name": people.full_name(hit.person),
            "person": people.person(hit.person, names),
        }
        for hit in found
    ]
    return page(request, "search.html", said=form, found=rows, error=None, by=by, names=names)


def _search_error(refused: Malformed) -> str:
    if refused.evidence.get("field"):
        return refused.sentence
    return (
        "Enter a family name with a date of birth, a postcode with a date of birth, an email address, a telephone"
        " number, a Universal Credit identifier or a unique learner number."
    )


@router.get("/customers/{customer_id}")
def customer(request: Request, customer_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    view = customers.view(runtime, customer_id, by, route="customer page")
    names = view.organisations.names
    with runtime.views(
        by, about=customer_id
    ) as views:  # waiting again would be for this page's own entry, that it was read
        asked = rights.listed_in(views, runtime, rights.wanted(runtime, by, customer_id=customer_id))
    tasks = sorted(view.not_done, key=due_first)
    return page(
        request, "customer.html", customer=people.customer(view), by=by, names=names,
        findings=[findings.listed(row, names) for row in view.findings.rows],
        requests=[requests.listed(row, names)[:-1] for row in asked.rows],
        restrictions=restrictions.restrictions(view.customer.restrictions),
        objections=restrictions.objections(view.customer.objections),
        owed=[obligations.listed(row, names)[:-1] for row in tasks],
        breaches=[obligations.breach(row, names) for row in view.findings.breach_assessments],
    )  # fmt: skip


def due_first(row: Obligation) -> tuple[bool, str]:
    """Sorts what is not done first, by the day or the instant it is due."""
    day = row.due_on.isoformat() if row.due_on else "9999"
    return row.state == "done", instant_text(row.due_at) if row.due_at else day


@router.get("/customers/{customer_id}/history")
def history(request: Request, customer_id: UUID, runtime: RuntimeDep, by: CallerDep, after: int = 0) -> Response:
    names = page_content.names_of(runtime)
    shown = people.history(runtime, customer_id, by, names=names, route="history page", after=after)
    head = {"customer_id": str(customer_id), "name": shown["name"]}
    return page(request, "history.html", customer=head, history=shown, by=by, names=names)


@router.get("/customers/{customer_id}/provenance")
def provenance_page(request: Request, customer_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    made = provenance.page(runtime, customer_id, by, "provenance page")
    table = made.table.as_json()
    head = {"customer_id": str(customer_id), "name": people.full_name(made.person)}
    return page(
        request, "provenance.html", customer=head, rows=table["rows"], unnamed=table["shares_without_items"],
        picture=made.picture, by=by, names=made.names, several=bool(table["other_records"]),
        not_shown=table["other_records_not_shown"],
    )  # fmt: skip


@router.get("/customers/{customer_id}/provenance.json")
def prov_json(customer_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    document = provenance.prov_json(runtime, customer_id, by, "provenance page")
    return Response(orjson.dumps(document), media_type="application/prov+json", headers=HEADERS)


@router.get("/customers/{customer_id}/report")
def report_html(customer_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    """The subject-access report by itself, ready to be printed or saved."""
    made = subject_access.report(runtime, customer_id, by, "report page")
    headers = {**HEADERS, "Content-Security-Policy": report_page.content_security_policy()}
    return HTMLResponse(report_page.render(made), headers=headers)


@router.get("/customers/{customer_id}/consents.json")
def consents_file(customer_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    """The customer's consents as records of ISO/IEC TS 27560, to keep or hand over."""
    made = exports.consent_records(runtime, customer_id, by, route="consents file")
    return _file(
        orjson.dumps(made.as_json(), option=orjson.OPT_INDENT_2), f"consents-{customer_id}.json", "application/json"
    )


@router.get("/customers/{customer_id}/portable-copy.json")
def portable_json(customer_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    """The data the customer may take with them, and what stays and why."""
    made = exports.portable_copy(runtime, customer_id, by, route="portable copy file")
    content = orjson.dumps(made.as_json(), option=orjson.OPT_INDENT_2)
    return _file(content, f"portable-copy-{customer_id}.json", "application/json")


@router.get("/customers/{customer_id}/portable-copy.csv")
def portable_csv(customer_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    """The data the customer may take with them, for a spreadsheet."""
    made = exports.portable_copy(runtime, customer_id, by, route="portable copy file")
    return _file(as_csv(made), f"portable-copy-{customer_id}.csv", "text/csv; charset=utf-8; header=present")


def _file(content: bytes, name: str, media_type: str) -> Response:
    saved_as = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers={**HEADERS, **saved_as})
