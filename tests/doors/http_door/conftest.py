"""Fixtures shared by the files of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime, opened
from tests.conftest import Databases
from tests.doors.http_door.doors import Doors, command
from tests.runtimes import settings_of


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    return create_app(runtime)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
def doors(runtime: Runtime, client: TestClient) -> Doors:
    return Doors(runtime, client)


@pytest.fixture(scope="module")
def shared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """An empty ledger for all the requests here that must not record anything."""
    home = str(tmp_path_factory.mktemp("shared"))
    with databases() as conninfo, opened(settings_of(conninfo, Path(home))) as runtime:
        yield Doors(runtime, TestClient(create_app(runtime)))


@pytest.fixture
def quiet(shared: Doors) -> Iterator[Doors]:
    yield shared
    assert shared.recorded() == []


@pytest.fixture
def customer(doors: Doors) -> str:
    body = command()
    assert doors.post("/v1/entries", body).status_code == 201
    return str(body["customer_id"])
