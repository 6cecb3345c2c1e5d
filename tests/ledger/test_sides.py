"""Which side a caller is on, whom it reads, and who serves a person: from the registers and the person's entries."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.authority.access import may_read_person
from ledger.authority.serving import serving_of
from ledger.authority.side import side_of
from ledger.caller import CONTROLLER_ROLES, ROLES, Caller
from ledger.events import OrganisationRegistered
from ledger.log.codec import Entry
from ledger.state.registers import InForce, Registers
from tests.strategies import entries_of, happened

WHO = uuid.UUID(int=7)
TODAY = date(2026, 11, 22)
OF_CONTROLLER, OF_PRIME = "case-worker@controller/0000000000000000", "contractor@prime/0000000000000000"
REGISTERED = (
    ("controller", "controller", None),
    ("service-desk", "controller's office", "controller"),
    ("prime", "prime", "controller"),
    ("other-prime", "prime", None),
    ("sub", "sub-contractor", "prime"),
    ("jobcentre-plus", "Jobcentre Plus", None),
    ("testford", "Jobcentre Plus office", "jobcentre-plus"),
    ("nhs", "controller of NHS data", None),
)


@pytest.fixture
def today() -> InForce:
    registered: Any = OrganisationRegistered  # what is not said of an event has its default
    entries = [
        registered(organisation=code, name=code, kind=kind, part_of=part_of) for code, kind, part_of in REGISTERED
    ]
    ended = registered(organisation="ended", name="ended", kind="prime", valid_until="2025-12-31")
    return Registers().followed_by([*entries, ended]).on(TODAY)


def caller(role: str, organisation: str, *, operator: bool = False) -> Caller:
    return Caller(role=role, organisation=organisation, subject="somebody", operator=operator)


def entries(*told: tuple[str, str, dict[str, Any]]) -> list[Entry]:
    """What each actor recorded about one person, in this order."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    made = [entries_of([happened(WHO, type_, at, **fields)], actor=actor)[0] for actor, type_, fields in told]
    assert made
    return made


REGISTRATION = (OF_PRIME, "customer-registered", {"organisation": "prime"})


@pytest.mark.parametrize("role", sorted(CONTROLLER_ROLES | {"importer"}))
@pytest.mark.parametrize(
    ("organisation", "side"),
    [("controller", "controller"), ("service-desk", "controller"), ("nhs", "controller"), ("sub", "nobody"),
     ("testford", "nobody"), ("nobody-registered-it", "nobody"), ("ended", "nobody"), ("", "nobody")],
)  # fmt: skip
def test_a_controller_s_role_counts_only_at_the_controller_or_who_works_directly_for_it_party_01(
    today: InForce, role: str, organisation: str, side: str
):
    expected = "contractor" if (role, organisation) == ("records-manager", "sub") else side
    assert side_of(caller(role, organisation), today) == expected


@pytest.mark.parametrize("role", ["contractor", "contractor-manager"])
@pytest.mark.parametrize(
    ("organisation", "side"),
    [("prime", "contractor"), ("sub", "contractor"), ("controller", "nobody"), ("testford", "nobody"),
     ("nobody-registered-it", "nobody"), ("ended", "nobody")],
)  # fmt: skip
def test_a_contractor_s_role_counts_only_at_a_contractor_that_is_registered_today(
    today: InForce, role: str, organisation: str, side: str
):
    assert side_of(caller(role, organisation), today) == side


def test_an_office_s_role_counts_only_at_jobcentre_plus(today: InForce):
    sides = {code: side_of(caller("jobcentre-plus", code), today) for code in ("testford", "jobcentre-plus", "prime")}
    assert sides == {"testford": "jobcentre-plus", "jobcentre-plus": "jobcentre-plus", "prime": "nobody"}


def test_the_operator_s_own_shell_is_a_side_of_its_own_except_in_the_role_of_a_contractor(today: InForce):
    assert side_of(caller("case-worker", "nobody-registered-it", operator=True), today) == "operator"
    assert side_of(caller("contractor", "nobody-registered-it", operator=True), today) == "nobody"
    assert side_of(caller("contractor", "prime", operator=True), today) == "contractor"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_controller_s_case_work_reads_a_person_and_an_importer_or_an_administrator_nobody(
    today: InForce, role: str
):
    of_case_work = role in {"case-worker", "records-manager", "auditor"}
    assert may_read_person(caller(role, "controller"), today, entries(REGISTRATION)) == of_case_work
    assert not may_read_person(caller(role, "nhs"), today, entries(REGISTRATION))
    assert not may_read_person(caller(role, "nobody-registered-it"), today, entries(REGISTRATION))


def test_a_contractor_reads_whom_it_serves_only(today: InForce):
    reads = {
        code: may_read_person(caller("contractor", code), today, entries(REGISTRATION))
        for code in ("prime", "other-prime", "sub", "testford")
    }
    assert reads == {"prime": True, "other-prime": False, "sub": False, "testford": False}


def test_a_role_that_is_not_known_reads_nobody(today: InForce):
    assert not may_read_person(caller("visitor", "controller"), today, entries(REGISTRATION))


def test_nobody_reads_a_record_that_is_not_there(today: InForce):
    assert not may_read_person(caller("records-manager", "controller"), today, [])


def served_by(*told: tuple[str, str, dict[str, Any]]) -> set[str]:
    return {*serving_of(entries(*told)).organisations}


REFERRED = (OF_PRIME, "customer-referred", {"referral_id": "r", "referred_to": "sub"})
OF_OTHER = "contractor@other-prime/0000000000000000"


def test_registering_a_customer_or_being_assigned_them_is_serving_them():
    assigned = (OF_CONTROLLER, "serving-began", {"organisation": "other-prime"})
    assert served_by(REGISTRATION) == {"prime"}
    assert served_by(REGISTRATION, assigned) == {"prime", "other-prime"}


def test_a_referral_is_serving_from_its_acceptance_on_where_somebody_who_serves_them_made_it():
    accepted = ("contractor@sub/0000000000000000", "referral-accepted", {"referral_id": "r"})
    assert served_by(REGISTRATION, REFERRED) == {"prime"}
    assert served_by(REGISTRATION, REFERRED, accepted) == {"prime", "sub"}
    by_a_stranger = (OF_OTHER, *REFERRED[1:])
    assert served_by(REGISTRATION, by_a_stranger, accepted) == {"prime"}


def test_what_the_controller_s_side_records_an_organisation_did_for_somebody_is_serving_them():
    met = ("interaction-held", {"touchpoint": "other-prime"})
    assert served_by(REGISTRATION, (OF_CONTROLLER, *met)) == {"prime", "other-prime"}
    assert served_by(REGISTRATION, (OF_OTHER, *met)) == {"prime"}, "a stranger's own word makes nobody serve anybody"


def test_reading_about_a_customer_or_being_sent_their_data_is_not_serving_them():
    read = (OF_CONTROLLER, "personal-data-read", {"purpose": "search", "organisation": "other-prime"})
    sent = (OF_CONTROLLER, "data-shared", {"sent_by": "prime", "sent_to": "other-prime"})
    assert served_by(REGISTRATION, read, sent) == {"prime"}


def test_serving_ends_with_the_service_for_everybody_and_by_decision_for_who_is_named():
    assigned = (OF_CONTROLLER, "serving-began", {"organisation": "other-prime"})
    assert served_by(REGISTRATION, assigned, (OF_CONTROLLER, "serving-ended", {"organisation": "prime"})) == {
        "other-prime"
    }
    assert served_by(REGISTRATION, assigned, (OF_PRIME, "service-ended", {})) == set()
    resumed = (OF_CONTROLLER, "service-resumed", {"organisation": "other-prime"})
    assert served_by(REGISTRATION, (OF_PRIME, "service-ended", {}), resumed) == {"other-prime"}


def test_a_stranger_cannot_end_somebody_else_s_service():
    assert served_by(REGISTRATION, (OF_OTHER, "service-ended", {})) == {"prime"}
