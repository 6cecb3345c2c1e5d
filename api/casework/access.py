"""Who may read what at every door, and the record of it: nothing is opened before its reading is recorded (D12)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from api.casework.runtime import Runtime
from ledger.authority.access import refuse_strangers
from ledger.authority.readers import may_read
from ledger.caller import Caller
from ledger.errors import NotAllowed, UnknownCustomer
from projections.customers import read as customers


@dataclass(frozen=True, kw_only=True)
class PersonRead:
    """The records of a person after the reading of each was recorded, as far as the caller may read them."""

    shown: tuple[UUID, ...]
    """The record that was asked for, then the person's others."""
    not_shown: tuple[UUID, ...]
    """The person's records that the caller may not read."""

    @property
    def every(self) -> tuple[UUID, ...]:
        """All records that count as this person's (LEDG-18)."""
        return self.shown + self.not_shown


def own_organisation(by: Caller, asked: str | None = None) -> str | None:
    """The organisation whose rows a list shows: the one asked for, or else the caller's own, or None for every one.

    Only who reads everything of the service is shown every organisation's.
    """
    return asked or (None if may_read(by, ()) else by.organisation)


def record_reading(runtime: Runtime, customer_id: UUID, by: Caller, *, purpose: str, route: str) -> None:
    """Record that somebody reads personal data; when this fails, nothing is opened. Raises NotAllowed."""
    refuse_strangers(runtime.ledger.recorder, customer_id, by)
    runtime.bring_up()  # what is unsealed after this goes by who serves the person now
    runtime.ledger.record_read(customer_id, by, purpose=purpose, route=route, command_id=uuid4())


def may_be_read(runtime: Runtime, customer_id: UUID, by: Caller, *, purpose: str, route: str) -> bool:
    """Record a reading; False when the caller may not read this record."""
    try:
        record_reading(runtime, customer_id, by, purpose=purpose, route=route)
    except NotAllowed:
        return False
    return True


def read_record(runtime: Runtime, customer_id: UUID, by: Caller, *, purpose: str, route: str) -> PersonRead:
    """Record the reading of one record; the person's others are not shown. Raises UnknownCustomer and NotAllowed."""
    with runtime.current_views(by) as views:
        if not customers.registered(views, customer_id):
            raise UnknownCustomer
        same_person = customers.same_person(views, customer_id)
    record_reading(runtime, customer_id, by, purpose=purpose, route=route)
    return PersonRead(shown=(customer_id,), not_shown=tuple(other for other in same_person if other != customer_id))


def read_person(runtime: Runtime, customer_id: UUID, by: Caller, *, purpose: str, route: str) -> PersonRead:
    """Record the reading of a person's record and of each other one that counts as theirs (LEDG-18).

    Raises UnknownCustomer, and NotAllowed for the record that was asked for.
    """
    read = read_record(runtime, customer_id, by, purpose=purpose, route=route)
    allowed = [other for other in read.not_shown if may_be_read(runtime, other, by, purpose=purpose, route=route)]
    return PersonRead(
        shown=(customer_id, *allowed), not_shown=tuple(other for other in read.not_shown if other not in allowed)
    )
