"""A small contractor whose contract ended: the controller instructed it to destroy what it holds of those it advised.

Nobody else is touched by it: its people are in no document, since it reported to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from api.world.casework import NOTICE
from api.world.organisations import controller
from api.world.people import Caseload, drawn_uuid
from api.world.writer import Command, command
from ledger.retention.schedule import PRE_DELETION_CHECKS

SMALL_PRIME = "prime-littlewick"
_CONTRACT = f"contract-{SMALL_PRIME}"
_ENDED_DAYS_AGO, _INSTRUCTED_DAYS_AGO, _DESTROY_DAYS_AGO = 130, 120, 60
_PEOPLE = 2


def registers(seed: int, today: date) -> Iterator[Command]:
    """The contract, its end, and the instruction that followed; the caller puts it in order of time."""
    dice = Random(f"{SMALL_PRIME} {seed}")
    of_prime = {"organisation": SMALL_PRIME}
    began, ended = today - timedelta(days=2_000), today - timedelta(days=_ENDED_DAYS_AGO)
    instructed = _at(today - timedelta(days=_INSTRUCTED_DAYS_AGO))
    name = "Littlewick Careers (invented)"
    yield command(dice, "register-organisation", _at(began), **of_prime, name=name, kind="prime")
    yield command(dice, "start-contract", _at(began), **of_prime, contract=_CONTRACT, valid_from=began.isoformat())
    yield command(dice, "end-contract", _at(ended), **of_prime, contract=_CONTRACT, valid_until=ended.isoformat())
    yield command(
        dice,
        "instruct-destruction",
        instructed,
        organisation=controller(instructed),
        instruction=f"destroy-{SMALL_PRIME}",
        contractor=SMALL_PRIME,
        contract=_CONTRACT,
        valid_from=(today - timedelta(days=_DESTROY_DAYS_AGO)).isoformat(),
        method="keys and ciphertext deleted; paper shredded",
        checked=[*PRE_DELETION_CHECKS],
    )


def commands_of(load: Caseload) -> Iterator[Command]:
    """Whom the small contractor advised; once in a world."""
    if load.number > 0:
        return
    dice, fake = Random(f"{SMALL_PRIME} {load.people[0].id}"), load.people[0].fake
    for index in range(_PEOPLE):
        at = load.ago(700 + 90 * index)
        customer = {"customer_id": str(drawn_uuid(dice)), "organisation": SMALL_PRIME}
        born = (at.date() - timedelta(days=dice.randrange(20 * 366, 60 * 365))).isoformat()
        values = {"given_name": fake.first_name(), "family_name": fake.last_name(), "date_of_birth": born}
        yield command(dice, "register-customer", at, **customer, introduced_by=4, values=values)
        how = {"notice": NOTICE, "method": "at the first appointment"}
        yield command(dice, "inform-customer", at + timedelta(minutes=5), **customer, **how, benefits_explained=True)
        note = "Talked about a course in bookkeeping"
        yield command(dice, "keep-appointment", at + timedelta(days=8), **customer, note=note)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)
