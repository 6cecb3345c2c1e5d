"""Which streams a command writes to, and what: their histories are read, and what to append is decided and judged.

It appends nothing; who records a command and who only proposes it plan alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger import merges
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.commands.reader import Command, Part, organisation_stream
from ledger.decisions import decide
from ledger.duties.past_recipients import disclosures_in, found_elsewhere, matters_in
from ledger.events import DataShared, Event, RetentionPeriodSet
from ledger.judging import findings
from ledger.judging.case import Case, Hearing, found_grave
from ledger.log.codec import Entry
from ledger.requests import steps, withholding
from ledger.retention.due_dates import responsible
from ledger.state.customer import Customer, customer_after
from ledger.state.history import DatedEvent
from ledger.state.replay import dated_events, event_of, is_request, kept_events, others_of, request_of, state_of

Plan = tuple[UUID, list[Entry], tuple[Event, ...]]
"""A stream, its history, and the events to append to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planning:
    """Plans commands over the histories as they are now."""

    read: Callable[[UUID], list[Entry]]
    """The entries of a stream."""
    calendar: Callable[[], Calendar]
    opened: Callable[[UUID], Mapping[int, Mapping[str, Any]]]
    """What is sealed of a stream by position; asked only where a share is judged again, or a decision to leave
    something out names a field that no catalogue and no fact knows. It is opened to be compared and goes to nobody."""

    def plans(
        self, command: Command, part: Part, by: Caller, at: datetime, hearing: Hearing | None = None
    ) -> Iterator[Plan]:
        """What one part of a command appends, with its findings when it is heard. Raises subclasses of Refused."""
        history = self.read(part.stream)
        if command.kind.about == "request" or is_request(history):
            yield from self._of_request(command, part, by, at, history, hearing=hearing)
            return
        records = others_of(history, self.read)
        told, others = dated_events(history), tuple(map(dated_events, records))
        customer = replace(customer_after(told), others=_states(others))
        made = decide(customer, command, part, by, at)
        made = (*made, *_received_elsewhere(customer, records, command, made))
        case = Case(command=command, stream=part.stream, made=made, history=told, others=others)
        case = replace(case, made=(*made, *found_grave(case, at, hearing)))
        if hearing is not None and command.kind.name == "find-late":
            case, hearing = replace(case, kept=kept_events(history)), self._with_periods(hearing, told)
        if command.kind.name in merges.MERGING:
            yield from self._with_counterpart(customer, case, part, history, at)
        elif hearing is not None:
            yield from self._judged(hearing, case, history, at)
        else:
            yield part.stream, history, case.made
        yield from _received_here(part.stream, records, command, made)

    def _judged(self, hearing: Hearing, case: Case, history: list[Entry], at: datetime) -> Iterator[Plan]:
        """What happens with its findings, and those it leaves with the person's other records."""
        said = findings.said_in(case)
        if not said:
            yield case.stream, history, findings.with_findings(hearing, case, at)
            return
        case = replace(case, history=self._in_full(history, case.command))
        yield case.stream, history, findings.with_findings(hearing, case, at)
        for there in others_of(history, self.read):
            told, others = self._in_full(there, case.command), self.others(there)
            other = replace(case, stream=there[0].stream, history=told, others=others)
            if found := findings.found_of_another_record(hearing, other, said, at):
                yield other.stream, [*there], found

    def _in_full(self, history: Sequence[Entry], command: Command) -> list[DatedEvent]:
        """The history with all that was said of the shares made since, so that they can be judged again.

        It is opened to be compared and goes to nobody.
        """
        told = dated_events(history)
        since = [number for number, (at, event) in enumerate(told)
                 if isinstance(event, DataShared) and at >= command.occurred_at]  # fmt: skip
        sealed = self.opened(history[0].stream) if since else {}
        for number in since:
            told[number] = (told[number][0], event_of(history[number], sealed.get(history[number].position)))
        return told

    def cases(self, command: Command, by: Caller, at: datetime) -> Iterator[Case]:
        """Every stream of a command as a case of its own, unjudged. Raises subclasses of Refused."""
        for part in command.parts:
            for stream, history, made in self.plans(command, part, by, at):
                others = self.others(history)
                yield Case(command=command, stream=stream, made=made, history=dated_events(history), others=others)

    def others(self, history: Sequence[Entry]) -> tuple[list[DatedEvent], ...]:
        """What happened to the person's other records."""
        return tuple(dated_events(one) for one in others_of(history, self.read))

    def _with_periods(self, hearing: Hearing, told: Sequence[DatedEvent]) -> Hearing:
        """Which local periods the organisation responsible has set is asked only where something was not done."""
        who = responsible(event for _, event in told)
        entered = map(event_of, self.read(organisation_stream(who))) if who else ()
        periods = (event for event in entered if isinstance(event, RetentionPeriodSet))
        return replace(hearing, registers=hearing.registers.followed_by(periods))

    def _of_request(
        self, command: Command, part: Part, by: Caller, at: datetime, history: list[Entry], *, hearing: Hearing | None
    ) -> Iterator[Plan]:
        request = request_of(history)
        person = request.customer or (UUID(part.said["customer_id"]) if part.said.get("customer_id") else None)
        of_person = self.read(person) if person else []
        customer = Customer() if is_request(of_person) else state_of(of_person)
        records = others_of(of_person, self.read)
        others = tuple(map(dated_events, records))
        customer = replace(customer, others=_states(others))
        decided = steps.decide(request, customer, command, part, by=by, at=at, calendar=self.calendar())
        if of_person and not is_request(of_person) and command.kind.name in withholding.COMMANDS:
            self._refuse_unless_held(part, of_person)
        case = Case(command=command, stream=part.stream, made=decided.on_request, history=dated_events(history))
        # What was exposed is the person's; of a request about nobody known it is assessed where it was found.
        told = dated_events(of_person)
        opened = tuple(found_grave(case, at, hearing, of_person=told))
        case = replace(case, made=case.made if customer.registered else (*case.made, *opened))
        if hearing is not None and command.kind.about == "customer":
            case = replace(case, made=findings.with_findings(hearing, case, at))
        yield part.stream, history, case.made
        found = _received_elsewhere(customer, records, command, decided.on_customer)
        decided = replace(decided, on_customer=(*decided.on_customer, *found))
        on_customer = (*decided.on_customer, *opened) if customer.registered else decided.on_customer
        if person is None or not on_customer:
            return
        beside = Case(command=command, stream=person, made=on_customer, history=told, others=others)
        if hearing is not None:
            yield from self._judged(hearing, beside, of_person, at)
        else:
            yield person, of_person, on_customer

    def _refuse_unless_held(self, part: Part, of_person: list[Entry]) -> None:
        """A decision to leave something out is about what some record of the person holds (SAR-11)."""
        records = [of_person, *others_of(of_person, self.read)]
        entries = [entry for record in records for entry in record]
        numbers = {one for entry in entries
                   for one in withholding.numbers_of(event_of(entry), entry.position, entry.id)}  # fmt: skip
        withholding.refuse_unless_held(part.said, numbers, self._fields(records))

    def _fields(self, records: Sequence[Sequence[Entry]]) -> Iterator[str]:
        """The names of all that is held in these records: those in the facts, then those that are sealed."""
        for record in records:
            for entry in record:
                yield from withholding.fields_set_by(event_of(entry))
        for record in records:
            for payload in self.opened(record[0].stream).values():
                yield from withholding.names_in(payload)

    def _with_counterpart(
        self, customer: Customer, case: Case, part: Part, history: list[Entry], at: datetime
    ) -> Iterator[Plan]:
        """A merge and its undoing are recorded with both records, so that neither can change unseen meanwhile."""
        other = merges.counterpart(customer, part)
        of_other = self.read(other)
        there = merges.on_counterpart(customer, state_of(of_other), part, case.made[0])
        yield part.stream, history, (*case.made, *merges.exposing(case, at))
        beside = Case(command=case.command, stream=other, made=(there,), history=dated_events(of_other))
        yield other, of_other, (there, *merges.exposing(beside, at))


def _received_elsewhere(
    customer: Customer, records: Iterable[Sequence[Entry]], command: Command, made: Iterable[Event]
) -> Iterator[Event]:
    """Who had received from the person's other records what these events correct, erase or restrict (LAW-A19)."""
    at = command.occurred_at
    new = [(at, event) for event in made if any(matters_in(at, event))]
    for there in filter(None, records if new else ()):
        merge = merges.joined_by(customer, there[0].stream)
        yield from found_elsewhere(new, dated_events(there), merge, recorded_first=True)


def _received_here(
    stream: UUID, records: Iterable[Sequence[Entry]], command: Command, made: Iterable[Event]
) -> Iterator[Plan]:
    """What was decided of the person's other records, and a recipient of this one is recorded only now (LAW-A19)."""
    at = command.occurred_at
    new = [(at, event) for event in made if any(disclosures_in(at, event))]
    for there in filter(None, records if new else ()):
        told = dated_events(there)
        found = tuple(found_elsewhere(told, new, merges.joined_by(customer_after(told), stream), recorded_first=False))
        if found and there[0].stream not in {part.stream for part in command.parts}:
            yield there[0].stream, [*there], found


def _states(others: Iterable[Sequence[DatedEvent]]) -> tuple[Customer, ...]:
    return tuple(map(customer_after, others))
