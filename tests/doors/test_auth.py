"""Who may come in: only valid tokens of the right issuer. What they then may do is in `tests/ledger/test_sides.py`."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from api.auth import Gate
from api.issuer import KEY_FILE, Issuer, IssuerKeyUnreadable
from api.settings import Settings, read_settings
from ledger.caller import Caller
from ledger.errors import Malformed, NotSignedIn

OURS = "https://issuer.example"
ANY_KEYS = KeySet([ECKey.generate_key("P-256", auto_kid=True)])


def settings_of(home: Path, **environ: str) -> Settings:
    return read_settings({"LEDGER_HOME": str(home), **environ})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "home")


def issued(settings: Settings, **said: str) -> str:
    asked = {"role": "case-worker", "organisation": "0000000101", "subject": "worker one", **said}
    return Issuer.open(settings).issue(**asked, minutes=5)


def test_a_token_of_the_development_issuer_names_its_caller_who_is_never_the_operator(settings):
    caller = Gate.open(settings).caller(issued(settings, role="auditor", organisation="controller"))

    assert caller == Caller(role="auditor", organisation="controller", subject="worker one")


def test_the_development_key_is_made_once_and_readable_by_its_owner_only(settings):
    first = issued(settings)
    path = settings.home / KEY_FILE

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Gate.open(settings).caller(first) == Gate.open(settings).caller(issued(settings))


def test_a_development_key_that_others_can_read_is_not_used(settings):
    issued(settings)
    (settings.home / KEY_FILE).chmod(0o640)

    with pytest.raises(IssuerKeyUnreadable):
        Issuer.open(settings)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"kty": "oct", "k": "AAAA"}', b"not json"])
def test_a_damaged_development_key_is_named_as_such(settings, content):
    issued(settings)
    (settings.home / KEY_FILE).write_bytes(content)

    with pytest.raises(IssuerKeyUnreadable):
        Issuer.open(settings)


def test_a_token_can_only_be_issued_for_a_role_there_is(settings):
    with pytest.raises(Malformed, match="auditor"):
        issued(settings, role="king")


@pytest.mark.parametrize("minutes", [0, -1, 10**9])
def test_a_token_lasts_between_a_minute_and_a_month(settings, minutes):
    with pytest.raises(Malformed):
        Issuer.open(settings).issue(role="auditor", organisation="controller", subject="a", minutes=minutes)


def foreign(settings: Settings, key: ECKey | RSAKey | OctKey, algorithm: str = "ES256", **claims: object) -> str:
    """A token as somebody who knows everything but the key would make it."""
    now = int(time.time())
    said = {
        "iss": "ledger-development-issuer",
        "aud": settings.oidc_audience,
        "sub": "somebody",
        "role": "records-manager",
        "organisation": "controller",
        "exp": now + 300,
        **claims,
    }
    kept = {name: value for name, value in said.items() if value is not None}
    return jwt.encode({"alg": algorithm}, kept, key, algorithms=[algorithm])


def own_key(settings: Settings) -> ECKey:
    Issuer.open(settings)
    return ECKey.import_key(orjson.loads((settings.home / KEY_FILE).read_bytes()))


def test_a_token_signed_with_another_key_is_nobodys(settings):
    with pytest.raises(NotSignedIn):
        Gate.open(settings).caller(foreign(settings, ECKey.generate_key("P-256")))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"aud": "another-service"},
        {"aud": None},
        {"iss": "another-issuer"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"role": "king"},
        {"role": None},
        {"role": []},
        {"role": ["auditor", "records-manager"]},
        {"role": {"auditor": True}},
        {"organisation": None},
        {"organisation": ""},
        {"organisation": 7},
        {"organisation": "controller\0"},
        {"organisation": ["controller", "0000000101"]},
    ],
)
def test_a_token_with_a_claim_that_does_not_fit_is_nobodys(settings, claims):
    assert Gate.open(settings).caller(foreign(settings, own_key(settings))).role == "records-manager"

    with pytest.raises(NotSignedIn):
        Gate.open(settings).caller(foreign(settings, own_key(settings), **claims))


def test_a_token_without_a_signature_is_nobodys(settings):
    head = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    body = issued(settings).split(".")[1]

    with pytest.raises(NotSignedIn):
        Gate.open(settings).caller(f"{head}.{body}.")


def test_the_public_key_cannot_be_used_as_a_shared_secret(settings):
    public = orjson.dumps(own_key(settings).as_dict(private=False))

    with pytest.raises(NotSignedIn):
        Gate.open(settings).caller(foreign(settings, OctKey.import_key(public), "HS256"))


@given(st.text(max_size=60))
def test_no_text_that_is_not_a_token_gets_in_or_breaks_the_gate(text):
    gate = Gate(issuer=OURS, audience="us", keys=ANY_KEYS)

    with pytest.raises(NotSignedIn):
        gate.caller(text)


def with_issuer(home: Path, *keys: RSAKey | ECKey) -> Settings:
    path = home / "keys.json"
    path.write_bytes(orjson.dumps({"keys": [key.as_dict(private=False) for key in keys]}))
    return settings_of(home, LEDGER_OIDC_ISSUER=OURS, LEDGER_OIDC_KEYS=str(path))


def test_with_an_issuer_set_its_tokens_are_accepted(tmp_path):
    key = RSAKey.generate_key(2048, auto_kid=True)
    settings = with_issuer(tmp_path, key)

    assert Gate.open(settings).caller(foreign(settings, key, "RS256", iss=OURS)).role == "records-manager"


def test_with_an_issuer_set_the_development_issuer_is_off(tmp_path):
    settings = with_issuer(tmp_path, ECKey.generate_key("P-256", auto_kid=True))
    token = issued(settings_of(tmp_path))

    with pytest.raises(NotSignedIn):
        Gate.open(settings).caller(token)
    with pytest.raises(Malformed, match="LEDGER_OIDC_ISSUER"):
        Issuer.open(settings)


def test_keys_that_the_issuer_rotates_are_taken_up_while_running(tmp_path):
    old, new = (ECKey.generate_key("P-256", auto_kid=True) for _ in range(2))
    settings = with_issuer(tmp_path, old)
    gate = Gate.open(settings)
    with_issuer(tmp_path, new)
    os.utime(tmp_path / "keys.json", ns=(1, 1))

    assert gate.caller(foreign(settings, new, iss=OURS)).subject == "somebody"
    with pytest.raises(NotSignedIn):
        gate.caller(foreign(settings, old, iss=OURS))


def test_a_half_written_key_file_leaves_the_old_keys_in_force(tmp_path):
    key = ECKey.generate_key("P-256", auto_kid=True)
    settings = with_issuer(tmp_path, key)
    gate = Gate.open(settings)
    (tmp_path / "keys.json").write_bytes(b'{"keys": [')
    os.utime(tmp_path / "keys.json", ns=(1, 1))

    with pytest.raises(NotSignedIn):
        gate.caller(foreign(settings, ECKey.generate_key("P-256"), iss=OURS))
    assert gate.caller(foreign(settings, key, iss=OURS)).subject == "somebody"


def test_a_missing_key_set_is_said_in_one_sentence(tmp_path):
    settings = settings_of(tmp_path, LEDGER_OIDC_ISSUER=OURS, LEDGER_OIDC_KEYS=str(tmp_path / "none.json"))

    with pytest.raises(Malformed, match="LEDGER_OIDC_KEYS"):
        Gate.open(settings)
