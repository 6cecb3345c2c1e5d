"""Provenance at every door: the readings are recorded, each record is gathered once, then it is composed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from api.casework.access import opened_for, read_person
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.events import Json
from projections.organisations import read as organisations
from projections.provenance.items import Person, movements
from projections.provenance.prov import prov_document
from projections.provenance.steps import drawn
from projections.provenance.table import ProvenanceTable
from projections.provenance.table import table as table_of
from projections.shares import read as shares
from projections.subject_access.last_words import identity
from projections.wording.parties import Names

PURPOSE = "provenance"


@dataclass(frozen=True, kw_only=True)
class ProvenancePage:
    """Table and picture of one reading, with the names of whom they are about."""

    person: dict[str, Json] | None
    table: ProvenanceTable
    picture: str
    names: Names
    """The organisations' names."""


def table(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> dict[str, Json]:
    """One row for each item of data: of which record, whence, when, how, what became of it and everyone it went to."""
    return table_of(_gathered(runtime, customer_id, by, route)[0]).as_json()


def prov_json(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> dict[str, Json]:
    """The same as PROV-JSON (W3C Member Submission of 24 April 2013); ids only."""
    return prov_document(_gathered(runtime, customer_id, by, route)[0])


def svg(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> str:
    """The same as an accessible picture: who, what happened, which data, time from left to right."""
    return drawn(_gathered(runtime, customer_id, by, route)[0])


def page(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> ProvenancePage:
    """Table and picture of one reading."""
    person, known_as = _gathered(runtime, customer_id, by, route)
    return ProvenancePage(person=known_as, table=table_of(person), picture=drawn(person), names=person.records[0].names)


def _gathered(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> tuple[Person, dict[str, Json] | None]:
    """Everything about one person, merged records too, and their names; each reading is recorded first.

    Raises UnknownCustomer.
    """
    read = read_person(runtime, customer_id, by, purpose=PURPOSE, route=route)
    with runtime.views(by, about=read.shown[0]) as views:
        registered = organisations.registered(views)
        went = {record: shares.for_customer(views, record) for record in read.shown}
        entries = {record: runtime.ledger.history(record, by=views) for record in read.shown}
        opened = {record: opened_for(runtime, views, entries[record], read.sights[record]) for record in read.shown}
    person = Person(
        records=[movements(record, entries[record], opened[record], went[record], registered) for record in read.shown],
        not_shown=len(read.not_shown),
    )
    known_as = identity(entries[customer_id], opened[customer_id])
    return person, known_as if read.sights[customer_id].unsealed else None
