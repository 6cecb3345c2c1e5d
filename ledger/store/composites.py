"""PostgreSQL's binary form of rows: arrays of a composite type, written without asking the driver about every value.

A row is its number of columns and then each column: the oid of its type, its length, its bytes. The driver's own
adapters for composite types look up a dumper for every value, which makes a call of 64 rows a quarter slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import Dumper

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_column = Struct(">Ii").pack  # oid, length
_instant = Struct(">Iiq").pack
_row = Struct(">iiIiq").pack  # length, columns; the first column: oid, length, value
_array = Struct(">iiIii").pack  # dimensions, nulls, oid of the elements; elements, lower bound
_BIGINT, _TEXT, _BYTEA, _JSONB, _TIMESTAMPTZ = (
    psycopg.adapters.types[name].oid for name in ("int8", "text", "bytea", "jsonb", "timestamptz")
)
_UUID, _INTEGER, _SMALLINT = (
    _column(psycopg.adapters.types[name].oid, length) for name, length in (("uuid", 16), ("int4", 4), ("int2", 2))
)
_NULL_TEXT, _NULL_BYTEA = _column(_TEXT, 0)[:4] + b"\xff\xff\xff\xff", _column(_BYTEA, 0)[:4] + b"\xff\xff\xff\xff"


def uuid(value: UUID) -> bytes:
    """A column of type uuid."""
    return _UUID + value.bytes


def smallint(value: int) -> bytes:
    """A column of type smallint. Raises OverflowError."""
    return _SMALLINT + value.to_bytes(2, "big", signed=True)


def integer(value: int) -> bytes:
    """A column of type integer. Raises OverflowError."""
    return _INTEGER + value.to_bytes(4, "big", signed=True)


def text(value: str | None) -> bytes:
    """A column of type text."""
    if value is None:
        return _NULL_TEXT
    encoded = value.encode()
    return _column(_TEXT, len(encoded)) + encoded


def bytea(value: bytes | None) -> bytes:
    """A column of type bytea."""
    return _NULL_BYTEA if value is None else _column(_BYTEA, len(value)) + value


def jsonb(value: bytes) -> bytes:
    """A column of type jsonb, from JSON text."""
    return _column(_JSONB, len(value) + 1) + b"\x01" + value


def timestamptz(value: datetime) -> bytes:
    """A column of type timestamptz, to the microsecond."""
    return _instant(_TIMESTAMPTZ, 8, (value - _EPOCH) // _MICROSECOND)


class RowArray(bytes):
    """An array of a composite type in binary form, ready to be sent."""

    __slots__ = ()


class _AsItIs(Dumper):
    """Sends a RowArray unchanged; the statement's cast names its type."""

    format = pq.Format.BINARY

    def dump(self, obj: RowArray) -> bytes:
        return obj


def send_row_arrays(connection: psycopg.Connection[Any]) -> None:
    """Let this connection take a RowArray as an argument."""
    connection.adapters.register_dumper(RowArray, _AsItIs)


def row_array(element: int, columns: int, rows: Sequence[tuple[int, bytes]]) -> RowArray:
    """The rows as an array of the composite type with the oid `element`.

    A row is the value of its first column, a bigint, and the bytes of its other columns; `columns` counts them all.
    """
    parts = [_array(1, 0, element, len(rows), 1) if rows else _array(0, 0, element, 0, 0)[:12]]
    for first, others in rows:
        parts += (_row(20 + len(others), columns, _BIGINT, 8, first), others)
    return RowArray(b"".join(parts))
