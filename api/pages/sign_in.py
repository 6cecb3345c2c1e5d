"""The start page, and who somebody is: signing in with a role and signing out."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.dependencies import RuntimeDep
from api.issuer import Issuer
from api.pages import overview
from api.pages.forms import COOKIE, SESSION_MINUTES, CallerDep, OpenForm, own_form
from api.pages.responses import HEADERS, page, page_router
from ledger.caller import ROLES
from ledger.clocks import london_day
from ledger.errors import Malformed
from projections.wording import codes

router = page_router()


@router.get("/")
def start(request: Request, runtime: RuntimeDep, by: CallerDep) -> Response:
    """What can be done here, and whether the ledger is in order."""
    return page(
        request, "start.html", health=overview.standing(runtime, by), today=london_day(runtime.ledger.now()), by=by
    )


@router.get("/sign-in")
def sign_in_form(request: Request, runtime: RuntimeDep, next: str = "/") -> Response:
    return _sign_in(request, runtime, next, None)


def _sign_in(request: Request, runtime: RuntimeDep, going: str, error: str | None) -> Response:
    organisations = sorted(overview.names_of(runtime).items(), key=lambda one: one[1])
    return page(
        request,
        "sign_in.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        next=_own_path(going),
        here=runtime.settings.oidc_issuer is None,
        roles=[(role, codes.ROLES.get(role, role)) for role in sorted(ROLES)],
        organisations=organisations,
        error=error,
    )


@router.post("/sign-in")
def sign_in(request: Request, runtime: RuntimeDep, said: OpenForm) -> Response:
    """The development issuer's token becomes the session; with an issuer of one's own there is no such form."""
    going = said.get("next", "/")
    try:
        token = Issuer.open(runtime.settings).issue(
            role=said.get("role", ""),
            organisation=said.get("other_organisation") or said.get("organisation", ""),
            subject=f"development user in the role {said.get('role', '')}",
            minutes=SESSION_MINUTES,
        )
    except Malformed as refused:
        return _sign_in(request, runtime, going, refused.sentence)
    answer = RedirectResponse(_own_path(going), status_code=303, headers=HEADERS)
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
    answer = RedirectResponse("/sign-in", status_code=303, headers=HEADERS)
    answer.delete_cookie(COOKIE)
    return answer


def _own_path(going: str) -> str:
    """A path of this site and nothing else: a link may not send a signed-in person elsewhere."""
    try:
        parts = urlsplit(going)
    except ValueError:  # brackets that are no address
        return "/"
    safe = not parts.scheme and not parts.netloc and going.startswith("/") and not going.startswith(("//", "/\\"))
    return going if safe else "/"
