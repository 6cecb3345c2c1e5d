"""Shares of several people or one, and what became of them."""

from __future__ import annotations

import uuid
from typing import Any

from ledger import events as vocabulary
from ledger.events import Event
from ledger.judging.proposal import Proposal
from ledger.recording import Ledger
from ledger.state.replay import event_of
from tests.sharing import command, good, meet

events: Any = vocabulary  # what is not said of an event has its default


FAMILIES = (
    "Ames",
    "Boyd",
    "Cole",
    "Dunn",
    "Ebby",
    "Firth",
    "Gill",
    "Hart",
    "Inns",
    "Judd",
    "Kerr",
    "Lamb",
    "Moss",
    "Nash",
    "Orr",
)


def crowd(ledger: Ledger, people: int) -> list[uuid.UUID]:
    return [meet(ledger, given="Kim", family=family) for family in FAMILIES[:people]]


def together(kind: str, people: list[uuid.UUID], **changed: Any) -> dict[str, Any]:
    return {
        **command("share-data", **good(kind, **changed)),
        "customers": [{"customer_id": str(person)} for person in people],
    }


def alone(kind: str, customer: uuid.UUID, **changed: Any) -> dict[str, Any]:
    return command("share-data", customer, **good(kind, **changed))


def answer_of(proposal: Proposal) -> tuple[str, list[str]]:
    return proposal.answer, sorted(objection.rule_id for objection in proposal.objections)


def happened(ledger: Ledger, customer: uuid.UUID, *kinds: type[Event]) -> list[Any]:
    made = (event_of(entry) for entry in ledger.history(customer))
    return [event for event in made if not kinds or isinstance(event, kinds)]


def found(ledger: Ledger, customer: uuid.UUID) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in happened(ledger, customer, events.FindingRaised)]
