"""What the pages about one customer show, in words, from the same answers as every other door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from api.casework import customers
from api.casework.customers import CustomerView
from api.casework.runtime import Runtime
from api.casework.serving import Attempt
from ledger.caller import Caller
from ledger.events import Json
from ledger.state.replay import event_of
from ledger.vault.search_tokens import IDENTITY_CLASSES
from projections.customers.rows import Merge, Referral
from projections.shares.read import Party
from projections.subject_access import retention
from projections.subject_access.data_copy import CurrentRecord, current, entry_in_words
from projections.subject_access.last_words import identity
from projections.wording import codes, dates, outcomes, parties, source_fields
from projections.wording.parties import Names

HISTORY_ROWS = 100
_IDENTITY = ("customers", "contacts", "addresses", "digitalidentities")
_NAMES = frozenset({"GivenName", "given_name", "FamilyName", "family_name"})


def full_name(person: Mapping[str, Json] | None) -> str | None:
    """Given and family name as last said, or None when they are gone."""
    known = person or {}
    given = known.get("GivenName") or known.get("given_name")
    family = known.get("FamilyName") or known.get("family_name")
    return " ".join(str(part) for part in (given, family) if part) or None


def person(known: Mapping[str, Json] | None, names: Names) -> list[dict[str, str]]:
    """Who somebody is and how to reach them as last said, for telling the hits of a search apart."""
    values = known or {}
    found = [(next((kind for kind in _IDENTITY if source_fields.field_of(kind, name)), None), name) for name in values]
    return [
        {
            "name": name,
            "label": source_fields.label_of(collection, name),
            "text": source_fields.value_in_record(collection, name, values[name], names),
        }
        for collection, name in sorted(found, key=lambda field: (_place(field[0]), source_fields.place_of(*field)))
        if not source_fields.bookkeeping(collection, name) and name not in _NAMES
    ]


def _place(collection: str | None) -> int:
    return _IDENTITY.index(collection) if collection in _IDENTITY else 0


def who(view: CustomerView) -> list[CurrentRecord]:
    """Each record of who somebody is and how to reach them, as it stands."""
    history = [
        (entry, event_of(entry, view.opened.get(entry.position)))
        for entry in view.entries
        if entry.class_ in IDENTITY_CLASSES
    ]
    records = [
        replace(record, fields=[field for field in record.fields if not _needs_consent(record.collection, field.name)])
        for record in current(history, view.organisations.names)
    ]
    return sorted(records, key=lambda record: _place(record.collection))


def _needs_consent(collection: str, name: str) -> bool:
    known = source_fields.field_of(collection, name)
    return known is not None and bool(known.consent_purpose)


def customer(view: CustomerView) -> dict[str, Any]:
    """The view of one customer in words."""
    known, names = view.customer, view.organisations.names
    return {
        "customer_id": str(known.customer_id),
        "name": full_name(view.person),
        "who": who(view),
        "organisation": parties.organisation(known.organisation, names),
        "registered": dates.day(known.registered_at),
        "last_interaction": _moment(known.last_interaction_at),
        "service_ended": dates.day(known.service_ended_at) if known.service_ended_at else None,
        "end_reason": known.service_end_reason
        and codes.plainly(source_fields.coded("customers", "ReasonForTermination", known.service_end_reason)),
        "appointments": known.appointments,
        "consents": [
            {
                "scope": codes.scope(scope),
                "state": codes.STATES.get(consent.state, consent.state),
                "since": _moment(consent.since),
            }
            for scope, consent in known.consents.items()
        ],
        "referrals": [_referral(referral, names) for referral in known.referrals],
        "shared_with": [_party(party, names) for party in view.parties.shared_with],
        "received_from": [_party(party, names) for party in view.parties.received_from],
        "incomplete": known.incomplete,
        "merged_into": known.merged_into and _merge(known.merged_into),
        "merged_from": [_merge(merge) for merge in known.merged_from],
        "at_risk": view.risk.flagged,
        "attempts": [_attempt(attempt, names) for attempt in view.risk.attempts],
        "holds": retention.holds(view.holds),
        "restricted": known.restricted,
        "objections": known.objections,
        "obligations": {"counts": view.counts.as_json()},
        "retention": retention.retention(view.retention, view.holds),
        "destroyed": retention.destroyed(known.destroyed),
    }


def _moment(at: datetime | None) -> str | None:
    return dates.moment(at) if at else None


def _merge(merge: Merge) -> dict[str, Any]:
    return {"customer_id": merge.customer_id and str(merge.customer_id), "since": dates.day(merge.since)}


def _party(party: Party, names: Names) -> dict[str, Any]:
    return {
        "organisation": parties.organisation(party.organisation, names),
        "count": party.count,
        "first": dates.day(party.first_at),
        "last": dates.day(party.last_at),
    }


def _attempt(attempt: Attempt, names: Names) -> dict[str, str]:
    return {
        "organisation": parties.organisation(attempt.organisation, names),
        "shown": ", ".join(outcomes.SHOWN[name] for name in attempt.identifiers),
        "when": dates.moment(attempt.at),
    }


def _referral(referral: Referral, names: Names) -> dict[str, Any]:
    return {
        "from": parties.organisation(referral.from_, names),
        "to": parties.organisation(referral.to, names),
        "requested": _moment(referral.requested_at),
        "accepted": _moment(referral.accepted_at),
        "status": referral.status,
    }


def history(runtime: Runtime, customer_id: UUID, by: Caller, *, names: Names, route: str, after: int) -> dict[str, Any]:
    """One page of every event about a customer, oldest first, with each field in words; the reading is recorded."""
    read = customers.read_history(runtime, customer_id, by, route=route)
    rest = [entry for entry in read.entries if entry.position > after]
    page = rest[:HISTORY_ROWS]
    gone = "destroyed; see “What was destroyed” on the customer's page"
    return {
        "name": full_name(identity(read.entries, read.opened)),
        "count": len(read.entries),
        "first": len(read.entries) - len(rest) + 1,
        "next": page[-1].position if len(rest) > len(page) else None,
        "entries": [
            entry_in_words(
                entry,
                event_of(entry, read.opened.get(entry.position)),
                names,
                gone if entry.commitment is not None and entry.position not in read.opened else None,
            ).as_json()
            for entry in page
        ],
    }
