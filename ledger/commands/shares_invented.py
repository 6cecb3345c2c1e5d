"""Examples of shares: one for each channel that keeps every rule, one for research, and one that breaks a rule."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.commands.declaration import Example
from ledger.commands.invented import CONTROLLER, JOBCENTRE_PLUS, OFFICE, PRIME, RESEARCHERS
from ledger.events import Json

_AT = "2026-03-02T10:00:00Z"
_TO_JCP = ("inform-customer", "register-office", "start-contract", "sign-agreement")
_SHARE: Mapping[str, Json] = {
    "sent_by": PRIME,
    "sent_to": JOBCENTRE_PLUS,
    "office": OFFICE,
    "items": ["D01", "D12", "D25"],
    "purpose": "NCS_SERVICE_DELIVERY",
    "support_link": "advice",
    "lawful_basis": "A6-1-e",
    "public_task": "careers guidance for adults",
    "agreement": "agreement-1",
    "contract": "contract-1",
    "controller": CONTROLLER,
    "security_basis": "channel rule",
    "free_text_checked": True,
}
_PLAN: Mapping[str, Json] = {**_SHARE, "container": "CSAP", "plan_id": "plan-1"}
_TO_THE_COACH: Mapping[str, Json] = {"recipient_role": "WORK_COACH_OF_CUSTOMER", "media": ["paper"]}
_CARRIED: Mapping[str, Json] = {
    **_TO_THE_COACH,
    "recipient_name": "Coach Seven (invented)",
    "recipient_marked": True,
    "securely_packaged": True,
    "announced_at": "2026-03-01T09:00:00Z",
    "dispatched_at": _AT,
}
_EMAIL: Mapping[str, Json] = {
    **_PLAN,
    "channel": "email",
    "encrypted": False,
    "attachment_kind": "file",
    "file_names": ["Robin Example.pdf"],
    "subject": "Robin Example",
    "adviser": "Adviser One (invented)",
    "sender_address": "adviser.one@contractor.example",
    "recipient_addresses": ["coach.seven@dwp.gov.uk"],
}


def _example(suffix: str, fields: Mapping[str, Json], *after: str, finds: tuple[str, ...] = ()) -> Example:
    return Example(at=_AT, after=(*_TO_JCP, *after), fields={"share_id": f"share-{suffix}", **fields}, finds=finds)


SHARES: Mapping[str, Example] = {
    "email": _example("1", _EMAIL, "register-work-domain"),
    "telephone": _example(
        "2",
        {
            **_SHARE,
            "channel": "telephone",
            "container": "OTHER",
            "called_line": "01632 960001",
            "jcp_contact": "coach-7",
            "private_place": True,
            "place": "office",
        },
        "recognise-line",
        "nominate-contact",
    ),
    "hand": _example(
        "3",
        {
            **_PLAN,
            "channel": "hand",
            "recipient_role": "NOMINATED_POC",
            "media": ["paper"],
            "handed_by_role": "CAREERS_ADVISER",
            "stored_securely": True,
            "document_explained": True,
            "customer_identified": True,
            "storage_explained": True,
        },
    ),
    "post": _example(
        "4",
        {
            **_PLAN,
            **_CARRIED,
            "channel": "post",
            "postal_product": "RM_SPECIAL_DELIVERY",
            "tracking_number": "ZZ000000001GB",
        },
    ),
    "courier": _example(
        "5", {**_PLAN, **_CARRIED, "channel": "courier", "courier": "careful-couriers"}, "approve-courier"
    ),
    "system": _example(
        "6", {**_SHARE, "channel": "system", "container": "OTHER", "system_id": "bookings"}, "register-system"
    ),
    "research": Example(
        at=_AT,
        after=("give-consent", "register-organisation/controller", "register-organisation/research-company"),
        fields={
            "share_id": "share-7",
            "direction": "NCS to research",
            "channel": "file_transfer",
            "sent_by": CONTROLLER,
            "sent_to": RESEARCHERS,
            "purpose": "CUSTOMER_SATISFACTION_SURVEY",
            "lawful_basis": "A6-1-a",
            "items": ["D01", "D03"],
            "container": "OTHER",
        },
    ),
    "misdirected": _example(
        "8",
        {**_EMAIL, "recipient_addresses": ["coach.seven@dwp.example"], "became_aware_at": "2026-03-02T12:00:00Z"},
        "register-work-domain",
        finds=("CH-EMAIL-04",),
    ),
}
