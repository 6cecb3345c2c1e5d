"""The customer view's read functions: what is true of one customer now, from facts alone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row, dict_row, tuple_row

from ledger.codes.items import each_once
from ledger.events import Json
from ledger.state.customer_at import answer_after
from projections import poison
from projections.customers.rows import (
    Appointments,
    ConsentChange,
    ConsentState,
    Customer,
    Merge,
    Objection,
    Referral,
    Restriction,
    Tombstone,
)

CONSENT_SCOPES = (
    "market_research",
    "user_research",
    "collect_ethnicity",
    "collect_lldd_health",
)
"""Scopes every customer is shown with, asked or not; further scopes appear once something was said about them."""


def for_customer(connection: psycopg.Connection[Any], customer: UUID) -> Customer | None:
    """The customer, or None when nobody of this id is registered."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_CUSTOMER, {"customer": customer}).fetchone()
    if row is None:
        return None
    restricted = restrictions(connection, customer)
    into, from_ = merges(connection, customer)
    poisoned = poison.of_record(connection, customer)
    return Customer(
        customer_id=customer,
        registered_at=row["registered_at"],
        organisation=row["organisation"],
        introduced_by=row["introduced_by"],
        programme=row["programme"],
        consents={
            scope: ConsentState(state="unknown", since=None)
            if poisoned
            else ConsentState(state=changes[-1].state, since=changes[-1].since)
            if changes
            else ConsentState(state="not_asked", since=None)
            for scope, changes in consent_history(connection, customer).items()
        },
        last_interaction_at=row["last_interaction_at"],
        service_ended_at=row["ended_at"] if row["ended"] else None,
        service_end_reason=row["reason"] if row["ended"] else None,
        referrals=referrals(connection, customer),
        appointments=appointments(connection, customer),
        restricted=any(restriction.lifted_at is None for restriction in restricted),
        restrictions=restricted,
        objections=objections(connection, customer),
        destroyed=destroyed(connection, customer),
        merged_into=into,
        merged_from=from_,
        incomplete=poisoned.sentence if poisoned else None,
    )


def registered(connection: psycopg.Connection[Any], customer: UUID) -> bool:
    """Whether a customer of this id is registered."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute("SELECT 1 FROM customer WHERE customer = %s", [customer]).fetchone() is not None


def programme_of(connection: psycopg.Connection[Any], customer: UUID) -> str | None:
    """The programme that a customer is in, if it was said."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT programme FROM customer WHERE customer = %s", [customer]).fetchone()
    return row[0] if row else None


def of_programme(connection: psycopg.Connection[Any], programme: str) -> frozenset[str]:
    """The numbers of everybody in a programme."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT customer::text FROM customer WHERE programme = %s", [programme])
        return frozenset(number for (number,) in cursor)


_CUSTOMER = """
SELECT c.registered_at, c.organisation, c.introduced_by, c.programme, s.at AS ended_at, s.ended, s.reason,
       (SELECT max(i.held_at) FROM contact AS i WHERE i.customer = c.customer) AS last_interaction_at
FROM customer AS c
LEFT JOIN LATERAL (SELECT at, ended, reason FROM service_end AS e WHERE e.customer = c.customer
                   ORDER BY e.position DESC LIMIT 1) AS s ON true
WHERE c.customer = %(customer)s
"""


def consent_history(connection: psycopg.Connection[Any], customer: UUID) -> dict[str, list[ConsentChange]]:
    """Every change of every consent in the order it was said; a statement that changes nothing is left out."""
    history: dict[str, list[ConsentChange]] = {scope: [] for scope in CONSENT_SCOPES}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT scope, state, said_at AS since, said_to, channel, notice, etag, position FROM consent"
            " WHERE customer = %s ORDER BY scope, said_at, position",
            [customer],
        )
        for row in rows:
            changes = history.setdefault(row.pop("scope"), [])
            before = changes[-1].state if changes else None
            if answer_after(before, row["state"]) != before:
                changes.append(ConsentChange(**row))
    return history


def referrals(connection: psycopg.Connection[Any], customer: UUID) -> list[Referral]:
    """Each referral with everybody it was aimed at over time, oldest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_REFERRALS, [customer]).fetchall()
    return [
        Referral(
            referral_id=row["referral"],
            from_=row["referred_by"],
            to=(row["targets"] or [None])[-1],
            targets_over_time=row["targets"] or [],
            requested_at=row["requested_at"],
            accepted_at=row["accepted_at"],
            called_back_at=row["called_back_at"],
            status="accepted" if row["accepted_at"] else "requested",
        )
        for row in rows
    ]


_REFERRALS = """
SELECT referral,
       (array_agg(referred_by ORDER BY written_at DESC, position DESC) FILTER (WHERE referred_by IS NOT NULL))[1]
           AS referred_by,
       array_agg(referred_to ORDER BY written_at, position) FILTER (WHERE referred_to IS NOT NULL) AS targets,
       (array_agg(requested_at ORDER BY written_at DESC, position DESC) FILTER (WHERE requested_at IS NOT NULL))[1]
           AS requested_at,
       (array_agg(accepted_at ORDER BY written_at DESC, position DESC) FILTER (WHERE accepted_at IS NOT NULL))[1]
           AS accepted_at,
       (array_agg(called_back_at ORDER BY written_at DESC, position DESC) FILTER (WHERE called_back_at IS NOT NULL))[1]
           AS called_back_at
FROM referral_step WHERE customer = %s
GROUP BY referral ORDER BY min(written_at), referral
"""


def appointments(connection: psycopg.Connection[Any], customer: UUID) -> Appointments:
    """How many appointments were kept and missed."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT outcome, count(*) FROM appointment WHERE customer = %s GROUP BY outcome ORDER BY outcome",
            [customer],
        ).fetchall()
    counted: dict[str, int] = dict(rows)
    return Appointments(kept=counted.get("kept", 0), missed=counted.get("missed", 0))


def restrictions(connection: psycopg.Connection[Any], customer: UUID) -> list[Restriction]:
    """Every restriction there ever was, oldest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT restriction AS restriction_id, ground, items, since, request AS request_id, lifted_at,"
            " person_told_at FROM restriction WHERE customer = %s ORDER BY position",
            [customer],
        ).fetchall()
    return [Restriction(**{**row, "items": each_once(row["items"])}) for row in rows]


def objections(connection: psycopg.Connection[Any], customer: UUID) -> list[Objection]:
    """Every objection there ever was, oldest first."""
    with connection.cursor(row_factory=class_row(Objection)) as cursor:
        return cursor.execute(
            "SELECT objection AS objection_id, since, outcome, decided_at FROM objection WHERE customer = %s"
            " ORDER BY position",
            [customer],
        ).fetchall()


def destroyed(connection: psycopg.Connection[Any], customer: UUID) -> list[Tombstone]:
    """What was destroyed, when and under which rule."""
    with connection.cursor(row_factory=class_row(Tombstone)) as cursor:
        return cursor.execute(
            "SELECT class AS class_, part, destroyed_at, destroy_by, rule, position FROM tombstone WHERE customer = %s"
            " ORDER BY position, class, part",
            [customer],
        ).fetchall()


def merges(connection: psycopg.Connection[Any], customer: UUID) -> tuple[Merge | None, list[Merge]]:
    """Into which record one is merged, or None, and which are merged into it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT customer, into_customer, merge, at FROM merged WHERE %(customer)s IN (customer, into_customer)"
            " ORDER BY at, customer",
            {"customer": customer},
        ).fetchall()
    into = [_merge(row, "into_customer") for row in rows if row["customer"] == customer]
    return (into[0] if into else None), [_merge(row, "customer") for row in rows if row["into_customer"] == customer]


def _merge(row: dict[str, Any], other: str) -> Merge:
    return Merge(customer_id=row[other], merge_id=row["merge"], since=row["at"])


def same_person(connection: psycopg.Connection[Any], customer: UUID) -> list[UUID]:
    """The ids of all records that count as one person's now, the one that goes on first (LEDG-18)."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        into = cursor.execute("SELECT into_customer FROM merged WHERE customer = %s", [customer]).fetchone()
        goes_on = into[0] if into else customer
        rows = cursor.execute(
            "SELECT customer FROM merged WHERE into_customer = %s ORDER BY at, customer", [goes_on]
        ).fetchall()
    return [goes_on, *(row[0] for row in rows)]


class Standing(NamedTuple):
    """What decided for the earlier service whether it kept somebody's records, and what we destroyed."""

    customer: UUID
    latest_interaction: datetime | None
    touchpoint: str | None
    """Who changed the customer's own record last."""
    redacted: bool
    destroyed: list[dict[str, Json]] | None
    """The class, day and rule of each part that is destroyed, earliest first; None when nothing is."""


def numbers_page(connection: psycopg.Connection[Any], *, after: UUID | None, limit: int) -> list[UUID]:
    """The ids of all registered customers, a page at a time in the order of the ids."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT customer FROM customer WHERE customer > %s ORDER BY customer LIMIT %s",
            [after or UUID(int=0), limit],
        )
        return [row[0] for row in rows]


def standings(connection: psycopg.Connection[Any], numbers: Collection[UUID]) -> list[Standing]:
    """How the registered customers among these stand, in the order of the ids."""
    with connection.cursor(row_factory=class_row(Standing)) as cursor:
        return cursor.execute(_STANDINGS, [list(numbers)]).fetchall()


_STANDINGS = """
SELECT c.customer,
       (SELECT max(i.held_at) FROM contact AS i WHERE i.customer = c.customer) AS latest_interaction,
       nullif((SELECT v.touchpoint FROM customer_version AS v WHERE v.customer = c.customer
               AND v.touchpoint IS NOT NULL ORDER BY v.written_at DESC, v.position DESC LIMIT 1), '') AS touchpoint,
       coalesce((SELECT v.redacted FROM customer_version AS v WHERE v.customer = c.customer
                 AND v.redacted IS NOT NULL ORDER BY v.written_at DESC, v.position DESC LIMIT 1), false) AS redacted,
       (SELECT jsonb_agg(jsonb_build_object('class', t.class, 'rule', t.rule, 'destroy_by', coalesce(
                   t.destroy_by, (t.destroyed_at AT TIME ZONE 'Europe/London')::date))
                   ORDER BY t.destroy_by, t.position, t.class, t.part)
        FROM tombstone AS t WHERE t.customer = c.customer) AS destroyed
FROM customer AS c WHERE c.customer = ANY (%s) ORDER BY c.customer
"""
