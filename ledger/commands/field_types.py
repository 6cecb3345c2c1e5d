"""Types of field values: how a value is read, its bounds, its description and its JSON Schema.

The type follows the annotation of the event's field. Dates, instants, ids and months are stored as texts or numbers,
and their field names tell them apart; the bounds are in `bounds`. A refusal repeats no value. Reading and bounding are
apart, because what was recorded before there were bounds must still be recognised.
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

from ledger.clocks import instant_text, london_day
from ledger.commands import bounds
from ledger.errors import Malformed
from ledger.events import Json

_FIELD_NAME = r"[A-Za-z][A-Za-z_]{0,59}[0-9]{0,2}"
_A_NAME = re.compile(_FIELD_NAME)
_YEARS = range(bounds.FIRST_YEAR, bounds.LAST_YEAR + 1)
_DATES = frozenset({
    "on", "review_on", "valid_from", "valid_until", "received_on", "told_due_on", "until", "first_day", "last_day",
})  # fmt: skip
_UUIDS = frozenset({"customer_id", "into"})
_ids = re.compile(
    r"(?:urn:uuid:)?(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|\{(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}"
    r"|\([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\)",
    re.ASCII | re.IGNORECASE,
)
NOBODY = frozenset({UUID(int=0), UUID(int=2**128 - 1)})
"""The ids that stand for nothing: all zeros, and all ones (RFC 9562)."""

Ahead = Callable[[str, Any, datetime], str | None]
"""From a field's name, its value and a moment to the name of what lies after that moment; None when nothing does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldType:
    """A type of values: `read` and `bound` take the field's name and the value, and raise Malformed."""

    words: str
    read: Callable[[str, Any], Any]
    schema: Mapping[str, Json]
    bound: Callable[[str, Any], None] = lambda _name, _value: None
    """Raises Malformed for a value, as read, outside the bounds."""
    limits: str = ""
    """The bounds in words; '' where the type has none."""
    ahead: Ahead | None = None
    """For values that may not lie in the future: what of them does."""


def type_of(name: str, hint: Any, *, sealed: bool, coded: bool = False) -> FieldType:  # noqa: ANN401 (any annotation)
    """The type of an event's field, by its name, its annotation and whether it is sealed.

    `coded` for a field in clear whose words are sealed when they are no code.
    """
    if name.endswith("_at"):
        return INSTANT_AHEAD if name in bounds.MAY_LIE_AHEAD else INSTANT
    if name in _DATES:
        return DATE_AHEAD if name in bounds.MAY_LIE_AHEAD else DATE
    if name in _UUIDS:
        return ID
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if any(typing.get_origin(option) is tuple for option in options):
        inner = next(typing.get_args(option)[0] for option in options if typing.get_origin(option) is tuple)
        return _texts(name, sealed=sealed) if inner is str else _OBJECTS
    if any(typing.get_origin(option) is dict for option in options):
        return OBJECT
    return _plain(name, tuple(option for option in options if option in (str, int, bool)), sealed=sealed, coded=coded)


def _plain(name: str, allowed: tuple[type, ...], *, sealed: bool, coded: bool) -> FieldType:
    names: list[Json] = [{str: "string", int: "integer", bool: "boolean"}[kind] for kind in allowed]
    schema: dict[str, Json] = {"type": names[0] if len(names) == 1 else names}
    text, (least, largest) = bounds.text_bound(name, sealed=sealed, coded=coded), bounds.number_bound(name)
    if str in allowed:
        schema |= text.schema
    if int in allowed:
        schema |= {"minimum": least, "maximum": largest}

    def bound(name: str, value: Any) -> None:  # noqa: ANN401 (JSON)
        if type(value) is str:
            text.refuse(name, value)
            if name == "about":
                as_uuid(value, name)
        elif type(value) is int:
            bounds.refuse_number(name, value)

    limits = {str: f"at most {text.longest:,} characters", int: f"from {least:,} to {largest:,}"}
    return FieldType(
        words=_plainly(allowed),
        limits=" or ".join(limits[kind] for kind in allowed if kind in limits),
        read=partial(_read_plain, allowed),
        schema=schema,
        bound=bound,
    )


def _plainly(allowed: tuple[type, ...]) -> str:
    return " or ".join({str: "text", int: "a whole number", bool: "true or false"}[kind] for kind in allowed)


def _read_plain(allowed: tuple[type, ...], name: str, value: Any) -> Any:  # noqa: ANN401 (JSON)
    if type(value) not in allowed:
        raise Malformed(f"The field {name} must be {_plainly(allowed)}.", field=name)
    return value


def _texts(name: str, *, sealed: bool) -> FieldType:
    text, most = bounds.text_bound(name, sealed=sealed), bounds.most_items(name)

    def bound(name: str, values: tuple[str, ...]) -> None:
        if len(values) > most:
            raise Malformed(f"The field {name} must list at most {most:,} texts.", field=name)
        for value in values:
            text.refuse(name, value)

    return FieldType(
        words="a list of texts",
        limits=f"at most {most:,} of at most {text.longest:,} characters",
        read=_read_texts,
        schema={"type": "array", "maxItems": most, "items": {"type": "string", **text.schema}},
        bound=bound,
    )


def _read_uuid(name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    return str(as_uuid(value, name, bounded=False))


def _read_date(name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    try:
        if isinstance(value, str) and date.fromisoformat(value).year in _YEARS:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise Malformed(f"The field {name} must be a date such as 2026-11-22.", field=name)


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


def as_uuid(value: object, name: str, *, bounded: bool = True) -> UUID:
    """The id in a field, in any usual spelling: capitals, braces, no hyphens, `urn:uuid:`. Raises Malformed.

    `bounded` refuses what stands for no id: all zeros or ones, and figures that only Python takes for hexadecimal.
    """
    id_ = spelled_id(value) if bounded else _any_uuid(value)
    if id_ is not None and not (bounded and id_ in NOBODY):
        return id_
    raise Malformed(f"The field {name} must be a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.", field=name)


def spelled_id(value: object) -> UUID | None:
    """The UUID that a text spells in a usual way; None for any other value."""
    if not isinstance(value, str) or not _ids.fullmatch(value):
        return None
    return UUID(value.lower().removeprefix("urn:uuid:").strip("(){}"))


def _any_uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


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


def _bound_uuid(name: str, value: str) -> None:
    as_uuid(value, name)


def _instant_ahead(name: str, value: str, moment: datetime) -> str | None:
    return name if datetime.fromisoformat(value) > moment else None


def _date_ahead(name: str, value: str, moment: datetime) -> str | None:
    return name if date.fromisoformat(value) > london_day(moment) else None


def _birth_ahead(_: str, values: Mapping[str, Any], moment: datetime) -> str | None:
    return next((name for name, day in bounds.births_in(values) if day > london_day(moment)), None)


_DESTROYED_PART: Mapping[str, type | tuple[type, ...]] = {
    "class": str, "part": str, "destroy_by": str, "rule": str, "because": (int, str), "events": int, "place": int,
    "path": (list, str),
}  # fmt: skip


def _bound_destroyed(name: str, values: tuple[dict[str, Json], ...]) -> None:
    """Each record that was destroyed: class, part and the proof that it is of the approved list, all kept in clear."""
    if len(values) > bounds.most_items(name):
        raise Malformed(f"The field {name} must list at most {bounds.most_items(name)} objects.", field=name)
    for inner in (item for value in values for item in value.items()):
        _bound_destroyed_part(name, *inner)


def _bound_destroyed_part(name: str, inner: str, value: Json) -> None:
    expected = _DESTROYED_PART.get(inner)
    texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    fits = value is None or (expected is not None and isinstance(value, expected) and not isinstance(value, bool))
    if isinstance(value, int):
        fits = fits and 0 <= value <= bounds.LARGEST_POSITION
    if not fits or len(texts) > 64 or not all(isinstance(text, str) for text in texts):
        raise Malformed(f"The field {name} must list objects of {', '.join(_DESTROYED_PART)}.", field=name)
    for text in texts:
        bounds.REFERENCE.refuse(name, str(text))


INSTANT = FieldType(
    words="a date and time with its zone",
    limits="not in the future",
    read=_read_instant,
    schema={"type": "string", "format": "date-time"},
    ahead=_instant_ahead,
)
INSTANT_AHEAD = FieldType(words=INSTANT.words, limits="may lie ahead", read=_read_instant, schema=INSTANT.schema)
DATE_AHEAD = FieldType(
    words="a date", limits="may lie ahead", read=_read_date, schema={"type": "string", "format": "date"}
)
DATE = FieldType(
    words="a date",
    limits="not in the future",
    read=_read_date,
    schema={"type": "string", "format": "date"},
    ahead=_date_ahead,
)
ID = FieldType(words="a UUID", read=_read_uuid, schema={"type": "string", "format": "uuid"}, bound=_bound_uuid)
_OBJECTS = FieldType(
    words="a list of objects",
    read=_read_objects,
    schema={"type": "array", "maxItems": bounds.MOST_ITEMS["destroyed"], "items": {"type": "object"}},
    bound=_bound_destroyed,
)
OBJECT = FieldType(
    words="an object of named values",
    limits=f"at most {bounds.LONGEST_DOCUMENT_TEXT:,} characters each; a birth date is a date, not in the future",
    read=_read_object,
    schema={
        "type": "object",
        "maxProperties": 500,
        "propertyNames": {"pattern": f"^{_FIELD_NAME}$"},
        "properties": {name: {"type": "string", "format": "date"} for name in sorted(bounds.BIRTH_DATES)},
    },
    bound=bounds.refuse_values,
    ahead=_birth_ahead,
)
