"""Connections to the database: which login each part of the program uses, and the role that every connection takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import psycopg
from psycopg.rows import tuple_row

from ledger.errors import DatabaseReadOnly, DatabaseUnreachable, WrongSchema
from ledger.store.bounded import BoundedConnection
from ledger.store.database_faults import in_words, of_connecting
from ledger.store.roles import in_use

NO_LEDGER = "The database has no ledger in it yet; run `ledger migrate`."
A_COPY = "The database is a copy, and its roles another database's; run `ledger migrate`, which gives it its own."
Role = Literal["writer", "reader", "projector"]
SESSIONS = (
    "This URL leads through a pooler in transaction mode; recording, projecting and migrating need a direct connection"
    " or session pooling (docs/database.md)."
)
NOT_UTF8 = "The database's encoding is not UTF8; make one with ENCODING 'UTF8' TEMPLATE template0 for the ledger."
_TAKE = (
    "SELECT set_config('role', 'ledger_' || lpad(to_hex(oid::bigint), 8, '0') || '_{role}', false)"
    " FROM pg_database WHERE datname = current_database()"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Logins:
    """The connection strings of a ledger: what records, what reads for a caller, and what keeps the views up.

    Three logins that may each be one role only keep apart what a flaw in one part of the program could reach; one login
    that is a member of all three works as well, and then only the program chooses the role.
    """

    writer: str = field(repr=False)  # each may hold a password
    reader: str = field(repr=False)
    projector: str = field(repr=False)

    @classmethod
    def of(cls, given: Logins | str) -> Logins:
        """The logins, or one connection string for all of them."""
        return given if isinstance(given, Logins) else cls(writer=given, reader=given, projector=given)


def take_role(connection: psycopg.Connection[Any], role: Role) -> None:
    """Limit a connection to the rights of a role of its database's ledger, and set its time zone; in autocommit.

    Raises WrongSchema where there is no such role, or the login may not take it.
    """
    connection.autocommit = True
    try:
        connection.execute(_TAKE.format(role=role).encode())
    except psycopg.errors.InvalidParameterValue:
        raise WrongSchema(A_COPY if in_use(connection) else NO_LEDGER) from None
    except psycopg.errors.InsufficientPrivilege:
        raise WrongSchema(f"The login is no member of the {role}'s role of this database (docs/database.md).") from None
    connection.execute(b"SET TimeZone TO 'UTC'; SET plan_cache_mode TO auto")


def connect(conninfo: str, **settings: Any) -> psycopg.Connection[Any]:  # noqa: ANN401 (libpq's and psycopg's own)
    """A connection outside a pool, by every parameter of the string, within seconds. Raises DatabaseUnreachable."""
    try:
        return cast("psycopg.Connection[Any]", BoundedConnection.connect(conninfo, **settings))
    except psycopg.ProgrammingError:
        raise DatabaseUnreachable("The database's address is not a PostgreSQL connection string.") from None
    except psycopg.OperationalError as failed:
        raise of_connecting(failed) from failed


@contextmanager
def connected(conninfo: str, role: Role, **settings: Any) -> Iterator[psycopg.Connection[Any]]:  # noqa: ANN401 (psycopg's)
    """A connection in a role that writes, in autocommit, until the block ends.

    Raises DatabaseUnreachable, and once for all what would fail at every statement: DatabaseReadOnly, and WrongSchema
    where there is no such role or each transaction may meet another session.
    """
    with in_words(), connect(conninfo, **{"autocommit": True, **settings}) as connection:
        refuse_unfit(connection, conninfo)
        take_role(connection, role)
        yield connection


def refuse_unusable(conninfo: str, role: Role) -> None:
    """Raise what is wrong with a login at once, where a pool would try it for seconds and could not say."""
    with in_words(), connect(conninfo, autocommit=True) as connection:
        take_role(connection, role)


def refuse_unfit(connection: psycopg.Connection[Any], conninfo: str) -> None:
    """Raise for a database that takes no writes, or has another encoding, and for a pooler that shares sessions."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_STANDING).fetchone()
    assert row is not None
    pid, encoding, read_only = row
    if encoding != "UTF8":
        raise WrongSchema(NOT_UTF8)
    if read_only == "on":
        raise DatabaseReadOnly
    if pid != connection.info.backend_pid and _shares_sessions(connection, conninfo):
        raise WrongSchema(SESSIONS)


def _shares_sessions(connection: psycopg.Connection[Any], conninfo: str) -> bool:
    """Whether a session of the server serves two connections of ours, or ours moves to another while one is taken."""
    with in_words(), connect(conninfo, row_factory=tuple_row) as other:
        before, theirs = _pid(connection), _pid(other)  # the other one is in a transaction and keeps its session
        if theirs == before:
            return True
        return _pid(connection) != before


def _pid(connection: psycopg.Connection[Any]) -> int:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


_STANDING = "SELECT pg_backend_pid(), current_setting('server_encoding'), current_setting('transaction_read_only')"
