"""What the retention view says of one customer: every class that is kept, until when, and by which criteria."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from ledger.events import CLASSES, Json
from ledger.retention.schedule import SCHEDULE
from projections.retention.holds import HELD_BY, OF_PERSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """How long a class may be kept in the words of the sources: a rule with its clock, period and sentence."""

    rule: str
    clock: str
    months: int | None
    local: str | None
    """The kind of local period an organisation sets; None where the sources set the months."""
    sentence: str

    def as_json(self) -> dict[str, Json]:
        """The criterion as the outside contract has it."""
        return {
            "rule": self.rule,
            "clock": self.clock,
            "months": self.months,
            "local": self.local,
            "sentence": self.sentence,
        }


def criteria(class_: str) -> list[Criterion]:
    """Every line of the schedule about a class."""
    return [
        Criterion(rule=line.rule, clock=line.clock, months=line.months, local=line.local, sentence=line.sentence)
        for line in SCHEDULE
        if line.class_ == class_
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRow:
    """A class of one customer's records, or a part of it, that is kept; `rule` is None while no clock runs."""

    class_: str
    part: str
    events: int
    destroy_by: date | None
    rule: str | None
    because: int | None
    held_by: list[str]
    impossible: str | None = None
    """Why a date from which a last day would have been counted cannot be, a key of REASONS; None when there is none."""

    @property
    def exception(self) -> bool:
        """Whether a clock runs and no last day can be given."""
        return self.rule is not None and self.destroy_by is None

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it."""
        return {
            "class": self.class_,
            "part": self.part,
            "label": CLASSES[self.class_],
            "events": self.events,
            "destroy_by": self.destroy_by.isoformat() if self.destroy_by else None,
            "rule": self.rule,
            "because": self.because,
            "criteria": [criterion.as_json() for criterion in criteria(self.class_)],
            "exception": self.exception,
            "held_by": [*self.held_by],
        }


def for_customer(connection: psycopg.Connection[Any], customer_id: UUID) -> list[KeptRow]:
    """Every class kept about one customer: until when, under which rule, and what it waits for if no clock runs."""
    with connection.cursor(row_factory=class_row(KeptRow)) as cursor:
        return cursor.execute(_KEPT, [customer_id]).fetchall()


_KEPT = f"""SELECT d.class AS class_, d.part, d.events, u.destroy_by, coalesce(u.rule, i.rule) AS rule,
       coalesce(u.because, i.because) AS because, {HELD_BY}, i.why AS impossible
FROM holding AS d {OF_PERSON}
LEFT JOIN due AS u ON (u.customer, u.class, u.part) = (d.customer, d.class, d.part)
LEFT JOIN impossible AS i ON (i.customer, i.class, i.part) = (d.customer, d.class, d.part)
WHERE d.customer = %s ORDER BY d.class, d.part
"""  # noqa: S608 (constants)
