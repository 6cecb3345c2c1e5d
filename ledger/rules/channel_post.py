"""Sharing by post or courier: ten plans, special or recorded delivery, paper only, announced and marked."""

from __future__ import annotations

import re
from datetime import datetime
from math import ceil

from ledger import events
from ledger.clocks import instant_text
from ledger.codes.channels import ON_PAPER, PARCELS
from ledger.duties.catalogue import owed_under
from ledger.normalise import as_code, normalised
from ledger.rules.channel_hand import TO_WHOM
from ledger.rules.facts import Confirmation, Share
from ledger.rules.rule import GUIDANCE, Found, Rule, found

MOST_PLANS = 10
RECORDED = ("RM_SPECIAL_DELIVERY", "RM_RECORDED", "RM_SIGNED_FOR_1ST", "RM_SIGNED_FOR_2ND")
"""Royal Mail now sells recorded delivery as Signed For, in either class (CONF-18)."""
_RECORDED = re.compile(
    r"specialdelivery(?:guaranteed)?(?:by\d+[ap]m)?|recorded(?:delivery)?|signedfor|\dsignedfor|signedfor\d"
)
_PLAIN = re.compile(r"\d|standard")
"""Patterns for a normalised product without the carrier and the word class (`_product`)."""
_PAPER = "paper"
_REMOVABLE = re.compile(
    r"usb|stick|drive|dis[ck](?:s|ette)?$|floppy|memory|flash|hdd|ssd|microsd|sdcard|cdrom|dvd|bluray|phone|tablet"
    r"|laptop|tape$|^(?:sd|sdhc|sdxc|cds?|cdrw?)$"
)
"""Searched for in a normalised medium."""


def by_post(share: Share) -> bool:
    return share.channel == "post" and share.to_jcp


def by_carrier(share: Share) -> bool:
    return share.channel in PARCELS and share.to_jcp


def too_many_plans(share: Share) -> Found | None:
    if not by_carrier(share) or share.plans <= MOST_PLANS:
        return None
    parcels = ceil(share.plans / MOST_PLANS)
    if by_post(share):
        return found("plans_in_share", suggested_parcels=parcels)
    return found("plans_in_share", severity="S3", answer="warn", suggested_parcels=parcels)


def not_recorded(share: Share) -> Found | None:
    if not by_post(share):
        return None
    product = _product(share)
    if _PLAIN.fullmatch(product):
        return None
    if not _RECORDED.fullmatch(product):
        return found("postal_product", postal_product=[*RECORDED])
    return None if share.event.tracking_number else found("tracking_number")


def plain_post(share: Share) -> Found | None:
    plain = by_post(share) and _PLAIN.fullmatch(_product(share))
    return found("postal_product", postal_product=[*RECORDED]) if plain else None


def _product(share: Share) -> str:
    product = re.sub(r"^(?:royalmail|rm)|class", "", normalised(share.event.postal_product))
    return product.replace("first", "1").replace("1st", "1").replace("second", "2").replace("2nd", "2")


def not_on_paper(share: Share) -> Found | None:
    if share.channel not in ON_PAPER or not share.to_jcp:
        return None
    others = [medium for medium in share.event.media if normalised(medium) != _PAPER and not _removable(medium)]
    return found("media") if others or not share.event.media else None


def on_a_stick(share: Share) -> Found | None:
    carried = share.channel in ON_PAPER and share.to_jcp
    return found("media") if carried and any(map(_removable, share.event.media)) else None


def _removable(medium: str) -> bool:
    return _REMOVABLE.search(normalised(medium)) is not None


def unapproved_courier(share: Share) -> Found | None:
    if share.channel != "courier" or not share.to_jcp:
        return None
    courier = share.event.courier
    known = courier is not None and share.registers.found(events.CourierApproved, key=courier) is not None
    return None if known else found("courier")


def delivered_without_signature(confirmation: Confirmation) -> Found | None:
    by_courier = normalised(confirmation.customer.channels.get(confirmation.event.share_id)) == "courier"
    return found("signatory") if by_courier and not confirmation.event.signatory else None


def recipient_not_marked(share: Share) -> Found | None:
    return found("recipient_marked") if by_carrier(share) and not share.event.recipient_marked else None


def not_packaged(share: Share) -> Found | None:
    return found("securely_packaged") if by_carrier(share) and not share.event.securely_packaged else None


def not_announced(share: Share) -> Found | None:
    if not by_carrier(share):
        return None
    sent = share.event.dispatched_at or instant_text(share.at)
    announced = share.event.announced_at
    in_time = announced is not None and datetime.fromisoformat(announced) < datetime.fromisoformat(sent)
    return None if in_time else found("announced_at")


def to_nobody_named(share: Share) -> Found | None:
    if not by_carrier(share):
        return None
    if as_code(share.event.recipient_role) not in TO_WHOM:
        return found("recipient_role", severity="S1" if share.event.recipient_role else "S2")
    return None if share.event.recipient_name or share.event.jcp_contact else found("recipient_name", severity="S2")


RULES = (
    Rule(
        id="CH-POST-01",
        group="CH-POST",
        source=GUIDANCE,
        line=74,
        force="MUST",
        sentence="Up to 10 careers and skills action plans can be sent by Royal Mail",
        status="checked",
        how="more than ten plans in one envelope; by courier that only warns (CONF-16)",
        proposed="refuse",
        severity="S2",
        parameters={"plans_at_most": MOST_PLANS},
        check=too_many_plans,
    ),
    Rule(
        id="CH-POST-02",
        group="CH-POST",
        source=GUIDANCE,
        line=74,
        force="MUST",
        sentence="special delivery or recorded delivery only",
        status="checked",
        how="special or recorded delivery, which Signed For is, with its tracking number",
        proposed="refuse",
        severity="S2",
        parameters={"postal_products": [*RECORDED]},
        check=not_recorded,
    ),
    Rule(
        id="CH-POST-03",
        group="CH-POST",
        source=GUIDANCE,
        line=74,
        force="MUST NOT",
        sentence="Royal Mail first or second class shall not be used",
        status="checked",
        how="plain first or second class",
        proposed="refuse",
        severity="S2",
        parameters={"postal_products": [*RECORDED]},
        check=plain_post,
    ),
    Rule(
        id="CH-POST-04",
        group="CH-POST",
        source=GUIDANCE,
        line=75,
        force="MUST",
        sentence="Only share physical copies of documents.",
        status="checked",
        how="paper and nothing else, by hand, post or courier",
        proposed="refuse",
        severity="S2",
        parameters={"medium": _PAPER, "channels": [*sorted(ON_PAPER)]},
        check=not_on_paper,
    ),
    Rule(
        id="CH-POST-05",
        group="CH-POST",
        source=GUIDANCE,
        line=75,
        force="MUST NOT",
        sentence="Do not share data on USB sticks.",
        status="checked",
        how="a USB stick or any other removable medium",
        proposed="refuse",
        severity="S1",
        parameters={"medium": _PAPER, "channels": [*sorted(ON_PAPER)]},
        check=on_a_stick,
    ),
    Rule(
        id="CH-POST-06",
        group="CH-POST",
        source=GUIDANCE,
        line=76,
        force="MUST",
        sentence="For non-Royal Mail services, use a secure courier service",
        status="checked",
        how="the courier is in the register of approved couriers",
        proposed="refuse",
        severity="S2",
        check=unapproved_courier,
    ),
    Rule(
        id="CH-POST-07",
        group="CH-POST",
        source=GUIDANCE,
        line=76,
        force="MUST",
        sentence="with a signature obtained upon delivery",
        status="checked",
        how="a courier's delivery is confirmed with a signatory",
        proposed="warn",
        severity="S2",
        judges=Confirmation,
        check=delivered_without_signature,
    ),
    Rule(
        id="CH-POST-08",
        group="CH-POST",
        source=GUIDANCE,
        line=77,
        force="MUST",
        sentence="State the recipient clearly on the parcel or envelope.",
        status="checked",
        how="it is said that the parcel named the recipient",
        proposed="warn",
        severity="S2",
        check=recipient_not_marked,
    ),
    Rule(
        id="CH-POST-09",
        group="CH-POST",
        source=GUIDANCE,
        line=77,
        force="SHOULD",
        sentence="The documents should be securely packaged.",
        status="checked",
        how="it is said that it was securely packaged",
        proposed="warn",
        severity="S3",
        check=not_packaged,
    ),
    Rule(
        id="CH-POST-10",
        group="CH-POST",
        source=GUIDANCE,
        line=78,
        force="SHOULD",
        sentence="should be told in advance that the sender is sending the document",
        status="checked",
        how="the recipient was told before it was dispatched",
        proposed="warn",
        severity="S3",
        check=not_announced,
    ),
    Rule(
        id="CH-POST-11",
        group="CH-POST",
        source=GUIDANCE,
        line=78,
        force="MUST",
        sentence="The recipient (a JCP work coach or an agreed JCP point of contact)",
        status="checked",
        how="a named person who is the work coach or an agreed contact",
        proposed="refuse",
        severity="S1",
        parameters={"recipient_roles": [*sorted(TO_WHOM)]},
        check=to_nobody_named,
    ),
    Rule(
        id="CH-POST-12",
        group="CH-POST",
        source=GUIDANCE,
        line=79,
        force="MUST",
        sentence="The recipient shall confirm safe receipt with the sender as soon as is practicable.",
        status="behaviour",
        how=(
            "owed and chased, and when it never comes an assessment of loss: "
            "tests/projections/obligations/test_obligations_late.py, "
            "test_documents_nobody_confirmed_are_assessed_as_perhaps_lost_ch_post_12"
        ),
        parameters=owed_under("CH-POST-12"),
    ),
)
