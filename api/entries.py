"""Commands as they come through a door: one JSON object, or many as NDJSON, each with an outcome of its own.

A report that cannot be read, or uses the id of another, is refused and kept in the quarantine: nothing is dropped
(LEDG-07). So is the report of an organisation that is not registered: sent again when it is, it leaves the quarantine.
What the state of a record or the caller's role forbids was understood and answered, and is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

import orjson

from api.casework.attempts import notice
from api.errors import NotJson, as_problem, slug_of
from api.strict_json import doubled_key, key_of_half_a_character, shown
from ledger.caller import EVERYBODY, Caller
from ledger.errors import CommandReused, Malformed, Refused, UnregisteredOrganisation
from ledger.events import Json
from ledger.recording import Ledger
from ledger.store.quarantine import keep_report
from ledger.store.receipts import Receipt

LONGEST_LINE_BYTES = 1_048_576
LONGEST_BODY_BYTES = 8 * LONGEST_LINE_BYTES
"""What is longer is kept nowhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one line: a receipt, or the sentence that says why not."""

    line: int
    type: str
    receipt: Receipt | None = None
    refused: Refused | None = None
    quarantined: bool = False
    """Whether what was refused is kept in the quarantine."""

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
            "problem": as_problem(self.refused, quarantined=self.quarantined),
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


def record_one(ledger: Ledger, body: dict[str, Json], by: Caller, *, line: int = 1) -> Outcome:
    """Carry out one command and keep nothing of it when refused. Raises subclasses of Refused and Fault."""
    receipt = ledger.record(body, by)
    return Outcome(line=line, type=str(body["type"]), receipt=receipt)


def record_lines(
    ledger: Ledger,
    lines: Iterable[bytes],
    by: Caller,
    *,
    source: str,
    recorded: Callable[[Outcome], None] | None = None,
) -> Iterator[Outcome]:
    """The outcome of each line that is not blank, in order; a refusal does not stop the lines after it.

    A Fault does stop it, for it would stop every line: sending all lines again is safe, since command ids repeat.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        outcome = record_line(ledger, line, by, source=source, number=number, longest_bytes=LONGEST_LINE_BYTES)
        if recorded is not None:
            recorded(outcome)
        yield outcome


def record_line(
    ledger: Ledger, line: bytes, by: Caller, *, source: str, number: int = 1, longest_bytes: int = LONGEST_BODY_BYTES
) -> Outcome:
    """The outcome of one command in JSON; what is refused unread, or for its id, is in the quarantine. Raises Fault."""
    body: dict[str, Json] = {}
    try:
        if len(line) > longest_bytes:
            raise Malformed("The line is longer than one command can be.")
        body, doubled = read_leniently(line)
        if doubled is not None:
            return _recorded_before(ledger, body, doubled, line=number)
        return record_one(ledger, body, by, line=number)
    except Refused as refused:
        notice(ledger, refused, by, route=source, body=body)
        quarantined = isinstance(refused, Malformed | CommandReused | UnregisteredOrganisation) and _keep(
            ledger, line.strip(), by, refused, source=source, number=number, body=body
        )
        return Outcome(line=number, type=str(body.get("type", "unknown")), refused=refused, quarantined=quarantined)


def _recorded_before(ledger: Ledger, body: dict[str, Json], doubled: Malformed, *, line: int) -> Outcome:
    """The first receipt of a command that was recorded before keys named twice were refused. Raises Malformed."""
    receipt = ledger.answered_before(body)
    if receipt is None:
        raise doubled
    return Outcome(line=line, type=str(body["type"]), receipt=receipt)


def _keep(
    ledger: Ledger, line: bytes, by: Caller, refused: Refused, *, source: str, number: int, body: dict[str, Json]
) -> bool:
    """Keep a refused report, and tell whether it is kept: an auditor has nothing to report, so of theirs nothing is."""
    if not line or len(line) > LONGEST_BODY_BYTES or by.role not in EVERYBODY:
        return False
    field = refused.evidence.get("field")
    keep_report(
        ledger.recorder,
        ledger.vault,
        line,
        source=source,
        line=number,
        reason=slug_of(type(refused)).replace("-", "_"),
        field=field if isinstance(field, str) else None,
        owner=by.organisation,
        command=None if isinstance(refused, CommandReused) else _command_of(body),
        at=ledger.now(),
    )
    return True


def _command_of(body: dict[str, Json]) -> UUID | None:
    """The id under which a corrected report would be recorded; None when there is none to be read."""
    try:
        return UUID(str(body.get("id")))
    except ValueError:
        return None
