"""The pages a case worker uses, in plain HTML that needs no script; they show what the other doors answer.

`install` adds them to the application. No name, address or other personal data is ever part of an address of a page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from api import answers, comparing, destroying, page_content, provenance, report, report_page, wording
from api.forms import COOKIE, SESSION_MINUTES, CallerDep, OpenForm, OwnForm, day_of, form_token, own_form, searched_for
from api.issuer import Issuer
from api.problems import status_of
from api.rendering import render
from api.routes.answering import HouseDep
from ledger.clocks import london_day
from ledger.decisions import ROLES
from ledger.errors import LedgerError, Malformed, NotAllowed, NotSignedIn

STATIC = Path(__file__).with_name("static")
MOST_CERTIFICATES = 200
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class PageRoute(APIRoute):
    """A route whose errors are pages with one sentence; whoever is not signed in is asked to sign in first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answered = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await answered(request)
            except NotSignedIn:
                going = quote(request.url.path, safe="/") if request.method == "GET" else "/"
                return RedirectResponse(f"/sign-in?next={going}", status_code=303, headers=_HEADERS)
            except LedgerError as error:
                return error_page(request, status_of(type(error)), error.sentence)
            except RequestValidationError:
                return error_page(request, HTTPStatus.NOT_FOUND, "There is no page at this address.")

        return answer


router = APIRouter(route_class=PageRoute, include_in_schema=False)


def install(app: FastAPI) -> None:
    """Add the pages, their style, and a page in place of a problem object when a browser asks for what is not there."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    otherwise: Any = app.exception_handlers.get(HTTPException)

    async def not_there(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
        if otherwise is None or (wants_page and error.status_code == HTTPStatus.NOT_FOUND):
            return error_page(request, HTTPStatus(error.status_code), "There is no page at this address.")
        answer: Response = otherwise(request, error)
        return answer

    app.add_exception_handler(HTTPException, not_there)


@router.get("/")
def start(request: Request, house: HouseDep, by: CallerDep) -> Response:
    """What can be done here, and whether the ledger is in order."""
    return page(request, "start.html", health=page_content.health(house), today=london_day(house.ledger.now()), by=by)


@router.get("/sign-in")
def sign_in_form(request: Request, house: HouseDep, next: str = "/") -> Response:
    return _sign_in(request, house, next, None)


def _sign_in(request: Request, house: HouseDep, going: str, error: str | None) -> Response:
    organisations = sorted(page_content.names_of(house).items(), key=lambda one: one[1])
    return page(
        request,
        "sign_in.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        next=_own_path(going),
        here=house.settings.oidc_issuer is None,
        roles=[(role, wording.ROLES.get(role, role)) for role in sorted(ROLES)],
        organisations=organisations,
        error=error,
    )


@router.post("/sign-in")
def sign_in(request: Request, house: HouseDep, said: OpenForm) -> Response:
    """The development issuer's token becomes the session; with an issuer of one's own there is no such form."""
    going = said.get("next", "/")
    try:
        token = Issuer.open(house.settings).issue(
            role=said.get("role", ""),
            organisation=said.get("other_organisation") or said.get("organisation", ""),
            subject=f"development user in the role {said.get('role', '')}",
            minutes=SESSION_MINUTES,
        )
    except Malformed as refused:
        return _sign_in(request, house, going, refused.sentence)
    answer = RedirectResponse(_own_path(going), status_code=303, headers=_HEADERS)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_MINUTES * 60,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/sign-out", dependencies=[Depends(own_form)])
def sign_out() -> Response:
    answer = RedirectResponse("/sign-in", status_code=303, headers=_HEADERS)
    answer.delete_cookie(COOKIE)
    return answer


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
        return RedirectResponse(f"/customers/{number}", status_code=303, headers=_HEADERS)
    try:
        found = answers.search(house, by, dict(searched_for(said)), route="search page")
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
    shown = page_content.customer(house, customer_id, by, route="customer page")
    return page(request, "customer.html", customer=shown, by=by)


@router.get("/customers/{customer_id}/history")
def history(request: Request, customer_id: UUID, house: HouseDep, by: CallerDep, after: int = 0) -> Response:
    shown = page_content.history(house, customer_id, by, route="history page", after=after)
    return page(
        request, "history.html", customer={"customer_id": str(customer_id), "name": shown["name"]}, history=shown, by=by
    )


@router.get("/customers/{customer_id}/provenance")
def provenance_page(request: Request, customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    table, drawn = provenance.both(house, customer_id, by, "provenance page")
    name = page_content.full_name(answers.person(house, customer_id))
    return page(
        request, "provenance.html", customer={"customer_id": str(customer_id), "name": name}, rows=table["rows"],
        unnamed=table["shares_without_items"], picture=drawn, by=by,
    )  # fmt: skip


@router.get("/customers/{customer_id}/provenance.json")
def prov_json(customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    said = provenance.prov_json(house, customer_id, by, "provenance page")
    return Response(orjson.dumps(said), media_type="application/prov+json", headers=_HEADERS)


@router.get("/customers/{customer_id}/report")
def report_html(customer_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    """The subject-access report by itself, ready to be printed or saved."""
    made = report.report(house, customer_id, by, "report page")
    headers = {**_HEADERS, "Content-Security-Policy": report_page.content_security_policy()}
    return HTMLResponse(report_page.render(made), headers=headers)


@router.get("/due")
def due(request: Request, house: HouseDep, by: CallerDep, cursor: str | None = None) -> Response:
    """What is due for destruction on any day; today when none is said."""
    today = london_day(house.ledger.now())
    try:
        on = day_of(request.query_params, "on") or today
    except Malformed as refused:
        shown = page_content.due(house, by, today, None)
        return page(
            request, "due.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, due=shown, error=refused.sentence, by=by
        )
    return page(request, "due.html", due=page_content.due(house, by, on, cursor), error=None, by=by)


@router.get("/due/compared")
def due_compared(request: Request, house: HouseDep, by: CallerDep) -> Response:
    """Our schedule beside the rule of the service before: how many are taken too early, missed or kept too long."""
    on = day_of(request.query_params, "on") or london_day(house.ledger.now())
    with house.current_views() as connection:
        shown = comparing.summary(connection, on, organisation=page_content.own_only(by))
    instant = str(shown["cut_off"] or "")
    cut_off = f"{wording.day(instant[:10])} at {instant[11:16]} UTC"  # the old rule's own day, which is not London's
    return page(
        request,
        "compared.html",
        compared=shown,
        verdicts=comparing.VERDICTS,
        day=wording.day(on),
        cut_off=cut_off,
        by=by,
    )


@router.get("/exceptions")
def exceptions(request: Request, house: HouseDep, by: CallerDep, cursor: str | None = None) -> Response:
    """Records that are neither destroyed nor kept silently: no period is set for them."""
    on = day_of(request.query_params, "on") or london_day(house.ledger.now())
    return page(request, "exceptions.html", exceptions=page_content.exceptions(house, by, on, cursor), by=by)


@router.get("/destruction")
def destruction(request: Request, house: HouseDep, by: CallerDep) -> Response:
    """The preview of a run: how many, and the digest the run must match."""
    _only_records_managers(by.role)
    today = london_day(house.ledger.now())
    on = day_of(request.query_params, "on") or today
    shown = destroying.preview(house, on)
    return page(
        request, "destruction.html", preview=shown.as_json(), day=wording.day(on), future=on > today, by=by, error=None
    )


@router.post("/destruction")
def destroy(request: Request, house: HouseDep, by: CallerDep, said: OwnForm) -> Response:
    """The run itself, only if the list is still the one that was previewed; the answer is its certificates."""
    _only_records_managers(by.role)
    on = day_of(said, "on")
    if on is None or not said.get("digest"):
        raise Malformed("Preview the destruction first, then confirm it from that page.")
    if said.get("confirmed") != "yes":
        shown = destroying.preview(house, on).as_json()
        error = "Tick the box to say that these records may be destroyed for good."
        return page(
            request, "destruction.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, preview=shown, day=wording.day(on),
            future=False, by=by, error=error,
        )  # fmt: skip
    done = destroying.destroy(house, on, by, digest=said["digest"])
    certificates = page_content.certificates(done.certificates[:MOST_CERTIFICATES], page_content.names_of(house))
    return page(
        request, "certificates.html", done=done.as_json(), certificates=certificates, total=len(done.certificates),
        day=wording.day(on), by=by,
    )  # fmt: skip


def _only_records_managers(role: str) -> None:
    if role != "records-manager":
        raise NotAllowed("Only a records manager may destroy records.")


def page(request: Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **shown: Any) -> Response:  # noqa: ANN401
    """A page with its security headers; scripts run only from our own files and with this answer's nonce."""
    nonce = secrets.token_urlsafe(16)
    by = shown.pop("by", None)
    made = render(
        template,
        cspNonce=nonce,
        by=by,
        signed_in=wording.role_at(by.role, by.organisation, page_content.names_of(request.app.state.house))
        if by
        else None,
        form_token=form_token(request),
        path=request.url.path,
        **shown,
    )
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(made, status_code=status, headers={**_HEADERS, "Content-Security-Policy": policy})


def error_page(request: Request, status: HTTPStatus, sentence: str) -> Response:
    """One clear sentence, and the way back."""
    return page(request, "error.html", status=status, sentence=sentence)


def _own_path(going: str) -> str:
    """A path of this site and nothing else: a link may not send a signed-in person elsewhere."""
    parts = urlsplit(going)
    safe = not parts.scheme and not parts.netloc and going.startswith("/") and not going.startswith(("//", "/\\"))
    return going if safe else "/"
