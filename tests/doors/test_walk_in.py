"""An adviser with a person in front of them, at every door; how serving begins by a referral, and how it ends."""

from __future__ import annotations

import html
import io
import json
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime
from api.cli import run
from api.issuer import Issuer
from ledger import events
from ledger.authority.identity import MOST_MISSES_OF_A_PERSON
from ledger.caller import Caller
from ledger.commands.reader import claims_stream
from tests import browsing
from tests.commands import command, give
from tests.destroying import destroy
from tests.runtimes import Runtimes
from tests.sharing import fill_registers

OPERATOR = Caller(role="records-manager", organisation="controller-one", subject="records manager one", operator=True)
AT = "2026-03-02T10:00:00Z"
NORTH, SOUTH = "prime-north", "prime-south"
ADVISER, CASE_WORKER = "contractor", "case-worker"
VALUES = {
    "given_name": "Sam",
    "family_name": "Carter",
    "date_of_birth": "1990-02-01",
    "email": "sam@placeholder.example",
    "postcode": "ZZ99 9ZZ",
}
SHOWN = {
    "given_name": "Sam",
    "family_name": "Carter",
    "date_of_birth": "1990-02-01",
    "email": "sam@placeholder.example",
    "reason": "came to the office and asked for advice",
}
PAGES = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")


class Doors:
    """HTTP as anybody: a role and an organisation."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.client = runtime, TestClient(create_app(runtime), follow_redirects=False)

    def headers(self, role: str, organisation: str) -> dict[str, str]:
        token = Issuer.open(self.runtime.settings).issue(
            role=role, organisation=organisation, subject=f"{role} of {organisation}", minutes=5
        )
        return {"Authorization": f"Bearer {token}"}

    def get(self, path: str, role: str = ADVISER, of: str = SOUTH) -> Any:
        return self.client.get(path, headers=self.headers(role, of))

    def serve(self, role: str = ADVISER, of: str = SOUTH, **changed: Any) -> Any:
        return self.client.post("/v1/serving", json={**SHOWN, **changed}, headers=self.headers(role, of))

    def record(self, type_: str, customer: object = None, role: str = ADVISER, of: str = SOUTH, **fields: Any) -> Any:
        named = {} if customer is None else {"customer_id": str(customer)}
        body = command(type_, at=AT, **named, **fields)
        answer = self.client.post("/v1/entries", json=body, headers=self.headers(role, of))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def sees(self, customer: object, of: str = SOUTH) -> bool:
        """Whether an organisation's adviser reads a person: at every address, or at none."""
        statuses = {self.get(f"/v1/customers/{customer}{page}", of=of).status_code for page in PAGES}
        assert statuses in ({200}, {404})
        return statuses == {200}

    def visitor(self, role: str = ADVISER, of: str = SOUTH) -> TestClient:
        """Somebody who signed in to the pages."""
        client = TestClient(create_app(self.runtime), follow_redirects=False)
        assert client.post("/sign-in", data={"role": role, "organisation": of}).status_code == 303
        return client


def populate(runtime: Runtime) -> uuid.UUID:
    """Registers, and somebody whom prime-north serves and prime-south has never seen."""
    fill_registers(runtime.ledger)
    give(runtime.ledger, "register-organisation", by=OPERATOR, at="2018-01-01T00:00:00Z", organisation=SOUTH,
         name="A prime of the south", kind="prime")  # fmt: skip
    number = uuid.uuid4()
    give(runtime.ledger, "register-customer", number, by=OPERATOR, at="2025-01-06T09:00:00Z", organisation=NORTH,
         values=VALUES)  # fmt: skip
    return number


@pytest.fixture
def doors(runtimes: Runtimes) -> Iterator[Doors]:
    with runtimes() as runtime:
        yield Doors(runtime)


@pytest.fixture
def sam(doors: Doors) -> uuid.UUID:
    return populate(doors.runtime)


# By HTTP.


def test_an_adviser_begins_to_serve_a_person_with_one_call_and_reads_them(doors: Doors, sam: uuid.UUID):
    assert not doors.sees(sam)
    answer = doors.serve()
    assert (answer.status_code, answer.json()) == (201, {"customer_id": str(sam), "served": True})
    assert answer.headers["cache-control"] == "no-store"
    assert doors.sees(sam)
    again = doors.serve()
    assert (again.status_code, again.json()) == (200, answer.json())


def test_a_manager_of_a_contractor_may_too(doors: Doors, sam: uuid.UUID):
    assert doors.serve("contractor-manager").status_code == 201


def test_every_reason_for_no_match_is_the_same_answer(doors: Doors, sam: uuid.UUID):
    ledger = doors.runtime.ledger
    for email, extra in (
        ("twice@placeholder.example", {}),
        ("twice@placeholder.example", {}),
        ("nhs@placeholder.example", {"programme": "NHS Health Careers"}),
        ("risk@placeholder.example", {}),
        ("gone@placeholder.example", {}),
    ):
        number = uuid.uuid4()
        give(ledger, "register-customer", number, by=OPERATOR, at="2025-01-06T09:00:00Z", organisation=NORTH,
             values={**VALUES, "email": email}, **extra)  # fmt: skip
        if email.startswith("risk"):
            give(ledger, "flag-at-risk", number, by=OPERATOR, at=AT, code="personal_safety", reason="looked for")
        if email.startswith("gone"):
            destroy(ledger, number, "identity", by=OPERATOR)
    nobody = doors.serve(email="nobody@placeholder.example")
    assert nobody.status_code == 404
    for which in ("twice", "nhs", "risk", "gone"):
        answer = doors.serve(email=f"{which}@placeholder.example")
        assert (answer.status_code, answer.content) == (404, nobody.content), which
        assert dict(answer.headers) == dict(nobody.headers), which
    assert doors.serve(given_name="Alex").content == nobody.content
    for secret in ("Carter", "placeholder", "1990"):
        assert secret not in nobody.text


def test_after_too_many_misses_the_answer_is_429_with_when_to_try_again_whether_it_would_match_or_not(
    doors: Doors, sam: uuid.UUID
):
    for _ in range(MOST_MISSES_OF_A_PERSON):
        assert doors.serve(given_name="Alex").status_code == 404
    missing, matching = doors.serve(given_name="Alex"), doors.serve()
    assert missing.status_code == matching.status_code == 429
    assert missing.json() == matching.json()
    assert 0 < int(matching.headers["retry-after"]) <= 3_600
    assert not doors.sees(sam)


@pytest.mark.parametrize(
    ("role", "of"),
    [
        (CASE_WORKER, "controller-one"), ("records-manager", "controller-one"), ("auditor", "controller-one"),
        ("administrator", "controller-one"), ("jobcentre-plus", "jobcentre-plus"), (ADVISER, "unheard-of"),
        (ADVISER, "controller-one"), (ADVISER, "jobcentre-plus"), ("importer", "controller-one"),
    ],
)  # fmt: skip
def test_nobody_else_is_shown_identity(doors: Doors, sam: uuid.UUID, role: str, of: str):
    known, unknown = doors.serve(role, of), doors.serve(role, of, given_name="Alex")
    assert known.status_code == 403
    assert known.content == unknown.content


def test_a_wrong_field_is_named_and_no_value_is_repeated(doors: Doors, sam: uuid.UUID):
    answer = doors.serve(date_of_birth="first of February 1990")
    assert (answer.status_code, answer.json()["field"]) == (422, "date_of_birth")
    assert "February" not in answer.text


def test_the_organisation_that_served_before_is_told_and_nobody_else(doors: Doors, sam: uuid.UUID):
    doors.serve()
    [row] = doors.get("/v1/serving", of=NORTH).json()["rows"]
    assert (row["customer_id"], row["organisation"]) == (str(sam), SOUTH)
    assert doors.get("/v1/serving").json()["rows"] == []
    assert doors.get(f"/v1/serving?organisation={NORTH}").status_code == 403
    asked = doors.get(f"/v1/serving?organisation={NORTH}", CASE_WORKER, "controller-one")
    assert asked.json()["rows"] == [row]
    assert doors.get("/v1/serving", CASE_WORKER, "controller-one").json()["field"] == "organisation"
    assert doors.get("/v1/serving", "administrator", "controller-one").status_code == 403


def test_the_controller_s_answer_shows_a_flag_and_who_showed_identity_meanwhile(doors: Doors, sam: uuid.UUID):
    doors.record("flag-at-risk", sam, of=NORTH, flag_id="flag-1", code="personal_safety", reason="looked for")
    doors.serve()
    shown = doors.get(f"/v1/customers/{sam}", CASE_WORKER, "controller-one").json()["at_risk"]
    assert shown["flagged"] is True
    [attempt] = shown["identity_shown"]
    assert (attempt["organisation"], attempt["identifiers"]) == (SOUTH, ["email"])
    page = doors.visitor(CASE_WORKER, "controller-one").get(f"/customers/{sam}").text
    assert "Extra care was asked for" in page
    assert "A prime of the south" in page
    doors.record("lift-at-risk", sam, CASE_WORKER, "controller-one", flag_id="flag-1", reason="over")
    assert doors.get(f"/v1/customers/{sam}", of=NORTH).json()["at_risk"]["flagged"] is False
    assert doors.serve().status_code == 201


# By the page.


def form(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


FILLED_IN = {
    "given_name": "Sam", "family_name": "Carter", "date_of_birth-day": "1", "date_of_birth-month": "2",
    "date_of_birth-year": "1990", "email": "sam@placeholder.example", "reason": "came to the office",
}  # fmt: skip


def send(client: TestClient, **changed: str) -> Any:
    return client.post("/serve", data={**form(client.get("/serve").text), **FILLED_IN, **changed})


def test_one_form_begins_to_serve_and_leads_to_the_person(doors: Doors, sam: uuid.UUID):
    adviser = doors.visitor()
    assert 'href="/serve"' in adviser.get("/").text
    answer = send(adviser)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customers/{sam}")
    assert "Sam Carter" in adviser.get(answer.headers["location"]).text


def test_where_nobody_matches_one_more_click_registers_the_person_with_what_was_typed(doors: Doors, sam: uuid.UUID):
    adviser = doors.visitor()
    missed = send(adviser, given_name="Alex", email="alex@placeholder.example")
    assert missed.status_code == 404
    assert "Register as a new customer" in missed.text
    assert 'value="Alex"' in missed.text
    typed = {**form(missed.text), **FILLED_IN, "given_name": "Alex", "email": "alex@placeholder.example"}
    registered = adviser.post("/serve", data={**typed, "action": "register"})
    assert registered.status_code == 303
    again = adviser.post("/serve", data={**typed, "action": "register"})
    assert again.headers["location"] == registered.headers["location"]
    customer = registered.headers["location"].removeprefix("/customers/")
    assert doors.sees(customer)
    person = doors.get(f"/v1/customers/{customer}").json()["person"]
    assert (person["given_name"], person["email"]) == ("Alex", "alex@placeholder.example")
    assert "reason" not in person


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"family_name": ""}, "family_name", "Enter the family name"),
        ({"date_of_birth-month": "13"}, "date_of_birth", "Enter the date of birth with a day, a month and a year"),
        ({"date_of_birth-day": ""}, "date_of_birth", "Enter the date of birth with a day, a month and a year"),
        ({"email": ""}, "email", "Enter an email address, or another identifier"),
        ({"reason": ""}, "reason", "Enter the reason"),
        ({"telephone": "none"}, "telephone", "Enter a telephone number with its digits"),
    ],
)
def test_an_error_stands_above_the_form_and_at_its_field(
    doors: Doors, sam: uuid.UUID, changed: dict[str, str], field: str, sentence: str
):
    answer = send(doors.visitor(), **changed)
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert page.index("There is a problem") < page.index("<form")
    assert re.search(rf'href="#{field}(-day)?">{re.escape(sentence)}', page)
    assert re.search(rf'id="{field}-error".*?{re.escape(sentence)}', page, re.DOTALL)
    assert "<title>Error: Start helping somebody" in re.sub(r"\s+", " ", page).replace("<title> ", "<title>")


def test_the_page_says_too_many_misses_in_one_sentence(doors: Doors, sam: uuid.UUID):
    adviser = doors.visitor()
    for _ in range(MOST_MISSES_OF_A_PERSON):
        assert send(adviser, given_name="Alex").status_code == 404
    answer = send(adviser)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    assert "Details that match nobody were given too often; try again in 60 minutes." in answer.text


def test_the_page_is_for_contractors_only(doors: Doors, sam: uuid.UUID):
    worker = doors.visitor(CASE_WORKER, "controller-one")
    assert worker.get("/serve").status_code == 403
    assert 'href="/serve"' not in worker.get("/").text
    assert doors.visitor(of="unheard-of").get("/serve").status_code == 403


def test_a_form_from_elsewhere_begins_nothing(doors: Doors, sam: uuid.UUID):
    adviser = doors.visitor()
    assert adviser.post("/serve", data=FILLED_IN).status_code == 403
    assert not doors.sees(sam)


def test_the_page_lists_who_began_to_help_the_people_one_helps(doors: Doors, sam: uuid.UUID):
    send(doors.visitor())
    page = doors.visitor(of=NORTH).get("/serve").text
    assert "Others who began to help people you help" in page
    assert str(sam) in page
    assert "A prime of the south" in page
    assert "Others who began" not in doors.visitor().get("/serve").text


@pytest.fixture(scope="module")
def served(runtimes: Runtimes) -> Iterator[Runtime]:
    with runtimes() as runtime:
        populate(runtime)
        yield runtime


def test_the_form_fits_a_telephone_and_has_no_fault_that_axe_finds(browser: Any, address: str):
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    page = browser.new_context(java_script_enabled=True).new_page()
    page.goto(f"{address}/")
    page.get_by_label("Contractor's adviser").check()
    page.get_by_label("Your organisation", exact=True).select_option(SOUTH)
    page.get_by_role("button", name="Sign in").click()
    browsing.fits(page, address, ["/serve"])
    page.set_viewport_size({"width": 375, "height": 800})
    for label, value in (("Given name", "Alex"), ("Family name", "Carter"), ("Email address", "a@placeholder.example")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("link", name="Enter the date of birth").wait_for()
    assert browsing.overflow(page) <= 0
    assert Axe().run(page).violations_count == 0
    for part, value in (("Day", "1"), ("Month", "2"), ("Year", "1990")):
        page.get_by_label(part).fill(value)
    page.get_by_label("Reason").fill("came to the office")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("heading", name="No match").wait_for()
    assert browsing.overflow(page) <= 0
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Register as a new customer").click()
    assert "/customers/" in page.url


# By the command line.


@pytest.fixture
def terminal(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    settings = doors.runtime.settings
    monkeypatch.setenv("LEDGER_HOME", str(settings.home))
    monkeypatch.setenv("LEDGER_DATABASE_URL", str(settings.database_url))

    def call(*arguments: str, body: dict[str, Any]) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(body).encode())))
        code = run(arguments)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_one_command_begins_to_serve_and_answers(doors: Doors, sam: uuid.UUID, terminal: Callable[..., Any]):
    code, out, err = terminal("begin-serving", "--organisation", SOUTH, "--json", body=SHOWN)
    assert (code, json.loads(out)) == (0, {"customer_id": str(sam), "served": True}), err
    assert doors.sees(sam)
    code, out, err = terminal("begin-serving", "--organisation", SOUTH, body=SHOWN)
    assert (code, out) == (0, f"{SOUTH} already serves customer {sam}.\n"), err


def test_the_command_answers_no_match_in_one_sentence(sam: uuid.UUID, terminal: Callable[..., Any]):
    code, out, err = terminal("begin-serving", "--organisation", SOUTH, body={**SHOWN, "given_name": "Alex"})
    assert (code, out) == (2, "")
    assert err.startswith("ledger: What was given lets you serve nobody on record;")
    assert err.count("\n") == 1


# By a referral.


def test_a_referral_by_jobcentre_plus_that_its_receiver_reports_is_a_claim_and_begins_nothing(
    doors: Doors, sam: uuid.UUID
):
    for referred_by in ("jobcentre-plus", NORTH):
        receipt = doors.record("refer-customer", sam, referral_id=f"of {referred_by}", referred_by=referred_by,
                               referred_to=SOUTH)  # fmt: skip
        assert receipt["waiting"] is True
        doors.record("accept-referral", sam, referral_id=f"of {referred_by}")
        assert not doors.sees(sam)
    claimed = [entry.type for entry in doors.runtime.ledger.recorder.history(claims_stream(sam))]
    assert claimed.count(events.ClaimReceived.NAME) == 4
    made = {entry.type for entry in doors.runtime.ledger.history(sam)}
    assert not made & {events.CustomerReferred.NAME, events.ReferralAccepted.NAME}


def test_the_receiver_of_such_a_referral_begins_by_identity_shown(doors: Doors, sam: uuid.UUID):
    doors.record("refer-customer", sam, referral_id="r-1", referred_by="jobcentre-plus", referred_to=SOUTH)
    assert doors.serve().status_code == 201
    assert doors.sees(sam)


def test_accepting_a_referral_that_the_office_recorded_itself_begins_serving(doors: Doors, sam: uuid.UUID):
    doors.record("refer-customer", sam, "jobcentre-plus", "jobcentre-plus", referral_id="r-1",
                 referred_by="jobcentre-plus", referred_to=SOUTH)  # fmt: skip
    assert not doors.sees(sam)
    doors.record("accept-referral", sam, of="sub-north", referral_id="r-1")
    assert not doors.sees(sam, of="sub-north")
    doors.record("accept-referral", sam, referral_id="r-1")
    assert doors.sees(sam)


def test_accepting_a_referral_by_whoever_serves_the_person_begins_serving(doors: Doors, sam: uuid.UUID):
    doors.record("refer-customer", sam, of=NORTH, referral_id="r-2", referred_to=SOUTH)
    doors.record("accept-referral", sam, referral_id="r-2")
    assert doors.sees(sam)
    assert doors.sees(sam, of=NORTH)


# How serving ends.


def test_the_controller_ends_serving_and_reading_stops_at_once(doors: Doors, sam: uuid.UUID):
    doors.serve()
    doors.record("end-serving", sam, CASE_WORKER, "controller-one", organisation=SOUTH, reason="not theirs to help")
    assert not doors.sees(sam)
    assert doors.sees(sam, of=NORTH)


def test_an_organisation_cannot_end_what_another_one_does(doors: Doors, sam: uuid.UUID):
    receipt = doors.record("end-serving", sam, organisation=NORTH, reason="we want them for ourselves")
    assert receipt["waiting"] is True
    assert doors.sees(sam, of=NORTH)


def test_when_the_service_ends_reading_stops_at_once_for_everybody_who_served(doors: Doors, sam: uuid.UUID):
    doors.serve()
    doors.record("end-service", sam)
    assert not doors.sees(sam)
    assert not doors.sees(sam, of=NORTH)


def test_an_organisation_that_is_no_longer_registered_reads_nobody(doors: Doors, sam: uuid.UUID):
    doors.serve()
    ended = {"name": "A prime of the south", "kind": "prime", "valid_from": "2018-01-01", "valid_until": "2026-01-31"}
    give(doors.runtime.ledger, "register-organisation", by=OPERATOR, at=AT, organisation=SOUTH, **ended)
    assert not doors.sees(sam)
    assert doors.serve().status_code == 403
    assert doors.sees(sam, of=NORTH)
