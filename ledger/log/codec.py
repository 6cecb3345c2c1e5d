"""Encodes events as stored bytes and back: canonical facts (RFC 8785), sealed payloads, the envelope, its leaf hash.

The canonical form of an event is one JSON object of every stored column except the position; its leaf hash is what
the Merkle tree is built of (D11). Facts hold only text, whole numbers, true, false, null, lists and objects: then
sorted keys without white space are exactly RFC 8785, and PostgreSQL's jsonb gives back what was put in. Nothing here
writes JSON by hand: `envelope` and `canonical` are the two functions whose bytes are hashed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from ledger.errors import Malformed, Tampered
from ledger.events import EVENTS, Event, Json
from ledger.log.merkle import leaf_hash

_CANONICAL = orjson.OPT_SORT_KEYS
_above_the_basic_plane = re.compile(rb"[\xf0-\xf4]").search  # the first byte of a character that UTF-16 writes as two
_LARGEST_EXACT_INTEGER = 2**53 - 1
LARGEST_ENTRY_BYTES = 65_535
"""Of an entry's canonical bytes: entry bundles of the published log give a length in two bytes (C2SP tlog-tiles)."""
_NOT_A_FACT = "A fact must be text, a whole number, true, false, a list or an object of these."


class Entry(NamedTuple):
    """One stored event, column by column; `blob` is the sealed payload, which lives in a table of its own."""

    id: UUID
    stream: UUID
    version: int
    type: str
    type_version: int
    class_: str | None
    part: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    facts: bytes
    commitment: bytes | None
    previous: bytes | None
    leaf: bytes
    blob: bytes | None = None
    position: int = 0


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value without fractions; raises Malformed for anything else."""
    try:
        if type(value) is not dict or not _is_exact(value.values()):
            _refuse_inexact(value)
        written = canonical_order(value)
    except (TypeError, RecursionError) as unwritable:
        raise Malformed(_NOT_A_FACT) from unwritable
    if b"\\u0000" in written:  # a NUL, which PostgreSQL cannot hold, or a text that only spells it
        _refuse_inexact(value)
    return written


def canonical_order(value: object) -> bytes:
    """The same bytes without the refusals of `canonical`; raises TypeError for what JSON cannot hold."""
    written = orjson.dumps(value, option=_CANONICAL | orjson.OPT_STRICT_INTEGER)
    if not written.isascii() and _above_the_basic_plane(written):
        return orjson.dumps(_in_order(value), option=orjson.OPT_STRICT_INTEGER)
    return written


def _in_order(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """The value with the keys of every object in the order of UTF-16, which RFC 8785 asks for and orjson does not know.

    It differs from the order of the characters only where a key has one above the basic plane.
    """
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list | tuple):
        return [_in_order(item) for item in value]
    return value


_EXACT = frozenset({str, int, bool, type(None), tuple})
_TEXT = frozenset({str})


def _is_exact(values: Collection[Any]) -> bool:
    """Whether all values are texts, integers, booleans, None or lists of texts: a fast check that most facts pass."""
    return _EXACT.issuperset(map(type, values)) and all(
        _TEXT.issuperset(map(type, value)) for value in values if type(value) is tuple
    )


def _refuse_inexact(value: Any) -> None:  # noqa: ANN401 (anything at all may be handed in as a fact)
    kind = type(value)
    if kind is str:
        if "\x00" in value:
            raise Malformed(_NOT_A_FACT)
    elif kind is dict:
        for key, item in value.items():
            _refuse_inexact(key)
            _refuse_inexact(item)
    elif kind is list or kind is tuple:
        for item in value:
            if type(item) is not str or "\x00" in item:
                _refuse_inexact(item)
    elif value is not None and kind is not bool and (kind is not int or abs(value) > _LARGEST_EXACT_INTEGER):
        raise Malformed(_NOT_A_FACT)


def facts_of(event: Event) -> bytes:
    """The canonical bytes of an event's facts; empty fields are left out."""
    facts = {name: value for name in event.FACTS if (value := getattr(event, name)) is not None and value != ()}
    return canonical(facts)


def payload_of(event: Event) -> bytes | None:
    """The bytes to seal, or None when the event has no sealed fields."""
    sealed = {name: value for name in event.SEALED if (value := getattr(event, name)) is not None}
    return orjson.dumps(sealed, option=_CANONICAL) if sealed else None


def event_from(name: str, version: int, facts: dict[str, Any], payload: dict[str, Json] | None = None) -> Event:
    """The event stored under a name and version; sealed fields are None without a payload. Raises Tampered."""
    kind = EVENTS.get(name)
    if kind is None or version > kind.VERSION:
        raise Tampered(f"An event of type {name} version {version} is not known to this program.")
    fields = {**facts, **(payload or {})}
    unknown = fields.keys() - kind.FIELDS
    if unknown:
        raise Tampered(
            f"An event of type {name} holds fields this program does not know: {', '.join(sorted(unknown))}."
        )
    return kind.of({key: tuple(value) if type(value) is list else value for key, value in fields.items()})


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC with six decimals: the one form instants have in canonical bytes."""
    text = (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(timespec="microseconds")
    return text[:26] + "Z"


_same_instant = lru_cache(maxsize=64)(instant)  # what is recorded together has one time of recording
_same_stream: Callable[[UUID], str] = lru_cache(maxsize=64)(str)


def hex_or_none(value: bytes | None) -> str | None:
    """A hash in lower-case hex, or None."""
    return None if value is None else value.hex()


def envelope(
    *,
    id_: str,
    stream: str,
    version: int,
    type_: str,
    type_version: int,
    class_: str | None,
    part: str,
    occurred_at: str,
    recorded_at: str,
    actor: str,
    facts: bytes,
    commitment: str | None,
    previous: str | None,
) -> bytes:
    """The canonical bytes of an entry (RFC 8785); `facts` are canonical already, hashes are in hex.

    Raises Malformed for a text that PostgreSQL or JSON cannot hold: a NUL, or half of a surrogate pair.
    """
    columns = {  # in the order of their names
        "actor": actor, "class": class_, "commitment": commitment, "facts": orjson.Fragment(facts), "id": id_,
        "occurred_at": occurred_at, "part": part, "previous": previous, "recorded_at": recorded_at, "stream": stream,
        "type": type_, "type_version": type_version, "version": version,
    }  # fmt: skip
    try:
        written = orjson.dumps(columns, option=orjson.OPT_STRICT_INTEGER)
    except TypeError as unwritable:
        raise Malformed(_NOT_A_FACT) from unwritable
    if b"\\u0000" in written:
        _refuse_inexact((actor, class_, part, type_))
    return written


def make_entry(
    event: Event,
    *,
    id_: UUID,
    stream: UUID,
    version: int,
    previous: bytes | None,
    occurred_at: datetime,
    recorded_at: datetime,
    actor: str,
    blob: bytes | None,
) -> Entry:
    """The stored form of an event whose payload is already sealed as `blob`. Raises Malformed for one too large."""
    facts = facts_of(event)
    class_ = event.retention_class() if blob is not None else None
    part = event.retention_part() if blob is not None else ""
    commitment = hashlib.sha256(blob).digest() if blob is not None else None
    bytes_ = envelope(
        id_=str(id_),
        stream=_same_stream(stream),
        version=version,
        type_=event.NAME,
        type_version=event.VERSION,
        class_=class_,
        part=part,
        occurred_at=instant(occurred_at),
        recorded_at=_same_instant(recorded_at),
        actor=actor,
        facts=facts,
        commitment=hex_or_none(commitment),
        previous=hex_or_none(previous),
    )
    if len(bytes_) > LARGEST_ENTRY_BYTES:
        raise Malformed("What would be kept in clear of this is larger than one entry; give shorter lists.")
    leaf = leaf_hash(bytes_)
    return Entry(
        id_, stream, version, event.NAME, event.VERSION, class_, part, occurred_at, recorded_at, actor,
        facts, commitment, previous, leaf, blob,
    )  # fmt: skip


def canonical_entry(entry: Entry) -> bytes:
    """The canonical bytes of a stored entry, made again from its columns."""
    return envelope(
        id_=str(entry.id),
        stream=str(entry.stream),
        version=entry.version,
        type_=entry.type,
        type_version=entry.type_version,
        class_=entry.class_,
        part=entry.part,
        occurred_at=instant(entry.occurred_at),
        recorded_at=instant(entry.recorded_at),
        actor=entry.actor,
        facts=canonical(orjson.loads(entry.facts)),
        commitment=hex_or_none(entry.commitment),
        previous=hex_or_none(entry.previous),
    )
