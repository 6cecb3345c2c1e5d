"""Imports DSS documents: reads every line, groups them by customer, settles each customer's and has them appended.

Reading comes first and altogether, because a session may stand before its customer and a version before its
predecessor. What is appended is committed a few thousand rows at a time, so an import that is cut short has recorded
some customers wholly and the others not at all, and the same import again completes it. This file speaks no SQL.
"""

from __future__ import annotations

import gc
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Self
from uuid import UUID

from api.dss.checking import Problem, is_guid
from api.dss.dictionary import COLLECTIONS
from api.dss.outcome import ImportResult, Reject, Tally
from api.dss.reading import Line, Source, read_again, read_line
from api.dss.seeding import seed
from api.dss.settling import Delivered, Settled, Surroundings, quarantine_ids, settle
from api.dss.spool import Spool, pack, unpack
from api.dss.versions import derived_id
from ledger.bulk import Bulk, append_many
from ledger.decisions import Caller
from ledger.errors import ConcurrentChange, Fault
from ledger.holdings import Held, document_digests, existing, held
from ledger.quarantine import Recognised, is_empty, listed_since, recognise
from ledger.recording import ATTEMPTS, Ledger, actor

LINES_IN_A_BULK = 4_000
_SPOOL_BYTES = 32 * 2**20
_KEY_BYTES = 16
_KINDS = tuple(COLLECTIONS.values())
_KIND_OF = {each.name: kind for kind, each in enumerate(_KINDS)}
_UNIDENTIFIED = 255
# Advisers are the only parents that are kept in no customer's stream, so they are looked up before a line is parsed;
# a text that only looks like this asks for one adviser more.
_named_advisers = re.compile(rb'"AdviserDetailsId"\s*:\s*"([0-9a-fA-F-]{36})"').findall

Progress = Callable[[int, int | None, str], None]
"""Called with the bytes done, the bytes in all if known, and what is going on: reading or recording."""


class ImportStopped(Fault):
    """The import stopped; what it recorded stays, and the same import again completes it."""

    def __init__(self, fault: Fault, result: ImportResult) -> None:
        super().__init__(
            f"{fault.sentence} The import stopped with {result.settled} of {result.read} lines settled; what was"
            " recorded stays, and the same import again completes it."
        )
        self.result = result


def import_documents(
    ledger: Ledger,
    paths: Sequence[str],
    *,
    by: Caller,
    collection: str | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import files of documents, `-` being standard input; `collection` says what they hold where their names do not.

    Raises FileUnreadable, NotNdjson and UnknownCollection before anything is recorded, and ImportStopped.
    """
    importing = _Import(ledger, by, progress)
    with _collecting_seldom(), importing.read(paths, collection) as spooled:
        try:
            seed(ledger)
            importing.record(spooled)
        except Fault as fault:
            raise ImportStopped(fault, importing.result) from fault
    return importing.result


def rejects_of(ledger: Ledger, result: ImportResult) -> Iterator[Reject]:
    """Every line an import rejected, however many, by file and line."""
    return (Reject(*listed) for listed in listed_since(ledger.recorder, result.started_at))


def finished_bulks(ledger: Ledger, paths: Sequence[str], *, by: Caller) -> Iterator[Bulk[Work]]:
    """What an import of these files would append to an empty ledger; nothing is appended: to measure either alone."""
    importing = _Import(ledger, by, None)
    with _collecting_seldom(), importing.read(paths, None) as spooled:
        for spool in spooled:
            yield from importing.bulks(spool)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Documents hold no cycles, and looking for some among them takes an eighth of an import's time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What a bulk was made of: the records of each customer in it, and what became of their lines."""

    jobs: list[list[bytes]]
    tally: Tally = field(default_factory=Tally)


class _Spooled:
    """Documents about nobody in particular, which are settled first, because customers' documents refer to advisers."""

    def __init__(self) -> None:
        directory = Path(tempfile.gettempdir())
        self.apart = Spool(directory=directory, limit_bytes=_SPOOL_BYTES // 4)
        self.customers = Spool(directory=directory, limit_bytes=_SPOOL_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.apart.__exit__(None, None, None)
        self.customers.__exit__(None, None, None)

    def __iter__(self) -> Iterator[Spool]:
        return iter((self.apart, self.customers))


class _Import:
    def __init__(self, ledger: Ledger, by: Caller, progress: Progress | None) -> None:
        self._ledger, self._actor = ledger, actor(ledger.vault, by)
        self._progress = progress or (lambda *_: None)
        self._sources: list[Source] = []
        self._spooled_bytes = self._settled_bytes = 0
        self._nothing_quarantined = is_empty(ledger.recorder)
        self._advisers: dict[str, bool] = {}
        self.result = ImportResult(started_at=ledger.now())

    def read(self, paths: Sequence[str], collection: str | None) -> _Spooled:
        """Put every line of every file into the spools; nothing is recorded if one of them cannot be read."""
        self._sources = [Source(path, collection=collection) for path in paths]
        sizes = [source.size_bytes for source in self._sources]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        spooled = _Spooled()
        try:
            done = 0
            for index, source in enumerate(self._sources):
                with source:
                    for number, raw in source:
                        self._spool(spooled, index, number, raw)
                        if not self.result.read % 5_000:
                            self._progress(done + source.read_bytes, total, "reading")
                    done += source.read_bytes
            self._progress(done, total, "reading")
        except BaseException:
            spooled.__exit__()
            raise
        return spooled

    def _spool(self, spooled: _Spooled, index: int, number: int, raw: bytes) -> None:
        source = self._sources[index]
        line = read_line(raw, file=source.name, number=number, collection=source.collection)
        key, spool = _key(raw, line), spooled.apart
        if isinstance(line, Line) and line.collection.has_customer:
            spool = spooled.customers
        self.result.read += 1
        self._spooled_bytes += len(raw)
        kind = _UNIDENTIFIED if isinstance(line, Problem) else _KIND_OF[line.collection.name]
        spool.add(key, key + bytes((kind,)) + pack(index, number, raw))

    def record(self, spooled: _Spooled) -> None:
        """Settle and append everything that was read."""
        for spool in spooled:
            for bulk, appended in append_many(self._ledger.recorder, self.bulks(spool)):
                settled = bulk if appended is not None else self._decided_again(bulk)
                self.result.add(settled.origin.tally)
                self._settled_bytes += settled.origin.tally.read_bytes
                self._progress(self._settled_bytes, self._spooled_bytes, "recording")

    def _decided_again(self, bulk: Bulk[Work]) -> Bulk[Work]:
        """A stream has moved, or somebody else's document has the same number and tag: look at everything closely."""
        for _ in range(ATTEMPTS):
            again = self._bulk(bulk.origin.jobs, closely=True)
            for _, appended in append_many(self._ledger.recorder, [again]):
                if appended is not None:
                    return again
        raise Fault(ConcurrentChange().sentence)

    def bulks(self, spool: Spool) -> Iterator[Bulk[Work]]:
        """What is appended at a time: whole customers, a few thousand lines of them."""
        for records in spool:
            jobs: dict[bytes, list[bytes]] = {}
            for record in records:
                jobs.setdefault(record[:_KEY_BYTES], []).append(record[_KEY_BYTES:])
            records.clear()
            for some in _in_batches(jobs):
                yield self._bulk(some)

    def _bulk(self, jobs: list[list[bytes]], *, closely: bool = False) -> Bulk[Work]:
        streams = [_stream(self._delivered(job[0])) for job in jobs]
        around, known = self._surroundings(jobs, streams, closely=closely)
        bulk = Bulk(origin=Work(jobs=jobs))
        for stream, job in zip(streams, jobs, strict=True):
            # Parsed one customer at a time: what is at hand stays small enough for the processor's cache.
            lines = [self._delivered(record) for record in job]
            _take(bulk, settle(stream, lines, known.get(stream) if stream else None, around))
        return bulk

    def _delivered(self, record: bytes) -> Delivered:
        file, number, raw = unpack(record[1:])
        source = self._sources[file]
        if record[0] == _UNIDENTIFIED:
            read: Line | Problem = read_line(raw, file=source.name, number=number, collection=source.collection)
        else:
            read = read_again(raw, file=source.name, number=number, collection=_KINDS[record[0]])
        return Delivered(file, source.name, number, raw, read)

    def _surroundings(
        self, jobs: list[list[bytes]], streams: list[UUID | None], *, closely: bool
    ) -> tuple[Surroundings, dict[UUID, Held]]:
        recorder, vault = self._ledger.recorder, self._ledger.vault
        known = existing(recorder, [stream for stream in streams if stream is not None])
        opened = held(recorder, vault, list(known)) if known else {}
        recorded = {
            entry.id: each.payloads.get(entry.version, {}).get("document")
            for each in opened.values() for entry in each.entries
        }  # fmt: skip
        quarantine: dict[UUID, Recognised] = {}
        if closely or not self._nothing_quarantined:
            ids = [quarantine_ids(self._delivered(record)) for job in jobs for record in job]
            quarantine = recognise(recorder, [id_ for each in ids for id_ in each])
            recorded |= document_digests(recorder, vault, [each[0] for each in ids]) if closely else {}
        around = Surroundings(
            vault=vault, actor=self._actor, at=self._ledger.now(), advisers=self._known_advisers(jobs),
            quarantine=quarantine, recorded=recorded,
        )  # fmt: skip
        return around, opened

    def _known_advisers(self, jobs: Iterable[list[bytes]]) -> set[str]:
        named = {
            adviser.decode().lower() for job in jobs for record in job
            if b'"AdviserDetailsId"' in record for adviser in _named_advisers(record)
        }  # fmt: skip
        if unasked := [adviser for adviser in named if adviser not in self._advisers]:
            if len(self._advisers) > 50_000:  # a few thousand people work for the service; a flood of ids is not them
                self._advisers.clear()
                unasked = list(named)
            streams = {derived_id("adviserdetails", adviser): adviser for adviser in unasked}
            found = existing(self._ledger.recorder, streams)
            self._advisers |= {adviser: stream in found for stream, adviser in streams.items()}
        return {adviser for adviser in named if self._advisers[adviser]}


def _key(raw: bytes, line: Line | Problem) -> bytes:
    if isinstance(line, Problem):
        return blake2b(raw, digest_size=_KEY_BYTES).digest()
    if not line.collection.has_customer:
        return derived_id(line.collection.name, line.id).bytes
    if line.customer is not None and is_guid(line.customer):
        return bytes.fromhex(line.customer.replace("-", ""))
    return blake2b(line.id.encode(), digest_size=_KEY_BYTES).digest()


def _stream(first: Delivered) -> UUID | None:
    """The stream that all of a job's lines belong to; None when they name nobody, and none of them can be accepted."""
    line = first.read
    if isinstance(line, Problem):
        return None
    if not line.collection.has_customer:
        return derived_id(line.collection.name, line.id)
    return UUID(line.customer) if line.customer is not None and is_guid(line.customer) else None


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


def _take(bulk: Bulk[Work], settled: Settled) -> None:
    if settled.writing is not None:
        writing = settled.writing
        bulk.entries += writing.entries
        bulk.keys += writing.new_keys
        bulk.tokens += [(writing.stream, token) for token in writing.tokens]
        if writing.continues is not None:
            bulk.continues[writing.stream] = writing.continues
    bulk.quarantined += settled.quarantined
    bulk.released += settled.released
    _add(bulk.origin.tally, settled.tally)


def _add(tally: Tally, more: Tally) -> None:
    tally.recorded += more.recorded
    tally.duplicates += more.duplicates
    tally.events += more.events
    tally.read_bytes += more.read_bytes
    tally.rejects += more.rejects
    tally.warned += more.warned
