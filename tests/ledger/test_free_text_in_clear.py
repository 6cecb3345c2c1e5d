"""A text where a code is expected is sealed, and the record in clear says "other"."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import pytest

from api.casework.exports import CONSENTS, PORTABLE
from ledger.commands.plain_words import is_plain
from ledger.recording import Ledger
from tests.commands import give
from tests.conftest import CASE_WORKER

SAID: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("hold-interaction", "channel", {"channel": "rang my neighbour Jo Placeholder"}),
    ("withdraw-consent", "scope", {"scope": "what Jo Placeholder sends me"}),
    ("give-consent", "mechanism", {"scope": "market_research", "mechanism": "said yes to Jo Placeholder"}),
    ("share-data", "channel", {"sent_to": "elsewhere", "channel": "by pigeon"}),
    ("hold-interaction", "channel", {"channel": 'said "yes"'}),
    ("inform-customer", "method", {"method": "Jo Placeholder read it to them"}),
    ("end-service", "channel", {"channel": "through a neighbour, Jo"}),
)


@pytest.mark.parametrize(("type_", "field", "fields"), SAID)
def test_a_text_that_is_no_code_is_recorded_as_other_and_sealed(
    ledger: Ledger, customer: uuid.UUID, type_: str, field: str, fields: dict[str, Any]
):
    receipt = give(ledger, type_, customer, by=CASE_WORKER, at="2026-11-21T10:00:00Z", **fields)
    [entry] = [entry for entry in ledger.history(customer) if entry.position == receipt.first]

    assert orjson.loads(entry.facts)[field] == "other"
    assert fields[field].encode() not in entry.facts
    assert fields[field] in str(ledger.unsealed(customer)[receipt.first])


@pytest.mark.parametrize("text", ["EMAIL", "by telephone", "ticked a box on the form", "HOLD_LEGAL", "x.y/z", "at 3"])
def test_codes_and_plain_words_stay_in_clear(text: str):
    assert is_plain(text)


@pytest.mark.parametrize("text", ["rang Jo", "Jo Placeholder", "call 07700900123", "Łucja called"])
def test_words_that_may_name_somebody_are_not_plain(text: str):
    assert not is_plain(text)


PURPOSES = (CONSENTS, PORTABLE, "customer view", "history", "search", "rights request", "subject-access report",
            "report to confirm", "provenance")  # fmt: skip


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_the_program_itself_reads_for_stays_in_clear(purpose: str):
    assert is_plain(purpose)
