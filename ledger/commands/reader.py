"""What a caller may ask for: each command makes one kind of event, and its fields are that event's declared fields.

A command is read strictly: an unknown field, a wrong type or a bad date is refused with one sentence that names the
field and never its value. This file knows no state and no storage; whether a command may be carried out is
`decisions`' affair.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any
from uuid import UUID, uuid5

from ledger.clocks import instant_text
from ledger.commands.declaration import COMMANDS, OWN_NUMBER, CommandKind
from ledger.errors import Malformed
from ledger.events import Json

MOST_PEOPLE_IN_ONE_SHARE = 500
LONGEST_PERIOD_MONTHS = 1_200
_NAMESPACE = UUID("8f0e3b52-6d0c-5a43-9c1f-2b1f6f6e7a10")
_ABOUT = {"customer": "customer_id", "organisation": "organisation", "request": "request_id"}
_LIKE_A_FIELD = re.compile(r"[a-z][a-z_]{0,39}")
_A_NAME = re.compile(r"[A-Za-z][A-Za-z_]{0,59}[0-9]{0,2}")
_ABOUT_ONE_PERSON = (
    *("file_names", "values", "note", "plan_id", "priority_groups", "consented_items"),
    *("items_reason", "necessity", "override_reason"),
)
"""Said for several people at once, these would put one person's data among another's (LEDG-20)."""
_DATES = frozenset({
    "on", "review_on", "valid_from", "valid_until", "received_on", "told_due_on", "until", "first_day", "last_day",
})  # fmt: skip
_YEARS = range(1900, 2200)
"""Beyond these a date is a slip of the pen, and what is reckoned from it would leave the calendar of the views."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What a command says about one customer, organisation or rights request."""

    stream: UUID
    said: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command that has been read: one part, or one part for each person in a share."""

    id: UUID
    kind: CommandKind
    occurred_at: datetime
    parts: tuple[Part, ...]


def organisation_stream(code: str) -> UUID:
    """The stream of an organisation's register."""
    return uuid5(_NAMESPACE, f"organisation:{code}")


def read_command(body: object) -> Command:
    """The command in a JSON object. Raises Malformed with the field that is wrong; never repeats a value.

    Example: `{"id": "…", "type": "give-consent", "occurred_at": "2026-11-22T09:00:00Z", "customer_id": "…",
    "scope": "market_research", "mechanism": "said yes on the telephone"}`
    """
    if not isinstance(body, dict):
        raise Malformed("A command is a JSON object with id, type and occurred_at.")
    named = body.get("type")
    kind = COMMANDS.get(named) if isinstance(named, str) else None
    if kind is None:
        raise Malformed("The command's type is not one this ledger knows; `ledger commands` lists them.")
    said = {name: value for name, value in body.items() if name not in {"id", "type", "occurred_at"}}
    command_id = _as_uuid(body.get("id"), "id")
    parts = tuple(_parts(kind, command_id, said))
    return Command(id=command_id, kind=kind, occurred_at=_as_instant(body.get("occurred_at")), parts=parts)


def _parts(kind: CommandKind, command_id: UUID, said: dict[str, Any]) -> typing.Iterator[Part]:
    if kind.about == "organisation":
        code = said.get("organisation")
        if not isinstance(code, str) or not code:
            raise Malformed("The field organisation must name an organisation by its code.")
        yield Part(stream=organisation_stream(code), said=_read_fields(kind, command_id, said))
        return
    if kind.about == "request":
        number = said.pop("request_id", str(command_id) if kind.name == "receive-request" else None)
        yield Part(stream=_as_uuid(number, "request_id"), said=_read_fields(kind, command_id, said))
        return
    people = said.pop("customers", None)
    if people is None:
        people = [{"customer_id": said.pop("customer_id", None)}]
    elif kind.name not in {"share-data", "receive-data"}:
        raise Malformed("Only a share or a receipt can name several customers.")
    if not isinstance(people, list) or not 1 <= len(people) <= MOST_PEOPLE_IN_ONE_SHARE:
        raise Malformed(f"The field customers must list between one and {MOST_PEOPLE_IN_ONE_SHARE} people.")
    about_one = next((name for name in _ABOUT_ONE_PERSON if said.get(name) is not None), None)
    if len(people) > 1 and about_one is not None:
        raise Malformed(f"With several customers, say {about_one} within each of customers: it is about one person.")
    if len(people) > 1 and kind.name == "share-data":
        said.setdefault("plans_in_share", len(people))
    named: set[UUID] = set()
    for person in people:
        if not isinstance(person, dict):
            raise Malformed("Each of customers must be an object with a customer_id.")
        stream = _as_uuid(person.get("customer_id"), "customer_id")
        if stream in named:
            raise Malformed("The same customer is named twice; give one customer several file_names instead.")
        named.add(stream)
        own = {name: value for name, value in person.items() if name != "customer_id"}
        yield Part(stream=stream, said=_read_fields(kind, command_id, {**said, **own}))


def _read_fields(kind: CommandKind, command_id: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
    readers = _readers(kind.name)
    own_number = OWN_NUMBER.get(kind.name)
    read: dict[str, Any] = {own_number: str(command_id)} if own_number else {}
    for name, value in said.items():
        reader = readers.get(name)
        if reader is None:
            # What is no field's name at all may be somebody's own, put in the wrong place.
            shown = f"field {name}" if _LIKE_A_FIELD.fullmatch(name) else "field with another name"
            raise Malformed(f"The {shown} is not one that {kind.name} has; `ledger commands {kind.name}` lists them.")
        if value is not None:
            read[name] = reader(name, value)
    missing = [name for name in kind.needs if read.get(name) in (None, "", (), {})]
    if missing:
        raise Malformed(f"{kind.name} needs the field {missing[0]}.", field=missing[0])
    return read


def described(kind: CommandKind) -> dict[str, Json]:
    """A command as the doors explain it: what it records, whom it is about, and each field it may carry.

    A field has its name, what it means, what it must be, whether it is needed, and whether it is kept `in clear` or
    `sealed`, so that whoever writes one knows where personal data belongs.
    """
    declared = {one.name: one.metadata for one in dataclasses.fields(kind.makes)}
    readers, whose = _readers(kind.name), _ABOUT[kind.about]
    rows: list[Json] = [
        {
            "field": name,
            "needed": name in kind.needs,
            "must_be": _plainly(reader.args[0]) if isinstance(reader, partial) else _WORDS[reader],
            "kept": "sealed" if declared[name]["kind"] == "sealed" else "in clear",
            "means": str(declared[name]["label"]),
        }
        for name, reader in sorted(readers.items(), key=lambda one: (one[0] not in kind.needs, one[0]))
        if name != whose
    ]
    return {"type": kind.name, "records": kind.makes.LABEL, "about": whose, "needs": [*kind.needs], "fields": rows}


@cache
def _readers(kind_name: str) -> dict[str, Callable[[str, Any], Any]]:
    return {name: _reader(name, hint) for name, hint in COMMANDS[kind_name].fields().items()}


def _reader(name: str, hint: Any) -> Callable[[str, Any], Any]:  # noqa: ANN401 (a type annotation can be anything)
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    plain = tuple(option for option in options if option in (str, int, bool))
    if name.endswith("_at"):
        return _read_instant
    if name in _DATES:
        return _read_date
    if name in {"customer_id", "into"}:
        return _read_uuid
    if name == "months":
        return _read_months
    if any(typing.get_origin(option) is tuple for option in options):
        inner = next(typing.get_args(option)[0] for option in options if typing.get_origin(option) is tuple)
        return _read_objects if inner is not str else _read_texts
    if any(typing.get_origin(option) is dict for option in options):
        return _read_object
    return partial(_read_plain, plain)


def _read_plain(allowed: tuple[type, ...], name: str, value: Any) -> Any:  # noqa: ANN401 (JSON)
    if type(value) not in allowed:
        raise Malformed(f"The field {name} must be {_plainly(allowed)}.", field=name)
    return value


def _plainly(allowed: tuple[type, ...]) -> str:
    return " or ".join({str: "text", int: "a whole number", bool: "true or false"}[kind] for kind in allowed)


def _read_uuid(name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    return str(_as_uuid(value, name))


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
    # Which fields were set is a fact, in clear; so a name of one must be a name and nothing anybody might be called by.
    if not all(isinstance(inner, str) and _A_NAME.fullmatch(inner) for inner in value):
        raise Malformed(f"The names in the field {name} must be field names such as family_name.", field=name)
    return value


def _read_instant(name: str, value: Any) -> str:  # noqa: ANN401 (JSON)
    return instant_text(_as_instant(value, name))


_WORDS: Mapping[Callable[[str, Any], Any], str] = {
    _read_instant: "a date and time with its zone",
    _read_date: "a date",
    _read_months: "a whole number of months",
    _read_uuid: "a UUID",
    _read_texts: "a list of texts",
    _read_objects: "a list of objects",
    _read_object: "an object of named values",
}


def _as_uuid(value: object, name: str) -> UUID:
    try:
        if isinstance(value, str):
            return UUID(value)
    except ValueError:
        pass
    raise Malformed(f"The field {name} must be a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.", field=name)


def _as_instant(value: object, name: str = "occurred_at") -> datetime:
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
