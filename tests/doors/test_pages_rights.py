"""The pages of findings, rules and rights requests: what they show, to whom, and how a clock is explained."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from api.casework import requests
from api.casework.runtime import Runtime
from api.pages import findings as findings_page
from api.pages import requests as requests_page
from ledger import events
from ledger.caller import Caller
from ledger.rules.catalogue import BY_ID, RULES
from ledger.state.replay import event_of
from projections.findings import read as findings
from tests import browsing, sharing
from tests.conftest import RECORDS_MANAGER, Clock
from tests.doors.test_pages import sign_in, visitor
from tests.runtimes import Runtimes

OFFICER = Caller(role="case-worker", organisation="controller-one", subject="officer one", operator=True)
LONG = "organisation_with_a_code_of_one_word_that_no_screen_of_a_telephone_is_wide_enough_for"
COPY, ERASURE, COMPLAINT, THEIRS, WEEKEND, WAITING, EARLY = (str(uuid.UUID(int=0xC0 + number)) for number in range(7))
BREAKS = ({"recipient_addresses": ["coach@mail.example"]}, {"purpose": "BENEFIT_COMPLIANCE"}, {"adviser": None})
SAID = "Unmistakable words of the person"


@pytest.fixture(scope="module")
def served(runtimes: Runtimes) -> Iterator[Runtime]:
    clock = Clock()
    clock.time = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)  # before the day as of which a request is asked for
    with runtimes(clock) as opened:
        sharing.fill_registers(opened.ledger)
        ask_for_everything(opened, clock)
        share_badly(opened)
        yield opened


def share_badly(runtime: Runtime) -> None:
    """Three rules broken by a prime, one by its sub-contractor, one by somebody with a very long code."""
    who = sharing.meet(runtime.ledger)
    for changed in BREAKS:
        share(runtime, who, **changed)
    share(runtime, who, sent_by="sub-north", **BREAKS[0])
    share(runtime, who, sent_by=LONG, **BREAKS[0])
    with runtime.current_views(RECORDS_MANAGER) as connection:
        [first, *_] = [row for row in findings.page(connection) if row.customer_id == who]
    said: dict[str, Any] = {"finding_id": first.finding.finding_id, "customer_id": str(who)}
    closed: tuple[tuple[str, dict[str, Any]], ...] = (
        ("assess-finding", {"outcome": "confirmed", "severity": "S3"}),
        ("close-finding", {"reason_code": "DONE"}),
    )
    for type_, more in closed:
        sharing.give(runtime.ledger, type_, at="2026-03-05T10:00:00Z", **said, **more, by=sharing.ADVISER)


def share(runtime: Runtime, who: uuid.UUID, **changed: Any) -> None:
    sharing.give(runtime.ledger, "share-data", who, **sharing.good("email", **changed), by=sharing.ADVISER)


def ask_for_everything(runtime: Runtime, clock: Clock) -> None:
    clock.time = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    who = str(sharing.meet(runtime.ledger, given="Robin", family="Winterbourne"))
    step(runtime, COPY, "receive-request", "2026-11-02", kind="access", customer_id=who, asked=SAID, channel="letter")
    step(runtime, COPY, "acknowledge-request", "2026-11-03", channel="letter", message="It came.")
    clock.time = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    step(
        runtime, COPY, "ask-clarification", "2026-11-04", clarification_id=LONG, reason="many years", question="Which?"
    )
    step(runtime, COPY, "receive-clarification", "2026-11-11", clarification_id=LONG, answer="All.")
    step(runtime, ERASURE, "receive-request", "2026-10-05", kind="erasure", customer_id=who, organisation=LONG)
    step(runtime, ERASURE, "ask-identity", "2026-10-06", reason="another address")
    step(runtime, ERASURE, "confirm-identity", "2026-10-12", method="three details")
    step(runtime, ERASURE, "extend-time", "2026-11-20", ground="complexity", reason="many records")
    step(runtime, COMPLAINT, "receive-request", "2026-10-12", kind="complaint", customer_id=who)
    step(runtime, THEIRS, "receive-request", "2026-10-30", kind="objection", organisation="sub-north")
    step(runtime, WEEKEND, "receive-request", "2026-10-14", kind="rectification", customer_id=who)
    step(runtime, WEEKEND, "send-response", "2026-11-13", outcome="granted", channel="letter")
    step(runtime, WAITING, "receive-request", "2026-11-16", kind="portability", customer_id=who)
    step(runtime, WAITING, "ask-identity", "2026-11-17", reason="another address")
    step(runtime, EARLY, "receive-request", "2026-08-03", kind="restriction", customer_id=who)
    step(runtime, EARLY, "extend-time", "2026-08-20", ground="number_of_requests", reason="ten at once")


def step(runtime: Runtime, number: str, type_: str, day: str, **said: Any) -> None:
    sharing.give(runtime.ledger, type_, by=OFFICER, at=f"{day}T10:00:00Z", request_id=number, **said)


@pytest.fixture
def worker(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "case-worker", "controller-one")


@pytest.fixture
def contractor(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "contractor", "sub-north")


def rows(page: str, caption: str) -> list[list[str]]:
    """The texts of the cells of a table, row by row."""
    [table] = re.findall(rf"<caption[^>]*>{re.escape(caption)}</caption>(.*?)</table>", page, flags=re.DOTALL)
    body = table.split("<tbody")[1]
    return [
        [text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, flags=re.DOTALL)
    ]


def text(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def facts(page: str) -> dict[str, str]:
    """The questions and answers of a page's summary."""
    found = re.findall(r"<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd>", page, flags=re.DOTALL)
    return {text(label): text(said) for label, said in found}


LISTED = "In the order they were recorded"


def test_a_request_shows_the_hold_of_a_restriction_that_was_placed_because_of_it(served, worker):
    with_none = facts(worker.get(f"/requests/{WEEKEND}").text)["Hold on the records"]
    assert with_none.startswith("None: neither a copy was asked for")
    rows_listed = requests.listed(served, OFFICER, requests.wanted(served, OFFICER)).rows
    [who] = {row.customer_id for row in rows_listed if str(row.request_id) == WEEKEND}
    assert who is not None
    said: dict[str, Any] = {"restriction_id": "by-hand", "request_id": WEEKEND, "ground": "accuracy_contested"}
    sharing.give(served.ledger, "restrict-processing", who, at="2026-10-15T10:00:00Z", **said)
    held = facts(worker.get(f"/requests/{WEEKEND}").text)["Hold on the records"]
    assert held.startswith("Placed on 15 October 2026; nothing is destroyed")


# Findings.


def test_the_findings_are_counted_by_severity_and_state_before_they_are_listed(worker):
    page = worker.get("/findings").text

    counted = {
        row[0][:2]: [int(number) for number in row[1:]] for row in rows(page, "How many, by severity when raised")
    }
    listed = rows(page, LISTED)
    assert sum(numbers[-1] for numbers in counted.values()) == len(listed) > 4
    assert sum(counted["S1"][:-1]) == counted["S1"][-1] > 2
    assert sum(numbers[3] for numbers in counted.values()) == 1
    assert page.index("How many, by severity") < page.index(LISTED)


def test_a_finding_says_the_rule_in_its_own_words_how_grave_it_is_whom_it_is_about_and_when(worker):
    page = worker.get("/findings?rule=CH-EMAIL-04&organisation=sub-north").text

    [[rule, severity, state, about, when, customer]] = rows(page, LISTED)
    assert rule == f"CH-EMAIL-04 “{BY_ID['CH-EMAIL-04'].sentence}”"
    assert severity == "S1: suspected data breach"
    assert (state, when) == ("open", "2 March 2026 at 10:00am a share, shown by: the addresses it was sent to (To)")
    assert about == "A sub-contractor for A prime"
    assert 'href="/rules/CH-EMAIL-04"' in page
    assert f'href="/customers/{customer}"' in page


def test_a_finding_that_was_judged_otherwise_later_says_so_in_words(worker):
    [row] = rows(worker.get("/findings?state=closed").text, LISTED)

    assert row[1] == "S3: good practice not followed raised as S1"
    assert row[2] == "closed since 22 November 2026"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rule=PURP-01", {"rule_id": "PURP-01"}),
        ("severity=S1", {"raised_as": "S1"}),
        ("state=closed", {"state": "closed"}),
        ("organisation=sub-north", {"organisation": "sub-north"}),
    ],
)
def test_the_findings_can_be_narrowed_and_the_form_shows_what_was_chosen(worker, served, query, expected):
    with served.current_views(RECORDS_MANAGER) as connection:
        every = [row.as_json() for row in findings.page(connection)]
    page = worker.get(f"/findings?{query}").text

    wanted = [row for row in every if expected.items() <= row.items()]
    assert 0 < len(rows(page, LISTED)) == len(wanted) < len(every)
    assert f'value="{query.split("=")[1]}" selected' in page


def test_every_filter_has_a_label_and_asks_by_get(worker):
    for path, names in (
        ("/findings", {"rule", "severity", "state", "organisation"}),
        ("/requests", {"kind", "state", "late"}),
        ("/rules", {"source", "status"}),
    ):
        page = worker.get(path).text
        assert f'<form method="get" action="{path}"' in page
        assert set(re.findall(r'<select class="govuk-select" id="(\w+)"', page)) == names
        assert names <= set(re.findall(r'<label class="govuk-label" for="(\w+)"', page))


def test_a_finding_that_was_never_raised_is_not_made_up_and_a_word_there_is_not_is_refused(worker):
    assert "No finding matches." in worker.get("/findings?rule=SEC-01").text
    for path in (
        "/findings?severity=S9",
        "/findings?state=gone",
        "/findings?cursor=nonsense",
        "/requests?late=perhaps",
    ):
        answer = worker.get(path)
        assert answer.status_code == 422, path
        assert "This did not work" in answer.text


@pytest.mark.parametrize(("path", "module"), [("/findings", findings_page), ("/requests", requests_page)])
def test_a_long_list_goes_on_where_the_page_ends_and_names_each_row_once(worker, monkeypatch, path, module):
    whole = rows(worker.get(path).text, LISTED)
    monkeypatch.setattr(module, "PAGE_ROWS", 2)
    seen: list[list[str]] = []
    following: str | None = path
    while following:
        page = worker.get(following).text
        part = rows(page, LISTED)
        assert len(part) <= 2
        seen += part
        links = re.findall(r'href="([^"]+)" rel="next"', page)
        following = html.unescape(links[0]) if links else None
    assert seen == whole


def test_a_contractor_sees_the_findings_about_itself_only(contractor):
    page = contractor.get("/findings").text

    assert len(rows(page, LISTED)) == 1
    assert LONG not in page
    assert 'id="organisation"' not in page
    assert contractor.get("/findings?organisation=prime-north").status_code == 403
    links = re.findall(r'href="(/findings[^"]*)"', contractor.get("/rules").text)
    assert links == ["/findings", "/findings?rule=CH-EMAIL-04"]


# Rules.


def test_every_rule_is_listed_in_its_own_words_with_what_became_of_it_and_its_findings(worker):
    page = worker.get("/rules").text

    for rule in RULES:
        assert f'href="/rules/{rule.id}"' in page
    [checked] = [row for row in rows(page, BY_ID["CH-EMAIL-04"].source.title) if row[0] == "CH-EMAIL-04"]
    assert checked[1:] == ["“to a DWP email address only (@dwp.gov.uk)”", "59", "checked", "3"]
    narrowed = worker.get("/rules?status=shown&source=003").text
    shown = set(re.findall(r'href="/rules/([\w-]+)"', narrowed))
    assert shown == {rule.id for rule in RULES if rule.status == "shown" and rule.source.number == "003"}


KINDS_OF_RULE = {(rule.status, rule.force, rule.proposed, rule.severity, rule.check is None): rule for rule in RULES}


@pytest.mark.parametrize("rule", KINDS_OF_RULE.values(), ids=lambda rule: rule.id)
def test_a_rule_is_quoted_with_its_force_and_what_breaking_it_leads_to(worker, rule):
    page = worker.get(f"/rules/{rule.id}")
    said = facts(page.text)

    assert page.status_code == 200
    assert text(re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page.text)[0]) == f"“{rule.sentence}”"
    assert said["Source"] == f"{rule.source.title}, line {rule.line}"
    assert said["Force"].split(":")[0].upper().replace("STATED", "STATES") == rule.force
    refused = rule.check is not None and rule.proposed == "refuse"
    assert said["When what breaks it is proposed"].startswith("It is refused with this sentence") == refused
    assert (f"finding {rule.severity}" in said["When it is reported"]) == (
        rule.check is not None and bool(rule.severity)
    )
    assert rule.how in said["What became of it"]


def test_a_rule_leads_to_its_findings_and_one_there_is_not_is_not_there(worker):
    assert facts(worker.get("/rules/CH-EMAIL-04").text)["Findings"] == "3 findings"
    assert 'href="/findings?rule=CH-EMAIL-04"' in worker.get("/rules/CH-EMAIL-04").text
    answer = worker.get("/rules/CH-EMAIL-99")
    assert answer.status_code == 404
    assert "There is no rule of this id." in answer.text


# The list of rights requests.


def test_a_rule_whose_breaking_is_found_from_what_comes_later_does_not_say_that_it_raises_no_finding(worker):
    said = facts(worker.get("/rules/RET-JCP-01").text)["When it is reported"]
    assert said.startswith("It is recorded; whether it was done, and in time, is found")
    assert "raises no finding" in facts(worker.get("/rules/CTX-01").text)["When it is reported"]


def test_an_id_that_is_cited_but_is_of_the_law_is_answered_with_what_it_says(worker):
    for cited in ("LAW-CLK-01", "LAW-CLK-13", "G-02"):
        page = worker.get(f"/rules/{cited}")
        assert (page.status_code, "not of the sources but of the law, or ours" in page.text) == (404, True)
    assert "There is no rule of this id." in worker.get("/rules/NOPE-01").text


def test_the_list_says_in_words_how_many_days_are_left_or_late(worker):
    page = worker.get("/requests").text
    said = {row[0].split()[-1]: row for row in rows(page, LISTED)}

    assert said[COPY][1:4] == ["18 days left", "10 December 2026 target 9 December 2026", "open"]
    assert said[ERASURE][1] == "10 days late"
    assert said[COMPLAINT][1] == "11 days late to acknowledge it"
    assert said[WEEKEND][1] == "closed in time"
    assert said[WAITING][1] == "the clock waits"
    assert said[THEIRS][5] == "nobody named yet"
    assert SAID not in page


def test_the_counts_of_the_list_lead_to_what_they_count(worker):
    page = worker.get("/requests").text

    links = re.findall(r'<a class="govuk-link" href="(/requests\?[^"]+)">(\d+)</a>', page)
    assert len(links) > 6
    for href, number in links:
        assert len(rows(worker.get(html.unescape(href)).text, LISTED)) == int(number), href


def test_only_what_is_late_or_only_what_is_not_is_listed(worker):
    late, every = (rows(worker.get(f"/requests{query}").text, LISTED) for query in ("?late=yes", ""))
    in_time = rows(worker.get("/requests?late=no").text, LISTED)

    assert {row[0].split()[-1] for row in late} == {ERASURE, COMPLAINT, EARLY}
    assert sorted(late + in_time) == sorted(every)


def test_a_contractor_sees_the_requests_their_organisation_received_and_no_others(contractor):
    page = contractor.get("/requests").text

    assert [row[0].split()[-1] for row in rows(page, LISTED)] == [THEIRS]
    assert contractor.get(f"/requests/{THEIRS}").status_code == 200
    answer = contractor.get(f"/requests/{COPY}")
    assert answer.status_code == 404
    assert SAID not in answer.text


# One request.


def test_a_request_explains_its_clock_the_days_that_did_not_count_and_why_law_clk_04(worker):
    page = worker.get(f"/requests/{COPY}").text
    said = facts(page)

    assert said["Received"] == "2 November 2026, by A controller"
    assert said["The month begins after"] == "2 November 2026, when the request came"
    assert said["Days that do not count"] == (
        "8 days, 4 to 11 November 2026, because the question of 4 November 2026 was answered on 11 November 2026"
    )
    assert said["Longer than a month"] == "No; the person can be told by 10 December 2026 of two more months"
    assert said["What the person was told"] == "On 3 November 2026 to expect an answer by 2 December 2026"
    assert said["Target"].startswith("9 December 2026: for the team")
    assert said["Legal limit"] == (
        "10 December 2026: one month after 2 November 2026 is 2 December 2026,"
        " with 8 days that did not count it is 10 December 2026"
    )
    assert said["Hold on the records"].startswith("Placed on 2 November 2026; nothing is destroyed until")
    assert "Copy of data: 18 days left" in page


def test_what_restarted_the_month_and_an_extension_told_too_late_are_said_law_clk_02_law_clk_06(worker):
    page = worker.get(f"/requests/{ERASURE}").text
    said = facts(page)

    assert said["The month begins after"] == "12 October 2026, when identity information came"
    assert said["Longer than a month"] == (
        "No: the person was told on 20 November 2026, after the last day for it, 12 November 2026"
    )
    assert said["Hold on the records"].startswith("None")
    assert [row[0] for row in rows(page, "Rules that were broken")] == ["LAW-CLK-06"]
    assert "Erasure: 10 days late" in page


def test_an_extension_told_in_time_makes_three_months_law_clk_06(worker):
    said = facts(worker.get(f"/requests/{EARLY}").text)

    assert said["Longer than a month"] == "Yes, three months in all: the person was told on 20 August 2026, in time"
    assert said["Legal limit"] == "3 November 2026: three months after 3 August 2026 is 3 November 2026"


def test_a_limit_that_moves_to_a_working_day_says_from_which_day(worker):
    said = facts(worker.get(f"/requests/{WEEKEND}").text)

    assert said["Legal limit"] == (
        "16 November 2026: one month after 14 October 2026 is 14 November 2026,"
        " that is a Saturday or a holiday, so it moves to Monday 16 November 2026"
    )


def test_a_month_that_waits_for_identity_has_not_begun_law_clk_02(worker):
    said = facts(worker.get(f"/requests/{WAITING}").text)

    assert said["The month begins after"] == (
        "Nothing yet: it waits for identity information, and begins after the day that comes"
    )
    assert said["Legal limit"].startswith("At the earliest 22 December 2026")


def test_a_complaint_has_a_day_for_its_acknowledgement_and_none_for_its_outcome_law_clk_10(worker):
    said = facts(worker.get(f"/requests/{COMPLAINT}").text)

    assert said["To be acknowledged by"].startswith("11 November 2026")
    assert said["Acknowledged"] == "Not yet"
    assert said["Limit of the outcome"].startswith("None: the law sets no day")


@pytest.mark.parametrize("number", [COPY, ERASURE, COMPLAINT, WEEKEND, WAITING, EARLY])
def test_the_picture_of_the_clock_has_a_title_and_says_all_that_the_table_beside_it_says(worker, number):
    page = worker.get(f"/requests/{number}").text
    [drawn] = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    svg = ET.fromstring(drawn)  # noqa: S314 (our own page)
    name = "{http://www.w3.org/2000/svg}"
    days = rows(page, "The same day by day")

    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-labelledby"] == "clock-title clock-words"
    title, words = svg.find(f"{name}title"), svg.find(f"{name}desc")
    assert title is not None
    assert (title.text or "").startswith("The clock of this request, from ")
    assert words is not None
    assert words.text == " ".join(f"{day}: {what}. {effect}" for day, what, effect in days)
    hatched = [box for box in svg.iter(f"{name}rect") if box.attrib["fill"] == "url(#clock-hatch)"]
    assert len(hatched) == (number == COPY)
    assert any("imit" in what for _, what, _ in days)


def test_every_step_is_shown_in_order_with_its_label_and_what_was_said(worker):
    page = worker.get(f"/requests/{COPY}").text

    labels = [row[1] for row in rows(page, "Every step, oldest first")]
    assert labels == [
        "You made a request or a complaint about your data",
        "You were told that your request arrived",
        "You were asked what you are looking for",
        "You said what you are looking for",
    ]
    assert SAID in page


def test_a_request_as_known_on_a_day_knows_nothing_that_was_recorded_later(worker):
    page = worker.get(f"/requests/{COPY}?known_on-day=19&known_on-month=11&known_on-year=2026").text

    assert "As it was known at the end of 19 November 2026." in page
    assert len(rows(page, "Every step, oldest first")) == 2
    assert facts(page)["Legal limit"].startswith("2 December 2026")
    assert facts(page)["Hold on the records"].startswith("Placed on 2 November 2026")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("known_on=2026-11-01", "Nothing was known of this request on that day."),
        ("known_on-day=31&known_on-month=2&known_on-year=2026", "Enter a real date"),
        ("known_on=2199-01-01", "The day must lie between"),
    ],
)
def test_a_day_on_which_nothing_can_be_told_is_said_and_the_present_is_shown(worker, query, sentence):
    answer = worker.get(f"/requests/{COPY}?{query}")

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "18 days left" in answer.text


def test_a_request_there_is_not_is_a_page_with_one_sentence(worker):
    for number in (uuid.UUID(int=1), "not-a-number"):
        assert worker.get(f"/requests/{number}").status_code == 404
    assert "No rights request with this id" in worker.get(f"/requests/{uuid.UUID(int=1)}").text


# Every page of them.


@pytest.mark.parametrize("path", ["/findings", "/rules", "/rules/CH-EMAIL-04", "/requests", f"/requests/{COPY}"])
def test_whoever_is_not_signed_in_sees_none_of_them(served, path):
    answer = visitor(served).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_a_list_records_nothing_and_opening_a_request_records_one_reading_with_the_person(served, worker):
    for path in ("/findings", "/rules", "/rules/CH-EMAIL-04", "/requests"):
        before = served.ledger.recorder.max_notification_id()
        assert worker.get(path).status_code == 200
        assert served.ledger.recorder.max_notification_id() == before, path
    about = requests.opened(served, uuid.UUID(COPY), OFFICER, route="test").file.request.customer_id
    assert about is not None
    before = len(served.ledger.history(about))
    assert worker.get(f"/requests/{COPY}").status_code == 200
    [entry] = served.ledger.history(about)[before:]
    read = event_of(entry)
    assert isinstance(read, events.PersonalDataRead)
    assert (read.purpose, read.route) == ("rights request", "request page")


def test_the_start_page_and_the_customers_page_lead_to_them(served, worker):
    start = worker.get("/").text
    assert {"/findings", "/rules", "/requests", "/requests?late=yes"} <= set(re.findall(r'href="([^"]+)"', start))
    opened = requests.opened(served, uuid.UUID(COPY), OFFICER, route="test")
    page = worker.get(f"/customers/{opened.file.request.customer_id}").text
    assert "18 days left" in [row[1] for row in rows(page, "Rights requests and complaints")]
    assert f'href="/requests/{COPY}"' in page
    [about] = {row[5] for row in rows(worker.get("/findings").text, LISTED) if row[0].startswith("CH-EMAIL-04")}
    broken = rows(worker.get(f"/customers/{about}").text, "Rules that were broken")
    assert {row[0].split()[0] for row in broken} >= {"CH-EMAIL-04", "PURP-01"}


def test_no_name_stands_in_an_address_of_any_of_them(worker):
    for path in ("/findings", "/requests", f"/requests/{COPY}"):
        assert not re.findall(r'(?:href|action)="[^"]*(?:Winterbourne|Robin|Carter)', worker.get(path).text)


SCREENS = (
    "/", "/findings", "/findings?severity=S1&state=open", "/rules?source=003", "/rules/CH-EMAIL-04", "/requests",
    *(f"/requests/{number}" for number in (COPY, ERASURE, COMPLAINT)), f"/requests/{COPY}?known_on=2026-11-19",
)  # fmt: skip


def test_they_fit_every_screen_with_long_ids_and_axe_finds_no_fault(browser, address):
    browsing.fits_and_has_no_fault(browser, address, SCREENS, organisation="controller-one")


def test_they_fit_and_their_filters_work_without_scripts(browser, address):
    page = browsing.signed_in(browser, address, scripts=False, organisation="controller-one")
    browsing.fits(page, address, SCREENS)
    page.goto(f"{address}/requests")
    page.get_by_label("Late", exact=True).select_option("yes")
    page.get_by_role("button", name="Show").click()
    assert page.url == f"{address}/requests?kind=&state=&late=yes"
    page.get_by_role("link", name="Erasure").click()
    page.get_by_role("heading", name="Erasure: 10 days late").wait_for()
