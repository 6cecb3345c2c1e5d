"""Connections that read for a caller: each transaction carries a signed value that row-level security checks.

The value holds for one server connection and a few minutes, so what is read off one connection opens no other.
Everything is set for the transaction only, so that the same works through PgBouncer in transaction mode.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakSet

import psycopg
from psycopg.pq import Escaping
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from ledger.errors import ReadingRefused, WrongSchema
from ledger.store.bounded import BoundedConnection
from ledger.store.database_faults import in_words
from ledger.store.recorder import refuse_if_hung_up
from ledger.store.roles import of_database

LIFETIME_SECONDS = 300
"""How long a value is good for; a transaction that takes longer is refused rather than answered in part."""
CONNECTIONS = 12
_BLOCK_BYTES = 64
_TRIES = 4
_IN_ONE_LINE = str.maketrans("\n\0", "  ")
"""A token may name an organisation with any letters, and the parts of a value are lines."""
_SESSION = b"SELECT set_config('role', %s, %s), set_config('search_path', %s, %s), set_config('TimeZone', 'UTC', %s); "
_CALLER = (
    b"SELECT set_config('ledger.caller', %s, true), set_config('ledger.about', %s, true); SELECT pg_backend_pid(),"
    b" extract(epoch FROM clock_timestamp())::bigint, ledger.reads_positions(), ledger.registers_go_on(%s),"
    b" current_user = %s AND current_setting('search_path') = %s AND current_setting('TimeZone') = 'UTC'"
)
NOT_OURS = (
    psycopg.errors.InvalidParameterValue,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
    psycopg.errors.InvalidSchemaName,
)
"""What beginning a reading meets in a database that has no ledger of this version, or none with its roles."""
EVERY_PROGRAMME = "*"
LIVE = "view"
"""The schema of the live views, which a connection of its own reads unless a reading names another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Who reads, in the words of the policies; no person is named."""

    side: str
    """`controller`, `contractor`, `jobcentre-plus`, `operator`, `system` or `nobody`."""
    role: str = ""
    organisation: str = ""
    organisations: Sequence[str] = ()
    """The organisation and those under it."""
    serves_as: str = ""
    """The organisation whose people are the caller's; empty once its last contract is over."""
    programme: str = ""
    holder: str = ""
    """The actor of entries, by whom grants are held; empty for who can hold none."""
    at: datetime | None = None
    """The instant at which grants must be in force."""
    registers: int | None = None
    """The position up to which the registers it was decided by are known; None when it was decided without them."""
    renewed: Callable[[], Reading] | None = field(default=None, compare=False, repr=False)
    """Decides it again, by the registers as they are then."""


SYSTEM = Reading(side="system")
"""Readiness and metrics: how far the views have come and how much waits, and no rows about people."""


def signed(reading: Reading, key: bytes, *, backend: int, until: int) -> str:
    """The value for the setting `ledger.caller`: ten lines, and their HMAC-SHA256 in hex.

    The database reads it for every statement, so it is in a form that costs little to take apart.
    """
    parts = (
        reading.side,
        reading.role,
        reading.organisation,
        reading.programme,
        reading.holder,
        reading.at.isoformat() if reading.at else "",
        _array(reading.organisations),
        reading.serves_as,
        str(backend),
        str(until),
    )
    content = "".join(f"{part.translate(_IN_ONE_LINE)}\n" for part in parts)
    return content + hmac.digest(key, content.encode(), "sha256").hex()


def _array(codes: Sequence[str]) -> str:
    """An array in the words of PostgreSQL, each code quoted."""
    quoted = (code.replace("\\", r"\\").replace('"', r"\"") for code in sorted(codes))
    return "{" + ",".join(f'"{code}"' for code in quoted) + "}"


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The two halves of HMAC-SHA256 that a key makes, which the database keeps instead of the key (RFC 2104)."""
    assert len(key) <= _BLOCK_BYTES, "a longer key is hashed first, and there is none"
    block = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


class Readers:
    """A pool of connections in the reader's role, which sees no rows until it is told for whom it reads."""

    def __init__(self, conninfo: str, key: bytes) -> None:
        self._key = key
        self._role: str | None = None
        self._settled = WeakSet[psycopg.Connection[Any]]()
        self._ahead = 0
        self._pool = ConnectionPool[psycopg.Connection[Any]](
            conninfo,
            connection_class=BoundedConnection[Any],
            min_size=0,
            max_size=CONNECTIONS,
            kwargs={"autocommit": True, "row_factory": tuple_row},
            check=refuse_if_hung_up,
            open=False,
            timeout=10.0,
        )

    @contextmanager
    def reading(
        self,
        reading: Reading,
        *,
        about: UUID | None = None,
        path: str = LIVE,
        wait_seconds: float | None = None,
    ) -> Iterator[psycopg.Connection[Any]]:
        """A connection in one transaction that may only read, and sees what this reader may see.

        `about` is the person it is for, if it is for one: whether the reader reads them is then decided once a
        statement and not for every row. Its search path is `path`. Raises DatabaseUnreachable; WrongSchema when the
        ledger is gone from it; ReadingRefused when the database does not take the value, and when the block took longer
        than the value is good for.
        """
        with in_words():
            self._pool.open()
            with self._pool.connection(timeout=wait_seconds) as connection:
                begun = time.monotonic()
                try:
                    self._begin(connection, reading, about, path)
                except NOT_OURS as another:  # restored, moved or migrated meanwhile
                    raise WrongSchema from another
                yield connection
                connection.execute("COMMIT")
                if time.monotonic() - begun > LIFETIME_SECONDS:
                    raise ReadingRefused

    def match(self, reading: Reading, tokens: Sequence[bytes]) -> UUID | None:
        """The one person whom every one of these blind tokens finds; None when it is nobody or more than one."""
        with self.reading(reading) as connection:
            row = connection.execute("SELECT ledger.match(%s::bytea[])", [list(tokens)]).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        self._pool.close()

    def _begin(self, connection: psycopg.Connection[Any], reading: Reading, about: UUID | None, path: str) -> None:
        """One round trip as a rule; another when the server's connection or clock is not the one assumed, or when the
        registers went on since the reading was decided.

        Behind PgBouncer the server's connection is only known once the transaction has begun. What a session was set to
        is asked each time, so that no statement of an earlier reading can have changed it.
        """
        if self._role is None:
            self._role = of_database(connection).reader
        own = path == LIVE and connection in self._settled
        backend, begin = connection.info.backend_pid, b"BEGIN READ ONLY; "
        for _ in range(_TRIES):
            until = int(time.time()) + self._ahead + LIFETIME_SECONDS
            caller = signed(reading, self._key, backend=backend, until=until)
            settings = b"" if own else self._session(connection, path, of_transaction=True)
            known = None if reading.registers is None else str(reading.registers)
            asked = _filled(connection, _CALLER, caller, str(about or ""), known, self._role, path)
            answer = connection.execute(begin + settings + asked)
            while answer.nextset():
                pass
            row = answer.fetchone()
            assert row is not None
            backend, clock, taken, outdated, own = row
            self._ahead, seconds_off = clock - int(time.time()), abs(clock + LIFETIME_SECONDS - until)
            if outdated and reading.renewed is not None:
                reading = reading.renewed()
            elif own and taken and seconds_off <= LIFETIME_SECONDS // 10:
                self._note(connection, backend, path)
                return
            begin = b""
        raise ReadingRefused

    def _note(self, connection: psycopg.Connection[Any], backend: int, path: str) -> None:
        """Give a connection the reader's settings for good, where the server's connection is ours alone."""
        if connection in self._settled or path != LIVE:
            return
        if backend == connection.info.backend_pid:
            connection.execute(self._session(connection, path, of_transaction=False))
            self._settled.add(connection)
        else:  # a pooler stands between, and keeps neither settings nor prepared statements
            connection.prepare_threshold = None

    def _session(self, connection: psycopg.Connection[Any], path: str, *, of_transaction: bool) -> bytes:
        local = str(of_transaction).lower()
        return _filled(connection, _SESSION, self._role, local, path, local, local)


def _filled(connection: psycopg.Connection[Any], statement: bytes, *values: str | None) -> bytes:
    """Several statements in one round trip take no parameters; each value stands in them as a literal."""
    escape = Escaping(connection.pgconn).escape_literal
    return statement % tuple(b"NULL" if value is None else escape(value.encode()) for value in values)
