"""How a command is declared: once, beside its checks, in the file of its subject.

A declaration says which event the command makes, whose stream it goes to, who may give it, what may prevent it and what
the ledger fills in. Its fields are those of its event. The reader, the permissions, the checks, the OpenAPI schema and
`ledger commands` are all drawn from it.
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
from ledger.caller import EVERYBODY, KEEPERS
from ledger.commands.conditions import Condition
from ledger.commands.field_types import FieldType, type_of
from ledger.events import Event, Json
from ledger.state.customer import Customer
from ledger.state.request import Request

Fields = Mapping[str, Any]
"""A command's fields as they were read: JSON, whose shapes the field types have checked."""
FillsIn = Callable[[Fields, datetime], Fields]
"""The fields to record, from those that were given and the time it happened. Raises Malformed."""
Subject = Literal["customer", "organisation", "request"]
CONTROLLERS = EVERYBODY - {"contractor"}
"""The controller answers requests; anybody may receive one and what comes after it, which starts its clock (SAR-01)."""
_BOOKKEEPING = frozenset(
    {"etag", "history_id", "document", "history_digest", "warnings", "changed", "cleared", "written_at", "kept_as"}
    | {"part", "judged_by"}
)
"""Fields of many events that only the import or the ledger fills in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """The codes of a field; any other value is refused where they are `closed`, and recorded as it is where not."""

    values: tuple[str, ...]
    closed: bool = True


def closed(*values: str) -> Codes:
    """Codes beside which no other value is taken."""
    return Codes(values=values)


def known(*values: str) -> Codes:
    """Codes that are known, beside which any other text is taken."""
    return Codes(values=values, closed=False)


def only_when(fields_by_condition: Mapping[tuple[Condition, ...], str]) -> dict[str, tuple[Condition, ...]]:
    """When fields matter, from the names of the fields, separated by spaces, that matter under the same conditions."""
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
    """The conditions of which one must hold for the field to matter; none when it always does."""

    def matters(self, conditions: frozenset[str]) -> bool:
        """Whether it matters when the conditions of these names hold."""
        return self.needed or not self.when or any(condition.name in conditions for condition in self.when)


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """One command with invented people: when it happened, what it says, and which examples must come before it."""

    at: str
    fields: Mapping[str, Json]
    about: str | None = None
    """The customer or request it is about, where that is not the one of all other examples."""
    after: tuple[str, ...] = ()
    """Examples to record before: `share-data` for a command's first example, `share-data/post` for another."""
    finds: tuple[str, ...] = ()
    """The rules it breaks; only an example that others need breaks any."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Declaration:
    """What every command declares; see its three kinds below."""

    SUBJECT: ClassVar[Subject]

    name: str
    makes: type[Event]
    needs: tuple[str, ...] = ()
    permitted: frozenset[str] = EVERYBODY
    """The roles that may give it."""
    begins: bool = False
    """Whether it begins the stream it is about."""
    own_id: str | None = None
    """The field with the number of what it begins; when none is given that is the command's id."""
    happened_at: str | None = None
    """The field that says when what it reports took place, which may not lie in the future either."""
    done_by: str | None = None
    """The field that says whose doing it was, of what makes somebody owe something."""
    filled_in: frozenset[str] = frozenset()
    """Fields of its event that only the ledger fills in: a caller can neither claim nor deny them (LEDG-04)."""
    fills_in: FillsIn | None = None
    settles: bool = False
    """Whether it does what was owed, so that it is found when that was late."""
    judged: bool = False
    """Whether its findings depend on more than whether it may be carried out; so do those of all that settle."""
    several: tuple[str, ...] | None = None
    """None for what is about one person; else the fields to give within each of `customers`: put once for all of
    them they would put one person's data among another's (LEDG-20)."""
    counts_people: str | None = None
    """The field that says how many people it is about, where that was not given."""
    codes: Mapping[str, Codes] = field(default_factory=dict)
    when: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    examples: Mapping[str, Example] = field(default_factory=dict)
    """The first breaks no rule; another has the name of the condition it is for, or one of its own."""

    def __post_init__(self) -> None:
        if self.settles:
            object.__setattr__(self, "judged", True)

    @property
    def subject(self) -> Subject:
        """Whose stream it goes to."""
        return self.SUBJECT

    def fields(self) -> dict[str, Field]:
        """Every field the command may carry, by name."""
        return _fields_of(self)

    def completed(self, fields: Fields, occurred_at: datetime) -> dict[str, Any]:
        """The fields as they are recorded, with those that only the ledger fills in. Raises Malformed."""
        return dict(fields if self.fills_in is None else self.fills_in(fields, occurred_at))


@dataclass(frozen=True, kw_only=True, eq=False)
class CustomerCommand(Declaration):
    """A command about a customer."""

    SUBJECT: ClassVar[Subject] = "customer"

    check: Callable[[Customer, Fields], None] | None = None
    """What the customer's own history, or what a field may say, forbids. Raises subclasses of Refused."""
    check_at: Callable[[Customer, Fields, datetime], None] | None = None
    """The same, where it depends on the time at which it is recorded."""
    merges: bool = False
    """Whether it is recorded with two records."""
    on_request_file: bool = False
    """Whether it is also about what was found in the file of a request."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganisationCommand(Declaration):
    """An entry in an organisation's registers."""

    SUBJECT: ClassVar[Subject] = "organisation"

    permitted: frozenset[str] = KEEPERS
    check: Callable[[Fields], None] | None = None
    """What its fields may not say. Raises Malformed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RequestStep(Declaration):
    """A step of a rights request; it may object or restrict, so it is judged."""

    SUBJECT: ClassVar[Subject] = "request"

    judged: bool = True
    check: Callable[[Request, Fields, date], None] | None = None
    """What the request's own history forbids on the day of the step. Raises subclasses of Refused."""
    reckons: Callable[[Request, Request, Fields, date, Calendar], dict[str, Any]] | None = None
    """What the ledger itself says of the step: from the request before and after it, on its day."""
    withholds: bool = False
    """Whether it records a decision to leave something out of an answer."""


def hints_of(kind: type[Event]) -> dict[str, Any]:
    """The types of an event's fields."""
    return typing.get_type_hints(kind)


@cache
def _fields_of(kind: Declaration) -> dict[str, Field]:
    hints = hints_of(kind.makes)
    declared = {event_field.name: event_field.metadata for event_field in dataclasses.fields(kind.makes)}
    return {
        name: Field(
            name=name,
            type=type_of(name, hints[name]),
            needed=name in kind.needs,
            sealed=declared[name]["kind"] == "sealed",
            label=str(declared[name]["label"]),
            codes=kind.codes.get(name),
            when=kind.when.get(name, ()),
        )
        for name in (*kind.makes.FACTS, *kind.makes.SEALED)
        if name not in _BOOKKEEPING | kind.filled_in
    }
