"""Fixtures shared by the files of this folder."""

from __future__ import annotations

import uuid

import pytest

from ledger.recording import Ledger
from tests.ledger.merging.merges import People
from tests.sharing import give, meet, register


@pytest.fixture
def people(ledger: Ledger) -> People:
    for prime in ("prime-north", "prime-south"):
        register(ledger, prime)
    again = uuid.uuid4()
    values = {
        "given_name": "Samuel",
        "family_name": "Carter",
        "date_of_birth": "1990-02-01",
        "email": "s@carter.example",
    }
    give(ledger, "register-customer", again, at="2025-03-06T09:00:00Z", organisation="prime-south", values=values)
    found = People(sam=meet(ledger), again=again, else_=meet(ledger, given="Sammy", family="Carver"))
    for number, word in ((found.sam, "bookkeeping"), (found.again, "welding"), (found.else_, "gardening")):
        give(
            ledger, "keep-record", number, at="2025-04-01T09:00:00Z", collection="goals", record_id=f"goal {word}",
            values={"GoalSummary": f"learn {word}"},
        )  # fmt: skip
    return found
