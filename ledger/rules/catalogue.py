"""Every rule of the sources in one tuple, and the table of them that `README.md` shows."""

from __future__ import annotations

from ledger.codes import rights
from ledger.duties.catalogue import DUTIES
from ledger.events import Json
from ledger.rules import (
    access,
    bases,
    channel_email,
    channel_hand,
    channel_post,
    channel_system,
    channel_telephone,
    channels,
    consent,
    context,
    cookies,
    data_items,
    destruction,
    further_rights,
    inform,
    purposes,
    recipients,
    rectification,
    retention,
    scope,
    security,
    sources,
    trace,
)
from ledger.rules.rule import Rule

GROUPS = (
    scope,
    purposes,
    data_items,
    channel_system,
    channel_email,
    channel_telephone,
    channel_hand,
    channel_post,
    channels,
    security,
    inform,
    consent,
    recipients,
    sources,
    retention,
    destruction,
    trace,
    access,
    rectification,
    further_rights,
    bases,
    context,
    cookies,
)
RULES: tuple[Rule, ...] = tuple(rule for group in GROUPS for rule in group.RULES)
BY_ID = {rule.id: rule for rule in RULES}
OURS = {"LEDG-18": "Records of two people were merged by mistake, and data of one of them was exposed."}
"""Rules of this ledger itself, which no source states."""


def sentence_of(rule_id: str) -> str | None:
    """The sentence of a rule: of a source, the law on rights, this ledger or a duty; None for an unknown id."""
    if rule_id in BY_ID:
        return BY_ID[rule_id].sentence
    if rule_id in rights.RULES:
        return rights.RULES[rule_id].sentence
    if rule_id in OURS:
        return OURS[rule_id]
    return next((duty.because for duty in DUTIES if duty.rule == rule_id), None)


def described(rule: Rule) -> dict[str, Json]:
    """A rule as the doors show it."""
    return {
        "id": rule.id,
        "group": rule.group,
        "source": rule.source.number,
        "title": rule.source.title,
        "line": rule.line,
        "sentence": rule.sentence,
        "force": rule.force,
        "rule_set": rule.source.rule_set,
        "rule_set_digest": rule.source.digest,
        "rule_set_aliases": list(rule.source.aliases),
        "in_force_from": rule.in_force_from.isoformat() if rule.in_force_from else None,
        "proposed": rule.proposed if rule.check else None,
        "severity": rule.severity,
        "status": rule.status,
        "how": rule.how,
        "parameters": dict(rule.parameters),
    }


def table() -> str:
    """Every rule in one Markdown table."""
    head = "| Rule | Source | Sentence | Proposed | Reported | Status | How |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(_row(rule) for rule in RULES)


def _row(rule: Rule) -> str:
    proposed = rule.proposed if rule.check else "–"
    reported = (rule.severity or "no finding") if rule.check else "–"
    return (
        f"| {rule.id} | {rule.source.number} line {rule.line} | “{rule.sentence}” | {proposed} | {reported}"
        f" | {rule.status} | {rule.how} |\n"
    )


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 (this is how the table of the README is made)
