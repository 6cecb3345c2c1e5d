"""The parts of a consent record of ISO/IEC TS 27560, named as in the W3C's guide to the standard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from ledger.events import Json
from projections.row import Row

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sourced(Row):
    """A sentence of the guidance with its source."""

    sentence: str
    source: str
    rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose(Row):
    """What consent was asked for."""

    purpose: str
    stands_on: Sourced | None

    def as_json(self) -> dict[str, Json]:
        """With the sentence beside the purpose, where a rule has one."""
        return {"purpose": self.purpose, **(self.stands_on.as_json() if self.stands_on else {})}


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal(Row):
    """A way to withdraw consent."""

    channel: str
    how: str
    stands_on: Sourced | None

    def as_json(self) -> dict[str, Json]:
        """With the sentence beside the way, where a rule has one."""
        sourced = self.stands_on.as_json() if self.stands_on else {}
        return {"channel": self.channel, "how": self.how, **sourced}


@dataclass(frozen=True, kw_only=True, slots=True)
class KindOfData(Row):
    """A kind of data that is collected with this consent."""

    pii_type: str
    pii_optional: bool = True
    sensitive_pii_category: bool
    special_pii_category: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Period(Row):
    """How long data is kept that is kept only because of this consent."""

    period: str
    rule: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivacyRight(Row):
    """A right there is where data is used with consent."""

    article: str
    right: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Processing(Row):
    """What is done with consent; of an empty list the standard's record says that it is unknown."""

    privacy_notice: list[str]
    language: str
    purposes: list[Purpose]
    lawful_basis: list[str]
    pii_information: list[KindOfData]
    pii_controllers: list[str]
    collection_method: str
    storage_locations: str
    retention_period: list[Period]
    jurisdiction: str
    recipient_third_parties: list[str]
    withdrawal_method: list[Withdrawal]
    privacy_rights: list[PrivacyRight]
    authority_party: str

    def as_json(self) -> dict[str, Json]:
        """With `unknown` where the guide does not allow that nothing is said."""
        mandatory = {"privacy_notice", "pii_information", "pii_controllers", "retention_period"}
        return {
            name: UNKNOWN if name in mandatory and not value else value for name, value in Row.as_json(self).items()
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentParty(Row):
    """A controller, or an organisation that recorded what was said; only of a controller is it known from when."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"to_be_confirmed"})

    party_id: str
    party_name: str
    party_role: str
    party_type: str = "organisation"
    party_contact: str
    valid_from: date | None = None
    to_be_confirmed: bool | None = None

    def as_json(self) -> dict[str, Json]:
        """A controller's first day may be unknown; nobody else has one."""
        row = Row.as_json(self)
        return row if self.to_be_confirmed is not None else {k: v for k, v in row.items() if k != "valid_from"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentEvent(Row):
    """One statement about a consent."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"indicated_by", "privacy_notice", "method"})

    event_time: datetime
    recorded_at: datetime
    validity_duration: str
    entity_id: str
    event_type: str
    event_state: str
    pii_controller: str
    position: int
    indicated_by: UUID | None
    privacy_notice: str | None
    method: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRecord(Row):
    """The record of one person's consent to one thing."""

    schema_version: str
    record_id: UUID
    pii_principal_id: UUID
    scope: str
    state: str
    since: datetime
    pii_processing: Processing
    parties: list[ConsentParty]
    events: list[ConsentEvent]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRecords(Row):
    """A record for each scope that was spoken about."""

    customer_id: UUID
    made_at: datetime
    records: list[ConsentRecord]
