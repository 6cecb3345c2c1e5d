"""The pages: who may see them, what they show, what they refuse, and that anybody can read them on any screen."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import pages
from api.app import create_app
from api.casework import destruction
from api.casework.runtime import Runtime
from api.pages import customers as customers_page
from api.pages import overview, people
from api.pages.forms import COOKIE
from ledger import events
from ledger.state.replay import event_of
from projections.findings import read as findings
from projections.obligations import read as obligations
from tests import browsing, story
from tests.conftest import RECORDS_MANAGER
from tests.runtimes import Runtimes
from tests.sharing import register
from tests.story import ROBIN

PERSON = f"/customers/{ROBIN}"


def tell_a_world(runtime: Runtime, *, others: int) -> None:
    story.register_organisations(runtime.ledger)
    story.tell_robins_story(runtime.ledger)
    story.share_of_two(runtime.ledger)
    for number in range(others):
        who = uuid.uuid5(uuid.NAMESPACE_OID, f"somebody {number}")
        story.give(runtime.ledger, "register-customer", who, at="2019-01-08T09:30:00Z", organisation="0000000103",
                   values={"family_name": f"Somebody{number}"})  # fmt: skip
        story.give(runtime.ledger, "end-service", who, at="2019-03-08T09:30:00Z", organisation="0000000103",
                   audit_minimum={"outcome": "one"})  # fmt: skip


@pytest.fixture(scope="module")
def served(runtimes: Runtimes) -> Iterator[Runtime]:
    with runtimes() as opened:
        tell_a_world(opened, others=overview.PAGE_ROWS // 2 + 2)
        yield opened


def visitor(runtime: Runtime) -> TestClient:
    return TestClient(create_app(runtime), follow_redirects=False)


def sign_in(client: TestClient, role: str, organisation: str = "department-for-education") -> TestClient:
    answer = client.post("/sign-in", data={"role": role, "organisation": organisation})
    assert answer.status_code == 303
    return client


@pytest.fixture
def worker(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "case-worker")


@pytest.fixture
def manager(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "records-manager")


def form(client: TestClient, path: str) -> dict[str, str]:
    """The hidden fields of a page's own form."""
    page = client.get(path).text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


# Who may come in.


@pytest.mark.parametrize("path", ["/", "/search", PERSON, f"{PERSON}/report", "/due", "/destruction"])
def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(served, path):
    answer = visitor(served).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(served):
    answer = visitor(served).post("/sign-in", data={"role": "auditor", "organisation": "jobcentre-plus"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "//[", "x"]
)
def test_signing_in_never_leads_to_another_site(served, elsewhere):
    answer = visitor(served).post("/sign-in", data={"role": "auditor", "organisation": "x", "next": elsewhere})
    assert answer.headers["location"] == "/"


def test_a_role_there_is_not_is_answered_with_one_sentence_and_no_session(served):
    answer = visitor(served).post("/sign-in", data={"role": "emperor", "organisation": "x"})
    assert answer.status_code == 422
    assert "The role must be one of" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_made_up_session_is_no_session(served):
    client = visitor(served)
    client.cookies.set(COOKIE, "eyJhbGciOiJub25lIn0.e30.")
    assert client.get("/search").status_code == 303


def test_signing_out_ends_the_session(worker):
    answer = worker.post("/sign-out", data=form(worker, "/"))
    assert answer.headers["location"] == "/sign-in"
    assert worker.get("/").status_code == 303


# Forms of others.


def test_a_form_without_this_sessions_token_is_refused(worker):
    answer = worker.post("/search", data={"family_name": "Example"})
    assert answer.status_code == 403
    assert "This form was not sent from a page of this ledger" in answer.text


def test_a_form_from_another_site_is_refused_even_with_the_token(worker):
    said = {**form(worker, "/search"), "family_name": "Example"}
    assert worker.post("/search", data=said, headers={"origin": "https://elsewhere.example"}).status_code == 403
    assert worker.post("/search", data=said, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_another_sessions_token_is_of_no_use(worker, manager):
    assert worker.post("/search", data={**form(manager, "/search"), "email": "a@a.example"}).status_code == 403


# What they show.


def test_a_customer_is_found_by_name_and_birth_date_and_no_name_is_in_any_address(worker):
    said = form(worker, "/search") | {
        "family_name": "Example", "date_of_birth-day": "1", "date_of_birth-month": "2", "date_of_birth-year": "1990",
    }  # fmt: skip
    page = worker.post("/search", data=said).text
    assert f'href="{PERSON}">Robin Example</a>' in page
    assert not re.findall(r'(?:href|action)="[^"]*(?:Robin|Example)', page)


def test_a_search_for_too_little_says_what_is_needed(worker):
    answer = worker.post("/search", data=form(worker, "/search") | {"family_name": "Example"})
    assert answer.status_code == 422
    assert "Enter a family name with a date of birth" in answer.text


def test_a_date_that_is_none_is_said_to_be(worker):
    wrong = {"family_name": "E", "date_of_birth-day": "31", "date_of_birth-month": "2", "date_of_birth-year": "1990"}
    answer = worker.post("/search", data=form(worker, "/search") | wrong)
    assert answer.status_code == 422
    assert "Enter a real date" in answer.text


@pytest.mark.parametrize("path", ["/findings?rule=x%00", "/obligations?organisation=x%00"])
def test_a_character_that_no_text_of_the_database_holds_is_refused_with_one_sentence(worker, path):
    answer = worker.get(path)
    assert answer.status_code == 422
    assert "cannot hold the character NUL" in answer.text


def test_the_customer_page_answers_what_is_held_who_got_it_and_until_when(worker):
    page = worker.get(PERSON).text
    for words in (
        "Robin Example",
        "robin@new.example",
        "the recording of ethnic group",
        "8 January 2024 at 9:46am",
        "Signpost Advice",
        "to be destroyed by 12 January 2032",
        "a legal claim or case",
    ):
        assert words in page
    assert "Otherperson" not in page


FILES = ("/consents.json", "/portable-copy.json", "/portable-copy.csv")


def test_the_files_to_hand_over_are_named_without_a_name_and_hold_what_the_other_doors_give(served, worker):
    page = worker.get(PERSON).text
    for path in FILES:
        assert f'href="{PERSON}{path}"' in page
        file = worker.get(PERSON + path)
        assert file.headers["content-disposition"] == f'attachment; filename="{path[1:].replace(".", f"-{ROBIN}.")}"'
        assert file.headers["cache-control"] == "no-store"
    assert worker.get(f"{PERSON}/consents.json").json()["records"]
    assert worker.get(f"{PERSON}/portable-copy.csv").text.startswith("\ufeffrecord,collection,field,value,since,basis")
    assert worker.get(f"{PERSON}/portable-copy.json").json()["left_out"]


def test_opening_a_customer_is_recorded_before_it_is_shown(served, worker):
    def readings() -> int:
        return sum(isinstance(event_of(entry), events.PersonalDataRead) for entry in served.ledger.history(ROBIN))

    for path in ("", "/history", "/provenance", "/provenance.json", "/report", *FILES):
        before = readings()
        assert worker.get(PERSON + path).status_code == 200
        assert readings() == before + 1, path


def test_a_contractor_who_never_served_the_customer_sees_nothing_of_them(served):
    register(served.ledger, "0000000109")
    stranger = sign_in(visitor(served), "contractor", "0000000109")
    for path in ("", "/history", "/provenance", "/report", *FILES):
        answer = stranger.get(PERSON + path)
        assert answer.status_code == 404
        assert "Robin" not in answer.text


def test_a_long_history_goes_on_where_the_page_ends(worker, monkeypatch):
    monkeypatch.setattr(people, "HISTORY_ROWS", 5)
    page = worker.get(f"{PERSON}/history").text
    following = re.findall(r'href="([^"]+after=\d+)"', page)[0]
    assert "Entries 1 to 5 of" in page
    assert "Entries 6 to 10 of" in worker.get(following).text


def test_the_due_list_goes_on_where_the_page_ends_and_names_each_row_once(worker):
    path, seen = "/due?on=2026-11-22", []
    while path:
        page = worker.get(path).text
        seen += re.findall(
            r'<tr class="govuk-table__row" role="row">.*?href="/customers/([0-9a-f-]+)".*?</tr>', page, flags=re.DOTALL
        )
        following = re.findall(r'href="(/due\?[^"]+cursor[^"]+)"', page)
        path = following[0].replace("&amp;", "&") if following else ""
    count = int(
        re.findall(r"<strong>([\d,]+)</strong> classes", worker.get("/due?on=2026-11-22").text)[0].replace(",", "")
    )
    assert len(seen) == count > overview.PAGE_ROWS


def test_the_due_list_takes_a_day_in_three_fields_and_says_when_it_is_none(worker):
    assert "due by 6 January 2030" in worker.get("/due?on-day=6&on-month=1&on-year=2030").text
    assert "Enter a real date" in worker.get("/due?on-day=1&on-month=1&on-year=99999999999999").text
    answer = worker.get("/due?on-day=31&on-month=2&on-year=2030")
    assert answer.status_code == 422
    assert "Enter a real date" in answer.text


# Destruction.


def test_the_page_of_exceptions_lists_the_holds_whose_review_is_overdue(worker):
    """DEST-03: on the day of the review it is not."""
    assert "review is overdue" not in worker.get("/exceptions?on=2027-02-02").text
    shown = worker.get("/exceptions?on=2027-02-03").text
    assert all(said in shown for said in ("review is overdue", "hold-1", "a legal claim or case", "records manager"))


def test_only_a_records_manager_is_shown_and_let_do_destruction(worker):
    assert worker.get("/destruction").status_code == 403
    answer = worker.post(
        "/destruction", data=form(worker, "/") | {"on": "2026-11-22", "digest": "x", "confirmed": "yes"}
    )
    assert answer.status_code == 403
    assert "Only a records manager may destroy records." in answer.text


def test_nothing_is_destroyed_unless_the_box_is_ticked_and_the_list_is_the_previewed_one(served, manager):
    before = served.ledger.recorder.max_notification_id()
    said = form(manager, "/destruction?on=2026-11-22")
    assert manager.post("/destruction", data=said).status_code == 422
    answer = manager.post("/destruction", data=said | {"confirmed": "yes", "digest": "0" * 64})
    assert answer.status_code == 409
    assert "preview it again" in answer.text
    assert served.ledger.recorder.max_notification_id() == before


def test_the_preview_page_says_what_kinds_of_records_go_whose_and_how_many_are_late_ret_gen_02(served, manager):
    shown = destruction.preview(served, date(2026, 11, 22), story.MANAGER)
    page = manager.get("/destruction?on=2026-11-22").text
    assert f"{shown.destroyed} classes of records of {shown.customers} customers" in page
    assert (
        f"the least that proves a contractor may be paid for helping you: {shown.by_class['payment_evidence']}" in page
    )
    assert f"{shown.late}: destroying them now leaves a finding for each" in page
    listed = page.split("What this digest covers, the first 50")[1]
    assert len(re.findall('<tr class="govuk-table__row" role="row"><th scope="row"', listed)) == overview.PAGE_ROWS


def test_the_start_page_counts_what_is_pressing_and_each_count_leads_to_it(served, worker):
    with served.current_views(RECORDS_MANAGER) as connection:
        owed = obligations.counts(connection, obligations.Wanted(), at=served.ledger.now())
        breaches = findings.count_open_breaches(connection)
    page = worker.get("/").text
    overdue = f"<strong>{owed.late}</strong> overdue tasks</a>"
    assert f'<a class="govuk-link" href="/obligations?state=late">{overdue}' in page
    assert f'<a class="govuk-link" href="/obligations?state=due-soon"><strong>{owed.due_soon}</strong>' in page
    assert f'<a class="govuk-link" href="/breaches"><strong>{breaches}</strong>' in page
    assert owed.late + owed.due_soon + breaches > 0


def test_what_is_owed_about_a_customer_begins_with_what_is_not_done_the_earliest_day_first():
    said = [("done", "2026-01-01", None), ("open", "2026-03-02", None), ("late", "2026-02-01", "2026-02-01T09:00:00Z"),
            ("open", None, None)]  # fmt: skip
    rows: list[Any] = [
        SimpleNamespace(
            state=state,
            due_on=date.fromisoformat(on) if on else None,
            due_at=datetime.fromisoformat(at) if at else None,
        )
        for state, on, at in said
    ]
    assert [rows.index(row) for row in sorted(rows, key=customers_page.due_first)] == [2, 1, 3, 0]


def test_the_future_cannot_be_destroyed_from_the_page(manager):
    page = manager.get("/destruction?on=2050-01-01").text
    assert "nothing can be destroyed yet" in page
    assert 'name="digest"' not in page


def test_a_confirmed_run_gives_certificates_and_leaves_a_tombstone(runtimes):
    with runtimes() as runtime:
        tell_a_world(runtime, others=1)
        manager = sign_in(visitor(runtime), "records-manager")
        page = manager.post("/destruction", data=form(manager, "/destruction") | {"confirmed": "yes"}).text
        assert "Certificates of destruction" in page
        gone = re.findall(r'href="(/customers/[0-9a-f-]+)"', page)[0]
        shown = manager.get(gone).text
        assert "A customer whose name is not held" in shown
        assert "What was destroyed" in shown
        assert "Somebody" not in shown
        assert "What was held about you has been destroyed" in manager.get(f"{gone}/report").text


# Every answer.


@pytest.mark.parametrize("path", ["/", "/search", PERSON, f"{PERSON}/report", "/nothing-here"])
def test_every_page_forbids_foreign_scripts_framing_and_keeping(worker, path):
    headers = worker.get(path, headers={"accept": "text/html"}).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/nothing-here", f"/customers/{uuid.UUID(int=1)}", "/customers/not-a-number"])
def test_what_is_not_there_is_a_page_with_one_sentence(worker, path):
    answer = worker.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    [sentence] = re.findall(r'<p class="govuk-body-l">(.*?)</p>', answer.text)
    assert sentence.endswith(".")


def test_programs_still_get_a_problem_object(worker):
    answer = worker.get("/v1/nothing-here", headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_font_and_no_crown_is_shipped():
    for file in pages.STATIC.iterdir():
        text = file.read_text("utf-8")
        assert "GDS Transport" not in text
        assert "@font-face" not in text
        assert not re.search(r"url\((?!data:)", text), file.name


# On a screen: a real browser.


EVERY_PAGE = (
    "/", "/search", PERSON, f"{PERSON}/history", f"{PERSON}/provenance", f"{PERSON}/report", "/due?on=2026-11-22",
    "/due/compared?on=2026-11-22", "/exceptions?on=2040-01-01", "/destruction", "/nothing-here",
)  # fmt: skip


def test_every_page_fits_every_screen_and_has_no_fault_that_axe_can_find(browser, address):
    browsing.fits_and_has_no_fault(browser, address, EVERY_PAGE, organisation="department-for-education")


def test_everything_works_and_fits_without_scripts(browser, address):
    page = browsing.signed_in(browser, address, scripts=False, organisation="department-for-education")
    browsing.fits(page, address, EVERY_PAGE)
    page.goto(f"{address}/search")
    page.get_by_label("Email address").fill("robin@new.example")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("link", name="Robin Example").click()
    assert page.url == address + PERSON
    page.get_by_role("button", name="Sign out").click()
    assert page.url == f"{address}/sign-in"
