"""A person as their controller sees them, read from the same views as the page but without a reading that is recorded.

A reading is an entry, and each entry is another round of all views. What the play compares after each step is read
here; now and then it is held against the answer over HTTP.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.casework.access import opened_for
from api.casework.runtime import Runtime
from ledger.authority.access import EVERYTHING
from ledger.caller import Caller
from ledger.vault.search_tokens import IDENTITY_CLASSES
from projections.customers import read as customers
from projections.findings import read as findings
from projections.obligations import read as obligations
from projections.organisations import read as organisations
from projections.retention import read as retention
from projections.shares import read as shares
from projections.subject_access.last_words import identity


def look(runtime: Runtime, person: str, by: Caller) -> dict[str, Any]:
    """The answer of `GET /v1/customers/{id}` to somebody of the controller, as the views stand."""
    number, at = UUID(person), runtime.ledger.now()
    entries = runtime.ledger.history(number)
    with runtime.views(by, about=number) as views:
        known = customers.for_customer(views, number)
        assert known is not None, "the controller reads everybody of its programme"
        names = organisations.registered(views).names
        owed = [row for row in obligations.for_customer(views, number, at=at, owners=None) if row.state != "done"]
        opened = opened_for(runtime, views, entries, EVERYTHING, classes=IDENTITY_CLASSES)
        return {
            **known.as_json(),
            **shares.parties(shares.for_customer(views, number), names).as_json(),
            "holds": [hold.as_json() for hold in retention.holds(views, number) if hold.lifted_at is None],
            "retention": [row.as_json() for row in retention.for_customer(views, number)],
            "obligations": {"rows": [row.as_json() for row in owed]},
            "findings": findings.for_customer(views, number, organisation=None).as_json(),
            "person": identity(entries, opened),
        }
