"""Reads a command from JSON, or refuses it with one sentence that names the field.

A command is read strictly: an unknown field, a wrong type or a bad date is refused, and no refusal repeats a value.
This module knows no state and no storage; whether a command may be carried out is decided in `decisions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from ledger.clocks import instant_text
from ledger.commands.bounds import refuse_unstorable
from ledger.commands.catalogue import COMMANDS
from ledger.commands.declaration import Declaration, Fields
from ledger.commands.field_types import as_instant, as_uuid
from ledger.errors import Malformed

MOST_PEOPLE_IN_ONE_SHARE = 500
_NAMESPACE = UUID("8f0e3b52-6d0c-5a43-9c1f-2b1f6f6e7a10")
_LIKE_A_FIELD = re.compile(r"[a-z][a-z_]{0,39}")
_ENVELOPE = frozenset({"id", "type", "occurred_at"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What a command says about one customer, organisation or rights request."""

    stream: UUID
    fields: Fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command that has been read: one part, or one part for each person in a share."""

    id: UUID
    kind: Declaration
    occurred_at: datetime
    parts: tuple[Part, ...]


def organisation_stream(code: str) -> UUID:
    """The stream of an organisation's register."""
    return uuid5(_NAMESPACE, f"organisation:{code}")


def claims_stream(about: UUID) -> UUID:
    """The stream of the claims about a customer, a request or an organisation, beside its own."""
    return uuid5(about, "claims")


def access_file(organisation: str, at: datetime) -> UUID:
    """The stream of an organisation's month that holds its refused attempts and the findings about its readings."""
    return uuid5(_NAMESPACE, f"access:{organisation}:{instant_text(at)[:7]}")


def read_command(body: object, *, bounded: bool = True) -> Command:
    """The command in a JSON object. Raises Malformed with the field that is wrong; never repeats a value.

    Without `bounded` it is read as before there were bounds on values, to recognise what was recorded then.

    Example: `{"id": "…", "type": "give-consent", "occurred_at": "2026-11-22T09:00:00Z", "customer_id": "…",
    "scope": "market_research", "mechanism": "said yes on the telephone"}`
    """
    if not isinstance(body, dict):
        raise Malformed("A command is a JSON object with id, type and occurred_at.")
    named = body.get("type")
    kind = COMMANDS.get(named) if isinstance(named, str) else None
    if kind is None:
        raise Malformed("The command's type is not one this ledger knows; `ledger commands` lists them.")
    values = {name: value for name, value in body.items() if name not in _ENVELOPE}
    command_id = as_uuid(body.get("id"), "id", bounded=bounded)
    parts = tuple(_parts(kind, command_id, values, bounded=bounded))
    return Command(id=command_id, kind=kind, occurred_at=as_instant(body.get("occurred_at")), parts=parts)


def _parts(kind: Declaration, command_id: UUID, values: dict[str, Any], *, bounded: bool) -> Iterator[Part]:
    match kind.subject:
        case "organisation":
            code = values.get("organisation")
            if not isinstance(code, str) or not code:
                raise Malformed("The field organisation must name an organisation by its code.")
            refuse_unstorable("organisation", code)
            yield Part(stream=organisation_stream(code), fields=_read_fields(kind, command_id, values, bounded=bounded))
        case "request":
            request_id = values.pop("request_id", str(command_id) if kind.begins else None)
            stream = as_uuid(request_id, "request_id", bounded=bounded)
            yield Part(stream=stream, fields=_read_fields(kind, command_id, values, bounded=bounded))
        case "claim":
            fields = _read_fields(kind, command_id, values, bounded=bounded)
            yield Part(stream=claims_stream(as_uuid(fields["about"], "about", bounded=bounded)), fields=fields)
        case "customer":
            yield from _people(kind, command_id, values, bounded=bounded)


def _people(kind: Declaration, command_id: UUID, values: dict[str, Any], *, bounded: bool) -> Iterator[Part]:
    """One part for each person a command is about."""
    people = values.pop("customers", None)
    if people is None:
        people = [{"customer_id": values.pop("customer_id", None)}]
    elif kind.several is None:
        raise Malformed("Only a share or a receipt can name several customers.")
    if not isinstance(people, list) or not 1 <= len(people) <= MOST_PEOPLE_IN_ONE_SHARE:
        raise Malformed(f"The field customers must list between one and {MOST_PEOPLE_IN_ONE_SHARE} people.")
    if len(people) > 1:
        of_one_person = next((name for name in kind.several or () if values.get(name) is not None), None)
        if of_one_person is not None:
            raise Malformed(
                f"With several customers, say {of_one_person} within each of customers: it is about one person."
            )
        if kind.counts_people is not None:
            values.setdefault(kind.counts_people, len(people))
    named: set[UUID] = set()
    for person in people:
        if not isinstance(person, dict):
            raise Malformed("Each of customers must be an object with a customer_id.")
        stream = as_uuid(person.get("customer_id"), "customer_id", bounded=bounded)
        if stream in named:
            raise Malformed("The same customer is named twice; give one customer several file_names instead.")
        named.add(stream)
        own = {name: value for name, value in person.items() if name != "customer_id"}
        yield Part(stream=stream, fields=_read_fields(kind, command_id, {**values, **own}, bounded=bounded))


def _read_fields(kind: Declaration, command_id: UUID, values: Fields, *, bounded: bool) -> dict[str, Any]:
    declared = kind.fields()
    read: dict[str, Any] = {kind.own_id: str(command_id)} if kind.own_id else {}
    for name, value in values.items():
        field = declared.get(name)
        if field is None:
            # A name unlike any field's may be personal data in the wrong place, so it is not repeated.
            shown = f"field {name}" if _LIKE_A_FIELD.fullmatch(name) else "field with another name"
            raise Malformed(f"The {shown} is not one that {kind.name} has; `ledger commands {kind.name}` lists them.")
        if value is not None:
            read[name] = field.type.read(name, value)
            if bounded:
                field.type.bound(name, read[name])
    missing = [name for name in kind.needs if read.get(name) in (None, "", (), {})]
    if missing:
        raise Malformed(f"{kind.name} needs the field {missing[0]}.", field=missing[0])
    return read
