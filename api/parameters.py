"""What a caller says in parameters, read strictly: days, moments, pages; never repeats a value and knows no door."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from ledger.clocks import end_of_day
from ledger.errors import Malformed

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


def claim_number(text: str) -> UUID:
    """A claim's id. Raises Malformed."""
    try:
        return UUID(text)
    except ValueError:
        raise Malformed("A claim's id is a UUID such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff.") from None


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
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed("A moment is written like 2026-11-22T09:00:00Z, or 2026-11-22 for the end of that day.")
