"""What is owed after data went or came: by whom, and until when."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from api.casework.runtime import Runtime
from ledger.duties.obligations import obligations_after
from ledger.errors import AlreadyDone
from ledger.recording import Ledger
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock, Record
from tests.projections.obligations.owed import CONTRACTOR, findings_of, owed, receive, the
from tests.sharing import register

# The vectors for working days (V-WD), through the commands that anybody sends.


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        pytest.param("2025-12-05", "2026-01-21", id="V-WD-01"),
        pytest.param("2026-03-12", "2026-04-27", id="V-WD-02 Easter inside"),
        pytest.param("2025-05-01", "2025-06-16", id="two May holidays inside"),
    ],
)
def test_an_email_is_incorporated_within_30_working_days_of_being_sent_ret_jcp_01(
    runtime: Runtime, record: Record, customer: uuid.UUID, sent: str, due: str
):
    receive(record, customer, "r-1", at=f"{sent}T16:00:00Z", channel="email", sent_at=f"{sent}T10:00:00Z")

    row = the(runtime, "incorporate-email")

    assert (row["started_on"], row["due_on"], row["rule"], row["owner"]) == (sent, due, "RET-JCP-01", "0000000201")


def test_v_wd_03_the_substitute_day_after_a_saturday_boxing_day_does_not_count(
    runtime: Runtime, record: Record, customer: uuid.UUID, clock: Clock
):
    clock.time = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    receive(record, customer, "r-1", at="2026-12-01T10:00:00Z", channel="email", sent_at="2026-12-01T09:00:00Z")

    assert the(runtime, "incorporate-email")["due_on"] == "2027-01-15"


def test_v_wd_04_paper_is_incorporated_and_disposed_of_by_the_same_day_conf_03(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-04-03T10:00:00Z", channel="hand", stored_securely=True)

    incorporate, dispose = the(runtime, "incorporate-paper"), the(runtime, "dispose-paper")

    assert (incorporate["due_on"], incorporate["rule"]) == ("2026-05-19", "RET-JCP-05")
    assert (dispose["due_on"], dispose["rule"]) == ("2026-05-19", "RET-JCP-06")
    assert incorporate["target_on"] == "2026-05-05"  # working day 20, so that disposal keeps some slack


def test_v_wd_05_an_email_is_deleted_30_working_days_after_incorporation_with_an_amber_date_ret_jcp_03(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email", sent_at="2026-03-12T09:00:00Z")
    record("incorporate-data", customer, at="2026-04-01T09:00:00Z", receipt_id="r-1")

    row = the(runtime, "delete-email")

    assert (row["due_on"], row["target_on"], row["rule"]) == ("2026-05-18", "2026-04-27", "RET-JCP-03")


def test_v_ch_11_fifteen_customers_in_one_email_from_jcp_start_fifteen_clocks_of_30_working_days(
    runtime: Runtime, record: Record, ledger: Ledger
):
    people = [uuid.uuid4() for _ in range(15)]
    for one in people:
        record("register-customer", one, at="2025-01-06T09:00:00Z", values={"family_name": "Placeholder"})
    ledger.record(
        {
            "id": str(uuid.uuid4()), "type": "receive-data", "occurred_at": "2026-03-12T10:00:00Z", "channel": "email",
            "received_from": "jobcentre-plus", "received_by": "0000000201", "sent_at": "2026-03-12T09:00:00Z",
            "customers": [{"customer_id": str(one)} for one in people],
        },
        CASE_WORKER,
    )  # fmt: skip

    rows = owed(runtime, kind="incorporate-email")

    assert {row["customer_id"] for row in rows} == set(map(str, people))
    assert {row["due_on"] for row in rows} == {"2026-04-27"}


# What else is owed.


def test_what_came_by_telephone_is_incorporated_by_analogy_and_says_so_g_01(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="telephone")

    row = the(runtime, "incorporate-other")

    assert (row["rule"], row["due_on"], row["period_is_ours"]) == ("G-01", "2026-04-27", True)


@pytest.mark.parametrize("source", [{"etag": "e"}, {"history_id": 7}])
def test_what_an_import_brought_is_in_the_record_already_and_nothing_is_owed_for_it(source: dict[str, Any]):
    at = datetime(2026, 3, 12, tzinfo=UTC)
    arrived = _event("data-received", receipt_id="r", **source)
    went = _event("data-shared", share_id="s", channel="post", **source)
    assert obligations_after([(at, arrived), (at, went)]) == {}


def test_what_reached_no_adviser_stands_on_the_list_until_it_is_routed_ch_email_09(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email")
    receive(record, customer, "r-2", at="2026-03-12T10:00:00Z", channel="email", routed=True)
    assert the(runtime, "route-to-adviser")["subject_id"] == "r-1"

    record("route-data", customer, at="2026-03-13T09:00:00Z", receipt_id="r-1", adviser="Adviser One")

    assert owed(runtime, kind="route-to-adviser") == []
    [done] = owed(runtime, kind="route-to-adviser", state="done")
    assert (done["state"], done["done_at"], done["late"]) == ("done", "2026-03-13T09:00:00Z", False)


def test_documents_by_post_are_to_be_confirmed_and_the_sender_asks_after_two_working_days_ch_post_12(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    record(
        "share-data", customer, at="2026-03-12T10:00:00Z", share_id="s-1", channel="post", sent_by="0000000201",
        sent_to="jobcentre-plus", dispatched_at="2026-03-13T09:00:00Z",
    )  # fmt: skip

    confirm, chase = the(runtime, "confirm-receipt"), the(runtime, "chase-receipt")
    assert (confirm["owner"], confirm["due_on"], confirm["target_on"]) == ("jobcentre-plus", "2026-03-20", "2026-03-17")
    assert (chase["owner"], chase["due_on"]) == ("0000000201", "2026-03-17")

    record("chase-recipient", customer, at="2026-03-17T09:00:00Z", share_id="s-1", channel="telephone")
    assert owed(runtime, kind="chase-receipt") == []
    record("confirm-receipt", customer, at="2026-03-18T09:00:00Z", share_id="s-1", signatory="Somebody invented")
    assert owed(runtime, kind="confirm-receipt") == []


def test_what_was_handed_to_a_contact_is_owed_to_the_work_coach_ch_hand_05(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    said = {"channel": "hand", "sent_by": "0000000201", "sent_to": "jobcentre-plus", "recipient_role": "NOMINATED_POC"}
    record("share-data", customer, at="2026-03-12T10:00:00Z", share_id="s-1", **said)
    row = the(runtime, "pass-to-work-coach")
    assert (row["due_on"], row["owner"], row["rule"]) == ("2026-03-19", "jobcentre-plus", "CH-HAND-05")

    record("pass-to-work-coach", customer, at="2026-03-16T10:00:00Z", share_id="s-1", work_coach="Coach Seven")

    assert owed(runtime, kind="pass-to-work-coach") == []
    with pytest.raises(AlreadyDone):
        record("pass-to-work-coach", customer, at="2026-03-17T10:00:00Z", share_id="s-1")


def test_a_person_hears_of_data_from_jcp_in_a_month_or_at_first_contact_law_clk_16_inform_04(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-01-31T10:00:00Z", channel="email")
    assert the(runtime, "inform-customer")["due_on"] == "2026-03-02"  # 28 February is a Saturday

    said = {"channel": "telephone", "sent_by": "0000000201"}
    record("share-data", customer, at="2026-02-13T10:00:00Z", share_id="back", sent_to="jobcentre-plus", **said)
    assert the(runtime, "inform-customer")["due_on"] == "2026-03-02"  # back to where it came from is no disclosure
    record("share-data", customer, at="2026-02-12T10:00:00Z", share_id="on", sent_to="a-college", **said)
    assert the(runtime, "inform-customer")["due_on"] == "2026-02-12"
    record("hold-interaction", customer, at="2026-02-10T10:00:00Z", channel="telephone")
    assert the(runtime, "inform-customer")["due_on"] == "2026-02-10"

    record("inform-customer", customer, at="2026-02-10T10:05:00Z", method="told on the telephone")
    assert owed(runtime, kind="inform-customer") == []


@pytest.mark.parametrize("data_came", ["first", "last"])
@pytest.mark.parametrize(
    "contact",
    [
        ({"type_": "hold-interaction", "channel": "telephone"}, "2026-03-05"),
        ({"type_": "keep-appointment", "appointment_id": "a-1", "organisation": "0000000201"}, "2026-03-05"),
        ({"type_": "share-data", "share_id": "on", "channel": "telephone", "sent_to": "a-college"}, "2026-03-05"),
        ({"type_": "refer-customer", "referral_id": "on", "referred_to": "a-college"}, "2026-03-05"),
        ({"type_": "share-data", "share_id": "b", "channel": "telephone", "sent_to": "jobcentre-plus"}, "2026-04-02"),
        ({"type_": "hold-interaction", "channel": "telephone", "held_at": "2026-03-02T08:59:00Z"}, "2026-04-02"),
    ],
)
def test_a_person_hears_at_first_contact_whether_it_or_the_data_was_recorded_first_law_clk_16_ledg_10(
    runtime: Runtime, record: Record, customer: uuid.UUID, data_came: str, contact: tuple[dict[str, Any], str]
):
    """In a month, unless they are spoken to, or data goes to others than who sent it, after it came."""

    said, due = contact

    def arrives(*, now: bool) -> None:
        if now:
            receive(record, customer, "r-1", at="2026-03-02T09:00:00Z", channel="post")

    arrives(now=data_came == "first")
    record(customer=customer, at="2026-03-05T09:00:00Z", **said)
    arrives(now=data_came == "last")

    assert the(runtime, "inform-customer")["due_on"] == due


def test_who_was_told_before_need_not_be_told_again(runtime: Runtime, record: Record, customer: uuid.UUID):
    record("inform-customer", customer, at="2025-01-06T10:00:00Z", method="read out")
    receive(record, customer, "r-1", at="2026-01-31T10:00:00Z", channel="email")

    assert owed(runtime, kind="inform-customer") == []


def test_mailboxes_are_cleansed_every_30_days_and_a_late_one_is_found_ret_jcp_04(runtime: Runtime, record: Record):
    register(runtime.ledger, CONTRACTOR.organisation)
    record(
        "register-work-domain", by=RECORDS_MANAGER, at="2026-01-05T09:00:00Z", organisation="0000000201",
        domain="contractor.example",
    )  # fmt: skip
    assert the(runtime, "cleanse-mailbox")["due_on"] == "2026-02-04"
    cleanse = {"organisation": "0000000201", "mailbox": "contractor.example", "by": CONTRACTOR}

    record("cleanse-mailbox", at="2026-02-04T09:00:00Z", **cleanse)
    row = the(runtime, "cleanse-mailbox")
    assert (row["due_on"], row["customer_id"], row["rule"]) == ("2026-03-06", None, "RET-JCP-04")
    assert findings_of(runtime) == []

    record("cleanse-mailbox", at="2026-03-09T09:00:00Z", **cleanse)
    [found] = findings_of(runtime)
    assert (found["rule_id"], found["severity"], found["customer_id"]) == ("RET-JCP-04", "S3", None)


def _event(name: str, **said: Any) -> Any:
    from ledger.events import EVENTS

    return EVENTS[name](**said)
