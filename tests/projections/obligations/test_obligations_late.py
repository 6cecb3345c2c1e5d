"""What is found when an obligation is not met in time."""

from __future__ import annotations

import uuid

import pytest

from api.casework import obligations as answered
from api.casework.obligations import OverdueFound
from api.casework.runtime import Runtime
from ledger.errors import Malformed, NotLate, UnknownReference
from projections.findings import read as findings
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Record
from tests.projections.obligations.owed import findings_of, owed, receive, the


@pytest.mark.parametrize(
    ("on", "found"), [("2026-04-27T22:30:00Z", []), ("2026-04-27T23:30:00Z", [("RET-JCP-01", "S2")])]
)
def test_an_email_incorporated_after_its_last_day_in_london_is_a_finding_ret_jcp_01(
    runtime: Runtime, record: Record, customer: uuid.UUID, on: str, found: list[tuple[str, str]]
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email", sent_at="2026-03-12T09:00:00Z")
    record("incorporate-data", customer, at=on, receipt_id="r-1")

    assert [(one["rule_id"], one["severity"]) for one in findings_of(runtime)] == found


def test_paper_incorporated_late_is_disposed_of_late_too_ret_jcp_05_ret_jcp_06(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-04-03T10:00:00Z", channel="post", stored_securely=True)
    record("incorporate-data", customer, at="2026-05-20T09:00:00Z", receipt_id="r-1")
    record("dispose-copy", customer, at="2026-05-20T10:00:00Z", receipt_id="r-1", medium="paper")

    assert [(one["rule_id"], one["severity"]) for one in findings_of(runtime)] == [
        ("RET-JCP-05", "S2"), ("RET-JCP-06", "S3"),
    ]  # fmt: skip


@pytest.mark.parametrize("nothing_in_it", [True, False])
def test_a_copy_that_goes_before_its_content_is_in_the_record_is_a_finding_unless_there_was_nothing_in_it_conf_03(
    runtime: Runtime,
    record: Record,
    customer: uuid.UUID,
    nothing_in_it: bool,  # noqa: FBT001
):
    receive(record, customer, "r-1", at="2026-04-07T10:00:00Z", channel="email")
    if nothing_in_it:
        record("incorporate-data", customer, at="2026-04-08T09:00:00Z", receipt_id="r-1", nothing_to_incorporate=True)
    record("dispose-copy", customer, at="2026-04-08T10:00:00Z", receipt_id="r-1", medium="email")

    assert [one["rule_id"] for one in findings_of(runtime)] == ([] if nothing_in_it else ["RET-JCP-03"])


@pytest.mark.parametrize("channel", ["email", "post"])
@pytest.mark.parametrize("method", ["duplicate", "Duplicate", "nothing_to_incorporate", "nothing to incorporate"])
def test_a_copy_with_nothing_new_in_it_is_disposed_of_and_not_owed_to_the_record_any_more_ret_jcp_03_conf_03(
    runtime: Runtime, record: Record, customer: uuid.UUID, channel: str, method: str
):
    receive(record, customer, "r-1", at="2026-04-07T10:00:00Z", channel=channel, stored_securely=True)
    medium = "email" if channel == "email" else "paper"
    record("dispose-copy", customer, at="2026-04-08T10:00:00Z", receipt_id="r-1", medium=medium, method=method)

    assert [row["kind"] for row in owed(runtime)] == ["inform-customer"]
    assert findings_of(runtime) == []


def test_a_copy_that_was_disposed_of_for_another_reason_leaves_its_content_owed_to_the_record_ret_jcp_01(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-04-07T10:00:00Z", channel="email", routed=True)
    record("dispose-copy", customer, at="2026-04-08T10:00:00Z", receipt_id="r-1", medium="email", method="emptied")

    assert the(runtime, "incorporate-email")["subject_id"] == "r-1"
    record("incorporate-data", customer, at="2026-04-09T09:00:00Z", receipt_id="r-1", nothing_to_incorporate=True)
    assert owed(runtime, kind="incorporate-email") == []


def test_the_newest_cleansing_counts_whichever_was_recorded_last_ret_jcp_04(runtime: Runtime, record: Record):
    domain = {"by": RECORDS_MANAGER, "organisation": "0000000201", "domain": "contractor.example"}
    mailbox = {"organisation": "0000000201", "mailbox": "contractor.example"}
    record("register-work-domain", at="2026-03-20T09:00:00Z", **domain)
    for day in ("2026-04-10", "2026-03-25"):  # the older one keyed afterwards
        record("cleanse-mailbox", at=f"{day}T10:00:00Z", **mailbox)
    assert the(runtime, "cleanse-mailbox")["due_on"] == "2026-05-10"
    record("cleanse-mailbox", at="2026-05-05T10:00:00Z", **mailbox)
    record("register-work-domain", at="2026-06-01T09:00:00Z", **domain)
    assert the(runtime, "cleanse-mailbox")["due_on"] == "2026-07-01"
    record("cleanse-mailbox", at="2026-06-20T10:00:00Z", **mailbox)
    assert findings_of(runtime) == []


def test_what_was_never_done_is_found_by_whoever_looks_at_the_list_and_only_once(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email", routed=True)
    assert [row["state"] for row in owed(runtime, kind="incorporate-email")] == ["late"]

    assert answered.find_late(runtime, CASE_WORKER) == OverdueFound(late=2, found=1)  # to inform asks for no finding
    assert answered.find_late(runtime, CASE_WORKER) == OverdueFound(late=2, found=0)
    record("incorporate-data", customer, at="2026-11-20T09:00:00Z", receipt_id="r-1")

    assert [one["rule_id"] for one in findings_of(runtime)] == ["RET-JCP-01"]


def test_what_began_before_its_rule_was_in_force_is_not_found_late_and_stops_no_list_ret_jcp_01(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2024-03-01T10:00:00Z", channel="email", routed=True)
    with pytest.raises(NotLate):
        record("find-late", customer, at="2026-11-20T10:00:00Z", subject_type="incorporate-email", subject_id="r-1")
    assert answered.find_late(runtime, CASE_WORKER) == OverdueFound(late=2, found=0)
    assert findings_of(runtime) == []


def test_documents_nobody_confirmed_are_assessed_as_perhaps_lost_ch_post_12(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    record(
        "share-data", customer, at="2026-03-12T10:00:00Z", share_id="s-1", channel="courier", sent_by="0000000201",
        sent_to="jobcentre-plus",
    )  # fmt: skip
    record("find-late", customer, at="2026-11-20T10:00:00Z", subject_type="confirm-receipt", subject_id="s-1")

    [found] = [one for one in findings_of(runtime) if one["subject_type"] == "confirm-receipt"]
    assert (found["rule_id"], found["severity"]) == ("CH-POST-12", "S2")
    with runtime.current_views(RECORDS_MANAGER) as connection:
        opened = findings.for_customer(connection, customer).breach_assessments
    assert [found["finding_id"]] in [row.findings for row in opened if row.subject_id == "s-1"]


def test_nobody_can_report_as_late_what_is_not(runtime: Runtime, record: Record, customer: uuid.UUID):
    receive(record, customer, "r-1", at="2026-11-12T10:00:00Z", channel="email", routed=True)
    with pytest.raises(NotLate):
        record("find-late", customer, at="2026-11-20T10:00:00Z", subject_type="incorporate-email", subject_id="r-1")
    with pytest.raises(UnknownReference):
        record("find-late", customer, at="2026-11-20T10:00:00Z", subject_type="incorporate-email", subject_id="r-9")
    with pytest.raises(Malformed):  # the ledger says how grave it is, and nobody else (LEDG-04)
        record("find-late", customer, subject_type="incorporate-email", subject_id="r-1", severity="S3")
