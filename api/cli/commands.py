"""The command about commands: what may be recorded, which fields each takes, and an example of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import typer

from api.cli.options import AsJson
from api.cli.output import show, table

_COMMANDS = {"type": "command", "about": "about", "records": "what it records", "needs": "needs"}


def commands(
    type_: Annotated[str | None, typer.Argument(help="One command, such as share-data.", metavar="[TYPE]")] = None,
    for_: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            help="Show only what matters for this: email, post, hand, telephone, system, courier, research …;"
            " it may be named several times.",
            metavar="FOR",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every command that can be recorded or proposed, or one with its fields, their codes and an example."""
    from ledger.commands.catalogue import COMMANDS
    from ledger.commands.description import (
        command_named,
        conditions_of,
        described,
        refuse_unknown_conditions,
        with_example,
    )

    conditions = for_ or []
    refuse_unknown_conditions(conditions)
    if type_ is None:
        chosen = [kind for kind in COMMANDS.values() if {*conditions} <= {*conditions_of(kind)}]
        rows: list[dict[str, Any]] = [described(kind, conditions) for kind in chosen]
        show({"count": len(rows), "commands": rows}, as_json=as_json, lines=lambda: table(rows, _COMMANDS))
        return
    result: dict[str, Any] = with_example(command_named(type_), conditions)
    show(result, as_json=as_json, lines=lambda: _lines(result))


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['records']}. Beside these it has id (a UUID), type, occurred_at and {result['about']}."
    yield f"Who may record it: {', '.join(result['permitted'])}."
    for row in result["fields"]:
        yield ""
        yield f"{row['field']}{' (needed)' if row['needed'] else ''}: {row['means']}"
        matters = "" if row["when"] == "always" else f"; matters {row['when']}"
        limits = f" ({row['limits']})" if row["limits"] else ""
        yield f"    {row['must_be']}{limits}, {row['kept']}{matters}"
        if row["codes"]:
            more = "; other values are recorded as they are" if row["other_values"] else ""
            yield f"    codes: {', '.join(row['codes'])}{more}"
    if result["conditions"]:
        yield ""
        yield f"With --for it shows only what matters for one of: {', '.join(result['conditions'])}."
    yield ""
    before = f", once there is {', '.join(result['after'])}" if result["after"] else ""
    yield f"Example{before}:"
    yield orjson.dumps(result["example"], option=orjson.OPT_INDENT_2).decode()
