"""Consents as records of ISO/IEC TS 27560: what was said, when, to whom, and who answered for the data that day."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from api.casework import exports
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.codes.consent_scopes import SCOPES, WITHDRAWN_BY, WITHDRAWN_FROM_NHS_BY
from ledger.errors import UnknownCustomer
from ledger.rules.catalogue import BY_ID
from projections.exports.consent_rows import ConsentRecords
from projections.exports.linked_data import linked_data
from tests import story
from tests.sharing import register
from tests.story import KIM, REPORTER, ROBIN, give

NOTICE = "privacy notice of May 2018"


@pytest.fixture
def robin(runtime: Runtime) -> Runtime:
    """Robin Example, registered."""
    story.register_organisations(runtime.ledger)
    give(runtime.ledger, "register-customer", ROBIN, at="2024-01-08T09:30:00Z", organisation="0000000103",
         values={"given_name": "Robin", "family_name": "Example"})  # fmt: skip
    return runtime


def say(runtime: Runtime, word: str, at: str, scope: str = "collect_ethnicity", **said: Any) -> None:
    give(runtime.ledger, f"{word}-consent", ROBIN, at=at, scope=scope, **said)


def give_withdraw_and_give_again(runtime: Runtime) -> None:
    say(runtime, "give", "2024-01-08T09:46:00Z", channel="TELEPHONE", mechanism="said yes when asked", explicit=True,
        organisation="0000000103", notice=NOTICE, evidence="Yes, that is fine")  # fmt: skip
    say(runtime, "withdraw", "2026-09-30T22:30:00Z", channel="ACCOUNT", organisation="0000000103")
    say(runtime, "give", "2026-11-02T10:00:00Z", mechanism="ticked the box", explicit=True,
        notice="privacy notice of 2026")  # fmt: skip


def made(runtime: Runtime, who: uuid.UUID = ROBIN, by: Caller = REPORTER) -> dict[str, Any]:
    return recorded(runtime, who, by).as_json()


def recorded(runtime: Runtime, who: uuid.UUID = ROBIN, by: Caller = REPORTER) -> ConsentRecords:
    return exports.consent_records(runtime, who, by, "test")


def only(runtime: Runtime) -> dict[str, Any]:
    [record] = made(runtime)["records"]
    return record


def test_who_gave_withdrew_and_gave_again_has_three_events_each_with_the_controller_of_its_day(robin):
    give_withdraw_and_give_again(robin)
    record = only(robin)
    assert [(one["event_time"], one["event_state"], one["pii_controller"]) for one in record["events"]] == [
        ("2024-01-08T09:46:00Z", "ConsentGiven", "department-for-education"),
        # Half past eleven on 30 September in London: the controller changed half an hour later.
        ("2026-09-30T22:30:00Z", "ConsentWithdrawn", "department-for-education"),
        ("2026-11-02T10:00:00Z", "ConsentGiven", "department-for-work"),
    ]
    assert all(one["recorded_at"].startswith("2026-11-22T09:00:00") for one in record["events"])
    assert record["state"] == "ConsentGiven"
    assert record["since"] == "2026-11-02T10:00:00Z"
    assert record["pii_processing"]["pii_controllers"] == ["department-for-education", "department-for-work"]
    named = {party["party_id"]: party["party_name"] for party in record["parties"]}
    assert named["department-for-work"] == "Department for Work and Pensions"


def test_a_statement_in_the_last_hour_of_a_summer_day_is_of_the_next_day_in_london(robin):
    say(robin, "give", "2026-09-30T23:30:00Z", mechanism="said yes")
    assert only(robin)["events"][0]["pii_controller"] == "department-for-work"


def test_every_state_of_consent_has_its_state_in_the_vocabulary(robin):
    words = ("ask", "give", "expire", "ask", "refuse", "give", "withdraw", "invalidate")
    for day, word in enumerate(words, start=1):
        more = {"mechanism": "said yes"} if word == "give" else {}
        say(robin, word, f"2026-02-{day:02}T09:00:00Z", scope="survey", **more)
    assert [one["event_state"] for one in only(robin)["events"]] == [
        "ConsentRequested", "ConsentGiven", "ConsentExpired", "ConsentRequested", "ConsentRefused", "ConsentGiven",
        "ConsentWithdrawn", "ConsentInvalidated",
    ]  # fmt: skip


def test_being_asked_again_is_an_event_and_changes_no_answer(robin):
    say(robin, "give", "2026-02-01T09:00:00Z", scope="survey", mechanism="said yes")
    say(robin, "ask", "2026-02-02T09:00:00Z", scope="survey")
    record = only(robin)
    assert [one["event_state"] for one in record["events"]] == ["ConsentGiven", "ConsentRequested"]
    assert (record["state"], record["since"]) == ("ConsentGiven", "2026-02-01T09:00:00Z")


def test_what_was_said_late_stands_where_it_happened_and_says_when_it_was_recorded(robin, clock):
    say(robin, "give", "2026-02-01T09:00:00Z", scope="survey", mechanism="said yes")
    say(robin, "give", "2026-02-03T09:00:00Z", scope="survey", mechanism="said yes")
    clock.time = clock.time.replace(hour=12)
    say(robin, "withdraw", "2026-02-02T09:00:00Z", scope="survey", channel="TELEPHONE")
    events = only(robin)["events"]
    assert [one["event_state"] for one in events] == ["ConsentGiven", "ConsentWithdrawn", "ConsentGiven"]
    assert events[1]["recorded_at"] > events[2]["recorded_at"]


def test_the_processing_is_told_by_the_scope_and_by_what_was_recorded(robin):
    give_withdraw_and_give_again(robin)
    said = only(robin)["pii_processing"]
    assert said["privacy_notice"] == [NOTICE, "privacy notice of 2026"]
    assert said["purposes"][0]["sentence"] == BY_ID["CONSENT-03"].sentence
    assert said["lawful_basis"] == ["A6-1-a", "A9-2-a"]
    assert said["pii_information"] == [
        {"pii_type": "ethnic group", "pii_optional": True, "sensitive_pii_category": True,
         "special_pii_category": True}
    ]  # fmt: skip
    assert said["collection_method"] == "ticked the box"
    assert [(way["channel"], way["rule"]) for way in said["withdrawal_method"]] == [
        ("ACCOUNT", "CONSENT-07"),
        ("TELEPHONE", "CONSENT-08"),
        ("LOCAL_ADVISER_PHONE", "CONSENT-09"),
        ("LOCAL_ADVISER_IN_PERSON", "CONSENT-09"),
    ]
    assert said["retention_period"][0]["period"] == "until you withdrew or refused consent"
    assert said["retention_period"][0]["rule"] == "CONSENT-06"
    assert "A7-3" in {one["article"] for one in said["privacy_rights"]}
    assert said["authority_party"] == "the Test Commission"


def test_what_is_not_known_is_said_to_be_unknown_or_left_out_and_never_made_up(robin):
    say(robin, "refuse", "2017-02-01T09:00:00Z", scope="survey")
    record = only(robin)
    said, [event] = record["pii_processing"], record["events"]
    assert {name for name, value in said.items() if value == "unknown"} == {
        "privacy_notice", "collection_method", "storage_locations", "retention_period",
    }  # fmt: skip
    assert event["validity_duration"] == "unknown"
    assert not {"privacy_notice", "method"} & event.keys()


def test_consent_to_special_data_is_called_explicit_only_where_that_was_recorded(robin):
    """LB-06"""
    say(robin, "give", "2024-01-08T09:46:00Z", mechanism="said yes")
    record = only(robin)
    assert record["pii_processing"]["lawful_basis"] == ["A6-1-a"]
    assert record["events"][0]["event_type"] == "Consent"


def test_without_a_registered_controller_none_is_named(runtime):
    give(runtime.ledger, "register-customer", ROBIN, at="2024-01-08T09:30:00Z", values={"given_name": "Robin"})
    say(runtime, "give", "2024-01-09T09:30:00Z", scope="survey", mechanism="said yes")
    record = only(runtime)
    assert record["pii_processing"]["pii_controllers"] == "unknown"
    assert record["events"][0]["pii_controller"] == "unknown"
    assert "dpv:hasDataController" not in json.dumps(linked_data(recorded(runtime)))


def test_a_party_is_reached_through_its_data_protection_officer_where_one_is_registered(robin):
    """PARTY-08"""
    give(robin.ledger, "name-data-protection-officer", at="2018-01-01T00:00:00Z", by=story.MANAGER,
         organisation="department-for-education", office="Data Protection Officer",
         address="1 Example Street")  # fmt: skip
    give_withdraw_and_give_again(robin)
    contacts = {party["party_id"]: party["party_contact"] for party in only(robin)["parties"]}
    assert contacts["department-for-education"] == "Data Protection Officer, 1 Example Street"
    assert contacts["department-for-work"] == "unknown"
    assert "1 Example Street" in json.dumps(linked_data(recorded(robin)))


def test_for_nhs_health_careers_its_own_controller_is_named_and_no_other(robin):
    give(robin.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=story.MANAGER, organisation="nhs",
         name="NHS England", kind="controller of NHS data")  # fmt: skip
    give(robin.ledger, "register-customer", KIM, at="2024-01-08T09:30:00Z", programme="NHS Health Careers",
         values={"given_name": "Kim"})  # fmt: skip
    give(robin.ledger, "give-consent", KIM, at="2024-01-09T09:30:00Z", scope="marketing", mechanism="subscribed")
    [record] = made(robin, KIM, Caller(role="case-worker", organisation="nhs", subject="one", operator=True))["records"]
    assert record["pii_processing"]["pii_controllers"] == ["nhs"]
    ways = {way["channel"]: way["rule"] for way in record["pii_processing"]["withdrawal_method"]}
    assert ways == dict.fromkeys(["ACCOUNT", "CONTACT_PAGE", "TELEPHONE", "EMAIL", "CAMPAIGN_SIGN_UP"], "CONSENT-16")
    assert all(way["how"].islower() for way in record["pii_processing"]["withdrawal_method"])


def test_each_thing_consent_is_asked_for_has_one_record_whose_number_stays_the_same(robin):
    for scope in SCOPES:
        say(robin, "give", "2024-01-09T09:30:00Z", scope=scope, mechanism="said yes")
    first = {record["scope"]: record["record_id"] for record in made(robin)["records"]}
    say(robin, "withdraw", "2024-02-09T09:30:00Z", scope="survey")
    assert {record["scope"]: record["record_id"] for record in made(robin)["records"]} == first
    assert first.keys() == SCOPES.keys()
    assert len(set(first.values())) == len(SCOPES)
    assert {uuid.UUID(number).version for number in first.values()} == {5}


def test_every_scope_and_every_way_to_withdraw_is_a_sentence_of_the_sources():
    named = {scope.rule for scope in SCOPES.values()} | {*WITHDRAWN_BY.values(), *WITHDRAWN_FROM_NHS_BY.values()}
    assert named <= BY_ID.keys()
    assert all(scope.words and scope.data for scope in SCOPES.values())
    assert {code for code, scope in SCOPES.items() if scope.special} == {
        "equality_monitoring", "collect_ethnicity", "collect_lldd_health", "priority_targeting", "share_with_jcp",
    }  # fmt: skip


def test_a_withdrawal_of_what_nobody_asks_consent_for_has_its_record_too(robin):
    say(robin, "withdraw", "2024-02-09T09:30:00Z", scope="something_else")
    record = only(robin)
    assert record["pii_processing"]["purposes"] == [{"purpose": "something else"}]
    assert record["pii_processing"]["pii_information"] == "unknown"
    linked_data(recorded(robin))


def test_what_the_person_said_in_their_own_words_is_not_in_the_record(robin):
    give_withdraw_and_give_again(robin)
    assert "that is fine" not in json.dumps(made(robin))


def test_asking_for_the_records_is_a_recorded_reading_and_nobody_unknown_or_unserved_has_any(robin):
    register(robin.ledger, "0000000109")
    before = robin.ledger.recorder.max_notification_id()
    with pytest.raises(UnknownCustomer):
        made(robin, uuid.uuid4())
    stranger = Caller(role="contractor", organisation="0000000109", subject="adviser nine")
    with pytest.raises(UnknownCustomer):
        exports.consent_records(robin, ROBIN, stranger, "test")
    assert robin.ledger.recorder.max_notification_id() == before
    made(robin)
    assert robin.ledger.history(ROBIN)[-1].type == "personal-data-read"


def test_as_json_ld_a_record_conforms_to_the_published_schema_and_leaves_out_what_is_unknown(robin):
    give_withdraw_and_give_again(robin)
    document: Any = linked_data(recorded(robin))
    [record] = document["@graph"]
    assert document["@context"]["dpv"] == "https://w3id.org/dpv#"
    assert record["@type"] == "dpv:ConsentRecord"
    assert record["dct:conformsTo"] == {"@id": "https://w3id.org/dpv/schema/dpv-27560#record"}
    assert record["@id"] == f"urn:uuid:{record['dct:identifier']}"
    assert record["dpv:hasDataSubject"]["dct:identifier"] == str(ROBIN)
    assert record["dct:language"] == "en"
    assert [one["@type"] for one in record["dpv:hasConsentStatus"]] == [
        "dpv:ConsentGiven", "dpv:ConsentWithdrawn", "dpv:ConsentGiven",
    ]  # fmt: skip
    assert record["dpv:hasConsentStatus"][0]["dpv:hasLegalBasis"] == {"@id": "dpv:ExplicitlyExpressedConsent"}
    process = record["dpv:hasProcess"]
    assert "dpv:SpecialCategoryPersonalData" in process["dpv:hasPersonalData"][0]["@type"]
    assert [one["dpv:hasName"] for one in process["dpv:hasDataController"]] == [
        "Department for Education", "Department for Work and Pensions",
    ]  # fmt: skip
    assert "unknown" not in json.dumps(document)
    prefixes = {name.split(":")[0] for name in _names(document) if ":" in name}
    assert prefixes <= document["@context"].keys()


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
