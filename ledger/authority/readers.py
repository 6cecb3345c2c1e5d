"""What each role may read, as data, and which organisations served a customer; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from ledger import events
from ledger.caller import Caller
from ledger.events import Event

READS: Mapping[str, Literal["everything", "own organisation"]] = {
    "auditor": "everything",
    "administrator": "everything",
    "case-worker": "everything",
    "records-manager": "everything",
    "contractor": "own organisation",
}
"""What each role may read: a contractor only the customers, shares and due records of its own organisation."""


def may_read(by: Caller, organisations: Collection[str]) -> bool:
    """Whether a caller may read what concerns these organisations; an empty collection stands for what concerns all."""
    match READS.get(by.role):
        case "everything":
            return True
        case "own organisation":
            return by.organisation in organisations
        case _:
            return False


def organisations_serving(history: Iterable[Event]) -> frozenset[str]:
    """The organisations that registered or served a customer; one that only read the record did not serve them."""
    return frozenset(
        code
        for event in history
        if not isinstance(event, events.PersonalDataRead)
        for name in ("organisation", "touchpoint", "referred_to", "received_by", "sent_by")
        if (code := getattr(event, name, None))
    )
