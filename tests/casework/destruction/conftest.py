"""Fixtures shared by the files of this folder."""

from __future__ import annotations

import uuid

import pytest

from api.casework.runtime import Runtime
from tests.casework.destruction.leavers import destroy, leaver, local_period


@pytest.fixture
def customer(runtime: Runtime) -> uuid.UUID:
    return leaver(runtime, uuid.UUID(int=0xA1))


@pytest.fixture
def gone(runtime: Runtime, customer: uuid.UUID) -> uuid.UUID:
    """A customer of whom nothing is left but the skeleton."""
    local_period(runtime)
    destroy(runtime)
    return customer
