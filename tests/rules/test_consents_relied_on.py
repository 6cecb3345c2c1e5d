"""The consent a share rests on is one to its purpose, its recipient and its items; any other consent is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger import events as vocabulary
from ledger.codes.consent_scopes import SCOPES
from ledger.state.history import DatedEvent
from tests.rules.test_rules import INFORMED, NHS, NHS_SHARE, SAM, judged
from tests.sharing import command, good

events: Any = vocabulary  # what is not said of an event has its default
NCS_SHARES: dict[str, tuple[dict[str, Any], set[str]]] = {
    # what is shared, and the consents on which it may rest
    "to Jobcentre Plus": (good("email"), {"share_with_jcp"}),
    "a survey": (good("research"), {"survey", "market_research"}),
    "a survey by a specialist": (good("specialist", purpose="CUSTOMER_SATISFACTION_SURVEY"), set()),
    "progress": (good("research", purpose="PROGRESS_RESEARCH"), {"survey", "market_research"}),
    "user research": (good("research", purpose="USER_RESEARCH"), {"user_research"}),
    "priority groups": (good("specialist", purpose="PRIORITY_TARGETING"), {"priority_targeting"}),
    "equality": (good("specialist", purpose="EQUALITY_MONITORING"), {"equality_monitoring"}),
    "to a specialist": (good("specialist"), set()),
}
NHS_SHARES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "marketing": ({"purpose": "NHS_MARKETING"}, {"marketing"}),
    "offers by email": ({"purpose": "NHS_THIRD_PARTY_OFFERS", "contact_channel": "email"}, {"third_party_email"}),
    "offers by post": ({"purpose": "NHS_THIRD_PARTY_OFFERS", "contact_channel": "post"}, {"third_party_post"}),
    "contact by telephone": ({"contact_channel": "telephone"}, {"contact_telephone"}),
    "security": ({"purpose": "NHS_SECURITY"}, set()),
}
SHARES = {
    **{name: (fields, INFORMED, fit) for name, (fields, fit) in NCS_SHARES.items()},
    **{name: ({**NHS_SHARE, **fields}, NHS, fit) for name, (fields, fit) in NHS_SHARES.items()},
}
DAY = datetime(2026, 1, 5, tzinfo=UTC)


def given(*scopes: str, explicit: bool | None = True) -> tuple[DatedEvent, ...]:
    return tuple((DAY, events.ConsentGiven(scope=scope, explicit=explicit)) for scope in scopes)


def said_of(body: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return command("share-data", SAM, **{**body, **changed})


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("name", SHARES)
def test_only_consent_to_this_purpose_and_recipient_is_relied_on_lb_01(name: str, scope: str):
    body, before, fit = SHARES[name]

    broken = judged(said_of(body, lawful_basis="A6-1-a"), history=(*before, *given(scope)))

    assert ("LB-01" in broken) == (scope not in fit)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("name", SHARES)
def test_only_express_consent_to_this_purpose_and_recipient_is_relied_on_lb_06(name: str, scope: str):
    body, before, fit = SHARES[name]
    share = said_of(body, special_condition="A9-2-a")

    assert ("LB-06" in judged(share, history=(*before, *given(scope)))) == (scope not in fit)
    assert "LB-06" in judged(share, history=(*before, *given(scope, explicit=None)))


@pytest.mark.parametrize("withdrawn", [events.ConsentWithdrawn, events.ConsentExpired, events.ConsentInvalidated])
def test_a_consent_no_longer_in_force_is_none_lb_01_lb_06(withdrawn: Any):
    ended = (*INFORMED, *given("survey"), (DAY, withdrawn(scope="survey")))

    assert judged(said_of(good("research"), special_condition="A9-2-a"), history=ended).keys() >= {"LB-01", "LB-06"}


def test_being_asked_again_takes_nothing_from_how_consent_was_given_lb_06():
    again = (*INFORMED, *given("survey"), (DAY, events.ConsentAsked(scope="survey")))

    assert judged(said_of(good("research"), special_condition="A9-2-a"), history=again) == {}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("item", ["PG5", "priority_group_status", "disability"])
def test_health_goes_to_jobcentre_plus_only_with_consent_to_that_lb_06(item: str, scope: str):
    body = good("email", office=None, items=["D01", item], special_condition="A9-2-a")

    broken = judged(said_of(body), history=(*INFORMED, *given(scope)))

    assert broken.keys() == (set() if scope == "share_with_jcp" else {"LB-06"})


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    ("item", "own"),
    [
        ("Ethnicity", {"collect_ethnicity", "equality_monitoring"}),
        ("Disability Type", {"collect_lldd_health", "equality_monitoring"}),
        ("Priority Group", {"priority_targeting"}),
        ("religion", set()),
    ],
)
def test_in_research_each_special_item_rests_on_express_consent_to_it_lb_06(item: str, own: set[str], scope: str):
    body = said_of(good("research", items=["D01", item], special_condition="A9-2-a"))
    survey = given("survey", explicit=None)

    assert ("LB-06" in judged(body, history=(*INFORMED, *survey, *given(scope)))) == (scope not in own)


@pytest.mark.parametrize("name", ["to a specialist", "priority groups", "a survey by a specialist"])
def test_consent_to_record_ethnicity_is_none_to_pass_it_on_lb_06(name: str):
    body = said_of(NCS_SHARES[name][0], items=["D01", "ethnicity"], special_condition="A9-2-a")
    everything = tuple(scope for scope in SCOPES if scope != "share_with_jcp")

    assert "LB-06" in judged(body, history=(*INFORMED, *given(*everything)))
