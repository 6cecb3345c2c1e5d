"""An invented world to try the ledger on: the earlier service's documents, and commands of what it leaves out.

The same number of customers, seed and day give the same bytes on any machine. It knows no database: `ledger import dss`
and `ledger record` take what it wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import IO, Any
from uuid import UUID

import orjson

from api.world import (
    breaches,
    casework,
    corrections,
    ended_contract,
    organisations,
    receipts,
    requests,
    sharing,
    twice,
)
from api.world.documents import advisers_of, papers_of
from api.world.people import Caseload, caseloads
from ledger.codes.dictionary import COLLECTIONS
from ledger.errors import Malformed, Refused

TODAY = date(2026, 11, 22)
FEED, COMMANDS = "feed.ndjson", "commands.ndjson"
MOST_CUSTOMERS = 10_000_000
_FLAGS = sorted(collection.flag for collection in COLLECTIONS.values() if collection.flag)
_TELLERS: tuple[Callable[[Caseload], Iterable[dict[str, Any]]], ...] = (
    casework.commands_of,
    sharing.commands_of,
    receipts.commands_of,
    corrections.commands_of,
    requests.commands_of,
    breaches.commands_of,
    ended_contract.commands_of,
    twice.commands_of,
)
_ADVISED_BY = ("Alex Counselton", "Kim Guideford")


class DirectoryNotEmpty(Refused):
    """The directory already holds files; name one that is empty or does not exist yet."""


class CannotWrite(Refused):
    """The directory cannot be written to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldWritten:
    """What was written and where; `shown` is the customer with the most shares, to look at first."""

    directory: Path
    customers: int
    seed: int
    today: date
    documents: int
    commands: int
    shown: UUID

    def as_json(self) -> dict[str, Any]:
        """The result as the command line prints it."""
        return {
            "directory": str(self.directory),
            "customers": self.customers,
            "seed": self.seed,
            "today": self.today.isoformat(),
            "documents": self.documents,
            "commands": self.commands,
            "shown": str(self.shown),
            "files": [FEED, COMMANDS],
        }


def write_world(
    directory: Path,
    *,
    customers: int,
    seed: int,
    today: date = TODAY,
    progress: Callable[[int, int], None] | None = None,
) -> WorldWritten:
    """Write feed.ndjson and commands.ndjson; one caseload is in memory at a time.

    Raises Malformed for a number of customers that is none, DirectoryNotEmpty, and CannotWrite.
    """
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise Malformed(f"The number of customers must be between 1 and {MOST_CUSTOMERS}.")
    _prepare(directory)
    try:
        with (directory / FEED).open("wb") as feed, (directory / COMMANDS).open("wb") as commands:
            writing = _Writing(feed, commands)
            writing.commands(_registers(seed, today))
            done = 0
            for load in caseloads(customers, seed, today):
                writing.caseload(load, seed)
                done += len(load.people)
                if progress is not None:
                    progress(done, customers)
    except OSError as failed:
        raise CannotWrite(f"The directory cannot be written to: {failed.strerror}.") from failed
    return WorldWritten(
        directory=directory,
        customers=customers,
        seed=seed,
        today=today,
        documents=writing.documents_written,
        commands=writing.commands_written,
        shown=writing.shown[1],
    )


def _registers(seed: int, today: date) -> list[dict[str, Any]]:
    made = [*organisations.commands(seed, today), *ended_contract.registers(seed, today)]
    before_today = (entry for entry in made if entry["occurred_at"] < today.isoformat())
    return sorted(before_today, key=itemgetter("occurred_at"))


def _prepare(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise DirectoryNotEmpty
    except OSError as failed:
        raise CannotWrite(f"The directory cannot be written to: {failed.strerror}.") from failed


class _Writing:
    """The two open files and what went into them."""

    def __init__(self, feed: IO[bytes], commands: IO[bytes]) -> None:
        self._feed, self._commands = feed, commands
        self._advisers: dict[str, list[UUID]] = {}
        self.documents_written = self.commands_written = 0
        self.shown: tuple[int, UUID] = (-1, UUID(int=0))

    def caseload(self, load: Caseload, seed: int) -> None:
        """Write all that is known of a caseload: its documents, then its commands, each in order of time."""
        versions = list(self._of_organisation(load, seed))
        for person in load.people:
            versions += papers_of(person, self._advisers[load.organisation]).versions
        for _, collection, document in sorted(versions, key=itemgetter(0)):
            self._document(collection, document)
        commands = [command for told_of in _TELLERS for command in told_of(load)]
        self._choose_shown_customer(commands)
        self.commands(sorted(commands, key=itemgetter("occurred_at")))

    def commands(self, commands: Iterable[dict[str, Any]]) -> None:
        for command in commands:
            self._commands.write(orjson.dumps(command) + b"\n")
            self.commands_written += 1

    def _of_organisation(self, load: Caseload, seed: int) -> list[tuple[datetime, str, dict[str, Any]]]:
        if load.organisation in self._advisers:
            return []
        since = datetime.combine(load.today, time(9), UTC) - timedelta(days=3_600)
        papers, numbers = advisers_of(
            Random(f"advisers {seed} {load.organisation}"), load.organisation, since, [*_ADVISED_BY]
        )
        self._advisers[load.organisation] = numbers
        return papers.versions

    def _document(self, collection: str, document: dict[str, Any]) -> None:
        flag = COLLECTIONS[collection].flag
        self._feed.write(orjson.dumps({"Document": document, **{name: name == flag for name in _FLAGS}}) + b"\n")
        self.documents_written += 1

    def _choose_shown_customer(self, commands: Iterable[dict[str, Any]]) -> None:
        tally: dict[str, int] = {}
        for command in commands:
            if command["type"] in {"share-data", "receive-data"}:
                for person in command.get("customers", [command]):
                    tally[person["customer_id"]] = tally.get(person["customer_id"], 0) + 1
        for customer, count in tally.items():
            if count > self.shown[0]:
                self.shown = (count, UUID(customer))
