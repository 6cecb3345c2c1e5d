"""Reads and unseals many streams at once, for imports, which decide on hundreds at a time.

Payloads are unsealed only to be compared with what arrives and are shown to nobody, so no access is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import tuple_row

from ledger.log.codec import Entry
from ledger.store.recorder import COLUMNS, Recorder
from ledger.vault.keys import ClassKey, Vault, binding, unseal


@dataclass(kw_only=True, slots=True)
class Held:
    """One stream: its entries in order, their unsealed payloads by version, and its data keys by class and part."""

    entries: list[Entry] = field(default_factory=list)
    payloads: dict[int, dict[str, Any]] = field(default_factory=dict)
    keys: dict[tuple[str, str], ClassKey] = field(default_factory=dict)


def existing(recorder: Recorder, streams: Iterable[UUID]) -> set[UUID]:
    """Which of these streams have entries."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            "SELECT stream FROM ledger.event WHERE stream = ANY (%b::uuid[]) AND version = 1",
            [list(streams)],
            prepare=True,
        )
        return {row[0] for row in cursor}


def held(recorder: Recorder, vault: Vault, streams: Sequence[UUID]) -> dict[UUID, Held]:
    """These streams with their payloads unsealed; destroyed ones are absent from `payloads`. Raises Tampered."""
    found: dict[UUID, Held] = {stream: Held() for stream in streams}
    with (
        recorder.connection() as connection,
        connection.transaction(),
        connection.cursor(row_factory=tuple_row, binary=True) as cursor,
    ):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(
            "SELECT stream, class, part, wrapped, fingerprint FROM ledger.class_key WHERE stream = ANY (%b::uuid[])",
            [list(streams)],
        )
        for stream, class_, part, wrapped, fingerprint in cursor:
            found[stream].keys[class_, part] = vault.unwrap(stream, class_, part, wrapped, fingerprint)
        cursor.execute(
            f"SELECT {COLUMNS}, s.blob, position FROM ledger.event LEFT JOIN ledger.sealed AS s USING (position)"  # noqa: S608
            " WHERE stream = ANY (%b::uuid[]) ORDER BY stream, version",
            [list(streams)],
        )
        for row in cursor:
            _take(found[row[1]], Entry(*row))
    return found


def _take(held: Held, entry: Entry) -> None:
    held.entries.append(entry._replace(blob=None))
    key = held.keys.get((entry.class_ or "", entry.part))
    if entry.blob is not None and key is not None:
        opened = unseal(key, entry.blob, binding(entry.id, entry.stream, entry.version, entry.type))
        held.payloads[entry.version] = orjson.loads(opened)


def document_digests(recorder: Recorder, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Event id to the digest of its document, for those that exist; None when the payload was destroyed."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            "SELECT e.id, e.stream, e.version, e.type, e.class, e.part, s.blob, k.wrapped, k.fingerprint"
            " FROM ledger.event AS e"
            " LEFT JOIN ledger.sealed AS s USING (position)"
            " LEFT JOIN ledger.class_key AS k ON k.stream = e.stream AND k.class = e.class AND k.part = e.part"
            " WHERE e.id = ANY (%b::uuid[])",
            [list(ids)],
        )
        found: dict[UUID, str | None] = {}
        for id_, stream, version, type_, class_, part, blob, wrapped, fingerprint in cursor:
            found[id_] = None
            if blob is not None and wrapped is not None:
                key = vault.unwrap(stream, class_, part, wrapped, fingerprint)
                found[id_] = orjson.loads(unseal(key, blob, binding(id_, stream, version, type_))).get("document")
        return found
