"""Connections to the database: which login each part of the program uses, and the role that every connection takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg

from ledger.errors import DatabaseUnreachable, WrongSchema
from ledger.store.roles import in_use

NO_LEDGER = "The database has no ledger in it yet; run `ledger migrate`."
A_COPY = "The database is a copy, and its roles another database's; run `ledger migrate`, which gives it its own."
Role = Literal["writer", "reader", "projector"]
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
    """One connection outside the pool, which fails after ten seconds at most. Raises DatabaseUnreachable."""
    try:
        return psycopg.connect(conninfo, **{"connect_timeout": 10, **settings})
    except psycopg.ProgrammingError:
        raise DatabaseUnreachable("The database's address is not a PostgreSQL connection string.") from None
    except psycopg.OperationalError as failed:
        raise DatabaseUnreachable from failed
