"""Section R13 of the report: who is responsible for a person's data, then and now, and how to reach them and others.

Pure: a person's entries with their events, rows of the shares view and the registers of the day come in, words go out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from ledger.clocks import london_day
from ledger.events import DataProtectionOfficerNamed, DataShared
from ledger.state.registers import InForce
from projections.subject_access import sections
from projections.subject_access.data_copy import Section
from projections.subject_access.sections import Told
from projections.wording import words
from projections.wording.words import Names


def section(
    at: datetime,
    told: Told,
    *,
    controllers: Sequence[Section],
    shares: Sequence[Section],
    registers: InForce,
    names: Names,
) -> Section:
    """The controllers of a person's programme, the officer of today's, and who else received data (CONF-20)."""
    counted = Counter(sections.controller_on(london_day(entry.occurred_at), controllers) for entry, _ in told)
    today = sections.controller_at(london_day(at), controllers)
    return {
        "heading": "Who is responsible for your data (the controller)",
        "today": today["name"] if today else "not registered",
        "rows": [_controller(one, counted) for one in controllers],
        "entries_without_controller": counted["not registered"],
        "sentence": f"Today the controller is {today['name']}{_unconfirmed(today)}."
        if today
        else "No controller is registered in this ledger, so this report cannot name one.",
        **_officer(today, registers, names),
        "others": [*_others(today, shares, registers, names), *_copied_in(told)],
    }


def _unconfirmed(row: Section) -> str:
    return ", which is still to be confirmed" if row["to_be_confirmed"] else ""


def _controller(row: Section, counted: Counter[str]) -> Section:
    return {
        "controller": row["name"],
        "from": words.day(row["valid_from"]) if row["valid_from"] else "the beginning",
        "until": words.day(row["valid_until"]) if row["valid_until"] else None,
        "to_be_confirmed": bool(row["to_be_confirmed"]),
        "entries": counted[str(row["name"])],
    }


def _officer(today: Section | None, registers: InForce, names: Names) -> Section:
    """The officer of today's controller: the office and where to write to, never a person (PARTY-08)."""
    named = registers.officer_of(str(today["organisation"])) if today else None
    if named is None:
        sentence = "No data protection officer is recorded for the controller." if today else None
        return {"officer": None, "officer_sentence": sentence}
    return {
        "officer": _contact(named, names),
        "officer_sentence": f"You can write to its data protection officer: {where_to_write(named)}.",
    }


def _others(today: Section | None, shares: Sequence[Section], registers: InForce, names: Names) -> Iterator[Section]:
    """Everyone else who received the data, once each: they answer for their own copies, so they can be asked too."""
    sent = (row["to"]["organisation"] for row in shares if row["kind"] != "receipt")
    for code in dict.fromkeys(str(code) for code in sent if code):
        if today and code == today["organisation"]:
            continue
        named = registers.officer_of(code)
        yield {
            "organisation": words.organisation(code, names),
            "officer": _contact(named, names) if named else None,
            "reach": _reach(named, code, names) if named else "no contact is recorded",
        }


def _copied_in(told: Told) -> Iterator[Section]:
    """Everybody who was copied into a message with the data, by address, once each (LAW-SAR-01)."""
    copied = (
        address
        for _, event in told
        if isinstance(event, DataShared)
        for address in (*(event.cc_addresses or ()), *(event.bcc_addresses or ()))
    )
    for address in dict.fromkeys(copied):
        yield {"organisation": f"{address}, to whom a copy was sent", "officer": None, "reach": f"by email: {address}"}


def _reach(named: DataProtectionOfficerNamed, code: str, names: Names) -> str:
    of = "" if named.organisation == code else f" of {words.organisation(named.organisation, names)}"
    return f"the data protection officer{of}: {where_to_write(named)}"


def where_to_write(named: DataProtectionOfficerNamed) -> str:
    """A data protection officer's office and its address."""
    return f"{named.office}, {named.address}" if named.address else f"{named.office} (no address is recorded)"


def _contact(named: DataProtectionOfficerNamed, names: Names) -> Section:
    return {
        "organisation": words.organisation(named.organisation, names),
        "office": named.office,
        "address": named.address,
        "since": named.valid_from,
    }
