"""How and which way data went."""

from __future__ import annotations

from ledger import normalise
from projections.wording.codes import plainly
from projections.wording.source_fields import coded

CHANNELS = {
    "EMAIL": "by email",
    "TELEPHONE": "by telephone",
    "POST": "by post",
    "COURIER": "by courier",
    "HAND": "by hand",
    "SYSTEM": "through a booking or referral system",
    "ACCOUNT": "in the online account",
    "LOCAL_ADVISER_PHONE": "by telephone to the local adviser",
    "LOCAL_ADVISER_IN_PERSON": "in person to the local adviser",
    "CONTACT_PAGE": "through the contact page",
    "CAMPAIGN_SIGN_UP": "by signing up to a campaign",
    "WEBSITE": "on the website",
    "LETTER": "by letter",
    "FACE_TO_FACE": "face to face",
    "WEBCHAT": "by webchat",
    "OTHER": "in another way",
}
DIRECTIONS = {
    "NCS_TO_JCP": "from the National Careers Service to Jobcentre Plus",
    "JCP_TO_NCS": "from Jobcentre Plus to the National Careers Service",
    "NCS_TO_RESEARCH": "from the National Careers Service to a research company",
    "WITHIN_NCS": "within the National Careers Service",
}


def channel(code: object) -> str:
    """How something was sent or held: a word of the guidance, or a number of the earlier service."""
    text = str(code)
    return CHANNELS.get(text.upper().replace("-", "_").replace(" ", "_")) or coded("interactions", "Channel", code)


def direction(code: object) -> str:
    """Which way data went; what nobody said is not made up (DATA-01)."""
    return DIRECTIONS.get(normalise.as_code(str(code)), plainly(code)) if code else "not recorded"
