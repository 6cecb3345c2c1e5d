"""The pages about rights requests: the list with what is due when, and one request with its clock and its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from uuid import UUID

from fastapi import Request, Response

from api.casework import requests
from api.casework.requests import OpenedRequest, RaisedFinding
from api.casework.runtime import Runtime
from api.cursors import cursor_of, position_of
from api.dependencies import RuntimeDep
from api.pages import clock_picture, overview, restrictions
from api.pages.forms import CallerDep, day_of
from api.pages.overview import PAGE_ROWS
from api.pages.responses import (
    Cell,
    address,
    choice,
    count_cell,
    customer_cell,
    link,
    noted,
    page,
    page_router,
)
from ledger import events
from ledger.caller import Caller
from ledger.clocks import end_of_day, london_day
from ledger.codes.rights import RULES
from ledger.errors import Malformed, UnknownRequest
from ledger.events import Json
from ledger.rules.catalogue import BY_ID
from ledger.state.replay import event_of
from projections.requests.rows import KindCount, RequestRow
from projections.subject_access import data_copy
from projections.wording import codes, dates, parties, request_clock
from projections.wording.parties import Names
from projections.wording.request_clock import left_in_words

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
    runtime: RuntimeDep,
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
    asked = requests.wanted(runtime, by, kind=kind or None, state=state or None, late=_LATE.get(late))
    found = requests.listed(runtime, by, asked, after=position_of(cursor or None), limit=PAGE_ROWS)
    counted = requests.counts(runtime, by, asked)
    names = overview.names_of(runtime)
    chosen = {"kind": kind, "state": state, "late": late}
    following = cursor_of([found.next]) if found.next is not None else None
    return page(
        request,
        "requests.html",
        by=by,
        names=names,
        warning=found.warning,
        counts=[_counted(count) for count in counted.kinds],
        filters=[
            choice("kind", "Kind", kind, KINDS, "Any kind"),
            choice("state", "State", state, {"open": "Open", "closed": "Closed"}, "Open or closed"),
            choice("late", "Late", late, {"yes": "Late only", "no": "In time only"}, "Late or in time"),
        ],
        rows=[listed(row, names) for row in found.rows],
        next=following and address("/requests", {**chosen, "cursor": following}),
    )


def _counted(count: KindCount) -> list[Cell]:
    columns = ((count.open, "state", "open"), (count.late, "late", "yes"), (count.closed, "state", "closed"))
    return [KINDS[count.kind]] + [
        count_cell(number, address("/requests", {"kind": count.kind, name: value})) for number, name, value in columns
    ]


def listed(row: RequestRow, names: Names) -> list[Cell]:
    """The cells of one request in a list."""
    at = row.standing
    due = dates.day(at.due_on) if at.due_on else "no day is set"
    target = f"target {dates.day(at.target_on)}" if at.target_on and at.target_on != at.due_on else None
    return [
        link(KINDS[row.kind], f"/requests/{row.request_id}", str(row.request_id)),
        noted(left_in_words(row.as_json()), "to acknowledge it" if row.kind == "complaint" and at.due_on else None),
        noted(due, target),
        STATES[at.state],
        noted(dates.day(row.received_on), f"by {parties.organisation(row.organisation, names)}"),
        customer_cell(row.customer_id) if row.customer_id else "nobody named yet",
    ]


@router.get("/requests/{request_id}")
def request_page(request: Request, request_id: UUID, runtime: RuntimeDep, by: CallerDep) -> Response:
    """One request as it stands, or as it was known at the end of an earlier day; the reading is recorded."""
    error = None
    try:
        known_on = day_of(request.query_params, "known_on")
        found = _opened(runtime, request_id, by, known_on)
    except (Malformed, UnknownRequest) as refused:
        known_on, found = None, _opened(runtime, request_id, by, None)
        unknown = "Nothing was known of this request on that day. Below it is as it is known now."
        error = unknown if isinstance(refused, UnknownRequest) else refused.sentence
    return page(
        request,
        "request.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        by=by,
        asked=in_words(runtime, found, known_on),
        error=error,
    )


def _opened(runtime: Runtime, request_id: UUID, by: Caller, known_on: date | None) -> OpenedRequest:
    return requests.opened(runtime, request_id, by, route="request page", known_on=known_on)


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldInWords:
    """The hold on the person's records because of a request, in words."""

    placed: str
    review: str | None
    lifted: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestInWords:
    """A request as its page shows it."""

    request_id: UUID
    kind: str
    customer_id: UUID | None
    state: str
    left: str
    known_on: date | None
    on: date
    warning: str | None
    calendar: str
    explained: Sequence[tuple[str, str]]
    days: Sequence[Sequence[str]]
    picture: str
    law: tuple[str, str | None]
    findings: Sequence[Sequence[Cell]]
    recipients: Sequence[Sequence[Cell]]
    hold: HoldInWords | None
    steps: Sequence[Mapping[str, Json]]


def in_words(runtime: Runtime, found: OpenedRequest, known_on: date | None) -> RequestInWords:
    """A request in words; call only after the reading was recorded."""
    names, row = overview.names_of(runtime), found.file.request
    on = known_on or london_day(runtime.ledger.now())
    answer = found.as_json()
    marks = request_clock.marks(answer, on, today=known_on is None)
    rule = row.standing.rule
    return RequestInWords(
        request_id=row.request_id,
        kind=KINDS[row.kind],
        customer_id=row.customer_id,
        state=STATES[row.standing.state],
        left=left_in_words(answer),
        known_on=known_on,
        on=on,
        warning=found.warning,
        calendar=row.calendar.version,
        explained=request_clock.explained(answer, parties.organisation(row.organisation, names)),
        days=[[mark.when, mark.what, mark.effect] for mark in marks],
        picture=clock_picture.draw(marks),
        law=(rule, RULES[rule].sentence if rule in RULES else None),
        findings=[_finding(finding) for finding in found.findings],
        recipients=restrictions.recipients(found.matters, names),
        hold=_hold(runtime, row, known_on),
        steps=_steps(runtime, found, names),
    )


def _finding(raised: RaisedFinding) -> list[Cell]:
    rule = raised.broken.rule
    severity = f"{raised.severity}: {codes.SEVERITIES[str(raised.severity)]}"
    return [
        link(rule, f"/rules/{rule}") if rule in BY_ID else rule,
        f"“{raised.broken.sentence}”",
        severity,
        raised.finding.state if raised.finding else "not recorded",
        dates.day(raised.broken.on),
    ]


def _steps(runtime: Runtime, found: OpenedRequest, names: Names) -> list[Mapping[str, Json]]:
    """Each step that was known, as far as the caller may read it and it still can be opened."""
    opened = {opened.step.position: opened for opened in found.steps}
    return [
        data_copy.entry_in_words(
            entry,
            event_of(entry, step.sealed),
            names,
            "destroyed" if step.destroyed else None,
        ).as_json()
        for entry in runtime.ledger.history(found.file.request.request_id)
        if (step := opened.get(entry.position)) is not None
    ]


def _hold(runtime: Runtime, request: RequestRow, known_on: date | None) -> HoldInWords | None:
    """The hold on the person's records because of a request: it has the request's id, or that of a restriction."""
    if request.customer_id is None:
        return None
    request_id = str(request.request_id)
    hold_ids = {request_id}
    hold: HoldInWords | None = None
    upto = None if known_on is None else runtime.position_at(end_of_day(known_on))
    for entry in runtime.ledger.history(request.customer_id):
        if upto is not None and entry.position > upto:
            continue
        match event_of(entry):
            case events.ProcessingRestricted(request_id=asked, restriction_id=restriction) if asked == request_id:
                hold_ids.add(restriction)
            case events.HoldPlaced(hold_id=placed) as event if placed in hold_ids:
                hold = HoldInWords(
                    placed=dates.day(entry.occurred_at), review=dates.day(event.review_on) if event.review_on else None
                )
            case events.HoldLifted(hold_id=lifted) if hold is not None and lifted in hold_ids:
                hold = replace(hold, lifted=dates.day(entry.occurred_at))
            case _:
                continue
    return hold
