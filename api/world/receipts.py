"""What came from Jobcentre Plus and what became of it: put into the record, the copy destroyed; in time, late or never.

Some of it is about people nobody had heard of before: they are registered because of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.world.casework import NOTICE
from api.world.organisations import JOBCENTRE_PLUS, OFFICES
from api.world.people import Caseload, drawn_uuid, instant
from api.world.sharing import together
from api.world.writer import Command, command
from ledger.codes.channels import ON_PAPER

_CHANNELS = ("email", "telephone", "hand", "post", "system", "email", "courier", "email", "post")
PEOPLE_IN_AN_EMAIL = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What became of something received, in days after it came; None is never."""

    routed: int | None = None
    incorporated: int | None = None
    disposed: int | None = None


_NOTHING = Fate()
_OF_LATE: tuple[tuple[str, int, bool, Fate], ...] = (
    ("email", 10, False, Fate(routed=1)),
    ("post", 8, True, _NOTHING),
    ("telephone", 3, False, _NOTHING),
    ("email", 30, True, Fate(incorporated=20)),
    ("system", 30, False, Fate(incorporated=2)),
    ("hand", 30, True, Fate(incorporated=3, disposed=4)),
    ("email", 75, False, _NOTHING),
    ("courier", 75, True, _NOTHING),
    ("telephone", 75, True, _NOTHING),
    ("email", 80, True, Fate(incorporated=3)),
    ("post", 65, True, Fate(incorporated=55, disposed=57)),
    ("email", 60, True, Fate(incorporated=50, disposed=52)),
    ("email", 40, True, Fate(incorporated=12, disposed=2)),
)
"""Of the last months: how it came, how many days ago, whether it reached the adviser, and what became of it since."""
_NEWCOMERS: tuple[tuple[int, int | None], ...] = ((10, None), (45, 20), (70, None))
"""How many days ago somebody was registered because of what came, and when they were told of it, if ever."""


def commands_of(load: Caseload) -> Iterator[Command]:
    """Every receipt of a caseload with what became of it; the caller puts them in order of time."""
    for index, channel in enumerate(_CHANNELS):
        at, people = together(load, PEOPLE_IN_AN_EMAIL if index == 0 else 1)
        if people:
            routed = load.dice.randrange(2) == 0
            receipt = _receipt(load, [(str(person.id), person.name) for person in people], channel, at, routed=routed)
            yield receipt
            for person in people:
                yield from _afterwards(load, str(person.id), receipt, at, _drawn(load, routed=routed))
    if load.recent:
        yield from _of_late(load)
        yield from _newcomers(load)


def _of_late(load: Caseload) -> Iterator[Command]:
    for index, (channel, days, routed, fate) in enumerate(_OF_LATE):
        if person := load.staying(days, -1 - index):
            at = load.ago(days)
            receipt = _receipt(load, [(str(person.id), person.name)], channel, at, routed=routed)
            yield receipt
            yield from _afterwards(load, str(person.id), receipt, at, fate)


def _newcomers(load: Caseload) -> Iterator[Command]:
    """Somebody Jobcentre Plus wrote about before they came: registered then, and told later or not yet."""
    fake = load.people[0].fake
    for days, informed in _NEWCOMERS:
        at, customer = load.ago(days), str(drawn_uuid(load.dice))
        given, family = fake.first_name(), fake.last_name()
        born = (load.today - timedelta(days=load.dice.randrange(20 * 366, 60 * 365))).isoformat()
        values = {"given_name": given, "family_name": family, "date_of_birth": born}
        own = {"customer_id": customer, "organisation": load.organisation}
        yield command(
            load.dice, "register-customer", at - timedelta(minutes=20), **own, introduced_by=27, values=values
        )
        receipt = _receipt(load, [(customer, f"{given} {family}")], "email", at, routed=True)
        yield receipt
        yield from _afterwards(load, customer, receipt, at, Fate(incorporated=2, disposed=5))
        if informed is not None:
            how = {"notice": NOTICE, "method": "in a letter", "benefits_explained": True}
            yield command(load.dice, "inform-customer", at + timedelta(days=informed), **own, **how)


def _receipt(load: Caseload, people: list[tuple[str, str]], channel: str, at: datetime, *, routed: bool) -> Command:
    customers: list[dict[str, Any]] = [
        {"customer_id": customer_id, "values": _what_came(load, name)} for customer_id, name in people
    ]
    return command(
        load.dice,
        "receive-data",
        at,
        **({"customers": customers} if len(customers) > 1 else customers[0]),
        received_from=JOBCENTRE_PLUS,
        received_by=load.organisation,
        office=load.dice.choice(OFFICES),
        channel=channel,
        sent_at=instant(at - timedelta(days=load.dice.randrange(4))),
        items=["D01", "D05", "D10", "D13"],
        purpose="NCS_SERVICE_DELIVERY",
        lawful_basis="A6-1-e",
        stored_securely=True if channel in ON_PAPER else None,
        routed=routed or None,
    )


def _what_came(load: Caseload, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "universal_credit_identifier": f"UC-INVENTED-{load.dice.randrange(10**6):06}",
        "referral_reason": "Wants help to write a CV",
        "length_of_unemployment": load.dice.choice(("under 3 months", "3 to 6 months", "over a year")),
    }


def _drawn(load: Caseload, *, routed: bool) -> Fate:
    """Most of it in time; some late, some never, and some destroyed before it was in the record."""
    percent = load.dice.randrange(100)
    passed_on = None if routed or load.dice.randrange(3) == 0 else load.dice.randrange(1, 9)
    if percent < 8:
        return Fate(routed=passed_on)
    if percent < 12:
        return Fate(routed=passed_on, incorporated=load.dice.randrange(9, 28), disposed=load.dice.randrange(1, 9))
    incorporated = load.dice.randrange(45, 70) if percent < 20 else load.dice.randrange(1, 28)
    disposed = incorporated + load.dice.randrange(20) if load.dice.randrange(100) < 88 else None
    return Fate(routed=passed_on, incorporated=incorporated, disposed=disposed)


def _afterwards(load: Caseload, customer: str, receipt: Command, at: datetime, fate: Fate) -> Iterator[Command]:
    about = {"customer_id": customer, "receipt_id": receipt["id"]}
    by = receipt["channel"]

    def on(days: int, minutes: int) -> datetime:
        return min(at + timedelta(days=days, minutes=minutes), load.evening_before())

    if fate.routed is not None:
        adviser = {"organisation": load.organisation, "adviser": f"An adviser of {load.organisation}"}
        yield command(load.dice, "route-data", on(fate.routed, 7), **about, **adviser)
    if fate.incorporated is not None:
        nothing_new = load.dice.randrange(20) == 0
        method = "keyed into the customer record system"
        when = on(fate.incorporated, 11)
        yield command(load.dice, "incorporate-data", when, **about, method=method, nothing_to_incorporate=nothing_new)
    if fate.disposed is not None and (by == "email" or by in ON_PAPER):
        medium = "email" if by == "email" else "paper"
        method = "deleted and emptied from deleted items" if medium == "email" else "shredded"
        yield command(load.dice, "dispose-copy", on(fate.disposed, 14), **about, medium=medium, method=method)
