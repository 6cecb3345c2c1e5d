"""Findings: what the rules say to a command that is reported. Pure.

A report is recorded whatever the rules say, and their findings are recorded with it. The caller cannot change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from ledger import events
from ledger.clocks import london_day
from ledger.commands.reader import Command
from ledger.events import Event
from ledger.judging.case import Case, Person, Snapshot, assessments, overridden
from ledger.judging.overdue import done_late, found_late
from ledger.rules.facts import Confirmation, Facts, Receipt, Record, Referral, Share
from ledger.rules.rule import Broken, applying, broken_by
from ledger.state.customer_at import CustomerAt, customer_at
from ledger.state.history import DatedEvent
from ledger.state.registers import InForce

STATEMENTS = (events.Consent, events.ProcessingRestricted, events.ObjectionRaised, events.ServiceEnded)
"""What people say counts from when they said it, however late it is recorded (CONSENT-08), and so does a death."""
TOLD_AS: Mapping[str, str] = {"DATA-06": "LB-09"}
"""A finding of the first would tell in clear, and for ever, which priority group somebody is in."""


def with_findings(snapshot: Snapshot, case: Case, at: datetime) -> tuple[Event, ...]:
    """The events as they are to be recorded, and after them the findings about them."""
    made: list[Event] = []
    about: list[_About] = []
    for event in case.made:
        facts = facts_of(snapshot, case, event)
        judged = event
        if facts is not None:
            asked = applying(facts, facts.registers.day, snapshot.rules)
            if isinstance(event, events.DataShared | events.DataReceived):
                judged = event.but(judged_by=asked.rule_sets)
            about += [(judged, _subject(case, event), broken) for broken in broken_by(facts, asked.rules)]
        elif isinstance(event, events.FindingRaised):
            return found_late(snapshot, case, event, at)
        made.append(judged)
    if statements := statements_in(case):
        about += _late(snapshot, case, replace(case, history=[*case.history, *statements]))
    raised = _raised(snapshot, case, about)
    grave = [finding for finding in raised if finding.severity == "S1"]
    return (*made, *raised, *assessments(case, grave, at, snapshot), *done_late(snapshot, case))


def facts_of(snapshot: Snapshot, case: Case, made: Event) -> Facts | None:
    """What the rules are asked about one event of a case; None for an event no rule judges."""
    if not isinstance(made, _JUDGED) or getattr(made, "with_data", None) is False:
        return None
    at = case.command.occurred_at
    day = london_day(at)
    customer = customer_at(case.history, at, others=case.others)
    on = snapshot.registers.on(day)
    match made:
        case events.DataShared():
            people = [snapshot.people.get(part.stream, Person()) for part in case.command.parts]
            own = snapshot.people.get(case.stream, Person())
            return Share(
                event=made, at=at, people=len(people), name=own.name,
                names=tuple(person.name for person in people if person.name is not None),
                age_years=None if own.born is None else _age_years(own.born, day), customer=customer, registers=on,
            )  # fmt: skip
        case events.DataReceived():
            return Receipt(event=made, at=at, customer=customer, registers=on)
        case events.RecordKept() | events.RecordCorrected():
            return Record(event=made, at=at, customer=customer, registers=on)
        case events.CustomerReferred():
            return Referral(event=made, at=at, customer=customer, registers=on)
        case events.ReceiptConfirmed():
            return Confirmation(event=made, at=at, customer=customer, registers=on)


def needs_people(command: Command) -> bool:
    """Whether judging a command asks who the people in it are."""
    return command.kind.makes is events.DataShared


_JUDGED = (
    events.DataShared, events.DataReceived, events.RecordKept, events.RecordCorrected, events.CustomerReferred,
    events.ReceiptConfirmed,
)  # fmt: skip
_AGAIN = (events.DataShared, events.RecordKept, events.RecordCorrected, events.CustomerReferred)
_Again = events.DataShared | events.RecordKept | events.RecordCorrected | events.CustomerReferred
_About = tuple[Event, str, Broken]
"""What is judged, its number, and the rule it breaks."""


def statements_in(case: Case) -> list[DatedEvent]:
    """The events of a case, with the time they happened, if one is a statement of the person; else nothing."""
    if not any(isinstance(event, STATEMENTS) for event in case.made):
        return []
    return [(case.command.occurred_at, event) for event in case.made]


def found_of_another_record(
    snapshot: Snapshot, case: Case, statements: list[DatedEvent], at: datetime
) -> tuple[Event, ...]:
    """The findings about a record of a person by their statements in another one: they count for all (LEDG-18)."""
    raised = _raised(snapshot, case, _late(snapshot, case, replace(case, others=(*case.others, statements))))
    return (*raised, *assessments(case, [finding for finding in raised if finding.severity == "S1"], at, snapshot))


def _late(snapshot: Snapshot, before: Case, after: Case) -> Iterator[_About]:
    """What was shared or kept before somebody's words were recorded, and breaks a rule only because of them.

    Every rule is asked twice, without the words and with them, so that none has to be listed here.
    """
    since = before.command.occurred_at
    for happened, event in before.history:
        if happened < since or not isinstance(event, _AGAIN) or getattr(event, "with_data", None) is False:
            continue
        on = snapshot.registers.on(london_day(happened))
        then, now = (_known(event, happened, customer_at(case.history, happened, others=case.others), on)
                     for case in (before, after))  # fmt: skip
        asked = applying(now, on.day, snapshot.rules).rules
        known = {broken.rule.id for broken in broken_by(then, asked)}
        for broken in broken_by(now, asked):
            if broken.rule.id not in known:
                yield event, _subject(before, event), broken


def _known(event: _Again, at: datetime, customer: CustomerAt, on: InForce) -> Share | Record | Referral:
    match event:
        case events.DataShared():
            return Share(event=event, at=at, customer=customer, registers=on)
        case events.CustomerReferred():
            return Referral(event=event, at=at, customer=customer, registers=on)
        case _:
            return Record(event=event, at=at, customer=customer, registers=on)


def _raised(snapshot: Snapshot, case: Case, about: Iterable[_About]) -> tuple[events.FindingRaised, ...]:
    about = [(judged, subject, broken) for judged, subject, broken in about if broken.severity is not None]
    if not about:
        return ()
    raised: dict[tuple[str, str], events.FindingRaised] = {}
    rules = {rule.id: rule for rule in snapshot.rules}
    day = london_day(case.command.occurred_at)
    for judged, subject, broken in about:
        assert broken.severity is not None
        rule = rules.get(TOLD_AS.get(broken.rule.id, ""), broken.rule)
        who = next((code for name in _WHOSE if (code := getattr(judged, name, None))), None)
        raised.setdefault((subject, rule.id), events.FindingRaised(
            finding_id=case.number(subject, rule.id), rule=rule.id,
            rule_set=rule.source.rule_set, severity=broken.severity, subject_type=judged.NAME, subject_id=subject,
            fields=broken.fields if rule is broken.rule else ("lawful_basis", "special_condition"),
            organisation=who, prime=snapshot.registers.on(day).prime_of(who),
            overridden=True if broken.answer == "warn" and overridden(judged) else None,
        ))  # fmt: skip
    return tuple(raised.values())


_WHOSE = ("sent_by", "received_by", "referred_by", "organisation")


def _subject(case: Case, made: Event) -> str:
    for name in ("share_id", "receipt_id", "referral_id", "record_id"):
        if number := getattr(made, name, None):
            return str(number)
    return str(case.command.id)


def _age_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
