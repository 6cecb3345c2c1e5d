"""Gathers what deciding and judging a command needs from the store, in one round trip and so of one moment.

Names and birth dates are opened here to be compared and go to nobody, so no access is recorded and nothing is kept.
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
class Heard:
    """The registers with all that is committed by now, the people asked for, every stream's history and open keys.

    What is not known of a person, or was destroyed, is absent.
    """

    registers: Registers
    people: Mapping[UUID, Person]
    histories: Mapping[UUID, list[Entry]]
    keys: Mapping[UUID, Keys]


class Registrar:
    """The registers as last read and whatever was entered since; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault) -> None:
        self._recorder, self._vault = recorder, vault
        self._reading = threading.Lock()
        self._known: tuple[int, Registers] = (0, Registers())

    def heard(self, streams: Sequence[UUID], *, people: Sequence[UUID]) -> Heard:
        """What judging a command about these streams needs, and who these people are. Raises Tampered."""
        position, registers = self._known
        news: list[Entry] = []
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
                    news.append(Entry(*row[_ENTRY]))
        if news:
            registers = registers.followed_by(event_of(one) for one in news)
            with self._reading:
                if news[-1].position > self._known[0]:
                    self._known = (news[-1].position, registers)
        known = {stream: _person(_said(histories[stream], keys[stream])) for stream in people}
        return Heard(registers=registers, people=known, histories=histories, keys=keys)


def _said(history: Iterable[Entry], keys: Keys) -> list[Mapping[str, Any]]:
    """What was said about who a person is, where it was sealed and its key is there still."""
    said = []
    for one in history:
        key = keys.get((one.class_ or "", one.part))
        if one.blob is not None and key is not None:
            opened = orjson.loads(unseal(key, one.blob, binding(one.id, one.stream, one.version, one.type)))
            if isinstance(opened.get("values"), dict):
                said.append(opened["values"])
    return said


def _person(records: Sequence[Mapping[str, Any]]) -> Person:
    born = identity_of(records).date_of_birth
    try:
        day = date.fromisoformat((born or "")[:10])
    except ValueError:
        day = None
    return Person(name=name_in(records), born=day)
