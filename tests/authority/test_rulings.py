"""What a caller might try to get around a cell of the matrix; each was possible before the test was written."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger.caller import Caller
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
