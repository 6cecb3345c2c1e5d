"""Who reads, in the words of the database's policies, by the registers of a day."""

from __future__ import annotations

from ledger.caller import Caller
from ledger.events import OrganisationRegistered
from ledger.state.registers import InForce
from ledger.store.readers import Reading


def reading_of(by: Caller, on: InForce) -> Reading:
    """The reading of a caller; the database decides by it which rows there are (docs/database.md)."""
    return Reading(
        side="contractor" if by.role == "contractor" else "controller",
        role=by.role,
        organisation=by.organisation,
        organisations=sorted(_own_and_under(by.organisation, on)),
        programme=on.programme_of(by.organisation),
    )


def _own_and_under(code: str, on: InForce) -> set[str]:
    every = [*on.every(OrganisationRegistered)]
    found, before = {code}, set[str]()
    while found != before:
        before = found
        found = before | {entry.organisation for entry in every if entry.part_of in before}
    return found
