"""Whether a step of a rights request may be taken, and what happens then: pure, and never opens what was asked.

A step that has already happened is recorded even when it broke a rule: the finding's rule id is frozen in the event of
the step itself (LEDG-02, LEDG-03). Refused is only what contradicts the request's own history or cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid5

from ledger import errors, events
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.codes import rights
from ledger.commands.checks import refuse_destruction_unless_due, refuse_unless_possible
from ledger.commands.reader import Command, Part
from ledger.decisions import completed, refuse_unless_permitted
from ledger.events import Event
from ledger.requests import effects as acting
from ledger.retention.schedule import ERASABLE
from ledger.state.customer import Customer
from ledger.state.request import Request, RequestStatus, Step, evolve, status_on

_SHA_256 = re.compile(r"[0-9a-f]{64}")
_FILE = events.RequestReceived.HOLDS
_OF_FINDINGS = frozenset({
    "assess-finding", "remediate-finding", "close-finding", "find-late",
    "assess-breach-risk", "notify-regulator", "notify-people", "close-breach-assessment",
})  # fmt: skip
"""What is done about a finding, and the breach that it may be, wherever it was found."""
_COPIES = frozenset({"access", "portability"})
"""Kinds that are answered with a copy of data, from which something can be left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """The events of one command on the request's stream and on the stream of the person it is about."""

    on_request: tuple[Event, ...]
    on_customer: tuple[Event, ...] = ()


def decide(
    request: Request, customer: Customer, command: Command, part: Part, *, by: Caller, at: datetime, calendar: Calendar
) -> Decided:
    """The events a command about a rights request makes; raises a subclass of Refused.

    `customer` is the person the request is about, unregistered when nobody is named.
    """
    refuse_unless_permitted(command, by, at)
    if command.kind.about != "request":
        return Decided(on_request=(_about_the_file(request, customer, command, part, at),))
    _refuse_unless_possible(request, customer, command, part)
    made: Event = command.kind.makes(**_completed(command, part, by))
    after = evolve(request, Step(event=made, occurred_at=command.occurred_at, recorded_at=at))
    if command.kind.name in _RECKONED:
        reckoned = _RECKONED[command.kind.name](request, after, command, part.said, calendar)
        made = replace(made, **reckoned)
    effects = acting.on_customer(request, after, customer, command, part, calendar=calendar)
    return Decided(on_request=(made, *_findings(after, command, made)), on_customer=effects)


def _findings(after: Request, command: Command, made: Event) -> tuple[Event, ...]:
    """A finding for each rule the step broke, recorded with it (LEDG-03)."""
    return tuple(
        events.FindingRaised(
            finding_id=str(uuid5(command.id, rule)),
            rule=rule,
            rule_set=rights.RULES[rule].rule_set,
            severity=rights.RULES[rule].severity or "S2",
            subject_type=made.NAME,
            subject_id=str(command.parts[0].stream),
            organisation=after.organisation,
            prime=None,
            overridden=None,
        )
        for rule in getattr(made, "findings", ())
    )


def _completed(command: Command, part: Part, by: Caller) -> dict[str, Any]:
    """What was said; a request was received by whoever records it unless somebody else is named."""
    named = {"organisation": by.organisation} if command.kind.name == "receive-request" else {}
    return {**named, **part.said}


def _about_the_file(request: Request, customer: Customer, command: Command, part: Part, at: datetime) -> Event:
    """A request's file is read and destroyed like a person's records; a hold on the person holds it too."""
    match command.kind.name:
        case "destroy-records":
            if request.closed is None and any(one.get("class") == _FILE for one in part.said["destroyed"]):
                raise errors.NotDue
            refuse_destruction_unless_due(replace(customer, destroyed=request.destroyed), part.said, at)
            return command.kind.makes(**part.said)
        case name if name in _OF_FINDINGS:
            known = replace(customer, registered=True, findings=request.findings, assessments=request.assessments)
            refuse_unless_possible(known, command.kind.name, part.said, at)
            return command.kind.makes(**part.said)
        case "read-personal-data":
            return command.kind.makes(**completed(command, part))
        case _:
            raise errors.NotRegistered("This id is a rights request's, not a customer's.")


def _refuse_unless_possible(request: Request, customer: Customer, command: Command, part: Part) -> None:
    day, said = london_day(command.occurred_at), part.said
    if said.get("customer_id") and not customer.registered:
        raise errors.UnknownCustomer("No customer with this id is known; leave customer_id out until one is found.")
    if command.kind.name == "receive-request":
        _receive(request, command, said)
        return
    if request.received_on is None:
        raise errors.UnknownRequest
    if request.closed_on is not None and not (command.kind.name == "acknowledge-request" and day <= request.closed_on):
        raise errors.RequestIsClosed
    if day < request.received_on:
        raise errors.Malformed("The field occurred_at lies before the request was received.", field="occurred_at")
    if command.kind.name in _CHECKS:
        _CHECKS[command.kind.name](request, command, said)


def _receive(request: Request, command: Command, said: Mapping[str, Any]) -> None:
    if request.received_on is not None:
        raise errors.AlreadyDone("A request with this id has already been received.")
    _refuse_unless_one_of("kind", said["kind"], rights.KINDS)
    if london_day(command.occurred_at) < rights.UK_GDPR_FROM:
        raise errors.Malformed("Requests received before 25 May 2018 fell under another Act and are not kept here.")


def _acknowledge(request: Request, _: Command, __: Mapping[str, Any]) -> None:
    if request.acknowledged_on is not None:
        raise errors.AlreadyDone("This request has already been acknowledged.")


def _ask(what: str) -> Callable[[Request, Command, Mapping[str, Any]], None]:
    def check(request: Request, _: Command, said: Mapping[str, Any]) -> None:
        if what in request.waiting_for:
            raise errors.AlreadyDone(f"The {what} was already asked for and has not come.")
        if said.get("amount_pence", 1) <= 0:
            raise errors.Malformed("The field amount_pence must be more than nothing.", field="amount_pence")

    return check


def _came(what: str) -> Callable[[Request, Command, Mapping[str, Any]], None]:
    def check(request: Request, command: Command, said: Mapping[str, Any]) -> None:
        assert request.received_on is not None, "only a request that was received has steps"
        came_on = said.get("received_on")
        if came_on and not request.received_on.isoformat() <= came_on <= london_day(command.occurred_at).isoformat():
            raise errors.Malformed("The field received_on must lie between the request and this step.")
        if what == "fee" and what not in request.waiting_for:
            raise errors.UnknownReference("No fee was asked for, or it has already come.")
        named = said.get("customer_id")
        if named and request.customer is not None and str(request.customer) != named:
            raise errors.AlreadyDone("This request is already known to be about another customer.")

    return check


def _ask_clarification(request: Request, _: Command, said: Mapping[str, Any]) -> None:
    if said["clarification_id"] in request.clarifications:
        raise errors.AlreadyDone("A question with this clarification_id was already asked.")


def _receive_clarification(request: Request, command: Command, said: Mapping[str, Any]) -> None:
    asked = request.clarifications.get(said["clarification_id"])
    if asked is None:
        raise errors.UnknownReference("No question with this clarification_id was asked.")
    if asked.received_on is not None:
        raise errors.AlreadyDone("This question has already been answered.")
    if london_day(command.occurred_at) < asked.asked_on:
        raise errors.Malformed("The field occurred_at lies before the question was asked.", field="occurred_at")


def _extend(request: Request, _: Command, said: Mapping[str, Any]) -> None:
    if request.kind == "complaint":
        raise errors.NotOfThisKind("A complaint has no time that could be extended.", rule_id="LAW-CLK-10")
    if request.extension_asked:
        raise errors.AlreadyDone("The time of a request is extended once.", rule_id="LAW-CLK-06")
    _refuse_unless_one_of("ground", said["ground"], rights.EXTENSION_GROUNDS)


def _leave_out(request: Request, _: Command, said: Mapping[str, Any]) -> None:
    if request.kind not in _COPIES:
        raise errors.NotOfThisKind("Only an answer with a copy of data has items that can be left out.")
    if said["decision_id"] in request.decisions:
        raise errors.AlreadyDone("A decision with this decision_id was already recorded.")
    if not said.get("record_id") and not said.get("items"):
        raise errors.Malformed("Name the record_id or the items a decision is about: there are no blanket exemptions.")
    if "provision" in said:
        _refuse_unless_one_of("provision", said["provision"], tuple(rights.EXEMPTIONS))
    else:
        _refuse_unless_one_of("outcome", said["outcome"], rights.THIRD_PARTY_OUTCOMES)


def _prepare(request: Request, _: Command, said: Mapping[str, Any]) -> None:
    if request.kind not in _COPIES:
        raise errors.NotOfThisKind("Only access and portability are answered with a report.")
    if not _SHA_256.fullmatch(said["digest"]):
        raise errors.Malformed("The field digest must be a SHA-256 digest in lower-case hex.", field="digest")


def _check_accuracy(request: Request, _: Command, said: Mapping[str, Any]) -> None:
    if request.kind != "rectification":
        raise errors.NotOfThisKind("Only a request to have data corrected asks whether it is right.")
    _refuse_unless_one_of("outcome", said["outcome"], rights.ACCURACY_OUTCOMES)
    if said["outcome"] == "not_corrected" and not said.get("reason"):
        raise errors.Malformed("check-accuracy needs the field reason when nothing is corrected.", field="reason")


def _respond(request: Request, _: Command, said: Mapping[str, Any]) -> None:
    _refuse_unless_one_of("outcome", said["outcome"], rights.OUTCOMES)
    if said.get("classes") and request.kind != "erasure":
        raise errors.Malformed("The field classes belongs to the answer to a request for erasure.", field="classes")
    for name in said.get("classes", ()):
        _refuse_unless_one_of("classes", name, ERASABLE)
    if request.kind == "erasure" and said["outcome"] == "partly_granted" and not said.get("classes"):
        raise errors.Malformed("Name the classes that are erased when a request is granted in part.", field="classes")
    if said.get("digest") and said["digest"] not in request.reports:
        raise errors.UnknownReference("No report with this digest was prepared for this request.")


def _refuse(_: Request, __: Command, said: Mapping[str, Any]) -> None:
    _refuse_unless_one_of("provision", said["provision"], (*rights.REFUSALS, *rights.EXEMPTIONS))
    for route in said.get("routes", ()):
        _refuse_unless_one_of("routes", route, rights.ROUTES)


def _refuse_unless_one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise errors.Malformed(f"The field {name} must be one of {', '.join(allowed)}.", field=name)


_CHECKS: Mapping[str, Callable[[Request, Command, Mapping[str, Any]], None]] = {
    "acknowledge-request": _acknowledge,
    "ask-identity": _ask("identity"),
    "confirm-identity": _came("identity"),
    "ask-fee": _ask("fee"),
    "confirm-fee": _came("fee"),
    "ask-clarification": _ask_clarification,
    "receive-clarification": _receive_clarification,
    "extend-time": _extend,
    "withhold-item": _leave_out,
    "decide-third-party": _leave_out,
    "check-accuracy": _check_accuracy,
    "prepare-report": _prepare,
    "send-response": _respond,
    "refuse-request": _refuse,
}


def _acknowledged(
    _: Request, after: Request, command: Command, said: Mapping[str, Any], calendar: Calendar
) -> dict[str, Any]:
    at = _standing(after, command, calendar)
    # Recorded after a late answer, it has its finding there already.
    late = after.kind == "complaint" and at.late and after.closed in {None, "withdrawn"}
    told = said.get("told_due_on") or (None if after.kind == "complaint" else _text(at))
    return {"told_due_on": told, "calendar": calendar.label, "findings": ("LAW-CLK-10",) if late else ()}


def _extended(
    request: Request, _: Request, command: Command, said: Mapping[str, Any], calendar: Calendar
) -> dict[str, Any]:
    """Whether the notice was in time is judged by the limit without it; the day told is the limit with it."""
    before = _standing(request, command, calendar)
    assert before.clock is not None, "only a complaint has no such clock"
    day = london_day(command.occurred_at)
    in_time = day <= before.clock.notice_due
    longer = _standing(replace(request, notified_on=day), command, calendar)
    return {
        "in_time": in_time,
        "notice_due_on": before.clock.notice_due.isoformat(),
        "told_due_on": said.get("told_due_on") or (_text(longer) if in_time else None),
        "calendar": calendar.label,
        "findings": () if in_time else ("LAW-CLK-06",),
    }


def _answered(
    _: Request, after: Request, command: Command, said: Mapping[str, Any], calendar: Calendar
) -> dict[str, Any]:
    at = _standing(after, command, calendar)
    broken = ["LAW-CLK-10" if after.kind == "complaint" else "SAR-09"] if at.late and _not_found_yet(after) else []
    if command.kind.name == "refuse-request":
        told = set(said.get("routes", ()))
        must = set(rights.routes_to_name(london_day(command.occurred_at)))
        broken += [] if must <= told else ["LAW-CLK-08"]
    elif after.kind == "rectification" and after.accuracy is None:
        broken.append("RECT-03")
    elif after.kind == "objection" and said["outcome"] not in rights.GRANTED:
        broken.append("OBJECT-02")  # to go on in spite of an objection takes grounds, and refuse-request records them
    return {"due_on": _text(at), "late": at.late, "calendar": calendar.label, "findings": tuple(broken)}


def _prepared(request: Request, *_: object) -> dict[str, Any]:
    return {"withheld": request.left_out}


def _not_found_yet(after: Request) -> bool:
    """A complaint that was acknowledged late has its finding in the acknowledgement."""
    return after.kind != "complaint" or after.acknowledged_on is None


_RECKONED: Mapping[str, Callable[[Request, Request, Command, Mapping[str, Any], Calendar], dict[str, Any]]] = {
    "acknowledge-request": _acknowledged,
    "extend-time": _extended,
    "prepare-report": _prepared,
    "send-response": _answered,
    "refuse-request": _answered,
}


def _standing(request: Request, command: Command, calendar: Calendar) -> RequestStatus:
    return status_on(request, london_day(command.occurred_at), calendar)


def _text(at: RequestStatus) -> str | None:
    return None if at.due_on is None else at.due_on.isoformat()
