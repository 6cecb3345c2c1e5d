"""The organisations view's read functions: names, who works under whom and who is the controller, by the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import class_row

from ledger.events import NHS
from projections.row import Row

_BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Organisation(Row):
    """One registration of an organisation: what holds from a day on."""

    organisation: str
    name: str
    kind: str
    part_of: str | None
    valid_from: date
    valid_until: date | None
    to_be_confirmed: bool
    position: int

    def is_controller_of(self, programme: str) -> bool:
        """Whether its kind makes it a controller of a programme."""
        kind = self.kind.lower()
        return kind.startswith("controller") and "nhs" in kind if programme == NHS else kind == "controller"


@dataclass(frozen=True, kw_only=True, slots=True)
class Controller(Row):
    """Who was a programme's controller from one day until another; None is the beginning, or no end."""

    organisation: str
    name: str
    to_be_confirmed: bool
    valid_from: date | None
    valid_until: date | None

    def in_office(self, day: date) -> bool:
        """Whether it was the controller on a day."""
        return (self.valid_from or _BEGINNING) <= day <= (self.valid_until or date.max)


@dataclass(frozen=True)
class Organisations:
    """Every registration, by organisation, then by its first day, then as recorded; read once for an answer."""

    registrations: tuple[Organisation, ...]

    @cached_property
    def names(self) -> dict[str, str]:
        """The published name of each organisation, as registered last."""
        return {row.organisation: row.name for row in self.registrations}

    def names_on(self, day: date) -> Mapping[str, str]:
        """The names as they were on a day; for whoever was registered later, the newest."""
        return {**self.names, **{row.organisation: row.name for row in self.registrations if row.valid_from <= day}}

    @cached_property
    def works_under(self) -> dict[str, str]:
        """Which organisation each works under, as registered last: sub-contractor, prime, controller."""
        newest = {row.organisation: row.part_of for row in self.registrations}
        return {code: above for code, above in newest.items() if above}

    def with_those_under(self, organisation: str) -> list[str]:
        """An organisation and those that work under it, as registered last."""
        return [organisation, *(code for code, above in self.works_under.items() if above == organisation)]

    def controllers(self, programme: str) -> list[Controller]:
        """Who was a programme's controller from when until when, oldest first: data, never a constant (CONF-06).

        A programme has one controller: of two that begin on the same day the one registered last counts, so that the
        one `ledger migrate` began the ledger with gives way to those that the import's reference data names.
        """
        of_programme = (row for row in self.registrations if row.is_controller_of(programme))
        newest = {row.valid_from: row for row in sorted(of_programme, key=lambda row: row.position)}
        return [
            Controller(
                organisation=row.organisation,
                name=row.name,
                to_be_confirmed=row.to_be_confirmed,
                valid_from=row.valid_from if row.valid_from > _BEGINNING else None,
                valid_until=row.valid_until,
            )
            for _, row in sorted(newest.items())
        ]


def controller_on(day: date, controllers: Iterable[Controller]) -> Controller | None:
    """The controller on a day by its newest registration until then, or None when none was in office (PARTY-03)."""
    newest = {row.organisation: row for row in controllers if (row.valid_from or _BEGINNING) <= day}
    return max((row for row in newest.values() if row.in_office(day)),
               key=lambda row: row.valid_from or _BEGINNING, default=None)  # fmt: skip


def registered(connection: psycopg.Connection[Any]) -> Organisations:
    """Everything that was ever registered, in one statement."""
    with connection.cursor(row_factory=class_row(Organisation)) as cursor:
        rows = cursor.execute(
            "SELECT organisation, name, kind, part_of, valid_from, valid_until, to_be_confirmed, position"
            " FROM organisation ORDER BY organisation, valid_from, position"
        ).fetchall()
    return Organisations(tuple(rows))


def names_of(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """The published name of each organisation, as registered last."""
    return registered(connection).names


def with_those_under(connection: psycopg.Connection[Any], organisation: str) -> list[str]:
    """An organisation and those that work under it, as registered last."""
    return registered(connection).with_those_under(organisation)
