"""How the ledger stands: its schema, how far each view has come, and since when a line waits in the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.casework.runtime import Runtime
from ledger.errors import LedgerError
from ledger.store import migrate, quarantine
from ledger.store.readers import SYSTEM
from projections import runner
from projections.runner import State


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What a readiness probe asks."""

    schema: str
    """`ok`, or the sentence that says what is wrong with it."""
    views: Sequence[State]
    waiting_since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """What an operator's metrics count."""

    views: Sequence[State]
    waiting: Sequence[quarantine.Backlog]


def views(runtime: Runtime) -> Sequence[State]:
    """How far each view has come."""
    with runtime.views(SYSTEM) as connection:
        return runner.states(connection)


def health(runtime: Runtime, *, wait_seconds: float) -> Health:
    """The schema, the views and the quarantine. Raises DatabaseUnreachable after so many seconds."""
    with runtime.views(SYSTEM, wait_seconds=wait_seconds) as connection:
        try:
            migrate.check(connection)
        except LedgerError as wrong:
            schema = wrong.sentence
        else:
            schema = "ok"
        return Health(schema=schema, views=runner.states(connection), waiting_since=quarantine.oldest(connection))


def numbers(runtime: Runtime, *, wait_seconds: float) -> Numbers:
    """The views and the quarantine. Raises DatabaseUnreachable after so many seconds."""
    with runtime.views(SYSTEM, wait_seconds=wait_seconds) as connection:
        return Numbers(views=runner.states(connection), waiting=quarantine.backlogs(connection))
