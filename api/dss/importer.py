"""Imports DSS documents: reads all lines, groups them by customer, then settles and appends each customer's lines.

All lines are read first, because a session may come before its customer and a version before its predecessor. Bulks of
a few thousand rows are committed at a time: an interrupted import has recorded some customers completely and the others
not at all, and running it again completes it. This file contains no SQL.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

from api.dss.builder import Begun, Building, From, Portion, Work, collecting_seldom, record_of
from api.dss.checks import Problem, is_guid
from api.dss.organisations import seed
from api.dss.outcome import ImportResult, Reject, Tally
from api.dss.reader import HeldTexts, Line, Source, read_line
from api.dss.spool import Spool
from api.dss.versions import derived_id
from api.dss.workers import Workers
from api.incoming import Numbered
from ledger.caller import Caller
from ledger.errors import Fault
from ledger.recording import Ledger
from ledger.store.bulk import Bulk
from ledger.store.quarantine import is_empty, listed_since
from ledger.vault.seal import actor

LINES_IN_A_BULK = 2_000
LINES_WORTH_PROCESSES = 10_000  # a process takes as long to start as one takes to record some thousand lines
MOST_PROCESSES = 4  # beyond that they wait for each other at the head of the ledger
_SPOOL_BYTES = 32 * 2**20
_KEY_BYTES = 16

Progress = Callable[[int, int | None, str], None]
"""Called with the bytes done, the total bytes if known, and the phase: "reading" or "recording"."""


class ImportStopped(Fault):
    """The import stopped; what it recorded stays, and the same import again completes it."""

    def __init__(self, fault: Fault, result: ImportResult) -> None:
        super().__init__(
            f"{fault.sentence} The import stopped with at least {result.settled} of {result.read} lines settled; what"
            " was recorded stays, and the same import again completes it."
        )
        self.result = result


def import_documents(
    ledger: Ledger,
    paths: Sequence[str],
    *,
    by: Caller,
    collection: str | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
) -> ImportResult:
    """Import files of documents, `-` being standard input; `collection` says what they hold where their names do not.

    A large import is recorded by as many processes as there are processors, and no more than four; they go by the
    machine's clock. Raises FileUnreadable, NotNdjson and UnknownCollection before anything is recorded, and
    ImportStopped.
    """
    sources = [Source(path, collection=collection) for path in paths]
    count = min(MOST_PROCESSES, _processors()) if processes is None else processes
    with collecting_seldom(), _Import(ledger, sources, by=by, progress=progress, processes=count) as importing:
        importing.read()
        try:
            seed(ledger)
            importing.record()
        except Fault as fault:
            raise ImportStopped(fault, importing.result) from fault
    return importing.result


def import_again(
    ledger: Ledger, texts: Sequence[Numbered], *, name: str, collection: str | None, by: Caller
) -> ImportResult:
    """Import lines that were rejected before; what is accepted leaves the quarantine. Raises ImportStopped."""
    held = HeldTexts(texts, name=name, collection=collection)
    with collecting_seldom(), _Import(ledger, [held], by=by, progress=None, processes=1) as importing:
        importing.read()
        try:
            importing.record()
        except Fault as fault:
            raise ImportStopped(fault, importing.result) from fault
    return importing.result


def rejects_of(ledger: Ledger, result: ImportResult) -> Iterator[Reject]:
    """Every line an import rejected, however many, by file and line."""
    return (Reject(*listed) for listed in listed_since(ledger.recorder, result.started_at))


def finished_bulks(ledger: Ledger, paths: Sequence[str], *, by: Caller) -> Iterator[Bulk[Work]]:
    """What an import of these files would append to an empty ledger; nothing is appended: to measure either alone."""
    sources = [Source(path) for path in paths]
    with collecting_seldom(), _Import(ledger, sources, by=by, progress=None, processes=1) as importing:
        importing.read()
        yield from importing.bulks()


class _Import:
    def __init__(
        self,
        ledger: Ledger,
        sources: Sequence[Source | HeldTexts],
        *,
        by: Caller,
        progress: Progress | None,
        processes: int,
    ) -> None:
        self._ledger, self._sources = ledger, sources
        self._progress = progress or (lambda *_: None)
        self._spooled_bytes = self._settled_bytes = 0
        self._begun = Begun(
            actor=actor(ledger.vault, by),
            owner=by.organisation,
            files=tuple(From(source.name, source.collection.name if source.collection else None) for source in sources),
            nothing_quarantined=is_empty(ledger.recorder),
        )
        directory = Path(tempfile.gettempdir())
        # Documents about nobody in particular are settled first, because customers' documents refer to advisers.
        self._apart = Spool(directory=directory, limit_bytes=_SPOOL_BYTES // 4)
        self._customers = Spool(directory=directory, limit_bytes=_SPOOL_BYTES)
        self._workers = Workers(processes) if processes > 1 else None
        self.result = ImportResult(started_at=ledger.now())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._apart.__exit__(kind, error, trace)
        self._customers.__exit__(kind, error, trace)
        if self._workers is not None:
            self._workers.stop()

    def read(self) -> None:
        """Put every line of every file into the spools; nothing is recorded if one of them cannot be read."""
        sizes = [source.size_bytes for source in self._sources]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        done = 0
        for index, source in enumerate(self._sources):
            with source:
                for number, raw in source:
                    self._spool(index, number, raw)
                    if not self.result.read % 5_000:
                        self._progress(done + source.read_bytes, total, "reading")
                done += source.read_bytes
        self._progress(done, total, "reading")

    def _spool(self, index: int, number: int, raw: bytes) -> None:
        source = self._sources[index]
        line = read_line(raw, file=source.name, number=number, collection=source.collection)
        key, spool = _key(raw, line), self._apart
        if isinstance(line, Line) and line.collection.has_customer:
            spool = self._customers
        self.result.read += 1
        self._spooled_bytes += len(raw)
        spool.add(key, key + record_of(index, number, raw, line))
        if self.result.read == LINES_WORTH_PROCESSES and self._workers is not None and self._ledger.opening is not None:
            self._workers.start(self._ledger.opening, self._begun)  # they get ready while the rest is read

    def record(self) -> None:
        """Settle and append everything that was read."""
        building = Building(self._ledger, self._begun)
        self._count(building.record(_portions(self._apart)))
        if self._workers is not None and self._workers.started:
            self._count(self._workers.record(_portions(self._customers)))
        else:
            self._count(building.record(_portions(self._customers)))

    def _count(self, tallies: Iterator[Tally]) -> None:
        for tally in tallies:
            self.result.add(tally)
            self._settled_bytes += tally.read_bytes
            self._progress(self._settled_bytes, self._spooled_bytes, "recording")

    def bulks(self) -> Iterator[Bulk[Work]]:
        """What `record` appends, not appended."""
        building = Building(self._ledger, self._begun)
        for spool in (self._apart, self._customers):
            yield from map(building.bulk, _portions(spool))


def _processors() -> int:
    """The number of processors this process may use; in a container, fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _key(raw: bytes, line: Line | Problem) -> bytes:
    if isinstance(line, Problem):
        return blake2b(raw, digest_size=_KEY_BYTES).digest()
    if not line.collection.has_customer:
        return derived_id(line.collection.name, line.id).bytes
    if line.customer is not None and is_guid(line.customer):
        return bytes.fromhex(line.customer.replace("-", ""))
    return blake2b(line.id.encode(), digest_size=_KEY_BYTES).digest()


def _portions(spool: Spool) -> Iterator[Portion]:
    """What is appended at a time: whole customers, a few thousand lines of them."""
    for records in spool:
        jobs: dict[bytes, list[bytes]] = {}
        for record in records:
            jobs.setdefault(record[:_KEY_BYTES], []).append(record[_KEY_BYTES:])
        records.clear()
        yield from _in_batches(jobs)


def _in_batches(jobs: dict[bytes, list[bytes]]) -> Iterator[list[list[bytes]]]:
    some: list[list[bytes]] = []
    lines = 0
    while jobs:
        _, job = jobs.popitem()
        some.append(job)
        lines += len(job)
        if lines >= LINES_IN_A_BULK:
            yield some
            some, lines = [], 0
    if some:
        yield some
