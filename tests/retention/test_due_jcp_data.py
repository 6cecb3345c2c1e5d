"""When data from Jobcentre Plus is due."""

from __future__ import annotations

import uuid

import pytest

from ledger.recording import Ledger
from ledger.retention.schedule import EARLIER_OF
from tests.conftest import RECORDS_MANAGER, Record
from tests.destroying import approved
from tests.retention.schedule import Due, end_service, kept, local_period, receive


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
    ledger: Ledger, record: Record, customer: uuid.UUID, due: Due
):
    put_into(record, customer, "r-1", "plan-1", "2018-03-03T09:00:00Z")
    kept(record, customer, "plan-1", at="2018-03-04T09:00:00Z")
    one = {"class": "service", "part": "r-1", "destroy_by": "2025-03-03", "rule": "RET-JCP-10"}
    listed = approved(ledger, customer, [one], on="2025-03-03")
    record("destroy-records", customer, by=RECORDS_MANAGER, at="2025-03-03T09:00:00Z", **listed)
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
