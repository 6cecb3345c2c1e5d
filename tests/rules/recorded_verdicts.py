"""The verdicts of the rules on the corpus and their digests; run as a command it writes `ledger/rules/digests.json`.

`python -m tests.rules.recorded_verdicts` is for a rule set that is new or not released yet. A released set whose
verdicts change gets a new name and first day instead; one whose corpus alone changed keeps its name, and its digest of
before becomes one of the aliases in `SOURCES`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ledger.events import Json
from ledger.rules.catalogue import RULES
from ledger.rules.digests import Verdict, canonical_digest, rule_digests, set_digest
from ledger.rules.facts import Facts
from ledger.rules.rule import SOURCES, Rule, applying, broken_by
from tests.rules.corpus import SEED, Case, corpus, facts_of

FILE = Path(str(resources.files("ledger.rules") / "digests.json"))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the rules found in the corpus, and in how many cases each was asked and kept."""

    verdicts: Mapping[str, list[Verdict]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@cache
def known_facts() -> tuple[tuple[str, Facts], ...]:
    """The facts of every case of the corpus, by its name."""
    return tuple((case.name, facts_of(case)) for case in corpus())


def judged(rules: Sequence[Rule] = RULES) -> Judged:
    """What these rules find in the corpus, each in the order of its cases."""
    result = Judged()
    for name, facts in known_facts():
        asked = applying(facts, facts.registers.day, rules).rules
        found = {broken.rule.id: broken for broken in broken_by(facts, asked)}
        for rule in asked:
            if rule.id in found:
                result.verdicts[rule.id].append((name, found[rule.id]))
            else:
                result.kept[rule.id] += 1
    return result


def digests(rules: Sequence[Rule] = RULES) -> dict[str, Any]:
    """The digest of every rule set and of each rule in it, as `digests.json` has them."""
    verdicts = judged(rules).verdicts
    sets: dict[str, Any] = {}
    for source in SOURCES:
        of_set = {
            rule.id: rule_digests(rule, verdicts[rule.id])
            for rule in sorted(rules, key=lambda rule: rule.id)
            if rule.source.rule_set == source.rule_set
        }
        sets[source.rule_set] = {"digest": set_digest(source, of_set), "rules": of_set}
    return sets


@cache
def digests_now() -> dict[str, Any]:
    """The digests of the rules as they are, reckoned once."""
    return digests()


def with_rule(rule: Rule) -> dict[str, Any]:
    """The recorded digests, with those of this rule in the place of the recorded ones: only it is judged."""
    sets = written()["rule_sets"]
    name = rule.source.rule_set
    rules = {**sets[name]["rules"], rule.id: rule_digests(rule, judged([rule]).verdicts[rule.id])}
    return {**sets, name: {"digest": set_digest(rule.source, rules), "rules": rules}}


def corpus_digest(cases: Iterable[Case] | None = None) -> str:
    """The digest of the cases themselves, which tells a corpus that changed from a rule that did."""
    described: list[Json] = [[name, kind, dict(fields)] for name, kind, fields in cases or corpus()]
    return canonical_digest(described)


def changed(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What differs from the record, rule by rule: "CH-EMAIL-01 of NCS-JCP/2025-01-20: verdicts"."""
    differing: list[str] = []
    for rule_set in sorted({*recorded, *found}):
        before, now = (sets.get(rule_set, {}).get("rules", {}) for sets in (recorded, found))
        for rule_id in sorted({*before, *now}):
            differing += [
                f"{rule_id} of {rule_set}: {part}"
                for part in ("says", "verdicts")
                if before.get(rule_id, {}).get(part) != now.get(rule_id, {}).get(part)
            ]
    return differing


def written() -> dict[str, Any]:
    """The record: the whole of `digests.json`."""
    record: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return record


def main() -> None:
    """Write the record anew and say what is different in it."""
    before, found = written(), digests()
    record = {"corpus": {"seed": SEED, "cases": len(known_facts()), "digest": corpus_digest()}, "rule_sets": found}
    FILE.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = changed(before["rule_sets"], found)
    sys.stdout.write("\n".join([*lines, f"{len(lines)} of the recorded digests changed", ""]))


if __name__ == "__main__":
    main()
