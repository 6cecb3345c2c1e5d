"""Versions of documents in the order the source wrote them, and how ids derive from them; it makes no event."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson

from api.dss.checks import JSON
from api.dss.history import lost
from ledger.log.codec import Entry, event_from
from ledger.state.customer import Customer, customer_after
from ledger.store.holdings import Held

Record: TypeAlias = tuple[str, str]  # collection, id

_NAMESPACE = hashlib.sha1(UUID("0b3a9f0e-7c1d-5c62-8a54-6d1f5be0c7a9").bytes, usedforsecurity=False)
_UNMARKED, _VERSION_5 = ~(0xF000 << 64 | 0xC000 << 48), 5 << 76 | 0x8000 << 48
_NEW = 10**12  # whatever is in the ledger already comes before what arrives now
_ROW = "HistoryId\n"  # no etag holds a line break
_ROWS_FIRST = 2**64  # beyond any HistoryId


def derived_id(collection: str, id: str, tag: str = "", kind: str = "") -> UUID:
    """A version 5 UUID: the same version of the same document always makes the same events."""
    name = _NAMESPACE.copy()
    name.update(f"{collection}/{id}/{tag}{kind}".encode())
    bits = int.from_bytes(name.digest()[:16], "big")
    return UUID(int=bits & _UNMARKED | _VERSION_5)  # twice as fast as asking for the version by its number


def tag_of_row(history_id: int, ts: int) -> str:
    """The tag of a row of the SQL history, made of its key (with the record's id): HistoryId and second."""
    return f"{_ROW}{history_id}\n{ts}"


def is_row(tag: str) -> bool:
    return tag.startswith(_ROW)


def stated_by(tag: str) -> dict[str, Any]:
    """The fact that names the version: the tag the source gave it, or the row it was read from."""
    return {"history_id": _history_id(tag)} if is_row(tag) else {"etag": tag}


def _history_id(tag: str) -> int:
    return int(tag.split("\n")[1])


class Version(NamedTuple):
    """An accepted version that is not in the ledger yet."""

    event: UUID
    collection: str
    id: str
    tag: str  # its etag, or what stands for it
    ts: int
    order: int
    values: dict[str, JSON]
    warnings: tuple[str, ...]
    document: str
    history_digest: str | None = None  # where it cannot be told from the values


class Addition(NamedTuple):
    """Values for a version in the ledger that its own line had no field for."""

    collection: str
    id: str
    tag: str
    values: dict[str, JSON]
    by: str  # the tag of what says so


class Past(NamedTuple):
    """A version in its place in the record's history."""

    ts: int
    order: int
    tag: str
    values: dict[str, JSON]
    history_digest: str | None = None
    gone: bool = False  # something of it was destroyed


class Recorded(NamedTuple):
    """An event of the ledger that says the state of a consent or of the service."""

    id: UUID
    at: float
    order: int
    subject: str  # the consent's scope, or "service"
    state: str
    tag: str | None
    organisation: str | None


def order_of(file: int, number: int, tag: str) -> int:
    """The place of a line among what was written in the same second: rows by HistoryId, then documents as they came.

    Of a row and a document that differ the document holds more, so it has the last word.
    """
    return _place_of_row(tag) if is_row(tag) else _NEW + (file << 36) + number


def _place_of_row(tag: str) -> int:
    return _history_id(tag) - _ROWS_FIRST


def touchpoint_of(values: Mapping[str, JSON], unsaid: Container[str] = ()) -> str | None:
    """Who wrote a version; the collections spell it differently. None if it is among what the row could not say."""
    for name in ("LastModifiedTouchpointId", "LastModifiedBy", "TouchpointId", "TouchPointId", "CreatedBy"):
        if name in unsaid:
            return None
        if name in values:
            return str(values[name])
    return None


@dataclass(kw_only=True, slots=True)
class Known:
    """What the ledger holds of a customer before an import, by record and version."""

    customer: Customer = field(default_factory=Customer)
    records: dict[Record, list[Past]] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    ids: frozenset[UUID] = frozenset()
    has_rows: bool = False  # some version was read from the SQL history

    def place(self, version: Version) -> tuple[dict[str, JSON], Past | None]:
        """Put a version into its record's history; returns the values before it and the version after it."""
        chain = self.records.setdefault((version.collection, version.id), [])
        past = Past(version.ts, version.order, version.tag, version.values)
        if not chain or chain[-1][:2] < past[:2]:
            before = chain[-1].values if chain else {}
            chain.append(past)
            return before, None
        index = bisect_right(chain, past[:2], key=_place)
        chain.insert(index, past)
        return (chain[index - 1].values if index else {}), chain[index + 1]

    def add(self, addition: Addition) -> Past:
        """Add values to a version in the history; returns it as it was before."""
        chain = self.records[addition.collection, addition.id]
        index = next(index for index, past in enumerate(chain) if past.tag == addition.tag)
        past = chain[index]
        chain[index] = past._replace(values={**past.values, **addition.values})
        return past


def _place(past: Past) -> tuple[int, int]:
    return past[:2]


def known_of(held: Held) -> Known:
    """The known state of a stream from its entries; destroyed values are missing."""
    events = [event_from(entry.type, entry.type_version, orjson.loads(entry.facts)) for entry in held.entries]
    facts = [orjson.loads(entry.facts) for entry in held.entries]
    return Known(
        customer=customer_after(zip((entry.occurred_at for entry in held.entries), events, strict=True)),
        records=_records(held, facts),
        has_rows=any("history_id" in fact for fact in facts),
        recorded=[recorded for entry in held.entries if (recorded := _stated(entry))],
        ids=frozenset(entry.id for entry in held.entries),
    )


_SERVICE = {"service-ended": "ended", "service-resumed": "resumed"}


def _stated(entry: Entry) -> Recorded | None:
    facts = orjson.loads(entry.facts)
    at, tag, organisation = entry.occurred_at.timestamp(), _tag(facts), facts.get("organisation")
    if entry.type in _SERVICE:
        return Recorded(entry.id, at, entry.version, "service", _SERVICE[entry.type], tag, organisation)
    if entry.type.startswith("consent-"):
        state = entry.type.removeprefix("consent-")
        return Recorded(entry.id, at, entry.version, facts["scope"], state, tag, organisation)
    return None


def _records(held: Held, facts: Iterable[dict[str, Any]]) -> dict[Record, list[Past]]:
    """Each version once, at the place of its first event, with the values later events add to it."""
    by_record: dict[Record, dict[str, list[tuple[Entry, dict[str, Any]]]]] = {}
    for entry, fact in zip(held.entries, facts, strict=True):
        if fact.get("collection") and fact.get("record_id") and (tag := _tag(fact)):
            record = by_record.setdefault((fact["collection"], fact["record_id"]), {})
            record.setdefault(tag, []).append((entry, fact))
    return {record: _folded(record[0], versions, held) for record, versions in by_record.items()}


def _folded(collection: str, versions: dict[str, list[tuple[Entry, dict[str, Any]]]], held: Held) -> list[Past]:
    found: list[Past] = []
    values: dict[str, JSON] = {}
    places = {
        tag: (_ts(parts[0][1]), _place_of_row(tag) if is_row(tag) else parts[0][0].version)
        for tag, parts in versions.items()
    }  # fmt: skip
    for tag, (ts, order) in sorted(places.items(), key=lambda item: item[1]):
        values, gone, digest = dict(values), False, None
        unsaid = set(lost(collection, ts)) if is_row(tag) else set()
        for entry, fact in versions[tag]:
            payload = held.payloads.get(entry.version, {})
            gone = gone or (entry.commitment is not None and not payload)
            digest = digest or payload.get("history_digest")
            values.update(payload.get("values") or {})
            unsaid.difference_update(fact.get("changed", ()))
            for name in fact.get("cleared", ()):
                values.pop(name, None)
        own = {name: value for name, value in values.items() if name not in unsaid} if unsaid else values
        found.append(Past(ts, order, tag, own, digest, gone))
    return found


def _tag(facts: dict[str, Any]) -> str | None:
    etag, history_id = facts.get("etag"), facts.get("history_id")
    return etag if history_id is None else tag_of_row(history_id, _ts(facts) if "written_at" in facts else 0)


def _ts(facts: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(facts["written_at"]).timestamp())
