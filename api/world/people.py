"""Who the invented people are and how long the service knew them; it writes no document and no command.

Nobody here can be anybody: telephone numbers are from the ranges Ofcom keeps for drama, postcodes begin with ZZ, which
no place has, and e-mail domains are the ones reserved for examples. Everything is drawn from the seed and the given
day, so the same seed is the same world on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Literal
from uuid import UUID

from faker import Faker

from ledger.clocks import instant_text

PEOPLE_IN_A_CASELOAD = 24
YEARS_SHOWN = 9
NEW_CONTRACTS = date(2022, 10, 1)
HELPLINE = "0000000999"
AREAS = 9
_GOLDEN = 0.618_033_988_75
_MAIL_DOMAINS = ("example.com", "example.org", "example.net")

Showing = Literal["attends", "missed_once", "never_came"]


@dataclass(kw_only=True, slots=True)
class Person:
    """One invented customer: who they are, how to reach them, and the outline of their time with the service."""

    dice: Random
    fake: Faker
    id: UUID
    given: str
    family: str
    born: date
    gender: int
    email: str
    mobile: str
    home: str
    street: str
    town: str
    postcode: str
    organisation: str
    adviser: int
    registered: datetime
    ended: datetime | None
    ended_in_document: bool
    introduced_by: int
    showing: Showing
    last: datetime
    """Nothing happens after this: the end of service, or the day before today."""
    opted_in: bool | None = None
    numbers: dict[str, UUID] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    def active(self, at: datetime) -> bool:
        """Whether the service was working with them then."""
        return self.registered < at < self.last and self.showing != "never_came"

    def uuid(self) -> UUID:
        """A fresh number."""
        return drawn_uuid(self.dice)

    def chance(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def between(self, start: datetime, end: datetime) -> datetime:
        """A whole minute of the span, or its start when it has none."""
        minutes = int((end - start).total_seconds()) // 60
        return start + timedelta(minutes=self.dice.randrange(minutes) if minutes > 0 else 0)


@dataclass(kw_only=True, slots=True)
class Caseload:
    """People whom one organisation advised in the same months, so that their plans can travel together."""

    number: int
    dice: Random
    organisation: str
    people: list[Person]
    together: datetime
    """When the last of them had been registered."""
    today: date

    @property
    def recent(self) -> bool:
        """Whether they came within the last year, so that what is owed about them can still be open."""
        return self.today - self.together.date() < timedelta(days=365)

    def ago(self, days: int) -> datetime:
        """Ten in the morning, so many days before today."""
        return datetime.combine(self.today - timedelta(days=days), time(10), UTC)

    def evening_before(self) -> datetime:
        """Nothing is reported before it happens: the last moment anything is."""
        return datetime.combine(self.today - timedelta(days=1), time(18), UTC)

    def staying(self, days: int, turn: int) -> Person | None:
        """Somebody the service worked with so many days ago and works with still; another one at the next turn."""
        people = [person for person in self.people if person.ended is None and person.active(self.ago(days))]
        return people[turn % len(people)] if people else None


def drawn_uuid(dice: Random) -> UUID:
    """A number that looks like any other version 4 UUID and follows from the seed."""
    return UUID(int=dice.getrandbits(128), version=4)


def instant(moment: datetime) -> str:
    """An instant in whole seconds, as the source and the ledger write it."""
    return instant_text(moment.replace(microsecond=0))


def caseloads(customers: int, seed: int, today: date) -> Iterator[Caseload]:
    """All the people of a world, one caseload at a time; only one is in memory."""
    fake = Faker("en_GB", use_weighting=False)
    for index, first in enumerate(range(0, customers, PEOPLE_IN_A_CASELOAD)):
        dice = Random(f"caseload {seed} {index}")
        # The golden ratio spreads any number of caseloads evenly over the years.
        days = 170 + int((index * _GOLDEN) % 1 * (YEARS_SHOWN * 365 - 250))
        start = today - timedelta(days=days)
        organisation = f"0000000{2 if start >= NEW_CONTRACTS else 1}0{1 + dice.randrange(AREAS)}"
        fake.seed_instance(f"caseload {seed} {index}")
        size = min(PEOPLE_IN_A_CASELOAD, customers - first)
        people = [
            _person(Random(f"person {seed} {first + offset}"), fake, start, organisation, today)
            for offset in range(size)
        ]
        together = max(person.registered for person in people) + timedelta(days=1)
        yield Caseload(
            number=index, dice=dice, organisation=organisation, people=people, together=together, today=today
        )


def _person(dice: Random, fake: Faker, start: date, organisation: str, today: date) -> Person:
    gender = dice.choice((1, 1, 1, 1, 2, 2, 2, 2, 99))
    given = fake.first_name_female() if gender == 1 else fake.first_name_male()
    family = fake.last_name()
    registered = datetime.combine(start, time(9), UTC) + timedelta(
        days=dice.randrange(80), minutes=dice.randrange(7 * 60)
    )
    yesterday = datetime.combine(today - timedelta(days=1), time(17), UTC)
    showing: Showing = dice.choices(("attends", "missed_once", "never_came"), (82, 10, 8))[0]
    end = registered + timedelta(days=dice.choice((40, 130, 180, 260, 400, 640)) + dice.randrange(60))
    ended = end if end < yesterday and showing != "never_came" and dice.randrange(100) < 85 else None
    return Person(
        dice=dice,
        fake=fake,
        id=drawn_uuid(dice),
        given=given,
        family=family,
        born=start - timedelta(days=dice.randrange(18 * 366, 64 * 365)),
        gender=gender,
        email=f"{given}.{family}{dice.randrange(1000)}@{dice.choice(_MAIL_DOMAINS)}".lower().replace("'", ""),
        mobile=mobile_number(dice),
        home=f"01632 960{dice.randrange(1000):03}",
        street=f"{dice.randrange(1, 200)} {fake.street_name()}",
        town=fake.city(),
        postcode=postcode(dice),
        organisation=organisation,
        adviser=dice.randrange(2),
        registered=registered,
        ended=ended,
        ended_in_document=ended is not None and dice.randrange(100) < 25,
        introduced_by=_introduced_by(dice, start, showing),
        showing=showing,
        last=ended or yesterday,
    )


def mobile_number(dice: Random) -> str:
    """A number that Ofcom keeps for drama."""
    return f"07700 900{dice.randrange(1000):03}"


def postcode(dice: Random) -> str:
    """Shaped like a postcode, of an area that does not exist."""
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    return f"ZZ9{dice.randrange(10)} {dice.randrange(10)}{dice.choice(letters)}{dice.choice(letters)}"


def _introduced_by(dice: Random, start: date, showing: Showing) -> int:
    """Codes 27 and 28 tell Jobcentre Plus with and without data apart; before them 10 was used for both."""
    if showing != "never_came" and dice.randrange(100) >= 45:
        return dice.choice((1, 3, 4, 5, 6, 7, 12, 99))
    return dice.choice((27, 27, 28)) if start >= date(2024, 1, 1) or dice.randrange(100) < 40 else 10
