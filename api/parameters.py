"""What a caller says in parameters, read strictly: days, moments, pages; never repeats a value and knows no door."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from uuid import UUID

import orjson

from ledger.clocks import end_of_day
from ledger.errors import Malformed
from ledger.events import Json

MOST_ROWS = 1_000
PAGE_ROWS = 100


def customer_number(text: str) -> UUID:
    """A customer's id. Raises Malformed."""
    try:
        return UUID(text)
    except ValueError:
        raise Malformed("A customer id is a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.") from None


def request_number(text: str) -> UUID:
    """A rights request's id. Raises Malformed."""
    try:
        return UUID(text)
    except ValueError:
        raise Malformed("A request id is a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.") from None


def day(text: str) -> date:
    """A calendar day. Raises Malformed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed("A date is written like 2026-11-22.") from None


def moment(text: str) -> datetime:
    """An instant, or a day, which means the end of that day in London. Raises Malformed."""
    try:
        if len(text) <= len("2026-11-22"):
            return end_of_day(date.fromisoformat(text))
        said = datetime.fromisoformat(text)
        if said.tzinfo is not None:
            return said.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed("A moment is written like 2026-11-22T09:00:00Z, or 2026-11-22 for the end of that day.")


def cursor_of(key: list[Json]) -> str:
    """The opaque text that goes on after the row with this key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


def key_of(cursor: str, *, length: int) -> list[Json]:
    """The key of a cursor this program gave. Raises Malformed."""
    try:
        said = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        key = None if b"\\u0000" in said else orjson.loads(said)  # no text of the database holds this character
    except ValueError:
        key = None
    if not isinstance(key, list) or len(key) != length:
        raise not_a_cursor()
    return key


def position_of(cursor: str | None) -> int:
    """The position that a list in recorded order goes on after; 0 without a cursor. Raises Malformed."""
    if cursor is None:
        return 0
    (position,) = key_of(cursor, length=1)
    if type(position) is not int or not 0 <= position < 2**63:
        raise not_a_cursor()
    return position


def not_a_cursor() -> Malformed:
    return Malformed("The cursor is not one that this list gave.", field="cursor")
