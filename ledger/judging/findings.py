"""What the rules say to one command: findings when it is reported, an answer when it is only proposed. Pure.

A report is recorded whatever the rules say, and what they say is recorded with it; the caller has no word in it. A
proposal is answered by the strictest rule, and nothing of it is kept but, when it is refused, by which rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from ledger import events
from ledger.clocks import london_day
from ledger.commands.declaration import COMMANDS
from ledger.commands.reader import Command
from ledger.events import Event, Json
from ledger.judging.case import Case, Hearing, Person, assessments
from ledger.judging.overdue import SETTLING, done_late, found_late
from ledger.rules.rule import (
    ANSWERS,
    Answer,
    Arrival,
    Broken,
    Confirmation,
    Facts,
    Keeping,
    Referral,
    Severity,
    Share,
    applying,
    broken_by,
    judge,
)
from ledger.state.customer_at import CustomerAt, customer_at
from ledger.state.history import DatedEvent
from ledger.state.registers import InForce

SAID = (events.Consent, events.ProcessingRestricted, events.ObjectionRaised, events.ServiceEnded)
"""What people say counts from when they said it, however late it is recorded (CONSENT-08), and so does a death."""
JUDGED = frozenset({
    "share-data", "receive-data", "keep-record", "correct-record", "refer-customer", "confirm-receipt", "find-late",
    "assess-finding", *SETTLING,
    *(kind.name for kind in COMMANDS.values() if issubclass(kind.makes, SAID) or kind.about == "request"),
})  # fmt: skip
"""The commands whose findings depend on more than whether they may be carried out; a request may object or restrict."""
TOLD_AS: Mapping[str, str] = {"DATA-06": "LB-09"}
"""A finding of the first would tell in clear, and for ever, which priority group somebody is in."""


def with_findings(hearing: Hearing, case: Case, at: datetime) -> tuple[Event, ...]:
    """The events as they are to be recorded, and after them the findings about them."""
    made: list[Event] = []
    about: list[_About] = []
    for event in case.made:
        facts = facts_of(hearing, case, event)
        judged = event
        if facts is not None:
            asked = applying(facts, facts.registers.day, hearing.rules)
            if isinstance(event, events.DataShared | events.DataReceived):
                judged = event.but(judged_by=asked.rule_sets)
            about += [(judged, _subject(case, event), one) for one in broken_by(facts, asked.rules)]
        elif isinstance(event, events.FindingRaised):
            return found_late(hearing, case, event, at)
        made.append(judged)
    if said := said_in(case):
        about += _late(hearing, case, replace(case, history=[*case.history, *said]))
    raised = _raised(hearing, case, about)
    grave = [one for one in raised if one.severity == "S1"]
    return (*made, *raised, *assessments(case, grave, at, hearing), *done_late(hearing, case))


def facts_of(hearing: Hearing, case: Case, made: Event) -> Facts | None:
    """What the rules are asked about one event of a case; None for an event no rule judges."""
    if not isinstance(made, _JUDGED) or getattr(made, "with_data", None) is False:
        return None
    at = case.command.occurred_at
    day = london_day(at)
    stood = customer_at(case.history, at, others=case.others)
    on = hearing.registers.on(day)
    match made:
        case events.DataShared():
            people = [hearing.people.get(part.stream, Person()) for part in case.command.parts]
            own = hearing.people.get(case.stream, Person())
            return Share(
                told=made, at=at, people=len(people), name=own.name,
                names=tuple(person.name for person in people if person.name is not None),
                age_years=None if own.born is None else _age_years(own.born, day), standing=stood, registers=on,
            )  # fmt: skip
        case events.DataReceived():
            return Arrival(told=made, at=at, standing=stood, registers=on)
        case events.RecordKept() | events.RecordCorrected():
            return Keeping(told=made, at=at, standing=stood, registers=on)
        case events.CustomerReferred():
            return Referral(told=made, at=at, standing=stood, registers=on)
        case events.ReceiptConfirmed():
            return Confirmation(told=made, at=at, standing=stood, registers=on)


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


def said_in(case: Case) -> list[DatedEvent]:
    """What a case makes, with when it happened, if the person says something in it; else nothing."""
    if not any(isinstance(event, SAID) for event in case.made):
        return []
    return [(case.command.occurred_at, event) for event in case.made]


def found_of_another_record(hearing: Hearing, case: Case, said: list[DatedEvent], at: datetime) -> tuple[Event, ...]:
    """The findings about a record of a person for what they say of another one: it counts for them all (LEDG-18)."""
    raised = _raised(hearing, case, _late(hearing, case, replace(case, others=(*case.others, said))))
    return (*raised, *assessments(case, [one for one in raised if one.severity == "S1"], at, hearing))


def _late(hearing: Hearing, before: Case, after: Case) -> Iterator[_About]:
    """What was shared or kept before somebody's words were recorded, and breaks a rule only because of them.

    Every rule is asked twice, without the words and with them, so that none has to be listed here.
    """
    since = before.command.occurred_at
    for happened, event in before.history:
        if happened < since or not isinstance(event, _AGAIN) or getattr(event, "with_data", None) is False:
            continue
        on = hearing.registers.on(london_day(happened))
        then, now = (_known(event, happened, customer_at(one.history, happened, others=one.others), on)
                     for one in (before, after))  # fmt: skip
        asked = applying(now, on.day, hearing.rules).rules
        known = {broken.rule.id for broken in broken_by(then, asked)}
        for broken in broken_by(now, asked):
            if broken.rule.id not in known:
                yield event, _subject(before, event), broken


def _known(event: _Again, at: datetime, stood: CustomerAt, on: InForce) -> Share | Keeping | Referral:
    match event:
        case events.DataShared():
            return Share(told=event, at=at, standing=stood, registers=on)
        case events.CustomerReferred():
            return Referral(told=event, at=at, standing=stood, registers=on)
        case _:
            return Keeping(told=event, at=at, standing=stood, registers=on)


def _raised(hearing: Hearing, case: Case, about: Iterable[_About]) -> tuple[events.FindingRaised, ...]:
    about = [one for one in about if one[2].severity is not None]
    if not about:
        return ()
    raised: dict[tuple[str, str], events.FindingRaised] = {}
    rules = {rule.id: rule for rule in hearing.rules}
    day = london_day(case.command.occurred_at)
    for judged, subject, broken in about:
        assert broken.severity is not None
        rule = rules.get(TOLD_AS.get(broken.rule.id, ""), broken.rule)
        who = next((code for name in _WHOSE if (code := getattr(judged, name, None))), None)
        raised.setdefault((subject, rule.id), events.FindingRaised(
            finding_id=case.number(subject, rule.id), rule=rule.id,
            rule_set=rule.source.rule_set, severity=broken.severity, subject_type=judged.NAME, subject_id=subject,
            fields=broken.fields if rule is broken.rule else ("lawful_basis", "special_condition"),
            organisation=who, prime=hearing.registers.on(day).prime_of(who),
            overridden=True if broken.answer == "warn" and overridden(judged) else None,
        ))  # fmt: skip
    return tuple(raised.values())


OVERRIDE = ("override_reason", "overridden_by")
"""What a share says when a named person goes ahead in spite of a warning (LEDG-09)."""


def overridden(judged: Event) -> bool:
    """Whether a named person decided to go ahead in spite of a warning, and said why."""
    return all(getattr(judged, name, None) for name in OVERRIDE)


_WHOSE = ("sent_by", "received_by", "referred_by", "organisation")


def _subject(case: Case, made: Event) -> str:
    for name in ("share_id", "receipt_id", "referral_id", "record_id"):
        if number := getattr(made, name, None):
            return str(number)
    return str(case.command.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """What one rule says to a proposal."""

    rule_id: str
    answer: Answer
    severity: Severity | None
    sentence: str
    fields: tuple[str, ...]
    way_out: Mapping[str, Json]
    items: tuple[str, ...] = ()
    rule_set: str | None = None
    customers: tuple[str, ...] = ()
    overridden: bool = False
    """A warning that a named person decided to go ahead in spite of, saying why (LEDG-09)."""

    def as_json(self) -> dict[str, Json]:
        """The objection as every door gives it."""
        said: dict[str, Json] = {
            "rule_id": self.rule_id,
            "answer": self.answer,
            "severity": self.severity,
            "sentence": self.sentence,
            "rule_set": self.rule_set,
            "fields": [*self.fields],
            "items": [*self.items],
            "customers": [*self.customers],
            "overridden": self.overridden,
        }
        return {**said, "way_out": dict(self.way_out)} if self.way_out else said


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The answer to a proposal: the strictest of all rules', each rule's own, and the items that may not go."""

    proposal_id: UUID
    objections: tuple[Objection, ...]

    @property
    def answer(self) -> Answer:
        """allow, warn, refuse-item (the rest may go) or refuse; a warning somebody answers for allows it."""
        said = (one.answer for one in self.objections if not one.overridden)
        return max(said, key=ANSWERS.index, default="allow")

    @property
    def items_refused(self) -> tuple[str, ...]:
        """The items that may not go while the rest may."""
        refused = (item for one in self.objections if one.answer == "refuse-item" for item in one.items)
        return tuple(dict.fromkeys(refused))

    def refusing(self) -> tuple[Objection, ...]:
        """The objections that stand in the way of all or some of it."""
        return tuple(one for one in self.objections if one.answer in {"refuse", "refuse-item"})

    def as_json(self) -> dict[str, Json]:
        """The answer as every door gives it."""
        way_out: dict[str, Json] = {}
        for one in self.objections:
            way_out.update(one.way_out)
        return {
            "proposal_id": str(self.proposal_id),
            "answer": self.answer,
            "items_refused": [*self.items_refused],
            "needs": [*OVERRIDE] if self.answer == "warn" else [],
            "rules": [one.as_json() for one in self.objections],
            **way_out,
        }


def answered(hearing: Hearing, cases: Iterable[Case], proposal_id: UUID) -> Proposal:
    """What the rules answer to a proposal, every part of it taken together."""
    said: dict[str, Objection] = {}
    for case in cases:
        for facts in (facts_of(hearing, case, event) for event in case.made):
            for broken in judge(facts, facts.registers.day, hearing.rules) if facts is not None else ():
                answered_for = broken.answer == "warn" and all(map(overridden, case.made))
                one = _objection(broken, case.stream, overridden=answered_for)
                said[broken.rule.id] = _joined(said.get(broken.rule.id), one)
    strictest_first = sorted(said.values(), key=lambda one: (-ANSWERS.index(one.answer), one.severity or "S9"))
    return Proposal(proposal_id=proposal_id, objections=tuple(strictest_first))


def refused_outright(hearing: Hearing, rule_id: str, command: Command) -> Proposal:
    """The answer where carrying it out would be refused for the sake of one rule."""
    rule = next(one for one in hearing.rules if one.id == rule_id)
    one = Objection(
        rule_id=rule.id, answer="refuse", severity=rule.severity, sentence=rule.sentence, fields=(), way_out={},
        rule_set=rule.source.rule_set, customers=tuple(str(part.stream) for part in command.parts),
    )  # fmt: skip
    return Proposal(proposal_id=command.id, objections=(one,))


def _objection(broken: Broken, stream: UUID, *, overridden: bool) -> Objection:
    return Objection(
        rule_id=broken.rule.id, answer=broken.answer, severity=broken.severity, sentence=broken.rule.sentence,
        fields=broken.fields, way_out=broken.way_out, items=broken.items, rule_set=broken.rule.source.rule_set,
        customers=(str(stream),), overridden=overridden,
    )  # fmt: skip


def _joined(before: Objection | None, one: Objection) -> Objection:
    if before is None:
        return one
    return replace(
        one,
        answer=max(before.answer, one.answer, key=ANSWERS.index),
        severity=min(before.severity or "S3", one.severity or "S3"),
        fields=tuple(dict.fromkeys((*before.fields, *one.fields))),
        items=tuple(dict.fromkeys((*before.items, *one.items))),
        customers=(*before.customers, *one.customers),
        overridden=before.overridden and one.overridden,
    )


def _age_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
