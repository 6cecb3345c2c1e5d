"""What every door answers: composed from the views, and opened only after the reading was itself recorded (D12)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.casework.runtime import House
from ledger.authority.access import refuse_strangers, serves
from ledger.caller import Caller
from ledger.decisions import may_read
from ledger.errors import Malformed, NotAllowed, UnknownCustomer
from ledger.events import EVENTS, Json, labels
from ledger.state.replay import event_of
from ledger.vault.keys import Identity
from ledger.vault.search_tokens import IDENTITY_CLASSES
from projections.customers import read as customers
from projections.findings import read as findings
from projections.findings.rows import CustomerFindings
from projections.obligations import read as obligations
from projections.obligations.read import Obligation, StateCounts
from projections.retention import read as retention
from projections.retention.read import Hold, KeptRow
from projections.shares import read as shares
from projections.subject_access import data_copy


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerView:
    """What the views say of one customer, with names and ways to reach them."""

    facts: dict[str, Json]
    """What the customer view and the shares say."""
    holds: list[Hold]
    """Those in force."""
    retention: list[KeptRow]
    obligations: list[Obligation]
    findings: CustomerFindings
    merges: dict[str, Json]
    person: dict[str, Json] | None
    as_of_position: int | None

    @property
    def not_done(self) -> list[Obligation]:
        """The obligations that are not done yet."""
        return [row for row in self.obligations if row.state != "done"]

    @property
    def counts(self) -> StateCounts:
        """How many obligations there are in each state."""
        states = Counter(row.state.replace("-", "_") for row in self.obligations)
        return StateCounts(**states)

    def as_json(self) -> dict[str, Json]:
        """The customer as the outside contract has it."""
        position = {} if self.as_of_position is None else {"as_of_position": self.as_of_position}
        return {
            **self.facts,
            "holds": [hold.as_json() for hold in self.holds],
            "retention": [row.as_json() for row in self.retention],
            "obligations": {"counts": self.counts.as_json(), "rows": [row.as_json() for row in self.not_done]},
            "findings": self.findings.as_json(),
            **position,
            **self.merges,
            "person": self.person,
        }


def customer(
    house: House, number: uuid.UUID, by: Caller, *, route: str, as_of: datetime | None = None
) -> dict[str, Json]:
    """The same as `opened`, as the outside contract has it."""
    return opened(house, number, by, route=route, as_of=as_of).as_json()


def opened(house: House, number: uuid.UUID, by: Caller, *, route: str, as_of: datetime | None = None) -> CustomerView:
    """The current view of one customer, or the view as it stood at a moment by what had been recorded then.

    `person` holds the names as last said; it is absent when they were destroyed. What was found and what is owed is
    shown to a contractor as in the lists: their own and their sub-contractors'. Raises UnknownCustomer.
    """
    with house.current_views() as connection:
        known = customers.for_customer(connection, number)
        own = None if may_read(by, ()) else shares.with_those_under(connection, by.organisation)
    if known is None:
        raise UnknownCustomer
    record_reading(house, number, by, purpose="customer view", route=route)
    at = as_of or house.ledger.now()
    with house.views_as_of(as_of, only=number) as (connection, position):
        facts = customers.for_customer(connection, number)
        if facts is None:
            raise UnknownCustomer("No customer with this id was known to the ledger at that time.")
        shared = shares.summary(shares.for_customer(connection, number))
        holds = [hold for hold in retention.holds(connection, number) if hold.lifted_at is None]
        kept = retention.for_customer(connection, number)
        duties = obligations.for_customer(connection, number, at=at, owners=own)
        found = findings.for_customer(connection, number, organisation=own[0] if own else None)
    return CustomerView(
        facts={**facts, **shared},
        holds=holds,
        retention=kept,
        obligations=duties,
        findings=found,
        merges=_merges(house, facts, by),
        person=person(house, number, as_of=as_of),
        as_of_position=position,
    )


def _merges(house: House, answer: Mapping[str, Any], by: Caller) -> dict[str, Json]:
    """The merges, without the other record's id for a contractor who never served that one (LEDG-18)."""

    def shown(merge: dict[str, Json]) -> dict[str, Json]:
        other = str(merge["customer_id"])
        return {**merge, "customer_id": other if serves(house.ledger.recorder, uuid.UUID(other), by) else None}

    into = answer["merged_into"]
    return {"merged_into": into and shown(into), "merged_from": [shown(one) for one in answer["merged_from"]]}


def person(
    house: House,
    number: uuid.UUID,
    *,
    as_of: datetime | None = None,
    opened: Mapping[int, Mapping[str, Any]] | None = None,
) -> dict[str, Json] | None:
    """Names and ways to reach the person as last said; call only after the reading was recorded.

    `opened` are the payloads when they were opened before, perhaps without what is left out.
    """
    said: dict[str, Json] = {}
    written: dict[str, datetime] = {}
    opened = house.ledger.unsealed(number, classes=IDENTITY_CLASSES) if opened is None else opened
    for entry in house.ledger.history(number):
        if entry.class_ not in IDENTITY_CLASSES:
            continue
        values = opened.get(entry.position, {}).get("values")
        if not isinstance(values, dict) or (as_of is not None and entry.recorded_at > as_of):
            continue
        event = event_of(entry)
        at = data_copy.written_at(entry, event)
        for name in (*values, *getattr(event, "cleared", ())):
            if name not in written or at >= written[name]:
                written[name], said[name] = at, values.get(name)
    return {name: value for name, value in said.items() if data_copy.told(value)} or None


def history(house: House, number: uuid.UUID, by: Caller, *, route: str) -> list[dict[str, Json]]:
    """Every event of one customer in order, each with its label, its facts and, unless destroyed, its sealed fields."""
    house.ledger.history(number)
    record_reading(house, number, by, purpose="history", route=route)
    opened = house.ledger.unsealed(number)
    return [
        {
            "position": entry.position,
            "version": entry.version,
            "type": entry.type,
            "label": EVENTS[entry.type].LABEL,
            "occurred_at": _text(entry.occurred_at),
            "recorded_at": _text(entry.recorded_at),
            "actor": entry.actor,
            "class": entry.class_,
            "part": entry.part,
            "facts": {
                name: value
                for name in EVENTS[entry.type].FACTS
                if (value := getattr(event_of(entry), name)) not in (None, ())
            },
            "sealed": dict(opened.get(entry.position, {})) or None,
            "destroyed": entry.commitment is not None and entry.position not in opened,
            "labels": dict(labels(EVENTS[entry.type])),
        }
        for entry in house.ledger.history(number)
    ]


def search(house: House, by: Caller, asked: dict[str, Any], *, route: str) -> list[dict[str, Json]]:
    """The customers who match everything asked: family name with date of birth, email, telephone, Universal Credit
    identifier, unique learner number, or postcode with date of birth. Each hit is a recorded reading.

    Records that are merged are one hit, shown as the record that goes on, unless the caller may not read that one;
    `matched` names the records that were found.
    """
    identity = _identity(asked)
    tokens = house.ledger.vault.tokens(identity)
    if not tokens:
        raise Malformed(
            "Search by family_name and date_of_birth, postcode and date_of_birth, email, telephone, universal_credit_id"
            " or unique_learner_number."
        )
    matched: dict[uuid.UUID, list[Json]] = {}
    for number in house.ledger.find(tokens):
        if _read(house, number, by, purpose="search", route=route):
            with house.current_views() as connection:
                goes_on = customers.same_person(connection, number)[0]
            matched.setdefault(goes_on, []).append(str(number))
    found: list[dict[str, Json]] = []
    for goes_on, numbers in matched.items():
        read = str(goes_on) in numbers or _read(house, goes_on, by, purpose="search", route=route)
        shown = [goes_on] if read else [uuid.UUID(str(number)) for number in numbers]
        found += [{"customer_id": str(one), "person": person(house, one), "matched": [*numbers]} for one in shown]
    return found


def other_records(
    house: House, number: uuid.UUID, by: Caller, *, purpose: str, route: str
) -> tuple[list[uuid.UUID], int]:
    """The other records of the same person, the reading of each recorded, and how many the caller may not read."""
    with house.current_views() as connection:
        others = [one for one in customers.same_person(connection, number) if one != number]
    read = [one for one in others if _read(house, one, by, purpose=purpose, route=route)]
    return read, len(others) - len(read)


def _read(house: House, number: uuid.UUID, by: Caller, *, purpose: str, route: str) -> bool:
    """Record a reading; False when the caller may not read this record."""
    try:
        record_reading(house, number, by, purpose=purpose, route=route)
    except NotAllowed:
        return False
    return True


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
    said = {name: value for name, value in asked.items() if value}
    return Identity(
        family_name=said.get("family_name"),
        date_of_birth=said.get("date_of_birth"),
        postcode=said.get("postcode"),
        emails=[said["email"]] if "email" in said else [],
        telephones=[said["telephone"]] if "telephone" in said else [],
        universal_credit_id=said.get("universal_credit_id"),
        unique_learner_number=said.get("unique_learner_number"),
    )


def record_reading(house: House, number: uuid.UUID, by: Caller, *, purpose: str, route: str) -> None:
    """Record that somebody reads personal data; when this fails, nothing is opened. Raises NotAllowed."""
    refuse_strangers(house.ledger.recorder, number, by)
    house.ledger.record_read(number, by, purpose=purpose, route=route, command_id=uuid.uuid4())


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
