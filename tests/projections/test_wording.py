"""How codes, dates and parts are said to a reader."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.codes import rights
from ledger.commands import checks
from ledger.duties.catalogue import BY_KIND
from ledger.events import EVENTS
from projections.wording import classes, codes, dates, outcomes, parties, source_fields


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("2025-01-06", "6 January 2025"),
        ("2025-01-06T23:30:00Z", "6 January 2025 at 11:30pm"),
        ("2024-07-02T23:30:00Z", "3 July 2024 at 12:30am"),
        ("2024-07-02T11:05:00Z", "2 July 2024 at 12:05pm"),
        ("2024-07-02T11:05:00+01:00", "2 July 2024 at 11:05am"),
        (date(2025, 1, 6), "6 January 2025"),
        ("last spring", "last spring"),
    ],
)
def test_a_time_is_the_time_in_london_and_what_is_no_time_stays_as_it_was_said(said, words):
    assert dates.moment(said) == words


@pytest.mark.parametrize(
    ("collection", "field", "value", "words"),
    [
        ("customers", "Title", 4, "Dr"),
        ("contacts", "PreferredContactMethod", "1", "Email"),
        ("contacts", "PreferredContactMethod", "Email", "Email"),
        ("customers", "PriorityGroups", [1, 98], "18 to 24 not in education, employment or training, Not known"),
        ("customers", "Title", 77, "77"),
        ("customers", "DateofBirth", "1990-06-01T00:00:00Z", "1 June 1990"),
        ("sessions", "SessionAttended", False, "no"),
        (None, "anything", {"inner_name": ["a", "b"]}, "Inner name: a, b"),
    ],
)  # fmt: skip
def test_a_coded_value_is_said_in_words_and_an_unknown_code_is_not_lost(collection, field, value, words):
    assert source_fields.value_in_record(collection, field, value, {}) == words


@pytest.mark.parametrize(
    ("class_", "part", "words"),
    [
        ("service", "", "the advice and help you were given"),
        ("access_log", "2026-11", "which member of staff looked at your records (November 2026)"),
        ("received_from_jcp", "r-1", "what Jobcentre Plus told the National Careers Service about you (receipt r-1)"),
        ("service", "r-1", "the advice and help you were given (receipt r-1)"),
        ("did_not_attend", "generation-2", "an appointment you did not come to (kept again, time 2)"),
        ("service", "collect_ethnicity/generation-2",
         "the advice and help you were given (the recording of ethnic group, kept again, time 2)"),
    ],
)  # fmt: skip
def test_a_part_of_a_class_is_said_in_words(class_, part, words):
    assert classes.records(class_, part) == words


def test_an_organisation_is_said_by_its_registered_name_and_else_by_what_is_known_of_it():
    assert parties.organisation("0000000103", {"0000000103": "Newname"}) == "Newname, touchpoint 0000000103"
    assert parties.organisation("0000000103", {}) == "Prospects – London, touchpoint 0000000103"
    assert parties.organisation("0000000888", {}) == "touchpoint 0000000888, whose name is not registered"
    assert parties.organisation(None, {}) == "not recorded"


def test_a_lawful_basis_is_said_in_the_words_of_the_policy_and_one_nobody_knows_is_not_lost():
    assert codes.basis("A6-1-a") == "Article 6(1)(a) – you have given consent"
    assert codes.basis("public task") == "public task"


@pytest.mark.parametrize(
    ("event", "field", "codes"),
    [
        ("request-received", "kind", rights.KINDS),
        ("processing-restricted", "ground", checks.RESTRICTION_GROUNDS),
        ("objection-decided", "outcome", ("upheld", "overridden", "withdrawn")),
        ("recipient-notified", "not_told_because", ("impossible", "disproportionate")),
        ("breach-risk-assessed", "risk", checks.RISKS),
        ("breach-assessment-closed", "outcome", checks.BREACH_OUTCOMES),
        ("accuracy-checked", "outcome", rights.ACCURACY_OUTCOMES),
        ("response-sent", "outcome", rights.OUTCOMES),
        ("third-party-decided", "outcome", rights.THIRD_PARTY_OUTCOMES),
        ("time-extended", "ground", rights.EXTENSION_GROUNDS),
        ("item-withheld", "provision", tuple(rights.EXEMPTIONS)),
        ("request-refused", "provision", (*rights.REFUSALS, *rights.EXEMPTIONS)),
        ("request-refused", "routes", rights.ROUTES),
    ],
)  # fmt: skip
def test_every_code_that_a_command_may_carry_has_words(event, field, codes):
    assert set(codes) <= set(outcomes.CODES[event, field])


def test_every_coded_field_is_a_field_of_its_event_and_an_unknown_code_is_not_lost():
    assert [(event, field) for event, field in outcomes.CODES if field not in EVENTS[event].FACTS] == []
    assert outcomes.in_words("finding-closed", "reason_code", "STAFF_TOLD") == "staff told"
    assert outcomes.in_words("request-refused", "routes", ["court", "elsewhere"]) == "to a court, elsewhere"
    assert outcomes.in_words("data-shared", "purpose", "anything") is None


def test_every_duty_that_a_finding_may_be_about_has_words():
    assert set(outcomes.DUTIES) == set(BY_KIND)
    assert outcomes.subject("destroy-copy") == "destroying a copy at the end of a contract"
    assert outcomes.subject("response-sent") == "Your request was answered"


def test_an_item_is_said_once_although_a_record_names_it_by_code_and_by_name():
    assert codes.items(("D03", "email_address", "D04", "telephone_number", "shoe_size")) == [
        "email address", "telephone number", "shoe size",
    ]  # fmt: skip


@pytest.mark.parametrize("rule", ["RECT-04", "SAR-09", "LAW-CLK-13"])
def test_a_rule_of_the_sources_of_the_law_or_of_a_duty_is_said_with_its_sentence(rule):
    assert codes.rule(rule).startswith(f"{rule}: “")
