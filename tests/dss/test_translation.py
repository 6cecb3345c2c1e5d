from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from api.dss.statements import would_change
from api.dss.translation import Made, Translated, translate
from api.dss.versions import Known, Version, derived_id
from ledger.events import (
    AppointmentKept,
    AppointmentMissed,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    CustomerReferred,
    CustomerRegistered,
    DataReceived,
    DataShared,
    Event,
    InteractionHeld,
    RecordKept,
    ReferralAccepted,
    ServiceEnded,
    ServiceResumed,
)
from ledger.log.codec import facts_of
from ledger.state.customer import Customer

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WHO = "864c9eab-5b1c-4675-a5e2-c5b9c92c7740"
PERSON = {"GivenName": "Sam", "FamilyName": "Placeholder"}
SAID = {**PERSON, "LastModifiedTouchpointId": "0000000103"}
ENDED: dict[str, Any] = {"DateOfTermination": "2022-04-04T09:11:00Z", "ReasonForTermination": 1}


def at(minute: int) -> datetime:
    return datetime.fromtimestamp(1_600_000_000 + 60 * minute, UTC)


def version(collection: str, minute: int, *, id: Any = "", warnings: Any = (), **values: Any) -> Version:
    etag = f'"{collection}-{minute}"'
    id = id or (WHO if collection == "customers" else f"{collection}-1")
    return Version(
        derived_id(collection, id, etag), collection, id, etag, 1_600_000_000 + 60 * minute, minute,
        {"LastModifiedTouchpointId": "0000000103", **values}, warnings, f"digest {minute}",
    )  # fmt: skip


def person(minute: int, **values: Any) -> Version:
    return version("customers", minute, **{**PERSON, **values})


def translated(*versions: Version, known: Known | None = None, advisers: tuple[str, ...] = ()) -> Translated:
    return translate(versions, known or Known(), advisers, at=NOW)


def events(*versions: Version, known: Known | None = None) -> list[Event]:
    return [made.event for made in translated(*versions, known=known).made]


def only(kind: type[Event], made: list[Event]) -> Any:
    (found,) = [event for event in made if isinstance(event, kind)]
    return found


def registered(*versions: Version) -> Known:
    """What is known after these versions, as if they had been recorded."""
    known = Known()
    translate(versions, known, (), at=NOW)
    return replace(known, customer=Customer(registered=True))


def test_the_first_version_of_a_customer_registers_them():
    (made,) = translated(person(1, CreatedBy="0000000104", IntroducedBy=3)).made

    assert made == Made(
        derived_id("customers", WHO, '"customers-1"'),
        CustomerRegistered(
            collection="customers", record_id=WHO, etag='"customers-1"', written_at="2020-09-13T12:27:40Z",
            touchpoint="0000000103",
            changed=("LastModifiedTouchpointId", "GivenName", "FamilyName", "CreatedBy", "IntroducedBy"),
            kept_as=None, part=None, values={**SAID, "CreatedBy": "0000000104", "IntroducedBy": 3},
            document="digest 1", organisation="0000000104", introduced_by=3, programme=None,
            registered_at=None,
        ),
        at(1),
    )  # fmt: skip


def test_registration_stands_first_whenever_the_customer_was_written():
    made = events(version("contacts", 1, EmailAddress="sam@placeholder.example"), person(2))

    assert [type(event) for event in made] == [CustomerRegistered, RecordKept]


def test_a_later_version_says_only_what_it_changed_and_emptied():
    made = events(person(1, Title=1, Gender=2), person(2, Title=4))

    assert made[1] == RecordKept(
        collection="customers", record_id=WHO, etag='"customers-2"', written_at="2020-09-13T12:28:40Z",
        touchpoint="0000000103", changed=("Title",), cleared=("Gender",), kept_as="identity", part=None,
        values={"Title": 4}, document="digest 2", organisation=None, said_by=None, lawful_basis=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("collection", "class_"),
    [
        ("contacts", "identity"),
        ("goals", "service"),
        ("outcomes", "payment_evidence"),
    ],
)
def test_a_record_is_kept_under_the_class_of_its_collection(collection, class_):
    assert only(RecordKept, events(person(1), version(collection, 2))).retention_class() == class_


def test_equality_data_is_kept_apart_by_the_consent_it_rests_on():
    """CONSENT-10: what is not special about the record stays with the service record."""
    details = version(
        "diversitydetails", 2, ConsentToCollectEthnicity=True, Ethnicity=31, PrimaryLearningDifficultyOrDisability=4
    )
    records = [one for one in events(person(1), details) if isinstance(one, RecordKept)]

    assert [(one.retention_class(), one.part, one.changed) for one in records] == [
        ("service", None, ("ConsentToCollectEthnicity", "LastModifiedTouchpointId")),
        ("equality", "collect_ethnicity", ("Ethnicity",)),
        ("equality", "collect_lldd_health", ("PrimaryLearningDifficultyOrDisability",)),
    ]


def test_the_code_for_not_provided_rests_on_no_consent():
    details = version("diversitydetails", 2, Ethnicity=99, LearningDifficultyOrDisabilityDeclaration=9)
    (record,) = (one for one in events(person(1), details) if isinstance(one, RecordKept))

    assert (record.retention_class(), record.retention_part()) == ("service", "")


def test_versions_are_ordered_by_the_time_of_writing_not_of_arrival():
    made = events(person(3, FamilyName="Newer"), person(1, FamilyName="Older"))

    assert [event.values["FamilyName"] for event in made] == ["Older", "Newer"]  # type: ignore[attr-defined]


def test_an_interaction_is_held_on_a_channel_with_an_organisation():
    event = only(InteractionHeld, events(person(1), version(
        "interactions", 2, Channel=2, TouchpointId="0000000999", DateandTimeOfInteraction="2020-09-13T12:00:00Z",
    )))  # fmt: skip

    assert (event.interaction_id, event.held_at) == ("interactions-1", "2020-09-13T12:00:00Z")
    assert (event.channel, event.organisation) == (2, "0000000999")


def test_a_session_is_an_appointment_once_it_is_said_whether_the_customer_came():
    when = "2020-09-20T10:00:00Z"
    made = events(
        person(1),
        version("sessions", 2, DateandTimeOfSession=when),
        version("sessions", 3, DateandTimeOfSession=when, SessionAttended=False, ReasonForNonAttendance=1),
        version("sessions", 4, DateandTimeOfSession=when, SessionAttended=True),
    )

    assert [type(event) for event in made[1:]] == [RecordKept, AppointmentMissed, AppointmentKept]
    missed = only(AppointmentMissed, made)
    assert (missed.appointment_id, missed.appointment_at, missed.reason_code) == ("sessions-1", when, 1)
    assert missed.retention_class() == "did_not_attend"


def test_a_transfer_refers_accepts_and_refers_again_when_its_target_changes():
    asked = {"OriginatingTouchpointId": "0000000999", "DateandTimeOfTransfer": "2020-09-13T12:00:00Z"}
    to_one, to_other = {**asked, "TargetTouchpointId": "0000000205"}, {**asked, "TargetTouchpointId": "0000000209"}
    accepted = {"DateandTimeofTransferAccepted": "2020-09-14T12:00:00Z"}
    made = events(
        person(1),
        version("transfers", 2, **to_one),
        version("transfers", 3, **to_one, Context="a remark"),
        version("transfers", 4, **to_other),
        version("transfers", 5, **to_other, **accepted),
        version("transfers", 6, **to_other, **accepted, ActualCallbackTime="2020-09-15T12:00:00Z"),
    )

    assert [type(event) for event in made[1:]] == [
        CustomerReferred, RecordKept, CustomerReferred, ReferralAccepted, ReferralAccepted,
    ]  # fmt: skip
    assert [event.referred_to for event in made if isinstance(event, CustomerReferred)] == ["0000000205", "0000000209"]
    assert made[-1].called_back_at == "2020-09-15T12:00:00Z"  # type: ignore[attr-defined]


def test_a_transfer_that_arrives_accepted_is_referred_and_accepted():
    made = translated(person(1), version(
        "transfers", 2, TargetTouchpointId="0000000205", DateandTimeofTransferAccepted="2020-09-14T12:00:00Z"
    )).made  # fmt: skip

    assert [type(one.event) for one in made[1:]] == [CustomerReferred, ReferralAccepted]
    assert made[2].event.collection is None  # type: ignore[attr-defined] # one event carries the version


def consents(*values: bool | None, field: str = "OptInMarketResearch") -> list[Event]:
    versions = [person(n, **({} if value is None else {field: value})) for n, value in enumerate(values, 1)]
    return [event for event in events(*versions) if not isinstance(event, CustomerRegistered | RecordKept)]


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ([None, None], []),
        ([False, False], [ConsentRefused]),
        ([True, True, None], [ConsentGiven]),
        ([False, True, False, True], [ConsentRefused, ConsentGiven, ConsentWithdrawn, ConsentGiven]),
        ([True, None, False, None, False], [ConsentGiven, ConsentWithdrawn]),
    ],
)
def test_a_consent_is_stated_once_for_each_change_and_null_states_nothing(said, kinds):
    assert [type(event) for event in consents(*said)] == kinds


def test_a_statement_of_consent_names_its_version_and_who_recorded_it():
    assert consents(True) == [
        ConsentGiven(
            scope="market_research", etag='"customers-1"', written_at="2020-09-13T12:27:40Z", organisation="0000000103",
            channel=None, notice=None, evidence=None, mechanism=None, explicit=None,
        )
    ]  # fmt: skip


def test_each_of_the_four_questions_has_its_scope():
    made = events(
        person(1, OptInMarketResearch=True, OptInUserResearch=False),
        version("diversitydetails", 2, ConsentToCollectLLDDHealth=True, ConsentToCollectEthnicity=False),
    )

    assert {(type(event), event.scope) for event in made if hasattr(event, "scope")} == {
        (ConsentGiven, "market_research"), (ConsentRefused, "user_research"),
        (ConsentGiven, "collect_lldd_health"), (ConsentRefused, "collect_ethnicity"),
    }  # fmt: skip


def test_the_end_of_service_keeps_the_least_that_proves_a_payment():
    made = translated(
        person(1, DateofBirth="1990-02-01"),
        version("addresses", 2, PostCode="ZZ99 9ZZ"),
        person(3, DateofBirth="1990-02-01", **ENDED),
        version("addresses", 4, id="later", PostCode="ZZ11 1ZZ"),
    ).made

    (ended,) = [one for one in made if isinstance(one.event, ServiceEnded)]
    assert ended.occurred_at == datetime(2022, 4, 4, 9, 11, tzinfo=UTC)
    assert ended.event == ServiceEnded(
        reason=1, organisation="0000000103", etag='"customers-3"', history_id=None, channel=None, note=None,
        audit_minimum={
            "given_name": "Sam", "family_name": "Placeholder", "date_of_birth": "1990-02-01", "postcode": "ZZ99 9ZZ",
        },
    )  # fmt: skip


def test_a_termination_that_disappears_is_a_return():
    made = events(person(1, **ENDED), person(2, **ENDED), person(3))

    assert [type(event) for event in made] == [CustomerRegistered, ServiceEnded, RecordKept, RecordKept, ServiceResumed]


def test_coming_from_jobcentre_plus_with_data_is_a_receipt_whose_content_was_not_recorded():
    event = only(DataReceived, events(person(1, IntroducedBy=27), person(2, IntroducedBy=27, Title=1)))

    assert (event.received_from, event.channel, event.items) == ("jobcentre-plus", "not recorded", ())
    assert event.part == event.receipt_id
    assert event.received_by == "0000000103"


def test_coming_from_jobcentre_plus_without_data_is_no_receipt():
    made = events(person(1, IntroducedBy=28))

    assert [type(event) for event in made] == [CustomerRegistered]
    assert only(CustomerRegistered, made).introduced_by == 28


def test_signposting_to_jobcentre_plus_is_a_share_with_data_and_a_referral_without():
    plan = {"ActionPlanId": "plan-1"}
    made = events(
        person(1),
        version("actions", 2, id="with", SignpostedToCategory=14, **plan),
        version("actions", 3, id="without", SignpostedToCategory=15, **plan),
        version("actions", 4, id="with", SignpostedToCategory=1, **plan),
        version("actions", 5, id="with", SignpostedToCategory=14, **plan),
    )

    shared, referred = only(DataShared, made), only(CustomerReferred, made)
    assert (shared.sent_to, shared.sent_by, shared.channel) == ("jobcentre-plus", "0000000103", "not recorded")
    assert (shared.record_id, shared.plan_id) == ("with", "plan-1")
    assert (referred.referred_to, referred.record_id, referred.collection) == ("jobcentre-plus", "without", None)


def test_a_parent_that_was_never_accepted_is_dangling_wherever_it_stands():
    session = {"DateandTimeOfSession": "2020-09-20T10:00:00Z", "InteractionId": "interactions-1"}
    orphan = version("sessions", 2, **session)

    assert translated(person(1), orphan).warnings == [(orphan, ("dangling_parent:InteractionId",))]
    assert translated(person(1), orphan, version("interactions", 3)).warnings == []


def test_an_adviser_is_looked_for_among_all_advisers():
    held = version("interactions", 2, AdviserDetailsId="adviser-1")

    assert translated(person(1), held).warnings == [(held, ("dangling_parent:AdviserDetailsId",))]
    assert translated(person(1), held, advisers=("adviser-1",)).warnings == []


CLAIMED: dict[str, Any] = {"OutcomeClaimedDate": "2020-09-01T00:00:00Z", "OutcomeType": 1}


CLOSED = "2022-04-04T09:12:00Z"


@pytest.mark.parametrize(
    ("reason", "before", "after", "warned"),
    [
        (1, version("goals", 1), version("goals", 5, GoalType=1), True),
        (1, version("goals", 1), version("goals", 3, GoalType=1), False),  # in the second of the termination
        (1, version("digitalidentities", 1), version("digitalidentities", 5, DateOfClosure=CLOSED), False),
        (3, version("outcomes", 1, **CLAIMED), version("outcomes", 5, OutcomeType=1), False),
        (1, version("outcomes", 1, **CLAIMED), version("outcomes", 5, OutcomeType=1), True),
        (3, version("outcomes", 1, **CLAIMED), version("outcomes", 5, OutcomeType=2), True),
    ],
)
def test_what_is_written_after_the_termination_is_odd_but_for_what_the_service_still_allows(
    reason, before, after, warned
):
    made = translated(person(1), before, person(3, **{**ENDED, "ReasonForTermination": reason}), after)

    assert made.warnings == ([(after, ("after_termination",))] if warned else [])


def test_a_retired_code_of_a_special_category_is_told_to_the_importer_and_not_to_the_facts():
    said = ("retired_code:PrimaryLearningDifficultyOrDisability=15", "assumed_utc:DateAndTimeEthnicityCollected")
    made = translated(person(1), odd := version("diversitydetails", 2, warnings=said))

    assert made.warnings == [(odd, said)]
    assert next(one.event.warnings for one in made.made if isinstance(one.event, RecordKept)) == (
        "retired_code:PrimaryLearningDifficultyOrDisability", "assumed_utc:DateAndTimeEthnicityCollected",
    )  # fmt: skip


def test_a_late_version_is_compared_with_its_own_predecessor_and_its_successor_is_stated_again():
    known = registered(person(1, Title=1, FamilyName="First"), person(3, Title=2, FamilyName="First"))

    kept, again = events(person(2, Title=1, FamilyName="Second"), known=known)

    assert (kept.values, kept.etag) == ({"FamilyName": "Second"}, '"customers-2"')  # type: ignore[attr-defined]
    assert (again.values, again.etag) == ({"FamilyName": "First"}, '"customers-3"')  # type: ignore[attr-defined]
    assert again.document is None  # type: ignore[attr-defined] # it is no version of its own


def test_a_version_of_a_destroyed_class_may_only_continue_in_a_new_part():
    known = registered(person(1))
    known.customer = replace(known.customer, destroyed=frozenset({("did_not_attend", "")}))

    (missed,) = events(version("sessions", 2, SessionAttended=False), known=known)

    assert missed.retention_part() == "generation-2"


@pytest.mark.parametrize(
    ("minute", "answer", "changes"),
    [(2, True, ()), (2, False, ("OptInMarketResearch",)), (0, True, ("OptInMarketResearch",))],
)
def test_a_rejected_answer_is_compared_with_the_one_in_force_when_it_was_written(minute, answer, changes):
    known = registered(person(1, OptInMarketResearch=True), person(3, OptInMarketResearch=False))

    said = {"OptInMarketResearch": answer, "OptInUserResearch": None}
    assert would_change(known, "customers", 1_600_000_000 + 60 * minute, said) == changes


def test_no_fact_holds_what_a_person_said():
    planted = str(uuid4())
    texts = ("GivenName", "FamilyName", "DateofBirth", "EmailAddress", "Context", "ActionSummary", "PostCode")
    said: dict[str, Any] = dict.fromkeys(texts, planted)

    made = events(
        person(1, **said, **ENDED),
        *(version(name, 2, **said) for name in ("contacts", "addresses", "transfers", "actions", "goals")),
    )

    assert not any(planted.encode() in facts_of(event) for event in made)
    assert sum(planted in str(event) for event in made) == 7
