"""What a browser sends: the session cookie, the token that proves a form was ours, and fields, read strictly."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from api.auth import Gate
from ledger.caller import Caller
from ledger.errors import Malformed, NotAllowed, NotSignedIn

COOKIE = "ledger_session"
SESSION_MINUTES = 8 * 60
IDENTITY_FIELDS = ("family_name", "postcode", "email", "telephone", "universal_credit_id", "unique_learner_number")


class FormNotOurs(NotAllowed):
    """This form was not sent from a page of this ledger; open the page again and send it from there."""


def caller_of(request: Request) -> Caller:
    """The caller whose token the session cookie holds. Raises NotSignedIn."""
    token = request.cookies.get(COOKIE)
    if not token:
        raise NotSignedIn
    gate: Gate = request.app.state.gate
    known = gate.caller(token)
    request.state.role = known.role
    request.state.caller = known
    return known


def form_token(request: Request) -> str:
    """What every form of this session carries; a page of another site cannot know it."""
    return hashlib.sha256(b"form of " + request.cookies.get(COOKIE, "").encode()).hexdigest()


async def form_of(request: Request) -> FormData:
    """The one asynchronous line: a plain endpoint cannot wait for its body."""
    return await request.form()


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
            return date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        raise Malformed("Enter a real date with a day, a month and a year, such as 6 1 2025.", field=prefix) from None
    return None


def searched_for(fields: Mapping[str, str]) -> dict[str, str]:
    """What a search form asks, as the search of every door takes it. Raises Malformed."""
    asked = {name: fields[name] for name in IDENTITY_FIELDS if fields.get(name)}
    born = day_of(fields, "date_of_birth")
    if born is not None:
        asked["date_of_birth"] = born.isoformat()
    return asked
