"""The lines in quarantine that came from one file, together: opened, read again and discarded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from api.casework import quarantine as casework
from api.casework.quarantine import QuarantineLine
from api.casework.runtime import Runtime
from api.dss.importer import import_again
from ledger.caller import KEEPERS, Caller
from ledger.errors import Malformed, NotAllowed, Refused
from ledger.events import Json
from ledger.store import quarantine
from ledger.store.quarantine import ENTRIES, RECORD

MOST_AT_ONCE = 500


class NothingOfThisFile(Refused):
    """No line of this file is in the quarantine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadAgain:
    """What became of the lines of a file that were read again; what is still refused waits as before."""

    file: str
    read: int
    recorded: int
    duplicates: int
    rejected: int

    def as_json(self) -> dict[str, Json]:
        """The result shape of the outside contract."""
        return {
            "file": self.file,
            "read": self.read,
            "recorded": self.recorded,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
        }


def lines_of(runtime: Runtime, by: Caller, *, source: str) -> list[QuarantineLine]:
    """The lines that wait of one file, or of one door that takes reports, in the order in which they stood there.

    Raises NothingOfThisFile and NotAllowed.
    """
    rows = _waiting(runtime, by, source=source)
    if not rows:
        raise NothingOfThisFile
    return sorted(rows, key=lambda row: row.line)


def _waiting(runtime: Runtime, by: Caller, *, source: str) -> list[QuarantineLine]:
    page = casework.listed(runtime, by, source=source, limit=MOST_AT_ONCE)
    rows = [*page.rows]
    while page.next is not None:
        page = casework.listed(runtime, by, source=source, after=page.next, limit=MOST_AT_ONCE)
        rows += page.rows
    return rows


def opened(runtime: Runtime, by: Caller, *, source: str) -> Iterator[bytes]:
    """What each line of a file says, once it is recorded that it is opened. Raises what `quarantine.opened` does."""
    for line in lines_of(runtime, by, source=source):
        yield casework.opened(runtime, line.id, by)


def discarded(runtime: Runtime, by: Caller, *, source: str, reason: str) -> int:
    """Discard every line of a file, each on the record; returns how many. Raises what `quarantine.discarded` does."""
    lines = lines_of(runtime, by, source=source)
    for line in lines:
        casework.discarded(runtime, line.id, by, reason=reason)
    return len(lines)


def read_again(runtime: Runtime, by: Caller, *, source: str) -> ReadAgain:
    """Record what can be recorded by now of a file's lines, as if they were sent again by whoever keeps them.

    Nobody is shown what they say. Raises NotAllowed, AnotherController and NothingOfThisFile.
    """
    if by.role not in KEEPERS:
        raise NotAllowed(f"The role {by.role} may not have read again what is in the quarantine.")
    lines = lines_of(runtime, by, source=source)
    for line in lines:
        casework.refuse_unless_theirs_to_keep(runtime, line.owner, by)
    if source in {ENTRIES, RECORD}:
        return _reported_again(runtime, by, source, lines)
    recorder, vault = runtime.ledger.recorder, runtime.ledger.vault
    read = recorded = 0
    for owner in sorted({line.owner for line in lines}):
        for collection, texts in quarantine.documents_of(recorder, vault, source=source, owner=owner).items():
            whose = Caller(role=by.role, organisation=owner, subject=by.subject, operator=by.operator)
            result = import_again(runtime.ledger, texts, name=source, collection=collection, by=whose)
            read, recorded = read + result.read, recorded + result.recorded
    # An import counts a line that it rejected before as a duplicate, so what still waits is counted here.
    rejected = len(_waiting(runtime, by, source=source))
    duplicates = max(0, read - recorded - rejected)
    return ReadAgain(file=source, read=read, recorded=recorded, duplicates=duplicates, rejected=rejected)


def _reported_again(runtime: Runtime, by: Caller, source: str, lines: list[QuarantineLine]) -> ReadAgain:
    recorded = duplicates = 0
    for line in lines:
        content = quarantine.opened(runtime.ledger.recorder, runtime.ledger.vault, line.id)
        try:
            receipt = runtime.ledger.record(_command(content or b""), by)
        except Refused:
            continue
        recorded, duplicates = recorded + (not receipt.repeated), duplicates + receipt.repeated
    rejected = len(lines) - recorded - duplicates
    return ReadAgain(file=source, read=len(lines), recorded=recorded, duplicates=duplicates, rejected=rejected)


def _command(content: bytes) -> dict[str, Json]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise Malformed from None
    if not isinstance(body, dict):
        raise Malformed
    return body
