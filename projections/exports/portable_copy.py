"""The copy of their data that a person may take with them (UK GDPR Art. 20), as JSON or CSV, and why the rest stays.

Only values of the person's own records are in it, and what a request's decision left out is not: neither holds anybody
else's data, and messages, which may, are never portable. Values are as they stand by the one fold of `data_copy`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from api import report
from api.casework import customers as answers
from api.casework.runtime import House
from ledger import events
from ledger.caller import Caller
from ledger.errors import UnknownCustomer
from ledger.events import Event
from ledger.log.codec import Entry
from ledger.requests import portability
from ledger.state.customer_at import standing
from ledger.state.replay import event_of, told_by
from projections.customers import read as customers
from projections.subject_access import data_copy, requests
from projections.subject_access.data_copy import LastWord, Section
from projections.wording import words as wording

PURPOSE = "portable copy"
COLUMNS = ("record", "collection", "field", "value", "since", "basis")
ON_PAPER = (
    "This copy is of what the ledger holds electronically; the right does not reach paper files, which were not"
    " searched, nor the systems of those who received your data."
)
_HAS_ITS_OWN = "This copy is of one record; each of the others has a copy of its own, which you can ask for too."
_AS_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "'")
"""What a spreadsheet may take for the beginning of a formula, the signs in full width too; the last one keeps the
marking reversible."""

Told = Sequence[tuple[Entry, Event]]
Record = tuple[str, str]  # the kind of record and its number


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What decides about single values: the consents as they stand, and what was said of each record."""

    consents: Mapping[str, str]
    bases: Mapping[Record, str]
    said_by: Mapping[Record, Sequence[tuple[datetime, str]]]
    """Who said a record's versions, with when each was written, oldest first."""
    from_jcp: frozenset[str]
    """The numbers of records that data from Jobcentre Plus was put into."""

    def whose(self, record: Record, at: datetime) -> str | None:
        """By the version a value is of, or the last before it that says so."""
        return next((who for when, who in reversed(self.said_by.get(record, ())) if when <= at), None)


def portable_copy(house: House, customer_id: UUID, by: Caller, route: str) -> Section:
    """`{"customer_id", "made_at", "records", "left_out", …}` as of this reading. Raises UnknownCustomer."""
    with house.current_views() as connection:
        if customers.for_customer(connection, customer_id) is None:
            raise UnknownCustomer
        others = len(customers.same_person(connection, customer_id)) - 1
    answers.record_reading(house, customer_id, by, purpose=PURPOSE, route=route)
    upto = house.ledger.recorder.max_notification_id() or 0
    entries = [entry for entry in house.ledger.history(customer_id) if entry.position <= upto]
    decisions = report.decisions_about(house, customer_id, upto)
    kept = requests.without(house.ledger.unsealed(customer_id), entries, decisions)
    told = [(entry, event_of(entry, kept.opened.get(entry.position))) for entry in kept.entries]
    records, left_out = _sorted(told, _known(entries, told, house))
    left_out += _by_decision_and_elsewhere(requests.left_out(decisions, kept.shown), others)
    return {
        "customer_id": str(customer_id),
        "title": "Your data, to take with you",
        "made_at": data_copy.text_of(house.ledger.now()),
        "as_of_position": upto,
        "sentence": _sentence(records, left_out),
        "on_paper": ON_PAPER,
        "records": records,
        "left_out": left_out,
    }


def _by_decision_and_elsewhere(left_out: Sequence[Section], others: int) -> Iterator[Section]:
    """What a request leaves out, and that the person has other records (LEDG-18)."""
    for one in left_out:
        yield {"record": one["what"], "fields": [], "why": one["why"]}
    if others:
        yield {"record": f"other records that count as yours: {others}", "fields": [], "why": _HAS_ITS_OWN}


def _known(entries: Sequence[Entry], told: Told, house: House) -> _Known:
    bases: dict[Record, tuple[datetime, str]] = {}
    said_by: dict[Record, list[tuple[datetime, str]]] = {}
    for entry, event in told:
        if not isinstance(event, events.FromDocument):
            continue
        record, at = data_copy.record_of(event), data_copy.written_at(entry, event)
        if event.lawful_basis and (record not in bases or at >= bases[record][0]):
            bases[record] = (at, event.lawful_basis)
        if who := getattr(event, "said_by", None):
            said_by.setdefault(record, []).append((at, who))
    return _Known(
        consents=standing(told_by(entries), house.ledger.now()).consents,
        bases={record: code for record, (_, code) in bases.items()},
        said_by={record: sorted(one, key=lambda said: said[0]) for record, one in said_by.items()},
        from_jcp=frozenset(
            event.record_id for _, event in told if isinstance(event, events.DataIncorporated) and event.record_id
        ),
    )


def _sorted(told: Told, known: _Known) -> tuple[list[Section], list[Section]]:
    """The records with the values that may go, and what may not go: of each record, then of everything else."""
    records, left_out = [], []
    for record, words in data_copy.last_words(told).items():
        going: list[Section] = []
        staying: dict[str, list[str]] = {}
        for name, word in data_copy.in_order(record, words):
            basis = _basis(record, word, known)
            why = basis.why_not or _not_theirs(record, name, word, known)
            if why is None:
                going.append(_value(record, name, word, basis.code))
            else:
                staying.setdefault(why, []).append(name)
        called = {"record": data_copy.called(record), "collection": record[0], "record_id": record[1] or None}
        records += [{**called, "values": going}] if going else []
        left_out += [{**called, "fields": names, "why": why} for why, names in staying.items()]
    return records, [*left_out, *_everything_else(told)]


def _basis(record: Record, word: LastWord, known: _Known) -> portability.Basis:
    class_ = word.entry.class_ or word.event.retention_class()
    return portability.basis_of(class_, word.entry.part, known.bases.get(record), known.consents, collection=record[0])


def _not_theirs(record: Record, name: str, word: LastWord, known: _Known) -> str | None:
    said_by = known.whose(record, word.at)
    if said_by is None and record[1] in known.from_jcp:
        return portability.MIXED_WITH_JCP
    return None if portability.provided(record[0], name, said_by) else portability.NOT_PROVIDED


def _value(record: Record, name: str, word: LastWord, basis: str) -> Section:
    label = wording.label_of(record[0], name)
    return {"name": name, "label": label, "value": word.value, "since": data_copy.text_of(word.at), "basis": basis}


def _everything_else(told: Told) -> Iterator[Section]:
    """What is held and is no value of a record: notes, messages, copies of what was sent or received, who looked."""
    counted: dict[tuple[str, str], int] = {}
    for _, event in told:
        shown = {"document", "values"} if isinstance(event, events.FromDocument) else {"document"}
        if any(getattr(event, name) for name in event.SEALED if name not in shown):
            key = (event.LABEL, _why_not(event))
            counted[key] = counted.get(key, 0) + 1
    for (label, why), entries in counted.items():
        yield {"record": label, "entries": entries, "fields": [], "why": why}


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


def _sentence(records: Sequence[Section], left_out: Sequence[Section]) -> str:
    number = sum(len(record["values"]) for record in records)
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


def as_csv(made: Section) -> bytes:
    """The copy as CSV (RFC 4180: CRLF, UTF-8), one row for each value; what is left out has no rows.

    A cell that a spreadsheet could take for a formula has an apostrophe in front: take one off a cell that begins with
    one and the value is as it was. Lists and objects are JSON.
    """
    written = io.StringIO(newline="")
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows([_harmless(cell) for cell in row] for row in _rows(made["records"]))
    return written.getvalue().encode()


def _rows(records: Iterable[Section]) -> Iterator[tuple[str, ...]]:
    for record in records:
        for one in record["values"]:
            number = record["record_id"] or ""
            yield number, record["collection"], one["name"], _text(one["value"]), one["since"], one["basis"]


def _text(value: Any) -> str:  # noqa: ANN401 (any JSON)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_AS_FORMULA) else cell
