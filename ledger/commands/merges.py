"""Commands that join two records of one person, and part them again (LEDG-18)."""

from __future__ import annotations

from ledger import errors, events
from ledger.commands.declaration import CONTROLLERS, CustomerCommand, Example, Fields
from ledger.commands.invented import CUSTOMER, OTHER
from ledger.commands.preconditions import needs_reason, new_id
from ledger.state.customer import Customer


def _merge(customer: Customer, fields: Fields) -> None:
    """All duplicates of a person merge into one surviving record, so merges form no chains and no circles."""
    new_id(lambda record: record.merges, "merge_id")(customer, fields)
    if customer.merged_into:
        raise errors.AlreadyDone("This record is already merged into another; unmerge it first.")
    if customer.duplicates:
        raise errors.AlreadyDone("Other records are merged into this one; name this one as the record that goes on.")
    needs_reason(customer, fields, "merge-customers", events.CustomersMerged)


def _unmerge(customer: Customer, fields: Fields) -> None:
    if fields["merge_id"] not in customer.merged_into:
        raise errors.UnknownReference("No merge with this number joins this customer's record to another one now.")
    needs_reason(customer, fields, "unmerge-customers", events.CustomersUnmerged)


MERGE = CustomerCommand(
    name="merge-customers",
    makes=events.CustomersMerged,
    needs=("into",),
    permitted=CONTROLLERS,
    own_id="merge_id",
    filled_in=frozenset({"duplicate"}),
    check=_merge,
    merges=True,
    examples={
        "": Example(
            at="2026-02-02T10:00:00Z",
            about=OTHER,
            after=("register-customer", "register-customer/another"),
            fields={"merge_id": "merge-1", "into": CUSTOMER, "reason": "both names are the same person's"},
        )
    },
)
UNMERGE = CustomerCommand(
    name="unmerge-customers",
    makes=events.CustomersUnmerged,
    needs=("merge_id", "data_exposed"),
    permitted=CONTROLLERS,
    check=_unmerge,
    merges=True,
    examples={
        "": Example(
            at="2026-02-03T10:00:00Z",
            about=OTHER,
            after=("merge-customers",),
            fields={"merge_id": "merge-1", "data_exposed": False, "reason": "the birth dates differ"},
        )
    },
)


DECLARED = (MERGE, UNMERGE)
