"""People who came twice and got two numbers: found to be one and joined, or joined by mistake and taken apart again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from api.world.people import Caseload, drawn_uuid
from api.world.writer import Command, command


def commands_of(load: Caseload) -> Iterator[Command]:
    """Of each caseload one person came again under another number; in every second one the joining was a mistake."""
    dice = Random(f"twice {load.people[0].id}")
    person = load.people[-1]
    again, at = str(drawn_uuid(dice)), load.together + timedelta(days=11)
    values = {"given_name": person.given, "family_name": person.family, "date_of_birth": person.born.isoformat()}
    yield command(dice, "register-customer", at, customer_id=again, organisation=person.organisation, values=values)
    joined = command(
        dice,
        "merge-customers",
        at + timedelta(days=5),
        customer_id=again,
        into=str(person.id),
        reason="The same name and date of birth, said on the telephone",
        decided_by="Kim Guideford (invented)",
    )
    yield joined
    if load.number % 2 == 1:
        yield command(
            dice,
            "unmerge-customers",
            at + timedelta(days=9),
            customer_id=again,
            merge_id=joined["id"],
            data_exposed=load.number % 4 == 3,
            reason="A cousin of the same name",
        )
