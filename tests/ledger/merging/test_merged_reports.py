"""Who hears of a merged person's corrections, and the person's report and provenance."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api import report_page
from api.casework import provenance
from api.casework.runtime import Runtime
from ledger.errors import Held, UnknownCustomer
from ledger.recording import Ledger
from ledger.store.append_call import Appended, Batch
from projections import runner
from projections.obligations import read as obligations
from projections.retention import read as retention
from tests import composed
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.destroying import approved, due_now
from tests.ledger.merging.merges import AT, OF_SOUTH, People, merge, told, unmerge
from tests.sharing import command, give

pytestmark = pytest.mark.usefixtures("registered")


# Who had received data from the person's other record.


def of_two_records(ledger: Ledger, people: People, **shared: Any) -> None:
    """The duplicate's data went to Jobcentre Plus before the two records were found to be of one person."""
    said: dict[str, Any] = {"share_id": "s", "sent_to": "jobcentre-plus", "channel": "system", "items": ["D03"]}
    give(ledger, "share-data", people.again, **{"at": "2026-01-05T09:00:00Z", **said, **shared})
    merge(ledger, people.again, people.sam)


def to_be_told(runtime: Runtime, number: uuid.UUID) -> dict[tuple[str, str], str]:
    """Who is to be told of which matter of a record, and until when."""
    with runtime.current_views(RECORDS_MANAGER) as connection:
        rows = obligations.for_customer(connection, number, at=runtime.ledger.now())
    return {
        (row.subject_id, str(row.recipient)): str(row.due_on)
        for row in rows
        if row.kind == "notify-recipient" and row.state != "done"
    }


def decide(ledger: Ledger, customer: uuid.UUID, matter: str) -> str:
    """A correction, a restriction, or an answer that grants a request: the number of the matter."""
    at, number = "2026-09-05T09:00:00Z", str(uuid.uuid4())
    if matter == "correction":
        said: dict[str, Any] = {"collection": "contacts", "values": {"EmailAddress": "new@carter.example"}}
        give(ledger, "correct-record", customer, at=at, correction_id=number, organisation="prime-north", **said)
    elif matter == "restriction by hand":
        give(ledger, "restrict-processing", customer, at=at, restriction_id=number, ground="unlawful_processing")
    else:
        said = {"request_id": number, "organisation": "prime-north"}
        asked = command("receive-request", customer, at=AT, kind=matter, restrict=matter == "rectification", **said)
        ledger.record(asked, CASE_WORKER)
        give(ledger, "send-response", at=at, request_id=number, outcome="granted", by=CASE_WORKER)
    return number


@pytest.mark.parametrize("matter", ["correction", "restriction by hand", "erasure", "restriction", "rectification"])
def test_who_received_data_from_the_duplicate_is_told_of_what_is_decided_of_the_other_law_a19_rect_04_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People, matter: str
):
    of_two_records(ledger, people)
    number = decide(ledger, people.sam, matter)

    [(told_of, to)] = to_be_told(runtime, people.sam)
    assert (told_of, to) == (number, "jobcentre-plus")
    assert to_be_told(runtime, people.again) == {}
    rows = composed.report(runtime, people.sam, CASE_WORKER, "test")["recipients"]["rows"]
    assert [row["sentence"] for row in rows] == ["Still to be told: 1 of 1."]

    told_it: dict[str, Any] = {"matter_id": number, "recipient": "jobcentre-plus", "channel": "email"}
    give(ledger, "notify-recipient", people.sam, at="2026-09-12T09:00:00Z", **told_it)
    assert to_be_told(runtime, people.sam) == {}


def test_who_received_data_from_the_record_that_goes_on_is_told_of_a_correction_of_the_duplicate_law_a19_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People
):
    give(ledger, "share-data", people.sam, at="2026-01-05T09:00:00Z", share_id="s", sent_to="jobcentre-plus")
    give(ledger, "share-data", people.else_, at="2026-01-05T09:00:00Z", share_id="t", sent_to="a-college")
    merge(ledger, people.again, people.sam)
    merge(ledger, people.else_, people.sam, merge_id="another")
    number = decide(ledger, people.again, "correction")

    assert to_be_told(runtime, people.again).keys() == {(number, "jobcentre-plus"), (number, "a-college")}


@pytest.mark.parametrize(("happened", "found"), [("2026-09-04T09:00:00Z", True), ("2026-09-06T09:00:00Z", False)])
def test_a_share_of_the_other_record_from_before_a_correction_that_is_recorded_after_it_is_told_as_well_ledg_10(
    runtime: Runtime,
    ledger: Ledger,
    people: People,
    happened: str,
    found: bool,  # noqa: FBT001
):
    merge(ledger, people.again, people.sam)
    number = decide(ledger, people.sam, "correction")
    give(ledger, "share-data", people.again, at=happened, share_id="s", sent_to="jobcentre-plus", items=["Email"])

    assert to_be_told(runtime, people.sam) == ({(number, "jobcentre-plus"): "2026-10-05"} if found else {})


def test_nobody_who_was_found_by_a_wrong_merge_alone_is_to_be_told_once_it_is_undone_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People
):
    give(ledger, "share-data", people.sam, at="2026-01-05T09:00:00Z", share_id="s", sent_to="a-college")
    of_two_records(ledger, people)
    number = decide(ledger, people.sam, "correction")
    assert to_be_told(runtime, people.sam).keys() == {(number, "jobcentre-plus"), (number, "a-college")}
    unmerge(ledger, people.again)

    assert to_be_told(runtime, people.sam).keys() == {(number, "a-college")}
    decide(ledger, people.sam, "erasure")
    assert {recipient for _, recipient in to_be_told(runtime, people.sam)} == {"a-college"}


def test_another_item_that_went_from_the_other_record_is_nobody_s_to_hear_and_the_report_claims_nothing_false(
    runtime: Runtime, ledger: Ledger, people: People
):
    of_two_records(ledger, people, items=["D28"])
    first = decide(ledger, people.sam, "correction")
    assert to_be_told(runtime, people.sam) == {}
    assert sentence_of(runtime, people, first).startswith("Nobody else had received this data before")


def test_a_correction_from_before_the_merge_does_not_say_that_nobody_had_received_the_data_law_a19(
    runtime: Runtime, ledger: Ledger, people: People
):
    before: dict[str, Any] = {"collection": "contacts", "values": {"EmailAddress": "new@carter.example"}}
    give(ledger, "correct-record", people.sam, at="2026-08-05T09:00:00Z", correction_id="before", **before)
    of_two_records(ledger, people)

    assert to_be_told(runtime, people.sam) == {}
    assert sentence_of(runtime, people, "before").startswith("Nobody is on the list to be told. Who received data")


def sentence_of(runtime: Runtime, people: People, matter: str) -> str:
    rows = composed.report(runtime, people.sam, CASE_WORKER, "test")["recipients"]["rows"]
    return next(str(row["sentence"]) for row in rows if row["matter_id"] == matter)


# The subject-access report and provenance.


def test_the_report_of_a_person_has_a_part_for_each_record_until_they_are_unmerged(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    made = composed.report(runtime, people.sam, CASE_WORKER, "test")
    [other] = made["other_records"]
    assert (made["customer_id"], other["customer_id"]) == (str(people.sam), str(people.again))
    assert ("learn bookkeeping" in repr(made["R1"]), "learn welding" in repr(made["R1"])) == (True, False)
    assert ("learn bookkeeping" in repr(other["R1"]), "learn welding" in repr(other["R1"])) == (False, True)
    assert "gardening" not in repr(made)
    assert [told(ledger, number)[-1] for number in (people.sam, people.again)] == ["personal-data-read"] * 2
    from_duplicate = composed.report(runtime, people.again, CASE_WORKER, "test")
    assert [one["customer_id"] for one in from_duplicate["other_records"]] == [str(people.sam)]

    unmerge(ledger, people.again)
    alone = composed.report(runtime, people.sam, CASE_WORKER, "test")
    assert (alone["other_records"], "welding" in repr(alone)) == ([], False)
    assert str(people.again) not in repr(alone)  # nor is it said with whom one was mistaken
    assert sum("that record may turn out" in row["why"] for row in alone["R12"]["rows"]) == 1


def test_the_page_of_the_report_has_a_headed_part_for_each_record_and_no_place_twice(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    page = report_page.render(composed.report(runtime, people.sam, CASE_WORKER, "test"))
    assert f"Your record with number {people.again}</h2>" in page
    places = [piece.split('"')[0] for piece in page.split(' id="')[1:]]
    assert len(places) == len(set(places))
    assert {"record-2-record", "record-2-data", "data"} <= set(places)
    links = {piece.split('"')[0] for piece in page.split('href="#')[1:]}
    assert links <= set(places)
    assert "welding" in page.split('id="record-2-record"')[1]
    assert "welding" not in page.split('id="record-2-record"')[0]


def test_what_a_request_leaves_out_is_left_out_of_every_record_of_the_person(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    number = str(uuid.uuid4())
    asked = command("receive-request", people.sam, at=AT, request_id=number, kind="access", organisation="prime-north")
    ledger.record(asked, CASE_WORKER)
    weighed = {
        "provision": "EX-19",
        "extent": "all",
        "reason": "invented",
        "decided_by": "invented",
        "told": "invented",
    }
    left_out: dict[str, Any] = {"request_id": number, "record_id": "goal welding", **weighed}
    give(ledger, "withhold-item", at="2026-09-04T09:00:00Z", **left_out, by=CASE_WORKER)

    assert "learn welding" not in repr(composed.report(runtime, people.sam, CASE_WORKER, "test"))


def test_a_contractor_reports_only_the_records_they_served_and_says_that_there_is_another(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    made = composed.report(runtime, people.again, OF_SOUTH, "test")
    assert (made["other_records"], made["other_records_not_shown"]) == ([], 1)
    assert "bookkeeping" not in repr(made)
    assert "This report is not complete: 1 other record" in report_page.render(made)
    with pytest.raises(UnknownCustomer):
        composed.report(runtime, people.sam, OF_SOUTH, "test")
    rows = composed.provenance_table(runtime, people.again, OF_SOUTH, "test")
    assert (rows["other_records"], rows["other_records_not_shown"]) == ([], 1)


def test_provenance_follows_a_merge_and_says_of_each_item_which_record_it_is_of(
    runtime: Runtime, ledger: Ledger, people: People
):
    def goals(number: uuid.UUID) -> set[tuple[str, str]]:
        rows = composed.provenance_table(runtime, number, CASE_WORKER, "test")["rows"]
        return {(row["customer_id"], row["record_id"]) for row in rows if row["record_id"]}

    merge(ledger, people.again, people.sam)
    both = {(str(people.sam), "goal bookkeeping"), (str(people.again), "goal welding")}
    assert goals(people.sam) == goals(people.again) == both
    document = composed.prov_json(runtime, people.sam, CASE_WORKER, "test")
    assert {entity["ledger:about"] for entity in document["entity"].values()} == {str(people.sam), str(people.again)}
    picture = provenance.svg(runtime, people.sam, CASE_WORKER, "test")
    assert f"record {people.again}" in picture
    assert [told(ledger, number)[-1] for number in (people.sam, people.again)] == ["personal-data-read"] * 2

    unmerge(ledger, people.again)
    assert goals(people.sam) == {(str(people.sam), "goal bookkeeping")}
    assert "record " not in provenance.svg(runtime, people.sam, CASE_WORKER, "test")


def test_as_of_shows_the_hold_of_the_other_record_while_they_were_one(runtime: Runtime, ledger: Ledger, people: People):
    give(ledger, "place-hold", people.sam, at=AT, hold_id="h", code="HOLD_LEGAL")
    merge(ledger, people.again, people.sam)
    then = ledger.now()
    unmerge(ledger, people.again)
    runtime.project()

    with runtime.projector() as connection, runner.as_of(connection, moment=then, only=people.again):
        assert {tuple(row.held_by) for row in retention.for_customer(connection, people.again)} == {("h",)}


def test_a_hold_that_is_placed_on_the_other_record_meanwhile_is_not_missed_dest_03_ledg_18(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
):
    merge(ledger, people.again, people.sam)
    appending, placed = ledger.recorder.append, list[str]()

    def after_a_hold(batch: Batch) -> Appended:
        if not placed:
            placed.append("hold-placed")
            give(ledger, "place-hold", people.sam, by=CASE_WORKER, hold_id="h", code="HOLD_LEGAL", reason="a claim")
        return appending(batch)

    listed = approved(ledger, people.again, due_now(ledger, people.again, "identity"), on="2026-11-22")
    monkeypatch.setattr(ledger.recorder, "append", after_a_hold)
    with pytest.raises(Held):
        give(ledger, "destroy-records", people.again, at="2026-09-10T09:00:00Z", by=RECORDS_MANAGER, **listed)
    assert told(ledger, people.sam)[-1:] == placed
    assert "records-destroyed" not in told(ledger, people.again)
