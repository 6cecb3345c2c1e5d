"""A person's consents as records of ISO/IEC TS 27560: one for each thing consent was asked for, with all that was said.

The field names are those of the W3C's guide to the standard, which itself was not read. What the ledger does not know
is left out where the guide allows that and said to be unknown where it does not; nothing is made up. No sealed field
is opened, but what somebody consented to is personal all the same, so the reading is recorded first. How the same
records look as JSON-LD is `consent_linked_data`'s affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from api.casework import customers as answers
from api.casework.runtime import House
from ledger import events
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.codes.consent_scopes import SCOPES, SPECIAL, WITHDRAWN_BY, WITHDRAWN_FROM_NHS_BY, Scope
from ledger.errors import UnknownCustomer
from ledger.events import NCS
from ledger.log.codec import Entry
from ledger.retention.schedule import DECIDED, SCHEDULE, ScheduleLine
from ledger.rules.bases import CONSENT, EXPLICIT
from ledger.rules.catalogue import BY_ID
from ledger.state.registers import InForce
from ledger.state.replay import event_of
from projections.customers import read as customers
from projections.shares import read as shares
from projections.subject_access import controllers as report_controllers
from projections.subject_access import data_copy, sections
from projections.subject_access.data_copy import Section
from projections.wording import words
from projections.wording.words import Names

PURPOSE = "consent records"
SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
LANGUAGE = "en"
UNKNOWN = "unknown"
STATES = {
    "asked": "ConsentRequested",
    "given": "ConsentGiven",
    "refused": "ConsentRefused",
    "withdrawn": "ConsentWithdrawn",
    "expired": "ConsentExpired",
    "invalidated": "ConsentInvalidated",
}
"""The state of the W3C's vocabulary (DPV) for each of ours."""
RIGHTS = {
    "A7-3": "to withdraw consent",
    "A15": "to have a copy of the data",
    "A16": "to have wrong or incomplete data put right",
    "A17": "to have data erased",
    "A18": "to have the use of data restricted",
    "A20": "to receive the data in a form another service can read",
}
"""The rights there are where data is used with consent, by article of the UK GDPR."""
_OF_THE_PERSON = events.ConsentGiven | events.ConsentRefused | events.ConsentWithdrawn

Statement = tuple[Entry, events.Consent]


@dataclass(frozen=True, kw_only=True)
class _Registers:
    """What the views know that the person's own events do not say."""

    controllers: Sequence[Section]
    names: Names
    regulator: str
    today: InForce

    def controller(self, entry: Entry) -> Section | None:
        """The controller on the London day something was said (PARTY-03)."""
        return sections.controller_at(london_day(entry.occurred_at), self.controllers)

    def contact(self, code: str) -> str:
        """How to reach an organisation now: its data protection officer, or that of the nearest above it (PARTY-08)."""
        named = self.today.officer_of(code)
        return report_controllers.where_to_write(named) if named else UNKNOWN


def records(house: House, customer_id: UUID, by: Caller, route: str) -> Section:
    """`{"customer_id", "made_at", "records"}`: a record for each scope spoken about. Raises UnknownCustomer."""
    with house.current_views() as connection:
        view = customers.for_customer(connection, customer_id)
        if view is None:
            raise UnknownCustomer
        controllers = shares.controllers(connection, programme=str(view["programme"] or NCS))
        names = shares.names_of(connection)
    answers.record_reading(house, customer_id, by, purpose=PURPOSE, route=route)
    known = _Registers(
        controllers=controllers, names=names, regulator=house.settings.regulator, today=house.ledger.registers()
    )
    told = [(entry, event_of(entry)) for entry in house.ledger.history(customer_id)]
    return {
        "customer_id": str(customer_id),
        "made_at": data_copy.text_of(house.ledger.now()),
        "records": [_record(customer_id, *one, known) for one in sections.statements(told).items()],
    }


def _record(customer_id: UUID, scope: str, said: Sequence[Statement], known: _Registers) -> Section:
    said = _once(said)
    state, since = sections.state_after(said)
    return {
        "schema_version": SCHEMA_VERSION,
        # Version 5 where the guide shows version 4: the record of one person's one consent has the same id every time.
        "record_id": str(uuid5(customer_id, f"consent:{scope}")),
        "pii_principal_id": str(customer_id),
        "scope": scope,
        "state": STATES[state],
        "since": data_copy.text_of(since.occurred_at),
        "pii_processing": _processing(SCOPES.get(scope) or _unheard_of(scope), said, known),
        "parties": _parties(said, known),
        "events": [_event(customer_id, *one, known) for one in said],
    }


def _once(said: Sequence[Statement]) -> list[Statement]:
    """Without what an import said again of the same version of the source, because a late one came in between."""
    kept: dict[object, Statement] = {}
    for entry, event in said:
        again = (event.NAME, event.etag, entry.occurred_at) if event.etag else entry.id
        kept.setdefault(again, (entry, event))
    return list(kept.values())


def _processing(scope: Scope, said: Sequence[Statement], known: _Registers) -> Section:
    given = [event for _, event in said if isinstance(event, events.ConsentGiven)]
    explicit = scope.special and bool(given) and bool(given[-1].explicit)
    return {
        "privacy_notice": list(dict.fromkeys(event.notice for _, event in said if event.notice)) or UNKNOWN,
        "language": LANGUAGE,
        "purposes": [{"purpose": scope.words, **_sentence(scope.rule)}],
        # That consent was explicit, as special categories need, is said only where it was recorded (LB-06).
        "lawful_basis": [CONSENT, EXPLICIT] if explicit else [CONSENT],
        "pii_information": [_kind_of_data(kind) for kind in scope.data] or UNKNOWN,
        "pii_controllers": [one["organisation"] for one in _controllers(said, known)] or UNKNOWN,
        "collection_method": _collected(given[-1]) if given else UNKNOWN,
        "storage_locations": UNKNOWN,
        "retention_period": _retention(scope) or UNKNOWN,
        "jurisdiction": "GB",
        "recipient_third_parties": list(scope.recipients),
        "withdrawal_method": [
            {"channel": channel, "how": words.channel(channel), **_sentence(rule_id)}
            for channel, rule_id in (WITHDRAWN_FROM_NHS_BY if scope.of_nhs else WITHDRAWN_BY).items()
        ],
        "privacy_rights": [{"article": article, "right": right} for article, right in RIGHTS.items()],
        "authority_party": known.regulator,
    }


def _kind_of_data(kind: str) -> Section:
    special = kind in SPECIAL
    return {
        "pii_type": kind,
        "pii_optional": True,
        "sensitive_pii_category": special,
        "special_pii_category": special,
    }


def _unheard_of(scope: str) -> Scope:
    """A withdrawal is never refused, so it may be of something that nobody asks consent for (CONSENT-06)."""
    return Scope(rule="", words=words.plainly(scope), data=())


def _sentence(rule_id: str) -> Section:
    rule = BY_ID.get(rule_id)
    return {"sentence": rule.sentence, "source": rule.source.title, "rule": rule.id} if rule else {}


def _collected(event: events.Consent) -> str:
    """How consent was taken: the channel, and what the person did."""
    channel = words.channel(event.channel) if event.channel else None
    return ", ".join(part for part in (channel, getattr(event, "mechanism", None)) if part) or UNKNOWN


def _retention(scope: Scope) -> list[Section]:
    """How long data is kept that is kept only because of this consent; no period that an organisation sets itself."""
    return [
        {"period": _period(line), "rule": line.rule, "sentence": line.sentence}
        for line in SCHEDULE
        if line.class_ == scope.kept_as and line.months is not None and line.clock not in DECIDED
    ]


def _period(line: ScheduleLine) -> str:
    start = words.CLOCKS[line.clock]
    return f"at most {words.period(line.months)} after {start}" if line.months else f"until {start}"


def _controllers(said: Sequence[Statement], known: _Registers) -> list[Section]:
    """Each controller on the days something was said, in the order they were in office."""
    found = {one["organisation"]: one for entry, _ in said if (one := known.controller(entry)) is not None}
    return list(found.values())


def _parties(said: Sequence[Statement], known: _Registers) -> list[Section]:
    """The controllers, and the organisations that recorded what was said."""
    parties = [
        {
            "party_id": one["organisation"],
            "party_name": one["name"],
            "party_role": "PII controller",
            "party_type": "organisation",
            "party_contact": known.contact(one["organisation"]),
            "valid_from": one["valid_from"],
            "to_be_confirmed": bool(one["to_be_confirmed"]),
        }
        for one in _controllers(said, known)
    ]
    recorders = dict.fromkeys(_recorded_by(*one) for one in said)
    return parties + [
        {
            "party_id": code,
            "party_name": words.organisation(code, known.names),
            "party_role": UNKNOWN,
            "party_type": "organisation",
            "party_contact": known.contact(code),
        }
        for code in recorders
        if code not in {party["party_id"] for party in parties}
    ]


def _recorded_by(entry: Entry, event: events.Consent) -> str:
    return event.organisation or words.organisation_of(entry.actor)


def _event(customer_id: UUID, entry: Entry, event: events.Consent, known: _Registers) -> Section:
    controller = known.controller(entry)
    explicit = bool(getattr(event, "explicit", None))
    optional = {
        "indicated_by": str(customer_id) if isinstance(event, _OF_THE_PERSON) else None,
        "privacy_notice": event.notice,
        "method": _collected(event),
    }
    return {
        "event_time": data_copy.text_of(entry.occurred_at),
        "recorded_at": data_copy.text_of(entry.recorded_at),
        "validity_duration": UNKNOWN,
        "entity_id": _recorded_by(entry, event),
        "event_type": "ExplicitlyExpressedConsent" if explicit else "Consent",
        "event_state": STATES[event.NAME.removeprefix("consent-")],
        "pii_controller": controller["organisation"] if controller else UNKNOWN,
        "position": entry.position,
        **{name: value for name, value in optional.items() if value not in {None, UNKNOWN}},
    }
