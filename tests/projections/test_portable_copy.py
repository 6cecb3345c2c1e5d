"""The portable copy: what the person provided, used with consent or for a contract; and why everything else stays."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import date
from typing import Any

import pytest

from api.casework import customers, destruction, exports
from api.casework.runtime import Runtime
from ledger import events
from ledger.caller import Caller
from ledger.codes.dictionary import COLLECTIONS
from ledger.errors import Malformed, UnknownCustomer
from ledger.requests import portability
from ledger.rules.bases import BASES
from projections.exports.portable_copy import PortableCopy, as_csv
from tests import composed, story
from tests.sharing import register
from tests.story import KIM, REPORTER, ROBIN, give


@pytest.fixture
def robin(runtime: Runtime) -> Runtime:
    """Robin Example, registered."""
    story.register_organisations(runtime.ledger)
    give(runtime.ledger, "register-customer", ROBIN, at="2024-01-08T09:30:00Z", organisation="0000000103",
         values={"given_name": "Robin", "family_name": "Example", "date_of_birth": "1990-02-01"})  # fmt: skip
    return runtime


def keep(runtime: Runtime, values: dict[str, Any], *, at: str = "2024-01-10T09:00:00Z", **said: Any) -> None:
    said = {"collection": "contacts", "record_id": "contact-1", **said}
    give(runtime.ledger, "keep-record", ROBIN, at=at, values=values, **said)


def consent(runtime: Runtime, word: str, scope: str, at: str = "2024-01-09T09:00:00Z") -> None:
    more: dict[str, Any] = {"mechanism": "said yes"} if word == "give" else {}
    give(runtime.ledger, f"{word}-consent", ROBIN, at=at, scope=scope, **more)


def equality(runtime: Runtime, **said: Any) -> None:
    keep(runtime, {"Ethnicity": 31, "PrimaryLearningDifficultyOrDisability": 4, "ConsentToCollectEthnicity": True},
         collection="diversitydetails", record_id="diversity-1", **said)  # fmt: skip


def made(runtime: Runtime, who: uuid.UUID = ROBIN) -> dict[str, Any]:
    return copied(runtime, who).as_json()


def copied(runtime: Runtime, who: uuid.UUID = ROBIN) -> PortableCopy:
    return exports.portable_copy(runtime, who, REPORTER, "test")


def values(said: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one["value"] for record in said["records"] for one in record["values"]}


def reasons(said: dict[str, Any]) -> dict[str, str]:
    return {name: row["why"] for row in said["left_out"] for name in row["fields"]}


# Which basis gives the right.


def test_data_used_for_a_public_task_only_gives_an_empty_copy_that_says_why_port_01(robin):
    keep(robin, {"EmailAddress": "robin@old.example"})
    said = made(robin)
    assert said["records"] == []
    assert said["sentence"].startswith("Nothing that is held may be taken with you")
    assert set(reasons(said)) == {"given_name", "family_name", "date_of_birth", "EmailAddress"}
    assert all("public task" in why and why.count(".") == 1 for why in reasons(said).values())
    assert as_csv(copied(robin)) == b"\xef\xbb\xbfrecord,collection,field,value,since,basis\r\n"


def test_nothing_of_what_jobcentre_plus_sent_is_in_the_copy(robin):
    give(robin.ledger, "receive-data", ROBIN, at="2024-03-01T14:00:00Z", receipt_id="receipt-1",
         received_from="jobcentre-plus", channel="EMAIL", items=["D11"], values={"benefit_status": "job seeker"},
         lawful_basis="A6-1-a", sender_name="Lee Coach")  # fmt: skip
    consent(robin, "give", "survey")
    said = made(robin)
    assert said["records"] == []
    [row] = [row for row in said["left_out"] if row["record"] == "Data about you was received"]
    assert row["why"] == "It came from another organisation and not from you."
    assert "job seeker" not in json.dumps(said)


def test_a_record_that_jobcentre_plus_data_was_put_into_stays_unless_the_person_said_the_value(robin):
    give(robin.ledger, "receive-data", ROBIN, at="2024-03-01T14:00:00Z", receipt_id="receipt-1", channel="EMAIL",
         received_from="jobcentre-plus", items=["D03"], values={"email": "robin@jcp.example"})  # fmt: skip
    keep(robin, {"EmailAddress": "robin@jcp.example"}, lawful_basis="A6-1-b", at="2024-03-04T09:00:00Z")
    give(robin.ledger, "incorporate-data", ROBIN, at="2024-03-04T09:00:00Z", receipt_id="receipt-1",
         record_id="contact-1")  # fmt: skip
    keep(robin, {"MobileNumber": "07700 900456"}, said_by="customer", at="2024-03-05T09:00:00Z")
    said = made(robin)
    assert values(said) == {"MobileNumber": "07700 900456"}
    assert reasons(said)["EmailAddress"] == portability.MIXED_WITH_JCP


@pytest.mark.parametrize("basis", BASES)
def test_what_a_record_says_of_its_basis_decides(robin, basis):
    consent(robin, "give", "marketing")
    keep(robin, {"EmailAddress": "robin@new.example"}, lawful_basis=basis)
    said = made(robin)
    portable = basis in {"A6-1-a", "A6-1-b", "A9-2-a"}
    assert ("EmailAddress" in values(said)) == portable
    assert portable or "Article 20" in reasons(said)["EmailAddress"]


def test_a_basis_that_is_none_is_refused_by_the_field_s_name(robin):
    with pytest.raises(Malformed, match="lawful_basis"):
        keep(robin, {"EmailAddress": "robin@new.example"}, lawful_basis="because")


def test_data_said_to_rest_on_consent_stays_when_no_consent_is_in_force(robin):
    keep(robin, {"EmailAddress": "robin@new.example"}, lawful_basis="A6-1-a")
    assert "no consent of yours is in force" in reasons(made(robin))["EmailAddress"]


@pytest.mark.parametrize(
    ("scope", "goes"),
    [("collect_ethnicity", False), ("third_party_post", False), ("survey", True), ("third_party_email", True)],
)
def test_contact_details_that_rest_on_consent_go_only_while_one_that_uses_them_stands_port_01(robin, scope, goes):
    consent(robin, "give", scope)
    keep(robin, {"EmailAddress": "robin@new.example"}, lawful_basis="A6-1-a")
    assert bool(values(made(robin))) is goes


def test_a_later_version_that_says_no_basis_changes_none(robin):
    keep(robin, {"EmailAddress": "robin@old.example"}, lawful_basis="A6-1-b")
    keep(robin, {"EmailAddress": "robin@new.example"}, at="2024-02-10T09:00:00Z")
    assert values(made(robin)) == {"EmailAddress": "robin@new.example"}
    keep(robin, {"MobileNumber": "07700 900456"}, at="2024-03-10T09:00:00Z", lawful_basis="A6-1-e")
    assert values(made(robin)) == {}


# Equality data, and the consent it rests on.


def test_equality_data_goes_with_the_person_while_its_own_consent_stands(robin):
    consent(robin, "give", "collect_ethnicity")
    equality(robin)
    said = made(robin)
    assert values(said) == {"Ethnicity": 31}
    assert said["records"][0]["values"][0]["basis"] == "A6-1-a"
    assert "health, which is not in force now: not asked" in reasons(said)["PrimaryLearningDifficultyOrDisability"]
    assert "public task" in reasons(said)["ConsentToCollectEthnicity"]


def test_withdrawing_consent_takes_the_equality_data_out_of_the_copy(robin):
    consent(robin, "give", "collect_ethnicity")
    consent(robin, "give", "collect_lldd_health")
    equality(robin)
    assert set(values(made(robin))) == {"Ethnicity", "PrimaryLearningDifficultyOrDisability"}
    consent(robin, "withdraw", "collect_ethnicity", at="2024-06-01T09:00:00Z")
    said = made(robin)
    assert set(values(said)) == {"PrimaryLearningDifficultyOrDisability"}
    assert reasons(said)["Ethnicity"] == (
        "It rests on your consent to the recording of ethnic group, which is not in force now: withdrawn."
    )


def test_a_no_to_one_part_of_equality_data_is_stronger_than_the_general_consent_consent_10(robin):
    consent(robin, "give", "equality_monitoring")
    consent(robin, "withdraw", "collect_ethnicity", at="2024-06-01T09:00:00Z")
    equality(robin)
    assert set(values(made(robin))) == {"PrimaryLearningDifficultyOrDisability"}


def test_a_withdrawal_reaches_data_that_is_said_to_rest_on_express_consent(robin):
    consent(robin, "give", "collect_ethnicity")
    equality(robin, lawful_basis="A9-2-a")
    assert "Ethnicity" in values(made(robin))
    consent(robin, "give", "marketing")
    consent(robin, "withdraw", "collect_ethnicity", at="2024-06-01T09:00:00Z")
    assert "Ethnicity" not in values(made(robin))


def test_destroyed_data_is_neither_in_the_copy_nor_called_held(robin, clock):
    consent(robin, "give", "collect_ethnicity")
    equality(robin)
    consent(robin, "withdraw", "collect_ethnicity", at="2024-06-01T09:00:00Z")
    destruction.destroy(robin, date(2026, 11, 22), story.MANAGER)
    said = made(robin)
    assert "Ethnicity" not in {**values(said), **reasons(said)}


@pytest.mark.parametrize("scope", ["survey", "market_research", "user_research"])
def test_what_is_kept_to_ask_about_satisfaction_rests_on_consent_to_research(scope):
    assert portability.basis_of("research_contact", "", None, {scope: "given"}).why_not is None
    refused = portability.basis_of("research_contact", "", None, {scope: "withdrawn"})
    assert refused.why_not is not None
    assert refused.code == "A6-1-a"


@pytest.mark.parametrize("class_", sorted(set(events.CLASSES) - {"equality", "research_contact"}))
def test_every_other_class_is_of_the_public_task_unless_it_says_otherwise(class_):
    assert portability.basis_of(class_, "", None, {"survey": "given"}).code == "A6-1-e"
    assert portability.basis_of(class_, "", None, {"survey": "given"}).why_not is not None
    said = portability.basis_of(class_, "", "A6-1-b", {})
    assert (said.why_not is None) == (class_ != "received_from_jcp")


# What the person provided.


def test_plans_notes_and_what_was_worked_out_stay_whatever_their_basis(robin):
    keep(robin, {"CurrentSituation": "Out of work"}, collection="actionplans", record_id="plan-7",
         lawful_basis="A6-1-b")  # fmt: skip
    keep(robin, {"Address1": "1 Nowhere Road", "Latitude": "50.1"}, collection="addresses", record_id="home",
         lawful_basis="A6-1-b")  # fmt: skip
    give(robin.ledger, "hold-interaction", ROBIN, at="2024-01-08T09:30:00Z", channel=2, note="first talk",
         lawful_basis="A6-1-b")  # fmt: skip
    said = made(robin)
    assert values(said) == {"Address1": "1 Nowhere Road"}
    assert {reasons(said)["CurrentSituation"], reasons(said)["Latitude"]} == {portability.NOT_PROVIDED}
    [talk] = [row for row in said["left_out"] if row["record"] == events.InteractionHeld.LABEL]
    assert talk["why"] == portability.NOT_PROVIDED
    assert "first talk" not in json.dumps(said)


def test_who_said_a_value_decides_before_the_kind_of_record(robin):
    keep(robin, {"skills": "bookkeeping"}, collection="cv", record_id="cv-1", said_by="customer", lawful_basis="A6-1-b")
    keep(robin, {"level": "2"}, collection="cv", record_id="cv-1", said_by="adviser", at="2024-02-01T09:00:00Z")
    keep(robin, {"EmailAddress": "guessed@new.example"}, said_by="adviser", lawful_basis="A6-1-b")
    assert values(made(robin)) == {"skills": "bookkeeping"}


def test_every_kind_of_record_the_copy_knows_is_one_of_the_source_service_with_these_fields():
    for collection, added in portability._TOLD_BY_THE_PERSON.items():
        assert added <= {field.name for field in COLLECTIONS[collection].fields}


def test_a_message_that_carried_several_peoples_plans_is_never_in_the_copy(robin):
    story.share_of_two(robin.ledger)
    keep(robin, {"EmailAddress": "robin@new.example"}, lawful_basis="A6-1-b")
    said = made(robin)
    assert values(said) == {"EmailAddress": "robin@new.example"}
    for word in ("Otherperson", "Kim", "secret", str(KIM)):
        assert word not in json.dumps(said)


def test_what_a_decision_leaves_out_of_an_answer_is_not_in_the_copy_either(robin):
    keep(robin, {"EmailAddress": "shared@home.example", "MobileNumber": "07700 900456"}, lawful_basis="A6-1-b")
    number = str(uuid.uuid4())
    give(robin.ledger, "receive-request", at="2024-05-01T09:00:00Z", request_id=number, kind="portability",
         customer_id=str(ROBIN))  # fmt: skip
    give(
        robin.ledger, "decide-third-party", at="2024-05-02T09:00:00Z", request_id=number, record_id="contact-1",
        items=["EmailAddress"], outcome="withhold", type_of_information="an address shared with somebody",
        duty_of_confidentiality="none", steps_to_seek_consent="asked", capability_to_consent="yes",
        express_refusal="yes", decided_by="a manager", told="It is also somebody else's address.", by=REPORTER,
    )  # fmt: skip
    said = made(robin)
    assert values(said) == {"MobileNumber": "07700 900456"}
    assert "It is also somebody else's address." in {row["why"] for row in said["left_out"]}


def test_the_last_word_on_a_value_is_what_goes(robin):
    keep(robin, {"EmailAddress": "robin@old.example"}, lawful_basis="A6-1-b")
    give(robin.ledger, "correct-record", ROBIN, at="2024-07-02T08:05:00Z", collection="contacts",
         record_id="contact-1", values={"EmailAddress": "robin@new.example"}, reason="a new address")  # fmt: skip
    [record] = made(robin)["records"]
    assert record["values"] == [
        {"name": "EmailAddress", "label": "Email address", "value": "robin@new.example",
         "since": "2024-07-02T08:05:00Z", "basis": "A6-1-b"}
    ]  # fmt: skip
    assert "robin@old.example" not in json.dumps(made(robin))


# Held electronically, in a common format.


def test_what_came_on_paper_is_not_in_the_copy_and_the_copy_says_so_port_02(robin):
    give(robin.ledger, "receive-data", ROBIN, at="2024-03-01T14:00:00Z", receipt_id="letter", channel="POST",
         received_from="jobcentre-plus", values={"plan": "on paper"}, lawful_basis="A6-1-b")  # fmt: skip
    keep(robin, {"EmailAddress": "robin@new.example"}, lawful_basis="A6-1-b")
    said = made(robin)
    assert values(said) == {"EmailAddress": "robin@new.example"}
    assert "does not reach paper files, which were not searched" in said["on_paper"]


AWKWARD = {
    "EmailAddress": 'robin,"new"@mail.example',
    "MobileNumber": "+447700900456",
    "HomeNumber": "=HYPERLINK(1)",
    "AlternativeNumber": "'quoted",
    "PreferredContactMethod": -1,
    "further": ["ж", {"line": "one\r\ntwo"}],
    "spoken": "@home",
    "pasted": "\n=1+1",
    "wide": "\uff1d1+1",
    "newsletter": True,
}


def test_the_csv_is_read_back_by_any_program_as_what_the_json_says_port_03(robin):
    keep(robin, AWKWARD, lawful_basis="A6-1-b")
    copy = copied(robin)
    said: dict[str, Any] = copy.as_json()
    written = as_csv(copy)
    assert written.endswith(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    [record] = said["records"]
    assert [row["field"] for row in rows] == [one["name"] for one in record["values"]]
    for row, one in zip(rows, record["values"], strict=True):
        assert (row["record"], row["collection"], row["basis"]) == ("contact-1", "contacts", "A6-1-b")
        cell = row["value"].removeprefix("'")
        assert one["value"] == (cell if isinstance(one["value"], str) else json.loads(cell))
    assert values(said) == AWKWARD


def test_no_cell_of_the_csv_is_a_formula_to_a_spreadsheet(robin):
    keep(robin, AWKWARD, lawful_basis="A6-1-b")
    rows = list(csv.reader(io.StringIO(as_csv(copied(robin)).decode("utf-8-sig"), newline="")))
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")]
    assert "'+447700900456" in {cell for row in rows for cell in row}


# Read first, then told.


def test_the_copy_is_a_recorded_reading_and_nobody_unknown_or_unserved_has_one(robin):
    register(robin.ledger, "0000000109")
    before = robin.ledger.recorder.max_notification_id()
    with pytest.raises(UnknownCustomer):
        made(robin, uuid.uuid4())
    stranger = Caller(role="contractor", organisation="0000000109", subject="adviser nine")
    with pytest.raises(UnknownCustomer):
        exports.portable_copy(robin, ROBIN, stranger, "test")
    assert robin.ledger.recorder.max_notification_id() == before
    said = made(robin)
    last = robin.ledger.history(ROBIN)[-1]
    assert (last.type, last.position) == ("personal-data-read", said["as_of_position"])


def test_what_a_request_about_one_record_leaves_out_is_in_the_copy_of_no_record_of_the_person_ledg_18(robin):
    give(robin.ledger, "register-customer", KIM, at="2024-01-08T09:30:00Z", organisation="0000000103",
         values={"given_name": "Robyn"})  # fmt: skip
    give(robin.ledger, "keep-record", KIM, at="2024-01-10T09:00:00Z", collection="contacts", record_id="contact-2",
         values={"EmailAddress": "sister@home.example", "MobileNumber": "07700 900457"},
         lawful_basis="A6-1-b")  # fmt: skip
    give(robin.ledger, "merge-customers", KIM, at="2024-02-08T09:50:00Z", merge_id="merge-1", into=str(ROBIN),
         reason="registered twice", by=story.MANAGER)  # fmt: skip
    leave_out(robin, items=["EmailAddress"])
    said = made(robin, KIM)
    assert values(said) == {"MobileNumber": "07700 900457"}
    assert "other records that count as yours: 1" in {row["record"] for row in said["left_out"]}
    assert str(ROBIN) not in json.dumps(said)
    assert "sister@home.example" not in json.dumps(composed.report(robin, KIM, REPORTER, "test"))


def leave_out(runtime: Runtime, **said: Any) -> None:
    """A request of Robin's for access, and a decision in it to leave something out."""
    number = str(uuid.uuid4())
    give(runtime.ledger, "receive-request", ROBIN, at="2026-07-01T09:00:00Z", request_id=number, kind="access",
         channel="EMAIL", organisation="0000000103", by=story.MANAGER)  # fmt: skip
    give(runtime.ledger, "withhold-item", at="2026-07-02T09:00:00Z", request_id=number, provision="EX-16", extent="all",
         told="It is not yours.", reason="invented", decided_by="a manager", by=story.MANAGER, **said)  # fmt: skip


def test_leaving_out_what_was_said_last_never_makes_what_was_said_before_it_current_sar_11(robin):
    keep(robin, {"EmailAddress": "robin@old.example"}, lawful_basis="A6-1-b")
    keep(robin, {"EmailAddress": "sister@home.example"}, at="2025-01-10T09:00:00Z")
    give(robin.ledger, "correct-record", ROBIN, at="2025-02-10T09:00:00Z", organisation="0000000103",
         collection="customers", values={"given_name": "Robyn"}, reason="as said")  # fmt: skip
    email, name = [str(entry.position) for entry in robin.ledger.history(ROBIN)][-2:]
    leave_out(robin, record_id=email, items=["EmailAddress"])
    leave_out(robin, record_id=name, items=["given_name"])
    assert values(made(robin)) == {}
    said = composed.report(robin, ROBIN, REPORTER, "test")
    assert set(said["person"]) == {"family_name", "date_of_birth"}
    current = [field["name"] for group in said["R1"]["groups"] for row in group["current"] for field in row["fields"]]
    assert sorted(current) == ["date_of_birth", "family_name"]
    assert "sister@home.example" not in json.dumps(said)
    assert "Email address: left out" in json.dumps(said)


def test_of_two_versions_in_one_second_the_later_instant_counts_and_not_the_later_text(robin):
    keep(robin, {"EmailAddress": "robin@new.example"}, at="2024-01-10T09:00:00.500Z", lawful_basis="A6-1-b")
    keep(robin, {"EmailAddress": "robin@old.example"}, at="2024-01-10T09:00:00Z")
    give(robin.ledger, "correct-record", ROBIN, at="2024-01-08T09:30:00.500Z", organisation="0000000103",
         collection="customers", values={"given_name": "Robyn"}, reason="as said")  # fmt: skip
    assert values(made(robin)) == {"EmailAddress": "robin@new.example"}
    person: Any = customers.customer(robin, ROBIN, REPORTER, route="test")["person"]
    assert person == composed.report(robin, ROBIN, REPORTER, "test")["person"]
    assert person["given_name"] == "Robyn"
