"""What staff ask about rights requests: the list, the counts, and a request opened once that is recorded (D12)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from api.casework.access import opened_for, own_organisation
from api.casework.runtime import Runtime, Views
from ledger.authority.access import EVERYTHING, Sight, sight_of
from ledger.authority.side import side_of
from ledger.calendars import Calendar
from ledger.caller import Caller, role_and_organisation
from ledger.clocks import end_of_day, instant_text, london_day
from ledger.codes.rights import KINDS
from ledger.errors import Malformed, UnknownRequest
from ledger.events import Json
from ledger.log.codec import Entry
from ledger.state.replay import event_of, is_request, request_of
from projections.findings import read as findings
from projections.findings.rows import Finding
from projections.obligations import read as obligations
from projections.requests import read as requests
from projections.requests.read import Wanted
from projections.requests.rows import KindCount, RequestFile, RequestRow, RequestStep, StepFinding
from projections.subject_access import notifications
from projections.subject_access.notifications import Matter

PURPOSE = "rights request"
STATES = {"open": True, "closed": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestPage:
    """One page of requests as they stand on a day, in the order they were recorded."""

    on: date
    calendar: Calendar
    rows: list[RequestRow]
    next: int | None
    """The position to go on after."""

    @property
    def warning(self) -> str | None:
        return self.calendar.warning(self.on)

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {**_reckoned_with(self.calendar, self.on), "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestCounts:
    """How many requests of each kind there are on a day."""

    on: date
    calendar: Calendar
    kinds: list[KindCount]

    def as_json(self) -> dict[str, Json]:
        """The counts as the outside contract has them."""
        return {**_reckoned_with(self.calendar, self.on), "kinds": [count.as_json() for count in self.kinds]}


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedStep:
    """A step of a request with its sealed fields, unless they were destroyed."""

    step: RequestStep
    sealed: Mapping[str, Json] | None
    destroyed: bool

    def as_json(self) -> dict[str, Json]:
        """The step as the outside contract has it."""
        sealed: Json = dict(self.sealed) if self.sealed else None
        return {**self.step.as_json(), "sealed": sealed, "destroyed": self.destroyed}


@dataclass(frozen=True, kw_only=True, slots=True)
class RaisedFinding:
    """A rule that a step of a request broke, and where its finding stands if one was recorded."""

    broken: StepFinding
    finding: Finding | None

    @property
    def severity(self) -> str | None:
        return self.finding.severity if self.finding else self.broken.severity

    def as_json(self) -> dict[str, Json]:
        """The finding as the outside contract has it."""
        if self.finding is None:
            return self.broken.as_json()
        return {
            **self.broken.as_json(),
            "finding_id": self.finding.finding_id,
            "severity": self.finding.severity,
            "raised_as": self.finding.raised_as,
            "state": self.finding.state,
            "state_since": instant_text(self.finding.state_since),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedRequest:
    """A request with its clock, every step opened, where its findings stand, and who is to hear of what it led to."""

    file: RequestFile
    steps: tuple[OpenedStep, ...]
    findings: tuple[RaisedFinding, ...]
    matters: tuple[Matter, ...]
    """What it corrected, erased or restricted, with everybody who had received that (LAW-A19)."""
    warning: str | None

    def as_json(self) -> dict[str, Json]:
        """The request as the outside contract has it."""
        return {
            **self.file.as_json(),
            "findings": [finding.as_json() for finding in self.findings],
            "steps": [step.as_json() for step in self.steps],
            "recipients": [row for matter in self.matters for row in matter.as_json()],
            "warning": self.warning,
        }


def wanted(
    runtime: Runtime,
    by: Caller,
    *,
    kind: str | None = None,
    organisation: str | None = None,
    customer_id: uuid.UUID | None = None,
    state: str | None = None,
    late: bool | None = None,
) -> Wanted:
    """What a caller may list of what they ask for; a contractor only what their own organisation received.

    Raises Malformed, NotAllowed and UnregisteredOrganisation.
    """
    if kind is not None and kind not in KINDS:
        raise Malformed(f"The kind must be one of {', '.join(KINDS)}.", field="kind")
    if state is not None and state not in STATES:
        raise Malformed("The state must be open or closed.", field="state")
    organisation = own_organisation(runtime, by, organisation)
    open_ = None if state is None else STATES[state]
    return Wanted(kind=kind, organisation=organisation, customer_id=customer_id, open=open_, late=late)


def listed(
    runtime: Runtime, by: Caller, asked: Wanted, *, on: date | None = None, after: int = 0, limit: int = requests.PAGE
) -> RequestPage:
    """One page of requests as they stand on a day, today when none is named; no personal data is in a list."""
    with runtime.current_views(by) as views:
        return listed_in(views, runtime, asked, on=on, after=after, limit=limit)


def listed_in(
    views: Views, runtime: Runtime, asked: Wanted, *, on: date | None = None, after: int = 0, limit: int = requests.PAGE
) -> RequestPage:
    """The same of views that are open already, for an answer that waited for them before."""
    calendar, day = runtime.ledger.calendar(), _day(runtime, on)
    rows = requests.page(views, asked, on=day, calendar=calendar, after=after, limit=limit + 1)
    following = rows[limit - 1].position if len(rows) > limit else None
    return RequestPage(on=day, calendar=calendar, rows=rows[:limit], next=following)


def counts(runtime: Runtime, by: Caller, asked: Wanted, *, on: date | None = None) -> RequestCounts:
    """How many requests of each kind there are: open, late, closed and by the month they came in (LAW-CLK-12)."""
    calendar, day = runtime.ledger.calendar(), _day(runtime, on)
    with runtime.current_views(by) as connection:
        kinds = requests.tally(connection, organisation=asked.organisation, on=day, calendar=calendar)
    return RequestCounts(on=day, calendar=calendar, kinds=kinds)


def opened(
    runtime: Runtime,
    request_id: uuid.UUID,
    by: Caller,
    *,
    route: str,
    on: date | None = None,
    known_on: date | None = None,
) -> OpenedRequest:
    """A request with its clock, every step, opened, where its findings stand, and who is to hear of what it led to.

    With `known_on` all of it as it was known at the end of that day; with `on` as it stands on that day.
    The reading is recorded with the person the request is about, or else with the request. Raises UnknownRequest and
    NotAllowed.
    """
    calendar, day = runtime.ledger.calendar(), _day(runtime, known_on or on)
    person, sight = _readable(runtime, request_id, by)
    upto = runtime.position_at(end_of_day(known_on)) if known_on else None
    with runtime.current_views(by) as connection:
        found = requests.file(connection, request_id, on=day, calendar=calendar, upto=upto)
    if found is None:
        raise UnknownRequest(about=request_id)
    runtime.ledger.record_read(
        person, by, purpose=PURPOSE, route=route, command_id=uuid.uuid4(), own_only=sight is None, sight=sight
    )
    if sight is None:
        return _of_receiver(runtime, found, by, calendar.warning(day))
    known_at = end_of_day(known_on) if known_on else None
    at = end_of_day(day) if known_on or on else runtime.ledger.now()
    return OpenedRequest(
        file=found,
        steps=_opened_steps(runtime, found, runtime.ledger.history(request_id, by=by), by, sight),
        findings=_findings(runtime, found.request, by, known_at),
        matters=_matters(runtime, found.request, by, at, known_at),
        warning=calendar.warning(day),
    )


def _readable(runtime: Runtime, request_id: uuid.UUID, by: Caller) -> tuple[uuid.UUID, Sight | None]:
    """Whom a request is about, or its own id, and how much of it the caller reads; None: what it received itself.

    Decided from two histories for every id, so that "not yours" takes as many statements as "not there". Raises
    UnknownRequest.
    """
    history, registers = runtime.ledger.recorder.history(request_id), runtime.ledger.registers()
    request = request_of(history) if is_request(history) else None
    person = (request and request.customer) or request_id
    of_person = runtime.ledger.recorder.history(person)
    if request is None:
        raise UnknownRequest(about=request_id)
    sight = sight_of(by, registers, of_person, runtime.ledger.holder(by, registers))
    receives = side_of(by, registers) in {"contractor", "jobcentre-plus"}
    if sight is None and not (receives and request.organisation == by.organisation):
        raise UnknownRequest(about=request_id)
    return person, sight


def _of_receiver(runtime: Runtime, found: RequestFile, by: Caller, warning: str | None) -> OpenedRequest:
    """A request as an organisation sees it that received it and does not serve the person: what it recorded itself."""
    entries = runtime.ledger.history(found.request.request_id, by=by)
    own = {entry.position for entry in entries
           if role_and_organisation(entry.actor)[1] == found.request.organisation}  # fmt: skip
    steps = tuple(step for step in _opened_steps(runtime, found, entries, by) if step.step.position in own)
    return OpenedRequest(file=found, steps=steps, findings=(), matters=(), warning=warning)


def _opened_steps(
    runtime: Runtime, found: RequestFile, entries: Sequence[Entry], by: Caller, sight: Sight = EVERYTHING
) -> tuple[OpenedStep, ...]:
    payloads = opened_for(runtime, by, entries, sight)
    sealed = {entry.position for entry in entries if entry.commitment is not None}
    return tuple(
        OpenedStep(
            step=step,
            sealed=dict(payloads.get(step.position, {})) or None,
            destroyed=step.position in sealed and step.position not in payloads,
        )
        for step in found.steps
    )


def _findings(
    runtime: Runtime, request: RequestRow, by: Caller, known_at: datetime | None
) -> tuple[RaisedFinding, ...]:
    """Each finding that a step of the request raised, with where it stands; how grave it was judged goes before."""
    if not request.findings:
        return ()
    with runtime.views_as_of(known_at, by, only=request.request_id) as (connection, _):
        raised = {row.rule_id: row for row in findings.for_customer(connection, request.request_id).rows}
    return tuple(RaisedFinding(broken=broken, finding=raised.get(broken.rule)) for broken in request.findings)


def _matters(
    runtime: Runtime, request: RequestRow, by: Caller, at: datetime, known_at: datetime | None
) -> tuple[Matter, ...]:
    """How it stands with everybody who had received what this request corrected, erased or restricted (LAW-A19)."""
    person, request_id = request.customer_id, str(request.request_id)
    if person is None:
        return ()
    upto = None if known_at is None else runtime.position_at(known_at)
    entries = [entry for entry in runtime.ledger.history(person) if upto is None or entry.position <= upto]
    history = [(entry, event_of(entry)) for entry in entries if entry.occurred_at <= at]
    if not notifications.following(notifications.matters(history, ()), request_id):
        return ()
    with runtime.views_as_of(known_at, by, only=person) as (connection, _):
        tasks = obligations.for_customer(connection, person, at=at)
    return tuple(notifications.following(notifications.matters(history, tasks), request_id))


def calendar_warning(runtime: Runtime) -> str | None:
    """The sentence to warn with when deadlines will soon reach beyond the bank-holiday list."""
    return runtime.ledger.calendar().warning(london_day(runtime.ledger.now()))


def _reckoned_with(calendar: Calendar, day: date) -> dict[str, Json]:
    return {"on": day.isoformat(), "calendar": calendar.as_json(), "warning": calendar.warning(day)}


def _day(runtime: Runtime, asked: date | None) -> date:
    """The day that was asked for, or today. Raises Malformed for one the bank-holiday list does not reach."""
    day = asked or london_day(runtime.ledger.now())
    calendar = runtime.ledger.calendar()
    if asked is not None and not calendar.first <= day <= calendar.last:
        raise Malformed(f"The day must lie between {calendar.first.year} and {calendar.last.year}.", field="on")
    return day
