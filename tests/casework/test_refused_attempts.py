"""Refused attempts are on record: who, in which role, by which route, whose record; counted, listed and found."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework import attempts, destruction, obligations
from api.casework.runtime import Runtime
from api.cli import run
from api.entries import record_lines
from api.issuer import Issuer
from ledger import attempts as log
from ledger.caller import Caller
from ledger.commands.reader import access_file
from ledger.errors import NotAllowed, UnknownCustomer, UnknownReference, UnregisteredOrganisation
from ledger.events import AccessRefused
from ledger.verify import verify
from projections.findings import read as findings
from projections.findings.rows import ListedFinding
from tests import story
from tests.conftest import RECORDS_MANAGER, Clock
from tests.story import KIM, ROBIN, give

CONTROLLER, PRIME, OTHER = "department-for-education", "0000000103", "another-prime"
STRANGER = Caller(role="contractor", organisation=OTHER, subject="Unmistakable Canary")
MANAGER = Caller(role="records-manager", organisation=CONTROLLER, subject="records manager two")
AUDITOR = Caller(role="auditor", organisation=CONTROLLER, subject="auditor one")
NOBODY = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def robin(runtime: Runtime) -> Runtime:
    """Robin is served by one prime; another is registered and serves nobody."""
    story.register_organisations(runtime.ledger)
    give(runtime.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=story.MANAGER, organisation=OTHER,
         name="Another Prime", kind="prime", part_of=CONTROLLER)  # fmt: skip
    story.tell_robins_story(runtime.ledger)
    give(runtime.ledger, "assign-customer", ROBIN, at="2026-02-03T09:00:00Z", by=story.MANAGER, organisation=PRIME,
         reason="Robin came back")  # fmt: skip
    return runtime


class Doors:
    """HTTP and pages, signed in as whoever is asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.client = TestClient(create_app(runtime), follow_redirects=False)

    def get(self, path: str, by: Caller, **headers: str) -> Any:
        return self.client.get(path, headers={**self._headers(by), **headers})

    def post(self, path: str, by: Caller, body: Any) -> Any:
        return self.client.post(path, json=body, headers=self._headers(by))

    def _headers(self, by: Caller) -> dict[str, str]:
        issued = Issuer.open(self.runtime.settings).issue(
            role=by.role, organisation=by.organisation, subject=by.subject, minutes=5
        )
        return {"Authorization": f"Bearer {issued}"}


@pytest.fixture
def doors(robin: Runtime) -> Doors:
    return Doors(robin)


def at_the_terminal(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line opens this test's ledger."""
    monkeypatch.setenv("LEDGER_DATABASE_URL", runtime.conninfo)
    monkeypatch.setenv("LEDGER_HOME", str(runtime.settings.home))
    monkeypatch.setenv("LEDGER_KEY_FILE", str(runtime.settings.key_file))


def listed(runtime: Runtime, **asked: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [row.as_json() for row in attempts.listed(runtime, MANAGER, **asked).rows]
    return rows


def test_who_was_refused_whose_record_by_which_route_in_which_role_is_on_record(doors: Doors, robin: Runtime):
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 404
    [row] = listed(robin)
    assert (row["role"], row["organisation"], row["operator"]) == ("contractor", OTHER, False)
    assert (row["route"], row["about"]) == ("GET /v1/customers/{customer_id}", str(ROBIN))
    assert (row["refusal"], row["attempts"], row["different"]) == ("UnknownCustomer", 1, 0)


def test_who_it_was_is_sealed_and_shown_as_a_pseudonym_only(doors: Doors, robin: Runtime):
    doors.get(f"/v1/customers/{ROBIN}", STRANGER)
    [row] = listed(robin)
    assert row["who"] == robin.ledger.vault.pseudonym(STRANGER.subject)
    [entry] = robin.ledger.history(uuid.UUID(row["file"]))
    assert STRANGER.subject not in entry.facts.decode() + entry.actor
    assert robin.ledger.unsealed(entry.stream) == {entry.position: {"attempted_by": STRANGER.subject}}
    assert STRANGER.subject not in json.dumps(row)


def test_an_attempt_at_what_is_not_there_is_recorded_too_and_answered_in_the_same_way(doors: Doors, robin: Runtime):
    there, not_there = (doors.get(f"/v1/customers/{who}/history", STRANGER) for who in (ROBIN, NOBODY))
    assert there.status_code == not_there.status_code == 404
    assert there.text.replace(str(ROBIN), "") == not_there.text.replace(NOBODY, "")
    assert {*there.headers} == {*not_there.headers}
    assert {(row["about"], row["attempts"], row["different"]) for row in listed(robin)} == {
        (str(ROBIN), 1, 0), (None, 1, 1),
    }  # fmt: skip


def test_being_refused_runs_no_statement_of_its_own(robin: Runtime, monkeypatch: pytest.MonkeyPatch):
    refused = UnknownCustomer(about=ROBIN)
    monkeypatch.setattr(robin.ledger.recorder, "connection", lambda: pytest.fail("a statement was run"))
    attempts.notice(robin.ledger, refused, STRANGER, route="test")
    monkeypatch.undo()
    assert [row["about"] for row in listed(robin)] == [str(ROBIN)]


@pytest.mark.parametrize(
    ("path", "by_template"),
    [
        (f"/v1/customers/{ROBIN}/subject-access-report", "GET /v1/customers/{customer_id}/subject-access-report"),
        (f"/v1/requests/{NOBODY}", "GET /v1/requests/{request_id}"),
        ("/v1/events", "GET /v1/events"),
        (f"/v1/findings?organisation={PRIME}", "GET /v1/findings"),
        ("/v1/attempts", "GET /v1/attempts"),
    ],
)
def test_every_route_that_refuses_a_known_caller_says_so_by_its_template(
    doors: Doors, robin: Runtime, path: str, by_template: str
):
    assert doors.get(path, STRANGER).status_code in {403, 404}
    assert [row["route"] for row in listed(robin)] == [by_template]


def test_a_page_that_refuses_is_on_record(doors: Doors, robin: Runtime):
    doors.client.post("/sign-in", data={"role": "contractor", "organisation": OTHER})
    assert doors.client.get(f"/customers/{ROBIN}").status_code == 404
    assert [(row["route"], row["about"]) for row in listed(robin)] == [("GET /customers/{customer_id}", str(ROBIN))]


def test_a_command_that_was_refused_is_on_record_with_its_type_and_whom_it_is_about(doors: Doors, robin: Runtime):
    body = {"id": str(uuid.uuid4()), "type": "destroy-records", "occurred_at": "2026-01-05T09:00:00Z",
            "customer_id": str(ROBIN), "destroyed": [], "on": "2026-01-05", "digest": "00"}  # fmt: skip
    unregistered = Caller(role="contractor", organisation="nobody-knows-them", subject="somebody")
    assert doors.post("/v1/entries", STRANGER, {**body, "destroyed": [{"class": "service"}]}).status_code == 403
    line = json.dumps({**body, "id": str(uuid.uuid4()), "type": "withdraw-consent", "scope": "market_research"})
    for name in ("destroyed", "on", "digest"):
        line = json.dumps({key: value for key, value in json.loads(line).items() if key != name})
    [outcome] = record_lines(robin.ledger, [(1, line.encode())], unregistered, source="ledger record")
    assert isinstance(outcome.refused, UnregisteredOrganisation)
    assert [(row["command"], row["about"], row["route"], row["rule"]) for row in listed(robin)] == [
        ("destroy-records", str(ROBIN), "POST /v1/entries", None),
        ("withdraw-consent", str(ROBIN), "ledger record", "PARTY-01"),
    ]


def test_the_command_line_records_whom_it_refused(
    robin: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    at_the_terminal(robin, monkeypatch)
    assert run(["customer", str(ROBIN), "--role", "contractor", "--organisation", OTHER]) == 2
    capsys.readouterr()
    assert run(["attempts", "--organisation", CONTROLLER, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["count"] == 1
    assert [(row["route"], row["about"], row["operator"]) for row in answer["rows"]] == [
        ("ledger customer", str(ROBIN), True)
    ]
    assert [row["attempts"] for row in answer["callers"]] == [1]
    assert run(["attempts", "--who", answer["rows"][0]["who"], "--organisation", CONTROLLER]) == 0
    assert "ledger customer" in capsys.readouterr().out


def test_an_unknown_caller_leaves_no_entry(doors: Doors, robin: Runtime):
    assert doors.client.get(f"/v1/customers/{ROBIN}").status_code == 401
    assert listed(robin) == []
    assert 'status="401"' in doors.client.get("/metrics").text


def test_a_refusal_for_another_reason_than_authority_is_no_attempt(doors: Doors, robin: Runtime):
    assert doors.post("/v1/entries", STRANGER, {"type": "no-such-command"}).status_code == 422
    assert doors.get("/v1/findings?severity=S9", AUDITOR).status_code == 422
    assert listed(robin) == []


def test_a_flood_of_one_kind_is_one_entry_with_its_count(doors: Doors, robin: Runtime):
    before = robin.ledger.recorder.max_notification_id() or 0
    for _ in range(50):
        doors.get(f"/v1/customers/{ROBIN}", STRANGER)
    [row] = listed(robin)
    assert row["attempts"] == 50
    assert (robin.ledger.recorder.max_notification_id() or 0) == before + 1


def test_a_flood_of_guessed_ids_is_one_entry_and_holds_bounded_memory(robin: Runtime):
    for _ in range(1_000):
        attempts.notice(robin.ledger, UnknownCustomer(about=uuid.uuid4()), STRANGER, route="test")
    rows = listed(robin)
    assert [(row["attempts"], row["about"], row["different"]) for row in rows] == [
        (1_000, None, log.MOST_NAMED + log.MOST_DIFFERENT)
    ]
    many = [Caller(role="contractor", organisation=OTHER, subject=str(number)) for number in range(log.MOST_KINDS + 7)]
    for by in many:
        attempts.notice(robin.ledger, NotAllowed(), by, route="test")
    assert robin.ledger.attempts.dropped == 7


def test_what_cannot_be_recorded_is_held_and_recorded_later(robin: Runtime, monkeypatch: pytest.MonkeyPatch):
    attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    monkeypatch.setattr(robin.ledger.recorder, "append", _refuses)
    with pytest.raises(NotAllowed):
        robin.ledger.attempts.record()
    monkeypatch.undo()
    attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    assert [row["attempts"] for row in listed(robin)] == [3]


def _refuses(*_: object) -> None:
    raise NotAllowed


def test_a_thread_records_what_was_noticed(robin: Runtime, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log, "PERIOD_SECONDS", 0.01)
    file = access_file(OTHER, robin.ledger.now())
    attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    for _ in range(500):
        if robin.ledger.recorder.tail(file, 1):
            break
        robin.ledger.attempts._ended.wait(0.01)
    assert len(robin.ledger.history(file)) == 1


def test_what_was_noticed_is_recorded_when_the_ledger_closes(robin: Runtime):
    assert robin.ledger.opening is not None
    other = robin.ledger.opening.open()
    other.now = robin.ledger.now
    attempts.notice(other, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    other.close()
    assert len(listed(robin)) == 1


# Who sees them.


@pytest.mark.parametrize("role", ["case-worker", "records-manager", "auditor"])
def test_the_controllers_case_work_and_auditors_list_them(doors: Doors, role: str):
    doors.get(f"/v1/customers/{ROBIN}", STRANGER)
    answer = doors.get("/v1/attempts", Caller(role=role, organisation=CONTROLLER, subject="somebody"))
    assert answer.status_code == 200
    assert len(answer.json()["rows"]) == 1


@pytest.mark.parametrize(
    ("role", "organisation"),
    [("administrator", CONTROLLER), ("contractor", PRIME), ("contractor-manager", PRIME),
     ("jobcentre-plus", "jobcentre-plus"), ("case-worker", "nobody-knows-them")],
)  # fmt: skip
def test_nobody_else_does(doors: Doors, role: str, organisation: str):
    by = Caller(role=role, organisation=organisation, subject="somebody")
    assert doors.get("/v1/attempts", by).status_code == 403


def test_the_list_is_read_in_pages_and_by_who_tried(doors: Doors, robin: Runtime):
    other = Caller(role="contractor", organisation=OTHER, subject="somebody else")
    for path in ("", "/history", "/provenance"):
        doors.get(f"/v1/customers/{ROBIN}{path}", STRANGER)
    doors.get(f"/v1/customers/{ROBIN}", other)
    first = doors.get("/v1/attempts?limit=3", MANAGER).json()
    second = doors.get(f"/v1/attempts?limit=3&cursor={first['next']}", MANAGER).json()
    assert (first["count"], len(first["rows"]), len(second["rows"]), second["next"]) == (4, 3, 1, None)
    who = robin.ledger.vault.pseudonym(other.subject)
    assert [row["who"] for row in doors.get(f"/v1/attempts?who={who}", MANAGER).json()["rows"]] == [who]
    page = attempts.by_caller(robin, MANAGER, limit=1)
    rest = attempts.by_caller(robin, MANAGER, after=page.next, limit=1)
    assert [row.attempts for row in (*page.rows, *rest.rows)] == [1, 3]
    assert rest.next is None


def test_the_page_shows_who_was_refused_and_each_attempt(doors: Doors, robin: Runtime):
    doors.get(f"/v1/customers/{ROBIN}", STRANGER)
    doors.client.post("/sign-in", data={"role": "records-manager", "organisation": CONTROLLER})
    who = robin.ledger.vault.pseudonym(STRANGER.subject)
    every = doors.client.get("/attempts").text
    assert who in every
    assert "Another Prime" in every
    each = doors.client.get(f"/attempts?who={who}").text
    assert f"/customers/{ROBIN}" in each
    assert STRANGER.subject not in every + each


def test_a_records_manager_looks_up_who_it_was_and_that_is_recorded_first(doors: Doors, robin: Runtime):
    doors.get(f"/v1/customers/{ROBIN}", STRANGER)
    [row] = listed(robin)
    for by in (AUDITOR, Caller(role="case-worker", organisation=CONTROLLER, subject="case worker one"), STRANGER):
        with pytest.raises(NotAllowed):
            attempts.opened(robin, by, row["who"])
    with pytest.raises(UnknownReference):
        attempts.opened(robin, MANAGER, "0123456789abcdef")
    assert attempts.opened(robin, MANAGER, row["who"]) == STRANGER.subject
    last = robin.ledger.history(uuid.UUID(row["file"]))[-1]
    assert last.type == "attempts-opened"
    assert last.actor.endswith(robin.ledger.vault.pseudonym(MANAGER.subject))


# The finding.


def try_many(runtime: Runtime, count: int, by: Caller = STRANGER) -> None:
    for number in range(count):
        attempts.notice(runtime.ledger, UnknownCustomer(about=uuid.UUID(int=number + 1)), by, route="test")


def found(runtime: Runtime) -> list[ListedFinding]:
    runtime.ledger.attempts.record()
    with runtime.current_views(RECORDS_MANAGER) as views:
        return [row for row in findings.page(views) if row.finding.subject_type == AccessRefused.NAME]


def test_trying_many_different_records_on_a_day_is_one_finding_about_the_organisation(robin: Runtime, clock: Clock):
    try_many(robin, log.MANY)
    assert found(robin) == []
    attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    attempts.notice(robin.ledger, UnknownCustomer(about=KIM), STRANGER, route="test")
    [raised] = found(robin)
    assert (raised.finding.rule_id, raised.finding.severity, raised.finding.organisation) == ("SEC-03", "S3", OTHER)
    assert raised.customer_id is None
    assert raised.finding.subject_id == f"{robin.ledger.vault.pseudonym(STRANGER.subject)}/2026-11-22"
    try_many(robin, 30)
    assert len(found(robin)) == 1
    clock.time = clock.time.replace(day=23)
    try_many(robin, 30)
    assert len(found(robin)) == 2


def test_trying_one_record_often_is_no_finding(robin: Runtime):
    for _ in range(100):
        attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    assert found(robin) == []


def test_the_controller_assesses_and_closes_such_a_finding_and_nobody_uses_its_file_for_anything_else(robin: Runtime):
    try_many(robin, 30)
    [raised] = found(robin)
    file, finding_id = raised.access_file, raised.finding.finding_id
    give(robin.ledger, "assess-finding", file, at="2026-11-22T09:00:00Z", by=MANAGER, finding_id=finding_id,
         outcome="confirmed", reason="a lost adviser")  # fmt: skip
    give(robin.ledger, "close-finding", file, at="2026-11-22T09:00:00Z", by=MANAGER, finding_id=finding_id,
         reason_code="DONE")  # fmt: skip
    [closed] = found(robin)
    assert closed.finding.state == "closed"
    doors = Doors(robin)
    assert doors.get(f"/v1/customers/{file}", MANAGER).status_code == 404
    assert doors.get(f"/v1/customers/{file}/history", MANAGER).status_code == 404
    consent = {"id": str(uuid.uuid4()), "type": "withdraw-consent", "occurred_at": "2026-11-22T09:00:00Z",
               "customer_id": str(file), "scope": "market_research"}  # fmt: skip
    assert doors.post("/v1/entries", MANAGER, consent).status_code == 422


# Kept and destroyed like the log of readings.


def test_who_tried_is_destroyed_after_twenty_four_months_and_the_ledger_still_adds_up(robin: Runtime, clock: Clock):
    attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    [row] = listed(robin)
    file = uuid.UUID(row["file"])
    clock.time = clock.time.replace(year=2028, day=23)
    day = clock.time.date()
    assert obligations.find_late(robin, MANAGER).found > 0
    assert ("access_log", "2026-11") in of_file(destruction.preview(robin, day, story.MANAGER).rows, file)
    destroyed = destruction.destroy(robin, day, story.MANAGER)
    assert ("access_log", "2026-11") in of_file(destroyed.certificates, file)
    assert robin.ledger.unsealed(file) == {}
    assert [row["attempts"] for row in listed(robin)] == [1]
    assert verify(robin.conninfo, vault=robin.ledger.vault).ok


def of_file(rows: Iterable[Any], file: uuid.UUID) -> set[tuple[str, str]]:
    return {(row.class_, row.part) for row in rows if row.customer_id == file}
