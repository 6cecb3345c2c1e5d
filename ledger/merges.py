"""Whether two records may be merged as one person, and the breach that a wrong merge may be. Pure (LEDG-18).

A merge rewrites nothing. It appends an event to both records, each naming the other: concurrent merges of the same
records conflict, and the history of either record says to whom it belongs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ledger import errors, events
from ledger.commands.reader import Part
from ledger.events import NHS, Event
from ledger.judging.case import Case, assessments
from ledger.state.customer import Customer

RULE, RULE_SET = "LEDG-18", "ledger"


def counterpart(customer: Customer, part: Part) -> UUID:
    """The record that this one is merged into, or whose merge is undone."""
    return UUID(part.fields.get("into") or customer.merged_into[part.fields["merge_id"]])


def on_counterpart(duplicate: Customer, survivor: Customer, part: Part, made: Event) -> Event:
    """The event for the surviving record; it holds nothing sealed, so that it can always be recorded.

    Raises UnknownCustomer, Malformed and AlreadyDone when the two may not be merged.
    """
    if isinstance(made, events.CustomersUnmerged):
        return replace(made, reason=None)
    assert isinstance(made, events.CustomersMerged), "only a merge or its undoing is recorded with two records"
    if made.into == str(part.stream):
        raise errors.Malformed("A record cannot be merged into itself.", field="into")
    if not survivor.registered:
        raise errors.UnknownCustomer("No customer with the id in the field into is known.")
    if survivor.merged_into:
        raise errors.AlreadyDone("The record to merge into is merged into another itself; name the one that goes on.")
    if made.merge_id in survivor.merges:
        raise errors.AlreadyDone("The field merge_id repeats a number that is already recorded for the other customer.")
    if (duplicate.programme == NHS) != (survivor.programme == NHS):
        raise errors.Malformed(
            "Records of two controllers are not merged: each controller answers for its own.",
            field="into",
            rule_id="PARTY-06",
        )
    return replace(made, into=None, duplicate=str(part.stream), reason=None, decided_by=None)


def joined_by(customer: Customer, other: UUID) -> str:
    """The id of the merge that joins a record to another of the person; its own merge where both went into a third."""
    ties = {**customer.merged_into, **customer.duplicates}
    return next((merge_id for merge_id, record in ties.items() if record == str(other)), next(iter(ties), ""))


def exposing(case: Case, at: datetime) -> tuple[Event, ...]:
    """The grave finding and the breach assessment, where a merge that is undone exposed data; with each of the two.

    The assessments decide whose data was exposed to whom.
    """
    undone = case.made[0]
    if not isinstance(undone, events.CustomersUnmerged) or not undone.data_exposed:
        return ()
    found = events.FindingRaised(
        finding_id=case.finding_id(RULE, undone.merge_id),
        rule=RULE,
        rule_set=RULE_SET,
        severity="S1",
        subject_type=events.CustomersMerged.NAME,
        subject_id=undone.merge_id,
        fields=("data_exposed",),
        organisation=None,
        prime=None,
        overridden=None,
    )
    return (found, *assessments(case, [found], at, None))  # the finding names no organisation, so no contractor either
