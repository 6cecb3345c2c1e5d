"""What the pages show, in words: people, history, what is due; from the same answers as every other door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from api.casework import customers, findings, health, obligations, retention
from api.casework.certificates import Certificate
from api.casework.customers import CustomerView
from api.casework.runtime import House
from api.routes.retention import due_cursor, due_key
from ledger.caller import Caller
from ledger.errors import ProjectionStopped
from ledger.state.replay import event_of
from ledger.vault.search_tokens import IDENTITY_CLASSES
from projections.retention.read import DueRow, ExceptionRow
from projections.shares import read as shares
from projections.subject_access import data_copy, sections
from projections.subject_access.data_copy import Section
from projections.wording import words
from projections.wording.words import Names

PAGE_ROWS = 50
HISTORY_ROWS = 100
_IDENTITY = ("customers", "contacts", "addresses", "digitalidentities")
_NAMES = frozenset({"GivenName", "given_name", "FamilyName", "family_name"})


def names_of(house: House) -> Names:
    """The organisations' names; with a view that stopped, as far as it came: the pages that say so need them too."""
    try:
        with house.current_views() as connection:
            return shares.names_of(connection)
    except ProjectionStopped:
        with house.views() as connection:
            return shares.names_of(connection)


def full_name(person: Any) -> str | None:  # noqa: ANN401 (an answer's JSON)
    """Given and family name as last said, or None when they are gone."""
    said = person or {}
    given = said.get("GivenName") or said.get("given_name")
    family = said.get("FamilyName") or said.get("family_name")
    return " ".join(str(part) for part in (given, family) if part) or None


def person(said: Any, names: Names) -> list[Section]:  # noqa: ANN401 (an answer's JSON)
    """Who somebody is and how to reach them as last said, for telling the hits of a search apart."""
    found = [(next((one for one in _IDENTITY if words.field_of(one, name)), None), name) for name in said or {}]
    return [
        {
            "name": name,
            "label": words.label_of(collection, name),
            "text": words.value_in_record(collection, name, said[name], names),
        }
        for collection, name in sorted(found, key=lambda one: (_place(one[0]), words.place_of(*one)))
        if not words.bookkeeping(collection, name) and name not in _NAMES
    ]


def _place(collection: str | None) -> int:
    return _IDENTITY.index(collection) if collection else 0


def who(house: House, number: UUID, names: Names) -> list[Section]:
    """Each record of who somebody is and how to reach them, as it stands; call only after the reading was recorded."""
    opened = house.ledger.unsealed(number, classes=IDENTITY_CLASSES)
    told = [(entry, event_of(entry, opened.get(entry.position))) for entry in house.ledger.history(number)]
    records = data_copy.current(((entry, event) for entry, event in told if entry.class_ in IDENTITY_CLASSES), names)
    for record in records:
        record["fields"] = [
            field
            for field in record["fields"]
            if (known := words.field_of(record["collection"], field["name"])) is None or not known.consent_purpose
        ]
    return sorted(
        records, key=lambda record: _place(record["collection"] if record["collection"] in _IDENTITY else None)
    )


def customer(house: House, view: CustomerView) -> Section:
    """The current view of one customer in words; call only after the reading was recorded."""
    said: Section = view.as_json()
    number, names = UUID(said["customer_id"]), names_of(house)
    return {
        "customer_id": str(number),
        "name": full_name(said["person"]),
        "who": who(house, number, names),
        "organisation": words.organisation(said["organisation"], names),
        "registered": words.day(said["registered_at"]),
        "last_interaction": said["last_interaction_at"] and words.moment(said["last_interaction_at"]),
        "service_ended": said["service_ended_at"] and words.day(said["service_ended_at"]),
        "end_reason": said["service_end_reason"]
        and words.plainly(words.coded("customers", "ReasonForTermination", said["service_end_reason"])),
        "appointments": said["appointments"],
        "consents": [
            {
                "scope": words.SCOPES.get(scope, words.plainly(scope)),
                "state": words.STATES.get(one["state"], one["state"]),
                "since": one["since"] and words.moment(one["since"]),
            }
            for scope, one in said["consents"].items()
        ],
        "referrals": [_referral(one, names) for one in said["referrals"]],
        "shared_with": [_party(one, names) for one in said["shared_with"]],
        "received_from": [_party(one, names) for one in said["received_from"]],
        "merged_into": said["merged_into"] and _merge(said["merged_into"]),
        "merged_from": [_merge(one) for one in said["merged_from"]],
        "holds": sections.holds(said["holds"]),
        **{name: said[name] for name in ("restricted", "restrictions", "objections", "obligations")},
        "retention": sections.retention(said["retention"], said["holds"]),
        "destroyed": sections.destroyed(said["destroyed"]),
    }


def _merge(one: Section) -> Section:
    return {"customer_id": one["customer_id"], "since": words.day(one["since"])}


def _party(one: Section, names: Names) -> Section:
    return {
        "organisation": words.organisation(one["organisation"], names),
        "count": one["count"],
        "first": words.day(one["first_at"]),
        "last": words.day(one["last_at"]),
    }


def _referral(one: Section, names: Names) -> Section:
    return {
        "from": words.organisation(one["from"], names),
        "to": words.organisation(one["to"], names),
        "requested": one["requested_at"] and words.moment(one["requested_at"]),
        "accepted": one["accepted_at"] and words.moment(one["accepted_at"]),
        "status": one["status"],
    }


def history(house: House, number: UUID, by: Caller, *, route: str, after: int) -> Section:
    """One page of every event about a customer, oldest first, with each field in words."""
    house.ledger.history(number)
    customers.record_reading(house, number, by, purpose="history", route=route)
    entries = house.ledger.history(number)
    opened = house.ledger.unsealed(number)
    names = names_of(house)
    rest = [entry for entry in entries if entry.position > after]
    page = rest[:HISTORY_ROWS]
    gone = "destroyed; see “What was destroyed” on the customer's page"
    return {
        "name": full_name(customers.person(house, number)),
        "count": len(entries),
        "first": len(entries) - len(rest) + 1,
        "next": page[-1].position if len(rest) > len(page) else None,
        "entries": [
            data_copy.entry_in_words(
                entry,
                event_of(entry, opened.get(entry.position)),
                names,
                gone if entry.commitment is not None and entry.position not in opened else None,
            )
            for entry in page
        ],
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class DueInWords:
    """A class of records that is due, or has no period, in words."""

    customer_id: UUID
    records: str
    day: str
    """The day it must be destroyed by, or the day since which it has no period."""
    rule: str
    sentence: str | None
    because: int
    held_by: Sequence[str] = ()
    why: str | None = None
    """Why it has no period."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueInWordsPage:
    """One page of what is due on a day."""

    on: str
    day: str
    count: int
    exceptions: int
    rows: list[DueInWords]
    next: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewInWords:
    """A hold to review, in words."""

    customer_id: UUID
    hold_id: str
    reason: str
    owner: str | None
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExceptionsInWords:
    """One page of records without a period, and the first holds that wait for a review."""

    on: str
    day: str
    rows: list[DueInWords]
    reviews: list[ReviewInWords]
    next: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateInWords:
    """A certificate of destruction in words."""

    customer_id: UUID
    records: str
    events: int
    when: str
    by: str
    rule: str
    due: str | None
    left: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How the ledger stands for a reader of the first page."""

    entries: str
    behind: str
    ready: bool
    late: int
    due_soon: int
    breaches: int
    stopped: list[str]


def due(house: House, by: Caller, on: date, cursor: str | None) -> DueInWordsPage:
    """One page of what is due for destruction on a day, with how many there are and how many have no period."""
    page = retention.due(house, by, on, after=due_key(cursor or None), limit=PAGE_ROWS)
    return DueInWordsPage(
        on=on.isoformat(),
        day=words.day(on),
        count=page.count,
        exceptions=page.exceptions,
        rows=[due_row(row) for row in page.rows],
        next=due_cursor(page.next),
    )


def exceptions(house: House, by: Caller, on: date, cursor: str | None) -> ExceptionsInWords:
    """One page of records whose clock runs but for which no period is set, and the holds that wait for a review."""
    page = retention.exceptions(house, by, on, after=due_key(cursor or None), limit=PAGE_ROWS)
    reviews = retention.hold_reviews(house, by, on, limit=PAGE_ROWS)
    return ExceptionsInWords(
        on=on.isoformat(),
        day=words.day(on),
        rows=[_exception_row(row) for row in page.rows],
        reviews=[
            ReviewInWords(
                customer_id=row.customer_id,
                hold_id=row.hold_id,
                reason=words.HOLDS.get(row.code, row.code),
                owner=row.owner,
                day=words.day(row.look_at_on),
            )
            for row in reviews.rows
        ],
        next=due_cursor(page.next),
    )


def due_row(row: DueRow) -> DueInWords:
    """A class of records that is due, in words."""
    return DueInWords(
        customer_id=row.customer_id,
        records=words.records(row.class_, row.part),
        day=words.day(row.destroy_by),
        rule=row.rule,
        sentence=sections.sentence(row.class_, row.rule),
        because=row.because,
        held_by=row.held_by,
    )


def _exception_row(row: ExceptionRow) -> DueInWords:
    return DueInWords(
        customer_id=row.customer_id,
        records=words.records(row.class_, row.part),
        day=words.day(row.since),
        rule=row.rule,
        sentence=sections.sentence(row.class_, row.rule),
        because=row.because,
        why=row.why,
    )


def certificates(rows: Sequence[Certificate], names: Names) -> list[CertificateInWords]:
    """Certificates of destruction in words."""
    return [
        CertificateInWords(
            customer_id=row.customer_id,
            records=words.records(row.class_, row.part),
            events=row.events,
            when=words.moment(row.destroyed_at),
            by=words.role_at(row.by_role, row.by_organisation, names),
            rule=row.rule,
            due=words.day(row.due_by) if row.due_by else None,
            left=[words.class_of_records(class_) for class_ in row.remains],
        )
        for row in rows
    ]


def standing(house: House, by: Caller) -> Health:
    """How the ledger stands: entries, whether every view is up with them, and what of the caller's own is urgent."""
    counts = obligations.counts(house, by)
    views = health.views(house)
    behind = max(state.head - state.position for state in views)
    stopped = [state for state in views if state.stopped_at is not None]
    return Health(
        entries=f"{views[0].head:,}",
        behind=f"{behind:,}",
        ready=not stopped and all(state.current for state in views),
        late=counts.late,
        due_soon=counts.due_soon,
        breaches=findings.count_open_breaches(house, by),
        stopped=[f"The view {state.view} stopped at entry {state.stopped_at}." for state in stopped],
    )
