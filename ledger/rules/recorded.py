"""The recorded digests of the rule sets and of each rule's verdicts, read from `digests.json`; nothing is judged here.

`python -m tests.rules.recorded_verdicts` judges the corpus anew and writes the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import TypedDict


class RecordedRule(TypedDict):
    """The digests of one rule in hex; `verdicts` is None for a rule that has no check."""

    says: str
    verdicts: str | None


class RecordedSet(TypedDict):
    """The digest of one rule set, and of each rule in it by id."""

    digest: str
    rules: dict[str, RecordedRule]


def _read() -> dict[str, RecordedSet]:
    content = (resources.files("ledger.rules") / "digests.json").read_text(encoding="utf-8")
    sets: dict[str, RecordedSet] = json.loads(content)["rule_sets"]
    return sets


SETS: Mapping[str, RecordedSet] = _read()
RECORDED: Mapping[str, str] = {name: recorded["digest"] for name, recorded in SETS.items()}
"""The digest of each rule set by its name."""
