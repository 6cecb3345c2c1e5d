"""What a rights request does to the person's own records: holds, restrictions, objections and erasure. Pure."""

from __future__ import annotations

from ledger import events
from ledger.calendars import Calendar
from ledger.codes import rights
from ledger.commands.reader import Command, Part
from ledger.decisions import beside
from ledger.events import Event
from ledger.retention.schedule import ERASABLE
from ledger.state.customer import Customer
from ledger.state.request import Request, standing


def on_customer(
    before: Request, after: Request, customer: Customer, command: Command, part: Part, *, calendar: Calendar
) -> tuple[Event, ...]:
    """What a step of a request records with the person: from when it is known whom it is about until it is answered."""
    if after.customer is None or before.closed is not None:
        return ()
    if after.kind == "access":
        return _holding(before, after, customer, part, calendar)
    number, began = str(part.stream), before.customer is None
    granted = command.kind.name == "send-response" and part.fields["outcome"] in rights.GRANTED
    match after.kind:
        case "objection":
            raised = (events.ObjectionRaised(objection_id=number),) if began else ()
            return (*raised, *_objection_decided(after, number, granted=granted))
        case "rectification" if after.restricts:
            return _contested(after, customer, number, began=began)
        case "restriction" if granted:
            return _restricting(after, number, "requested", customer)
        case "erasure" if granted:
            classes = tuple(part.fields.get("classes") or ERASABLE)
            return (events.ErasureUpheld(erasure_id=number, classes=classes, organisation=after.organisation),)
        case _:
            return ()


def _objection_decided(after: Request, number: str, *, granted: bool) -> tuple[Event, ...]:
    if after.closed is None:
        return ()
    outcome = "withdrawn" if after.closed == "withdrawn" else "upheld" if granted else "overridden"
    return (events.ObjectionDecided(objection_id=number, outcome=outcome),)


def _contested(after: Request, customer: Customer, number: str, *, began: bool) -> tuple[Event, ...]:
    """While accuracy is checked nothing is done with the data; the answer tells the person before it ends (Art. 18)."""
    placed = next((one for one in (number, _again(number)) if one in customer.restrictions), None)
    if after.closed is not None and placed is not None:
        told_at = after.closed_on.isoformat() if after.closed_on else None
        lifted = events.RestrictionLifted(restriction_id=placed, person_told_at=told_at, reason=None)
        return (lifted, *beside(customer, lifted))
    return _restricting(after, number, "accuracy_contested", customer) if began and after.closed is None else ()


def _restricting(after: Request, number: str, ground: str, customer: Customer) -> tuple[Event, ...]:
    """Somebody may have restricted by hand, under the request's own number, before it was answered."""
    if number in customer.restrictions:
        return ()
    own = _again(number) if number in customer.lifted else number
    made = events.ProcessingRestricted(
        restriction_id=own, request_id=number, ground=ground, organisation=after.organisation, reason=None
    )
    return (made, *beside(customer, made))


def _again(number: str) -> str:
    """The number of a restriction whose request's own number was lifted; what was lifted stays lifted."""
    return f"{number}/again"


def _holding(before: Request, after: Request, customer: Customer, part: Part, calendar: Calendar) -> tuple[Event, ...]:
    """An access request holds the person's records until it is closed: destroying them now may be an offence (s.173).

    The hold says nothing sealed, so that it can be placed whatever of the person's records was destroyed before.
    """
    number = str(part.stream)
    if after.closed is not None:
        return (events.HoldLifted(hold_id=number, reason=None),) if number in customer.holds else ()
    if before.customer is not None:
        return ()
    due_on = standing(after, after.received_on, calendar).due_on if after.received_on else None
    hold = events.HoldPlaced(
        hold_id=number,
        code=rights.HOLD_CODE,
        review_on=None if due_on is None else due_on.isoformat(),
        owner="subject-access team",
        reason=None,
    )
    return (hold,)
