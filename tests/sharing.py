"""Shares that keep every rule, for tests to break one at a time, and the registers that such shares need."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from ledger.caller import Caller
from ledger.recording import Ledger
from tests import commands

SHARED_AT = "2026-03-02T10:00:00Z"
ADVISER = Caller(role="case-worker", organisation="prime-north", subject="adviser one", operator=True)
MANAGER = Caller(role="records-manager", organisation="controller-one", subject="records manager one", operator=True)

command = partial(commands.command, at=SHARED_AT)
give = partial(commands.give, by=ADVISER, at=SHARED_AT)

REGISTERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("register-organisation", {"organisation": "controller-one", "name": "A controller", "kind": "controller"}),
    ("register-organisation", {"organisation": "prime-north", "name": "A prime", "kind": "prime"}),
    (
        "register-organisation",
        {"organisation": "sub-north", "name": "A sub-contractor", "kind": "sub-contractor", "part_of": "prime-north"},
    ),
    ("register-organisation", {"organisation": "jobcentre-plus", "name": "Jobcentre Plus", "kind": "Jobcentre Plus"}),
    ("register-office", {"organisation": "Testford", "name": "Testford jobcentre", "part_of": "jobcentre-plus"}),
    ("register-organisation", {"organisation": "asks-people", "name": "Asks People", "kind": "research company"}),
    ("register-organisation", {"organisation": "knows-a-lot", "name": "Knows a Lot", "kind": "specialist"}),
    ("register-organisation", {"organisation": "inspects", "name": "An inspectorate", "kind": "Ofsted"}),
    ("register-organisation", {"organisation": "studies", "name": "A university", "kind": "research body"}),
    ("register-organisation", {"organisation": "brings-people", "name": "A charity", "kind": "introducer"}),
    ("register-organisation", {"organisation": "nhs", "name": "NHS England", "kind": "controller of NHS data"}),
    ("start-contract", {"organisation": "prime-north", "contract": "contract-1", "valid_from": "2022-10-01"}),
    (
        "sign-agreement",
        {"organisation": "controller-one", "agreement": "agreement-1", "with_organisation": "jobcentre-plus"},
    ),
    ("register-work-domain", {"organisation": "prime-north", "domain": "contractor.example"}),
    ("recognise-line", {"organisation": "jobcentre-plus", "line": "+441632960001", "office": "Testford"}),
    ("nominate-contact", {"organisation": "jobcentre-plus", "contact": "coach-7", "role": "WORK_COACH"}),
    ("approve-courier", {"organisation": "prime-north", "courier": "careful-couriers", "signature_on_delivery": True}),
    (
        "register-system",
        {
            "organisation": "prime-north", "system_id": "bookings", "owner": "prime-north", "data_flow": "flow-3",
            "impact_assessment": "dpia-9", "assurance": "assurance-2", "review_on": "2027-01-01",
            "contract_compliant": True,
        },
    ),
    (
        "set-item-profile",
        {"organisation": "prime-north", "office": "Testford", "items": ["D01", "D04", "D10", "D12", "D25", "D29"]},
    ),
    (
        "publish-notice",
        {"organisation": "controller-one", "notice": "notice-2", "programme": "National Careers Service",
         "purposes": ["NCS_SERVICE_IMPROVEMENT"], "recipients": ["RESEARCH"]},
    ),
)  # fmt: skip

_EVERY: dict[str, Any] = {
    "sent_by": "prime-north",
    "sent_to": "jobcentre-plus",
    "office": "Testford",
    "recipient_role": "WORK_COACH_OF_CUSTOMER",
    "items": ["D01", "D12", "D25"],
    "container": "CSAP",
    "purpose": "NCS_SERVICE_DELIVERY",
    "support_link": "advice",
    "lawful_basis": "A6-1-e",
    "public_task": "careers guidance for adults",
    "agreement": "agreement-1",
    "contract": "contract-1",
    "controller": "controller-one",
    "security_basis": "channel rule",
    "free_text_checked": True,
}
_ON_PAPER: dict[str, Any] = {"media": ["paper"], "recipient_name": "Coach Seven (invented)"}
_CARRIED: dict[str, Any] = {
    **_ON_PAPER, "recipient_marked": True, "securely_packaged": True, "announced_at": "2026-03-01T09:00:00Z",
    "tracking_number": "ZZ000000001GB",
}  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "email": {
        **_EVERY, "channel": "email", "encrypted": False, "attachment_kind": "file",
        "adviser": "Adviser One (invented)", "sender_address": "adviser.one@contractor.example",
        "recipient_addresses": ["coach.seven@dwp.gov.uk"],
    },
    "telephone": {
        **_EVERY, "channel": "telephone", "container": "OTHER", "called_line": "01632 960001", "jcp_contact": "coach-7",
        "private_place": True, "place": "office",
    },
    "hand": {
        **_EVERY, **_ON_PAPER, "channel": "hand", "handed_by_role": "CAREERS_ADVISER", "document_explained": True,
        "customer_identified": True, "storage_explained": True,
    },
    "post": {**_EVERY, **_CARRIED, "channel": "post", "postal_product": "RM_SPECIAL_DELIVERY"},
    "courier": {**_EVERY, **_CARRIED, "channel": "courier", "courier": "careful-couriers"},
    "system": {**_EVERY, "channel": "system", "container": "OTHER", "system_id": "bookings"},
    "research": {
        "direction": "NCS_TO_RESEARCH", "channel": "file_transfer", "sent_by": "controller-one",
        "sent_to": "asks-people", "purpose": "CUSTOMER_SATISFACTION_SURVEY", "lawful_basis": "A6-1-a",
        "items": ["D01", "D03"], "container": "OTHER",
    },
    "specialist": {
        "direction": "NCS_TO_SPECIALIST", "channel": "telephone", "sent_by": "prime-north", "sent_to": "knows-a-lot",
        "purpose": "NCS_SERVICE_DELIVERY", "lawful_basis": "A6-1-e", "public_task": "careers guidance for adults",
        "items": ["D01", "D04"], "container": "OTHER",
    },
}  # fmt: skip
"""A share of each kind that breaks no rule, once the customer was informed and, for research, consented."""


def good(kind: str, **changed: Any) -> dict[str, Any]:
    """A good share with some of it said otherwise; what is changed to None is left unsaid."""
    return {name: value for name, value in {**GOOD[kind], **changed}.items() if value is not None}


def fill_registers(ledger: Ledger) -> None:
    for type_, fields in REGISTERS:
        give(ledger, type_, by=MANAGER, at="2018-01-01T00:00:00Z", **fields)


def register(ledger: Ledger, organisation: str, kind: str = "prime", **more: Any) -> None:
    """Register an organisation, from before everything else."""
    entry = {"organisation": organisation, "name": f"{organisation} (invented)", "kind": kind, **more}
    give(ledger, "register-organisation", by=MANAGER, at="2018-01-01T00:00:00Z", **entry)


def meet(ledger: Ledger, *, given: str = "Sam", family: str = "Carter", born: str = "1990-02-01") -> uuid.UUID:
    """An invented customer, registered and told how their data is shared."""
    number = uuid.uuid4()
    give(
        ledger, "register-customer", number, at="2025-01-06T09:00:00Z", organisation="prime-north",
        values={"given_name": given, "family_name": family, "date_of_birth": born},
    )  # fmt: skip
    give(
        ledger, "inform-customer", number, at="2025-01-06T09:10:00Z", method="read out", benefits_explained=True,
        organisation="prime-north",
    )  # fmt: skip
    return number
