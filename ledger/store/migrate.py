"""Brings a database to this program's schema: numbered SQL files, each applied once, in order, under one lock."""

from __future__ import annotations

import contextlib
import hashlib
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql

from ledger.errors import DatabaseUnreachable, DiskFull, WrongSchema
from ledger.store.connections import connect

ROLES = ("ledger_owner", "ledger_writer", "ledger_reader", "ledger_projector")
_FILES = resources.files("ledger.store") / "sql"
_ONE_AT_A_TIME = 7_246_021_140
LOCK_TIMEOUT = "30s"


def head() -> str:
    """The newest migration, as HEAD names it: two branches that both add one conflict in git, not in production."""
    return (_FILES / "HEAD").read_text(encoding="utf-8").strip()


def migrations() -> list[tuple[str, str]]:
    """Every migration in order: its name and its SQL."""
    files = sorted(file.name for file in _FILES.iterdir() if file.name[:4].isdigit() and file.name.endswith(".sql"))
    return [(name.removesuffix(".sql"), (_FILES / name).read_text(encoding="utf-8")) for name in files]


def migrate(conninfo: str) -> list[str]:
    """Apply what is missing and return its names. Needs a login that may create roles and schemas.

    Raises WrongSchema when the database was made by a newer program, or by other files of the same names; also
    DatabaseUnreachable and DiskFull. What was applied before a failure stays, and the next call goes on from there.
    """
    with connect(conninfo, autocommit=True) as connection:
        try:
            return _apply_missing(connection)
        except psycopg.errors.DiskFull as full:
            raise DiskFull from full
        except psycopg.errors.LockNotAvailable as busy:
            raise DatabaseUnreachable("Another program is migrating this database; try again afterwards.") from busy
        except psycopg.errors.InsufficientPrivilege as refused:
            raise WrongSchema("Migrating needs a login that may create roles and schemas.") from refused
        except psycopg.OperationalError as lost:
            raise DatabaseUnreachable("The connection was lost while migrating; migrate again.") from lost


def _apply_missing(connection: psycopg.Connection[Any]) -> list[str]:
    connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'".encode())
    connection.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
    _make_roles(connection)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.ledger_migration (name text PRIMARY KEY, digest bytea NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    connection.execute("GRANT SELECT ON public.ledger_migration TO ledger_writer, ledger_reader, ledger_projector")
    done = _applied(connection)
    _refuse_strangers(done)
    new = [(name, text) for name, text in migrations() if name not in done]
    for name, text in new:
        with connection.transaction():
            connection.execute(text.encode())
            connection.execute("RESET ROLE")
            connection.execute(
                "INSERT INTO public.ledger_migration (name, digest) VALUES (%s, %s)", [name, _digest(text)]
            )
    return [name for name, _ in new]


def check(connection: psycopg.Connection[Any]) -> None:
    """Raise WrongSchema unless the database is exactly at this program's version."""
    if connection.execute("SELECT to_regclass('public.ledger_migration') IS NULL AS missing").fetchone() in (
        (True,),
        {"missing": True},
    ):
        raise WrongSchema("The database has no ledger in it yet; run `ledger migrate`.")
    done = _applied(connection)
    _refuse_strangers(done)
    if len(done) < len(migrations()):
        raise WrongSchema


def _make_roles(connection: psycopg.Connection[Any]) -> None:
    """Roles belong to the whole server, so another database's ledger may have made them, even this very moment."""
    for role in ROLES:
        with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    database = connection.info.dbname
    connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO ledger_projector").format(sql.Identifier(database)))


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
