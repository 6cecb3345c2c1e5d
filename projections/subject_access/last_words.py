"""The last word on every field of a person's records, by when the source wrote it.

It knows no database; entries with their events are given to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.events import EVENTS, Event, Json
from ledger.log.codec import Entry
from ledger.requests.withholding import kind_of_record
from ledger.state.replay import event_of
from ledger.vault.search_tokens import IDENTITY_CLASSES
from projections.subject_access.record import Opened
from projections.wording import source_fields

RecordKey = tuple[str, str]
"""The kind of a record and its number."""


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


def last_words(members: Iterable[tuple[Entry, Event]]) -> dict[RecordKey, dict[str, LastWord]]:
    """The last word on every field of every record, by when the source wrote it; a field that was emptied has None."""
    records: dict[RecordKey, dict[str, LastWord]] = {}
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
    written: str | None = getattr(event, "written_at", None)
    return datetime.fromisoformat(written) if written else entry.occurred_at


def in_order(record: RecordKey, words: Mapping[str, LastWord]) -> list[tuple[str, LastWord]]:
    """The fields of a record that hold something about the person, in the order of the source's dictionary."""
    kind = record[0]
    ordered = sorted(words.items(), key=lambda item: source_fields.place_of(kind, item[0]))
    return [
        (name, word)
        for name, word in ordered
        if says_something(word.value) and not source_fields.bookkeeping(kind, name)
    ]


def says_something(value: object) -> bool:
    """Whether a last word is shown to the person: it was neither emptied nor left out."""
    return value is not None and value is not LEFT_OUT


def called(record: RecordKey) -> str:
    """What a record is called."""
    return EVENTS[record[0]].LABEL if record[0] in EVENTS else source_fields.kind_of_record(record[0])


def record_of(event: Event) -> RecordKey:
    """The kind of record and the number of the one that an event is a version of."""
    return str(kind_of_record(event) or event.NAME), str(getattr(event, "record_id", None) or "")


def identity(entries: Iterable[Entry], opened: Opened, *, upto: int | None = None) -> dict[str, Json] | None:
    """Names and ways to reach the person as last said, by field; None when they were destroyed.

    With `upto`, by the entries up to that position.
    """
    values: dict[str, Json] = {}
    written: dict[str, datetime] = {}
    for entry in entries:
        if entry.class_ not in IDENTITY_CLASSES:
            continue
        version = opened.get(entry.position, {}).get("values")
        if not isinstance(version, dict) or (upto is not None and entry.position > upto):
            continue
        event = event_of(entry)
        at = written_at(entry, event)
        for name in (*version, *getattr(event, "cleared", ())):
            if name not in written or at >= written[name]:
                written[name], values[name] = at, version.get(name)
    return {name: value for name, value in values.items() if says_something(value)} or None
