"""Tables that are being made, in a schema of their own, and how they take the place of the live ones.

Changing a table waits for everybody who reads it, and everybody who comes later waits behind that: a backup reads for
hours. So a lock is asked for during a quarter of a second, and again later, and readers never wait longer (D53).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from ledger.errors import ViewInUse
from ledger.store.roles import of_database
from projections import poison

LIVE = "view"
LOCK_MILLISECONDS = 250
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 4 * 3600.0
"""How long new tables wait to take the place of the old ones: longer than a backup takes."""
_SCRATCH = "scratch_"
_LEFT_MILLISECONDS = 10

Notify = Callable[[str], None]


@contextmanager
def scratch(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """A schema for tables that are being made, locked while in use: what a killed runner left is found and dropped."""
    _sweep(connection)
    schema = _SCRATCH + uuid.uuid4().hex
    connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [schema])
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    try:
        grant = sql.SQL("GRANT USAGE ON SCHEMA {} TO {}")
        connection.execute(grant.format(sql.Identifier(schema), sql.Identifier(of_database(connection).reader)))
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        poison.make_table(connection)
        yield schema
    finally:
        if not connection.closed:
            connection.execute(f"SET search_path TO {LIVE}".encode())
            _drop(connection, schema, LOCK_MILLISECONDS)


def _sweep(connection: psycopg.Connection[Any]) -> None:
    """Drop the scratch schemas of runners that were killed: nobody holds their locks any more."""
    left = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) AND pg_try_advisory_lock(hashtext(nspname))",
        [_SCRATCH],
    ).fetchall()
    for (schema,) in left:
        _drop(connection, schema, _LEFT_MILLISECONDS)


def _drop(connection: psycopg.Connection[Any], schema: str, milliseconds: int) -> None:
    """Drop it, or leave it to a later sweep while a backup reads it."""
    try:
        with connection.transaction():
            wait_at_most(connection, milliseconds)
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
    except psycopg.errors.LockNotAvailable:
        pass
    connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [schema])


def wait_at_most(connection: psycopg.Connection[Any], milliseconds: int = LOCK_MILLISECONDS) -> None:
    """Until the transaction ends no lock is waited for longer."""
    connection.execute(f"SET LOCAL lock_timeout = {milliseconds}".encode())


def again_until_free(
    attempt: Callable[[], int],
    view: str,
    *,
    patience: float = PATIENCE_SECONDS,
    notify: Notify | None = None,
    between: Callable[[], None] | None = None,
) -> int:
    """Try what needs the tables of a view for itself until nobody reads them; what is notified is one sentence.

    `between` is called after each attempt in vain. Raises ViewInUse after `patience` seconds.
    """
    until, waiting = time.monotonic() + patience, False
    while True:
        try:
            return attempt()
        except psycopg.errors.LockNotAvailable as busy:
            if time.monotonic() >= until:
                raise ViewInUse(
                    f"A backup or another long reading held the view {view} for {_spoken(patience)}, so its new tables"
                    " could not take the place of the old ones, which stay; rebuild it again afterwards."
                ) from busy
        if notify is not None and not waiting:
            notify(f"The view {view} is made; it waits for a backup or another long reading to end.")
        waiting = True
        if between is not None:
            between()
        time.sleep(min(PAUSE_SECONDS, max(0.0, until - time.monotonic())))


def _spoken(seconds: float) -> str:
    number, unit = (seconds / 60, "minute") if seconds >= 60 else (seconds, "second")
    return f"{number:,.0f} {unit}" + ("" if round(number) == 1 else "s")


def put_in_place(connection: psycopg.Connection[Any], tables: tuple[str, ...], schema: str) -> None:
    """Put new tables where the live ones are; call in a transaction. Raises LockNotAvailable while they are read."""
    wait_at_most(connection)
    there = connection.execute(
        "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'view'::regnamespace AND c.relname = ANY (%s)",
        [list(tables)],
    ).fetchall()
    names = [sql.Identifier(LIVE, name) for (name,) in there] + [sql.Identifier(schema, name) for name in tables]
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))
    for table in tables:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS view.{}").format(sql.Identifier(table)))
        connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA view").format(sql.Identifier(schema, table)))
