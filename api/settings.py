"""Every setting of the program, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Malformed


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What an operator can set; README.md has the table."""

    database_url: str | None
    """LEDGER_DATABASE_URL, or the file LEDGER_DATABASE_URL_FILE names: a PostgreSQL to use, not the embedded one."""
    read_database_url: str | None
    """LEDGER_READ_DATABASE_URL, or its _FILE: the login that reads for callers, when it is one of its own."""
    projector_database_url: str | None
    """LEDGER_PROJECTOR_DATABASE_URL, or its _FILE: the login that keeps the views up, when it is one of its own."""
    home: Path
    """LEDGER_HOME: where the embedded database, the key file and the development signing key live."""
    key_file: Path
    """LEDGER_KEY_FILE: the key-encryption key, 32 bytes in base64, mode 0600."""
    fence_file: Path
    """LEDGER_FENCE_FILE: what was destroyed, kept apart from the database's backups; beside the key file by default."""
    oidc_issuer: str | None
    """LEDGER_OIDC_ISSUER: whose tokens are accepted; unset, the development issuer's."""
    oidc_audience: str
    """LEDGER_OIDC_AUDIENCE: for whom tokens must have been issued."""
    oidc_keys: Path | None
    """LEDGER_OIDC_KEYS: a file with the issuer's JWKS; needed with LEDGER_OIDC_ISSUER."""
    postgres_binaries: Path | None
    """LEDGER_PG_BIN: the directory of the PostgreSQL programs to embed."""
    host: str
    """LEDGER_HOST: the address to serve on."""
    port: int
    """LEDGER_PORT: the port to serve on."""
    regulator: str
    """LEDGER_REGULATOR: the regulator's name as the report prints it, while its succession is open."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Raises Malformed for what cannot be, such as a port that is not a number."""
    home = Path(environ.get("LEDGER_HOME") or ".ledger").absolute()
    issuer = environ.get("LEDGER_OIDC_ISSUER") or None
    keys = environ.get("LEDGER_OIDC_KEYS") or None
    if (issuer is None) != (keys is None):
        raise Malformed("LEDGER_OIDC_ISSUER and LEDGER_OIDC_KEYS are set together or not at all.")
    port = environ.get("LEDGER_PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise Malformed("LEDGER_PORT must be a port number.")
    key_file = Path(environ.get("LEDGER_KEY_FILE") or home / "key").absolute()
    return Settings(
        database_url=_database_url(environ, "LEDGER_DATABASE_URL"),
        read_database_url=_database_url(environ, "LEDGER_READ_DATABASE_URL"),
        projector_database_url=_database_url(environ, "LEDGER_PROJECTOR_DATABASE_URL"),
        home=home,
        key_file=key_file,
        fence_file=Path(environ.get("LEDGER_FENCE_FILE") or key_file.with_name("fences")).absolute(),
        oidc_issuer=issuer,
        oidc_audience=environ.get("LEDGER_OIDC_AUDIENCE") or "data-sharing-ledger",
        oidc_keys=Path(keys) if keys else None,
        postgres_binaries=Path(environ["LEDGER_PG_BIN"]) if environ.get("LEDGER_PG_BIN") else None,
        host=environ.get("LEDGER_HOST") or "127.0.0.1",
        port=int(port),
        regulator=environ.get("LEDGER_REGULATOR") or "the Information Commissioner",
    )


def _database_url(environ: Mapping[str, str], name: str) -> str | None:
    """The URL holds a password, so it may stand in a file, as secrets are handed to containers."""
    url_given, file = environ.get(name) or None, environ.get(f"{name}_FILE") or None
    if file is None:
        return url_given
    if url_given is not None:
        raise Malformed(f"{name} and {name}_FILE are not set together.")
    try:
        url = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Malformed(f"The file that {name}_FILE names cannot be read.") from None
    if not url:
        raise Malformed(f"The file that {name}_FILE names is empty.")
    return url
