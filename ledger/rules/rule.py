"""What a rule is and how facts are judged by rules: pure, and the same answer for the same facts at any time.

A check looks at the facts of one share, receipt, record or confirmation, at the customer's standing and the registers
at its time, and says which fields show that the rule was broken; it never repeats what they say. Missing is not false:
an attestation that was not made breaks the rule that asks for it, and that is another finding than one that was denied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Literal, NamedTuple

from ledger import events
from ledger.codes.items import SPECIAL, code_of
from ledger.events import Json
from ledger.names import Name
from ledger.normalise import as_code, normalised
from ledger.rules.parties import bound, category_of, outside_england
from ledger.rules.recorded import RECORDED
from ledger.state.customer_at import CustomerAt
from ledger.state.registers import InForce, Registers

Severity = Literal["S1", "S2", "S3"]
Answer = Literal["allow", "warn", "refuse-item", "refuse"]
Status = Literal["checked", "shown", "configured", "behaviour", "outside"]
ANSWERS: tuple[Answer, ...] = ("allow", "warn", "refuse-item", "refuse")
"""From the mildest to the strictest."""
ENGLAND = frozenset({"gbeng", "england"})
"""How the jurisdiction of the guidance is written, in bare letters."""


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
class Share:
    """One customer's part in a share, as told and before anything of it is sealed."""

    KIND: ClassVar = "share"
    """The name of this kind of facts in a digest: it stays when the class is renamed."""
    told: events.DataShared
    at: datetime
    people: int = 1
    """How many customers were in it."""
    name: Name | None = None
    """The customer's name, when it is known; it is compared and never kept."""
    names: tuple[Name, ...] = ()
    """The known names of everybody in the share."""
    age_years: int | None = None
    standing: CustomerAt
    registers: InForce
    to_jcp: bool = field(init=False)
    """Whether the guidance on sharing with Jobcentre Plus binds it."""
    of_nhs: bool = field(init=False)
    """Whether NHS Health Careers shared it."""
    channel: str = field(init=False)
    """How it was sent, in bare letters; '' when that was not said."""
    purpose: str = field(init=False)
    """What it was for, as a code; '' when that was not said."""
    category: str = field(init=False)
    """The kind of recipient, as said or else as registered; '' when neither is known."""
    plans: int = field(init=False)
    """How many action plans went in it, counted as plans and not as files."""
    in_a_plan: bool = field(init=False)
    """Whether it went in an action plan; so it did unless it was said to go otherwise."""
    items: Mapping[str, str] = field(init=False)
    """Each item as it was said, with its one code; what was stated to be sent of a special kind is an item as well."""

    def __post_init__(self) -> None:
        told = self.told
        for name, value in (
            ("to_jcp", bound(told, self.registers)),
            ("of_nhs", self.standing.programme == events.NHS),
            ("channel", normalised(told.channel)),
            ("purpose", as_code(told.purpose)),
            ("category", category_of(told, self.registers)),
            ("in_a_plan", normalised(told.container) != "other"),
            ("plans", 0 if normalised(told.container) == "other" else max(told.plans_in_share or 0, self.people)),
            ("items", _coded(told)),
        ):
            object.__setattr__(self, name, value)  # every check asks for these, so they are worked out once


def _coded(told: events.DataShared) -> Mapping[str, str]:
    items = {item: code_of(item) for item in told.items}
    for name in told.values or ():
        if (code := code_of(name)) == "D29" or code in SPECIAL:
            items.setdefault(name, code)
    return {**items, "D29": "D29"} if told.priority_groups and "D29" not in items.values() else items


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One customer's part in data that was received."""

    KIND: ClassVar = "receipt"
    told: events.DataReceived
    at: datetime
    standing: CustomerAt
    registers: InForce


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeping:
    """A record about a customer that was kept or corrected."""

    KIND: ClassVar = "record"
    told: events.RecordKept | events.RecordCorrected
    at: datetime
    standing: CustomerAt
    registers: InForce


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """A recipient's word that a share arrived."""

    KIND: ClassVar = "confirmation"
    told: events.ReceiptConfirmed
    at: datetime
    standing: CustomerAt
    registers: InForce


@dataclass(frozen=True, kw_only=True, slots=True)
class Referral:
    """A referral with which the customer's record was passed on."""

    KIND: ClassVar = "referral"
    told: events.CustomerReferred
    at: datetime
    standing: CustomerAt
    registers: InForce


Facts = Share | Arrival | Keeping | Confirmation | Referral


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a check found: the fields that show it, and where it differs from its rule, how grave it is."""

    fields: tuple[str, ...]
    severity: Severity | None = None
    answer: Answer | None = None
    way_out: Mapping[str, Json] = field(default_factory=dict)
    items: tuple[str, ...] = ()


def found(*fields: str, severity: Severity | None = None, answer: Answer | None = None, **way_out: Json) -> Found:
    """That a rule is broken, shown by these fields."""
    return Found(fields=fields, severity=severity, answer=answer, way_out=way_out)


Check = Callable[[Any], Found | None]
"""Of the facts of the kind its rule judges; None when the rule is kept or does not apply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of the sources, in their own words, and what became of it in this program."""

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
        """Whether it holds on a day: by the rule set as published to the ledger, or else by its document."""
        published = registers.entries.get(events.RuleSetPublished, ())
        said = [one for one in published if isinstance(one, events.RuleSetPublished)]
        if any(one.rule_set == self.source.rule_set for one in said):
            return registers.on(on).found(events.RuleSetPublished, key=self.source.rule_set) is not None
        return self.in_force_from is None or self.in_force_from <= on


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A rule that was broken, by which fields, how grave that is, and what a proposal is answered."""

    rule: Rule
    severity: Severity | None
    """None when a report of it is merely recorded, without a finding."""
    answer: Answer
    fields: tuple[str, ...]
    way_out: Mapping[str, Json] = field(default_factory=dict)
    items: tuple[str, ...] = ()


def judge(facts: Facts, on: date, rules: Sequence[Rule]) -> tuple[Broken, ...]:
    """The rules that these facts break, of those in force on their day, in the order of the catalogue."""
    return broken_by(facts, applying(facts, on, rules).rules)


def broken_by(facts: Facts, asked: Iterable[Rule]) -> tuple[Broken, ...]:
    """Which of these rules, all of which apply, the facts break."""
    return tuple(
        _broken(rule, finding)
        for rule in asked
        if rule.check is not None and (finding := rule.check(facts)) is not None
    )


class Asked(NamedTuple):
    """The rules that are asked about some facts, and the names of their sets."""

    rules: tuple[Rule, ...] = ()
    rule_sets: tuple[str, ...] = ()


def applying(facts: Facts, on: date, rules: Sequence[Rule]) -> Asked:
    """The rules that are asked about these facts: checked, of their kind, in force, and of their nation."""
    elsewhere = isinstance(facts, Share) and outside_england(facts.told)
    asked = (_Same(rules), type(facts), elsewhere)
    registers = facts.registers.registers.on(on)
    return registers.remembered(asked, lambda: _asked_of(type(facts), registers, rules, elsewhere=elsewhere))


@dataclass(frozen=True, slots=True)
class _Same:
    """Rules as a question: the same ones are, and are not compared one by one."""

    rules: Sequence[Rule]

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.rules is other.rules


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
