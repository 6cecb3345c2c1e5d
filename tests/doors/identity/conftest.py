"""Fixtures shared by the files of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.first_controller import register_first_controller
from api.casework.runtime import Runtime
from tests.doors.identity.provider import CLIENT, SECRET, IdentityProvider, provided
from tests.runtimes import settings_of
from tests.sharing import register

Visit = Callable[..., TestClient]
LOOPBACK = "http://127.0.0.1:8000"


@pytest.fixture
def visit(runtime: Runtime, database: str, tmp_path: Path) -> Visit:
    """A browser at a ledger with these settings; by default it is on the same machine, and nothing is set.

    The organisation of whoever signs in here is registered as working for the controller.
    """
    register_first_controller(runtime.ledger, runtime.settings)
    register(runtime.ledger, "0000000101", "controller's office", part_of=runtime.settings.controller)

    def visit(*, address: str = LOOPBACK, sender: str = "127.0.0.1", **environ: str) -> TestClient:
        nothing = {"LEDGER_DEV": "", "LEDGER_ALLOWED_HOSTS": ""}
        runtime.settings = settings_of(database, tmp_path, **{**nothing, **environ})
        return TestClient(create_app(runtime), base_url=address, client=(sender, 50_000), follow_redirects=False)

    return visit


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with provided() as running:
        yield running


@pytest.fixture
def at_provider(provider: IdentityProvider, tmp_path: Path) -> dict[str, str]:
    """The settings of a ledger whose people sign in at the provider."""
    secret = tmp_path / "client_secret"
    secret.write_text(f"{SECRET}\n")
    return {
        "LEDGER_OIDC_ISSUER": provider.issuer,
        "LEDGER_OIDC_CLIENT_ID": CLIENT,
        "LEDGER_OIDC_CLIENT_SECRET_FILE": str(secret),
    }


@pytest.fixture
def ledger_at_provider(visit: Visit, at_provider: dict[str, str]) -> Callable[..., TestClient]:
    """A browser at a ledger whose people sign in at the provider."""

    def open_(**more: Any) -> TestClient:
        return visit(**{**at_provider, **more})

    return open_
