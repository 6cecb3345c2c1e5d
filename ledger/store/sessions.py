"""Sessions of the pages as the database keeps them: by the digest of their secret, with an encrypted caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import tuple_row

from ledger.store.recorder import Recorder


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSession:
    """A session as it is stored; `digest` is the SHA-256 of the cookie, `blob` the encrypted caller."""

    digest: bytes
    id: UUID
    role: str
    organisation: str
    began_at: datetime
    ends_at: datetime
    blob: bytes


class ListedSession(NamedTuple):
    """A session without whose it is."""

    id: UUID
    role: str
    organisation: str
    began_at: datetime
    used_at: datetime
    ends_at: datetime


class FoundSession(NamedTuple):
    """What a cookie leads to."""

    used_at: datetime
    blob: bytes


def begin(recorder: Recorder, session: StoredSession, *, idle_since: datetime) -> None:
    """Keep a new session, and delete those that ended by now or were last used at or before `idle_since`."""
    with recorder.connection() as connection, connection.transaction():
        connection.execute(
            "DELETE FROM ledger.session WHERE ends_at <= %s OR used_at <= %s", [session.began_at, idle_since]
        )
        connection.execute(
            "INSERT INTO ledger.session (digest, id, role, organisation, began_at, used_at, ends_at, blob)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [session.digest, session.id, session.role, session.organisation, session.began_at, session.began_at,
             session.ends_at, session.blob],
        )  # fmt: skip


def found(recorder: Recorder, digest: bytes, *, at: datetime, idle_since: datetime) -> FoundSession | None:
    """The session of a digest, unless it has ended or was last used at or before `idle_since`."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        row = cursor.execute(
            "SELECT used_at, blob FROM ledger.session WHERE digest = %s AND ends_at > %s AND used_at > %s",
            [digest, at, idle_since],
        ).fetchone()
    return None if row is None else FoundSession(row[0], bytes(row[1]))


def use(recorder: Recorder, digest: bytes, *, at: datetime) -> None:
    """Note that a session was used; a session that was ended meanwhile stays ended."""
    with recorder.connection() as connection:
        connection.execute("UPDATE ledger.session SET used_at = greatest(used_at, %s) WHERE digest = %s", [at, digest])


def end(recorder: Recorder, digest: bytes) -> None:
    """End the session of a digest, if there is one."""
    with recorder.connection() as connection:
        connection.execute("DELETE FROM ledger.session WHERE digest = %s", [digest])


def end_named(recorder: Recorder, id_: UUID | None) -> int:
    """End the session with this id, or all of them for None; how many there were."""
    with recorder.connection() as connection:
        if id_ is None:
            return connection.execute("DELETE FROM ledger.session").rowcount
        return connection.execute("DELETE FROM ledger.session WHERE id = %s", [id_]).rowcount


def listed(recorder: Recorder, *, at: datetime, idle_since: datetime) -> list[ListedSession]:
    """The sessions that have not ended, oldest first; those that have are deleted."""
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("DELETE FROM ledger.session WHERE ends_at <= %s OR used_at <= %s", [at, idle_since])
        cursor.execute(
            "SELECT id, role, organisation, began_at, used_at, ends_at FROM ledger.session ORDER BY began_at, id"
        )
        return [ListedSession(*row) for row in cursor]
