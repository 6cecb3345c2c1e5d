"""The answer of the rules to a command that is only proposed. Pure.

The strictest rule decides the answer. Of a refused proposal only the ids of the refusing rules are recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from ledger.commands.reader import Command
from ledger.events import Json, ProposalRefused
from ledger.judging.case import OVERRIDE, Case, Context, overridden
from ledger.judging.findings import facts_of
from ledger.rules.rule import ANSWERS, Answer, Broken, Severity, judge


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """One rule that a proposal would break, and its answer."""

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
    """Whether it is a warning that a named person overrode with a reason (LEDG-09)."""

    def as_json(self) -> dict[str, Json]:
        """The objection as every door gives it."""
        written: dict[str, Json] = {
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
        return {**written, "way_out": dict(self.way_out)} if self.way_out else written


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The answer to a proposal: the strictest of all rules, the answer of each, and the items that may not go."""

    proposal_id: UUID
    objections: tuple[Objection, ...]

    @property
    def answer(self) -> Answer:
        """allow, warn, refuse-item (the other items may go) or refuse; an overridden warning does not count."""
        answers = (objection.answer for objection in self.objections if not objection.overridden)
        return max(answers, key=ANSWERS.index, default="allow")

    @property
    def items_refused(self) -> tuple[str, ...]:
        """The items that may not go; the others may."""
        refused = (
            item for objection in self.objections if objection.answer == "refuse-item" for item in objection.items
        )
        return tuple(dict.fromkeys(refused))

    def refusing(self) -> tuple[Objection, ...]:
        """The objections that refuse the proposal or some of its items."""
        return tuple(objection for objection in self.objections if objection.answer in {"refuse", "refuse-item"})

    def as_json(self) -> dict[str, Json]:
        """The answer as every door gives it."""
        way_out: dict[str, Json] = {}
        for objection in self.objections:
            way_out.update(objection.way_out)
        return {
            "proposal_id": str(self.proposal_id),
            "answer": self.answer,
            "items_refused": [*self.items_refused],
            "needs": [*OVERRIDE] if self.answer == "warn" else [],
            "rules": [objection.as_json() for objection in self.objections],
            **way_out,
        }


def answered(context: Context, cases: Iterable[Case], proposal_id: UUID) -> Proposal:
    """The answer of the rules to a proposal, over all its parts."""
    objections: dict[str, Objection] = {}
    for case in cases:
        for facts in (facts_of(context, case, event) for event in case.made):
            for broken in judge(facts, facts.registers.day, context.rules) if facts is not None else ():
                overridden_here = broken.answer == "warn" and all(map(overridden, case.made))
                objection = _objection(broken, case.stream, overridden=overridden_here)
                objections[broken.rule.id] = _joined(objections.get(broken.rule.id), objection)
    strictest_first = sorted(
        objections.values(), key=lambda objection: (-ANSWERS.index(objection.answer), objection.severity or "S9")
    )
    return Proposal(proposal_id=proposal_id, objections=tuple(strictest_first))


def refused_outright(context: Context, rule_id: str, command: Command) -> Proposal:
    """The answer to a proposal that the ledger itself would refuse under one rule."""
    rule = next(rule for rule in context.rules if rule.id == rule_id)
    objection = Objection(
        rule_id=rule.id, answer="refuse", severity=rule.severity, sentence=rule.sentence, fields=(), way_out={},
        rule_set=rule.source.rule_set, customers=tuple(str(part.stream) for part in command.parts),
    )  # fmt: skip
    return Proposal(proposal_id=command.id, objections=(objection,))


def refusal_of(proposal: Proposal, command: Command) -> ProposalRefused:
    """The event that records a refused proposal: the rules that refused it, and nothing of what was proposed."""
    refusing = proposal.refusing()
    return ProposalRefused(
        proposal_id=str(command.id),
        command_type=command.kind.name,
        rules=tuple(objection.rule_id for objection in refusing),
        rule_sets=tuple(dict.fromkeys(objection.rule_set for objection in refusing if objection.rule_set)),
    )


def _objection(broken: Broken, stream: UUID, *, overridden: bool) -> Objection:
    return Objection(
        rule_id=broken.rule.id, answer=broken.answer, severity=broken.severity, sentence=broken.rule.sentence,
        fields=broken.fields, way_out=broken.way_out, items=broken.items, rule_set=broken.rule.source.rule_set,
        customers=(str(stream),), overridden=overridden,
    )  # fmt: skip


def _joined(before: Objection | None, further: Objection) -> Objection:
    if before is None:
        return further
    return replace(
        further,
        answer=max(before.answer, further.answer, key=ANSWERS.index),
        severity=min(before.severity or "S3", further.severity or "S3"),
        fields=tuple(dict.fromkeys((*before.fields, *further.fields))),
        items=tuple(dict.fromkeys((*before.items, *further.items))),
        customers=(*before.customers, *further.customers),
        overridden=before.overridden and further.overridden,
    )
