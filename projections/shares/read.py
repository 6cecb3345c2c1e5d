"""The shares view's read functions: where each item came from and everyone it went to, with named organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ledger.events import NHS, Json


def for_customer(connection: psycopg.Connection[Any], customer: UUID) -> list[dict[str, Json]]:
    """Every share of one customer's data in both directions, oldest first; never anything of another customer in it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM share WHERE customer = %s ORDER BY at, position, share", [customer]
        ).fetchall()
    names = names_of(connection)
    return [_share(row, names) for row in rows]


def page(
    connection: psycopg.Connection[Any],
    *,
    organisation: str | None = None,
    narrowed: Mapping[str, object] | None = None,
    after: tuple[int, str] | None = None,
    limit: int = 100,
) -> list[dict[str, Json]]:
    """Shares of all customers in recorded order, one page; `organisation` sent or received them (TRACE-01).

    `narrowed` may name sent_by, sent_to, office, and the London days since and until.
    """
    by = {name: (narrowed or {}).get(name) for name in ("sent_by", "sent_to", "office", "since", "until")}
    position, customer = after or (0, "00000000-0000-0000-0000-000000000000")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM share WHERE (position, customer) > (%(position)s, %(customer)s::uuid)"
            " AND (%(of)s::text IS NULL OR sent_by = %(of)s OR sent_to = %(of)s)"
            " AND (%(sent_by)s::text IS NULL OR sent_by = %(sent_by)s)"
            " AND (%(sent_to)s::text IS NULL OR sent_to = %(sent_to)s)"
            " AND (%(office)s::text IS NULL OR office = %(office)s)"
            " AND (%(since)s::date IS NULL OR (at AT TIME ZONE 'Europe/London')::date >= %(since)s)"
            " AND (%(until)s::date IS NULL OR (at AT TIME ZONE 'Europe/London')::date <= %(until)s)"
            " ORDER BY position, customer LIMIT %(limit)s",
            {**by, "of": organisation, "position": position, "customer": customer, "limit": limit},
        ).fetchall()
    names = names_of(connection)
    return [_share(row, names) for row in rows]


def names_of(connection: psycopg.Connection[Any], *, on: date | None = None) -> dict[str, str]:
    """The published name of each organisation, as registered; on a date, or the newest."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT ON (organisation) organisation, name FROM organisation"
            " WHERE %s::date IS NULL OR valid_from <= %s::date ORDER BY organisation, valid_from DESC, position DESC",
            [on, on],
        ).fetchall()
    return {row["organisation"]: row["name"] for row in rows}


def works_under(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Which organisation each works under, as registered last: sub-contractor, prime, controller."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT ON (organisation) organisation, part_of FROM organisation"
            " ORDER BY organisation, valid_from DESC, position DESC"
        ).fetchall()
    return {row["organisation"]: row["part_of"] for row in rows if row["part_of"]}


def with_those_under(connection: psycopg.Connection[Any], organisation: str) -> list[str]:
    """An organisation and those that work under it, as registered last."""
    return [organisation, *(code for code, prime in works_under(connection).items() if prime == organisation)]


def controllers(connection: psycopg.Connection[Any], *, programme: str) -> list[dict[str, Json]]:
    """Who was a programme's controller from when until when, oldest first: data, never a constant (CONF-06)."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM (SELECT DISTINCT ON (organisation, valid_from) * FROM organisation"
            " ORDER BY organisation, valid_from, position DESC) AS registered"
            " WHERE lower(kind) LIKE %s ORDER BY valid_from, position",
            ["controller%nhs%" if programme == NHS else "controller"],
        ).fetchall()
    return [
        {
            "organisation": row["organisation"],
            "name": row["name"],
            "to_be_confirmed": row["to_be_confirmed"],
            "valid_from": row["valid_from"].isoformat() if row["valid_from"] > date(1, 1, 1) else None,
            "valid_until": row["valid_until"].isoformat() if row["valid_until"] else None,
        }
        for row in rows
    ]


def summary(shares: Sequence[dict[str, Json]]) -> dict[str, list[Json]]:
    """`shared_with` and `received_from`: each organisation with first and last date and count (TRACE-03)."""
    tallies: dict[str, dict[str, dict[str, Any]]] = {"shared_with": {}, "received_from": {}}
    for share in shares:
        side, who = ("received_from", "from") if share["kind"] == "receipt" else ("shared_with", "to")
        organisation: Any = share[who]
        key = str(organisation["organisation"])
        tally = tallies[side].setdefault(
            key, {**organisation, "first_at": share["at"], "last_at": share["at"], "count": 0}
        )
        tally["last_at"], tally["count"] = share["at"], tally["count"] + 1
    return {side: list(tally.values()) for side, tally in tallies.items()}


def _share(row: dict[str, Any], names: dict[str, str]) -> dict[str, Json]:
    return {
        "customer_id": str(row["customer"]),
        "share_id": row["share"].split(">")[0],
        "kind": row["kind"],
        "direction": row["direction"],
        "at": _text(row["at"]),
        "position": row["position"],
        "from": _organisation(row["sent_by"], names),
        "to": _organisation(row["sent_to"], names),
        "office": row["office"],
        "recipient_role": row["recipient_role"],
        "channel": row["channel"],
        "items": row["items"],
        "container": row["container"],
        "plan_id": row["plan"],
        "purpose": row["purpose"],
        "lawful_basis": row["lawful_basis"],
        "agreement": row["agreement"],
        "encrypted": row["encrypted"],
        "plans_in_share": row["plans_in_share"],
        "confirmed_at": _text(row["confirmed_at"]),
        "incorporated_at": _text(row["incorporated_at"]),
        "disposed_at": _text(row["disposed_at"]),
    }


def _organisation(code: str | None, names: dict[str, str]) -> dict[str, Json]:
    return {"organisation": code, "name": names.get(code or "")}


def _text(moment: Any) -> str | None:  # noqa: ANN401 (an instant, as the driver gives it)
    return None if moment is None else str(moment.isoformat()).replace("+00:00", "Z")
