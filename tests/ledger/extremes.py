"""Extreme values for every field of every command and of every kind of document, from what is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.commands.catalogue import COMMANDS
from ledger.commands.declaration import Declaration

NIL, ONES = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
NUMBERS = (-1, 0, 1, 2**31 - 1, 2**31, 2**53, 2**63, 2**64, 10**400)
SIX_THOUSAND, A_MILLION = "x" * 6_000, "y" * 1_000_000
TEXTS = (
    "", " ", SIX_THOUSAND, A_MILLION, "a\0b", "a\x01b", "a\nb", 'a"b', "a\\b", "a'b", "</script>", "=1+1", "\u202eab",
    "\ud800", "\U0001f600", "0", "-",
)  # fmt: skip
DAYS = ("0001-01-01", "0999-12-31", "1753-01-01", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "9999-12-31")
MOMENTS = (
    *(f"{day}T00:00:00Z" for day in DAYS), "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "15/06/2011", "2011-6-15", "15.06.11", "/Date(1308096000000)/",
)  # fmt: skip
IDS = (NIL, ONES, "{" + ONES + "}", "urn:uuid:" + NIL, "1" * 32)
SHAPES: tuple[Any, ...] = (None, True, 1.5, float("inf"), [], {}, [[]], [{}], {"a": {"b": []}})
EXTREMES: tuple[Any, ...] = (*NUMBERS, *TEXTS, *DAYS, *MOMENTS, *IDS, *SHAPES)


def nested(deep: int) -> Any:
    """Lists within lists."""
    value: Any = []
    for _ in range(deep):
        value = [value]
    return value


def tried(kind: Declaration) -> Iterator[tuple[str, Any]]:
    """The fields of a command, each with every value to try in it."""
    for name, field in kind.fields().items():
        for value in EXTREMES:
            yield name, value
            yield name, [value]
            if "object of" in field.type.words:
                yield name, {"note": value}
                yield name, {"date_of_birth": value}
                yield name, {"a": [value], "b": {"c": value}}
        yield name, ["x"] * 5_000
        yield name, {f"a{'b' * 30}": nested(200)}
        yield name, {f"f{'abcdefghij'[number % 10] * (number // 10 + 1)}": number for number in range(600)}


def envelope(kind: Declaration) -> Iterator[tuple[str, Any]]:
    """What every command has beside its own fields."""
    subject = {"customer": "customer_id", "request": "request_id", "organisation": "organisation", "claim": "about"}
    for name in ("id", "occurred_at", subject[kind.subject]):
        for value in EXTREMES:
            yield name, value


EVERY = tuple(COMMANDS.values())
