"""The command about entries that a view cannot apply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import CONTROLLER, RECORDS_MANAGER, AsJson, Organisation, Role, caller, opened_runtime
from api.cli.output import json_rows, show, table

if TYPE_CHECKING:
    from projections.poison import Poisoned

_ROWS = {
    "view": "view",
    "position": "entry",
    "stream": "record",
    "why": "why",
    "since": "since",
    "set_aside": "set aside by entry",
}


def poison(
    set_aside: Annotated[
        int | None,
        typer.Option("--set-aside", help="Let the view go on without this entry; that is recorded.", metavar="ENTRY"),
    ] = None,
    view: Annotated[str | None, typer.Option(help="The view that is to go on without it.", metavar="VIEW")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why it may: recorded-otherwise, changes-nothing or not-a-report.")
    ] = None,
    role: Role = RECORDS_MANAGER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List the entries that a view cannot apply, or set one aside: until then its record is incomplete."""
    from api.casework import poison as casework
    from ledger.errors import Malformed

    if len({set_aside is None, view is None, reason is None}) > 1:
        raise Malformed("Say --set-aside with --view and --reason, or none of them.")
    by = caller(role, organisation)
    with opened_runtime() as runtime:
        if set_aside is not None and view is not None:
            decided = casework.set_aside(runtime, view, set_aside, by, reason=reason or "")
            show(decided.as_json(), as_json=as_json)
            return
        rows = casework.listed(runtime)
    result = {"count": len(rows), "rows": [row.as_json() for row in rows]}
    show(result, as_json=as_json, lines=lambda: _lines(rows))


def _lines(rows: list[Poisoned]) -> Iterator[str]:
    if not rows:
        yield "Every view applied every entry."
        return
    yield f"{len(rows):,} entries that a view cannot apply; nor does it apply what comes later about their records."
    yield from table(json_rows(rows), _ROWS, total=len(rows))
    yield "A version of the program that can apply an entry does so by itself; `ledger rebuild VIEW` tries again."
