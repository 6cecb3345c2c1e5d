"""Rebuilds events and state from stored entries; sealed fields stay None unless a payload is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from ledger.errors import UnknownRequest
from ledger.events import ABOUT_ACCESS, AccessRefused, CustomersMerged, Event, FindingRaised, RequestReceived
from ledger.log.codec import Entry, event_from
from ledger.state import request as requests
from ledger.state.customer import Customer, customer_after
from ledger.state.history import KeptEvent
from ledger.state.request import Request, Step


def state_of(history: Iterable[Entry]) -> Customer:
    """The state of a customer after these entries; nothing is unsealed."""
    return customer_after(dated_events(history))


def others_of(history: Sequence[Entry], read: Callable[[UUID], Sequence[Entry]]) -> list[Sequence[Entry]]:
    """The entries of the person's other records, the surviving record first; most people have none (LEDG-18).

    `read` returns the entries of a stream.
    """
    if not any(entry.type == CustomersMerged.NAME for entry in history):
        return []
    own, known = history[0].stream, state_of(history)
    survivors = [read(UUID(record_id)) for record_id in known.merged_into.values()]
    duplicates = state_of(survivors[0]).duplicates if survivors else known.duplicates
    return [*survivors, *(read(UUID(record_id)) for record_id in duplicates.values() if UUID(record_id) != own)]


def is_request(history: Sequence[Entry]) -> bool:
    """Whether these are the entries of a rights request."""
    return bool(history) and history[0].type == RequestReceived.NAME


def access_file_of(history: Sequence[Entry]) -> str | None:
    """The organisation whose access file these entries are; None when they are something else."""
    first = event_of(history[0]) if history else None
    if isinstance(first, AccessRefused) or (isinstance(first, FindingRaised) and first.subject_type in ABOUT_ACCESS):
        return first.organisation or ""
    return None


def request_of(history: Sequence[Entry]) -> Request:
    """The state of a rights request after these entries; nothing is unsealed. Raises UnknownRequest."""
    if history and not is_request(history):
        raise UnknownRequest
    return requests.replay(steps_of(history))


def steps_of(history: Iterable[Entry]) -> list[Step]:
    """The steps of a rights request, as its clock and its decisions need them."""
    return [
        Step(event=event_of(entry), occurred_at=entry.occurred_at, recorded_at=entry.recorded_at) for entry in history
    ]


def dated_events(history: Iterable[Entry]) -> list[tuple[datetime, Event]]:
    """The events of entries, each with when it happened."""
    return [(entry.occurred_at, event_of(entry)) for entry in history]


def kept_events(history: Iterable[Entry]) -> list[KeptEvent]:
    """The events of entries, each with the class and part under which something is sealed in it."""
    return [
        KeptEvent(entry.occurred_at, event_of(entry), entry.class_, entry.part, entry.position) for entry in history
    ]


def event_of(entry: Entry, payload: Mapping[str, Any] | None = None) -> Event:
    """The event an entry stores; its sealed fields are None unless the payload is given."""
    return event_from(entry.type, entry.type_version, orjson.loads(entry.facts), dict(payload) if payload else None)
