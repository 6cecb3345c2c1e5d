"""How a page is answered: its headers, its errors as one sentence, the way to sign in; it knows no page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from api.errors import status_of
from api.markup import render
from api.pages import overview
from api.pages.forms import form_token
from api.refused import notice_refused
from ledger.authority.destruction import may_destroy
from ledger.errors import LedgerError, NotSignedIn
from projections.wording import parties
from projections.wording.parties import Names

Cell = str | dict[str, str | None]
"""A cell of a list: its text, or its text with where it leads and a smaller word below."""
_TITLES = {
    HTTPStatus.FORBIDDEN: "You cannot do this",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.CONFLICT: "This has changed meanwhile",
    HTTPStatus.GONE: "This was destroyed",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries",
    HTTPStatus.SERVICE_UNAVAILABLE: "The ledger is not available",
}
HEADERS = {
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
                return RedirectResponse(f"/sign-in?next={going}", status_code=303, headers=HEADERS)
            except LedgerError as error:
                notice_refused(request, error)
                return error_page(request, status_of(type(error)), error.sentence)
            except RequestValidationError:
                return error_page(request, HTTPStatus.NOT_FOUND, "There is no page at this address.")

        return answer


def page_router() -> APIRouter:
    """A router for pages, which programs are not told of."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def page(
    request: Request,
    template: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    names: Names | None = None,
    **shown: Any,  # noqa: ANN401 (what a template shows)
) -> Response:
    """A page with its security headers; scripts run only from our own files and with this answer's nonce.

    `names` are the organisations' names, when the page has read them already.
    """
    nonce = secrets.token_urlsafe(16)
    by = shown.pop("by", None)
    signed_in = None
    if by:
        known = overview.names_of(request.app.state.runtime) if names is None else names
        signed_in = parties.role_at(by.role, by.organisation, known)
    made = render(
        template,
        cspNonce=nonce,
        by=by,
        may_destroy=by is not None and may_destroy(by),
        signed_in=signed_in,
        form_token=form_token(request),
        path=request.url.path,
        development=request.app.state.runtime.settings.dev,
        **shown,
    )
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(made, status_code=status, headers={**HEADERS, "Content-Security-Policy": policy})


def error_page(request: Request, status: HTTPStatus, sentence: str) -> Response:
    """One clear sentence, and the way back; whoever is signed in keeps the menu and can sign out."""
    by = getattr(request.state, "caller", None) if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
    title = _TITLES.get(status, "This did not work")
    return page(request, "error.html", status=status, title=title, sentence=sentence, by=by)


def address(path: str, parameters: Mapping[str, str | None]) -> str:
    """A page's address with what was chosen on it; what was not chosen is left out."""
    chosen = urlencode({name: value for name, value in parameters.items() if value})
    return f"{path}?{chosen}" if chosen else path


def link(text: str, href: str, note: str | None = None) -> Cell:
    """A cell of a list that leads somewhere, with what else there is to say about it."""
    return {"text": text, "href": href, "note": note}


def noted(text: str, note: str | None) -> Cell:
    """A cell of a list with a smaller word below."""
    return {"text": text, "note": note}


def count_cell(count: int, href: str) -> Cell:
    """A count that leads to what it counts."""
    return link(f"{count:,}", href) if count else "0"


def customer_cell(customer_id: UUID, note: str | None = None) -> Cell:
    """A customer's id, which leads to their page."""
    return link(str(customer_id), f"/customers/{customer_id}", note)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A filter of a list: what may be chosen and what is chosen."""

    name: str
    label: str
    value: str
    options: Sequence[tuple[str, str]]


def choice(name: str, label: str, value: str | None, options: Mapping[str, str], every: str) -> Choice:
    """A filter with `every` for no choice; what is chosen is among its options, known or not."""
    unknown = {value: value} if value and value not in options else {}
    return Choice(name=name, label=label, value=value or "", options=[("", every), *options.items(), *unknown.items()])
