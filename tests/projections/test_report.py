"""The subject-access report: complete by construction, in plain English, about one person and nobody else."""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from api import report_page
from api.casework import customers, destruction, exports
from api.casework.runtime import Runtime
from ledger import events
from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS
from ledger.errors import UnknownCustomer
from ledger.store.append_call import Batch
from ledger.vault import seal
from ledger.vault.seal import Continuation
from projections.subject_access.internal_notes import NOTES
from tests import composed, story
from tests.runtimes import Runtimes
from tests.sharing import register
from tests.story import KIM, REPORTER, ROBIN, give

SECTIONS = {f"R{number}" for number in range(14)} | {"R6a"}
WHEN, DAY = "2024-03-05T10:00:00Z", "2024-03-05"


@pytest.fixture
def registers(runtime: Runtime) -> Runtime:
    """The organisations of Robin's story."""
    story.register_organisations(runtime.ledger)
    return runtime


@pytest.fixture
def told(registers: Runtime) -> Runtime:
    story.tell_robins_story(registers.ledger)
    return registers


@pytest.fixture(scope="module")
def read(runtimes: Runtimes) -> Iterator[dict[str, Any]]:
    """Robin's report before anything unusual happens, for the tests that only look."""
    with runtimes() as opened:
        story.register_organisations(opened.ledger)
        story.tell_robins_story(opened.ledger)
        yield made(opened)


def made(runtime: Runtime, who: uuid.UUID = ROBIN) -> dict[str, Any]:
    return composed.report(runtime, who, REPORTER, "test")


def every_entry(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for group in said["R1"]["groups"] for entry in group["history"]]


# Complete by construction.


def filled(kind: type[events.Event]) -> events.Event:
    """An event of this kind with something in every declared field."""
    hints = typing.get_type_hints(kind, vars(events))
    return kind(**{field.name: _value(kind, field.name, hints[field.name]) for field in dataclasses.fields(kind)})


def _value(kind: type[events.Event], name: str, hint: Any) -> Any:
    fixed: dict[str, Any] = {"kept_as": "service", "classes": ("service",), "remains": ("identity",), "on": DAY}
    fixed |= {"into": str(uuid.UUID(int=7)), "duplicate": str(uuid.UUID(int=7))}
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    planted = _planted(kind.NAME, name)
    if name in fixed:
        return fixed[name]
    if name.endswith("_at"):
        return WHEN
    if name in {"review_on", "valid_from", "until"}:
        return DAY
    if any(typing.get_origin(option) is dict for option in options):
        return {"Planted": planted, "GivenName": "Planted"}  # the name that the file of a message for several bears
    if any(typing.get_origin(option) is tuple for option in options):
        return ({"class": "service", "rule": planted},) if name == "destroyed" else (planted,)
    return True if bool in options else 7 if options == (int,) or options == (int, type(None)) else planted


def _planted(kind: str, name: str) -> str:
    """Without an underscore, which a code that no list explains loses when it is said."""
    return f"planted-{kind}-{name}".replace("_", "-")


def append(runtime: Runtime, stream: uuid.UUID, made_events: list[events.Event]) -> None:
    """Append events as they are: no command leads to all of them with every field."""
    begun = Continuation(runtime.ledger.vault, stream, None, dict)
    at = datetime(2024, 3, 5, tzinfo=UTC)
    actor = seal.actor(runtime.ledger.vault, story.ADVISER)
    entries = [
        begun.entry(uuid.uuid4(), event, occurred_at=at, recorded_at=runtime.ledger.now(), actor=actor)
        for event in made_events
    ]
    batch = Batch(entries=entries, command=uuid.uuid4(), digest=b"every field", keys=begun.new_keys)
    runtime.ledger.recorder.append(batch)


def of_a_customer() -> list[type[events.Event]]:
    elsewhere = {kind.makes for kind in COMMANDS.values() if kind.subject != "customer"}
    elsewhere |= {events.ClaimReceived, events.ClaimOpened}  # beside the customer's entries
    elsewhere |= {events.AccessRefused, events.AttemptsOpened}  # in the access file of an organisation
    return [kind for kind in events.EVENTS.values() if kind not in elsewhere]


def test_every_field_of_every_event_is_in_the_report_with_its_label_and_its_value(registers):
    everything = [filled(kind) for kind in of_a_customer()]
    append(registers, ROBIN, everything)
    said = made(registers)
    page = " ".join(report_page.render(said).split())
    entries = {entry["type"]: entry for entry in reversed(every_entry(said))}
    for event in everything:
        entry = entries[event.NAME]
        shown = {field["name"]: field for field in (*entry["fields"], *entry["technical"])}
        inside = NOTES.get(event.NAME, frozenset())
        assert not inside & shown.keys(), event.NAME  # the controller's own analysis (LEDG-19)
        for name, label in events.labels(type(event)).items():
            if name in inside:
                continue
            assert shown[name]["label"] == label, (event.NAME, name)
            assert shown[name]["text"], (event.NAME, name)
            assert (label[:1].upper() + label[1:]).replace("'", "&#39;") in page, (event.NAME, name)
    withheld = {_planted(kind, name) for kind, names in NOTES.items() for name in names}
    withheld.add(_planted("data-shared", "subject"))
    planted = set(re.findall(r"planted-[a-z_-]+", json.dumps([dataclasses.asdict(event) for event in everything])))
    assert planted - withheld == planted & set(re.findall(r"planted-[a-z_-]+", json.dumps(every_entry(said))))


def test_an_event_nobody_thought_of_is_not_lost(registers, monkeypatch):
    append(registers, ROBIN, [filled(events.CustomerRegistered), filled(events.CustomerInformed)])
    monkeypatch.setattr("projections.subject_access.data_copy._GROUP_OF_EVENT", {})
    said = made(registers)
    assert [group["group"] for group in said["R1"]["groups"]][-1] == "other"
    assert "customer-informed" in {entry["type"] for entry in every_entry(said)}


def test_the_report_has_every_section_the_law_asks_for_each_with_a_heading(read):
    said = read
    assert said.keys() >= SECTIONS
    assert all(said[section]["heading"] for section in SECTIONS)


# About one person and nobody else.


def test_a_share_of_ten_plans_shows_each_person_their_own_and_never_who_the_others_were(registers):
    people = [uuid.uuid4() for _ in range(10)]
    for number, who in enumerate(people):
        story.give(
            registers.ledger, "register-customer", who, at="2024-01-09T09:30:00Z", organisation="0000000103",
            values={
                "given_name": f"Given{number}X", "family_name": f"Family{number}X", "email": f"own{number}x@a.example",
            },
        )  # fmt: skip
    story.give(
        registers.ledger, "share-data", at="2024-02-14T15:20:00Z", channel="EMAIL", sent_by="0000000103",
        sent_to="jobcentre-plus", items=["D25"], subject=" and ".join(f"Family{number}X" for number in range(10)),
        customers=[
            {"customer_id": str(who),
             "file_names": [f"Given{number}X-Family{number}X-file{number}x.pdf"], "values": {"goal": f"goal{number}x"}}
            for number, who in enumerate(people)
        ],
    )  # fmt: skip
    for number, who in enumerate(people):
        said = made(registers, who)
        text = json.dumps(said) + report_page.render(said)
        assert {f"file{number}x.pdf", f"goal{number}x"} <= set(re.findall(r"file\dx\.pdf|goal\dx", text))
        others = [
            f"{word}{other}x"
            for other in range(10)
            if other != number
            for word in ("given", "family", "own", "file", "goal")
        ]
        assert not [word for word in others if word in text.lower()]
        assert not [str(other) for other in people if other != who and str(other) in text]
        assert said["R4"]["rows"][0]["other_people_in_share"] == 9


def test_a_subject_line_that_may_name_others_is_left_out_and_said_to_be(told):
    story.share_of_two(told.ledger)
    said = made(told)
    assert "Otherperson" not in json.dumps(said)
    [left_out] = said["R12"]["rows"]
    assert left_out["provision"] == "Data Protection Act 2018, Schedule 2, paragraph 16"
    assert "Robin-Example.pdf" in json.dumps(said)


def test_a_list_of_everybodys_files_is_cut_down_to_ones_own_and_that_is_said(told):
    story.give(told.ledger, "register-customer", KIM, at="2024-01-09T09:30:00Z", organisation="0000000103",
               values={"family_name": "Otherperson"})  # fmt: skip
    story.give(
        told.ledger, "share-data", at="2024-02-14T15:20:00Z", channel="EMAIL", sent_to="jobcentre-plus",
        customers=[
            {"customer_id": str(ROBIN), "file_names": ["Robin-Example.pdf", "Kim-Otherperson.pdf"]},
            {"customer_id": str(KIM)},
        ],
    )  # fmt: skip
    said = made(told)
    assert "Otherperson" not in json.dumps(said)
    assert "Robin-Example.pdf" in json.dumps(said["R4"])
    assert [row["what"] for row in said["R12"]["rows"]] == ["names of other files of a message: 1"]


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        (["Kim-Otherperson.pdf"], set()),
        (["Kim-Example.pdf", "Example.pdf"], set()),
        (["Robinson-Crusoe-Example.pdf", "robin_example (final).PDF"], {"robin_example (final).PDF"}),
    ],
)
def test_of_a_message_for_several_only_files_that_bear_ones_whole_name_are_shown_conf_17(told, files, shown):
    story.give(told.ledger, "register-customer", KIM, at="2024-01-09T09:30:00Z", organisation="0000000103",
               values={"family_name": "Otherperson"})  # fmt: skip
    story.give(
        told.ledger, "share-data", at="2024-02-14T15:20:00Z", channel="EMAIL", sent_to="jobcentre-plus",
        customers=[{"customer_id": str(ROBIN), "file_names": files}, {"customer_id": str(KIM)}],
    )  # fmt: skip
    said = made(told)
    assert {file for file in files if file in json.dumps(said)} == shown
    assert [row["what"] for row in said["R12"]["rows"]] == [
        f"names of other files of a message: {len(files) - len(shown)}"
    ]


def test_with_nothing_left_out_the_report_says_so(read):
    assert read["R12"]["rows"] == []
    assert read["R12"]["sentence"].startswith("Nothing was left out")


# Read first, then told.


def test_the_report_itself_is_in_the_list_of_who_looked(read):
    last = read["readings"]["rows"][-1]
    assert (last["role"], last["organisation"]) == ("case worker", "Department for Education")
    assert last["purpose"] == "to prepare a report like this one"


def test_an_unknown_customer_has_no_report_and_leaves_no_trace(told):
    before = told.ledger.recorder.max_notification_id()
    with pytest.raises(UnknownCustomer):
        made(told, uuid.uuid4())
    assert told.ledger.recorder.max_notification_id() == before


def test_a_contractor_who_never_served_the_customer_gets_no_report(told):
    register(told.ledger, "0000000109")
    stranger = Caller(role="contractor", organisation="0000000109", subject="adviser nine")
    with pytest.raises(UnknownCustomer):
        composed.report(told, ROBIN, stranger, "test")


def test_the_report_says_up_to_which_entry_it_was_made_and_holds_no_later_one(told):
    said = made(told)
    story.give(told.ledger, "hold-interaction", ROBIN, at="2026-03-01T09:00:00Z", channel=2, note="later")
    assert said["R11"]["upto_position"] == said["as_of_position"] == max(e["position"] for e in every_entry(said))


# In words.


def test_current_values_come_first_and_the_history_after(read):
    contact = next(group for group in read["R1"]["groups"] if group["group"] == "contact")
    now = {field["label"]: field["text"] for field in contact["current"][0]["fields"]}
    assert now == {
        "Email address": "robin@new.example",
        "Mobile number": "07700 900456",
        "Preferred way to be contacted": "Email",
    }
    assert [entry["when"] for entry in contact["history"]] == ["8 January 2024 at 9:40am", "2 July 2024 at 9:05am"]
    assert "robin@old.example" in json.dumps(contact["history"])


def test_codes_are_words_and_organisations_have_names(read):
    page = report_page.render(read)
    for words in ("Jobcentre Plus, with data", "Customer choice", "Forgot", "benefit status or type", "Learning"):
        assert words in page
    share = read["R4"]["rows"]
    assert {(one["from"], one["to"]) for one in share} == {
        ("Prospects (London), touchpoint 0000000103", "Signpost Advice"),
        ("Jobcentre Plus", "Prospects (London), touchpoint 0000000103"),
    }


def test_a_share_is_shown_with_everything_that_is_known_of_it(told):
    story.share_of_two(told.ledger)
    share = next(one for one in made(told)["R4"]["rows"] if one["share_id"] == "share-1")
    assert share["when"] == "14 February 2024 at 3:20pm"
    assert share["items"] == ["name", "email address", "careers goals"]
    assert (share["channel"], share["purpose"], share["lawful_basis"], share["agreement"]) == (
        "by email",
        "employment and training",
        "public task",
        "agreement 4",
    )
    assert (share["office"], share["controller"]) == ("Leeds", "Department for Education")
    assert share["confirmed"] == "15 February 2024 at 8:00am"


def test_consents_are_told_with_their_whole_history(told):
    story.give(told.ledger, "withdraw-consent", ROBIN, at="2024-09-01T09:00:00Z", scope="collect_ethnicity",
               channel="ACCOUNT", organisation="0000000103")  # fmt: skip
    [consent] = made(told)["consents"]["rows"]
    assert (consent["state"], [one["state"] for one in consent["history"]]) == ("withdrawn", ["given", "withdrawn"])
    assert consent["history"][0]["evidence"] == "Yes, that is fine"
    assert consent["history"][0]["notice"] == "privacy notice of May 2018"
    assert consent["history"][1]["how"] == "in the online account"


def test_a_consent_that_is_asked_for_again_stands_as_it_was_answered(told):
    """CONSENT-17"""
    story.give(told.ledger, "ask-consent", ROBIN, at="2024-09-01T09:00:00Z", scope="collect_ethnicity")
    [consent] = made(told)["consents"]["rows"]
    assert (consent["state"], consent["since"]) == ("given", "8 January 2024 at 9:46am")
    assert [one["state"] for one in consent["history"]] == ["given", "asked"]


def test_whoever_said_no_and_says_it_again_says_no_since_the_first_time_at_every_door(told):
    """CONSENT-17"""
    for word, at in (("withdraw", "2024-03-01T09:00:00Z"), ("refuse", "2024-04-01T09:00:00Z")):
        story.give(told.ledger, f"{word}-consent", ROBIN, at=at, scope="collect_ethnicity", channel="TELEPHONE")
    [consent] = made(told)["consents"]["rows"]
    assert (consent["state"], consent["since"]) == ("withdrawn", "1 March 2024 at 9:00am")
    view: Any = customers.customer(told, ROBIN, REPORTER, route="test")["consents"]
    assert view["collect_ethnicity"] == {"state": "withdrawn", "since": "2024-03-01T09:00:00Z"}
    [record] = exports.consent_records(told, ROBIN, REPORTER, "test").records
    assert record.state == "ConsentWithdrawn"


def test_the_controller_is_told_as_at_each_entry_and_today(read):
    said = read["R13"]
    assert said["today"] == "Department for Work and Pensions"
    assert [(row["controller"], row["from"]) for row in said["rows"]] == [
        ("Department for Education", "the beginning"),
        ("Department for Work and Pensions", "1 October 2026"),
    ]
    assert [row["entries"] for row in said["rows"]] == [len(every_entry(read)) - 1, 1]


def test_the_controller_and_the_names_of_a_day_change_at_midnight_in_london_party_03(registers):
    give(registers.ledger, "register-customer", ROBIN, at="2026-09-30T22:29:00Z", organisation="0000000103",
         values={"given_name": "Robin"})  # fmt: skip
    give(registers.ledger, "register-organisation", at="2026-10-01T00:00:00Z", by=story.MANAGER,
         valid_from="2026-10-01", organisation="jobcentre-plus", name="Jobs and Careers",
         kind="Jobcentre Plus")  # fmt: skip
    for share, at in (("before", "2026-09-30T22:30:00Z"), ("after", "2026-09-30T23:30:00Z")):
        give(registers.ledger, "share-data", ROBIN, at=at, share_id=share, channel="EMAIL", sent_by="0000000103",
             sent_to="jobcentre-plus", items=["D01"], purpose="employment and training")  # fmt: skip
    said = made(registers)
    assert [(row["share_id"], row["controller"], row["to"]) for row in said["R4"]["rows"]] == [
        ("before", "Department for Education", "Jobcentre Plus"),
        ("after", "Department for Work and Pensions", "Jobs and Careers"),
    ]
    assert {row["controller"] for row in said["R13"]["rows"] if row["entries"]} == {
        "Department for Education", "Department for Work and Pensions",
    }  # fmt: skip


def test_the_regulator_is_named_as_the_settings_have_it(read):
    assert "the Test Commission" in read["R7"]["sentence"]


def test_how_long_each_class_is_kept_is_told_with_the_rule_and_what_holds_it(read):
    kept = {row["class"]: row for row in read["R5"]["rows"]}
    assert kept["payment_evidence"]["until"] == "to be destroyed by 12 January 2032"
    assert "six years" in kept["payment_evidence"]["sentence"]
    assert kept["service"]["held_by"] == ["a legal claim or case"]


# What was destroyed.


def test_after_destruction_the_report_tells_what_when_and_why_and_nothing_that_was_said(told, clock):
    story.give(told.ledger, "lift-hold", ROBIN, at="2026-02-03T09:00:00Z", hold_id="hold-1")
    clock.time = datetime(2033, 1, 1, 9, 0, tzinfo=UTC)
    destruction.destroy(told, date(2033, 1, 1), story.MANAGER)
    said = made(told)
    text = json.dumps(said) + report_page.render(said)
    for gone in ("Robin", "robin@", "07700", "bookkeeping", "Lee Coach", "job seeker", "first talk"):
        assert gone not in text
    assert said["R0"]["held"] is False
    assert {row["class"] for row in said["destroyed"]["rows"]} >= {"identity", "service", "payment_evidence"}
    assert all(row["rule"] and row["when"].startswith("1 January 2033") for row in said["destroyed"]["rows"])
    registered = next(entry for entry in every_entry(said) if entry["type"] == "customer-registered")
    assert registered["destroyed"] == "destroyed on 1 January 2033 at 9:00am under rule RET-NCS-03"


def test_partial_destruction_is_not_told_as_if_everything_were_gone(told, clock):
    clock.time = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)
    destruction.destroy(told, date(2027, 6, 1), story.MANAGER)
    said = made(told)
    assert said["R0"]["held"] is True
    assert "first talk" in json.dumps(said)
    assert "robin@new.example" not in json.dumps(said)


# The page.


class Outline(HTMLParser):
    """Headings in order, tables without a caption or scopes, and whatever points outside the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.outside: list[str] = []
        self.tables = self.captions = 0
        self.bare_headers = 0
        self.language: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.bare_headers += tag == "th" and "scope" not in said
        self.language = said["lang"] if tag == "html" else self.language
        if said.get("id"):
            self.ids.add(str(said["id"]))
        if str(said.get("href", "")).startswith("#"):
            self.links.append(str(said["href"])[1:])
        if tag in {"script", "link", "img", "iframe", "object"} or said.get("src"):
            self.outside.append(tag)


def test_the_page_stands_alone_and_can_be_read_by_anybody(read):
    page = Outline(report_page.render(read))
    assert page.language == "en-GB"
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert page.tables == page.captions > 10
    assert page.bare_headers == 0
    assert set(page.links) <= page.ids
    assert page.outside == []


def test_what_a_person_said_cannot_become_markup(registers):
    story.give(registers.ledger, "register-customer", KIM, at="2024-01-08T09:30:00Z", organisation="0000000103",
               values={"given_name": "<script>alert(1)</script>"})  # fmt: skip
    page = report_page.render(made(registers, KIM))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
