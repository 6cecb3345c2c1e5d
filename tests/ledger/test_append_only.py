"""Nobody changes what was recorded; everybody is told exactly what became of what they asked for."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from ledger.errors import CommandReused, ConcurrentChange, DatabaseUnreachable, Destroyed
from ledger.log.codec import canonical_entry
from ledger.recording import Ledger
from ledger.store.append_call import Appended, Batch, VersionRead
from ledger.store.recorder import Recorder, open_recorder
from tests.appending import batch, chain, entry
from tests.conftest import Record
from tests.destroying import destroy
from tests.roles import in_role

CHANGES = {
    "UPDATE": "UPDATE ledger.event SET actor = 'nobody'",
    "DELETE": "DELETE FROM ledger.event",
    "TRUNCATE": "TRUNCATE ledger.event",
}


@pytest.fixture
def recorder(database: str):
    with closing(open_recorder(database)) as opened:
        yield opened


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["writer", "reader", "projector"])
def test_no_role_of_the_program_may_change_an_event(database: str, recorder: Recorder, role: str, change: str):
    recorder.append(batch())
    with psycopg.connect(database) as connection:
        in_role(connection, role)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table event"):
            connection.execute(CHANGES[change].encode())


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["owner", "ledger"])
def test_a_trigger_refuses_the_owner_and_the_superuser_too(database: str, recorder: Recorder, role: str, change: str):
    recorder.append(batch())
    with psycopg.connect(database) as connection:
        in_role(connection, role)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"events are append-only: {change}"):
            connection.execute(CHANGES[change].encode())


@pytest.mark.parametrize("role", ["reader", "projector"])
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger.event SELECT * FROM ledger.event",
        "UPDATE ledger.head SET position = 0",
        "SELECT ledger.destroy(gen_random_uuid(), 'identity', '', 1)",
        "DELETE FROM ledger.sealed",
        "DELETE FROM ledger.class_key",
    ],
)
def test_who_reads_cannot_write(database: str, role: str, statement: str):
    with psycopg.connect(database) as connection:
        in_role(connection, role)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


@pytest.mark.parametrize("table", ["sealed", "class_key", "fence", "lookup_token", "receipt"])
def test_the_projector_cannot_read_what_could_identify_somebody(database: str, table: str):
    with psycopg.connect(database) as connection:
        in_role(connection, "projector")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT * FROM ledger.{table}".encode())


def test_the_writer_can_neither_undo_a_fence_nor_edit_a_sealed_record(database: str):
    for statement in ("DELETE FROM ledger.fence", "UPDATE ledger.sealed SET blob = ''", "DELETE FROM ledger.receipt"):
        with psycopg.connect(database) as connection:
            in_role(connection, "writer")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_positions_are_dense_whatever_was_refused_in_between(database: str, recorder: Recorder):
    stream = uuid.uuid4()
    first = entry(stream, 1)
    assert recorder.append(batch(first)) == Appended(first=1, last=1)
    with pytest.raises(ConcurrentChange):
        recorder.append(batch(entry(stream, 1)))
    with pytest.raises(DatabaseUnreachable, match="SQLSTATE 23514"):
        recorder.append(batch(entry(uuid.uuid4(), 1)._replace(type="")))
    assert recorder.append(batch(*chain(uuid.uuid4(), [1, 2, 3]))) == Appended(first=2, last=4)
    assert recorder.append(batch(entry(stream, 2, first))) == Appended(first=5, last=5)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*), max(position) FROM ledger.event").fetchone() == (5, 5)
        assert connection.execute("SELECT position FROM ledger.head").fetchone() == (5,)


@pytest.mark.parametrize("versions", [[1], [3], [2, 4], [2, 2], [3, 2]], ids=str)
def test_a_batch_that_does_not_follow_the_stream_is_refused(recorder: Recorder, versions: list[int]):
    stream = uuid.uuid4()
    first = entry(stream, 1)
    recorder.append(batch(first))
    made = chain(stream, versions)
    made[0] = made[0]._replace(previous=first.leaf if versions[0] > 1 else None)
    with pytest.raises(ConcurrentChange):
        recorder.append(batch(*made))
    assert recorder.max_notification_id() == 1


def test_an_event_that_does_not_name_the_leaf_before_it_is_refused(recorder: Recorder):
    stream = uuid.uuid4()
    recorder.append(batch(entry(stream, 1)))
    with pytest.raises(ConcurrentChange):
        recorder.append(batch(entry(stream, 2, entry(stream, 1))))


def test_the_same_command_again_gets_the_same_receipt(record: Record, customer: uuid.UUID):
    command, said = uuid.uuid4(), {"scope": "market_research", "mechanism": "said yes"}
    first = record("give-consent", customer, id=command, **said)
    again = record("give-consent", customer, id=command, **said)
    assert (again.first, again.last, again.repeated) == (first.first, first.last, True)
    assert first.repeated is False


def test_a_command_id_used_for_something_else_is_refused(record: Record, ledger: Ledger, customer: uuid.UUID):
    command = uuid.uuid4()
    record("give-consent", customer, id=command, scope="market_research", mechanism="said yes")
    with pytest.raises(CommandReused):
        record("give-consent", customer, id=command, scope="market_research", mechanism="nodded")
    assert ledger.recorder.max_notification_id() == 2


def test_the_same_command_from_eight_doors_at_once_is_recorded_once(
    record: Record, ledger: Ledger, customer: uuid.UUID
):
    command = uuid.uuid4()
    with ThreadPoolExecutor(8) as doors:
        receipts = list(
            doors.map(lambda _: record("give-consent", customer, id=command, scope="survey", mechanism="yes"), range(8))
        )
    assert {(receipt.first, receipt.last) for receipt in receipts} == {(2, 2)}
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert ledger.recorder.max_notification_id() == 2


def in_one_group(database: str, recorder: Recorder, batches: list[Batch]) -> list[Future[Appended]]:
    """Append these while another session holds the head, so that all but the first are committed together."""
    with ThreadPoolExecutor(len(batches) + 1) as callers:
        with psycopg.connect(database) as holder:
            holder.execute("SELECT FROM ledger.head FOR UPDATE")
            callers.submit(recorder.append, batch())
            until(lambda: waiting_for_the_head(database))
            answers = [callers.submit(recorder.append, one) for one in batches]
            until(lambda: recorder._group_commit is not None and recorder._group_commit._queue.qsize() == len(batches))
        return answers


def waiting_for_the_head(database: str) -> bool:
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        return row == (1,)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_bad_batch_fails_alone_in_its_group(database: str, recorder: Recorder):
    bad = batch(entry(uuid.uuid4(), 1)._replace(type=""))
    answers = in_one_group(database, recorder, [batch(), batch(), bad, batch(), batch()])
    assert isinstance(answers[2].exception(), DatabaseUnreachable)
    assert sorted(answer.result().first for answer in answers if answer is not answers[2]) == [2, 3, 4, 5]
    assert recorder.max_notification_id() == 5


def test_a_number_that_no_column_can_hold_is_refused_before_it_is_in_a_group(recorder: Recorder):
    with pytest.raises(DatabaseUnreachable, match="SQLSTATE 22003"):
        recorder.append(batch(entry(uuid.uuid4(), 2**31)))
    assert recorder.append(batch()) == Appended(first=1, last=1)


def test_an_entry_is_stored_as_it_was_appended_whatever_its_values(recorder: Recorder):
    stream, long_ago = uuid.uuid4(), datetime(1955, 11, 5, 23, 59, 59, 999_999, tzinfo=UTC)
    first = entry(stream, 1, blob=b"")._replace(class_="Ünïcode", part="Ω'\\\"{},NULL", occurred_at=long_ago)
    second = entry(stream, 2, first)._replace(facts='{"a": "ž", "b": [1, null]}'.encode())
    recorder.append(batch(first, second))
    stored = recorder.history(stream)
    assert [canonical_entry(kept) for kept in stored] == [canonical_entry(appended) for appended in (first, second)]
    assert [(kept.leaf, kept.position) for kept in stored] == [(first.leaf, 1), (second.leaf, 2)]


def test_every_refusal_of_a_group_goes_to_its_own_batch(database: str, recorder: Recorder):
    stream, repeated = uuid.uuid4(), batch()
    recorder.append(batch(entry(stream, 1)))
    recorder.append(repeated)
    answers = in_one_group(database, recorder, [batch(), batch(entry(stream, 1)), repeated, batch()])
    assert answers[0].result() == Appended(first=4, last=4)
    assert isinstance(answers[1].exception(), ConcurrentChange)
    assert answers[2].result() == Appended(first=2, last=2, repeated=True)
    assert answers[3].result() == Appended(first=5, last=5)


def test_two_batches_of_one_stream_in_one_group_both_get_in(database: str, recorder: Recorder):
    stream = uuid.uuid4()
    first = entry(stream, 1)
    answers = in_one_group(database, recorder, [batch(first), batch(entry(stream, 2, first)), batch()])
    assert sorted(answer.result().first for answer in answers) == [2, 3, 4]
    assert [stored.version for stored in recorder.history(stream)] == [1, 2]


def test_what_was_decided_by_a_stream_that_has_gone_on_since_is_refused(recorder: Recorder):
    read, untouched = uuid.uuid4(), uuid.uuid4()
    recorder.append(batch(entry(read, 1)))

    gone_on, never_begun = VersionRead(read, 0), VersionRead(untouched, 1)
    for versions in ([gone_on], [never_begun], [VersionRead(read, 1), never_begun]):
        with pytest.raises(ConcurrentChange):
            recorder.append(replace(batch(), read=versions))
    as_they_are = [VersionRead(read, 1), VersionRead(untouched, 0)]
    assert recorder.append(replace(batch(), read=as_they_are)) == Appended(first=2, last=2)


def test_what_was_decided_by_a_stream_that_goes_on_in_the_same_group_is_refused_as_well(
    database: str, recorder: Recorder
):
    streams = [uuid.uuid4() for _ in range(5)]
    pairs = [(batch(entry(stream, 1)), replace(batch(), read=[VersionRead(stream, 0)])) for stream in streams]
    answers = in_one_group(database, recorder, [one for pair in pairs for one in pair])

    for wrote, decided in zip(answers[::2], answers[1::2], strict=True):
        refused = isinstance(decided.exception(), ConcurrentChange)
        assert refused or decided.result().first < wrote.result().first


def test_commands_about_one_customer_at_once_all_get_in(record: Record, ledger: Ledger, customer: uuid.UUID):
    with ThreadPoolExecutor(8) as doors:
        receipts = list(
            doors.map(lambda n: record("hold-interaction", customer, channel="phone", note=f"n{n}"), range(16))
        )
    assert sorted(receipt.first for receipt in receipts) == list(range(2, 18))
    assert [stored.version for stored in ledger.history(customer)] == list(range(1, 18))


def test_nothing_new_is_kept_under_a_destroyed_class(ledger: Ledger, customer: uuid.UUID):
    destroy(ledger, customer, "identity")
    last = ledger.history(customer)[-1]
    late = entry(customer, last.version + 1, last, blob=b"ciphertext")._replace(class_="identity")
    with pytest.raises(Destroyed):
        ledger.recorder.append(batch(late))


def test_a_closed_recorder_refuses_instead_of_waiting(database: str):
    recorder = open_recorder(database)
    recorder.append(batch())
    group_commit = recorder._group_commit
    recorder.close()
    assert group_commit is not None
    with pytest.raises(DatabaseUnreachable, match="has been closed"):
        group_commit.append(batch())
