"""The command about commands: what may be recorded, and which fields each takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli.options import AsJson
from api.cli.output import show, table

_COMMANDS = {"type": "command", "about": "about", "records": "what it records", "needs": "needs"}
_FIELDS = {"field": "field", "needed": "needed", "must_be": "must be", "kept": "kept", "means": "means"}


def commands(
    type_: Annotated[str | None, typer.Argument(help="One command, such as share-data.", metavar="[TYPE]")] = None,
    as_json: AsJson = False,
) -> None:
    """Show every command that can be recorded or proposed, or one with its fields: what each means and must be."""
    from ledger.commands.declaration import COMMANDS
    from ledger.commands.reader import described
    from ledger.errors import Malformed

    if type_ is None:
        rows: list[dict[str, Any]] = [described(kind) for kind in COMMANDS.values()]
        show({"count": len(rows), "commands": rows}, as_json=as_json, lines=lambda: table(rows, _COMMANDS))
        return
    kind = COMMANDS.get(type_)
    if kind is None:
        raise Malformed("There is no such command to record; `ledger commands` lists them.")
    result: dict[str, Any] = described(kind)
    show(result, as_json=as_json, lines=lambda: _lines(result))


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['records']}. Beside these it has id (a UUID), type, occurred_at and {result['about']}."
    yield from table([{**row, "needed": "yes" if row["needed"] else ""} for row in result["fields"]], _FIELDS)
