"""Which hosts are answered, whose proxy headers count, and where the development issuer works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.casework.runtime import Runtime
from api.hosts import host_of, warnings
from api.issuer import Issuer
from api.settings import read_settings

Visit = Callable[..., TestClient]
MANAGER = {"role": "records-manager", "organisation": "controller"}
FOREIGN = ["elsewhere.example", "127.0.0.1.elsewhere.example", "localhost.elsewhere.example:8000", "169.254.169.254",
           "localhost@elsewhere.example", "elsewhere.example, localhost", "localhost:8000:1", "[::1", "", "*",
           "localhost/", "localhost:x", "localhost?", "[::1]x"]  # fmt: skip


def bearer(runtime: Runtime) -> dict[str, str]:
    issued = Issuer.open(runtime.settings).issue(**MANAGER, subject="somebody", minutes=5)
    return {"Authorization": f"Bearer {issued}"}


# Hosts.


@pytest.mark.parametrize("path", ["/", "/sign-in", "/v1/findings", "/static/ledger.css", "/metrics", "/nowhere"])
def test_a_foreign_host_gets_one_sentence_and_is_sent_nowhere(visit: Visit, path: str):
    client = visit()
    for host in FOREIGN:
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 400, host
        assert answer.json()["detail"].startswith("The Host header names no address of this ledger")
        assert "location" not in answer.headers
        assert "elsewhere" not in answer.text


def test_a_foreign_host_changes_nothing(visit: Visit):
    client = visit(LEDGER_DEV="1")
    answer = client.post("/sign-in", data=MANAGER, headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:80", "[::1]:8000"])
def test_this_machine_is_answered_under_its_own_names(visit: Visit, host: str):
    assert visit().get("/sign-in", headers={"host": host}).status_code == 200


def test_the_names_the_operator_lists_are_answered_and_no_others(visit: Visit):
    client = visit(LEDGER_ALLOWED_HOSTS="ledger.example, ledger.internal")
    assert client.get("/sign-in", headers={"host": "Ledger.example:443"}).status_code == 200
    assert client.get("/sign-in", headers={"host": "ledger.internal"}).status_code == 200
    for other in ("127.0.0.1", "www.ledger.example", "example"):
        assert client.get("/sign-in", headers={"host": other}).status_code == 400


def test_whoever_watches_the_program_may_ask_by_its_address(visit: Visit):
    client = visit()
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code in {200, 503}


@given(st.binary(max_size=30))
def test_no_host_header_breaks_the_reader(value: bytes):
    host_of([(b"host", value)])


def test_two_host_headers_are_none():
    assert host_of([(b"host", b"localhost"), (b"host", b"localhost")]) is None
    assert host_of([]) is None


# Proxies.


PROXY = {"x-forwarded-proto": "https", "x-forwarded-host": "ledger.example", "x-forwarded-for": "203.0.113.9"}
BEHIND = {"LEDGER_DEV": "1", "LEDGER_ALLOWED_HOSTS": "ledger.example", "LEDGER_TRUSTED_PROXIES": "10.1.0.0/16, ::1"}


@pytest.mark.parametrize("sender", ["10.1.2.3", "::ffff:10.1.2.3", "::1"])
def test_a_trusted_proxy_says_how_the_browser_came_here(visit: Visit, sender: str):
    client = visit(sender=sender, **BEHIND)
    answer = client.post("/sign-in", data=MANAGER, headers={**PROXY, "origin": "https://ledger.example"})

    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-")


@pytest.mark.parametrize("sender", ["10.2.0.1", "203.0.113.9", "unknown"])
def test_nobody_else_does(visit: Visit, sender: str):
    assert visit(sender=sender, **BEHIND).get("/sign-in", headers=PROXY).status_code == 400
    client = visit(sender=sender, **{**BEHIND, "LEDGER_ALLOWED_HOSTS": "127.0.0.1"})
    answer = client.post("/sign-in", data=MANAGER, headers=PROXY)
    assert "__Host-" not in answer.headers["set-cookie"]


def test_of_several_proxies_the_nearest_counts(visit: Visit):
    client = visit(sender="10.1.2.3", **BEHIND)
    foreign = {**PROXY, "x-forwarded-host": "ledger.example, elsewhere.example"}
    assert client.get("/sign-in", headers=foreign).status_code == 400
    ours = {**PROXY, "x-forwarded-host": "elsewhere.example, ledger.example"}
    assert client.get("/sign-in", headers=ours).status_code == 200


def test_where_a_sign_in_comes_back_to_follows_the_trusted_proxy(visit: Visit, provider: Any, at_provider: Any):
    client = visit(sender="10.1.2.3", **{**BEHIND, "LEDGER_DEV": "", **at_provider})
    location = client.get("/sign-in/provider", headers=PROXY).headers["location"]
    assert "redirect_uri=https%3A%2F%2Fledger.example%2Fsign-in%2Freturn" in location


# The development issuer.


def tried(client: TestClient, runtime: Runtime, **headers: str) -> tuple[int, int]:
    """The statuses of signing in at the development issuer and of using one of its tokens."""
    signing_in = client.post("/sign-in", data=MANAGER, headers=headers)
    assert ("set-cookie" in signing_in.headers) == (signing_in.status_code == 303)
    using = client.get("/v1/findings", headers={**bearer(runtime), **headers})
    return signing_in.status_code, using.status_code


def test_on_this_machine_the_development_issuer_works(visit: Visit, runtime: Runtime):
    assert tried(visit(), runtime) == (303, 200)
    assert tried(visit(sender="::1"), runtime, host="[::1]:8000") == (303, 200)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "ledger.example"])  # noqa: S104
def test_served_on_another_address_it_makes_nobody_a_records_manager(visit: Visit, runtime: Runtime, host: str):
    client = visit(LEDGER_HOST=host)
    assert tried(client, runtime) == (403, 401)
    page = client.get("/sign-in").text
    assert "Set LEDGER_OIDC_ISSUER, or LEDGER_DEV=1" in page
    assert "<form" not in page


@pytest.mark.parametrize("sender", ["192.168.1.9", "203.0.113.9", "unknown"])
def test_from_another_machine_it_works_for_nobody(visit: Visit, runtime: Runtime, sender: str):
    assert tried(visit(sender=sender), runtime) == (403, 401)


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "forwarded", "x-real-ip"]
)
@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
def test_through_a_proxy_it_works_for_nobody(visit: Visit, runtime: Runtime, header: str, trusted: str):
    client = visit(LEDGER_TRUSTED_PROXIES=trusted)
    value = "127.0.0.1" if header == "x-forwarded-host" else "for=127.0.0.1"
    assert tried(client, runtime, **{header: value}) == (403, 401)


def test_under_a_name_that_is_not_this_machines_it_works_for_nobody(visit: Visit, runtime: Runtime):
    client = visit(LEDGER_ALLOWED_HOSTS="ledger.example")
    assert tried(client, runtime, host="ledger.example") == (403, 401)


def test_its_refusal_says_what_to_set(visit: Visit, runtime: Runtime):
    answer = visit(LEDGER_HOST="::").get("/v1/findings", headers=bearer(runtime))
    assert answer.status_code == 401
    assert "LEDGER_DEV=1" in answer.json()["detail"]


def test_with_ledger_dev_it_works_everywhere_and_every_page_says_so(visit: Visit, runtime: Runtime):
    client = visit(LEDGER_HOST="::", LEDGER_DEV="1", sender="192.168.1.9")
    assert tried(client, runtime, **{"x-forwarded-for": "203.0.113.9"}) == (303, 200)
    for path in ("/", "/sign-in", "/search", "/requests", "/customers/nobody", "/nowhere"):
        assert (
            "Anybody who reaches this address can sign in as anybody"
            in client.get(path, headers={"accept": "text/html"}).text
        ), path
    assert "Anybody who reaches" not in visit().get("/sign-in").text


def test_whoever_starts_the_program_is_told_who_can_sign_in():
    assert list(warnings(read_settings({}))) == []
    assert list(warnings(read_settings({"LEDGER_OIDC_ISSUER": "https://i.example", "LEDGER_HOST": "::"}))) == []
    assert "sign in as anybody" in next(iter(warnings(read_settings({"LEDGER_DEV": "1"}))))
    assert "Nobody can sign in" in next(iter(warnings(read_settings({"LEDGER_HOST": "::"}))))
