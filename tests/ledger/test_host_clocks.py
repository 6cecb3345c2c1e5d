"""Hosts whose clocks are wrong write nothing, and what they wrote before hides no entry from "as known at"."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.casework import customers
from api.casework.runtime import Runtime
from api.dss.importer import ImportStopped, import_documents
from ledger.errors import ClockWrong, UnknownCustomer
from ledger.recording import Ledger
from ledger.store.append_call import Batch
from ledger.store.recorder import open_recorder
from projections import runner
from projections.known_at import position_at
from tests.appending import batch, entry
from tests.commands import command
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock, Databases, Record

TWO_DAYS = timedelta(days=2)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def other_host(ledger: Ledger, clock: Clock) -> Iterator[Ledger]:
    """The same ledger, opened by another host."""
    assert ledger.opening is not None
    other = ledger.opening.open()
    other.now = clock
    yield other
    other.close()


def off_by(seconds: float) -> Callable[[], datetime]:
    """The clock of a host that is so many seconds fast."""
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [TWO_DAYS.total_seconds(), 65, -65, -TWO_DAYS.total_seconds()])
def test_a_host_more_than_a_minute_off_the_database_s_clock_records_nothing_and_is_told_what_to_do(
    ledger: Ledger, other_host: Ledger, seconds: float
):
    other_host.recorder.host_clock = off_by(seconds)
    body = command("register-customer", uuid.uuid4(), at="2026-01-05T09:00:00Z", values={"given_name": "Ashley"})
    with pytest.raises(ClockWrong) as refused:
        other_host.record(body, CASE_WORKER)
    assert refused.value.sentence == (
        "This host's clock is over 60 seconds from the database's; set both by a time server, then send this again."
    )
    assert ledger.recorder.max_notification_id() is None
    other_host.recorder.host_clock = off_by(0)
    assert not other_host.record(body, CASE_WORKER).repeated


@pytest.mark.parametrize("seconds", [55, -55])
def test_a_host_less_than_a_minute_off_records(other_host: Ledger, seconds: float):
    other_host.recorder.host_clock = off_by(seconds)
    other_host.recorder.append(batch())
    assert other_host.recorder.max_notification_id() == 1


def test_the_other_batches_of_a_host_with_a_right_clock_are_recorded_meanwhile(ledger: Ledger, other_host: Ledger):
    other_host.recorder.host_clock = off_by(TWO_DAYS.total_seconds())
    ledger.recorder.append(batch())
    with pytest.raises(ClockWrong):
        other_host.recorder.append(batch())
    ledger.recorder.append(batch())
    assert ledger.recorder.max_notification_id() == 2


def test_an_import_on_a_host_two_days_fast_is_refused(other_host: Ledger, tmp_path: Path):
    document = {
        "id": str(uuid.uuid4()),
        "GivenName": "Ashley",
        "_etag": "1",
        "LastModifiedDate": "2026-01-05T09:00:00Z",
    }
    file = tmp_path / "customers.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    other_host.recorder.host_clock = off_by(TWO_DAYS.total_seconds())
    with pytest.raises(ImportStopped, match=r"^This host's clock is over 60 seconds"):
        import_documents(other_host, [str(file)], by=CASE_WORKER, collection="customers")
    assert other_host.recorder.max_notification_id() is None


def test_who_may_append_cannot_leave_the_clock_out(ledger: Ledger):
    with ledger.recorder.connection() as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute("SELECT ledger.append('{}', '{}', '{}', '{}', '{}', '{}', NULL)")
    assert refused.value.sqlstate == "LC001"


@given(
    offsets=st.lists(st.integers(-6, 6), min_size=1, max_size=40),
    pace=st.integers(0, 3),
    asked=st.lists(st.integers(-8, 130), min_size=1, max_size=12),
)
@settings(max_examples=40, deadline=None)
def test_as_known_at_a_time_is_the_longest_prefix_that_was_recorded_by_then(
    databases: Databases, offsets: list[int], pace: int, asked: list[int]
):
    """Hosts with any clocks take turns; what is known is a prefix, none of it recorded later, and no longer one is."""
    times = [NOON + timedelta(hours=number * pace + offset) for number, offset in enumerate(offsets)]
    with databases() as conninfo:
        recorder = open_recorder(conninfo)
        recorder.append(Batch(entries=[entry(uuid.uuid4(), 1)._replace(recorded_at=time) for time in times]))
        recorder.close()
        with runner.connect(conninfo) as connection:
            for hours in asked:
                moment = NOON + timedelta(hours=hours)
                fitting = [size for size in range(len(times) + 1) if all(time <= moment for time in times[:size])]
                assert position_at(connection, moment) == max(fitting)


def test_after_a_host_was_two_days_fast_the_view_at_a_time_and_the_person_shown_are_of_one_prefix(
    runtime: Runtime, ledger: Ledger, record: Record, clock: Clock
):
    """What a host recorded with a wrong clock before that was refused: the answer holds nothing without what was before
    it, in the view, in the names and in the position alike.
    """
    customer = uuid.uuid4()
    record("register-customer", customer, organisation="0000000101", values={"given_name": "Ashley"})
    clock.time = NOON
    record(
        "keep-record", customer, collection="contacts", record_id="contact-1", values={"MobileNumber": "07700900111"}
    )
    clock.time = NOON + TWO_DAYS
    record(
        "keep-record", customer, collection="contacts", record_id="contact-1", values={"MobileNumber": "07700900222"}
    )
    clock.time = NOON + timedelta(hours=1)
    record(
        "keep-record", customer, collection="contacts", record_id="contact-1", values={"MobileNumber": "07700900333"}
    )
    clock.time = NOON + TWO_DAYS + timedelta(hours=1)

    def known(moment: datetime) -> tuple[object, object]:
        answer = customers.customer(runtime, customer, RECORDS_MANAGER, route="test", as_of=moment)
        person = answer["person"]
        assert isinstance(person, dict)
        return answer["as_of_position"], person["MobileNumber"]

    with psycopg.connect(runtime.conninfo) as connection:
        [fast] = connection.execute(
            "SELECT max(position) FROM ledger.event WHERE recorded_at >= %s AND type <> 'personal-data-read'",
            [NOON + TWO_DAYS],
        ).fetchone() or [0]
    assert known(NOON + timedelta(hours=3)) == (fast - 1, "07700900111")
    assert known(NOON + TWO_DAYS + timedelta(minutes=1)) == (fast + 1, "07700900333")
    with pytest.raises(UnknownCustomer):
        known(NOON - TWO_DAYS)
