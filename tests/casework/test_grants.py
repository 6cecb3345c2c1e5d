"""Reading beyond one's own is a grant: who, whose, why, until when, approved by a second person; it ends by itself."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest

from api import report_page
from api.casework import customers, grants, provenance, subject_access
from api.casework.runtime import Runtime
from api.cli import run
from ledger.authority.grants import grants_of
from ledger.caller import Caller
from ledger.errors import AlreadyDone, ByGrantOnly, Malformed, NotAllowed, UnknownCustomer, UnknownReference
from ledger.events import NHS, PersonalDataRead
from ledger.state.replay import event_of
from ledger.store.receipts import Receipt
from tests import story
from tests.casework.test_refused_attempts import (
    AUDITOR,
    CONTROLLER,
    MANAGER,
    NOBODY,
    OTHER,
    STRANGER,
    Doors,
    doors,
    robin,
)
from tests.conftest import Clock
from tests.story import ROBIN, give

__all__ = ["doors", "robin"]

WORKER = Caller(role="case-worker", organisation=CONTROLLER, subject="case worker two")
OF_NHS = Caller(role="case-worker", organisation="nhs-england", subject="case worker of the NHS")
NOW = "2026-11-22T09:00:00Z"
GRANT = str(uuid.UUID(int=0xE1))
ENDS = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")


def ask(runtime: Runtime, by: Caller, whom: uuid.UUID | str = ROBIN, **fields: Any) -> Receipt:
    values = {"grant_id": GRANT, "until": "2026-11-30", "reason": "an audit of readings", **fields}
    return give(runtime.ledger, "request-grant", whom, by=by, at=NOW, **{k: v for k, v in values.items() if v})


def decide(runtime: Runtime, type_: str, by: Caller, **fields: Any) -> Receipt:
    return give(runtime.ledger, type_, ROBIN, by=by, at=NOW, grant_id=GRANT, **fields)


def readings(runtime: Runtime) -> list[PersonalDataRead]:
    made = [event_of(entry) for entry in runtime.ledger.history(ROBIN)]
    return [event for event in made if isinstance(event, PersonalDataRead)]


# Auditors read facts; names and contents only by a grant.


def test_an_auditor_without_a_grant_sees_facts_and_nothing_that_is_sealed(robin: Runtime):
    view = customers.customer(robin, ROBIN, AUDITOR, route="test")
    assert view["person"] is None
    assert view["organisation"] == "0000000103"
    entries = customers.history(robin, ROBIN, AUDITOR, route="test")
    assert all(entry.sealed is None for entry in entries)
    assert not any(entry.destroyed for entry in entries)
    assert any(entry.facts for entry in entries)
    table = provenance.table(robin, ROBIN, AUDITOR, "test")
    picture = provenance.svg(robin, ROBIN, AUDITOR, "test")
    shown = json.dumps([view, [entry.as_json() for entry in entries], table]) + picture
    for word in ("Robin", "Example", "robin@new.example", "Out of work", "bookkeeping", "destroyed under rule"):
        assert word not in shown, word


def test_an_auditor_without_a_grant_gets_neither_the_report_nor_the_portable_copy_nor_a_search(
    doors: Doors, robin: Runtime
):
    before = len(readings(robin))
    for end in ("/subject-access-report", "/portable-copy"):
        assert doors.get(f"/v1/customers/{ROBIN}{end}", AUDITOR).status_code == 403
    asked = {"family_name": "Example", "date_of_birth": "1990-02-01"}
    assert doors.post("/v1/customers/search", AUDITOR, asked).json() == {"customers": []}
    assert len(readings(robin)) == before
    with pytest.raises(ByGrantOnly):
        subject_access.report(robin, ROBIN, AUDITOR, "test")


def test_the_pages_show_an_auditor_no_name(doors: Doors, robin: Runtime):
    doors.client.post("/sign-in", data={"role": "auditor", "organisation": CONTROLLER})
    for end in ("", "/history", "/provenance"):
        answer = doors.client.get(f"/customers/{ROBIN}{end}")
        assert answer.status_code == 200, end
        assert "Robin" not in answer.text
        assert "robin@new.example" not in answer.text
    assert doors.client.get(f"/customers/{ROBIN}/report").status_code == 403


def test_an_auditor_reads_the_steps_of_a_request_without_what_the_person_wrote(doors: Doors, robin: Runtime):
    request = str(uuid.UUID(int=0x51))
    give(robin.ledger, "receive-request", ROBIN, at=NOW, by=MANAGER, request_id=request, kind="access",
         asked="everything about my ex-employer")  # fmt: skip
    shown = doors.get(f"/v1/requests/{request}", AUDITOR)
    assert shown.status_code == 200
    assert "ex-employer" not in shown.text
    assert "ex-employer" in doors.get(f"/v1/requests/{request}", WORKER).text


def test_an_auditor_with_a_grant_reads_as_a_case_worker_and_each_reading_names_the_grant(doors: Doors, robin: Runtime):
    ask(robin, AUDITOR)
    assert doors.get(f"/v1/customers/{ROBIN}/subject-access-report", AUDITOR).status_code == 403
    decide(robin, "approve-grant", MANAGER)
    for end in ENDS:
        assert doors.get(f"/v1/customers/{ROBIN}{end}", AUDITOR).status_code == 200, end
    assert customers.customer(robin, ROBIN, AUDITOR, route="test")["person"]["given_name"] == "Robin"  # type: ignore[index,call-overload]
    assert {event.grant_id for event in readings(robin)[-7:]} == {GRANT}
    customers.customer(robin, ROBIN, WORKER, route="test")
    assert readings(robin)[-1].grant_id is None


# A second person approves.


def test_nobody_approves_their_own_grant_whatever_role_they_take(robin: Runtime):
    ask(robin, AUDITOR)
    same = Caller(role="records-manager", organisation=CONTROLLER, subject=AUDITOR.subject)
    for by in (same, Caller(role="records-manager", organisation=CONTROLLER, subject=AUDITOR.subject, operator=True)):
        with pytest.raises(NotAllowed, match="Another person"):
            decide(robin, "approve-grant", by)
    decide(robin, "approve-grant", WORKER)


@pytest.mark.parametrize("type_", ["approve-grant", "refuse-grant", "end-grant"])
@pytest.mark.parametrize(
    "by",
    [STRANGER, OF_NHS, Caller(role="records-manager", organisation=OTHER, subject="manager of a contractor"),
     Caller(role="contractor", organisation="0000000103", subject="serves them"),
     Caller(role="administrator", organisation=CONTROLLER, subject="administrator"),
     Caller(role="auditor", organisation=CONTROLLER, subject="another auditor")],
)  # fmt: skip
def test_only_the_controllers_case_work_of_the_persons_programme_decides(robin: Runtime, type_: str, by: Caller):
    give(robin.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=story.MANAGER,
         organisation="nhs-england", name="NHS England", kind="controller of NHS data")  # fmt: skip
    ask(robin, AUDITOR)
    with pytest.raises((NotAllowed, UnknownCustomer)):
        decide(robin, type_, by, reason="because")


def test_a_grant_that_was_decided_is_not_decided_again(robin: Runtime):
    with pytest.raises(UnknownReference):
        decide(robin, "approve-grant", WORKER)
    ask(robin, AUDITOR)
    with pytest.raises(AlreadyDone):
        ask(robin, AUDITOR)
    decide(robin, "refuse-grant", WORKER, reason="facts are enough")
    for type_ in ("approve-grant", "refuse-grant", "end-grant"):
        with pytest.raises(AlreadyDone):
            decide(robin, type_, WORKER, reason="because")
    with pytest.raises(ByGrantOnly):
        subject_access.report(robin, ROBIN, AUDITOR, "test")


# Until when.


def test_a_grant_lasts_thirty_days_at_most_and_ends_by_itself(robin: Runtime, clock: Clock):
    for until in ("2026-11-21", "2026-12-23", None):
        with pytest.raises(Malformed):
            ask(robin, AUDITOR, until=until)
    ask(robin, AUDITOR, until="2026-12-22")
    decide(robin, "approve-grant", MANAGER)
    clock.time = clock.time.replace(month=12, day=22, hour=23)
    subject_access.report(robin, ROBIN, AUDITOR, "test")
    clock.time += timedelta(hours=2)
    with pytest.raises(ByGrantOnly):
        subject_access.report(robin, ROBIN, AUDITOR, "test")
    assert [row.state for row in grants.listed(robin, MANAGER).rows] == ["over"]


@pytest.mark.parametrize("by", [AUDITOR, MANAGER, WORKER])
def test_who_asked_or_the_controller_ends_it_earlier(robin: Runtime, by: Caller):
    ask(robin, AUDITOR)
    decide(robin, "approve-grant", MANAGER)
    decide(robin, "end-grant", by)
    with pytest.raises(ByGrantOnly):
        subject_access.report(robin, ROBIN, AUDITOR, "test")


def test_a_grant_is_for_who_asked_in_the_role_and_organisation_they_asked_for(doors: Doors, robin: Runtime):
    ask(robin, STRANGER)
    decide(robin, "approve-grant", MANAGER)
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 200
    for by in (
        Caller(role="contractor", organisation=OTHER, subject="a colleague"),
        Caller(role="contractor-manager", organisation=OTHER, subject=STRANGER.subject),
        Caller(role="contractor", organisation="0000000777", subject=STRANGER.subject),
    ):
        assert doors.get(f"/v1/customers/{ROBIN}", by).status_code == 404, by


def test_a_grant_opens_nobody_else(doors: Doors, robin: Runtime):
    story.share_of_two(robin.ledger)
    ask(robin, STRANGER)
    decide(robin, "approve-grant", MANAGER)
    assert doors.get(f"/v1/customers/{story.KIM}", STRANGER).status_code == 404


def test_a_grant_ends_with_the_registration_of_the_organisation(doors: Doors, robin: Runtime):
    ask(robin, STRANGER)
    decide(robin, "approve-grant", MANAGER)
    give(robin.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=story.MANAGER, organisation=OTHER,
         name="Another Prime", kind="prime", part_of=CONTROLLER, valid_until="2026-11-21")  # fmt: skip
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 404


# Another programme, and an emergency.


def test_a_case_worker_of_another_programme_reads_by_a_grant(doors: Doors, robin: Runtime):
    give(robin.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=story.MANAGER,
         organisation="nhs-england", name="NHS England", kind="controller of NHS data")  # fmt: skip
    assert doors.get(f"/v1/customers/{ROBIN}", OF_NHS).status_code == 404
    ask(robin, OF_NHS)
    decide(robin, "approve-grant", MANAGER)
    answer = doors.get(f"/v1/customers/{ROBIN}", OF_NHS)
    assert answer.json()["person"]["given_name"] == "Robin"
    assert robin.ledger.registers().programme_of(OF_NHS.organisation) == NHS


def test_an_emergency_opens_the_record_at_once_for_a_day_and_waits_for_approval(
    doors: Doors, robin: Runtime, clock: Clock
):
    ask(robin, STRANGER, until=None, emergency=True, reason="taken ill")
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 200
    assert [(row.state, row.emergency) for row in grants.listed(robin, MANAGER, state="waiting").rows] == [
        ("waiting", True)
    ]
    clock.time += timedelta(hours=23, minutes=59)
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 200
    clock.time += timedelta(minutes=2)
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 404


def test_an_emergency_that_is_refused_ends_at_once_and_one_that_is_approved_goes_on(
    doors: Doors, robin: Runtime, clock: Clock
):
    ask(robin, STRANGER, until="2026-11-30", emergency=True)
    decide(robin, "refuse-grant", MANAGER, reason="no emergency")
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 404
    again = str(uuid.uuid4())
    ask(robin, STRANGER, until="2026-11-30", emergency=True, grant_id=again)
    give(robin.ledger, "approve-grant", ROBIN, by=WORKER, at=NOW, grant_id=again)
    clock.time += timedelta(days=3)
    assert doors.get(f"/v1/customers/{ROBIN}", STRANGER).status_code == 200


# Who may ask, and what they learn by it.


@pytest.mark.parametrize("role", ["administrator", "importer"])
def test_roles_that_read_nobody_may_not_ask(robin: Runtime, role: str):
    with pytest.raises(NotAllowed):
        ask(robin, Caller(role=role, organisation=CONTROLLER, subject="somebody"))


def test_an_organisation_that_is_not_registered_may_not_ask(robin: Runtime):
    with pytest.raises(NotAllowed):
        ask(robin, Caller(role="contractor", organisation="nobody-knows-them", subject="somebody"))


def test_asking_tells_nobody_whether_somebody_is_on_record(doors: Doors, robin: Runtime):
    answers = []
    for whom in (str(ROBIN), NOBODY):
        body = {"id": str(uuid.uuid4()), "type": "request-grant", "occurred_at": NOW, "customer_id": whom,
                "until": "2026-11-30", "reason": "curious"}  # fmt: skip
        first, repeated = (doors.post("/v1/entries", STRANGER, body) for _ in range(2))
        assert (first.status_code, repeated.status_code) == (201, 200)
        for answer in (first.json(), repeated.json()):
            assert answer["waiting"] is True
            assert answer["first_position"] == answer["last_position"]
        answers.append((first.json().keys(), {*first.headers}))
        assert doors.get(f"/v1/customers/{whom}", STRANGER).status_code == 404
    assert answers[0] == answers[1]


# The person sees it, and the reason goes with the readings.


def test_the_report_shows_who_asked_why_until_when_and_what_came_of_it(robin: Runtime):
    ask(robin, AUDITOR, reason="an audit of readings")
    decide(robin, "approve-grant", MANAGER, reason="it is the yearly audit")
    report: Any = subject_access.report(robin, ROBIN, story.REPORTER, "test")
    [row] = report["grants"]["rows"]
    assert row["who"] == "auditor, Department for Education"
    assert (row["why"], row["until"]) == ("an audit of readings", "30 November 2026")
    assert "allowed by a second person" in row["outcome"][0]
    assert "it is the yearly audit" in row["outcome"][0]
    page = report_page.render(report)
    assert "an audit of readings" in page
    assert AUDITOR.subject not in page


def test_a_report_without_grants_has_no_such_part(robin: Runtime):
    page = report_page.render(subject_access.report(robin, ROBIN, story.REPORTER, "test"))
    assert "Who else asked to look at your records" not in page


def test_a_grant_is_folded_from_the_persons_entries_alone(robin: Runtime):
    ask(robin, AUDITOR)
    history = robin.ledger.history(ROBIN)
    [grant] = grants_of(history).values()
    assert (grant.state, grant.emergency, grant.until.isoformat()) == ("waiting", False, "2026-11-30")
    assert grant.asked_by.endswith(robin.ledger.vault.pseudonym(AUDITOR.subject))
    assert history[-1].class_ == "access_log"
    assert history[-1].part == "2026-11"


# The list and the page.


def test_the_controller_lists_grants_and_nobody_else_does(doors: Doors, robin: Runtime):
    ask(robin, AUDITOR)
    answer = doors.get("/v1/grants", MANAGER).json()
    assert [(row["customer_id"], row["state"], row["decided_by"]) for row in answer["rows"]] == [
        (str(ROBIN), "waiting", None)
    ]
    assert "an audit of readings" not in json.dumps(answer)
    decide(robin, "approve-grant", MANAGER)
    [row] = doors.get("/v1/grants?state=approved", MANAGER).json()["rows"]
    assert row["decided_by"] == robin.ledger.vault.pseudonym(MANAGER.subject)
    assert doors.get("/v1/grants", STRANGER).status_code == 403
    assert doors.get("/v1/grants?state=nonsense", MANAGER).status_code == 422


def test_the_command_line_lists_them(
    robin: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name, value in (
        ("DATABASE_URL", robin.conninfo),
        ("HOME", robin.settings.home),
        ("KEY_FILE", robin.settings.key_file),
    ):
        monkeypatch.setenv(f"LEDGER_{name}", str(value))
    ask(robin, AUDITOR)
    assert run(["grants", "--organisation", CONTROLLER]) == 0
    assert str(ROBIN) in capsys.readouterr().out


def test_on_the_page_somebody_asks_and_somebody_else_approves(doors: Doors, robin: Runtime):
    def sign_in(role: str) -> str:
        doors.client.post("/sign-in", data={"role": role, "organisation": CONTROLLER})
        return doors.client.get("/grants").text.split('name="form_token" value="')[1].split('"')[0]

    token = sign_in("auditor")
    fields = {"form_token": token, "customer_id": str(ROBIN), "reason": "an audit", "until-day": "30",
              "until-month": "11", "until-year": "2026"}  # fmt: skip
    assert doors.client.post("/grants", data={**fields, "until-year": "2027"}).status_code == 422
    assert doors.client.post("/grants", data=fields).status_code == 303
    shown = doors.client.get("/grants").text
    assert str(ROBIN) in shown
    assert 'value="approve"' not in shown
    token = sign_in("records-manager")
    shown = doors.client.get("/grants").text
    assert 'value="approve"' in shown
    grant_id = shown.split('name="grant_id" value="')[1].split('"')[0]
    done = doors.client.post(
        "/grants", data={"form_token": token, "customer_id": str(ROBIN), "grant_id": grant_id, "decision": "approve"}
    )
    assert done.status_code == 303
    assert [row.state for row in grants.listed(robin, MANAGER).rows] == ["approved"]
