"""Checks that several commands share, and the order in which a customer's command is checked."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import datetime

from ledger import errors, events
from ledger.commands.declaration import CustomerCommand, Fields
from ledger.events import Event
from ledger.retention.classes import closed
from ledger.state.customer import Customer, done_by

Check = Callable[[Customer, Fields], None]
_CHECKED_FIRST = ("lawful_basis", "service_component")
"""Fields whose codes are checked before anything else about the customer."""


def preconditions(customer: Customer, kind: CustomerCommand, fields: Fields, at: datetime) -> None:
    """Raise a subclass of Refused unless a command about a customer may be carried out."""
    for name in _CHECKED_FIRST:
        codes = kind.codes.get(name)
        if codes is not None and codes.closed and fields.get(name) is not None:
            refuse_unless_one_of(name, fields[name], codes.values)
    on_access_file = customer.access_file and (kind.on_request_file or kind.makes is events.RecordsDestroyed)
    if not kind.begins and not customer.registered and not on_access_file:
        raise errors.NotRegistered
    if kind.check is not None:
        kind.check(customer, fields)
    if kind.check_at is not None:
        kind.check_at(customer, fields, at)


def every(*checks: Check) -> Check:
    """A check that runs these checks in order."""

    def check(customer: Customer, fields: Fields) -> None:
        for check_next in checks:
            check_next(customer, fields)

    return check


def new_id(recorded: Callable[[Customer], Container[str]], name: str) -> Check:
    """A check that the id in a field is new. Raises AlreadyDone."""

    def check(customer: Customer, fields: Fields) -> None:
        if fields[name] in recorded(customer):
            raise errors.AlreadyDone(f"The field {name} repeats a number that is already recorded for this customer.")

    return check


def known_id(recorded: Callable[[Customer], Container[str]], name: str, noun: str) -> Check:
    """A check that the id in a field is recorded for this customer. Raises UnknownReference."""

    def check(customer: Customer, fields: Fields) -> None:
        if fields[name] not in recorded(customer):
            raise errors.UnknownReference(f"No {noun} with this number is known for this customer.")

    return check


def once(makes: type[Event], before: Check) -> Check:
    """A check that the event has not been recorded before; `before` runs first. Raises AlreadyDone."""

    def check(customer: Customer, fields: Fields) -> None:
        before(customer, fields)
        if done_by(makes(**fields)) in customer.done:
            raise errors.AlreadyDone

    return check


def needs_reason(customer: Customer, fields: Fields, command: str, makes: type[Event]) -> None:
    """Raise Malformed without a reason, unless the class that would seal it is destroyed for this customer."""
    if not fields.get("reason") and not closed(customer, makes.HOLDS):
        raise errors.Malformed(f"{command} needs the field reason.", field="reason")


def refuse_unless_one_of(name: str, value: object, codes: tuple[str, ...]) -> None:
    """Raise Malformed for a value that is none of the codes."""
    if value not in codes:
        raise errors.Malformed(f"The field {name} must be one of {', '.join(codes)}.", field=name)


def refuse_unknown_classes(fields: Fields) -> None:
    """Raise Malformed when `classes` names an unknown retention class."""
    if any(name not in events.CLASSES for name in fields.get("classes", ())):
        raise errors.Malformed("The field classes must name retention classes, such as identity or service.")
