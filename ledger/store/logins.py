"""The logins of the embedded server: the superuser only migrates, and the program connects as each of the roles itself.

A role that is a login of its own is a member of no other, so neither RESET ROLE nor SET ROLE gains it anything. The
passwords are made from the superuser's, which the home keeps: two homes have different ones, and none makes another.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.store import roles
from ledger.store.connections import Logins, connect
from ledger.store.database_faults import in_words


def own_logins(conninfo: str) -> Logins:
    """The logins of a migrated database, let in by the superuser of its server. Raises DatabaseUnreachable."""
    secret = str(conninfo_to_dict(conninfo)["password"]).encode()
    with in_words(), connect(conninfo, autocommit=True) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('ledger logins'))")
        names = roles.of_database(connection)
        passwords = {name: _password(secret, name) for name in names[1:]}
        for name, password in passwords.items():
            verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
            login = sql.SQL("ALTER ROLE {} LOGIN NOINHERIT PASSWORD {}").format(sql.Identifier(name), verifier)
            connection.execute(login)
    return Logins(**{
        role: make_conninfo(conninfo, user=name, password=passwords[name])
        for role, name in names._asdict().items()
        if name in passwords
    })  # fmt: skip


def _password(secret: bytes, name: str) -> str:
    return urlsafe_b64encode(hmac.digest(secret, b"login " + name.encode(), "sha256")).decode().rstrip("=")
