"""The catalogue's vectors for channels, through the commands that anybody sends."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.casework.runtime import Runtime
from ledger.recording import Ledger
from tests import composed
from tests.rules.through_commands.shares import alone, answer_of, crowd, events, found, happened, together
from tests.sharing import ADVISER, MANAGER, command, fill_registers, give, meet


def test_v_ch_01_ten_plans_are_allowed_and_eleven_are_to_go_in_two_emails(registered: Ledger):
    people = crowd(registered, 11)

    assert answer_of(registered.propose(together("email", people[:10]), ADVISER)) == ("allow", [])
    refused = registered.propose(together("email", people), ADVISER)

    assert answer_of(refused) == ("refuse", ["CH-EMAIL-01"])
    assert refused.as_json()["suggested_emails"] == 2


def test_v_ch_02_eleven_plans_reported_are_eleven_entries_with_a_finding_each(registered: Ledger):
    people = crowd(registered, 11)
    registered.record(together("email", people), ADVISER)

    for person in people:
        assert len(happened(registered, person, events.DataShared)) == 1
        assert found(registered, person) == [("CH-EMAIL-01", "S2")]


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"recipient_addresses": ["coach@DWP.GOV.UK"]}, ("allow", [])),
        ({"recipient_addresses": ["coach@dwp.gov.uk.example.org"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"recipient_addresses": ["coach@notdwp.gov.uk"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"bcc_addresses": ["copy@gmail.com"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"cc_addresses": ["dwp.gov.uk@evil.example"]}, ("refuse", ["CH-EMAIL-04"])),
        ({"recipient_addresses": ["coach@dwp.gоv.uk"]}, ("refuse", ["CH-EMAIL-04"])),  # a Cyrillic о
        ({"recipient_addresses": ["coach@office.dwp.gov.uk"]}, ("refuse", ["CH-EMAIL-04"])),
    ],
)
def test_v_ch_03_every_address_is_of_exactly_the_department_s_domain(
    registered: Ledger, sam: uuid.UUID, changed: dict[str, Any], answer: tuple[str, list[str]]
):
    assert answer_of(registered.propose(alone("email", sam, **changed), ADVISER)) == answer


def test_a_domain_below_the_department_s_is_allowed_once_it_is_registered(registered: Ledger, sam: uuid.UUID):
    give(registered, "register-work-domain", by=MANAGER, organisation="jobcentre-plus", domain="office.dwp.gov.uk",
         valid_from="2026-01-01")  # fmt: skip
    share = alone("email", sam, recipient_addresses=["coach@office.dwp.gov.uk"])

    assert registered.propose(share, ADVISER).answer == "allow"


def test_v_ch_04_a_share_to_a_look_alike_is_recorded_found_and_assessed_and_its_recipient_is_in_the_report(
    runtime: Runtime,
):
    fill_registers(runtime.ledger)
    sam = meet(runtime.ledger)
    share = alone("email", sam, recipient_addresses=["coach@dwp.gov.uk.example.org"])
    runtime.ledger.record(share, ADVISER)

    assert found(runtime.ledger, sam) == [("CH-EMAIL-04", "S1")]
    [assessment] = happened(runtime.ledger, sam, events.BreachAssessmentOpened)
    aware = datetime.fromisoformat(assessment.became_aware_at)
    assert datetime.fromisoformat(assessment.due_at) - aware == timedelta(hours=72)
    shown = str(composed.report(runtime, sam, ADVISER, route="test"))
    assert "coach@dwp.gov.uk.example.org" in shown
    assert "Jobcentre Plus" in shown


@pytest.mark.parametrize(
    ("file", "answer"),
    [
        ("Sam Carter.docx", ("allow", [])),
        ("Sam Carter 01-02-1990.docx", ("refuse", ["CH-EMAIL-06"])),
        ("Sam Carter AB123456C.docx", ("refuse", ["CH-EMAIL-06"])),
    ],
)
def test_v_ch_05_a_file_name_is_the_customer_s_name(
    registered: Ledger, sam: uuid.UUID, file: str, answer: tuple[str, list[str]]
):
    assert answer_of(registered.propose(alone("email", sam, file_names=[file]), ADVISER)) == answer


def test_v_ch_06_data_outside_plans_is_one_email_for_one_customer(registered: Ledger):
    share = together("email", crowd(registered, 2), container="OTHER")

    assert answer_of(registered.propose(share, ADVISER)) == ("refuse", ["CH-EMAIL-11"])


def test_v_ch_07_a_live_link_is_refused(registered: Ledger, sam: uuid.UUID):
    assert answer_of(registered.propose(alone("email", sam, attachment_kind="live_link"), ADVISER)) == (
        "refuse",
        ["CH-EMAIL-05"],
    )


@pytest.mark.parametrize(
    ("product", "answer"),
    [
        ("RM_SECOND_CLASS", ("refuse", ["CH-POST-03"])),
        ("RM_SIGNED_FOR_1ST", ("allow", [])),
        ("RM_SPECIAL_DELIVERY", ("allow", [])),
    ],
)
def test_v_ch_08_special_or_recorded_delivery_only(
    registered: Ledger, sam: uuid.UUID, product: str, answer: tuple[str, list[str]]
):
    assert answer_of(registered.propose(alone("post", sam, postal_product=product), ADVISER)) == answer


def test_v_ch_09_a_stick_in_the_parcel_is_refused(registered: Ledger, sam: uuid.UUID):
    share = alone("post", sam, media=["paper", "usb_stick"])

    assert answer_of(registered.propose(share, ADVISER)) == ("refuse", ["CH-POST-05"])


def test_v_ch_10_a_private_place_that_nobody_stated_is_refused_before_and_found_after(
    registered: Ledger, sam: uuid.UUID
):
    share = alone("telephone", sam, private_place=None)
    assert answer_of(registered.propose(share, ADVISER)) == ("refuse", ["CH-TEL-04"])

    registered.record(share, ADVISER)

    [finding] = happened(registered, sam, events.FindingRaised)
    assert (finding.rule, finding.severity, finding.fields) == ("CH-TEL-04", "S2", ("private_place",))


def test_v_ch_11_fifteen_customers_from_jcp_in_one_email_are_accepted_and_no_channel_rule_speaks(registered: Ledger):
    people = crowd(registered, 15)
    receipt = {
        **command("receive-data", received_from="jobcentre-plus", received_by="prime-north", channel="email"),
        "customers": [{"customer_id": str(person), "items": ["D01"]} for person in people],
    }
    assert registered.propose(receipt, ADVISER).answer in {"allow", "warn"}

    registered.record(receipt, ADVISER)

    for person in people:
        assert len(happened(registered, person, events.DataReceived)) == 1
        assert found(registered, person) == []
