"""What the operator's own shell answers in each role: what that role gets elsewhere.

In every role and about everybody with `customer`, `quarantine` and `destroy`. Since each command line opens the ledger
anew, the others are asked by a case worker and a contractor's adviser, about the person served by the caller and one of
the other programme.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from api.cli import WRONG, run
from ledger.commands.invented import CONTROLLER
from tests.authority.answers import COMMAND_LINE, PEOPLE, TERMINAL, Answer
from tests.authority.doors import Population
from tests.authority.people import CALLER

NOT_THERE = (b"No customer with this id", b"No rights request", b"No claim with this id", b"lets you serve nobody")
IN_EVERY_ROLE = ("customer", "quarantine", "destroy")
ASKED = [name for name, row in COMMAND_LINE.items() if not row.public and row.body != "command"]


class Shell:
    """The program in this process, on the population's database."""

    def __init__(self, population: Population, captured: pytest.CaptureFixture[bytes], work: Path) -> None:
        self.population, self._captured, self._work = population, captured, work

    def letters(self, name: str, role: str, relations: tuple[str, ...], patch: pytest.MonkeyPatch) -> str:
        """The letters of one command line in a role; a list is asked for once."""
        row = COMMAND_LINE[name]
        if row.lists:
            code, out, err = self._run(name, role, relations[0], patch)
            return "".join(self._letter(row, relation, code, out, err) for relation in relations)
        return "".join(self._letter(row, relation, *self._run(name, role, relation, patch)) for relation in relations)

    def _run(self, name: str, role: str, relation: str, patch: pytest.MonkeyPatch) -> tuple[int, bytes, bytes]:
        row, by = COMMAND_LINE[name], CALLER[role]
        who = ["--role", by.role, "--json"]
        if by.organisation != CONTROLLER or name == "begin-serving":  # of a list, --organisation also says whose rows
            who += ["--organisation", by.organisation]
        described = self.population.shown(relation) if row.body == "shown" else self.population.search(relation)
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(described).encode())))
        self._captured.readouterr()
        code = run([*self._words(name, row, relation), *who])
        printed = self._captured.readouterr()
        if row.body == "shown":
            self.population.end_serving(relation, by.organisation)
        return code, printed.out, printed.err

    def _letter(self, row: Answer, relation: str, code: int, out: bytes, err: bytes) -> str:
        if code == WRONG:
            return "-" if any(sentence in err for sentence in NOT_THERE) else "X"
        if row.body == "proposal" or {*"".join(row.cells.values())} <= {"X", "Y"}:
            return "Y"
        return "Y" if any(sign.encode() in out for sign in self.population.signs_of(relation)) else "-"

    def _words(self, name: str, row: Answer, relation: str) -> list[str]:
        if name == "destroy":
            return ["destroy", "--dry-run"]
        if name == "propose":
            proposed = self._work / "proposed.json"
            proposed.write_text(json.dumps(self.population.share(relation)), encoding="utf-8")
            return ["propose", str(proposed)]
        if row.lists or row.body in {"search", "shown"}:
            return [name]
        known = {"request": self.population.requests, "claim": self.population.claims}
        return [name, known.get(name, self.population.people)[relation]]


@pytest.fixture
def shell(
    population: Population, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    settings = population.runtime.settings
    monkeypatch.setenv("LEDGER_DATABASE_URL", population.runtime.conninfo)
    monkeypatch.setenv("LEDGER_HOME", str(settings.home))
    return Shell(population, capfdbinary, tmp_path)


@pytest.mark.parametrize("name", ASKED)
def test_a_command_line_answers_each_role_as_its_row_says(shell: Shell, name: str, monkeypatch: pytest.MonkeyPatch):
    row = COMMAND_LINE[name]
    relations = tuple(PEOPLE) if row.lists or name == "customer" else (PEOPLE[0], PEOPLE[3])
    for role in TERMINAL if name in IN_EVERY_ROLE else ("case-worker", "contractor"):
        expected = dict(zip(PEOPLE, row.at_the_terminal(role), strict=True))
        seen = shell.letters(name, role, relations, monkeypatch)
        assert seen == "".join(expected[relation] for relation in relations), role
