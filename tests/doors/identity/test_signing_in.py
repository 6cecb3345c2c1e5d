"""Signing in to the pages at an identity provider: authorisation code with PKCE, state and nonce, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.testclient import TestClient

from api.pages.sign_in import SIGN_IN_MINUTES
from tests.conftest import Clock
from tests.doors.identity.provider import CLIENT, SECRET, IdentityProvider

Open = Callable[..., TestClient]
FAILED = "This sign-in was not completed"


def to_provider(client: TestClient, going: str = "/") -> str:
    """The address of the provider that somebody who signs in is sent to."""
    answer = client.get("/sign-in/provider", params={"next": going})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def sign_in(client: TestClient, provider: IdentityProvider, going: str = "/") -> Any:
    """The answer to whoever signed in at the provider and came back."""
    return client.get(provider.authorise(to_provider(client, going)))


def refused(answer: Any) -> None:
    assert answer.status_code == 403
    assert FAILED in answer.text
    assert "ledger_session" not in answer.headers.get("set-cookie", "")


def test_whoever_signs_in_at_the_provider_is_at_the_page_they_wanted(
    provider: IdentityProvider, ledger_at_provider: Open
):
    client = ledger_at_provider()
    assert client.get("/requests").headers["location"] == "/sign-in?next=/requests"
    form = client.get("/sign-in?next=/requests").text
    assert 'href="/sign-in/provider?next=/requests"' in form
    assert 'name="role"' not in form

    answer = sign_in(client, provider, "/requests")

    assert (answer.status_code, answer.headers["location"]) == (303, "/requests")
    page = client.get("/requests")
    assert page.status_code == 200
    assert "You are signed in as case worker" in page.text


def test_the_provider_is_asked_with_state_nonce_and_a_challenge_and_nothing_of_the_page(
    provider: IdentityProvider, ledger_at_provider: Open
):
    asked = parse_qs(urlsplit(to_provider(ledger_at_provider(), "/requests")).query)

    assert set(asked) == {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
                          "code_challenge_method"}  # fmt: skip
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/sign-in/return"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]


def test_no_two_sign_ins_share_a_secret(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()
    first, second = (parse_qs(urlsplit(to_provider(client)).query) for _ in range(2))

    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_signing_in_at_the_provider_never_leads_to_another_site(
    provider: IdentityProvider, ledger_at_provider: Open, elsewhere: str
):
    assert sign_in(ledger_at_provider(), provider, elsewhere).headers["location"] == "/"


def test_an_answer_with_another_state_is_refused(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()
    back = provider.authorise(to_provider(client))

    refused(client.get(back.split("&state=")[0], params={"state": "another"}))
    refused(client.get(back.split("&state=")[0]))


def test_an_answer_in_another_browser_than_the_sign_in_began_in_is_refused(
    provider: IdentityProvider, ledger_at_provider: Open
):
    back = provider.authorise(to_provider(ledger_at_provider()))
    other = ledger_at_provider()

    refused(other.get(back))
    to_provider(other)  # nor in one where another sign-in is on the way
    refused(other.get(back))


def test_an_answer_that_nobody_waited_for_any_more_is_refused(
    provider: IdentityProvider, ledger_at_provider: Open, clock: Clock
):
    client = ledger_at_provider()
    back = provider.authorise(to_provider(client))
    clock.time += timedelta(minutes=SIGN_IN_MINUTES)

    refused(client.get(back))


def test_a_made_up_cookie_of_a_sign_in_is_none(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()
    back = provider.authorise(to_provider(client))
    for made_up in ("", "AAAA", "not base64!", "A" * 400):
        client.cookies.clear()
        client.cookies.set("ledger_sign_in", made_up, domain="127.0.0.1")
        refused(client.get(back))


def test_a_code_that_was_used_signs_nobody_in_again(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()
    address = to_provider(client)
    kept = dict(client.cookies)
    back = provider.authorise(address)
    assert client.get(back).status_code == 303

    refused(client.get(back))  # the browser has forgotten this sign-in
    thief = ledger_at_provider()
    for name, value in kept.items():
        thief.cookies.set(name, value, domain="127.0.0.1")
    refused(thief.get(back))  # and the provider takes a code once


def test_a_code_without_the_verifier_of_its_sign_in_is_of_no_use(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()
    stolen = parse_qs(urlsplit(provider.authorise(to_provider(client))).query)["code"][0]
    own = parse_qs(urlsplit(provider.authorise(to_provider(client))).query)["state"][0]

    refused(client.get("/sign-in/return", params={"code": stolen, "state": own}))


def test_whoever_the_provider_refuses_is_answered_in_one_sentence(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()
    state = parse_qs(urlsplit(to_provider(client)).query)["state"][0]
    answer = client.get("/sign-in/return", params={"error": "access_denied", "state": state})

    refused(answer)
    assert "access_denied" not in answer.text


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": "data-sharing-ledger"},  # a token for the routes is no sign-in
        {"aud": [CLIENT, "another-client"]},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"iss": "https://another.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_an_identity_token_that_is_not_for_this_sign_in_is_refused(
    provider: IdentityProvider, ledger_at_provider: Open, claims: dict[str, Any]
):
    client = ledger_at_provider()
    provider.claims = claims
    refused(sign_in(client, provider))
    provider.claims = {"aud": [CLIENT, "another-client"], "azp": CLIENT}
    assert sign_in(client, provider).status_code == 303


def forged(provider: IdentityProvider, nonce: str) -> list[str]:
    """Identity tokens that are right but for their signature: of the client's secret, of another key, and none."""
    now = int(time.time())
    claims = {"iss": provider.issuer, "aud": CLIENT, "exp": now + 300, "nonce": nonce, **provider.person}
    made = []
    for algorithm, key in (("HS256", OctKey.import_key(SECRET)), ("ES256", ECKey.generate_key("P-256"))):
        header = {"alg": algorithm, "kid": provider.keys[0].kid}
        made.append(jwt.encode(header, claims, key, algorithms=[algorithm]))
    return [*made, f"eyJhbGciOiJub25lIn0.{made[0].split('.')[1]}.", ""]


def test_an_identity_token_without_a_signature_of_the_provider_is_refused(
    provider: IdentityProvider, ledger_at_provider: Open
):
    client = ledger_at_provider()
    for number in range(4):
        address = to_provider(client)
        provider.token = forged(provider, parse_qs(urlsplit(address).query)["nonce"][0])[number] or "no token"
        refused(client.get(provider.authorise(address)))
    provider.token = None
    assert sign_in(client, provider).status_code == 303


def test_an_answer_that_names_another_issuer_or_none_where_it_should_is_refused(
    provider: IdentityProvider, ledger_at_provider: Open
):
    client = ledger_at_provider()
    back = provider.authorise(to_provider(client))
    refused(client.get(f"{back}&iss=https://another.example"))
    assert client.get(f"{back}&iss={provider.issuer}").status_code == 303

    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    client = ledger_at_provider()
    refused(sign_in(client, provider))


@pytest.mark.parametrize(
    "claims", [{"role": None}, {"role": "emperor"}, {"role": ["auditor", "case-worker"]}, {"organisation": None}]
)
def test_whoever_has_no_role_here_gets_one_page_and_no_session(
    provider: IdentityProvider, ledger_at_provider: Open, claims: dict[str, Any]
):
    client = ledger_at_provider()
    provider.claims = claims
    answer = sign_in(client, provider)

    assert answer.status_code == 403
    assert "Your account has no role and organisation in this ledger" in answer.text
    assert "adviser one" not in answer.text
    assert "ledger_session" not in answer.headers.get("set-cookie", "")
    assert client.get("/").status_code == 303


def test_claims_that_the_identity_token_lacks_are_asked_of_the_provider(
    provider: IdentityProvider, ledger_at_provider: Open
):
    client = ledger_at_provider(
        LEDGER_OIDC_ROLE_CLAIM="groups.ledger",
        LEDGER_OIDC_ROLES="their-auditors=auditor",
        LEDGER_OIDC_SCOPES="openid x",
    )
    provider.userinfo = {"sub": "somebody else", "groups": {"ledger": ["their-auditors"]}}
    assert sign_in(client, provider).status_code == 403
    provider.userinfo = {**provider.userinfo, "sub": "adviser one"}
    assert sign_in(client, provider).status_code == 303
    assert "You are signed in as auditor" in client.get("/").text


def test_a_provider_that_is_away_is_named_as_such_and_nobody_is_sent_there(
    provider: IdentityProvider, ledger_at_provider: Open
):
    client = ledger_at_provider()
    provider.away = True
    answer = client.get("/sign-in/provider")
    assert answer.status_code == 503
    assert "The identity provider" in answer.text


def test_a_client_the_provider_does_not_know_is_the_operators_to_mend(
    provider: IdentityProvider, ledger_at_provider: Open, tmp_path: Path
):
    (tmp_path / "another").write_text("not the secret")
    client = ledger_at_provider(LEDGER_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "another"))
    answer = sign_in(client, provider)
    assert answer.status_code == 503
    assert "LEDGER_OIDC_CLIENT_SECRET_FILE" in answer.text


def test_a_provider_that_goes_away_half_way_signs_nobody_in(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()
    back = provider.authorise(to_provider(client))
    provider.away = True
    assert client.get(back).status_code == 503
    assert client.get("/").status_code == 303


def test_signing_out_ends_the_session_here_and_leads_to_where_it_ends_at_the_provider(
    provider: IdentityProvider, ledger_at_provider: Open
):
    client = ledger_at_provider()
    sign_in(client, provider)
    cookie = client.cookies["ledger_session"]
    token = client.get("/").text.split('name="form_token" value="')[1].split('"')[0]

    assert client.post("/sign-out", data={"form_token": token}).headers["location"] == "/signed-out"
    onwards = client.get("/signed-out").headers["refresh"].removeprefix("0; url=")
    parts = urlsplit(onwards)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{provider.issuer}/sign-out"
    assert parse_qs(parts.query) == {
        "client_id": [CLIENT], "post_logout_redirect_uri": ["http://127.0.0.1:8000/sign-in"],
    }  # fmt: skip
    client.cookies.set("ledger_session", cookie, domain="127.0.0.1")
    assert client.get("/").status_code == 303


def test_where_the_provider_has_no_such_place_signing_out_ends_here(
    provider: IdentityProvider, ledger_at_provider: Open
):
    provider.metadata = {"end_session_endpoint": None}
    client = ledger_at_provider()
    sign_in(client, provider)
    answer = client.get("/signed-out")
    assert "refresh" not in answer.headers
    assert "You are signed out" in answer.text


def test_with_a_provider_there_is_no_form_that_makes_anybody_of_anybody(
    provider: IdentityProvider, ledger_at_provider: Open
):
    answer = ledger_at_provider().post("/sign-in", data={"role": "records-manager", "organisation": "controller"})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_without_a_client_the_pages_say_what_to_set(provider: IdentityProvider, visit: Open):
    client = visit(LEDGER_OIDC_ISSUER=provider.issuer)
    assert "LEDGER_OIDC_CLIENT_ID must be set" in client.get("/sign-in").text
    assert client.get("/sign-in/provider").status_code == 403
    assert client.get("/sign-in/return?code=a&state=b").status_code == 403
