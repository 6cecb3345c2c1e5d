"""What was recorded before there were bounds on values is still a repeat, and is never confirmed into a record."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api.entries import record_line
from ledger.commands.reader import read_command
from ledger.errors import CommandReused, Malformed
from ledger.recording import Ledger
from tests.commands import command
from tests.conftest import CASE_WORKER

OLD: tuple[dict[str, Any], ...] = (
    {"type_": "inform-customer", "method": "x" * 6_000},
    {"type_": "keep-record", "collection": "actionplans", "values": {"date_of_birth": "15/06/2011"}},
    {"type_": "hold-interaction", "channel": 2**40},
    {"type_": "inform-customer", "method": 'by "hand"'},
)


@pytest.mark.parametrize("fields", OLD)
def test_a_command_recorded_before_the_bounds_is_answered_as_a_repeat(
    ledger: Ledger, customer: uuid.UUID, fields: dict[str, Any]
):
    body = command(customer=customer, at="2026-11-21T10:00:00Z", **fields)
    first = ledger.record(read_command(body, bounded=False), CASE_WORKER)

    again = ledger.record(body, CASE_WORKER)

    assert (again.first, again.repeated) == (first.first, True)


def test_the_same_id_with_other_content_outside_the_bounds_is_refused(ledger: Ledger, customer: uuid.UUID):
    body = command("inform-customer", customer, at="2026-11-21T10:00:00Z", method="x" * 6_000)
    ledger.record(read_command(body, bounded=False), CASE_WORKER)

    with pytest.raises((Malformed, CommandReused)):
        ledger.record({**body, "method": "y" * 6_000}, CASE_WORKER)


def test_a_key_named_twice_is_refused_by_name_unless_it_was_recorded_so(ledger: Ledger, customer: uuid.UUID):
    body = command("inform-customer", customer, at="2026-11-21T10:00:00Z", method="told")
    line = (
        b'{"id":"%s","type":"inform-customer","occurred_at":"2026-11-21T10:00:00Z","customer_id":"%s",'
        b'"method":"written","method":"told"}' % (str(body["id"]).encode(), str(customer).encode())
    )

    refused = record_line(ledger, line, CASE_WORKER, source="ledger record").refused
    assert refused is not None
    assert refused.sentence == "The field method is named twice in one object; name it once."
    ledger.record(body, CASE_WORKER)
    assert record_line(ledger, line, CASE_WORKER, source="ledger record").word == "repeated"


@pytest.mark.parametrize("written", ["{%s}", "urn:uuid:%s", "(%s)", "URN:UUID:%s"])
def test_an_id_in_any_usual_spelling_is_the_same_id(ledger: Ledger, customer: uuid.UUID, written: str):
    body = command("inform-customer", customer, at="2026-11-21T10:00:00Z", method="told")
    first = ledger.record(body, CASE_WORKER)
    spelled = {**body, "id": written % str(body["id"]).upper(), "customer_id": customer.hex.upper()}

    assert ledger.record(spelled, CASE_WORKER).first == first.first


@pytest.mark.parametrize("spelling", ["a\0b", "\ud800"])
@pytest.mark.parametrize("field", ["note", "channel"])
def test_what_no_text_may_hold_is_refused_by_the_field_s_name_sealed_or_not(field: str, spelling: str):
    body = command("hold-interaction", uuid.uuid4(), at="2026-11-21T10:00:00Z", **{"channel": "EMAIL", field: spelling})
    with pytest.raises(Malformed, match=field):
        read_command(body)
