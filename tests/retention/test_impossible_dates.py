"""Dates that cannot be shorten nothing: they are recorded, and stand on the exception list with the reason."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import psycopg
import pytest

from api.casework import retention as casework
from api.casework.runtime import Runtime
from projections import runner
from projections.retention import read as retention
from tests.conftest import RECORDS_MANAGER, Record
from tests.retention.schedule import (
    FAR,
    ORGANISATION,
    Due,
    append,
    at,
    end_service,
    full_record,
    local_period,
    receive,
)
from tests.strategies import happened

BEFORE_REGISTERED = "the service is recorded as ended before the person was registered"
BEFORE_ORGANISATION = "it is recorded as done before the organisation that did it was registered"
BEFORE_CONTRACT = "it is recorded as done before the contract of the organisation that did it began"


def reasons(views: psycopg.Connection[Any], day: date = FAR) -> dict[str, str]:
    runner.catch_up(views)
    rows = retention.exceptions_page(views, day)
    assert retention.count_exceptions(views, day) == len(rows)
    return {row.class_: row.why for row in rows}


def organisation(record: Record, **said: Any) -> None:
    said = {"organisation": ORGANISATION, "name": "A prime", "kind": "prime", **said}
    record("register-organisation", by=RECORDS_MANAGER, **said)


def test_a_service_ended_in_2001_for_somebody_registered_in_2025_makes_nothing_due(
    record: Record, customer_of_2025: uuid.UUID, due: Due, views: psycopg.Connection[Any]
):
    local_period(record, "after_service", 12)
    full_record(record, customer_of_2025)
    end_service(record, customer_of_2025, "2001-03-04T09:00:00Z")
    assert due(date(2026, 12, 1)) == {}
    assert due() == {}
    assert reasons(views) == dict.fromkeys(("equality", "identity", "payment_evidence", "service"), BEFORE_REGISTERED)


def test_the_exception_list_gives_the_date_that_cannot_be_and_the_entry_that_says_it(
    record: Record, customer_of_2025: uuid.UUID, runtime: Runtime
):
    end_service(record, customer_of_2025, "2001-03-04T09:00:00Z")
    shown = [row.as_json() for row in casework.exceptions(runtime, RECORDS_MANAGER, date(2026, 12, 1), limit=9).rows]
    assert shown == [
        {
            "customer_id": str(customer_of_2025), "class": class_, "part": "", "rule": rule, "since": "2001-03-04",
            "because": 2, "why": BEFORE_REGISTERED,
        }
        for class_, rule in (("identity", "RET-NCS-03"), ("payment_evidence", "RET-NCS-01"))
    ]  # fmt: skip


def test_an_end_that_cannot_be_leaves_the_day_that_another_rule_gives(
    record: Record, customer_of_2025: uuid.UUID, due: Due, views: psycopg.Connection[Any]
):
    local_period(record, "inactivity", 36)
    end_service(record, customer_of_2025, "2001-03-04T09:00:00Z")
    assert due()["identity"] == ("2028-01-06", "RET-NCS-02")
    assert reasons(views)["identity"] == BEFORE_REGISTERED


def test_an_end_that_can_be_takes_the_exception_away(
    record: Record, customer_of_2025: uuid.UUID, due: Due, views: psycopg.Connection[Any]
):
    end_service(record, customer_of_2025, "2001-03-04T09:00:00Z")
    record("resume-service", customer_of_2025, at="2025-02-03T09:00:00Z")
    assert reasons(views) == {"identity": reasons(views)["identity"], "payment_evidence": reasons(views)["identity"]}
    assert BEFORE_REGISTERED not in reasons(views).values()
    end_service(record, customer_of_2025, "2025-03-04T09:00:00Z")
    assert due()["payment_evidence"] == ("2031-03-04", "RET-NCS-01")


def test_an_end_on_the_day_of_registration_can_be(record: Record, customer_of_2025: uuid.UUID, due: Due):
    end_service(record, customer_of_2025, "2025-01-06T00:30:00Z")
    assert due()["payment_evidence"] == ("2031-01-06", "RET-NCS-01")


def test_data_received_before_the_person_was_registered_is_only_recorded_late(
    record: Record, customer_of_2025: uuid.UUID, due: Due
):
    receive(record, customer_of_2025, "2019-05-06T09:00:00Z")
    assert due()["received_from_jcp/r-1"] == ("2026-05-06", "G-01")


@pytest.mark.parametrize("began_by", ["registration", "contract"])
def test_an_act_before_the_organisation_or_its_contract_began_makes_nothing_due(
    record: Record, customer: uuid.UUID, due: Due, views: psycopg.Connection[Any], began_by: str
):
    organisation(record, valid_from="2024-04-01" if began_by == "registration" else "2010-04-01")
    if began_by == "contract":
        said = {"organisation": ORGANISATION, "contract": "c", "valid_from": "2024-04-01"}
        record("start-contract", by=RECORDS_MANAGER, **said)
    local_period(record, "after_service", 1)
    end_service(record, customer, "2018-05-01T09:00:00Z")
    receive(record, customer, "2018-05-01T09:00:00Z")
    assert "payment_evidence" not in due()
    assert due()["received_from_jcp/r-1"] == ("2025-05-01", "G-01")  # nobody is named who received it
    why = BEFORE_ORGANISATION if began_by == "registration" else BEFORE_CONTRACT
    assert reasons(views)["payment_evidence"] == why


def test_a_sub_contractor_s_acts_are_measured_by_the_contract_it_works_under(
    record: Record, customer: uuid.UUID, due: Due, views: psycopg.Connection[Any]
):
    organisation(record, valid_from="2010-04-01", kind="sub-contractor", part_of="0000000900")
    record("start-contract", by=RECORDS_MANAGER, organisation="0000000900", contract="c", valid_from="2024-04-01")
    end_service(record, customer, "2018-05-01T09:00:00Z")
    assert reasons(views)["payment_evidence"] == BEFORE_CONTRACT


def test_an_entry_that_says_the_organisation_is_older_takes_the_exception_away(
    record: Record, customer: uuid.UUID, due: Due, views: psycopg.Connection[Any]
):
    end_service(record, customer, "2018-05-01T09:00:00Z")
    organisation(record, valid_from="2024-04-01")
    assert reasons(views)["payment_evidence"] == BEFORE_ORGANISATION
    organisation(record, valid_from="2010-04-01")
    assert BEFORE_ORGANISATION not in reasons(views).values()
    assert due()["payment_evidence"] == ("2024-05-01", "RET-NCS-01")


def test_an_organisation_that_nobody_registered_may_have_acted_on_any_day(
    record: Record, customer: uuid.UUID, due: Due
):
    end_service(record, customer, "2018-05-01T09:00:00Z")
    assert due()["payment_evidence"] == ("2024-05-01", "RET-NCS-01")


def test_the_period_of_an_organisation_that_cannot_have_served_counts_for_nothing(
    record: Record, customer: uuid.UUID, due: Due
):
    record("set-retention-period", by=RECORDS_MANAGER, organisation="new", kind="inactivity", months=1)
    record("register-organisation", by=RECORDS_MANAGER, organisation="new", name="New", kind="prime",
           valid_from="2024-04-01")  # fmt: skip
    local_period(record, "inactivity", 200)
    record("hold-interaction", customer, at="2016-05-06T09:00:00Z", channel="telephone", organisation="new")
    assert due()["identity"] == ("2031-09-06", "RET-NCS-02")


def test_what_was_received_and_put_into_the_record_before_it_came_counts_from_when_it_came(
    record: Record, customer: uuid.UUID, due: Due, views: psycopg.Connection[Any]
):
    receive(record, customer, "2024-05-06T09:00:00Z")
    record("incorporate-data", customer, at="2001-05-06T09:00:00Z", receipt_id="r-1")
    assert due()["received_from_jcp/r-1"] == ("2031-05-06", "G-01")
    assert reasons(views)["received_from_jcp"] == "what was received is recorded as put into the record before it came"


@pytest.mark.parametrize(
    ("registered_at", "expected"),
    [
        ("2025-01-06T09:00:00Z", BEFORE_REGISTERED),
        ("2000-01-06T09:00:00Z", None),
        (None, None),  # when a document was written last says nothing about the day of registration
    ],
)
def test_an_imported_document_is_measured_by_the_registration_it_states(
    database: str, views: psycopg.Connection[Any], registered_at: str | None, expected: str | None
):
    who, note = uuid.UUID(int=7), {"note": "invented"}
    told = [
        happened(who, "customer-registered", at(2025, 6, 6), written_at="2025-06-06T09:00:00Z",
                 registered_at=registered_at, values=note),
        happened(who, "service-ended", at(2001, 6, 6), audit_minimum=note),
    ]  # fmt: skip
    append(database, told)
    assert reasons(views).get("payment_evidence") == expected
    assert [row.class_ for row in retention.every_due(views, FAR)] == ([] if expected else ["payment_evidence"])


def test_a_registration_before_the_organisation_that_its_document_names_is_no_act_of_that_organisation(
    database: str, views: psycopg.Connection[Any]
):
    """Left out, the last contact would be an earlier one, and the records due too early."""
    who, by = uuid.UUID(int=7), {"organisation": ORGANISATION}
    told = [
        happened(uuid.UUID(int=8), "organisation-registered", at(2024, 2, 19), valid_from="2024-02-19", **by),
        happened(uuid.UUID(int=8), "retention-period-set", at(2024, 2, 19), kind="inactivity", months=4,
                 valid_from="2024-02-19", **by),
        happened(who, "appointment-kept", at(2024, 12, 6), **by),
        happened(who, "customer-registered", at(2025, 3, 30), written_at="2025-03-30T09:00:00Z",
                 registered_at="2016-10-04T09:00:00Z", values={"note": "invented"}, **by),
    ]  # fmt: skip
    append(database, told)
    assert reasons(views) == {}
    assert [str(row.destroy_by) for row in retention.every_due(views, FAR)] == ["2025-07-30"]
