"""Statements of tests in a role of a database's ledger, whose name carries the database."""

from __future__ import annotations

from typing import Any

import psycopg

from ledger.store.roles import of_database


def in_role(connection: psycopg.Connection[Any], role: str) -> None:
    """Take the owner's, writer's, reader's or projector's role, or any other by its name."""
    named = of_database(connection)._asdict().get(role, role)
    connection.execute(f"SET ROLE {named}".encode())
