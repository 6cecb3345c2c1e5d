"""Data goes both ways and from hand to hand: each share says which way, by which part of the service, who has it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api.casework.runtime import Runtime
from ledger.errors import Malformed
from ledger.events import DataShared, InteractionHeld
from ledger.state.replay import event_of
from projections.shares import read as shares
from projections.wording import channels
from tests import composed
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.sharing import ADVISER, give, good

pytestmark = pytest.mark.usefixtures("registered")


def test_both_directions_are_in_the_report_and_one_nobody_said_is_not_made_up(runtime: Runtime, sam: uuid.UUID):
    """DATA-01, LEDG-11"""
    give(runtime.ledger, "share-data", sam, share_id="there", direction="NCS_TO_JCP", **good("email"))
    give(runtime.ledger, "receive-data", sam, receipt_id="back", received_from="jobcentre-plus", channel="email")
    give(runtime.ledger, "share-data", sam, share_id="unsaid", sent_to="jobcentre-plus")

    with runtime.current_views(RECORDS_MANAGER) as connection:
        rows = {row.share_id: row.direction for row in shares.for_customer(connection, sam)}
    assert rows == {"there": "NCS_TO_JCP", "back": "JCP_TO_NCS", "unsaid": None}
    made = [event for event in map(event_of, runtime.ledger.history(sam)) if isinstance(event, DataShared)]
    assert {event.share_id: event.direction for event in made} == {"there": "NCS_TO_JCP", "unsaid": None}
    shown = str(composed.report(runtime, sam, CASE_WORKER, route="test"))
    for words in (
        "from the National Careers Service to Jobcentre Plus",
        "from Jobcentre Plus to the National Careers Service",
        "'direction': 'not recorded'",
    ):
        assert words in shown


@pytest.mark.parametrize("direction", ["NCS_TO_JCP", "ncs_to_jcp", "NCS to JCP"])
def test_a_direction_is_told_in_words_however_it_was_spelled(direction: str):
    """DATA-01"""
    assert channels.direction(direction) == "from the National Careers Service to Jobcentre Plus"


def test_a_share_of_unsaid_direction_is_judged_by_the_guidance_all_the_same(runtime: Runtime, sam: uuid.UUID):
    """DATA-01, LEDG-11: what was not said excuses nothing."""
    give(runtime.ledger, "share-data", sam, **good("email", recipient_addresses=["coach@mail.example"]))

    assert "finding-raised" in {entry.type for entry in runtime.ledger.history(sam)}


@pytest.mark.parametrize("component", ["WEBSITE", "THROUGH_WEBSITE", "HELPLINE", "LOCAL"])
def test_the_part_of_the_service_is_recorded_with_contacts_and_shares(runtime: Runtime, sam: uuid.UUID, component: str):
    """SCOPE-04"""
    give(runtime.ledger, "hold-interaction", sam, channel=2, service_component=component)
    give(runtime.ledger, "share-data", sam, service_component=component, **good("email"))

    made = map(event_of, runtime.ledger.history(sam))
    components = [event.service_component for event in made if isinstance(event, InteractionHeld | DataShared)]
    assert components == [component, component]
    assert f"{component}" in str(composed.report(runtime, sam, CASE_WORKER, route="test")).upper()


def test_a_part_of_the_service_there_is_not_is_refused(runtime: Runtime, sam: uuid.UUID):
    """SCOPE-04"""
    with pytest.raises(Malformed, match="service_component"):
        give(runtime.ledger, "hold-interaction", sam, channel=2, service_component="somewhere")


def custody(runtime: Runtime, sam: uuid.UUID, share: str) -> list[tuple[str, str]]:
    table: Any = composed.provenance_table(runtime, sam, CASE_WORKER, route="test")
    everywhere = [*table["shares_without_items"], *(recipient for row in table["rows"] for recipient in row["went_to"])]
    [had, *_] = [recipient["custody"] for recipient in everywhere if recipient["share_id"] == share]
    return [(step["at"][:16], step["who"]) for step in had]


def test_who_receives_a_document_has_it_from_then_on_and_until_it_is_passed_on(runtime: Runtime, sam: uuid.UUID):
    """CH-HAND-04, CH-HAND-05: custody at any instant."""
    give(runtime.ledger, "share-data", sam, at="2026-03-02T10:00:00Z", by=ADVISER, share_id="h",
         **good("hand", recipient_role="NOMINATED_POC", stored_securely=True))  # fmt: skip
    give(runtime.ledger, "pass-to-work-coach", sam, at="2026-03-05T10:00:00Z", share_id="h",
         passed_at="2026-03-04T15:00:00Z")  # fmt: skip

    [(first, poc), (then, coach)] = custody(runtime, sam, "h")
    assert (first, then) == ("2026-03-02T10:00", "2026-03-04T15:00")
    assert "Jobcentre Plus" in poc
    assert coach.startswith("the work coach, Jobcentre Plus")


def test_what_is_posted_is_with_nobody_until_somebody_signs_for_it(runtime: Runtime, sam: uuid.UUID):
    """CH-HAND-04, CH-POST-07"""
    give(runtime.ledger, "share-data", sam, at="2026-03-02T10:00:00Z", share_id="p", **good("courier"))
    assert [who.startswith("on its way to ") for _, who in custody(runtime, sam, "p")] == [True]

    give(runtime.ledger, "confirm-receipt", sam, at="2026-03-03T10:00:00Z", share_id="p", signatory="K. Guideford")

    assert [(at, who.startswith("on its way to ")) for at, who in custody(runtime, sam, "p")] == [
        ("2026-03-02T10:00", True), ("2026-03-03T10:00", False),
    ]  # fmt: skip
