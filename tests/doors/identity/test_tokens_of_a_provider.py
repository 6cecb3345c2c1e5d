"""Bearer tokens of an OpenID provider: its keys by discovery, by address or from a file, and what its claims mean."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.testclient import TestClient

from api.auth import Gate
from api.fetched import KEEP_SECONDS, REFETCH_SECONDS, RETRY_SECONDS, Fetched, ProviderUnreachable
from api.key_sets import key_set_of
from api.settings import read_settings
from ledger.errors import NotSignedIn
from tests.doors.identity.provider import IdentityProvider

Open = Callable[..., TestClient]


class Watch:
    """A clock of seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The clock of everything that is fetched."""
    watch = Watch()
    begun = Fetched.__init__
    monkeypatch.setattr(Fetched, "__init__", lambda self, fetch: begun(self, fetch, clock=watch))
    return watch


def gate_of(provider: IdentityProvider, home: Path, **environ: str) -> Gate:
    return Gate.open(read_settings({"LEDGER_HOME": str(home), "LEDGER_OIDC_ISSUER": provider.issuer, **environ}))


def test_the_issuer_alone_is_enough_to_find_its_keys(provider: IdentityProvider, ledger_at_provider: Open):
    client = ledger_at_provider()

    answer = client.get("/v1/findings", headers={"Authorization": f"Bearer {provider.bearer()}"})

    assert answer.status_code == 200
    assert set(provider.asked) == {"/.well-known/openid-configuration", "/keys"}


def test_keys_at_an_address_are_fetched_without_discovery(provider: IdentityProvider, tmp_path: Path):
    gate = gate_of(provider, tmp_path, LEDGER_OIDC_JWKS_URL=f"{provider.issuer}/keys")

    assert gate.caller(provider.bearer()).subject == "adviser one"
    assert set(provider.asked) == {"/keys"}


def test_keys_are_fetched_once_and_again_after_an_hour(provider: IdentityProvider, tmp_path: Path, watch: Watch):
    gate = gate_of(provider, tmp_path)
    for _ in range(5):
        gate.caller(provider.bearer())
    assert provider.asked["/keys"] == 1

    withdrawn = provider.bearer()
    provider.keys = [ECKey.generate_key("P-256", auto_kid=True)]
    watch.seconds += KEEP_SECONDS
    with pytest.raises(NotSignedIn):
        gate.caller(withdrawn)


def test_an_unknown_key_is_looked_for_at_most_once_a_minute(provider: IdentityProvider, tmp_path: Path, watch: Watch):
    gate = gate_of(provider, tmp_path)
    gate.caller(provider.bearer())
    watch.seconds += REFETCH_SECONDS

    provider.keys.append(ECKey.generate_key("P-256", auto_kid=True))
    assert gate.caller(provider.bearer()).subject == "adviser one"  # the new key is taken up at once
    assert provider.asked["/keys"] == 2
    stranger = ECKey.generate_key("P-256", auto_kid=True)
    forged = jwt.encode({"alg": "ES256", "kid": stranger.kid}, {"iss": provider.issuer}, stranger)
    for _ in range(20):
        with pytest.raises(NotSignedIn):
            gate.caller(forged)
    assert provider.asked["/keys"] == 2
    watch.seconds += REFETCH_SECONDS
    for _ in range(20):
        with pytest.raises(NotSignedIn):
            gate.caller(forged)
    assert provider.asked["/keys"] == 3


def test_a_forged_token_that_names_a_known_key_makes_nobody_ask_the_provider(
    provider: IdentityProvider, tmp_path: Path, watch: Watch
):
    gate = gate_of(provider, tmp_path)
    gate.caller(provider.bearer())
    watch.seconds += REFETCH_SECONDS
    forged = jwt.encode({"alg": "ES256", "kid": provider.keys[0].kid}, {}, ECKey.generate_key("P-256"))

    for token in (forged, "no token", "a.b.c"):
        with pytest.raises(NotSignedIn):
            gate.caller(token)
    assert provider.asked["/keys"] == 1


def test_while_the_provider_is_away_the_old_keys_hold(provider: IdentityProvider, tmp_path: Path, watch: Watch):
    gate = gate_of(provider, tmp_path)
    gate.caller(provider.bearer())
    provider.away = True
    watch.seconds += 10 * KEEP_SECONDS

    assert gate.caller(provider.bearer()).subject == "adviser one"


def test_without_any_keys_the_answer_is_503_with_one_sentence_and_the_provider_is_not_hammered(
    provider: IdentityProvider, ledger_at_provider: Open, watch: Watch
):
    provider.away = True
    client = ledger_at_provider()
    headers = {"Authorization": f"Bearer {provider.bearer()}"}

    for _ in range(5):
        answer = client.get("/v1/findings", headers=headers)
        assert answer.status_code == 503
        assert answer.json()["title"].startswith("The identity provider cannot be reached")
        assert answer.headers["retry-after"]
    assert sum(provider.asked.values()) == 1
    provider.away = False
    watch.seconds += RETRY_SECONDS
    assert client.get("/v1/findings", headers=headers).status_code == 200


def test_many_threads_that_need_the_keys_at_once_fetch_them_once(provider: IdentityProvider, tmp_path: Path):
    gate, token = gate_of(provider, tmp_path), provider.bearer()
    with ThreadPoolExecutor(16) as threads:
        callers = list(threads.map(lambda _: gate.caller(token), range(32)))

    assert {caller.subject for caller in callers} == {"adviser one"}
    assert provider.asked == {"/.well-known/openid-configuration": 1, "/keys": 1}


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://another.example"},
        {"jwks_uri": None},
        {"jwks_uri": "http://keys.example/keys"},
        {"token_endpoint": 7},
    ],
)
def test_a_discovery_document_that_does_not_fit_brings_no_keys(
    provider: IdentityProvider, tmp_path: Path, metadata: dict[str, Any]
):
    provider.metadata = metadata

    with pytest.raises(ProviderUnreachable, match="discovery document"):
        gate_of(provider, tmp_path).caller(provider.bearer())


@pytest.mark.parametrize("claims", [{"aud": "another-service"}, {"aud": None}, {"iss": "https://another.example"},
                                    {"exp": 1}, {"exp": None}, {"sub": None}])  # fmt: skip
def test_a_token_for_another_service_or_of_another_issuer_or_time_is_nobodys(
    provider: IdentityProvider, tmp_path: Path, claims: dict[str, Any]
):
    with pytest.raises(NotSignedIn):
        gate_of(provider, tmp_path).caller(provider.bearer(**claims))


def test_a_token_for_several_services_is_for_this_one_too(provider: IdentityProvider, tmp_path: Path):
    token = provider.bearer(aud=["another", "data-sharing-ledger"])
    assert gate_of(provider, tmp_path).caller(token).role == "case-worker"


def test_neither_no_signature_nor_a_shared_secret_is_accepted_of_a_provider(provider: IdentityProvider, tmp_path: Path):
    gate = gate_of(provider, tmp_path)
    body = provider.bearer().split(".")[1]
    public = orjson.dumps(provider.keys[0].as_dict(private=False))
    claims = {"iss": provider.issuer, "aud": "data-sharing-ledger", "exp": 10**10, "sub": "x", "role": "auditor",
              "organisation": "controller"}  # fmt: skip

    for token in (
        f"eyJhbGciOiJub25lIn0.{body}.",
        jwt.encode({"alg": "HS256", "kid": provider.keys[0].kid}, claims, OctKey.import_key(public)),
    ):
        with pytest.raises(NotSignedIn):
            gate.caller(token)


def signed_by_hand(header: dict[str, Any], claims: str, key: ECKey) -> str:
    """A token with a header that no library would write, and a signature that is right."""
    head = urlsafe_b64encode(orjson.dumps(header)).decode().rstrip("=")
    signature = JWSRegistry(algorithms=["ES256"]).get_alg("ES256").sign(f"{head}.{claims}".encode(), key)
    return f"{head}.{claims}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_a_token_whose_header_demands_what_we_do_not_know_is_nobodys(provider: IdentityProvider, tmp_path: Path):
    key, claims = provider.keys[0], provider.bearer().split(".")[1]
    usual = {"alg": "ES256", "kid": key.kid}
    gate = gate_of(provider, tmp_path)

    assert gate.caller(signed_by_hand(usual, claims, key)).subject == "adviser one"
    with pytest.raises(NotSignedIn):
        gate.caller(signed_by_hand({**usual, "crit": ["invented"], "invented": True}, claims, key))


def test_only_public_keys_for_signatures_are_taken_from_a_key_set():
    ours = ECKey.generate_key("P-256", auto_kid=True)
    document = {
        "keys": [
            ours.as_dict(private=False),
            RSAKey.generate_key(2048, {"use": "enc"}, auto_kid=True).as_dict(private=False),
            OctKey.generate_key(256, auto_kid=True).as_dict(private=True),
            {"kty": "of next year"},
            {"kty": "EC", "crv": "P-256"},
            "no key",
        ]
    }
    assert [key.kid for key in key_set_of(document)] == [ours.kid]
    without: list[Any] = [{}, [], {"keys": {}}, {"keys": document["keys"][1:]}]
    for useless in without:
        with pytest.raises((ValueError, TypeError)):
            key_set_of(useless)


# What the claims mean.


ROLES = "their-adviser=contractor, their-auditor=auditor"


@pytest.mark.parametrize(
    ("environ", "claims"),
    [
        ({"LEDGER_OIDC_ROLES": ROLES}, {"role": "their-adviser"}),
        ({"LEDGER_OIDC_ROLES": ROLES}, {"role": ["everybody", "their-adviser"]}),
        ({"LEDGER_OIDC_ROLE_CLAIM": "realm_access.roles"}, {"realm_access": {"roles": ["contractor"]}}),
        ({"LEDGER_OIDC_ROLE_CLAIM": "https://x.example/role"}, {"https://x.example/role": "contractor"}),
        ({"LEDGER_OIDC_ORGANISATION_CLAIM": "employer.code"}, {"role": "contractor", "organisation": None,
                                                               "employer": {"code": ["0000000101"]}}),
    ],
)  # fmt: skip
def test_role_and_organisation_come_from_the_claims_the_operator_names(
    provider: IdentityProvider, tmp_path: Path, environ: dict[str, str], claims: dict[str, Any]
):
    caller = gate_of(provider, tmp_path, **environ).caller(provider.bearer(**claims))

    assert (caller.role, caller.organisation) == ("contractor", "0000000101")


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "auditor"},  # ours by name, but the operator maps theirs, and theirs may mean something else
        {"role": ["their-adviser", "their-auditor"]},
        {"role": ["everybody"]},
        {"role": {"their-adviser": True}},
    ],
)
def test_no_role_or_more_than_one_is_nobody(provider: IdentityProvider, tmp_path: Path, claims: dict[str, Any]):
    with pytest.raises(NotSignedIn, match="role"):
        gate_of(provider, tmp_path, LEDGER_OIDC_ROLES=ROLES).caller(provider.bearer(**claims))
