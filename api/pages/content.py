"""What the pages show, in words: people, history, what is due; from the same answers as every other door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from api.casework import customers, obligations
from api.casework.runtime import House
from api.parameters import cursor_of, key_of, not_a_cursor
from ledger.caller import Caller
from ledger.decisions import may_read
from ledger.errors import ProjectionStopped
from ledger.state.replay import event_of
from ledger.vault.search_tokens import IDENTITY_CLASSES
from projections import runner
from projections.findings import read as findings
from projections.retention import read as retention
from projections.retention.read import DueKey
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


def customer(house: House, number: UUID, by: Caller, *, route: str) -> Section:
    """The current view of one customer in words; the reading is recorded."""
    said: Section = dict(customers.customer(house, number, by, route=route))
    names = names_of(house)
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
        "findings": said["findings"]["rows"],
        "breaches": said["findings"]["breach_assessments"],
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


def due(house: House, by: Caller, on: date, cursor: str | None) -> Section:
    """One page of what is due for destruction on a day, with how many there are and how many have no period."""
    own = own_only(by)
    with house.current_views() as connection:
        rows = retention.due_page(connection, on, after=_key(cursor), limit=PAGE_ROWS + 1, organisation=own)
        count = retention.count_due(connection, on, organisation=own)
        exceptions = retention.count_exceptions(connection, on, organisation=own)
    page = rows[:PAGE_ROWS]
    return {
        "on": on.isoformat(),
        "day": words.day(on),
        "count": count,
        "exceptions": exceptions,
        "rows": [due_row(row, str(row["destroy_by"])) for row in page],
        "next": _cursor(page[-1], "destroy_by") if len(rows) > PAGE_ROWS else None,
    }


def exceptions(house: House, by: Caller, on: date, cursor: str | None) -> Section:
    """One page of records whose clock runs but for which no period is set, and the holds that wait for a review."""
    with house.current_views() as connection:
        rows = retention.exceptions_page(
            connection, on, after=_key(cursor), limit=PAGE_ROWS + 1, organisation=own_only(by)
        )
        reviews = retention.hold_reviews_page(connection, on, limit=PAGE_ROWS, organisation=own_only(by))
    page = rows[:PAGE_ROWS]
    return {
        "on": on.isoformat(),
        "day": words.day(on),
        "rows": [{**due_row(row, str(row["since"])), "why": row["why"]} for row in page],
        "reviews": [
            {
                **row,
                "day": words.day(str(row["look_at_on"])),
                "reason": words.HOLDS.get(str(row["code"]), row["code"]),
            }
            for row in reviews
        ],
        "next": _cursor(page[-1], "since") if len(rows) > PAGE_ROWS else None,
    }


def own_only(by: Caller) -> str | None:
    """None for those who read everything, or else the one organisation whose customers they may see."""
    return None if may_read(by, ()) else by.organisation


def due_row(row: Mapping[str, Any], day: str | None = None) -> Section:
    """A class of records that is due, or has no period, in words; its day is that it must be destroyed by."""
    return {
        "customer_id": row["customer_id"],
        "records": words.records(row["class"], row["part"]),
        "day": words.day(day or str(row["destroy_by"])),
        "rule": row["rule"],
        "sentence": sections.sentence(str(row["class"]), row["rule"]),
        "because": row["because"],
        "held_by": row.get("held_by") or [],
    }


def _cursor(row: Mapping[str, Any], day: str) -> str:
    return cursor_of([row[day], row["customer_id"], row["class"], row["part"]])


def _key(cursor: str | None) -> DueKey | None:
    if not cursor:
        return None
    day, number, class_, part = map(str, key_of(cursor, length=4))
    try:
        return DueKey(date.fromisoformat(day), UUID(number), class_, part)
    except ValueError:
        raise not_a_cursor() from None


def certificates(said: Sequence[Any], names: Names) -> list[Section]:
    """Certificates of destruction in words."""
    return [
        {
            **one,
            "records": words.records(one["class"], one["part"]),
            "when": words.moment(one["destroyed_at"]),
            "due": one["due_by"] and words.day(one["due_by"]),
            "by": words.role_at(one["by_role"], one["by_organisation"], names),
            "left": [words.class_of_records(name) for name in one["remains"]],
        }
        for one in said
    ]


def health(house: House, by: Caller) -> Section:
    """How the ledger stands: entries, whether every view is up with them, and what of the caller's own is pressing."""
    late: Any = obligations.listed(house, obligations.wanted(house, by), limit=1)["counts"]
    with house.views() as connection:
        standing = runner.states(connection)
        open_breaches = findings.count_open_breaches(connection, organisation=own_only(by))
    behind = max(state.head - state.position for state in standing)
    stopped = [state for state in standing if state.stopped_at is not None]
    return {
        "entries": f"{standing[0].head:,}",
        "behind": f"{behind:,}",
        "ready": not stopped and all(state.current for state in standing),
        "late": late["late"],
        "due_soon": late["due-soon"],
        "breaches": open_breaches,
        "stopped": [f"The view {state.view} stopped at entry {state.stopped_at}." for state in stopped],
    }
