"""What receipts, kept records, referrals and confirmations may say in the corpus: a good one, and values of fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.rules.fields import FIELDS
from tests.rules.pools import SCOPES, STATES

Pools = tuple[Mapping[str, Any], Mapping[str, Sequence[Any]]]

ARRIVALS: Pools = (
    {"receipt_id": "receipt-1", "received_from": "jobcentre-plus", "received_by": "prime-north", "channel": "email",
     "items": ["D01"], "introducers": ["jobcentre-plus"]},
    {
        "channel": (None, "email", "hand", "Hand", "post", "POST", "courier", "telephone", "system", "by hand"),
        "stored_securely": (None, True, False),
        "received_from": (None, "the-department", "Testford", "dwp", "knows-a-lot", "brings-people", "nobody",
                          "dwp-in-name-only", "jobcenter-us", "desk"),
        "introducers": ([], ["jobcentre-plus"], ["the-department"], ["brings-people"], ["dwp"]),
        "world": FIELDS["world"],
        "at": FIELDS["at"],
    },
)  # fmt: skip
KEEPINGS: Pools = (
    {"record_id": "record-1", "collection": "diversitydetails", "kept_as": "equality", "organisation": "prime-north",
     "values": {"Ethnicity": 31}, "consents": {"equality_monitoring": "given"}},
    {
        "event": ("record-kept", "record-corrected"),
        "kept_as": (None, "service", "equality", "identity", "research_contact"),
        "part": (None, "", "collect_ethnicity", "collect_lldd_health", "equality_monitoring", "collect_ethnicity/r1",
                 "collect_lldd_health/2", "other"),
        "values": (None, {}, {"Password": "x"}, {"user_passcode": "x"}, {"SecretWord": "x"}, {"security_answer": "x"},
                   {"SecurityQuestion": "x"}, {"pass": "x"}, {"Ethnicity": 1, "OldPassword": "x"}),
        "consents": (
            {}, *({scope: state} for scope in SCOPES[3:6] for state in STATES),
            {"equality_monitoring": "given", "collect_ethnicity": "refused"},
            {"equality_monitoring": "given", "collect_lldd_health": "withdrawn"},
            {"equality_monitoring": "refused", "collect_ethnicity": "given"},
            {"equality_monitoring": "refused", "collect_lldd_health": "given"}, {"survey": "given"},
        ),
        "programme": ("NHS Health Careers", "National Careers Service"),
        "world": FIELDS["world"],
        "at": FIELDS["at"],
    },
)  # fmt: skip
REFERRALS: Pools = (
    {"referral_id": "referral-1", "referred_by": "prime-north", "referred_to": "knows-a-lot"},
    {
        "lawful_basis": FIELDS["lawful_basis"],
        "restrictions": FIELDS["restrictions"],
        "objections": FIELDS["objections"],
        "world": FIELDS["world"],
        "at": FIELDS["at"],
    },
)
CONFIRMATIONS: Pools = (
    {"share_id": "share-1", "channels": {"share-1": "courier"}, "signatory": "Coach Seven (invented)"},
    {
        "signatory": (None, "", "somebody"),
        "channels": ({}, {"share-1": "post"}, {"share-1": "Courier "}, {"share-2": "courier"}, {"share-1": None}),
        "share_id": ("", "share-2"),
        "world": FIELDS["world"],
        "at": FIELDS["at"],
    },
)
