"""Refused reports on their way to the quarantine: many of one sender are kept in one transaction."""

from __future__ import annotations

from uuid import UUID

from api.errors import slug_of
from ledger.caller import EVERYBODY, Caller
from ledger.errors import CommandReused, Malformed, Refused, UnregisteredOrganisation
from ledger.events import Json
from ledger.recording import Ledger
from ledger.store.quarantine import Report, keep_reports


class RefusedReports:
    """The refused lines of one sender that are kept: those that cannot be read, and those with the id of another."""

    def __init__(self, ledger: Ledger, by: Caller, *, source: str, longest_bytes: int) -> None:
        self._ledger, self._by = ledger, by
        self._source, self._longest_bytes = source, longest_bytes
        self._waiting: list[Report] = []
        self._kept: set[UUID] = set()

    def add(self, line: bytes, refused: Refused, body: dict[str, Json], *, number: int) -> UUID | None:
        """Take up a refused line, and return its id in the quarantine; None where nothing of it is to be kept.

        An auditor has nothing to report, so of theirs nothing is.
        """
        if not isinstance(refused, Malformed | CommandReused | UnregisteredOrganisation):
            return None
        if not line or len(line) > self._longest_bytes or self._by.role not in EVERYBODY:
            return None
        field = refused.evidence.get("field")
        report = Report.of(
            self._ledger.vault,
            line,
            source=self._source,
            line=number,
            reason=slug_of(type(refused)).replace("-", "_"),
            field=field if isinstance(field, str) else None,
            owner=self._by.organisation,
            command=None if isinstance(refused, CommandReused) else command_of(body),
            at=self._ledger.now(),
        )
        self._waiting.append(report)
        return report.id

    def before(self, body: dict[str, Json]) -> None:
        """Keep what waits under the id of a command first: recorded, the command takes it out of the quarantine."""
        command = command_of(body) if self._waiting else None
        if command is not None and any(report.command == command for report in self._waiting):
            self.keep()

    def keep(self) -> set[UUID]:
        """Keep what waits, and return the ids of all that is kept so far. Raises DatabaseUnreachable."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._kept |= keep_reports(self._ledger.recorder, self._ledger.vault, waiting, owner=self._by.organisation)
        return self._kept


def command_of(body: dict[str, Json]) -> UUID | None:
    """The id under which a corrected report would be recorded; None when there is none to be read."""
    try:
        return UUID(str(body.get("id")))
    except ValueError:
        return None
