"""Which recipients are to be told of a correction or a restriction, and who confirms it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api.casework.runtime import Runtime
from ledger.errors import Malformed, UnknownReference
from projections.findings import read as findings
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Record
from tests.projections.obligations.owed import owed, the


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
    with runtime.current_views(RECORDS_MANAGER) as connection:
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
