"""Findings: the rules that a reported command breaks. Pure.

A report is recorded whatever the rules say, and the findings with it. The caller cannot change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from ledger import events
from ledger.clocks import london_day
from ledger.commands.reader import Command
from ledger.events import Event
from ledger.judging.case import Case, Context, Person, assessments, overridden
from ledger.judging.overdue import completed_late, reported_overdue
from ledger.rules.facts import Confirmation, Facts, Receipt, Record, Referral, Share
from ledger.rules.rule import Broken, applying, broken_by
from ledger.state.customer_at import CustomerAt, customer_at
from ledger.state.history import DatedEvent
from ledger.state.registers import InForce

STATEMENTS = (events.Consent, events.ProcessingRestricted, events.ObjectionRaised, events.ServiceEnded)
"""Statements of the person, and a death, count from when they happened, however late recorded (CONSENT-08)."""
REPORTED_AS: Mapping[str, str] = {"DATA-06": "LB-09"}
"""Findings are stored in clear, and one under DATA-06 would tell which priority group somebody is in."""


def with_findings(context: Context, case: Case, at: datetime) -> tuple[Event, ...]:
    """The events to record, followed by the findings about them. Raises what `reported_overdue` raises."""
    made: list[Event] = []
    verdicts: list[_Verdict] = []
    for event in case.made:
        facts = facts_of(context, case, event)
        judged = event
        if facts is not None:
            applied = applying(facts, facts.registers.day, context.rules)
            if isinstance(event, events.DataShared | events.DataReceived):
                judged = event.but(judged_by=applied.rule_sets)
            verdicts += [(judged, _subject(case, event), broken) for broken in broken_by(facts, applied.rules)]
        elif isinstance(event, events.FindingRaised):
            return reported_overdue(context, case, event, at)
        made.append(judged)
    if statements := statements_in(case):
        verdicts += _broken_by_statements(context, case, replace(case, history=[*case.history, *statements]))
    raised = _findings(context, case, verdicts)
    grave = [finding for finding in raised if finding.severity == "S1"]
    return (*made, *raised, *assessments(case, grave, at, context), *completed_late(context, case))


def facts_of(context: Context, case: Case, made: Event) -> Facts | None:
    """The facts of one event of a case, for the rules to judge; None for an event that no rule judges."""
    if not isinstance(made, _JUDGED) or getattr(made, "with_data", None) is False:
        return None
    at = case.command.occurred_at
    day = london_day(at)
    customer = customer_at(case.history, at, others=case.others)
    on = context.registers.on(day)
    match made:
        case events.DataShared():
            people = [context.people.get(part.stream, Person()) for part in case.command.parts]
            own = context.people.get(case.stream, Person())
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
    """Whether judging a command needs the names and birth dates of the people in it."""
    return command.kind.makes is events.DataShared


_JUDGED = (
    events.DataShared, events.DataReceived, events.RecordKept, events.RecordCorrected, events.CustomerReferred,
    events.ReceiptConfirmed,
)  # fmt: skip
_JUDGED_AGAIN = (events.DataShared, events.RecordKept, events.RecordCorrected, events.CustomerReferred)
_JudgedAgain = events.DataShared | events.RecordKept | events.RecordCorrected | events.CustomerReferred
_Verdict = tuple[Event, str, Broken]
"""An event, the id of its subject, and a rule it breaks."""


def statements_in(case: Case) -> list[DatedEvent]:
    """The events of a case with their time, if one of them is a statement of the person; else an empty list."""
    if not any(isinstance(event, STATEMENTS) for event in case.made):
        return []
    return [(case.command.occurred_at, event) for event in case.made]


def findings_in_another_record(
    context: Context, case: Case, statements: list[DatedEvent], at: datetime
) -> tuple[Event, ...]:
    """Findings about one record of a person from a statement recorded in another: it counts for all (LEDG-18)."""
    raised = _findings(
        context, case, _broken_by_statements(context, case, replace(case, others=(*case.others, statements)))
    )
    return (*raised, *assessments(case, [finding for finding in raised if finding.severity == "S1"], at, context))


def _broken_by_statements(context: Context, before: Case, after: Case) -> Iterator[_Verdict]:
    """What was shared or recorded between a statement and its recording, and breaks a rule only because of it.

    Every rule judges twice, without the statement and with it.
    """
    since = before.command.occurred_at
    for happened, event in before.history:
        if happened < since or not isinstance(event, _JUDGED_AGAIN) or getattr(event, "with_data", None) is False:
            continue
        on = context.registers.on(london_day(happened))
        then, now = (_facts_again(event, happened, customer_at(case.history, happened, others=case.others), on)
                     for case in (before, after))  # fmt: skip
        asked = applying(now, on.day, context.rules).rules
        known = {broken.rule.id for broken in broken_by(then, asked)}
        for broken in broken_by(now, asked):
            if broken.rule.id not in known:
                yield event, _subject(before, event), broken


def _facts_again(event: _JudgedAgain, at: datetime, customer: CustomerAt, on: InForce) -> Share | Record | Referral:
    match event:
        case events.DataShared():
            return Share(event=event, at=at, customer=customer, registers=on)
        case events.CustomerReferred():
            return Referral(event=event, at=at, customer=customer, registers=on)
        case _:
            return Record(event=event, at=at, customer=customer, registers=on)


def _findings(context: Context, case: Case, verdicts: Iterable[_Verdict]) -> tuple[events.FindingRaised, ...]:
    verdicts = [verdict for verdict in verdicts if verdict[2].severity is not None]
    if not verdicts:
        return ()
    raised: dict[tuple[str, str], events.FindingRaised] = {}
    rules = {rule.id: rule for rule in context.rules}
    day = london_day(case.command.occurred_at)
    for judged, subject, broken in verdicts:
        assert broken.severity is not None
        rule = rules.get(REPORTED_AS.get(broken.rule.id, ""), broken.rule)
        who = next((code for name in _WHOSE if (code := getattr(judged, name, None))), None)
        raised.setdefault((subject, rule.id), events.FindingRaised(
            finding_id=case.finding_id(subject, rule.id), rule=rule.id,
            rule_set=rule.source.rule_set, severity=broken.severity, subject_type=judged.NAME, subject_id=subject,
            fields=broken.fields if rule is broken.rule else ("lawful_basis", "special_condition"),
            organisation=who, prime=context.registers.on(day).prime_of(who),
            overridden=True if broken.answer == "warn" and overridden(judged) else None,
        ))  # fmt: skip
    return tuple(raised.values())


_WHOSE = ("sent_by", "received_by", "referred_by", "organisation")


def _subject(case: Case, made: Event) -> str:
    for name in ("share_id", "receipt_id", "referral_id", "record_id"):
        if subject_id := getattr(made, name, None):
            return str(subject_id)
    return str(case.command.id)


def _age_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
