"""A row of a view or a part of an answer: a frozen dataclass that writes itself as JSON, in the order of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import ClassVar, cast
from uuid import UUID

from ledger.clocks import instant_text
from ledger.events import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What a read function or a composer answers; a field named like a word of Python ends with an underscore."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    """The fields that are left out of the JSON when they are None."""

    def as_json(self) -> dict[str, Json]:
        """Every field under its name, with instants in RFC 3339 and days as YYYY-MM-DD."""
        values = ((field.name.removesuffix("_"), getattr(self, field.name)) for field in fields(self))
        return {key: json_of(value) for key, value in values if value is not None or key not in self.OPTIONAL}


def json_of(value: object) -> Json:
    """A value of a row as JSON; what is JSON already stays as it is."""
    match value:
        case Row():
            return value.as_json()
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case list() | tuple():
            return [json_of(item) for item in value]
        case Mapping():
            return {str(key): json_of(item) for key, item in value.items()}
        case _:
            return cast("Json", value)
