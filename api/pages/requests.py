"""The pages about rights requests: the list with what is due when, and one request with its clock and its steps."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from api.casework import requests
from api.casework.runtime import House
from api.pages import clock_picture, content, limits
from api.pages.content import PAGE_ROWS
from api.pages.forms import CallerDep, day_of
from api.pages.responses import address, choice, link, noted, page, page_router
from api.parameters import cursor_of, position_of
from api.routes.responses import HouseDep
from ledger import events
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.codes.rights import RULES
from ledger.errors import Malformed, UnknownRequest
from ledger.rules.catalogue import BY_ID
from ledger.state.replay import event_of
from projections.subject_access import data_copy
from projections.wording import request_clock, words
from projections.wording.request_clock import Found, left_in_words
from projections.wording.words import Names

KINDS = {
    "access": "Copy of data",
    "rectification": "Correction",
    "erasure": "Erasure",
    "restriction": "Restriction of use",
    "portability": "Data to take elsewhere",
    "objection": "Objection",
    "complaint": "Complaint",
}
STATES = {
    "open": "open",
    "waiting": "open, waiting for identity or a fee",
    "paused": "open, waiting for an answer",
    "answered": "answered",
    "refused": "refused",
    "withdrawn": "withdrawn",
}
_LATE = {"yes": True, "no": False}

router = page_router()


@router.get("/requests")
def every_request(
    request: Request,
    house: HouseDep,
    by: CallerDep,
    *,
    kind: str = "",
    state: str = "",
    late: str = "",
    cursor: str = "",
) -> Response:
    """How many requests of each kind there are, and one page of those asked for, in the order they were recorded."""
    if late and late not in _LATE:
        raise Malformed("Late is yes or no.", field="late")
    asked = requests.wanted(by, kind=kind or None, state=state or None, late=_LATE.get(late))
    found: dict[str, Any] = requests.listed(house, asked, after=position_of(cursor or None), limit=PAGE_ROWS + 1)
    counted: dict[str, Any] = requests.counts(house, asked)
    names, rows = content.names_of(house), found["rows"]
    said = {"kind": kind, "state": state, "late": late}
    following = cursor_of([rows[PAGE_ROWS - 1]["position"]]) if len(rows) > PAGE_ROWS else None
    return page(
        request,
        "requests.html",
        by=by,
        warning=found["warning"],
        counts=[_counted(one) for one in counted["kinds"]],
        filters=[
            choice("kind", "Kind", kind, KINDS, "Any kind"),
            choice("state", "State", state, {"open": "Open", "closed": "Closed"}, "Open or closed"),
            choice("late", "Late", late, {"yes": "Late only", "no": "In time only"}, "Late or in time"),
        ],
        rows=[listed(row, names) for row in rows[:PAGE_ROWS]],
        next=following and address("/requests", {**said, "cursor": following}),
    )


def _counted(one: Found) -> list[Any]:
    numbers = {"open": {"state": "open"}, "late": {"late": "yes"}, "closed": {"state": "closed"}}
    return [KINDS[one["kind"]]] + [
        link(f"{one[name]:,}", address("/requests", {"kind": one["kind"], **said})) if one[name] else "0"
        for name, said in numbers.items()
    ]


def listed(row: Found, names: Names) -> list[Any]:
    """The cells of one request in a list."""
    due = words.day(row["due_on"]) if row["due_on"] else "no day is set"
    target = row["target_on"] and row["target_on"] != row["due_on"] and f"target {words.day(row['target_on'])}"
    about = row["customer_id"]
    return [
        link(KINDS[row["kind"]], f"/requests/{row['request_id']}", row["request_id"]),
        noted(left_in_words(row), "to acknowledge it" if row["kind"] == "complaint" and row["due_on"] else None),
        noted(due, target or None),
        STATES[row["state"]],
        noted(words.day(row["received_on"]), f"by {words.organisation(row['organisation'], names)}"),
        link(about, f"/customers/{about}") if about else "nobody named yet",
    ]


@router.get("/requests/{request_id}")
def one_request(request: Request, request_id: UUID, house: HouseDep, by: CallerDep) -> Response:
    """One request as it stands, or as it was known at the end of an earlier day; the reading is recorded."""
    error = None
    try:
        known_on = day_of(request.query_params, "known_on")
        found = _opened(house, request_id, by, known_on)
    except (Malformed, UnknownRequest) as refused:
        known_on, found = None, _opened(house, request_id, by, None)
        unknown = "Nothing was known of this request on that day. Below it is as it is known now."
        error = unknown if isinstance(refused, UnknownRequest) else refused.sentence
    return page(
        request,
        "request.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        by=by,
        asked=in_words(house, request_id, found, known_on),
        error=error,
    )


def _opened(house: House, number: UUID, by: Caller, known_on: date | None) -> Any:  # noqa: ANN401 (an answer's JSON)
    return requests.one(house, number, by, route="request page", known_on=known_on)


def in_words(house: House, number: UUID, found: Found, known_on: date | None) -> dict[str, Any]:
    """A request in words; call only after the reading was recorded."""
    names = content.names_of(house)
    on = known_on or london_day(house.ledger.now())
    marks = request_clock.marks(found, on, today=known_on is None)
    return {
        "request_id": str(number),
        "kind": KINDS[found["kind"]],
        "customer_id": found["customer_id"],
        "state": STATES[found["state"]],
        "left": left_in_words(found),
        "due": found["due_on"] and words.day(found["due_on"]),
        "known_on": known_on,
        "on": on,
        "warning": found["warning"],
        "calendar": found["calendar"]["version"],
        "explained": request_clock.explained(found, words.organisation(found["organisation"], names)),
        "days": [[mark.when, mark.what, mark.effect] for mark in marks],
        "picture": clock_picture.draw(marks),
        "law": (found["rule"], RULES[found["rule"]].sentence if found["rule"] in RULES else None),
        "findings": [_finding(one) for one in found["findings"]],
        "recipients": limits.recipients(found["recipients"], names),
        "hold": _hold(house, found, known_on),
        "steps": _steps(house, number, found, names),
    }


def _finding(one: Found) -> list[Any]:
    rule = link(one["rule"], f"/rules/{one['rule']}") if one["rule"] in BY_ID else one["rule"]
    severity = f"{one['severity']}: {words.SEVERITIES[one['severity']]}"
    return [rule, f"“{one['sentence']}”", severity, one.get("state", "not recorded"), words.day(one["on"])]


def _steps(house: House, number: UUID, found: Found, names: Names) -> list[dict[str, Any]]:
    """Each step that was known, opened as far as it still can be."""
    opened, known = house.ledger.unsealed(number), {step["position"] for step in found["steps"]}
    return [
        data_copy.entry_in_words(
            entry,
            event_of(entry, opened.get(entry.position)),
            names,
            "destroyed" if entry.commitment is not None and entry.position not in opened else None,
        ).as_json()
        for entry in house.ledger.history(number)
        if entry.position in known
    ]


def _hold(house: House, found: Found, known_on: date | None) -> dict[str, str | None] | None:
    """The hold on the person's records because of a request: it has the request's number, or that of a restriction."""
    if found["customer_id"] is None:
        return None
    numbers = {found["request_id"]}
    hold: dict[str, str | None] | None = None
    for entry in house.ledger.history(UUID(found["customer_id"])):
        if known_on is not None and london_day(entry.recorded_at) > known_on:
            continue
        match event_of(entry):
            case events.ProcessingRestricted(request_id=asked, restriction_id=number) if asked == found["request_id"]:
                numbers.add(number)
            case events.HoldPlaced(hold_id=placed) as event if placed in numbers:
                hold = {
                    "placed": words.day(entry.occurred_at),
                    "review": event.review_on and words.day(event.review_on),
                    "lifted": None,
                }
            case events.HoldLifted(hold_id=lifted) if hold is not None and lifted in numbers:
                hold["lifted"] = words.day(entry.occurred_at)
            case _:
                continue
    return hold
