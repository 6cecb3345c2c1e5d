"""The sealed part of a stream: its keys, its payloads, and the search tokens that find it.

This module records no access: only `ledger.recording` calls it, after it recorded the access or to compare.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import tuple_row

from ledger.errors import KeyFileMissing, WrongKey
from ledger.events import Event
from ledger.log.codec import Entry
from ledger.store.readers import Readers, Reading, pads
from ledger.store.recorder import Recorder
from ledger.vault.keys import ClassKey, Vault, binding, unseal
from ledger.vault.seal import Continuation
from ledger.vault.search_tokens import IDENTITY_CLASSES, IDENTITY_COLLECTIONS, identity_of

Keys = dict[tuple[str, str], ClassKey]
"""The open keys of a stream, by class and part."""


_WANTED = b" AND (%s::text[] IS NULL OR e.class = ANY (%s::text[])) ORDER BY e.position"
_SEALED = (
    b"SELECT e.position, e.id, e.version, e.type, e.class, e.part, s.blob FROM ledger.event AS e"
    b" JOIN ledger.sealed AS s USING (position) WHERE e.stream = %s" + _WANTED
)
_READERS_SEALED = b"SELECT * FROM ledger.sealed_of(%s) AS e WHERE true" + _WANTED
_KEYS = b"SELECT class, part, wrapped, fingerprint FROM ledger.class_key WHERE stream = %s"
_READERS_KEYS = b"SELECT class, part, wrapped, fingerprint FROM ledger.keys_of(%s)"


class SealedRecords:
    """Unseals payloads and seals new ones; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault, readers: Readers) -> None:
        self._recorder, self._vault, self._readers = recorder, vault, readers

    def opened(
        self,
        stream: UUID,
        *,
        classes: Iterable[str] | None = None,
        reading: Reading | psycopg.Connection[Any] | None = None,
    ) -> dict[int, dict[str, Any]]:
        """The sealed fields of a stream by position of the entry; destroyed ones are absent. Raises Tampered.

        With a reading, or a connection that has begun one, of what the database lets that reader read: nothing for who
        may not; without, of everything, which only deciding and the operator's own checks need.
        """
        with self._source(reading) as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            keys = self._keys(cursor, stream, _KEYS if reading is None else _READERS_KEYS)
            wanted = None if classes is None else list(classes)
            cursor.execute(_SEALED if reading is None else _READERS_SEALED, [stream, wanted, wanted])
            opened = {}
            for position, id_, version, type_, class_, part, blob in cursor:
                key = keys.get((class_, part))
                if key is not None:
                    opened[position] = orjson.loads(unseal(key, blob, binding(id_, stream, version, type_)))
            return opened

    def _source(
        self, reading: Reading | psycopg.Connection[Any] | None
    ) -> AbstractContextManager[psycopg.Connection[Any]]:
        if reading is None:
            return self._recorder.connection()
        return self._readers.reading(reading) if isinstance(reading, Reading) else nullcontext(reading)

    def find(self, tokens: Sequence[bytes]) -> list[UUID]:
        """The customers that match every one of these blind search tokens."""
        with (
            self._recorder.connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as cursor,
        ):
            cursor.execute(
                "SELECT stream FROM ledger.lookup_token WHERE token = ANY (%s) GROUP BY stream"
                " HAVING count(*) = %s ORDER BY stream LIMIT 200",
                [list(tokens), len(tokens)],
            )
            return [row[0] for row in cursor]

    def continuation(self, stream: UUID, history: Sequence[Entry], keys: Keys | None = None) -> Continuation:
        """The continuation of a stream after its history; keys that are not given are read when needed."""

        def stored_keys() -> Keys:
            if keys is not None:
                return keys
            with (
                self._recorder.connection() as connection,
                connection.cursor(row_factory=tuple_row, binary=True) as cursor,
            ):
                return self._keys(cursor, stream)

        last = (history[-1].version, history[-1].leaf) if history else None
        return Continuation(self._vault, stream, last, stored_keys)

    def tokens_of(self, stream: UUID, history: Sequence[Entry], made: Sequence[Event]) -> list[bytes]:
        """New search tokens when an event names the person; birth date and postcode may come from earlier events."""
        if not any(
            event.NAME == "customer-registered" or getattr(event, "collection", None) in IDENTITY_COLLECTIONS
            for event in made
        ):
            return []
        payloads = self.opened(stream, classes=IDENTITY_CLASSES).values() if history else ()
        known: list[Mapping[str, Any]] = [payload["values"] for payload in payloads if "values" in payload]
        return self._vault.tokens(identity_of([*known, *(getattr(event, "values", None) or {} for event in made)]))

    def _keys(self, cursor: psycopg.Cursor[Any], stream: UUID, query: bytes = _KEYS) -> Keys:
        cursor.execute(query, [stream])
        return {(row[0], row[1]): self._vault.unwrap(stream, *row) for row in cursor.fetchall()}


_opening = threading.Lock()


def open_vault(connection: psycopg.Connection[Any], key_file: Path) -> Vault:
    """The vault. Creates the key file only for a ledger that never had one. Raises KeyFileMissing and WrongKey."""
    with _opening, connection.transaction(), connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger key check'))")
        row = cursor.execute("SELECT fingerprint FROM ledger.key_check").fetchone()
        if row is not None and not key_file.exists():
            raise KeyFileMissing
        vault = Vault.open(key_file, create=row is None)
        if row is None:
            cursor.execute("INSERT INTO ledger.key_check (fingerprint) VALUES (%s)", [vault.fingerprint])
        else:
            vault.check(bytes(row[0]))
        taken = cursor.execute("SELECT ledger.take_caller_key(%s, %s)", pads(vault.caller_key)).fetchone()
        if taken != (True,):
            raise WrongKey
        return vault
