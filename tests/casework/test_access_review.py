"""Permitted browsing is watched too: many people without a task, one's own name, a colleague's; and who has access."""

from __future__ import annotations

import csv
import io
import json
import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from api.casework import access_review, attempts, customers, exports, subject_access
from api.casework.access_review import AccessFound
from api.casework.runtime import Runtime
from api.cli import run
from ledger.caller import Caller
from ledger.errors import Malformed, NotAllowed, UnknownCustomer
from ledger.events import PersonalDataRead
from ledger.names import is_called, name_of
from ledger.state.replay import event_of
from projections.findings import read as findings
from projections.findings.rows import ListedFinding
from tests.casework.test_grants import ask, decide
from tests.casework.test_refused_attempts import (
    AUDITOR,
    CONTROLLER,
    MANAGER,
    PRIME,
    STRANGER,
    Doors,
    at_the_terminal,
    doors,
    robin,
)
from tests.conftest import RECORDS_MANAGER, Clock
from tests.story import ROBIN, give

__all__ = ["doors", "robin"]

ADVISER = Caller(role="contractor", organisation=PRIME, subject="adviser nine")
WORKER = Caller(role="case-worker", organisation=CONTROLLER, subject="case worker two")
NOW = "2026-11-22T09:00:00Z"


def people(runtime: Runtime, count: int) -> list[uuid.UUID]:
    """People whom the prime serves."""
    every = [uuid.UUID(int=0xC00 + number) for number in range(count)]
    for number, who in enumerate(every):
        give(runtime.ledger, "register-customer", who, at="2026-01-05T09:00:00Z", organisation=PRIME,
             values={"given_name": "Somebody", "family_name": f"Number{number}x"})  # fmt: skip
    return every


def read(runtime: Runtime, who: uuid.UUID, by: Caller) -> None:
    customers.customer(runtime, who, by, route="test")


def watched(runtime: Runtime, most: int = 3) -> Runtime:
    """The runtime, in which more than three people a day stand out."""
    runtime.settings = replace(runtime.settings, readings_a_day=most)
    return runtime


def found(runtime: Runtime, subject_type: str) -> list[ListedFinding]:
    with runtime.current_views(RECORDS_MANAGER) as views:
        return [row for row in findings.page(views, limit=1_000) if row.finding.subject_type == subject_type]


# Many people without a task.


def test_reading_many_people_without_a_task_is_a_finding_for_the_controller_once(robin: Runtime):
    every = people(watched(robin), 4)
    for who in every[:3]:
        read(robin, who, ADVISER)
    assert access_review.find(robin, MANAGER) == AccessFound(stands_out=0, found=0)
    read(robin, every[3], ADVISER)
    assert access_review.find(robin, MANAGER) == AccessFound(stands_out=1, found=1)
    assert access_review.find(robin, MANAGER) == AccessFound(stands_out=1, found=0)
    [raised] = found(robin, "read-without-task")
    assert (raised.finding.rule_id, raised.finding.severity, raised.finding.organisation) == ("SEC-03", "S2", PRIME)
    assert raised.finding.subject_id == f"{robin.ledger.vault.pseudonym(ADVISER.subject)}/2026-11-22"
    assert raised.customer_id is None


def test_reading_one_person_often_or_on_several_days_is_none(robin: Runtime, clock: Clock):
    every = people(watched(robin), 4)
    for _ in range(6):
        read(robin, every[0], ADVISER)
    for day, who in enumerate(every):
        clock.time = clock.time.replace(day=23 + day)
        read(robin, who, ADVISER)
    assert access_review.find(robin, MANAGER).stands_out == 0


def test_a_person_with_an_open_task_of_the_organisation_does_not_count(robin: Runtime):
    every = people(watched(robin), 4)
    for who in every:
        read(robin, who, ADVISER)
    give(robin.ledger, "receive-data", every[0], at="2026-11-20T09:00:00Z", received_from="jobcentre-plus",
         received_by=PRIME, channel="EMAIL", items=["D11"])  # fmt: skip
    assert access_review.find(robin, MANAGER).stands_out == 0


def test_a_person_with_an_open_request_does_not_count_and_a_closed_one_does(robin: Runtime):
    every = people(watched(robin), 4)
    for who in every:
        read(robin, who, WORKER)
    request = str(uuid.uuid4())
    give(robin.ledger, "receive-request", every[0], at="2026-11-20T09:00:00Z", by=MANAGER, request_id=request,
         kind="access")  # fmt: skip
    assert access_review.find(robin, MANAGER).stands_out == 0
    give(robin.ledger, "withdraw-request", at="2026-11-21T09:00:00Z", by=MANAGER, request_id=request)
    assert access_review.find(robin, MANAGER).stands_out == 1


def test_a_person_about_whom_a_claim_waits_does_not_count(robin: Runtime):
    every = people(watched(robin), 4)
    for who in every:
        read(robin, who, ADVISER)
    give(robin.ledger, "hold-interaction", every[0], at=NOW, by=STRANGER, channel=2, organisation=PRIME)
    assert access_review.find(robin, MANAGER).stands_out == 0


def test_the_operators_own_shell_is_watched_too(robin: Runtime):
    for who in people(watched(robin), 4):
        read(robin, who, replace(WORKER, operator=True))
    assert access_review.find(robin, MANAGER).found == 1


# One's own name, and a colleague's.


@pytest.mark.parametrize(
    ("text", "is_so"),
    [("Robin Example", True), ("ms robin EXAMPLE", True), ("robin.example@prime.example", True),
     ("Example, Robin", True), ("robinexample", True), ("R Example", False), ("Robin", False), ("Example", False),
     ("Robin Otherwise", False), ("adviser nine", False), ("", False)],
)  # fmt: skip
def test_a_text_is_somebodys_name_when_it_has_given_and_family_name(text: str, *, is_so: bool):
    assert is_called(text, name_of("Robin", "Example")) is is_so


@pytest.mark.parametrize(
    "by",
    [Caller(role="contractor", organisation=PRIME, subject="robin.example@prime.example"),
     Caller(role="contractor", organisation=PRIME, subject="4711", name="Robin Example")],
)  # fmt: skip
def test_reading_a_record_of_ones_own_name_is_a_finding_and_only_that_it_matched_is_kept(robin: Runtime, by: Caller):
    read(robin, ROBIN, ADVISER)
    assert access_review.find(robin, MANAGER).found == 0
    read(robin, ROBIN, by)
    [_, last] = [event for entry in robin.ledger.history(ROBIN)
                 if isinstance(event := event_of(entry), PersonalDataRead)]  # fmt: skip
    assert last.namesake == "own-name"
    assert "robin" not in robin.ledger.history(ROBIN)[-1].facts.decode().lower()
    assert access_review.find(robin, MANAGER).found == 1
    [raised] = found(robin, "read-namesake")
    assert raised.finding.subject_id == f"own-name/{robin.ledger.vault.pseudonym(by.subject)}/2026-11-22"


def test_reading_a_record_of_a_colleagues_name_is_a_finding(robin: Runtime):
    namesake = Caller(role="contractor", organisation=PRIME, subject="4711", name="Robin Example")
    other = people(robin, 1)[0]
    read(robin, other, namesake)
    read(robin, ROBIN, ADVISER)
    assert access_review.find(robin, MANAGER).found == 1
    [raised] = found(robin, "read-namesake")
    assert raised.finding.subject_id.startswith(f"colleague/{robin.ledger.vault.pseudonym(ADVISER.subject)}/")


def test_a_namesake_in_another_organisation_is_no_colleague(robin: Runtime):
    read(robin, ROBIN, replace(WORKER, name="Somebody Else"))
    with pytest.raises(UnknownCustomer):
        read(robin, ROBIN, Caller(role="contractor", organisation="another-prime", subject="1", name="Robin Example"))
    read(robin, ROBIN, ADVISER)
    assert access_review.find(robin, MANAGER).stands_out == 0


def test_a_callers_name_is_shown_nowhere():
    assert "Robin" not in repr(Caller(role="contractor", organisation=PRIME, subject="4711", name="Robin Example"))


# Who finds.


@pytest.mark.parametrize(
    "by", [AUDITOR, ADVISER, Caller(role="administrator", organisation=CONTROLLER, subject="administrator")]
)
def test_only_the_controllers_case_work_records_such_findings(robin: Runtime, by: Caller):
    with pytest.raises(NotAllowed):
        access_review.find(robin, by)


# The review of a quarter.


@pytest.mark.parametrize(
    ("text", "first", "following"),
    [("2026Q4", date(2026, 10, 1), date(2027, 1, 1)), ("2026q1", date(2026, 1, 1), date(2026, 4, 1)),
     ("2027-Q2", date(2027, 4, 1), date(2027, 7, 1)), (None, date(2026, 10, 1), date(2027, 1, 1))],
)  # fmt: skip
def test_a_quarter_is_three_months(text: str | None, first: date, following: date):
    asked = access_review.quarter_of(text, date(2026, 11, 22))
    assert (asked.first, asked.following) == (first, following)


@pytest.mark.parametrize("text", ["2026Q5", "2026", "Q4", "9999Q1", "2026Q4x"])
def test_what_is_no_quarter_is_refused(text: str):
    with pytest.raises(Malformed):
        access_review.quarter_of(text, date(2026, 11, 22))


def rows(runtime: Runtime, quarter: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    found = access_review.everything(runtime, MANAGER, quarter=quarter).rows
    return {(row.who, row.role): row.as_json() for row in found}


def test_a_review_lists_who_had_access_and_what_they_did_with_it(robin: Runtime, clock: Clock):
    who = robin.ledger.vault.pseudonym(WORKER.subject)
    first = people(robin, 2)
    for customer in (ROBIN, ROBIN, *first):
        read(robin, customer, WORKER)
    subject_access.report(robin, ROBIN, WORKER, "test")
    exports.portable_copy(robin, ROBIN, WORKER, "test")
    give(robin.ledger, "end-serving", first[0], by=WORKER, at=NOW, organisation=PRIME, reason="moved")
    attempts.notice(robin.ledger, UnknownCustomer(about=ROBIN), STRANGER, route="test")
    row = rows(robin)[who, "case-worker"]
    assert (row["people_read"], row["readings"], row["exports"], row["recorded"], row["refused"]) == (3, 6, 2, 1, 0)
    assert (row["organisation"], row["operator"]) == (CONTROLLER, False)
    refused = rows(robin)[robin.ledger.vault.pseudonym(STRANGER.subject), "contractor"]
    assert (refused["people_read"], refused["refused"]) == (0, 1)
    clock.time = clock.time.replace(year=2027, month=2)
    assert (who, "case-worker") not in rows(robin)
    read(robin, ROBIN, WORKER)
    later = rows(robin)[who, "case-worker"]
    assert later["people_read"] == 1
    assert later["first_seen"][:10] == "2026-11-22"
    assert later["last_seen"][:10] == "2027-02-22"
    assert rows(robin, "2026Q4")[who, "case-worker"]["people_read"] == 3


def test_readings_by_a_grant_are_counted_apart(robin: Runtime):
    ask(robin, AUDITOR)
    decide(robin, "approve-grant", MANAGER)
    read(robin, ROBIN, AUDITOR)
    row = rows(robin)[robin.ledger.vault.pseudonym(AUDITOR.subject), "auditor"]
    assert (row["people_read"], row["by_grant"]) == (1, 1)


def test_a_review_is_read_in_pages_that_meet(doors: Doors, robin: Runtime):
    for number in range(5):
        read(robin, ROBIN, replace(ADVISER, subject=f"adviser {number}"))
    everything = [row.who for row in access_review.everything(robin, MANAGER).rows]
    paged: list[str] = []
    cursor = ""
    while True:
        answer = doors.get(f"/v1/access-review?limit=2{cursor}", MANAGER).json()
        paged += [row["who"] for row in answer["rows"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert paged == everything
    assert doors.get("/v1/access-review?cursor=nonsense", MANAGER).status_code == 422


def test_the_file_opens_right_in_a_spreadsheet(doors: Doors, robin: Runtime):
    read(robin, ROBIN, ADVISER)
    answer = doors.get("/v1/access-review?quarter=2026Q4", MANAGER, Accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.content.startswith(b"\xef\xbb\xbfquarter,who,role,")
    [head, *lines] = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert len(lines) == len(access_review.everything(robin, MANAGER).rows)
    assert {len(line) for line in lines} == {len(head)}
    assert robin.ledger.vault.pseudonym(ADVISER.subject) in {line[1] for line in lines}
    assert ADVISER.subject not in answer.text


def test_the_page_shows_the_review_and_leads_to_its_file(doors: Doors, robin: Runtime):
    read(robin, ROBIN, ADVISER)
    doors.client.post("/sign-in", data={"role": "auditor", "organisation": CONTROLLER})
    shown = doors.client.get("/access-review?quarter=2026Q4")
    assert robin.ledger.vault.pseudonym(ADVISER.subject) in shown.text
    assert "/access-review.csv?quarter=2026Q4" in shown.text
    assert doors.client.get("/access-review.csv?quarter=2026Q4").content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("by", [ADVISER, Caller(role="administrator", organisation=CONTROLLER, subject="a")])
def test_nobody_but_the_controllers_case_work_and_auditors_sees_it(doors: Doors, by: Caller):
    assert doors.get("/v1/access-review", by).status_code == 403


def test_the_command_line_reviews_finds_and_writes_the_file(
    robin: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
):
    at_the_terminal(robin, monkeypatch)
    monkeypatch.setenv("LEDGER_READINGS_A_DAY", "1")
    for who in people(robin, 3):
        read(robin, who, ADVISER)
    assert run(["access-review", "--find", "--organisation", CONTROLLER, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["found"] == 1
    file = tmp_path / "review.csv"
    assert run(["access-review", "--quarter", "2026Q4", "--organisation", CONTROLLER, "--format", "csv",
                "--out", str(file)]) == 0  # fmt: skip
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert run(["access-review", "--quarter", "2026Q4", "--organisation", CONTROLLER]) == 0
    assert "had access in 2026Q4" in capsys.readouterr().out
