"""Batches as the write path makes them, for tests that stand below it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from ledger.events import ConsentRefused, Event
from ledger.log.codec import Entry, make_entry
from ledger.store.append_call import Batch

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def entry(
    stream: uuid.UUID,
    version: int,
    after: Entry | None = None,
    *,
    event: Event | None = None,
    blob: bytes | None = None,
) -> Entry:
    """One entry; the blob is taken as sealed already."""
    return make_entry(
        event or ConsentRefused(scope="market_research"),
        id_=uuid.uuid4(), stream=stream, version=version, previous=after.leaf if after else None,
        occurred_at=AT, recorded_at=AT, actor="case-worker@0000000101/0123456789abcdef", blob=blob,
    )  # fmt: skip


def chain(stream: uuid.UUID, versions: Sequence[int]) -> list[Entry]:
    """Entries of these versions, each following the one before it."""
    made: list[Entry] = []
    for version in versions:
        made.append(entry(stream, version, made[-1] if made else None))
    return made


def batch(*entries: Entry, command: uuid.UUID | None = None) -> Batch:
    """A batch of these entries, or of the first entry of a new stream."""
    return Batch(
        entries=entries or [entry(uuid.uuid4(), 1)], command=command or uuid.uuid4(), digest=hashlib.sha256().digest()
    )
