"""Sharing by telephone: a recognised line, a known contact and a private place."""

from __future__ import annotations

import re

from ledger import events
from ledger.rules.facts import Share
from ledger.rules.rule import GUIDANCE, Found, Rule, found


def by_telephone(share: Share) -> bool:
    return share.channel == "telephone" and share.to_jcp


def unrecognised_line(share: Share) -> Found | None:
    if not by_telephone(share):
        return None
    line = in_full(share.event.called_line or "")
    return None if line and share.registers.found(events.LineRecognised, key=line) else found("called_line")


def unknown_contact(share: Share) -> Found | None:
    if not by_telephone(share):
        return None
    contact = share.event.jcp_contact
    known = contact is not None and share.registers.found(events.ContactNominated, key=contact) is not None
    return None if known else found("jcp_contact")


def not_private(share: Share) -> Found | None:
    if not by_telephone(share):
        return None
    if share.event.overheard:
        return found("overheard", severity="S1")
    return None if share.event.private_place else found("private_place")


def in_full(line: str) -> str:
    """A British telephone number as +44 and digits, however it is spaced and with whichever way to dial from abroad."""
    digits = re.sub(r"[^0-9+]", "", line)
    abroad = re.fullmatch(r"(?:\+|00)44(?:0)?(\d+)", digits)
    if abroad:
        return f"+44{abroad[1]}"
    return f"+44{digits[1:]}" if digits.startswith("0") and not digits.startswith("00") else digits


RULES = (
    Rule(
        id="CH-TEL-01",
        group="CH-TEL",
        source=GUIDANCE,
        line=65,
        force="MAY",
        sentence="can share customer data with JCP over the telephone",
        status="configured",
        how="channel telephone of a share, with the items said",
    ),
    Rule(
        id="CH-TEL-02",
        group="CH-TEL",
        source=GUIDANCE,
        line=66,
        force="MUST",
        sentence="Only make telephone contact with JCP via a recognised JCP telephone line.",
        status="checked",
        how="the line called is in the register of recognised lines",
        proposed="refuse",
        severity="S2",
        check=unrecognised_line,
    ),
    Rule(
        id="CH-TEL-03",
        group="CH-TEL",
        source=GUIDANCE,
        line=66,
        force="MUST",
        sentence="Only share data over the telephone with a known JCP contact.",
        status="checked",
        how="the contact is in the register of contacts",
        proposed="refuse",
        severity="S1",
        check=unknown_contact,
    ),
    Rule(
        id="CH-TEL-04",
        group="CH-TEL",
        source=GUIDANCE,
        line=67,
        force="MUST",
        sentence="it must take place in a private place so as not be heard by other individuals in the vicinity",
        status="checked",
        how="it is said that the place was private; overheard is graver",
        proposed="refuse",
        severity="S2",
        check=not_private,
    ),
)
