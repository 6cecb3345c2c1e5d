"""The commands about rights requests: the list with what is due when, and one request with its clock and steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.options import CASE_WORKER, CONTROLLER, AsJson, OnDay, Organisation, Role, caller, opened_runtime
from api.cli.output import json_rows, outline, say, show, table

if TYPE_CHECKING:
    from api.casework.requests import OpenedRequest
    from projections.requests.rows import KindCount, RequestRow

KnownOn = Annotated[
    str | None, typer.Option("--known-on", help="By what had been recorded at the end of this day.", metavar="DATE")
]
_LIST = {
    "request_id": "request",
    "kind": "kind",
    "state": "state",
    "received_on": "received",
    "due_on": "due",
    "target_on": "target",
    "late": "late",
    "organisation": "received by",
}
_COUNTS = {"kind": "kind", "open": "open", "late": "late", "closed": "closed"}
_RECIPIENTS = {
    "recipient": "recipient",
    "matter": "of the",
    "state": "state",
    "due_on": "due",
    "told_at": "told",
    "confirmed_at": "confirmed",
    "late": "late",
}
_STEPS = {"position": "position", "occurred_at": "occurred", "label": "what happened"}
_CLOCK = (
    "request_id",
    "kind",
    "customer_id",
    "state",
    "received_on",
    "restarted_on",
    "closed_on",
    "due_on",
    "target_on",
    "late",
    "days_left",
    "rule",
    "waiting_for",
    "told_due_on",
    "clock",
    "findings",
    "calendar",
)


def requests(
    kind: Annotated[
        str | None, typer.Option(help="Only requests of this kind: access, erasure, complaint and so on.")
    ] = None,
    received_by: Annotated[
        str | None, typer.Option(help="Only what this organisation received.", metavar="CODE")
    ] = None,
    state: Annotated[Literal["open", "closed"] | None, typer.Option(help="Only what is open, or closed.")] = None,
    late: Annotated[bool | None, typer.Option("--late/--in-time", help="Only what is late, or what is not.")] = None,
    on: OnDay = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List rights requests and complaints with what is due when, and how many of each kind there are."""
    from api.casework import requests
    from api.parameters import MOST_ROWS, day

    by, when = caller(role, organisation), day(on) if on else None
    with opened_runtime() as runtime:
        asked = requests.wanted(runtime, by, kind=kind, organisation=received_by, state=state, late=late)
        page = requests.listed(runtime, by, asked, on=when, limit=MOST_ROWS)
        rows, following = [*page.rows], page.next
        while following is not None:
            more = requests.listed(runtime, by, asked, on=when, after=following, limit=MOST_ROWS)
            rows += more.rows
            following = more.next
        counted = requests.counts(runtime, by, asked, on=when).kinds
    _warn(page.warning)
    result = {
        **page.as_json(),
        "rows": [row.as_json() for row in rows],
        "counts": [count.as_json() for count in counted],
    }
    show(result, as_json=as_json, lines=lambda: _list_lines(rows, counted))


def request(
    request_id: Annotated[str, typer.Argument(help="The request's id, a UUID.", metavar="ID")],
    on: OnDay = None,
    known_on: KnownOn = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Show a rights request: when it is due and why, the days that did not count, who is to hear of it, every step."""
    from api.casework import requests
    from api.parameters import day, request_number

    number, by = request_number(request_id), caller(role, organisation)
    when, known = day(on) if on else None, day(known_on) if known_on else None
    with opened_runtime() as runtime:
        found = requests.opened(runtime, number, by, route="ledger request", on=when, known_on=known)
    _warn(found.warning)
    show(found.as_json(), as_json=as_json, lines=lambda: _request_lines(found))


def _list_lines(rows: list[RequestRow], counted: list[KindCount]) -> Iterator[str]:
    yield from table(json_rows(rows), _LIST, total=len(rows)) if rows else iter(["No request."])
    yield ""
    yield from table(json_rows(counted), _COUNTS)


def _request_lines(found: OpenedRequest) -> Iterator[str]:
    shown = found.as_json()
    yield from outline({name: shown[name] for name in _CLOCK})
    yield ""
    recipients = [row for matter in found.matters for row in matter.as_json() if isinstance(row, dict)]
    if recipients:
        yield from table(recipients, _RECIPIENTS)
        yield ""
    yield from table(json_rows(found.steps), _STEPS, total=len(found.steps))


def _warn(sentence: str | None) -> None:
    if sentence is not None:
        say(f"ledger: {sentence}")
