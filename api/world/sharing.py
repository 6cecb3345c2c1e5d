"""The shares of a caseload, as commands: over every channel, as the guidance asks and otherwise.

A ledger that only ever met good shares would be untested, so each way of breaking the guidance that can be told from
what is recorded occurs in turn: eleven plans in one e-mail, a domain that only looks right, a live link, second class
post. The commands are reports of what happened; nothing here says which rule is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.world.followups import NEVER, Followed, followed, following
from api.world.organisations import (
    AGREEMENT,
    CONTACT,
    COURIER,
    JOBCENTRE_PLUS,
    LINE,
    OFFICES,
    RESEARCH,
    WORK_DOMAIN,
    contract_of,
    controller,
    system_of,
)
from api.world.people import Caseload, Person, instant, mobile_number
from api.world.writer import Command, command
from ledger.codes.channels import PARCELS

Fields = dict[str, Any]
MOST_PLANS_IN_AN_EMAIL = 10
GOOD_SHARES = 16
BAD_SHARES = 6
_SUMMARY = ("D01", "D12", "D20", "D25")
_FULL = (*_SUMMARY, "D02", "D04", "D05", "D15")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One way of sharing: what the command says, for how many people, and what tends to follow."""

    fields: Callable[[Caseload, list[Person]], Fields]
    people: int = 1
    confirmed_percent: int = 0
    plan: bool = True


def _email(load: Caseload, people: list[Person], **other: object) -> Fields:
    several = len(people) > 1
    return {
        "channel": "email",
        "attachment_kind": "file",
        "encrypted": load.dice.randrange(3) == 0,
        "items": list(_SUMMARY),
        "container": "CSAP",
        "sender_address": f"adviser.{people[0].adviser}@{load.organisation}.{WORK_DOMAIN}",
        "recipient_addresses": [f"invented.coach.{load.dice.randrange(100)}@dwp.gov.uk"],
        "recipient_role": "WORK_COACH_OF_CUSTOMER",
        "subject": "Action plans from the National Careers Service" if several else people[0].name,
        **other,
    }


def _telephone(load: Caseload, people: list[Person], **other: object) -> Fields:
    return {
        "channel": "telephone",
        "items": ["D01", "D09", "D28"],
        "container": "OTHER",
        "recipient_role": "WORK_COACH_OF_CUSTOMER",
        "recipient_name": f"Coach {people[0].fake.last_name()} (invented)",
        "note": f"Called back on {mobile_number(load.dice)}, from a private room",
        "called_line": LINE,
        "jcp_contact": CONTACT,
        "private_place": True,
        "place": "office",
        **other,
    }


def _hand(load: Caseload, people: list[Person], **other: object) -> Fields:
    role = load.dice.choice(("WORK_COACH_OF_CUSTOMER", "NOMINATED_POC"))
    name = f"Coach {people[0].fake.last_name()} (invented)"
    return {
        "channel": "hand",
        "items": list(_FULL),
        "container": "CSAP",
        "recipient_role": role,
        "recipient_name": name,
        "media": ["paper"],
        "handed_by_role": "CAREERS_ADVISER",
        "stored_securely": True,
        "document_explained": True,
        "customer_identified": True,
        "storage_explained": True,
        **other,
    }


def _post(load: Caseload, people: list[Person], **other: object) -> Fields:
    product = load.dice.choice(("RM_SPECIAL_DELIVERY", "RM_RECORDED"))
    return {
        **_hand(load, people),
        "channel": "post",
        "postal_product": product,
        "recipient_marked": True,
        "securely_packaged": True,
        "tracking_number": f"ZZ{load.dice.randrange(10**9):09}GB",
        **other,
    }


def _courier(load: Caseload, people: list[Person], **other: object) -> Fields:
    return {**_post(load, people), "channel": "courier", "courier": f"{COURIER}-{load.organisation}", **other}


def _system(load: Caseload, people: list[Person]) -> Fields:
    del people
    items = ["D01", "D04", "D10", "D08"]
    return {
        "channel": "system",
        "system_id": system_of(load.organisation),
        "items": items,
        "container": "OTHER",
        "note": "Through the local booking system",
    }


def _file_named(load: Caseload, people: list[Person], addition: str) -> Fields:
    return {**_email(load, people, encrypted=False), "file_names": [f"{people[0].name} {addition}.docx"]}


EMAIL = Case(fields=lambda load, people: _email(load, people, items=list(_FULL)))
BOOKING = Case(fields=_system, plan=False)
_TO_THE_DESK = Case(fields=lambda load, people: _hand(load, people, recipient_role="NOMINATED_POC"))
_PARCEL = Case(fields=_post, confirmed_percent=85)
_BY_COURIER = Case(fields=_courier, confirmed_percent=85)
GOOD: tuple[Case, ...] = (
    Case(fields=_email),
    Case(fields=_email, people=MOST_PLANS_IN_AN_EMAIL),
    Case(fields=_telephone, plan=False),
    Case(fields=_hand),
    _PARCEL,
    _BY_COURIER,
    BOOKING,
    Case(fields=lambda load, people: _email(load, people, container="OTHER", items=["D01", "D28"]), plan=False),
    Case(fields=_email, people=3),
)
WRONG_ADDRESS = Case(
    fields=lambda load, people: _email(load, people, recipient_addresses=["coach@dwp.gov.uk.example.org"])
)
LIVE_LINK = Case(fields=lambda load, people: _email(load, people, attachment_kind="live_link"))
TO_A_GUARD = Case(fields=lambda load, people: _hand(load, people, recipient_role="SECURITY_GUARD"))
BAD: tuple[Case, ...] = (
    Case(fields=lambda load, people: _email(load, people, encrypted=False), people=MOST_PLANS_IN_AN_EMAIL + 1),
    WRONG_ADDRESS,
    LIVE_LINK,
    Case(fields=lambda load, people: _post(load, people, postal_product="RM_SECOND_CLASS", tracking_number=None)),
    Case(fields=lambda load, people: _file_named(load, people, people[0].born.strftime("%d-%m-%Y"))),
    Case(fields=lambda load, people: _file_named(load, people, "QQ123456C")),
    Case(
        fields=lambda load, people: _email(load, people, sender_address=f"{people[0].given}@freemail.example".lower())
    ),
    Case(
        fields=lambda load, people: _email(
            load, people, recipient_addresses=["invented.coach.7@dwp.gov.uk", "copy@freemail.example"]
        )
    ),
    Case(
        fields=lambda load, people: _email(load, people, subject=f"{people[0].name} born {people[0].born.isoformat()}")
    ),
    Case(fields=lambda load, people: _email(load, people, container="OTHER", encrypted=False), people=2, plan=False),
    Case(fields=lambda load, people: _post(load, people, media=["paper", "usb_stick"])),
    TO_A_GUARD,
    Case(
        fields=lambda load, people: _telephone(load, people, recipient_role=None, private_place=None),
        plan=False,
    ),
    Case(fields=lambda load, people: _email(load, people, items=[*_SUMMARY, "ethnicity"])),
    Case(fields=lambda load, people: _telephone(load, people, channel="sms", note=None), plan=False),
    Case(fields=lambda load, people: _email(load, people, purpose="BENEFIT_COMPLIANCE")),
    Case(fields=_post, people=MOST_PLANS_IN_AN_EMAIL + 2, confirmed_percent=50),
)


_OF_LATE: tuple[tuple[Case, int, Followed], ...] = (
    (_PARCEL, 2, NEVER),
    (_BY_COURIER, 4, Followed(chased=2)),
    (_PARCEL, 20, Followed(chased=2, confirmed=4)),
    (_BY_COURIER, 25, Followed(chased=3, confirmed=16)),
    (_PARCEL, 30, Followed(chased=4, found_late="confirm-receipt")),
    (_BY_COURIER, 40, NEVER),
    (_TO_THE_DESK, 3, NEVER),
    (_TO_THE_DESK, 20, Followed(passed=2)),
    (_TO_THE_DESK, 35, Followed(passed=15)),
    (_TO_THE_DESK, 45, Followed(found_late="pass-to-work-coach")),
    (EMAIL, 6, NEVER),
    (EMAIL, 30, Followed(disposed=10)),
    (EMAIL, 75, NEVER),
)
"""Of the last months: what was shared how many days ago, and what followed from it, or does not yet, or never did."""


def commands_of(load: Caseload) -> Iterator[Command]:
    """Every share of a caseload with what follows from it; the caller puts them in order of time."""
    for index in range(GOOD_SHARES):
        yield from _share(load, GOOD[index % len(GOOD)])
    for index in range(BAD_SHARES):
        yield from _share(load, BAD[(load.number * BAD_SHARES + index) % len(BAD)])
    yield from _research(load)
    if load.recent:
        for index, (case, days, follows) in enumerate(_OF_LATE):
            if person := load.staying(days, index):
                yield from _sent(load, person, case, days, follows)


def _share(load: Caseload, case: Case) -> Iterator[Command]:
    at, people = together(load, case.people)
    if len(people) < case.people:
        return
    share = sharing(load, people, case, at)
    yield share
    for person in people:
        yield from following(load, person, share, at, case.confirmed_percent)


def _sent(load: Caseload, person: Person, case: Case, days: int, follows: Followed) -> Iterator[Command]:
    at = load.ago(days)
    share = sharing(load, [person], case, at)
    yield share
    yield from followed(load, person, share, at, follows)


def sharing(load: Caseload, people: list[Person], case: Case, at: datetime, **more: object) -> Command:
    """One share of these people's data at a moment."""
    fields = {
        "sent_by": load.organisation,
        "sent_to": JOBCENTRE_PLUS,
        "office": load.dice.choice(OFFICES),
        "purpose": "NCS_SERVICE_DELIVERY",
        "lawful_basis": "A6-1-e",
        "agreement": AGREEMENT,
        "contract": contract_of(load.organisation),
        "controller": controller(at),
        "public_task": "careers guidance for adults",
        "support_link": "advice",
        "security_basis": "the guidance's rules for this channel",
        "adviser": f"Adviser {people[0].adviser} of {load.organisation}",
        **case.fields(load, people),
        **more,
    }
    if fields["channel"] in PARCELS:
        fields["announced_at"] = instant(at - timedelta(days=1))
    own = [_one(person, case) for person in people]
    return command(load.dice, "share-data", at, **({"customers": own} if case.people > 1 else own[0]), **fields)


def _one(person: Person, case: Case) -> Fields:
    own: Fields = {"customer_id": str(person.id)}
    if case.plan and "plan" in person.numbers:
        own["plan_id"] = str(person.numbers["plan"])
    if case.plan and case.people > 1:
        own["file_names"] = [f"{person.name}.docx"]
    return own


def together(load: Caseload, people: int) -> tuple[datetime, list[Person]]:
    """A moment, and people the organisation was working with then; for one person, a moment of their own time."""
    if people == 1:
        came = [person for person in load.people if person.showing != "never_came"]
        if not came:
            return load.together, []
        person = load.dice.choice(came)
        return person.between(person.registered + timedelta(days=19), person.last - timedelta(hours=8)), [person]
    at = load.together + timedelta(days=load.dice.randrange(30), minutes=load.dice.randrange(400))
    active = [person for person in load.people if person.active(at)]
    load.dice.shuffle(active)
    return at, active[:people]


def _research(load: Caseload) -> Iterator[Command]:
    """Satisfaction files to the research company; now and then somebody in one had said no."""
    at = load.together + timedelta(days=12)
    asked = [person for person in load.people if person.active(at) and (person.opted_in or person.chance(4))]
    if asked:
        yield command(
            load.dice,
            "share-data",
            at,
            customers=[{"customer_id": str(person.id)} for person in asked],
            direction="NCS_TO_RESEARCH",
            channel="file_transfer",
            encrypted=True,
            sent_by=controller(at),
            sent_to=RESEARCH,
            items=["D01", "D03", "D04"],
            container="OTHER",
            purpose="CUSTOMER_SATISFACTION_SURVEY",
            lawful_basis="A6-1-a",
        )
