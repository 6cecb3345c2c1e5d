"""The rows of the customer view: a customer, and what is listed of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from projections.row import Row


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentState(Row):
    """How a consent stands; since never where nobody asked (`not_asked`) or the record is incomplete (`unknown`)."""

    state: str
    since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentChange(Row):
    """One change of a consent, and the statement that made it."""

    state: str
    since: datetime
    said_to: str | None
    channel: str | None
    notice: str | None
    etag: str | None
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Referral(Row):
    """A referral with everybody it was aimed at over time, oldest first."""

    referral_id: str
    from_: str | None
    to: str | None
    targets_over_time: list[str]
    requested_at: datetime | None
    accepted_at: datetime | None
    called_back_at: datetime | None
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointments(Row):
    """How many appointments were kept and missed."""

    kept: int
    missed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Restriction(Row):
    """A restriction of processing, in force until it is lifted."""

    restriction_id: str
    ground: str
    items: tuple[str, ...]
    since: datetime
    request_id: str | None
    lifted_at: datetime | None
    person_told_at: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection(Row):
    """An objection and how it was decided: `pending` until then."""

    objection_id: str
    since: datetime
    outcome: str
    decided_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tombstone(Row):
    """A part of a class that was destroyed: when, by which day it was due and under which rule."""

    class_: str
    part: str
    destroyed_at: datetime
    destroy_by: date | None
    rule: str | None
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge(Row):
    """The other record of a merge that is in force, without its id where the caller may not know it."""

    customer_id: UUID | None
    merge_id: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer(Row):
    """One customer as the outside contract shows them; shares and holds are of other views."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"incomplete"})

    customer_id: UUID
    registered_at: datetime
    organisation: str | None
    introduced_by: str | None
    programme: str | None
    consents: dict[str, ConsentState]
    last_interaction_at: datetime | None
    service_ended_at: datetime | None
    service_end_reason: str | None
    referrals: list[Referral]
    appointments: Appointments
    restricted: bool
    restrictions: list[Restriction]
    objections: list[Objection]
    destroyed: list[Tombstone]
    merged_into: Merge | None
    merged_from: list[Merge]
    incomplete: str | None = None
    """Why a view cannot show this record, or one merged with it, as a whole; then every consent is `unknown`."""
