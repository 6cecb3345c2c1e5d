"""A declared field of an event as a reader understands it: codes, dates and organisations in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ledger.events import Event
from projections.wording import channels, classes, codes, dates, outcomes, parties, source_fields
from projections.wording.parties import Names

_CODES_OF_SOURCE = {
    "introduced_by": ("customers", "IntroducedBy"),
    "reason": ("customers", "ReasonForTermination"),
    "reason_code": ("sessions", "ReasonForNonAttendance"),
}
_ORGANISATIONS = frozenset(
    {"organisation", "touchpoint", "sent_by", "sent_to", "received_from", "received_by", "referred_by", "referred_to"}
    | {"confirmed_by", "part_of", "recipient", "prime"}
)
_LISTS: Mapping[str, Callable[[object], str]] = {
    "channel": channels.channel,
    "direction": channels.direction,
    "purpose": codes.purpose,
    "scope": codes.scope,
    "role": codes.role,
    "code": codes.hold,
    "collection": source_fields.kind_of_record,
    "lawful_basis": codes.basis,
    "rule": codes.rule,
    "severity": codes.severity,
    "subject_type": outcomes.subject,
    "container": codes.container,
    "method": codes.method,
    "kept_as": classes.class_of_records,
}


def in_words(event: Event, name: str, value: object, names: Names) -> str:
    """A field's value as a reader understands it: codes, dates and organisations in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _ORGANISATIONS and name in event.FACTS:
        return parties.organisation(value, names)
    if name == "reason" and name in event.SEALED:
        return str(value)
    coded = outcomes.in_words(event.NAME, name, value)
    if coded is not None:
        return coded
    if name in _CODES_OF_SOURCE and name in event.FACTS:
        return source_fields.coded(*_CODES_OF_SOURCE[name], value)
    if name in event.FACTS and name in _LISTS:
        return _LISTS[name](value)
    if name.endswith(("_at", "_on", "valid_from")) or name in {"on", "until"}:
        return dates.moment(value)
    if name == "items":
        return ", ".join(codes.items(value))
    return _list_in_words(event, name, value, names) if isinstance(value, list | tuple) else str(value)


def _list_in_words(event: Event, name: str, values: list[Any] | tuple[Any, ...], names: Names) -> str:
    match name:
        case "served_before":
            return ", ".join(parties.organisation(code, names) for code in values)
        case "changed" | "cleared":
            return ", ".join(source_fields.label_of(getattr(event, "collection", None), field) for field in values)
        case "warnings":
            return ", ".join(_warning(code) for code in values)
        case "classes" | "remains":
            return ", ".join(classes.class_of_records(class_) for class_ in values)
        case "destroyed":
            return "; ".join(_destroyed(part) for part in values)
        case _:
            return ", ".join(map(str, values)) if isinstance(values, tuple) else str(values)


def _warning(code: str) -> str:
    kind, _, field = code.partition(":")
    text = codes.WARNINGS.get(kind, codes.plainly(kind))
    return f"{text} ({codes.plainly(field)})" if field else text


def _destroyed(part: Mapping[str, Any]) -> str:
    due = f", due by {dates.day(part['destroy_by'])}" if part.get("destroy_by") else ""
    because = f", because of entry {part['because']}" if part.get("because") else ""
    count = f", {part['events']} entries" if part.get("events") else ""
    return f"{classes.records(part.get('class'), part.get('part'))}{count}{due}, under rule {part.get('rule')}{because}"
