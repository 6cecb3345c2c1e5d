"""Every error as RFC 9457 problem+json: one table from error classes to statuses; no value anybody sent is repeated."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.casework.findings import UnknownRule
from api.incoming import TooLargeUnpacked
from api.refused import notice_refused
from ledger import errors
from ledger.errors import Fault, LedgerError, Malformed, NotSignedIn, Refused, TooManyMisses
from ledger.events import Json
from ledger.store.database_faults import DatabaseError, fault_behind
from ledger.store.quarantine import MOST_BYTES_OF_AN_OWNER, MOST_LINES_OF_AN_OWNER

MEDIA_TYPE = "application/problem+json"
TRY_AGAIN_SECONDS = 5
QUARANTINE_FULL = (
    f"Your organisation's quarantine is full ({MOST_LINES_OF_AN_OWNER:,} lines or"
    f" {MOST_BYTES_OF_AN_OWNER // 2**20} MiB), so this line is kept nowhere:"
    " correct or discard what waits, then send it again."
)


class NotJson(Malformed):
    """The body is not a JSON object in UTF-8, or as NDJSON one object on each line."""


class TooManyLines(Malformed):
    """One request holds at most 10,000 commands; send them in smaller pieces."""


class TooMuchJunk(Refused):
    """Too much of what was sent could not be read; mend it, then try again later."""

    def __init__(self, *, retry_after: int) -> None:
        """`retry_after` is in seconds."""
        super().__init__(
            f"Too much of what was sent could not be read; mend it, then try again in {retry_after} seconds."
        )
        self.retry_after = retry_after


class ForeignHost(Malformed):
    """The Host header names no address of this ledger; LEDGER_ALLOWED_HOSTS lists the names it answers to."""


STATUSES: dict[type[LedgerError], HTTPStatus] = {
    NotJson: HTTPStatus.BAD_REQUEST,
    ForeignHost: HTTPStatus.BAD_REQUEST,
    TooLargeUnpacked: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooManyLines: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooMuchJunk: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.UnknownCustomer: HTTPStatus.NOT_FOUND,
    errors.UnknownRequest: HTTPStatus.NOT_FOUND,
    errors.UnknownClaim: HTTPStatus.NOT_FOUND,
    UnknownRule: HTTPStatus.NOT_FOUND,
    errors.NoMatch: HTTPStatus.NOT_FOUND,
    errors.TooManyMisses: HTTPStatus.TOO_MANY_REQUESTS,
    errors.AlreadyRegistered: HTTPStatus.CONFLICT,
    errors.AlreadyDone: HTTPStatus.CONFLICT,
    errors.RequestIsClosed: HTTPStatus.CONFLICT,
    errors.ServiceIsEnded: HTTPStatus.CONFLICT,
    errors.ServiceNotEnded: HTTPStatus.CONFLICT,
    errors.CommandReused: HTTPStatus.CONFLICT,
    errors.ConcurrentChange: HTTPStatus.CONFLICT,
    errors.Held: HTTPStatus.CONFLICT,
    errors.RecordIncomplete: HTTPStatus.CONFLICT,
    errors.DigestChanged: HTTPStatus.CONFLICT,
    errors.Destroyed: HTTPStatus.GONE,
    errors.Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Fault: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.LedgerError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The nearest class of an error's ancestry speaks for it."""

_PARAMETERS = {
    "uuid": "must be a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    "date": "must be a date such as 2026-11-22",
    "int": "must be a whole number",
    "greater_than": "is too small",
    "less_than": "is too large",
    "string_too_long": "is too long",
    "missing": "is missing",
}
_SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method.",
    HTTPStatus.NOT_ACCEPTABLE: "None of the media types asked for can be given here.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large; send it in smaller pieces.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body must be application/json or application/x-ndjson, plain or in gzip.",
    HTTPStatus.REQUEST_TIMEOUT: "The body took too long to arrive; send it again.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The program met an error it did not expect; its log says where.",
}


def status_of(kind: type[LedgerError]) -> HTTPStatus:
    return next(STATUSES[ancestor] for ancestor in kind.__mro__ if ancestor in STATUSES)


def slug_of(kind: type[LedgerError]) -> str:
    """The name of an error's class in small letters and hyphens."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def as_problem(
    error: LedgerError, *, instance: str | None = None, quarantined: bool = False, unkept: bool = False
) -> dict[str, Json]:
    """The problem object of an error: a stable type and title, and what happened this time.

    `quarantined` when what was refused is kept in the quarantine, `unkept` when that is full.
    """
    slug = error.rule_id or slug_of(type(error))
    problem: dict[str, Json] = {
        "type": f"/problems/{slug}",
        "title": (type(error).__doc__ or "").strip(),
        "status": status_of(type(error)).value,
        "detail": error.sentence,
    }
    if instance is not None:
        problem["instance"] = instance
    if error.rule_id is not None:
        problem["rule_id"] = error.rule_id
    field = error.evidence.get("field")
    if isinstance(field, str):
        problem["field"] = field
    if quarantined:
        problem["quarantined"] = True
    if unkept:
        problem["not_kept"] = QUARANTINE_FULL
    return problem


def install(app: FastAPI) -> None:
    """Answer every error of the app this way, the framework's own too."""
    app.add_exception_handler(LedgerError, _ledger_error)
    app.add_exception_handler(DatabaseError, _database_error)
    app.add_exception_handler(RequestValidationError, _parameter_error)
    app.add_exception_handler(HTTPException, _http_error)


def refused(error: Refused, request: Request, *, quarantined: bool, unkept: bool) -> Response:
    """The answer to a report that was refused."""
    return _answer(as_problem(error, instance=request.url.path, quarantined=quarantined, unkept=unkept), {})


def foreign_host() -> Response:
    """The answer to whoever asks for another host: the host is not repeated, and nobody is sent anywhere."""
    return _answer(as_problem(ForeignHost()), {})


def unexpected() -> Response:
    """The answer when the program itself is wrong; what went wrong is for the log alone."""
    return _bare(HTTPStatus.INTERNAL_SERVER_ERROR)


def _ledger_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LedgerError)
    notice_refused(request, error)
    headers = {}
    if isinstance(error, NotSignedIn):
        sent = "authorization" in request.headers
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if sent else "Bearer"
    if isinstance(error, Fault):
        headers["Retry-After"] = str(TRY_AGAIN_SECONDS)
    if isinstance(error, TooManyMisses | TooMuchJunk):
        headers["Retry-After"] = str(error.retry_after)
    return _answer(as_problem(error, instance=request.url.path), headers)


def _database_error(request: Request, error: Exception) -> Response:
    """What the database says outside the code that expects it; an error of a statement of ours stays unexpected."""
    fault = fault_behind(error)
    if fault is None:
        raise error
    return _ledger_error(request, fault)


def _parameter_error(_: Request, error: Exception) -> Response:
    """Names the parameter and never its value: so without `instance`, for the value may be part of the path."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][-1])
    rule = next((sentence for kind, sentence in _PARAMETERS.items() if kind in first["type"]), "is not valid")
    return _answer(as_problem(Malformed(f"The parameter {name} {rule}.", field=name)), {})


def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _bare(HTTPStatus(error.status_code), dict(error.headers or {}))


def _bare(status: HTTPStatus, headers: dict[str, str] | None = None) -> Response:
    problem: dict[str, Json] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": _SENTENCES.get(status, "The request cannot be answered."),
    }
    return _answer(problem, headers or {})


def _answer(problem: dict[str, Any], headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(problem), status_code=problem["status"], media_type=MEDIA_TYPE, headers=headers)
