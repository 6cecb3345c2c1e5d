"""The shares of a caseload in both directions, as commands: over every channel, as the guidance asks and otherwise.

A ledger that only ever met good shares would be untested, so each way of breaking the guidance that can be told from
what is recorded occurs in turn: eleven plans in one e-mail, a domain that only looks right, a live link, second class
post. The commands are reports of what happened; nothing here says which rule is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from api.world.organisations import (
    AGREEMENT,
    CONTACT,
    COURIER,
    JOBCENTRE_PLUS,
    LINE,
    RESEARCH,
    WORK_DOMAIN,
    contract_of,
    controller,
    system_of,
)
from api.world.people import Caseload, Person, drawn_uuid, instant, mobile_number

Said = dict[str, Any]
Command = dict[str, Any]
MOST_PLANS_IN_AN_EMAIL = 10
GOOD_SHARES = 16
BAD_SHARES = 6
RECEIPTS = 9
_SUMMARY = ("D01", "D12", "D20", "D25")
_FULL = (*_SUMMARY, "D02", "D04", "D05", "D15")
_OFFICES = ("Oldquay", "Testford", "Sampleton", "Upper Sampling")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One way of sharing: what the command says, for how many people, and what tends to follow."""

    said: Callable[[Caseload, list[Person]], Said]
    people: int = 1
    confirmed_percent: int = 0
    plan: bool = True


def _email(load: Caseload, people: list[Person], **other: object) -> Said:
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


def _telephone(load: Caseload, people: list[Person], **other: object) -> Said:
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


def _hand(load: Caseload, people: list[Person], **other: object) -> Said:
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


def _post(load: Caseload, people: list[Person], **other: object) -> Said:
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


def _courier(load: Caseload, people: list[Person], **other: object) -> Said:
    return {**_post(load, people), "channel": "courier", "courier": f"{COURIER}-{load.organisation}", **other}


def _system(load: Caseload, people: list[Person]) -> Said:
    del people
    items = ["D01", "D04", "D10", "D08"]
    return {
        "channel": "system",
        "system_id": system_of(load.organisation),
        "items": items,
        "container": "OTHER",
        "note": "Through the local booking system",
    }


def _file_named(load: Caseload, people: list[Person], addition: str) -> Said:
    return {**_email(load, people, encrypted=False), "file_names": [f"{people[0].name} {addition}.docx"]}


GOOD: tuple[Case, ...] = (
    Case(said=_email),
    Case(said=_email, people=MOST_PLANS_IN_AN_EMAIL),
    Case(said=_telephone, plan=False),
    Case(said=_hand),
    Case(said=_post, confirmed_percent=85),
    Case(said=_courier, confirmed_percent=85),
    Case(said=_system, plan=False),
    Case(said=lambda load, people: _email(load, people, container="OTHER", items=["D01", "D28"]), plan=False),
    Case(said=_email, people=3),
)
BAD: tuple[Case, ...] = (
    Case(said=lambda load, people: _email(load, people, encrypted=False), people=MOST_PLANS_IN_AN_EMAIL + 1),
    Case(said=lambda load, people: _email(load, people, recipient_addresses=["coach@dwp.gov.uk.example.org"])),
    Case(said=lambda load, people: _email(load, people, attachment_kind="live_link")),
    Case(said=lambda load, people: _post(load, people, postal_product="RM_SECOND_CLASS", tracking_number=None)),
    Case(said=lambda load, people: _file_named(load, people, people[0].born.strftime("%d-%m-%Y"))),
    Case(said=lambda load, people: _file_named(load, people, "QQ123456C")),
    Case(said=lambda load, people: _email(load, people, sender_address=f"{people[0].given}@freemail.example".lower())),
    Case(
        said=lambda load, people: _email(
            load, people, recipient_addresses=["invented.coach.7@dwp.gov.uk", "copy@freemail.example"]
        )
    ),
    Case(said=lambda load, people: _email(load, people, subject=f"{people[0].name} born {people[0].born.isoformat()}")),
    Case(said=lambda load, people: _email(load, people, container="OTHER", encrypted=False), people=2, plan=False),
    Case(said=lambda load, people: _post(load, people, media=["paper", "usb_stick"])),
    Case(said=lambda load, people: _hand(load, people, recipient_role="SECURITY_GUARD")),
    Case(
        said=lambda load, people: _telephone(load, people, recipient_role=None, private_place=None),
        plan=False,
    ),
    Case(said=lambda load, people: _email(load, people, items=[*_SUMMARY, "ethnicity"])),
    Case(said=lambda load, people: _telephone(load, people, channel="sms", note=None), plan=False),
    Case(said=lambda load, people: _email(load, people, purpose="BENEFIT_COMPLIANCE")),
    Case(said=_post, people=MOST_PLANS_IN_AN_EMAIL + 2, confirmed_percent=50),
)


def commands_of(load: Caseload) -> Iterator[Command]:
    """Every share and receipt of a caseload with what follows from it; the caller puts them in order of time."""
    for number in range(GOOD_SHARES):
        yield from _share(load, GOOD[number % len(GOOD)])
    for number in range(BAD_SHARES):
        yield from _share(load, BAD[(load.number * BAD_SHARES + number) % len(BAD)])
    for number in range(RECEIPTS):
        yield from _receipt(load, people=15 if number == 0 else 1, channel=number)
    yield from _research(load)


def _share(load: Caseload, case: Case) -> Iterator[Command]:
    at, people = _together(load, case.people)
    if len(people) < case.people:
        return
    share = drawn_uuid(load.dice)
    said = {
        "sent_by": load.organisation,
        "sent_to": JOBCENTRE_PLUS,
        "office": f"{load.dice.choice(_OFFICES)} jobcentre",
        "purpose": "NCS_SERVICE_DELIVERY",
        "lawful_basis": "A6-1-e",
        "agreement": AGREEMENT,
        "contract": contract_of(load.organisation),
        "controller": controller(at),
        "public_task": "careers guidance for adults",
        "support_link": "advice",
        "security_basis": "the guidance's rules for this channel",
        "adviser": f"Adviser {people[0].adviser} of {load.organisation}",
        **case.said(load, people),
    }
    if said["channel"] in {"post", "courier"}:
        said["announced_at"] = instant(at - timedelta(days=1))
    yield {
        "id": str(share),
        "type": "share-data",
        "occurred_at": instant(at),
        **({"customers": [_one(person, case) for person in people]} if case.people > 1 else _one(people[0], case)),
        **{name: value for name, value in said.items() if value is not None},
    }
    for person in people:
        if load.dice.randrange(100) < case.confirmed_percent:
            yield _confirmed(load, person, share, at)
        elif load.dice.randrange(100) < 20:
            yield _disposed(load, person, at + timedelta(days=load.dice.randrange(1, 20)), {"share_id": str(share)})


def _one(person: Person, case: Case) -> Said:
    own: Said = {"customer_id": str(person.id)}
    if case.plan and "plan" in person.numbers:
        own["plan_id"] = str(person.numbers["plan"])
    if case.plan and case.people > 1:
        own["file_names"] = [f"{person.name}.docx"]
    return own


def _together(load: Caseload, people: int) -> tuple[datetime, list[Person]]:
    """A moment, and people the organisation was working with then; for one person, a moment of their own time."""
    if people == 1:
        person = load.dice.choice(load.people)
        if person.showing == "never_came":
            return person.registered, []
        return person.between(person.registered + timedelta(days=19), person.last - timedelta(hours=8)), [person]
    at = load.together + timedelta(days=load.dice.randrange(30), minutes=load.dice.randrange(400))
    active = [person for person in load.people if person.active(at)]
    load.dice.shuffle(active)
    return at, active[:people]


def _confirmed(load: Caseload, person: Person, share: UUID, at: datetime) -> Command:
    signed = at + timedelta(days=load.dice.randrange(1, 9), minutes=5)
    return {
        "id": str(drawn_uuid(load.dice)),
        "type": "confirm-receipt",
        "occurred_at": instant(min(signed, _latest(load))),
        "customer_id": str(person.id),
        "share_id": str(share),
        "confirmed_by": JOBCENTRE_PLUS,
        "signatory": f"Coach {person.fake.last_name()} (invented)",
    }


def _disposed(load: Caseload, person: Person, at: datetime, what: Said, medium: str = "email") -> Command:
    return {
        "id": str(drawn_uuid(load.dice)),
        "type": "dispose-copy",
        "occurred_at": instant(min(at, _latest(load))),
        "customer_id": str(person.id),
        "medium": medium,
        "method": "deleted and emptied from deleted items" if medium == "email" else "shredded",
        **what,
    }


def _receipt(load: Caseload, *, people: int, channel: int) -> Iterator[Command]:
    """Data that came from Jobcentre Plus: put into the record in time, late, or never."""
    at, receivers = _together(load, people)
    if not receivers:
        return
    receipt = drawn_uuid(load.dice)
    by = ("email", "telephone", "hand", "post", "system", "email", "courier", "email", "post")[channel % RECEIPTS]
    people_said = [{"customer_id": str(person.id), "values": _what_came(load, person)} for person in receivers]
    yield {
        "id": str(receipt),
        "type": "receive-data",
        "occurred_at": instant(at),
        **({"customers": people_said} if len(people_said) > 1 else people_said[0]),
        "received_from": JOBCENTRE_PLUS,
        "received_by": load.organisation,
        "office": f"{load.dice.choice(_OFFICES)} jobcentre",
        "channel": by,
        "sent_at": instant(at - timedelta(days=load.dice.randrange(4))),
        "items": ["D01", "D05", "D10", "D13"],
        "purpose": "NCS_SERVICE_DELIVERY",
        "lawful_basis": "A6-1-e",
        **({"stored_securely": True} if by in {"hand", "post", "courier"} else {}),
    }
    for person in receivers:
        yield from _after_receipt(load, person, receipt, at, "paper" if by in {"hand", "post", "courier"} else "email")


def _what_came(load: Caseload, person: Person) -> Said:
    return {
        "name": person.name,
        "universal_credit_identifier": f"UC-INVENTED-{load.dice.randrange(10**6):06}",
        "referral_reason": "Wants help to write a CV",
        "length_of_unemployment": load.dice.choice(("under 3 months", "3 to 6 months", "over a year")),
    }


def _after_receipt(load: Caseload, person: Person, receipt: UUID, at: datetime, medium: str) -> Iterator[Command]:
    if load.dice.randrange(100) >= 85:
        return
    days = load.dice.randrange(45, 70) if load.dice.randrange(100) < 8 else load.dice.randrange(1, 28)
    incorporated = min(at + timedelta(days=days, minutes=11), _latest(load))
    yield {
        "id": str(drawn_uuid(load.dice)),
        "type": "incorporate-data",
        "occurred_at": instant(incorporated),
        "customer_id": str(person.id),
        "receipt_id": str(receipt),
        "method": "keyed into the customer record system",
        "nothing_to_incorporate": load.dice.randrange(20) == 0,
    }
    if load.dice.randrange(100) < 80:
        gone = incorporated + timedelta(days=load.dice.randrange(20), minutes=3)
        yield _disposed(load, person, gone, {"receipt_id": str(receipt)}, medium)


def _research(load: Caseload) -> Iterator[Command]:
    """Satisfaction files to the research company; now and then somebody in one had said no."""
    at = load.together + timedelta(days=12)
    asked = [person for person in load.people if person.active(at) and (person.opted_in or person.chance(4))]
    if asked:
        yield {
            "id": str(drawn_uuid(load.dice)),
            "type": "share-data",
            "occurred_at": instant(at),
            "customers": [{"customer_id": str(person.id)} for person in asked],
            "direction": "NCS_TO_RESEARCH",
            "channel": "file_transfer",
            "encrypted": True,
            "sent_by": controller(at),
            "sent_to": RESEARCH,
            "items": ["D01", "D03", "D04", "D29"],
            "container": "OTHER",
            "purpose": "CUSTOMER_SATISFACTION_SURVEY",
            "lawful_basis": "A6-1-a",
        }


def _latest(load: Caseload) -> datetime:
    """Nothing is reported before it happens: no later than the evening before today."""
    return datetime.combine(load.today - timedelta(days=1), time(18), UTC)
