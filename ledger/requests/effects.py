"""What a rights request does to the person's own records: holds, restrictions, objections and erasure. Pure."""

from __future__ import annotations

from ledger import events
from ledger.calendars import Calendar
from ledger.codes import rights
from ledger.commands.reader import Command, Part
from ledger.decisions import events_recorded_with
from ledger.events import Event
from ledger.retention.schedule import ERASABLE
from ledger.state.customer import Customer
from ledger.state.request import Request, status_on


def on_customer(
    before: Request, after: Request, customer: Customer, command: Command, part: Part, *, calendar: Calendar
) -> tuple[Event, ...]:
    """The events a step adds to the stream of the customer; none before the customer is known or once closed."""
    if after.customer is None or before.closed is not None:
        return ()
    if after.kind == "access":
        return _holding(before, after, customer, part, calendar)
    request_id, began = str(part.stream), before.customer is None
    granted = command.kind.name == "send-response" and part.fields["outcome"] in rights.GRANTED
    match after.kind:
        case "objection":
            raised = (events.ObjectionRaised(objection_id=request_id),) if began else ()
            return (*raised, *_objection_decided(after, request_id, granted=granted))
        case "rectification" if after.restricts:
            return _contested(after, customer, request_id, began=began)
        case "restriction" if granted:
            return _restricting(after, request_id, "requested", customer)
        case "erasure" if granted:
            classes = tuple(part.fields.get("classes") or ERASABLE)
            return (events.ErasureUpheld(erasure_id=request_id, classes=classes, organisation=after.organisation),)
        case _:
            return ()


def _objection_decided(after: Request, request_id: str, *, granted: bool) -> tuple[Event, ...]:
    if after.closed is None:
        return ()
    outcome = "withdrawn" if after.closed == "withdrawn" else "upheld" if granted else "overridden"
    return (events.ObjectionDecided(objection_id=request_id, outcome=outcome),)


def _contested(after: Request, customer: Customer, request_id: str, *, began: bool) -> tuple[Event, ...]:
    """Restrict processing while accuracy is checked; the answer informs the person before it is lifted (Art. 18(3))."""
    placed = next((id_ for id_ in (request_id, _again(request_id)) if id_ in customer.restrictions), None)
    if after.closed is not None and placed is not None:
        told_at = after.closed_on.isoformat() if after.closed_on else None
        lifted = events.RestrictionLifted(restriction_id=placed, person_told_at=told_at, reason=None)
        return (lifted, *events_recorded_with(customer, lifted))
    return _restricting(after, request_id, "accuracy_contested", customer) if began and after.closed is None else ()


def _restricting(after: Request, request_id: str, ground: str, customer: Customer) -> tuple[Event, ...]:
    """Nothing when somebody placed the restriction by hand, under the request's id, before it was answered."""
    if request_id in customer.restrictions:
        return ()
    own = _again(request_id) if request_id in customer.lifted else request_id
    made = events.ProcessingRestricted(
        restriction_id=own, request_id=request_id, ground=ground, organisation=after.organisation, reason=None
    )
    return (made, *events_recorded_with(customer, made))


def _again(request_id: str) -> str:
    """The id of a second restriction for a request whose first one was lifted."""
    return f"{request_id}/again"


def _holding(before: Request, after: Request, customer: Customer, part: Part, calendar: Calendar) -> tuple[Event, ...]:
    """An access request holds the person's records until it is closed: destroying them now may be an offence (s.173).

    The hold has no sealed fields, so it can be placed whichever of the person's classes were destroyed before.
    """
    request_id = str(part.stream)
    if after.closed is not None:
        return (events.HoldLifted(hold_id=request_id, reason=None),) if request_id in customer.holds else ()
    if before.customer is not None:
        return ()
    due_on = status_on(after, after.received_on, calendar).due_on if after.received_on else None
    hold = events.HoldPlaced(
        hold_id=request_id,
        code=rights.HOLD_CODE,
        review_on=None if due_on is None else due_on.isoformat(),
        owner="subject-access team",
        reason=None,
    )
    return (hold,)
