"""Provenance: where each item came from, what became of it and everyone it went to, as table, PROV-JSON and picture."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from prov.model import ProvDocument

from api.casework import destruction, provenance
from api.casework.runtime import Runtime
from ledger.errors import UnknownCustomer
from projections.provenance import picture
from projections.provenance.picture import Step
from tests import composed, story
from tests.runtimes import Runtimes
from tests.story import REPORTER, ROBIN

PERSONAL = ("Robin", "Example", "robin@", "07700", "bookkeeping", "Lee Coach", "job seeker", "Otherperson", "autumn")


@pytest.fixture(scope="module")
def told(runtimes: Runtimes) -> Iterator[Runtime]:
    with runtimes() as opened:
        story.register_organisations(opened.ledger)
        story.tell_robins_story(opened.ledger)
        story.share_of_two(opened.ledger)
        yield opened


@pytest.fixture(scope="module")
def rows(told: Runtime) -> dict[str, dict[str, Any]]:
    return {row["item"]: row for row in composed.provenance_table(told, ROBIN, REPORTER, "test")["rows"]}


@pytest.fixture(scope="module")
def document(told: Runtime) -> dict[str, Any]:
    return composed.prov_json(told, ROBIN, REPORTER, "test")


# The table.


def test_each_item_says_whence_when_and_how_it_came(rows):
    contact = rows["Contact details"]
    assert contact["from"] == "Prospects (London), touchpoint 0000000103"
    assert contact["when"] == "8 January 2024 at 9:40am"
    assert contact["data"] == ["Email address", "Mobile number", "Preferred way to be contacted"]
    received = rows["Data about you was received"]
    assert (received["from"], received["how"]) == ("Jobcentre Plus", "received by email")


def test_what_happened_to_an_item_afterwards_is_told_in_order(rows):
    assert [one["what"] for one in rows["Contact details"]["after"]] == ["corrected: Email address"]
    assert [one["what"] for one in rows["Data about you was received"]["after"]] == [
        "put into your record",
        "the copy received (email) was deleted or destroyed",
    ]


def test_an_item_went_to_everyone_whose_share_named_it_and_to_whom_the_customer_was_referred(rows):
    def went(item: str) -> list[str]:
        return [one["to"] for one in rows[item]["went_to"]]

    assert went("Contact details") == ["Signpost Advice", "Jobcentre Plus"]
    assert went("Goal of an action plan") == ["Signpost Advice", "Jobcentre Plus"]
    assert went("Equality details") == ["Signpost Advice"]
    assert went("Data about you was received") == []


@pytest.mark.parametrize("items", [["D01", "D03"], ["Full Name", "EmailAddress"]])
def test_what_came_after_a_share_did_not_go_with_it_however_its_items_are_written(told, items: list[str]):
    later = uuid.uuid4()
    story.give(told.ledger, "register-customer", later, at="2024-01-08T09:30:00Z", organisation="0000000103",
               values={"given_name": "Alex"})  # fmt: skip
    story.give(told.ledger, "share-data", later, at="2024-02-01T09:00:00Z", channel="POST", sent_by="0000000103",
               sent_to="jobcentre-plus", items=items)  # fmt: skip
    story.give(told.ledger, "keep-record", later, at="2024-03-01T09:00:00Z", collection="contacts", record_id="late",
               values={"EmailAddress": "late@a.example"})  # fmt: skip
    said = {row["item"]: row for row in composed.provenance_table(told, later, REPORTER, "test")["rows"]}
    assert [one["to"] for one in said["Customer"]["went_to"]] == ["Jobcentre Plus"]
    assert said["Contact details"]["went_to"] == []


def test_a_share_that_does_not_say_which_items_went_is_listed_by_itself(told):
    who = uuid.uuid4()
    story.give(told.ledger, "register-customer", who, at="2024-01-08T09:30:00Z", values={"given_name": "Alex"})
    story.give(told.ledger, "share-data", who, at="2024-02-01T09:00:00Z", channel="HAND", sent_to="jobcentre-plus")
    said = composed.provenance_table(told, who, REPORTER, "test")
    assert [one["to"] for one in said["shares_without_items"]] == ["Jobcentre Plus"]


def test_asking_for_provenance_is_a_recorded_reading_and_nobody_unknown_has_any(told):
    before = told.ledger.recorder.max_notification_id()
    provenance.svg(told, ROBIN, REPORTER, "test")
    assert told.ledger.recorder.max_notification_id() == before + 1
    with pytest.raises(UnknownCustomer):
        composed.provenance_table(told, uuid.uuid4(), REPORTER, "test")
    assert told.ledger.recorder.max_notification_id() == before + 1


# PROV-JSON.


def test_the_document_is_prov_json_and_comes_back_from_the_library_unchanged(document):
    read = ProvDocument.deserialize(content=json.dumps(document), format="json")
    again = ProvDocument.deserialize(content=read.serialize(format="json"), format="json")
    assert read == again
    returned = json.loads(str(read.serialize(format="json")))
    assert returned.keys() == document.keys()
    for kind, said in document.items():
        assert len(returned[kind]) == len(said), kind


def test_it_holds_numbers_and_names_of_organisations_and_nothing_a_person_said(document):
    text = json.dumps(document)
    assert "Signpost Advice" in text
    assert not [word for word in PERSONAL if word in text]


def related(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return list(document[kind].values())


def test_a_corrected_record_revises_the_version_before_it(document, rows):
    first = rows["Contact details"]["position"]
    revisions = [
        one for one in related(document, "wasDerivedFrom") if one.get("prov:type", {}).get("$") == "prov:Revision"
    ]
    assert [
        (one["prov:usedEntity"], one["prov:generatedEntity"])
        for one in revisions
        if one["prov:usedEntity"] == f"ledger:entry-{first}"
    ] == [(f"ledger:entry-{first}", f"ledger:entry-{first + 1}")]


def test_a_share_uses_the_version_that_was_current_and_is_associated_with_both_sides(document, rows):
    share = rows["Contact details"]["went_to"][1]
    activity = f"ledger:activity-{share['position']}"
    used = {one["prov:entity"] for one in related(document, "used") if one["prov:activity"] == activity}
    assert f"ledger:entry-{rows['Contact details']['position']}" in used
    sides = {
        (one["prov:role"], one["prov:agent"])
        for one in related(document, "wasAssociatedWith")
        if one["prov:activity"] == activity
    }
    assert sides == {("sender", "ledger:organisation-0000000103"), ("recipient", "ledger:organisation-jobcentre-plus")}


def test_a_sub_contractor_acts_on_behalf_of_its_prime_and_the_prime_of_the_controller(document):
    chain = {(one["prov:delegate"], one["prov:responsible"]) for one in related(document, "actedOnBehalfOf")}
    assert chain == {
        ("ledger:organisation-0000000777", "ledger:organisation-0000000103"),
        ("ledger:organisation-0000000103", "ledger:organisation-department-for-education"),
    }


def test_destruction_invalidates_what_it_destroyed_and_is_told_and_drawn(runtimes, clock):
    with runtimes(clock) as runtime:
        story.register_organisations(runtime.ledger)
        story.tell_robins_story(runtime.ledger)
        clock.time = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)
        destruction.destroy(runtime, date(2027, 6, 1), story.MANAGER)
        rows = {row["item"]: row for row in composed.provenance_table(runtime, ROBIN, REPORTER, "test")["rows"]}
        document = composed.prov_json(runtime, ROBIN, REPORTER, "test")
        drawn = provenance.svg(runtime, ROBIN, REPORTER, "test")
    assert rows["Contact details"]["after"][-1]["what"] == "destroyed under rule RET-NCS-03"
    gone = {one["prov:entity"] for one in related(document, "wasInvalidatedBy")}
    assert f"ledger:entry-{rows['Contact details']['position']}" in gone
    assert f"ledger:entry-{rows['Action plan']['position']}" not in gone
    assert "records destroyed" in drawn
    assert not [word for word in PERSONAL if word in json.dumps(rows) + json.dumps(document) + drawn]
    ProvDocument.deserialize(content=json.dumps(document), format="json")


# The picture.


def test_the_picture_says_in_words_what_it_shows(told):
    drawn = ET.fromstring(provenance.svg(told, ROBIN, REPORTER, "test"))  # noqa: S314 (our own)
    space = {"svg": "http://www.w3.org/2000/svg"}
    title, words = drawn.find("svg:title", space), drawn.find("svg:desc", space)
    assert drawn.get("role") == "img"
    assert title is not None
    assert words is not None
    assert drawn.get("aria-labelledby") == f"{title.get('id')} {words.get('id')}"
    assert "14 February 2024: data shared by Prospects (London) to Jobcentre Plus" in str(words.text)
    assert not [word for word in PERSONAL if word in ET.tostring(drawn, encoding="unicode")]


def test_no_line_of_the_picture_lies_outside_it():
    step = Step(
        what="data shared", when="6 January 2025", by="A very long name " * 9, to="Another " * 20, data=["name"] * 90
    )
    drawn = ET.fromstring(picture.draw([step] * 9))  # noqa: S314 (our own)
    width, height = float(str(drawn.get("width"))), float(str(drawn.get("height")))
    for piece in drawn.iter():
        across, down = float(piece.get("x") or 0), float(piece.get("y") or 0)
        assert across + float(piece.get("width") or 0 if "rect" in piece.tag else 0) <= width
        assert down <= height


def test_a_name_cannot_break_out_of_the_picture():
    drawn = picture.draw([Step(what="data shared", when="x", by="</text><script>", to=None, data=["a & b"])])
    assert "<script>" not in drawn
    ET.fromstring(drawn)  # noqa: S314 (our own)


def test_with_nothing_recorded_the_picture_says_so():
    assert "Nothing is recorded." in picture.draw([])
