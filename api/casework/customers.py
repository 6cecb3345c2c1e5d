"""What every door answers about a customer: gathered once, after the reading was itself recorded (D12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from api.casework.access import may_be_read, opened_for, own_organisation, record_reading, refuse_unless_theirs
from api.casework.incomplete import not_shown
from api.casework.runtime import Runtime, Views
from api.casework.serving import Risk, risk_of
from ledger.authority.access import may_read_person
from ledger.caller import Caller
from ledger.commands.bounds import birth_date
from ledger.commands.reader import claims_stream
from ledger.errors import Malformed, UnknownCustomer
from ledger.events import EVENTS, Json, labels
from ledger.log.codec import Entry
from ledger.state.replay import event_of
from ledger.vault.keys import Identity
from ledger.vault.search_tokens import IDENTITY_CLASSES
from projections.customers import read as customers
from projections.customers.rows import Customer, Merge
from projections.findings import read as findings
from projections.findings.rows import CustomerFindings
from projections.obligations import read as obligations
from projections.obligations.read import Obligation, StateCounts
from projections.organisations import read as organisations
from projections.organisations.read import Organisations
from projections.retention import read as retention
from projections.retention.read import Hold, KeptRow
from projections.row import Row
from projections.shares import read as shares
from projections.shares.read import Parties
from projections.subject_access.last_words import identity
from projections.subject_access.record import Opened


@dataclass(frozen=True, kw_only=True)
class CustomerView:
    """One customer as a caller may see them, with the entries that say who they are; each fact was read once."""

    customer: Customer
    """Another record of a merge has no id here for a contractor who never served it (LEDG-18)."""
    parties: Parties
    holds: Sequence[Hold]
    """Those in force."""
    retention: Sequence[KeptRow]
    obligations: Sequence[Obligation]
    findings: CustomerFindings
    as_of_position: int | None
    entries: Sequence[Entry]
    opened: Opened
    """The payloads of the identity classes."""
    person: dict[str, Json] | None
    """The names as last said; None when they were destroyed."""
    organisations: Organisations

    @property
    def risk(self) -> Risk:
        """Whether the person is flagged as at risk, by what had been recorded."""
        upto = self.as_of_position
        return risk_of([entry for entry in self.entries if upto is None or entry.position <= upto])

    @property
    def not_done(self) -> list[Obligation]:
        """The obligations that are not done yet."""
        return [row for row in self.obligations if row.state != "done"]

    @property
    def counts(self) -> StateCounts:
        """How many obligations there are in each state."""
        return StateCounts(**Counter(row.state.replace("-", "_") for row in self.obligations))

    def as_json(self) -> dict[str, Json]:
        """The result shape of the outside contract."""
        position = {} if self.as_of_position is None else {"as_of_position": self.as_of_position}
        return {
            **self.customer.as_json(),
            **self.parties.as_json(),
            "holds": [hold.as_json() for hold in self.holds],
            "retention": [row.as_json() for row in self.retention],
            "obligations": {"counts": self.counts.as_json(), "rows": [row.as_json() for row in self.not_done]},
            "findings": self.findings.as_json(),
            "at_risk": self.risk.as_json(),
            **position,
            "person": self.person,
        }


def customer(
    runtime: Runtime, customer_id: UUID, by: Caller, *, route: str, as_of: datetime | None = None
) -> dict[str, Json]:
    """The current view of one customer, or the view as it stood at a moment by what had been recorded then.

    `person` holds the names as last said; it is absent when they were destroyed. What was found and what is owed is
    shown to a contractor as in the lists: their own and their sub-contractors'. Raises UnknownCustomer.
    """
    return view(runtime, customer_id, by, route=route, as_of=as_of).as_json()


def view(runtime: Runtime, customer_id: UUID, by: Caller, *, route: str, as_of: datetime | None = None) -> CustomerView:
    """The same before it is written as JSON. Raises UnknownCustomer and RecordIncomplete."""
    sight = refuse_unless_theirs(runtime, customer_id, by)
    with runtime.current_views(by, about=customer_id) as views:
        if not customers.registered(views, customer_id):
            raise not_shown(views, customer_id)
        registered = organisations.registered(views)
        record_reading(runtime, customer_id, by, purpose="customer view", route=route, sight=sight)
        organisation = own_organisation(runtime, by)
        own = registered.with_those_under(organisation) if organisation else None
        at = as_of or runtime.ledger.now()
        entries = runtime.ledger.history(customer_id, by=views)
        opened = opened_for(runtime, views, entries, sight, classes=IDENTITY_CLASSES)
        gathered = _gathered(views, customer_id, at, own, registered) if as_of is None else None
    position = None
    if gathered is None:
        with runtime.views_as_of(as_of, by, only=customer_id) as (then, position):
            gathered = _gathered(then, customer_id, at, own, organisations.registered(then))
    return CustomerView(
        customer=_merges(runtime, gathered.customer, by),
        parties=gathered.parties,
        holds=gathered.holds,
        retention=gathered.retention,
        obligations=gathered.obligations,
        findings=gathered.findings,
        as_of_position=position,
        entries=entries,
        opened=opened,
        person=identity(entries, opened, upto=position) if sight.unsealed else None,
        organisations=registered,
    )


@dataclass(frozen=True, kw_only=True)
class _Gathered:
    """What the views hold of one customer."""

    customer: Customer
    parties: Parties
    holds: Sequence[Hold]
    retention: Sequence[KeptRow]
    obligations: Sequence[Obligation]
    findings: CustomerFindings


def _gathered(
    views: Views, customer_id: UUID, at: datetime, own: Sequence[str] | None, known_then: Organisations
) -> _Gathered:
    """With `own`, an organisation and those under it, only what was found about them and what they owe."""
    known = customers.for_customer(views, customer_id)
    if known is None:
        raise UnknownCustomer("No customer with this id was known to the ledger at that time.")
    return _Gathered(
        customer=known,
        parties=shares.parties(shares.for_customer(views, customer_id), known_then.names),
        holds=[hold for hold in retention.holds(views, customer_id) if hold.lifted_at is None],
        retention=retention.for_customer(views, customer_id),
        obligations=obligations.for_customer(views, customer_id, at=at, owners=own),
        findings=findings.for_customer(views, customer_id, organisation=own[0] if own else None),
    )


def _merges(runtime: Runtime, known: Customer, by: Caller) -> Customer:
    """The merges, without the other record's id for a contractor who never served that one (LEDG-18)."""
    registers = runtime.ledger.registers()
    holder = runtime.ledger.holder(by, registers)

    def shown(merge: Merge) -> Merge:
        read = merge.customer_id and runtime.ledger.recorder.history(merge.customer_id)
        return merge if read and may_read_person(by, registers, read, holder) else replace(merge, customer_id=None)

    into = known.merged_into
    return replace(known, merged_into=into and shown(into), merged_from=[shown(merge) for merge in known.merged_from])


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry(Row):
    """One event of a customer with its label, its facts and, unless destroyed, its sealed fields."""

    position: int
    version: int
    type: str
    label: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    class_: str | None
    part: str
    facts: dict[str, Json]
    sealed: dict[str, Json] | None
    destroyed: bool
    labels: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ReadHistory:
    """Every entry of one customer, and their payloads as far as they can be opened."""

    entries: Sequence[Entry]
    opened: Opened


def read_history(runtime: Runtime, customer_id: UUID, by: Caller, *, route: str) -> ReadHistory:
    """The history, after the reading of it was recorded, which is part of it, with what was claimed about the person.

    Raises UnknownCustomer.
    """
    ledger, beside = runtime.ledger, claims_stream(customer_id)
    sight = record_reading(runtime, customer_id, by, purpose="history", route=route)
    with runtime.views(by, about=customer_id) as views:
        entries, claimed = ledger.history(customer_id, by=views), ledger.recorder.history(beside)
        opened = dict(opened_for(runtime, views, entries, sight))
        if claimed:
            opened |= opened_for(runtime, views, claimed, sight)
    return ReadHistory(entries=sorted((*entries, *claimed), key=lambda entry: entry.position), opened=opened)


def history(runtime: Runtime, customer_id: UUID, by: Caller, *, route: str) -> list[HistoryEntry]:
    """Every event of one customer in order; the reading of it is the last. Raises UnknownCustomer."""
    read = read_history(runtime, customer_id, by, route=route)
    return [_history_entry(entry, read.opened) for entry in read.entries]


def _history_entry(entry: Entry, opened: Opened) -> HistoryEntry:
    kind, event = EVENTS[entry.type], event_of(entry)
    return HistoryEntry(
        position=entry.position,
        version=entry.version,
        type=entry.type,
        label=kind.LABEL,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        actor=entry.actor,
        class_=entry.class_,
        part=entry.part,
        facts={name: value for name in kind.FACTS if (value := getattr(event, name)) not in (None, ())},
        sealed=dict(opened.get(entry.position, {})) or None,
        destroyed=entry.commitment is not None and entry.position not in opened,
        labels=dict(labels(kind)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchHit(Row):
    """A customer who was found: the names as last said, and the records that matched."""

    customer_id: UUID
    person: dict[str, Json] | None
    matched: list[UUID]


def search(runtime: Runtime, by: Caller, asked: dict[str, Any], *, route: str) -> list[SearchHit]:
    """The customers who match everything asked: family name with date of birth, email, telephone, Universal Credit
    identifier, unique learner number, or postcode with date of birth. Each hit is a recorded reading.

    Records that are merged are one hit, shown as the record that goes on, unless the caller may not read that one;
    `matched` names the records that were found. Every criterion counts: one that cannot be used is refused by its name,
    for less than everything asked would match somebody else. Raises Malformed.
    """
    tokens = runtime.ledger.vault.tokens(_identity(asked))
    if not tokens:
        raise Malformed(
            "Search by family_name and date_of_birth, postcode and date_of_birth, email, telephone, universal_credit_id"
            " or unique_learner_number."
        )
    _refuse_what_is_not_used(asked)
    matched: dict[UUID, list[UUID]] = {}
    for record in runtime.ledger.readable(runtime.ledger.find(tokens), by):
        record_reading(runtime, record, by, purpose="search", route=route)
        with runtime.current_views(by) as views:
            goes_on = customers.same_person(views, record)[0]
        matched.setdefault(goes_on, []).append(record)
    found: list[SearchHit] = []
    for goes_on, records in matched.items():
        read = goes_on in records or may_be_read(runtime, goes_on, by, purpose="search", route=route)
        found += [
            SearchHit(customer_id=record, person=_person(runtime, record, by), matched=records)
            for record in ([goes_on] if read else records)
        ]
    return found


def _person(runtime: Runtime, customer_id: UUID, by: Caller) -> dict[str, Json] | None:
    """Names and ways to reach a person as last said; call only after the reading was recorded."""
    opened = runtime.ledger.unsealed(customer_id, classes=IDENTITY_CLASSES, by=by)
    return identity(runtime.ledger.history(customer_id, by=by), opened)


_TOGETHER = {
    "family_name": "date_of_birth",
    "postcode": "date_of_birth",
    "date_of_birth": "family_name or postcode",
}
"""What is searched only with something else, since alone it is many people's."""


def _refuse_what_is_not_used(asked: dict[str, Any]) -> None:
    """Raise Malformed for the first criterion without which the same would be searched."""
    clues = _identity(asked).clues()
    for name in filter(asked.get, asked):
        beside = _TOGETHER.get(name)
        if beside is not None and not any(asked.get(other) for other in beside.split(" or ")):
            raise Malformed(f"The field {name} counts only with {beside}: give both, or leave it out.", field=name)
        without = _identity({other: value for other, value in asked.items() if other != name}).clues()
        empty = name != "date_of_birth" and not any(sign.isalnum() for sign in asked[name])
        if empty or clues == without:
            raise Malformed(f"The field {name} holds nothing to search by.", field=name)


def _identity(asked: dict[str, Any]) -> Identity:
    known = {
        "family_name",
        "date_of_birth",
        "postcode",
        "email",
        "telephone",
        "universal_credit_id",
        "unique_learner_number",
    }
    wrong = [name for name, value in asked.items() if name not in known or not isinstance(value, str)]
    if wrong:
        raise Malformed(
            f"The field {wrong[0]} is not one a customer can be searched by, or is not text.", field=wrong[0]
        )
    values = {name: value for name, value in asked.items() if value}
    if "date_of_birth" in values:
        birth_date("date_of_birth", values["date_of_birth"])
    return Identity(
        family_name=values.get("family_name"),
        date_of_birth=values.get("date_of_birth"),
        postcode=values.get("postcode"),
        emails=[values["email"]] if "email" in values else [],
        telephones=[values["telephone"]] if "telephone" in values else [],
        universal_credit_id=values.get("universal_credit_id"),
        unique_learner_number=values.get("unique_learner_number"),
    )
