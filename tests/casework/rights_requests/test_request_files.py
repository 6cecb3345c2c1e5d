"""The list of requests, and the file after a request is closed."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import psycopg
import pytest

from ledger.errors import (
    Held,
    NotDue,
)
from ledger.recording import Ledger
from ledger.state.replay import event_of
from projections import runner
from projections.requests import read as requests
from projections.requests.read import Wanted
from projections.retention import read as retention
from tests.casework.rights_requests.steps import CALENDAR, LATER, See, Step, asked, holds
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.destroying import approved, destroy


def test_the_list_can_be_narrowed_to_what_is_open_late_of_a_kind_or_of_an_organisation(
    step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    late = asked(step, customer, "2026-09-03")
    complaint = asked(step, customer, "2026-10-03", kind="complaint", organisation="0000000777")
    answered = asked(step, customer, "2026-10-04")
    step("send-response", answered, "2026-10-10", outcome="granted")
    runner.catch_up(views)

    def listed(**wanted: Any) -> list[str]:
        rows = requests.page(views, Wanted(**wanted), on=date(2026, 10, 20), calendar=CALENDAR)
        return [str(row.request_id) for row in rows]

    assert listed() == [str(late), str(complaint), str(answered)]
    assert listed(open=True) == [str(late), str(complaint)]
    assert listed(late=True) == [str(late)]
    assert listed(kind="complaint") == [str(complaint)]
    assert listed(organisation="0000000777") == [str(complaint)]
    assert listed(customer_id=uuid.uuid4()) == []


def test_the_list_goes_on_after_a_position(step: Step, views: psycopg.Connection[Any], customer: uuid.UUID) -> None:
    numbers = [str(asked(step, customer, "2026-09-03")) for _ in range(5)]
    runner.catch_up(views)
    seen: list[str] = []
    after = 0
    while page := requests.page(views, Wanted(), on=LATER, calendar=CALENDAR, after=after, limit=2):
        seen += [str(row.request_id) for row in page]
        after = page[-1].position

    assert seen == numbers


def test_requests_are_counted_by_kind_and_complaints_month_by_month_law_clk_12(
    step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    asked(step, customer, "2026-07-03", kind="complaint")
    asked(step, customer, "2026-09-03", kind="complaint")
    asked(step, customer, "2026-09-03")
    answered = asked(step, customer, "2026-07-03", kind="erasure")
    step("send-response", answered, "2026-08-04", outcome="granted")
    runner.catch_up(views)

    counted = {row.kind: row for row in requests.tally(views, on=date(2026, 9, 4), calendar=CALENDAR)}

    assert counted["complaint"].by_month == {"2026-07": 1, "2026-09": 1}
    assert (counted["complaint"].open, counted["complaint"].late) == (2, 1)
    assert counted["access"].open == 1
    assert (counted["erasure"].open, counted["erasure"].closed, counted["erasure"].late) == (0, 1, 1)
    assert counted["portability"].by_month == {}


def file_due(views: psycopg.Connection[Any], request: uuid.UUID, on: date) -> list[dict[str, Any]]:
    runner.catch_up(views)
    return [row.as_json() for row in retention.due_page(views, on) if row.customer_id == request]


def test_the_file_of_a_request_is_kept_six_years_after_it_was_closed_and_then_destroyed_g_09(
    *, step: Step, record: Any, ledger: Ledger, views: psycopg.Connection[Any], see: See, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")
    step("send-response", request, "2019-03-20", outcome="granted", message="Here it is.")
    assert file_due(views, request, date(2025, 3, 19)) == []

    (row,) = file_due(views, request, date(2025, 3, 20))
    assert (row["class"], row["destroy_by"], row["rule"]) == ("rights_request", "2025-03-20", "G-09")
    one = {"class": row["class"], "part": "", "destroy_by": row["destroy_by"], "rule": row["rule"]}
    listed = approved(ledger, request, [one], on="2025-03-20")
    record("destroy-records", request, by=RECORDS_MANAGER, at="2025-03-20T09:00:00Z", **listed)

    assert ledger.unsealed(request) == {}
    assert file_due(views, request, date(2026, 1, 1)) == []
    assert see(request)["state"] == "answered"


def test_the_file_of_an_open_request_is_not_destroyed(step: Step, record: Any, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")

    with pytest.raises(NotDue):
        record(
            "destroy-records", request, by=RECORDS_MANAGER, at="2026-03-20T09:00:00Z", on="2026-03-20", digest="d",
            destroyed=[{"class": "rights_request", "part": "", "destroy_by": "2026-03-20"}],
        )  # fmt: skip


def test_a_request_nobody_closes_is_listed_as_an_exception_and_not_kept_silently_ret_gen_01(
    step: Step, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")
    runner.catch_up(views)

    def listed(on: date) -> list[str]:
        rows = retention.exceptions_page(views, on)
        return [row.why for row in rows if row.customer_id == request]

    assert listed(date(2025, 3, 3)) == []
    assert listed(date(2025, 3, 4)) == ["the request was never answered, refused or withdrawn"]
    step("withdraw-request", request, "2025-03-05")
    runner.catch_up(views)
    assert listed(date(2029, 3, 4)) == []


def test_a_hold_on_a_person_holds_the_files_of_their_closed_requests_too(
    step: Step, record: Any, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2019-03-04", asked="Everything you hold about me.")
    step("send-response", request, "2019-03-20", outcome="granted")
    record("place-hold", customer, code="HOLD_LEGAL", hold_id="h1", reason="a dispute")

    (row,) = file_due(views, request, date(2025, 3, 20))
    assert row["held_by"] == ["h1"]
    with pytest.raises(Held):
        record(
            "destroy-records", request, by=RECORDS_MANAGER, at="2025-03-20T09:00:00Z", on="2025-03-20", digest="d",
            destroyed=[{"class": "rights_request", "part": "", "destroy_by": row["destroy_by"]}],
        )  # fmt: skip


def test_whoever_reads_the_file_of_a_request_about_nobody_known_is_recorded_in_it(step: Step, ledger: Ledger) -> None:
    request = asked(step, None, "2026-09-03", asked="Everything you hold about me.")
    ledger.record_read(request, CASE_WORKER, purpose="request", route="test", command_id=uuid.uuid4())

    assert event_of(ledger.history(request)[-1]).NAME == "personal-data-read"


def test_an_access_request_is_taken_when_records_of_the_person_were_destroyed_before(
    step: Step, ledger: Ledger, views: psycopg.Connection[Any], customer: uuid.UUID
) -> None:
    destroy(ledger, customer, "identity")
    request = asked(step, customer, "2026-09-03")
    step("send-response", request, "2026-09-04", outcome="nothing_held")

    assert holds(views, customer) == [("HOLD_ACCESS_REQUEST", False)]
