"""Decides commands: pure functions from state, command, caller and time to events."""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger import errors, events
from ledger.caller import CONTRACTOR_ROLES, Caller
from ledger.commands.declaration import CustomerCommand, OrganisationCommand, may_not_lie_ahead
from ledger.commands.plain_words import sealed_text_of
from ledger.commands.preconditions import preconditions
from ledger.commands.reader import Command, Part
from ledger.events import Event
from ledger.retention.classes import closed, under_class
from ledger.rules.parties import comes_in
from ledger.state.customer import Customer

HOLD_RESTRICTION = "HOLD_RESTRICTION"
CLOCK_SKEW = timedelta(minutes=5)


def decide(customer: Customer, command: Command, part: Part, by: Caller, at: datetime) -> tuple[Event, ...]:
    """The events that one part of a command makes. Raises subclasses of Refused."""
    refuse_unless_permitted(command, by, at)
    kind = command.kind
    match kind:
        case CustomerCommand():
            preconditions(customer, kind, part.fields, at)
        case OrganisationCommand() if kind.check is not None:
            kind.check(part.fields)
    made = kind.makes(**{**_of_contractor(command, part, by), **kind.completed(part.fields, command.occurred_at)})
    words = sealed_text_of(kind.makes.SEALED)
    if isinstance(made, events.ConsentWithdrawn | events.ConsentRefused) and closed(customer, made.HOLDS):
        made = made.but(evidence=None)  # a refusal counts even when its evidence cannot be sealed any more (CONSENT-06)
    elif words is not None and getattr(made, words) != part.fields.get(words) and closed(customer, made.HOLDS):
        made = made.but(**{words: part.fields.get(words)})  # nor is another report refused for words beside a code
    return (*under_class(customer, made), *events_recorded_with(customer, made))


def _of_contractor(command: Command, part: Part, by: Caller) -> dict[str, str]:
    """A contractor that names no organisation acted itself: then what follows has an owner, and a person is served."""
    name = command.kind.done_by or ("organisation" if command.kind.makes is events.CustomerRegistered else None)
    theirs = by.role in CONTRACTOR_ROLES and not comes_in(part.fields.get("direction"))
    return {name: by.organisation} if name is not None and theirs else {}


def events_recorded_with(customer: Customer, made: Event) -> tuple[Event, ...]:
    """The events recorded with this one: a restriction places a hold on the records, lifting it lifts the hold
    (RESTRICT-01).
    """
    match made:
        case events.ProcessingRestricted():
            hold_id = made.restriction_id
            return (events.HoldPlaced(hold_id=hold_id, code=HOLD_RESTRICTION, review_on=None, owner=None, reason=None),)
        case events.RestrictionLifted() if made.restriction_id in customer.holds:
            return (events.HoldLifted(hold_id=made.restriction_id, reason=None),)
        case _:
            return ()


def refuse_unless_permitted(command: Command, by: Caller, at: datetime) -> None:
    """Raise NotAllowed for a role that may not give this command, Malformed for a command from the future."""
    if by.role not in command.kind.permitted:
        raise errors.NotAllowed(f"The role {by.role} may not {command.kind.name.replace('-', ' ')}.")
    if command.occurred_at > at + CLOCK_SKEW:
        raise errors.Malformed(
            "The field occurred_at lies in the future; only what has happened is recorded.", field="occurred_at"
        )
    # Retention counts from the last contact and consent from what was said last: a date in the future could not be
    # corrected by a later one.
    stated = may_not_lie_ahead(command.kind)
    for name, value in (field for part in command.parts for field in part.fields.items()):
        lies_ahead = stated[name](name, value, at + CLOCK_SKEW) if name in stated and value is not None else None
        if lies_ahead is not None:
            raise errors.Malformed(
                f"The field {lies_ahead} lies in the future; only what has happened is recorded.", field=lies_ahead
            )
