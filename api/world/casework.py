"""What else happened to the people of a caseload, as commands: informed, asked, referred, missed, held, ended.

The earlier service records none of this, or only its result; the documents are imported first, so nothing here
contradicts them. One person beside each caseload uses NHS Health Careers, whom the source does not know at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from api.world.organisations import NHS, SPECIALISTS
from api.world.people import Caseload, Person, instant, mobile_number, postcode
from api.world.sharing import BOOKING, sharing
from api.world.writer import Command, command

NOTICE = "NCS privacy notice, January 2025"


def commands_of(load: Caseload) -> Iterator[Command]:
    """Every other command about a caseload; the caller puts them in order of time."""
    for person in load.people:
        yield from _told_and_asked(person)
        if person.showing != "never_came":
            yield from _seen(person)
        yield from _ended(person)
        yield from _held(person)
    yield from _nhs_health_careers(load)
    yield from _decided_by_a_computer(load)
    yield from _hold_reviewed(load)


def _command(person: Person, type_: str, at: datetime, **fields: object) -> Command:
    return command(person.dice, type_, at, **{"customer_id": str(person.id), **fields})


def _told_and_asked(person: Person) -> Iterator[Command]:
    at = person.registered + timedelta(minutes=5)
    if person.chance(95):
        yield _command(
            person,
            "inform-customer",
            at,
            organisation=person.organisation,
            notice=NOTICE,
            method=person.dice.choice(("at the first appointment", "by telephone", "in a letter")),
            benefits_explained=person.chance(90),
            informed_by=f"Adviser {person.adviser} of {person.organisation}",
        )
    fields = {"channel": "telephone", "notice": NOTICE, "organisation": person.organisation}
    if person.chance(40):
        yield _command(person, "ask-consent", at, scope="survey", **fields)
    if person.chance(30):
        mechanism = "said yes on the telephone"
        yield _command(
            person, "give-consent", at, scope="priority_targeting", mechanism=mechanism, explicit=True, **fields
        )
        if person.chance(25):
            later = person.between(at + timedelta(days=3), person.last - timedelta(hours=2))
            yield _command(person, "withdraw-consent", later, scope="priority_targeting", **fields)
        elif person.chance(15):
            later = person.between(at + timedelta(days=3), person.last - timedelta(hours=2))
            yield _command(person, "expire-consent", later, scope="priority_targeting", **fields)
    elif person.chance(30):
        yield _command(person, "refuse-consent", at, scope="priority_targeting", **fields)
    if person.chance(4):
        yield _command(person, "invalidate-consent", at, scope="user_research", mechanism="page_visit", **fields)
    if person.chance(2):
        yield _command(
            person, "give-consent", at, scope="equality_monitoring", mechanism="page_visit", channel="website"
        )
    if person.opted_in and person.chance(15):
        # After the last document, so that what was said on the telephone is what holds.
        later = person.last - timedelta(hours=1)
        yield _command(
            person, "withdraw-consent", later, scope="market_research", evidence="Please stop asking", **fields
        )


def _seen(person: Person) -> Iterator[Command]:
    start, end = person.registered + timedelta(days=18), person.last - timedelta(hours=9)
    at = person.between(start, end)
    if person.chance(20):
        met = {"organisation": person.organisation, "note": "Went through the plan together."}
        yield _command(person, "keep-appointment", at, **met)
    if person.chance(12):
        code = person.dice.choice((1, 2, 3, 99))
        missed = person.between(start, end)
        yield _command(person, "miss-appointment", missed, organisation=person.organisation, reason_code=code)
    if person.chance(12):
        to = person.dice.choice(sorted(SPECIALISTS))
        referred = _command(
            person,
            "refer-customer",
            at,
            referred_by=person.organisation,
            referred_to=to,
            reason="Needs specialist help",
        )
        yield referred
        if person.chance(70):
            accepted = min(at + timedelta(days=2), end + timedelta(hours=8))
            yield _command(person, "accept-referral", accepted, referral_id=referred["id"])
    if person.chance(10):
        note = f"Asked to be rung on {mobile_number(person.dice)}"
        yield _command(person, "hold-interaction", at, channel="telephone", organisation=person.organisation, note=note)
    if person.chance(5):
        values = {"PostCode": postcode(person.dice)}
        why = "The customer rang about a wrong postcode"
        yield _command(
            person,
            "correct-record",
            at,
            collection="addresses",
            values=values,
            reason=why,
            organisation=person.organisation,
        )


def _ended(person: Person) -> Iterator[Command]:
    if person.ended is None or person.ended_in_document:
        return
    minimum = {
        "given_name": person.given,
        "family_name": person.family,
        "date_of_birth": person.born.isoformat(),
        "postcode": person.postcode,
        "first_session": instant(person.registered)[:10],
    }
    fields = {"organisation": person.organisation, "audit_minimum": minimum}
    yield _command(person, "end-service", person.ended, reason="plan_completed", channel="adviser", **fields)
    if person.chance(5) and person.chance(50):
        back = person.ended + timedelta(minutes=30)
        yield _command(person, "resume-service", back, organisation=person.organisation, channel="telephone")


def _held(person: Person) -> Iterator[Command]:
    if not person.chance(4):
        return
    hold = _command(
        person,
        "place-hold",
        person.last + timedelta(minutes=40),
        code=person.dice.choice(("HOLD_ACCESS_REQUEST", "HOLD_LEGAL")),
        owner="records-manager",
        review_on="2027-03-01",
        reason="A claim was announced by letter",
    )
    yield hold
    if person.chance(40):
        yield _command(person, "lift-hold", person.last + timedelta(minutes=90), hold_id=hold["id"], reason="Settled")


def _hold_reviewed(load: Caseload) -> Iterator[Command]:
    """A claim of the last months whose hold was looked at again, and goes on."""
    person = load.staying(70, 0) if load.recent else None
    if person is None:
        return
    fields = {"code": "HOLD_LEGAL", "owner": "records-manager", "reason": "A claim was announced by letter"}
    hold = _command(person, "place-hold", load.ago(70), **fields, review_on=instant(load.ago(15))[:10])
    yield hold
    review_on, reason = instant(load.ago(-75))[:10], "The claim has not been decided"
    yield _command(person, "review-hold", load.ago(14), hold_id=hold["id"], review_on=review_on, reason=reason)


def _decided_by_a_computer(load: Caseload) -> Iterator[Command]:
    """Bookings that a system made alone: one was contested and taken back by a person, one is contested still."""
    for turn, (days, looked_at) in enumerate(((60, True), (12, False)), start=1):
        person = load.staying(days, turn) if load.recent else None
        if person is None:
            continue
        share = sharing(load, [person], BOOKING, load.ago(days), automated_decision=True)
        yield share
        representation = "Nobody asked me whether I can come in the mornings"
        contested = _command(
            person, "contest-decision", load.ago(days - 3), share_id=share["id"], representation=representation
        )
        yield contested
        if looked_at:
            outcome = {"outcome": "changed", "reason": "Mornings are not possible", "reviewed_by": "Alex Counselton"}
            yield _command(person, "review-decision", load.ago(days - 8), decision_id=contested["id"], **outcome)


def _nhs_health_careers(load: Caseload) -> Iterator[Command]:
    """Somebody who asked NHS Health Careers; two years run from the last contact, and for some it was prolonged."""
    person = load.people[0]
    customer = {"customer_id": str(person.uuid()), "organisation": NHS}
    at = load.together + timedelta(days=2)
    values = {
        "given_name": person.fake.first_name(),
        "family_name": person.fake.last_name(),
        "email": f"nhs.enquirer.{load.number}@example.org",
    }
    yield _command(person, "register-customer", at, **customer, programme="NHS Health Careers", values=values)
    for days in (3, 20):
        note = "Asked about training as a paramedic"
        yield _command(person, "hold-interaction", at + timedelta(days=days), **customer, channel="webchat", note=note)
    if load.number % 3 == 0:
        yield _command(
            person,
            "extend-retention",
            at + timedelta(days=30),
            customer_id=customer["customer_id"],
            classes=["nhs_careers"],
            until=instant(at + timedelta(days=4 * 365))[:10],
            purpose="to follow up the enquiry until the course begins",
            reason="The next course begins in three years",
            approved_by="The data protection lead (invented)",
        )
