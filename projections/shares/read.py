"""The shares view's read functions: where each item came from and everyone it went to, by the organisations' codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from ledger.clocks import london_day
from ledger.events import Json
from projections.row import Row, json_of

_FIRST = (0, UUID(int=0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One share, receipt or referral of one customer's data."""

    customer_id: UUID
    share_id: str
    kind: Literal["share", "receipt", "referral"]
    direction: str | None
    at: datetime
    position: int
    sent_by: str | None
    sent_to: str | None
    office: str | None
    recipient_role: str | None
    channel: str | None
    items: list[str]
    container: str | None
    plan_id: str | None
    purpose: str | None
    lawful_basis: str | None
    agreement: str | None
    encrypted: bool | None
    plans_in_share: int | None
    confirmed_at: datetime | None
    incorporated_at: datetime | None
    disposed_at: datetime | None

    @property
    def day(self) -> date:
        """Its day in London: the registers change at midnight there."""
        return london_day(self.at)

    def as_json(self, names: Mapping[str, str]) -> dict[str, Json]:
        """The share as every door gives it, with the organisations' names."""
        row: dict[str, Json] = {}
        for name in (field.name for field in fields(self)):
            if name == "sent_by":
                row["from"] = _organisation(self.sent_by, names)
            elif name == "sent_to":
                row["to"] = _organisation(self.sent_to, names)
            else:
                row[name] = json_of(getattr(self, name))
        return row


@dataclass(frozen=True, kw_only=True, slots=True)
class Party(Row):
    """An organisation that data went to or came from: when first and last, and how often."""

    organisation: str | None
    name: str | None
    first_at: datetime
    last_at: datetime
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Parties(Row):
    """Everybody one customer's data went to and came from (TRACE-03)."""

    shared_with: tuple[Party, ...]
    received_from: tuple[Party, ...]


_SHARE = """
SELECT customer AS customer_id, split_part(share, '>', 1) AS share_id, kind, direction, at, position, sent_by, sent_to,
       office, recipient_role, channel, items, container, plan AS plan_id, purpose, lawful_basis, agreement, encrypted,
       plans_in_share, confirmed_at, incorporated_at, disposed_at
FROM share
"""


def for_customer(connection: psycopg.Connection[Any], customer: UUID) -> list[Share]:
    """Every share of one customer's data in both directions, oldest first; never anything of another customer in it."""
    with connection.cursor(row_factory=class_row(Share)) as cursor:
        return cursor.execute(
            f"{_SHARE} WHERE customer = %s ORDER BY at, position, share".encode(), [customer]
        ).fetchall()


def page(
    connection: psycopg.Connection[Any],
    *,
    organisation: str | None = None,
    narrowed: Mapping[str, object] | None = None,
    after: tuple[int, UUID] | None = None,
    limit: int = 100,
) -> list[Share]:
    """Shares of all customers in recorded order, one page; `organisation` sent or received them (TRACE-01).

    `narrowed` may name sent_by, sent_to, office, and the London days since and until.
    """
    by = {name: (narrowed or {}).get(name) for name in ("sent_by", "sent_to", "office", "since", "until")}
    position, customer = after or _FIRST
    with connection.cursor(row_factory=class_row(Share)) as cursor:
        return cursor.execute(
            f"{_SHARE} WHERE (position, customer) > (%(position)s, %(customer)s)"
            " AND (%(of)s::text IS NULL OR sent_by = %(of)s OR sent_to = %(of)s)"
            " AND (%(sent_by)s::text IS NULL OR sent_by = %(sent_by)s)"
            " AND (%(sent_to)s::text IS NULL OR sent_to = %(sent_to)s)"
            " AND (%(office)s::text IS NULL OR office = %(office)s)"
            " AND (%(since)s::date IS NULL OR (at AT TIME ZONE 'Europe/London')::date >= %(since)s)"
            " AND (%(until)s::date IS NULL OR (at AT TIME ZONE 'Europe/London')::date <= %(until)s)"
            " ORDER BY position, customer LIMIT %(limit)s".encode(),
            {**by, "of": organisation, "position": position, "customer": customer, "limit": limit},
        ).fetchall()


def parties(shares: Iterable[Share], names: Mapping[str, str]) -> Parties:
    """Each organisation that data went to or came from, in the order of the first time."""
    to: dict[str | None, Party] = {}
    whence: dict[str | None, Party] = {}
    for share in shares:
        side, code = (whence, share.sent_by) if share.kind == "receipt" else (to, share.sent_to)
        known = side.get(code) or Party(
            organisation=code, name=names.get(code or ""), first_at=share.at, last_at=share.at, count=0
        )
        side[code] = replace(known, last_at=share.at, count=known.count + 1)
    return Parties(shared_with=tuple(to.values()), received_from=tuple(whence.values()))


def _organisation(code: str | None, names: Mapping[str, str]) -> Json:
    return {"organisation": code, "name": names.get(code or "")}
