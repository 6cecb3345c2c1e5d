"""Commands as they come through a door: one JSON object, or many as NDJSON, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson

from api.problems import NotJson, as_problem
from ledger.decisions import Caller
from ledger.errors import Malformed, Refused
from ledger.events import Json
from ledger.recording import Ledger, Receipt

LONGEST_LINE_BYTES = 1_048_576


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one line: a receipt, or the sentence that says why not."""

    line: int
    type: str
    receipt: Receipt | None = None
    refused: Refused | None = None

    @property
    def word(self) -> str:
        """recorded, repeated or refused."""
        if self.receipt is None:
            return "refused"
        return "repeated" if self.receipt.repeated else "recorded"

    def as_json(self) -> dict[str, Json]:
        if self.receipt is not None:
            return {"line": self.line, "outcome": self.word, **self.receipt.as_json()}
        assert self.refused is not None
        return {"line": self.line, "outcome": self.word, "problem": as_problem(self.refused)}


def read_object(line: bytes) -> dict[str, Json]:
    """The JSON object of a line. Raises NotJson."""
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise NotJson from None
    if not isinstance(said, dict):
        raise NotJson
    return said


def record_one(ledger: Ledger, said: dict[str, Json], by: Caller, *, line: int = 1) -> Outcome:
    """Carry out one command. Raises subclasses of Refused and Fault."""
    receipt = ledger.record(said, by)
    return Outcome(line=line, type=str(said["type"]), receipt=receipt)


def record_lines(
    ledger: Ledger, lines: Iterable[bytes], by: Caller, *, recorded: Callable[[Outcome], None] | None = None
) -> Iterator[Outcome]:
    """The outcome of each line that is not blank, in order; a refusal does not stop the lines after it.

    A Fault does stop it, for it would stop every line: sending all lines again is safe, since command ids repeat.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        outcome = _outcome(ledger, line, by, number)
        if recorded is not None:
            recorded(outcome)
        yield outcome


def _outcome(ledger: Ledger, line: bytes, by: Caller, number: int) -> Outcome:
    type_ = "unknown"
    try:
        if len(line) > LONGEST_LINE_BYTES:
            raise Malformed("The line is longer than one command can be.")
        said = read_object(line)
        type_ = str(said.get("type"))
        return record_one(ledger, said, by, line=number)
    except Refused as refused:
        return Outcome(line=number, type=type_, refused=refused)
