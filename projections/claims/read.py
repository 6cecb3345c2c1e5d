"""The claims view's read functions: reports that wait or were answered, and notices that somebody else began to serve.

They show every row there is, or one sender's; who may see which is decided by `api.casework.claims`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

Kind = Literal["claim", "sent", "notice"]
NOTICE_DAYS = 90
"""A notice is listed this long; nobody has to answer it."""


class Key(NamedTuple):
    """Where a page goes on: after this place of the order in which the rows were recorded."""

    position: int
    place: int


FIRST = Key(0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which rows to list; a field that is None does not matter."""

    state: str | None = None
    about: UUID | None = None
    """The record or the person."""
    organisation: str | None = None
    """The organisation that reported it, or whose act it reports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimRow:
    """A claim, a claim as its sender sees it (without what would tell about the person), or a notice."""

    kind: Kind
    position: int
    place: int
    claim_id: UUID | None
    about: UUID
    person: UUID | None
    programme: str | None
    """The programme of the person, where that is not the National Careers Service."""
    subject: str
    command: str | None
    because: str | None
    claimant: str
    """Who reported it; of a notice, who began to serve."""
    organisation: str | None
    """Whose act it reports; of a notice, whom it tells."""
    taken: bool | None
    state: str | None
    received_at: datetime
    happened_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    destroyed: bool

    @property
    def key(self) -> Key:
        return Key(self.position, self.place)


def page(
    connection: psycopg.Connection[Any],
    wanted: Wanted,
    *,
    own: Collection[str],
    at: datetime,
    after: Key,
    limit: int,
) -> list[ClaimRow]:
    """Every claim, what these organisations sent and what they are told, in the order it was recorded, one page."""
    with connection.cursor(row_factory=class_row(ClaimRow)) as cursor:
        return cursor.execute(
            _PAGE,
            {
                "position": after.position, "place": after.place, "own": list(own), "limit": limit,
                "state": wanted.state, "about": wanted.about, "organisation": wanted.organisation,
                "since": at - timedelta(days=NOTICE_DAYS),
            },
        ).fetchall()  # fmt: skip


_CLAIM = """
SELECT 'claim' AS kind, c.position, 0 AS place, c.claim AS claim_id, c.about, c.person, p.programme,
       c.subject, c.command, c.because, c.claimant, c.organisation, c.taken, c.state, c.received_at,
       c.happened_at, c.answered_at, c.answered_by, c.destroyed
FROM claim AS c LEFT JOIN person_of_programme AS p USING (person)
"""
_SENT = """
SELECT 'sent' AS kind, c.position, 0 AS place, c.claim AS claim_id, c.about, NULL::uuid AS person, NULL AS programme,
       c.subject, c.command, NULL AS because, c.claimant, NULL AS organisation, NULL::boolean AS taken, c.state,
       c.received_at, c.happened_at, c.answered_at, NULL AS answered_by, false AS destroyed
FROM sent_claim AS c
"""
_PAGE = f"""
(
{_CLAIM}
WHERE (c.position, 0) > (%(position)s, %(place)s)
  AND (%(state)s::text IS NULL OR (c.state = %(state)s AND (c.state <> 'waiting' OR NOT c.destroyed)))
  AND (%(about)s::uuid IS NULL OR %(about)s IN (c.about, c.person))
  AND (%(organisation)s::text IS NULL OR %(organisation)s IN (c.claimant, c.organisation))
ORDER BY c.position LIMIT %(limit)s
) UNION ALL (
{_SENT}
WHERE (c.position, 0) > (%(position)s, %(place)s) AND c.claimant = ANY (%(own)s)
  AND (%(state)s::text IS NULL OR c.state = %(state)s)
  AND (%(about)s::uuid IS NULL OR c.about = %(about)s)
  AND (%(organisation)s::text IS NULL OR c.claimant = %(organisation)s)
ORDER BY c.position LIMIT %(limit)s
) UNION ALL (
SELECT 'notice', n.position, n.place, NULL, n.person, n.person, NULL, 'customer', NULL, 'identity-shown', n.began,
       n.organisation, NULL, NULL, n.began_at, NULL, NULL, NULL, false
FROM serving_notice AS n
WHERE (n.position, n.place) > (%(position)s, %(place)s) AND n.organisation = ANY (%(own)s) AND n.began_at > %(since)s
  AND %(state)s::text IS NULL
  AND (%(about)s::uuid IS NULL OR n.person = %(about)s)
  AND (%(organisation)s::text IS NULL OR %(organisation)s IN (n.began, n.organisation))
ORDER BY n.position, n.place LIMIT %(limit)s
)
ORDER BY position, place, kind LIMIT %(limit)s
"""  # noqa: S608 (only our own texts are put together)


def notices(connection: psycopg.Connection[Any], *, own: Collection[str], at: datetime, limit: int) -> list[ClaimRow]:
    """What these organisations are told about somebody else who began to serve, the latest first."""
    with connection.cursor(row_factory=class_row(ClaimRow)) as cursor:
        return cursor.execute(
            _NOTICES, {"own": list(own), "since": at - timedelta(days=NOTICE_DAYS), "limit": limit}
        ).fetchall()


_NOTICES = """
SELECT 'notice' AS kind, n.position, n.place, NULL::uuid AS claim_id, n.person AS about, n.person, NULL AS programme,
       'customer' AS subject, NULL AS command, 'identity-shown' AS because, n.began AS claimant, n.organisation,
       NULL::boolean AS taken, NULL AS state, n.began_at AS received_at, NULL::timestamptz AS happened_at,
       NULL::timestamptz AS answered_at, NULL AS answered_by, false AS destroyed
FROM serving_notice AS n WHERE n.organisation = ANY (%(own)s) AND n.began_at > %(since)s
ORDER BY n.position DESC, n.place LIMIT %(limit)s
"""


def claim(connection: psycopg.Connection[Any], claim_id: UUID) -> ClaimRow | None:
    """One claim; None when there is none."""
    with connection.cursor(row_factory=class_row(ClaimRow)) as cursor:
        return cursor.execute(f"{_CLAIM} WHERE c.claim = %s", [claim_id]).fetchone()


def sent(connection: psycopg.Connection[Any], claim_id: UUID) -> ClaimRow | None:
    """One claim as its sender sees it; None when there is none."""
    with connection.cursor(row_factory=class_row(ClaimRow)) as cursor:
        return cursor.execute(f"{_SENT} WHERE c.claim = %s", [claim_id]).fetchone()


def records_claimed_about(connection: psycopg.Connection[Any], records: Collection[UUID]) -> list[UUID]:
    """The records and requests with claims about these, or that name them: the claims' streams are beside theirs."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT about FROM claim WHERE about = ANY (%(records)s) OR person = ANY (%(records)s)"
            " ORDER BY about",
            {"records": list(records)},
        ).fetchall()
    return [row[0] for row in rows]
