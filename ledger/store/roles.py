"""The four roles of one ledger: their names carry its database, so that two ledgers of one server share none.

`ledger_<database's object id in hex>_owner` owns the tables and functions, `…_writer` records, `…_reader` reads what a
caller may read, `…_projector` writes the views. The owner of the schema `ledger` shows whose the roles are: in a copy
(`CREATE DATABASE … TEMPLATE`, a dump restored elsewhere) they are another database's until `migrate` has moved them.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.errors import WrongSchema

_IN_MIGRATIONS = re.compile(r"\bledger_(owner|writer|reader|projector)\b")
_PREFIX = "SELECT 'ledger_' || lpad(to_hex(oid::bigint), 8, '0') FROM pg_database WHERE datname = current_database()"
_OF_SCHEMA = (
    "SELECT r.rolname FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner WHERE n.nspname = 'ledger'"
)


class Roles(NamedTuple):
    """The names of a ledger's roles."""

    owner: str
    writer: str
    reader: str
    projector: str

    def in_text(self, migration: str) -> str:
        """A migration with these names in place of those in its file, which are the same for every ledger."""
        return _IN_MIGRATIONS.sub(lambda found: str(getattr(self, found[1])), migration)


def named(prefix: str) -> Roles:
    """The roles of a prefix."""
    return Roles(*(f"{prefix}_{role}" for role in Roles._fields))


def of_database(connection: psycopg.Connection[Any]) -> Roles:
    """The roles that belong to the database of this connection, whether or not they have been made."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_PREFIX).fetchone()
    assert row is not None, "a connection is always to some database"
    return named(row[0])


def in_use(connection: psycopg.Connection[Any]) -> Roles | None:
    """The roles that the tables and functions of this database belong to; None when there is no ledger in it.

    Raises WrongSchema for a dump that was restored without its owners.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_OF_SCHEMA).fetchone()
    if row is None:
        return None
    prefix, underscore, role = str(row[0]).rpartition("_")
    if not underscore or role != "owner":
        raise WrongSchema(
            "The ledger's tables belong to a login and not to a role of their own; restore the dump with its owners and"
            " privileges, after making the roles it names (docs/database.md)."
        )
    return named(prefix)


def make(connection: psycopg.Connection[Any], roles: Roles) -> None:
    """Make the roles that are missing and become a member of each; what an administrator made before stays as it is.

    Raises psycopg's InsufficientPrivilege where the login may neither make a role nor is a member of it.
    """
    for role in roles:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if known is None:
            with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT").format(sql.Identifier(role)))
        _join(connection, role)
    _let_make_schemas(connection, roles.projector)


def _join(connection: psycopg.Connection[Any], role: str) -> None:
    """Whoever made a role may administer it, but is not yet a member who may take it (PostgreSQL 16 and later)."""
    if _true(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return
    try:
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege:
        if not _true(connection, "SELECT pg_has_role(%s::name, 'MEMBER')", role):
            raise


def _let_make_schemas(connection: psycopg.Connection[Any], projector: str) -> None:
    """Views are made again in a schema beside the live one."""
    if not _true(connection, "SELECT has_database_privilege(%s::name, current_database(), 'CREATE')", projector):
        grant = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
        connection.execute(grant.format(sql.Identifier(connection.info.dbname), sql.Identifier(projector)))


def move(connection: psycopg.Connection[Any], old: Roles, new: Roles) -> None:
    """Give everything of this database that belongs to the old roles to the new ones, and what they may do.

    The old roles may be those of the database this is a copy of, so nothing else of theirs is touched.
    """
    statements = [statement for (statement,) in _rows(connection, _POLICIES, list(new), list(old), list(old))]
    grants = _rows(connection, _GRANTS, list(old))
    statements += [
        f"REASSIGN OWNED BY {old.owner} TO {new.owner}",
        f"REASSIGN OWNED BY {old.projector} TO {new.projector}",
    ]
    for privilege, kind, what, grantee in grants:
        statements.append(f"GRANT {privilege} ON {kind} {what} TO {new[old.index(grantee)]}")
        statements.append(f"REVOKE {privilege} ON {kind} {what} FROM {grantee}")
    for roles, verb in ((old, "REVOKE SELECT ON TABLES FROM"), (new, "GRANT SELECT ON TABLES TO")):
        others = ", ".join(role for role in roles if role != roles.projector)
        statements.append(f"ALTER DEFAULT PRIVILEGES FOR ROLE {roles.projector} {verb} {others}")
    with connection.transaction():
        connection.execute("; ".join(statements).encode())


_GRANTS = """
SELECT a.privilege, a.kind, string_agg(a.what, ', '), r.rolname
FROM (SELECT g.grantee, g.privilege_type AS privilege, 'TABLE' AS kind, c.oid::regclass::text AS what,
             c.relowner AS owner
      FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS g WHERE c.relkind IN ('r', 'p', 'v')
      UNION ALL
      SELECT g.grantee, format('%%s (%%I)', g.privilege_type, t.attname), 'TABLE', t.attrelid::regclass::text, 0
      FROM pg_attribute AS t CROSS JOIN LATERAL aclexplode(t.attacl) AS g
      UNION ALL
      SELECT g.grantee, g.privilege_type, 'FUNCTION', p.oid::regprocedure::text, p.proowner
      FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS g
      UNION ALL
      SELECT g.grantee, g.privilege_type, 'TYPE', t.oid::regtype::text, t.typowner
      FROM pg_type AS t CROSS JOIN LATERAL aclexplode(t.typacl) AS g
      UNION ALL
      SELECT g.grantee, g.privilege_type, 'SCHEMA', quote_ident(n.nspname), n.nspowner
      FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS g) AS a
JOIN pg_roles AS r ON r.oid = a.grantee
WHERE r.rolname = ANY (%s) AND a.grantee <> a.owner
GROUP BY a.privilege, a.kind, r.rolname
"""
_POLICIES = """
SELECT format('ALTER POLICY %%I ON %%s TO %%s', p.polname, p.polrelid::regclass, string_agg(
           quote_ident(coalesce((%s::text[])[array_position(%s::text[], r.rolname::text)], r.rolname)), ', '))
FROM pg_policy AS p CROSS JOIN LATERAL unnest(p.polroles) AS u (role) JOIN pg_roles AS r ON r.oid = u.role
GROUP BY p.oid, p.polname, p.polrelid HAVING bool_or(r.rolname = ANY (%s))
"""


def _rows(connection: psycopg.Connection[Any], query: str, *values: Any) -> list[Any]:  # noqa: ANN401 (psycopg's own)
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def _true(connection: psycopg.Connection[Any], query: str, *values: str) -> bool:
    return bool(_rows(connection, query, *values)[0][0])
