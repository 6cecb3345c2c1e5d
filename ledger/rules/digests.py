"""What a rule set says, as canonical JSON, and its SHA-256: the same whatever functions, classes and files are called.

A digest covers, for each rule of a set, what it declares (sentence, force, severity, parameters and so on) and its
verdicts on a fixed corpus of facts. The verdicts are recorded in `digests.json`; a test judges the corpus again.
Pure: it neither judges nor reads files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from ledger.events import Json
from ledger.rules.rule import SOURCES, Broken, Rule, Source

Verdict = tuple[str, Broken]
"""The name of a case of the corpus and what a rule found in it."""


def canonical_digest(value: Json) -> str:
    """The SHA-256 in hex of a JSON value in canonical form (RFC 8785); names within it are ASCII, numbers whole."""
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def declared(rule: Rule) -> dict[str, Json]:
    """What one rule declares. How it is checked shows in its verdicts only."""
    kinds = sorted({kind.KIND for kind in (rule.judges, rule.also) if kind is not None}) if rule.check else []
    return {
        "id": rule.id,
        "line": rule.line,
        "sentence": rule.sentence,
        "force": rule.force,
        "status": rule.status,
        "proposed": rule.proposed,
        "severity": rule.severity,
        "judges": [*kinds],
        "in_force_from": rule.in_force_from.isoformat() if rule.in_force_from else None,
        "parameters": dict(rule.parameters),
    }


def verdicts_digest(verdicts: Iterable[Verdict]) -> str:
    """The digest of everything one rule found in the corpus, case by case; cases where it was kept are left out."""
    found: list[Json] = [
        {
            "case": case,
            "fields": [*broken.fields],
            "severity": broken.severity,
            "answer": broken.answer,
            "items": [*broken.items],
            "way_out": dict(broken.way_out),
        }
        for case, broken in verdicts
    ]
    return canonical_digest(found)


def rule_digests(rule: Rule, verdicts: Sequence[Verdict]) -> dict[str, str | None]:
    """The digest of what a rule says, and that of its verdicts; the second is None without a check."""
    return {
        "says": canonical_digest(declared(rule)),
        "verdicts": None if rule.check is None else verdicts_digest(verdicts),
    }


def set_digest(source: Source, rules: Mapping[str, Mapping[str, str | None]]) -> str:
    """The digest of a rule set: of its name, its first day and the digests of its rules by id."""
    return canonical_digest(
        {
            "rule_set": source.rule_set,
            "in_force_from": source.in_force_from.isoformat() if source.in_force_from else None,
            "rules": {rule_id: dict(digests) for rule_id, digests in rules.items()},
        }
    )


def source_of(digest: str | None) -> Source | None:
    """The rule set that a digest names, such as that of a published event: today's digest or an alias of it."""
    return next((source for source in SOURCES if source.has_digest(digest)), None)
