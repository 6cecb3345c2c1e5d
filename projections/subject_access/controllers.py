"""Section R13 of the report: who is responsible for a person's data, then and now, and how to reach them and others.

Pure: a person's entries with their events, rows of the shares view and the registers of the day come in, words go out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.clocks import london_day
from ledger.events import DataProtectionOfficerNamed, DataShared
from ledger.state.registers import InForce
from projections.organisations.read import Controller, controller_on
from projections.row import Row
from projections.shares.read import Share
from projections.subject_access.record import History
from projections.wording import dates, parties
from projections.wording.parties import Names

UNREGISTERED = "not registered"


@dataclass(frozen=True, kw_only=True, slots=True)
class ControllerInWords(Row):
    """A controller of the person's programme, and how many of their entries happened in its time."""

    controller: str
    from_: str
    until: str | None
    to_be_confirmed: bool
    entries: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Officer(Row):
    """A data protection officer: the office and where to write to, never a person (PARTY-08)."""

    organisation: str
    office: str
    address: str | None
    since: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherHolder(Row):
    """Somebody else who received the data: they answer for their own copies, so they can be asked too."""

    organisation: str
    officer: Officer | None
    reach: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ControllersSection(Row):
    """Section R13."""

    heading: str
    today: str
    rows: list[ControllerInWords]
    entries_without_controller: int
    sentence: str
    officer: Officer | None
    officer_sentence: str | None
    others: list[OtherHolder]


def section(
    at: datetime,
    history: History,
    *,
    controllers: Sequence[Controller],
    shares: Sequence[Share],
    registers: InForce,
    names: Names,
) -> ControllersSection:
    """The controllers of a person's programme, the officer of today's, and who else received data (CONF-20)."""
    counted = Counter(controller_name_on(london_day(entry.occurred_at), controllers) for entry, _ in history)
    today = controller_on(london_day(at), controllers)
    named = registers.officer_of(today.organisation) if today else None
    return ControllersSection(
        heading="Who is responsible for your data (the controller)",
        today=today.name if today else UNREGISTERED,
        rows=[_controller(controller, counted) for controller in controllers],
        entries_without_controller=counted[UNREGISTERED],
        sentence=f"Today the controller is {today.name}{_unconfirmed(today)}."
        if today
        else "No controller is registered in this ledger, so this report cannot name one.",
        officer=_officer(named, names) if named else None,
        officer_sentence=_officer_sentence(today, named),
        others=[*_others(today, shares, registers, names), *_copied_in(history)],
    )


def controller_name_on(day: date, controllers: Sequence[Controller]) -> str:
    """Who was the controller on a day, by the register (PARTY-03)."""
    known = controller_on(day, controllers)
    return known.name if known else UNREGISTERED


def _unconfirmed(controller: Controller) -> str:
    return ", which is still to be confirmed" if controller.to_be_confirmed else ""


def _controller(controller: Controller, counted: Counter[str]) -> ControllerInWords:
    return ControllerInWords(
        controller=controller.name,
        from_=dates.day(controller.valid_from) if controller.valid_from else "the beginning",
        until=dates.day(controller.valid_until) if controller.valid_until else None,
        to_be_confirmed=controller.to_be_confirmed,
        entries=counted[controller.name],
    )


def _officer_sentence(today: Controller | None, named: DataProtectionOfficerNamed | None) -> str | None:
    if named is None:
        return "No data protection officer is recorded for the controller." if today else None
    return f"You can write to its data protection officer: {where_to_write(named)}."


def _others(
    today: Controller | None, shares: Sequence[Share], registers: InForce, names: Names
) -> Iterator[OtherHolder]:
    """Everyone else who received the data, once each."""
    for code in dict.fromkeys(share.sent_to for share in shares if share.kind != "receipt" and share.sent_to):
        if today and code == today.organisation:
            continue
        named = registers.officer_of(code)
        yield OtherHolder(
            organisation=parties.organisation(code, names),
            officer=_officer(named, names) if named else None,
            reach=_reach(named, code, names) if named else "no contact is recorded",
        )


def _copied_in(history: History) -> Iterator[OtherHolder]:
    """Everybody who was copied into a message with the data, by address, once each (LAW-SAR-01)."""
    copied = (
        address
        for _, event in history
        if isinstance(event, DataShared)
        for address in (*(event.cc_addresses or ()), *(event.bcc_addresses or ()))
    )
    for address in dict.fromkeys(copied):
        yield OtherHolder(
            organisation=f"{address}, to whom a copy was sent", officer=None, reach=f"by email: {address}"
        )


def _reach(named: DataProtectionOfficerNamed, code: str, names: Names) -> str:
    of = "" if named.organisation == code else f" of {parties.organisation(named.organisation, names)}"
    return f"the data protection officer{of}: {where_to_write(named)}"


def where_to_write(named: DataProtectionOfficerNamed) -> str:
    """A data protection officer's office and its address."""
    return f"{named.office}, {named.address}" if named.address else f"{named.office} (no address is recorded)"


def _officer(named: DataProtectionOfficerNamed, names: Names) -> Officer:
    return Officer(
        organisation=parties.organisation(named.organisation, names),
        office=named.office,
        address=named.address,
        since=named.valid_from,
    )
