"""Begins to serve a person who stands in front of an adviser: identity shown, matched and recorded.

The answer is the person's id, or NoMatch: the same for nobody, for several people, for a destroyed record, for a person
at risk and for another controller's. Both outcomes are recorded in one transaction with the check they were decided
by, so that no two requests at once escape the count of misses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from ledger.authority import rulings
from ledger.authority.identity import (
    MATCHED,
    MISSES_COUNT_FOR,
    NOT_MATCHED,
    IdentityShown,
    Miss,
    checks_stream,
    given_name_matches,
    refuse_after_too_many,
    refuse_unless_adviser,
)
from ledger.authority.serving import serves, who_serves
from ledger.caller import Caller
from ledger.errors import ConcurrentChange, NoMatch
from ledger.events import IdentityChecked, IdentityShownAtRisk, ServingBegan
from ledger.log.codec import Entry
from ledger.planning import Plan
from ledger.recording import ATTEMPTS, Ledger
from ledger.retention.classes import closed
from ledger.state.customer import Customer
from ledger.state.registers import InForce
from ledger.state.replay import event_of, others_of, state_of
from ledger.store.append_call import VersionRead
from ledger.vault.search_tokens import IDENTITY_CLASSES

MOST_RECORDS_OF_A_PERSON = 8
"""In more records of one person than these the given name is not looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The person whom the caller's organisation serves now, and whether that began with this answer."""

    customer_id: UUID
    began: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Candidate:
    """The one person who matches: the record that goes on, its entries, and the state of all their records."""

    customer_id: UUID
    history: list[Entry]
    others: Sequence[Sequence[Entry]]
    state: Customer

    def read(self) -> list[VersionRead]:
        """The versions of the person's other records, by which it is decided too."""
        return [VersionRead(entries[0].stream, entries[-1].version) for entries in self.others if entries]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Decided:
    served: Served | None
    plans: Sequence[Plan]
    read: Sequence[VersionRead] = ()


def begin_serving(ledger: Ledger, shown: IdentityShown, by: Caller, *, route: str) -> Served:
    """Begin to serve the one person of the caller's programme who matches everything shown.

    Somebody the caller's organisation serves already is answered with their id. Raises NotAllowed,
    UnregisteredOrganisation, TooManyMisses, NoMatch, ConcurrentChange and Fault.
    """
    for _ in range(ATTEMPTS):
        decided = _decided(ledger, shown, by, route)
        try:
            ledger.append(decided.plans, by, read=decided.read)
        except ConcurrentChange:
            continue
        if decided.served is None:
            raise NoMatch
        return decided.served
    raise ConcurrentChange


def _decided(ledger: Ledger, shown: IdentityShown, by: Caller, route: str) -> _Decided:
    """What becomes of it: the events to append, decided by what is recorded at this moment. Raises TooManyMisses."""
    on = ledger.registers()
    refuse_unless_adviser(by, on)
    at, checks = ledger.now(), _checks(ledger, by)
    refuse_after_too_many(_misses(checks.recent), ledger.vault.pseudonym(by.subject), at)

    def checked(outcome: str) -> Plan:
        made = IdentityChecked(
            organisation=by.organisation, role=by.role, route=route, outcome=outcome, asked_by=by.subject
        )
        return checks.stream, checks.today, (made,)

    person = _found(ledger, shown, by, on)
    if person is None:
        return _Decided(served=None, plans=[checked(NOT_MATCHED)])
    if serves(by.organisation, on, person.history):
        return _Decided(served=Served(customer_id=person.customer_id, began=False), plans=[checked(MATCHED)])
    if person.state.at_risk():
        # Nothing is sealed in it: reading the person's keys would be a statement more than any other miss takes.
        tried = IdentityShownAtRisk(organisation=by.organisation, identifiers=tuple(sorted(shown.identifiers)))
        tries: Plan = (person.customer_id, person.history, (tried,))
        return _Decided(served=None, plans=[checked(NOT_MATCHED), tries], read=person.read())
    return _Decided(
        served=Served(customer_id=person.customer_id, began=True),
        plans=[checked(MATCHED), _begun(person, shown, by, on)],
        read=person.read(),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Checks:
    """The checks of an organisation: today's stream with its entries, and those that may count still."""

    stream: UUID
    today: list[Entry]
    recent: Sequence[Entry]


def _checks(ledger: Ledger, by: Caller) -> _Checks:
    at = ledger.now()
    stream = checks_stream(by.organisation, at.date())
    today, since = ledger.recorder.history(stream), (at - MISSES_COUNT_FOR).date()
    earlier = [] if since == at.date() else ledger.recorder.history(checks_stream(by.organisation, since))
    return _Checks(stream=stream, today=today, recent=[*earlier, *today])


def _begun(person: _Candidate, shown: IdentityShown, by: Caller, on: InForce) -> Plan:
    """That serving began, and who served before: the view of claims shows it to those."""
    began = ServingBegan(
        organisation=by.organisation,
        because="identity-shown",
        served_before=tuple(who_serves(on, person.history)),
        identifiers=tuple(sorted(shown.identifiers)),
        reason=None if closed(person.state, ServingBegan.HOLDS) else shown.reason,
    )
    return person.customer_id, person.history, (began,)


def _misses(checks: Iterable[Entry]) -> Iterator[Miss]:
    for entry in checks:
        event = event_of(entry)
        if isinstance(event, IdentityChecked) and event.outcome != MATCHED:
            yield Miss(at=entry.recorded_at, subject=entry.actor.rpartition("/")[2])


def _found(ledger: Ledger, shown: IdentityShown, by: Caller, on: InForce) -> _Candidate | None:
    """The one person of the caller's programme who matches; None for nobody and for several.

    The database answers with a person or with nothing, never with a list. What no search token holds, the given name,
    is compared here. Where nobody matches, an empty stream is read and opened instead, so that both answers take the
    same statements.
    """
    tokens = ledger.vault.tokens(shown.described())
    customer_id = ledger.readers.match(ledger.reading_of(by), tokens) or uuid4()
    history, values = ledger.recorder.history(customer_id), _values(ledger, customer_id)
    others = others_of(history, ledger.recorder.history)
    for other in others[:MOST_RECORDS_OF_A_PERSON]:
        values += _values(ledger, other[0].stream)
    if not history or not given_name_matches(shown, values):
        return None
    if rulings.programme_of_person(history, on) != on.programme_of(by.organisation):
        return None
    state = replace(state_of(history), others=tuple(map(state_of, others)))
    return _Candidate(customer_id=customer_id, history=history, others=others, state=state)


def _values(ledger: Ledger, record: UUID) -> list[Mapping[str, Any]]:
    """Who somebody is, opened to be compared; nobody is shown it."""
    payloads = ledger.unsealed(record, classes=IDENTITY_CLASSES).values()
    return [payload["values"] for payload in payloads if isinstance(payload.get("values"), dict)]
