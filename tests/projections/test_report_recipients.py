"""Everybody who got the data, and where it was stored, is told in the report (Art. 15(1)(c), 15(2); R4, R10, R13)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from api import report_page
from api.casework.runtime import Runtime
from ledger.rules.security import is_abroad
from tests import composed
from tests.conftest import CASE_WORKER, Record


def share(record: Record, customer: uuid.UUID, number: str, **said: Any) -> None:
    body = {"sent_by": "0000000201", "sent_to": "mailchimp", "channel": "system", "items": ["D03"], **said}
    record("share-data", customer, share_id=number, **body)


def made(runtime: Runtime, customer: uuid.UUID) -> Any:
    return composed.report(runtime, customer, CASE_WORKER, "test")


def test_a_share_stored_abroad_is_listed_with_recipient_day_country_and_safeguard_r10(
    runtime: Runtime, record: Record, customer: uuid.UUID
) -> None:
    share(record, customer, "s1", storage_location="US")
    share(record, customer, "s2", storage_location="IE", transfer_safeguard="adequacy regulations")
    share(record, customer, "s3", storage_location="GB")
    said = made(runtime, customer)

    rows = [(row["recipient"], row["when"], row["country"], row["safeguard"]) for row in said["R10"]["transfers"]]
    assert rows == [
        ("mailchimp", "5 January 2026 at 9:00am", "US", "not recorded"),
        ("mailchimp", "5 January 2026 at 9:00am", "IE", "adequacy regulations"),
    ]
    assert "No record says" not in said["R10"]["sentence"]
    page = report_page.render(said).split('id="abroad"')[1].split("</section>")[0]
    assert "<td>mailchimp</td><td>US</td><td>not recorded</td>" in page
    assert "<td>mailchimp</td><td>IE</td><td>adequacy regulations</td>" in page


def test_that_no_share_was_stored_abroad_is_said_only_of_those_that_say_where_r10(
    runtime: Runtime, record: Record, customer: uuid.UUID
) -> None:
    assert made(runtime, customer)["R10"]["sentence"].startswith("No sharing of your data is recorded")
    share(record, customer, "s1")
    assert made(runtime, customer)["R10"]["sentence"].startswith("These records do not say in which country")
    share(record, customer, "s2", storage_location="United Kingdom")

    said = made(runtime, customer)["R10"]
    assert said["transfers"] == []
    assert said["sentence"].startswith(
        "No record says that your data was stored outside the United Kingdom."
        " For 1 of 2 shares it is not recorded where it was stored."
    )


@pytest.mark.parametrize("place", ["GB", "gb", " UK ", "United Kingdom", "Wales", None, ""])
def test_a_place_in_the_united_kingdom_or_none_is_not_abroad_r10(place: str | None) -> None:
    assert not is_abroad(place)


@pytest.mark.parametrize("place", ["US", "IE", "EEA", "GB and US", "Jersey"])
def test_any_other_place_is_abroad_r10(place: str) -> None:
    assert is_abroad(place)


def test_everybody_a_message_was_addressed_and_copied_to_is_a_recipient_law_sar_01_v_ch_04(
    runtime: Runtime, record: Record, customer: uuid.UUID
) -> None:
    share(record, customer, "s1", channel="email", sent_to="jobcentre-plus", recipient_addresses=["to@dwp.example"],
          cc_addresses=["copy@one.example"], bcc_addresses=["unseen@two.example", "copy@one.example"])  # fmt: skip
    said = made(runtime, customer)

    [row] = said["R4"]["rows"]
    told = {detail["label"]: detail["text"] for detail in row["details"]}
    assert told == {
        "the addresses it was sent to (To)": "to@dwp.example",
        "the addresses it was copied to (Cc)": "copy@one.example",
        "the addresses it was copied to unseen (Bcc)": "unseen@two.example, copy@one.example",
    }
    others = [(one["organisation"], one["reach"]) for one in said["R13"]["others"]]
    assert others[1:] == [
        ("copy@one.example, to whom a copy was sent", "by email: copy@one.example"),
        ("unseen@two.example, to whom a copy was sent", "by email: unseen@two.example"),
    ]
    page = report_page.render(said)
    for place in ("shares", "controller"):
        part = page.split(f'id="{place}"')[1].split("</section>")[0]
        assert "unseen@two.example" in part
        assert "copy@one.example" in part


def test_one_persons_report_has_the_addresses_of_their_own_shares_only_law_sar_01(
    runtime: Runtime, record: Record, customer: uuid.UUID
) -> None:
    other = uuid.uuid4()
    record("register-customer", other, organisation="0000000201", values={"given_name": "Invented"})
    share(record, other, "s1", channel="email", cc_addresses=["theirs@one.example"])
    share(record, customer, "s2", channel="email", cc_addresses=["own@one.example"])

    text = json.dumps(made(runtime, customer))
    assert "own@one.example" in text
    assert "theirs@one.example" not in text


def test_addresses_that_a_decision_leaves_out_are_left_out_of_every_list_of_recipients_sar_11(
    runtime: Runtime, record: Record, customer: uuid.UUID
) -> None:
    share(record, customer, "s1", channel="email", cc_addresses=["copy@one.example"])
    number = str(uuid.uuid4())
    record("receive-request", request_id=number, kind="access", at="2026-09-02T09:00:00Z", customer_id=str(customer))
    weighed = dict.fromkeys(("extent", "reason", "decided_by", "told"), "invented")
    record("withhold-item", request_id=number, provision="EX-02", at="2026-09-03T09:00:00Z",
           items=["CcAddresses"], **weighed)  # fmt: skip
    said = made(runtime, customer)

    assert "copy@one.example" not in json.dumps(said) + report_page.render(said)
    assert said["R12"]["rows"]
