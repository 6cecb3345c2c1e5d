"""The pages about one customer: finding them, what is known now, their history, provenance and report."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

import orjson
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import consent_records, portable_copy, provenance, report, report_page
from api.casework import customers
from api.casework import requests as rights
from api.pages import content as page_content
from api.pages import findings, limits, obligations, requests
from api.pages.forms import CallerDep, OwnForm, searched_for
from api.pages.responses import HEADERS, page, page_router
from api.routes.responses import HouseDep
from ledger.clocks import instant_text
from ledger.errors import Malformed
from projections.obligations.read import Obligation

router = page_router()


@router.get("/search")
def search_form(request: Request, by: CallerDep) -> Response:
    return page(request, "search.html", said={}, found=None, error=None, by=by)


@router.post("/search")
def search(request: Request, house: HouseDep, by: CallerDep, said: OwnForm) -> Response:
    """Search by form, so that no name is ever part of an address."""
    if said.get("customer_id"):
        try:
            number = UUID(said["customer_id"])
        except ValueError:
            error = "Enter a customer number such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff."
            return page(
                request,
                "search.html",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                said=said,
                found=None,
                error=error,
                by=by,
            )
        return RedirectResponse(f"/customers/{number}", status_code=303, headers=HEADERS)
    try:
        found = customers.search(house, by, dict(searched_for(said)), route="search page")
    except Malformed as refused:
        return page(
            request, "search.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, said=said, found=None,
            error=_search_error(refused), by=by,
        )  # fmt: skip
    names = page_content.names_of(house)
    rows = [
        {
            "customer_id": one["customer_id"],
            "name": page_content.full_name(one["person"]),
            "person": page_content.person(one["person"], names),
        }
        for one in found
    ]
    return page(request, "search.html", said=said, found=rows, error=None, by=by)


def _search_error(refused: Malformed) -> str:
    if refused.evidence.get("field") == "date_of_birth":
        return refused.sentence
    return (
        "Enter a family name with a date of birth, a postcode with a date of birth, an email address, a telephone"
        " number, a Universal Credit identifier or a unique learner number."
    )


@router.get("/customers/{customer_id}")
def customer(request: Request, customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    view = customers.opened(house, customer_id, by, route="customer page")
    shown = page_content.customer(house, view)
    asked = rights.listed(house, rights.wanted(by, customer_id=customer_id))
    names = page_content.names_of(house)
    return page(
        request, "customer.html", customer=shown, by=by,
        findings=[findings.listed(row, names) for row in view.findings.rows],
        requests=[requests.listed(row, names)[:-1] for row in asked.rows],
        restrictions=limits.restrictions(shown["restrictions"]), objections=limits.objections(shown["objections"]),
        owed=[obligations.listed(row, names)[:-1] for row in sorted(view.not_done, key=due_first)],
        breaches=[obligations.breach(row, names) for row in view.findings.breach_assessments],
    )  # fmt: skip


def due_first(row: Obligation) -> tuple[bool, str]:
    """Sorts what is not done first, by the day or the instant it is due."""
    day = row.due_on.isoformat() if row.due_on else "9999"
    return row.state == "done", instant_text(row.due_at) if row.due_at else day


@router.get("/customers/{customer_id}/history")
def history(request: Request, customer_id: UUID, house: HouseDep, by: CallerDep, after: int = 0) -> Response:
    shown = page_content.history(house, customer_id, by, route="history page", after=after)
    return page(
        request, "history.html", customer={"customer_id": str(customer_id), "name": shown["name"]}, history=shown, by=by
    )


@router.get("/customers/{customer_id}/provenance")
def provenance_page(request: Request, customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    table, drawn = provenance.both(house, customer_id, by, "provenance page")
    name = page_content.full_name(customers.person(house, customer_id))
    return page(
        request, "provenance.html", customer={"customer_id": str(customer_id), "name": name}, rows=table["rows"],
        unnamed=table["shares_without_items"], picture=drawn, by=by, several=bool(table["other_records"]),
        not_shown=table["other_records_not_shown"],
    )  # fmt: skip


@router.get("/customers/{customer_id}/provenance.json")
def prov_json(customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    said = provenance.prov_json(house, customer_id, by, "provenance page")
    return Response(orjson.dumps(said), media_type="application/prov+json", headers=HEADERS)


@router.get("/customers/{customer_id}/report")
def report_html(customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    """The subject-access report by itself, ready to be printed or saved."""
    made = report.report(house, customer_id, by, "report page")
    headers = {**HEADERS, "Content-Security-Policy": report_page.content_security_policy()}
    return HTMLResponse(report_page.render(made), headers=headers)


@router.get("/customers/{customer_id}/consents.json")
def consents_file(customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    """The customer's consents as records of ISO/IEC TS 27560, to keep or hand over."""
    made = consent_records.records(house, customer_id, by, route="consents file")
    return _file(orjson.dumps(made, option=orjson.OPT_INDENT_2), f"consents-{customer_id}.json", "application/json")


@router.get("/customers/{customer_id}/portable-copy.json")
def portable_json(customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    """The data the customer may take with them, and what stays and why."""
    made = portable_copy.portable_copy(house, customer_id, by, route="portable copy file")
    content = orjson.dumps(made, option=orjson.OPT_INDENT_2)
    return _file(content, f"portable-copy-{customer_id}.json", "application/json")


@router.get("/customers/{customer_id}/portable-copy.csv")
def portable_csv(customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    """The data the customer may take with them, for a spreadsheet."""
    made = portable_copy.portable_copy(house, customer_id, by, route="portable copy file")
    return _file(
        portable_copy.as_csv(made), f"portable-copy-{customer_id}.csv", "text/csv; charset=utf-8; header=present"
    )


def _file(content: bytes, name: str, media_type: str) -> Response:
    saved_as = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers={**HEADERS, **saved_as})
