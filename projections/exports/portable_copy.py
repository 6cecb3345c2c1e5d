"""The copy of their data that a person may take with them (UK GDPR Art. 20), as JSON or CSV, and why the rest stays.

Only values of the person's own records are in it, and what a request's decision left out is not: neither holds anybody
else's data, and messages, which may, are never portable. Values are as they stand by the one fold of `last_words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import orjson

from ledger import events
from ledger.clocks import instant_text
from ledger.events import Event, Json
from ledger.log.codec import Entry
from ledger.requests import portability
from ledger.state.customer_at import customer_at
from ledger.state.replay import dated_events
from projections.exports.cells import spreadsheet
from projections.row import Row
from projections.subject_access import requests
from projections.subject_access.last_words import (
    LastWord,
    RecordKey,
    called,
    in_order,
    last_words,
    record_of,
    written_at,
)
from projections.subject_access.left_out import LeftOutItem
from projections.subject_access.record import History, Opened, RequestFile, history_of
from projections.wording import source_fields

COLUMNS = ("record", "collection", "field", "value", "since", "basis")
ON_PAPER = (
    "This copy is of what the ledger holds electronically; the right does not reach paper files, which were not"
    " searched, nor the systems of those who received your data."
)
_HAS_ITS_OWN = "This copy is of one record; each of the others has a copy of its own, which you can ask for too."


@dataclass(frozen=True, kw_only=True)
class OwnData:
    """What a copy is composed from: one record of a person up to one position, and the requests about the person."""

    customer_id: UUID
    upto: int
    at: datetime
    entries: Sequence[Entry]
    opened: Opened
    files: Sequence[RequestFile]
    others: int
    """How many other records count as this person's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Value(Row):
    """A value that may go, since when it stands, and the basis that makes it portable."""

    name: str
    label: str
    value: Json
    since: datetime
    basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableRecord(Row):
    """A record with its values that may go."""

    record: str
    collection: str
    record_id: str | None
    values: list[Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Staying(Row):
    """What stays and why: fields of a record, or entries that are no values of a record."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"entries"})

    record: str
    entries: int | None = None
    fields: list[str]
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StayingFields(Row):
    """The fields of a record that stay, and why."""

    record: str
    collection: str
    record_id: str | None
    fields: list[str]
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableCopy(Row):
    """The copy: what goes, and what is left out and why."""

    customer_id: UUID
    title: str
    made_at: datetime
    as_of_position: int
    sentence: str
    on_paper: str
    records: list[PortableRecord]
    left_out: list[Staying | StayingFields]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What decides about single values: the consents as they stand, and what was said of each record."""

    consents: Mapping[str, str]
    bases: Mapping[RecordKey, str]
    said_by: Mapping[RecordKey, Sequence[tuple[datetime, str]]]
    """Who said a record's versions, with when each was written, oldest first."""
    from_jcp: frozenset[str]
    """The numbers of records that data from Jobcentre Plus was put into."""

    def whose(self, record: RecordKey, at: datetime) -> str | None:
        """By the version a value is of, or the last before it that says so."""
        return next((who for when, who in reversed(self.said_by.get(record, ())) if when <= at), None)


def portable_copy(data: OwnData) -> PortableCopy:
    """The values of the record that may go, and everything that stays with the reason."""
    decisions = requests.decisions(data.files)
    kept = requests.without(data.opened, data.entries, decisions)
    history = history_of(kept.entries, kept.opened)
    records, staying = _sorted(history, _known(data, history))
    staying += _by_decision_and_elsewhere(requests.left_out(decisions, kept.shown), data.others)
    return PortableCopy(
        customer_id=data.customer_id,
        title="Your data, to take with you",
        made_at=data.at,
        as_of_position=data.upto,
        sentence=_sentence(records, staying),
        on_paper=ON_PAPER,
        records=records,
        left_out=staying,
    )


def _by_decision_and_elsewhere(left_out: Sequence[LeftOutItem], others: int) -> Iterator[Staying]:
    """What a request leaves out, and that the person has other records (LEDG-18)."""
    for item in left_out:
        yield Staying(record=item.what, fields=[], why=item.why)
    if others:
        yield Staying(record=f"other records that count as yours: {others}", fields=[], why=_HAS_ITS_OWN)


def _known(data: OwnData, history: History) -> _Known:
    bases: dict[RecordKey, tuple[datetime, str]] = {}
    said_by: dict[RecordKey, list[tuple[datetime, str]]] = {}
    for entry, event in history:
        if not isinstance(event, events.FromDocument):
            continue
        record, at = record_of(event), written_at(entry, event)
        if event.lawful_basis and (record not in bases or at >= bases[record][0]):
            bases[record] = (at, event.lawful_basis)
        if who := getattr(event, "said_by", None):
            said_by.setdefault(record, []).append((at, who))
    return _Known(
        consents=customer_at(dated_events(data.entries), data.at).consents,
        bases={record: code for record, (_, code) in bases.items()},
        said_by={record: sorted(versions, key=lambda dated: dated[0]) for record, versions in said_by.items()},
        from_jcp=frozenset(
            event.record_id for _, event in history if isinstance(event, events.DataIncorporated) and event.record_id
        ),
    )


def _sorted(history: History, known: _Known) -> tuple[list[PortableRecord], list[Staying | StayingFields]]:
    """The records with the values that may go, and what may not go: of each record, then of everything else."""
    records: list[PortableRecord] = []
    left_out: list[Staying | StayingFields] = []
    for record, words in last_words(history).items():
        going: list[Value] = []
        staying: dict[str, list[str]] = {}
        for name, word in in_order(record, words):
            basis = _basis(record, word, known)
            why = basis.why_not or _not_theirs(record, name, word, known)
            if why is None:
                going.append(_value(record, name, word, basis.code))
            else:
                staying.setdefault(why, []).append(name)
        (kind, number), label = record, called(record)
        if going:
            records.append(PortableRecord(record=label, collection=kind, record_id=number or None, values=going))
        left_out += [
            StayingFields(record=label, collection=kind, record_id=number or None, fields=names, why=why)
            for why, names in staying.items()
        ]
    return records, [*left_out, *_everything_else(history)]


def _basis(record: RecordKey, word: LastWord, known: _Known) -> portability.Basis:
    class_ = word.entry.class_ or word.event.retention_class()
    return portability.basis_of(class_, word.entry.part, known.bases.get(record), known.consents, collection=record[0])


def _not_theirs(record: RecordKey, name: str, word: LastWord, known: _Known) -> str | None:
    said_by = known.whose(record, word.at)
    if said_by is None and record[1] in known.from_jcp:
        return portability.MIXED_WITH_JCP
    return None if portability.provided(record[0], name, said_by) else portability.NOT_PROVIDED


def _value(record: RecordKey, name: str, word: LastWord, basis: str) -> Value:
    label = source_fields.label_of(record[0], name)
    return Value(name=name, label=label, value=word.value, since=word.at, basis=basis)


def _everything_else(history: History) -> Iterator[Staying]:
    """What is held and is no value of a record: notes, messages, copies of what was sent or received, who looked."""
    counted: dict[tuple[str, str], int] = {}
    for _, event in history:
        shown = {"document", "values"} if isinstance(event, events.FromDocument) else {"document"}
        if any(getattr(event, name) for name in event.SEALED if name not in shown):
            key = (event.LABEL, _why_not(event))
            counted[key] = counted.get(key, 0) + 1
    for (label, why), count in counted.items():
        yield Staying(record=label, entries=count, fields=[], why=why)


def _why_not(event: Event) -> str:
    match event:
        case events.DataReceived():
            return "It came from another organisation and not from you."
        case events.DataShared():
            return "It shows what was sent about you; the data itself is in the records it was taken from."
        case events.Consent():
            return "It is kept to prove what you said about consent, which the law asks of the controller."
        case _:
            return portability.NOT_PROVIDED


def _sentence(records: Sequence[PortableRecord], left_out: Sequence[Row]) -> str:
    number = sum(len(record.values) for record in records)
    if not records and not left_out:
        return "Nothing that you provided is held."
    if not records:
        return (
            "Nothing that is held may be taken with you: each record is listed with the reason."
            " You can still have a copy of all of it by asking for access to your data."
        )
    held = f"{number} value{'s' if number > 1 else ''} that you provided"
    return f"{held}, used with your consent or for a contract with you." + (
        " What is left out is listed, each with the reason." if left_out else " Nothing is left out."
    )


def as_csv(copy: PortableCopy) -> bytes:
    """The copy as CSV (RFC 4180: CRLF, UTF-8 with its mark), one row for each value; what is left out has no rows.

    A cell that a spreadsheet could take for a formula has an apostrophe in front: take one off a cell that begins with
    one and the value is as it was. Lists and objects are JSON.
    """
    return spreadsheet(COLUMNS, _rows(copy.records))


def _rows(records: Iterable[PortableRecord]) -> Iterator[tuple[str, ...]]:
    for record in records:
        for value in record.values:
            cell = value.value if isinstance(value.value, str) else orjson.dumps(value.value).decode()
            since = instant_text(value.since)
            yield record.record_id or "", record.collection, value.name, cell, since, value.basis
