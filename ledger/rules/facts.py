"""What the rules judge: the facts of one share, receipt, record, confirmation or referral. Pure.

Facts are an event that is not sealed yet, the customer as they stood at its time and the registers of its day. They
are compared and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from ledger import events
from ledger.codes.items import SPECIAL, code_of
from ledger.names import Name
from ledger.normalise import as_code, normalised
from ledger.rules.parties import category_of, guidance_binds
from ledger.state.customer_at import CustomerAt
from ledger.state.registers import InForce


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One customer's part in a share, before anything of it is sealed."""

    KIND: ClassVar = "share"
    """The name of this kind of facts in a digest: it stays when the class is renamed."""
    event: events.DataShared
    at: datetime
    people: int = 1
    """How many customers were in it."""
    name: Name | None = None
    """The customer's name, when it is known; it is compared and never kept."""
    names: tuple[Name, ...] = ()
    """The known names of everybody in the share."""
    age_years: int | None = None
    customer: CustomerAt
    registers: InForce
    to_jcp: bool = field(init=False)
    """Whether the guidance on sharing with Jobcentre Plus binds it."""
    of_nhs: bool = field(init=False)
    """Whether NHS Health Careers shared it."""
    channel: str = field(init=False)
    """How it was sent, normalised; '' when that was not stated."""
    purpose: str = field(init=False)
    """What it was for, as a code; '' when that was not stated."""
    category: str = field(init=False)
    """The kind of recipient, as stated or else as registered; '' when neither is known."""
    plans: int = field(init=False)
    """How many action plans went in it, counted as plans and not as files."""
    in_a_plan: bool = field(init=False)
    """Whether it went in an action plan, which holds unless another container was stated."""
    items: Mapping[str, str] = field(init=False)
    """Each item as it was stated, with its code; a special category among the values sent counts as an item."""

    def __post_init__(self) -> None:
        share = self.event
        for name, value in (
            ("to_jcp", guidance_binds(share, self.registers)),
            ("of_nhs", self.customer.programme == events.NHS),
            ("channel", normalised(share.channel)),
            ("purpose", as_code(share.purpose)),
            ("category", category_of(share, self.registers)),
            ("in_a_plan", normalised(share.container) != "other"),
            ("plans", 0 if normalised(share.container) == "other" else max(share.plans_in_share or 0, self.people)),
            ("items", _coded(share)),
        ):
            object.__setattr__(self, name, value)  # derived once, for every check reads them


def _coded(share: events.DataShared) -> Mapping[str, str]:
    items = {item: code_of(item) for item in share.items}
    for name in share.values or ():
        if (code := code_of(name)) == "D29" or code in SPECIAL:
            items.setdefault(name, code)
    return {**items, "D29": "D29"} if share.priority_groups and "D29" not in items.values() else items


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """One customer's part in data that was received."""

    KIND: ClassVar = "receipt"
    event: events.DataReceived
    at: datetime
    customer: CustomerAt
    registers: InForce


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A record about a customer that was made or corrected."""

    KIND: ClassVar = "record"
    event: events.RecordKept | events.RecordCorrected
    at: datetime
    customer: CustomerAt
    registers: InForce


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """A recipient's confirmation that a share arrived."""

    KIND: ClassVar = "confirmation"
    event: events.ReceiptConfirmed
    at: datetime
    customer: CustomerAt
    registers: InForce


@dataclass(frozen=True, kw_only=True, slots=True)
class Referral:
    """A referral with which the customer's record was passed on."""

    KIND: ClassVar = "referral"
    event: events.CustomerReferred
    at: datetime
    customer: CustomerAt
    registers: InForce


Facts = Share | Receipt | Record | Confirmation | Referral
