"""One customer's items of data, the ways they went and what became of them, from that customer's events alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.casework import customers as answers
from api.casework.runtime import House
from ledger import events
from ledger.caller import Caller
from ledger.codes.items import CARRIED_BY, items_named
from ledger.errors import UnknownCustomer
from ledger.events import Event, FromDocument
from ledger.log.codec import Entry
from ledger.state.replay import event_of
from projections.customers import read as customers
from projections.shares import read as shares
from projections.subject_access import data_copy
from projections.subject_access.data_copy import Section
from projections.wording.words import Names

PURPOSE = "provenance"


@dataclass(kw_only=True)
class Item:
    """One record about the person, or one receipt, with all its versions in the order they were recorded."""

    key: tuple[str, str]
    versions: list[tuple[Entry, Event]] = field(default_factory=list)
    plan: str | None = None
    """The action plan the record belongs to, if any."""

    @property
    def first(self) -> datetime:
        return min(entry.occurred_at for entry, _ in self.versions)

    def as_of(self, at: datetime) -> Entry | None:
        """The version that held at a moment, or the last recorded one that was not later."""
        known = [entry for entry, _ in self.versions if entry.occurred_at <= at]
        return known[-1] if known else None


@dataclass(kw_only=True)
class Found:
    """A customer's items, the ways they went and what else happened, from that customer's events alone."""

    customer: UUID
    told: list[tuple[Entry, Event]]
    opened: frozenset[int]
    items: dict[tuple[str, str], Item]
    shares: Sequence[Section]
    names: Names
    works_under: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Everything about one person: what was found of the record asked for, then of each they have beside it."""

    records: Sequence[Found]
    not_shown: int
    """How many further records the caller may not read."""


def found(house: House, number: UUID, by: Caller, route: str) -> Person:
    """Everything about one person, merged records too; each reading is recorded first. Raises UnknownCustomer."""
    with house.current_views() as connection:
        if customers.for_customer(connection, number) is None:
            raise UnknownCustomer
    answers.record_reading(house, number, by, purpose=PURPOSE, route=route)
    others, not_shown = answers.other_records(house, number, by, purpose=PURPOSE, route=route)
    return Person(records=[_of_record(house, one) for one in (number, *others)], not_shown=not_shown)


def _of_record(house: House, number: UUID) -> Found:
    opened = house.ledger.unsealed(number)
    told = [(entry, event_of(entry, opened.get(entry.position))) for entry in house.ledger.history(number)]
    with house.views() as connection:
        return Found(
            customer=number,
            told=told,
            opened=frozenset(opened),
            items=_items(told),
            shares=[share for share in shares.for_customer(connection, number) if share["kind"] != "receipt"],
            names=shares.names_of(connection),
            works_under=shares.works_under(connection),
        )


def _items(told: Sequence[tuple[Entry, Event]]) -> dict[tuple[str, str], Item]:
    items: dict[tuple[str, str], Item] = {}
    for entry, event in told:
        if isinstance(event, events.DataReceived):
            key = (event.NAME, event.receipt_id)
        elif isinstance(event, FromDocument):
            key = data_copy.record_of(event)
            key = (key[0], key[1] or _own_number(event))
        else:
            continue
        item = items.setdefault(key, Item(key=key))
        item.versions.append((entry, event))
        values = getattr(event, "values", None) or {}
        item.plan = str(values["ActionPlanId"]) if values.get("ActionPlanId") else item.plan
    return items


def _own_number(event: Event) -> str:
    return next(
        (
            str(getattr(event, name))
            for name in ("referral_id", "appointment_id", "interaction_id")
            if hasattr(event, name)
        ),
        "",
    )


def carried(found: Found, share: Section) -> list[Item]:
    """The items that went in a share, as far as the share says so; a referral passes on what there was."""
    at = datetime.fromisoformat(str(share["at"]))
    there = [item for item in found.items.values() if item.first <= at and item.key[0] != "data-received"]
    if share["kind"] == "referral":
        return there
    said = {code for item in share["items"] for code in items_named(item)}
    return [
        item
        for item in there
        if (share["plan_id"] and share["plan_id"] in {item.key[1], item.plan})
        or said & CARRIED_BY.get(item.key[0], set())
    ]
