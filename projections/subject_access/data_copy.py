"""The copy of a person's data (UK GDPR Art. 15(1)): every event with every declared field, in words, grouped.

It is complete by construction: what is shown is taken from the declarations of the events and from nothing else, so
an event or a field that is added later appears by itself. It knows no database; entries and payloads are given to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.events import EVENTS, Event, labels
from ledger.log.codec import Entry
from ledger.requests.withholding import kind_of_record
from ledger.state.replay import event_of
from projections.subject_access import others_data
from projections.wording import outcomes
from projections.wording import words as wording
from projections.wording.words import Names

Section = dict[str, Any]  # one part of a report, as JSON

GROUPS = {
    "identity": "Who you are",
    "contact": "How to reach you",
    "service": "Your contacts with the service and your situation",
    "plans": "Your action plans, goals and outcomes",
    "appointments": "Your appointments",
    "referrals": "Referrals from one organisation to another",
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
}
_TECHNICAL = frozenset(
    {"etag", "document", "digest", "record_id", "changed", "cleared", "warnings", "part", "kept_as", "written_at"}
    | {"history_id", "history_digest"}
    | {"share_id", "receipt_id", "referral_id", "appointment_id", "interaction_id", "hold_id", "plan_id", "corrects"}
    | {"finding_id", "assessment_id", "subject_id", "findings", "matter_id", "correction_id", "restriction_id"}
    | {"objection_id", "decision_id", "extension_id", "erasure_id", "request_id", "clarification_id"}
    | {"calendar", "customer_id", "judged_by", "rule_set"}
)
"""Fields a reader looks at last: they are shown, but after the rest."""
_CODES_OF_SOURCE = {
    "introduced_by": ("customers", "IntroducedBy"),
    "reason": ("customers", "ReasonForTermination"),
    "reason_code": ("sessions", "ReasonForNonAttendance"),
}
_ORGANISATIONS = frozenset(
    {"organisation", "touchpoint", "sent_by", "sent_to", "received_from", "received_by", "referred_by", "referred_to"}
    | {"confirmed_by", "part_of", "recipient", "prime"}
)
_LISTS = {
    "channel": wording.channel,
    "direction": wording.direction,
    "purpose": lambda code: wording.PURPOSES.get(str(code), wording.plainly(code)),
    "scope": lambda code: wording.SCOPES.get(str(code), wording.plainly(code)),
    "role": lambda code: wording.ROLES.get(str(code), wording.plainly(code)),
    "code": lambda code: wording.HOLDS.get(str(code), wording.plainly(code)),
    "collection": wording.kind_of_record,
    "lawful_basis": wording.basis,
    "rule": wording.rule,
    "severity": lambda code: f"{code}, {wording.SEVERITIES[code]}" if code in wording.SEVERITIES else str(code),
    "subject_type": outcomes.subject,
    "container": lambda code: wording.CONTAINERS.get(str(code), wording.plainly(code)),
    "method": lambda code: wording.METHODS.get(str(code), wording.plainly(code)),
    "kept_as": wording.class_of_records,
}


def groups(
    entries: Sequence[Entry], opened: Mapping[int, Mapping[str, Any]], names: Names, destroyed: Mapping[int, str]
) -> list[Section]:
    """Each group with the values as they stand, then everything that happened, oldest first.

    `destroyed` says in words what became of the contents of an entry whose payload is gone.
    """
    found: dict[str, list[tuple[Entry, Event]]] = {name: [] for name in GROUPS}
    for entry in entries:
        event = event_of(entry, opened.get(entry.position))
        found[_group(event)].append((entry, event))
    return [
        {
            "group": name,
            "heading": GROUPS[name],
            "current": current(((entry, event) for entry, event in members), names),
            "history": [entry_in_words(entry, event, names, destroyed.get(entry.position)) for entry, event in members],
        }
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


def entry_in_words(entry: Entry, event: Event, names: Names, destroyed: str | None) -> Section:
    """One event with every declared field that says something: what matters to a reader, then numbers and tags."""
    said = fields(event, names)
    kind = getattr(event, "collection", None)
    return {
        "position": entry.position,
        "type": entry.type,
        "what": event.LABEL + (f": {wording.kind_of_record(kind)}" if kind else ""),
        "occurred_at": text_of(entry.occurred_at),
        "when": wording.moment(entry.occurred_at),
        "recorded_at": text_of(entry.recorded_at),
        "recorded": wording.moment(entry.recorded_at),
        "recorded_by": wording.recorded_by(entry.actor, names),
        "kept_as": wording.class_of_records(entry.class_) if entry.class_ else None,
        "destroyed": destroyed,
        "fields": [field for field in said if not field["technical"]],
        "technical": [field for field in said if field["technical"]],
    }


def fields(event: Event, names: Names) -> list[Section]:
    """Every declared field of an event that holds something, with its label and its value in words."""
    declared = labels(type(event))
    return [
        _field(event, name, label, value, names)
        for name, label in declared.items()
        if (value := getattr(event, name)) not in (None, "", ())
    ]


def _field(event: Event, name: str, label: str, value: Any, names: Names) -> Section:  # noqa: ANN401 (any JSON)
    one: Section = {"name": name, "label": label, "technical": name in _TECHNICAL}
    if why := others_data.left_out_because(event, name):
        return {**one, "value": None, "text": f"left out, because {why}", "withheld": why}
    if isinstance(value, dict):
        collection = getattr(event, "collection", None)
        inner = inner_fields(collection, value, names)
        said = "; ".join(f"{field['label']}: {field['text']}" for field in inner)
        return {**one, "value": value, "text": said, "fields": inner}
    return {
        **one,
        "value": list(value) if isinstance(value, tuple) else value,
        "text": in_words(event, name, value, names),
    }


def inner_fields(collection: object, values: Mapping[str, Any], names: Names) -> list[Section]:
    """The fields inside a record, labelled and ordered as in the source's dictionary, its bookkeeping last."""
    return [
        {
            "name": name,
            "label": wording.label_of(collection, name),
            "value": value,
            "text": value if value is LEFT_OUT else wording.value_in_record(collection, name, value, names),
        }
        for name, value in sorted(values.items(), key=lambda one: wording.place_of(collection, one[0]))
    ]


def in_words(event: Event, name: str, value: Any, names: Names) -> str:  # noqa: ANN401 (any JSON)
    """A field's value as a reader understands it: codes, dates and organisations in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _ORGANISATIONS and name in event.FACTS:
        return wording.organisation(value, names)
    if name == "reason" and name in event.SEALED:
        return str(value)
    coded = outcomes.in_words(event.NAME, name, value)
    if coded is not None:
        return coded
    if name in _CODES_OF_SOURCE and name in event.FACTS:
        return wording.coded(*_CODES_OF_SOURCE[name], value)
    if name in event.FACTS and name in _LISTS:
        return _LISTS[name](value)
    if name.endswith(("_at", "_on", "valid_from")) or name in {"on", "until"}:
        return wording.moment(value)
    if name == "items":
        return ", ".join(wording.items(value))
    if name in {"changed", "cleared"}:
        return ", ".join(wording.label_of(getattr(event, "collection", None), one) for one in value)
    if name == "warnings":
        return ", ".join(_warning(one) for one in value)
    if name in {"classes", "remains"}:
        return ", ".join(wording.class_of_records(one) for one in value)
    if name == "destroyed":
        return "; ".join(_destroyed(one) for one in value)
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def _warning(code: str) -> str:
    kind, _, field = code.partition(":")
    said = wording.WARNINGS.get(kind, wording.plainly(kind))
    return f"{said} ({wording.plainly(field)})" if field else said


def _destroyed(one: Mapping[str, Any]) -> str:
    due = f", due by {wording.day(one['destroy_by'])}" if one.get("destroy_by") else ""
    because = f", because of entry {one['because']}" if one.get("because") else ""
    count = f", {one['events']} entries" if one.get("events") else ""
    return f"{wording.records(one.get('class'), one.get('part'))}{count}{due}, under rule {one.get('rule')}{because}"


class LeftOut(str):
    """What stands where a decision leaves a value out: the value before it does not count again (SAR-11)."""

    __slots__ = ()


LEFT_OUT = LeftOut("left out")


@dataclass(frozen=True, kw_only=True)
class LastWord:
    """What was last said about one field of a record: when it was written, and by which entry."""

    at: datetime
    value: Any
    entry: Entry
    event: Event


def last_words(members: Iterable[tuple[Entry, Event]]) -> dict[tuple[str, str], dict[str, LastWord]]:
    """The last word on every field of every record, by when the source wrote it; a field that was emptied has None."""
    records: dict[tuple[str, str], dict[str, LastWord]] = {}
    for entry, event in members:
        values = getattr(event, "values", None)
        if not isinstance(values, dict) or not hasattr(event, "cleared"):
            continue
        at = written_at(entry, event)
        record = records.setdefault(record_of(event), {})
        for name in (*values, *getattr(event, "cleared", ())):
            if name not in record or at >= record[name].at:
                record[name] = LastWord(at=at, value=values.get(name), entry=entry, event=event)
    return records


def written_at(entry: Entry, event: Event) -> datetime:
    """When the source wrote a version of a record, or else when it happened."""
    said: str | None = getattr(event, "written_at", None)
    return datetime.fromisoformat(said) if said else entry.occurred_at


def in_order(record: tuple[str, str], words: Mapping[str, LastWord]) -> list[tuple[str, LastWord]]:
    """The fields of a record that hold something about the person, in the order of the source's dictionary."""
    kind = record[0]
    said = sorted(words.items(), key=lambda one: wording.place_of(kind, one[0]))
    return [(name, word) for name, word in said if told(word.value) and not wording.bookkeeping(kind, name)]


def told(value: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Whether a last word says something that the person is told: it was neither emptied nor left out."""
    return value is not None and value is not LEFT_OUT


def called(record: tuple[str, str]) -> str:
    """What a record is called."""
    return EVENTS[record[0]].LABEL if record[0] in EVENTS else wording.kind_of_record(record[0])


def current(members: Iterable[tuple[Entry, Event]], names: Names) -> list[Section]:
    """Each record as it stands."""
    return [
        {
            "record": called(record),
            "collection": record[0],
            "record_id": record[1] or None,
            "fields": [
                {
                    "name": name,
                    "label": wording.label_of(record[0], name),
                    "value": word.value,
                    "text": wording.value_in_record(record[0], name, word.value, names),
                    "since": wording.day(word.at),
                    "from": wording.organisation(_said_by(word.event), names),
                }
                for name, word in in_order(record, words)
            ],
        }
        for record, words in last_words(members).items()
    ]


def record_of(event: Event) -> tuple[str, str]:
    """The kind of record and the number of the one that an event is a version of."""
    return str(kind_of_record(event) or event.NAME), str(getattr(event, "record_id", None) or "")


def _said_by(event: Event) -> object:
    return getattr(event, "organisation", None) or getattr(event, "touchpoint", None)


def text_of(moment: Any) -> str:  # noqa: ANN401 (an instant)
    """RFC 3339 in UTC."""
    return str(moment.isoformat()).replace("+00:00", "Z")
