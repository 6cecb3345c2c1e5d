"""Destruction from preview to certificate, and everything that must be true afterwards (D5)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.casework import customers, destruction, obligations
from api.casework.access import record_reading
from api.casework.certificates import Destruction
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import DatabaseUnreachable, Destroyed, DigestChanged, Held, NotAllowed, NotDue, WrongKey
from ledger.recording import Ledger
from ledger.state.replay import state_of
from ledger.vault.keys import Vault
from ledger.verify import verify
from projections import runner
from projections.catalogue import VIEWS
from projections.findings import read as findings
from projections.retention import read as retention
from tests import composed
from tests.conftest import AUDITOR, CASE_WORKER, RECORDS_MANAGER, Clock
from tests.runtimes import Runtimes, open_runtime
from tests.story import give

ON = date(2026, 11, 22)
PERSON = {
    "given_name": "Sam",
    "family_name": "Placeholder",
    "date_of_birth": "1990-02-01",
    "email": "sam@placeholder.example",
}


@pytest.fixture
def customer(runtime: Runtime) -> uuid.UUID:
    return leaver(runtime, uuid.UUID(int=0xA1))


def leaver(runtime: Runtime, number: uuid.UUID, *, ended: str = "2020-02-29T12:00:00Z") -> uuid.UUID:
    """Somebody who left so long ago that all of the record is due on ON, where a local period is set."""
    say = teller(runtime, number)
    say("register-customer", at="2019-01-07T09:00:00Z", organisation="0000000101", values=PERSON)
    say("keep-record", at="2019-01-08T09:00:00Z", collection="actionplans", values={"note": "a plan"})
    received = {"receipt_id": "r-1", "channel": "EMAIL", "received_from": "jcp", "values": {"note": "a letter"}}
    say("receive-data", at="2019-01-09T09:00:00Z", **received)
    say("end-service", at=ended, organisation="0000000101", audit_minimum={"note": "came once"})
    return number


def teller(runtime: Runtime, number: uuid.UUID) -> Callable[..., None]:
    def say(type_: str, *, at: str = "2026-01-05T09:00:00Z", by: Caller = CASE_WORKER, **said: Any) -> None:
        give(runtime.ledger, type_, number, at=at, by=by, **said)

    return say


def local_period(runtime: Runtime) -> None:
    give(
        runtime.ledger, "set-retention-period", at="2018-01-01T00:00:00Z", by=RECORDS_MANAGER,
        organisation="0000000101", kind="after_service", months=12, valid_from="2018-01-01",
    )  # fmt: skip


def destroy(runtime: Runtime, **said: Any) -> Destruction:
    return destruction.destroy(runtime, ON, RECORDS_MANAGER, **said)


def kept_rows(conninfo: str, table: str, stream: uuid.UUID) -> int:
    where = "position IN (SELECT position FROM ledger.event WHERE stream = %s)" if table == "sealed" else "stream = %s"
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(f"SELECT count(*) FROM ledger.{table} WHERE {where}".encode(), [stream]).fetchone()
    return row[0] if row else -1


# Before.


def test_the_preview_has_the_digest_of_the_run_that_follows_it(runtime: Runtime, customer: uuid.UUID):
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    done = destroy(runtime, digest=shown.digest)
    assert (
        (done.digest, done.destroyed, done.held) == (shown.digest, shown.destroyed, shown.held) == (shown.digest, 2, 0)
    )


def test_the_preview_lists_what_its_digest_covers_and_how_much_of_it_is_late_ret_gen_02(
    runtime: Runtime, customer: uuid.UUID
):
    held = leaver(runtime, uuid.UUID(int=0xA2))
    teller(runtime, held)("place-hold", by=RECORDS_MANAGER, code="HOLD_LEGAL", hold_id="h")
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER).as_json()
    rows: Any = shown["rows"]
    assert {(row["customer_id"], row["class"]) for row in rows} == {
        (str(customer), "received_from_jcp"), (str(customer), "payment_evidence"),
    }  # fmt: skip
    assert (shown["destroyed"], shown["customers"], shown["held"]) == (len(rows), 1, 2)
    assert shown["by_class"] == {"payment_evidence": 1, "received_from_jcp": 1}
    assert shown["late"] == sum(row["destroy_by"] < "2026-11-22" for row in rows) > 0
    destroy(runtime)
    with runtime.current_views() as connection:
        assert findings.counts(connection)["RET-GEN-02"] == shown["late"]


def test_a_preview_changes_nothing(runtime: Runtime, customer: uuid.UUID):
    first = destruction.preview(runtime, ON, RECORDS_MANAGER)
    assert destruction.preview(runtime, ON, RECORDS_MANAGER).as_json() == first.as_json()
    assert (first.dry_run, first.certificates) == (True, ())
    assert kept_rows(runtime.conninfo, "class_key", customer) == 4


def test_a_list_that_changed_after_the_preview_is_not_destroyed(runtime: Runtime, customer: uuid.UUID):
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    leaver(runtime, uuid.UUID(int=0xA2))
    with pytest.raises(DigestChanged):
        destroy(runtime, digest=shown.digest)
    assert kept_rows(runtime.conninfo, "class_key", customer) == 4


def test_a_hold_after_the_preview_changes_the_list(runtime: Runtime, customer: uuid.UUID):
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    teller(runtime, customer)("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")
    with pytest.raises(DigestChanged):
        destroy(runtime, digest=shown.digest)


def test_what_is_due_tomorrow_is_not_destroyed_today(runtime: Runtime, customer: uuid.UUID):
    """RET-GEN-02"""
    with pytest.raises(NotDue):
        destruction.destroy(runtime, date(2026, 11, 23), RECORDS_MANAGER)


@pytest.mark.parametrize("by", [CASE_WORKER, AUDITOR, Caller(role="administrator", organisation="c", subject="a")])
def test_only_a_records_manager_destroys(runtime: Runtime, customer: uuid.UUID, by: Caller):
    for look in (destruction.destroy, destruction.preview):
        with pytest.raises(NotAllowed):
            look(runtime, ON, by)


@pytest.mark.parametrize("until", [None, "2025-03-31"])
def test_a_contractor_destroys_nothing_uninstructed_and_not_after_its_end_either_dest_01(
    runtime: Runtime, customer: uuid.UUID, until: str | None
):
    prime: Any = {"organisation": "0000000101", "name": "A prime", "kind": "prime", "valid_until": until}
    give(runtime.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=RECORDS_MANAGER, **prime)
    for look in (destruction.destroy, destruction.preview):
        with pytest.raises(NotAllowed):
            look(runtime, ON, Caller(role="records-manager", organisation="0000000101", subject="a"))


def test_held_records_stay_and_are_counted(runtime: Runtime, customer: uuid.UUID):
    """DEST-03, V-RET-07"""
    other = leaver(runtime, uuid.UUID(int=0xA2))
    teller(runtime, customer)("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")
    done = destroy(runtime)
    assert (done.destroyed, done.held) == (2, 2)
    assert {certificate.customer_id for certificate in done.certificates} == {other}
    assert kept_rows(runtime.conninfo, "class_key", customer) == 4


def test_a_hold_on_one_class_leaves_the_others_to_be_destroyed(runtime: Runtime, customer: uuid.UUID):
    """DEST-03"""
    teller(runtime, customer)(
        "place-hold", by=RECORDS_MANAGER, code="HOLD_LEGAL", hold_id="h", classes=["payment_evidence"]
    )
    done = destroy(runtime)
    assert ([certificate.class_ for certificate in done.certificates], done.held) == (["received_from_jcp"], 1)


def test_a_hold_placed_while_the_run_is_under_way_is_respected(runtime: Runtime, customer: uuid.UUID):
    """DEST-03: the list was drawn up before the hold, the customer's turn came after it."""
    late = leaver(runtime, uuid.UUID(int=0xA2))

    def hold(done: int, _: int) -> None:
        if done == 1:
            teller(runtime, late)("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")

    done = destroy(runtime, progress=hold)
    assert (done.destroyed, done.held) == (2, 2)
    assert kept_rows(runtime.conninfo, "class_key", late) == 4


def test_a_command_to_destroy_what_is_held_is_refused(runtime: Runtime, customer: uuid.UUID):
    """DEST-03"""
    say = teller(runtime, customer)
    say("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")
    one = {"class": "identity", "part": "", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}
    with pytest.raises(Held):
        say("destroy-records", by=RECORDS_MANAGER, destroyed=[one], on="2026-01-05", digest="00")


# The certificate.


def test_the_certificate_says_what_when_under_which_rule_by_whom_and_what_remains(
    runtime: Runtime, customer: uuid.UUID
):
    certificates = {certificate.class_: certificate for certificate in destroy(runtime).certificates}
    one = certificates["payment_evidence"].as_json()
    assert {name: one[name] for name in one if name not in {"destroyed_at", "label", "method"}} == {
        "customer_id": str(customer),
        "class": "payment_evidence",
        "part": "",
        "events": 1,
        "rule": "RET-NCS-01",
        "because": 4,
        "due_by": "2026-02-28",
        "by_role": "records-manager",
        "by_organisation": "controller",
        "position": 5,
        "remains": ["identity", "service"],
    }
    assert str(one["destroyed_at"]).startswith("2026-11-22T")
    assert certificates["received_from_jcp"].part == "r-1"


def test_there_is_one_certificate_for_each_customer_and_class(runtime: Runtime, customer: uuid.UUID):
    local_period(runtime)
    other = leaver(runtime, uuid.UUID(int=0xA2))
    named = [(certificate.customer_id, certificate.class_) for certificate in destroy(runtime).certificates]
    classes = ("identity", "payment_evidence", "received_from_jcp", "service")
    assert named == [(who, class_) for who in (customer, other) for class_ in classes]


# Afterwards.


@pytest.fixture
def gone(runtime: Runtime, customer: uuid.UUID) -> uuid.UUID:
    """A customer of whom nothing is left but the skeleton."""
    local_period(runtime)
    destroy(runtime)
    return customer


@pytest.mark.parametrize("table", ["class_key", "sealed", "lookup_token"])
def test_keys_ciphertext_and_search_tokens_are_gone(runtime: Runtime, gone: uuid.UUID, table: str):
    """LEDG-15"""
    assert kept_rows(runtime.conninfo, table, gone) == 0


def test_the_customer_s_answer_shows_tombstones_and_no_person(runtime: Runtime, gone: uuid.UUID):
    shown = customers.customer(runtime, gone, CASE_WORKER, route="page")
    assert shown["person"] is None
    assert [(one["class"], one["rule"]) for one in shown["destroyed"]] == [  # type: ignore[union-attr,index,call-overload]
        ("identity", "RET-NCS-03"),
        ("payment_evidence", "RET-NCS-01"),
        ("received_from_jcp", "RET-NCS-03"),
        ("service", "RET-NCS-03"),
    ]


def test_the_history_says_of_each_sealed_event_that_it_was_destroyed(runtime: Runtime, gone: uuid.UUID):
    told = customers.history(runtime, gone, CASE_WORKER, route="page")
    assert [(entry.type, entry.destroyed, entry.sealed) for entry in told[:4]] == [
        ("customer-registered", True, None),
        ("record-kept", True, None),
        ("data-received", True, None),
        ("service-ended", True, None),
    ]


def test_a_search_no_longer_finds_the_customer(runtime: Runtime, customer: uuid.UUID):
    asked = {"email": "sam@placeholder.example"}
    assert [hit.customer_id for hit in customers.search(runtime, CASE_WORKER, asked, route="page")] == [customer]
    local_period(runtime)
    destroy(runtime)
    assert customers.search(runtime, CASE_WORKER, asked, route="page") == []


def test_the_subject_access_report_still_works_and_says_what_was_destroyed(runtime: Runtime, gone: uuid.UUID):
    told = repr(composed.report(runtime, gone, CASE_WORKER, route="page"))
    assert "2026-02-28" in told
    assert not any(value in told for value in PERSON.values())


def test_the_views_can_be_rebuilt_after_destruction(runtime: Runtime, gone: uuid.UUID):
    """LEDG-15: replay must succeed."""
    before = customers.customer(runtime, gone, CASE_WORKER, route="page")
    with runtime.projector() as connection:
        for view in VIEWS:
            runner.rebuild(connection, view)
    after = customers.customer(runtime, gone, CASE_WORKER, route="page")
    assert {**after, "retention": None} == {**before, "retention": None}


def test_the_ledger_still_verifies_after_destruction(runtime: Runtime, gone: uuid.UUID, tmp_path: Path):
    """LEDG-16: commitments stay, so leaves and root stay."""
    assert verify(runtime.conninfo, vault=runtime.ledger.vault).ok


def test_what_was_destroyed_is_no_longer_due(runtime: Runtime, gone: uuid.UUID):
    assert destruction.preview(runtime, ON, RECORDS_MANAGER).destroyed == 0


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("keep-record", {"collection": "contacts", "values": {"email": "back@placeholder.example"}}),
        ("keep-record", {"collection": "actionplans", "values": {"note": "again"}}),
        ("keep-record", {"collection": "outcomes", "values": {"note": "again"}}),
        ("hold-interaction", {"channel": "telephone", "note": "again"}),
    ],
)
def test_a_fence_refuses_new_data_under_a_destroyed_class(
    runtime: Runtime, gone: uuid.UUID, type_: str, said: dict[str, Any]
):
    """LEDG-15"""
    head = runtime.ledger.recorder.max_notification_id()
    with pytest.raises(Destroyed):
        teller(runtime, gone)(type_, **said)
    assert runtime.ledger.recorder.max_notification_id() == head


def test_a_fact_without_personal_data_is_still_recorded(runtime: Runtime, gone: uuid.UUID):
    teller(runtime, gone)("hold-interaction", channel="telephone")
    assert runtime.ledger.history(gone)[-1].class_ is None


def test_the_read_log_goes_on_after_older_readings_were_destroyed(runtime: Runtime, customer: uuid.UUID, clock: Clock):
    """D12, G-09: no recorded access, no data, also after the read log itself was destroyed."""
    record_reading(runtime, customer, CASE_WORKER, purpose="customer view", route="page")
    first = runtime.ledger.history(customer)[-1]
    clock.time += timedelta(days=800)
    done = destruction.destroy(runtime, clock.time.date(), RECORDS_MANAGER)
    assert ("access_log", first.part) in {(one.class_, one.part) for one in done.certificates}
    record_reading(runtime, customer, CASE_WORKER, purpose="customer view", route="page")
    last = runtime.ledger.history(customer)[-1]
    assert list(runtime.ledger.unsealed(customer, classes=["access_log"])) == [last.position]


def equality(runtime: Runtime, number: uuid.UUID) -> None:
    teller(runtime, number)("keep-record", collection="diversitydetails", values={"Ethnicity": 31})


def test_equality_data_is_taken_again_only_with_fresh_consent(runtime: Runtime, customer: uuid.UUID):
    """CONSENT-06"""
    say = teller(runtime, customer)
    say("resume-service", at="2021-01-05T09:00:00Z")
    equality(runtime, customer)
    say("withdraw-consent", scope="collect_ethnicity")
    assert [certificate.class_ for certificate in destroy(runtime).certificates].count("equality") == 1
    with pytest.raises(Destroyed):
        equality(runtime, customer)
    say("give-consent", scope="collect_ethnicity", mechanism="said yes")
    equality(runtime, customer)
    last = runtime.ledger.history(customer)[-1]
    assert (last.class_, last.part) == ("equality", "collect_ethnicity/generation-2")
    say("withdraw-consent", scope="collect_ethnicity")
    assert ("equality", "collect_ethnicity/generation-2") in {
        (certificate.class_, certificate.part) for certificate in destroy(runtime).certificates
    }


def test_a_withdrawal_keyed_after_the_consent_that_followed_it_destroys_nothing(runtime: Runtime, customer: uuid.UUID):
    """CONSENT-06, CONSENT-08"""
    say = teller(runtime, customer)
    say("resume-service", at="2021-01-05T09:00:00Z")
    equality(runtime, customer)
    say("give-consent", at="2021-03-05T12:00:00Z", scope="collect_ethnicity", mechanism="said yes")
    say("withdraw-consent", at="2021-03-05T10:00:00Z", scope="collect_ethnicity")
    assert "equality" not in {certificate.class_ for certificate in destroy(runtime).certificates}
    assert state_of(runtime.ledger.history(customer)).consents["collect_ethnicity"] == "given"


def test_a_no_counts_after_everything_was_destroyed_though_its_words_are_kept_no_more(
    runtime: Runtime, customer: uuid.UUID
):
    """CONSENT-06"""
    say = teller(runtime, customer)
    local_period(runtime)
    destroy(runtime)
    with pytest.raises(Destroyed):
        say("give-consent", scope="survey", mechanism="said yes", evidence="Yes, do")
    say("withdraw-consent", scope="survey", channel="by pigeon", evidence="Please stop")
    assert runtime.ledger.history(customer)[-1].type == "consent-withdrawn"


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
        before = every_row(runtime.conninfo)
        one = {"class": class_, "part": "", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}
        teller(runtime, target)("destroy-records", by=RECORDS_MANAGER, destroyed=[one], on="2026-01-05", digest="00")
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
            " WHERE table_schema = 'ledger' GROUP BY table_name ORDER BY table_name"
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
    assert runtime.ledger.recorder.max_notification_id() == 4


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
    one = {"class": "identity", "part": "", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}
    teller(runtime, number)("destroy-records", by=RECORDS_MANAGER, destroyed=[one], on="2026-01-05", digest="00")
    with psycopg.connect(runtime.conninfo) as connection:
        digest = connection.execute("SELECT digest FROM ledger.receipt WHERE command = %s", [command]).fetchone()
    assert digest == (None,)
    assert runtime.ledger.record({**body, "customer_id": str(number)}, CASE_WORKER).repeated


def test_the_views_say_nothing_of_what_was_destroyed_but_that_it_was(runtime: Runtime, gone: uuid.UUID):
    with runtime.current_views() as connection:
        assert retention.for_customer(connection, gone) == []


def test_another_key_file_cannot_open_what_remains(runtime: Runtime, customer: uuid.UUID, tmp_path: Path):
    with pytest.raises(WrongKey):
        verify(runtime.conninfo, vault=Vault.open(tmp_path / "another", create=True))


# After the last day.


def gone_on(runtime: Runtime, day: str, held_from: str = "2026-01-05") -> list[str]:
    """Somebody whose evidence of payment was to be destroyed by 31 January 2026, destroyed on a day; what was found."""
    number = uuid.uuid4()
    say = teller(runtime, number)
    say(
        "register-customer", at="2019-01-07T09:00:00Z", values={"family_name": "Placeholder"}, organisation="0000000101"
    )
    say("end-service", at="2020-01-31T09:00:00Z", audit_minimum={"claims": []}, organisation="0000000101")
    if day > "2026-03":
        say("place-hold", at=f"{held_from}T09:00:00Z", by=RECORDS_MANAGER, code="HOLD_LEGAL", hold_id="h")
        say("lift-hold", at="2026-03-02T09:00:00Z", by=RECORDS_MANAGER, hold_id="h")
    one = {"class": "payment_evidence", "destroy_by": "2026-01-31", "rule": "RET-NCS-01"}
    say("destroy-records", at=f"{day}T09:00:00Z", by=RECORDS_MANAGER, destroyed=[one], on="2026-01-31", digest="00")
    with runtime.current_views() as connection:
        return [row.rule_id for row in findings.for_customer(connection, number).rows]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-01-31", []),
        ("2026-02-01", ["RET-GEN-02"]),
        ("2026-03-02", []),  # the day a hold on it was lifted
        ("2026-03-03", ["RET-GEN-02"]),
    ],
)
def test_what_is_destroyed_after_its_last_day_with_no_hold_is_a_finding_ret_gen_02(
    runtime: Runtime, day: str, found: list[str]
):
    assert gone_on(runtime, day) == found


@pytest.mark.parametrize(("held_from", "found"), [("2026-01-31", []), ("2026-02-01", ["RET-GEN-02"])])
def test_a_hold_that_came_after_the_last_day_excuses_nothing_ret_gen_02(
    runtime: Runtime, held_from: str, found: list[str]
):
    assert gone_on(runtime, "2026-03-02", held_from) == found


def test_what_was_found_kept_too_long_is_not_found_again_when_it_goes_ret_gen_02(runtime: Runtime, customer: uuid.UUID):
    first = obligations.find_late(runtime, CASE_WORKER)
    assert obligations.find_late(runtime, CASE_WORKER) == replace(first, found=0)
    destroy(runtime)
    with runtime.current_views() as connection:
        rows = findings.for_customer(connection, customer).rows
    found = [(row.subject_type, row.subject_id) for row in rows if row.rule_id == "RET-GEN-02"]
    assert found == [("destroy-records", "received_from_jcp/r-1"), ("destroy-records", "payment_evidence")]


def test_what_is_held_is_not_found_kept_too_long_ret_gen_02(runtime: Runtime, customer: uuid.UUID):
    held = {"code": "HOLD_LEGAL", "owner": "records manager", "review_on": "2027-06-30"}
    teller(runtime, customer)("place-hold", by=RECORDS_MANAGER, hold_id="h", **held)
    obligations.find_late(runtime, CASE_WORKER)
    with runtime.current_views() as connection:
        rows = findings.for_customer(connection, customer).rows
    assert "RET-GEN-02" not in {row.rule_id for row in rows}
