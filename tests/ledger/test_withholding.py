"""What a decision leaves out is gone from every part of the answer, however it was named (SAR-11)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from api import report_page
from api.casework import exports
from api.casework.runtime import Runtime
from ledger import events as vocabulary
from ledger.codes.items import COLUMNS, ITEM_NAMES, ITEMS, items_in_field, items_named
from ledger.commands.request_answers import FIVE_FACTORS
from ledger.errors import Malformed, UnknownReference
from ledger.requests.withholding import about
from tests import composed
from tests.conftest import CASE_WORKER, Record

events: Any = vocabulary  # what is not said of an event has its default
BARRIERS = ["D20", "d20", "barriers and challenges", "barriers_and_challenges", "BarriersAndChallenges", "barriers"]


@pytest.fixture
def request_id(record: Record, customer: uuid.UUID) -> str:
    """Barriers in a plan, in what was received and in the note beside it; and a request for access."""
    record("keep-record", customer, collection="actionplans", record_id="p1", organisation="0000000201",
           values={"CurrentSituation": "SITUATION", "BarriersAndChallenges": "BARRIERS", "CustomerSatisfaction": 1},
           lawful_basis="A6-1-a")  # fmt: skip
    record(
        "receive-data", customer, receipt_id="r1", received_from="jobcentre-plus", received_by="0000000201",
        channel="email", items=["D20", "D17"], note="NOTED",
        values={"barriers_and_challenges": "TOLD", "employment_status": "EMPLOYED", "remarks": "REMARKED"},
    )  # fmt: skip
    record("hold-interaction", customer, channel=2, organisation="0000000201", note="TALKED")
    number = str(uuid.uuid4())
    record("receive-request", request_id=number, kind="access", at="2026-09-02T09:00:00Z", customer_id=str(customer))
    return number


def withhold(record: Record, number: str, **said: Any) -> None:
    weighed = dict.fromkeys(("extent", "reason", "decided_by", "told"), "invented")
    record("withhold-item", request_id=number, provision="EX-S3", at="2026-09-03T09:00:00Z", **weighed, **said)


def disclose(record: Record, number: str, **said: Any) -> None:
    weighed = dict.fromkeys((*FIVE_FACTORS, "decided_by", "told"), "invented")
    record("decide-third-party", request_id=number, outcome="disclose", at="2026-09-04T09:00:00Z", **weighed, **said)


def everything(runtime: Runtime, customer: uuid.UUID) -> tuple[str, list[str]]:
    """The report, its page and the copy to take away as one text; and what the report says was left out."""
    made = composed.report(runtime, customer, CASE_WORKER, "test")
    copy = exports.portable_copy(runtime, customer, CASE_WORKER, "test").as_json()
    text = json.dumps(made) + report_page.render(made) + json.dumps(copy)
    return text, [row["what"] for row in made["R12"]["rows"]]


def shown(text: str) -> set[str]:
    secrets = ("SITUATION", "BARRIERS", "NOTED", "TOLD", "EMPLOYED", "REMARKED", "TALKED")
    return {word for word in secrets if word in text}


@pytest.mark.parametrize("written", BARRIERS)
def test_an_item_withheld_is_nowhere_in_the_answer_however_it_is_written_sar_11(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str, written: str
) -> None:
    withhold(record, request_id, items=[written])

    text, left_out = everything(runtime, customer)
    assert shown(text) == {"EMPLOYED", "TALKED"}
    assert left_out == ["barriers and challenges, with the free text beside it, wherever it stands"]


@pytest.mark.parametrize("written", BARRIERS)
def test_an_item_of_one_record_is_withheld_there_and_is_told_elsewhere_sar_11(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str, written: str
) -> None:
    withhold(record, request_id, items=[written], record_id="p1")

    text, left_out = everything(runtime, customer)
    assert shown(text) == {"NOTED", "TOLD", "EMPLOYED", "REMARKED", "TALKED"}
    assert left_out == ["barriers and challenges, with the free text beside it, of record p1"]


@pytest.mark.parametrize(
    "said",
    [
        ("CurrentSituation", {"SITUATION"}),
        ("current_situation", {"SITUATION"}),
        ("Current situation", {"SITUATION"}),
        ("note", {"NOTED", "TALKED"}),
        ("Note", {"NOTED", "TALKED"}),
        ("Remarks", {"REMARKED"}),
        ("employment_status", {"NOTED", "EMPLOYED", "REMARKED"}),
        ("values", {"SITUATION", "BARRIERS", "TOLD", "EMPLOYED", "REMARKED"}),
    ],
)
def test_a_field_withheld_is_that_field_in_camel_case_snake_case_or_words_sar_11(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str, said: tuple[str, set[str]]
) -> None:
    written, gone = said
    before, _ = everything(runtime, customer)
    withhold(record, request_id, items=[written])

    assert shown(before) - shown(everything(runtime, customer)[0]) == gone


def test_what_is_withheld_by_code_is_disclosed_by_name_law_4_2(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str
) -> None:
    withhold(record, request_id, items=["D20"], record_id="p1")
    disclose(record, request_id, items=["BarriersAndChallenges"], record_id="p1")

    text, left_out = everything(runtime, customer)
    assert {"SITUATION", "BARRIERS"} <= shown(text)
    assert left_out == []


def test_nothing_is_said_to_be_left_out_that_a_later_decision_shows_law_4_2(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str
) -> None:
    withhold(record, request_id, record_id="p1")
    disclose(record, request_id, items=["CurrentSituation"])

    text, [left_out] = everything(runtime, customer)
    assert shown(text) == {"SITUATION", "NOTED", "TOLD", "EMPLOYED", "REMARKED", "TALKED"}
    assert left_out == "everything it says of record p1, except what was decided later to be shown"


def test_the_time_of_an_appointment_withheld_is_not_told_and_that_it_was_is_said_sar_11(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str
) -> None:
    record("keep-appointment", customer, at="2026-02-01T09:00:00Z", appointment_at="2026-01-30T09:00:00Z")
    assert "2026-01-30" in everything(runtime, customer)[0]
    withhold(record, request_id, items=["D08"])

    text, [left_out] = everything(runtime, customer)
    assert "2026-01-30" not in text
    assert "30 January 2026" not in text
    assert left_out.endswith("that an appointment or a referral happened, when and with whom, is told")


def test_a_name_withheld_stands_in_no_part_of_the_report_and_not_in_its_heading_sar_11(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str
) -> None:
    assert "A report for Sam Placeholder" in everything(runtime, customer)[0]
    withhold(record, request_id, items=["Name"])

    text, _ = everything(runtime, customer)
    assert "Sam" not in text
    assert "Placeholder" not in text


@pytest.mark.parametrize("written", ["favourite_colour", "", "  ", "channel"])
def test_a_decision_about_no_item_and_no_field_that_is_held_is_refused_sar_11(
    record: Record, request_id: str, written: str
) -> None:
    with pytest.raises(Malformed, match="neither an item of data nor a field"):
        withhold(record, request_id, items=["D20", written])


@pytest.mark.parametrize(
    "written", [*ITEMS, *ITEM_NAMES.values(), *ITEMS.values(), "disability", "barriers_challenges"]
)
def test_every_item_of_the_catalogue_can_be_withheld_by_code_by_name_and_in_its_words_sar_11(written: str) -> None:
    assert items_named(written)


@pytest.mark.parametrize(("code", "field"), [(code, one) for code, said in COLUMNS.items() for one in said.split()])
def test_a_column_that_tells_an_item_tells_it_in_camel_case_too_sar_11(code: str, field: str) -> None:
    assert code in items_in_field(field) & items_in_field("".join(map(str.capitalize, field.split("_"))))


def test_a_decision_about_a_record_the_person_has_not_is_refused_sar_11(record: Record, request_id: str) -> None:
    for items in ([], ["D20"]):
        with pytest.raises(UnknownReference, match="no record with the number"):
            withhold(record, request_id, record_id="nosuch", items=items)


def test_a_record_of_the_person_s_other_record_can_be_withheld_ledg_18(
    runtime: Runtime, record: Record, customer: uuid.UUID, request_id: str
) -> None:
    again = uuid.uuid4()
    record("register-customer", again, organisation="0000000201", values={"given_name": "Invented"})
    record("keep-record", again, collection="actionplans", record_id="p9", values={"CurrentSituation": "ELSEWHERE"})
    record("merge-customers", again, at="2026-02-15T09:00:00Z", into=str(customer), reason="invented")
    withhold(record, request_id, record_id="p9", items=["barriers"])

    assert "ELSEWHERE" not in everything(runtime, customer)[0]


def test_a_refused_decision_names_no_word_of_what_was_said(record: Record, request_id: str) -> None:
    with pytest.raises(Malformed) as refused:
        withhold(record, request_id, items=["Robin Example"])

    assert "Robin" not in str(refused.value)


def test_free_text_of_a_share_that_does_not_say_what_it_carried_may_tell_what_people_say_in_their_own_words() -> None:
    said = {"note": "words", "values": {"remarks": "words", "written_on": "2026-01-02", "number": 3}}

    assert about(events.DataReceived(), said, frozenset({"D20"})) == {"note", "remarks"}
    assert about(events.DataReceived(items=("D17",)), said, frozenset({"D20"})) == set()
    assert about(events.DataReceived(), said, frozenset({"D17"})) == set()
