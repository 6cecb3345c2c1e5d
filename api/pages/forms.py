"""What a browser sends: the session cookie, the token that proves a form was ours, and fields, read strictly."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from api.dependencies import received
from api.hosts import why_not_development
from api.sessions import Sessions
from ledger.caller import Caller
from ledger.errors import Malformed, NotAllowed, NotSignedIn

COOKIE = "ledger_session"
SIGN_IN_COOKIE = "ledger_sign_in"
FORM = "application/x-www-form-urlencoded"
LONGEST_FORM_BYTES = 2 * 2**20
"""The longest note is 100,000 characters, each of which a browser may write as twelve bytes."""
MOST_FIELDS = 500
IDENTITY_FIELDS = ("family_name", "postcode", "email", "telephone", "universal_credit_id", "unique_learner_number")


class FormNotOurs(NotAllowed):
    """This form was not sent from a page of this ledger; open the page again and send it from there."""


def cookie_of(request: Request, name: str) -> str:
    """The value of a cookie of ours, empty when there is none."""
    return request.cookies.get(_cookie_name(request, name), "")


def set_cookie(request: Request, answer: Response, name: str, value: str, *, minutes: int) -> None:
    """Set a cookie of ours, out of reach of scripts and of other sites."""
    answer.set_cookie(
        _cookie_name(request, name),
        value,
        max_age=minutes * 60,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def drop_cookie(request: Request, answer: Response, name: str) -> None:
    answer.delete_cookie(
        _cookie_name(request, name), httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def _cookie_name(request: Request, name: str) -> str:
    """Over https a name that no other host and no unprotected page can set; over http browsers refuse such a name."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def sessions_of(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def caller_of(request: Request) -> Caller:
    """Whose session the cookie stands for. Raises NotSignedIn."""
    secret = cookie_of(request, COOKIE)
    if not secret:
        raise NotSignedIn
    if request.app.state.gate.provider is None and why_not_development(request, request.app.state.runtime.settings):
        raise NotSignedIn  # a session that began on this machine is of no use elsewhere
    known = sessions_of(request).caller(secret)
    request.state.role = known.role
    request.state.caller = known
    return known


def form_token(request: Request) -> str:
    """What every form of this session carries; a page of another site cannot know it."""
    return hashlib.sha256(b"form of " + cookie_of(request, COOKIE).encode()).hexdigest()


async def form_of(request: Request) -> FormData:
    """The fields of a form, which is bounded and never written to disk; asynchronous to wait for its body.

    Answers 413 beyond a limit, 415 for a form of files and 408 when it comes too slowly. Raises Malformed.
    """
    body = await received(request, most_bytes=LONGEST_FORM_BYTES)
    if body and not request.headers.get("content-type", "").lower().startswith(FORM):
        raise HTTPException(415)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Malformed("The form cannot be read: it has too many fields, or is not in UTF-8.") from None
    return FormData([*fields])


def own_form(request: Request, form: Annotated[FormData, Depends(form_of)]) -> dict[str, str]:
    """The text fields of a form that one of our pages sent in this session. Raises FormNotOurs."""
    refuse_foreign(request)
    fields = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    if not hmac.compare_digest(fields.pop("form_token", "").encode(), form_token(request).encode()):
        raise FormNotOurs
    return fields


def open_form(request: Request, form: Annotated[FormData, Depends(form_of)]) -> dict[str, str]:
    """The text fields of a form sent before there is a session; only its origin can be checked."""
    refuse_foreign(request)
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


def refuse_foreign(request: Request) -> None:
    """Browsers say where a form came from; when they say elsewhere, it is refused."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise FormNotOurs
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise FormNotOurs


SessionsDep = Annotated[Sessions, Depends(sessions_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]
OwnForm = Annotated[dict[str, str], Depends(own_form)]
OpenForm = Annotated[dict[str, str], Depends(open_form)]


def day_of(fields: Mapping[str, str], prefix: str) -> date | None:
    """A date from one field, or from three of day, month and year; None when none was filled in. Raises Malformed."""
    whole = fields.get(prefix)
    parts = [fields.get(f"{prefix}-{part}", "") for part in ("year", "month", "day")]
    try:
        if whole:
            return date.fromisoformat(whole)
        if any(parts):
            if len(parts[0]) != len("2025"):  # of two digits nobody knows which century they mean
                raise ValueError
            return date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        raise Malformed(
            "Enter a real date with a day, a month and a year of four digits, such as 6 1 2025.", field=prefix
        ) from None
    return None


def searched_for(fields: Mapping[str, str]) -> dict[str, str]:
    """What a search form asks, as the search of every door takes it. Raises Malformed."""
    asked = {name: fields[name] for name in IDENTITY_FIELDS if fields.get(name)}
    born = day_of(fields, "date_of_birth")
    if born is not None:
        asked["date_of_birth"] = born.isoformat()
    return asked
