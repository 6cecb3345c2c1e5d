"""Commands that report a share or a receipt; the conditions of their fields follow the rule cards."""

from __future__ import annotations

from datetime import datetime

from ledger import events
from ledger.codes.channels import AUTHORISED, CONTACT_CHANNELS
from ledger.commands import shares_invented as invented
from ledger.commands.conditions import (
    ABROAD,
    BREACH,
    COURIER,
    EMAIL,
    HAND,
    INSPECTION,
    JOBCENTRE_PLUS,
    LEGAL_OBLIGATION,
    NHS,
    OVERRIDE,
    POST,
    PRIORITY_GROUP,
    PROTECTION,
    PUBLIC_TASK,
    RESEARCH,
    SPECIAL,
    SPECIALIST,
    SYSTEM,
    TELEPHONE,
    UNDER_18,
)  # fmt: skip
from ledger.commands.customers import SERVICE_COMPONENTS
from ledger.commands.declaration import CustomerCommand, Example, Fields, known, only_when
from ledger.commands.invented import JOBCENTRE_PLUS as FROM_JCP
from ledger.commands.invented import PRIME
from ledger.commands.items import GROUP_CODES, ITEM_CODES, with_items
from ledger.commands.preconditions import new_id
from ledger.normalise import as_code, normalised
from ledger.rules.bases import BASES
from ledger.rules.channel_email import FILE
from ledger.rules.channel_hand import ADVISER, TO_WHOM
from ledger.rules.channel_post import RECORDED
from ledger.rules.purposes import IMPROVEMENT, STATISTICS, SUPPORT, WITH_JCP

_OF_ONE_PERSON = (
    *("file_names", "values", "note", "plan_id", "priority_groups", "consented_items"),
    *("items_reason", "necessity", "override_reason"),
)
_CHANNELS = known(*sorted(AUTHORISED))
_ARTICLE_6, _ARTICLE_9 = (known(*(code for code in BASES if code.startswith(article))) for article in ("A6", "A9"))


def _with_codes(fields: Fields, _: datetime) -> Fields:
    """The fields with items, channel and recipient's role as codes, which decide what is due; others unchanged."""
    written = with_items(fields, groups=True)
    channel, role = fields.get("channel"), fields.get("recipient_role")
    if channel and channel.casefold() not in AUTHORISED and normalised(channel) in AUTHORISED:
        written["channel"] = normalised(channel)
    if as_code(role) in TO_WHOM:
        written["recipient_role"] = as_code(role)
    return written


def _received(fields: Fields, occurred_at: datetime) -> Fields:
    """The fields with a retention part of their own, so that each receipt is destroyed on its own."""
    return {**_with_codes(fields, occurred_at), "part": fields["receipt_id"]}


SHARE = CustomerCommand(
    name="share-data",
    makes=events.DataShared,
    effect="own-act",
    # A share without a channel breaks a rule and is recorded all the same: refusing the report would hide the breach.
    needs=("sent_to",),
    own_id="share_id",
    done_by="sent_by",
    fills_in=_with_codes,
    judged=True,
    check=new_id(lambda customer: customer.shares, "share_id"),
    several=_OF_ONE_PERSON,
    counts_people="plans_in_share",
    codes={
        "channel": _CHANNELS,
        "recipient_role": known(*sorted(TO_WHOM)),
        "items": ITEM_CODES,
        "priority_groups": GROUP_CODES,
        "container": known("CSAP", "OTHER"),
        "purpose": known(*sorted(WITH_JCP), STATISTICS, IMPROVEMENT),
        "support_link": known(*sorted(SUPPORT)),
        "lawful_basis": _ARTICLE_6,
        "special_condition": _ARTICLE_9,
        "attachment_kind": known(FILE),
        "postal_product": known(*RECORDED),
        "media": known("paper"),
        "handed_by_role": known(ADVISER),
        "contact_channel": known(*CONTACT_CHANNELS),
        "service_component": SERVICE_COMPONENTS,
    },
    when=only_when({
        (EMAIL,): (
            "encrypted attachment_kind link_revoked_at body_has_data sender_address recipient_addresses cc_addresses"
            " bcc_addresses subject file_names adviser"
        ),
        (EMAIL, POST, COURIER): "plans_in_share",
        (TELEPHONE,): "called_line private_place place overheard",
        (EMAIL, TELEPHONE, POST, COURIER): "jcp_contact",
        (HAND,): "handed_by_role stored_securely document_explained customer_identified storage_explained",
        (HAND, POST, COURIER): "media recipient_role",
        (POST,): "postal_product tracking_number",
        (COURIER,): "courier",
        (POST, COURIER): "recipient_marked securely_packaged announced_at dispatched_at recipient_name",
        (SYSTEM,): "system_id",
        (JOBCENTRE_PLUS,): "office contract support_link security_basis free_text_checked consented_items",
        (JOBCENTRE_PLUS, NHS): "agreement controller",
        (JOBCENTRE_PLUS, SPECIALIST, NHS): "items_reason",
        (NHS,): "contact_channel recipient_capacity processor_contract",
        (NHS, SPECIAL, PROTECTION): "necessity",
        (NHS, ABROAD): "storage_location",
        (ABROAD,): "transfer_safeguard",
        (RESEARCH,): "identifiable",
        (INSPECTION,): "sample_size",
        (LEGAL_OBLIGATION,): "enactment",
        (PUBLIC_TASK,): "public_task",
        (SPECIAL, PRIORITY_GROUP): "special_condition",
        (SPECIAL,): "schedule_condition policy_document",
        (PRIORITY_GROUP,): "priority_groups",
        (UNDER_18,): "aged_under_18_because",
        (BREACH,): "became_aware_at",
        (OVERRIDE,): "override_reason overridden_by",
    }),
    examples=invented.SHARES,
)  # fmt: skip
RECEIVE = CustomerCommand(
    name="receive-data",
    makes=events.DataReceived,
    effect="own-act",
    needs=("received_from",),
    own_id="receipt_id",
    done_by="received_by",
    fills_in=_received,
    judged=True,
    check=new_id(lambda customer: customer.receipts, "receipt_id"),
    several=_OF_ONE_PERSON,
    codes={"channel": _CHANNELS, "items": ITEM_CODES, "priority_groups": GROUP_CODES, "lawful_basis": _ARTICLE_6},
    when=only_when({
        (EMAIL,): "sent_at subject file_names",
        (HAND, POST, COURIER): "stored_securely custodian",
        (PRIORITY_GROUP,): "priority_groups",
        (BREACH,): "became_aware_at security_observation",
    }),
    examples={
        "email": Example(
            at="2026-02-16T10:00:00Z",
            after=("refer-customer/from-jobcentre-plus",),
            fields={
                "receipt_id": "receipt-1",
                "received_from": FROM_JCP,
                "received_by": PRIME,
                "office": "testford",
                "channel": "email",
                "sent_at": "2026-02-16T09:30:00Z",
                "items": ["D01", "D10"],
                "purpose": "EMPLOYMENT",
                "lawful_basis": "A6-1-e",
                "routed": False,
                "subject": "Robin Example",
                "values": {"reason_for_referral": "wants to change careers"},
            },
        )
    },
)  # fmt: skip

DECLARED = (SHARE, RECEIVE)
