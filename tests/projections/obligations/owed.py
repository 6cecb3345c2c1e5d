"""What is owed, for tests."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from api.casework import obligations as answered
from api.casework.runtime import Runtime
from ledger.caller import Caller
from projections.findings import read as findings
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Record

CONTRACTOR = Caller(role="contractor", organisation="0000000201", subject="adviser one")


def owed(runtime: Runtime, by: Caller = CASE_WORKER, *, on: date | None = None, **asked: Any) -> list[dict[str, Any]]:
    page = answered.listed(runtime, by, answered.wanted(runtime, by, **asked), on=on, limit=1_000)
    return [row.as_json() for row in page.rows]


def the(runtime: Runtime, kind: str, **asked: Any) -> dict[str, Any]:
    [row] = [row for row in owed(runtime, **asked) if row["kind"] == kind]
    return row


def receive(record: Record, customer: uuid.UUID, receipt: str, *, at: str, **said: Any) -> None:
    record(
        "receive-data", customer, at=at, receipt_id=receipt, received_from="jobcentre-plus", received_by="0000000201",
        **said,
    )  # fmt: skip


def serve(record: Record, customer: uuid.UUID) -> None:
    """The contractor is registered, and the controller assigns the customer to it."""
    organisation = CONTRACTOR.organisation
    record(
        "register-organisation", by=RECORDS_MANAGER, at="2018-01-01T00:00:00Z", organisation=organisation, name="a",
        kind="prime",
    )  # fmt: skip
    record("assign-customer", customer, by=RECORDS_MANAGER, organisation=organisation, reason="invented")


def findings_of(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.current_views(RECORDS_MANAGER) as connection:
        return [row.as_json() for row in findings.page(connection)]
