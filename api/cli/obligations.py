"""The command about obligations: what is owed, by whom and until when, and recording what was not done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli.options import CASE_WORKER, CONTROLLER, AsJson, OnDay, Role, caller, opened_house
from api.cli.output import progress, show, table

_LIST = {
    "due_on": "due",
    "state": "state",
    "kind": "what is owed",
    "owner": "by",
    "recipient": "to",
    "customer_id": "customer",
    "subject_id": "about",
    "rule": "rule",
}


def obligations(
    organisation: Annotated[
        str | None,
        typer.Option("--organisation", help="Owed by this organisation and its sub-contractors.", metavar="CODE"),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind only, such as incorporate-email.")] = None,
    state: Annotated[str | None, typer.Option(help="late, due-soon, open or done; all but done when left out.")] = None,
    customer: Annotated[str | None, typer.Option(help="About this customer only.", metavar="ID")] = None,
    on: OnDay = None,
    find_late: Annotated[
        bool, typer.Option("--find-late", help="Record a finding for each that is late and has none yet.")
    ] = False,
    role: Role = CASE_WORKER,
    as_json: AsJson = False,
) -> None:
    """List what is owed after data was shared, received or corrected: by whom, until when, under which rule."""
    from api.casework import obligations as answered
    from api.parameters import MOST_ROWS, customer_number, day
    from projections.obligations.read import key_of

    by = caller(role, organisation or CONTROLLER)
    when, whom = day(on) if on else None, customer_number(customer) if customer else None
    with opened_house() as house:
        if find_late:
            with progress("finding what is late") as advance:
                step = None if advance is None else lambda done, total: advance("finding what is late", done, total)
                found = answered.find_late(house, by, progress=step)
            show(found, as_json=as_json)
            return
        asked = answered.wanted(house, by, organisation=organisation, kind=kind, state=state, customer=whom)
        result: dict[str, Any] = answered.listed(house, asked, on=when, limit=MOST_ROWS)
        rows: list[Any] = result["rows"]
        while len(rows) % MOST_ROWS == 0 and rows:
            more: dict[str, Any] = answered.listed(house, asked, on=when, after=key_of(rows[-1]), limit=MOST_ROWS)
            if not more["rows"]:
                break
            rows += more["rows"]
    result = {**result, "count": len(rows), "rows": rows}
    show(result, as_json=as_json, lines=lambda: _lines(result))


def _lines(result: dict[str, Any]) -> Iterator[str]:
    counts = result["counts"]
    yield f"{counts['late']:,} late, {counts['due-soon']:,} due soon, {counts['open']:,} open, {counts['done']:,} done."
    if result["rows"]:
        yield from table(result["rows"], _LIST)
    if result["warning"]:
        yield result["warning"]
