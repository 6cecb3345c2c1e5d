"""The sections of the report on what data is used for, its kinds, where it came from and who looked at it.

Pure: entries with their events come in, words go out. They know no database and nobody else's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger import events
from ledger.log.codec import Entry
from projections.row import Row
from projections.subject_access.data_copy import Group
from projections.subject_access.record import GONE, History
from projections.wording import classes, codes, dates, parties, source_fields
from projections.wording.parties import Names

_WHAT_FOR = {
    "identity": ("to give you the service you asked for", "To enable delivery of the services requested"),
    "service": ("to give you the service you asked for", "To enable delivery of the services requested"),
    "received_from_jcp": (
        "to advise and support you together with Jobcentre Plus",
        "advice, support and assistance to support customers to acquire or enhance skills and qualifications",
    ),
    "payment_evidence": (
        "to show that a contractor may be paid for helping you",
        "To evidence and support payments to organisations delivering careers advice on our behalf",
    ),
    "equality": (
        "to check that the service is fair; only with your consent",
        "To enable us to monitor our performance against our equality and diversity objectives",
    ),
    "research_contact": ("to ask you how satisfied you are; only with your consent", "Customer satisfaction survey"),
    "nhs_careers": (
        "to give you information about careers in the NHS",
        "to provide you with the information about career opportunities",
    ),
    "did_not_attend": ("to know that an appointment was missed", "To enable delivery of the services requested"),
    "access_log": ("to be able to say who looked at your records", "Your information will be held securely"),
}
"""What each class is kept for, and the sentence of the published notice or guidance that says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose(Row):
    """What a class of records, or what was shared, is used for, with the sentence of the notice that says so."""

    data: str
    purpose: str
    sentence: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Category(Row):
    """A kind of data, and whether the law protects it specially (UK GDPR Art. 9)."""

    category: str
    entries: int
    records: list[str]
    special_category: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Row):
    """Where data came from when that was not the person, and how."""

    source: str
    how: str
    entries: int
    first: str
    last: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading(Row):
    """Somebody looked at the records: role, organisation, date and purpose."""

    position: int
    at: datetime
    when: str
    role: str
    organisation: str
    purpose: str
    route: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantInWords(Row):
    """Somebody asked to read the records beyond their own: who, why, until when, and what came of it."""

    position: int
    when: str
    who: str
    why: str
    until: str
    emergency: bool
    outcome: list[str]


def purposes(history: History, kept_classes: Sequence[str]) -> list[Purpose]:
    """What the data is used for: by class, then as stated for single shares."""
    rows = [
        Purpose(data=classes.class_of_records(name), purpose=_WHAT_FOR[name][0], sentence=_WHAT_FOR[name][1])
        for name in kept_classes
        if name in _WHAT_FOR
    ]
    stated = {
        str(purpose)
        for _, event in history
        if isinstance(event, events.DataShared | events.DataReceived) and (purpose := event.purpose)
    }
    rows += [
        Purpose(data="data that was shared", purpose=codes.purpose(code), sentence=None) for code in sorted(stated)
    ]
    return rows


def categories(history: History, groups: Sequence[Group]) -> list[Category]:
    """Which kinds of data there are."""
    special = {
        str(getattr(event, "collection", None))
        for _, event in history
        for name in (getattr(event, "values", None) or {})
        if (field := source_fields.field_of(getattr(event, "collection", None), name)) is not None
        and field.personal == "special category"
    }
    return [
        Category(
            category=group.heading,
            entries=len(group.history),
            records=sorted({record.record for record in group.current}),
            special_category=group.group == "equality" or any(record.collection in special for record in group.current),
        )
        for group in groups
    ]


def sources(history: History, names: Names) -> list[Source]:
    """Where the data came from, when that was not the person: one row for each organisation and way."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry, event in history:
        code = getattr(event, "received_from", None) or getattr(event, "touchpoint", None)
        code = code or (getattr(event, "organisation", None) if hasattr(event, "cleared") else None)
        if not code:
            continue
        how = "a receipt" if isinstance(event, events.DataReceived) else "records it wrote about you"
        found.setdefault((parties.organisation(code, names), how), []).append(entry)
    introduced = [
        Source(
            source=source_fields.coded("customers", "IntroducedBy", event.introduced_by),
            how="introduced you to the service",
            entries=1,
            first=dates.day(entry.occurred_at),
            last=dates.day(entry.occurred_at),
        )
        for entry, event in history
        if isinstance(event, events.CustomerRegistered) and event.introduced_by is not None
    ]
    return introduced + [
        Source(
            source=organisation,
            how=how,
            entries=len(entries),
            first=dates.day(min(entry.occurred_at for entry in entries)),
            last=dates.day(max(entry.occurred_at for entry in entries)),
        )
        for (organisation, how), entries in found.items()
    ]


def readings(history: History, names: Names) -> list[Reading]:
    """Who looked at the records."""
    return [
        Reading(
            position=entry.position,
            at=entry.occurred_at,
            when=dates.moment(entry.occurred_at),
            role=codes.role(event.role),
            organisation=parties.organisation(event.organisation, names),
            purpose=codes.purpose(event.purpose),
            route=event.route,
        )
        for entry, event in history
        if isinstance(event, events.PersonalDataRead)
    ]


_DECIDED: Mapping[type[events.Event], str] = {
    events.GrantApproved: "allowed by a second person",
    events.GrantRefused: "not allowed",
    events.GrantEnded: "ended",
}


def grants(history: History, names: Names) -> list[GrantInWords]:
    """Who asked to read the records beyond their own: whom they do not serve, or as an auditor with names."""
    return [
        GrantInWords(
            position=entry.position,
            when=dates.moment(entry.recorded_at),
            who=parties.recorded_by(entry.actor, names),
            why=event.reason or GONE,
            until=dates.day(date.fromisoformat(event.until)),
            emergency=event.emergency,
            outcome=[_decided(later, step, names) for later, step in history
                     if type(step) in _DECIDED and getattr(step, "grant_id", None) == event.grant_id],
        )
        for entry, event in history
        if isinstance(event, events.GrantRequested)
    ]  # fmt: skip


def _decided(entry: Entry, event: events.Event, names: Names) -> str:
    why = f": {reason}" if (reason := getattr(event, "reason", None)) else ""
    by = parties.recorded_by(entry.actor, names)
    return f"{_DECIDED[type(event)]} on {dates.moment(entry.recorded_at)} by {by}{why}"
