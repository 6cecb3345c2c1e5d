"""Connections to the database outside the pool, and the two roles that every connection takes."""

from __future__ import annotations

from typing import Any

import psycopg

from ledger.errors import DatabaseUnreachable

WRITER = "ledger_writer"
READER = "ledger_reader"


def take_role(connection: psycopg.Connection[Any], role: str) -> None:
    """Limit a connection to the rights of a role, set its time zone to UTC, and leave it in autocommit."""
    connection.autocommit = True
    connection.execute(f"SET ROLE {role}; SET TimeZone TO 'UTC'; SET plan_cache_mode TO auto".encode())


def connect(conninfo: str, **settings: Any) -> psycopg.Connection[Any]:  # noqa: ANN401 (libpq's and psycopg's own)
    """One connection outside the pool, which fails after ten seconds at most. Raises DatabaseUnreachable."""
    try:
        return psycopg.connect(conninfo, **{"connect_timeout": 10, **settings})
    except psycopg.ProgrammingError:
        raise DatabaseUnreachable("The database's address is not a PostgreSQL connection string.") from None
    except psycopg.OperationalError as failed:
        raise DatabaseUnreachable from failed
