"""Restrictions, objections and recipient notifications as the rows of lists on pages."""

from __future__ import annotations

from collections.abc import Sequence

from api.pages.responses import Cell, link, noted
from projections.customers.rows import Objection, Restriction
from projections.subject_access.notifications import Matter, Recipient
from projections.wording import codes, dates, outcomes, parties
from projections.wording.parties import Names

NOTIFICATIONS = {
    "to-be-told": "not told yet",
    "told": "told, not confirmed",
    "confirmed": "told and confirmed",
    "not-told": "cannot be told",
}


def restrictions(rows: Sequence[Restriction]) -> list[list[Cell]]:
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


def objections(rows: Sequence[Objection]) -> list[list[Cell]]:
    """The request, what came of it, and when."""
    return [
        [
            link(dates.moment(row.since), f"/requests/{row.objection_id}"),
            _sentence(outcomes.meaning(outcomes.OBJECTIONS, row.outcome)),
            dates.moment(row.decided_at) if row.decided_at else "–",
        ]
        for row in rows
    ]


def recipients(matters: Sequence[Matter], names: Names) -> list[list[Cell]]:
    """Whom a request's correction, erasure or restriction concerns, and how it stands with each of them."""
    return [
        [
            noted(parties.organisation(recipient.code, names), f"of the {matter.kind}"),
            noted(NOTIFICATIONS[recipient.state], _why_not(recipient)),
            dates.moment(recipient.told_at) if recipient.told_at else noted("–", _due(recipient)),
            dates.moment(recipient.confirmed_at) if recipient.confirmed_at else "–",
        ]
        for matter in matters
        for recipient in matter.recipients
    ]


def _why_not(recipient: Recipient) -> str | None:
    if recipient.state == "not-told":
        return outcomes.meaning(outcomes.NOT_TOLD, recipient.not_told_because)
    return "late" if recipient.late else None


def _due(recipient: Recipient) -> str | None:
    to_be_told = recipient.due_on and recipient.state == "to-be-told"
    return f"due by {dates.day(recipient.due_on)}" if to_be_told else None


def _request(request_id: str | None) -> str | None:
    return f"request {request_id}" if request_id else None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
