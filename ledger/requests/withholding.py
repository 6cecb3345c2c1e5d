"""What a decision to leave something out is about: which fields of which entries, however they were named (SAR-11).

Whoever decides it may write an item by its code, by a name of the catalogue, or by the field it stands in. What may
carry the item too, such as a note with data that was received, is left out with it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ledger import errors
from ledger.codes.items import CARRIED_BY, FREE_TEXT, ITEMS, code_of, is_field, items_named, items_told_by
from ledger.events import EVENTS, DataReceived, DataShared, Event, FromDocument

_KIND_OF_EVENT = {
    "customer-registered": "customers",
    "customer-referred": "transfers",
    "referral-accepted": "transfers",
    "appointment-kept": "sessions",
    "appointment-missed": "sessions",
    "interaction-held": "interactions",
}
_DIGESTS = frozenset({"document", "history_digest"})
"""Digests of a whole document: with everything else known, a short value could be guessed from one."""
_IN_OWN_WORDS = frozenset({"note", "subject", "reason", "items_reason", "necessity", "override_reason"})
"""Sealed fields in which somebody wrote about the data in words of their own."""
_FIELDS = frozenset(name for kind in EVENTS.values() for name in kind.SEALED)
_NO_WORDS = re.compile(
    r"\d{4}-\d\d-\d\d([T ][\d:.+Z-]*)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^a-z]*", re.IGNORECASE
)


def kind_of_record(event: Event) -> str | None:
    """What kind of record an event is about, also when it does not say; None of what is no record."""
    return getattr(event, "collection", None) or _KIND_OF_EVENT.get(event.NAME)


def numbers_of(event: Event, *others: object) -> frozenset[str]:
    """Every number by which a decision may mean an event: those it states, and others such as its entry's position."""
    stated = (getattr(event, name) for name in event.FACTS if name.endswith("_id"))
    return frozenset(str(number) for number in (*stated, *others) if number is not None)


def names_in(payload: Mapping[str, Any]) -> frozenset[str]:
    """The names of all that a payload says, those inside a record in place of the record."""
    return frozenset({*payload, *_values(payload)} - {"values"})


def about(event: Event, payload: Mapping[str, Any], items: frozenset[str]) -> frozenset[str]:
    """The names in an entry's payload, and of its facts that are items of data, that a decision is about.

    It is about all that the payload says when it names no items.
    """
    names = names_in(payload)
    if not items or any(is_field("values", item) for item in items):
        return names if not items else frozenset(_values(payload))
    codes = frozenset().union(*map(items_named, items))
    said = {**payload, **_values(payload)}
    facts = (name for name in event.FACTS if isinstance(event, FromDocument) and items_told_by(name) & codes)
    found = {name for name in names if _is_or_holds(name, said[name], items, codes)}
    if codes & _carried(event):
        found |= {name for name in names if _may_tell(name, payload, codes)}
    return frozenset({*found, *facts, *(_DIGESTS & names if found & _values(payload).keys() else ())})


def meant(items: Iterable[str]) -> frozenset[str]:
    """Items by their codes, and what is none as it was written, so that two decisions can be compared."""
    return frozenset(code for item in items for code in items_named(item) or {item})


def refuse_unless_held(said: Mapping[str, Any], numbers: Collection[str], fields: Iterable[str]) -> None:
    """Refuse a decision that could not leave anything out: of a record the person has not, or of no item at all.

    `numbers` are those of the person's entries, `fields` the names in them; the latter are only asked for when no
    catalogue knows an item. Raises UnknownReference and Malformed (SAR-11).
    """
    if said.get("record_id") and said["record_id"] not in numbers:
        raise errors.UnknownReference("This person has no record with the number in the field record_id.")
    unknown = [item for item in said.get("items") or () if not items_named(item) and not _any_field(item, _FIELDS)]
    held = {*fields} if unknown else set[str]()
    if not all(_any_field(item, held) for item in unknown):
        raise errors.Malformed(
            "The field items names something that is neither an item of data nor a field held about this person.",
            field="items",
        )


def fields_set_by(event: Event) -> Iterator[str]:
    """The fields of a record that an event says it set or emptied; nothing is unsealed for it."""
    if isinstance(event, FromDocument):
        yield from (*event.changed, *event.cleared)


def _any_field(item: str, fields: Iterable[str]) -> bool:
    return any(is_field(item, field) for field in fields)


def _values(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    values = payload.get("values")
    return values if isinstance(values, dict) else {}


def _is_or_holds(name: str, value: object, items: frozenset[str], codes: frozenset[str]) -> bool:
    """Whether a field is one of these, or something inside it is."""
    if items_told_by(name) & codes or any(is_field(item, name) for item in items):
        return True
    if isinstance(value, dict):
        return any(_is_or_holds(inner, one, items, codes) for inner, one in value.items())
    return isinstance(value, list) and any(_is_or_holds("", one, items, codes) for one in value)


def _carried(event: Event) -> frozenset[str]:
    """The items that an event carries by what it says of itself, or may carry because it does not say."""
    named = [code_of(item) for item in getattr(event, "items", ())]
    unsaid = FREE_TEXT if isinstance(event, DataShared | DataReceived) and not named else ()
    return frozenset({*named, *unsaid, *(ITEMS.keys() & CARRIED_BY.get(str(kind_of_record(event)), frozenset()))})


def _may_tell(name: str, payload: Mapping[str, Any], codes: frozenset[str]) -> bool:
    """Whether a field of an event that carries the items may tell them: it has words, and not of another item."""
    if name not in _values(payload):
        return name in _IN_OWN_WORDS
    told = items_told_by(name)
    return bool(told & codes) if told else _has_words(_values(payload)[name])


def _has_words(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_words, value.values()))
    if isinstance(value, list):
        return any(map(_has_words, value))
    return isinstance(value, str) and not _NO_WORDS.fullmatch(value.strip())
