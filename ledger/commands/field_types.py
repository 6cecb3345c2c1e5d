"""Types of field values: how a value is read, its description and its JSON Schema. A refusal repeats no value.

The type follows the annotation of the event's field. Dates, instants, ids and months are stored as texts or numbers,
and their field names tell them apart.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from ledger.clocks import instant_text
from ledger.errors import Malformed
from ledger.events import Json

LONGEST_PERIOD_MONTHS = 1_200
_FIELD_NAME = r"[A-Za-z][A-Za-z_]{0,59}[0-9]{0,2}"
_A_NAME = re.compile(_FIELD_NAME)
_YEARS = range(1900, 2200)
"""A year outside these is a typing error, and due dates computed from it would overflow the calendar."""
_DATES = frozenset({
    "on", "review_on", "valid_from", "valid_until", "received_on", "told_due_on", "until", "first_day", "last_day",
})  # fmt: skip
_UUIDS = frozenset({"customer_id", "into"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldType:
    """A type of values: `read` takes the field's name and the JSON value, and raises Malformed."""

    words: str
    read: Callable[[str, Any], Any]
    schema: Mapping[str, Json]


def type_of(name: str, hint: Any) -> FieldType:  # noqa: ANN401 (a type annotation can be anything)
    """The type of an event's field, by its name and its annotation."""
    if name.endswith("_at"):
        return INSTANT
    if name in _DATES:
        return DATE
    if name in _UUIDS:
        return ID
    if name == "months":
        return MONTHS
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if any(typing.get_origin(option) is tuple for option in options):
        inner = next(typing.get_args(option)[0] for option in options if typing.get_origin(option) is tuple)
        return TEXTS if inner is str else OBJECTS
    if any(typing.get_origin(option) is dict for option in options):
        return OBJECT
    return _plain(tuple(option for option in options if option in (str, int, bool)))


def _plain(allowed: tuple[type, ...]) -> FieldType:
    names: list[Json] = [{str: "string", int: "integer", bool: "boolean"}[kind] for kind in allowed]
    schema: dict[str, Json] = {"type": names[0] if len(names) == 1 else names}
    return FieldType(words=_plainly(allowed), read=partial(_read_plain, allowed), schema=schema)


def _plainly(allowed: tuple[type, ...]) -> str:
    return " or ".join({str: "text", int: "a whole number", bool: "true or false"}[kind] for kind in allowed)


def _read_plain(allowed: tuple[type, ...], name: str, value: Any) -> Any:  # noqa: ANN401 (JSON)
    if type(value) not in allowed:
        raise Malformed(f"The field {name} must be {_plainly(allowed)}.", field=name)
    return value


def _read_uuid(name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    return str(as_uuid(value, name))


def _read_date(name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    try:
        if isinstance(value, str) and date.fromisoformat(value).year in _YEARS:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise Malformed(f"The field {name} must be a date such as 2026-11-22.", field=name)


def _read_months(name: str, value: Any) -> int:  # noqa: ANN401 (JSON)
    if type(value) is not int or not 0 <= value <= LONGEST_PERIOD_MONTHS:
        raise Malformed(f"The field {name} must be a whole number of months up to {LONGEST_PERIOD_MONTHS}.", field=name)
    return value


def _read_texts(name: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 (JSON)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed(f"The field {name} must be a list of texts.", field=name)
    return tuple(value)


def _read_objects(name: str, value: Any) -> tuple[dict[str, Json], ...]:  # noqa: ANN401 (JSON)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed(f"The field {name} must be a list of objects.", field=name)
    return tuple(value)


def _read_object(name: str, value: Any) -> dict[str, Json]:  # noqa: ANN401 (JSON)
    if not isinstance(value, dict):
        raise Malformed(f"The field {name} must be an object.", field=name)
    # The names of fields that were set are stored in clear, so they may not hold personal data.
    if not all(isinstance(inner, str) and _A_NAME.fullmatch(inner) for inner in value):
        raise Malformed(f"The names in the field {name} must be field names such as family_name.", field=name)
    return value


def _read_instant(name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    return instant_text(as_instant(value, name))


def as_uuid(value: object, name: str) -> UUID:
    """The id in a field. Raises Malformed."""
    try:
        if isinstance(value, str):
            return UUID(value)
    except ValueError:
        pass
    raise Malformed(f"The field {name} must be a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.", field=name)


def as_instant(value: object, name: str = "occurred_at") -> datetime:
    """The instant in a field, in UTC. Raises Malformed."""
    try:
        if isinstance(value, str) and len(value) > len("2026-11-22"):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None and moment.year in _YEARS:
                return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed(
        f"The field {name} must be a date and time with its zone, such as 2026-11-22T09:00:00Z.", field=name
    )


INSTANT = FieldType(
    words="a date and time with its zone", read=_read_instant, schema={"type": "string", "format": "date-time"}
)
DATE = FieldType(words="a date", read=_read_date, schema={"type": "string", "format": "date"})
ID = FieldType(words="a UUID", read=_read_uuid, schema={"type": "string", "format": "uuid"})
MONTHS = FieldType(
    words="a whole number of months",
    read=_read_months,
    schema={"type": "integer", "minimum": 0, "maximum": LONGEST_PERIOD_MONTHS},
)
TEXTS = FieldType(words="a list of texts", read=_read_texts, schema={"type": "array", "items": {"type": "string"}})
OBJECTS = FieldType(
    words="a list of objects", read=_read_objects, schema={"type": "array", "items": {"type": "object"}}
)
OBJECT = FieldType(
    words="an object of named values",
    read=_read_object,
    schema={"type": "object", "propertyNames": {"pattern": f"^{_FIELD_NAME}$"}},
)
