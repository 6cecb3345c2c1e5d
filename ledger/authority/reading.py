"""Who reads, in the words of the database's policies, by the registers of a day."""

from __future__ import annotations

from ledger.authority.grants import Holder
from ledger.authority.side import contract_is_over, own_and_under, side_of
from ledger.caller import Caller
from ledger.commands.grants import READERS
from ledger.state.registers import InForce
from ledger.store.readers import EVERY_PROGRAMME, Reading


def reads_as(holder: Holder, by: Caller, on: InForce) -> Reading:
    """What a caller reads as; the database decides by it which rows there are (docs/database.md).

    The operator's lists are of every programme; a person's record is shown to them for their organisation's alone.
    A caller on no side reads no row about anybody. Grants open a person to who holds them, in the role they asked in.
    """
    side = side_of(by, on)
    if side == "nobody":
        return Reading(side="nobody", role=by.role)
    return Reading(
        side=side,
        role=by.role,
        organisation=by.organisation,
        organisations=sorted(own_and_under(on, by.organisation)),
        serves_as="" if contract_is_over(on, by.organisation) else by.organisation,
        programme=EVERY_PROGRAMME if side == "operator" else on.programme_of(by.organisation),
        holder=holder.actor if by.role in READERS else "",
        at=holder.at,
    )
