"""The commands about claims: the reports that wait to be confirmed, one of them opened, and the answer to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.options import CASE_WORKER, CONTROLLER, AsJson, Role, caller, opened_runtime
from api.cli.output import json_rows, outline, show, table

if TYPE_CHECKING:
    from api.casework.claims import ListedClaim, OpenedClaim

Acting = Annotated[
    str | None,
    typer.Option(
        "--organisation", help="Act for this organisation, and list what it reported or is named in.", metavar="CODE"
    ),
]
_LIST = {
    "claim_id": "claim",
    "state": "state",
    "command": "report",
    "because": "because",
    "claimant": "reported by",
    "organisation": "whose act",
    "received_at": "received",
    "about": "about",
}


def claims(
    state: Annotated[
        Literal["waiting", "confirmed", "disputed"] | None, typer.Option(help="Only what waits, or was answered so.")
    ] = None,
    about: Annotated[str | None, typer.Option(help="About this customer or request only.", metavar="ID")] = None,
    confirm: Annotated[
        str | None, typer.Option(help="Confirm this claim, so that it takes effect.", metavar="ID")
    ] = None,
    dispute: Annotated[str | None, typer.Option(help="Dispute this claim, with --reason.", metavar="ID")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is disputed or confirmed.")] = None,
    organisation: Acting = None,
    role: Role = CASE_WORKER,
    as_json: AsJson = False,
) -> None:
    """List reports that wait to be confirmed, or confirm or dispute one of them."""
    from api.casework import claims as casework
    from api.parameters import claim_number, customer_number
    from ledger.errors import Malformed

    if (confirm and dispute) or (reason and not (confirm or dispute)):
        raise Malformed("Say --confirm or --dispute with --reason, or neither.")
    by = caller(role, organisation or CONTROLLER)
    with opened_runtime() as runtime:
        if answered := confirm or dispute:
            number = claim_number(answered)
            receipt = casework.answer(runtime, number, by, confirm=confirm is not None, reason=reason)
            result = {"claim_id": str(number), "state": "confirmed" if confirm else "disputed", **receipt.as_json()}
            show(result, as_json=as_json)
            return
        asked = casework.wanted(state=state, about=customer_number(about) if about else None, organisation=organisation)
        rows = casework.everything(runtime, by, asked)
    found = {"count": len(rows), "rows": [row.as_json() for row in rows]}
    show(found, as_json=as_json, lines=lambda: _lines(rows))


def claim(
    claim_id: Annotated[str, typer.Argument(help="The claim's id, a UUID.", metavar="ID")],
    organisation: Annotated[
        str, typer.Option("--organisation", help="The organisation you act for.", metavar="CODE")
    ] = CONTROLLER,
    role: Role = CASE_WORKER,
    as_json: AsJson = False,
) -> None:
    """Show a report that waits, with what it says; the reading is recorded first."""
    from api.casework import claims as casework
    from api.parameters import claim_number

    number, by = claim_number(claim_id), caller(role, organisation)
    with opened_runtime() as runtime:
        found = casework.opened(runtime, number, by, route="ledger claim")
    show(found.as_json(), as_json=as_json, lines=lambda: _opened_lines(found))


def _lines(rows: list[ListedClaim]) -> Iterator[str]:
    waiting = sum(1 for row in rows if row.row.state == "waiting" and not row.row.destroyed)
    yield f"{waiting:,} waiting of {len(rows):,}."
    if rows:
        yield from table(json_rows(rows), _LIST, total=len(rows))


def _opened_lines(found: OpenedClaim) -> Iterator[str]:
    yield from outline({**found.listed.as_json(), "reason": found.reason})
    yield "reported:"
    for field in found.words.fields:
        yield f"  {field.label}: {field.text}"
    answers = [word for word, may in (("confirm", found.answers.confirm), ("dispute", found.answers.dispute)) if may]
    if answers:
        yield f"You may {' or '.join(answers)} it."
