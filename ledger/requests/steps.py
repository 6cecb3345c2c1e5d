"""Decides a step of a rights request. Pure; what the person asked stays sealed.

A step that has happened is recorded even when it broke a rule, and the event of the step holds the ids of those rules
(LEDG-02, LEDG-03). Only a step that contradicts the request's own history is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid5

from ledger import errors, events
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.codes import rights
from ledger.commands.custody import refuse_destruction_unless_due
from ledger.commands.declaration import CustomerCommand, Fields, RequestStep
from ledger.commands.preconditions import preconditions
from ledger.commands.reader import Command, Part
from ledger.decisions import refuse_unless_permitted
from ledger.events import Event
from ledger.requests.effects import on_customer
from ledger.state.customer import Customer
from ledger.state.request import Request, Step, evolve

_FILE = events.RequestReceived.HOLDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """The events of one command on the request's stream and on the stream of the person it is about."""

    on_request: tuple[Event, ...]
    on_customer: tuple[Event, ...] = ()


def decide(
    request: Request, customer: Customer, command: Command, part: Part, *, by: Caller, at: datetime, calendar: Calendar
) -> Decided:
    """The events that a command about a rights request makes. Raises subclasses of Refused.

    `customer` is the person the request is about; it is not registered when the request names nobody.
    """
    refuse_unless_permitted(command, by, at)
    kind, day = command.kind, london_day(command.occurred_at)
    if not isinstance(kind, RequestStep):
        return Decided(on_request=(_about_the_file(request, customer, command, part, at),))
    _preconditions(request, customer, kind, part.fields, day)
    made: Event = kind.makes(**_completed(command, part, by))
    after = evolve(request, Step(event=made, occurred_at=command.occurred_at, recorded_at=at))
    if kind.reckons is not None:
        made = replace(made, **kind.reckons(request, after, part.fields, day, calendar))
    effects = on_customer(request, after, customer, command, part, calendar=calendar)
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
    """The fields to record; the caller's organisation received a request unless another is named."""
    named = {"organisation": by.organisation} if command.kind.begins else {}
    return {**named, **command.kind.completed(part.fields, command.occurred_at)}


def _about_the_file(request: Request, customer: Customer, command: Command, part: Part, at: datetime) -> Event:
    """The event of a command that reads or destroys a request's file; a hold on the person also holds the file."""
    kind, fields = command.kind, part.fields
    if isinstance(kind, CustomerCommand) and kind.on_request_file:
        known = replace(customer, registered=True, findings=request.findings, assessments=request.assessments)
        preconditions(known, kind, fields, at)
    elif kind.makes is events.RecordsDestroyed:
        if request.closed is None and any(records.get("class") == _FILE for records in fields["destroyed"]):
            raise errors.NotDue
        refuse_destruction_unless_due(replace(customer, destroyed=request.destroyed), fields, at)
    elif kind.makes is not events.PersonalDataRead:
        raise errors.NotRegistered("This id is a rights request's, not a customer's.")
    return kind.makes(**kind.completed(fields, command.occurred_at))


def _preconditions(request: Request, customer: Customer, kind: RequestStep, fields: Fields, day: date) -> None:
    if fields.get("customer_id") and not customer.registered:
        raise errors.UnknownCustomer("No customer with this id is known; leave customer_id out until one is found.")
    if not kind.begins:
        if request.received_on is None:
            raise errors.UnknownRequest
        acknowledged_after = kind.makes is events.RequestAcknowledged and request.closed_on and day <= request.closed_on
        if request.closed_on is not None and not acknowledged_after:
            raise errors.RequestIsClosed
        if day < request.received_on:
            raise errors.Malformed("The field occurred_at lies before the request was received.", field="occurred_at")
    if kind.check is not None:
        kind.check(request, fields, day)
