"""Poisons events that were recorded, as an earlier version of the program or a bug of an importer could have."""

from __future__ import annotations

import json
from typing import Any

import psycopg


def poison(database: str, position: int, **facts: Any) -> None:
    """Alter the facts of an event, so that views cannot apply it; by default no view of retention can read its date."""
    altered = json.dumps(facts or {"review_on": "next Tuesday"})
    with psycopg.connect(database) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE ledger.event SET facts = facts || %s::jsonb WHERE position = %s", [altered, position])


def heal(database: str, position: int, *facts: str) -> None:
    """Take facts from an event, which is then as if a view that can read it had been made."""
    with psycopg.connect(database) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE ledger.event SET facts = facts - %s::text[] WHERE position = %s", [[*facts], position])
