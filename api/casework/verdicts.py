"""What a comparison of our schedule with the earlier rule says: the verdicts, their counts and the differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.clocks import instant_text
from ledger.events import Json
from ledger.retention import earlier_service

VERDICTS = {
    "taken_too_early": "taken by the old rule, though nothing is due or a hold keeps it",
    "missed": "due, and never taken by the old rule",
    "kept_too_long": "due, and taken by the old rule only on a later run",
}
"""How the two may differ about a customer on a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """What is compared: the day, the version of the old rule in force then and its cut-off, None before the first."""

    on: date
    rule: str | None
    cut_off: datetime | None

    def as_json(self) -> dict[str, Json]:
        """The heading as the outside contract has it."""
        return {
            "on": self.on.isoformat(),
            "compared_with": earlier_service.NAME,
            "rule": self.rule,
            "cut_off": instant_text(self.cut_off) if self.cut_off else None,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictCounts:
    """How many customers were compared, and how many of each verdict."""

    by_verdict: Mapping[str, int]

    @property
    def customers(self) -> int:
        return sum(self.by_verdict.values())

    @property
    def agree(self) -> dict[str, int]:
        """How many both rules take, and how many both keep."""
        return {verdict: self.by_verdict.get(verdict, 0) for verdict in ("both_take", "both_keep")}

    @property
    def differ(self) -> dict[str, int]:
        """How many the rules treat otherwise, in each way."""
        return {verdict: self.by_verdict.get(verdict, 0) for verdict in VERDICTS}

    def as_json(self) -> dict[str, Json]:
        """The counts as the outside contract has them."""
        return {"customers": self.customers, "agree": {**self.agree}, "differ": {**self.differ}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    """What our schedule says of one customer on a day."""

    takes: bool
    destroy_by: date | None
    rule: str | None
    held_by: list[str]
    classes: list[str]

    def as_json(self) -> dict[str, Json]:
        """Our side of a row as the outside contract has it."""
        return {
            "destroy_by": self.destroy_by.isoformat() if self.destroy_by else None,
            "rule": self.rule,
            "held_by": [*self.held_by],
            "classes": [*self.classes],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One customer whom the two rules treat otherwise."""

    customer_id: UUID
    verdict: str
    dss_takes: bool
    dss_because: str
    ours: Ours
    because: str

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {
            "customer_id": str(self.customer_id),
            "verdict": self.verdict,
            "dss": {"takes": self.dss_takes, "because": self.dss_because},
            "ledger": self.ours.as_json(),
            "because": self.because,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some customers compared, in the order of their ids: how many of each verdict, and a row for each difference."""

    heading: Heading
    counts: VerdictCounts
    rows: list[Difference]
    last: UUID | None
    """The customer to go on after; None when there are no more."""

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor."""
        return {**self.heading.as_json(), **self.counts.as_json(), "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The counts and the first rows, of so many customers at most."""

    heading: Heading
    counts: VerdictCounts
    rows: list[Difference]
    whole: bool
    """Whether every customer was compared."""

    def as_json(self) -> dict[str, Json]:
        """The summary as one JSON object."""
        rows: list[Json] = [row.as_json() for row in self.rows]
        return {**self.heading.as_json(), **self.counts.as_json(), "rows": rows, "whole": self.whole}
