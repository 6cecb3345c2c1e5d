"""The command about the quarantine: what could not be recorded, one line of it opened, one discarded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from api.cli.options import (
    CONTROLLER,
    RECORDS_MANAGER,
    AsJson,
    Organisation,
    Out,
    Role,
    caller,
    opened_runtime,
    write_out,
)
from api.cli.output import json_rows, show, table

if TYPE_CHECKING:
    from uuid import UUID

    from api.casework.quarantine import QuarantineLine
    from api.casework.runtime import Runtime
    from ledger.caller import Caller

_LIST = {
    "received_at": "received",
    "age_days": "days",
    "owner": "sent by",
    "source": "source",
    "line": "line",
    "reason": "reason",
    "field": "field",
    "id": "id",
}


def quarantine(
    open_: Annotated[
        str | None, typer.Option("--open", help="Show what this line says; that is recorded first.", metavar="ID")
    ] = None,
    discard: Annotated[
        str | None, typer.Option("--discard", help="Let go of this line for good; that is recorded.", metavar="ID")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why it is discarded: recorded-otherwise, sent-by-mistake or not-a-report.")
    ] = None,
    out: Out = None,
    role: Role = RECORDS_MANAGER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List what could not be recorded and waits to be corrected, or open or discard one line of it."""
    from api.casework import quarantine as casework
    from ledger.errors import Malformed

    if (open_ and discard) or (reason and not discard) or (out and not open_):
        raise Malformed("Say --open with or without --out, or --discard with --reason, or neither.")
    by, line_id = caller(role, organisation), _line_id(open_ or discard)
    with opened_runtime() as runtime:
        if line_id is None:
            rows = _rows(runtime, by)
            result = {"count": len(rows), "rows": [row.as_json() for row in rows]}
            show(result, as_json=as_json, lines=lambda: _lines(rows))
        elif discard:
            show(casework.discarded(runtime, line_id, by, reason=reason or "").as_json(), as_json=as_json)
        else:
            content = casework.opened(runtime, line_id, by)
            as_text = {"id": str(line_id), "says": content.decode("utf-8", "backslashreplace")}
            write_out(orjson.dumps(as_text) if as_json else content, out)


def _line_id(text: str | None) -> UUID | None:
    from uuid import UUID

    from ledger.errors import Malformed

    try:
        return UUID(text) if text else None
    except ValueError:
        raise Malformed("A line's id is a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.") from None


def _rows(runtime: Runtime, by: Caller) -> list[QuarantineLine]:
    from api.casework import quarantine as casework
    from api.parameters import MOST_ROWS

    page = casework.listed(runtime, by, limit=MOST_ROWS)
    rows, following = [*page.rows], page.next
    while following is not None:
        page = casework.listed(runtime, by, after=following, limit=MOST_ROWS)
        rows += page.rows
        following = page.next
    return rows


def _lines(rows: list[QuarantineLine]) -> Iterator[str]:
    yield f"{len(rows):,} in the quarantine, each until its corrected report is recorded or it is discarded."
    if rows:
        yield from table(json_rows(rows), _LIST, total=len(rows))
