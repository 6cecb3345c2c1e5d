"""What a DSS document may hold: collections, fields, codes and touchpoints; it knows no document and no event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal[
    "guid",
    "touchpoint-id",
    "boolean",
    "datetime",
    "date",  # a calendar date, although the source writes a time behind it
    "enum",
    "enum-or-name",  # also accepted as numeric text or as the member's name
    "enum-list",  # also accepted as the text of a JSON list
    "string",
    "decimal",
    "integer",
    "url",
    "duration",
    "object",
]
Personal = Literal["none", "contact", "direct identifier", "special category", "other personal"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    name: str
    kind: Kind
    label: str
    personal: Personal
    required: bool
    excused_by: str | None  # the field that, once set, allows this required one to be empty
    codes: Mapping[int, str]  # every code ever valid, with its meaning
    retired: frozenset[int]
    max_length: int | None
    references: str | None  # the collection whose id this field holds
    consent_purpose: str | None  # this field is the customer's answer for that purpose
    needs_consent: str | None  # the field of the same document that must be true for this value to be kept
    not_stated: int | None  # the code that says nothing, so it needs no consent
    secret: bool
    ahead: bool  # a date that is named beforehand, such as a booked session: it may lie in the future
    column: str | None  # what the SQL history calls this field; None if it keeps none
    column_since: int | None  # in seconds since 1970: rows of before cannot say anything of it
    own_table: bool  # the SQL history keeps it in a table of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    name: str
    label: str
    flag: str | None  # the envelope's flag; None for what the change feed never carries
    has_customer: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Touchpoint:
    id: str
    kind: str
    area: str | None
    prime_contractor: str | None


def _field(entry: dict[str, Any], code_lists: dict[str, Any]) -> Field:
    since = entry.get("column_since")
    code_list = code_lists.get(entry.get("codes", ""), {})
    status = code_list.get("status", {})
    return Field(
        name=entry["name"],
        kind=entry["kind"],
        label=entry["label"],
        personal=entry["personal"],
        required=entry.get("required", False),
        excused_by=entry.get("excused_by"),
        codes=MappingProxyType({int(code): meaning for code, meaning in code_list.get("codes", {}).items()}),
        retired=frozenset(int(code) for code, state in status.items() if state == "retired"),
        max_length=entry.get("max_length"),
        references=entry.get("references"),
        consent_purpose=entry.get("consent_purpose"),
        needs_consent=entry.get("needs_consent"),
        not_stated=entry.get("not_stated"),
        secret=entry.get("secret", False),
        ahead=entry.get("ahead", False),
        column=entry.get("column", entry["name"]),
        column_since=None if since is None else int(datetime.fromisoformat(f"{since}T00:00:00Z").timestamp()),
        own_table=entry.get("own_table", False),
    )


def _collection(name: str, entry: dict[str, Any], code_lists: dict[str, Any]) -> Collection:
    return Collection(
        name=name,
        label=entry["label"],
        flag=entry["flag"],
        has_customer=entry["has_customer"],
        fields=tuple(_field(field, code_lists) for field in entry["fields"]),
    )


_facts: dict[str, Any] = json.loads(resources.files(__package__).joinpath("dictionary.json").read_text("utf-8"))

COLLECTIONS: Mapping[str, Collection] = MappingProxyType(
    {name: _collection(name, entry, _facts["code_lists"]) for name, entry in _facts["collections"].items()}
)
COLLECTION_OF_FLAG: Mapping[str, Collection] = MappingProxyType(
    {collection.flag: collection for collection in COLLECTIONS.values() if collection.flag is not None}
)
TOUCHPOINTS: Mapping[str, Touchpoint] = MappingProxyType(
    {id: Touchpoint(id=id, **entry) for id, entry in _facts["touchpoints"].items()}
)
del _facts
