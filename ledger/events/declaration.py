"""How an event is declared: every field says whether it is a fact or sealed, and what it is in plain English.

A *fact* is stored in clear and is never personal by itself: an id, a code, a date, a rule id. A *sealed* field is
stored encrypted under a key per customer and retention class, and can be destroyed (D4). The plain-English label of
each field is what the person reads in their subject-access report, so an undeclared field cannot exist. This file
knows nothing of storage: the stored name of an event is its literal and never a Python path.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self, TypeVar, dataclass_transform

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

RetentionClass = Literal[
    "identity",
    "service",
    "payment_evidence",
    "received_from_jcp",
    "equality",
    "research_contact",
    "did_not_attend",
    "nhs_careers",
    "access_log",
    "staff",
    "organisation",
    "rights_request",
    "breach_file",
]
CLASSES: dict[str, str] = {
    "identity": "who you are and how to reach you",
    "service": "the advice and help you were given",
    "payment_evidence": "the least that proves a contractor may be paid for helping you",
    "received_from_jcp": "what Jobcentre Plus told the National Careers Service about you",
    "equality": "ethnicity, health and disability, collected only with your consent",
    "research_contact": "what is needed to ask you about your satisfaction",
    "did_not_attend": "an appointment you did not come to",
    "nhs_careers": "what NHS Health Careers holds about you",
    "access_log": "which member of staff looked at your records",
    "staff": "an adviser's own contact details",
    "organisation": "how to reach an organisation's staff",
    "rights_request": "what you asked about your data, and how it was answered",
    "breach_file": "what was found and decided about a possible breach of the protection of your data",
}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; the subclasses are the whole vocabulary."""

    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1
    LABEL: ClassVar[str]
    HOLDS: ClassVar[RetentionClass]
    """The class of the sealed fields, unless the event carries a `kept_as` fact of its own."""
    FACTS: ClassVar[tuple[str, ...]] = ()
    SEALED: ClassVar[tuple[str, ...]] = ()
    FIELDS: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """The event with these fields, which must be its own; every other field has its default.

        It bypasses the initialiser, which sets up to seventy fields one by one: reading histories back took most of the
        time of recording.
        """
        made = object.__new__(cls)
        made.__dict__.update(fields)
        return made

    def but(self, **fields: Any) -> Self:  # noqa: ANN401 (any field of any event)
        """A copy of the event with these fields replaced."""
        return self.of({**self.__dict__, **fields})

    def retention_class(self) -> str:
        """The class under whose key this event's sealed fields are kept."""
        return getattr(self, "kept_as", None) or self.HOLDS

    def retention_part(self) -> str:
        """The part of the class that is destroyed on its own: a receipt, a later generation; or ''."""
        return getattr(self, "part", None) or ""


def fact(label: str, *, default: Any = None) -> Any:  # noqa: ANN401 (a dataclass field stands in for any type)
    """A field stored in clear: never a name, an address, a free text or anything else that is personal by itself."""
    return field(default=default, metadata={"kind": "fact", "label": label})


def sealed(label: str) -> Any:  # noqa: ANN401 (a dataclass field stands in for any type)
    """A field stored encrypted under the customer's key of the event's class; None when absent or destroyed."""
    return field(default=None, metadata={"kind": "sealed", "label": label})


E = TypeVar("E", bound=type[Event])
EVENTS: dict[str, type[Event]] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(fact, sealed))
def event(name: str, label: str, *, holds: RetentionClass = "service", version: int = 1) -> Any:  # noqa: ANN401
    """Declare an event: its stored name (never changed), its plain-English label, the class of its sealed fields."""

    def declare(cls: type[Event]) -> type[Event]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        declared = dataclasses.fields(made)
        undeclared = [f.name for f in declared if f.metadata.get("kind") not in {"fact", "sealed"}]
        if undeclared:
            raise TypeError(f"{name}: neither fact nor sealed: {', '.join(undeclared)}")
        made.NAME, made.LABEL, made.HOLDS, made.VERSION = name, label, holds, version
        made.FACTS = tuple(sorted(f.name for f in declared if f.metadata["kind"] == "fact"))
        made.SEALED = tuple(sorted(f.name for f in declared if f.metadata["kind"] == "sealed"))
        made.FIELDS = frozenset((*made.FACTS, *made.SEALED))
        EVENTS[name] = made
        return made

    return declare


def labels(kind: type[Event]) -> dict[str, str]:
    """The plain-English label of every field of an event."""
    return {f.name: str(f.metadata["label"]) for f in dataclasses.fields(kind)}


@dataclass(frozen=True, kw_only=True)
class FromDocument(Event):
    """Fields of an event that carries one version of one document of the earlier service."""

    collection: str | None = fact("the kind of record")
    record_id: str | None = fact("the record's number")
    etag: str | None = fact("the version tag the source gave this version")
    history_id: int | None = fact("the row of the source's history table that this version was read from")
    written_at: str | None = fact("when the source wrote it")
    touchpoint: str | None = fact("the organisation that wrote it")
    changed: tuple[str, ...] = fact("which fields were set by this version", default=())
    cleared: tuple[str, ...] = fact("which fields were emptied by this version", default=())
    warnings: tuple[str, ...] = fact("what was odd about the record when it was imported", default=())
    kept_as: str | None = fact("the retention class of the record")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    lawful_basis: str | None = fact("the lawful basis it is kept on; unless it says so, the class of the record tells")
    values: dict[str, Json] | None = sealed("what the record said")
    document: str | None = sealed("a digest of the source document, to recognise it when it comes again")
    history_digest: str | None = sealed("a digest of what the source's history table makes of the document")
