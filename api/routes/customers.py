"""Everything about one customer: search, view, history, provenance, the subject-access report and the two exports.

Each answer is composed in one place for every door, where the reading is recorded before anything is opened.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from api import report_page
from api.auth import CallerDep
from api.casework import customers, exports, provenance, subject_access
from api.cursors import cursor_of, key_of, not_a_cursor
from api.dependencies import BodyDep, RuntimeDep
from api.entries import read_object
from api.parameters import MOST_ROWS, moment
from api.routes import examples
from api.routes.responses import JSON, PRIVATE, answer, preferred
from projections.exports.linked_data import linked_data
from projections.exports.portable_copy import as_csv

PROV_JSON, SVG, HTML = "application/prov+json", "image/svg+xml", "text/html"
JSON_LD, CSV = "application/ld+json", "text/csv"
HISTORY_ROWS = 500

router = APIRouter(prefix="/v1/customers", tags=["customers"])


@router.post(
    "/search",
    summary="Find a customer",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": {"type": "object"}, "examples": examples.SEARCHES}},
        }
    },
    responses={
        200: {"description": "Who matches everything asked.", "content": {JSON: {"example": {"customers": []}}}}
    },
)
def search(caller: CallerDep, runtime: RuntimeDep, body: BodyDep) -> Response:
    """Search by POST, so that no name is ever part of an address. Each customer found is a recorded reading."""
    asked = read_object(body)
    found = customers.search(runtime, caller, asked, route="POST /v1/customers/search")
    return answer({"customers": [hit.as_json() for hit in found]})


@router.get(
    "/{customer_id}",
    summary="What is known about a customer",
    responses={
        200: {"description": "The customer.", "content": {JSON: {"example": {"customer_id": examples.CUSTOMER}}}}
    },
)
def customer(
    customer_id: UUID,
    caller: CallerDep,
    runtime: RuntimeDep,
    as_of: Annotated[
        str | None, Query(description="As recorded by this moment, or by the end of this day.", max_length=40)
    ] = None,
) -> Response:
    """The current view, or with `as_of` the view by what had been recorded then."""
    at = None if as_of is None else moment(as_of)
    return answer(customers.customer(runtime, customer_id, caller, route="GET /v1/customers/{id}", as_of=at))


@router.get("/{customer_id}/history", summary="Every event about a customer, in order")
def history(
    customer_id: UUID,
    caller: CallerDep,
    runtime: RuntimeDep,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = HISTORY_ROWS,
) -> Response:
    """Pages of entries by position. Reading a page is itself recorded, and is part of a later page."""
    after = 0 if cursor is None else key_of(cursor, length=1)[0]
    if not isinstance(after, int):
        raise not_a_cursor()
    entries = customers.history(runtime, customer_id, caller, route="GET /v1/customers/{id}/history")
    rest = [entry for entry in entries if entry.position > after]
    page = rest[:limit]
    following = cursor_of([page[-1].position]) if len(rest) > limit else None
    shown = [entry.as_json() for entry in page]
    return answer({"customer_id": str(customer_id), "entries": shown, "next": following})


@router.get(
    "/{customer_id}/provenance",
    summary="Where each item came from and everyone it went to",
    responses={200: {"content": {JSON: {}, PROV_JSON: {}, SVG: {}}}},
)
def provenance_of(request: Request, customer_id: UUID, caller: CallerDep, runtime: RuntimeDep) -> Response:
    """As a table in JSON, as PROV-JSON, or as a picture, by `Accept`."""
    kind = preferred(request, JSON, PROV_JSON, SVG)
    route = "GET /v1/customers/{id}/provenance"
    if kind == SVG:
        drawn = provenance.svg(runtime, customer_id, caller, route)
        return Response(drawn, media_type=SVG, headers=PRIVATE)
    if kind == PROV_JSON:
        prov = provenance.prov_json(runtime, customer_id, caller, route)
        return Response(orjson.dumps(prov), media_type=PROV_JSON, headers=PRIVATE)
    return answer(provenance.table(runtime, customer_id, caller, route))


@router.get(
    "/{customer_id}/subject-access-report",
    summary="Everything held about a customer, ready to send",
    responses={200: {"content": {JSON: {}, HTML: {}}}},
)
def subject_access_report(request: Request, customer_id: UUID, caller: CallerDep, runtime: RuntimeDep) -> Response:
    """The subject-access report as JSON or as an accessible page, by `Accept`."""
    kind = preferred(request, JSON, HTML)
    made = subject_access.report(runtime, customer_id, caller, "GET /v1/customers/{id}/subject-access-report")
    if kind == HTML:
        policy = {"Content-Security-Policy": report_page.content_security_policy()}
        return Response(report_page.render(made), media_type=HTML, headers=PRIVATE | policy)
    return answer(made)


@router.get(
    "/{customer_id}/consents",
    summary="What a customer consented to, as records of ISO/IEC TS 27560",
    responses={200: {"content": {JSON: {}, JSON_LD: {}}}},
)
def consents(request: Request, customer_id: UUID, caller: CallerDep, runtime: RuntimeDep) -> Response:
    """One record for each thing consent was asked for, with every statement, as JSON or by `Accept` as JSON-LD.

    The id of a record is a UUID of version 5, so that the same consent of the same person has the same one every time.
    """
    kind = preferred(request, JSON, JSON_LD)
    made = exports.consent_records(runtime, customer_id, caller, "GET /v1/customers/{id}/consents")
    if kind == JSON_LD:
        graph = linked_data(made)
        return Response(orjson.dumps(graph), media_type=JSON_LD, headers=PRIVATE)
    return answer(made.as_json())


@router.get(
    "/{customer_id}/portable-copy",
    summary="The data a customer may take with them",
    responses={200: {"content": {JSON: {}, CSV: {}}}},
)
def portable(request: Request, customer_id: UUID, caller: CallerDep, runtime: RuntimeDep) -> Response:
    """What they provided and is used with consent or for a contract, as JSON or by `Accept` as CSV (Art. 20).

    The JSON also says what is left out and why. In the CSV a cell that a spreadsheet could take for a formula begins
    with an apostrophe.
    """
    kind = preferred(request, JSON, CSV)
    made = exports.portable_copy(runtime, customer_id, caller, "GET /v1/customers/{id}/portable-copy")
    if kind == CSV:
        return Response(as_csv(made), media_type=f"{CSV}; charset=utf-8; header=present", headers=PRIVATE)
    return answer(made.as_json())
