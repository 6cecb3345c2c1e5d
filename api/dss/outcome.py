"""The result of an import: counts, and the first thousand rejects and warnings; no personal data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ledger.events import Json

MOST_LISTED = 1000


class Reject(NamedTuple):
    """A line that was not accepted. What it says is in the quarantine."""

    file: str
    line: int
    reason: str
    field: str | None


class Warned(NamedTuple):
    """A line with something odd about it; the warnings name fields, and codes only where they are retired."""

    file: str
    line: int
    warnings: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class Tally:
    """The counts of the lines of one customer, or of one transaction."""

    recorded: int = 0
    duplicates: int = 0
    events: int = 0
    read_bytes: int = 0
    rejects: list[Reject] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class ImportResult:
    """The counts of an import; at the end, recorded + duplicates + rejected = read."""

    started_at: datetime
    read: int = 0
    recorded: int = 0
    duplicates: int = 0
    rejected: int = 0
    events: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    warning_counts: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)

    @property
    def settled(self) -> int:
        return self.recorded + self.duplicates + self.rejected

    def add(self, tally: Tally) -> None:
        """Count what was committed."""
        self.recorded += tally.recorded
        self.duplicates += tally.duplicates
        self.rejected += len(tally.rejects)
        self.events += tally.events
        self.reasons.update(reject.reason for reject in tally.rejects)
        self.warning_counts.update(warning for line in tally.warned for warning in line.warnings)
        self.rejects += tally.rejects[: MOST_LISTED - len(self.rejects)]
        self.warned += tally.warned[: MOST_LISTED - len(self.warned)]

    def as_json(self) -> dict[str, Json]:
        """The result as every door gives it; the two lists are the first thousand, in the order of file and line."""
        return {
            "read": self.read,
            "recorded": self.recorded,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "events": self.events,
            "warnings": [
                {"file": line.file, "line": line.line, "warnings": list(line.warnings)} for line in sorted(self.warned)
            ],
            "warning_counts": dict(sorted(self.warning_counts.items())),
            "rejects": [
                {"file": line.file, "line": line.line, "reason": line.reason, "field": line.field}
                for line in sorted(self.rejects, key=lambda line: line[:2])
            ],
            "reject_counts": dict(sorted(self.reasons.items())),
        }
