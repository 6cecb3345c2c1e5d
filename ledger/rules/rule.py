"""What a rule is and how rules judge facts. Pure: the same facts get the same verdict at any time.

A check takes facts (`ledger/rules/facts.py`) and returns the fields that show that its rule was broken, or None. It
returns names of fields and never their values. An attestation that is missing breaks the rule that asks for it, as one
that was denied does; the two differ in severity where the rule says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from ledger import events
from ledger.events import Json
from ledger.rules.facts import Facts, Share
from ledger.rules.parties import outside_england
from ledger.rules.recorded import RECORDED
from ledger.state.registers import InForce, Registers

Severity = Literal["S1", "S2", "S3"]
Answer = Literal["allow", "warn", "refuse-item", "refuse"]
Status = Literal["checked", "shown", "configured", "behaviour", "outside"]
ANSWERS: tuple[Answer, ...] = ("allow", "warn", "refuse-item", "refuse")
"""From the mildest to the strictest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A document the rules are quoted from; the rules of one document come into force and go out of it together.

    A rule that changes makes another version, with a name of its own (`ledger/rules/digests.py`).
    """

    number: str
    title: str
    rule_set: str
    aliases: tuple[str, ...] = ()
    """Digests by which events of earlier releases name this same set."""
    in_force_from: date | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of what its rules say and of their recorded verdicts."""
        return RECORDED[self.rule_set]

    def has_digest(self, digest: str | None) -> bool:
        """Whether a digest is that of this set, today's or one of its aliases."""
        return digest is not None and digest in {self.digest, *self.aliases}


GUIDANCE = Source(
    number="002",
    title="Operational guidance on sharing data between the National Careers Service and Jobcentre Plus",
    rule_set="NCS-JCP/2025-01-20",
    aliases=("99de152b76e8cd75e9074ea39270bcce3c488b4d959de38682fa51a947eea50c",),
    in_force_from=date(2025, 1, 20),
)
NOTICE = Source(
    number="000",
    title="National Careers Service privacy notice, the newer one",
    rule_set="NCS-notice/newer",
    aliases=("9045e97f447da2b43df5497f7348511ebdb0fe5d6b94ba6847fac285477bdb3d",),
    in_force_from=date(2018, 5, 25),
)
EARLIER_NOTICE = Source(
    number="001",
    title="National Careers Service privacy notice, the older one",
    rule_set="NCS-notice/older",
    aliases=("c75b5ce86b2ee424495eb369493a6045e3cec020eabc612384b04ff49276226f",),
    in_force_from=date(2018, 5, 25),
)
NHS_POLICY = Source(
    number="003",
    title="NHS Health Careers privacy policy",
    rule_set="NHS-careers/2023-04-01",
    aliases=("1e8fa2f1ea76eecf55a7794f40e4babd15b582812877e360d7389979138b7337",),
    in_force_from=date(2023, 4, 1),
)
STRATEGY = Source(
    number="004",
    title="Careers strategy of December 2017",
    rule_set="careers-strategy/2017-12-04",
    aliases=("9ada353ec0bacbc860f240f5c62534f4955e824de6eb757f413937a355de8490",),
)
SOURCES = (NOTICE, EARLIER_NOTICE, GUIDANCE, NHS_POLICY, STRATEGY)
DIGESTS: Mapping[str, str] = {source.rule_set: source.digest for source in SOURCES}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a check found: the fields that show it; severity and answer only where they differ from the rule's."""

    fields: tuple[str, ...]
    severity: Severity | None = None
    answer: Answer | None = None
    way_out: Mapping[str, Json] = field(default_factory=dict)
    items: tuple[str, ...] = ()


def found(*fields: str, severity: Severity | None = None, answer: Answer | None = None, **way_out: Json) -> Found:
    """That a rule is broken, shown by these fields."""
    return Found(fields=fields, severity=severity, answer=answer, way_out=way_out)


Check = Callable[[Any], Found | None]
"""Takes facts of the kind that its rule judges; returns None when the rule is kept or does not apply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of a source, in the words of the source, and how the program applies it."""

    id: str
    group: str
    source: Source
    line: int
    sentence: str
    force: str
    status: Status
    how: str
    proposed: Answer = "allow"
    severity: Severity | None = None
    judges: type[Facts] = Share
    also: type[Facts] | None = None
    """A second kind of facts that it judges."""
    check: Check | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict, hash=False)
    """The numbers, codes and tables its check or its duty reads, by name; a period has its unit in its name."""

    @property
    def in_force_from(self) -> date | None:
        """The first day its document holds."""
        return self.source.in_force_from

    def in_force(self, on: date, registers: Registers) -> bool:
        """Whether it holds on a day: by the dates its rule set was published with, or else by those of its document."""
        published = registers.entries.get(events.RuleSetPublished, ())
        names = {entry.rule_set for entry in published if isinstance(entry, events.RuleSetPublished)}
        if self.source.rule_set in names:
            return registers.on(on).found(events.RuleSetPublished, key=self.source.rule_set) is not None
        return self.in_force_from is None or self.in_force_from <= on


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A rule that was broken, by which fields, how grave that is, and what a proposal is answered."""

    rule: Rule
    severity: Severity | None
    """None when no finding is raised for it."""
    answer: Answer
    fields: tuple[str, ...]
    way_out: Mapping[str, Json] = field(default_factory=dict)
    items: tuple[str, ...] = ()


def judge(facts: Facts, on: date, rules: Sequence[Rule]) -> tuple[Broken, ...]:
    """The rules that these facts break, of those in force on their day, in the order of the catalogue."""
    return broken_by(facts, applying(facts, on, rules).rules)


def broken_by(facts: Facts, asked: Iterable[Rule]) -> tuple[Broken, ...]:
    """The rules that the facts break, of rules that all apply to them."""
    return tuple(
        _broken(rule, finding)
        for rule in asked
        if rule.check is not None and (finding := rule.check(facts)) is not None
    )


class Asked(NamedTuple):
    """The rules that apply to some facts, and the names of their sets."""

    rules: tuple[Rule, ...] = ()
    rule_sets: tuple[str, ...] = ()


def applying(facts: Facts, on: date, rules: Sequence[Rule]) -> Asked:
    """The rules that apply to these facts: with a check, for their kind, in force on the day, for their nation."""
    elsewhere = isinstance(facts, Share) and outside_england(facts.event)
    key = (_RulesKey(rules), type(facts), elsewhere)
    registers = facts.registers.registers.on(on)
    return registers.remembered(key, lambda: _asked_of(type(facts), registers, rules, elsewhere=elsewhere))


@dataclass(frozen=True, slots=True)
class _RulesKey:
    """A key for a sequence of rules by its identity, so that a look-up compares no rules."""

    rules: Sequence[Rule]

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _RulesKey) and self.rules is other.rules


def _asked_of(kind: type[Facts], registers: InForce, rules: Sequence[Rule], *, elsewhere: bool) -> Asked:
    of_kind = [rule for rule in rules if rule.check is not None and kind in {rule.judges, rule.also}]
    sources = {rule.source.rule_set: rule for rule in of_kind}
    in_force = {name for name, rule in sources.items() if rule.in_force(registers.day, registers.registers)}
    chosen = [
        rule
        for rule in of_kind
        if rule.source.rule_set in in_force and not (elsewhere and rule.source is GUIDANCE and rule.id != "SCOPE-01")
    ]
    return Asked(tuple(chosen), tuple(sorted({rule.source.rule_set for rule in chosen})))


def _broken(rule: Rule, finding: Found) -> Broken:
    return Broken(
        rule=rule,
        severity=finding.severity or rule.severity,
        answer=finding.answer or rule.proposed,
        fields=finding.fields,
        way_out=finding.way_out,
        items=finding.items,
    )
