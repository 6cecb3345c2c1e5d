"""The answers about a person as tests look into them: JSON whose shape each test knows."""

from __future__ import annotations

import uuid
from typing import Any

from api.casework import provenance, subject_access
from api.casework.runtime import Runtime
from ledger.caller import Caller


def report(runtime: Runtime, customer_id: uuid.UUID, by: Caller, route: str = "test") -> Any:
    return subject_access.report(runtime, customer_id, by, route)


def provenance_table(runtime: Runtime, customer_id: uuid.UUID, by: Caller, route: str = "test") -> Any:
    return provenance.table(runtime, customer_id, by, route)


def prov_json(runtime: Runtime, customer_id: uuid.UUID, by: Caller, route: str = "test") -> Any:
    return provenance.prov_json(runtime, customer_id, by, route)
