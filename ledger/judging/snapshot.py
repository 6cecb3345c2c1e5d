"""Reads what deciding and judging a command needs from the store: one round trip, one consistent snapshot.

Names and birth dates are unsealed here for comparison only and nobody is shown them, so no access is recorded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import tuple_row

from ledger.judging.case import Person
from ledger.log.codec import Entry
from ledger.names import name_in
from ledger.state.registers import Registers
from ledger.state.replay import event_of
from ledger.store.recorder import Recorder
from ledger.vault.keys import ClassKey, Vault, WrappedKey, binding, unseal
from ledger.vault.search_tokens import identity_of

_SNAPSHOT = "SELECT * FROM ledger.snapshot(%b::bigint, %b::uuid[], %b::uuid[])"
_KIND, _ENTRY, _KEY = 0, slice(1, 17), slice(17, 22)  # the columns of a row

Keys = dict[tuple[str, str], ClassKey]


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The registers with all that is committed, the people asked for, and the history and open keys of each stream.

    Data of a person that is not known or was destroyed is absent.
    """

    registers: Registers
    people: Mapping[UUID, Person]
    histories: Mapping[UUID, list[Entry]]
    keys: Mapping[UUID, Keys]


class SnapshotReader:
    """Reads snapshots. Caches the registers and reads only what was entered since; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault) -> None:
        self._recorder, self._vault = recorder, vault
        self._caching = threading.Lock()
        self._cached: tuple[int, Registers] = (0, Registers())

    def registers(self) -> tuple[int, Registers]:
        """The registers as they were read last, without asking the store, and the position of their last entry."""
        return self._cached

    def read(self, streams: Sequence[UUID], *, people: Sequence[UUID]) -> Snapshot:
        """The snapshot for a command about these streams, with who `people` are. Raises Tampered."""
        position, registers = self._cached
        new: list[Entry] = []
        keys: dict[UUID, Keys] = {stream: {} for stream in streams}
        histories: dict[UUID, list[Entry]] = {stream: [] for stream in streams}
        with self._recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(_SNAPSHOT, [position, list(keys), list(people)], prepare=True)
            for row in cursor:
                if row[_KIND] == "key":
                    key = WrappedKey(*row[_KEY])
                    keys[key.stream][key.class_, key.part] = self._vault.unwrap(*key)
                elif row[_KIND] == "history":
                    entry = Entry(*row[_ENTRY])
                    histories[entry.stream].append(entry)
                else:
                    new.append(Entry(*row[_ENTRY]))
        if new:
            registers = registers.followed_by(event_of(entry) for entry in new)
            with self._caching:
                if new[-1].position > self._cached[0]:
                    self._cached = (new[-1].position, registers)
        found = {stream: _person(_identity_records(histories[stream], keys[stream])) for stream in people}
        return Snapshot(registers=registers, people=found, histories=histories, keys=keys)


def _identity_records(history: Iterable[Entry], keys: Keys) -> list[Mapping[str, Any]]:
    """The sealed values of a person's entries whose keys still exist."""
    records = []
    for entry in history:
        key = keys.get((entry.class_ or "", entry.part))
        if entry.blob is not None and key is not None:
            opened = orjson.loads(unseal(key, entry.blob, binding(entry.id, entry.stream, entry.version, entry.type)))
            if isinstance(opened.get("values"), dict):
                records.append(opened["values"])
    return records


def _person(records: Sequence[Mapping[str, Any]]) -> Person:
    born = identity_of(records).date_of_birth
    try:
        day = date.fromisoformat((born or "")[:10])
    except ValueError:
        day = None
    return Person(name=name_in(records), born=day)
