"""Destruction touches nobody else, and faults in pairs."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.casework import destruction
from api.casework.certificates import Destruction
from api.casework.runtime import Runtime
from ledger.errors import DatabaseUnreachable, DigestChanged, WrongKey
from ledger.recording import Ledger
from ledger.vault.keys import Vault
from ledger.verify import verify
from projections.retention import read as retention
from tests.casework.destruction.leavers import ON, PERSON, destroy, kept_rows, leaver, teller
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock
from tests.destroying import approved, due_now
from tests.destroying import destroy as destroy_now
from tests.runtimes import Runtimes, open_runtime

# Nobody else is touched.


EXAMPLES = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@EXAMPLES
@given(
    people=st.integers(2, 5),
    victim=st.integers(0, 4),
    class_=st.sampled_from(["identity", "service", "payment_evidence"]),
)
def test_destroying_one_class_of_one_customer_leaves_every_other_row_as_it_was_to_the_byte(
    runtimes: Runtimes, people: int, victim: int, class_: str
):
    with runtimes() as runtime:
        numbers = [leaver(runtime, uuid.UUID(int=0xA1 + n)) for n in range(people)]
        target = numbers[victim % people]
        listed = approved(runtime.ledger, target, due_now(runtime.ledger, target, class_), on="2026-11-22")
        before = every_row(runtime.conninfo)
        teller(runtime, target)("destroy-records", by=RECORDS_MANAGER, **listed)
        after = every_row(runtime.conninfo)
        sealed_positions = {
            str(entry.position)
            for entry in runtime.ledger.history(target)
            if (entry.class_, entry.part) == (class_, "")
        }

    lost = {table: sorted(before[table] - after[table]) for table in before}
    assert lost.pop("ledger.head")
    assert {row[1].split(",", 1)[0].lstrip("(") for row in lost.pop("ledger.sealed")} == sealed_positions
    assert [row[0] for row in lost.pop("ledger.class_key")] == [str(target)]
    assert {row[0] for row in lost.pop("ledger.lookup_token")} <= {str(target)}
    # Only the digest of the commands that said what is gone was taken away.
    assert len(lost.pop("ledger.receipt")) == len(sealed_positions)
    assert {table: rows for table, rows in lost.items() if rows} == {}
    assert {table for table in after if after[table] - before[table]} == {
        "ledger.event", "ledger.fence", "ledger.head", "ledger.receipt",
    }  # fmt: skip


def every_row(conninfo: str) -> dict[str, set[tuple[str, str]]]:
    """Every row of the ledger as text, with its stream where it has one."""
    with psycopg.connect(conninfo) as connection:
        tables = connection.execute(
            "SELECT table_name, bool_or(column_name = 'stream') FROM information_schema.columns"
            " WHERE table_schema = 'ledger' AND table_name NOT LIKE 'incoming%'"
            " GROUP BY table_name ORDER BY table_name"
        ).fetchall()
        return {
            f"ledger.{name}": set(
                connection.execute(
                    f"SELECT {'stream::text' if streamed else 'NULL::text'}, t::text FROM ledger.{name} AS t".encode()
                ).fetchall()
            )
            for name, streamed in tables
        }


# Faults, in pairs.


class Cut(Exception):
    """The process dies here."""


def cutting(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, *, after_commit: bool) -> None:
    """Let the process die at the second destruction, just before its commit or just after it."""
    append, seen = ledger.recorder.append, iter(range(100))

    def dying(batch: Any) -> Any:
        if not batch.destroys or next(seen) != 1:
            return append(batch)
        if after_commit:
            append(batch)
        raise Cut

    monkeypatch.setattr(ledger.recorder, "append", dying)


@pytest.mark.parametrize("after_commit", [False, True], ids=["before the commit", "after the commit"])
def test_a_run_that_died_is_completed_by_the_next(
    runtime: Runtime, customer: uuid.UUID, monkeypatch: pytest.MonkeyPatch, *, after_commit: bool
):
    everybody = [customer, *(leaver(runtime, uuid.UUID(int=0xA2 + n)) for n in range(3))]
    with monkeypatch.context() as patched:
        cutting(runtime.ledger, patched, after_commit=after_commit)
        with pytest.raises(Cut):
            destroy(runtime)
    destroyed_before = 2 if after_commit else 1
    again = destroy(runtime)
    assert (again.destroyed, len(again.certificates)) == (2 * (4 - destroyed_before),) * 2
    for number in everybody:
        assert kept_rows(runtime.conninfo, "class_key", number) == 2
        assert [entry.type for entry in runtime.ledger.history(number)].count("records-destroyed") == 1
    assert verify(runtime.conninfo).ok


def test_a_connection_lost_while_committing_destroys_nothing_and_the_next_run_completes_it(
    runtime: Runtime, customer: uuid.UUID
):
    with psycopg.connect(runtime.conninfo) as owner:
        owner.execute(
            "CREATE FUNCTION ledger.die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
        )
        owner.execute(
            "CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON ledger.fence DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION ledger.die()"
        )
    with pytest.raises(DatabaseUnreachable, match="connection was lost"):
        destroy(runtime)
    assert [kept_rows(runtime.conninfo, table, customer) for table in ("class_key", "sealed", "fence")] == [4, 4, 0]
    with psycopg.connect(runtime.conninfo) as owner:
        owner.execute("DROP TRIGGER dying ON ledger.fence")
    assert destroy(runtime).destroyed == 2
    assert [kept_rows(runtime.conninfo, table, customer) for table in ("class_key", "sealed", "fence")] == [2, 2, 2]


def test_a_fault_in_the_middle_of_one_customer_s_destruction_destroys_nothing_of_it(
    runtime: Runtime, customer: uuid.UUID
):
    with psycopg.connect(runtime.conninfo) as owner:
        owner.execute(
            "CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'disk on fire' USING ERRCODE = 'io_error'; END $$"
        )
        owner.execute(
            "CREATE TRIGGER refusing BEFORE DELETE ON ledger.sealed FOR EACH ROW EXECUTE FUNCTION ledger.refuse()"
        )
    with pytest.raises(DatabaseUnreachable, match="refused to record this"):
        destroy(runtime)
    assert [kept_rows(runtime.conninfo, table, customer) for table in ("class_key", "sealed", "fence")] == [4, 4, 0]
    assert runtime.ledger.recorder.max_notification_id() == 5  # that the list was approved


def test_two_runs_at_once_destroy_everything_once(runtime: Runtime, customer: uuid.UUID, tmp_path: Path, clock: Clock):
    everybody = [customer, *(leaver(runtime, uuid.UUID(int=0xA2 + n)) for n in range(9))]
    done: list[Destruction] = []
    wrong: list[BaseException] = []
    begin = threading.Barrier(2)

    def run(one: Runtime) -> None:
        try:
            shown = destruction.preview(one, ON, RECORDS_MANAGER)
            begin.wait(10)
            done.append(destruction.destroy(one, ON, RECORDS_MANAGER, digest=shown.digest))
        except DigestChanged:
            pass  # the other was so much faster that the list is another one now
        except BaseException as error:  # noqa: BLE001 (a thread's failure must fail the test)
            wrong.append(error)

    with open_runtime(runtime.conninfo, tmp_path, clock) as second:
        threads = [threading.Thread(target=run, args=[one]) for one in (runtime, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert wrong == []
    certified = [(str(one.customer_id), one.class_) for each in done for one in each.certificates]
    assert sorted(certified) == sorted(
        (str(n), c) for n in everybody for c in ("payment_evidence", "received_from_jcp")
    )
    for number in everybody:
        assert [entry.type for entry in runtime.ledger.history(number)].count("records-destroyed") == 1


def test_after_destruction_the_digest_of_what_was_said_is_gone_and_the_same_command_still_gets_its_answer(
    runtime: Runtime,
):
    """A keyed digest of what was said would outlive it; the receipt stays, so that sending again stays safe."""
    number, command = uuid.uuid4(), str(uuid.uuid4())
    body = {"id": command, "type": "register-customer", "occurred_at": "2019-01-07T09:00:00Z", "values": PERSON}
    runtime.ledger.record({**body, "customer_id": str(number)}, CASE_WORKER)
    destroy_now(runtime.ledger, number, "identity")
    with psycopg.connect(runtime.conninfo) as connection:
        digest = connection.execute("SELECT digest FROM ledger.receipt WHERE command = %s", [command]).fetchone()
    assert digest == (None,)
    assert runtime.ledger.record({**body, "customer_id": str(number)}, CASE_WORKER).repeated


def test_the_views_say_nothing_of_what_was_destroyed_but_that_it_was(runtime: Runtime, gone: uuid.UUID):
    with runtime.current_views(RECORDS_MANAGER) as connection:
        assert retention.for_customer(connection, gone) == []


def test_another_key_file_cannot_open_what_remains(runtime: Runtime, customer: uuid.UUID, tmp_path: Path):
    with pytest.raises(WrongKey):
        verify(runtime.conninfo, vault=Vault.open(tmp_path / "another", create=True))
