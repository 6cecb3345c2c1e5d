"""Every criterion of a search counts, or the search is refused with its name and nobody's record is opened."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api.casework import customers
from api.casework.runtime import Runtime
from api.pages.forms import day_of
from ledger.errors import Malformed
from ledger.events import PersonalDataRead
from tests.conftest import CASE_WORKER
from tests.sharing import register

SEAN = {
    "given_name": "Sean",
    "family_name": "O'Brien",
    "date_of_birth": "1980-03-04",
    "postcode": "ZZ1 1ZZ",
    "email": "sean@mail.example",
    "telephone": "07700 900456",
}


@pytest.fixture
def home(runtime: Runtime) -> Runtime:
    register(runtime.ledger, "controller", "controller")
    register(runtime.ledger, "0000000101")
    body = {
        "id": str(uuid.uuid4()), "type": "register-customer", "occurred_at": "2026-01-05T09:00:00Z",
        "customer_id": str(uuid.uuid4()), "organisation": "0000000101", "values": SEAN,
    }  # fmt: skip
    runtime.ledger.record(body, CASE_WORKER)
    return runtime


def searched(runtime: Runtime, **asked: str) -> int:
    return len(customers.search(runtime, CASE_WORKER, dict(asked), route="a test"))


def readings(runtime: Runtime) -> int:
    return sum(
        entry.topic.startswith(PersonalDataRead.NAME)
        for entry in runtime.ledger.recorder.select_notifications(start=1, limit=1_000)
    )


def test_what_can_be_searched_finds_whom_it_names_and_nobody_else(home):
    assert searched(home, email=SEAN["email"], family_name="o brien", date_of_birth=SEAN["date_of_birth"]) == 1
    assert searched(home, email=SEAN["email"], family_name="Wrongname", date_of_birth=SEAN["date_of_birth"]) == 0
    assert searched(home, postcode="zz11zz", date_of_birth=SEAN["date_of_birth"], telephone="+44 7700 900456") == 1
    assert searched(home, email=SEAN["email"], family_name="") == 1  # an empty field asks nothing


UNUSABLE: list[tuple[dict[str, str], str]] = [
    ({"email": SEAN["email"], "family_name": "Wrongname"}, "family_name"),
    ({"email": SEAN["email"], "postcode": "ZZ9 9ZZ"}, "postcode"),
    ({"email": SEAN["email"], "date_of_birth": "1999-01-01"}, "date_of_birth"),
    ({"email": SEAN["email"], "telephone": "none"}, "telephone"),
    ({"email": SEAN["email"], "telephone": " "}, "telephone"),
    ({"telephone": SEAN["telephone"], "email": " @ "}, "email"),
    ({"email": SEAN["email"], "universal_credit_id": "-"}, "universal_credit_id"),
    ({"email": SEAN["email"], "family_name": "--", "date_of_birth": SEAN["date_of_birth"]}, "family_name"),
    ({"email": SEAN["email"], "postcode": "..", "date_of_birth": SEAN["date_of_birth"]}, "postcode"),
]


@pytest.mark.parametrize(("asked", "field"), UNUSABLE)
def test_a_criterion_that_cannot_be_used_is_named_and_nobody_is_read(home, asked: dict[str, str], field: str):
    before = readings(home)

    with pytest.raises(Malformed) as refused:
        searched(home, **asked)

    assert refused.value.evidence == {"field": field}
    assert f"The field {field} " in refused.value.sentence
    assert asked[field].strip() not in refused.value.sentence or not asked[field].strip("-. @")
    assert readings(home) == before


@pytest.mark.parametrize(
    "born",
    ["04/03/1980", "4.3.1980", "1980-3-4", "19800304", "80-03-04", "1980-02-30", "1980-03-04T00:00:00Z", "March"],
)
def test_a_birth_date_in_another_spelling_is_refused_with_the_form_that_is_wanted(home, born: str):
    with pytest.raises(Malformed) as refused:
        searched(home, family_name="O'Brien", date_of_birth=born)

    assert refused.value.evidence == {"field": "date_of_birth"}
    assert refused.value.sentence.endswith("written year, month and day such as 1990-02-01.")
    assert born not in refused.value.sentence


@pytest.mark.parametrize("parts", [("11", "6", "15"), ("2011", "15", "6"), ("2011", "2", "30"), ("", "6", "15")])
def test_a_form_takes_a_year_of_four_digits_and_a_day_there_is(parts: tuple[str, str, str]):
    fields: dict[str, Any] = dict(zip(("born-year", "born-month", "born-day"), parts, strict=True))

    with pytest.raises(Malformed, match=r"a day, a month and a year of four digits, such as 6 1 2025\.$"):
        day_of(fields, "born")
