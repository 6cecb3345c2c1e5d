"""What follows from a share: parcels confirmed or chased, documents passed on, copies deleted, in time, late or never.

It is told what was shared and says nothing of how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.world.organisations import JOBCENTRE_PLUS
from api.world.people import Caseload, Person, instant
from api.world.writer import Command, command
from ledger.codes.channels import PARCELS


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """What was done after a share, in days after it; None is never."""

    chased: int | None = None
    confirmed: int | None = None
    passed: int | None = None
    disposed: int | None = None
    found_late: str | None = None
    """The kind of duty that somebody reported the day before today as not done."""


NEVER = Followed()


def following(
    load: Caseload, person: Person, share: Command, at: datetime, confirmed_percent: int
) -> Iterator[Command]:
    """What followed from a share about one person, as the dice fall."""
    if share["channel"] in PARCELS:
        chased = load.dice.choice((None, 2, 3))
        came = load.dice.randrange(100) < confirmed_percent
        yield from followed(
            load, person, share, at, Followed(chased=chased, confirmed=load.dice.randrange(1, 9) if came else None)
        )
    elif share.get("recipient_role") == "NOMINATED_POC" and load.dice.randrange(100) < 85:
        yield from followed(load, person, share, at, Followed(passed=load.dice.choice((1, 1, 2, 3, 4, 12))))
    elif share["channel"] == "email" and load.dice.randrange(100) < 85:
        days = load.dice.randrange(44, 60) if load.dice.randrange(12) == 0 else load.dice.randrange(1, 38)
        yield from followed(load, person, share, at, Followed(disposed=days))


def followed(load: Caseload, person: Person, share: Command, at: datetime, follows: Followed) -> Iterator[Command]:
    """These things, each on its day."""
    about = {"customer_id": str(person.id), "share_id": share["id"]}

    def on(days: int) -> datetime:
        return min(at + timedelta(days=days, minutes=5), load.evening_before())

    if follows.chased is not None and (follows.confirmed is None or follows.chased < follows.confirmed):
        asked = {"recipient": JOBCENTRE_PLUS, "channel": load.dice.choice(("telephone", "email"))}
        note = "Asked whether the parcel has come"
        yield command(load.dice, "chase-recipient", on(follows.chased), **about, **asked, note=note)
    if follows.confirmed is not None:
        signatory = f"Coach {person.fake.last_name()} (invented)"
        signed = {"confirmed_by": JOBCENTRE_PLUS, "signatory": signatory}
        yield command(load.dice, "confirm-receipt", on(follows.confirmed), **about, **signed)
    if follows.passed is not None:
        coach = {"office": share.get("office"), "work_coach": f"Coach {person.fake.last_name()} (invented)"}
        passed = on(follows.passed)
        yield command(load.dice, "pass-to-work-coach", passed, **about, passed_at=instant(passed), **coach)
    if follows.disposed is not None:
        gone = {"medium": "email", "method": "deleted and emptied from deleted items"}
        yield command(load.dice, "dispose-copy", on(follows.disposed), **about, **gone)
    if follows.found_late is not None:
        late = {"subject_type": follows.found_late, "subject_id": share["id"]}
        yield command(load.dice, "find-late", load.evening_before(), customer_id=about["customer_id"], **late)
