"""The documents the earlier service would have written about an invented person, version by version.

They follow the dictionary and the import contract, and contain what real ones do: opt-ins that change, a consent that
is withdrawn with its value overwritten, a number emptied by hand, a new name. Nothing here knows the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from api.world.encounters import plan, sessions, webchat
from api.world.papers import Document, Papers
from api.world.people import HELPLINE, Person, drawn_uuid, instant, mobile_number, postcode

_PROVIDERS = ("10009991", "10009992", "10009993")


def papers_of(person: Person, advisers: list[UUID]) -> Papers:
    """Every version of every document about one person."""
    papers = Papers(person.dice, person.organisation)
    customer = _registration(person, papers)
    _ways_to_reach(person, papers)
    _equality(person, papers)
    _progressions(person, papers)
    seen = sessions(person, papers, advisers)
    if seen is not None:
        plan(person, papers, *seen)
    if person.chance(12):
        webchat(person, papers, advisers)
    if person.chance(25):
        _account(person, papers)
    _later_versions(person, papers, customer)
    return papers


def _registration(person: Person, papers: Papers) -> Document:
    at = person.registered
    from_jobcentre = person.introduced_by in (27, 28)
    person.opted_in = person.dice.choice((True, True, False, False, None))
    customer = {
        "id": str(person.id),
        "SubcontractorId": f"{20_000_000 + person.adviser}",
        "DateOfRegistration": instant(at),
        "Title": person.dice.choice((1, 2, 3, 6, 99)),
        "GivenName": person.given,
        "FamilyName": person.family,
        "DateofBirth": f"{person.born.isoformat()}T00:00:00Z",
        "Gender": person.gender,
        "UniqueLearnerNumber": f"9999{person.dice.randrange(1_000_000):06}" if person.chance(40) else None,
        "OptInUserResearch": person.dice.choice((True, False, False)),
        "OptInMarketResearch": person.opted_in,
        "DateOfTermination": None,
        "IntroducedBy": person.introduced_by,
        "IntroducedByAdditionalInfo": "Work coach at an invented jobcentre" if from_jobcentre else None,
        "PriorityGroups": sorted({person.dice.choice((1, 2, 3, 4, 5, 6, 98)), person.dice.choice((2, 3))}),
    }
    customer = papers.write("customers", at, customer)
    for minutes, touchpoint in ((1, person.organisation), (2, HELPLINE if person.chance(10) else None)):
        if touchpoint:
            subscription = {
                "id": str(person.uuid()),
                "SubscriptionId": str(person.uuid()),
                "CustomerId": str(person.id),
                "TouchPointId": touchpoint,
                "Subscribe": True,
            }
            papers.write("subscriptions", at + timedelta(minutes=minutes), subscription)
    return customer


def _ways_to_reach(person: Person, papers: Papers) -> None:
    at = person.registered + timedelta(minutes=3)
    contact = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "PreferredContactMethod": person.dice.choice((1, 2, 3, 4, 5)),
        "MobileNumber": person.mobile,
        "HomeNumber": person.home if person.chance(50) else None,
        "EmailAddress": person.email if person.chance(90) else "",
    }
    contact = papers.write("contacts", at, contact)
    address = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "Address1": person.street,
        "Address2": person.town,
        "PostCode": person.postcode,
        "EffectiveFrom": instant(person.registered),
    }
    papers.write("addresses", at + timedelta(minutes=1), address)
    if person.chance(25):
        later = person.between(at + timedelta(days=8), person.last - timedelta(hours=6))
        person.mobile = mobile_number(person.dice)
        papers.write("contacts", later, {**contact, "MobileNumber": person.mobile, "HomeNumber": ""})
        moved = {**address, "PostCode": postcode(person.dice), "Address1": f"{person.dice.randrange(1, 90)} Sample Row"}
        papers.write("addresses", later + timedelta(minutes=2), moved)


def _equality(person: Person, papers: Papers) -> None:
    if not person.chance(60):
        return
    at = person.registered + timedelta(minutes=6)
    health, ethnicity = person.chance(55), person.chance(65)
    details: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "ConsentToCollectLLDDHealth": health,
        "LearningDifficultyOrDisabilityDeclaration": person.dice.choice((1, 2)) if health else 9,
        "PrimaryLearningDifficultyOrDisability": person.dice.choice((9, 12, 14, 95)) if health else 99,
        "SecondaryLearningDifficultyOrDisability": 99,
        "DateAndTimeLLDDHealthConsentCollected": instant(at) if health else None,
        "ConsentToCollectEthnicity": ethnicity,
        "Ethnicity": person.dice.choice((31, 34, 37, 39, 40, 44, 98)) if ethnicity else 99,
        "DateAndTimeEthnicityCollected": instant(at) if ethnicity else None,
    }
    details = papers.write("diversitydetails", at, details)
    if ethnicity and person.chance(20):
        later = person.between(at + timedelta(days=10), person.last - timedelta(hours=5))
        papers.write("diversitydetails", later, {**details, "ConsentToCollectEthnicity": False, "Ethnicity": 99})


def _progressions(person: Person, papers: Papers) -> None:
    at = person.registered + timedelta(minutes=8)
    employment: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "DateProgressionRecorded": instant(at),
        "CurrentEmploymentStatus": 11,
        "EconomicShockStatus": 3,
        "DateOfLastEmployment": instant(at - timedelta(days=person.dice.randrange(60, 900))),
        "LengthOfUnemployment": person.dice.choice((1, 2, 3, 4, 98)),
    }
    employment = papers.write("employmentprogressions", at, employment)
    learning = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "DateProgressionRecorded": instant(at),
        "CurrentLearningStatus": person.dice.choice((1, 2, 2)),
        "CurrentQualificationLevel": person.dice.choice((0, 1, 2, 3, 99)),
        "LastLearningProvidersUKPRN": person.dice.choice(_PROVIDERS),
    }
    papers.write("learningprogressions", at + timedelta(minutes=1), learning)
    if person.showing != "never_came" and person.chance(25):
        later = person.between(at + timedelta(days=20), person.last - timedelta(hours=4))
        found = {
            "CurrentEmploymentStatus": 4,
            "EmployerName": f"{person.family} and Sons (invented)",
            "EmployerPostcode": postcode(person.dice),
            "EmploymentHours": 2,
            "DateOfEmployment": instant(later - timedelta(days=3)),
            "LengthOfUnemployment": None,
            "DateOfLastEmployment": None,
        }
        papers.write("employmentprogressions", later, {**employment, **found})


def _account(person: Person, papers: Papers) -> None:
    at = person.registered + timedelta(hours=3)
    identity: Document = {
        "id": str(person.uuid()),
        "CustomerId": str(person.id),
        "IdentityStoreId": str(person.uuid()),
        "LastLoggedInDateTime": instant(at),
    }
    identity = papers.write("digitalidentities", at, identity)
    if person.ended_in_document and person.ended is not None:
        closed = person.ended + timedelta(minutes=1)
        papers.write("digitalidentities", closed, {**identity, "DateOfClosure": instant(closed), "ttl": 10})


def _later_versions(person: Person, papers: Papers, customer: Document) -> None:
    """The customer's own document again: an opt-in that changes, a married name, the end."""
    start, end = person.registered + timedelta(days=2), person.last - timedelta(hours=3)
    if person.chance(20):
        start = person.between(start, end)
        person.opted_in = not person.opted_in
        customer = papers.write("customers", start, {**customer, "OptInMarketResearch": person.opted_in})
    if person.chance(4):
        person.family = person.fake.last_name()
        at = person.between(start + timedelta(minutes=1), end + timedelta(hours=1))
        customer = papers.write("customers", at, {**customer, "FamilyName": person.family})
    if person.ended_in_document and person.ended is not None:
        why = person.dice.choice((1, 1, 2, 3, 99))
        stop = {"DateOfTermination": instant(person.ended), "ReasonForTermination": why}
        papers.write("customers", person.ended, {**customer, **stop})


def advisers_of(dice: Random, organisation: str, since: datetime, names: list[str]) -> tuple[Papers, list[UUID]]:
    """The advisers an organisation has, and the report it collects."""
    papers, numbers = Papers(dice, organisation), []
    for name in names:
        numbers.append(drawn_uuid(dice))
        adviser = {
            "id": str(numbers[-1]),
            "AdviserName": name,
            "AdviserEmailAddress": f"{name}@adviser.example".lower().replace(" ", ".").replace("'", ""),
            "AdviserContactNumber": f"01632 960{dice.randrange(1000):03}",
        }
        papers.write("adviserdetails", since, adviser)
    report = {
        "id": str(drawn_uuid(dice)),
        "CollectionReports": "https://reports.example/NCS-Reports.zip",
        "TouchPointId": organisation,
        "Ukprn": "10009999",
        "ContainerName": "ncs-reports",
        "ReportFileName": f"{organisation}/NCS-Reports.zip",
    }
    papers.write("collections", since, report)
    return papers, numbers
