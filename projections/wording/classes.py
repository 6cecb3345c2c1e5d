"""Retention classes, their parts and what starts their clocks."""

from __future__ import annotations

import re
from datetime import date

from ledger.events import CLASSES
from ledger.retention.schedule import FROM_RECEIPTS
from projections.wording.codes import SCOPES, plainly

CLOCKS = {
    "service_ended": "your service ended",
    "received": "the data was received",
    "incorporated": "the data was put into your record",
    "equality": "you withdrew or refused consent",
    "last_contact": "your last contact with the service",
    "erasure": "the decision to erase it, as you asked",
    "instruction": "the controller's instruction at the end of a contract",
    "missed": "the appointment you did not come to",
    "request_received": "your request came",
    "request_closed": "your request was answered",
    "breach_opened": "the assessment of a possible breach was opened",
    "breach_closed": "the assessment of a possible breach was closed",
}


def class_of_records(name: object) -> str:
    """What a retention class holds."""
    return CLASSES.get(str(name), plainly(name))


def records(class_: object, part: object) -> str:
    """A class and the part of it that is kept and destroyed on its own: a month of readings, a consent, a receipt."""
    return class_of_records(class_) + (f" ({_part(str(class_), str(part))})" if part else "")


def _part(class_: str, part: str) -> str:
    first, _, later = part.rpartition("generation-") if "generation-" in part else (part, "", "")
    first = first.rstrip("/")
    again = f"kept again, time {later}" if later else ""
    if class_ == "access_log" and re.fullmatch(r"\d{4}-\d{2}", first):
        first = f"{date.fromisoformat(first + '-01'):%B %Y}"
    elif class_ in {"received_from_jcp", *FROM_RECEIPTS} and first and first not in SCOPES:
        first = f"receipt {first}"
    elif first:
        first = SCOPES.get(first, first)
    return ", ".join(text for text in (first, again) if text)
