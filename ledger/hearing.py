"""Gathers what judging a command needs from the store, in one round trip: the registers' news and who the people are.

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

from ledger.cases import Person
from ledger.codec import event_from
from ledger.lookup import identity_of
from ledger.registers import Registers
from ledger.rules.naming import name_in
from ledger.store import Recorder
from ledger.vault import ClassKey, Vault, binding, unseal

_NEWS, _KEY, _IDENTITY = 1, 2, 3
_HEARD = "SELECT * FROM ledger.heard(%b::bigint, %b::uuid[], %b::uuid[])"

Keys = dict[tuple[str, str], ClassKey]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """The registers with everything that is committed by now, the people asked for, and every stream's open keys.

    What is not known of a person, or was destroyed, is absent.
    """

    registers: Registers
    people: Mapping[UUID, Person]
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
        with self._recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            rows = cursor.execute(_HEARD, [position, list(streams), list(people)], prepare=True).fetchall()
        news = [row for row in rows if row[0] == _NEWS]
        if news:
            registers = registers.followed_by(event_from(row[2], row[3], orjson.loads(row[4])) for row in news)
            with self._reading:
                if news[-1][1] > self._known[0]:
                    self._known = (news[-1][1], registers)
        keys: dict[UUID, Keys] = {stream: {} for stream in streams}
        for _, _, _, _, _, _, stream, _, class_, part, wrapped, fingerprint in (row for row in rows if row[0] == _KEY):
            keys[stream][class_, part] = self._vault.unwrap(stream, class_, part, wrapped, fingerprint)
        known = _people(keys, (row for row in rows if row[0] == _IDENTITY))
        return Heard(registers=registers, people=known, keys=keys)


def _people(keys: Mapping[UUID, Keys], rows: Iterable[tuple[Any, ...]]) -> Mapping[UUID, Person]:
    records: dict[UUID, list[Mapping[str, Any]]] = {}
    for _, _, type_, _, _, id_, stream, version, class_, part, blob, _ in rows:
        key = keys[stream].get((class_, part))
        opened = orjson.loads(unseal(key, blob, binding(id_, stream, version, type_))) if key is not None else {}
        if isinstance(opened.get("values"), dict):
            records.setdefault(stream, []).append(opened["values"])
    return {stream: _person(said) for stream, said in records.items()}


def _person(records: Sequence[Mapping[str, Any]]) -> Person:
    born = identity_of(records).date_of_birth
    try:
        day = date.fromisoformat((born or "")[:10])
    except ValueError:
        day = None
    return Person(name=name_in(records), born=day)
