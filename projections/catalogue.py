"""The views there are: for each its tables, the SQL that applies events to them, and a version made of both."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any
from uuid import UUID

import psycopg

from ledger.calendars import england_and_wales
from ledger.codes.items import NAMES_OF_ITEMS
from ledger.duties.catalogue import DUTIES
from ledger.retention.schedule import SCHEDULE
from projections.poison import EXCEPT_POISONED

BATCH = "SELECT * FROM ledger.event WHERE position > %(after)s AND position <= %(upto)s"
BATCH_OF_ONE_PERSON = (
    f"{BATCH} AND (stream = ANY (%(only)s) OR type IN ('organisation-registered', 'retention-period-set',"
    " 'calendar-published', 'destruction-instructed', 'rule-set-published', 'contract-started'))"
)
SEEDED = {"retention": SCHEDULE, "obligations": (DUTIES, NAMES_OF_ITEMS, england_and_wales().label)}
"""What a view is filled from beside events; when it changes the view is made again."""


@dataclass(frozen=True, kw_only=True)
class View:
    """A folder with `table.sql`, `apply.sql` and read functions; everything in it may be dropped and made again."""

    name: str

    @cached_property
    def table_sql(self) -> str:
        return self._read("table.sql")

    @cached_property
    def statements(self) -> tuple[str, ...]:
        """The statements of `apply.sql`, in order; `:batch` stands for the events of a range of positions."""
        return tuple(part for part in re.split(r";\s*\n", self._read("apply.sql")) if part.strip())

    @cached_property
    def types(self) -> tuple[frozenset[str] | None, ...]:
        """For each statement the types of events it asks for; None when it looks at others too, or at none."""
        return tuple(_types_of(statement) for statement in self.statements)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        return tuple(re.findall(r"^CREATE TABLE (\w+)", self.table_sql, flags=re.MULTILINE))

    @cached_property
    def version(self) -> str:
        """Changes whenever the tables, the SQL or the rules a view is filled from change: then it is rebuilt."""
        seeds = _in_order(SEEDED[self.name]) if self.name in SEEDED else ""
        return hashlib.sha256((self.table_sql + "".join(self.statements) + seeds).encode()).hexdigest()[:16]

    def create(self, connection: psycopg.Connection[Any]) -> None:
        """Make the tables in the schema at the head of the search path, and fill in what is not made of events."""
        connection.execute(self.table_sql.encode())
        if self.name == "retention":
            _seed_schedule(connection)
        elif self.name == "obligations":
            _seed_duties(connection)

    def apply(
        self, connection: psycopg.Connection[Any], *, after: int, upto: int, only: Sequence[UUID] | None = None
    ) -> None:
        """Apply the events of a range of positions; live, catch-up, rebuild and as-of differ only in the range.

        With `only`, of the events of customers those of these. What is poisoned for this view is left out.
        """
        # Of a range that is the whole ledger the types are not worth their look at every entry.
        upto_looked = after if only is not None else upto
        present, poisoned = _types_between(connection, self.name, after=after, upto=upto_looked)
        batch = BATCH if only is None else BATCH_OF_ONE_PERSON
        if poisoned:
            batch += EXCEPT_POISONED
        for statement, types in zip(self.statements, self.types, strict=True):
            if only is None and types is not None and types.isdisjoint(present):
                continue  # none of the events it asks for are in the range, so it would change nothing
            connection.execute(
                statement.replace(":batch", f"({batch})").encode(),
                {"after": after, "upto": upto, "only": only, "view": self.name},
                prepare=False,
            )

    def _read(self, file: str) -> str:
        return (resources.files("projections") / self.name / file).read_text(encoding="utf-8")


def _in_order(value: object) -> str:
    """A value as text that is the same in every process: sets are sorted, so that Python's hash seed changes nothing.

    Processes compare versions of views; one that reckoned another version would make the view again for ever.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _in_order({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_in_order(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, AbstractSet):
        return "{" + ", ".join(sorted(map(_in_order, value))) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(map(_in_order, value)) + ")"
    return repr(value)


def _seed_schedule(connection: psycopg.Connection[Any]) -> None:
    rows = [
        (s.class_, s.clock, s.months, s.local, s.patience_months, s.rule, s.contact, s.of_receipts, s.choice)
        for s in SCHEDULE
    ]
    connection.execute(
        "INSERT INTO schedule (class, clock, months, local, patience, rule, contact, of_receipts, choice)"
        " SELECT * FROM unnest(%s::text[], %s::text[], %s::integer[], %s::text[], %s::integer[], %s::text[],"
        " %s::text[], %s::boolean[], %s::text[])",
        [list(column) for column in zip(*rows, strict=True)],
    )


def _seed_duties(connection: psycopg.Connection[Any]) -> None:
    """The periods, how items are spelled, and the days of the bank-holiday list this program comes with.

    Another list that is published takes the place of the days.
    """
    calendar = england_and_wales()
    rows = [(d.kind, d.working_days, d.months, d.days, d.target_working_days) for d in DUTIES]
    connection.execute(
        "INSERT INTO duty (kind, working_days, months, days, target_working_days)"
        " SELECT * FROM unnest(%s::text[], %s::integer[], %s::integer[], %s::integer[], %s::integer[])",
        [list(column) for column in zip(*rows, strict=True)],
    )
    connection.execute(
        "INSERT INTO spelling (number, bare, code, within) SELECT * FROM unnest(%s::integer[], %s::text[], %s::text[],"
        " %s::boolean[])",
        [list(column) for column in zip(*((n, *name) for n, name in enumerate(NAMES_OF_ITEMS)), strict=True)],
    )
    connection.execute(
        "INSERT INTO calendar (version, first_day, last_day, position) VALUES (%s, %s, %s, 0)",
        [calendar.version, calendar.first, calendar.last],
    )
    connection.execute(
        "INSERT INTO day (day, working, number) SELECT d.day, d.working, count(*) FILTER (WHERE d.working) OVER"
        " (ORDER BY d.day) FROM (SELECT g.day::date AS day, extract(isodow FROM g.day) < 6 AND NOT g.day::date"
        " = ANY (%s::date[]) AS working FROM generate_series(%s::timestamp, %s, interval '1 day') AS g (day)) AS d",
        [sorted(calendar.holidays), calendar.first, calendar.last],
    )


def _types_between(
    connection: psycopg.Connection[Any], view: str, *, after: int, upto: int
) -> tuple[frozenset[str], bool]:
    """The types of events in a range of positions, and whether the view leaves out any event: in one round trip."""
    found = connection.execute(
        "SELECT ARRAY(SELECT DISTINCT type FROM ledger.event WHERE position > %s AND position <= %s),"
        " EXISTS (SELECT FROM poisoned WHERE view = %s)",
        [after, upto, view],
    ).fetchone()
    assert found is not None, "a query without a table has one row"
    return frozenset(found[0]), bool(found[1])


def _types_of(statement: str) -> frozenset[str] | None:
    """Every use of the batch must say which types it takes, and by nothing else, for the statement to be left out."""
    named = re.findall(r"\be\.type (?:= ('[a-z-]+')|IN \(([^)]*)\))", statement)
    if re.search(r"\be\.class\b", statement) or len(named) < statement.count(":batch") or not named:
        return None
    return frozenset(re.findall(r"'([a-z-]+)'", " ".join(single or many for single, many in named)))


VIEWS = (
    View(name="customers"),
    View(name="organisations"),
    View(name="shares"),
    View(name="findings"),
    View(name="retention"),
    View(name="requests"),
    View(name="obligations"),
    View(name="serving"),
    View(name="accesses"),
    View(name="claims"),
)


def view_named(name: str) -> View:
    """The view of that name; a programmer's error when there is none."""
    return next(view for view in VIEWS if view.name == name)
