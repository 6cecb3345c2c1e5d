"""Examples for OpenAPI that work when they are sent in this order; everybody in them is invented."""

from __future__ import annotations

from typing import Any

CUSTOMER = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2a01"
OTHER = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2a02"
SHARE = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2b01"
REQUEST = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2d01"


def _command(number: int, type_: str, occurred_at: str, **said: object) -> dict[str, object]:
    id_ = f"5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2c{number:02}"
    return {"id": id_, "type": type_, "occurred_at": occurred_at, **said}


COMMANDS: dict[str, dict[str, Any]] = {
    "register": {
        "summary": "Register a customer",
        "value": _command(
            1,
            "register-customer",
            "2026-01-05T09:00:00Z",
            customer_id=CUSTOMER,
            organisation="0000000101",
            values={
                "given_name": "Robin",
                "family_name": "Example",
                "date_of_birth": "1990-02-01",
                "email": "robin@example.org",
                "postcode": "ZZ99 9ZZ",
            },
        ),
    },
    "consent": {
        "summary": "A customer gives consent",
        "value": _command(
            2,
            "give-consent",
            "2026-01-05T09:10:00Z",
            customer_id=CUSTOMER,
            scope="market_research",
            mechanism="said yes on the telephone",
        ),
    },
    "refer": {
        "summary": "Refer a customer to another organisation",
        "value": _command(
            3,
            "refer-customer",
            "2026-01-06T10:00:00Z",
            customer_id=CUSTOMER,
            referred_by="0000000101",
            referred_to="0000000102",
        ),
    },
    "register-another": {
        "summary": "Register somebody else",
        "value": _command(
            4,
            "register-customer",
            "2026-01-06T11:00:00Z",
            customer_id=OTHER,
            organisation="0000000101",
            values={"given_name": "Alex", "family_name": "Sample", "date_of_birth": "1985-07-09"},
        ),
    },
    "share": {
        "summary": "Share two people's action plans at once; neither ever sees the other in their report",
        "value": _command(
            5,
            "share-data",
            "2026-01-07T14:00:00Z",
            share_id=SHARE,
            channel="email",
            sent_by="0000000101",
            sent_to="JCP",
            items=["action_plan"],
            purpose="job search support",
            encrypted=True,
            customers=[
                {"customer_id": CUSTOMER, "file_names": ["plan of Robin Example.pdf"]},
                {"customer_id": OTHER, "file_names": ["plan of Alex Sample.pdf"]},
            ],
        ),
    },
    "end": {
        "summary": "A customer's service ends, and its retention clocks start",
        "value": _command(6, "end-service", "2026-06-30T16:00:00Z", customer_id=CUSTOMER, organisation="0000000101"),
    },
}

PROPOSALS: dict[str, dict[str, Any]] = {
    "share": {
        "summary": "May this share be made?",
        "value": _command(
            7,
            "share-data",
            "2026-01-07T14:00:00Z",
            customer_id=CUSTOMER,
            channel="email",
            sent_by="0000000101",
            sent_to="jobcentre-plus",
            items=["D01", "D25"],
            container="CSAP",
            purpose="EMPLOYMENT",
            recipient_addresses=["coach@dwp.gov.uk"],
        ),
    },
}

SEARCHES: dict[str, dict[str, Any]] = {
    "name": {
        "summary": "By family name and date of birth",
        "value": {"family_name": "Example", "date_of_birth": "1990-02-01"},
    },
    "email": {"summary": "By email address", "value": {"email": "robin@example.org"}},
}
