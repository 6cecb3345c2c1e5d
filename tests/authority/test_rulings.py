"""What a caller might try to get around a cell of the matrix; each was possible before the test was written."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger.authority.access import may_read_person
from ledger.caller import Caller
from ledger.errors import NotAllowed
from ledger.events import NHS
from ledger.recording import Ledger
from ledger.store.receipts import Receipt
from tests.authority.people import ANOTHER, CALLER, OPERATOR, fill_registers, give
from tests.commands import command

KEEPER = CALLER["contractor's records-manager"]
AT = "2026-09-01T10:00:00Z"


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    fill_registers(ledger)
    return ledger


@pytest.fixture
def stranger(filled: Ledger) -> str:
    """Somebody whom another contractor serves."""
    return person(filled, ANOTHER)


def person(ledger: Ledger, organisation: str) -> str:
    customer_id = str(uuid.uuid4())
    give(ledger, OPERATOR, "register-customer", "2026-01-05T09:00:00Z", customer_id=customer_id,
         organisation=organisation, values={"given_name": "Robin", "family_name": "Example"})  # fmt: skip
    return customer_id


def tried(ledger: Ledger, by: Caller, type_: str, **fields: Any) -> Receipt:
    return ledger.record(command(type_, at=AT, **fields), by)


def on_record(ledger: Ledger, stream: str) -> list[str]:
    return [entry.type for entry in ledger.recorder.history(uuid.UUID(stream))]


def test_a_contractor_cannot_grant_the_erasure_of_somebody_it_does_not_serve_in_a_request_it_reported(
    filled: Ledger, stranger: str
):
    request_id = str(uuid.uuid4())
    tried(filled, KEEPER, "receive-request", request_id=request_id, kind="erasure", customer_id=stranger)
    assert tried(filled, KEEPER, "send-response", request_id=request_id, outcome="granted").waiting
    assert "erasure-upheld" not in on_record(filled, stranger)


def test_a_contractor_cannot_put_a_stranger_s_name_to_a_request_that_named_nobody(filled: Ledger, stranger: str):
    request_id = str(uuid.uuid4())
    assert not tried(filled, KEEPER, "receive-request", request_id=request_id, kind="erasure").waiting
    named = tried(filled, KEEPER, "confirm-identity", request_id=request_id, method="seen", customer_id=stranger)
    assert named.waiting
    assert not tried(filled, KEEPER, "extend-time", request_id=request_id, ground="complexity", reason="many").waiting


def test_a_contractor_cannot_say_what_became_of_another_s_receipt_by_naming_itself(filled: Ledger):
    served = person(filled, KEEPER.organisation)
    give(filled, OPERATOR, "receive-data", AT, customer_id=served, receipt_id="receipt-1", received_by=ANOTHER,
         received_from="jobcentre-plus", channel="email")  # fmt: skip
    routed = {"receipt_id": "receipt-1", "organisation": KEEPER.organisation, "adviser": "Adviser One (invented)"}
    assert tried(filled, CALLER["contractor"], "route-data", customer_id=served, **routed).waiting


def test_a_contractor_cannot_settle_nor_find_undone_that_another_tells_recipients_of_its_correction(filled: Ledger):
    served = person(filled, KEEPER.organisation)
    give(filled, OPERATOR, "share-data", "2026-02-01T10:00:00Z", customer_id=served, share_id="share-1",
         sent_by=ANOTHER, sent_to="jobcentre-plus", channel="email")  # fmt: skip
    give(filled, OPERATOR, "correct-record", "2026-03-01T10:00:00Z", customer_id=served, correction_id="correction-1",
         organisation=ANOTHER, collection="customers", values={"given_name": "Robin"})  # fmt: skip
    adviser, task = CALLER["contractor"], {"matter_id": "correction-1", "recipient": "jobcentre-plus"}
    before = on_record(filled, served)
    assert tried(filled, adviser, "notify-recipient", customer_id=served, channel="email", **task).waiting
    for subject in ("correction-1", "correction-1>jobcentre-plus"):
        undone = {"subject_type": "notify-recipient", "subject_id": subject}
        assert tried(filled, adviser, "find-late", customer_id=served, **undone).waiting
    assert on_record(filled, served) == before


def test_a_contractor_cannot_find_that_another_kept_records_too_long(filled: Ledger):
    served = person(filled, KEEPER.organisation)
    give(filled, OPERATOR, "set-retention-period", "2026-01-02T10:00:00Z", organisation=ANOTHER, kind="after_service",
         months=3, valid_from="2026-01-01", justification="asked")  # fmt: skip
    give(filled, OPERATOR, "end-service", "2026-02-01T10:00:00Z", customer_id=served, organisation=ANOTHER)
    give(filled, OPERATOR, "assign-customer", AT, customer_id=served, organisation=KEEPER.organisation, reason="came")
    undone = {"subject_type": "destroy-records", "subject_id": "service"}
    assert tried(filled, CALLER["contractor"], "find-late", customer_id=served, **undone).waiting
    assert "finding-raised" not in on_record(filled, served)


def test_a_stranger_cannot_settle_a_task_by_naming_itself_where_a_receipt_names_nobody(filled: Ledger, stranger: str):
    give(filled, OPERATOR, "receive-data", AT, customer_id=stranger, receipt_id="receipt-1", channel="email",
         received_from="jobcentre-plus")  # fmt: skip
    before = on_record(filled, stranger)
    routed = {"receipt_id": "receipt-1", "organisation": KEEPER.organisation, "adviser": "Adviser One (invented)"}
    assert tried(filled, CALLER["contractor"], "route-data", customer_id=stranger, **routed).waiting
    assert on_record(filled, stranger) == before


def test_a_contractor_cannot_make_itself_a_controller(filled: Ledger, stranger: str):
    own = KEEPER.organisation
    for moved in ({"kind": "controller"}, {"kind": "office", "part_of": "controller"}):
        assert tried(filled, KEEPER, "register-organisation", organisation=own, name="Moved", **moved).waiting
    case_worker = Caller(role="case-worker", organisation=own, subject="case worker one")
    assert not may_read_person(case_worker, filled.registers(), filled.history(uuid.UUID(stranger)))


def test_a_contractor_cannot_change_the_days_that_everybody_s_clocks_count(filled: Ledger):
    before = filled.calendar().label
    days = {"version": "ours", "holidays": ["2026-12-24"], "first_day": "1995-01-01", "last_day": "2099-12-31"}
    assert tried(filled, KEEPER, "publish-calendar", organisation=KEEPER.organisation, **days).waiting
    assert filled.calendar().label == before


def test_a_contractor_cannot_merge_somebody_it_serves_into_a_stranger(filled: Ledger, stranger: str):
    served = person(filled, KEEPER.organisation)
    assert tried(filled, KEEPER, "merge-customers", customer_id=served, into=stranger, reason="one person").waiting
    assert "customers-merged" not in on_record(filled, stranger)


def test_a_contractor_cannot_part_a_stranger_s_record_from_that_of_somebody_it_serves(filled: Ledger, stranger: str):
    served = person(filled, KEEPER.organisation)
    merged = {"merge_id": "merge-1", "into": stranger, "reason": "one person"}
    give(filled, OPERATOR, "merge-customers", AT, customer_id=served, **merged)
    parted = {"merge_id": "merge-1", "data_exposed": False, "reason": "two people"}
    assert tried(filled, KEEPER, "unmerge-customers", customer_id=served, **parted).waiting


def test_a_refused_destruction_does_not_tell_a_contractor_that_a_record_is_of_the_other_programme(filled: Ledger):
    of_nhs = str(uuid.uuid4())
    give(filled, OPERATOR, "register-customer", "2026-01-05T09:00:00Z", customer_id=of_nhs, programme=NHS,
         values={"given_name": "Kim"})  # fmt: skip
    destroyed = [{"class": "service", "part": "", "destroy_by": "2026-09-01", "rule": "RET-NCS-03"}]
    for customer_id in (of_nhs, str(uuid.uuid4())):
        with pytest.raises(NotAllowed, match="Only the controller's records manager"):
            tried(filled, KEEPER, "destroy-records", customer_id=customer_id, destroyed=destroyed, on="2026-09-01",
                  digest="00" * 32)  # fmt: skip
