"""The command `ledger demo` and how its summary looks at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli.options import AsJson, opened_runtime
from api.cli.output import progress, say, show, table

WIDEST_ITEMS = 48
_SHARES = {"on": "on", "from": "from", "to": "to", "channel": "how", "items": "what", "confirmed": "confirmed"}
_DUE = {"customer_id": "customer", "class": "class", "destroy_by": "destroy by", "rule": "rule", "held_by": "held by"}


def demo(
    customers: Annotated[int, typer.Option(help="How many invented customers to add to the samples.", min=1)] = 500,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the summary.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the ledger at work on an invented world: import, record, ask, report, what is due; then serve."""
    from api import demo as demonstration
    from api import server

    with server.stopped_by_signal(), opened_runtime() as runtime:
        with progress("starting") as advance:
            summary = demonstration.run(runtime, customers=customers, progress=advance)
        result = summary.as_json()
        show(result, as_json=as_json, lines=lambda: _lines(result, no_serve=no_serve))
        if not no_serve:
            server.serve(runtime, ready=lambda address: typer.echo(f"Serving on {address}", err=as_json), warn=say)


def _lines(result: dict[str, Any], *, no_serve: bool) -> Iterator[str]:
    documents, commands = result["documents"], result["commands"]
    yield (
        f"{documents['read']:,} documents: {documents['recorded']:,} recorded,"
        f" {documents['duplicates']:,} known already, {documents['rejected']:,} rejected."
    )
    yield (
        f"{sum(commands.values()):,} commands: {commands['recorded']:,} recorded,"
        f" {commands['repeated']:,} known already, {commands['refused']:,} refused."
    )
    for reason, count in result["refusals"].items():
        yield f"  {count:,} refused: {reason}"
    yield ""
    yield f"Who got or sent data about customer {result['customer_id']}:"
    yield from table([_share(row) for row in result["shares"]], _SHARES)
    yield ""
    yield f"Their subject-access report: {result['report']}"
    yield ""
    yield f"{result['due']:,} records are due for destruction on {result['on']}, the oldest first:"
    yield from table(result["due_rows"], _DUE, total=result["due"])
    yield f"{result['exceptions']:,} have no period: the organisation responsible has set none."
    owed = result["obligations"]
    yield (
        f"{owed['late']:,} obligations are late, {owed['due-soon']:,} due soon and {owed['open']:,} open:"
        " ledger obligations"
    )
    yield f"{result['open_breaches']:,} breach assessments are open: ledger breaches --state open"
    yield ""
    verdict = result["verify"]
    fits = "each as it was written" if verdict["ok"] else f"and they do not fit together: {verdict['why']}"
    yield f"{verdict['entries']:,} entries, {fits}. Root: {verdict['root']}"
    yield f"The pages: {result['pages']}{' (ledger serve)' if no_serve else ''}"
    yield f"This customer's: {result['pages']}/customers/{result['customer_id']}"


def _share(row: dict[str, Any]) -> dict[str, Any]:
    from projections.wording import codes

    return {
        "on": row["at"][:10],
        "from": row["from"].get("name") or row["from"].get("organisation"),
        "to": row["to"].get("name") or row["to"].get("organisation"),
        "channel": (row["channel"] or "not recorded").lower(),
        "items": textwrap.shorten(", ".join(codes.items(row["items"])), WIDEST_ITEMS, placeholder=" …"),
        "confirmed": (row["confirmed_at"] or "")[:10],
    }
