"""One controller, one partition: who may read whose records, and whom a person's report tells them to turn to."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import report_page
from api.app import create_app
from api.casework import destruction, quarantine
from api.casework.first_controller import register_first_controller
from api.casework.runtime import Runtime
from api.cli import run
from api.issuer import Issuer
from ledger import events as vocabulary
from ledger.caller import ROLES, Caller
from ledger.errors import AnotherController, UnknownCustomer
from ledger.events import NCS, NHS
from ledger.retention.schedule import PRE_DELETION_CHECKS
from ledger.state.registers import Registers
from ledger.vault.keys import Vault
from projections.retention import read as retention
from tests import composed, story
from tests.conftest import Clock
from tests.destroying import approved
from tests.sharing import command, good

events: Any = vocabulary  # what is not said of an event has its default

ALEX, BILLIE, NOBODY = uuid.UUID(int=0xA1), uuid.UUID(int=0xB1), uuid.UUID(int=0xE1)
"""A customer of NHS Health Careers, one of the National Careers Service, and an id that is not on record."""
EDUCATION, NHS_ENGLAND, NHS_HELPER = "department-for-education", "nhs-england", "nhs-helper"
SHARED_EMAIL = "one.inbox@placeholder.example"
NOT_THERE = "No customer with this id is known to the ledger."
ACROSS = [
    (ALEX, EDUCATION), (ALEX, "nobody-knows-them"), (BILLIE, NHS_ENGLAND), (BILLIE, NHS_HELPER),
    (BILLIE, "nobody-knows-them"),
]  # fmt: skip
WITHIN = [(ALEX, NHS_ENGLAND), (ALEX, NHS_HELPER), (BILLIE, EDUCATION), (BILLIE, "department-for-work")]
ENDS = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")
REQUEST = uuid.UUID(int=0xC1)


def register(runtime: Runtime, organisation: str, name: str, kind: str, **more: Any) -> None:
    story.give(
        runtime.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=story.MANAGER,
        organisation=organisation, name=name, kind=kind, **more,
    )  # fmt: skip


def name_officer(runtime: Runtime, organisation: str, office: str, **more: Any) -> None:
    story.give(
        runtime.ledger, "name-data-protection-officer", at="2018-01-01T00:00:00Z", by=story.MANAGER,
        organisation=organisation, office=office, name="Officer Placeholder", **more,
    )  # fmt: skip


@pytest.fixture
def two_programmes(runtime: Runtime) -> Runtime:
    """A register of both services' controllers, and a customer of each service."""
    story.register_organisations(runtime.ledger)
    register(runtime, "health-education", "Health Education England", "controller of NHS data")
    register(runtime, NHS_ENGLAND, "NHS England", "controller of NHS data", valid_from="2023-04-01")
    register(runtime, NHS_HELPER, "A helpline", "supplier", part_of=NHS_ENGLAND)
    people: tuple[tuple[uuid.UUID, dict[str, Any]], ...] = (
        (ALEX, {"programme": NHS, "organisation": "health-education"}),
        (BILLIE, {"organisation": "0000000103"}),
    )
    for who, said in people:
        values = {"given_name": "Unmistakable", "family_name": "Canary", "email": SHARED_EMAIL}
        story.give(runtime.ledger, "register-customer", who, at="2022-05-01T09:00:00Z", values=values, **said)
    return runtime


class Doors:
    """HTTP, signed in for whichever organisation is asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.client = runtime, TestClient(create_app(runtime))

    def _headers(self, role: str, organisation: str) -> dict[str, str]:
        issued = Issuer.open(self.runtime.settings).issue(
            role=role, organisation=organisation, subject="one", minutes=5
        )
        return {"Authorization": f"Bearer {issued}"}

    def get(self, path: str, organisation: str, role: str = "case-worker") -> Any:
        return self.client.get(path, headers=self._headers(role, organisation))

    def post(self, path: str, body: Any, organisation: str, role: str = "case-worker") -> Any:
        return self.client.post(path, json=body, headers=self._headers(role, organisation))

    def head(self) -> int:
        return self.runtime.ledger.recorder.max_notification_id() or 0


@pytest.fixture
def doors(two_programmes: Runtime) -> Doors:
    return Doors(two_programmes)


@pytest.fixture
def nothing_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, opening anything that is sealed is an error."""

    def opened(*_: object) -> None:
        raise AssertionError("A key was taken out.")

    monkeypatch.setattr(Vault, "unwrap", opened)


def is_not_there(answer: Any, detail: str = NOT_THERE) -> None:
    """The answer that somebody gets who asks for what nobody ever recorded."""
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["detail"] == detail
    assert "PARTY-06" not in answer.text


# Which programme an organisation is of.


def of(*made: Any, day: str = "2026-11-22") -> Any:
    return Registers().followed_by(made).on(date.fromisoformat(day)).programme_of


NHS_DATA = events.OrganisationRegistered(organisation="nhs", kind="Controller of NHS data", valid_from="2023-04-01")
HELPER = events.OrganisationRegistered(organisation="helper", kind="supplier", part_of="nhs")
ITS_HELPER = events.OrganisationRegistered(organisation="helpers-helper", kind="sub-contractor", part_of="helper")
DEPARTMENT = events.OrganisationRegistered(organisation="department", kind="controller")


def test_a_controller_of_nhs_data_and_whoever_works_under_it_are_of_nhs_health_careers_party_06():
    programme_of = of(NHS_DATA, HELPER, ITS_HELPER, DEPARTMENT)
    assert {programme_of(code) for code in ("nhs", "helper", "helpers-helper")} == {NHS}


def test_every_other_organisation_registered_or_not_is_of_the_national_careers_service_party_06():
    programme_of = of(NHS_DATA, HELPER, DEPARTMENT)
    assert {programme_of(code) for code in ("department", "never-registered", "", None)} == {NCS}


def test_the_register_of_the_day_decides_party_06():
    assert of(NHS_DATA, HELPER, day="2023-03-31")("helper") == NCS
    assert of(NHS_DATA, HELPER, day="2023-04-01")("helper") == NHS


def test_organisations_that_are_registered_as_working_under_each_other_are_of_no_nhs_controller():
    one = events.OrganisationRegistered(organisation="one", kind="prime", part_of="two")
    two = events.OrganisationRegistered(organisation="two", kind="prime", part_of="one")
    assert of(one, two)("one") == NCS


def test_a_wrong_registration_is_put_right_by_a_later_one_of_the_same_day_party_06():
    wrong = events.OrganisationRegistered(organisation="one", kind="controller of NHS data")
    right = events.OrganisationRegistered(organisation="one", kind="prime")
    assert of(wrong, right)("one") == NCS
    assert of(right, wrong)("one") == NHS


# Reading across the partition.


@pytest.mark.parametrize(("who", "organisation"), ACROSS)
def test_nobody_reads_what_another_controller_answers_for_and_nothing_is_opened_party_06(
    doors: Doors, nothing_opens: None, who: uuid.UUID, organisation: str
):
    before = doors.head()
    for end in ENDS:
        for role in sorted(ROLES):  # an auditor is of a controller too
            answer = doors.get(f"/v1/customers/{who}{end}", organisation, role)
            is_not_there(answer)
            nobody = doors.get(f"/v1/customers/{NOBODY}{end}", organisation, role)
            assert (nobody.status_code, nobody.text) == (answer.status_code, answer.text.replace(str(who), str(NOBODY)))
    assert doors.head() == before


@pytest.mark.parametrize(("who", "organisation"), WITHIN)
def test_everybody_reads_what_their_own_controller_answers_for_party_06(
    doors: Doors, who: uuid.UUID, organisation: str
):
    for end in ENDS:
        before = doors.head()
        assert doors.get(f"/v1/customers/{who}{end}", organisation).status_code == 200
        assert doors.head() == before + 1


def test_a_page_of_another_controller_s_customer_is_answered_as_one_that_is_not_there_party_06(
    doors: Doors, nothing_opens: None
):
    doors.client.post("/sign-in", data={"role": "case-worker", "organisation": EDUCATION})
    page = doors.client.get(f"/customers/{ALEX}")
    assert page.status_code == 404
    assert NOT_THERE in page.text


def test_a_contractor_who_took_part_in_it_is_refused_all_the_same_party_06(doors: Doors):
    story.give(doors.runtime.ledger, "hold-interaction", ALEX, at="2026-01-05T09:00:00Z", channel=2,
               organisation="0000000103")  # fmt: skip
    is_not_there(doors.get(f"/v1/customers/{ALEX}", "0000000103", "contractor"))
    assert doors.get(f"/v1/customers/{ALEX}", NHS_ENGLAND).status_code == 200


def test_a_search_finds_only_the_customers_of_the_own_controller_and_reads_no_other_party_06(doors: Doors):
    for organisation, who in ((EDUCATION, BILLIE), (NHS_ENGLAND, ALEX)):
        before = doors.head()
        found = doors.post("/v1/customers/search", {"email": SHARED_EMAIL}, organisation).json()["customers"]
        assert [one["customer_id"] for one in found] == [str(who)]
        assert doors.head() == before + 1


def test_with_a_change_in_the_register_of_organisations_who_may_read_changes_party_06(doors: Doors, clock: Clock):
    register(doors.runtime, "moving", "A service desk", "controller's office", part_of=EDUCATION)
    register(
        doors.runtime, "moving", "A service desk", "controller's office", part_of=NHS_ENGLAND, valid_from="2027-01-01"
    )
    is_not_there(doors.get(f"/v1/customers/{ALEX}", "moving"))
    clock.time = datetime(2027, 1, 1, tzinfo=UTC)
    assert doors.get(f"/v1/customers/{ALEX}", "moving").status_code == 200
    is_not_there(doors.get(f"/v1/customers/{BILLIE}", "moving"))


def ask(runtime: Runtime, organisation: str, customer: uuid.UUID | None) -> None:
    about: dict[str, Any] = {"customer_id": str(customer)} if customer else {}
    by = Caller(role="case-worker", organisation=organisation, subject="adviser one", operator=True)
    story.give(runtime.ledger, "receive-request", at="2026-11-02T10:00:00Z", by=by, request_id=str(REQUEST),
               kind="access", asked="Everything.", **about)  # fmt: skip


@pytest.mark.parametrize(
    ("made_to", "customer", "readers", "strangers"),
    [
        (NHS_ENGLAND, ALEX, NHS_HELPER, EDUCATION),
        (EDUCATION, ALEX, NHS_ENGLAND, EDUCATION),
        (NHS_ENGLAND, None, NHS_ENGLAND, EDUCATION),
        (EDUCATION, BILLIE, EDUCATION, NHS_ENGLAND),
        (EDUCATION, None, EDUCATION, NHS_ENGLAND),
    ],
)
def test_a_request_is_read_by_the_controller_who_answers_for_the_person_party_06(
    doors: Doors, made_to: str, customer: uuid.UUID | None, readers: str, strangers: str
):
    ask(doors.runtime, made_to, customer)
    before = doors.head()
    is_not_there(
        doors.get(f"/v1/requests/{REQUEST}", strangers), "No rights request with this id is known to the ledger."
    )
    assert doors.head() == before
    assert doors.get(f"/v1/requests/{REQUEST}", readers).json()["steps"][0]["sealed"] == {"asked": "Everything."}


def test_a_proposal_is_not_answered_from_the_records_of_another_controller_party_06(doors: Doors, nothing_opens: None):
    before = doors.head()
    is_not_there(doors.post("/v1/proposals", command("share-data", ALEX, **good("email")), "0000000103"))
    is_not_there(doors.post("/v1/proposals", command("share-data", BILLIE, **good("email")), NHS_ENGLAND))
    assert doors.head() == before


def test_a_share_of_several_is_not_proposed_when_one_is_of_another_controller_party_06(doors: Doors):
    people = [{"customer_id": str(who)} for who in (BILLIE, ALEX)]
    is_not_there(
        doors.post("/v1/proposals", {**command("share-data", **good("email")), "customers": people}, EDUCATION)
    )


@pytest.mark.parametrize(("who", "organisation"), [(ALEX, EDUCATION), (BILLIE, NHS_ENGLAND)])
def test_a_proposal_says_nothing_of_whom_it_only_names_either_party_06(
    doors: Doors, nothing_opens: None, who: uuid.UUID, organisation: str
):
    own = BILLIE if who == ALEX else ALEX
    naming = (
        command("receive-request", kind="access", customer_id=str(who)),
        command("merge-customers", own, into=str(who), reason="the same person"),
    )
    for said in naming:
        is_not_there(doors.post("/v1/proposals", said, organisation))


def test_nobody_destroys_what_another_controller_answers_for_party_06(doors: Doors):
    one = {"class": "identity", "part": "", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}
    for who, organisation in ACROSS:
        for asked in (who, NOBODY):
            said = command("destroy-records", asked, destroyed=[one], on="2026-01-01", digest="00")
            answer = doors.post("/v1/entries", said, organisation, "records-manager")
            if organisation == "nobody-knows-them":
                assert (answer.status_code, answer.json()["rule_id"]) == (403, "PARTY-01")
            else:
                is_not_there(answer)
    ask(doors.runtime, NHS_ENGLAND, None)
    of_request = [{**one, "class": "rights_request"}]
    said = command("destroy-records", REQUEST, at="2026-11-20T09:00:00Z", destroyed=of_request, on="2026-01-01",
                   digest="00")  # fmt: skip
    is_not_there(doors.post("/v1/entries", said, EDUCATION, "records-manager"))
    assert doors.runtime.ledger.unsealed(ALEX)
    assert doors.runtime.ledger.unsealed(BILLIE)


def test_a_contractor_s_records_manager_gives_the_command_only_where_an_instruction_names_it_dest_01(doors: Doors):
    def given(rule: str, because: int = 1) -> int:
        one = {"class": "identity", "part": "", "destroy_by": "2025-12-01", "rule": rule, "because": because}
        listed = approved(doors.runtime.ledger, BILLIE, [one], on="2025-12-01")
        said = command("destroy-records", BILLIE, **listed)
        status: int = doors.post("/v1/entries", said, "0000000103", "records-manager").status_code
        return status

    assert (given("RET-NCS-03"), given("DEST-01")) == (403, 403)
    story.give(doors.runtime.ledger, "start-contract", at="2025-12-01T09:00:00Z", by=story.MANAGER,
               organisation="0000000103", contract="c", valid_from="2018-01-01", valid_until="2025-11-30")  # fmt: skip
    story.give(doors.runtime.ledger, "instruct-destruction", at="2025-12-01T09:00:00Z", by=story.MANAGER,
               organisation=EDUCATION, instruction="one", contractor="0000000103", contract="c",
               valid_from="2025-12-01", checked=[*PRE_DELETION_CHECKS])  # fmt: skip
    instruction = doors.head()
    assert (given("RET-NCS-03"), given("DEST-01"), given("DEST-01", instruction)) == (403, 422, 201)


def test_a_line_in_the_quarantine_is_opened_by_its_sender_s_controller_only_party_06(doors: Doors, nothing_opens: None):
    doors.post("/v1/entries", {"values": {"family_name": "Unmistakable"}}, NHS_HELPER)
    doors.post("/v1/entries", {"values": {"family_name": "Unmistakable"}}, "0000000103")
    lines = {one["owner"]: uuid.UUID(one["id"]) for one in doors.get("/v1/quarantine", EDUCATION).json()["rows"]}
    before = doors.head()
    for sender, controller in ((NHS_HELPER, EDUCATION), ("0000000103", NHS_ENGLAND)):
        by = Caller(role="records-manager", organisation=controller, subject="one", operator=True)
        with pytest.raises(AnotherController):
            quarantine.opened(doors.runtime, lines[sender], by)
        with pytest.raises(AnotherController):
            quarantine.discarded(doors.runtime, lines[sender], by, reason="not-a-report")
    assert doors.head() == before
    by = Caller(role="records-manager", organisation=NHS_ENGLAND, subject="one", operator=True)
    assert b"Unmistakable" in quarantine.opened(doors.runtime, lines[NHS_HELPER], by)


def test_proposals_about_ones_own_customers_and_about_organisations_are_answered_as_ever(doors: Doors):
    own = doors.post("/v1/proposals", command("share-data", ALEX, **good("email")), NHS_ENGLAND)
    assert own.json()["answer"] == "refuse"
    assert "PARTY-06" not in [one["rule_id"] for one in own.json()["rules"]]
    entry = command("name-data-protection-officer", organisation=EDUCATION, office="The office")
    assert doors.post("/v1/proposals", entry, NHS_ENGLAND, "records-manager").status_code == 200


def test_a_list_shows_each_controller_the_people_of_its_own_programme_party_06(doors: Doors):
    """The checks of the ledger open nothing, so an auditor of either controller has all entries."""
    for organisation, listed in ((EDUCATION, 0), (NHS_ENGLAND, 1)):
        said = doors.get("/v1/events", organisation, "auditor")
        assert said.status_code == 200
        assert str(ALEX) in said.text
        assert str(BILLIE) in said.text
        assert "Canary" not in said.text
        assert doors.get("/v1/retention/due?on=2040-01-01", organisation, "auditor").text.count(str(ALEX)) == listed


def test_a_preview_counts_what_has_no_period_of_its_own_controller_s_customers_only_party_06(two_programmes: Runtime):
    story.give(two_programmes.ledger, "end-service", BILLIE, at="2023-05-01T09:00:00Z", organisation="0000000777",
               reason=1, audit_minimum={"outcome": "one"})  # fmt: skip
    day = date(2026, 11, 1)
    listed: list[str] = []
    for organisation in (EDUCATION, NHS_ENGLAND):
        manager = replace(story.MANAGER, organisation=organisation, operator=False)
        with two_programmes.current_views(manager) as connection:
            listed += [str(row.customer_id) for row in retention.every_exception(connection, day)]
    of_education = destruction.preview(two_programmes, day, story.MANAGER).exceptions
    of_nhs = destruction.preview(
        two_programmes,
        day,
        Caller(role="records-manager", organisation=NHS_ENGLAND, subject="records manager two", operator=True),
    ).exceptions
    assert (of_education, of_nhs) == (listed.count(str(BILLIE)), listed.count(str(ALEX)))
    assert of_education > 0


# At the command line.


@pytest.fixture
def terminal(
    two_programmes: Runtime,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Any:
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))

    register_first_controller(two_programmes.ledger, two_programmes.settings)

    def said(*arguments: str, code: int = 0) -> tuple[str, str]:
        capfd.readouterr()
        assert run(arguments) == code
        return capfd.readouterr()

    return said


@pytest.mark.parametrize("verb", ["customer", "history", "sar", "provenance", "consents", "portable-copy"])
def test_at_the_terminal_the_organisation_one_acts_for_decides_party_06(terminal: Any, doors: Doors, verb: str):
    before = doors.head()
    assert terminal(verb, str(ALEX), code=2) == ("", f"ledger: {NOT_THERE}\n")
    assert terminal(verb, str(BILLIE), "--organisation", NHS_ENGLAND, code=2) == ("", f"ledger: {NOT_THERE}\n")
    refused = [noted.topic for noted in doors.runtime.ledger.recorder.select_notifications(before + 1, 10)]
    assert refused == ["access-refused"] * 2  # who tried is on record, and nothing else
    assert terminal(verb, str(BILLIE))[0]
    assert terminal(verb, str(ALEX), "--organisation", NHS_ENGLAND)[0]


# Whom the report tells a person to turn to.


def made(runtime: Runtime, who: uuid.UUID, organisation: str = EDUCATION) -> dict[str, Any]:
    return composed.report(
        runtime, who, Caller(role="case-worker", organisation=organisation, subject="one", operator=True), "test"
    )


def shown(said: dict[str, Any]) -> str:
    """The part of the page that names the controller."""
    return " ".join(report_page.render(said).split('id="controller"')[1].split())


def test_the_report_of_an_nhs_customer_names_their_controller_then_and_now_party_03_party_07(two_programmes: Runtime):
    said = made(two_programmes, ALEX, NHS_ENGLAND)
    assert said["R13"]["today"] == "NHS England"
    assert [(row["controller"], row["from"], row["entries"]) for row in said["R13"]["rows"]] == [
        ("Health Education England", "the beginning", 1),
        ("NHS England", "1 April 2023", 1),
    ]
    assert "Today the controller is NHS England." in said["R6a"]["sentence"]
    assert "Department" not in json.dumps(said["R13"])


def test_the_report_of_everybody_else_names_no_nhs_controller_party_03(two_programmes: Runtime):
    said = made(two_programmes, BILLIE)
    assert said["R13"]["today"] == "Department for Work and Pensions"
    assert "NHS" not in json.dumps(said["R13"])


def test_the_report_tells_how_to_reach_todays_officer_of_todays_controller_party_08(
    two_programmes: Runtime, clock: Clock
):
    name_officer(two_programmes, EDUCATION, "Education privacy office", address="3 Sample Street")
    name_officer(two_programmes, "department-for-work", "Work privacy office", address="4 Sample Street",
                 valid_until="2026-11-30")  # fmt: skip
    name_officer(two_programmes, "department-for-work", "New privacy office", address="5 Sample Street",
                 valid_from="2026-12-01")  # fmt: skip
    name_officer(two_programmes, NHS_ENGLAND, "NHS privacy office", address="6 Sample Street")

    said = made(two_programmes, BILLIE)
    assert said["R13"]["officer"] == {
        "organisation": "Department for Work and Pensions", "office": "Work privacy office",
        "address": "4 Sample Street", "since": None,
    }  # fmt: skip
    assert "You can write to its data protection officer: Work privacy office, 4 Sample Street." in shown(said)
    assert "NHS privacy office, 6 Sample Street" in shown(made(two_programmes, ALEX, NHS_ENGLAND))

    clock.time = datetime(2026, 12, 1, 9, tzinfo=UTC)
    later = shown(made(two_programmes, BILLIE))
    assert "New privacy office, 5 Sample Street" in later
    assert "Work privacy office" not in later


def test_the_officers_own_name_is_never_in_a_report_party_08(two_programmes: Runtime):
    name_officer(two_programmes, "department-for-work", "Work privacy office")
    said = made(two_programmes, BILLIE)
    assert "Work privacy office (no address is recorded)" in shown(said)
    assert "Officer Placeholder" not in json.dumps(said) + report_page.render(said)


def test_a_report_says_so_when_no_officer_is_recorded_party_08(two_programmes: Runtime):
    name_officer(two_programmes, EDUCATION, "Education privacy office")  # the controller of before
    name_officer(two_programmes, NHS_ENGLAND, "NHS privacy office")
    said = made(two_programmes, BILLIE)
    assert said["R13"]["officer"] is None
    assert "No data protection officer is recorded for the controller." in shown(said)
    assert "privacy office" not in report_page.render(said)


def test_without_any_controller_the_report_speaks_of_no_officer_either(runtime: Runtime):
    story.give(runtime.ledger, "register-customer", BILLIE, at="2025-05-01T09:00:00Z", organisation="0000000103",
               values={"family_name": "Canary"})  # fmt: skip
    said = made(runtime, BILLIE)
    assert (said["R13"]["today"], said["R13"]["officer"]) == ("not registered", None)
    assert "so this report cannot name one" in shown(said)
    assert "data protection officer" not in shown(said)


def test_everyone_who_received_data_is_named_with_how_to_reach_them_conf_20(two_programmes: Runtime):
    register(two_programmes, "jobcentre-plus", "Jobcentre Plus", "Jobcentre Plus", part_of="department-for-work")
    name_officer(two_programmes, "department-for-work", "Work privacy office", address="4 Sample Street")
    for share, sent_to in (("one", "jobcentre-plus"), ("two", "jobcentre-plus"), ("three", "asks-people")):
        story.give(two_programmes.ledger, "share-data", BILLIE, at="2026-03-02T10:00:00Z", share_id=share,
                   **good("email", sent_by="0000000103", sent_to=sent_to))  # fmt: skip
    story.give(two_programmes.ledger, "receive-data", BILLIE, at="2026-03-03T10:00:00Z", receipt_id="r",
               channel="EMAIL", received_from="only-sent-something", received_by="0000000103",
               items=["D11"])  # fmt: skip

    said = made(two_programmes, BILLIE)
    assert [(one["organisation"], one["reach"]) for one in said["R13"]["others"]] == [
        (
            "Jobcentre Plus",
            "the data protection officer of Department for Work and Pensions: Work privacy office, 4 Sample Street",
        ),
        ("asks-people", "no contact is recorded"),
    ]
    assert "Whom else you can ask" in shown(said)
    assert "Whom else you can ask" not in shown(made(two_programmes, ALEX, NHS_ENGLAND))


def test_the_ledger_itself_refuses_so_that_no_new_door_can_forget_to_party_06(two_programmes: Runtime):
    by = Caller(role="records-manager", organisation=EDUCATION, subject="one", operator=True)
    before = two_programmes.ledger.recorder.max_notification_id()
    with pytest.raises(UnknownCustomer):
        two_programmes.ledger.record_read(ALEX, by, purpose="a new door", route="test", command_id=uuid.uuid4())
    assert two_programmes.ledger.recorder.max_notification_id() == before
