"""Restrictions, objections and recipient notifications as the rows of lists on pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.pages.responses import link, noted
from projections.customers.rows import Objection, Restriction
from projections.wording import codes, dates, outcomes, parties
from projections.wording.parties import Names

Row = Mapping[str, Any]

NOTIFICATIONS = {
    "to-be-told": "not told yet",
    "told": "told, not confirmed",
    "confirmed": "told and confirmed",
    "not-told": "cannot be told",
}


def restrictions(rows: Sequence[Restriction]) -> list[list[Any]]:
    """Why, which data, since when, and whether it is in force."""
    return [
        [
            _sentence(outcomes.meaning(outcomes.GROUNDS, row.ground)),
            ", ".join(codes.items(row.items)) or "all data",
            noted(dates.moment(row.since), _request(row.request_id)),
            f"lifted on {dates.moment(row.lifted_at)}" if row.lifted_at else "in force",
        ]
        for row in rows
    ]


def objections(rows: Sequence[Objection]) -> list[list[Any]]:
    """The request, what came of it, and when."""
    return [
        [
            link(dates.moment(row.since), f"/requests/{row.objection_id}"),
            _sentence(outcomes.meaning(outcomes.OBJECTIONS, row.outcome)),
            dates.moment(row.decided_at) if row.decided_at else "–",
        ]
        for row in rows
    ]


def recipients(rows: Sequence[Row], names: Names) -> list[list[Any]]:
    """Whom a request's correction, erasure or restriction concerns, and how it stands with each of them."""
    return [
        [
            noted(parties.organisation(row["recipient"], names), f"of the {row['matter']}"),
            noted(NOTIFICATIONS[row["state"]], _why_not(row)),
            dates.moment(row["told_at"]) if row["told_at"] else noted("–", _due(row)),
            dates.moment(row["confirmed_at"]) if row["confirmed_at"] else "–",
        ]
        for row in rows
    ]


def _why_not(row: Row) -> str | None:
    if row["state"] == "not-told":
        return outcomes.meaning(outcomes.NOT_TOLD, row["not_told_because"])
    return "late" if row["late"] else None


def _due(row: Row) -> str | None:
    return f"due by {dates.day(row['due_on'])}" if row["due_on"] and row["state"] == "to-be-told" else None


def _request(number: str | None) -> str | None:
    return f"request {number}" if number else None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
