"""A person's consents as records of ISO/IEC TS 27560: one for each thing consent was asked for, with all that was said.

The field names are those of the W3C's guide to the standard, which itself was not read. What the ledger does not know
is left out where the guide allows that and said to be unknown where it does not; nothing is made up. No sealed field
is needed. How the same records look as JSON-LD is `linked_data`'s affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid5

from ledger import events
from ledger.clocks import london_day
from ledger.codes.consent_scopes import SCOPES, SPECIAL, WITHDRAWN_BY, WITHDRAWN_FROM_NHS_BY, Scope
from ledger.events import NCS
from ledger.log.codec import Entry
from ledger.retention.schedule import DECIDED, SCHEDULE, ScheduleLine
from ledger.rules.bases import CONSENT, EXPLICIT
from ledger.rules.catalogue import BY_ID
from ledger.state.registers import InForce
from projections.exports.consent_rows import (
    UNKNOWN,
    ConsentEvent,
    ConsentParty,
    ConsentRecord,
    ConsentRecords,
    KindOfData,
    Period,
    PrivacyRight,
    Processing,
    Purpose,
    Sourced,
    Withdrawal,
)
from projections.organisations.read import Controller, Organisations, controller_on
from projections.subject_access import consents
from projections.subject_access.consents import Statement
from projections.subject_access.controllers import where_to_write
from projections.subject_access.record import history_of
from projections.wording import channels, classes, codes, dates, parties

SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
LANGUAGE = "en"
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


@dataclass(frozen=True, kw_only=True)
class Consented:
    """What the records are composed from: a person's entries, and the registers that these do not say."""

    customer_id: UUID
    at: datetime
    programme: str | None
    entries: Sequence[Entry]
    organisations: Organisations
    today: InForce
    regulator: str

    @cached_property
    def controllers(self) -> list[Controller]:
        """The controllers of the person's programme, oldest first."""
        return self.organisations.controllers(self.programme or NCS)

    def controller(self, entry: Entry) -> Controller | None:
        """The controller on the London day something was said (PARTY-03)."""
        return controller_on(london_day(entry.occurred_at), self.controllers)

    def contact(self, code: str) -> str:
        """How to reach an organisation now: its data protection officer, or that of the nearest above it (PARTY-08)."""
        named = self.today.officer_of(code)
        return where_to_write(named) if named else UNKNOWN


def consent_records(consented: Consented) -> ConsentRecords:
    """The records as of the day they are made."""
    by_scope = consents.statements(history_of(consented.entries, {}))
    return ConsentRecords(
        customer_id=consented.customer_id,
        made_at=consented.at,
        records=[_record(scope, statements, consented) for scope, statements in by_scope.items()],
    )


def _record(scope: str, statements: Sequence[Statement], known: Consented) -> ConsentRecord:
    statements = _once(statements)
    state, since = consents.state_after(statements)
    return ConsentRecord(
        schema_version=SCHEMA_VERSION,
        # Version 5 where the guide shows version 4: the record of one person's one consent has the same id every time.
        record_id=uuid5(known.customer_id, f"consent:{scope}"),
        pii_principal_id=known.customer_id,
        scope=scope,
        state=STATES[state],
        since=since.occurred_at,
        pii_processing=_processing(SCOPES.get(scope) or _unheard_of(scope), statements, known),
        parties=_parties(statements, known),
        events=[_event(entry, event, known) for entry, event in statements],
    )


def _once(statements: Sequence[Statement]) -> list[Statement]:
    """Without what an import said again of the same version of the source, because a late one came in between."""
    kept: dict[object, Statement] = {}
    for entry, event in statements:
        again = (event.NAME, event.etag, entry.occurred_at) if event.etag else entry.id
        kept.setdefault(again, (entry, event))
    return list(kept.values())


def _processing(scope: Scope, statements: Sequence[Statement], known: Consented) -> Processing:
    given = [event for _, event in statements if isinstance(event, events.ConsentGiven)]
    explicit = scope.special and bool(given) and bool(given[-1].explicit)
    withdrawn_by = WITHDRAWN_FROM_NHS_BY if scope.of_nhs else WITHDRAWN_BY
    return Processing(
        privacy_notice=list(dict.fromkeys(event.notice for _, event in statements if event.notice)),
        language=LANGUAGE,
        purposes=[Purpose(purpose=scope.words, stands_on=_sourced(scope.rule))],
        # That consent was explicit, as special categories need, is said only where it was recorded (LB-06).
        lawful_basis=[CONSENT, EXPLICIT] if explicit else [CONSENT],
        pii_information=[_kind_of_data(kind) for kind in scope.data],
        pii_controllers=[controller.organisation for controller in _controllers(statements, known)],
        collection_method=_collected(given[-1]) if given else UNKNOWN,
        storage_locations=UNKNOWN,
        retention_period=_retention(scope),
        jurisdiction="GB",
        recipient_third_parties=list(scope.recipients),
        withdrawal_method=[
            Withdrawal(channel=channel, how=channels.channel(channel), stands_on=_sourced(rule_id))
            for channel, rule_id in withdrawn_by.items()
        ],
        privacy_rights=[PrivacyRight(article=article, right=right) for article, right in RIGHTS.items()],
        authority_party=known.regulator,
    )


def _kind_of_data(kind: str) -> KindOfData:
    special = kind in SPECIAL
    return KindOfData(pii_type=kind, sensitive_pii_category=special, special_pii_category=special)


def _unheard_of(scope: str) -> Scope:
    """A withdrawal is never refused, so it may be of something that nobody asks consent for (CONSENT-06)."""
    return Scope(rule="", words=codes.plainly(scope), data=())


def _sourced(rule_id: str) -> Sourced | None:
    rule = BY_ID.get(rule_id)
    return Sourced(sentence=rule.sentence, source=rule.source.title, rule=rule.id) if rule else None


def _collected(event: events.Consent) -> str:
    """How consent was taken: the channel, and what the person did."""
    channel = channels.channel(event.channel) if event.channel else None
    return ", ".join(part for part in (channel, getattr(event, "mechanism", None)) if part) or UNKNOWN


def _retention(scope: Scope) -> list[Period]:
    """How long data is kept that is kept only because of this consent; no period that an organisation sets itself."""
    return [
        Period(period=_period(line), rule=line.rule, sentence=line.sentence)
        for line in SCHEDULE
        if line.class_ == scope.kept_as and line.months is not None and line.clock not in DECIDED
    ]


def _period(line: ScheduleLine) -> str:
    start = classes.CLOCKS[line.clock]
    return f"at most {dates.period(line.months)} after {start}" if line.months else f"until {start}"


def _controllers(statements: Sequence[Statement], known: Consented) -> list[Controller]:
    """Each controller on the days something was said, in the order they were in office."""
    in_office = (known.controller(entry) for entry, _ in statements)
    return list({controller.organisation: controller for controller in in_office if controller is not None}.values())


def _parties(statements: Sequence[Statement], known: Consented) -> list[ConsentParty]:
    """The controllers, and the organisations that recorded what was said."""
    controllers = [
        ConsentParty(
            party_id=controller.organisation,
            party_name=controller.name,
            party_role="PII controller",
            party_contact=known.contact(controller.organisation),
            valid_from=controller.valid_from,
            to_be_confirmed=controller.to_be_confirmed,
        )
        for controller in _controllers(statements, known)
    ]
    recorders = dict.fromkeys(_recorded_by(entry, event) for entry, event in statements)
    return controllers + [
        ConsentParty(
            party_id=code,
            party_name=parties.organisation(code, known.organisations.names),
            party_role=UNKNOWN,
            party_contact=known.contact(code),
        )
        for code in recorders
        if code not in {controller.party_id for controller in controllers}
    ]


def _recorded_by(entry: Entry, event: events.Consent) -> str:
    return event.organisation or parties.organisation_of(entry.actor)


def _event(entry: Entry, event: events.Consent, known: Consented) -> ConsentEvent:
    controller = known.controller(entry)
    method = _collected(event)
    return ConsentEvent(
        event_time=entry.occurred_at,
        recorded_at=entry.recorded_at,
        validity_duration=UNKNOWN,
        entity_id=_recorded_by(entry, event),
        event_type="ExplicitlyExpressedConsent" if getattr(event, "explicit", None) else "Consent",
        event_state=STATES[event.NAME.removeprefix("consent-")],
        pii_controller=controller.organisation if controller else UNKNOWN,
        position=entry.position,
        indicated_by=known.customer_id if isinstance(event, _OF_THE_PERSON) else None,
        privacy_notice=event.notice if event.notice != UNKNOWN else None,
        method=method if method != UNKNOWN else None,
    )
