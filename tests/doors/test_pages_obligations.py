"""The pages of what is owed and of breach assessments: what they show, to whom, and that they fit any screen."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.casework.runtime import Runtime
from api.pages import obligations as obligations_page
from tests import browsing, sharing
from tests.doors.test_pages import sign_in, visitor
from tests.doors.test_pages_rights import LONG, rows
from tests.runtimes import Runtimes

PATHS = ("/obligations", "/obligations?state=late", "/obligations?kind=confirm-receipt", "/breaches")
LISTED = "What is due first comes first"


@pytest.fixture(scope="module")
def served(runtimes: Runtimes) -> Iterator[Runtime]:
    with runtimes() as opened:
        sharing.fill_registers(opened.ledger)
        who = sharing.meet(opened.ledger)
        for number, (at, receiver) in enumerate(
            (("2026-03-12", "prime-north"), ("2026-10-12", "sub-north"), ("2026-11-20", LONG))
        ):
            sharing.give(
                opened.ledger, "receive-data", who, at=f"{at}T10:00:00Z", receipt_id=f"r-{number}", channel="email",
                received_from="jobcentre-plus", received_by=receiver, routed=True,
            )  # fmt: skip
        share(opened, who, "post")
        share(opened, who, "email", recipient_addresses=["coach@mail.example"])
        yield opened


def share(runtime: Runtime, who: uuid.UUID, kind: str, **changed: Any) -> None:
    sharing.give(runtime.ledger, "share-data", who, at="2026-11-19T10:00:00Z", **sharing.good(kind, **changed))


@pytest.fixture
def worker(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "case-worker", "controller-one")


def test_what_is_owed_is_counted_by_state_and_listed_by_day_with_its_rule_and_who_owes_it(worker):
    page = worker.get("/obligations").text

    [counted] = rows(page, "How much")
    listed = rows(page, LISTED)
    assert sum(int(number) for number in counted[:3]) == len(listed)
    [email] = rows(worker.get("/obligations?kind=incorporate-email&state=late").text, LISTED)
    assert email[0] == "27 April 2026 209 days late"
    assert email[1:5] == [
        "Put what came by email into the customer's record.", "A prime", "late",
        "RET-JCP-01 “within 30 working days of the email being sent”",
    ]  # fmt: skip


def test_a_period_the_sources_do_not_give_is_said_to_be_a_default(worker):
    [confirm] = rows(worker.get("/obligations?kind=confirm-receipt").text, LISTED)

    assert confirm[4].endswith("the period is a default, the sources give none")


@pytest.mark.parametrize(("state", "count"), [("late", 2), ("due-soon", 5), ("done", 3)])
def test_the_list_is_narrowed_to_one_state(worker, state, count):
    assert len(rows(worker.get(f"/obligations?state={state}").text, LISTED)) == count


def test_a_long_list_goes_on_where_the_page_ends_and_names_each_row_once(worker, monkeypatch):
    whole = rows(worker.get("/obligations").text, LISTED)
    monkeypatch.setattr(obligations_page, "PAGE_ROWS", 2)
    found, address = [], "/obligations"
    while address:
        page = worker.get(address).text
        found += rows(page, LISTED)
        address = (
            page.split('rel="next"')[0].split('href="')[-1].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
    assert found == whole


def test_a_contractor_sees_what_it_owes_and_no_filter_by_organisation(served):
    contractor = sign_in(visitor(served), "contractor", "sub-north")
    page = contractor.get("/obligations").text

    assert {row[2] for row in rows(page, LISTED)} == {"A sub-contractor"}
    assert "Owed by" not in page
    assert contractor.get("/obligations?organisation=prime-north").status_code == 403


def test_the_register_of_breaches_says_until_when_the_regulator_must_know(worker):
    [breach] = rows(worker.get("/breaches").text, "In the order they were opened")

    assert breach[1:4] == ["Regulator not told controller not told, person not told", "not assessed yet", "open"]


def test_a_clock_of_hours_shows_its_minute_and_a_duty_which_email_it_is_about(worker):
    [assess] = rows(worker.get("/obligations?kind=assess-breach").text, LISTED)
    assert assess[0].startswith("25 November 2026 at 9:00am")  # 72 hours after the clock of this test
    [email] = rows(worker.get("/obligations?kind=incorporate-email&state=late").text, LISTED)
    assert email[5].endswith("r-0, of 12 March 2026")


def test_the_register_of_breaches_begins_with_the_open_ones_and_says_what_was_broken(worker):
    caption = "In the order they were opened"
    [breach] = rows(worker.get("/breaches").text, caption)
    assert rows(worker.get("/breaches?state=any").text, caption) == [breach]
    assert "No assessment matches." in worker.get("/breaches?state=closed").text
    assert re.search(r"broke (CH|RECIP)-[\w-]+.* in \S+; assessment [0-9a-f-]{36}", breach[4])


def test_a_state_there_is_not_is_one_sentence(worker):
    answer = worker.get("/obligations?state=forgotten")
    assert answer.status_code == 422
    assert "The state must be one of" in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_whoever_is_not_signed_in_sees_none_of_them(served, path):
    assert visitor(served).get(path, follow_redirects=False).status_code == 303


def test_they_fit_every_screen_with_long_codes_and_axe_finds_no_fault(browser, address):
    browsing.fits_and_has_no_fault(browser, address, PATHS, organisation="controller-one")
