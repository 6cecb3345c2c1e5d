"""Examples for OpenAPI that work when they are sent in this order; everybody in them is invented.

Each is the example of its command's declaration; only the share of two people at once is written here. It says little,
so it shows what a report of a share that breaks rules is answered.
"""

from __future__ import annotations

from typing import Any

from ledger.commands.catalogue import COMMANDS as DECLARED
from ledger.commands.catalogue import body_of, example_of
from ledger.commands.invented import CUSTOMER, OTHER, REQUEST

__all__ = ["COMMANDS", "CUSTOMER", "PROPOSALS", "REQUEST", "SEARCHES", "SHOWN"]


def _declared(type_: str, label: str | None = None) -> dict[str, Any]:
    kind = DECLARED[type_]
    return body_of(kind, example_of(kind, label))


COMMANDS: dict[str, dict[str, Any]] = {
    "register": {"summary": "Register a customer", "value": _declared("register-customer")},
    "consent": {"summary": "A customer gives consent", "value": _declared("give-consent")},
    "refer": {"summary": "Refer a customer to another organisation", "value": _declared("refer-customer")},
    "register-another": {"summary": "Register somebody else", "value": _declared("register-customer", "another")},
    "share": {
        "summary": "Share two people's action plans at once; neither ever sees the other in their report",
        "value": {
            "id": "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2c05",
            "type": "share-data",
            "occurred_at": "2026-01-07T14:00:00Z",
            "share_id": "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2b01",
            "channel": "email",
            "sent_by": "0000000101",
            "sent_to": "JCP",
            "items": ["action_plan"],
            "purpose": "job search support",
            "encrypted": True,
            "customers": [
                {"customer_id": CUSTOMER, "file_names": ["plan of Robin Example.pdf"]},
                {"customer_id": OTHER, "file_names": ["plan of Alex Sample.pdf"]},
            ],
        },
    },
    "end": {
        "summary": "A customer's service ends, and its retention clocks start",
        "value": _declared("end-service"),
    },
}

PROPOSALS: dict[str, dict[str, Any]] = {
    "share": {"summary": "May this share be made?", "value": _declared("share-data", "email")},
}

SEARCHES: dict[str, dict[str, Any]] = {
    "name": {
        "summary": "By family name and date of birth",
        "value": {"family_name": "Example", "date_of_birth": "1990-02-01"},
    },
    "email": {"summary": "By email address", "value": {"email": "robin@example.org"}},
}

SHOWN: dict[str, dict[str, Any]] = {
    "email": {
        "summary": "Somebody shows who they are, with an email address",
        "value": {
            "given_name": "Robin",
            "family_name": "Example",
            "date_of_birth": "1990-02-01",
            "email": "robin@example.org",
            "reason": "came to the office and asked for advice",
        },
    },
}
