"""Reports to confirm on the pages and at the command line: the same answers, forms that are ours, clear errors."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from api.casework.runtime import Runtime
from api.cli import run
from ledger.caller import Caller
from ledger.events import ServingBegan
from tests import browsing
from tests.commands import give
from tests.desks import OPERATOR, open_desks, served_by_north
from tests.doors.test_pages import sign_in, visitor
from tests.runtimes import Runtimes

STRANGER = Caller(role="contractor", organisation="prime-south", subject="adviser of south")


@pytest.fixture(scope="module")
def served(runtimes: Runtimes) -> Iterator[Runtime]:
    with runtimes() as opened:
        open_desks(opened)
        yield opened


@pytest.fixture
def sam(served: Runtime) -> str:
    return served_by_north(served)


def correction(served: Runtime, sam: str, family: str = "Unmistakable") -> None:
    give(served.ledger, "correct-record", sam, by=STRANGER, at="2026-03-02T10:00:00Z", collection="customers",
         values={"family_name": family})  # fmt: skip


def the_claim(client: TestClient) -> str:
    """The address of the last report on the list."""
    return re.findall(r'href="(/claims/[0-9a-f-]{36})"', client.get("/claims").text)[-1]


def token(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def worker(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "case-worker", "controller-one")


@pytest.fixture
def north(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "contractor", "prime-north")


@pytest.fixture
def south(served: Runtime) -> TestClient:
    return sign_in(visitor(served), "contractor", "prime-south")


def test_a_report_is_confirmed_on_its_page_and_then_counts(served: Runtime, worker: TestClient, sam: str):
    correction(served, sam)
    assert "Reports to confirm" in worker.get("/").text
    address = the_claim(worker)
    page = worker.get(address).text
    assert "Unmistakable" in page
    assert "The organisation that sent it does not serve this person." in page
    answer = worker.post(address, data={"answer": "confirm", "form_token": token(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/claims")
    assert "Unmistakable" in worker.get(f"/customers/{sam}").text
    again = worker.post(address, data={"answer": "confirm", "form_token": token(page)})
    assert again.status_code == 404
    assert "No claim with this id waits for your organisation" in again.text


def test_a_dispute_needs_a_reason_and_says_so_beside_the_field(served: Runtime, north: TestClient, sam: str):
    correction(served, sam)
    address = the_claim(north)
    page = north.get(address).text
    refused = north.post(address, data={"answer": "dispute", "reason": " ", "form_token": token(page)})
    assert refused.status_code == 422
    assert refused.text.count("Enter why you dispute this report.") == 2
    done = north.post(address, data={"answer": "dispute", "reason": "somebody else", "form_token": token(page)})
    assert done.status_code == 303
    assert address in north.get("/claims?state=disputed").text
    assert address not in north.get("/claims").text


def test_a_form_from_elsewhere_answers_nothing(served: Runtime, worker: TestClient, sam: str):
    correction(served, sam)
    address = the_claim(worker)
    assert worker.post(address, data={"answer": "confirm"}).status_code == 403
    assert address in worker.get("/claims").text


def test_a_sender_s_page_tells_nothing_about_the_person(served: Runtime, south: TestClient, sam: str):
    correction(served, sam, "Of the sender")
    listed = south.get("/claims").text
    assert "You sent it." in listed
    assert f"/customers/{sam}" not in listed
    page = south.get(the_claim(south)).text
    assert "Of the sender" in page
    assert "does not serve" not in page
    assert ">Confirm<" not in page.replace("\n", "").replace(" ", "")


def test_a_start_page_counts_the_reports_for_who_may_answer_them(served: Runtime, south: TestClient, north: TestClient,
                                                                  sam: str):  # fmt: skip
    correction(served, sam)
    assert re.search(r"<strong>\d+</strong> reports? to confirm", north.get("/").text)
    assert not re.search(r"<strong>\d+</strong> reports? to confirm", south.get("/").text)


def test_whoever_served_before_reads_that_somebody_else_began(served: Runtime, north: TestClient, sam: str):
    began = ServingBegan(organisation="prime-south", because="identity-shown", served_before=("prime-north",),
                         identifiers=("email",), reason="came in")  # fmt: skip
    served.ledger.note(uuid.UUID(sam), began, OPERATOR)
    page = north.get("/claims").text
    assert "Organisations that began to serve somebody you served" in page
    assert sam in page.split("Organisations that began")[1]


def test_an_administrator_is_told_why_there_is_no_list(served: Runtime):
    page = sign_in(visitor(served), "administrator", "controller-one").get("/claims")
    assert page.status_code == 403


def test_the_pages_of_reports_fit_and_have_no_fault(browser: Any, address: str, served: Runtime, worker: TestClient):
    correction(served, served_by_north(served))
    paths = ("/claims", "/claims?state=any", the_claim(worker))
    browsing.fits_and_has_no_fault(browser, address, paths, organisation="controller-one")


# At the command line.


@pytest.fixture
def terminal(
    served: Runtime, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    monkeypatch.setenv("LEDGER_DATABASE_URL", served.conninfo)
    monkeypatch.setenv("LEDGER_HOME", str(served.settings.home))

    def printed(*arguments: str, code: int = 0) -> tuple[str, str]:
        capfd.readouterr()
        assert run(arguments) == code
        return capfd.readouterr()

    return printed


def test_claims_are_listed_opened_and_answered_at_the_command_line(served: Runtime, terminal: Any, sam: str):
    correction(served, sam)
    [row] = orjson.loads(terminal("claims", "--about", sam, "--state", "waiting", "--json")[0])["rows"]
    assert (row["command"], row["claimant"], row["state"]) == ("correct-record", "prime-south", "waiting")
    assert "Unmistakable" in terminal("claim", row["claim_id"])[0]
    assert "confirm or dispute" in terminal("claim", row["claim_id"])[0]
    answered = orjson.loads(terminal("claims", "--confirm", row["claim_id"], "--json")[0])
    assert answered["state"] == "confirmed"
    assert "Unmistakable" in terminal("customer", sam)[0]
    again = terminal("claims", "--confirm", row["claim_id"], code=2)[1]
    assert again == "ledger: No claim with this id waits for your organisation's answer.\n"


def test_a_dispute_at_the_command_line_needs_a_reason(served: Runtime, terminal: Any, sam: str):
    correction(served, sam)
    [row] = orjson.loads(terminal("claims", "--about", sam, "--json")[0])["rows"]
    assert "needs the field reason" in terminal("claims", "--dispute", row["claim_id"], code=2)[1]
    assert terminal("claims", "--reason", "one", code=2)[1]
    assert terminal("claims", "--dispute", "x", "--reason", "one", code=2)[1].startswith(
        "ledger: A claim's id is a UUID"
    )
    terminal("claims", "--dispute", row["claim_id"], "--reason", "not so")
    listed = terminal("claims", "--about", sam)[0]
    assert "0 waiting of 1." in listed


def test_at_the_command_line_an_organisation_sees_its_own_claims_only(served: Runtime, terminal: Any, sam: str):
    correction(served, sam)
    for organisation, seen in (("prime-south", 1), ("knows-a-lot", 0)):
        found = terminal("claims", "--about", sam, "--organisation", organisation, "--role", "contractor", "--json")[0]
        assert orjson.loads(found)["count"] == seen, organisation
