"""Who may read what at every door, and the record of it: nothing is opened before its reading is recorded (D12)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from api.casework.runtime import Runtime, Views
from ledger.authority.access import Sight, refuse_unless_readable
from ledger.authority.side import own_and_under, reads_people, refuse_nobody, side_of
from ledger.caller import Caller
from ledger.errors import ByGrantOnly, NotAllowed, UnknownCustomer
from ledger.log.codec import Entry
from ledger.state.replay import state_of
from projections.customers import read as customers


@dataclass(frozen=True, kw_only=True)
class PersonRead:
    """The records of a person after the reading of each was recorded, as far as the caller may read them."""

    shown: tuple[UUID, ...]
    """The record that was asked for, then the person's others."""
    not_shown: tuple[UUID, ...]
    """The person's records that the caller may not read."""
    sights: Mapping[UUID, Sight]
    """How much of each record that is shown the caller may read."""

    @property
    def every(self) -> tuple[UUID, ...]:
        """All records that count as this person's (LEDG-18)."""
        return self.shown + self.not_shown


def own_organisation(runtime: Runtime, by: Caller, asked: str | None = None) -> str | None:
    """The organisation whose rows a list shows: the one asked for, or else the caller's own, or None for every one.

    The controller's case work is shown every organisation's, a contractor and an office their own; a contractor's
    manager may ask for those that work under it. Raises UnregisteredOrganisation, and NotAllowed for another's.
    """
    on = runtime.ledger.registers()
    if reads_people(by, on):
        return asked
    refuse_nobody(by, on)
    match side_of(by, on):
        case "contractor" | "jobcentre-plus":
            own = own_and_under(on, by.organisation) if by.role == "contractor-manager" else {by.organisation}
            if asked is None or asked in own:
                return asked or by.organisation
            raise NotAllowed("You may read what concerns your own organisation only.")
        case _:
            raise NotAllowed(f"The role {by.role} sees no records of people.")


def sees_lists(runtime: Runtime, by: Caller) -> bool:
    """Whether a caller sees lists of tasks, findings and requests at all; an administrator sees none."""
    try:
        own_organisation(runtime, by)
    except NotAllowed:
        return False
    return True


def refuse_unless_sees_access(runtime: Runtime, by: Caller) -> None:
    """Raise NotAllowed unless a caller sees who used their access how: the controller's case work and auditors."""
    on = runtime.ledger.registers()
    refuse_nobody(by, on)
    if not reads_people(by, on):
        raise NotAllowed("Only the controller sees who read what, and who was refused.")


def refuse_unless_theirs(runtime: Runtime, customer_id: UUID, by: Caller) -> Sight:
    """How much of a record the caller may read.

    Raises UnknownCustomer for a record that they may not read, after as many statements as for no record.

    It comes before anything else is looked up, so that neither the answer nor its time tells the two apart.
    """
    ledger = runtime.ledger
    on = ledger.registers()
    return refuse_unless_readable(ledger.recorder, on, customer_id, by, ledger.holder(by, on))


def sees_access(runtime: Runtime, by: Caller) -> bool:
    """Whether a caller sees who used their access how."""
    try:
        refuse_unless_sees_access(runtime, by)
    except NotAllowed:
        return False
    return True


def record_reading(
    runtime: Runtime,
    customer_id: UUID,
    by: Caller,
    *,
    purpose: str,
    route: str,
    whole: bool = False,
    sight: Sight | None = None,
) -> Sight:
    """Record that somebody reads personal data, and say how much of it; when this fails, nothing is opened.

    `sight` is what `refuse_unless_theirs` answered, where it was asked before. `whole` for an answer that is nothing
    without names and contents. Raises UnknownCustomer, and ByGrantOnly for an auditor who asks for the whole without a
    grant.
    """
    if sight is None:
        runtime.bring_up()  # what is unsealed after this goes by who serves the person now
    return runtime.ledger.record_read(
        customer_id, by, purpose=purpose, route=route, command_id=uuid4(), whole=whole, sight=sight
    )


def may_be_read(runtime: Runtime, customer_id: UUID, by: Caller, *, purpose: str, route: str) -> bool:
    """Record a reading; False when the caller may not read names and contents of this record."""
    try:
        record_reading(runtime, customer_id, by, purpose=purpose, route=route, whole=True)
    except (UnknownCustomer, ByGrantOnly):
        return False
    return True


def opened_for(
    runtime: Runtime,
    by: Caller | Views,
    entries: Sequence[Entry],
    sight: Sight,
    *,
    classes: Iterable[str] | None = None,
) -> Mapping[int, Mapping[str, Any]]:
    """The payloads of a record's entries, as far as a reader may see them; empty ones for facts alone.

    So what is not shown differs from what was destroyed, which is absent. `by` is the reader, or the views that are
    open for them.
    """
    if sight.unsealed:
        return runtime.ledger.unsealed(entries[0].stream, classes=classes, by=by)
    destroyed = state_of(entries).destroyed
    return {
        entry.position: {}
        for entry in entries
        if entry.class_ is not None and (entry.class_, entry.part) not in destroyed
    }


def read_record(
    runtime: Runtime, customer_id: UUID, by: Caller, *, purpose: str, route: str, whole: bool = False
) -> PersonRead:
    """Record the reading of one record; the person's others are not shown. Raises what `record_reading` does."""
    sight = refuse_unless_theirs(runtime, customer_id, by)
    with runtime.current_views(by, about=customer_id) as views:
        if not customers.registered(views, customer_id):
            raise UnknownCustomer
        same_person = customers.same_person(views, customer_id)
    record_reading(runtime, customer_id, by, purpose=purpose, route=route, whole=whole, sight=sight)
    others = tuple(other for other in same_person if other != customer_id)
    return PersonRead(shown=(customer_id,), not_shown=others, sights={customer_id: sight})


def read_person(
    runtime: Runtime, customer_id: UUID, by: Caller, *, purpose: str, route: str, whole: bool = False
) -> PersonRead:
    """Record the reading of a person's record and of each other one that counts as theirs (LEDG-18).

    Raises what `record_reading` does for the record that was asked for.
    """
    read = read_record(runtime, customer_id, by, purpose=purpose, route=route, whole=whole)
    sights = dict(read.sights)
    for other in read.not_shown:
        with contextlib.suppress(UnknownCustomer, ByGrantOnly):
            sights[other] = record_reading(runtime, other, by, purpose=purpose, route=route, whole=whole)
    return PersonRead(
        shown=tuple(sights), not_shown=tuple(other for other in read.not_shown if other not in sights), sights=sights
    )
