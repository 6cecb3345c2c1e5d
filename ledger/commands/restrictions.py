"""Commands about restrictions, objections and decisions by a computer alone."""

from __future__ import annotations

from ledger import errors, events
from ledger.caller import EVERYBODY
from ledger.commands.declaration import CONTROLLERS, CustomerCommand, Example, Fields, closed
from ledger.commands.invented import PRIME
from ledger.commands.items import ITEM_CODES, items_written
from ledger.commands.preconditions import every, known_id, new_id, refuse_unless_one_of
from ledger.state.customer import Customer

RESTRICTION_GROUNDS = ("accuracy_contested", "objection_pending", "unlawful_processing", "legal_claims", "requested")
"""Grounds of UK GDPR Art. 18(1), and one for a restriction that the controller grants beyond them."""


def _new_hold(customer: Customer, fields: Fields) -> None:
    """Checks of a new restriction, which also places a hold with the same id."""
    hold = {"hold_id": fields["restriction_id"]}
    new_id(lambda record: record.holds, "hold_id")(customer, hold)
    if fields["restriction_id"] in customer.lifted:
        raise errors.AlreadyDone("A restriction of this number was lifted; a new one needs a number of its own.")


def _ground(_: Customer, fields: Fields) -> None:
    refuse_unless_one_of("ground", fields["ground"], RESTRICTION_GROUNDS)


RESTRICT = CustomerCommand(
    name="restrict-processing",
    makes=events.ProcessingRestricted,
    effect="protects",
    needs=("ground",),
    permitted=CONTROLLERS,
    own_id="restriction_id",
    fills_in=items_written,
    judged=True,
    check=every(new_id(lambda customer: customer.matters, "restriction_id"), _new_hold, _ground),
    codes={"ground": closed(*RESTRICTION_GROUNDS), "items": ITEM_CODES},
    examples={
        "": Example(
            at="2026-05-11T10:00:00Z",
            after=("register-customer",),
            fields={"restriction_id": "restriction-1", "ground": "accuracy_contested", "organisation": PRIME},
        )
    },
)
LIFT = CustomerCommand(
    name="lift-restriction",
    makes=events.RestrictionLifted,
    needs=("restriction_id", "person_told_at"),
    permitted=CONTROLLERS,
    check=known_id(lambda customer: customer.restrictions, "restriction_id", "restriction in force"),
    examples={
        "": Example(
            at="2026-05-25T10:00:00Z",
            after=("restrict-processing",),
            fields={
                "restriction_id": "restriction-1",
                "person_told_at": "2026-05-22T10:00:00Z",
                "reason": "the record was right",
            },
        )
    },
)
CONTEST = CustomerCommand(
    name="contest-decision",
    makes=events.DecisionContested,
    effect="protects",
    permitted=EVERYBODY,
    needs=("representation",),
    own_id="decision_id",
    check=new_id(lambda customer: customer.contested, "decision_id"),
    examples={
        "": Example(
            at="2026-05-04T10:00:00Z",
            after=("register-customer",),
            fields={"decision_id": "decision-1", "representation": "a person should look at it"},
        )
    },
)
REVIEW = CustomerCommand(
    name="review-decision",
    makes=events.DecisionReviewed,
    needs=("decision_id", "outcome", "reviewed_by"),
    permitted=CONTROLLERS,
    check=known_id(lambda customer: customer.contested, "decision_id", "contested decision"),
    examples={
        "": Example(
            at="2026-05-08T10:00:00Z",
            after=("contest-decision",),
            fields={"decision_id": "decision-1", "outcome": "changed", "reviewed_by": "Manager One (invented)"},
        )
    },
)

DECLARED = (RESTRICT, LIFT, CONTEST, REVIEW)
