"""Fixtures shared by the files of this folder."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger.recording import Ledger
from tests.casework.request_effects.effects import Step
from tests.conftest import RECORDS_MANAGER
from tests.sharing import give


@pytest.fixture
def asked(ledger: Ledger, sam: uuid.UUID) -> Step:
    """One request of Sam's, step by step: `asked("receive-request", kind="objection")`."""
    number = uuid.uuid4()

    def step(type_: str, *, at: str = "2026-09-03T09:00:00Z", **said: Any) -> None:
        named: Any = {"customer_id": str(sam), "organisation": "prime-north"} if type_ == "receive-request" else {}
        give(ledger, type_, by=RECORDS_MANAGER, at=at, request_id=str(number), **{**named, **said})

    step.number = str(number)  # type: ignore[attr-defined]
    return step
