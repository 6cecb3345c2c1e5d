"""Rows of the service's SQL history as documents: told by their shape, read by their columns; it knows no ledger.

`dss-<collection>-history` has a row for each message the database was sent, with HistoryId, CosmosTimeStamp (the
document's `_ts`, in UTC and written without saying so) and the columns of the current table. It has no `_etag`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from api.dss.checks import JSON, Problem, guid_of, is_blank, stands_for_nothing
from api.dss.moments import NotADate, instant
from ledger.codes.dictionary import COLLECTIONS, Collection
from ledger.commands.bounds import LARGEST_POSITION

PRIORITY_GROUPS = "prioritygroups"
_OF_THE_ROW = frozenset({"HistoryId", "CosmosTimeStamp"})
_COPIED = {
    name: collection for name, collection in COLLECTIONS.items() if name != "notifications"
}  # those never reach SQL
_RENAMED: Mapping[str, Mapping[str, str]] = MappingProxyType({
    name: {f.column: f.name for f in collection.fields if f.column is not None and f.column != f.name}
    for name, collection in _COPIED.items()
})  # fmt: skip
_COLUMNS = {
    name: {f.name for f in collection.fields if f.column is not None} | _RENAMED[name].keys()
    for name, collection in _COPIED.items()
}  # fmt: skip


class Row(NamedTuple):
    """A row as the document it was made of; its id, or the customer's for a priority group, is in lower case."""

    collection: Collection
    document: dict[str, JSON]
    id: str
    history_id: int
    ts: int


def is_history(document: Mapping[str, JSON]) -> bool:
    """Whether this is a row of a history table and no document, which always has its `_ts`."""
    return ("HistoryId" in document or "CosmosTimeStamp" in document) and "_ts" not in document


def read_row(row: Mapping[str, JSON], collection: Collection | None) -> Row | Problem:
    """`collection` is whose table it is; where nothing says so the columns must, and of one table only."""
    table = _table_of(row) if collection is None else _COPIED.get(collection.name)
    history_id, stamp = row.get("HistoryId"), row.get("CosmosTimeStamp")
    key = "CustomerId" if table is not None and table.name == PRIORITY_GROUPS else "id"
    id = row.get(key)
    known = guid_of(id)
    if table is None:
        return Problem("unknown_collection", id=known)
    if is_blank(id):
        return Problem("missing_required_field", key, id)
    # There is no reason of its own for one that is no number.
    if type(history_id) is not int or not 0 <= history_id <= LARGEST_POSITION:
        return Problem("missing_required_field", "HistoryId", id=known)
    if is_blank(stamp):
        return Problem("missing_required_field", "CosmosTimeStamp", id=known)
    if type(id) is not str or (known is None and table.name == PRIORITY_GROUPS) or stands_for_nothing(known or ""):
        return Problem("invalid_guid", key, id)
    ts = _second(stamp)
    if ts is None:
        return Problem("invalid_date", "CosmosTimeStamp", stamp, id=known)
    return Row(table, document_of(table.name, row), known or id.lower(), history_id, ts)


def document_of(collection: str, row: Mapping[str, JSON]) -> dict[str, JSON]:
    """The row's values under the field names of documents."""
    names = _RENAMED[collection]
    return {names.get(name, name): value for name, value in row.items() if name not in _OF_THE_ROW}


def lost(collection: str, ts: int) -> frozenset[str]:
    """The fields that rows of that time have no column for: such a row neither sets nor empties them."""
    return _WITHOUT_COLUMN[collection] | _not_yet(collection, ts)


def kept_apart(collection: str, ts: int) -> frozenset[str]:
    """The fields a row lacks that a document, or a row of another table, may still provide for the version."""
    return _OWN_TABLE[collection] | _not_yet(collection, ts)


_WITHOUT_COLUMN = {
    name: frozenset(f.name for f in collection.fields if f.column is None and not f.own_table)
    for name, collection in COLLECTIONS.items()
}  # fmt: skip
_OWN_TABLE = {
    name: frozenset(f.name for f in collection.fields if f.own_table) for name, collection in COLLECTIONS.items()
}
_SINCE = {
    name: tuple((f.name, f.column_since) for f in collection.fields if f.column_since is not None)
    for name, collection in COLLECTIONS.items()
}  # fmt: skip


def _not_yet(collection: str, ts: int) -> frozenset[str]:
    return frozenset(name for name, since in _SINCE[collection] if ts < since)


def _table_of(row: Mapping[str, JSON]) -> Collection | None:
    named = {name for name, value in row.items() if value is not None} - _OF_THE_ROW
    tables = [name for name, columns in _COLUMNS.items() if named <= columns]
    return COLLECTIONS[tables[0]] if len(tables) == 1 else None


def _second(stamp: JSON) -> int | None:
    try:
        moment, _ = instant(stamp) if type(stamp) is str else (None, False)
    except NotADate:
        return None
    if moment is None or "." in moment:
        return None
    seconds = int(datetime.fromisoformat(moment).timestamp())
    return seconds if seconds >= 0 else None
