"""Which side a caller is on, whom it reads, and who serves a person: from the registers and the person's entries."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.authority.access import may_read_person
from ledger.authority.serving import serves, serving_of
from ledger.authority.side import contract_is_over, refuse_nobody, side_of
from ledger.caller import CONTROLLER_ROLES, ROLES, Caller
from ledger.errors import UnregisteredOrganisation
from ledger.events import ContractEnded, ContractStarted, OrganisationRegistered
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


def test_a_caller_on_no_side_is_refused(today: InForce):
    refuse_nobody(caller("contractor", "prime"), today)
    with pytest.raises(UnregisteredOrganisation):
        refuse_nobody(caller("contractor", "ended"), today)


def with_contracts(on: InForce, *contracts: tuple[str, str, str | None, str | None]) -> InForce:
    """The same day with contracts: whose, which, from when, and the last day that an entry of its end gives."""
    started: Any = ContractStarted
    ended: Any = ContractEnded
    made = [started(organisation=code, contract=name, valid_from=first) for code, name, first, _ in contracts if first]
    over = [ended(organisation=code, contract=name, valid_until=last) for code, name, _, last in contracts if last]
    return on.registers.followed_by([*made, *over]).on(on.day)


@pytest.mark.parametrize(
    ("contracts", "over"),
    [
        ([], False),
        ([("prime", "one", "2022-10-01", None)], False),
        ([("prime", "one", "2022-10-01", "2026-11-22")], False),
        ([("prime", "one", "2022-10-01", "2026-11-21")], True),
        ([("prime", "one", None, "2026-11-21")], True),
        ([("prime", "one", "2022-10-01", "2026-03-31"), ("prime", "two", "2026-04-01", None)], False),
        ([("prime", "one", "2022-10-01", "2026-03-31"), ("prime", "two", "2026-12-01", None)], True),
        ([("prime", "one", "2026-12-01", None)], False),
        ([("other-prime", "one", "2022-10-01", "2026-03-31")], False),
    ],
)
def test_a_contract_is_over_when_there_was_one_and_none_goes_on(
    today: InForce, contracts: list[tuple[str, str, str | None, str | None]], *, over: bool
):
    assert contract_is_over(with_contracts(today, *contracts), "prime") == over


def test_a_sub_contractor_works_under_the_contract_of_the_organisation_above_it(today: InForce):
    goes_on = with_contracts(today, ("prime", "one", "2022-10-01", None), ("sub", "own", "2022-10-01", "2026-03-31"))
    assert not contract_is_over(goes_on, "sub")
    assert contract_is_over(with_contracts(today, ("prime", "one", "2022-10-01", "2026-03-31")), "sub")


def test_an_organisation_serves_nobody_after_its_last_contract_or_its_registration(today: InForce):
    over = with_contracts(today, ("prime", "one", "2022-10-01", "2026-03-31"))
    registered = entries(REGISTRATION)
    assert serves("prime", today, registered)
    assert not serves("other-prime", today, registered)
    assert not serves("prime", over, registered)
    assert not serves("ended", today, entries((OF_CONTROLLER, "customer-registered", {"organisation": "ended"})))
    assert serving_of(registered).by("prime")
