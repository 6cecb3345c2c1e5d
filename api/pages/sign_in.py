"""The start page, and who somebody is: signing in, at an identity provider or the development issuer, and out."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.dependencies import RuntimeDep
from api.hosts import why_not_development
from api.issuer import refuse_incomplete
from api.openid import Provider, SignIn, SignInFailed
from api.pages import overview
from api.pages.forms import (
    COOKIE,
    SIGN_IN_COOKIE,
    CallerDep,
    OpenForm,
    SessionsDep,
    cookie_of,
    drop_cookie,
    own_form,
    set_cookie,
)
from api.pages.responses import HEADERS, page, page_router
from ledger.caller import ROLES, Caller
from ledger.claims import controller_of
from ledger.clocks import london_day
from ledger.errors import Malformed, NotAllowed, Tampered
from ledger.vault.keys import Vault
from projections.wording import codes

router = page_router()
PUBLIC = frozenset({"/sign-in", "/sign-in/provider", "/sign-in/return", "/sign-out", "/signed-out"})
SIGN_IN_MINUTES = 10
"""How long somebody may take at the identity provider."""


class NoProvider(NotAllowed):
    """This ledger has no identity provider to sign in at; set LEDGER_OIDC_ISSUER and LEDGER_OIDC_CLIENT_ID."""


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
    settings = runtime.settings
    shown: dict[str, Any] = {"next": _own_path(going), "error": error}
    if settings.oidc_issuer is not None:
        return page(request, "sign_in.html", way="provider" if settings.oidc_client_id else "none", **shown)
    why_not = why_not_development(request, settings)
    if why_not is not None:
        return page(request, "sign_in.html", way="refused", why_not=why_not, **shown)
    return page(
        request,
        "sign_in.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        way="development",
        roles=[(role, codes.ROLES.get(role, role)) for role in sorted(ROLES)],
        controller=controller_of(runtime.ledger.registers()),
        organisations=sorted(overview.names_of(runtime).items(), key=lambda organisation: organisation[1]),
        **shown,
    )


@router.post("/sign-in")
def sign_in(request: Request, runtime: RuntimeDep, sessions: SessionsDep, fields: OpenForm) -> Response:
    """Anybody the form names, where the development issuer works; with an issuer of one's own there is no such form."""
    going = fields.get("next", "/")
    if runtime.settings.oidc_issuer is not None:
        raise Malformed("LEDGER_OIDC_ISSUER is set, so tokens come from that issuer and not from this program.")
    why_not = why_not_development(request, runtime.settings)
    if why_not is not None:
        raise NotAllowed(why_not)
    role, organisation = fields.get("role", ""), fields.get("other_organisation") or fields.get("organisation", "")
    subject = f"development user in the role {role}"
    try:
        refuse_incomplete(role=role, organisation=organisation, subject=subject)
    except Malformed as refused:
        return _sign_in(request, runtime, going, refused.sentence)
    caller = Caller(role=role, organisation=organisation, subject=subject)
    return _signed_in(request, runtime, sessions, caller, going)


@router.get("/sign-in/provider")
def to_the_provider(request: Request, runtime: RuntimeDep, next: str = "/") -> Response:
    """To the identity provider; what must be remembered meanwhile is encrypted in a cookie of this browser."""
    address, begun = _provider(request, runtime).begin(_here(request, "/sign-in/return"), _own_path(next))
    answer = RedirectResponse(address, status_code=303, headers={**HEADERS, "Referrer-Policy": "no-referrer"})
    kept = _kept(begun, runtime.ledger.vault, runtime.ledger.now())
    set_cookie(request, answer, SIGN_IN_COOKIE, kept, minutes=SIGN_IN_MINUTES)
    return answer


@router.get("/sign-in/return")
def from_the_provider(
    request: Request,
    runtime: RuntimeDep,
    sessions: SessionsDep,
    *,
    code: str = "",
    state: str = "",
    iss: str | None = None,
) -> Response:
    """Back from the identity provider: its code, which is good once, becomes a session."""
    provider = _provider(request, runtime)
    begun = _remembered(cookie_of(request, SIGN_IN_COOKIE), runtime.ledger.vault, runtime.ledger.now())
    if begun is None or not code:  # an answer nobody asked for, or one that says no
        raise SignInFailed
    caller = provider.complete(begun, state=state, code=code, issuer=iss)
    answer = _signed_in(request, runtime, sessions, caller, begun.going)
    drop_cookie(request, answer, SIGN_IN_COOKIE)
    return answer


@router.post("/sign-out", dependencies=[Depends(own_form)])
def sign_out(request: Request, sessions: SessionsDep) -> Response:
    """The session ends here at once, and then, where the provider has a place for it, at the provider."""
    sessions.end(cookie_of(request, COOKIE))
    provider: Provider | None = request.app.state.gate.provider
    answer = RedirectResponse("/sign-in" if provider is None else "/signed-out", status_code=303, headers=HEADERS)
    drop_cookie(request, answer, COOKIE)
    return answer


@router.get("/signed-out")
def signed_out(request: Request, runtime: RuntimeDep) -> Response:
    """On to the provider: not straight from the form, for a form of ours may lead to this site only."""
    provider: Provider | None = request.app.state.gate.provider
    known = provider is not None and runtime.settings.oidc_client_id is not None
    elsewhere = provider.sign_out_address(_here(request, "/sign-in")) if provider is not None and known else None
    answer = page(request, "signed_out.html", elsewhere=elsewhere)
    if elsewhere is not None:
        answer.headers["Refresh"] = f"0; url={elsewhere}"
    return answer


def _signed_in(request: Request, runtime: RuntimeDep, sessions: SessionsDep, caller: Caller, going: str) -> Response:
    """A new session with a new secret; whatever session the browser had before ends."""
    secret = sessions.begin(caller, instead_of=cookie_of(request, COOKIE))
    answer = RedirectResponse(_own_path(going), status_code=303, headers=HEADERS)
    set_cookie(request, answer, COOKIE, secret, minutes=runtime.settings.session_minutes)
    return answer


def _provider(request: Request, runtime: RuntimeDep) -> Provider:
    provider: Provider | None = request.app.state.gate.provider
    if provider is None or runtime.settings.oidc_client_id is None:
        raise NoProvider
    return provider


def _here(request: Request, path: str) -> str:
    """An address of ours, under the scheme and the host that the browser used; only hosts of ours come this far."""
    return str(request.url.replace(path=path, query="", fragment=""))


def _kept(begun: SignIn, vault: Vault, at: datetime) -> str:
    """A sign-in as a cookie holds it: encrypted, and with the moment it is forgotten."""
    until = at + timedelta(minutes=SIGN_IN_MINUTES)
    content = orjson.dumps({**asdict(begun), "until": until.isoformat()})
    return base64.urlsafe_b64encode(vault.lock_away(content, b"sign-in")).decode()


def _remembered(cookie: str, vault: Vault, at: datetime) -> SignIn | None:
    """The sign-in of a cookie; None for a cookie that we did not make, or that is too old."""
    try:
        content = orjson.loads(vault.look_into(base64.urlsafe_b64decode(cookie.encode()), b"sign-in"))
    except (Tampered, ValueError, binascii.Error):
        return None
    until = datetime.fromisoformat(content.pop("until"))
    return SignIn(**content) if until > at else None


def _own_path(going: str) -> str:
    """A path of this site and nothing else: a link may not send a signed-in person elsewhere."""
    try:
        parts = urlsplit(going)
    except ValueError:  # brackets that are no address
        return "/"
    safe = not parts.scheme and not parts.netloc and going.startswith("/") and not going.startswith(("//", "/\\"))
    return going if safe else "/"
