"""Whoever makes a command to destroy by hand destroys nothing that is not due, and not on a list that was approved."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api.casework import destruction
from api.casework.runtime import Runtime
from ledger.authority.destruction import NOT_LISTED
from ledger.errors import NotDue
from ledger.events import DestructionApproved, RecordsDestroyed
from ledger.retention.approved_list import is_row, list_stream
from ledger.state.replay import event_of
from ledger.verify import verify
from tests.casework.destruction.leavers import ON, destroy, kept_rows, leaver, teller
from tests.conftest import RECORDS_MANAGER
from tests.destroying import approved, due_now
from tests.story import give

EVIDENCE = {"class": "payment_evidence", "part": "", "destroy_by": "2026-02-28", "rule": "RET-NCS-01"}
"""What is due of the customer, and why."""


def refused(runtime: Runtime, customer: uuid.UUID, **fields: Any) -> NotDue:
    """Why a command is refused; nothing is destroyed, and nothing recorded."""
    before = runtime.ledger.recorder.max_notification_id()
    with pytest.raises(NotDue) as why:
        teller(runtime, customer)("destroy-records", by=RECORDS_MANAGER, **fields)
    assert runtime.ledger.recorder.max_notification_id() == before
    assert kept_rows(runtime.conninfo, "class_key", customer) == 4
    return why.value


@pytest.mark.parametrize("class_", ["identity", "service", "payment_evidence", "received_from_jcp", "access_log"])
def test_a_hand_made_destroy_command_for_what_is_not_due_is_refused(runtime: Runtime, customer: uuid.UUID, class_: str):
    """RET-GEN-02: the day, the rule and the digest are the caller's word for it."""
    one = {"class": class_, "part": "", "destroy_by": "2026-01-01", "rule": "RET-NCS-03", "because": 1}
    why = refused(runtime, customer, destroyed=[one], on="2026-01-05", digest="00" * 32)
    assert why.rule_id == "RET-GEN-02"


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": "CONSENT-06"},
        {"destroy_by": "2026-02-27"},
        {"destroy_by": "2020-02-29"},
        {"part": "r-1"},
        {"because": 1},
    ],
    ids=str,
)
def test_what_is_due_is_not_destroyed_for_another_reason_than_it_is_due_for(
    runtime: Runtime, customer: uuid.UUID, changed: dict[str, Any]
):
    refused(runtime, customer, **approved(runtime.ledger, customer, [{**EVIDENCE, **changed}], on="2026-11-22"))


def test_what_is_not_due_is_refused_together_with_what_is(runtime: Runtime, customer: uuid.UUID):
    more = {**EVIDENCE, "class": "identity", "rule": "RET-NCS-03"}
    refused(runtime, customer, **approved(runtime.ledger, customer, [EVIDENCE, more], on="2026-11-22"))


def test_what_is_due_and_on_no_approved_list_is_refused(runtime: Runtime, customer: uuid.UUID):
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    proven = {**EVIDENCE, "place": 0, "path": []}
    for one in (EVIDENCE, proven):
        for digest in ("00" * 32, shown.digest):
            why = refused(runtime, customer, destroyed=[one], on="2026-11-22", digest=digest)
            assert why.sentence == NOT_LISTED


def test_the_proof_of_one_person_s_row_is_none_for_another_s(runtime: Runtime, customer: uuid.UUID):
    other = leaver(runtime, uuid.UUID(int=0xA2))
    listed = approved(runtime.ledger, other, [EVIDENCE], on="2026-11-22")
    assert refused(runtime, customer, **listed).sentence == NOT_LISTED
    teller(runtime, other)("destroy-records", by=RECORDS_MANAGER, **listed)


@pytest.mark.parametrize("changed", [{"place": 1}, {"place": None}, {"path": "00"}, {"path": ["zz" * 32]}], ids=str)
def test_a_proof_that_leads_elsewhere_is_none(runtime: Runtime, customer: uuid.UUID, changed: dict[str, Any]):
    listed = approved(runtime.ledger, customer, [EVIDENCE], on="2026-11-22")
    listed["destroyed"] = [{**listed["destroyed"][0], **changed}]
    assert refused(runtime, customer, **listed).sentence == NOT_LISTED


def test_a_list_is_approved_for_its_day(runtime: Runtime, customer: uuid.UUID):
    listed = approved(runtime.ledger, customer, [EVIDENCE], on="2026-11-22")
    assert refused(runtime, customer, **{**listed, "on": "2026-11-21"}).sentence == NOT_LISTED


def test_what_an_upheld_erasure_grants_is_destroyed(runtime: Runtime, customer: uuid.UUID):
    """ERASE-01"""
    listed = approved(runtime.ledger, customer, due_now(runtime.ledger, customer, "identity"), on="2026-11-22")
    teller(runtime, customer)("destroy-records", at="2026-11-22T09:00:00Z", by=RECORDS_MANAGER, **listed)
    assert kept_rows(runtime.conninfo, "class_key", customer) == 3


def test_a_run_records_that_its_list_was_approved_and_every_destruction_proves_its_row(
    runtime: Runtime, customer: uuid.UUID
):
    other = leaver(runtime, uuid.UUID(int=0xA2))
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    assert runtime.ledger.recorder.history(list_stream("2026-11-22", shown.digest)) == []
    assert destroy(runtime, digest=shown.digest).digest == shown.digest
    [entry] = runtime.ledger.history(list_stream("2026-11-22", shown.digest))
    run = event_of(entry)
    assert isinstance(run, DestructionApproved)
    assert (run.on, run.digest, run.rows, run.organisation) == ("2026-11-22", shown.digest, 4, "controller")
    for who in (customer, other):
        made = [
            event for entry in runtime.ledger.history(who) if isinstance(event := event_of(entry), RecordsDestroyed)
        ]
        assert len(made) == 1
        assert all(is_row(who, one, run) for one in made[0].destroyed)
        assert not any(is_row(uuid.uuid4(), one, run) for one in made[0].destroyed)
    assert verify(runtime.conninfo).ok


def test_a_run_of_nothing_approves_nothing(runtime: Runtime):
    done = destroy(runtime)
    assert (done.destroyed, runtime.ledger.recorder.max_notification_id()) == (0, None)


def test_whoever_comes_back_while_the_run_is_under_way_keeps_their_records(runtime: Runtime, customer: uuid.UUID):
    """The list was drawn up before: what is no longer due when the customer's turn comes stays."""
    late = leaver(runtime, uuid.UUID(int=0xA2))

    def come_back(done: int, _: int) -> None:
        if done == 1:
            give(runtime.ledger, "resume-service", late, at="2026-11-01T09:00:00Z", organisation="0000000101")

    done = destroy(runtime, progress=come_back)
    assert {certificate.customer_id for certificate in done.certificates} == {customer}
    assert kept_rows(runtime.conninfo, "class_key", late) == 4
    assert [(one.customer_id, one.class_) for one in destroy(runtime).certificates] == [(late, "received_from_jcp")]
