"""Raw SQL as the reader's own login: every row that a caller's value shows, held against the model.

What an organisation may read beyond the people it serves is written from docs/database.md: rows that name it, and what
is due of people it answers for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from ledger.caller import Caller
from ledger.commands.reader import claims_stream, organisation_stream
from tests.authority.strangers_model import Model
from tests.authority.strangers_sides import CONTROLLERS, READERS, own, side
from tests.authority.strangers_world import NCS, UNREGISTERED, Who, World

_WHOM = ("customer", "customer_id", "subject_of", "whom", "person", "request")
"""The columns that say whom a row is about; the first that a table has."""
_NAMING = ("organisation", "prime", "sent_by", "sent_to", "office", "referred_by", "referred_to", "owner", "recipient",
           "maker", "named", "claimant")  # fmt: skip
_OF_WHAT_IS_DUE = {"holding", "clock", "hold", "extension", "case_file", "held_with", "due", "started", "cannot_be",
                   "impossible"}  # fmt: skip
_OF_ACCESS = {"refused_attempt", "reading", "presence", "access_grant"}
_OF_CONTROLLERS = {"due_per_day", "refused_proposal"}
_OF_WHO_IS_NAMED = {"sent_claim", "serving_notice"}
_TABLES = b"""
SELECT c.relname, array_agg(a.attname::text)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'view'::regnamespace AND c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
"""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What somebody may see of rows."""

    model: Model
    who: Who

    @property
    def case_work(self) -> bool:
        """Whether they do the controller's case work, or audit it."""
        return side(self.who) == "controller" and self.who.role in READERS

    @property
    def named(self) -> set[str]:
        """The organisations whose name in a row shows it to them."""
        if side(self.who) in {"contractor", "office"}:
            return own(self.who)
        return {self.who.organisation} if self.case_work else set()

    def sees(self, number: str, *, sealed: bool = False) -> bool:
        """Whether they may see what is about a person, a request, or an id that nobody knows."""
        if number in self.model.people:
            return any(self._reads(record, sealed=sealed) for record in self.model.same_person(number))
        if number in self.model.requests:
            request = self.model.requests[number]
            if request["organisation"] in self.named and not (sealed and self.who.role == "auditor"):
                return True
            if request["customer"] in self.model.people:
                return self.sees(request["customer"], sealed=sealed)
        named = self.model.beside.get(number, set())  # claims about a request that nobody knows
        if len(named) == 1 and named <= {*self.model.people}:
            return self.sees(str(*named), sealed=sealed)
        # Nobody known: the controller of the National Careers Service has what is of no other programme.
        of_ncs = self.case_work and CONTROLLERS[self.who.organisation] == NCS
        return of_ncs and not (sealed and self.who.role == "auditor")

    def _reads(self, person: str, *, sealed: bool) -> bool:
        if sealed and self.who.role == "auditor":
            return (self.who, person) in self.model.grants.values()
        return self.model.may_read(self.who, person)

    def allows(self, table: str, whom: str | None, named: set[str]) -> bool:
        """Whether a row of a view may be shown to them."""
        if side(self.who) == "nobody" or (table in _OF_ACCESS and not self.case_work):
            return False
        if table in _OF_CONTROLLERS and side(self.who) == "controller":
            return True
        if named & self.named:
            return True
        if table in _OF_WHO_IS_NAMED:
            return False
        if table == "claim" and self.case_work and self._of_registers(whom):
            return True
        if whom is None:
            return table not in _OF_CONTROLLERS
        person = whom if whom in self.model.people else self._customer(whom)
        records = self.model.same_person(person) if person in self.model.people else set()
        ever = set().union(*(self.model.people[record].ever for record in records))
        answers = side(self.who) == "contractor" and self.who.organisation in ever
        return self.sees(whom) or (answers and table in _OF_WHAT_IS_DUE)

    def _customer(self, request: str) -> str:
        return str(self.model.requests.get(request, {}).get("customer"))

    def _of_registers(self, whom: str | None) -> bool:
        every = (*self.model.registers, UNREGISTERED)
        return whom is not None and UUID(whom) in {organisation_stream(code) for code in every}


def wrong_rows(world: World, model: Model, who: Who) -> tuple[int, list[str]]:
    """How many rows somebody was shown by SQL, and those that the model does not allow."""
    by = Caller(role=who.role, organisation=who.organisation, subject=f"{who.role} of {who.organisation}")
    rows, wrong, shown = Rows(model=model, who=who), list[str](), 0
    with psycopg.connect(world.logins.writer) as writer:
        of_events = writer.execute(
            "SELECT position, stream, type, facts FROM ledger.event ORDER BY position"
        ).fetchall()
    streams = {position: stream for position, stream, *_ in of_events}
    with world.http.runtime.views(by) as views:
        for table, columns in views.execute(_TABLES).fetchall():
            for whom, named in _rows(views, table, columns):
                shown += 1
                if not rows.allows(table, whom, {code for code in named if code}):
                    wrong.append(f"view.{table} about {whom}, naming {named}")
        about = _streams_of(model)
        for query, sealed in (
            (b"SELECT DISTINCT stream FROM ledger.event", False),
            (b"SELECT DISTINCT stream FROM ledger.class_key", True),
        ):
            found = {stream for (stream,) in views.execute(query).fetchall()}
            shown += len(found)
            wrong += [f"{query.decode()}: {s}" for s in found if not _stream_allowed(rows, about, s, sealed=sealed)]
        of_sealed = {
            streams[position] for (position,) in views.execute(b"SELECT position FROM ledger.sealed").fetchall()
        }
        wrong += [f"ledger.sealed: {s}" for s in of_sealed if not _stream_allowed(rows, about, s, sealed=True)]
    if wrong:
        wrong += [
            f"{stream}: {type_} {facts}" for _, stream, type_, facts in of_events if str(stream) in " ".join(wrong)
        ]
    return shown + len(of_sealed), wrong


def _rows(views: psycopg.Connection[Any], table: str, columns: list[str]) -> Iterator[tuple[str | None, list[str]]]:
    whom = next((name for name in _WHOM if name in columns), None)
    naming = [name for name in _NAMING if name in columns]
    if whom is None and table not in _OF_ACCESS | _OF_CONTROLLERS | _OF_WHO_IS_NAMED:
        return  # about nobody: codes, periods, bank holidays
    select = sql.SQL("SELECT DISTINCT {}::text, ARRAY[{}]::text[] FROM view.{}").format(
        sql.Identifier(whom) if whom else sql.NULL,
        sql.SQL(", ").join(map(sql.Identifier, naming)),
        sql.Identifier(table),
    )
    yield from views.execute(select).fetchall()


def _streams_of(model: Model) -> dict[UUID, str]:
    """Whom a stream is about: people and requests with the claims about them, by stream."""
    known = {*model.people, *model.requests, *model.beside}
    return {UUID(number): number for number in known} | {claims_stream(UUID(number)): number for number in known}


def _stream_allowed(rows: Rows, about: dict[UUID, str], stream: UUID, *, sealed: bool) -> bool:
    if stream in {organisation_stream(code) for code in rows.model.registers}:
        return side(rows.who) != "nobody" and not (sealed and rows.who.role == "auditor")
    if stream in about:
        return rows.sees(about[stream], sealed=sealed)
    return rows.case_work and not (sealed and rows.who.role == "auditor")  # lists, attempts, what is about nobody known


def rows_without_a_caller(world: World) -> list[str]:
    """The tables of which the reader's login sees any row where it does not say for whom it reads."""
    with psycopg.connect(world.logins.reader, autocommit=True) as plain:
        tables = [f"view.{table}" for table, _ in plain.execute(_TABLES).fetchall()]
        every = [*tables, "ledger.event", "ledger.sealed", "ledger.class_key"]
        return [table for table in every if plain.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() != (0,)]
