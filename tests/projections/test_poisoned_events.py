"""An event that a view cannot apply freezes its own stream there, everything else goes on, and so it is made again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.errors import ProjectionStopped
from ledger.events import EVENTS
from ledger.store.append_call import Batch
from ledger.store.recorder import open_recorder
from projections import poison as poisoned_events
from projections import runner
from projections.catalogue import VIEWS, view_named
from projections.customers import read as customers
from projections.retention import read as retention
from tests.conftest import RECORDS_MANAGER, Databases, Record
from tests.projections.poisoning import heal, poison
from tests.strategies import Told, entries_of, histories

UNREADABLE = {
    "plans_in_share": 3_000_000_000,
    "review_on": "next Tuesday",
    "written_at": "soon",
    "held_at": "soon",
    "appointment_at": "soon",
    "requested_at": "soon",
    "months": "many",
    "due_at": "soon",
    "customer_id": "somebody",
    "destroyed": "all",
}
"""Facts as no command lets them by; each of them stops some view."""


@pytest.fixture
def projector(database: str) -> Iterator[psycopg.Connection[Any]]:
    with runner.connect(database) as connection:
        runner.prepare(connection)
        yield connection


def contents(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """Every row of every view, and what each leaves out."""
    found = {
        f"{view.name}.{table}": sorted(connection.execute(f"SELECT * FROM {table}".encode()).fetchall(), key=repr)
        for view in VIEWS
        for table in view.tables
    }
    left_out = connection.execute("SELECT view, stream, position, why, set_aside FROM poisoned ORDER BY 1, 3")
    return found | {"poisoned": left_out.fetchall()}


def left_out(connection: psycopg.Connection[Any]) -> list[tuple[str, int]]:
    return [(each.view, each.position) for each in poisoned_events.listed(connection)]


def test_the_stream_of_a_poisoned_event_is_frozen_in_that_view_and_everything_else_goes_on(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="h-1")
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_COMPLAINT", hold_id="h-2")
    record("give-consent", customer, scope="market_research", mechanism="said yes")
    other = uuid.uuid4()
    record("register-customer", other, values={"note": "invented"})
    head = record("place-hold", other, by=RECORDS_MANAGER, code="HOLD_COMPLAINT", hold_id="h-3").last
    poison(database, 2)

    assert runner.catch_up(projector) == head

    assert {state.position for state in runner.states(projector)} == {head}
    assert left_out(projector) == [("retention", 2)]
    assert retention.holds(projector, customer) == []
    assert [hold.hold_id for hold in retention.holds(projector, other)] == ["h-3"]
    assert {state.view: state.frozen for state in runner.states(projector) if state.frozen} == {"retention": 1}


def test_what_comes_later_about_a_frozen_stream_stays_out_of_that_view_alone(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="h-1")
    poison(database, 2)
    runner.catch_up(projector)
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_COMPLAINT", hold_id="h-2")
    record("give-consent", customer, scope="market_research", mechanism="said yes")
    runner.catch_up(projector)
    assert retention.holds(projector, customer) == []
    assert len(customers.consent_history(projector, customer)["market_research"]) == 1


def test_the_reason_is_the_databases_own_and_never_says_what_the_value_was(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="h-1")
    poison(database, 2)
    runner.catch_up(projector)
    (found,) = poisoned_events.listed(projector)
    assert (found.stream, found.why) == (customer, "InvalidDatetimeFormat (SQLSTATE 22007)")


def test_a_view_that_can_apply_the_event_is_whole_once_it_is_made_again(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="h-1")
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_COMPLAINT", hold_id="h-2")
    poison(database, 2)
    runner.catch_up(projector)
    heal(database, 2, "review_on")
    with projector.transaction():  # as a program with another version of the view finds it
        projector.execute("UPDATE progress SET version = 'another' WHERE view = 'retention'")
    runner.catch_up(projector)
    assert [hold.hold_id for hold in retention.holds(projector, customer)] == ["h-1", "h-2"]
    assert left_out(projector) == []
    assert not any(state.frozen for state in runner.states(projector))


def test_made_again_while_the_event_is_as_it_was_a_view_leaves_out_the_same_since_the_same_moment(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="h-1")
    poison(database, 2)
    runner.catch_up(projector)
    before = poisoned_events.listed(projector)
    runner.rebuild(projector, view_named("retention"))
    assert poisoned_events.listed(projector) == before


def test_a_view_stops_at_a_poisoned_event_of_a_register_and_the_others_go_on(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    period = {"organisation": "0000000101", "kind": "inactivity", "months": 24, "valid_from": "2026-01-01"}
    record("set-retention-period", by=RECORDS_MANAGER, **period)
    head = record("give-consent", customer, scope="market_research", mechanism="said yes").last
    poison(database, 2, months=3_000_000_000)
    for _ in range(2):
        with pytest.raises(ProjectionStopped, match=r"The view retention stopped at position 2: .*SQLSTATE 22003"):
            runner.catch_up(projector)
        found = {state.view: (state.position, state.stopped_at) for state in runner.states(projector)}
        assert found == {**dict.fromkeys((view.name for view in VIEWS), (head, None)), "retention": (1, 2)}
    with pytest.raises(ProjectionStopped, match=r"retention .* position 2"):
        runner.rebuild(projector, view_named("retention"))
    poison(database, 2, months=24)
    assert runner.catch_up(projector) == head
    assert [state.stopped_at for state in runner.states(projector)] == [None] * len(VIEWS)


def test_as_of_a_moment_a_poisoned_event_freezes_its_stream_too(
    database: str, projector: psycopg.Connection[Any], record: Record, customer: uuid.UUID
):
    record("place-hold", customer, by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="h-1")
    poison(database, 2)
    for only in (None, customer):
        with runner.as_of(projector, position=2, only=only):
            found = poisoned_events.of_record(projector, customer)
        assert found is not None
        assert (found.view, found.position) == ("retention", 2)


# Each example has a database of its own; making one smaller is left to whoever looks into it.
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(happened=histories(), sizes=st.lists(st.integers(1, 25), min_size=1, max_size=5), data=st.data())
def test_rebuilt_equals_incremental_with_poisoned_events_as_well(
    databases: Databases, happened: list[Told], sizes: list[int], data: st.DataObject
):
    entries = entries_of(happened)
    of_people = [place for place, entry in enumerate(entries, start=1) if EVENTS[entry.type].HOLDS != "organisation"]
    chosen = data.draw(st.lists(st.sampled_from(of_people), unique=True, max_size=4), label="poisoned")
    with ExitStack() as stack:
        conninfo = stack.enter_context(databases())
        recorder = open_recorder(conninfo)
        stack.callback(recorder.close)
        connection = stack.enter_context(runner.connect(conninfo))
        done = 0
        for size in [*sizes, len(entries)]:
            if chunk := entries[done : done + size]:
                recorder.append(Batch(entries=chunk))
                for position in chosen:
                    if done < position <= done + len(chunk):
                        poison(conninfo, position, **UNREADABLE)
                runner.catch_up(connection, batch=size)
                done += len(chunk)
        incremental = contents(connection)
        for view in VIEWS:
            assert runner.rebuild(connection, view) == len(entries)
        assert contents(connection) == incremental
