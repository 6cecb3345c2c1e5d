"""Every line of the retention schedule as a sentence: given what happened, this is due on that date under that rule."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.clocks import LONDON, london_day, months_after
from ledger.errors import AlreadyDone, NotLate, UnknownReference
from ledger.events import CLASSES, RetentionExtended
from ledger.retention.due_dates import due_dates
from ledger.retention.schedule import EARLIER_OF, SCHEDULE
from ledger.state.history import KeptEvent
from ledger.state.registers import Registers
from ledger.store.append_call import Batch
from ledger.store.recorder import open_recorder
from projections import runner
from projections.findings import read as findings
from projections.retention import read as retention
from projections.retention.read import DueRow
from tests.conftest import AUDITOR, RECORDS_MANAGER, Databases, Record
from tests.strategies import NOW, Told, entries_of, happened, histories, same_day_later

ORGANISATION = "0000000101"
FAR = date(2199, 1, 1)
HOLD = {"code": "HOLD_ACCESS_REQUEST", "owner": "records manager", "review_on": "2027-06-30"}
EXAMPLES = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)

AGREEING = settings(EXAMPLES, max_examples=25)

Due = Callable[..., dict[str, tuple[str, str]]]


@pytest.fixture
def views(database: str) -> Iterator[psycopg.Connection[Any]]:
    with runner.connect(database) as connection:
        runner.prepare(connection)
        yield connection


@pytest.fixture
def due(views: psycopg.Connection[Any]) -> Due:
    """What is due on a date: `{class: (destroy by, rule)}`, with the part after a slash where there is one."""

    def on(day: date = FAR) -> dict[str, tuple[str, str]]:
        runner.catch_up(views)
        return {
            f"{row.class_}/{row.part}".rstrip("/"): (str(row.destroy_by), row.rule)
            for row in retention.every_due(views, day)
        }

    return on


@pytest.fixture
def exceptions(views: psycopg.Connection[Any]) -> Due:
    """What stands on the exception list on a date: `{class: (since, rule)}`."""

    def on(day: date = FAR) -> dict[str, tuple[str, str]]:
        runner.catch_up(views)
        return {row.class_: (str(row.since), row.rule) for row in retention.exceptions_page(views, day)}

    return on


def full_record(record: Record, customer: uuid.UUID) -> None:
    """Something of each class of the ordinary service, besides the identity the customer was registered with."""
    for collection in ("actionplans", "outcomes", "diversitydetails"):
        record("keep-record", customer, collection=collection, values={"note": "invented"})


def local_period(record: Record, kind: str, months: int, valid_from: str = "2010-01-01") -> None:
    said = {"organisation": ORGANISATION, "kind": kind, "months": months, "valid_from": valid_from}
    record("set-retention-period", by=RECORDS_MANAGER, **said)


def end_service(record: Record, customer: uuid.UUID, at: str, **said: Any) -> None:
    record("end-service", customer, at=at, organisation=ORGANISATION, audit_minimum={"note": "invented"}, **said)


def receive(record: Record, customer: uuid.UUID, at: str, receipt: str = "r-1") -> None:
    said = {"receipt_id": receipt, "channel": "EMAIL", "received_from": "jcp", "values": {"note": "invented"}}
    record("receive-data", customer, at=at, **said)


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


# Data from Jobcentre Plus.


def test_incorporated_data_from_jcp_is_due_seven_years_after_it_was_incorporated(
    record: Record, customer: uuid.UUID, due: Due
):
    """RET-JCP-10, V-RET-01: the clock starts at incorporation, not at receipt."""
    receive(record, customer, "2025-02-10T09:00:00Z")
    record("incorporate-data", customer, at="2025-03-03T09:00:00Z", receipt_id="r-1")
    assert due()["received_from_jcp/r-1"] == ("2032-03-03", "RET-JCP-10")


def test_data_from_jcp_is_due_six_years_after_the_end_of_service_when_that_is_earlier(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONF-01, V-RET-02: both are maxima, so the earlier one counts."""
    receive(record, customer, "2025-02-10T09:00:00Z")
    record("incorporate-data", customer, at="2025-03-03T09:00:00Z", receipt_id="r-1")
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due()["received_from_jcp/r-1"] == ("2031-09-01", "CONF-01")


def test_seven_years_after_incorporation_count_when_the_service_ended_much_later(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONF-01"""
    receive(record, customer, "2020-02-10T09:00:00Z")
    record("incorporate-data", customer, at="2020-03-03T09:00:00Z", receipt_id="r-1")
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due()["received_from_jcp/r-1"] == ("2027-03-03", "RET-JCP-10")


def test_v_ret_02_the_receipt_goes_with_the_record_and_six_years_are_for_the_audit_minimum_only_conf_01(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONF-01, V-RET-02, RET-NCS-03: "audit-minimum to 2031-09-01, rest when no longer necessary"."""
    local_period(record, "after_service", 12)
    receive(record, customer, "2025-02-10T09:00:00Z")
    record("incorporate-data", customer, at="2025-03-03T09:00:00Z", receipt_id="r-1")
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due()["payment_evidence"] == ("2031-09-01", "RET-NCS-01")
    assert due()["received_from_jcp/r-1"] == ("2026-09-01", "RET-NCS-03")


def test_a_maximum_that_ends_before_the_local_period_is_the_last_day_of_a_receipt_conf_01(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONF-01: whatever an organisation sets, both maxima stay maxima."""
    local_period(record, "after_service", 120)
    receive(record, customer, "2025-02-10T09:00:00Z")
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due()["received_from_jcp/r-1"] == ("2031-09-01", "CONF-01")


@pytest.mark.parametrize(
    ("ended", "last_day"), [("2025-08-31", ("2031-08-31", "CONF-01")), ("2025-09-01", ("2032-03-03", "RET-JCP-10"))]
)
def test_the_earlier_of_two_maxima_is_a_choice_that_can_be_put_out_of_force_conf_01(
    record: Record, customer: uuid.UUID, due: Due, ended: str, last_day: tuple[str, str]
):
    """CONF-01: by event, and judged on the day the service ended; whom it was about before is reckoned anew."""
    receive(record, customer, "2025-02-10T09:00:00Z")
    record("incorporate-data", customer, at="2025-03-03T09:00:00Z", receipt_id="r-1")
    end_service(record, customer, f"{ended}T09:00:00Z")
    assert due()["received_from_jcp/r-1"][1] == "CONF-01"
    record(
        "publish-rule-set", by=RECORDS_MANAGER, organisation="controller", rule_set=EARLIER_OF,
        valid_from="2018-05-25", valid_until="2025-08-31",
    )  # fmt: skip
    assert due()["received_from_jcp/r-1"] == last_day
    assert due()["payment_evidence"][1] == "RET-NCS-01"  # which no choice is about


def test_data_from_jcp_that_was_never_incorporated_is_due_seven_years_after_it_came(
    record: Record, customer: uuid.UUID, due: Due
):
    """G-01"""
    receive(record, customer, "2020-02-29T09:00:00Z")
    assert due()["received_from_jcp/r-1"] == ("2027-02-28", "G-01")


def put_into(record: Record, customer: uuid.UUID, receipt: str, number: str, at: str) -> None:
    receive(record, customer, at, receipt)
    record("incorporate-data", customer, at=at, receipt_id=receipt, record_id=number)


def kept(record: Record, customer: uuid.UUID, number: str, at: str = "2025-03-04T09:00:00Z") -> None:
    said = {"collection": "actionplans", "record_id": number, "values": {"note": "invented"}}
    record("keep-record", customer, at=at, **said)


def test_the_record_that_something_of_jcp_went_into_is_due_with_its_receipt_and_no_other_record_is_ret_jcp_10(
    record: Record, customer: uuid.UUID, due: Due
):
    """RET-JCP-10: "item-level origin must survive merging"; every version of that record may repeat what came."""
    put_into(record, customer, "r-1", "plan-1", "2025-03-03T09:00:00Z")
    put_into(record, customer, "r-2", "plan-1", "2026-03-03T09:00:00Z")
    for number in ("plan-1", "plan-2", "plan-1"):
        kept(record, customer, number)
    record("correct-record", customer, collection="actionplans", record_id="plan-1", values={"note": "invented"})
    assert due()["service/r-1"] == ("2032-03-03", "RET-JCP-10") == due()["received_from_jcp/r-1"]
    assert {name for name in due() if name.startswith("service")} == {"service/r-1"}


def test_the_record_that_something_of_jcp_went_into_has_the_earlier_of_both_maxima_conf_01(
    record: Record, customer: uuid.UUID, due: Due
):
    """CONF-01, RET-JCP-10: six years after the end, or the local period where that is earlier."""
    put_into(record, customer, "r-1", "plan-1", "2025-03-03T09:00:00Z")
    kept(record, customer, "plan-1")
    kept(record, customer, "plan-2")
    end_service(record, customer, "2025-09-01T09:00:00Z")
    assert due()["service/r-1"] == ("2031-09-01", "CONF-01")
    assert "service" not in due()
    local_period(record, "after_service", 12)
    assert due()["service/r-1"] == due()["service"] == ("2026-09-01", "RET-NCS-03")


def test_a_receipt_with_nothing_to_incorporate_is_the_origin_of_no_record_ret_jcp_10(
    record: Record, customer: uuid.UUID, due: Due
):
    receive(record, customer, "2025-03-03T09:00:00Z")
    said = {"receipt_id": "r-1", "record_id": "plan-1", "nothing_to_incorporate": True}
    record("incorporate-data", customer, at="2025-03-03T09:00:00Z", **said)
    kept(record, customer, "plan-1")
    assert set(due()) == {"received_from_jcp/r-1"}


def test_a_record_goes_on_by_itself_after_what_came_from_jcp_was_destroyed_ret_jcp_10(
    record: Record, customer: uuid.UUID, due: Due
):
    put_into(record, customer, "r-1", "plan-1", "2018-03-03T09:00:00Z")
    kept(record, customer, "plan-1", at="2018-03-04T09:00:00Z")
    one = {"class": "service", "part": "r-1", "destroy_by": "2025-03-03", "rule": "RET-JCP-10"}
    said = {"destroyed": [one], "on": "2025-03-03", "digest": "00"}
    record("destroy-records", customer, by=RECORDS_MANAGER, at="2025-03-03T09:00:00Z", **said)
    kept(record, customer, "plan-1", at="2025-03-05T09:00:00Z")
    assert set(due()) == {"received_from_jcp/r-1"}


def test_each_receipt_from_jcp_has_its_own_date(record: Record, customer: uuid.UUID, due: Due):
    """RET-JCP-10: per item."""
    receive(record, customer, "2020-02-10T09:00:00Z", "r-1")
    receive(record, customer, "2023-02-10T09:00:00Z", "r-2")
    record("incorporate-data", customer, at="2023-03-01T09:00:00Z", receipt_id="r-2")
    rows = due()
    assert rows["received_from_jcp/r-1"] == ("2027-02-10", "G-01")
    assert rows["received_from_jcp/r-2"] == ("2030-03-01", "RET-JCP-10")


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


# Inactivity, and those without any interaction.


def test_an_inactive_customer_is_on_the_exception_list_after_six_years(
    record: Record, customer: uuid.UUID, due: Due, exceptions: Due
):
    """RET-NCS-02, G-05: without a local inactivity period, and without any interaction at all."""
    full_record(record, customer)
    assert due() == {}
    assert exceptions(date(2031, 1, 5)) == {}
    assert exceptions(date(2031, 1, 6)) == dict.fromkeys(
        ["equality", "identity", "payment_evidence", "service"], ("2031-01-06", "RET-NCS-02")
    )


def test_an_inactive_customer_is_due_by_the_local_inactivity_period(record: Record, customer: uuid.UUID, due: Due):
    """RET-NCS-02, G-05: counted from the registration when there never was an interaction."""
    local_period(record, "inactivity", 36)
    assert due() == {"identity": ("2028-01-06", "RET-NCS-02")}


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


# Holds.


def test_what_is_due_and_held_is_listed_with_what_holds_it(
    record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]
):
    """DEST-03, V-RET-07: due, held, with the reason."""
    end_service(record, customer, "2018-01-31T09:00:00Z")
    record("place-hold", customer, by=RECORDS_MANAGER, hold_id="sar-7", **HOLD)
    runner.catch_up(views)
    assert [row.held_by for row in retention.every_due(views, date(2026, 1, 1))] == [["sar-7"]]


def test_a_hold_on_some_classes_holds_only_those(record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]):
    """DEST-03"""
    local_period(record, "after_service", 1)
    end_service(record, customer, "2018-01-31T09:00:00Z")
    record("place-hold", customer, by=RECORDS_MANAGER, hold_id="h", classes=["identity"], **HOLD)
    runner.catch_up(views)
    held = {row.class_: row.held_by for row in retention.every_due(views, date(2026, 1, 1))}
    assert held == {"identity": ["h"], "payment_evidence": []}


def test_a_lifted_hold_holds_nothing(record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]):
    """DEST-03"""
    end_service(record, customer, "2018-01-31T09:00:00Z")
    record("place-hold", customer, by=RECORDS_MANAGER, hold_id="sar-7", **HOLD)
    record("lift-hold", customer, by=RECORDS_MANAGER, hold_id="sar-7")
    runner.catch_up(views)
    assert [row.held_by for row in retention.every_due(views, date(2026, 1, 1))] == [[]]


# Dates, counts and pages.


@given(start=st.dates(date(2010, 1, 1), date(2026, 11, 21)), months=st.integers(0, 120))
@settings(max_examples=300, deadline=None)
def test_a_period_ends_on_the_same_day_number_or_on_the_last_day_of_a_shorter_month(start: date, months: int):
    end = months_after(start, months)
    assert end == same_day_later(start, months)
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


@EXAMPLES
@given(
    days=st.lists(
        st.one_of(st.dates(date(2010, 1, 1), date(2026, 11, 21)), st.just(date(2024, 2, 29))), min_size=1, max_size=20
    )
)
def test_a_maximum_never_rolls_forward_over_a_weekend_or_a_shorter_month(databases: Databases, days: list[date]):
    """RET-NCS-01: for any day on which a service may have ended."""
    told = []
    for day in days:
        customer = uuid.uuid4()
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=LONDON)
        told.append(happened(customer, "customer-registered", noon))
        told.append(happened(customer, "service-ended", noon, audit_minimum={"note": "invented"}))
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection)
        found = sorted(str(row.destroy_by) for row in retention.every_due(connection, FAR))
    assert found == sorted(same_day_later(day, 72).isoformat() for day in days)


@EXAMPLES
@given(told=histories(), on=st.dates(date(2016, 1, 1), date(2040, 1, 1)), limit=st.integers(1, 4))
def test_counts_equal_rows_and_pages_give_every_row_once_in_order(
    databases: Databases, told: list[Told], on: date, limit: int
):
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection, batch=7)
        rows = list(retention.every_due(connection, on))
        assert retention.count_due(connection, on) == len(rows)
        paged: list[DueRow] = []
        while page := retention.due_page(connection, on, limit=limit, after=paged[-1].key if paged else None):
            assert len(page) <= limit
            paged += page
        assert paged == rows == sorted(rows, key=lambda row: row.key)
        listed = retention.exceptions_page(connection, on, limit=1_000)
        assert retention.count_exceptions(connection, on) == len(listed)


@EXAMPLES
@given(told=histories())
def test_nothing_is_ever_due_later_than_a_maximum_after_the_event_that_started_its_clock(
    databases: Databases, told: list[Told]
):
    """RET-GEN-02: whatever the history, `because` names the event and the rule names the longest period there is."""
    longest = {line.rule: line.months for line in SCHEDULE if line.months is not None}
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection)
        for row in retention.every_due(connection, FAR):
            one = told[row.because - 1]
            months = longest.get(row.rule)
            if row.rule == "DEST-01":  # the controller names the day
                assert str(row.destroy_by) == getattr(one.event, "valid_from", None)
            elif months is not None:
                said = getattr(one.event, "held_at", None) or getattr(one.event, "appointment_at", None)
                started = london_day(datetime.fromisoformat(said) if said else one.occurred_at)
                longer = [
                    date.fromisoformat(each.event.until)
                    for each in told
                    if row.rule == "RET-NHS-01"
                    and each.stream == row.customer_id
                    and isinstance(each.event, RetentionExtended)
                ]
                last = max([months_after(started, months), *longer])
                assert row.key.destroy_by <= last


@pytest.mark.parametrize("on", [date(1950, 1, 1), date(2026, 11, 22), date(2150, 12, 31), date.max])
def test_any_past_or_future_date_may_be_asked_about(record: Record, customer: uuid.UUID, due: Due, on: date):
    end_service(record, customer, "2018-01-31T09:00:00Z")
    assert ("payment_evidence" in due(on)) == (on >= date(2024, 1, 31))


@pytest.mark.parametrize("line", SCHEDULE, ids=lambda line: f"{line.rule} {line.class_} {line.clock}")
def test_every_line_of_the_schedule_names_a_class_a_sentence_and_one_kind_of_period(line: Any):
    assert line.class_ in CLASSES
    assert line.sentence
    periods = [line.months is not None, line.local is not None, line.clock == "breach_opened"]
    assert sum(periods) == 1  # an assessment that is never closed has no period, and is listed after its patience
    listed_at_once = line.local in {"after_service", "did_not_attend"} or line.contact == "account"
    assert line.months is not None or line.patience_months or listed_at_once


@AGREEING
@given(told=histories(most=80))
def test_the_view_says_of_everybody_what_the_pure_fold_says_of_one(databases: Databases, told: list[Told]):
    """RET-GEN-02: what is found kept too long is what the list calls due."""
    entries = entries_of(told)
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection, batch=7)
        rows = connection.execute("SELECT customer, class, part, rule, destroy_by, listed_on FROM due").fetchall()
    registers = Registers().followed_by(one.event for one in told)
    expected = set()
    for stream in {one.stream for one in told}:
        kept = [
            KeptEvent(one.occurred_at, one.event, entry.class_, entry.part, number)
            for number, (one, entry) in enumerate(zip(told, entries, strict=True), start=1)
            if one.stream == stream
        ]
        for (class_, part), due in due_dates(kept, registers).items():
            expected.add((stream, class_, part, due.rule, due.destroy_by, due.listed_on))
    assert set(rows) == expected


CUSTOMER = uuid.UUID(int=7)


def at(year: int, month: int, day: int) -> datetime:
    return NOW.replace(year=year, month=month, day=day)


def append(conninfo: str, told: list[Told]) -> None:
    recorder = open_recorder(conninfo)
    try:
        recorder.append(Batch(entries=entries_of(told)))
    finally:
        recorder.close()


def due_after(conninfo: str, views: psycopg.Connection[Any], told: list[Told]) -> dict[str, tuple[str, str]]:
    append(conninfo, told)
    runner.catch_up(views)
    return {row.class_: (str(row.destroy_by), row.rule) for row in retention.every_due(views, FAR)}
