"""The rules through the doors: proposals and findings over HTTP and by the command line, and an invented world."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from api import demo
from api.app import create_app
from api.casework.runtime import Runtime, opened
from api.cli import run
from api.issuer import Issuer
from api.settings import read_settings
from ledger.rules.catalogue import RULES
from projections.findings import read as findings
from tests.conftest import RECORDS_MANAGER
from tests.sharing import ADVISER, command, good, meet, register

pytestmark = pytest.mark.usefixtures("registered")

BREAKS_ONE = {"recipient_addresses": ["coach@mail.example"]}


class Doors:
    """HTTP, signed in as whoever is asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.client = runtime, TestClient(create_app(runtime))

    def headers(self, role: str, organisation: str) -> dict[str, str]:
        issued = Issuer.open(self.runtime.settings).issue(
            role=role, organisation=organisation, subject="one", minutes=5
        )
        return {"Authorization": f"Bearer {issued}"}

    def propose(self, body: Any, role: str = "contractor", organisation: str = "prime-north") -> Any:
        return self.client.post("/v1/proposals", json=body, headers=self.headers(role, organisation))

    def get(self, path: str, role: str, organisation: str) -> Any:
        return self.client.get(path, headers=self.headers(role, organisation))

    def findings(self, query: str = "", role: str = "auditor", organisation: str = "controller-one") -> Any:
        return self.client.get(f"/v1/findings{query}", headers=self.headers(role, organisation))


@pytest.fixture
def doors(runtime: Runtime) -> Doors:
    return Doors(runtime)


def share(customer: uuid.UUID, **changed: Any) -> dict[str, Any]:
    return command("share-data", customer, **good("email", **changed))


def test_an_allowed_proposal_is_answered_with_200_and_no_rule(doors: Doors, sam: uuid.UUID):
    answer = doors.propose(share(sam))

    assert answer.status_code == 200
    assert (answer.json()["answer"], answer.json()["rules"]) == ("allow", [])
    assert answer.headers["cache-control"] == "no-store"


def test_a_refused_proposal_is_a_problem_with_its_rule_its_sentence_and_the_way_out(doors: Doors, runtime: Runtime):
    people = [meet(runtime.ledger, given="Kim", family=f"Ames{chr(97 + number)}") for number in range(11)]
    body = {**command("share-data", **good("email")), "customers": [{"customer_id": str(one)} for one in people]}

    answer = doors.propose(body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["rule_id"], problem["suggested_emails"]) == ("CH-EMAIL-01", 2)
    assert "a maximum of 10 customer careers and skills action plans" in problem["detail"]


def test_an_answer_never_repeats_what_was_proposed(doors: Doors, sam: uuid.UUID):
    said = doors.propose(share(sam, subject="Unmistakable secret 7", recipient_addresses=["x@unmistakable.example"]))

    assert said.status_code == 422
    assert "nmistakable" not in said.text


def test_an_auditor_proposes_nothing(doors: Doors, sam: uuid.UUID):
    assert doors.propose(share(sam), role="auditor", organisation="controller-one").status_code == 403


def test_findings_are_listed_by_rule_severity_and_organisation_in_pages_that_meet(
    doors: Doors, runtime: Runtime, sam: uuid.UUID
):
    for changed in (BREAKS_ONE, {"purpose": "BENEFIT_COMPLIANCE"}, {"adviser": None}, BREAKS_ONE):
        runtime.ledger.record(share(sam, **changed), ADVISER)
    runtime.ledger.record(share(sam, sent_by="sub-north", **BREAKS_ONE), ADVISER)

    assert [one["rule_id"] for one in doors.findings("?rule=PURP-01").json()["rows"]] == ["PURP-01"]
    assert {one["severity"] for one in doors.findings("?severity=S1").json()["rows"]} == {"S1"}
    assert doors.findings("?state=closed").json()["rows"] == []
    assert doors.findings("?state=open").json() == doors.findings().json()
    assert len(doors.findings("?organisation=sub-north").json()["rows"]) == 1
    assert len(doors.findings("?organisation=prime-north").json()["rows"]) == 5
    first = doors.findings("?limit=2").json()
    second = doors.findings(f"?limit=100&cursor={first['next']}").json()
    assert first["rows"] + second["rows"] == doors.findings().json()["rows"]
    assert second["next"] is None


def test_a_contractor_reads_the_findings_about_itself_and_its_sub_contractors_only(
    doors: Doors, runtime: Runtime, sam: uuid.UUID
):
    runtime.ledger.record(share(sam, **BREAKS_ONE), ADVISER)

    assert len(doors.findings(role="contractor", organisation="prime-north").json()["rows"]) == 1
    assert doors.findings(role="contractor", organisation="sub-north").json()["rows"] == []
    assert doors.findings("?organisation=prime-north", role="contractor", organisation="sub-north").status_code == 403


def test_a_prime_sees_the_breaches_of_its_sub_contractors_as_it_sees_their_findings_party_02(
    doors: Doors, runtime: Runtime, sam: uuid.UUID
):
    register(runtime.ledger, "prime-south")
    runtime.ledger.record(share(sam, sent_by="sub-north", **BREAKS_ONE), ADVISER)

    def about(organisation: str) -> list[str]:
        rows = doors.get("/v1/breaches", role="contractor", organisation=organisation).json()["rows"]
        return [row["organisation"] for row in rows]

    assert [about("sub-north"), about("prime-north"), about("prime-south")] == [["sub-north"], ["sub-north"], []]
    with runtime.current_views(RECORDS_MANAGER) as connection:
        counted = [
            findings.count_open_breaches(connection, organisation=one)
            for one in ("sub-north", "prime-north", "prime-south", None)
        ]
    assert counted == [1, 1, 0, 1]


def test_a_contractor_sees_of_a_customer_what_its_lists_show_and_nothing_about_others_party_02(
    doors: Doors, runtime: Runtime, sam: uuid.UUID
):
    register(runtime.ledger, "prime-south")
    for organisation in ("sub-north", "prime-south"):
        record = command("hold-interaction", sam, channel=2, organisation=organisation)
        runtime.ledger.record(record, ADVISER)
    runtime.ledger.record(share(sam, sent_by="sub-north", **BREAKS_ONE), ADVISER)

    def seen(organisation: str, role: str = "contractor", more: str = "") -> tuple[int, int, int]:
        said = doors.get(f"/v1/customers/{sam}{more}", role=role, organisation=organisation).json()
        found, owed = said["findings"], said["obligations"]["rows"]
        return len(found["rows"]), len(found["breach_assessments"]), len(owed)

    whole = seen("controller-one", role="case-worker")
    assert whole[:2] == (1, 1)
    assert [seen("sub-north")[:2], seen("prime-north")[:2], seen("prime-south")] == [(1, 1), (1, 1), (0, 0, 0)]
    assert 0 < seen("sub-north")[2] <= whole[2]
    assert seen("prime-south", more="?as_of=2030-01-01") == (0, 0, 0)
    assert seen("prime-north", more="?as_of=2030-01-01") == seen("prime-north")


@pytest.mark.parametrize("query", ["?cursor=nonsense", "?severity=S9", "?state=gone", "?limit=0"])
def test_a_bad_parameter_of_the_findings_is_refused(doors: Doors, query: str):
    assert doors.findings(query).status_code == 422


# The command line.


class Terminal:
    def __init__(self, captured: pytest.CaptureFixture[bytes]) -> None:
        self._captured = captured

    def json(self, *arguments: str, code: int = 0) -> Any:
        self._captured.readouterr()
        ended = run([*arguments, "--json"])
        said = self._captured.readouterr()
        assert ended == code, said.err
        return json.loads(said.out)


@pytest.fixture
def terminal(
    runtime: Runtime,
    tmp_path: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Terminal:
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))
    return Terminal(capfdbinary)


def test_every_finding_is_listed_on_the_command_line_however_many_there_are(
    terminal: Terminal, runtime: Runtime, sam: uuid.UUID, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(5):
        runtime.ledger.record(share(sam, **BREAKS_ONE), ADVISER)
    monkeypatch.setattr("api.casework.findings.ROWS_AT_ONCE", 2)
    said = terminal.json("findings")

    assert len(said["rows"]) == sum(said["counts"].values()) == 5


def test_a_refused_proposal_ends_with_1_on_the_command_line_and_an_allowed_one_with_0(
    terminal: Terminal, sam: uuid.UUID, tmp_path: Path
):
    file = tmp_path / "share.json"
    file.write_bytes(orjson.dumps(share(sam, **BREAKS_ONE)))
    refused = terminal.json("propose", str(file), "--organisation", "prime-north", code=1)
    file.write_bytes(orjson.dumps(share(sam)))
    allowed = terminal.json("propose", str(file), "--organisation", "prime-north")

    assert (refused["answer"], [one["rule_id"] for one in refused["rules"]]) == ("refuse", ["CH-EMAIL-04"])
    assert allowed["answer"] == "allow"


def test_every_rule_is_listed_with_its_sentence_its_status_and_its_count_of_findings(
    terminal: Terminal, runtime: Runtime, sam: uuid.UUID
):
    runtime.ledger.record(share(sam, **BREAKS_ONE), ADVISER)

    listed = terminal.json("rules")
    one = terminal.json("rules", "CH-EMAIL-04")

    assert listed["count"] == len(listed["rules"]) == len(RULES)
    assert (one["findings"], one["sentence"]) == (1, "to a DWP email address only (@dwp.gov.uk)")
    assert sum(rule["findings"] for rule in listed["rules"]) == 1


def test_the_findings_are_listed_on_the_command_line(terminal: Terminal, runtime: Runtime, sam: uuid.UUID):
    runtime.ledger.record(share(sam, **BREAKS_ONE), ADVISER)

    said = terminal.json("findings", "--severity", "S1")

    assert said["counts"] == {"CH-EMAIL-04": 1}
    assert [row["customer_id"] for row in said["rows"]] == [str(sam)]


def test_a_rule_there_is_not_is_refused(terminal: Terminal, capfdbinary: pytest.CaptureFixture[bytes]):
    del terminal
    assert run(["rules", "CH-EMAIL-99"]) == 2
    assert b"There is no rule of this id." in capfdbinary.readouterr().err


# The invented world.


INTENDED = {
    "CH-EMAIL-01", "CH-EMAIL-03", "CH-EMAIL-04", "CH-EMAIL-05", "CH-EMAIL-06", "CH-EMAIL-07", "CH-EMAIL-11",
    "CH-GEN-03", "CH-HAND-02", "CH-POST-01", "CH-POST-03", "CH-POST-05", "CH-TEL-04", "CONSENT-11", "DATA-08",
    "INFORM-02", "INFORM-03", "LB-01", "LB-09", "PURP-01", "ADM-02", "ADM-04", "OBJECT-01", "RESTRICT-01", "CH-HAND-05",
    "CH-POST-12", "LAW-CLK-13", "LAW-CLK-14", "RECT-03", "RECT-04", "RET-JCP-01", "RET-JCP-03", "RET-JCP-04",
    "RET-JCP-05", "RET-JCP-06", "SAR-09",
}  # fmt: skip
"""What the invented world does wrong on purpose, and what follows from it: eleven plans, a live link, a stick, a no, a
decision by a computer, shares in spite of an objection or a restriction, and what was done late."""


def test_in_the_invented_world_only_what_is_wrong_on_purpose_is_found(database: str, tmp_path: Path):
    with opened(read_settings({"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(tmp_path)})) as runtime:
        demo.run(runtime, customers=60)
        with runtime.current_views(RECORDS_MANAGER) as connection:
            found = set(findings.counts(connection))

    assert len(found) >= 8
    assert found <= INTENDED
