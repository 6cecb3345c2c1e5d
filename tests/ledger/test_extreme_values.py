"""Whatever a field is given ends in one sentence that names the field, or fits into the record."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ledger.commands.declaration import Declaration
from ledger.commands.reader import Command, read_command
from ledger.errors import Malformed
from ledger.log.codec import LARGEST_ENTRY_BYTES, facts_of, payload_of
from ledger.store.receipts import content_of
from tests.ledger.extremes import A_MILLION, EVERY, SIX_THOUSAND, envelope, tried
from tests.ledger.test_commands import complete

DECLARED = [pytest.param(kind, id=kind.name) for kind in EVERY]
SENTENCE = re.compile(r"[A-Za-z][^\n]{10,400}\.")


def read(body: dict[str, Any]) -> Command | Malformed:
    try:
        return read_command(body)
    except Malformed as refused:
        return refused


@pytest.mark.parametrize("kind", DECLARED)
def test_an_extreme_value_is_refused_by_its_field_or_fits_into_the_record(kind: Declaration):
    for name, value in (*tried(kind), *envelope(kind)):
        command = read({**complete(kind.name), name: value})
        if isinstance(command, Malformed):
            inside = {*value} if isinstance(value, dict) else set()
            assert SENTENCE.fullmatch(command.sentence), (name, command.sentence)
            assert command.evidence.get("field") in {name, *inside} or name in command.sentence, command.sentence
            assert SIX_THOUSAND not in command.sentence
            continue
        content_of(command)
        for part in command.parts:
            made = kind.makes(**kind.completed(part.fields, command.occurred_at))
            assert len(facts_of(made)) < LARGEST_ENTRY_BYTES, name
            assert b"\\u0000" not in (payload_of(made) or b""), name
            assert A_MILLION not in str([getattr(made, fact) for fact in made.FACTS]), name
