"""Makes the leaf hash of a stored entry again, from the values that PostgreSQL's COPY prints.

An entry from before the mending of the envelope may fit only the form of then, in which text was put between quotation
marks as it stood; `leaf_of_old_form` makes that one, and nothing but the verification asks for it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import orjson

from ledger.log.codec import canonical_order, envelope
from ledger.log.merkle import leaf_hash

_NULL = "\\N"
_escape = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class StoredRow(NamedTuple):
    """An entry as COPY prints it: every value as text, hashes in hex, None where there is none."""

    position: str
    id: str
    stream: str
    version: str
    type: str
    type_version: str
    class_: str | None
    part: str
    occurred_at: str
    recorded_at: str
    actor: str
    facts: str
    commitment: str | None
    previous: str | None
    leaf: str
    blob: str | None
    fence: str | None
    """The position at which the entry's class and part were destroyed."""


def stored_row(line: str) -> StoredRow:
    """The row of one line of COPY, whose columns are those of StoredRow in their order."""
    return StoredRow._make([_value(column) if "\\" in column else column for column in line[:-1].split("\t")])


def _value(column: str) -> str | None:
    """A column's value without the backslashes that COPY writes; None for NULL."""
    if column == _NULL:
        return None
    return _escape.sub(lambda found: _ESCAPED.get(found[1], found[1]), column)


def leaf_of(row: StoredRow) -> bytes:
    """The leaf hash of a row, from its values; facts that cannot be read give one that fits nothing."""
    try:
        facts = canonical_order(orjson.loads(row.facts))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        facts = b""
    return leaf_hash(
        envelope(
            id_=row.id, stream=row.stream, version=int(row.version), type_=row.type, type_version=int(row.type_version),
            class_=row.class_, part=row.part, occurred_at=_instant(row.occurred_at),
            recorded_at=_same_instant(row.recorded_at), actor=row.actor, facts=facts, commitment=row.commitment,
            previous=row.previous,
        )
    )  # fmt: skip


def leaf_of_old_form(row: StoredRow) -> bytes:
    """The leaf hash as it was made before texts were escaped and keys were sorted as RFC 8785 says."""
    try:
        facts = orjson.dumps(orjson.loads(row.facts), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        facts = ""
    class_, commitment, previous = (
        "null" if value is None else f'"{value}"' for value in (row.class_, row.commitment, row.previous)
    )
    written = (
        f'{{"actor":"{row.actor}","class":{class_},"commitment":{commitment},"facts":{facts},"id":"{row.id}",'
        f'"occurred_at":"{_instant(row.occurred_at)}","part":"{row.part}","previous":{previous},'
        f'"recorded_at":"{_instant(row.recorded_at)}","stream":"{row.stream}","type":"{row.type}",'
        f'"type_version":{row.type_version},"version":{row.version}}}'
    )
    return leaf_hash(written.encode())


def _instant(text: str) -> str:
    """PostgreSQL's text of an instant in UTC in the canonical form; it leaves out zeros at the end of a fraction."""
    if len(text) == 29:
        return f"{text[:10]}T{text[11:26]}Z"
    fraction = text[19:].removesuffix("+00")
    return f"{text[:10]}T{text[11:19]}{fraction or '.':0<7}Z"


_same_instant = lru_cache(maxsize=64)(_instant)  # what is recorded together has one time of recording
