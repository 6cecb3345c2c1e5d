"""Claims about a person are destroyed with the person's records, on the real database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from api.casework import claims as casework
from api.casework import destruction
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.claims import Answers
from ledger.commands.reader import claims_stream
from ledger.errors import Destroyed, UnknownClaim
from ledger.verify import verify
from tests import composed
from tests.commands import give
from tests.desks import OPERATOR, Desks, open_desks
from tests.runtimes import Runtimes

STRANGER = Caller(role="contractor", organisation="prime-south", subject="adviser of south")
NORTH = Caller(role="contractor", organisation="prime-north", subject="adviser of north")
CASE_WORKER = Caller(role="case-worker", organisation="controller-one", subject="case worker one")
MANAGER = Caller(role="records-manager", organisation="controller-one", subject="records manager one")
ON = date(2026, 11, 22)
UNMISTAKABLE = "Unmistakable"


@pytest.fixture
def desks(runtimes: Runtimes) -> Iterator[Desks]:
    with runtimes() as runtime:
        yield open_desks(runtime)


@pytest.fixture
def leaver(desks: Desks) -> uuid.UUID:
    """Somebody whose service ended long ago, with a claim about them that waits and one that was disputed."""
    number, ledger = uuid.uuid4(), desks.runtime.ledger
    give(ledger, "set-retention-period", by=OPERATOR, at="2018-01-01T00:00:00Z", organisation="prime-north",
         kind="after_service", months=12, valid_from="2018-01-01")  # fmt: skip
    give(ledger, "register-customer", number, by=OPERATOR, at="2023-01-09T09:00:00Z", organisation="prime-north",
         values={"given_name": "Sam", "family_name": "Carter"})  # fmt: skip
    give(ledger, "keep-record", number, by=OPERATOR, at="2023-01-09T09:00:00Z", organisation="prime-north",
         collection="actionplans", values={"CurrentSituation": "out of work"})  # fmt: skip
    for _ in range(2):
        claim(desks.runtime, number)
    [first, _] = waiting(desks.runtime, number)
    casework.answer(desks.runtime, first, CASE_WORKER, confirm=False, reason=UNMISTAKABLE)
    give(ledger, "end-service", number, by=OPERATOR, at="2023-02-01T09:00:00Z", organisation="prime-north", reason=1,
         audit_minimum={"outcome": "one"})  # fmt: skip
    return number


def claim(runtime: Runtime, number: uuid.UUID) -> None:
    give(runtime.ledger, "correct-record", number, by=STRANGER, at="2023-01-10T09:00:00Z", collection="customers",
         values={"family_name": UNMISTAKABLE})  # fmt: skip


def waiting(runtime: Runtime, number: uuid.UUID) -> list[uuid.UUID]:
    rows = casework.everything(runtime, CASE_WORKER, casework.wanted(state="waiting", about=number))
    return [row.row.claim_id for row in rows if row.row.claim_id]


def destroy(runtime: Runtime) -> None:
    preview = destruction.preview(runtime, ON, MANAGER)
    assert destruction.destroy(runtime, ON, MANAGER, digest=preview.digest).destroyed > 0


def rows_of(runtime: Runtime, query: str, stream: uuid.UUID) -> int:
    with psycopg.connect(runtime.conninfo) as connection:
        row = connection.execute(query.encode(), [stream]).fetchone()
    return int(row[0]) if row else -1


def test_claims_are_destroyed_with_the_records_they_are_about_and_the_ledger_still_adds_up(
    desks: Desks, leaver: uuid.UUID
):
    runtime, beside = desks.runtime, claims_stream(leaver)
    [left] = waiting(runtime, leaver)
    assert UNMISTAKABLE in str(runtime.ledger.unsealed(beside))
    destroy(runtime)
    assert runtime.ledger.unsealed(beside) == {}
    assert (
        rows_of(
            runtime, "SELECT count(*) FROM ledger.sealed JOIN ledger.event USING (position) WHERE stream = %s", beside
        )
        == 0
    )
    assert rows_of(runtime, "SELECT count(*) FROM ledger.class_key WHERE stream = %s", beside) == 0
    assert verify(runtime.conninfo, vault=runtime.ledger.vault).ok

    listed = casework.everything(runtime, CASE_WORKER, casework.wanted(about=leaver))
    assert [(row.row.state, row.row.destroyed) for row in listed] == [("disputed", True), ("waiting", True)]
    assert waiting(runtime, leaver) == []
    assert casework.count_to_answer(runtime, CASE_WORKER) == 0
    opened = casework.opened(runtime, left, CASE_WORKER, route="test")
    assert (opened.claimed, opened.reason) == (None, None)
    assert opened.answers == Answers()


def test_nobody_answers_a_claim_whose_contents_were_destroyed_and_its_sender_does_not_learn_it(
    desks: Desks, leaver: uuid.UUID
):
    runtime = desks.runtime
    [left] = waiting(runtime, leaver)
    destroy(runtime)
    for confirm in (True, False):
        with pytest.raises(Destroyed):
            casework.answer(runtime, left, CASE_WORKER, confirm=confirm, reason="why")
        with pytest.raises(UnknownClaim):
            casework.answer(runtime, left, STRANGER, confirm=confirm, reason="why")
    sent = casework.everything(runtime, STRANGER, casework.wanted())
    assert [(row.row.state, row.row.destroyed) for row in sent] == [("disputed", False), ("waiting", False)]


def test_a_new_claim_about_somebody_whose_records_were_destroyed_is_received_and_can_be_read(
    desks: Desks, leaver: uuid.UUID
):
    runtime = desks.runtime
    destroy(runtime)
    claim(runtime, leaver)
    [new] = waiting(runtime, leaver)
    opened = casework.opened(runtime, new, CASE_WORKER, route="test")
    assert opened.claimed is not None
    assert opened.claimed["values"] == {"family_name": UNMISTAKABLE}


def test_the_retention_views_know_no_claims(desks: Desks, leaver: uuid.UUID):
    runtime, beside = desks.runtime, claims_stream(leaver)
    runtime.project()
    for table in ("holding", "due", "clock"):
        assert rows_of(runtime, f"SELECT count(*) FROM view.{table} WHERE customer = %s", beside) == 0, table
    assert rows_of(runtime, "SELECT count(*) FROM view.holding WHERE customer = %s", leaver) > 0


def test_the_report_of_somebody_whose_claims_were_destroyed_says_so(desks: Desks, leaver: uuid.UUID):
    destroy(desks.runtime)
    report = composed.report(desks.runtime, leaver, CASE_WORKER)
    assert [row["destroyed"] for row in report["claims"]["rows"]] == [True, True]
    assert UNMISTAKABLE not in str(report["claims"])
