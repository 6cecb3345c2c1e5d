"""Each cell of the matrix of commands is what recording the command does, for every caller and relation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.commands.catalogue import COMMANDS
from ledger.recording import Ledger
from tests.authority.expected import CALLERS, LETTERS, RELATIONS, ROWS
from tests.authority.outcomes import observed_entries, observed_rows
from tests.authority.people import fill_registers
from tests.runtimes import Runtimes


def test_every_command_has_a_row_and_every_row_a_command():
    assert {*ROWS} == {*COMMANDS}


def test_a_row_has_a_letter_for_every_caller_and_relation():
    for name, row in ROWS.items():
        assert tuple(row.cells) == CALLERS or {*row.cells} == {*CALLERS}, name
        assert {len(cells) for cells in row.cells.values()} == {len(RELATIONS)}, name
        assert {*"".join(row.cells.values())} <= {*LETTERS}, name


@pytest.fixture(scope="module")
def people(runtimes: Runtimes) -> Iterator[Ledger]:
    with runtimes() as runtime:
        fill_registers(runtime.ledger)
        yield runtime.ledger


@pytest.fixture(scope="module")
def registers(runtimes: Runtimes) -> Iterator[Ledger]:
    with runtimes() as runtime:
        fill_registers(runtime.ledger, contract_ended=True)
        yield runtime.ledger


@pytest.mark.parametrize("name", [name for name, kind in COMMANDS.items() if kind.subject != "organisation"])
def test_a_command_about_a_person_does_what_its_row_says(people: Ledger, name: str):
    assert observed_rows(people, name) == {**ROWS[name].cells}


@pytest.mark.parametrize("name", [name for name, kind in COMMANDS.items() if kind.subject == "organisation"])
def test_an_entry_in_a_register_does_what_its_row_says(registers: Ledger, name: str):
    assert observed_entries(registers, name) == {**ROWS[name].cells}
