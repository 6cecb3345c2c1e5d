"""The page on which an adviser begins to help somebody: one form, by identity shown or as a new customer."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID, uuid4

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.casework import serving
from api.dependencies import RuntimeDep
from api.pages import overview
from api.pages.forms import CallerDep, OwnForm, day_of
from api.pages.responses import HEADERS, Cell, customer_cell, page, page_router
from ledger.authority.identity import IDENTIFIERS, LONGEST_REASON, refuse_unless_adviser
from ledger.caller import Caller
from ledger.errors import Malformed, NoMatch, NotAllowed, TooManyMisses
from projections.wording import dates, parties

router = page_router()
REGISTER = "register"
_TEXTS = ("given_name", "family_name", "reason", *IDENTIFIERS)
_SENTENCES = {
    "given_name": "Enter the given name",
    "family_name": "Enter the family name",
    "date_of_birth": "Enter the date of birth with a day, a month and a year, such as 6 1 1990",
    "reason": f"Enter the reason, in at most {LONGEST_REASON:,} characters",
    "email": "Enter an email address, or another identifier",
    "telephone": "Enter a telephone number with its digits",
    "postcode": "Enter a whole postcode, such as ZZ99 9ZZ",
    "universal_credit_id": "Enter the Universal Credit identifier as it is written",
    "unique_learner_number": "Enter the unique learner number as it is written",
}


@router.get("/serve")
def serve_form(request: Request, runtime: RuntimeDep, by: CallerDep) -> Response:
    """The empty form; who is no contractor's adviser is told so before they type a name."""
    refuse_unless_adviser(by, runtime.ledger.registers())
    return _form(request, runtime, by, {})


@router.post("/serve")
def serve(request: Request, runtime: RuntimeDep, by: CallerDep, form: OwnForm) -> Response:
    """Begin to serve who matches, or register somebody new when that button was pressed; then show their page."""
    refuse_unless_adviser(by, runtime.ledger.registers())
    try:
        body = _body(form)
        if form.get("action") == REGISTER:
            customer_id = serving.register(runtime, body, by, command_id=_command_id(form))
        else:
            customer_id = serving.begin(runtime, body, by, route="page").customer_id
    except NotAllowed:
        raise
    except Malformed as refused:
        field = str(refused.evidence.get("field", ""))
        sentence = _SENTENCES.get(field, refused.sentence)
        return _form(request, runtime, by, form, field=field, error=sentence)
    except NoMatch as refused:
        return _form(request, runtime, by, form, no_match=refused.sentence)
    except TooManyMisses as refused:
        answer = _form(request, runtime, by, form, error=refused.sentence, status=HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(refused.retry_after)
        return answer
    return RedirectResponse(f"/customers/{customer_id}", status_code=303, headers=HEADERS)


def _body(form: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form as every door takes them. Raises Malformed for a day that is none."""
    born = day_of(form, "date_of_birth")
    given = {name: form[name] for name in _TEXTS if form.get(name)}
    return given if born is None else {**given, "date_of_birth": born.isoformat()}


def _command_id(form: Mapping[str, str]) -> UUID:
    """The id that the form was given when it was shown, so that pressing the button twice registers one person."""
    try:
        return UUID(form.get("command_id", ""))
    except ValueError:
        raise Malformed("Open the page again and send the form from there.") from None


def _form(
    request: Request,
    runtime: RuntimeDep,
    by: Caller,
    values: Mapping[str, str],
    *,
    field: str = "",
    error: str | None = None,
    no_match: str | None = None,
    status: HTTPStatus | None = None,
) -> Response:
    names = overview.names_of(runtime)
    wrong = HTTPStatus.NOT_FOUND if no_match else HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    notices: list[list[Cell]] = [
        [
            customer_cell(notice.customer_id),
            parties.organisation(notice.organisation, names),
            dates.moment(notice.began_at),
        ]
        for notice in serving.notices(runtime, by)
    ]
    return page(
        request, "serve.html", status=status or wrong, names=names, by=by, values=values, field=field, error=error,
        no_match=no_match, command_id=str(uuid4()), notices=notices,
    )  # fmt: skip
