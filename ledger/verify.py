"""Verifies the whole ledger: re-reads every stored value and reports every entry that does not fit.

Two connections read one snapshot. The first streams every entry with its sealed blob and recomputes the canonical
bytes, the leaf and the RFC 9162 root, in constant memory. The second meanwhile runs the checks that need joins: the
chain of each stream, keys, fences and receipts. No earlier root is known here: a ledger rewritten from a changed entry
on verifies too, but has another root.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.errors import DatabaseUnreachable, Tampered
from ledger.log.merkle import Frontier
from ledger.log.stored_row import StoredRow, leaf_of, leaf_of_old_form, stored_row
from ledger.store import migrate
from ledger.store.connections import connect, take_role
from ledger.store.database_faults import fault_behind
from ledger.vault.keys import Vault, binding, unseal

PROGRESS_EVERY = 8192
MOST_LISTED = 100
"""Of many misfits the first so many are listed; all are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Misfit:
    """What does not fit, in a sentence, and at which entry; None when it is at none."""

    position: int | None
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The result: `entries` and `root` (hex) cover the entries before the first that has no right leaf hash.

    `first_bad` and `why` are those of the first misfit, `misfits` the first hundred of `misfit_count`.
    """

    entries: int
    root: str
    ok: bool
    first_bad: int | None
    why: str | None
    misfit_count: int
    misfits: tuple[Misfit, ...]


class _Misfits:
    """Counts what does not fit and keeps the first by position, in constant memory."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Misfit] = []

    def add(self, position: int | None, why: str, *, times: int = 1) -> None:
        self.count += times
        self._kept.append(Misfit(position=position, why=why))
        if len(self._kept) > 2 * MOST_LISTED:
            self._kept = list(self.listed())

    def listed(self) -> tuple[Misfit, ...]:
        """The first by position; of two at one entry the one found first goes before."""
        return tuple(sorted(self._kept, key=lambda misfit: misfit.position or sys.maxsize)[:MOST_LISTED])

    def with_those_of(self, other: _Misfits) -> _Misfits:
        self.count += other.count
        self._kept += other._kept
        return self


def verify(conninfo: str, *, vault: Vault | None = None, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Check the whole ledger as it stands now. With a vault, also that every key opens what was sealed with it.

    A misfit hides nothing: the entries after it are checked as well. `progress` is told the entries read and the
    entries there are. Raises WrongSchema, WrongKey and DatabaseUnreachable.
    """
    try:
        with (
            _reading(conninfo) as first,
            _reading(conninfo, snapshot_of=first) as second,
            ThreadPoolExecutor(1) as beside,
        ):
            if vault is not None:
                _check_key_file(first, vault)
            joined = beside.submit(_misfits_between_rows, second, vault)
            tree = Frontier()
            misfits = _misfits_in_rows(first, tree, progress).with_those_of(joined.result())
    except psycopg.Error as failed:
        fault = fault_behind(failed)
        if fault is None:
            raise
        if fault.sentence == DatabaseUnreachable().sentence:
            fault = DatabaseUnreachable("The connection was lost while verifying; verify again.")
        raise fault from failed
    listed = misfits.listed()
    return Verdict(
        entries=tree.size, root=tree.root().hex(), ok=not listed, first_bad=listed[0].position if listed else None,
        why=listed[0].why if listed else None, misfit_count=misfits.count, misfits=listed,
    )  # fmt: skip


@contextmanager
def _reading(
    conninfo: str, *, snapshot_of: psycopg.Connection[Any] | None = None
) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection that sees one moment and can change nothing; the second sees the same moment as the first."""
    with connect(conninfo, row_factory=tuple_row, autocommit=True) as connection:
        migrate.check(connection)
        take_role(connection, "writer")  # whose reading no caller limits; the transaction changes nothing
        connection.execute("SET DateStyle TO 'ISO'")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if snapshot_of is not None:
            snapshot = snapshot_of.execute("SELECT pg_export_snapshot()").fetchone()
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(*snapshot or ()))
        yield connection


def _check_key_file(connection: psycopg.Connection[Any], vault: Vault) -> None:
    row = connection.execute("SELECT fingerprint FROM ledger.key_check").fetchone()
    vault.check(row[0] if row else None)


_ROWS = """COPY (
    SELECT e.position, e.id, e.stream, e.version, e.type, e.type_version, e.class, e.part, e.occurred_at, e.recorded_at,
           e.actor, e.facts, encode(e.commitment, 'hex'), encode(e.previous, 'hex'), encode(e.leaf, 'hex'),
           encode(s.blob, 'hex'), f.position
    FROM ledger.event AS e
    LEFT JOIN ledger.sealed AS s ON s.position = e.position
    LEFT JOIN ledger.fence AS f ON f.stream = e.stream AND f.class = e.class AND f.part = e.part
    ORDER BY e.position
) TO STDOUT"""


def _misfits_in_rows(
    connection: psycopg.Connection[Any], tree: Frontier, progress: Callable[[int, int], None] | None
) -> _Misfits:
    """Check every entry by itself; the tree grows until an entry is missing or its leaf hash cannot be made again."""
    misfits, read, last, whole = _Misfits(), 0, 0, True
    [head] = connection.execute("SELECT position FROM ledger.head WHERE singleton").fetchone() or [0]
    [mended_at] = connection.execute("SELECT after_position FROM ledger.escaped_envelope").fetchone() or [0]
    with connection.cursor().copy(_ROWS) as rows:
        for line in rows:
            row = stored_row(bytes(line).decode())
            position = int(row.position)
            if position != last + 1:
                misfits.add(last + 1, _missing(last + 1, position - 1))
                whole = False
            leaf, why = _leaf_made_again(row, mended_at)
            if why is not None:
                misfits.add(position, why)
            if (why := _misfit_of_sealed(row)) is not None:
                misfits.add(position, why)
            whole = whole and leaf is not None
            if whole and leaf is not None:
                tree.add(leaf)
            last, read = position, read + 1
            if progress is not None and read % PROGRESS_EVERY == 0:
                progress(read, head)
    if progress is not None:
        progress(read, head)
    if last != head:
        misfits.add(min(last, head) + 1, f"The ledger says it ends at entry {head}, but the last one there is {last}.")
    return misfits


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."


def _leaf_made_again(row: StoredRow, mended_at: int) -> tuple[bytes | None, str | None]:
    """The leaf hash, made again from the values, or None when they do not give it; and what is wrong with it.

    Values of an entry that fits only the old form can mean two entries, so that it counts as a misfit as well.
    """
    leaf = leaf_of(row)
    if leaf.hex() == row.leaf:
        return leaf, None
    if int(row.position) <= mended_at and (leaf := leaf_of_old_form(row)).hex() == row.leaf:
        return leaf, (
            f"Entry {row.position} was written before the escape was mended at position {mended_at}, and fits only the"
            " old form."
        )
    return None, f"Entry {row.position} is not what was written: its values do not give its leaf hash."


def _misfit_of_sealed(row: StoredRow) -> str | None:
    if row.blob is not None:
        if row.fence is not None:
            return f"The sealed record of entry {row.position} is still there although it was destroyed."
        if hashlib.sha256(bytes.fromhex(row.blob)).hexdigest() != row.commitment:
            return f"The sealed record of entry {row.position} is not the one its commitment is of."
    elif row.commitment is not None and (row.fence is None or int(row.fence) < int(row.position)):
        return f"The sealed record of entry {row.position} is missing and was never destroyed."
    return None


# Each gives the positions at which its sentence is true.
_BETWEEN_ROWS: tuple[tuple[str, LiteralString], ...] = (
    (
        "Entry {} does not follow the entry before it in its stream.",
        """SELECT e.position FROM (
               SELECT position, version, previous, lag(leaf) OVER stream_in_order AS leaf_before,
                      lag(position) OVER stream_in_order AS position_before,
                      coalesce(lag(version) OVER stream_in_order, 0) AS version_before
               FROM ledger.event WINDOW stream_in_order AS (PARTITION BY stream ORDER BY version)) AS e
           WHERE e.previous IS DISTINCT FROM e.leaf_before OR e.version <> e.version_before + 1
              OR e.position <= e.position_before""",
    ),
    (
        "A sealed record is kept for entry {}, which has none.",
        """SELECT s.position FROM ledger.sealed AS s LEFT JOIN ledger.event AS e ON e.position = s.position
           WHERE e.commitment IS NULL""",
    ),
    (
        "The key that opens the sealed record of entry {} is missing.",
        """SELECT e.position FROM ledger.sealed AS s JOIN ledger.event AS e ON e.position = s.position
           LEFT JOIN ledger.class_key AS k ON k.stream = e.stream AND k.class = e.class AND k.part = e.part
           WHERE k.stream IS NULL""",
    ),
    (
        "Entry {} says records were destroyed, but nothing keeps them from coming back.",
        """SELECT DISTINCT e.position FROM ledger.event AS e
           CROSS JOIN LATERAL jsonb_array_elements(e.facts -> 'destroyed') AS d
           LEFT JOIN ledger.fence AS f ON f.stream = e.stream AND f.class = d ->> 'class'
                AND f.part = coalesce(d ->> 'part', '')
           WHERE e.type = 'records-destroyed' AND f.stream IS NULL""",
    ),
    (
        "Records of the stream of entry {} are marked as destroyed, but no entry says so.",
        """SELECT DISTINCT e.position FROM ledger.fence AS f
           JOIN ledger.event AS e ON e.stream = f.stream AND e.version = 1
           WHERE NOT EXISTS (
               SELECT FROM ledger.event AS gone CROSS JOIN LATERAL jsonb_array_elements(gone.facts -> 'destroyed') AS d
               WHERE gone.stream = f.stream AND gone.type = 'records-destroyed' AND gone.position <= f.position
                 AND d ->> 'class' = f.class AND coalesce(d ->> 'part', '') = f.part)""",
    ),
    (
        "A receipt was given for entry {}, which is not there.",
        """SELECT r.last_position FROM ledger.receipt AS r
           WHERE r.last_position > (SELECT coalesce(max(e.position), 0) FROM ledger.event AS e)""",
    ),
)

_KEYS: LiteralString = """
    SELECT k.stream, k.class, k.part, k.wrapped, k.fingerprint, e.position, e.id, e.version, e.type, e.blob
    FROM ledger.class_key AS k LEFT JOIN LATERAL (
        SELECT n.position, n.id, n.version, n.type, s.blob FROM ledger.event AS n
        JOIN ledger.sealed AS s ON s.position = n.position
        WHERE n.stream = k.stream AND n.class = k.class AND n.part = k.part ORDER BY n.version LIMIT 1) AS e ON true
    ORDER BY k.stream, k.class, k.part"""


def _misfits_between_rows(connection: psycopg.Connection[Any], vault: Vault | None) -> _Misfits:
    misfits = _Misfits()
    for sentence, question in _BETWEEN_ROWS:
        first = connection.execute(
            sql.SQL(
                "SELECT position, count(*) OVER () FROM ({}) AS misfit (position) ORDER BY position LIMIT {}"
            ).format(sql.SQL(question), sql.Literal(MOST_LISTED))
        ).fetchall()
        for number, (position, count) in enumerate(first):
            misfits.add(position, sentence.format(position), times=1 if number else 1 + count - len(first))
    for misfit in _misfits_of_keys(connection, vault):
        misfits.add(misfit.position, misfit.why)
    return misfits


def _misfits_of_keys(connection: psycopg.Connection[Any], vault: Vault | None) -> Iterator[Misfit]:
    """Check each key by opening a record with it: two exchanged keys would both still unwrap."""
    with connection.cursor(binary=True) as cursor:
        for stream, class_, part, wrapped, fingerprint, position, id_, version, type_, blob in cursor.stream(_KEYS):
            if position is None:
                yield Misfit(
                    position=None, why=f"A key of class {class_} is kept although no record is sealed with it."
                )
            elif vault is not None:
                try:
                    key = vault.unwrap(stream, class_, part, wrapped, fingerprint)
                    unseal(key, blob, binding(id_, stream, version, type_))
                except Tampered:
                    yield Misfit(position=position, why=f"The key of entry {position} does not open its sealed record.")
