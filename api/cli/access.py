"""The commands about access: who was refused, who may read by a grant, and who read whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import CASE_WORKER, CONTROLLER, AsJson, Organisation, Out, Role, caller, opened_runtime, write_out
from api.cli.output import show, table

if TYPE_CHECKING:
    from projections.accesses.grants import AccessGrant
    from projections.accesses.read import RefusedAttempt, TriedBy, TriedKey

_TRIED = {
    "who": "who",
    "role": "role",
    "organisation": "organisation",
    "attempts": "attempts",
    "records": "records",
    "first_at": "first",
    "last_at": "last",
}
_ATTEMPTS = {
    "last_at": "last",
    "route": "where",
    "command": "to record",
    "about": "about",
    "refusal": "refused as",
    "attempts": "times",
    "different": "not named",
}

_REVIEW = {
    "who": "who",
    "role": "role",
    "organisation": "organisation",
    "first_seen": "first seen",
    "last_seen": "last seen",
    "people_read": "people read",
    "exports": "exports",
    "recorded": "recorded",
    "refused": "refused",
}
_GRANTS = {
    "requested_at": "asked",
    "who": "who",
    "role": "role",
    "organisation": "organisation",
    "customer_id": "customer",
    "until": "until",
    "emergency": "emergency",
    "state": "state",
}


def attempts(
    who: Annotated[str | None, typer.Option("--who", help="Each attempt of this pseudonym.", metavar="WHO")] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Look up who the pseudonym is, as a records manager; that is recorded.")
    ] = False,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List who was refused a record, an answer or a command that is not theirs, by a pseudonym and how often."""
    from api.casework import attempts as casework
    from api.parameters import MOST_ROWS

    by = caller(role, organisation)
    rows: list[RefusedAttempt] = []
    tried: list[TriedBy] = []
    with opened_runtime() as runtime:
        if open_:
            show({"who": who, "subject": casework.opened(runtime, by, who or "")}, as_json=as_json)
            return
        page = casework.listed(runtime, by, who=who, limit=MOST_ROWS)
        rows += page.rows
        following = page.next
        while following is not None:
            more = casework.listed(runtime, by, who=who, after=following, limit=MOST_ROWS)
            rows, following = [*rows, *more.rows], more.next
        key: TriedKey | None = None
        while who is None and (key is not None or not tried):
            found = casework.by_caller(runtime, by, after=key, limit=MOST_ROWS)
            tried, key = [*tried, *found.rows], found.next
            if key is None:
                break
    result: dict[str, Any] = {**page.as_json(), "rows": [row.as_json() for row in rows]}
    if who is None:
        result["callers"] = [row.as_json() for row in tried]
    show(result, as_json=as_json, lines=lambda: _attempt_lines(result))


def _attempt_lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['count']:,} attempts were refused."
    callers = result.get("callers")
    if callers:
        yield from table(callers, _TRIED)
    elif callers is None and result["rows"]:
        yield from table(result["rows"], _ATTEMPTS)


def grants(
    state: Annotated[
        str | None,
        typer.Option(help="Only those waiting, approved, refused, ended or over.", metavar="STATE"),
    ] = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List who asked to read whom beyond their own, until when, and how each grant stands."""
    from api.casework import grants as casework
    from api.parameters import MOST_ROWS

    by = caller(role, organisation)
    rows: list[AccessGrant] = []
    after: int | None = 0
    with opened_runtime() as runtime:
        while after is not None:
            page = casework.listed(runtime, by, state=state, after=after, limit=MOST_ROWS)
            rows, after = [*rows, *page.rows], page.next
    result: dict[str, Any] = {"count": len(rows), "rows": [row.as_json() for row in rows]}
    show(result, as_json=as_json, lines=lambda: _grant_lines(result))


def _grant_lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['count']:,} grants."
    if result["rows"]:
        yield from table(result["rows"], _GRANTS)


def access_review(
    quarter: Annotated[
        str | None, typer.Option("--quarter", help="Such as 2026Q4; the one of today when left out.", metavar="Q")
    ] = None,
    find: Annotated[
        bool, typer.Option("--find", help="Record a finding for each reading that stands out and has none yet.")
    ] = False,
    format_: Annotated[
        Literal["table", "csv"], typer.Option("--format", help="table, or csv for a spreadsheet.")
    ] = "table",
    out: Out = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List who had access in a quarter and what they did with it; or record what stands out."""
    from api.casework import access_review as casework

    by = caller(role, organisation)
    with opened_runtime() as runtime:
        if find:
            show(casework.find(runtime, by).as_json(), as_json=as_json)
            return
        page = casework.everything(runtime, by, quarter=quarter)
    if format_ == "csv" and not as_json:
        write_out(casework.as_csv(page), out)
        return
    result: dict[str, Any] = {**page.as_json(), "count": len(page.rows)}
    show(result, as_json=as_json, lines=lambda: _review_lines(result))


def _review_lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['count']:,} had access in {result['quarter']}."
    if result["rows"]:
        yield from table(result["rows"], _REVIEW)
