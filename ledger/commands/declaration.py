"""How a command is declared: once, beside its checks, in the file of its subject.

A declaration names the event that the command makes, its stream, the roles that may give it, its checks and the fields
that the ledger fills in. Its fields are those of its event. The reader, the permissions, the checks, the OpenAPI schema
and `ledger commands` all follow from it.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Literal

from ledger.calendars import Calendar
from ledger.caller import KEEPERS, RECORDERS
from ledger.commands.conditions import Condition
from ledger.commands.field_types import Ahead, FieldType, type_of
from ledger.commands.plain_words import CODED, sealed_text_of, without_free_text
from ledger.events import Event, Json
from ledger.state.customer import Customer
from ledger.state.request import Request

Fields = Mapping[str, Any]
"""The fields of a command as read: JSON values that the field types have checked."""
FillsIn = Callable[[Fields, datetime], Fields]
"""From the fields given and the time it happened to the fields to record. Raises Malformed."""
Subject = Literal["customer", "organisation", "request", "claim"]
Effect = Literal["changes", "protects", "own-act"]
"""What a command does to the person: it changes, exposes or ends something; it protects them; or it reports what
an organisation itself did with their data. By default it changes, which only somebody entitled may do (D43)."""
CONTROLLERS = frozenset({"case-worker", "records-manager"})
"""Roles that answer requests. Every recorder may record that one was received, which starts its clock (SAR-01)."""
_BOOKKEEPING = frozenset(
    {"etag", "history_id", "document", "history_digest", "warnings", "changed", "cleared", "written_at", "kept_as"}
    | {"part", "judged_by", "rests_on", "registered_at"}
)
"""Fields of many events that only the import or the ledger fills in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """The codes of a field. Other values are refused when `closed`, and recorded unchanged otherwise."""

    values: tuple[str, ...]
    closed: bool = True


def closed(*values: str) -> Codes:
    """Codes of a field that takes no other value."""
    return Codes(values=values)


def known(*values: str) -> Codes:
    """Codes of a field that also takes any other text."""
    return Codes(values=values, closed=False)


def only_when(fields_by_condition: Mapping[tuple[Condition, ...], str]) -> dict[str, tuple[Condition, ...]]:
    """Conditions by field name, from a table of conditions and the fields (names with spaces between) they apply to."""
    return {name: when for when, names in fields_by_condition.items() for name in names.split()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a command: what it must be, whether it is stored sealed, what it means and when it matters."""

    name: str
    type: FieldType
    needed: bool
    sealed: bool
    label: str
    codes: Codes | None = None
    when: tuple[Condition, ...] = ()
    """The field matters when one of these holds; () when it always matters."""

    def matters(self, conditions: frozenset[str]) -> bool:
        """Whether the field matters when the conditions with these names hold."""
        return self.needed or not self.when or any(condition.name in conditions for condition in self.when)


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """One command about invented people, with the examples to record before it."""

    at: str
    fields: Mapping[str, Json]
    about: str | None = None
    """The id of the customer or request it is about, where that differs from the other examples."""
    after: tuple[str, ...] = ()
    """Examples to record first: `share-data` for the first example of a command, `share-data/post` for another."""
    finds: tuple[str, ...] = ()
    """The ids of the rules it breaks; () except for an example that another example needs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Declaration:
    """What every command declares; the three kinds of commands are below."""

    SUBJECT: ClassVar[Subject]

    name: str
    makes: type[Event]
    needs: tuple[str, ...] = ()
    permitted: frozenset[str] = RECORDERS
    """The roles that may give it."""
    effect: Effect = "changes"
    begins: bool = False
    """Whether it starts its stream."""
    own_id: str | None = None
    """The field with the id of what it creates; the command's id when that field is not given."""
    done_by: str | None = None
    """The field with the organisation that acted, for commands that create obligations."""
    filled_in: frozenset[str] = frozenset()
    """Fields of its event that only the ledger fills in: a caller can neither claim nor deny them (LEDG-04)."""
    fills_in: FillsIn | None = None
    settles: bool = False
    """Whether it completes an obligation, so that completing it late is found."""
    judged: bool = False
    """Whether findings may be recorded with it; true for every command that settles."""
    several: tuple[str, ...] | None = None
    """None for a command about one person; else the fields to give within each of `customers`, since they are data of
    one person (LEDG-20)."""
    counts_people: str | None = None
    """The field to fill with the number of people when it is not given."""
    codes: Mapping[str, Codes] = field(default_factory=dict)
    when: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    examples: Mapping[str, Example] = field(default_factory=dict)
    """By label: the name of a condition, or another name. The first breaks no rule."""

    def __post_init__(self) -> None:
        if self.settles:
            object.__setattr__(self, "judged", True)

    @property
    def subject(self) -> Subject:
        """The kind of stream it appends to."""
        return self.SUBJECT

    def fields(self) -> dict[str, Field]:
        """Every field the command may carry, by name."""
        return _fields_of(self)

    def completed(self, fields: Fields, occurred_at: datetime) -> dict[str, Any]:
        """The fields as they are recorded: free text sealed, and those filled in that only the ledger does.

        Raises Malformed.
        """
        completed = fields if self.fills_in is None else self.fills_in(fields, occurred_at)
        codes = {name: codes.values for name, codes in self.codes.items()}
        return without_free_text(completed, self.makes.SEALED, codes)


@dataclass(frozen=True, kw_only=True, eq=False)
class CustomerCommand(Declaration):
    """A command about a customer."""

    SUBJECT: ClassVar[Subject] = "customer"

    check: Callable[[Customer, Fields], None] | None = None
    """Checks the command against the customer's state. Raises subclasses of Refused."""
    check_at: Callable[[Customer, Fields, datetime], None] | None = None
    """A check that also depends on the time of recording. Raises subclasses of Refused."""
    merges: bool = False
    """Whether it appends to two records."""
    on_request_file: bool = False
    """Whether it may also be about a finding in the file of a request."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganisationCommand(Declaration):
    """An entry in an organisation's registers."""

    SUBJECT: ClassVar[Subject] = "organisation"

    permitted: frozenset[str] = KEEPERS
    check: Callable[[Fields], None] | None = None
    """Checks the fields. Raises Malformed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RequestStep(Declaration):
    """A step of a rights request; it may object or restrict, so it is judged."""

    SUBJECT: ClassVar[Subject] = "request"

    judged: bool = True
    check: Callable[[Request, Fields, date], None] | None = None
    """Checks the step against the request's state on its day. Raises subclasses of Refused."""
    reckons: Callable[[Request, Request, Fields, date, Calendar], dict[str, Any]] | None = None
    """Computes fields that only the ledger fills in, from the request before and after the step and its day."""
    withholds: bool = False
    """Whether it records a decision to withhold something from an answer."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClaimAnswer(Declaration):
    """An answer to a claim: confirmed, and then it takes effect, or disputed."""

    SUBJECT: ClassVar[Subject] = "claim"

    confirms: bool = False
    """Whether what was claimed takes effect with it."""


@cache
def may_not_lie_ahead(kind: Declaration) -> Mapping[str, Ahead]:
    """By the name of each field that may not lie in the future: what of its value does."""
    types = {name: field.type.ahead for name, field in kind.fields().items()}
    return {name: ahead for name, ahead in types.items() if ahead is not None}


def hints_of(kind: type[Event]) -> dict[str, Any]:
    """The types of an event's fields."""
    return typing.get_type_hints(kind)


@cache
def _fields_of(kind: Declaration) -> dict[str, Field]:
    hints = hints_of(kind.makes)
    declared = {event_field.name: event_field.metadata for event_field in dataclasses.fields(kind.makes)}
    seals_words = sealed_text_of(kind.makes.SEALED) is not None
    return {
        name: Field(
            name=name,
            type=type_of(
                name, hints[name], sealed=declared[name]["kind"] == "sealed", coded=name in CODED and seals_words
            ),
            needed=name in kind.needs,
            sealed=declared[name]["kind"] == "sealed",
            label=str(declared[name]["label"]),
            codes=kind.codes.get(name),
            when=kind.when.get(name, ()),
        )
        for name in (*kind.makes.FACTS, *kind.makes.SEALED)
        if name not in _BOOKKEEPING | kind.filled_in
    }
