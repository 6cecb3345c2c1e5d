"""Detects one version delivered both as a document and as a row of the SQL history; pure.

They are the same version when record, second and the content that SQL stores are equal. Two rows with the same second
and content are one version whose message was delivered twice.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, TypeAlias

import orjson

from api.dss.checks import JSON
from api.dss.history import PRIORITY_GROUPS, kept_apart
from api.dss.moments import as_written
from api.dss.versions import Addition, Known, Past, is_row
from ledger.codes.dictionary import COLLECTIONS, Field

Place: TypeAlias = tuple[str, str, int]  # collection, id, _ts
Values: TypeAlias = Mapping[str, JSON]
Joined: TypeAlias = Literal["known", "added", "contradicted", "nobody"]

_PLANS = {name: tuple(f for f in collection.fields if f.column is not None) for name, collection in COLLECTIONS.items()}


def history_digest(collection: str, ts: int, values: Values, document: Values | None = None) -> str:
    """Equal for a document and its row. Without the document its times are taken to have been written in UTC.

    It is a plain hash of personal data, so it may be compared and must not be kept in clear.
    """
    content = {
        field.name: _as_stored(field, value, None if document is None else document.get(field.name))
        for field in _PLANS[collection]
        if (value := values.get(field.name)) is not None and not (field.column_since and ts < field.column_since)
    }
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=20).hexdigest()


def _as_stored(field: Field, value: JSON, written: JSON) -> JSON:
    if isinstance(value, str):
        if field.kind == "datetime":
            return as_written(written) if isinstance(written, str) else value
        return value if value.isascii() else "".join(map(_in_the_code_page, value))
    return float(value) if field.kind == "decimal" and type(value) is int else value


def _in_the_code_page(character: str) -> str:
    """What a VARCHAR column makes of a character; it counts in UTF-16, so that some become two question marks."""
    try:
        return character.encode("cp1252").decode("cp1252")
    except UnicodeEncodeError:
        return "?" if ord(character) < 0x10000 else "??"


@dataclass(kw_only=True, slots=True)
class Witness:
    """One source of a version: a line of this import, or the ledger."""

    tag: str
    order: int
    values: dict[str, JSON]
    digest: str
    gone: bool = False
    arriving: bool = False


class BothWays:
    """The known versions of one stream, by record and second."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._witnesses: dict[Place, list[Witness]] = {}
        self._additions: dict[tuple[str, str, str], Addition] = {}

    @property
    def additions(self) -> list[Addition]:
        """Values to add to versions that are already in the ledger."""
        return list(self._additions.values())

    def at(self, place: Place) -> list[Witness]:
        """The witnesses of this record in this second, in the order of the versions."""
        found = self._witnesses.get(place)
        if found is None:
            chain = self._known.records.get(place[:2], ())
            found = self._witnesses[place] = [_witness(place, past) for past in chain if past.ts == place[2]]
        return found

    def met(self, place: Place, witness: Witness) -> bool:
        """Whether this version is known already; values its row could not hold are then added from this document.

        An unknown version becomes a witness.
        """
        row = is_row(witness.tag)
        for other in self.at(place):
            if (row or is_row(other.tag)) and (other.gone or _same(place, witness, other)):
                if not row and not other.gone:
                    self._complete(place, other, witness)
                return True
        found = self._witnesses[place]
        found.append(witness)
        found.sort(key=lambda known: known.order)
        return False

    def _complete(self, place: Place, row: Witness, whole: Witness) -> None:
        for name in kept_apart(place[0], place[2]):
            value = whole.values.get(name)
            if value not in (None, []) and not _equal(row.values.get(name), value):
                self.add(place, row, name, value, by=whole.tag)

    def keep(self, accepted: Container[str]) -> None:
        """Forget the customer's versions that arrived and were not accepted; `accepted` are the others' tags."""
        for (collection, _, _), there in self._witnesses.items():
            if collection == "customers":
                there[:] = [witness for witness in there if not witness.arriving or witness.tag in accepted]

    def join(self, customer: str, ts: int, group: JSON, *, by: str) -> Joined:
        """Let the customer's version of that second have a priority group of which a row of its own tells.

        Two versions of one second share such rows. The later one gets the group, unless a document says whose it is.
        """
        place = ("customers", customer, ts)
        there = self.at(place)
        rows = [witness for witness in there if is_row(witness.tag)]
        if any(witness.gone or group in _groups(witness) for witness in there):
            return "known"
        if rows:
            self.add(place, rows[-1], "PriorityGroups", [*_groups(rows[-1]), group], by=f"{PRIORITY_GROUPS}/{by}")
            return "added"
        return "contradicted" if there else "nobody"

    def add(self, place: Place, row: Witness, name: str, value: JSON, *, by: str) -> None:
        """Add a value to a version that came as a row."""
        row.values[name] = value
        if not row.arriving:  # an arriving one is recorded with all its values
            collection, id, _ = place
            before = self._additions.get((collection, id, row.tag))
            values = {**(before.values if before else {}), name: value}
            self._additions[collection, id, row.tag] = Addition(collection, id, row.tag, values, by)


def _witness(place: Place, past: Past) -> Witness:
    digest = past.history_digest or history_digest(place[0], place[2], past.values)
    return Witness(tag=past.tag, order=past.order, values=dict(past.values), digest=digest, gone=past.gone)


def _same(place: Place, witness: Witness, other: Witness) -> bool:
    """Equal in content. A value missing in the row, or its priority groups (separate rows), contradicts nothing."""
    row, whole = (witness, other) if is_row(witness.tag) else (other, witness)
    return witness.digest == other.digest and all(
        (value := row.values.get(name)) is None or isinstance(value, list) or value == whole.values.get(name)
        for name in kept_apart(place[0], place[2])
    )  # fmt: skip


def _groups(witness: Witness) -> list[JSON]:
    groups = witness.values.get("PriorityGroups")
    return groups if isinstance(groups, list) else []


def _equal(left: JSON, right: JSON) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return {*map(str, left)} == {*map(str, right)}
    return left == right
