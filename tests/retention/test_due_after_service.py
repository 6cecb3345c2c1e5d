"""What is due after the end of the service, and after inactivity."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import psycopg
import pytest

from ledger.events import CLASSES
from ledger.retention.schedule import SCHEDULE
from projections import runner
from projections.retention import read as retention
from tests.conftest import RECORDS_MANAGER, Record
from tests.retention.schedule import FAR, ORGANISATION, Due, append, at, end_service, full_record, local_period
from tests.strategies import Told, happened

# The end of the service.


def test_payment_evidence_is_due_six_years_after_the_end_and_never_rolls_forward(
    record: Record, customer: uuid.UUID, due: Due
):
    """RET-NCS-01, V-RET-03: 2026-02-28 is a Saturday and a shorter month, and stays the last day."""
    end_service(record, customer, "2020-02-29T12:00:00Z")
    assert due()["payment_evidence"] == ("2026-02-28", "RET-NCS-01")


def test_the_last_day_is_due_and_the_day_before_is_not(record: Record, customer: uuid.UUID, due: Due):
    """RET-GEN-02"""
    end_service(record, customer, "2020-02-29T12:00:00Z")
    assert "payment_evidence" not in due(date(2026, 2, 27))
    assert "payment_evidence" in due(date(2026, 2, 28))


def test_the_day_of_the_end_is_the_day_in_london(record: Record, customer: uuid.UUID, due: Due):
    """RET-NCS-01: half past eleven at night of 30 June in UTC is 1 July in British summer time."""
    end_service(record, customer, "2020-06-30T23:30:00Z")
    assert due()["payment_evidence"] == ("2026-07-01", "RET-NCS-01")


@pytest.mark.parametrize("class_", ["identity", "service", "equality"])
def test_the_rest_of_the_record_is_due_at_the_end_plus_the_local_period(
    record: Record, customer: uuid.UUID, due: Due, class_: str
):
    """RET-NCS-03: six years are for the minimum that proves a payment, not for the full record."""
    local_period(record, "after_service", 18)
    full_record(record, customer)
    end_service(record, customer, "2024-08-31T09:00:00Z")
    assert due()[class_] == ("2026-02-28", "RET-NCS-03")


@pytest.mark.parametrize("class_", ["identity", "service", "equality"])
def test_without_a_local_period_the_rest_is_on_the_exception_list_since_the_end(
    record: Record, customer: uuid.UUID, due: Due, exceptions: Due, class_: str
):
    """RET-NCS-03, RET-GEN-01: neither destroyed nor kept silently."""
    full_record(record, customer)
    end_service(record, customer, "2024-08-31T09:00:00Z")
    assert class_ not in due()
    assert exceptions()[class_] == ("2024-08-31", "RET-NCS-03")
    assert class_ not in exceptions(date(2024, 8, 30))


@pytest.mark.parametrize(
    ("class_", "event"), [("did_not_attend", "appointment-missed"), ("research_contact", "record-kept")]
)
def test_the_end_of_service_makes_the_lesser_classes_due_as_well(
    database: str, views: psycopg.Connection[Any], class_: str, event: str
):
    """RET-NCS-03 for classes that only come with other records."""
    note = {"note": "invented"}
    told = [
        happened(uuid.uuid4(), "retention-period-set", at(2019, 1, 1), organisation=ORGANISATION, months=12,
                 valid_from="2019-01-01"),
        happened(CUSTOMER, "customer-registered", at(2020, 1, 6), organisation=ORGANISATION, values=note),
        happened(CUSTOMER, event, at(2020, 2, 6), kept_as=class_, values=note),
        happened(CUSTOMER, "appointment-kept", at(2020, 2, 7), appointment_id="a"),
        happened(CUSTOMER, "service-ended", at(2020, 3, 6), organisation=ORGANISATION),
    ]  # fmt: skip
    rows = due_after(database, views, told)
    assert rows[class_] == ("2021-03-06", "RET-NCS-03")


def test_a_resumed_service_stops_the_clock(record: Record, customer: uuid.UUID, due: Due):
    """RET-NCS-01: the six years begin when the customer stops using the service."""
    end_service(record, customer, "2020-01-31T09:00:00Z")
    record("resume-service", customer, at="2021-01-31T09:00:00Z")
    assert "payment_evidence" not in due()


def test_a_second_end_starts_the_clock_again(record: Record, customer: uuid.UUID, due: Due):
    """RET-NCS-01"""
    end_service(record, customer, "2020-01-31T09:00:00Z")
    record("resume-service", customer, at="2021-01-31T09:00:00Z")
    end_service(record, customer, "2022-05-06T09:00:00Z")
    assert due()["payment_evidence"] == ("2028-05-06", "RET-NCS-01")


def test_a_period_set_later_dates_what_stood_on_the_exception_list(
    record: Record, customer: uuid.UUID, due: Due, exceptions: Due
):
    """RET-GEN-01"""
    end_service(record, customer, "2024-08-31T09:00:00Z")
    assert "identity" in exceptions()
    local_period(record, "after_service", 6, valid_from="2026-01-01")
    assert due()["identity"] == ("2025-02-28", "RET-NCS-03")
    assert "identity" not in exceptions()


def test_the_local_period_in_force_when_the_clock_started_counts(record: Record, customer: uuid.UUID, due: Due):
    """RET-NCS-03: periods are effective-dated."""
    local_period(record, "after_service", 6, valid_from="2020-01-01")
    local_period(record, "after_service", 24, valid_from="2025-01-01")
    end_service(record, customer, "2024-08-31T09:00:00Z")
    assert due()["identity"] == ("2025-02-28", "RET-NCS-03")


def test_another_organisation_s_period_does_not_count(record: Record, customer: uuid.UUID, due: Due):
    """RET-NCS-03: the period is that of the organisation responsible for the customer."""
    record("set-retention-period", by=RECORDS_MANAGER, organisation="0000000999", kind="after_service", months=6)
    end_service(record, customer, "2024-08-31T09:00:00Z")
    assert "identity" not in due()


# Inactivity, and those without any interaction.


def test_an_inactive_customer_is_on_the_exception_list_after_six_years(
    record: Record, customer: uuid.UUID, due: Due, exceptions: Due
):
    """RET-NCS-02, G-05: without a local inactivity period, and without any interaction at all."""
    full_record(record, customer)
    assert due() == {}
    assert exceptions(date(2021, 1, 5)) == {}
    assert exceptions(date(2021, 1, 6)) == dict.fromkeys(
        ["equality", "identity", "payment_evidence", "service"], ("2021-01-06", "RET-NCS-02")
    )


def test_an_inactive_customer_is_due_by_the_local_inactivity_period(record: Record, customer: uuid.UUID, due: Due):
    """RET-NCS-02, G-05: counted from the registration when there never was an interaction."""
    local_period(record, "inactivity", 36)
    assert due() == {"identity": ("2018-01-06", "RET-NCS-02")}


@pytest.mark.parametrize("contact", ["hold-interaction", "keep-appointment"])
def test_a_contact_moves_the_inactivity_date(record: Record, customer: uuid.UUID, due: Due, contact: str):
    """RET-NCS-02"""
    local_period(record, "inactivity", 36)
    said = {"channel": "telephone"} if contact == "hold-interaction" else {}
    record(contact, customer, at="2025-08-31T09:00:00Z", **said)
    assert due()["identity"] == ("2028-08-31", "RET-NCS-02")


def account_only(record: Record, customer: uuid.UUID) -> None:
    record("keep-record", customer, collection="digitalidentities", values={"note": "invented"})
    record("hold-interaction", customer, at="2025-03-01T09:00:00Z", channel="ACCOUNT_LOGIN")


def test_who_is_known_by_an_account_only_has_no_six_years_but_the_exception_list_ret_ncs_05(
    record: Record, customer: uuid.UUID, due: Due, exceptions: Due
):
    """RET-NCS-05, G-05: no period is stated for them, after the end of the service or before it."""
    account_only(record, customer)
    assert exceptions(date(2025, 3, 1)) == {"identity": ("2025-03-01", "RET-NCS-05")}
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due() == {}
    assert exceptions()["payment_evidence"] == ("2025-09-01", "RET-NCS-05")


def test_an_organisation_s_own_periods_are_those_of_who_is_known_by_an_account_only_ret_ncs_05(
    record: Record, customer: uuid.UUID, due: Due
):
    """RET-NCS-05, G-05: a local rule, for want of one in the notices."""
    local_period(record, "inactivity", 24)
    local_period(record, "after_service", 6)
    account_only(record, customer)
    assert due() == {"identity": ("2027-03-01", "RET-NCS-05")}
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due()["payment_evidence"] == ("2026-03-01", "RET-NCS-05")


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("hold-interaction", {"channel": "telephone"}),
        ("hold-interaction", {"channel": 1}),
        ("hold-interaction", {"channel": "webchat"}),
        ("hold-interaction", {"channel": "email"}),
        ("keep-appointment", {}),
        ("keep-record", {"collection": "sessions", "values": {"note": "invented"}}),
    ],
)
def test_who_was_in_contact_otherwise_too_has_the_six_years_ret_ncs_05(
    record: Record, customer: uuid.UUID, due: Due, type_: str, said: dict[str, Any]
):
    """RET-NCS-05: face to face, by telephone, webchat or email."""
    account_only(record, customer)
    record(type_, customer, at="2025-03-02T09:00:00Z", **said)
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due()["payment_evidence"] == ("2031-09-01", "RET-NCS-01")


def test_after_the_end_of_service_inactivity_no_longer_counts(
    record: Record, customer: uuid.UUID, due: Due, exceptions: Due
):
    """RET-NCS-02 is for customers whose service never ended."""
    local_period(record, "inactivity", 1)
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert "identity" not in due()
    assert exceptions()["identity"] == ("2025-09-01", "RET-NCS-03")


def test_a_reading_is_due_two_years_after_it_was_made_however_long_ago_the_service_ended(
    record: Record, customer: uuid.UUID, due: Due
):
    """G-09"""
    end_service(record, customer, "2019-09-01T09:00:00Z")
    record("read-personal-data", customer, at="2026-01-05T09:00:00Z", purpose="page", route="page", read_by="x")
    record("read-personal-data", customer, at="2026-01-25T09:00:00Z", purpose="page", route="page", read_by="x")
    assert due()["access_log/2026-01"] == ("2028-01-05", "G-09")


def test_no_class_of_a_customer_s_records_can_be_kept_for_ever_without_being_listed():
    """RET-GEN-01: for each class some clock runs from the first event on, whether or not the service ever ends."""
    always_running = {"last_contact", "received", "read", "request_received", "breach_opened"}
    covered = {line.class_ for line in SCHEDULE if line.clock in always_running}
    assert covered >= CLASSES.keys() - {"staff", "organisation"}


CUSTOMER = uuid.UUID(int=7)


def due_after(conninfo: str, views: psycopg.Connection[Any], told: list[Told]) -> dict[str, tuple[str, str]]:
    append(conninfo, told)
    runner.catch_up(views)
    return {row.class_: (str(row.destroy_by), row.rule) for row in retention.every_due(views, FAR)}
