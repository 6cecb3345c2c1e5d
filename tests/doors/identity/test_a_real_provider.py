"""Signing in at an OpenID provider that others wrote, over HTTP and in a browser."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime
from tests.runtimes import Runtimes, settings_of

PEOPLE = [
    {"sub": "adviser one", "groups": ["everybody", "ncs-adviser"], "employer": {"code": "0000000101"}},
    {"sub": "visitor one", "groups": ["everybody"], "employer": {"code": "0000000101"}},
]
CLAIMS = {
    "LEDGER_OIDC_ROLE_CLAIM": "groups",
    "LEDGER_OIDC_ROLES": "ncs-adviser=contractor",
    "LEDGER_OIDC_ORGANISATION_CLAIM": "employer.code",
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """`oidc-provider-mock` on a port of its own, with two people."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    people = [part for person in PEOPLE for part in ("--user-claims", orjson.dumps(person).decode())]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *people]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 30
        while time.monotonic() < until and running.poll() is None:
            try:
                httpx2.get(f"{address}/.well-known/openid-configuration")
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield address
        running.terminate()


@pytest.fixture(scope="module")
def served(runtimes: Runtimes, issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A ledger whose people sign in at that provider."""
    secret: Path = tmp_path_factory.mktemp("secrets") / "client_secret"
    secret.write_text("invented")
    with runtimes() as runtime:
        database, home = runtime.settings.database_url, runtime.settings.home
        assert database is not None
        client = {"LEDGER_OIDC_CLIENT_ID": "ledger", "LEDGER_OIDC_CLIENT_SECRET_FILE": str(secret)}
        runtime.settings = settings_of(database, home, LEDGER_DEV="", LEDGER_OIDC_ISSUER=issuer, **client, **CLAIMS)
        yield runtime


def signed_in(client: TestClient, subject: str) -> Any:
    """The answer to whoever fills in the provider's form and comes back."""
    asked = client.get("/sign-in/provider", params={"next": "/requests"}).headers["location"]
    form = httpx2.get(asked)
    assert form.status_code == 200
    back = httpx2.post(asked, data={"sub": subject}).headers["location"]
    return client.get(back)


def test_the_whole_code_flow_works_at_a_provider_that_others_wrote(served: Runtime):
    client = TestClient(create_app(served), base_url="http://127.0.0.1", follow_redirects=False)
    answer = signed_in(client, "adviser one")

    assert (answer.status_code, answer.headers["location"]) == (303, "/requests")
    assert "You are signed in as contractor" in client.get("/requests").text


def test_its_people_without_a_role_here_get_no_session(served: Runtime):
    client = TestClient(create_app(served), base_url="http://127.0.0.1", follow_redirects=False)
    answer = signed_in(client, "visitor one")

    assert answer.status_code == 403
    assert "Your account has no role and organisation in this ledger" in answer.text
    assert client.get("/requests").status_code == 303


def test_its_no_is_a_no_here(served: Runtime):
    client = TestClient(create_app(served), base_url="http://127.0.0.1", follow_redirects=False)
    asked = client.get("/sign-in/provider").headers["location"]
    back = httpx2.post(asked, data={"action": "deny"}).headers["location"]

    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]
    assert client.get(f"/sign-in/return?{urlsplit(back).query}").status_code == 403


@pytest.mark.parametrize("scripts", [True, False])
def test_in_a_browser_somebody_signs_in_there_works_here_and_signs_out_of_both(
    browser: Any, served: Runtime, address: str, issuer: str, *, scripts: bool
):
    page = browser.new_context(java_script_enabled=scripts).new_page()
    page.goto(f"{address}/requests")
    page.get_by_role("button", name="Sign in").click()
    assert page.url.startswith(f"{issuer}/oauth2/authorize?")
    page.locator("input[name=sub]").fill("adviser one")
    page.get_by_role("button", name="Authorize").click()
    assert page.url == f"{address}/requests"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(address)}
    assert set(cookies) == {"ledger_session"}
    assert cookies["ledger_session"]["httpOnly"]

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{issuer}/oauth2/end_session?**")
    page.get_by_role("button", name="End session").click()
    assert page.url == f"{address}/sign-in"
    assert "invented" not in page.content()
    page.context.add_cookies([cookies["ledger_session"]])
    page.goto(f"{address}/requests")
    assert page.url == f"{address}/sign-in?next=/requests"
