"""The invented world once it is recorded: everything in it can have happened, and what is owed stands in every state.

A world of forty people is recorded on its own day, so that what it leaves open is open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

import orjson
import pytest

from api import demo
from api.casework.runtime import Runtime, opened
from api.dss.importer import import_documents
from api.entries import Outcome
from api.parallel_recording import record_side_by_side
from api.settings import read_settings
from api.world import TODAY, write_world
from api.world.ended_contract import SMALL_PRIME
from ledger.duties.catalogue import DUTIES
from ledger.errors import NotConsent
from ledger.retention.schedule import PRE_DELETION_CHECKS
from projections.findings import read as findings
from projections.obligations import read as obligations
from projections.obligations.read import Wanted
from projections.retention import read as retention
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock, Databases

CUSTOMERS = 40
MORNING = datetime.combine(TODAY, time(9), UTC)


class World(NamedTuple):
    """The runtime a world was recorded in, its commands, and what became of them."""

    runtime: Runtime
    commands: list[dict[str, Any]]
    outcomes: list[Outcome]


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("recorded")
    written = write_world(home / "world", customers=CUSTOMERS, seed=1)
    commands = [orjson.loads(line) for line in (written.directory / "commands.ndjson").read_bytes().splitlines()]
    with databases() as database:
        settings = read_settings({"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(home / "home")})
        with opened(settings) as runtime:
            clock = Clock()
            clock.time = MORNING
            runtime.ledger.now = clock
            import_documents(runtime.ledger, [str(written.directory / "feed.ndjson")], by=CASE_WORKER)
            outcomes = [*record_side_by_side(runtime.ledger, commands, demo._given_by)]
            runtime.project()
            yield World(runtime, commands, outcomes)


def of_type(world: World, name: str) -> list[dict[str, Any]]:
    return [command for command in world.commands if command["type"] == name]


def owed(world: World) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with world.runtime.current_views(RECORDS_MANAGER) as connection:
        for state in obligations.STATES:
            page = obligations.page(connection, Wanted(state=state), at=MORNING, limit=10_000)
            rows += [row.as_json() for row in page]
    return rows


def breaches(world: World) -> list[dict[str, Any]]:
    with world.runtime.current_views(RECORDS_MANAGER) as connection:
        return [row.as_json() for row in findings.breaches(connection, limit=1_000)]


def test_nothing_in_the_world_contradicts_what_was_recorded_before_it(world: World) -> None:
    refused = {one.refused.sentence for one in world.outcomes if one.refused is not None}
    assert refused <= {NotConsent().sentence}


SINCE_MOVED = {
    *("route-data", "pass-to-work-coach", "chase-recipient", "notify-recipient", "confirm-correction", "find-late"),
    *("assess-breach-risk", "notify-controller", "notify-regulator", "notify-people", "close-breach-assessment"),
    *("restrict-processing", "lift-restriction", "contest-decision", "review-decision", "check-accuracy"),
    *("review-hold", "extend-retention", "name-data-protection-officer", "instruct-destruction", "cleanse-mailbox"),
    "publish-calendar",
}


def test_what_follows_after_data_moved_happens_to_somebody_among_forty_people(world: World) -> None:
    assert {command["type"] for command in world.commands} >= SINCE_MOVED
    assert any(command.get("restrict") for command in of_type(world, "receive-request"))
    assert any(command.get("classes") for command in of_type(world, "send-response"))


@pytest.mark.parametrize("kind", [duty.kind for duty in DUTIES])
def test_each_thing_that_can_be_owed_is_open_for_somebody_late_for_somebody_and_done_by_somebody(
    kind: str, world: World
) -> None:
    states = {row["state"] for row in owed(world) if row["kind"] == kind}
    assert "late" in states
    assert states & {"due-soon", "open"}
    assert "done" in states or kind == "cleanse-mailbox"  # which begins again each time and is never over


def test_what_was_done_was_done_in_time_by_some_and_late_by_others(world: World) -> None:
    late = Counter((row["kind"], row["late"]) for row in owed(world) if row["state"] == "done")
    for kind in ("incorporate-email", "incorporate-paper", "dispose-paper", "pass-to-work-coach", "notify-recipient"):
        assert late[kind, False], kind
        assert late[kind, True], kind


def test_a_copy_was_destroyed_before_its_content_was_in_the_record(world: World) -> None:
    early = {"delete-email", "dispose-paper"}
    incorporated = {
        (command["customer_id"], command["receipt_id"]): command["occurred_at"]
        for command in of_type(world, "incorporate-data")
    }
    with world.runtime.current_views(RECORDS_MANAGER) as connection:
        rows = [row.finding for row in findings.page(connection, limit=10_000)]
    found = [finding for finding in rows if finding.subject_type in early]
    before = [
        command
        for command in of_type(world, "dispose-copy")
        if command["occurred_at"]
        < incorporated.get((command["customer_id"], command.get("receipt_id")), command["occurred_at"])
    ]
    assert {command["receipt_id"] for command in before} & {finding.subject_id for finding in found}


def test_breaches_were_reported_in_time_or_late_or_need_not_be_and_some_are_still_assessed(world: World) -> None:
    rows = breaches(world)
    assert {row["outcome"] for row in rows} == {"no_breach", "breach_not_reportable", "breach_reported", None}
    told = [row for row in rows if row["regulator_notified_at"]]
    assert {row["regulator_notified_at"] <= row["due_at"] for row in told} == {True, False}
    open_ = [row for row in rows if row["closed_at"] is None]
    assert any(row["risk"] is not None for row in open_)
    assert {row["due_at"] < MORNING.isoformat() for row in open_} == {True, False}


def test_objections_are_upheld_overridden_and_pending_and_a_request_for_each_of_the_others_is_answered(
    world: World,
) -> None:
    kinds = {command["id"]: command["kind"] for command in of_type(world, "receive-request")}
    kinds |= {command["request_id"]: command["kind"] for command in of_type(world, "receive-request")}
    answers = {(kinds[command["request_id"]], command["outcome"]) for command in of_type(world, "send-response")}
    refusals = {(kinds[command["request_id"]], command["provision"]) for command in of_type(world, "refuse-request")}
    assert {
        ("objection", "granted"), ("erasure", "partly_granted"), ("restriction", "granted"),
        ("rectification", "granted"), ("rectification", "not_upheld"),
    } <= answers  # fmt: skip
    assert ("objection", "ART-21-1") in refusals
    over = {
        command["request_id"]
        for name in ("send-response", "refuse-request", "withdraw-request")
        for command in of_type(world, name)
    }
    assert "objection" in {kind for number, kind in kinds.items() if number not in over}


def test_a_recipient_who_cannot_be_told_is_named_with_the_reason(world: World) -> None:
    assert any(one.get("not_told_because") == "impossible" for one in of_type(world, "notify-recipient"))


def test_what_the_small_contractor_held_is_due_as_it_was_instructed_and_nobody_else_s_is_dest_01(world: World) -> None:
    (instruction,) = of_type(world, "instruct-destruction")
    assert instruction["contractor"] == SMALL_PRIME
    assert instruction["checked"] == [*PRE_DELETION_CHECKS]
    advised = {
        command["customer_id"]
        for command in of_type(world, "register-customer")
        if command.get("organisation") == SMALL_PRIME
    }
    with world.runtime.current_views(RECORDS_MANAGER) as connection:
        due = [row for row in retention.every_due(connection, TODAY) if row.rule == "DEST-01"]
    assert {str(row.customer_id) for row in due} == advised
    assert {str(row.destroy_by) for row in due} == {instruction["valid_from"]}
    assert len(advised) > 1


def test_what_nhs_health_careers_keeps_for_longer_is_due_later_than_two_years_after_the_last_contact(
    world: World,
) -> None:
    (extension, *_) = of_type(world, "extend-retention")
    until = datetime.fromisoformat(extension["until"]).date()
    with world.runtime.current_views(RECORDS_MANAGER) as connection:
        rows = [*retention.every_due(connection, until + timedelta(days=1))]
    assert extension["until"] in {
        str(row.destroy_by) for row in rows if str(row.customer_id) == extension["customer_id"]
    }


def test_one_decision_of_a_computer_was_taken_back_and_another_is_contested_still(world: World) -> None:
    contested = {command["id"] for command in of_type(world, "contest-decision")}
    reviewed = {command["decision_id"] for command in of_type(world, "review-decision")}
    assert reviewed < contested
