"""Merges and unmerges, for tests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from ledger.caller import Caller
from ledger.recording import Ledger
from tests.conftest import CASE_WORKER
from tests.sharing import give

AT = "2026-09-03T09:00:00Z"


OF_NORTH = Caller(role="contractor", organisation="prime-north", subject="contractor one")


OF_SOUTH = Caller(role="contractor", organisation="prime-south", subject="contractor two")


@dataclass(frozen=True)
class People:
    """Sam Carter, registered twice, and somebody else of a similar name."""

    sam: uuid.UUID
    again: uuid.UUID
    else_: uuid.UUID


def merge(ledger: Ledger, duplicate: uuid.UUID, into: uuid.UUID, by: Caller = CASE_WORKER, **said: Any) -> None:
    body = {"merge_id": "m", "reason": "the same birth date and address", "decided_by": "case worker one", **said}
    give(ledger, "merge-customers", duplicate, at=AT, into=str(into), **body, by=by)


def unmerge(ledger: Ledger, duplicate: uuid.UUID, *, exposed: bool = False, **said: Any) -> None:
    body = {"merge_id": "m", "data_exposed": exposed, "reason": "they are brothers", **said}
    give(ledger, "unmerge-customers", duplicate, at="2026-09-10T09:00:00Z", **body, by=CASE_WORKER)


def told(ledger: Ledger, number: uuid.UUID) -> list[str]:
    return [entry.type for entry in ledger.history(number)]
