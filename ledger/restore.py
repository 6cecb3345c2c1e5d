"""Destroys again what a restored backup brought back, by comparing the database's fences with the fence file.

Holds do not prevent this: the records were lawfully destroyed before and only the backup brought them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import orjson
from psycopg.rows import tuple_row

from ledger.caller import Caller
from ledger.events import RecordsDestroyed
from ledger.store.append_call import Batch, DestroyedClass
from ledger.store.recorder import Recorder
from ledger.vault.fences import Fence, FenceFile
from ledger.vault.keys import Vault
from ledger.vault.seal import Continuation, actor

Key = tuple[UUID, str, str]
"""Stream, class and part."""
_BY = Caller(role="records-manager", organisation="ledger", subject="fence file", operator=True)


def destroy_again(recorder: Recorder, vault: Vault, file: FenceFile, *, at: datetime) -> int:
    """Synchronise database and fence file: add missing fences to the file, destroy again what only the file lists.

    Returns how many classes and parts were destroyed again. Raises FenceFileUnwritable.
    """
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT stream, class, part FROM ledger.fence")
        here: set[Key] = {(row[0], row[1], row[2]) for row in cursor}
    noted: dict[Key, Fence] = {fence.key: fence for fence in file.fences()}
    if here - noted.keys():
        file.note(fences_of(recorder, here - noted.keys()))
    again: dict[UUID, list[Fence]] = {}
    for key in noted.keys() - here:
        again.setdefault(key[0], []).append(noted[key])
    return sum(_destroy_again(recorder, vault, stream, fences, at) for stream, fences in again.items())


def fences_of(recorder: Recorder, keys: Iterable[Key]) -> Iterator[Fence]:
    """The fences of these classes and parts, from the events that destroyed them."""
    wanted = set(keys)
    for stream in {stream for stream, _, _ in wanted}:
        for entry in recorder.history(stream):
            if entry.type == RecordsDestroyed.NAME:
                facts = orjson.loads(entry.facts)
                for destroyed in facts["destroyed"]:
                    fence = Fence(stream=stream, destroyed=destroyed, on=facts["on"], digest=facts["digest"])
                    if fence.key in wanted:
                        yield fence


def _destroy_again(recorder: Recorder, vault: Vault, stream: UUID, fences: Sequence[Fence], at: datetime) -> int:
    history = recorder.history(stream)
    if not history:
        return 0  # the backup is older than the customer: there is nothing to destroy
    made = RecordsDestroyed(
        destroyed=tuple(fence.destroyed for fence in fences),
        on=fences[0].on,
        digest=fences[0].digest,
        method="destroyed-again-after-a-backup-was-restored",
    )
    writing = Continuation(vault, stream, (history[-1].version, history[-1].leaf), dict)
    entry = writing.entry(uuid4(), made, occurred_at=at, recorded_at=at, actor=actor(vault, _BY))
    recorder.append(Batch(entries=[entry], destroys=[DestroyedClass(*fence.key) for fence in fences]))
    return len(fences)
