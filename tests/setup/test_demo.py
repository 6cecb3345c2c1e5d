"""The demonstration on a small world, end to end, and the recording of many commands side by side that it rests on."""

from __future__ import annotations

import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import demo
from api.casework import destruction
from api.casework.runtime import Runtime, opened
from api.cli import demonstration
from api.demo import DemoSummary
from api.parallel_recording import record_side_by_side, strands
from api.settings import read_settings
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.errors import NotConsent
from ledger.recording import Ledger
from projections.findings import read as findings
from projections.obligations import read as obligations
from projections.obligations.read import Wanted
from projections.retention import read as retention
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Databases

CUSTOMERS = 30


@pytest.fixture(scope="module")
def program(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("demo")
    with databases() as database:
        settings = read_settings({"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(home)})
        with opened(settings) as runtime:
            yield runtime


@pytest.fixture(scope="module")
def first(program: Runtime) -> DemoSummary:
    return demo.run(program, customers=CUSTOMERS)


def entries_but_readings(runtime: Runtime) -> int:
    with runtime.ledger.recorder.connection() as connection:
        row = connection.execute("SELECT count(*) FROM ledger.event WHERE type <> 'personal-data-read'").fetchone()
    return int(next(iter(dict(row).values())) if isinstance(row, dict) else row[0])  # type: ignore[index]


def test_every_document_of_the_samples_and_of_the_world_is_recorded_but_the_samples_own_rejects(
    first: DemoSummary,
) -> None:
    assert first.documents["recorded"] + first.documents["duplicates"] == first.documents["read"] > 324
    assert first.documents["rejected"] == 0


def test_commands_are_recorded_and_only_what_is_no_consent_is_refused(first: DemoSummary) -> None:
    assert first.commands["recorded"] > 3 * CUSTOMERS
    assert first.commands["repeated"] == 0
    assert set(first.refusals) <= {NotConsent().sentence}


def test_the_summary_shows_one_customer_whose_data_went_both_ways(first: DemoSummary) -> None:
    assert {share["kind"] for share in first.shares} >= {"share", "receipt"}
    assert {share["customer_id"] for share in first.shares} == {first.customer_id}


def test_the_report_is_a_page_that_only_its_owner_can_read(first: DemoSummary, program: Runtime) -> None:
    assert first.report.parent == program.settings.home
    assert stat.S_IMODE(first.report.stat().st_mode) == 0o600
    assert first.report.read_text("utf-8").startswith("<!doctype html>")


def test_the_summary_counts_what_is_due_and_what_has_no_period(first: DemoSummary, program: Runtime) -> None:
    day = london_day(program.ledger.now())
    with program.current_views(RECORDS_MANAGER) as connection:
        assert first.due == retention.count_due(connection, day) > 0
        assert first.due_rows == retention.due_page(connection, day, limit=len(first.due_rows))


def test_the_summary_counts_what_is_owed_and_the_breaches_that_are_still_assessed(
    first: DemoSummary, program: Runtime
) -> None:
    now = program.ledger.now()
    with program.current_views(RECORDS_MANAGER) as connection:
        open_ = findings.breaches(connection, open_=True, limit=1_000)
        late = obligations.page(connection, Wanted(state="late"), at=now, limit=10_000)
    assert first.open_breaches == len(open_) > 0
    assert first.obligations.late == len(late) > 0
    assert set(first.obligations.as_json()) == set(obligations.STATES)


def test_the_ledger_of_the_demo_fits_together(first: DemoSummary) -> None:
    assert first.verify["ok"] is True
    assert len(first.verify["root"]) == 64


def test_a_second_run_records_nothing_but_that_somebody_looked_again(program: Runtime, first: DemoSummary) -> None:
    before = entries_but_readings(program)
    again = demo.run(program, customers=CUSTOMERS)
    assert again.documents["recorded"] == 0
    assert again.documents["duplicates"] == first.documents["read"]
    assert again.commands == {
        "recorded": 0,
        "repeated": first.commands["recorded"],
        "refused": first.commands["refused"],
    }
    assert entries_but_readings(program) == before
    assert again.shares == first.shares


def test_what_was_destroyed_stays_destroyed_when_the_demo_is_repeated(program: Runtime, first: DemoSummary) -> None:
    day = london_day(program.ledger.now())
    done = destruction.destroy(program, day, RECORDS_MANAGER)
    assert done.destroyed > 0
    again = demo.run(program, customers=CUSTOMERS)
    assert again.documents["recorded"] == again.commands["recorded"] == 0
    assert again.documents["duplicates"] == first.documents["read"]
    assert again.verify["ok"] is True
    destroyed = {(one.customer_id, one.class_, one.part) for one in done.certificates}
    with program.current_views(RECORDS_MANAGER) as connection:
        due = {(row.customer_id, row.class_, row.part) for row in retention.every_due(connection, day)}
    assert not destroyed & due


def command(customer: str, **more: Any) -> dict[str, Any]:
    return {"type": "inform-customer", "customer_id": customer, **more}


people = st.lists(st.sampled_from("ABCDEFG"), min_size=1, max_size=3, unique=True)


@given(st.lists(people, max_size=40))
def test_commands_in_different_strands_have_nobody_in_common_and_each_strand_keeps_its_order(
    said: list[list[str]],
) -> None:
    numbered = [(number, {"customers": [{"customer_id": one} for one in each]}) for number, each in enumerate(said)]
    groups = strands(numbered)
    assert sorted(number for group in groups for number, _ in group) == list(range(len(said)))
    assert all([number for number, _ in group] == sorted(number for number, _ in group) for group in groups)
    seen: set[str] = set()
    for group in groups:
        about = {one["customer_id"] for _, each in group for one in each["customers"]}
        assert not about & seen
        seen |= about


def test_many_commands_recorded_side_by_side_keep_the_order_of_each_customer(ledger: Ledger) -> None:
    commands = []
    customers = [str(uuid.uuid4()) for _ in range(40)]
    for type_, said in (
        ("register-customer", {"values": {"given_name": "Sam"}}),
        ("end-service", {}),
        ("resume-service", {}),
        ("end-service", {}),
    ):
        for customer in customers:
            head = {"id": str(uuid.uuid4()), "type": type_, "occurred_at": "2026-01-05T09:00:00Z"}
            commands.append({**head, "customer_id": customer, **said})
    outcomes = list(record_side_by_side(ledger, commands, lambda _: CASE_WORKER, threads=8, in_hand=50))
    assert sorted(outcome.line for outcome in outcomes) == list(range(1, len(commands) + 1))
    assert {outcome.word for outcome in outcomes} == {"recorded"}


def test_the_steps_of_a_request_keep_their_place_among_what_is_recorded_of_the_person_however_far_apart(
    ledger: Ledger,
) -> None:
    commands: list[dict[str, Any]] = []

    def told(type_: str, **said: Any) -> str:
        commands.append({"id": str(uuid.uuid4()), "type": type_, "occurred_at": "2026-01-05T09:00:00Z", **said})
        return str(commands[-1]["id"])

    asked = []
    for _ in range(20):
        customer = str(uuid.uuid4())
        told("register-customer", customer_id=customer, values={"given_name": "Sam"})
        asked.append((told("receive-request", kind="restriction", customer_id=customer), customer))
    for request, customer in asked:
        told("send-response", request_id=request, outcome="granted")
        told("lift-restriction", customer_id=customer, restriction_id=request, person_told_at="2026-01-05T08:00:00Z")
    outcomes = list(record_side_by_side(ledger, commands, lambda _: CASE_WORKER, threads=8, in_hand=40))
    assert {outcome.word for outcome in outcomes} == {"recorded"}


def test_a_command_that_cannot_be_read_is_refused_and_the_others_are_recorded(ledger: Ledger) -> None:
    customer = str(uuid.uuid4())
    head = {"occurred_at": "2026-01-05T09:00:00Z", "customer_id": customer}
    registered = {**head, "id": str(uuid.uuid4()), "type": "register-customer", "values": {"given_name": "Sam"}}
    odd: list[dict[str, Any]] = [{"customers": [7]}, {"type": ["no"]}, {}, {"customers": []}, {**head, "type": "no"}]
    outcomes = list(record_side_by_side(ledger, [*odd, registered], lambda _: CASE_WORKER))
    assert [outcome.word for outcome in sorted(outcomes, key=lambda one: one.line)] == [*["refused"] * 5, "recorded"]


def test_whoever_may_give_a_command_gives_it_in_the_demonstration() -> None:
    by: Caller = demo._given_by({"type": "end-service", "organisation": "0000000101"})
    assert (by.role, by.organisation) == ("case-worker", "0000000101")
    assert demo._given_by({"type": "set-retention-period", "organisation": "0000000101"}).role == "records-manager"


def test_a_home_that_cannot_be_written_to_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(demo.ReportNotWritten) as refused:
        demo._write(tmp_path / "file" / "report.html", "page")
    assert refused.value.sentence.startswith("The report cannot be written")


def test_the_summary_at_a_terminal_names_the_shares_what_is_due_the_root_and_the_pages(first: DemoSummary) -> None:
    text = "\n".join(demonstration._lines(first.as_json(), no_serve=True))
    for said in (
        first.customer_id,
        "Jobcentre Plus",
        str(first.report),
        f"{first.due:,} records",
        first.verify["root"],
        f"{first.obligations.late:,} obligations are late",
        "ledger obligations",
        f"{first.open_breaches:,} breach assessments are open",
        "ledger breaches --state open",
    ):
        assert said in text
    assert "http://127.0.0.1:8000 (ledger serve)" in text


def test_the_summary_as_json_is_json(first: DemoSummary) -> None:
    assert orjson.loads(orjson.dumps(first.as_json()))["customer_id"] == first.customer_id
