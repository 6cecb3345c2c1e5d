"""Commands as they come through a door: one JSON object, or many as NDJSON, each with an outcome of its own.

A report that cannot be read, or uses the id of another, is refused and kept in the quarantine: nothing is dropped
(LEDG-07). So is the report of an organisation that is not registered: sent again when it is, it leaves the quarantine.
What the state of a record or the caller's role forbids was understood and answered, and is not kept.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID

import orjson

from api.casework.attempts import notice
from api.errors import NotJson, TooManyLines, as_problem
from api.incoming import MARK, Numbered, Texts
from api.refused_reports import RefusedReports
from api.strict_json import doubled_key, key_of_half_a_character, shown
from ledger.caller import Caller
from ledger.errors import Malformed, Refused
from ledger.events import Json
from ledger.recording import Ledger
from ledger.store.receipts import Receipt

LONGEST_LINE_BYTES = 1_048_576
LONGEST_BODY_BYTES = 8 * LONGEST_LINE_BYTES
"""What is longer is kept nowhere."""
MOST_LINES_IN_A_BODY = 10_000
LINES_AT_ONCE = 200
"""So many lines are decided before what was refused of them is kept, in one transaction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one line: a receipt, or the sentence that says why not."""

    line: int
    type: str
    receipt: Receipt | None = None
    refused: Refused | None = None
    report: UUID | None = None
    """The id that what was refused has in the quarantine, if it is to be kept."""
    quarantined: bool = False
    """Whether what was refused is kept in the quarantine."""
    unkept: bool = False
    """Whether it is not, because its owner's quarantine is full."""

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
        return {
            "line": self.line,
            "outcome": self.word,
            "problem": as_problem(self.refused, quarantined=self.quarantined, unkept=self.unkept),
        }


def read_object(line: bytes) -> dict[str, Json]:
    """The JSON object of a line. Raises NotJson, for half of a character too, and Malformed for a key named twice."""
    body, doubled = read_leniently(line)
    if doubled is not None:
        raise doubled
    return body


def read_leniently(line: bytes) -> tuple[dict[str, Json], Malformed | None]:
    """The JSON object of a line, and why it is refused although it can be read: a key is named twice.

    Raises NotJson.
    """
    line = line.removeprefix(MARK)
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError:
        key = key_of_half_a_character(line)
        if key is None:
            raise NotJson from None
        raise NotJson(f"The {shown(key)} holds half of a character (a lone surrogate).", **_field(key)) from None
    if not isinstance(body, dict):
        raise NotJson
    key = doubled_key(line, body)
    if key is None:
        return body, None
    return body, Malformed(f"The {shown(key)} is named twice in one object; name it once.", **_field(key))


def _field(key: str) -> dict[str, str]:
    return {} if shown(key) != f"field {key}" else {"field": key}


def texts_of(content: bytes, *, most: int) -> list[Numbered]:
    """The JSON texts of a body: NDJSON, an array, documents over many lines. Raises TooManyLines beyond `most`."""
    texts = list(islice(Texts(io.BytesIO(content), longest=LONGEST_BODY_BYTES), most + 1))
    if len(texts) > most:
        raise TooManyLines
    return texts


def record_one(ledger: Ledger, body: dict[str, Json], by: Caller, *, line: int = 1) -> Outcome:
    """Carry out one command and keep nothing of it when refused. Raises subclasses of Refused and Fault."""
    receipt = ledger.record(body, by)
    return Outcome(line=line, type=str(body["type"]), receipt=receipt)


def record_lines(
    ledger: Ledger,
    texts: Iterable[Numbered],
    by: Caller,
    *,
    source: str,
    recorded: Callable[[Outcome], None] | None = None,
    asked_still: Callable[[], bool] = lambda: True,
) -> Iterator[Outcome]:
    """The outcome of each text, in order; a refusal does not stop those after it.

    What is refused goes to the quarantine some hundred lines at a time, and an outcome is known then. When nobody asks
    any longer, the rest is left: sent again, it goes on, since command ids repeat. A Fault stops it as well.
    """
    numbered = iter(texts)
    while (some := list(islice(numbered, LINES_AT_ONCE))) and asked_still():
        reports = RefusedReports(ledger, by, source=source, longest_bytes=LONGEST_BODY_BYTES)
        outcomes = [_outcome(ledger, text, by, reports, source=source, number=number) for number, text in some]
        for outcome in _with_what_was_kept(outcomes, reports):
            if recorded is not None:
                recorded(outcome)
            yield outcome


def record_line(ledger: Ledger, line: bytes, by: Caller, *, source: str, number: int = 1) -> Outcome:
    """The outcome of one command in JSON; what is refused unread, or for its id, is in the quarantine. Raises Fault."""
    reports = RefusedReports(ledger, by, source=source, longest_bytes=LONGEST_BODY_BYTES)
    outcome = _outcome(ledger, line, by, reports, source=source, number=number, longest_bytes=LONGEST_BODY_BYTES)
    [settled] = _with_what_was_kept([outcome], reports)
    return settled


def _outcome(
    ledger: Ledger,
    line: bytes,
    by: Caller,
    reports: RefusedReports,
    *,
    source: str,
    number: int,
    longest_bytes: int = LONGEST_LINE_BYTES,
) -> Outcome:
    body: dict[str, Json] = {}
    try:
        if len(line) > longest_bytes:
            raise Malformed("The line is longer than one command can be.")
        body, doubled = read_leniently(line)
        reports.before(body)
        if doubled is not None:
            return _recorded_before(ledger, body, doubled, line=number)
        return record_one(ledger, body, by, line=number)
    except Refused as refused:
        notice(ledger, refused, by, route=source, body=body)
        report = reports.add(line.strip(), refused, body, number=number)
        return Outcome(line=number, type=str(body.get("type", "unknown")), refused=refused, report=report)


def _with_what_was_kept(outcomes: list[Outcome], reports: RefusedReports) -> Iterator[Outcome]:
    kept = reports.keep()
    for outcome in outcomes:
        if outcome.report is None:
            yield outcome
        else:
            yield replace(outcome, quarantined=outcome.report in kept, unkept=outcome.report not in kept)


def _recorded_before(ledger: Ledger, body: dict[str, Json], doubled: Malformed, *, line: int) -> Outcome:
    """The first receipt of a command that was recorded before keys named twice were refused. Raises Malformed."""
    receipt = ledger.answered_before(body)
    if receipt is None:
        raise doubled
    return Outcome(line=line, type=str(body["type"]), receipt=receipt)
