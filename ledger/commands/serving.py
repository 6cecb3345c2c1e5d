"""Commands about who serves a person: the controller assigns or ends it; identity shown is no command of this kind."""

from __future__ import annotations

from datetime import datetime

from ledger import events
from ledger.commands.declaration import CONTROLLERS, CustomerCommand, Example, Fields
from ledger.commands.invented import PRIME
from ledger.commands.preconditions import needs_reason
from ledger.state.customer import Customer


def _assigned(fields: Fields, _: datetime) -> Fields:
    return {**fields, "because": "assigned"}


def _decided(fields: Fields, _: datetime) -> Fields:
    return {"because": "decided", **fields}


def _assign(customer: Customer, fields: Fields) -> None:
    needs_reason(customer, fields, "assign-customer", events.ServingBegan)


def _end(customer: Customer, fields: Fields) -> None:
    needs_reason(customer, fields, "end-serving", events.ServingEnded)


ASSIGN = CustomerCommand(
    name="assign-customer",
    makes=events.ServingBegan,
    needs=("organisation",),
    permitted=CONTROLLERS,
    filled_in=frozenset({"because", "served_before", "identifiers"}),
    fills_in=_assigned,
    check=_assign,
    examples={
        "": Example(
            at="2026-04-01T09:00:00Z",
            after=("register-customer", "register-organisation"),
            fields={"organisation": PRIME, "reason": "the earlier contractor's contract ended"},
        )
    },
)
END_SERVING = CustomerCommand(
    name="end-serving",
    makes=events.ServingEnded,
    needs=("organisation",),
    filled_in=frozenset({"because"}),
    fills_in=_decided,
    check=_end,
    examples={
        "": Example(
            at="2026-04-02T09:00:00Z",
            after=("register-customer",),
            fields={"organisation": PRIME, "reason": "handed over to another contractor"},
        )
    },
)
DECLARED = (ASSIGN, END_SERVING)
