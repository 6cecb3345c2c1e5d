"""Wrong data put right, and what became of it with those who had received it: told, confirmed, asked again, or not.

Each begins with the share through which the wrong data left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from api.world.organisations import JOBCENTRE_PLUS, SPECIALISTS
from api.world.people import Caseload, Person, mobile_number
from api.world.sharing import EMAIL, sharing
from api.world.writer import Command, command


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """When the recipient was notified, chased and confirmed, in days after the correction; None is never."""

    notified: int | None = None
    chased: int | None = None
    confirmed: int | None = None


_SETTLED = (Fate(notified=5, confirmed=11), Fate(notified=3, chased=14, confirmed=18), Fate(notified=40, confirmed=80))
_OF_LATE: tuple[tuple[int, Fate], ...] = (
    (60, _SETTLED[0]),
    (55, _SETTLED[1]),
    (85, _SETTLED[2]),
    (6, Fate()),
    (9, Fate(notified=2)),
    (75, Fate()),
    (70, Fate(notified=5)),
    (65, Fate(notified=8, chased=20)),
)
"""Of the last months: how many days ago something was corrected, and what its recipient heard and said since."""
DAYS_AFTER_THE_SHARE = 2


def commands_of(load: Caseload) -> Iterator[Command]:
    """The corrections of a caseload; the caller puts them in order of time."""
    dice = Random(f"corrections {load.people[0].id}")
    if load.recent:
        for turn, (days, fate) in enumerate(_OF_LATE):
            if person := load.staying(days + DAYS_AFTER_THE_SHARE, turn):
                yield from _corrected(load, dice, person, load.ago(days), fate)
        if person := load.staying(50, len(_OF_LATE)):
            yield from _recipient_gone(load, dice, person, load.ago(45))
        return
    at = load.together + timedelta(days=20)
    if people := [person for person in load.people if person.active(at)]:
        yield from _corrected(load, dice, dice.choice(people), at, _SETTLED[load.number % len(_SETTLED)])


def _corrected(load: Caseload, dice: Random, person: Person, at: datetime, fate: Fate) -> Iterator[Command]:
    yield sharing(load, [person], EMAIL, at - timedelta(days=DAYS_AFTER_THE_SHARE))
    correction = corrected(dice, person, at)
    yield correction
    about = {"customer_id": str(person.id), "matter_id": correction["id"], "recipient": JOBCENTRE_PLUS}

    def on(days: int) -> datetime:
        return min(at + timedelta(days=days, hours=1), load.evening_before())

    if fate.notified is not None:
        yield command(dice, "notify-recipient", on(fate.notified), **about, channel="email")
    if fate.chased is not None:
        note = "Asked whether the number was changed there too"
        yield command(dice, "chase-recipient", on(fate.chased), **about, channel="telephone", note=note)
    if fate.confirmed is not None:
        by = f"Coach {person.fake.last_name()} (invented)"
        yield command(dice, "confirm-correction", on(fate.confirmed), **about, confirmed_by=by)


def corrected(dice: Random, person: Person, at: datetime, *, request_id: str | None = None) -> Command:
    """A telephone number that was wrong, put right."""
    return command(
        dice,
        "correct-record",
        at,
        customer_id=str(person.id),
        collection="contacts",
        values={"MobileNumber": mobile_number(dice)},
        reason="Two digits had been swapped",
        organisation=person.organisation,
        request_id=request_id,
    )


def _recipient_gone(load: Caseload, dice: Random, person: Person, at: datetime) -> Iterator[Command]:
    """Somebody had the data whom nobody can tell any more (Art. 19)."""
    specialist = max(SPECIALISTS)
    yield command(
        dice,
        "refer-customer",
        at - timedelta(days=4),
        customer_id=str(person.id),
        referred_by=load.organisation,
        referred_to=specialist,
        with_data=True,
        reason="Wanted help with a small business",
    )
    correction = corrected(dice, person, at)
    yield correction
    yield command(
        dice,
        "notify-recipient",
        at + timedelta(days=6),
        customer_id=str(person.id),
        matter_id=correction["id"],
        recipient=specialist,
        not_told_because="impossible",
        reason="The branch has closed and destroyed its files",
    )
