"""Which fields of which entries a decision to withhold applies to, however the items were named (SAR-11).

A decision may name an item by its code, by a name of the catalogue, or by a field. Fields that may also carry the item,
such as a note beside received data, are withheld with it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ledger import errors
from ledger.codes.items import CARRIED_BY, FREE_TEXT, ITEMS, code_of, is_field, items_in_field, items_named
from ledger.events import EVENTS, DataReceived, DataShared, Event, FromDocument

COMMANDS = frozenset({"withhold-item", "decide-third-party"})
"""The commands that record such a decision."""
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
    """The collection an event's record belongs to, stated or implied by its type; None when there is no record."""
    return getattr(event, "collection", None) or _KIND_OF_EVENT.get(event.NAME)


def numbers_of(event: Event, *further: object) -> frozenset[str]:
    """Every id by which a decision may refer to an event: its own, and `further` ones such as its entry's position."""
    stated = (getattr(event, name) for name in event.FACTS if name.endswith("_id"))
    return frozenset(str(id_) for id_ in (*stated, *further) if id_ is not None)


def names_in(payload: Mapping[str, Any]) -> frozenset[str]:
    """The field names of a payload, with the fields of its record in place of `values`."""
    return frozenset({*payload, *_values(payload)} - {"values"})


def about(event: Event, payload: Mapping[str, Any], items: frozenset[str]) -> frozenset[str]:
    """The names of an entry's sealed fields, and of its facts that are data items, that a decision withholds.

    A decision that names no items withholds the whole payload.
    """
    names = names_in(payload)
    if not items or any(is_field("values", item) for item in items):
        return names if not items else frozenset(_values(payload))
    codes = frozenset().union(*map(items_named, items))
    values = {**payload, **_values(payload)}
    facts = (name for name in event.FACTS if isinstance(event, FromDocument) and items_in_field(name) & codes)
    found = {name for name in names if _is_or_holds(name, values[name], items, codes)}
    if codes & _carried(event):
        found |= {name for name in names if _may_tell(name, payload, codes)}
    return frozenset({*found, *facts, *(_DIGESTS & names if found & _values(payload).keys() else ())})


def meant(items: Iterable[str]) -> frozenset[str]:
    """Items as codes, and unknown items as written, so that two decisions can be compared."""
    return frozenset(code for item in items for code in items_named(item) or {item})


def refuse_unless_held(decision: Mapping[str, Any], ids: Collection[str], fields: Iterable[str]) -> None:
    """Refuse a decision that would withhold nothing: it names a record or an item the person does not have (SAR-11).

    `ids` are those of the person's entries, `fields` the names in them; `fields` is only consumed when an item is in no
    catalogue. Raises UnknownReference for the record and Malformed for the item.
    """
    if decision.get("record_id") and decision["record_id"] not in ids:
        raise errors.UnknownReference("This person has no record with the number in the field record_id.")
    unknown = [item for item in decision.get("items") or () if not items_named(item) and not _any_field(item, _FIELDS)]
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
    """Whether a field is one of the items, or contains one."""
    if items_in_field(name) & codes or any(is_field(item, name) for item in items):
        return True
    if isinstance(value, dict):
        return any(_is_or_holds(inner, inner_value, items, codes) for inner, inner_value in value.items())
    return isinstance(value, list) and any(_is_or_holds("", inner_value, items, codes) for inner_value in value)


def _carried(event: Event) -> frozenset[str]:
    """The items an event states that it carries, or may carry because it does not state them."""
    named = [code_of(item) for item in getattr(event, "items", ())]
    unsaid = FREE_TEXT if isinstance(event, DataShared | DataReceived) and not named else ()
    return frozenset({*named, *unsaid, *(ITEMS.keys() & CARRIED_BY.get(str(kind_of_record(event)), frozenset()))})


def _may_tell(name: str, payload: Mapping[str, Any], codes: frozenset[str]) -> bool:
    """Whether a field of an event that carries the items may reveal them: free text not known to be another item."""
    if name not in _values(payload):
        return name in _IN_OWN_WORDS
    known_items = items_in_field(name)
    return bool(known_items & codes) if known_items else _has_words(_values(payload)[name])


def _has_words(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_words, value.values()))
    if isinstance(value, list):
        return any(map(_has_words, value))
    return isinstance(value, str) and not _NO_WORDS.fullmatch(value.strip())
