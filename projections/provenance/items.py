"""One customer's items of data, the ways they went and what became of them, from that customer's events alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger import events
from ledger.codes.items import CARRIED_BY, items_named
from ledger.events import Event, FromDocument
from ledger.log.codec import Entry
from projections.organisations.read import Organisations
from projections.shares.read import Share
from projections.subject_access.last_words import RecordKey, record_of
from projections.subject_access.record import History, Opened, history_of
from projections.wording.parties import Names


@dataclass(frozen=True, kw_only=True)
class Item:
    """One record about the person, or one receipt, with all its versions in the order they were recorded."""

    key: RecordKey
    versions: History
    plan: str | None
    """The action plan the record belongs to, if any."""

    @property
    def first(self) -> datetime:
        return min(entry.occurred_at for entry, _ in self.versions)

    def as_of(self, at: datetime) -> Entry | None:
        """The version that held at a moment, or the last recorded one that was not later."""
        known = [entry for entry, _ in self.versions if entry.occurred_at <= at]
        return known[-1] if known else None


@dataclass(frozen=True, kw_only=True)
class Movements:
    """A customer's items, the ways they went and what else happened, from that customer's events alone."""

    customer_id: UUID
    history: History
    opened: frozenset[int]
    """The positions whose payloads can still be opened."""
    items: Mapping[RecordKey, Item]
    shares: Sequence[Share]
    """What went to somebody else: shares and referrals."""
    names: Names
    works_under: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Everything about one person: of the record asked for, then of each they have beside it."""

    records: Sequence[Movements]
    not_shown: int
    """How many further records the caller may not read."""


def movements(
    customer_id: UUID, entries: Sequence[Entry], opened: Opened, shares: Sequence[Share], organisations: Organisations
) -> Movements:
    """What one record's entries and the rows of the shares view say."""
    history = history_of(entries, opened)
    return Movements(
        customer_id=customer_id,
        history=history,
        opened=frozenset(opened),
        items=_items(history),
        shares=[share for share in shares if share.kind != "receipt"],
        names=organisations.names,
        works_under=organisations.works_under,
    )


def _items(history: History) -> dict[RecordKey, Item]:
    versions: dict[RecordKey, list[tuple[Entry, Event]]] = {}
    plans: dict[RecordKey, str] = {}
    for entry, event in history:
        if isinstance(event, events.DataReceived):
            key = (event.NAME, event.receipt_id)
        elif isinstance(event, FromDocument):
            kind, number = record_of(event)
            key = (kind, number or _own_number(event))
        else:
            continue
        versions.setdefault(key, []).append((entry, event))
        values = getattr(event, "values", None) or {}
        if values.get("ActionPlanId"):
            plans[key] = str(values["ActionPlanId"])
    return {key: Item(key=key, versions=of_item, plan=plans.get(key)) for key, of_item in versions.items()}


def _own_number(event: Event) -> str:
    return next(
        (
            str(getattr(event, name))
            for name in ("referral_id", "appointment_id", "interaction_id")
            if hasattr(event, name)
        ),
        "",
    )


def carried(found: Movements, share: Share) -> list[Item]:
    """The items that went in a share, as far as the share says so; a referral passes on what there was."""
    there = [item for item in found.items.values() if item.first <= share.at and item.key[0] != "data-received"]
    if share.kind == "referral":
        return there
    named = {code for item in share.items for code in items_named(item)}
    return [
        item
        for item in there
        if (share.plan_id and share.plan_id in {item.key[1], item.plan}) or named & CARRIED_BY.get(item.key[0], set())
    ]
