"""What is wrong with a database, in one sentence each: by SQLSTATE, or by what libpq says when it cannot connect.

The sentences name no host, login or value. docs/database.md has them as a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from ledger.errors import DatabaseReadOnly, DatabaseUnreachable, DiskFull, Fault, WrongSchema

DatabaseError = psycopg.Error
"""For the doors, which know no driver."""

NOTHING = "nothing was recorded."
REFUSED_LOGIN = f"The database refuses the login or password of its URL; {NOTHING}"
REFUSED_ADDRESS = f"The database lets this login in from no such address or without TLS (pg_hba.conf); {NOTHING}"
NO_DATABASE = "There is no database of the name in the URL on this server; make it, then run `ledger migrate`."
TOO_MANY = f"The database has no connection left for this login; {NOTHING}"
STARTING = f"The database is starting up or shutting down; try again in a moment; {NOTHING}"
UNTRUSTED = (
    "TLS with the database fails: its certificate, name or protocol is not what the URL asks for (sslmode,"
    f" sslrootcert); {NOTHING}"
)
NO_TLS = f"The database offers no TLS, which its URL asks for (sslmode); {NOTHING}"
TLS_FILES = f"A certificate or key file that the database's URL names cannot be used; {NOTHING}"
NO_SERVICE = f"The service in the database's URL is not in the service file; {NOTHING}"
NO_SUCH_HOST = f"The host name in the database's URL leads to no address; {NOTHING}"
NO_PRIMARY = f"No host of the database's URL is of the kind that its target_session_attrs asks for; {NOTHING}"
POOLER = f"The pooler between refuses this connection (docs/database.md); {NOTHING}"
TOO_SLOW = (
    f"The database ended a statement that took longer than its statement_timeout or lock_timeout allows; {NOTHING}"
)
BUSY = f"No connection to the database was free in time; {NOTHING}"
CLOSED = f"The ledger has been closed; {NOTHING}"
NO_RIGHT = (
    "The login lacks a right in the database; run `ledger migrate`, or restore with privileges (docs/database.md);"
    f" {NOTHING}"
)

_OF_CONNECTING = (
    ("password authentication failed", REFUSED_LOGIN),
    ("no password supplied", REFUSED_LOGIN),
    ("SASL authentication failed", REFUSED_LOGIN),
    ("is not permitted to log in", REFUSED_LOGIN),
    ("authentication failed", REFUSED_LOGIN),
    ("role", REFUSED_LOGIN),
    ("no pg_hba.conf entry", REFUSED_ADDRESS),
    ("pg_hba.conf rejects", REFUSED_ADDRESS),
    ("connection requires a valid client certificate", REFUSED_ADDRESS),
    ("too many connections", TOO_MANY),
    ("too many clients", TOO_MANY),
    ("connection slots are reserved", TOO_MANY),
    ("no more connections allowed", TOO_MANY),
    ("is not currently accepting connections", NO_DATABASE),
    ("no such database", NO_DATABASE),
    ("the database system is", STARTING),
    ("certificate verify failed", UNTRUSTED),
    ("server certificate for", UNTRUSTED),
    ("does not match host name", UNTRUSTED),
    ("could not get server's host name", UNTRUSTED),
    ("server does not support SSL", NO_TLS),
    ("server does not support GSSAPI", NO_TLS),
    ("root certificate file", TLS_FILES),
    ("certificate file", TLS_FILES),
    ("private key file", TLS_FILES),
    ("definition of service", NO_SERVICE),
    ("service file", NO_SERVICE),
    ("resolve host", NO_SUCH_HOST),
    ("translate host name", NO_SUCH_HOST),
    ("session is read-only", NO_PRIMARY),
    ("session is not read-only", NO_PRIMARY),
    ("server is in hot standby mode", NO_PRIMARY),
    ("server is not in hot standby mode", NO_PRIMARY),
    ("unsupported startup parameter", POOLER),
    ("query_wait_timeout", TOO_MANY),
    ("SSL error", UNTRUSTED),
)
"""What libpq, the server and PgBouncer say while connecting, when there is no SQLSTATE; in the order they are tried."""


def of_connecting(failed: psycopg.Error) -> Fault:
    """Why no connection came about. Messages in another language than English give the general sentence."""
    text = str(failed)
    if 'database "' in text and "does not exist" in text:
        return DatabaseUnreachable(NO_DATABASE)
    for words, sentence in _OF_CONNECTING:
        if words == "role" and not ('role "' in text and "does not exist" in text):
            continue
        if words in text:
            return DatabaseUnreachable(sentence)
    return DatabaseUnreachable()


def fault_behind(failed: BaseException) -> Fault | None:
    """The fault of the database that an error stands for; None for an error of ours, such as a wrong statement."""
    if isinstance(failed, PoolTimeout):
        return DatabaseUnreachable(BUSY)
    if isinstance(failed, PoolClosed):
        return DatabaseUnreachable(CLOSED)
    if not isinstance(failed, psycopg.Error):
        return None
    match failed.sqlstate:
        case "25006":
            return DatabaseReadOnly()
        case "42501":
            return WrongSchema(NO_RIGHT)
        case "53100":
            return DiskFull()
        case "53300":
            return DatabaseUnreachable(TOO_MANY)
        case "55P03" | "57014":
            return DatabaseUnreachable(TOO_SLOW)
        case "57P03":
            return DatabaseUnreachable(STARTING)
        case _:
            return DatabaseUnreachable() if isinstance(failed, psycopg.OperationalError) else None


@contextmanager
def in_words() -> Iterator[None]:
    """An error of the database inside the block is raised as the fault it stands for; errors of ours as they are."""
    try:
        yield
    except psycopg.Error as failed:
        fault = fault_behind(failed)
        if fault is None:
            raise
        raise fault from failed
