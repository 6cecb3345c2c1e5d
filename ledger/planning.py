"""Plans a command: reads the histories, decides and judges, and returns the events to append to each stream.

It appends nothing. Recording a command and proposing one use the same plan.
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
from ledger.commands.declaration import CustomerCommand, RequestStep
from ledger.commands.reader import Command, Part, organisation_stream
from ledger.decisions import decide
from ledger.duties.past_recipients import disclosures_in, found_elsewhere, matters_in
from ledger.events import DataShared, Event, RetentionPeriodSet
from ledger.judging import findings
from ledger.judging.case import Case, Context, assessments_of_grave_findings
from ledger.log.codec import Entry
from ledger.requests import steps, withholding
from ledger.retention.due_dates import responsible
from ledger.retention.impossible_dates import possible
from ledger.state.customer import Customer, customer_after
from ledger.state.history import DatedEvent
from ledger.state.replay import dated_events, event_of, is_request, kept_events, others_of, request_of, state_of

Plan = tuple[UUID, list[Entry], tuple[Event, ...]]
"""A stream, its history, and the events to append to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planning:
    """Plans commands over the current histories."""

    read: Callable[[UUID], list[Entry]]
    """The entries of a stream."""
    calendar: Callable[[], Calendar]
    opened: Callable[[UUID], Mapping[int, Mapping[str, Any]]]
    """The sealed fields of a stream by position. Called only to judge a share again, and to check the field that a
    decision to withhold names. They are compared and nobody is shown them."""

    def plans(
        self, command: Command, part: Part, by: Caller, at: datetime, context: Context | None = None
    ) -> Iterator[Plan]:
        """The appends of one part of a command, with findings when a context is given. Raises subclasses of Refused."""
        history = self.read(part.stream)
        if command.kind.subject == "request" or is_request(history):
            yield from self._of_request(command, part, by, at, history, context=context)
            return
        records = others_of(history, self.read)
        happened, others = dated_events(history), tuple(map(dated_events, records))
        customer = replace(customer_after(happened), others=_states(others))
        made = decide(customer, command, part, by, at)
        made = (*made, *_received_elsewhere(customer, records, command, made))
        case = Case(command=command, stream=part.stream, made=made, history=happened, others=others)
        case = replace(case, made=(*made, *assessments_of_grave_findings(case, at, context)))
        if context is not None and command.kind.name == "find-late":
            case, context = replace(case, kept=kept_events(history)), self._with_periods(context, happened)
        if isinstance(command.kind, CustomerCommand) and command.kind.merges:
            yield from self._with_counterpart(customer, case, part, history, at)
        elif context is not None:
            yield from self._judged(context, case, history, at)
        else:
            yield part.stream, history, case.made
        yield from _received_here(part.stream, records, command, made)

    def _judged(self, context: Context, case: Case, history: list[Entry], at: datetime) -> Iterator[Plan]:
        """The events of a case with its findings, and the findings about the person's other records."""
        statements = findings.statements_in(case)
        if not statements:
            yield case.stream, history, findings.with_findings(context, case, at)
            return
        case = replace(case, history=self._in_full(history, case.command))
        yield case.stream, history, findings.with_findings(context, case, at)
        for there in others_of(history, self.read):
            happened, others = self._in_full(there, case.command), self.others(there)
            other = replace(case, stream=there[0].stream, history=happened, others=others)
            if found := findings.findings_in_another_record(context, other, statements, at):
                yield other.stream, [*there], found

    def _in_full(self, history: Sequence[Entry], command: Command) -> list[DatedEvent]:
        """The history with the sealed fields of shares since the command's time, for the rules to judge them again.

        The fields are compared and nobody is shown them.
        """
        happened = dated_events(history)
        since = [place for place, (at, event) in enumerate(happened)
                 if isinstance(event, DataShared) and at >= command.occurred_at]  # fmt: skip
        sealed = self.opened(history[0].stream) if since else {}
        for place in since:
            happened[place] = (happened[place][0], event_of(history[place], sealed.get(history[place].position)))
        return happened

    def cases(self, command: Command, by: Caller, at: datetime) -> Iterator[Case]:
        """One case for each stream of a command, not judged. Raises subclasses of Refused."""
        for part in command.parts:
            for stream, history, made in self.plans(command, part, by, at):
                others = self.others(history)
                yield Case(command=command, stream=stream, made=made, history=dated_events(history), others=others)

    def others(self, history: Sequence[Entry]) -> tuple[list[DatedEvent], ...]:
        """The histories of the person's other records."""
        return tuple(map(dated_events, others_of(history, self.read)))

    def _with_periods(self, context: Context, happened: Sequence[DatedEvent]) -> Context:
        """The context with the local periods of the organisation responsible, which only `find-late` needs."""
        who = responsible(possible(happened, context.registers))
        entered = map(event_of, self.read(organisation_stream(who))) if who else ()
        periods = (event for event in entered if isinstance(event, RetentionPeriodSet))
        return replace(context, registers=context.registers.followed_by(periods))

    def _of_request(
        self, command: Command, part: Part, by: Caller, at: datetime, history: list[Entry], *, context: Context | None
    ) -> Iterator[Plan]:
        request = request_of(history)
        person = request.customer or (UUID(part.fields["customer_id"]) if part.fields.get("customer_id") else None)
        of_person = self.read(person) if person else []
        customer = Customer() if is_request(of_person) else state_of(of_person)
        records = others_of(of_person, self.read)
        others = tuple(map(dated_events, records))
        customer = replace(customer, others=_states(others))
        decided = steps.decide(request, customer, command, part, by=by, at=at, calendar=self.calendar())
        if of_person and not is_request(of_person) and isinstance(command.kind, RequestStep) and command.kind.withholds:
            self._refuse_unless_held(part, of_person)
        case = Case(command=command, stream=part.stream, made=decided.on_request, history=dated_events(history))
        # A breach is assessed on the person's stream, or on the request's when it is about nobody known.
        happened = dated_events(of_person)
        opened = tuple(assessments_of_grave_findings(case, at, context, of_person=happened))
        case = replace(case, made=case.made if customer.registered else (*case.made, *opened))
        if context is not None and command.kind.subject == "customer":
            case = replace(case, made=findings.with_findings(context, case, at))
        yield part.stream, history, case.made
        found = _received_elsewhere(customer, records, command, decided.on_customer)
        decided = replace(decided, on_customer=(*decided.on_customer, *found))
        on_customer = (*decided.on_customer, *opened) if customer.registered else decided.on_customer
        if person is None or not on_customer:
            return
        beside = Case(command=command, stream=person, made=on_customer, history=happened, others=others)
        if context is not None:
            yield from self._judged(context, beside, of_person, at)
        else:
            yield person, of_person, on_customer

    def _refuse_unless_held(self, part: Part, of_person: list[Entry]) -> None:
        """A decision to withhold must be about something that a record of the person holds (SAR-11). Raises Refused."""
        records = [of_person, *others_of(of_person, self.read)]
        entries = [entry for record in records for entry in record]
        recorded = {recorded_id for entry in entries
                    for recorded_id in withholding.numbers_of(event_of(entry), entry.position, entry.id)}  # fmt: skip
        withholding.refuse_unless_held(part.fields, recorded, self._fields(records))

    def _fields(self, records: Sequence[Sequence[Entry]]) -> Iterator[str]:
        """The names of the fields set in these records: first those of facts, then the sealed ones."""
        for record in records:
            for entry in record:
                yield from withholding.fields_set_by(event_of(entry))
        for record in records:
            for payload in self.opened(record[0].stream).values():
                yield from withholding.names_in(payload)

    def _with_counterpart(
        self, customer: Customer, case: Case, part: Part, history: list[Entry], at: datetime
    ) -> Iterator[Plan]:
        """A merge and its undoing append to both records, so that optimistic concurrency covers both."""
        other = merges.counterpart(customer, part)
        of_other = self.read(other)
        there = merges.on_counterpart(customer, state_of(of_other), part, case.made[0])
        yield part.stream, history, (*case.made, *merges.exposing(case, at))
        beside = Case(command=case.command, stream=other, made=(there,), history=dated_events(of_other))
        yield other, of_other, (there, *merges.exposing(beside, at))


def _received_elsewhere(
    customer: Customer, records: Iterable[Sequence[Entry]], command: Command, made: Iterable[Event]
) -> Iterator[Event]:
    """Recipients of the person's other records, who must hear of a correction, erasure or restriction (LAW-A19)."""
    at = command.occurred_at
    new = [(at, event) for event in made if any(matters_in(at, event))]
    for there in filter(None, records if new else ()):
        merge = merges.joined_by(customer, there[0].stream)
        yield from found_elsewhere(new, dated_events(there), merge, recorded_first=True)


def _received_here(
    stream: UUID, records: Iterable[Sequence[Entry]], command: Command, made: Iterable[Event]
) -> Iterator[Plan]:
    """Corrections, erasures and restrictions in the person's other records, for a recipient recorded now (LAW-A19)."""
    at = command.occurred_at
    new = [(at, event) for event in made if any(disclosures_in(at, event))]
    for there in filter(None, records if new else ()):
        happened = dated_events(there)
        found = tuple(
            found_elsewhere(happened, new, merges.joined_by(customer_after(happened), stream), recorded_first=False)
        )
        if found and there[0].stream not in {part.stream for part in command.parts}:
            yield there[0].stream, [*there], found


def _states(others: Iterable[Sequence[DatedEvent]]) -> tuple[Customer, ...]:
    return tuple(map(customer_after, others))
