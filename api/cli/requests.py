"""The commands about rights requests: the list with what is due when, and one request with its clock and steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import typer

from api.cli.options import CASE_WORKER, CONTROLLER, AsJson, OnDay, Organisation, Role, caller, opened_house
from api.cli.output import outline, say, show, table

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
    asked = requests.wanted(by, kind=kind, organisation=received_by, state=state, late=late)
    rows: list[Any] = []
    with opened_house() as house:
        said: dict[str, Any] = requests.listed(house, asked, on=when, limit=MOST_ROWS)
        while page := said["rows"]:
            rows += page
            said = requests.listed(house, asked, on=when, after=page[-1]["position"], limit=MOST_ROWS)
        counted: Any = requests.counts(house, asked, on=when)["kinds"]
    _warn(said["warning"])
    result = {**said, "rows": rows, "counts": counted}
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
    with opened_house() as house:
        found = requests.one(house, number, by, route="ledger request", on=when, known_on=known)
    _warn(found["warning"])
    show(found, as_json=as_json, lines=lambda: _one_lines(found))


def _list_lines(rows: list[Any], counted: list[Any]) -> Iterator[str]:
    yield from table(rows, _LIST) if rows else iter(["No request."])
    yield ""
    yield from table(counted, _COUNTS)


def _one_lines(found: dict[str, Any]) -> Iterator[str]:
    yield from outline({name: found[name] for name in _CLOCK})
    yield ""
    if found["recipients"]:
        yield from table(found["recipients"], _RECIPIENTS)
        yield ""
    yield from table(found["steps"], _STEPS)


def _warn(sentence: object) -> None:
    if sentence is not None:
        say(f"ledger: {sentence}")
