"""The fields of the earlier service's records: labels, order and values in words, by its dictionary."""

from __future__ import annotations

from ledger.codes.dictionary import COLLECTIONS, Field
from projections.wording.codes import plainly
from projections.wording.dates import day, is_date, moment
from projections.wording.parties import Names, organisation

_PLAIN_ORDER = {
    name: place
    for place, name in enumerate(("given_name", "family_name", "date_of_birth", "email", "telephone", "postcode"))
}


def field_of(collection: object, name: str) -> Field | None:
    """The source dictionary's entry for a field of a kind of record."""
    known = COLLECTIONS.get(str(collection))
    return next((field for field in known.fields if field.name == name), None) if known else None


def place_of(collection: object, name: str) -> tuple[bool, int, str]:
    """Where a field stands in its record: in the source's order, bookkeeping after what is about the person."""
    known = COLLECTIONS.get(str(collection))
    names = [field.name for field in known.fields] if known else []
    return bookkeeping(collection, name), names.index(name) if name in names else _PLAIN_ORDER.get(name, 99), name


def bookkeeping(collection: object, name: str) -> bool:
    """Whether a field says nothing about the person: a record's number, who wrote it last."""
    field = field_of(collection, name)
    return field is not None and (field.personal == "none" or name in {"id", "CustomerId"})


def label_of(collection: object, name: str) -> str:
    """The plain-English label of a field inside a record."""
    field = field_of(collection, name)
    if field is not None:
        return field.label
    label = name.replace("_", " ").strip()
    return label[:1].upper() + label[1:]


def kind_of_record(collection: object) -> str:
    """What a kind of record is called."""
    known = COLLECTIONS.get(str(collection))
    return known.label if known else plainly(collection)


def coded(collection: str, name: str, value: object) -> str:
    """What a code of the earlier service means; a text that is no code stays as it was said."""
    field = field_of(collection, name)
    try:
        meaning = field.codes.get(int(str(value))) if field else None
    except ValueError:
        meaning = None
    return meaning or str(value)


def value_in_record(collection: object, name: str, value: object, names: Names) -> str:
    """A value inside a record in words."""
    field = field_of(collection, name)
    kind = field.kind if field else "string"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind in {"enum", "enum-or-name", "enum-list"}:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(coded(str(collection), name, code) for code in codes)
    if kind == "touchpoint-id":
        return organisation(value, names)
    if kind == "date":
        return day(str(value)[:10])
    if kind == "datetime":
        return moment(value)
    if isinstance(value, dict):
        return "; ".join(
            f"{label_of(None, key)}: {value_in_record(None, key, inner, names)}" for key, inner in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(value_in_record(None, name, item, names) for item in value)
    return day(value) if field is None and is_date(value) else str(value)
