"""What the report about a person is composed from: their records, read once, and the registers of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from ledger.caller import Caller
from ledger.events import Event
from ledger.log.codec import Entry
from ledger.state.registers import InForce
from ledger.state.replay import event_of
from projections.customers.rows import Customer
from projections.obligations.read import Obligation
from projections.organisations.read import Organisations
from projections.requests.rows import RequestRow
from projections.retention.read import Hold, KeptRow
from projections.shares.read import Share

History = Sequence[tuple[Entry, Event]]
"""Entries with their events, opened as far as they still can be."""
Opened = Mapping[int, Mapping[str, Any]]
"""The opened payloads of a stream by position; what was destroyed is absent."""


@dataclass(frozen=True, kw_only=True)
class RequestFile:
    """One request: how it stands by the view, its entries, and what of them can still be opened."""

    row: RequestRow
    entries: Sequence[Entry]
    opened: Opened

    @property
    def history(self) -> History:
        """The entries with their events."""
        return history_of(self.entries, self.opened)


@dataclass(frozen=True, kw_only=True)
class PersonRecord:
    """One record of a person up to one position."""

    customer: Customer
    entries: Sequence[Entry]
    opened: Opened
    shares: Sequence[Share]
    kept: Sequence[KeptRow]
    holds: Sequence[Hold]
    obligations: Sequence[Obligation]
    requests: Sequence[RequestFile]
    claims: Sequence[Entry] = ()
    """The entries beside the record and its requests: reports about the person that had to be confirmed."""
    claims_opened: Opened = field(default_factory=dict)

    @property
    def customer_id(self) -> UUID:
        return self.customer.customer_id


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Everything that a report about a person is composed from; each fact was read once."""

    upto: int
    """The last position that counts."""
    at: datetime
    views_upto: int
    by: Caller
    records: Sequence[PersonRecord]
    """The record that was asked for, then the person's others that the caller may read."""
    not_shown: int
    """How many further records of the person the caller may not read."""
    others: Sequence[Sequence[Entry]]
    """The entries of the records that are not shown, for their facts alone."""
    files: Sequence[RequestFile]
    """Every request about the person, whichever of their records it is about (LEDG-18)."""
    organisations: Organisations
    registers: InForce
    regulator: str


def history_of(entries: Iterable[Entry], opened: Opened) -> History:
    """The entries with their events, opened as far as their payloads are given."""
    return [(entry, event_of(entry, opened.get(entry.position))) for entry in entries]


GONE = "what was written about it is no longer held"
"""In the place of a text whose payload was destroyed."""
Kind = TypeVar("Kind", bound=Event)


def first_of(history: History, kind: type[Kind], name: str, value: str) -> tuple[Entry, Kind] | None:
    """The first event of a kind whose field of this name has this value, with its entry."""
    found = ((entry, event) for entry, event in history if isinstance(event, kind) and getattr(event, name) == value)
    return next(found, None)


def last_of(history: History, kind: type[Kind], name: str, value: str) -> tuple[Entry, Kind] | None:
    """The last one."""
    return first_of(history[::-1], kind, name, value)
