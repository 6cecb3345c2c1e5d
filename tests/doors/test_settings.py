"""Settings come from the environment, and what cannot be is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import read_settings
from ledger.errors import Malformed

URL = "postgresql://ledger:invented@database.example/ledger"


def test_the_database_url_may_stand_in_a_file_as_secrets_do(tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text(f"{URL}\n")
    assert read_settings({"LEDGER_DATABASE_URL_FILE": str(secret)}).database_url == URL
    assert read_settings({"LEDGER_DATABASE_URL": URL}).database_url == URL
    assert read_settings({}).database_url is None


def test_two_places_for_the_database_url_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="not set together"):
        read_settings({"LEDGER_DATABASE_URL": URL, "LEDGER_DATABASE_URL_FILE": str(tmp_path / "database_url")})


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_is_refused_without_its_path_or_content(
    content: bytes | None, tmp_path: Path
) -> None:
    secret = tmp_path / "database_url"
    if content is not None:
        secret.write_bytes(content)
    with pytest.raises(Malformed) as refused:
        read_settings({"LEDGER_DATABASE_URL_FILE": str(secret)})
    assert refused.value.sentence == "The file that LEDGER_DATABASE_URL_FILE names cannot be read."


def test_an_empty_secret_is_refused_rather_than_another_database_started(tmp_path: Path) -> None:
    (tmp_path / "database_url").write_text("\n")
    with pytest.raises(Malformed, match="is empty"):
        read_settings({"LEDGER_DATABASE_URL_FILE": str(tmp_path / "database_url")})


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "²"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Malformed, match="LEDGER_PORT"):
        read_settings({"LEDGER_PORT": port})


ISSUER = {"LEDGER_OIDC_ISSUER": "https://issuer.example"}


def test_an_issuer_is_enough_and_its_claims_are_called_as_ours_are() -> None:
    settings = read_settings(ISSUER)
    assert settings.oidc_keys is None
    assert (settings.oidc_role_claim, settings.oidc_organisation_claim) == ("role", "organisation")


@pytest.mark.parametrize(
    "environ",
    [
        {"LEDGER_OIDC_KEYS": "keys.json"},
        {"LEDGER_OIDC_JWKS_URL": "https://issuer.example/keys"},
        {"LEDGER_OIDC_CLIENT_ID": "ledger"},
        {"LEDGER_OIDC_ROLES": "theirs=auditor"},
        {**ISSUER, "LEDGER_DEV": "1"},
        {**ISSUER, "LEDGER_OIDC_KEYS": "keys.json", "LEDGER_OIDC_JWKS_URL": "https://issuer.example/keys"},
        {"LEDGER_SESSION_MINUTES": "20"},  # less than the 30 a session may be idle
    ],
)
def test_settings_that_contradict_each_other_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(Malformed, match=r"LEDGER_\w+"):
        read_settings(environ)


@pytest.mark.parametrize(
    "environ",
    [
        {"LEDGER_OIDC_ISSUER": "http://issuer.example"},
        {"LEDGER_OIDC_ISSUER": "issuer"},
        {**ISSUER, "LEDGER_OIDC_JWKS_URL": "http://issuer.example/keys"},
        {"LEDGER_OIDC_ISSUER": "http://issuer.example", "LEDGER_OIDC_KEYS": "k", "LEDGER_OIDC_CLIENT_ID": "ledger"},
    ],
)
def test_an_issuer_that_is_asked_is_asked_over_https_only(environ: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="https"):
        read_settings(environ)


def test_an_issuer_that_is_never_asked_may_have_any_name() -> None:
    assert read_settings({"LEDGER_OIDC_ISSUER": "our issuer", "LEDGER_OIDC_KEYS": "keys.json"}).oidc_issuer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEDGER_DEV", "yes"),
        ("LEDGER_SESSION_MINUTES", "0"),
        ("LEDGER_SESSION_IDLE_MINUTES", "half"),
        ("LEDGER_ALLOWED_HOSTS", "https://ledger.example"),
        ("LEDGER_ALLOWED_HOSTS", "ledger.example:8443"),
        ("LEDGER_ALLOWED_HOSTS", "*"),
        ("LEDGER_TRUSTED_PROXIES", "proxy.example"),
        ("LEDGER_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("LEDGER_OIDC_CLIENT_SECRET_FILE", "/nowhere/secret"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_the_name_of_its_setting(name: str, value: str) -> None:
    with pytest.raises(Malformed, match=name):
        read_settings({**({} if name == "LEDGER_DEV" else ISSUER), name: value})


@pytest.mark.parametrize("roles", ["adviser", "adviser=", "=auditor", "adviser=emperor"])
def test_a_mapping_of_roles_leads_to_roles_of_ours(roles: str) -> None:
    with pytest.raises(Malformed, match="LEDGER_OIDC_ROLES"):
        read_settings({**ISSUER, "LEDGER_OIDC_ROLES": roles})


def test_a_name_of_theirs_may_hold_an_equals_sign() -> None:
    assert read_settings({**ISSUER, "LEDGER_OIDC_ROLES": "cn=advisers = contractor, a=auditor"}).oidc_roles == {
        "cn=advisers": "contractor",
        "a": "auditor",
    }


def test_this_machine_and_the_name_it_is_served_under_are_answered_unless_others_are_named() -> None:
    loopback = {"localhost", "127.0.0.1", "::1"}
    assert read_settings({}).allowed_hosts == loopback
    assert read_settings({"LEDGER_HOST": "::"}).allowed_hosts == loopback
    assert read_settings({"LEDGER_HOST": "ledger.example"}).allowed_hosts == {*loopback, "ledger.example"}
    assert read_settings({"LEDGER_ALLOWED_HOSTS": "A.example, [::2]"}).allowed_hosts == {"a.example", "::2"}


def test_the_secret_of_the_client_is_never_printed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("invented\n")
    settings = read_settings(
        {**ISSUER, "LEDGER_OIDC_CLIENT_ID": "us", "LEDGER_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    )
    assert settings.oidc_client_secret == "invented"
    assert "invented" not in repr(settings)


def test_the_key_and_the_fences_are_in_the_home_unless_said_otherwise(tmp_path: Path) -> None:
    settings = read_settings({"LEDGER_HOME": str(tmp_path)})
    assert settings.key_file == tmp_path / "key"
    assert settings.fence_file == tmp_path / "fences"
    elsewhere = read_settings({"LEDGER_HOME": str(tmp_path), "LEDGER_KEY_FILE": str(tmp_path / "apart" / "key")})
    assert elsewhere.fence_file == tmp_path / "apart" / "fences"
