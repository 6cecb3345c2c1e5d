"""Judging by the rules of the day: which rules are asked, of what, and in which version."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

import pytest

from ledger import events as vocabulary
from ledger.codes.items import ITEMS
from ledger.state.registers import TYPES, Registers
from ledger.store import migrate
from ledger.vault.search_tokens import IDENTITY_CLASSES
from tests.rules.test_rules import FULL, SAM, judged
from tests.sharing import command, good

events: Any = vocabulary  # what is not said of an event has its default


def wrong(at: str) -> dict[str, object]:
    return command("share-data", SAM, at=at, **good("email", recipient_addresses=["coach@mail.example"]))


def test_a_share_from_before_the_guidance_is_not_judged_by_it():
    assert "CH-EMAIL-04" not in judged(wrong("2025-01-19T23:59:59Z"))
    assert "CH-EMAIL-04" in judged(wrong("2025-01-20T00:00:00Z"))


def test_the_day_of_a_share_is_the_day_in_london():
    held = FULL.followed_by(
        [events.RuleSetPublished(organisation="x", rule_set="NCS-JCP/2025-01-20", valid_from="2026-07-01")]
    )
    assert "CH-EMAIL-04" in judged(wrong("2026-06-30T23:30:00Z"), held=held)
    assert "CH-EMAIL-04" not in judged(wrong("2026-06-30T22:30:00Z"), held=held)


def test_of_another_nation_s_service_the_guidance_asks_only_that_it_is_said():
    body = command("share-data", SAM, **good("email", jurisdiction="GB-SCT", recipient_addresses=["a@mail.example"]))
    assert judged(body).keys() == {"SCOPE-01"}


@pytest.mark.parametrize("item", ITEMS)
def test_no_item_is_ever_demanded(item: str):
    groups = ["PG1"] if item == "D29" else None
    body = command("share-data", SAM, **good("email", office=None, items=[item], priority_groups=groups))
    assert judged(body) == {}


def test_an_attestation_that_was_denied_breaks_the_rule_like_one_that_was_not_made():
    for stated in (None, False):
        body = command("share-data", SAM, **good("telephone", private_place=stated))
        assert judged(body)["CH-TEL-04"].severity == "S2"


def test_being_overheard_is_graver_than_not_saying():
    body = command("share-data", SAM, **good("telephone", overheard=True))
    assert judged(body)["CH-TEL-04"].severity == "S1"


def test_a_free_mailbox_is_graver_than_an_unregistered_domain():
    body = command("share-data", SAM, **good("email", sender_address="adviser@gmail.com"))
    assert judged(body)["CH-EMAIL-03"].severity == "S1"


def test_with_empty_registers_every_rule_that_needs_one_is_broken():
    broken = judged(command("share-data", SAM, **good("email")), held=Registers())
    assert {"PARTY-01", "PARTY-03", "PARTY-05", "CH-EMAIL-03", "RECIP-02"} <= broken.keys()


def test_a_sub_contractor_works_under_its_prime_s_contract_and_domain():
    assert judged(command("share-data", SAM, **good("email", sent_by="sub-north"))) == {}


@pytest.mark.parametrize(
    ("day", "in_force"), [("2026-01-31", False), ("2026-02-01", True), ("2026-02-28", True), ("2026-03-01", False)]
)
def test_an_entry_counts_from_its_first_day_to_its_last(day: str, in_force: bool):  # noqa: FBT001
    entry = events.CourierApproved(organisation="a", courier="c", valid_from="2026-02-01", valid_until="2026-02-28")
    on = Registers().followed_by([entry]).on(date.fromisoformat(day))
    assert (on.found(events.CourierApproved, key="c") is entry) is in_force


def test_an_entry_that_begins_later_follows_the_one_before():
    first = events.SystemRegistered(organisation="a", system_id="s", assurance="one", valid_from="2026-01-01")
    second = events.SystemRegistered(organisation="a", system_id="s", assurance="two", valid_from="2026-06-01")
    for order in ((first, second), (second, first)):
        held = Registers().followed_by(order)
        assert held.on(date(2026, 5, 31)).found(events.SystemRegistered, key="s") is first
        assert held.on(date(2026, 6, 1)).found(events.SystemRegistered, key="s") is second


def test_a_contract_counts_until_the_day_it_ended():
    held = Registers().followed_by([
        events.ContractStarted(organisation="a", contract="c", valid_from="2022-10-01"),
        events.ContractEnded(organisation="a", contract="c", valid_until="2026-09-30"),
    ])  # fmt: skip
    assert held.on(date(2026, 9, 30)).found(events.ContractStarted, key="c")
    assert not held.on(date(2026, 10, 1)).found(events.ContractStarted, key="c")


def test_a_share_with_a_registered_jobcentre_is_bound_whatever_direction_is_said():
    body = command("share-data", uuid.UUID(int=1), **good("email", direction="NCS_TO_FRIENDS", agreement=None))
    assert "PARTY-05" in judged(body)


def test_the_index_of_the_registers_is_of_every_kind_of_entry_there_is():
    text = dict(migrate.migrations())["0004_more_registers"]
    indexed, asked = (
        set(re.findall(r"'([a-z-]+)'", listed)) for listed in re.findall(r"type IN \((.*?)\)", text, flags=re.DOTALL)
    )
    assert asked == set(TYPES)
    # The index also serves a customer's view as of a moment, which asks for local retention periods.
    assert indexed == asked | {"retention-period-set"}


def test_who_people_are_is_read_from_the_classes_that_say_so():
    [listed] = re.findall(r"class IN \((.*?)\)", dict(migrate.migrations())["0004_more_registers"])
    assert set(re.findall(r"'(\w+)'", listed)) == set(IDENTITY_CLASSES)
