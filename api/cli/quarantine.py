"""The command about the quarantine: what could not be recorded, one line of it opened, one discarded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
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
    file: Annotated[
        str | None, typer.Option("--file", help="Only lines of this file, by its name, or of this door.")
    ] = None,
    open_: Annotated[
        str | None,
        typer.Option("--open", help="Show what this line says, or all of --file; it is recorded.", metavar="ID|all"),
    ] = None,
    discard: Annotated[
        str | None,
        typer.Option("--discard", help="Let go of this line, or all of --file; it is recorded.", metavar="ID|all"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read the lines of --file again. Exit 1 when any is still refused.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Why it is discarded: recorded-otherwise, sent-by-mistake or not-a-report.")
    ] = None,
    out: Out = None,
    role: Role = RECORDS_MANAGER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List what could not be recorded and waits to be corrected; open, read again or discard a line or a file's."""
    from api.casework import quarantine as casework
    from ledger.errors import Malformed

    if (open_ and discard) or (reason and not discard) or (out and not open_) or (again and (open_ or discard)):
        raise Malformed("Say --open with or without --out, --discard with --reason, --again, or none of them.")
    every = "all" in {open_, discard} or again
    if every and file is None:
        raise Malformed("Say with --file whose lines you mean.")
    by, line_id = caller(role, organisation), None if every else _line_id(open_ or discard)
    with opened_runtime() as runtime:
        if file is not None and every:
            _of_file(runtime, by, file, discard=discard is not None, reason=reason or "", again=again, out=out,
                     as_json=as_json)  # fmt: skip
        elif line_id is None:
            rows = _rows(runtime, by, file)
            result = {"count": len(rows), "rows": [row.as_json() for row in rows]}
            show(result, as_json=as_json, lines=lambda: _lines(rows))
        elif discard:
            show(casework.discarded(runtime, line_id, by, reason=reason or "").as_json(), as_json=as_json)
        else:
            content = casework.opened(runtime, line_id, by)
            as_text = {"id": str(line_id), "says": content.decode("utf-8", "backslashreplace")}
            write_out(orjson.dumps(as_text) if as_json else content, out)


def _of_file(
    runtime: Runtime, by: Caller, file: str, *, discard: bool, reason: str, again: bool, out: Path | None, as_json: bool
) -> None:
    from api.casework import quarantined_files as files

    if again:
        read = files.read_again(runtime, by, source=file)
        show(read.as_json(), as_json=as_json)
        if read.rejected:
            raise typer.Exit(1)
    elif discard:
        count = files.discarded(runtime, by, source=file, reason=reason)
        show({"file": file, "discarded": count, "reason": reason}, as_json=as_json)
    else:
        says = list(files.opened(runtime, by, source=file))
        as_text = {"file": file, "says": [content.decode("utf-8", "backslashreplace") for content in says]}
        write_out(orjson.dumps(as_text) if as_json else b"\n".join(says), out)


def _line_id(text: str | None) -> UUID | None:
    from uuid import UUID

    from ledger.errors import Malformed

    try:
        return UUID(text) if text else None
    except ValueError:
        raise Malformed("A line's id is a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.") from None


def _rows(runtime: Runtime, by: Caller, source: str | None) -> list[QuarantineLine]:
    from api.casework import quarantine as casework
    from api.parameters import MOST_ROWS

    page = casework.listed(runtime, by, source=source, limit=MOST_ROWS)
    rows, following = [*page.rows], page.next
    while following is not None:
        page = casework.listed(runtime, by, source=source, after=following, limit=MOST_ROWS)
        rows += page.rows
        following = page.next
    return rows


def _lines(rows: list[QuarantineLine]) -> Iterator[str]:
    yield f"{len(rows):,} in the quarantine, each until its corrected report is recorded or it is discarded."
    if rows:
        yield from table(json_rows(rows), _LIST, total=len(rows))
