"""When NHS records, missed appointments and equality data are due."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import psycopg
import pytest

from ledger.errors import AlreadyDone, NotLate, UnknownReference
from projections import runner
from projections.findings import read as findings
from projections.retention import read as retention
from tests.conftest import AUDITOR, RECORDS_MANAGER, Record
from tests.retention.schedule import HOLD, ORGANISATION, Due, end_service, full_record, local_period, receive

# NHS Health Careers.


@pytest.fixture
def nhs_customer(record: Record) -> uuid.UUID:
    number = uuid.uuid4()
    said = {"programme": "NHS Health Careers", "values": {"note": "invented"}}
    record("register-customer", number, at="2024-10-31T09:00:00Z", **said)
    return number


def test_nhs_records_are_due_two_years_after_the_last_contact_and_an_auditor_s_read_does_not_extend_that(
    record: Record, nhs_customer: uuid.UUID, due: Due
):
    """RET-NHS-01, V-RET-04"""
    said = {"purpose": "audit", "route": "page", "read_by": "x"}
    record("read-personal-data", nhs_customer, by=AUDITOR, at="2026-05-01T09:00:00Z", **said)
    assert due()["nhs_careers"] == ("2026-10-31", "RET-NHS-01")


def test_the_customer_s_own_access_moves_the_two_years_of_nhs_records(
    record: Record, nhs_customer: uuid.UUID, due: Due
):
    """RET-NHS-01, V-RET-05: a customer's own access is recorded as an interaction, here a login to the account."""
    record("hold-interaction", nhs_customer, at="2025-06-10T09:00:00Z", channel="ACCOUNT_LOGIN")
    assert due()["nhs_careers"] == ("2027-06-10", "RET-NHS-01")


def test_an_earlier_contact_that_is_recorded_late_does_not_shorten_the_two_years(
    record: Record, nhs_customer: uuid.UUID, due: Due
):
    """RET-NHS-01: the latest of contact, engagement and access."""
    record("hold-interaction", nhs_customer, at="2025-06-10T09:00:00Z", channel="ACCOUNT_LOGIN")
    record("hold-interaction", nhs_customer, at="2024-12-01T09:00:00Z", channel="telephone")
    assert due()["nhs_careers"] == ("2027-06-10", "RET-NHS-01")


def test_nhs_records_hold_the_identity_and_no_class_of_the_other_service(
    record: Record, nhs_customer: uuid.UUID, views: psycopg.Connection[Any]
):
    """RET-NHS-01, PARTY-06: a partition of its own."""
    record("keep-record", nhs_customer, collection="contacts", values={"note": "invented"})
    record("hold-interaction", nhs_customer, channel="telephone", note="invented")
    runner.catch_up(views)
    assert [row.class_ for row in retention.for_customer(views, nhs_customer)] == ["nhs_careers"]


# Missed appointments.


def test_a_no_show_is_due_by_the_local_period(record: Record, customer: uuid.UUID, due: Due):
    """RET-JCP-08"""
    local_period(record, "did_not_attend", 3)
    record("miss-appointment", customer, at="2025-11-30T09:00:00Z", note="invented")
    assert due() == {
        "did_not_attend": ("2026-02-28", "RET-JCP-08"),
        "identity": ("2026-02-28", "RET-JCP-08"),
    }


def test_a_no_show_without_a_local_period_is_on_the_exception_list_and_not_kept_seven_years(
    record: Record, customer: uuid.UUID, due: Due, exceptions: Due
):
    """RET-JCP-08, V-RET-06"""
    receive(record, customer, "2025-10-01T09:00:00Z")
    record("miss-appointment", customer, at="2025-11-30T09:00:00Z", note="invented")
    assert due() == {}
    assert exceptions() == {
        "did_not_attend": ("2025-11-30", "RET-JCP-08"),
        "identity": ("2025-11-30", "RET-JCP-08"),
        "received_from_jcp": ("2025-11-30", "RET-JCP-08"),
    }


def test_the_clock_of_a_no_show_is_the_day_of_the_appointment(record: Record, customer: uuid.UUID, due: Due):
    """RET-JCP-09: not the day somebody wrote it down."""
    local_period(record, "did_not_attend", 3)
    record(
        "miss-appointment", customer, at="2025-12-05T09:00:00Z", appointment_at="2025-11-30T09:00:00Z", note="invented"
    )  # fmt: skip
    assert due()["identity"] == ("2026-02-28", "RET-JCP-08")


def test_a_later_attendance_moves_a_no_show_to_the_normal_schedule(record: Record, customer: uuid.UUID, due: Due):
    """RET-JCP-09"""
    local_period(record, "did_not_attend", 3)
    local_period(record, "after_service", 12)
    record("miss-appointment", customer, at="2025-11-30T09:00:00Z", note="invented")
    record("keep-appointment", customer, at="2025-12-15T09:00:00Z")
    assert due() == {}
    end_service(record, customer, "2026-01-31T09:00:00Z")
    assert due()["identity"] == ("2027-01-31", "RET-NCS-03")
    assert due()["did_not_attend"] == ("2027-01-31", "RET-NCS-03")


def find_late(record: Record, customer: uuid.UUID, about: str, number: str, at: str = "2026-11-20T10:00:00Z") -> None:
    record("find-late", customer, at=at, subject_type=about, subject_id=number)


def test_v_ret_06_a_no_show_without_a_local_period_is_a_finding_of_its_prime_ret_jcp_08(
    record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]
):
    """RET-JCP-08, V-RET-06: listed, and found once by whoever looks; whether it is so the ledger reckons (LEDG-04)."""
    sub = {"organisation": ORGANISATION, "name": "One", "kind": "sub-contractor", "part_of": "prime-one"}
    record("register-organisation", by=RECORDS_MANAGER, **sub)
    with pytest.raises(NotLate):
        find_late(record, customer, "set-retention-period", "did_not_attend")
    record("miss-appointment", customer, at="2025-11-30T09:00:00Z", note="invented")
    find_late(record, customer, "set-retention-period", "did_not_attend")
    with pytest.raises(AlreadyDone):
        find_late(record, customer, "set-retention-period", "did_not_attend")
    with pytest.raises(UnknownReference):
        find_late(record, customer, "set-retention-period", "after_service")

    runner.catch_up(views)
    [found] = findings.for_customer(views, customer).rows
    assert (found.rule_id, found.severity) == ("RET-JCP-08", "S2")
    assert (found.organisation, found.prime) == (ORGANISATION, "prime-one")


def test_a_no_show_with_a_local_period_is_no_finding_ret_jcp_08(record: Record, customer: uuid.UUID):
    """RET-JCP-08: a period set later, for the day of the appointment too, settles it; a later attendance as well."""
    record("miss-appointment", customer, at="2025-11-30T09:00:00Z", note="invented")
    local_period(record, "did_not_attend", 24)
    with pytest.raises(NotLate):
        find_late(record, customer, "set-retention-period", "did_not_attend")


def test_what_passed_its_last_day_is_a_finding_without_waiting_for_its_destruction_ret_gen_02(
    record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]
):
    """RET-GEN-02: not on the last day, not before, not while it is held, and once."""
    end_service(record, customer, "2020-11-20T12:00:00Z")
    with pytest.raises(UnknownReference):
        find_late(record, customer, "destroy-records", "equality")
    record("place-hold", customer, by=RECORDS_MANAGER, hold_id="h", **HOLD)
    with pytest.raises(NotLate):
        find_late(record, customer, "destroy-records", "payment_evidence")
    record("lift-hold", customer, at="2026-11-21T09:00:00Z", by=RECORDS_MANAGER, hold_id="h")
    find_late(record, customer, "destroy-records", "payment_evidence")

    runner.catch_up(views)
    [found] = findings.for_customer(views, customer).rows
    assert (found.rule_id, found.severity, found.subject_id) == ("RET-GEN-02", "S2", "payment_evidence")


def test_on_its_last_day_nothing_was_kept_too_long_ret_gen_02(record: Record, customer: uuid.UUID):
    end_service(record, customer, "2020-11-22T12:00:00Z")
    with pytest.raises(NotLate):
        find_late(record, customer, "destroy-records", "payment_evidence")


# Equality data.


def equality_record(record: Record, customer: uuid.UUID) -> None:
    record(
        "keep-record", customer, collection="diversitydetails",
        values={"Ethnicity": 31, "PrimaryLearningDifficultyOrDisability": 4, "ConsentToCollectEthnicity": True},
    )  # fmt: skip


@pytest.mark.parametrize("statement", ["withdraw-consent", "refuse-consent"])
@pytest.mark.parametrize("scope", ["collect_ethnicity", "collect_lldd_health"])
def test_equality_data_is_due_when_the_consent_it_rests_on_is_withdrawn_and_no_other_is(
    record: Record, customer: uuid.UUID, due: Due, statement: str, scope: str
):
    """CONSENT-06, CONSENT-10: ethnicity and disability are consented to, and destroyed, independently."""
    equality_record(record, customer)
    for one in ("collect_ethnicity", "collect_lldd_health"):
        record("give-consent", customer, at="2025-02-01T09:00:00Z", scope=one, mechanism="said yes")
    assert due() == {}
    record(statement, customer, at="2025-03-01T09:00:00Z", scope=scope)
    assert due(date(2025, 3, 1)) == {f"equality/{scope}": ("2025-03-01", "CONSENT-06")}


def test_all_equality_data_is_due_when_the_consent_to_monitoring_is_withdrawn(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONSENT-03, CONSENT-06"""
    equality_record(record, customer)
    record("withdraw-consent", customer, at="2025-03-01T09:00:00Z", scope="equality_monitoring")
    assert set(due(date(2025, 3, 1))) == {"equality/collect_ethnicity", "equality/collect_lldd_health"}


def test_equality_data_of_a_no_show_is_due_when_its_consent_is_withdrawn(record: Record, customer: uuid.UUID, due: Due):
    """CONSENT-06, RET-JCP-08: the earlier date counts, whichever schedule the rest is on."""
    local_period(record, "did_not_attend", 36)
    equality_record(record, customer)
    record("miss-appointment", customer, at="2025-11-30T09:00:00Z", note="invented")
    record("withdraw-consent", customer, at="2025-12-01T09:00:00Z", scope="collect_ethnicity")
    assert due()["equality/collect_ethnicity"] == ("2025-12-01", "CONSENT-06")
    assert due()["equality/collect_lldd_health"] == ("2028-11-30", "RET-JCP-08")


def test_equality_data_is_not_due_after_a_new_consent(record: Record, customer: uuid.UUID, due: Due):
    """CONSENT-06"""
    equality_record(record, customer)
    record("withdraw-consent", customer, at="2025-03-01T09:00:00Z", scope="collect_ethnicity")
    record("give-consent", customer, at="2025-04-01T09:00:00Z", scope="collect_ethnicity", mechanism="said yes")
    assert due() == {}


def test_equality_data_is_kept_or_due_by_when_consent_was_said_and_not_by_when_it_was_keyed(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONSENT-06, CONSENT-08"""
    equality_record(record, customer)
    for scope, yes, no in (
        ("collect_ethnicity", "2025-03-05T12:00:00Z", "2025-03-05T10:00:00Z"),
        ("collect_lldd_health", "2025-03-04T10:00:00Z", "2025-03-05T12:00:00Z"),
    ):
        said = [("give-consent", yes, {"mechanism": "said yes"}), ("withdraw-consent", no, {})]
        for word, at, more in sorted(said, key=lambda one: one[1], reverse=True):
            record(word, customer, at=at, scope=scope, **more)
            due()  # so that what was said earlier is applied in a batch of its own
    assert due() == {"equality/collect_lldd_health": ("2025-03-05", "CONSENT-06")}


def test_withdrawing_consent_to_market_research_makes_no_equality_data_due(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONSENT-10: withdrawal is per scope."""
    full_record(record, customer)
    record("withdraw-consent", customer, at="2025-03-01T09:00:00Z", scope="market_research")
    assert "equality" not in due()
