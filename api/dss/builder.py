"""Turns portions of an import (whole customers, a few thousand lines) into bulks of entries and appends them.

Its input is records of the spool; it knows no file and no process. An import runs it in its own process or in several,
each with a ledger of its own. This file contains no SQL.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from uuid import UUID

from api.dss.checks import Problem, guid_of, stands_for_nothing
from api.dss.outcome import Tally
from api.dss.reader import Line, read_again, read_line
from api.dss.settlement import Delivered, Settled, Surroundings, quarantine_ids, settle
from api.dss.spool import pack, unpack
from api.dss.versions import derived_id
from ledger.codes.dictionary import COLLECTIONS
from ledger.errors import ConcurrentChange, Fault
from ledger.recording import ATTEMPTS, Ledger
from ledger.store.append_call import SearchToken
from ledger.store.bulk import Bulk, append_many
from ledger.store.holdings import Held, document_digests, existing, held
from ledger.store.quarantine import Recognised, recognise

_KINDS = tuple(COLLECTIONS.values())
_KIND_OF = {collection.name: kind for kind, collection in enumerate(_KINDS)}
_UNIDENTIFIED = 255
# Advisers are the only parents that are kept in no customer's stream, so they are looked up before a line is parsed;
# a text that only looks like this asks for one adviser more.
_named_advisers = re.compile(rb'"AdviserDetailsId"\s*:\s*"([^"\\]{32,45})"').findall

Portion: TypeAlias = list[list[bytes]]
"""A list per customer of their spool records, or per document that belongs to no customer."""


class From(NamedTuple):
    """Where lines came from: the file's name, and the collection of its documents unless each line says it."""

    name: str
    collection: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """The fixed inputs of recording, which are also sent to worker processes."""

    actor: str
    owner: str
    files: tuple[From, ...]
    nothing_quarantined: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """The origin of a bulk: the records of its customers, and the tally of their lines."""

    jobs: Portion
    tally: Tally = field(default_factory=Tally)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Collect garbage rarely: documents contain no cycles, and looking for them takes an eighth of an import's time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def record_of(file: int, number: int, raw: bytes, read: Line | Problem) -> bytes:
    """The spool record of a line, prefixed with the collection that was identified."""
    kind = _UNIDENTIFIED if isinstance(read, Problem) else _KIND_OF[read.collection.name]
    return bytes((kind,)) + pack(file, number, raw)


class Building:
    """Decides what to append for portions of an import, given what the ledger already holds."""

    def __init__(self, ledger: Ledger, begun: Begun) -> None:
        self._ledger, self._begun = ledger, begun
        self._advisers: dict[str, bool] = {}

    def record(self, portions: Iterable[Portion]) -> Iterator[Tally]:
        """Append each portion as one transaction, and yield its tally once it is committed."""
        for bulk, appended in append_many(self._ledger.recorder, map(self.bulk, portions)):
            settled = bulk if appended is not None else self._decided_again(bulk)
            yield settled.origin.tally

    def _decided_again(self, bulk: Bulk[Work]) -> Bulk[Work]:
        """Decide again after a conflict: another writer appended to a stream, or an event id exists elsewhere.

        Raises Fault after ATTEMPTS conflicts.
        """
        for _ in range(ATTEMPTS):
            again = self.bulk(bulk.origin.jobs, closely=True)
            for _, appended in append_many(self._ledger.recorder, [again]):
                if appended is not None:
                    return again
        raise Fault(ConcurrentChange().sentence)

    def bulk(self, jobs: Portion, *, closely: bool = False) -> Bulk[Work]:
        """The bulk to append for a portion. `closely` also looks up event ids in other streams."""
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
        source = self._begun.files[file]
        if record[0] == _UNIDENTIFIED:
            collection = COLLECTIONS[source.collection] if source.collection else None
            read: Line | Problem = read_line(raw, file=source.name, number=number, collection=collection)
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
            entry.id: stream_held.payloads.get(entry.version, {}).get("document")
            for stream_held in opened.values() for entry in stream_held.entries
        }  # fmt: skip
        quarantine: dict[UUID, Recognised] = {}
        if closely or not self._begun.nothing_quarantined:
            ids = [quarantine_ids(self._delivered(record)) for job in jobs for record in job]
            quarantine = recognise(recorder, [id_ for stream_held in ids for id_ in stream_held])
            recorded |= document_digests(recorder, vault, [stream_held[0] for stream_held in ids]) if closely else {}
        around = Surroundings(
            vault=vault, actor=self._begun.actor, owner=self._begun.owner, at=self._ledger.now(),
            advisers=self._known_advisers(jobs), quarantine=quarantine, recorded=recorded,
        )  # fmt: skip
        return around, opened

    def _known_advisers(self, jobs: Iterable[list[bytes]]) -> set[str]:
        named = {
            adviser for job in jobs for record in job
            if b'"AdviserDetailsId"' in record for text in _named_advisers(record)
            if (adviser := guid_of(text.decode(errors="replace"))) is not None
        }  # fmt: skip
        if unasked := [adviser for adviser in named if adviser not in self._advisers]:
            if len(self._advisers) > 50_000:  # the service has a few thousand advisers; bad input must not fill memory
                self._advisers.clear()
                unasked = list(named)
            streams = {derived_id("adviserdetails", adviser): adviser for adviser in unasked}
            found = existing(self._ledger.recorder, streams)
            self._advisers |= {adviser: stream in found for stream, adviser in streams.items()}
        return {adviser for adviser in named if self._advisers[adviser]}


def _stream(first: Delivered) -> UUID | None:
    """The stream of a job's lines; None when they name no customer, so that none of them can be accepted."""
    line = first.read
    if isinstance(line, Problem):
        return None
    if not line.collection.has_customer:
        return derived_id(line.collection.name, line.id)
    customer = guid_of(line.customer)
    return None if customer is None or stands_for_nothing(customer) else UUID(customer)


def _take(bulk: Bulk[Work], settled: Settled) -> None:
    if settled.writing is not None:
        writing = settled.writing
        bulk.entries += writing.entries
        bulk.keys += writing.new_keys
        bulk.tokens += [SearchToken(writing.stream, token) for token in writing.tokens]
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
