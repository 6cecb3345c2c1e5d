"""What requests did, for tests: shares proposed, events that happened, findings and due records."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from api.casework import obligations as owing
from api.casework.runtime import Runtime
from ledger.recording import Ledger
from projections.findings import read as findings
from tests.conftest import RECORDS_MANAGER

Step = Callable[..., None]


def happened(ledger: Ledger, customer: uuid.UUID) -> list[str]:
    return [entry.type for entry in ledger.history(customer)]


def found(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.current_views(RECORDS_MANAGER) as connection:
        return [row.as_json() for row in findings.page(connection)]


def recipients(runtime: Runtime, asked: Step) -> set[str]:
    rows = owing.listed(runtime, RECORDS_MANAGER, owing.wanted(runtime, RECORDS_MANAGER, kind="notify-recipient")).rows
    return {str(row.recipient) for row in rows if row.subject_id == asked.number}  # type: ignore[attr-defined]
