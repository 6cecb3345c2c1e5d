"""Holds, dates, counts and pages of what is due; the view agrees with the fold."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.clocks import LONDON, london_day, months_after
from ledger.events import CLASSES, Event, RetentionExtended
from ledger.log.codec import Entry
from ledger.retention.due_dates import due_dates, impossible_dates
from ledger.retention.impossible_dates import impossible
from ledger.retention.schedule import SCHEDULE
from ledger.state.history import KeptEvent
from ledger.state.registers import Registers
from projections import runner
from projections.retention import read as retention
from projections.retention.read import DueRow
from tests.conftest import RECORDS_MANAGER, Databases, Record
from tests.retention.clocks import clocks
from tests.retention.schedule import FAR, HOLD, Due, append, end_service, local_period
from tests.strategies import Told, entries_of, happened, histories, same_day_later

EXAMPLES = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


AGREEING = settings(EXAMPLES, max_examples=60)


# Holds.


def test_what_is_due_and_held_is_listed_with_what_holds_it(
    record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]
):
    """DEST-03, V-RET-07: due, held, with the reason."""
    end_service(record, customer, "2018-01-31T09:00:00Z")
    record("place-hold", customer, by=RECORDS_MANAGER, hold_id="sar-7", **HOLD)
    runner.catch_up(views)
    assert [row.held_by for row in retention.every_due(views, date(2026, 1, 1))] == [["sar-7"]]


def test_a_hold_on_some_classes_holds_only_those(record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]):
    """DEST-03"""
    local_period(record, "after_service", 1)
    end_service(record, customer, "2018-01-31T09:00:00Z")
    record("place-hold", customer, by=RECORDS_MANAGER, hold_id="h", classes=["identity"], **HOLD)
    runner.catch_up(views)
    held = {row.class_: row.held_by for row in retention.every_due(views, date(2026, 1, 1))}
    assert held == {"identity": ["h"], "payment_evidence": []}


def test_a_lifted_hold_holds_nothing(record: Record, customer: uuid.UUID, views: psycopg.Connection[Any]):
    """DEST-03"""
    end_service(record, customer, "2018-01-31T09:00:00Z")
    record("place-hold", customer, by=RECORDS_MANAGER, hold_id="sar-7", **HOLD)
    record("lift-hold", customer, by=RECORDS_MANAGER, hold_id="sar-7")
    runner.catch_up(views)
    assert [row.held_by for row in retention.every_due(views, date(2026, 1, 1))] == [[]]


# Dates, counts and pages.


@given(start=st.dates(date(2010, 1, 1), date(2026, 11, 21)), months=st.integers(0, 120))
@settings(max_examples=300, deadline=None)
def test_a_period_ends_on_the_same_day_number_or_on_the_last_day_of_a_shorter_month(start: date, months: int):
    end = months_after(start, months)
    assert end == same_day_later(start, months)
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


@EXAMPLES
@given(
    days=st.lists(
        st.one_of(st.dates(date(2010, 1, 1), date(2026, 11, 21)), st.just(date(2024, 2, 29))), min_size=1, max_size=20
    )
)
def test_a_maximum_never_rolls_forward_over_a_weekend_or_a_shorter_month(databases: Databases, days: list[date]):
    """RET-NCS-01: for any day on which a service may have ended."""
    told = []
    for day in days:
        customer = uuid.uuid4()
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=LONDON)
        told.append(happened(customer, "customer-registered", noon))
        told.append(happened(customer, "service-ended", noon, audit_minimum={"note": "invented"}))
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection)
        found = sorted(str(row.destroy_by) for row in retention.every_due(connection, FAR))
    assert found == sorted(same_day_later(day, 72).isoformat() for day in days)


@EXAMPLES
@given(told=histories(), on=st.dates(date(2016, 1, 1), date(2040, 1, 1)), limit=st.integers(1, 4))
def test_counts_equal_rows_and_pages_give_every_row_once_in_order(
    databases: Databases, told: list[Told], on: date, limit: int
):
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection, batch=7)
        rows = list(retention.every_due(connection, on))
        assert retention.count_due(connection, on) == len(rows)
        paged: list[DueRow] = []
        while page := retention.due_page(connection, on, limit=limit, after=paged[-1].key if paged else None):
            assert len(page) <= limit
            paged += page
        assert paged == rows == sorted(rows, key=lambda row: row.key)
        listed = retention.exceptions_page(connection, on, limit=1_000)
        assert retention.count_exceptions(connection, on) == len(listed)


@EXAMPLES
@given(told=histories())
def test_nothing_is_ever_due_later_than_a_maximum_after_the_event_that_started_its_clock(
    databases: Databases, told: list[Told]
):
    """RET-GEN-02: whatever the history, `because` names the event and the rule names the longest period there is."""
    longest = {line.rule: line.months for line in SCHEDULE if line.months is not None}
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection)
        for row in retention.every_due(connection, FAR):
            one = told[row.because - 1]
            months = longest.get(row.rule)
            if row.rule == "DEST-01":  # the controller names the day
                assert str(row.destroy_by) == getattr(one.event, "valid_from", None)
            elif months is not None:
                said = getattr(one.event, "held_at", None) or getattr(one.event, "appointment_at", None)
                started = london_day(datetime.fromisoformat(said) if said else one.occurred_at)
                longer = [
                    date.fromisoformat(each.event.until)
                    for each in told
                    if row.rule == "RET-NHS-01"
                    and each.stream == row.customer_id
                    and isinstance(each.event, RetentionExtended)
                ]
                last = max([months_after(started, months), *longer])
                assert row.key.destroy_by <= last


@pytest.mark.parametrize("on", [date(1950, 1, 1), date(2026, 11, 22), date(2150, 12, 31), date.max])
def test_any_past_or_future_date_may_be_asked_about(record: Record, customer: uuid.UUID, due: Due, on: date):
    end_service(record, customer, "2018-01-31T09:00:00Z")
    assert ("payment_evidence" in due(on)) == (on >= date(2024, 1, 31))


@pytest.mark.parametrize("line", SCHEDULE, ids=lambda line: f"{line.rule} {line.class_} {line.clock}")
def test_every_line_of_the_schedule_names_a_class_a_sentence_and_one_kind_of_period(line: Any):
    assert line.class_ in CLASSES
    assert line.sentence
    periods = [line.months is not None, line.local is not None, line.clock == "breach_opened"]
    assert sum(periods) == 1  # an assessment that is never closed has no period, and is listed after its patience
    listed_at_once = line.local in {"after_service", "did_not_attend"} or line.contact == "account"
    assert line.months is not None or line.patience_months or listed_at_once


@AGREEING
@given(told=st.one_of(histories(most=80), clocks(), clocks()))
def test_the_view_says_of_everybody_what_the_pure_fold_says_of_one(databases: Databases, told: list[Told]):
    """RET-GEN-02: what is found kept too long, and what a command may destroy, is what the list calls due."""
    entries = entries_of(told)
    with databases() as conninfo, runner.connect(conninfo) as connection:
        append(conninfo, told)
        runner.catch_up(connection, batch=7)
        rows = connection.execute("SELECT customer, class, part, rule, destroy_by, listed_on, because FROM due")
        listed = {(*row[:6], 0 if row[3] == "DEST-01" else row[6]) for row in rows}
        cannot_be = {*connection.execute("SELECT customer, class, part, rule, day, because, why FROM impossible")}
    registers = Registers().followed_by(one.event for one in told)
    expected, exceptional = set(), set()
    for stream, kept in kept_by_stream(told, entries).items():
        for (class_, part), due in due_dates(kept, registers).items():
            expected.add((stream, class_, part, due.rule, due.destroy_by, due.listed_on, due.because))
        for (class_, part), found in impossible_dates(kept, registers).items():
            exceptional.add((stream, class_, part, found.rule, found.day, found.because, found.why))
    assert listed == expected
    assert cannot_be == exceptional


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(told=st.one_of(histories(most=80), clocks(), clocks()))
def test_what_says_when_it_cannot_have_been_makes_nothing_due_earlier_than_without_it(told: list[Told]):
    """No order and no date of events does: without each such event, alone or all of them, nothing is due later."""
    registers = Registers().followed_by(one.event for one in told)
    for kept in kept_by_stream(told, entries_of(told)).values():
        with_them = due_dates(kept, registers)
        places = [*impossible([one[:2] for one in kept], registers)]
        for left_out in [{place} for place in places] + [set(places)]:
            # What it sealed is still there: only what it says is left out.
            without = [one._replace(event=Event()) if place in left_out else one for place, one in enumerate(kept)]
            after = due_dates(without, registers)
            for key, due in with_them.items():
                if due.destroy_by is not None:
                    before = after[key].destroy_by
                    assert before is not None
                    assert before <= due.destroy_by


def kept_by_stream(told: list[Told], entries: list[Entry]) -> dict[uuid.UUID, list[KeptEvent]]:
    """The events of each stream with the class and part of what is sealed in them."""
    found: dict[uuid.UUID, list[KeptEvent]] = {}
    for number, (one, entry) in enumerate(zip(told, entries, strict=True), start=1):
        kept = KeptEvent(one.occurred_at, one.event, entry.class_, entry.part, number)
        found.setdefault(one.stream, []).append(kept)
    return found
