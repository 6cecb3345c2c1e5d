"""Versions of documents in the order the source wrote them, and how ids derive from them; it makes no event."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson

from api.dss.checking import JSON
from ledger.codec import Entry, event_from
from ledger.customer import Customer, replay
from ledger.holdings import Held

Record: TypeAlias = tuple[str, str]  # collection, id

_NAMESPACE = hashlib.sha1(UUID("0b3a9f0e-7c1d-5c62-8a54-6d1f5be0c7a9").bytes, usedforsecurity=False)
_UNMARKED, _VERSION_5 = ~(0xF000 << 64 | 0xC000 << 48), 5 << 76 | 0x8000 << 48
_NEW = 10**12  # whatever is in the ledger already comes before what arrives now


def derived_id(collection: str, id: str, etag: str = "", kind: str = "") -> UUID:
    """A version 5 UUID: the same version of the same document always makes the same events."""
    name = _NAMESPACE.copy()
    name.update(f"{collection}/{id}/{etag}{kind}".encode())
    bits = int.from_bytes(name.digest()[:16], "big")
    return UUID(int=bits & _UNMARKED | _VERSION_5)  # twice as fast as asking for the version by its number


class Version(NamedTuple):
    """An accepted version that is not in the ledger yet."""

    event: UUID
    collection: str
    id: str
    etag: str
    ts: int
    order: int
    values: dict[str, JSON]
    warnings: tuple[str, ...]
    document: str


class Past(NamedTuple):
    """A version in its place in the record's history."""

    ts: int
    order: int
    etag: str
    values: dict[str, JSON]


class Recorded(NamedTuple):
    """An event of the ledger that says the state of a consent or of the service."""

    id: UUID
    at: float
    order: int
    subject: str  # the consent's scope, or "service"
    state: str
    etag: str | None
    organisation: str | None


def order_of(file: int, number: int) -> int:
    """The place of a line among everything an import reads."""
    return _NEW + (file << 36) + number


def touchpoint_of(values: Mapping[str, JSON]) -> str | None:
    """Who wrote a version; the collections spell it differently."""
    for name in ("LastModifiedTouchpointId", "LastModifiedBy", "TouchpointId", "TouchPointId", "CreatedBy"):
        if name in values:
            return str(values[name])
    return None


@dataclass(kw_only=True, slots=True)
class Known:
    """What the ledger holds of a customer before an import."""

    customer: Customer = field(default_factory=Customer)
    records: dict[Record, list[Past]] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    ids: frozenset[UUID] = frozenset()

    def place(self, version: Version) -> tuple[dict[str, JSON], Past | None]:
        """Put a version into its record's history; returns the values before it and the version after it."""
        chain = self.records.setdefault((version.collection, version.id), [])
        past = Past(version.ts, version.order, version.etag, version.values)
        if not chain or chain[-1][:2] < past[:2]:
            before = chain[-1].values if chain else {}
            chain.append(past)
            return before, None
        index = bisect_right(chain, past[:2], key=_place)
        chain.insert(index, past)
        return (chain[index - 1].values if index else {}), chain[index + 1]


def _place(past: Past) -> tuple[int, int]:
    return past[:2]


def known_of(held: Held) -> Known:
    """What a stream's entries say; what was destroyed is missing from the values."""
    events = [event_from(entry.type, entry.type_version, orjson.loads(entry.facts)) for entry in held.entries]
    return Known(
        customer=replay(events),
        records=_records(held, [orjson.loads(entry.facts) for entry in held.entries]),
        recorded=[said for entry in held.entries if (said := _stated(entry))],
        ids=frozenset(entry.id for entry in held.entries),
    )


_SERVICE = {"service-ended": "ended", "service-resumed": "resumed"}


def _stated(entry: Entry) -> Recorded | None:
    facts = orjson.loads(entry.facts)
    at, etag, organisation = entry.occurred_at.timestamp(), facts.get("etag"), facts.get("organisation")
    if entry.type in _SERVICE:
        return Recorded(entry.id, at, entry.version, "service", _SERVICE[entry.type], etag, organisation)
    if entry.type.startswith("consent-"):
        state = entry.type.removeprefix("consent-")
        return Recorded(entry.id, at, entry.version, facts["scope"], state, etag, organisation)
    return None


def _records(held: Held, facts: Iterable[dict[str, Any]]) -> dict[Record, list[Past]]:
    """Each version once, at the place of its first event; what a later event says of it again is part of it."""
    said: dict[Record, dict[str, list[tuple[Entry, dict[str, Any]]]]] = {}
    for entry, fact in zip(held.entries, facts, strict=True):
        if fact.get("collection") and fact.get("record_id") and fact.get("etag"):
            record = said.setdefault((fact["collection"], fact["record_id"]), {})
            record.setdefault(fact["etag"], []).append((entry, fact))
    return {record: _folded(versions, held) for record, versions in said.items()}


def _folded(versions: dict[str, list[tuple[Entry, dict[str, Any]]]], held: Held) -> list[Past]:
    found: list[Past] = []
    values: dict[str, JSON] = {}
    for etag, parts in sorted(versions.items(), key=lambda item: (_ts(item[1][0][1]), item[1][0][0].version)):
        values = dict(values)
        for entry, fact in parts:
            values.update(held.payloads.get(entry.version, {}).get("values") or {})
            for name in fact.get("cleared", ()):
                values.pop(name, None)
        found.append(Past(_ts(parts[0][1]), parts[0][0].version, etag, values))
    return found


def _ts(facts: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(facts["written_at"]).timestamp())
