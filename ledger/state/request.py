"""The state of a rights request after its events, and its deadlines on any day; decides nothing and unseals nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ledger import events
from ledger.calendars import Calendar
from ledger.clocks import Pause, ResponseClock, acknowledgement_due, london_day, response_clock
from ledger.codes.rights import COMPLAINTS_FROM, PAUSES_FROM
from ledger.events import Event, Json
from ledger.state.customer import FindingState, findings_after

Closed = Literal["answered", "refused", "withdrawn"]
State = Literal["open", "waiting", "paused", "answered", "refused", "withdrawn"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One event of a request with its two times: when it happened and when it became known."""

    event: Event
    occurred_at: datetime
    recorded_at: datetime

    @property
    def day(self) -> date:
        return london_day(self.occurred_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is true of one rights request after its steps so far."""

    kind: str = ""
    customer: UUID | None = None
    organisation: str | None = None
    received_on: date | None = None
    acknowledged_on: date | None = None
    awaited: tuple[tuple[datetime, str, date | None], ...] = ()
    """(instant, "identity" or "fee", None when asked for or else the day it came), for each event about them."""
    clarifications: Mapping[str, Pause] = field(default_factory=dict)
    extension_asked: bool = False
    notified_on: date | None = None
    """When the person was told, in time, that it takes longer."""
    decisions: frozenset[str] = frozenset()
    left_out: int = 0
    """How many decisions leave something out of the answer."""
    reports: frozenset[str] = frozenset()
    accuracy: str | None = None
    """The outcome of checking whether the data is accurate."""
    restricts: bool = False
    """Whether the use of the data is restricted while it is looked into."""
    findings: Mapping[str, FindingState] = field(default_factory=dict)
    assessments: Mapping[str, str] = field(default_factory=dict)
    """Breach assessments, open or closed, of a request whose customer is not identified."""
    closed: Closed | None = None
    closed_on: date | None = None
    destroyed: frozenset[tuple[str, str]] = frozenset()

    @property
    def waiting_for(self) -> frozenset[str]:
        """Identity information or a fee that was asked for and has not come."""
        return _awaiting(self.awaited, lambda _, __: True)[0]

    def pauses(self) -> tuple[Pause, ...]:
        """The clarifications whose days do not count: of access requests since the law knows pauses (Art. 12A(5))."""
        paused = self.kind == "access" and self.received_on is not None and self.received_on >= PAUSES_FROM
        return tuple(self.clarifications.values()) if paused else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestStatus:
    """The status of a request on a day: its state, deadlines and the rule that sets them."""

    state: State
    due_on: date | None
    """The last lawful day of the answer; for a complaint, of its acknowledgement; None when no fixed day is set."""
    target_on: date | None
    late: bool
    days_left: int | None
    age_days: int
    rule: str
    waiting_for: tuple[str, ...] = ()
    restarted_on: tuple[date, ...] = ()
    """The days on which an item asked for in time came; each starts the month again (LAW-CLK-02)."""
    clock: ResponseClock | None = None

    def as_json(self, calendar: Calendar) -> dict[str, Json]:
        """The status as every door returns it, with the days that did not count and the calendar used."""
        return {
            "state": self.state,
            "due_on": _day_text(self.due_on),
            "target_on": _day_text(self.target_on),
            "late": self.late,
            "days_left": self.days_left,
            "age_days": self.age_days,
            "rule": self.rule,
            "waiting_for": [*self.waiting_for],
            "clock": None if self.clock is None else _clock_json(self.clock),
            "calendar": calendar.as_json(),
        }


def evolve(request: Request, step: Step) -> Request:
    """The request after one more event; an event that no clock and no decision depends on changes nothing."""
    day = step.day
    match step.event:
        case events.RequestReceived() as event:
            return replace(
                request,
                kind=event.kind,
                customer=_uuid(event.customer_id),
                organisation=event.organisation,
                received_on=day,
                restricts=bool(event.restrict),
            )
        case events.RequestAcknowledged():
            return replace(request, acknowledged_on=day)
        case events.IdentityAsked():
            return _asked_or_came(request, step, "identity", None)
        case events.IdentityConfirmed() as event:
            named = replace(request, customer=request.customer or _uuid(event.customer_id))
            return _asked_or_came(named, step, "identity", event.received_on or day.isoformat())
        case events.FeeAsked():
            return _asked_or_came(request, step, "fee", None)
        case events.FeePaid() as event:
            return _asked_or_came(request, step, "fee", event.received_on or day.isoformat())
        case events.ClarificationAsked() as event:
            pause = Pause(asked_on=day)
            return replace(request, clarifications={**request.clarifications, event.clarification_id: pause})
        case events.ClarificationReceived() as event:
            pause = replace(request.clarifications[event.clarification_id], received_on=day)
            return replace(request, clarifications={**request.clarifications, event.clarification_id: pause})
        case events.TimeExtended() as event:
            return replace(request, extension_asked=True, notified_on=day if event.in_time else None)
        case events.ItemWithheld() as event:
            return _decided(request, event.decision_id, left_out=True)
        case events.ThirdPartyDecided() as event:
            return _decided(request, event.decision_id, left_out=event.outcome != "disclose")
        case events.AccuracyChecked() as event:
            return replace(request, accuracy=event.outcome)
        case events.FindingRaised() | events.FindingAssessed() | events.FindingRemediated() | events.FindingClosed():
            return replace(request, findings=findings_after(request.findings, step.event))
        case events.BreachAssessmentOpened() as event:
            return replace(request, assessments={**request.assessments, event.assessment_id: "open"})
        case events.BreachAssessmentClosed() as event:
            return replace(request, assessments={**request.assessments, event.assessment_id: "closed"})
        case events.ReportPrepared() as event:
            return replace(request, reports=request.reports | {event.digest})
        case events.ResponseSent():
            return replace(request, closed="answered", closed_on=day)
        case events.RequestRefused():
            return replace(request, closed="refused", closed_on=day)
        case events.RequestWithdrawn():
            return replace(request, closed="withdrawn", closed_on=day)
        case events.RecordsDestroyed() as event:
            gone = {(str(destroyed["class"]), str(destroyed.get("part") or "")) for destroyed in event.destroyed}
            return replace(request, destroyed=request.destroyed | gone)
        case _:
            return request


def replay(steps: Iterable[Step]) -> Request:
    """The request after all of these steps, in the order they were recorded."""
    request = Request()
    for step in steps:
        request = evolve(request, step)
    return request


def status_on(request: Request, on: date, calendar: Calendar) -> RequestStatus:
    """The status of a request on a day; for a closed request, on the day it was closed (LAW-CLK-01 to 11)."""
    received_on = request.received_on
    assert received_on is not None, "a request begins with its receipt"
    on = on if request.closed_on is None else min(on, request.closed_on)
    age = max((on - received_on).days, 0)
    if request.kind == "complaint":
        return _complaint(request, on, age, calendar)

    def in_time(asked_on: date, came: tuple[date, ...]) -> bool:
        return asked_on <= _clock(request, max([received_on, *came]), asked_on, calendar).statutory_limit

    # Asking for identity information after the answer became overdue does not restart the clock.
    waiting, restarted_on = _awaiting(request.awaited, in_time)
    # What has not come yet counts as if it came today: the earliest day the limit can now be. What had not come when
    # the request was closed never came.
    relevant_on = max([received_on, *restarted_on, *([on] if waiting else [])])
    clock = _clock(request, relevant_on, on, calendar)
    unanswered = any(pause.received_on is None for pause in request.pauses())
    paused = unanswered and clock.uncounted != () and clock.uncounted[-1].last == on
    return RequestStatus(
        state=request.closed or ("waiting" if waiting else "paused" if paused else "open"),
        due_on=clock.statutory_limit,
        target_on=clock.work_to,
        late=on > clock.statutory_limit,
        days_left=None if request.closed else (clock.statutory_limit - on).days,
        age_days=age,
        rule="LAW-CLK-06" if clock.extended else "LAW-CLK-02" if relevant_on > received_on else "LAW-CLK-01",
        waiting_for=tuple(sorted(waiting)) if request.closed is None else (),
        restarted_on=restarted_on,
        clock=clock,
    )


def _clock(request: Request, relevant_on: date, on: date, calendar: Calendar) -> ResponseClock:
    return response_clock(
        relevant_on=relevant_on, on=on, calendar=calendar, pauses=request.pauses(), notified_on=request.notified_on
    )


def _complaint(request: Request, on: date, age: int, calendar: Calendar) -> RequestStatus:
    """A complaint has a day for its acknowledgement and none for its outcome, whose age is watched (LAW-CLK-11)."""
    assert request.received_on is not None, "a request begins with its receipt"
    due = acknowledgement_due(request.received_on, calendar) if request.received_on >= COMPLAINTS_FROM else None
    acknowledged_on = request.acknowledged_on or request.closed_on
    return RequestStatus(
        state=request.closed or "open",
        due_on=due,
        target_on=due,
        late=due is not None and (acknowledged_on or on) > due,
        days_left=None if due is None or acknowledged_on else (due - on).days,
        age_days=age,
        rule="LAW-CLK-11" if acknowledged_on else "LAW-CLK-10",
    )


def _decided(request: Request, decision_id: str, *, left_out: bool) -> Request:
    return replace(request, decisions=request.decisions | {decision_id}, left_out=request.left_out + left_out)


def _asked_or_came(request: Request, step: Step, item: str, came_on: str | None) -> Request:
    entry = (step.occurred_at, item, None if came_on is None else date.fromisoformat(came_on))
    return replace(request, awaited=(*request.awaited, entry))


def _awaiting(
    awaited: Iterable[tuple[datetime, str, date | None]], in_time: Callable[[date, tuple[date, ...]], bool]
) -> tuple[frozenset[str], tuple[date, ...]]:
    """What the request still waits for, and the days on which awaited items came, in order of when they happened.

    `in_time(asked_on, came)` says whether asking on a day was in time, given the days on which earlier items came.
    """
    waiting: set[str] = set()
    came: list[date] = []
    for at, item, came_on in sorted(awaited, key=lambda entry: entry[0]):
        if came_on is None:
            if waiting or in_time(london_day(at), tuple(came)):
                waiting.add(item)
        elif item in waiting:
            waiting.discard(item)
            came.append(came_on)
    return frozenset(waiting), tuple(came)


def _clock_json(clock: ResponseClock) -> dict[str, Json]:
    return {
        "relevant_on": clock.relevant_on.isoformat(),
        "months": clock.months,
        "extended": clock.extended,
        "extension_notice_due_on": clock.notice_due.isoformat(),
        "uncounted": [
            {"from": span.first.isoformat(), "to": span.last.isoformat(), "days": span.days} for span in clock.uncounted
        ],
        "uncounted_days": sum(span.days for span in clock.uncounted),
        "statutory_limit": clock.statutory_limit.isoformat(),
        "target": clock.work_to.isoformat(),
        "target_rule": "LAW-CLK-04" if clock.work_to == clock.target else "LAW-CLK-07",
    }


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
