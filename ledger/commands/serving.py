"""Commands about who serves a person: the controller assigns or ends it, and a flag keeps it with the controller.

Identity shown is no command: `ledger.identity_shown` answers it, and may not say whom it did not find.
"""

from __future__ import annotations

from datetime import datetime

from ledger import events
from ledger.caller import CONTRACTOR_ROLES
from ledger.commands.declaration import CONTROLLERS, CustomerCommand, Example, Fields, closed
from ledger.commands.invented import PRIME
from ledger.commands.preconditions import known_id, needs_reason, new_id, refuse_unless_one_of
from ledger.state.customer import Customer

RISKS = ("personal_safety", "impersonation")
"""What a flag is for: somebody may harm the person, or may pretend to be them. Details are sealed in the reason."""


def _assigned(fields: Fields, _: datetime) -> Fields:
    return {**fields, "because": "assigned"}


def _decided(fields: Fields, _: datetime) -> Fields:
    return {"because": "decided", **fields}


def _assign(customer: Customer, fields: Fields) -> None:
    needs_reason(customer, fields, "assign-customer", events.ServingBegan)


def _end(customer: Customer, fields: Fields) -> None:
    needs_reason(customer, fields, "end-serving", events.ServingEnded)


def _flag(customer: Customer, fields: Fields) -> None:
    refuse_unless_one_of("code", fields["code"], RISKS)
    new_id(lambda known: known.flags, "flag_id")(customer, fields)
    needs_reason(customer, fields, "flag-at-risk", events.FlaggedAtRisk)


def _lift(customer: Customer, fields: Fields) -> None:
    in_force = {flag_id for flag_id, stands in customer.flags.items() if stands}
    known_id(lambda _: in_force, "flag_id", "flag in force")(customer, fields)
    needs_reason(customer, fields, "lift-at-risk", events.AtRiskLifted)


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
FLAG = CustomerCommand(
    name="flag-at-risk",
    makes=events.FlaggedAtRisk,
    effect="protects",
    needs=("code",),
    own_id="flag_id",
    check=_flag,
    codes={"code": closed(*RISKS)},
    examples={
        "": Example(
            at="2026-04-07T09:00:00Z",
            after=("register-customer",),
            fields={"flag_id": "flag-1", "code": "personal_safety", "reason": "somebody else may pretend to be them"},
        )
    },
)
LIFT_FLAG = CustomerCommand(
    name="lift-at-risk",
    makes=events.AtRiskLifted,
    needs=("flag_id",),
    permitted=CONTROLLERS | CONTRACTOR_ROLES,
    check=_lift,
    examples={
        "": Example(
            at="2026-07-07T09:00:00Z",
            after=("flag-at-risk",),
            fields={"flag_id": "flag-1", "reason": "the customer said that it is over"},
        )
    },
)
DECLARED = (ASSIGN, END_SERVING, FLAG, LIFT_FLAG)
