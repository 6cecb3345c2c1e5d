"""The codes of channels: how a share goes, and how somebody gives or withdraws consent."""

from __future__ import annotations

AUTHORISED = frozenset({"email", "telephone", "hand", "post", "courier", "system"})
"""The channels of a share that the guidance names; no other is authorised towards Jobcentre Plus (CH-GEN-03).

Each is one word in lower-case letters, because a rule sees the channel as `normalise.normalised` makes it.
"""
PARCELS = frozenset({"post", "courier"})
"""Somebody carries it, so its arrival is confirmed or chased."""
ON_PAPER = frozenset({"hand", *PARCELS})
"""A copy on paper arrives, which is kept locked and disposed of."""
CONTACT_CHANNELS = ("email", "telephone", "post")
"""The channels a person may consent to be contacted by."""
OTHER_CHANNEL = "OTHER"
CONSENT_CHANNELS = frozenset(
    {
        "ACCOUNT",
        "CAMPAIGN_SIGN_UP",
        "CONTACT_PAGE",
        "EMAIL",
        "FACE_TO_FACE",
        "LETTER",
        "LOCAL_ADVISER_IN_PERSON",
        "LOCAL_ADVISER_PHONE",
        "TELEPHONE",
        "WEBSITE",
        OTHER_CHANNEL,
    }
)
"""Every way somebody can speak of consent."""
