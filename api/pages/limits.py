"""What limits the use of a customer's data and who is to hear of it, as the rows of lists on pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.pages.responses import Cell, link, noted
from projections.subject_access.recipients import Matter, Recipient
from projections.wording import outcomes, words
from projections.wording.words import Names

Row = Mapping[str, Any]

TELLING = {
    "to-be-told": "not told yet",
    "told": "told, not confirmed",
    "confirmed": "told and confirmed",
    "not-told": "cannot be told",
}


def restrictions(rows: Sequence[Row]) -> list[list[Cell]]:
    """Why, which data, since when, and whether it is in force."""
    return [
        [
            _sentence(outcomes.meaning(outcomes.GROUNDS, row["ground"])),
            ", ".join(words.items(row["items"])) or "all data",
            noted(words.moment(row["since"]), _request(row["request_id"])),
            f"lifted on {words.moment(row['lifted_at'])}" if row["lifted_at"] else "in force",
        ]
        for row in rows
    ]


def objections(rows: Sequence[Row]) -> list[list[Cell]]:
    """The request, what came of it, and when."""
    return [
        [
            link(words.moment(row["since"]), f"/requests/{row['objection_id']}"),
            _sentence(outcomes.meaning(outcomes.OBJECTIONS, row["outcome"])),
            words.moment(row["decided_at"]) if row["decided_at"] else "–",
        ]
        for row in rows
    ]


def recipients(matters: Sequence[Matter], names: Names) -> list[list[Cell]]:
    """Whom a request's correction, erasure or restriction concerns, and how it stands with each of them."""
    return [
        [
            noted(words.organisation(recipient.code, names), f"of the {matter.kind}"),
            noted(TELLING[recipient.state], _why_not(recipient)),
            words.moment(recipient.told_at) if recipient.told_at else noted("–", _due(recipient)),
            words.moment(recipient.confirmed_at) if recipient.confirmed_at else "–",
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
    return f"due by {words.day(recipient.due_on)}" if to_be_told else None


def _request(request_id: str | None) -> str | None:
    return f"request {request_id}" if request_id else None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
