"""What is owed after data went, came or was corrected: by whom, until when, and what is found when it is not done."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.casework import obligations as answered
from api.casework.obligations import OverdueFound
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.duties.catalogue import BY_KIND, DUTIES
from ledger.duties.obligations import obligations_after, target_on
from ledger.errors import AlreadyDone, Malformed, NotAllowed, NotLate, UnknownReference
from ledger.recording import Ledger
from ledger.state.registers import Registers
from ledger.store.append_call import Batch
from ledger.store.recorder import open_recorder
from projections import runner
from projections.findings import read as findings
from projections.obligations.read import StateCounts
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock, Databases, Record
from tests.strategies import CUSTOMERS, Told, breaches, entries_of, histories, tellings

CONTRACTOR = Caller(role="contractor", organisation="0000000201", subject="adviser one")


def owed(runtime: Runtime, by: Caller = CASE_WORKER, *, on: date | None = None, **asked: Any) -> list[dict[str, Any]]:
    page = answered.listed(runtime, answered.wanted(runtime, by, **asked), on=on, limit=1_000)
    return [row.as_json() for row in page.rows]


def the(runtime: Runtime, kind: str, **asked: Any) -> dict[str, Any]:
    [row] = [row for row in owed(runtime, **asked) if row["kind"] == kind]
    return row


def receive(record: Record, customer: uuid.UUID, receipt: str, *, at: str, **said: Any) -> None:
    record(
        "receive-data", customer, at=at, receipt_id=receipt, received_from="jobcentre-plus", received_by="0000000201",
        **said,
    )  # fmt: skip


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


def test_a_correction_is_owed_to_each_past_recipient_of_the_item_and_nobody_else_rect_04_law_a19(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    said = {"channel": "telephone", "sent_by": "0000000201", "at": "2026-02-02T10:00:00Z"}
    record("share-data", customer, share_id="s-1", sent_to="jobcentre-plus", items=["D01", "D03"], **said)
    record("share-data", customer, share_id="s-2", sent_to="jobcentre-plus", items=["email_address"], **said)
    record("share-data", customer, share_id="s-3", sent_to="a-college", items=["D28"], **said)
    record("share-data", customer, share_id="s-4", sent_to="an-inspectorate", **said)  # it is not said what went
    record("refer-customer", customer, referred_by="0000000201", referred_to="0000000202", at="2026-02-03T10:00:00Z")
    record("refer-customer", customer, referred_to="without-data", with_data=False, at="2026-02-03T10:00:00Z")
    record(
        "correct-record", customer, at="2026-03-02T10:00:00Z", collection="contacts", items=["D03"],
        correction_id="c-1", values={"email": "new@placeholder.example"}, organisation="0000000201",
    )  # fmt: skip
    said["at"] = "2026-03-02T11:00:00Z"
    record("share-data", customer, share_id="s-5", sent_to="came-later", items=["D03"], **said)

    rows = owed(runtime, kind="notify-recipient")

    assert {row["recipient"] for row in rows} == {"jobcentre-plus", "an-inspectorate", "0000000202"}
    assert {(row["due_on"], row["owner"], row["rule"]) for row in rows} == {("2026-04-02", "0000000201", "RECT-04")}


@pytest.mark.parametrize(
    "corrected", [None, ["D03"], ["email_address"], ["email address"], ["Email Address"], ["home page"]]
)
def test_a_past_recipient_is_told_however_the_item_was_written_and_when_nobody_knows_what_it_was_rect_04_law_a19(
    runtime: Runtime, record: Record, customer: uuid.UUID, corrected: list[str] | None
):
    of_email = ["D03", "d03", "email_address", "email address", "Email Address", "EmailAddress"]
    unknown = ["email", "action plan", "contact details"]  # of no catalogue, so it may have been any
    of_others = ["Outcomes", "ethnic group"]
    said = {"channel": "telephone", "sent_by": "0000000201", "at": "2026-02-02T10:00:00Z"}
    for written in (*of_email, *unknown, *of_others):
        record("share-data", customer, share_id=written, sent_to=f"to {written}", items=[written], **said)
    record(
        "correct-record", customer, at="2026-03-02T10:00:00Z", collection="contacts", correction_id="c-1",
        values={"email": "new@placeholder.example"}, **({"items": corrected} if corrected else {}),
    )  # fmt: skip

    told = {row["recipient"].removeprefix("to ") for row in owed(runtime, kind="notify-recipient")}

    assert told == {*of_email, *unknown, *(of_others if corrected == ["home page"] else ())}


@pytest.mark.parametrize("kind", ["erasure", "restriction", "rectification"])
def test_who_merely_took_a_request_is_a_past_recipient_like_any_other_law_a19_rect_04(
    runtime: Runtime, record: Record, customer: uuid.UUID, kind: str
):
    before = {"jobcentre-plus", "0000000777", "ofsted", CASE_WORKER.organisation}
    for to in before:
        record("share-data", customer, at="2026-08-05T09:00:00Z", share_id=to, sent_to=to, channel="system")
    record("refer-customer", customer, at="2026-08-05T09:00:00Z", referral_id="r", referred_to="0000000888")
    number = str(uuid.uuid4())
    asked = {"kind": kind, "customer_id": str(customer), "restrict": kind == "rectification"}
    record("receive-request", at="2026-09-03T09:00:00Z", request_id=number, **asked)
    record("send-response", at="2026-09-10T09:00:00Z", request_id=number, outcome="granted")

    rows = owed(runtime, kind="notify-recipient")

    assert {row["recipient"] for row in rows} == {*before, "0000000888"}
    assert {row["owner"] for row in rows} == {CASE_WORKER.organisation}


def test_who_corrected_the_data_itself_is_not_told_of_its_own_correction_rect_04(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    for to in ("jobcentre-plus", "0000000201"):
        record("share-data", customer, at="2026-02-02T09:00:00Z", share_id=to, sent_to=to, channel="system")
    record(
        "correct-record", customer, at="2026-03-02T10:00:00Z", collection="contacts", correction_id="c-1",
        values={"email": "new@placeholder.example"}, organisation="0000000201",
    )  # fmt: skip

    assert [row["recipient"] for row in owed(runtime, kind="notify-recipient")] == ["jobcentre-plus"]


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("share-data", {"sent_to": "jobcentre-plus", "items": ["D03"]}),
        ("refer-customer", {"referred_to": "jobcentre-plus"}),
    ],
)
def test_a_disclosure_from_before_a_correction_that_is_recorded_after_it_is_to_be_told_as_well_rect_04(
    runtime: Runtime, record: Record, customer: uuid.UUID, type_: str, said: dict[str, Any]
):
    for number, day in (("c-1", "2026-03-10"), ("c-2", "2026-03-01")):
        record(
            "correct-record", customer, at=f"{day}T10:00:00Z", collection="contacts", items=["D03"],
            correction_id=number, values={"email": "new@placeholder.example"}, organisation="0000000201",
        )  # fmt: skip
    assert owed(runtime, kind="notify-recipient") == []
    record(type_, customer, at="2026-03-02T10:00:00Z", **said)

    row = the(runtime, "notify-recipient")
    assert (row["recipient"], row["due_on"], row["owner"]) == ("jobcentre-plus", "2026-04-10", "0000000201")
    record("notify-recipient", customer, at="2026-04-13T10:00:00Z", matter_id="c-1", recipient="jobcentre-plus")
    assert {row["kind"] for row in owed(runtime)} >= {"confirm-correction", "chase-correction"}
    with runtime.current_views() as connection:
        assert "RECT-04" in {row.finding.rule_id for row in findings.page(connection)}


def test_a_recipient_who_was_told_is_to_confirm_and_is_asked_again_rect_05(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    corrected_after_a_share(record, customer)
    record("notify-recipient", customer, at="2026-03-04T10:00:00Z", matter_id="c-1", recipient="jobcentre-plus")

    assert owed(runtime, kind="notify-recipient") == []
    confirm, chase = the(runtime, "confirm-correction"), the(runtime, "chase-correction")
    assert (confirm["owner"], confirm["due_on"]) == ("jobcentre-plus", "2026-04-07")  # 4 April is a Saturday of Easter
    assert (chase["owner"], chase["due_on"]) == ("0000000201", "2026-03-18")

    record("confirm-correction", customer, at="2026-03-10T10:00:00Z", matter_id="c-1", recipient="jobcentre-plus")
    assert [row["kind"] for row in owed(runtime, customer_id=customer) if row["kind"] not in ASIDE] == []


def test_a_recipient_who_cannot_be_told_is_named_with_the_reason_and_need_not_confirm(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    corrected_after_a_share(record, customer)
    with pytest.raises(Malformed, match="reason"):
        record("notify-recipient", customer, matter_id="c-1", recipient="jobcentre-plus", not_told_because="impossible")
    record(
        "notify-recipient", customer, at="2026-03-04T10:00:00Z", matter_id="c-1", recipient="jobcentre-plus",
        not_told_because="disproportionate", reason="The office has closed",
    )  # fmt: skip

    assert [row["kind"] for row in owed(runtime, customer_id=customer) if row["kind"] not in ASIDE] == []


@pytest.mark.parametrize("named", ["Jobcentre-Plus", "JOBCENTRE-PLUS", " jobcentre-plus", "Jobcentre Plus"])
@pytest.mark.parametrize("type_", ["notify-recipient", "confirm-correction", "chase-recipient"])
def test_a_recipient_named_otherwise_than_data_went_to_it_is_refused_and_stays_to_be_told_rect_04(
    runtime: Runtime, record: Record, customer: uuid.UUID, named: str, type_: str
):
    corrected_after_a_share(record, customer)
    with pytest.raises(UnknownReference, match=r"^Data went to this recipient as jobcentre-plus; name it so\.$"):
        record(type_, customer, at="2026-03-04T10:00:00Z", matter_id="c-1", recipient=named)

    assert the(runtime, "notify-recipient")["recipient"] == "jobcentre-plus"


def test_a_restriction_is_told_to_past_recipients_though_it_was_lifted_meanwhile_law_a19(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    """Article 19 excuses from it what is impossible or out of all proportion, and no restriction that has ended."""
    record("share-data", customer, at="2026-02-02T10:00:00Z", share_id="s-1", sent_to="jobcentre-plus")
    record("restrict-processing", customer, at="2026-03-02T10:00:00Z", restriction_id="r-1", ground="requested")
    lifted = {"restriction_id": "r-1", "person_told_at": "2026-03-08T10:00:00Z"}
    record("lift-restriction", customer, at="2026-03-09T10:00:00Z", **lifted)
    assert the(runtime, "notify-recipient")["state"] == "late"

    cannot = {"not_told_because": "disproportionate", "reason": "It had ended before they could act on it"}
    told = {"matter_id": "r-1", "recipient": "jobcentre-plus", **cannot}
    record("notify-recipient", customer, at="2026-03-10T10:00:00Z", **told)
    assert owed(runtime, kind="notify-recipient") == []


ASIDE = frozenset({"assess-breach", "tell-controller"})
"""Shares that say little break rules of their own."""


def corrected_after_a_share(record: Record, customer: uuid.UUID) -> None:
    record(
        "share-data", customer, share_id="s-1", channel="telephone", sent_by="0000000201", sent_to="jobcentre-plus",
        at="2026-02-02T10:00:00Z",
    )  # fmt: skip
    record(
        "correct-record", customer, at="2026-03-02T10:00:00Z", collection="contacts", correction_id="c-1",
        values={"email": "new@placeholder.example"}, organisation="0000000201",
    )  # fmt: skip


def test_mailboxes_are_cleansed_every_30_days_and_a_late_one_is_found_ret_jcp_04(runtime: Runtime, record: Record):
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


# What is found when it is not done in time.


def findings_of(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.current_views() as connection:
        return [row.as_json() for row in findings.page(connection)]


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
    with runtime.current_views() as connection:
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


# The list.


def test_a_contractor_sees_what_it_and_its_sub_contractors_owe_and_nothing_of_others(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    for code, kind, prime in (("sub", "sub-contractor", "0000000201"), ("other", "prime", None)):
        said = {"organisation": code, "name": code, "kind": kind} | ({"part_of": prime} if prime else {})
        record("register-organisation", by=RECORDS_MANAGER, **said)
    for number, receiver in enumerate(("0000000201", "sub", "other")):
        record(
            "receive-data", customer, at="2026-03-12T10:00:00Z", receipt_id=str(number), channel="email",
            received_from="jobcentre-plus", received_by=receiver,
        )  # fmt: skip

    assert {row["owner"] for row in owed(runtime, CONTRACTOR)} == {"0000000201", "sub"}
    with pytest.raises(NotAllowed):
        owed(runtime, CONTRACTOR, organisation="other")
    assert {row["owner"] for row in owed(runtime, organisation="other")} == {"other"}


def test_what_is_due_first_comes_first_and_pages_meet_without_gap_or_overlap(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    for day in (9, 2, 16, 2, 23):
        receive(record, customer, str(uuid.uuid4()), at=f"2026-03-{day:02}T10:00:00Z", channel="courier")
    asked = answered.wanted(runtime, CASE_WORKER)
    whole = answered.listed(runtime, asked, limit=1_000)
    page = answered.listed(runtime, asked, limit=3)
    paged = [*page.rows]
    while page.next is not None:
        page = answered.listed(runtime, asked, after=page.next, limit=3)
        assert 0 < len(page.rows) <= 3
        paged += page.rows

    assert paged == whole.rows
    assert whole.next is None
    assert [row.key for row in whole.rows] == sorted(row.key for row in whole.rows)


def test_a_duty_is_open_then_due_soon_then_late_as_the_days_go_by(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email", routed=True)
    of_day = {
        day: [row["state"] for row in owed(runtime, on=date.fromisoformat(day), kind="incorporate-email")]
        for day in ("2026-03-13", "2026-04-19", "2026-04-20", "2026-04-27", "2026-04-28")
    }
    assert of_day == {
        "2026-03-13": ["open"], "2026-04-19": ["open"], "2026-04-20": ["due-soon"], "2026-04-27": ["due-soon"],
        "2026-04-28": ["late"],
    }  # fmt: skip


def test_on_a_past_day_nothing_is_owed_yet_that_began_later(runtime: Runtime, record: Record, customer: uuid.UUID):
    receive(record, customer, "r-1", at="2026-05-20T10:00:00Z", channel="telephone")

    assert owed(runtime, on=date(2026, 5, 19)) == []
    assert {row["started_on"] for row in owed(runtime, on=date(2026, 5, 20))} == {"2026-05-20"}
    before = answered.listed(runtime, answered.wanted(runtime, CASE_WORKER), on=date(2026, 5, 19)).counts
    assert before == StateCounts(late=0, due_soon=0, open=0, done=0)


def test_today_is_the_day_it_is_in_london(runtime: Runtime, clock: Clock):
    clock.time = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert answered.listed(runtime, answered.wanted(runtime, CASE_WORKER)).on == date(2026, 7, 2)


@pytest.mark.parametrize("day", [date(9999, 12, 30), date(9999, 12, 31)])
def test_a_day_after_which_no_day_can_be_reckoned_is_refused(runtime: Runtime, day: date):
    with pytest.raises(Malformed, match="before the year 9999"):
        answered.listed(runtime, answered.wanted(runtime, CASE_WORKER), on=day)


# Working days and holidays.


def test_a_newly_proclaimed_holiday_moves_every_open_day_that_lies_beyond_it(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email", routed=True)
    before = the(runtime, "incorporate-email")
    publish_with(record, "2026-04-20")

    after = the(runtime, "incorporate-email")

    assert (before["due_on"], after["due_on"]) == ("2026-04-27", "2026-04-28")
    assert (before["calendar"], after["calendar"]) == ("england-and-wales 2026-11-22", "with one more")


def test_a_request_is_reckoned_with_the_list_that_was_published_last(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    publish_with(record, "2026-10-05")
    number = uuid.uuid4()
    record(
        "receive-request", at="2026-09-03T09:00:00Z", request_id=str(number), kind="access", customer_id=str(customer)
    )
    from api.casework import requests

    assert requests.opened(runtime, number, CASE_WORKER, route="test", on=date(2026, 9, 4)).as_json()["due_on"] == (
        "2026-10-06"
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"holidays": ["2026-13-01"]}, "holidays"),
        ({"holidays": ["2036-12-25"]}, "holidays"),
        ({"last_day": "2026-12-31"}, "2035-12-31 or later"),
    ],
)
def test_a_list_with_a_day_that_is_none_or_that_reaches_less_far_is_refused(
    record: Record, changed: dict[str, Any], sentence: str
):
    said = {"version": "odd", "holidays": ["2026-12-25"], "first_day": "2012-01-01", "last_day": "2035-12-31"}
    with pytest.raises(Malformed, match=sentence):
        record("publish-calendar", by=RECORDS_MANAGER, organisation="controller", **{**said, **changed})


def publish_with(record: Record, extra: str) -> None:
    from ledger.calendars import england_and_wales

    known = england_and_wales()
    record(
        "publish-calendar", by=RECORDS_MANAGER, organisation="controller", version="with one more",
        holidays=sorted({*map(date.isoformat, known.holidays), extra}), first_day=known.first.isoformat(),
        last_day=known.last.isoformat(),
    )  # fmt: skip


# The view and the pure fold are one.


EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@EXAMPLES
@given(told=histories(most=80), of_breaches=breaches(), of_telling=tellings(), after=st.integers(0, 80))
def test_the_view_says_of_everybody_what_the_pure_fold_says_of_one(
    databases: Databases, told: list[Told], of_breaches: list[Told], of_telling: list[Told], after: int
):
    told = [*told[:after], *of_breaches, *of_telling, *told[after:]]
    with ExitStack() as stack:
        conninfo = stack.enter_context(databases())
        recorder = open_recorder(conninfo)
        stack.callback(recorder.close)
        recorder.append(Batch(entries=entries_of(told)))
        connection = stack.enter_context(runner.connect(conninfo))
        runner.catch_up(connection, batch=7)
        rows = connection.execute(
            "SELECT subject_of, kind, subject, recipient, owner, started_on, due_on, target_on, settled_at"
            " FROM obligation"
        ).fetchall()
    calendar = Registers().followed_by(one.event for one in told if one.event.NAME == "calendar-published").calendar()
    expected = set()
    for stream in {one.stream for one in told}:
        history = [(one.occurred_at, one.event) for one in told if one.stream == stream]
        for one in obligations_after(history).values():
            expected.add((
                stream, one.kind, one.subject, one.recipient, one.owner, one.started_on, one.due_on(calendar),
                target_on(one, calendar), one.settled_at,
            ))  # fmt: skip
    assert set(rows) == expected


def test_every_duty_has_one_period_and_a_sentence_of_its_own():
    for duty in DUTIES:
        said = [one for one in (duty.working_days, duty.months, duty.days) if one is not None]
        assert len(said) == (0 if duty.kind in {"assess-breach", "tell-controller"} else 1), duty.kind
        assert duty.does.endswith("."), duty.kind
    assert len(BY_KIND) == len(DUTIES)
    assert CUSTOMERS


def _event(name: str, **said: Any) -> Any:
    from ledger.events import EVENTS

    return EVENTS[name](**said)


def test_nothing_owed_by_a_mistyped_organisation_does_not_read_like_nothing_owed(
    runtime: Runtime, customer: uuid.UUID, record: Record
):
    receive(record, customer, "r-1", at="2026-05-19T09:00:00Z", channel="EMAIL", values={"note": "invented"})
    warned = {
        code: answered.listed(runtime, answered.wanted(runtime, CASE_WORKER, organisation=code)).warning
        for code in ("0000000201", "000000201")
    }
    assert warned == {
        "0000000201": None,
        "000000201": "No organisation 000000201 is registered, and it owes nothing of what was asked for.",
    }


def test_what_a_contractor_reports_without_naming_anybody_is_its_own_to_settle_ret_jcp_01_rect_04(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    sent: dict[str, Any] = {"channel": "email", "items": ["D03"]}
    received = {"receipt_id": "r", "received_from": "jobcentre-plus", **sent}
    record("receive-data", customer, at="2026-01-05T09:00:00Z", by=CONTRACTOR, **received)
    record("share-data", customer, at="2026-01-05T09:00:00Z", by=CONTRACTOR, sent_to="jobcentre-plus", **sent)
    corrected = {"collection": "contacts", "values": {"EmailAddress": "a@placeholder.example"}}
    record("correct-record", customer, at="2026-02-05T09:00:00Z", by=CONTRACTOR, correction_id="c", **corrected)

    own = owed(runtime, CONTRACTOR, on=date(2026, 2, 6))
    assert {"incorporate-email", "notify-recipient"} <= {row["kind"] for row in own}
    assert {row["owner"] for row in own} == {"0000000201"}


@pytest.mark.parametrize(
    ("direction", "owner"),
    [
        ("NCS_TO_JCP", "0000000201"),
        ("JCP_TO_NCS", None),
        ("jcp to ncs", None),
        ("DWP to National Careers Service", None),
    ],
)
def test_what_came_in_is_not_taken_for_sent_by_the_contractor_who_reports_it(
    runtime: Runtime, record: Record, customer: uuid.UUID, direction: str, owner: str | None
):
    sent = {"share_id": "s", "sent_to": "jobcentre-plus", "channel": "post", "direction": direction}
    record("share-data", customer, at="2026-01-05T09:00:00Z", by=CONTRACTOR, **sent)
    assert {row["owner"] for row in owed(runtime, kind="chase-receipt", on=date(2026, 1, 6))} == {owner}
