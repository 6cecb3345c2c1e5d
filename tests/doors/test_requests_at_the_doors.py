"""Rights requests over HTTP, at the command line and in the person's report, each through the door itself."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import report_page
from api.app import create_app
from api.casework import requests
from api.casework.runtime import Runtime
from api.cli import run
from api.issuer import Issuer
from ledger.calendars import england_and_wales
from ledger.caller import Caller
from ledger.commands.request_answers import FIVE_FACTORS
from ledger.errors import Malformed, NotAllowed, UnknownRequest
from projections.requests.read import Wanted
from tests import composed, story
from tests.conftest import Clock
from tests.story import KIM, REPORTER, ROBIN

CONTRACTOR = Caller(role="contractor", organisation="0000000777", subject="adviser nine")
REQUEST = uuid.UUID(int=0xA5)
CANARY = "Unmistakable-Canary-Words"


@pytest.fixture
def robin(runtime: Runtime) -> Runtime:
    """Robin Example's story."""
    story.register_organisations(runtime.ledger)
    story.tell_robins_story(runtime.ledger)
    story.share_of_two(runtime.ledger)
    return runtime


def step(
    runtime: Runtime, type_: str, day: str, *, by: Caller = REPORTER, request: uuid.UUID = REQUEST, **said: Any
) -> None:
    story.give(runtime.ledger, type_, by=by, at=f"{day}T10:00:00Z", request_id=str(request), **said)


@pytest.fixture
def asked(robin: Runtime) -> Runtime:
    """Robin asked for a copy, was asked which years, and answered."""
    step(robin, "receive-request", "2026-11-02", kind="access", customer_id=str(ROBIN), asked=CANARY)
    step(robin, "ask-clarification", "2026-11-04", clarification_id="q", reason="many years", question="Which?")
    step(robin, "receive-clarification", "2026-11-11", clarification_id="q", answer="All.")
    return robin


def withheld(runtime: Runtime, **said: Any) -> None:
    weighed: dict[str, Any] = {
        "extent": "all of it",
        "reason": "WEIGHED",
        "decided_by": "officer two",
        "told": "Advice was left out.",
    }
    step(runtime, "withhold-item", "2026-11-20", **{"provision": "EX-19"} | weighed | said)


def third_party(runtime: Runtime, outcome: str, **said: Any) -> None:
    factors: dict[str, Any] = dict.fromkeys(FIVE_FACTORS, "WEIGHED")
    step(
        runtime, "decide-third-party", "2026-11-21", outcome=outcome, person="WEIGHED", decided_by="officer two",
        told="Somebody else was left out.", **factors, **said,
    )  # fmt: skip


# Over HTTP.


class Door:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._client = runtime, TestClient(create_app(runtime))

    def __call__(self, path: str, role: str = "case-worker", organisation: str = "department-for-education") -> Any:
        token = Issuer.open(self._runtime.settings).issue(
            role=role, organisation=organisation, subject="somebody", minutes=5
        )
        return self._client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def door(asked: Runtime) -> Door:
    return Door(asked)


def test_the_list_says_what_is_due_when_and_nothing_that_was_said(door: Door) -> None:
    answer = door("/v1/requests?on=2026-11-22")

    [row] = answer.json()["rows"]
    assert (row["kind"], row["state"], row["due_on"], row["target_on"]) == (
        "access", "open", "2026-12-10", "2026-12-09",
    )  # fmt: skip
    assert answer.json()["calendar"]["digest"] == england_and_wales().digest
    assert CANARY not in answer.text


def test_the_list_can_be_narrowed_and_read_in_pages(door: Door, robin: Runtime) -> None:
    for number in range(4):
        complaint = uuid.UUID(int=0xC0 + number)
        step(robin, "receive-request", "2026-08-03", request=complaint, kind="complaint", customer_id=str(KIM))

    assert len(door("/v1/requests?kind=complaint&late=true&on=2026-11-22").json()["rows"]) == 4
    assert len(door(f"/v1/requests?customer_id={ROBIN}").json()["rows"]) == 1
    assert door("/v1/requests?state=closed").json()["rows"] == []
    seen: list[str] = []
    path: str | None = "/v1/requests?limit=2"
    while path is not None:
        page = door(path).json()
        seen += [row["request_id"] for row in page["rows"]]
        path = f"/v1/requests?limit=2&cursor={page['next']}" if page["next"] else None
    assert seen == [row["request_id"] for row in door("/v1/requests").json()["rows"]]
    assert len(set(seen)) == 5


def test_requests_are_counted_by_kind_and_month(door: Door) -> None:
    kinds = {row["kind"]: row for row in door("/v1/requests/counts").json()["kinds"]}

    assert kinds["access"]["by_month"] == {"2026-11": 1}
    assert kinds["complaint"] == {"kind": "complaint", "open": 0, "closed": 0, "late": 0, "by_month": {}}


def test_a_request_is_opened_with_its_clock_and_the_reading_is_recorded_with_the_person(
    door: Door, robin: Runtime
) -> None:
    before = len(robin.ledger.history(ROBIN))
    said = door(f"/v1/requests/{REQUEST}?on=2026-11-22").json()

    assert said["restarted_on"] == []
    assert said["clock"]["uncounted"] == [{"from": "2026-11-04", "to": "2026-11-11", "days": 8}]
    assert said["steps"][0]["sealed"] == {"asked": CANARY}
    assert [entry.type for entry in robin.ledger.history(ROBIN)[before:]] == ["personal-data-read"]


@pytest.fixture
def in_november(clock: Clock) -> None:
    """The story is recorded before the days as of which something is asked: what was recorded later hides the rest."""
    clock.time = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.mark.usefixtures("in_november")
def test_a_request_as_known_on_a_day_knows_nothing_that_was_recorded_later(robin: Runtime, clock: Clock) -> None:
    clock.time = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    step(robin, "receive-request", "2026-11-02", kind="access", customer_id=str(ROBIN))
    clock.time = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    step(robin, "ask-clarification", "2026-11-04", clarification_id="q", reason="many years", question="Which?")
    step(robin, "receive-clarification", "2026-11-11", clarification_id="q", answer="All.")
    door = Door(robin)

    assert door(f"/v1/requests/{REQUEST}?known_on=2026-11-19").json()["due_on"] == "2026-12-02"
    assert door(f"/v1/requests/{REQUEST}?known_on=2026-11-20").json()["due_on"] == "2026-12-10"
    assert door(f"/v1/requests/{REQUEST}?known_on=2026-11-02").status_code == 404


def test_a_request_there_is_not_is_a_404_and_records_no_reading(door: Door, robin: Runtime) -> None:
    before = robin.ledger.recorder.max_notification_id()

    assert door(f"/v1/requests/{uuid.uuid4()}").status_code == 404
    assert robin.ledger.recorder.max_notification_id() == before


def test_a_contractor_sees_the_requests_their_own_organisation_received_and_no_others(
    door: Door, robin: Runtime
) -> None:
    own = uuid.UUID(int=0xB0)
    step(robin, "receive-request", "2026-11-03", by=CONTRACTOR, request=own, kind="erasure", customer_id=str(ROBIN))

    rows = door("/v1/requests", "contractor", "0000000777").json()["rows"]
    assert [row["request_id"] for row in rows] == [str(own)]
    assert door(f"/v1/requests/{own}", "contractor", "0000000777").status_code == 200
    assert door(f"/v1/requests/{REQUEST}", "contractor", "0000000777").status_code == 404
    assert door("/v1/requests?organisation=0000000103", "contractor", "0000000777").status_code == 403
    counted = {
        row["kind"]: row["open"] for row in door("/v1/requests/counts", "contractor", "0000000777").json()["kinds"]
    }
    assert (counted["erasure"], counted["access"]) == (1, 0)


def test_readyz_warns_when_the_bank_holiday_calendar_ends_within_twelve_months(robin: Runtime, clock: Clock) -> None:
    client = TestClient(create_app(robin))
    robin.project()
    assert client.get("/readyz").json()["warnings"] == []

    clock.time = datetime(2035, 1, 1, 9, 0, tzinfo=UTC)
    answer = client.get("/readyz")
    assert answer.json()["warnings"] == [england_and_wales().warning(date(2035, 1, 1))]
    assert answer.status_code == 200


# At the command line.


@pytest.fixture
def terminal(
    asked: Runtime, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))

    def said(*arguments: str, code: int = 0) -> tuple[str, str]:
        capfd.readouterr()
        assert run(arguments) == code
        return capfd.readouterr()

    return said


def test_ledger_requests_lists_and_counts_them(terminal: Any) -> None:
    out, err = terminal("requests", "--on", "2026-11-22")
    assert f"{REQUEST}  access" in out
    assert "2026-12-10" in out
    assert err == ""

    said = json.loads(terminal("requests", "--state", "open", "--in-time", "--on", "2026-11-22", "--json")[0])
    assert [row["request_id"] for row in said["rows"]] == [str(REQUEST)]
    assert {row["kind"]: row["open"] for row in said["counts"]}["access"] == 1
    assert json.loads(terminal("requests", "--received-by", "nobody", "--json")[0])["rows"] == []


def test_ledger_request_shows_the_clock_and_the_days_that_did_not_count(terminal: Any) -> None:
    out, _ = terminal("request", str(REQUEST), "--on", "2026-11-22")

    assert "due on: 2026-12-10" in out
    assert "from: 2026-11-04" in out
    assert "You were asked what you are looking for" in out
    said = json.loads(terminal("request", str(REQUEST), "--json")[0])
    assert said["clock"]["uncounted_days"] == 8


def test_what_cannot_be_asked_at_the_command_line_is_one_sentence(terminal: Any) -> None:
    for arguments in (
        ("request", "nobody"),
        ("request", str(uuid.uuid4())),
        ("requests", "--kind", "everything"),
        ("requests", "--on", "2199-01-01"),
    ):
        out, err = terminal(*arguments, code=2)
        assert err.startswith("ledger: ")
        assert err.count("\n") == 1
        assert out == ""


def test_the_command_line_warns_when_the_calendar_ends_within_twelve_months(terminal: Any) -> None:
    _, err = terminal("requests", "--on", "2035-06-01")

    assert err == f"ledger: {england_and_wales().warning(date(2035, 6, 1))}\n"


# In the report.


def made(runtime: Runtime, who: uuid.UUID = ROBIN) -> dict[str, Any]:
    return composed.report(runtime, who, REPORTER, "test")


def told_left_out(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Provision and sentence of what was decided to be left out; a subject line that names others always is."""
    return [(row["provision"], row["why"]) for row in said["R12"]["rows"] if "subject line" not in row["why"]]


def test_a_persons_report_tells_their_own_requests_step_by_step(asked: Runtime) -> None:
    said = made(asked)

    [row] = said["requests"]["rows"]
    assert (row["what"], row["state"], row["received"]) == (
        "a copy of your data",
        "being dealt with",
        "2 November 2026",
    )
    assert [entry["type"] for entry in row["steps"]] == [
        "request-received", "clarification-asked", "clarification-received",
    ]  # fmt: skip
    page = report_page.render(said)
    assert "Your requests and complaints about your data" in page
    assert CANARY in page
    assert CANARY not in json.dumps(made(asked, KIM))


def test_a_report_without_requests_has_no_section_about_them(robin: Runtime) -> None:
    assert "Your requests and complaints" not in report_page.render(made(robin))


def test_what_is_withheld_is_nowhere_in_the_report_and_is_told_with_its_provision_sar_11(asked: Runtime) -> None:
    whole = json.dumps(made(asked)) + report_page.render(made(asked))
    assert "Robin-Example.pdf" in whole
    assert "Out of work since autumn" in whole

    withheld(asked, record_id="share-1", items=["file_names"])
    withheld(asked, record_id="plan-7", items=["CurrentSituation"], provision="EX-24", told="A reference was left out.")
    said = made(asked)

    text = json.dumps(said) + report_page.render(said)
    assert "Robin-Example.pdf" not in text
    assert "Out of work since autumn" not in text
    assert told_left_out(said) == [
        ("DPA 2018 Sch. 2 para. 19: legal professional privilege", "Advice was left out."),
        ("DPA 2018 Sch. 2 para. 24: confidential references", "A reference was left out."),
    ]
    assert "A reference was left out." in report_page.render(said)
    assert "WEIGHED" not in text


def test_a_decision_about_a_record_and_no_item_leaves_out_all_that_the_record_says(asked: Runtime) -> None:
    withheld(asked, record_id="contact-1")

    text = json.dumps(made(asked))
    assert "robin@new.example" not in text
    assert "robin@old.example" not in text
    assert "Out of work since autumn" in text


def test_nothing_is_lost_by_withholding_and_the_whole_can_be_made_again_law_sar_05(asked: Runtime) -> None:
    before = asked.ledger.unsealed(ROBIN)
    withheld(asked, items=["file_names"])
    made(asked)

    assert before.items() <= asked.ledger.unsealed(ROBIN).items()


def test_another_persons_data_is_told_as_left_out_without_the_factors_that_were_weighed(asked: Runtime) -> None:
    third_party(asked, "withhold", items=["file_names"])
    said = made(asked)

    text = json.dumps(said) + report_page.render(said)
    assert "Robin-Example.pdf" not in text
    assert "WEIGHED" not in text
    assert told_left_out(said) == [
        ("DPA 2018 Sch. 2 para. 16: other people's data", "Somebody else was left out."),
    ]


def test_what_a_later_decision_discloses_is_in_the_report_again(asked: Runtime) -> None:
    withheld(asked, items=["file_names"])
    third_party(asked, "disclose", items=["file_names"])
    said = made(asked)

    assert "Robin-Example.pdf" in json.dumps(said)
    assert told_left_out(said) == []


def test_a_detail_of_the_person_that_is_withheld_is_not_in_the_heading_either(asked: Runtime) -> None:
    assert "Example" in str(made(asked)["person"])
    withheld(asked, items=["family_name", "FamilyName"])

    assert "family_name" not in (made(asked)["person"] or {})
    assert "FamilyName" not in (made(asked)["person"] or {})


# Below the doors.


def test_a_day_the_calendar_does_not_reach_is_refused(asked: Runtime) -> None:
    with pytest.raises(Malformed):
        requests.listed(asked, REPORTER, Wanted(), on=date(2036, 1, 1))
    with pytest.raises(UnknownRequest):
        requests.opened(asked, uuid.uuid4(), REPORTER, route="test")
    with pytest.raises(NotAllowed):
        requests.wanted(asked, Caller(role="visitor", organisation="", subject=""))


def test_a_past_day_is_answered_by_what_had_happened_until_then_law_clk_12(robin: Runtime) -> None:
    door = Door(robin)
    step(
        robin,
        "receive-request",
        "2026-03-02",
        kind="rectification",
        customer_id=str(ROBIN),
        organisation="0000000103",
    )
    step(robin, "withdraw-request", "2026-06-02")

    def states(on: str, more: str = "") -> list[str]:
        return [row["state"] for row in door(f"/v1/requests?on={on}{more}").json()["rows"]]

    def counted(on: str) -> tuple[int, int, dict[str, int]]:
        kinds = door(f"/v1/requests/counts?on={on}").json()["kinds"]
        [one] = [row for row in kinds if row["kind"] == "rectification"]
        return one["open"], one["closed"], one["by_month"]

    assert [states("2026-03-01"), states("2026-03-20"), states("2026-06-02")] == [[], ["open"], ["withdrawn"]]
    assert [states("2026-05-01", "&state=open&late=true"), states("2026-06-02", "&state=open")] == [["open"], []]
    assert [states("2026-05-01", "&state=closed"), states("2026-06-02", "&state=closed")] == [[], ["withdrawn"]]
    assert [counted("2026-03-01"), counted("2026-05-01"), counted("2026-06-02")] == [
        (0, 0, {}), (1, 0, {"2026-03": 1}), (0, 1, {"2026-03": 1}),
    ]  # fmt: skip
    assert door(f"/v1/requests/{REQUEST}?on=2026-03-01").status_code == 404
    assert door(f"/v1/requests/{REQUEST}?on=2026-05-01").json()["closed_on"] is None
