"""The one way in which tests make a command and give it to a ledger; stories only choose who gives it, and when."""

from __future__ import annotations

import uuid
from typing import Any

from ledger.caller import Caller
from ledger.recording import Ledger
from ledger.store.receipts import Receipt


def command(
    type_: str, customer: uuid.UUID | str | None = None, *, at: str, id: uuid.UUID | str | None = None, **fields: Any
) -> dict[str, Any]:
    """The body of a command, with a new number where none is given."""
    body = {"id": str(id or uuid.uuid4()), "type": type_, "occurred_at": at, **fields}
    return body if customer is None else {**body, "customer_id": str(customer)}


def give(
    ledger: Ledger, type_: str, customer: uuid.UUID | str | None = None, *, by: Caller, at: str, **fields: Any
) -> Receipt:
    """Record one command."""
    return ledger.record(command(type_, customer, at=at, **fields), by)
