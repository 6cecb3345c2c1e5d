"""Verifies the whole ledger: re-reads every stored value and reports the first entry that does not fit.

Two connections read one snapshot. The first streams every entry with its sealed blob and recomputes the canonical
bytes, the leaf and the RFC 9162 root, in constant memory. The second meanwhile runs the checks that need joins: the
chain of each stream, keys, fences and receipts. No earlier root is known here: a ledger rewritten from a changed entry
on verifies too, but has another root.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.errors import DatabaseUnreachable, Tampered
from ledger.log.codec import envelope
from ledger.log.merkle import Frontier, leaf_hash
from ledger.store import migrate
from ledger.store.connections import connect, take_role
from ledger.vault.keys import Vault, binding, unseal

PROGRESS_EVERY = 8192
_NULL = "\\N"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The result: `entries` and `root` (hex) cover the entries before the first that does not fit."""

    entries: int
    root: str
    ok: bool
    first_bad: int | None
    why: str | None


@dataclass(frozen=True, slots=True)
class _Misfit:
    position: int | None
    why: str


def verify(conninfo: str, *, vault: Vault | None = None, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Check the whole ledger as it stands now. With a vault, also that every key opens what was sealed with it.

    `progress` is told the entries read and the entries there are. Raises WrongSchema, WrongKey and
    DatabaseUnreachable.
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
            misfits = [*_misfits_in_rows(first, tree, progress), *joined.result()]
    except psycopg.OperationalError as lost:
        raise DatabaseUnreachable("The connection was lost while verifying; verify again.") from lost
    if not misfits:
        return Verdict(entries=tree.size, root=tree.root().hex(), ok=True, first_bad=None, why=None)
    first_bad = _first(misfits)
    return Verdict(entries=tree.size, root=tree.root().hex(), ok=False, first_bad=first_bad.position, why=first_bad.why)


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
) -> Iterator[_Misfit]:
    """Grow the tree by every entry that fits, up to the first that does not."""
    [head] = connection.execute("SELECT position FROM ledger.head WHERE singleton").fetchone() or [0]
    try:
        with connection.cursor().copy(_ROWS) as rows:
            for row in rows:
                tree.add(_fitting_leaf(tree.size + 1, bytes(row).decode()))
                if progress is not None and tree.size % PROGRESS_EVERY == 0:
                    progress(tree.size, head)
    except Tampered as found:
        yield _Misfit(tree.size + 1, found.sentence)
        return
    if progress is not None:
        progress(tree.size, head)
    if tree.size != head:
        yield _Misfit(min(tree.size, head) + 1, f"The ledger says it ends at entry {head}, but {tree.size} are there.")


def _fitting_leaf(expected: int, row: str) -> bytes:
    """The leaf hash of a row, made again from its values; raises Tampered when anything about it does not fit."""
    (
        position, id_, stream, version, type_, type_version, class_, part, occurred_at, recorded_at,
        actor, facts, commitment, previous, leaf, blob, fence,
    ) = row[:-1].split("\t")  # fmt: skip
    if position != str(expected):
        raise Tampered(f"Entry {expected} is missing.")
    if '"' in type_ or '"' in class_ or '"' in part or '"' in actor:
        raise Tampered(f"Entry {expected} is not what was written: it holds a quotation mark where none can be.")
    entry = envelope(
        id_=id_, stream=stream, version=version, type_=type_, type_version=type_version,
        class_=None if class_ == _NULL else class_, part=part,
        occurred_at=_instant(occurred_at), recorded_at=_instant(recorded_at), actor=actor, facts=_canonical(facts),
        commitment=_quoted(commitment), previous=_quoted(previous),
    )  # fmt: skip
    again = leaf_hash(entry)
    if again.hex() != leaf:
        raise Tampered(f"Entry {expected} is not what was written: its values do not give its leaf hash.")
    if blob != _NULL:
        if fence != _NULL:
            raise Tampered(f"The sealed record of entry {expected} is still there although it was destroyed.")
        if hashlib.sha256(bytes.fromhex(blob)).hexdigest() != commitment:
            raise Tampered(f"The sealed record of entry {expected} is not the one its commitment is of.")
    elif commitment != _NULL and (fence == _NULL or int(fence) < expected):
        raise Tampered(f"The sealed record of entry {expected} is missing and was never destroyed.")
    return again


def _instant(text: str) -> str:
    """PostgreSQL's text of an instant in UTC in the canonical form; it leaves out zeros at the end of a fraction."""
    if len(text) == 29:
        return f"{text[:10]}T{text[11:26]}Z"
    fraction = text[19:].removesuffix("+00")
    return f"{text[:10]}T{text[11:19]}{fraction or '.':0<7}Z"


def _canonical(facts: str) -> str:
    """Facts as jsonb prints them and COPY escapes them, in canonical form; what cannot be read fits nothing."""
    if "\\" in facts:
        facts = facts.replace("\\\\", "\\")
    try:
        return orjson.dumps(orjson.loads(facts), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return ""


def _quoted(hexadecimal: str) -> str:
    return "null" if hexadecimal == _NULL else f'"{hexadecimal}"'


# Each gives the first position at which its sentence is true, or no row.
_BETWEEN_ROWS: tuple[tuple[str, LiteralString], ...] = (
    (
        "Entry {} does not follow the entry before it in its stream.",
        """SELECT e.position FROM (
               SELECT position, version, previous, lag(leaf) OVER stream_in_order AS leaf_before,
                      lag(position) OVER stream_in_order AS position_before,
                      coalesce(lag(version) OVER stream_in_order, 0) AS version_before
               FROM ledger.event WINDOW stream_in_order AS (PARTITION BY stream ORDER BY version)) AS e
           WHERE e.previous IS DISTINCT FROM e.leaf_before OR e.version <> e.version_before + 1
              OR e.position <= e.position_before ORDER BY e.position LIMIT 1""",
    ),
    (
        "A sealed record is kept for entry {}, which has none.",
        """SELECT s.position FROM ledger.sealed AS s LEFT JOIN ledger.event AS e ON e.position = s.position
           WHERE e.commitment IS NULL ORDER BY s.position LIMIT 1""",
    ),
    (
        "The key that opens the sealed record of entry {} is missing.",
        """SELECT e.position FROM ledger.sealed AS s JOIN ledger.event AS e ON e.position = s.position
           LEFT JOIN ledger.class_key AS k ON k.stream = e.stream AND k.class = e.class AND k.part = e.part
           WHERE k.stream IS NULL ORDER BY e.position LIMIT 1""",
    ),
    (
        "Entry {} says records were destroyed, but nothing keeps them from coming back.",
        """SELECT e.position FROM ledger.event AS e CROSS JOIN LATERAL jsonb_array_elements(e.facts -> 'destroyed') AS d
           LEFT JOIN ledger.fence AS f ON f.stream = e.stream AND f.class = d ->> 'class'
                AND f.part = coalesce(d ->> 'part', '')
           WHERE e.type = 'records-destroyed' AND f.stream IS NULL ORDER BY e.position LIMIT 1""",
    ),
    (
        "Records of the stream of entry {} are marked as destroyed, but no entry says so.",
        """SELECT e.position FROM ledger.fence AS f
           JOIN ledger.event AS e ON e.stream = f.stream AND e.version = 1
           WHERE NOT EXISTS (
               SELECT FROM ledger.event AS gone CROSS JOIN LATERAL jsonb_array_elements(gone.facts -> 'destroyed') AS d
               WHERE gone.stream = f.stream AND gone.type = 'records-destroyed' AND gone.position <= f.position
                 AND d ->> 'class' = f.class AND coalesce(d ->> 'part', '') = f.part)
           ORDER BY e.position LIMIT 1""",
    ),
    (
        "A receipt was given for entry {}, which is not there.",
        """SELECT r.last_position FROM ledger.receipt AS r
           WHERE r.last_position > (SELECT coalesce(max(e.position), 0) FROM ledger.event AS e)
           ORDER BY r.last_position LIMIT 1""",
    ),
)

_KEYS: LiteralString = """
    SELECT k.stream, k.class, k.part, k.wrapped, k.fingerprint, e.position, e.id, e.version, e.type, e.blob
    FROM ledger.class_key AS k LEFT JOIN LATERAL (
        SELECT n.position, n.id, n.version, n.type, s.blob FROM ledger.event AS n
        JOIN ledger.sealed AS s ON s.position = n.position
        WHERE n.stream = k.stream AND n.class = k.class AND n.part = k.part ORDER BY n.version LIMIT 1) AS e ON true
    ORDER BY k.stream, k.class, k.part"""


def _misfits_between_rows(connection: psycopg.Connection[Any], vault: Vault | None) -> list[_Misfit]:
    found = []
    for sentence, question in _BETWEEN_ROWS:
        row = connection.execute(question).fetchone()
        if row is not None:
            found.append(_Misfit(row[0], sentence.format(row[0])))
    for misfit in _misfits_of_keys(connection, vault):
        found = [_first([*found, misfit])]
    return found


def _misfits_of_keys(connection: psycopg.Connection[Any], vault: Vault | None) -> Iterator[_Misfit]:
    """Check each key by opening a record with it: two exchanged keys would both still unwrap."""
    with connection.cursor(binary=True) as cursor:
        for stream, class_, part, wrapped, fingerprint, position, id_, version, type_, blob in cursor.stream(_KEYS):
            if position is None:
                yield _Misfit(None, f"A key of class {class_} is kept although no record is sealed with it.")
            elif vault is not None:
                try:
                    key = vault.unwrap(stream, class_, part, wrapped, fingerprint)
                    unseal(key, blob, binding(id_, stream, version, type_))
                except Tampered:
                    yield _Misfit(position, f"The key of entry {position} does not open its sealed record.")


def _first(misfits: Sequence[_Misfit]) -> _Misfit:
    return min(misfits, key=lambda misfit: misfit.position or sys.maxsize)
