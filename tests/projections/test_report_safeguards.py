"""What a person and a case worker read of restrictions, objections, who was told, reviews and possible breaches."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import report_page
from api.app import create_app
from api.casework import customers, requests
from api.casework.runtime import Runtime
from api.cli.requests import _request_lines
from ledger.caller import Caller
from ledger.state.registers import Registers
from projections.organisations.read import Controller
from projections.subject_access import controllers
from tests import composed, safeguards, story
from tests.conftest import Clock
from tests.runtimes import Runtimes
from tests.safeguards import ANALYSIS, CORRECTED, ERASED, LATE, OBJECTED, RESTRICTED
from tests.story import KIM, MANAGER, REPORTER, ROBIN

Said = dict[str, Any]


@pytest.fixture(scope="module")
def robin(runtimes: Runtimes) -> Iterator[Runtime]:
    """Robin's whole story; tests here only read."""
    with runtimes() as opened:
        story.register_organisations(opened.ledger)
        story.tell_robins_story(opened.ledger)
        story.share_of_two(opened.ledger)
        safeguards.go_on(opened.ledger)
        yield opened


@pytest.fixture(scope="module")
def read(robin: Runtime) -> Said:
    return composed.report(robin, ROBIN, REPORTER, "test")


@pytest.fixture(scope="module")
def page(read: Said) -> str:
    return " ".join(report_page.render(read).split())


@pytest.fixture
def in_february(clock: Clock) -> None:
    """The registers are recorded before the days as of which something is asked: what was recorded later hides it."""
    clock.time = datetime(2026, 2, 28, 9, 0, tzinfo=UTC)


@pytest.fixture
def empty(runtime: Runtime) -> Runtime:
    story.register_organisations(runtime.ledger)
    return runtime


def entries(said: Said) -> list[Said]:
    return [entry for group in said["R1"]["groups"] for entry in group["history"]]


def fields(entry: Said) -> dict[str, str]:
    return {field["name"]: field["text"] for field in (*entry["fields"], *entry["technical"])}


# Restrictions and objections.


def test_each_restriction_is_told_with_its_ground_and_whether_it_is_in_force_restrict_01_restrict_02(read, page):
    lifted, in_force = read["limits"]["rows"]

    assert (lifted["ground"], lifted["in_force"], lifted["lifted"], lifted["told"]) == (
        "to check whether the data is right", False, "6 March 2026 at 10:00am", "6 March 2026",
    )  # fmt: skip
    assert (in_force["in_force"], in_force["items"], in_force["answer"]) == (
        True, ["all your data"], "We only keep it now.",
    )  # fmt: skip
    assert "in force: the data is kept, and nothing else is done with it" in page


def test_an_objection_is_told_with_how_it_was_decided_and_the_grounds_object_01_object_02(read, page):
    [one] = read["limits"]["objections"]

    assert (one["objection_id"], one["outcome"], one["decided"]) == (
        str(OBJECTED), "overridden", "18 May 2026 at 11:00am",
    )  # fmt: skip
    assert one["decision"] == "not upheld: the use of the data goes on"
    assert "<dd>Your support would end</dd>" in page


def test_an_objection_nobody_has_decided_is_pending_and_the_report_says_so(empty: Runtime):
    story.give(empty.ledger, "register-customer", ROBIN, at="2024-01-08T09:30:00Z", values={"given_name": "Robin"})
    safeguards.step(empty.ledger, "receive-request", OBJECTED, "2026-11-02", kind="objection")

    [one] = composed.report(empty, ROBIN, REPORTER, "test")["limits"]["objections"]

    assert (one["decision"], one["decided"], one["answer"]) == ("not decided yet", None, None)


# Who was told.


def told_of(said: Said, matter: uuid.UUID | str) -> dict[str, str]:
    [row] = [row for row in said["recipients"]["rows"] if row["matter_id"] == str(matter)]
    return {one["recipient"]: one["text"] for one in row["recipients"]}


def test_the_person_learns_who_was_told_of_a_correction_who_confirmed_it_and_who_cannot_be_told_rect_04_rect_05(read):
    assert told_of(read, "correction-1") == {
        "Jobcentre Plus": "told on 9 March 2026 at 10:00am by email; confirmed on 24 March 2026 at 10:00am that it put"
        " the data right too",
        "Signpost Advice": "could not be told, because it is impossible to tell them: It closed last year",
    }


@pytest.mark.parametrize(("matter", "due"), [(RESTRICTED, "14 October 2026"), (ERASED, "12 November 2026")])
def test_the_report_says_which_recipients_are_still_to_be_told_law_a19_erase_01(read, page, matter, due):
    assert told_of(read, matter) == dict.fromkeys(
        ("Jobcentre Plus", "Signpost Advice"), f"not told yet, although this was due by {due}"
    )
    assert "Still to be told: 2 of 2." in page


def test_who_had_received_the_data_before_a_correction_is_to_be_told_though_that_was_recorded_later_rect_04(read):
    first = read["recipients"]["rows"][0]  # of July 2024; the referral and the share of February were keyed after it

    assert {one["recipient"] for one in first["recipients"]} == {"Jobcentre Plus", "Signpost Advice"}


def test_a_correction_of_what_nobody_had_received_says_that_nobody_had_it(empty: Runtime):
    said: dict[str, Any] = {"at": "2026-02-01T08:00:00Z", "values": {"given_name": "Robin"}}
    story.give(empty.ledger, "register-customer", ROBIN, **said)
    story.give(empty.ledger, "correct-record", ROBIN, collection="contacts", **said)
    [first] = composed.report(empty, ROBIN, REPORTER, "test")["recipients"]["rows"]

    assert (first["recipients"], first["sentence"]) == (
        [], "Nobody else had received this data before, as far as these records say.",
    )  # fmt: skip


def test_an_item_that_is_recorded_by_code_and_by_name_is_said_once(read):
    corrections = [entry for entry in entries(read) if entry["type"] == "record-corrected"]

    assert fields(corrections[1])["items"] == "email address"
    assert [row["which"] for row in read["recipients"]["rows"] if row["matter_id"] == "correction-1"] == [
        "email address"
    ]


# Breaches and findings.


def test_a_breach_is_told_with_its_risk_its_outcome_and_who_was_told_ledg_19(read):
    first = read["breaches"]["rows"][0]

    assert first["about"] == "data about you was shared, 16 February 2026 at 10:00am"
    assert (first["risk"], first["outcome"]) == ("a risk is likely", "it was a breach, and it was reported")
    assert (first["regulator"], first["person"]) == (
        "told on 16 February 2026 at 12:00pm", "told on 16 February 2026 at 1:00pm by letter",
    )  # fmt: skip


def test_a_breach_that_is_still_being_assessed_says_so(read):
    last = read["breaches"]["rows"][-1]

    assert (last["state"], last["risk"], last["regulator"]) == ("being assessed", "not assessed yet", "not told so far")


def test_the_analysis_of_what_went_wrong_stays_inside_and_the_report_says_that_it_does_ledg_19(read, page, robin):
    assert ANALYSIS not in json.dumps(read) + page
    assert ANALYSIS in json.dumps(robin.ledger.unsealed(ROBIN))

    left_out = [row["what"] for row in read["R12"]["rows"] if row["provision"].startswith("UK GDPR Article 15")]
    assert left_out[-1].startswith("what was done about it, why the regulator was told, or was not: of “The assessment")
    assert len(left_out) == 5  # two of the finding, three of the breach
    assert "Somebody may have seen your name." in page


def test_the_share_that_broke_a_rule_stands_among_the_others_with_recipient_day_and_items_ledg_19(read):
    [wrong] = [row for row in read["R4"]["rows"] if row["share_id"] == "share-8"]

    assert (wrong["to"], wrong["when"], wrong["items"]) == (
        "Jobcentre Plus", "16 February 2026 at 10:00am", ["name"],
    )  # fmt: skip


def test_what_was_not_done_in_time_is_a_finding_whose_subject_is_said_in_words(empty: Runtime):
    story.tell_robins_story(empty.ledger)
    story.give(
        empty.ledger, "receive-data", ROBIN, at="2026-03-12T10:00:00Z", receipt_id="receipt-2", channel="email",
        received_from="jobcentre-plus", received_by="0000000103",
    )  # fmt: skip
    story.give(empty.ledger, "find-late", ROBIN, at="2026-11-20T10:00:00Z", subject_type="incorporate-email",
               subject_id="receipt-2")  # fmt: skip

    found = [entry for entry in entries(composed.report(empty, ROBIN, REPORTER, "test")) if entry["what"] == _FOUND]

    assert fields(found[-1])["subject_type"] == "putting what came by email into the record"


_FOUND = "A check found that a rule about your data was not kept"


# Keeping, and decisions by a computer.


def test_a_hold_is_told_with_the_day_it_is_looked_at_again(read):
    [hold] = [row for row in read["holds"]["rows"] if row["hold_id"] == "hold-1"]
    [restriction] = [row for row in read["holds"]["rows"] if row["hold_id"] == str(RESTRICTED)]

    assert (hold["review"], restriction["kind"]) == ("30 June 2027", "the use of the data is restricted")


def test_a_decision_to_keep_records_longer_is_told_with_its_last_day_and_reason_ret_nhs_03(empty: Runtime):
    reader = Caller(role="case-worker", organisation="nhs", subject="report writer two", operator=True)
    story.give(empty.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=MANAGER, organisation="nhs",
               name="NHS England", kind="controller of NHS data")  # fmt: skip
    story.give(empty.ledger, "register-customer", KIM, at="2026-01-31T09:00:00Z", programme="NHS Health Careers",
               values={"family_name": "Placeholder"})  # fmt: skip
    story.give(
        empty.ledger, "extend-retention", KIM, at="2026-05-01T09:00:00Z", by=MANAGER, classes=["nhs_careers"],
        until="2028-06-30", purpose="NHS_INFORMATION_SERVICE", reason="a campaign", approved_by="officer four",
    )  # fmt: skip

    said = composed.report(empty, KIM, reader, "test")

    [one] = said["R5"]["extended"]
    assert (one["until"], one["purpose"], one["reason"]) == (
        "30 June 2028", "to give you information about careers in the NHS", "a campaign",
    )  # fmt: skip
    assert "Decisions to keep records for longer" in report_page.render(said)


def test_a_decision_by_a_computer_is_told_with_what_the_person_said_and_who_looked_at_it_adm_01_adm_03(read, page):
    decided = read["R9"]

    assert not decided["sentence"].startswith("None")
    assert [row["what"] for row in decided["automated_decisions"]] == [
        "data about you was shared with Signpost Advice because of it"
    ]
    [one] = decided["contested"]
    assert (one["said"], one["share"]) == ("It did not know about my course", "the share of 8 January 2026 at 10:00am")
    assert one["reviews"] == [
        {"when": "14 January 2026 at 10:00am", "outcome": "the decision was changed", "reason": "The course counts"}
    ]
    assert "the decision was changed. Why: The course counts" in page


def test_with_no_decision_by_a_computer_the_report_says_that_there_is_none(empty: Runtime):
    story.tell_robins_story(empty.ledger)
    said = composed.report(empty, ROBIN, REPORTER, "test")

    assert said["R9"]["sentence"].startswith("None.")
    page = report_page.render(said)
    assert ['id="limits"' in page, 'id="breaches"' in page, 'id="automated"' in page] == [False, False, True]


# About one person and nobody else.


def test_nothing_of_all_this_is_in_the_report_of_somebody_else_in_the_same_share(robin: Runtime):
    other = json.dumps(composed.report(robin, KIM, REPORTER, "test"))

    for mine in (
        "correction-1",
        "It closed last year",
        "Your support would end",
        "my course",
        str(RESTRICTED),
        "Robin",
    ):
        assert mine not in other


# The customer's view.


def test_the_view_of_a_customer_says_whether_their_data_is_restricted_and_why(robin: Runtime):
    view: Said = customers.customer(robin, ROBIN, REPORTER, route="test")

    assert view["restricted"] is True
    assert [(one["restriction_id"], one["ground"], one["items"]) for one in view["restrictions"]] == [
        (str(CORRECTED), "accuracy_contested", []), (str(RESTRICTED), "requested", []),
    ]  # fmt: skip
    assert [bool(one["lifted_at"]) for one in view["restrictions"]] == [True, False]
    assert view["objections"] == [
        {
            "objection_id": str(OBJECTED), "since": "2026-05-04T10:00:00Z", "outcome": "overridden",
            "decided_at": "2026-05-18T10:00:00Z",
        }
    ]  # fmt: skip


def test_the_view_of_a_customer_counts_what_is_owed_about_them_and_lists_what_is_not_done(robin: Runtime):
    owed: Any = customers.customer(robin, ROBIN, REPORTER, route="test")["obligations"]

    assert owed["counts"]["done"] > 0
    assert len(owed["rows"]) == sum(owed["counts"].values()) - owed["counts"]["done"]
    to_tell = {(row["subject_id"], row["recipient"]) for row in owed["rows"] if row["kind"] == "notify-recipient"}
    assert (str(RESTRICTED), "jobcentre-plus") in to_tell
    assert ("correction-1", "jobcentre-plus") not in to_tell


@pytest.mark.usefixtures("in_february")
def test_the_view_as_of_a_moment_knows_no_later_restriction_and_owes_what_was_owed_then(empty: Runtime, clock: Clock):
    clock.time = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    story.give(empty.ledger, "register-customer", ROBIN, at="2026-03-02T08:00:00Z", values={"given_name": "Robin"})
    story.give(empty.ledger, "receive-data", ROBIN, at="2026-03-02T08:30:00Z", receipt_id="receipt-1", channel="email",
               received_from="jobcentre-plus", received_by="0000000103", routed=True)  # fmt: skip
    clock.time = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    story.give(empty.ledger, "restrict-processing", ROBIN, at="2026-11-20T08:00:00Z", by=MANAGER, ground="legal_claims",
               items=["email_address"])  # fmt: skip
    story.give(empty.ledger, "incorporate-data", ROBIN, at="2026-11-20T08:00:00Z", receipt_id="receipt-1")

    then: Said = customers.customer(empty, ROBIN, REPORTER, route="test", as_of=datetime(2026, 3, 3, tzinfo=UTC))
    now: Said = customers.customer(empty, ROBIN, REPORTER, route="test")

    assert (then["restricted"], then["restrictions"], now["restricted"]) == (False, [], True)
    assert now["restrictions"][0]["items"] == ["D03"]
    assert [(row["kind"], row["state"]) for row in then["obligations"]["rows"]] == [
        ("incorporate-email", "open"), ("inform-customer", "open"),
    ]  # fmt: skip
    assert "incorporate-email" not in [row["kind"] for row in now["obligations"]["rows"]]


def test_a_breach_stands_in_the_view_with_its_risk_outcome_and_who_was_told(robin: Runtime):
    view: Said = customers.customer(robin, ROBIN, REPORTER, route="test")
    first = view["findings"]["breach_assessments"][0]

    assert (first["risk"], first["outcome"]) == ("likely", "breach_reported")
    assert first["regulator_notified_at"] < first["people_notified_at"] < first["closed_at"]


# The file of a request.


def file(runtime: Runtime, request: uuid.UUID, **asked: Any) -> Said:
    return requests.opened(runtime, request, REPORTER, route="test", **asked).as_json()


def test_the_file_of_a_correction_names_every_recipient_and_how_it_stands_with_each_law_a19_rect_05(robin: Runtime):
    rows = [row for row in file(robin, CORRECTED)["recipients"] if row["matter_id"] == "correction-1"]

    assert {row["recipient"]: (row["state"], row["not_told_because"]) for row in rows} == {
        "jobcentre-plus": ("confirmed", None), "0000000777": ("not-told", "impossible"),
    }  # fmt: skip
    [confirmed] = [row for row in rows if row["state"] == "confirmed"]
    assert confirmed["asked_again_at"] == ["2026-03-23T10:00:00Z"]
    assert {row["items"][0] for row in rows} == {"D03"}


@pytest.mark.parametrize(("request_", "matter"), [(RESTRICTED, "restriction"), (ERASED, "erasure")])
def test_the_file_of_an_erasure_or_a_restriction_says_who_is_still_to_be_told_and_until_when(robin, request_, matter):
    rows = file(robin, request_)["recipients"]

    assert {(row["matter"], row["state"], row["late"], row["owner"]) for row in rows} == {
        (matter, "to-be-told", True, "0000000103")
    }
    assert {row["recipient"] for row in rows} == {"jobcentre-plus", "0000000777"}
    assert file(robin, OBJECTED)["recipients"] == []


def test_the_file_says_where_each_finding_of_the_request_stands_sar_09(robin: Runtime):
    [one] = file(robin, LATE)["findings"]

    assert (one["rule"], one["severity"], one["state"]) == ("SAR-09", "S2", "closed")
    assert one["finding_id"]


@pytest.mark.usefixtures("in_february")
def test_the_file_as_known_on_a_day_knows_neither_who_was_told_later_nor_what_was_judged_later(
    empty: Runtime, clock: Clock
):
    clock.time = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    story.give(empty.ledger, "register-customer", ROBIN, at="2026-02-01T08:00:00Z", values={"given_name": "Robin"})
    story.give(empty.ledger, "share-data", ROBIN, at="2026-02-02T08:00:00Z", share_id="share-1", sent_by="0000000103",
               sent_to="jobcentre-plus", channel="telephone")  # fmt: skip
    clock.time = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
    safeguards.step(empty.ledger, "receive-request", CORRECTED, "2026-03-02", kind="rectification", restrict=True)
    safeguards.step(empty.ledger, "send-response", CORRECTED, "2026-03-06", outcome="granted")
    clock.time = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)
    story.give(empty.ledger, "notify-recipient", ROBIN, at="2026-03-24T08:00:00Z", matter_id=str(CORRECTED),
               recipient="jobcentre-plus")  # fmt: skip
    [found] = file(empty, CORRECTED)["findings"]
    story.give(empty.ledger, "assess-finding", CORRECTED, at="2026-03-24T09:00:00Z", by=MANAGER, outcome="confirmed",
               finding_id=found["finding_id"], severity="S3")  # fmt: skip

    then, now = file(empty, CORRECTED, known_on=date(2026, 3, 24)), file(empty, CORRECTED)

    assert [row["state"] for row in then["recipients"]] == ["to-be-told"]
    assert [row["state"] for row in now["recipients"]] == ["told"]
    assert [(one["state"], one["severity"]) for one in then["findings"]] == [("open", "S2")]
    assert [(one["state"], one["severity"], one["raised_as"]) for one in now["findings"]] == [("assessed", "S3", "S2")]
    assert file(empty, CORRECTED, known_on=date(2026, 3, 20))["recipients"][0]["due_on"] == "2026-04-02"


def test_the_check_of_accuracy_is_a_step_of_the_file_rect_03(robin: Runtime):
    assert "accuracy-checked" in [step["type"] for step in file(robin, CORRECTED)["steps"]]


def test_the_command_line_lists_the_recipients_of_a_request(robin: Runtime):
    lines = "\n".join(_request_lines(requests.opened(robin, CORRECTED, REPORTER, route="test")))

    assert "jobcentre-plus  correction   confirmed" in lines


# The pages.


@pytest.fixture(scope="module")
def browse(robin: Runtime) -> Any:
    client = TestClient(create_app(robin))
    client.post("/sign-in", data={"role": "case-worker", "organisation": "department-for-education"})
    return lambda path: " ".join(client.get(path).text.split())


def test_the_customers_page_warns_of_a_restriction_and_shows_what_is_owed_and_what_was_breached(browse):
    page = browse(f"/customers/{ROBIN}")

    assert "The use of this customer's data is restricted" in page
    assert "While that is being decided" not in page  # the objection was not upheld
    for words in (
        "Because it was asked for",
        "Not upheld: the use of the data goes on",
        "What is owed",
        "Tell the recipient that the data was corrected",
        "it was a breach, and it was reported",
    ):
        assert words in page


def test_the_page_of_a_request_shows_who_had_received_the_data_and_how_it_stands(browse):
    page = browse(f"/requests/{CORRECTED}")

    for words in ("Who had received the data and is to be told", "told and confirmed", "it is impossible to tell them"):
        assert words in page


def test_a_controller_that_is_still_to_be_confirmed_is_not_told_as_a_fact_conf_06():
    for confirmed, ending in ((False, ", which is still to be confirmed."), (True, "One.")):
        known = Controller(
            organisation="one", name="One", to_be_confirmed=not confirmed, valid_from=None, valid_until=None
        )
        made = controllers.section(
            datetime(2026, 11, 2, tzinfo=UTC), [], controllers=[known], shares=[],
            registers=Registers().on(date(2026, 11, 2)), names={},
        )  # fmt: skip
        assert made.sentence.startswith("Today the controller is One")
        assert made.sentence.endswith(ending)
