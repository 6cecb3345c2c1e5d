"""Brings a database to this program's schema: numbered SQL files, each applied once, in order, under one lock."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from importlib import resources
from typing import Any

import psycopg

from ledger.errors import DatabaseUnreachable, DiskFull, WrongSchema
from ledger.store import roles
from ledger.store.connections import A_COPY, NO_LEDGER, connect, refuse_unfit
from ledger.store.database_faults import NO_RIGHT, fault_behind

_FILES = resources.files("ledger.store") / "sql"
_ONE_AT_A_TIME = 7_246_021_140
LOCK_TIMEOUT = "30s"
TABLE_LOCK_TIMEOUT = "250ms"
"""How long a migration waits for tables that others read: everybody who comes later waits behind it."""
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 600.0
"""How long a migration tries again before it says that something holds its tables."""
_GRANT = "GRANT SELECT ON public.ledger_migration TO ledger_writer, ledger_reader, ledger_projector"


def head() -> str:
    """The newest migration, as HEAD names it: two branches that both add one conflict in git, not in production."""
    return (_FILES / "HEAD").read_text(encoding="utf-8").strip()


def migrations() -> list[tuple[str, str]]:
    """Every migration in order: its name and its SQL."""
    files = sorted(file.name for file in _FILES.iterdir() if file.name[:4].isdigit() and file.name.endswith(".sql"))
    return [(name.removesuffix(".sql"), (_FILES / name).read_text(encoding="utf-8")) for name in files]


def migrate(
    conninfo: str, *, notify: Callable[[str], None] | None = None, patience: float = PATIENCE_SECONDS
) -> list[str]:
    """Apply what is missing and return its names; give a copy of another database roles of its own.

    Needs a login that may create roles and schemas, or one for which an administrator has made them (docs/database.md).

    Tables that others hold, such as a backup, are asked for briefly and again for `patience` seconds, so that nobody
    queues behind the migration; `notify` is called with a sentence when it waits.

    Raises WrongSchema when the database was made by a newer program, or by other files of the same names; also
    DatabaseUnreachable and DiskFull. What was applied before a failure stays, and the next call goes on from there.
    """
    with connect(conninfo, autocommit=True) as connection:
        try:
            refuse_unfit(connection, conninfo)
            return _apply_missing(connection, notify, patience)
        except psycopg.errors.DiskFull as full:
            raise DiskFull from full
        except psycopg.errors.LockNotAvailable as busy:
            raise DatabaseUnreachable("Another program is migrating this database; try again afterwards.") from busy
        except psycopg.errors.InsufficientPrivilege as refused:
            raise WrongSchema(
                "Migrating needs a login that may create roles and schemas, or is a member of the roles that an"
                " administrator has made for this database (docs/database.md)."
            ) from refused
        except psycopg.OperationalError as failed:
            fault = fault_behind(failed)
            if fault is None or fault.sentence == DatabaseUnreachable().sentence:
                fault = DatabaseUnreachable("The connection was lost while migrating; migrate again.")
            raise fault from failed


def _apply_missing(
    connection: psycopg.Connection[Any], notify: Callable[[str], None] | None, patience: float
) -> list[str]:
    connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'".encode())
    connection.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.ledger_migration (name text PRIMARY KEY, digest bytea NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    done = _applied(connection)
    _refuse_strangers(done)
    ours, theirs = roles.of_database(connection), roles.in_use(connection)
    roles.make(connection, ours)
    if theirs is not None and theirs != ours:
        roles.move(connection, theirs, ours)
    connection.execute(ours.in_text(_GRANT).encode())
    new = [(name, text) for name, text in migrations() if name not in done]
    until = time.monotonic() + patience
    for name, text in new:
        waiting = False
        while not _applied_now(connection, name, text, ours):
            if time.monotonic() >= until:
                raise DatabaseUnreachable(
                    f"A backup or another long reading holds tables that the migration {name} changes; migrate again"
                    " when it has ended."
                )
            if notify is not None and not waiting:
                notify(f"The migration {name} waits for a backup or another long reading to end.")
            waiting = True
            time.sleep(PAUSE_SECONDS)
    return [name for name, _ in new]


def _applied_now(connection: psycopg.Connection[Any], name: str, text: str, ours: roles.Roles) -> bool:
    """Whether it was applied; not while others hold the tables it changes."""
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{TABLE_LOCK_TIMEOUT}'".encode())
            connection.execute(ours.in_text(text).encode())
            connection.execute("RESET ROLE")
            connection.execute(
                "INSERT INTO public.ledger_migration (name, digest) VALUES (%s, %s)", [name, _digest(text)]
            )
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def check(connection: psycopg.Connection[Any]) -> None:
    """Raise WrongSchema unless the database is exactly at this program's version."""
    if connection.execute("SELECT to_regclass('public.ledger_migration') IS NULL AS missing").fetchone() in (
        (True,),
        {"missing": True},
    ):
        raise WrongSchema(NO_LEDGER)
    done = _applied(connection)
    _refuse_strangers(done)
    if len(done) < len(migrations()):
        raise WrongSchema
    ours = roles.of_database(connection)
    if roles.in_use(connection) != ours:
        raise WrongSchema(A_COPY)
    if connection.execute(_WITHOUT_RIGHTS, [ours.writer, ours.reader, ours.projector]).fetchone() is not None:
        raise WrongSchema(NO_RIGHT)


_WITHOUT_RIGHTS = """
SELECT FROM (VALUES (%s::name, 'ledger.event', 'INSERT'), (%s, 'ledger.head', 'SELECT'), (%s, 'ledger.event', 'SELECT'))
    AS needed (role, what, privilege)
WHERE NOT has_table_privilege(role, what, privilege) OR NOT has_schema_privilege(role, 'ledger', 'USAGE')
"""
"""A dump restored with its owners and without its privileges; one right for each role stands for all."""


def _applied(connection: psycopg.Connection[Any]) -> dict[str, bytes]:
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        cursor.execute("SELECT name, digest FROM public.ledger_migration")
        return {name: bytes(digest) for name, digest in cursor}


def _refuse_strangers(done: dict[str, bytes]) -> None:
    ours = {name: _digest(text) for name, text in migrations()}
    if any(ours.get(name) != digest for name, digest in done.items()):
        raise WrongSchema(
            "The database was made by another version of this program; use that version, or migrate a copy."
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
