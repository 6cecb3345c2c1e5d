"""Commands that follow a share or a receipt: confirming, incorporating, disposing, and notifying recipients."""

from __future__ import annotations

from ledger import errors, events
from ledger.commands.conditions import COURIER, NOT_TOLD
from ledger.commands.declaration import CustomerCommand, Example, Fields, closed, only_when
from ledger.commands.invented import JOBCENTRE_PLUS, OFFICE, PRIME
from ledger.commands.preconditions import known_id, needs_reason, once
from ledger.normalise import normalised
from ledger.state.customer import Customer

MEDIA = ("email", "paper")
NOT_TOLD_BECAUSE = ("impossible", "disproportionate")
_matter = known_id(lambda customer: customer.matters, "matter_id", "correction, erasure or restriction")


def _confirm_receipt(customer: Customer, fields: Fields) -> None:
    if fields["share_id"] not in customer.shares:
        raise errors.UnknownReference("No share with this number is known for this customer.")
    if fields["share_id"] in customer.confirmed:
        raise errors.AlreadyDone("Receipt of this share has already been confirmed.")


def _incorporate(customer: Customer, fields: Fields) -> None:
    if fields["receipt_id"] not in customer.receipts:
        raise errors.UnknownReference("No receipt with this number is known for this customer.")
    if fields["receipt_id"] in customer.incorporated:
        raise errors.AlreadyDone("This receipt has already been incorporated.")


def _dispose_copy(customer: Customer, fields: Fields) -> None:
    if fields.get("receipt_id") not in customer.receipts and fields.get("share_id") not in customer.shares:
        raise errors.UnknownReference("Name the receipt or the share whose copy was disposed of.")
    if fields["medium"] not in MEDIA:
        raise errors.Malformed("The field medium must be email or paper.")


def _recipient(customer: Customer, fields: Fields) -> None:
    """The recipient must have the name under which data went to it, or its obligation would stay open."""
    _matter(customer, fields)
    _named_as_it_went(customer, fields["recipient"])


def _named_as_it_went(customer: Customer, recipient: str) -> None:
    named = {normalised(name): name for name in sorted(customer.recipients)}.get(normalised(recipient))
    if named is not None and recipient not in customer.recipients:
        raise errors.UnknownReference(f"Data went to this recipient as {named}; name it so.", field="recipient")


def _notify(customer: Customer, fields: Fields) -> None:
    _recipient(customer, fields)
    if fields.get("not_told_because") not in {None, *NOT_TOLD_BECAUSE}:
        raise errors.Malformed("The field not_told_because must be impossible or disproportionate.")
    if fields.get("not_told_because"):
        needs_reason(customer, fields, "notify-recipient", events.RecipientNotified)
        if (events.RecipientNotified.NAME, fields["matter_id"], fields["recipient"]) in customer.done:
            raise errors.AlreadyDone("This recipient was told.")


def _chase(customer: Customer, fields: Fields) -> None:
    if fields.get("share_id") not in customer.shares and fields.get("matter_id") not in customer.matters:
        raise errors.UnknownReference("Name the share or the correction that the recipient is to confirm.")
    _named_as_it_went(customer, fields.get("recipient") or "")


CONFIRM_RECEIPT = CustomerCommand(
    name="confirm-receipt",
    makes=events.ReceiptConfirmed,
    effect="own-act",
    needs=("share_id",),
    judged=True,
    check=_confirm_receipt,
    when=only_when({(COURIER,): "signatory"}),
    examples={
        "": Example(
            at="2026-03-04T10:00:00Z",
            after=("share-data/post",),
            fields={"share_id": "share-4", "confirmed_by": JOBCENTRE_PLUS, "confirmed_at": "2026-03-03T10:00:00Z"},
        )
    },
)
INCORPORATE = CustomerCommand(
    name="incorporate-data",
    makes=events.DataIncorporated,
    effect="own-act",
    needs=("receipt_id",),
    settles=True,
    check=_incorporate,
    examples={
        "": Example(
            at="2026-02-18T10:00:00Z",
            after=("keep-record", "receive-data"),
            fields={"receipt_id": "receipt-1", "record_id": "plan-1", "method": "typed in"},
        )
    },
)
DISPOSE_COPY = CustomerCommand(
    name="dispose-copy",
    makes=events.CopyDisposed,
    effect="own-act",
    needs=("medium",),
    settles=True,
    check=_dispose_copy,
    codes={"medium": closed(*MEDIA)},
    examples={
        "": Example(
            at="2026-02-18T11:00:00Z",
            after=("incorporate-data",),
            fields={"receipt_id": "receipt-1", "medium": "email", "method": "deleted, from the deleted items too"},
        )
    },
)
ROUTE = CustomerCommand(
    name="route-data",
    makes=events.DataRouted,
    effect="own-act",
    needs=("receipt_id", "adviser"),
    check=once(events.DataRouted, known_id(lambda customer: customer.receipts, "receipt_id", "receipt")),
    examples={
        "": Example(
            at="2026-02-17T10:00:00Z",
            after=("receive-data",),
            fields={"receipt_id": "receipt-1", "adviser": "Adviser One (invented)", "organisation": PRIME},
        )
    },
)
PASS_TO_WORK_COACH = CustomerCommand(
    name="pass-to-work-coach",
    makes=events.PassedToWorkCoach,
    effect="own-act",
    needs=("share_id",),
    settles=True,
    check=once(events.PassedToWorkCoach, known_id(lambda customer: customer.shares, "share_id", "share")),
    examples={
        "": Example(
            at="2026-03-04T10:00:00Z",
            after=("share-data/hand",),
            fields={"share_id": "share-3", "office": OFFICE, "work_coach": "Coach Seven (invented)"},
        )
    },
)
CHASE = CustomerCommand(
    name="chase-recipient",
    makes=events.RecipientChased,
    check=_chase,
    examples={
        "": Example(
            at="2026-03-04T10:00:00Z",
            after=("share-data/post",),
            fields={"share_id": "share-4", "recipient": JOBCENTRE_PLUS, "channel": "telephone"},
        )
    },
)
NOTIFY = CustomerCommand(
    name="notify-recipient",
    makes=events.RecipientNotified,
    needs=("matter_id", "recipient"),
    settles=True,
    check=once(events.RecipientNotified, _notify),
    codes={"not_told_because": closed(*NOT_TOLD_BECAUSE)},
    when=only_when({(NOT_TOLD,): "not_told_because reason"}),
    examples={
        "": Example(
            at="2026-03-11T10:00:00Z",
            after=("correct-record",),
            fields={"matter_id": "correction-1", "recipient": JOBCENTRE_PLUS, "channel": "email"},
        )
    },
)
CONFIRM_CORRECTION = CustomerCommand(
    name="confirm-correction",
    makes=events.CorrectionConfirmed,
    needs=("matter_id", "recipient"),
    check=once(events.CorrectionConfirmed, _recipient),
    examples={
        "": Example(
            at="2026-03-16T10:00:00Z",
            after=("notify-recipient",),
            fields={"matter_id": "correction-1", "recipient": JOBCENTRE_PLUS, "confirmed_by": "Coach Seven (invented)"},
        )
    },
)

DECLARED = (
    CONFIRM_RECEIPT, INCORPORATE, DISPOSE_COPY, ROUTE, PASS_TO_WORK_COACH, CHASE, NOTIFY, CONFIRM_CORRECTION,
)  # fmt: skip
