"""The copy of a person's data (UK GDPR Art. 15(1)): every event with every declared field, in words, grouped.

It is complete by construction: what is shown is taken from the declarations of the events and from nothing else, so
an event or a field that is added later appears by itself. It knows no database; entries and payloads are given to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ledger.events import Event, Json, labels
from ledger.log.codec import Entry
from projections.row import Row
from projections.subject_access import others_data
from projections.subject_access.field_words import in_words
from projections.subject_access.last_words import LEFT_OUT, called, in_order, last_words
from projections.subject_access.record import History
from projections.wording import classes, dates, parties, source_fields
from projections.wording.parties import Names

GROUPS = {
    "identity": "Who you are",
    "contact": "How to reach you",
    "service": "Your contacts with the service and your situation",
    "plans": "Your action plans, goals and outcomes",
    "appointments": "Your appointments",
    "referrals": "Who serves you, and referrals from one organisation to another",
    "equality": "Ethnicity, health and disability",
    "consents": "What you were told and what you consented to",
    "sharing": "Data about you that was sent or received",
    "limits": "Restrictions, objections and decisions by a computer",
    "keeping": "How your records are kept: holds, end of service, destruction",
    "readings": "Who looked at your records",
    "other": "Everything else",
}
_GROUP_OF_COLLECTION = {
    "customers": "identity",
    "contacts": "contact",
    "addresses": "contact",
    "digitalidentities": "contact",
    "actionplans": "plans",
    "actions": "plans",
    "goals": "plans",
    "outcomes": "plans",
    "sessions": "appointments",
    "transfers": "referrals",
    "diversitydetails": "equality",
    "prioritygroups": "equality",
}
_GROUP_OF_EVENT = {
    "customer-registered": "identity",
    "customers": "identity",
    "customer-informed": "consents",
    "consent": "consents",
    "finding": "sharing",
    "breach": "sharing",
    "regulator": "sharing",
    "people": "sharing",
    "appointment": "appointments",
    "customer-referred": "referrals",
    "referral": "referrals",
    "serving": "referrals",
    "identity-shown-at-risk": "referrals",
    "flagged-at-risk": "referrals",
    "at-risk-lifted": "referrals",
    "interaction": "service",
    "record": "service",
    "data": "sharing",
    "receipt": "sharing",
    "copy": "sharing",
    "passed": "sharing",
    "recipient": "sharing",
    "correction": "sharing",
    "processing": "limits",
    "restriction": "limits",
    "objection": "limits",
    "decision": "limits",
    "hold": "keeping",
    "retention": "keeping",
    "erasure": "keeping",
    "service": "keeping",
    "records-destroyed": "keeping",
    "personal-data-read": "readings",
    "grant": "readings",
}
_TECHNICAL = frozenset(
    {"etag", "document", "digest", "record_id", "changed", "cleared", "warnings", "part", "kept_as", "written_at"}
    | {"history_id", "history_digest"}
    | {"share_id", "receipt_id", "referral_id", "appointment_id", "interaction_id", "hold_id", "plan_id", "corrects"}
    | {"finding_id", "assessment_id", "subject_id", "findings", "matter_id", "correction_id", "restriction_id"}
    | {"objection_id", "decision_id", "extension_id", "erasure_id", "request_id", "clarification_id"}
    | {"calendar", "customer_id", "judged_by", "rule_set", "flag_id", "grant_id"}
)
"""Fields a reader looks at last: they are shown, but after the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerField(Row):
    """A field inside a record."""

    name: str
    label: str
    value: Json
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Field(Row):
    """A declared field of an event, with its value in words."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"withheld", "fields"})

    name: str
    label: str
    technical: bool
    value: Json
    text: str
    withheld: str | None = None
    """Why its value is left out, if it is."""
    fields: list[InnerField] | None = None
    """The fields of a record, if the value is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryInWords(Row):
    """One event with every declared field that says something: what matters to a reader, then numbers and tags."""

    position: int
    type: str
    what: str
    occurred_at: datetime
    when: str
    recorded_at: datetime
    recorded: str
    recorded_by: str
    kept_as: str | None
    destroyed: str | None
    """What became of its contents when they can no longer be read."""
    fields: list[Field]
    technical: list[Field]


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrentField(Row):
    """A field of a record as it stands: since when, and who wrote it."""

    name: str
    label: str
    value: Json
    text: str
    since: str
    from_: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrentRecord(Row):
    """A record as it stands."""

    record: str
    collection: str
    record_id: str | None
    fields: list[CurrentField]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group(Row):
    """One group of the copy: the values as they stand, then everything that happened, oldest first."""

    group: str
    heading: str
    current: list[CurrentRecord]
    history: list[EntryInWords]


def groups(history: History, names: Names, destroyed: Mapping[int, str]) -> list[Group]:
    """Each group that has something in it.

    `destroyed` says in words what became of the contents of an entry whose payload is gone.
    """
    found: dict[str, list[tuple[Entry, Event]]] = {name: [] for name in GROUPS}
    for entry, event in history:
        found[_group(event)].append((entry, event))
    return [
        Group(
            group=name,
            heading=GROUPS[name],
            current=current(members, names),
            history=[entry_in_words(entry, event, names, destroyed.get(entry.position)) for entry, event in members],
        )
        for name, members in found.items()
        if members
    ]


def _group(event: Event) -> str:
    by_collection = _GROUP_OF_COLLECTION.get(str(getattr(event, "collection", None)))
    if by_collection is not None:
        return by_collection
    if event.NAME in _GROUP_OF_EVENT:
        return _GROUP_OF_EVENT[event.NAME]
    return _GROUP_OF_EVENT.get(event.NAME.split("-")[0], "other")


def entry_in_words(entry: Entry, event: Event, names: Names, destroyed: str | None) -> EntryInWords:
    """One event in words; `destroyed` says what became of its contents when they can no longer be read."""
    every = fields(event, names)
    kind = getattr(event, "collection", None)
    return EntryInWords(
        position=entry.position,
        type=entry.type,
        what=event.LABEL + (f": {source_fields.kind_of_record(kind)}" if kind else ""),
        occurred_at=entry.occurred_at,
        when=dates.moment(entry.occurred_at),
        recorded_at=entry.recorded_at,
        recorded=dates.moment(entry.recorded_at),
        recorded_by=parties.recorded_by(entry.actor, names),
        kept_as=classes.class_of_records(entry.class_) if entry.class_ else None,
        destroyed=destroyed,
        fields=[field for field in every if not field.technical],
        technical=[field for field in every if field.technical],
    )


def fields(event: Event, names: Names) -> list[Field]:
    """Every declared field of an event that holds something, with its label and its value in words."""
    return [
        _field(event, name, label, value, names)
        for name, label in labels(type(event)).items()
        if (value := getattr(event, name)) not in (None, "", ())
    ]


def _field(event: Event, name: str, label: str, value: Json | tuple[Json, ...], names: Names) -> Field:
    technical = name in _TECHNICAL
    if why := others_data.left_out_because(event, name):
        text = f"left out, because {why}"
        return Field(name=name, label=label, technical=technical, value=None, text=text, withheld=why)
    if isinstance(value, dict):
        inner = inner_fields(getattr(event, "collection", None), value, names)
        text = "; ".join(f"{field.label}: {field.text}" for field in inner)
        return Field(name=name, label=label, technical=technical, value=value, text=text, fields=inner)
    return Field(
        name=name,
        label=label,
        technical=technical,
        value=list(value) if isinstance(value, tuple) else value,
        text=in_words(event, name, value, names),
    )


def inner_fields(collection: object, values: Mapping[str, Json], names: Names) -> list[InnerField]:
    """The fields inside a record, labelled and ordered as in the source's dictionary, its bookkeeping last."""
    return [
        InnerField(
            name=name,
            label=source_fields.label_of(collection, name),
            value=value,
            text=LEFT_OUT if value is LEFT_OUT else source_fields.value_in_record(collection, name, value, names),
        )
        for name, value in sorted(values.items(), key=lambda item: source_fields.place_of(collection, item[0]))
    ]


def current(history: History, names: Names) -> list[CurrentRecord]:
    """Each record as it stands."""
    return [
        CurrentRecord(
            record=called(record),
            collection=record[0],
            record_id=record[1] or None,
            fields=[
                CurrentField(
                    name=name,
                    label=source_fields.label_of(record[0], name),
                    value=word.value,
                    text=source_fields.value_in_record(record[0], name, word.value, names),
                    since=dates.day(word.at),
                    from_=parties.organisation(_written_by(word.event), names),
                )
                for name, word in in_order(record, words)
            ],
        )
        for record, words in last_words(history).items()
    ]


def _written_by(event: Event) -> object:
    return getattr(event, "organisation", None) or getattr(event, "touchpoint", None)
