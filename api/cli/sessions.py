"""The command about sessions of the pages: which there are, without whose they are, and ending them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from api.cli.options import AsJson, opened_runtime
from api.cli.output import show, table

_LIST = {
    "id": "id",
    "role": "role",
    "organisation": "organisation",
    "began_at": "began",
    "used_at": "last used",
    "ends_at": "ends at the latest",
}


def sessions(
    end: Annotated[str | None, typer.Option("--end", help="End this session.", metavar="ID")] = None,
    end_all: Annotated[bool, typer.Option("--end-all", help="End every session: everybody signs in again.")] = False,
    as_json: AsJson = False,
) -> None:
    """List who is signed in to the pages, by role and organisation and without names, or end sessions."""
    from api.sessions import Sessions
    from ledger.clocks import instant_text
    from ledger.errors import Malformed

    if end is not None and end_all:
        raise Malformed("Name one session with --end, or all with --end-all.")
    id_ = None if end is None else _id_of(end)
    with opened_runtime() as runtime:
        sessions = Sessions.of(runtime)
        if end is not None or end_all:
            ended = sessions.end_named(id_)
            if id_ is not None and ended == 0:
                raise Malformed("There is no session with this id, or it has ended.")
            show({"ended": ended}, as_json=as_json)
            return
        rows = [
            {
                "id": str(session.id),
                "role": session.role,
                "organisation": session.organisation,
                "began_at": instant_text(session.began_at),
                "used_at": instant_text(session.used_at),
                "ends_at": instant_text(session.ends_at),
            }
            for session in sessions.listed()
        ]
    show({"count": len(rows), "sessions": rows}, as_json=as_json, lines=lambda: table(rows, _LIST))


def _id_of(text: str) -> UUID:
    from ledger.errors import Malformed

    try:
        return UUID(text)
    except ValueError:
        raise Malformed("A session's id is a UUID; `ledger sessions` lists them.") from None
