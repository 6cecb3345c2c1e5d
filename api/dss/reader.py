"""Reads files and standard input into one identified DSS document per line; it knows no rule about its fields.

A line is a document, or a row of the service's SQL history, which is converted back to the document it was made of.

`api.incoming` takes files apart: marks, line ends, gzip, arrays and documents over many lines. A blank line is no line:
it is skipped and not counted, though line numbers still count it.
A line that is no JSON object is `malformed_json`; one whose kind nothing tells, or an envelope with no known flag or
several true ones, is `unknown_collection`: guessing could file a person's record under the wrong kind.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import orjson

from api.dss.checks import JSON, SYSTEM_FIELDS, Problem, guid_of, is_blank, stands_for_nothing
from api.dss.history import Row, is_history, read_row
from api.dss.versions import tag_of_row
from api.incoming import Incoming, Numbered
from api.strict_json import depth, doubled_key, key_of_half_a_character
from ledger.codes.dictionary import COLLECTION_OF_FLAG, COLLECTIONS, Collection
from ledger.commands.bounds import DEEPEST
from ledger.errors import Refused

LONGEST_LINE_BYTES = 8 * 2**20  # a Cosmos document is 2 MB at most, and \u escapes may make it a few times longer
_LAST_SECOND = 253_402_300_799  # of the year 9999


class UnknownCollection(Refused):
    """No collection of that name is known."""


class Line(NamedTuple):  # a tuple because one is made per line and a frozen dataclass takes four times as long
    """An identified document. The id is in lower case; what is inside the document is still unchecked."""

    file: str
    number: int
    collection: Collection
    document: dict[str, JSON]
    id: str
    tag: str  # its etag, or what stands for it where it is a row
    ts: int
    customer: str | None  # in lower case; for a pushed notice, the customer it told of
    doubled: str | None = None  # a key that one object names twice


def collection_named(name: str) -> Collection:
    try:
        return COLLECTIONS[name.lower()]
    except KeyError:
        sentence = f"No such collection; the collections are {', '.join(sorted(COLLECTIONS))}."
        raise UnknownCollection(sentence) from None


def collection_of(file_name: str) -> Collection | None:
    """`Actions_2.ndjson.gz` and `dss-actions-history.ndjson` hold actions; what `feed.ndjson` holds each line says."""
    words = re.split(r"[-_. ]", Path(file_name).name.lower())
    return COLLECTIONS.get(words[1] if words[0] == "dss" and len(words) > 1 else words[0])


class Source(Incoming):
    """One file of documents, or standard input for `-`, and what collection it holds, when its name or caller says."""

    def __init__(self, path: str, *, collection: str | None = None) -> None:
        super().__init__(path, longest=LONGEST_LINE_BYTES)
        self.collection = collection_of(self.name) if collection is None else collection_named(collection)


class HeldTexts:
    """Lines of a file that are at hand already, with the interface of a Source."""

    size_bytes: int | None = None
    read_bytes = 0

    def __init__(self, texts: Sequence[Numbered], *, name: str, collection: str | None) -> None:
        self.name = name
        self.collection = collection_of(name) if collection is None else collection_named(collection)
        self._texts = texts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Numbered]:
        return iter(self._texts)


def read_line(raw: bytes, *, file: str, number: int, collection: Collection | None) -> Line | Problem:
    """`collection` is what the file holds; an envelope's flag wins over it. A row of no known table may tell itself."""
    if len(raw) > LONGEST_LINE_BYTES:
        return Problem("malformed_json")
    try:
        document = orjson.loads(raw)  # refuses NaN, Infinity, lone surrogates, bad UTF-8 and endless nesting
    except orjson.JSONDecodeError:
        return Problem("malformed_json", _known(key_of_half_a_character(raw)) if b"\\u" in raw else None)
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and depth(document) > DEEPEST:
        return Problem("malformed_json")
    if type(document) is dict and "Document" in document:
        raised = [name for name, value in document.items() if value is True]
        document = document["Document"]
        collection = COLLECTION_OF_FLAG.get(raised[0]) if len(raised) == 1 else None
    if type(document) is not dict:
        return Problem("malformed_json")
    if is_history(document):
        row = read_row(document, collection)
        return row if isinstance(row, Problem) else _line_of(row, file, number)
    id, etag, ts = document.get("id"), _etag(document.get("_etag")), document.get("_ts")
    if collection is None:
        return Problem("unknown_collection", id=_id(id), etag=etag)
    if type(id) is not str or is_blank(id) or type(ts) is not int or not 0 <= ts <= _LAST_SECOND or etag is None:
        return _unidentified(id, ts, etag)
    guid = guid_of(id)
    if guid is not None and stands_for_nothing(guid):
        return Problem("invalid_guid", "id", id, etag=etag)
    return Line(file, number, collection, document, guid or id.lower(), etag, ts, _customer(collection, document))


def read_again(raw: bytes, *, file: str, number: int, collection: Collection) -> Line:
    """A line that `read_line` could identify, with the collection it found, for a third of the price."""
    whole = orjson.loads(raw)
    doubled = _known(doubled_key(raw, whole), otherwise="")
    document = whole.get("Document", whole)
    if is_history(document):
        row = read_row(document, collection)
        assert isinstance(row, Row)
        return _line_of(row, file, number, doubled)
    id = document["id"]
    return Line(
        file, number, collection, document, guid_of(id) or id.lower(), document["_etag"], document["_ts"],
        _customer(collection, document), doubled,
    )  # fmt: skip


def _line_of(row: Row, file: str, number: int, doubled: str | None = None) -> Line:
    tag = tag_of_row(row.history_id, row.ts)
    customer = _customer(row.collection, row.document)
    return Line(file, number, row.collection, row.document, row.id, tag, row.ts, customer, doubled)


_NAMES = frozenset(
    {"Document", "HistoryId", "CosmosTimeStamp", *SYSTEM_FIELDS, *COLLECTION_OF_FLAG}
    | {name for each in COLLECTIONS.values() for field in each.fields for name in (field.name, field.column) if name}
)
_GUIDS = frozenset(field.name for each in COLLECTIONS.values() for field in each.fields if field.kind == "guid")


def _known(key: str | None, otherwise: str | None = None) -> str | None:
    """A key as a report may name it: any other than a known one may be personal data in the wrong place."""
    return key if key is None or key in _NAMES else otherwise


def _unidentified(id: JSON, ts: JSON, etag: str | None) -> Problem:
    known = _id(id)
    if is_blank(id):
        return Problem("missing_required_field", "id", id, etag=etag)
    if is_blank(ts):
        return Problem("missing_required_field", "_ts", ts, id=known, etag=etag)
    if etag is None:  # there is no reason of its own for one that is no printable text
        return Problem("missing_required_field", "_etag", id=known)
    if type(id) is not str:
        return Problem("invalid_guid", "id", id, etag=etag)
    return Problem("invalid_date", "_ts", ts, id=known, etag=etag)


def _id(value: JSON) -> str | None:
    # Anything else in the place of an id may be anything, so it is not repeated in a report.
    return guid_of(value)


def _etag(value: JSON) -> str | None:
    if type(value) is str and len(value) <= 200 and value.isascii() and value.isprintable() and value.strip():
        return value
    return None


def _customer(collection: Collection, document: dict[str, JSON]) -> str | None:
    if collection.has_customer:
        customer = document.get("id" if collection.name == "customers" else "CustomerId")
    else:
        notice = document.get("Notification")
        customer = notice.get("CustomerId") if isinstance(notice, dict) else None
    if isinstance(customer, str) and len(customer) == 36:
        return customer.lower()
    return guid_of(customer)


# What differs between two deliveries of one version: the feed adds _lsn, and the store's own addresses say nothing.
_DELIVERY_FIELDS = frozenset({"_lsn", "_attachments", "_rid", "_self"})


def document_digest(document: dict[str, JSON]) -> bytes:
    """Equal for two deliveries of one version: null is absent, and identifiers have no case.

    It is a plain hash of personal data, so it may be compared and must not be kept in clear.
    """
    content = {name: value for name, value in document.items() if value is not None and name not in _DELIVERY_FIELDS}
    for name, value in content.items():
        if type(value) is str and ((len(value) == 36 and not value.islower()) or (len(value) != 36 and name in _GUIDS)):
            content[name] = guid_of(value) or value
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
