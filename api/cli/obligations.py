"""The command about obligations: who must do what by when, and recording what was not done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import CASE_WORKER, CONTROLLER, AsJson, OnDay, Role, caller, opened_runtime
from api.cli.output import json_rows, progress, show, table

if TYPE_CHECKING:
    from api.casework.obligations import ObligationPage
    from projections.obligations.read import Obligation

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
    from api.casework import obligations as casework
    from api.parameters import MOST_ROWS, customer_number, day

    by = caller(role, organisation or CONTROLLER)
    when, whom = day(on) if on else None, customer_number(customer) if customer else None
    with opened_runtime() as runtime:
        if find_late:
            with progress("finding what is late") as advance:
                step = None if advance is None else lambda done, total: advance("finding what is late", done, total)
                found = casework.find_late(runtime, by, progress=step)
            show(found.as_json(), as_json=as_json)
            return
        asked = casework.wanted(runtime, by, organisation=organisation, kind=kind, state=state, customer_id=whom)
        page = casework.listed(runtime, by, asked, on=when, limit=MOST_ROWS)
        rows, following = [*page.rows], page.next
        while following is not None:
            more = casework.listed(runtime, by, asked, on=when, after=following, limit=MOST_ROWS)
            rows += more.rows
            following = more.next
    result = {**page.as_json(), "count": len(rows), "rows": [page.row_as_json(row) for row in rows]}
    show(result, as_json=as_json, lines=lambda: _lines(page, rows))


def _lines(page: ObligationPage, rows: list[Obligation]) -> Iterator[str]:
    counts = page.counts
    yield f"{counts.late:,} late, {counts.due_soon:,} due soon, {counts.open:,} open, {counts.done:,} done."
    if rows:
        yield from table(json_rows(rows), _LIST, total=len(rows))
    if page.warning:
        yield page.warning
