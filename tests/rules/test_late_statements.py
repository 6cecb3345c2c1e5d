"""What a person says counts from when they said it: a share that had gone meanwhile is judged again by it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger.events import FindingRaised
from ledger.recording import Ledger
from ledger.state.replay import event_of
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.sharing import ADVISER, command, give, good, meet

BEFORE, SAID, GONE, KEYED_AFTER = (f"2026-03-02T{hour}:00:00Z" for hour in ("08", "10", "12", "13"))
NHS: dict[str, Any] = {
    "direction": "NHS_TO_PARTNER", "channel": "email", "sent_by": "nhs", "sent_to": "nhs", "items": ["name"],
    "purpose": "NHS_INFORMATION_SERVICE", "lawful_basis": "A6-1-b",
}  # fmt: skip
RESEARCH = good("research")
PROGRESS = good("research", purpose="PROGRESS_RESEARCH")
TARGETING = good("specialist", purpose="PRIORITY_TARGETING")
REUSED = good("email", items=["D29"], consented_items={"D29": "equality_monitoring"})
EXPLICIT = good("research", items=["D01", "ethnicity"], special_condition="A9-2-a")


def of_nhs(ledger: Ledger) -> uuid.UUID:
    customer_id = uuid.uuid4()
    give(ledger, "register-customer", customer_id, at="2025-01-06T09:00:00Z", programme="NHS Health Careers",
         values={"given_name": "Sam", "family_name": "Carter"})  # fmt: skip
    return customer_id


def found(ledger: Ledger, customer: uuid.UUID) -> dict[str, tuple[str, str]]:
    """The findings about one record: rule, severity and what they are about."""
    made = (event_of(entry) for entry in ledger.history(customer))
    return {event.rule: (event.severity, event.subject_id) for event in made if isinstance(event, FindingRaised)}


def agree(ledger: Ledger, customer: uuid.UUID, *scopes: str) -> None:
    for scope in scopes:
        give(ledger, "give-consent", customer, at=BEFORE, scope=scope, mechanism="said yes", explicit=True)


def send(ledger: Ledger, customer: uuid.UUID, fields: dict[str, Any], share_id: str = "s") -> None:
    give(ledger, "share-data", customer, at=GONE, by=CASE_WORKER, share_id=share_id, **fields)


@pytest.mark.parametrize(
    ("word", "scopes", "share", "rules"),
    [
        ("withdraw", ["survey"], RESEARCH, {"CONSENT-11", "LB-01"}),
        ("refuse", ["survey"], RESEARCH, {"CONSENT-11", "LB-01"}),
        ("expire", ["survey"], RESEARCH, {"CONSENT-11", "LB-01"}),
        ("invalidate", ["survey"], RESEARCH, {"CONSENT-11", "LB-01"}),
        ("withdraw", ["survey"], PROGRESS, {"CONSENT-11", "LB-01", "RECIP-19"}),
        ("withdraw", ["priority_targeting"], TARGETING, {"CONSENT-04"}),
        ("refuse", ["priority_targeting"], TARGETING, {"CONSENT-04"}),
        ("withdraw", ["share_with_jcp"], REUSED, {"CONSENT-18"}),
        ("withdraw", ["survey", "collect_ethnicity"], EXPLICIT, {"CONSENT-11", "LB-01", "LB-06"}),
    ],
)
def test_what_was_said_before_a_share_and_keyed_after_it_is_found_by_every_rule_that_asks_for_consent(
    registered: Ledger, word: str, scopes: list[str], share: dict[str, Any], rules: set[str]
):
    """CONSENT-04, CONSENT-06, CONSENT-08, CONSENT-11, CONSENT-18, RECIP-19, LB-01, LB-06"""
    sam = meet(registered)
    agree(registered, sam, *scopes)
    send(registered, sam, share)
    before = found(registered, sam).keys()

    for scope in scopes:
        give(registered, f"{word}-consent", sam, at=SAID, scope=scope)

    assert found(registered, sam).keys() - before == rules
    assert {found(registered, sam)[rule][1] for rule in rules} == {"s"}


@pytest.mark.parametrize(
    ("scope", "changed", "rules"),
    [
        ("marketing", {"purpose": "NHS_MARKETING"}, {"CONSENT-15"}),
        ("contact_post", {"contact_channel": "post"}, {"CONSENT-14"}),
        ("contact_post", {"purpose": "NHS_SIMILAR_SERVICES", "contact_channel": "post"}, {"CONSENT-14"}),
        (
            "third_party_post",
            {"purpose": "NHS_THIRD_PARTY_OFFERS", "contact_channel": "post"},
            {"CONSENT-13", "PURP-17"},
        ),
    ],
)
def test_a_no_to_nhs_health_careers_counts_from_when_it_was_said(
    registered: Ledger, scope: str, changed: dict[str, Any], rules: set[str]
):
    """CONSENT-13, CONSENT-14, CONSENT-15, PURP-10, PURP-17"""
    kim = of_nhs(registered)
    agree(registered, kim, scope)
    send(registered, kim, {**NHS, **changed})
    assert not found(registered, kim).keys() & rules

    give(registered, "withdraw-consent", kim, at=SAID, scope=scope)

    assert found(registered, kim).keys() >= rules


def test_ethnicity_that_was_kept_after_a_no_that_was_keyed_later_is_found(registered: Ledger):
    """CONSENT-03"""
    sam = meet(registered)
    agree(registered, sam, "collect_ethnicity")
    give(registered, "keep-record", sam, at=GONE, collection="diversitydetails", record_id="d-1",
         values={"Ethnicity": 31})  # fmt: skip
    assert found(registered, sam) == {}

    give(registered, "withdraw-consent", sam, at=SAID, scope="collect_ethnicity")

    assert found(registered, sam) == {"CONSENT-03": ("S1", "d-1")}


def test_a_restriction_that_was_keyed_after_a_share_is_a_grave_finding_about_it(registered: Ledger):
    """RESTRICT-01"""
    sam = meet(registered)
    send(registered, sam, good("email"))

    give(registered, "restrict-processing", sam, at=SAID, by=CASE_WORKER, restriction_id="r", ground="legal_claims")

    assert found(registered, sam) == {"RESTRICT-01": ("S1", "s")}
    assert registered.history(sam)[-1].type == "breach-assessment-opened"


def ask(ledger: Ledger, request_id: str, type_: str, at: str, **fields: Any) -> None:
    ledger.record({**command(type_, at=at, **fields), "request_id": request_id}, RECORDS_MANAGER)


def test_an_objection_that_was_keyed_after_a_share_is_a_finding_about_it(registered: Ledger):
    """OBJECT-01: also when it is only found out later whose request it is."""
    sam, request = meet(registered), str(uuid.uuid4())
    send(registered, sam, good("email"))
    ask(registered, request, "receive-request", SAID, kind="objection")
    assert found(registered, sam) == {}

    ask(registered, request, "confirm-identity", SAID, method="known", customer_id=str(sam))

    assert found(registered, sam) == {"OBJECT-01": ("S2", "s")}


def test_an_objection_that_names_the_person_is_found_at_once(registered: Ledger):
    """OBJECT-01"""
    sam = meet(registered)
    send(registered, sam, good("email"))

    ask(registered, str(uuid.uuid4()), "receive-request", SAID, kind="objection", customer_id=str(sam))

    assert found(registered, sam) == {"OBJECT-01": ("S2", "s")}


@pytest.mark.parametrize(
    ("kind", "step", "more"),
    [
        ("restriction", "send-response", {"outcome": "granted"}),
        ("rectification", None, {"restrict": True}),
    ],
)
def test_a_restriction_by_a_request_counts_from_its_step(
    registered: Ledger, kind: str, step: str | None, more: dict[str, Any]
):
    """RESTRICT-01, RESTRICT-02"""
    sam, request = meet(registered), str(uuid.uuid4())
    send(registered, sam, good("email"))
    asked = {"kind": kind, "customer_id": str(sam), **({} if step else more)}
    ask(registered, request, "receive-request", SAID, **asked)
    if step:
        ask(registered, request, step, SAID, **more)

    assert found(registered, sam) == {"RESTRICT-01": ("S1", "s")}


def test_what_is_said_about_one_record_counts_for_the_persons_other_records(registered: Ledger):
    """RESTRICT-01, OBJECT-01, LEDG-18"""
    sam, again, else_ = meet(registered), meet(registered), meet(registered)
    give(registered, "merge-customers", again, at=BEFORE, by=CASE_WORKER, into=str(sam), merge_id="m", reason="same",
         decided_by="one")  # fmt: skip
    send(registered, again, good("email"))
    send(registered, else_, good("email"))

    give(registered, "restrict-processing", sam, at=SAID, by=CASE_WORKER, restriction_id="r", ground="legal_claims")
    ask(registered, str(uuid.uuid4()), "receive-request", SAID, kind="objection", customer_id=str(sam))

    assert found(registered, again) == {"RESTRICT-01": ("S1", "s"), "OBJECT-01": ("S2", "s")}
    assert "breach-assessment-opened" in {entry.type for entry in registered.history(again)}
    assert found(registered, sam) == found(registered, else_) == {}


def test_what_was_already_found_is_not_found_again_and_what_went_before_stays_lawful(registered: Ledger):
    """CONSENT-06: earlier use stays lawful."""
    sam = meet(registered)
    agree(registered, sam, "survey")
    send(registered, sam, RESEARCH)
    give(registered, "withdraw-consent", sam, at=KEYED_AFTER, scope="survey")
    assert found(registered, sam) == {}

    for _ in range(2):
        give(registered, "withdraw-consent", sam, at=SAID, scope="survey")

    raised = [finding for finding in map(event_of, registered.history(sam)) if isinstance(finding, FindingRaised)]
    assert sorted(finding.rule for finding in raised) == ["CONSENT-11", "LB-01"]


def test_a_yes_that_is_keyed_late_finds_nothing(registered: Ledger):
    """CONSENT-08"""
    sam = meet(registered)
    give(registered, "share-data", sam, at=GONE, by=ADVISER, **RESEARCH)
    before = found(registered, sam)

    agree(registered, sam, "survey")

    assert found(registered, sam) == before
