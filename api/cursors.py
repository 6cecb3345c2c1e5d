"""The opaque cursors by which lists are paged: the key of the last row, encoded; read strictly and never repeated."""

from __future__ import annotations

import base64
from datetime import date
from uuid import UUID

import orjson

from ledger.errors import Malformed
from ledger.events import Json
from projections.accesses.review import ReviewKey
from projections.claims import read as claims
from projections.obligations.read import Key
from projections.retention.read import DueKey


def cursor_of(key: list[Json]) -> str:
    """The opaque text that goes on after the row with this key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


def key_of(cursor: str, *, length: int) -> list[Json]:
    """The key of a cursor this program gave. Raises Malformed."""
    try:
        decoded = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        key = None if b"\\u0000" in decoded else orjson.loads(decoded)  # no text of the database holds this character
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


def due_cursor(key: DueKey | None) -> str | None:
    """The cursor of the next page of what is due or has no period."""
    return key and cursor_of([key.destroy_by.isoformat(), str(key.customer), key.class_, key.part])


def due_key(cursor: str | None) -> DueKey | None:
    """The row such a page goes on after. Raises Malformed for a cursor this list did not give."""
    if cursor is None:
        return None
    day, customer, class_, part = map(str, key_of(cursor, length=4))
    try:
        return DueKey(date.fromisoformat(day), UUID(customer), class_, part)
    except ValueError:
        raise not_a_cursor() from None


def obligation_cursor(key: Key | None) -> str | None:
    """The cursor of the next page of obligations, when there is more than this one shows."""
    return key and cursor_of([key.due_on.isoformat(), key.position, key.kind, key.recipient])


def obligation_key(cursor: str | None) -> Key | None:
    """The obligation a page goes on after. Raises Malformed for a cursor this list did not give."""
    if cursor is None:
        return None
    due_on, position, kind, recipient = key_of(cursor, length=4)
    try:
        if type(position) is int and 0 <= position < 2**63:
            return Key(date.fromisoformat(str(due_on)), position, str(kind), str(recipient))
    except ValueError:
        pass
    raise not_a_cursor()


def review_cursor(key: ReviewKey | None) -> str | None:
    """The cursor of the next page of a review of access."""
    return key and cursor_of([*key])


def review_key(cursor: str | None) -> ReviewKey | None:
    """The row such a page goes on after. Raises Malformed for a cursor this list did not give."""
    if cursor is None:
        return None
    organisation, who, role, operator = key_of(cursor, length=4)
    if not isinstance(operator, bool) or not all(isinstance(text, str) for text in (organisation, who, role)):
        raise not_a_cursor()
    return ReviewKey(str(organisation), str(who), str(role), operator)


def claim_cursor(key: claims.Key | None) -> str | None:
    """The cursor of the next page of claims, when there is more than this one shows."""
    return key and cursor_of([key.position, key.place])


def claim_key(cursor: str | None) -> claims.Key | None:
    """The row of claims a page goes on after. Raises Malformed for a cursor this list did not give."""
    if cursor is None:
        return None
    position, place = key_of(cursor, length=2)
    if type(position) is int and type(place) is int and 0 <= position < 2**63 and 0 <= place < 2**31:
        return claims.Key(position, place)
    raise not_a_cursor()
