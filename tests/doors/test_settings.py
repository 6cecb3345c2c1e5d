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


def test_an_issuer_without_its_keys_is_refused() -> None:
    with pytest.raises(Malformed, match="together"):
        read_settings({"LEDGER_OIDC_ISSUER": "https://issuer.example"})


def test_the_key_and_the_fences_are_in_the_home_unless_said_otherwise(tmp_path: Path) -> None:
    settings = read_settings({"LEDGER_HOME": str(tmp_path)})
    assert settings.key_file == tmp_path / "key"
    assert settings.fence_file == tmp_path / "fences"
    elsewhere = read_settings({"LEDGER_HOME": str(tmp_path), "LEDGER_KEY_FILE": str(tmp_path / "apart" / "key")})
    assert elsewhere.fence_file == tmp_path / "apart" / "fences"
