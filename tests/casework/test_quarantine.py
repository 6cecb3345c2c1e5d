"""LEDG-07: a report that cannot be read, or has the id of another, is kept until put right; nothing is dropped."""

from __future__ import annotations

import json
import stat
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework import quarantine
from api.casework.quarantine import NotInQuarantine
from api.casework.runtime import Runtime
from api.cli import run
from api.dss.importer import import_documents, rejects_of
from api.entries import LONGEST_BODY_BYTES, LONGEST_LINE_BYTES
from api.issuer import Issuer
from ledger.caller import Caller
from ledger.clocks import instant_text
from ledger.errors import Malformed, NotAllowed
from ledger.store import migrate, postgres
from ledger.store.quarantine import ALARM_AFTER
from ledger.store.roles import of_database
from tests.conftest import AUDITOR, CASE_WORKER, RECORDS_MANAGER
from tests.sharing import register

SECRET = "Unmistakable-Canary-Name"
CONTROLLER, PRIME, OTHER = "controller", "0000000101", "0000000999"
ADMINISTRATOR = Caller(role="administrator", organisation="controller", subject="administrator one", operator=True)
BROKEN = f'{{"family_name": "{SECRET}"'.encode()


class Door:
    """The HTTP door, signed in as whoever is asked for, and what stands in the quarantine's table."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.client = runtime, TestClient(create_app(runtime))
        for organisation, kind in ((CONTROLLER, "controller"), (PRIME, "prime"), (OTHER, "prime")):
            register(runtime.ledger, organisation, kind)
        self.before = runtime.ledger.recorder.max_notification_id() or 0

    def headers(self, role: str, organisation: str) -> dict[str, str]:
        token = Issuer.open(self.runtime.settings).issue(
            role=role, organisation=organisation, subject="somebody", minutes=5
        )
        return {"Authorization": f"Bearer {token}"}

    def send(self, body: Any, *, role: str = "contractor", organisation: str = PRIME, lines: bool = False) -> Any:
        kind = "application/x-ndjson" if lines else "application/json"
        headers = {**self.headers(role, organisation), "Content-Type": kind}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post("/v1/entries", content=content, headers=headers)

    def get(self, path: str, *, role: str = "case-worker", organisation: str = "controller") -> Any:
        return self.client.get(path, headers=self.headers(role, organisation))

    def kept(self) -> list[dict[str, Any]]:
        with (
            psycopg.connect(self.runtime.conninfo, row_factory=psycopg.rows.dict_row) as connection,
            connection.cursor() as cursor,
        ):
            return cursor.execute("SELECT * FROM ledger.quarantine ORDER BY received_at, id").fetchall()

    def says(self, number: uuid.UUID) -> bytes:
        return quarantine.opened(self.runtime, number, RECORDS_MANAGER)

    def types(self) -> list[str]:
        return [one.topic for one in self.runtime.ledger.recorder.select_notifications(self.before + 1, 1000)]


@pytest.fixture
def door(runtime: Runtime) -> Door:
    return Door(runtime)


def registering(**said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "type": "register-customer",
        "occurred_at": "2026-01-05T09:00:00Z",
        "customer_id": str(uuid.uuid4()),
        "organisation": PRIME,
        "values": {"family_name": SECRET},
        **said,
    }


# What is kept.


@pytest.mark.parametrize(
    ("body", "status", "reason", "field"),
    [
        (BROKEN, 400, "not_json", None),
        (b'["' + SECRET.encode() + b'"]', 400, "not_json", None),
        (registering(occurred_at=SECRET), 422, "malformed", "occurred_at"),
        (registering(values=SECRET), 422, "malformed", "values"),
        (registering(type=SECRET), 422, "malformed", None),
        (registering(occurred_at="2027-01-01T00:00:00Z"), 422, "malformed", "occurred_at"),
    ],
    ids=["broken", "a list", "no date", "no object", "no such command", "the future"],
)
def test_a_report_that_cannot_be_read_is_refused_and_kept_encrypted(door, body, status, reason, field):
    """LEDG-07, LEDG-13"""
    answer = door.send(body)

    assert (answer.status_code, answer.json()["quarantined"]) == (status, True)
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in answer.text
    (kept,) = door.kept()
    assert (kept["source"], kept["line"], kept["reason"], kept["field"]) == ("POST /v1/entries", 1, reason, field)
    assert kept["owner"] == PRIME
    assert SECRET not in repr(kept)
    said = door.says(kept["id"])
    assert said == (body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_report_with_the_id_of_another_is_refused_and_kept(door):
    """LEDG-07, LEDG-21"""
    first = registering()
    assert door.send(first).status_code == 201

    answer = door.send({**first, "values": {"family_name": "Somebody-Else"}})

    assert (answer.status_code, answer.json()["rule_id"], answer.json()["quarantined"]) == (409, "LEDG-21", True)
    (kept,) = door.kept()
    assert kept["reason"] == "command_reused"
    assert b"Somebody-Else" in door.says(kept["id"])


def test_each_refused_line_of_many_is_kept_by_its_number_and_the_others_are_recorded(door):
    good = registering()
    lines = [json.dumps(good).encode(), BROKEN, b"", json.dumps(registering(values=7)).encode(), b"{}\r"]

    answer = door.send(b"\n".join(lines), lines=True).json()

    assert (answer["read"], answer["recorded"], answer["refused"], answer["quarantined"]) == (4, 1, 3, 3)
    assert [one["problem"]["quarantined"] for one in answer["results"][1:]] == [True, True, True]
    assert "quarantined" not in answer["results"][0]
    assert [(one["line"], one["reason"]) for one in door.kept()] == [
        (2, "not_json"),
        (4, "malformed"),
        (5, "malformed"),
    ]


def test_a_line_longer_than_a_command_can_be_is_kept_all_the_same(door):
    answer = door.send(b'"' + b"x" * LONGEST_LINE_BYTES + b'"', lines=True).json()

    assert answer["quarantined"] == 1
    assert len(door.says(door.kept()[0]["id"])) == LONGEST_LINE_BYTES + 2


@pytest.mark.parametrize(
    ("role", "organisation"),
    [("contractor", "nobody-registered-it"), ("case-worker", "nobody-registered-it"), ("case-worker", PRIME)],
)
def test_what_an_organisation_reports_that_is_not_registered_for_it_waits_until_it_is_sent_again_party_01(
    door, role, organisation
):
    """LEDG-07: it reads nothing, and what it says has happened is not lost."""
    said = registering(organisation=organisation)
    answer = door.send(said, role=role, organisation=organisation)

    assert (answer.status_code, answer.json()["rule_id"]) == (403, "PARTY-01")
    assert answer.json()["quarantined"]
    assert [(kept["owner"], kept["reason"]) for kept in door.kept()] == [(organisation, "unregistered_organisation")]
    assert door.types() == []
    register(door.runtime.ledger, organisation, "controller" if role == "case-worker" else "prime")
    assert door.send(said, role=role, organisation=organisation).status_code == 201
    assert door.kept() == []


# Sent again.


def test_sent_again_it_is_the_same_line_and_not_a_day_younger(door, clock):
    first = door.send(BROKEN)
    (kept,) = door.kept()
    clock.time += timedelta(days=3)

    again = [door.send(BROKEN), door.send(b"\n" + BROKEN + b"\r\n", lines=True)]

    assert first.json() == again[0].json()
    assert again[1].json()["quarantined"] == 1
    assert door.kept() == [kept]


def test_the_same_words_of_another_organisation_are_a_line_of_its_own(door):
    door.send(BROKEN)
    door.send(BROKEN, organisation=OTHER)

    assert sorted(one["owner"] for one in door.kept()) == [PRIME, OTHER]


# What is not kept.


def test_what_the_state_of_a_record_forbids_was_understood_and_is_not_kept(door):
    """LEDG-07: the caller has their answer, and nothing is lost with it."""
    known = registering()
    door.send(known)
    stranger = {name: value for name, value in registering(type="end-service").items() if name != "values"}

    answers = [
        door.send({**known, "id": str(uuid.uuid4())}),
        door.send(stranger, role="case-worker", organisation=CONTROLLER),
    ]

    assert [one.json()["type"] for one in answers] == ["/problems/already-registered", "/problems/TRACE-02"]
    assert all("quarantined" not in one.json() for one in answers)
    assert door.kept() == []


def test_a_command_of_a_role_that_may_not_give_it_is_not_kept(door):
    said = {"id": str(uuid.uuid4()), "type": "register-organisation", "occurred_at": "2026-01-05T09:00:00Z"}
    answer = door.send({**said, "organisation": OTHER, "name": "A", "kind": "prime"}, role="contractor")

    assert (answer.status_code, door.kept()) == (403, [])


def test_whoever_is_not_signed_in_or_has_nothing_to_report_fills_no_quarantine(door):
    answers = [door.client.post("/v1/entries", content=BROKEN), door.send(BROKEN, role="auditor")]

    assert [one.status_code for one in answers] == [401, 400]
    assert door.kept() == []


def test_a_proposal_says_nothing_that_happened_and_is_never_kept(door):
    """LEDG-01"""
    headers = {**door.headers("contractor", PRIME), "Content-Type": "application/json"}
    for body in (BROKEN, json.dumps(registering(values=7)).encode()):
        answer = door.client.post("/v1/proposals", content=body, headers=headers)
        assert answer.status_code in {400, 422}
        assert "quarantined" not in answer.json()

    assert door.kept() == []


@pytest.mark.parametrize("body", [b"", b" \n", b"[" * (LONGEST_BODY_BYTES + 1)], ids=["empty", "blank", "too large"])
def test_a_body_that_says_nothing_or_is_over_the_limit_is_not_kept(door, body):
    assert door.send(body).status_code in {400, 413}
    assert door.kept() == []


def test_a_report_that_cannot_be_kept_either_is_a_fault_and_not_a_refusal(door):
    """The caller must send it again: a refusal would tell them that it is in safe hands."""
    with psycopg.connect(door.runtime.conninfo) as connection:
        connection.execute(f"REVOKE INSERT ON ledger.quarantine FROM {of_database(connection).writer}".encode())

    assert door.send(BROKEN).status_code >= 500


# Put right.


def test_once_the_corrected_report_is_recorded_under_its_id_the_line_is_gone(door):
    wrong = registering(occurred_at="yesterday")
    door.send(wrong)
    door.send({**wrong, "organisation": 7})
    door.send(registering(occurred_at="yesterday"))
    assert len(door.kept()) == 3

    assert door.send({**wrong, "occurred_at": "2026-01-05T09:00:00Z"}).status_code == 201

    (left,) = door.kept()
    assert left["command"] != uuid.UUID(wrong["id"])


def test_a_report_of_another_organisation_under_its_id_leaves_the_line_unless_who_keeps_the_quarantine_sends_it(door):
    """LEDG-07: or whoever guesses or repeats an id would take away what another reported."""
    for role, organisation, left in (
        ("contractor", OTHER, 1),
        ("contractor", PRIME, 0),
        ("records-manager", CONTROLLER, 0),
    ):
        wrong = registering(occurred_at="yesterday")
        door.send(wrong, organisation=PRIME)
        right = {**wrong, "occurred_at": "2026-01-05T09:00:00Z"}
        assert door.send(right, role=role, organisation=organisation).status_code == 201
        assert len([one for one in door.kept() if str(one["command"]) == wrong["id"]]) == left


def test_a_line_of_an_organisation_whose_code_does_not_fit_in_an_actor_leaves_too(door):
    register(door.runtime.ledger, "one/two@three")
    wrong = registering(occurred_at="yesterday", organisation="one/two@three")
    door.send(wrong, organisation="one/two@three")
    door.send({**wrong, "occurred_at": "2026-01-05T09:00:00Z"}, organisation="one/two@three")
    assert door.kept() == []


def test_a_correction_that_is_refused_too_leaves_the_line_where_it_is(door):
    known = registering()
    door.send(known)
    wrong = registering(customer_id=known["customer_id"], occurred_at="yesterday")
    door.send(wrong)

    assert door.send({**wrong, "occurred_at": "2026-01-05T09:00:00Z"}).status_code == 409
    assert len(door.kept()) == 1


def test_a_report_with_the_id_of_another_waits_for_a_person_whatever_else_is_recorded(door):
    first = registering()
    door.send(first)
    door.send({**first, "values": {"family_name": "Somebody-Else"}})

    assert door.send(first).status_code == 200
    door.send(registering())
    assert len(door.kept()) == 1


# Listed.


def test_the_list_says_whose_a_line_is_why_it_waits_and_how_long_and_not_what_it_says(door, clock):
    door.send(BROKEN + b"\n" + json.dumps(registering(values=SECRET)).encode(), lines=True)
    clock.time += timedelta(days=8)

    answer = door.get("/v1/quarantine")

    assert SECRET not in answer.text
    first, second = answer.json()["rows"]
    assert {name: first[name] for name in ("source", "line", "reason", "field", "owner", "age_days")} == {
        "source": "POST /v1/entries",
        "line": 1,
        "reason": "not_json",
        "field": None,
        "owner": PRIME,
        "age_days": 8,
    }
    assert (second["line"], second["field"]) == (2, "values")


def test_the_list_in_pages_is_the_list(door):
    door.send(b"\n".join(b"{%d" % number for number in range(7)), lines=True)
    whole = door.get("/v1/quarantine").json()

    pages: list[Any] = []
    more: dict[str, str] | None = {}
    while more is not None:
        page = door.client.get(
            "/v1/quarantine", params={"limit": 3, **more}, headers=door.headers("auditor", "controller")
        ).json()
        assert len(page["rows"]) <= 3
        pages += page["rows"]
        more = {"cursor": page["next"]} if page["next"] else None

    assert pages == whole["rows"]
    assert (len(pages), whole["next"]) == (7, None)


def test_a_contractor_sees_what_its_own_organisation_sent_and_an_auditor_everything(door):
    door.send(BROKEN)
    door.send(BROKEN, organisation=OTHER)

    seen = door.get("/v1/quarantine", role="contractor", organisation=OTHER).json()["rows"]
    assert [one["owner"] for one in seen] == [OTHER]
    assert len(door.get("/v1/quarantine", role="auditor").json()["rows"]) == 2


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiJd", "WyIyMDI2LTAxLTAxIiwiYSJd", SECRET])
def test_a_cursor_that_the_list_did_not_give_is_refused(door, cursor):
    answer = door.get(f"/v1/quarantine?cursor={cursor}")

    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


# Opened and discarded.


def test_a_line_is_opened_by_the_controller_s_records_manager_only_and_that_is_recorded_first(door):
    """D12"""
    door.send(BROKEN)
    (kept,) = door.kept()
    contractor = Caller(role="contractor", organisation=PRIME, subject="contractor one")
    of_contractor = Caller(role="records-manager", organisation=PRIME, subject="records manager two")
    for by in (CASE_WORKER, AUDITOR, ADMINISTRATOR, contractor, of_contractor):
        with pytest.raises(NotAllowed):
            quarantine.opened(door.runtime, kept["id"], by)
    assert door.types() == []

    assert quarantine.opened(door.runtime, kept["id"], RECORDS_MANAGER) == BROKEN

    assert door.types() == ["quarantined-line-opened"]
    assert len(door.kept()) == 1
    entries = door.get("/v1/events").text
    assert SECRET not in entries
    assert f'"facts":{{"line_id":"{kept["id"]}","owner":"{PRIME}"}}' in entries


def test_when_the_opening_cannot_be_recorded_nothing_is_shown(door):
    """D12"""
    door.send(BROKEN)
    with psycopg.connect(door.runtime.conninfo) as connection:
        connection.execute(f"REVOKE INSERT ON ledger.event FROM {of_database(connection).writer}".encode())

    with pytest.raises(Exception, match="nothing was recorded"):
        door.says(door.kept()[0]["id"])


def test_a_discarded_line_is_gone_and_the_record_says_whose_it_was_and_why(door):
    door.send(BROKEN)
    (kept,) = door.kept()

    quarantine.discarded(door.runtime, kept["id"], RECORDS_MANAGER, reason="not-a-report")

    assert door.kept() == []
    (line,) = [json.loads(line)["entry"] for line in door.get(f"/v1/events?after={door.before}").text.splitlines()]
    assert line["type"] == "quarantined-line-discarded"
    assert line["actor"].startswith("operator:records-manager@controller/")
    assert line["facts"] == {
        "line_id": str(kept["id"]),
        "owner": PRIME,
        "received_at": instant_text(kept["received_at"]),
        "refused_as": "not_json",
        "reason": "not-a-report",
    }
    with pytest.raises(NotInQuarantine):
        quarantine.discarded(door.runtime, kept["id"], RECORDS_MANAGER, reason="not-a-report")


def test_nobody_else_discards_a_line_nor_for_a_reason_of_their_own(door):
    door.send(BROKEN)
    (kept,) = door.kept()
    with pytest.raises(NotAllowed):
        quarantine.discarded(door.runtime, kept["id"], CASE_WORKER, reason="not-a-report")
    with pytest.raises(Malformed):
        quarantine.discarded(door.runtime, kept["id"], RECORDS_MANAGER, reason=SECRET)

    assert (len(door.kept()), door.types()) == (1, [])


# The command line.


@pytest.fixture
def home(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEDGER_DATABASE_URL", door.runtime.conninfo)
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))
    return tmp_path


def test_record_counts_what_it_keeps_and_the_command_shows_opens_and_discards_it(home, door, capfd):
    file = home / "reports.ndjson"
    file.write_bytes(json.dumps(registering()).encode() + b"\n" + BROKEN + b"\n")

    assert run(["record", str(file), "--json"]) == 2
    said = json.loads(capfd.readouterr().out)
    assert (said["recorded"], said["refused"], said["quarantined"]) == (1, 1, 1)

    assert run(["quarantine", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    (row,) = listed["rows"]
    assert (listed["count"], row["source"], row["line"], row["owner"]) == (1, "ledger record", 2, "controller")
    assert run(["quarantine"]) == 0
    assert SECRET not in capfd.readouterr().out

    assert run(["quarantine", "--open", row["id"], "--role", "case-worker"]) == 2
    assert run(["quarantine", "--open", row["id"], "--out", str(home / "line")]) == 0
    assert (home / "line").read_bytes() == BROKEN
    assert stat.S_IMODE((home / "line").stat().st_mode) == 0o600
    assert run(["quarantine", "--open", row["id"], "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"id": row["id"], "says": BROKEN.decode()}

    assert run(["quarantine", "--discard", row["id"]]) == 2
    assert run(["quarantine", "--discard", row["id"], "--reason", "not-a-report"]) == 0
    assert run(["quarantine", "--open", row["id"]]) == 2
    assert capfd.readouterr().err.splitlines()[-1] == "ledger: No line with this id is in the quarantine."


# Its age.


def test_readyz_warns_of_a_line_that_has_waited_for_more_than_seven_days(door, clock):
    door.send(BROKEN)
    since = door.kept()[0]["received_at"]

    clock.time = since + ALARM_AFTER - timedelta(seconds=1)
    assert door.client.get("/readyz").json()["warnings"] == []

    clock.time = since + timedelta(days=7, seconds=1)
    warned = door.client.get("/readyz").json()
    assert warned["warnings"] == ["A line has been in the quarantine for 7 days; `ledger quarantine` lists what waits."]
    quarantine.discarded(door.runtime, door.kept()[0]["id"], RECORDS_MANAGER, reason="not-a-report")
    assert door.client.get("/readyz").json()["warnings"] == []


def test_the_numbers_tell_how_many_lines_wait_and_how_long_by_door_and_never_by_file(door, clock, tmp_path):
    file = tmp_path / f"{SECRET}-customers.ndjson"
    file.write_bytes(b"{\n[]\n")
    import_documents(door.runtime.ledger, [str(file)], by=CASE_WORKER, collection="customers")
    door.send(BROKEN)
    clock.time = door.kept()[-1]["received_at"] + timedelta(hours=1)

    page = door.client.get("/metrics").text

    assert 'ledger_quarantine_lines{source="POST /v1/entries"} 1.0' in page
    assert 'ledger_quarantine_lines{source="ledger import"} 2.0' in page
    (oldest,) = [line for line in page.splitlines() if line.startswith('ledger_quarantine_oldest_seconds{source="POST')]
    assert 3600 <= float(oldest.rsplit(" ", 1)[1]) < 3601
    assert SECRET not in page


# Beside the documents of an import.


def test_rejected_documents_have_an_owner_and_are_listed_apart_from_reports(door, tmp_path):
    file = tmp_path / "customers.ndjson"
    file.write_bytes(b"{\n")
    door.send(BROKEN)
    by = Caller(role="case-worker", organisation=OTHER, subject="importer one", operator=True)

    result = import_documents(door.runtime.ledger, [str(file)], by=by)
    door.send(b"{}")

    assert [(one.file, one.line) for one in rejects_of(door.runtime.ledger, result)] == [("customers.ndjson", 1)]
    assert [(one["source"], one["owner"]) for one in door.kept()] == [
        ("POST /v1/entries", PRIME),
        ("customers.ndjson", OTHER),
        ("POST /v1/entries", PRIME),
    ]


def test_lines_from_before_owners_were_kept_are_the_controllers(
    server: postgres.Server, monkeypatch: pytest.MonkeyPatch
):
    name = f"before_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        conninfo = server.conninfo(dbname=name)
        with monkeypatch.context() as patched:
            older = [one for one in migrate.migrations() if one[0] < "0005"]
            patched.setattr(migrate, "migrations", lambda: older)
            migrate.migrate(conninfo)
        with psycopg.connect(conninfo) as connection:
            connection.execute(
                "INSERT INTO ledger.quarantine (id, digest, source, line, reason, blob)"
                " VALUES (gen_random_uuid(), '', 'customers.ndjson', 1, 'unreadable', '')"
            )
        migrate.migrate(conninfo)
        with psycopg.connect(conninfo) as connection:
            assert connection.execute("SELECT owner FROM ledger.quarantine").fetchall() == [("controller",)]
    finally:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
