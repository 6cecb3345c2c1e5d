"""Every setting of the program, read from the environment in this one place."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ledger.caller import ROLES
from ledger.errors import Malformed

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_NEEDS_AN_ISSUER = (
    "LEDGER_OIDC_KEYS",
    "LEDGER_OIDC_JWKS_URL",
    "LEDGER_OIDC_CLIENT_ID",
    "LEDGER_OIDC_CLIENT_SECRET_FILE",
    "LEDGER_OIDC_ROLES",
)


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
    """LEDGER_OIDC_KEYS: a file with the issuer's JWKS, instead of its address."""
    oidc_jwks_url: str | None
    """LEDGER_OIDC_JWKS_URL: where the issuer publishes its JWKS; unset, its discovery document says so."""
    oidc_client_id: str | None
    """LEDGER_OIDC_CLIENT_ID: as what the pages are registered at the issuer; unset, nobody signs in to the pages."""
    oidc_client_secret: str | None = field(repr=False)
    """The content of the file that LEDGER_OIDC_CLIENT_SECRET_FILE names; a public client has none."""
    oidc_scopes: str
    """LEDGER_OIDC_SCOPES: the scopes that a sign-in asks for."""
    oidc_role_claim: str
    """LEDGER_OIDC_ROLE_CLAIM: the claim that holds the role, or a dotted path to it."""
    oidc_organisation_claim: str
    """LEDGER_OIDC_ORGANISATION_CLAIM: the claim that holds the organisation's code, or a dotted path to it."""
    oidc_roles: Mapping[str, str]
    """LEDGER_OIDC_ROLES: the issuer's names of roles and ours; empty, they are the same."""
    session_minutes: int
    """LEDGER_SESSION_MINUTES: how long a session of the pages lasts at most."""
    session_idle_minutes: int
    """LEDGER_SESSION_IDLE_MINUTES: how long a session lasts that nobody uses."""
    dev: bool
    """LEDGER_DEV: 1 lets the development issuer work for whoever reaches the address."""
    allowed_hosts: frozenset[str]
    """LEDGER_ALLOWED_HOSTS: the names in the Host header that are answered."""
    trusted_proxies: tuple[Network, ...]
    """LEDGER_TRUSTED_PROXIES: whose X-Forwarded-* headers count."""
    postgres_binaries: Path | None
    """LEDGER_PG_BIN: the directory of the PostgreSQL programs to embed."""
    host: str
    """LEDGER_HOST: the address to serve on."""
    port: int
    """LEDGER_PORT: the port to serve on."""
    controller: str
    """LEDGER_CONTROLLER: the code of the first controller, which the first start registers."""
    controller_name: str
    """LEDGER_CONTROLLER_NAME: its name."""
    readings_a_day: int
    """LEDGER_READINGS_A_DAY: how many people somebody may read on a day without a task before it is a finding."""
    regulator: str
    """LEDGER_REGULATOR: the regulator's name as the report prints it, while its succession is open."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Raises Malformed for what cannot be, such as a port that is not a number."""
    home = Path(environ.get("LEDGER_HOME") or ".ledger").absolute()
    port = environ.get("LEDGER_PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise Malformed("LEDGER_PORT must be a port number.")
    readings = environ.get("LEDGER_READINGS_A_DAY") or "40"
    if not readings.isdecimal() or not int(readings):
        raise Malformed("LEDGER_READINGS_A_DAY must be a whole number above 0.")
    key_file = Path(environ.get("LEDGER_KEY_FILE") or home / "key").absolute()
    keys = environ.get("LEDGER_OIDC_KEYS") or None
    host = environ.get("LEDGER_HOST") or "127.0.0.1"
    settings = Settings(
        database_url=_database_url(environ, "LEDGER_DATABASE_URL"),
        read_database_url=_database_url(environ, "LEDGER_READ_DATABASE_URL"),
        projector_database_url=_database_url(environ, "LEDGER_PROJECTOR_DATABASE_URL"),
        home=home,
        key_file=key_file,
        fence_file=Path(environ.get("LEDGER_FENCE_FILE") or key_file.with_name("fences")).absolute(),
        oidc_issuer=environ.get("LEDGER_OIDC_ISSUER") or None,
        oidc_audience=environ.get("LEDGER_OIDC_AUDIENCE") or "data-sharing-ledger",
        oidc_keys=Path(keys) if keys else None,
        oidc_jwks_url=environ.get("LEDGER_OIDC_JWKS_URL") or None,
        oidc_client_id=environ.get("LEDGER_OIDC_CLIENT_ID") or None,
        oidc_client_secret=_content(environ, "LEDGER_OIDC_CLIENT_SECRET_FILE"),
        oidc_scopes=environ.get("LEDGER_OIDC_SCOPES") or "openid",
        oidc_role_claim=environ.get("LEDGER_OIDC_ROLE_CLAIM") or "role",
        oidc_organisation_claim=environ.get("LEDGER_OIDC_ORGANISATION_CLAIM") or "organisation",
        oidc_roles=_roles(environ.get("LEDGER_OIDC_ROLES") or ""),
        session_minutes=_minutes(environ, "LEDGER_SESSION_MINUTES", 8 * 60),
        session_idle_minutes=_minutes(environ, "LEDGER_SESSION_IDLE_MINUTES", 30),
        dev=_switch(environ, "LEDGER_DEV"),
        allowed_hosts=_hosts(environ.get("LEDGER_ALLOWED_HOSTS") or "", host),
        trusted_proxies=_networks(environ.get("LEDGER_TRUSTED_PROXIES") or ""),
        postgres_binaries=Path(environ["LEDGER_PG_BIN"]) if environ.get("LEDGER_PG_BIN") else None,
        host=host,
        port=int(port),
        controller=environ.get("LEDGER_CONTROLLER") or "controller",
        controller_name=environ.get("LEDGER_CONTROLLER_NAME") or "The controller of this ledger",
        readings_a_day=int(readings),
        regulator=environ.get("LEDGER_REGULATOR") or "the Information Commissioner",
    )
    _refuse_contradictions(settings, environ)
    return settings


def is_loopback(host: str) -> bool:
    """Whether an address or a name means this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK_NAMES


def is_protected(url: str) -> bool:
    """Whether nobody on the way can read or change what this address answers: https, or on this machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        )
    except ValueError:
        return False


def _refuse_contradictions(settings: Settings, environ: Mapping[str, str]) -> None:
    for name in _NEEDS_AN_ISSUER:
        if environ.get(name) and settings.oidc_issuer is None:
            raise Malformed(f"{name} is set only together with LEDGER_OIDC_ISSUER.")
    if settings.dev and settings.oidc_issuer is not None:
        raise Malformed("LEDGER_DEV opens the development issuer, so it is not set together with LEDGER_OIDC_ISSUER.")
    if settings.oidc_keys is not None and settings.oidc_jwks_url is not None:
        raise Malformed("LEDGER_OIDC_KEYS and LEDGER_OIDC_JWKS_URL are not set together.")
    if settings.oidc_client_secret is not None and settings.oidc_client_id is None:
        raise Malformed("LEDGER_OIDC_CLIENT_SECRET_FILE is set only together with LEDGER_OIDC_CLIENT_ID.")
    if settings.session_idle_minutes > settings.session_minutes:
        raise Malformed("LEDGER_SESSION_IDLE_MINUTES is at most LEDGER_SESSION_MINUTES.")
    if settings.oidc_jwks_url is not None and not is_protected(settings.oidc_jwks_url):
        raise Malformed("LEDGER_OIDC_JWKS_URL must begin with https://, or name this machine.")
    asked = settings.oidc_client_id is not None or (settings.oidc_keys is None and settings.oidc_jwks_url is None)
    if settings.oidc_issuer is not None and asked and not is_protected(settings.oidc_issuer):
        raise Malformed("LEDGER_OIDC_ISSUER must begin with https://, or name this machine.")


def _minutes(environ: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environ.get(name) or str(otherwise)
    if not text.isdecimal() or not 0 < int(text) <= 31 * 24 * 60:
        raise Malformed(f"{name} must be a number of minutes, a month's at most.")
    return int(text)


def _switch(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name) or "0"
    if text not in {"0", "1"}:
        raise Malformed(f"{name} must be 0 or 1.")
    return text == "1"


def _roles(text: str) -> dict[str, str]:
    """`theirs=ours,…` as a mapping from the issuer's names of roles to ours."""
    roles: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in text.split(","))):
        theirs, _, ours = (part.strip() for part in pair.rpartition("="))
        if not theirs or ours not in ROLES:
            raise Malformed(
                f"LEDGER_OIDC_ROLES must be pairs such as adviser=contractor; ours are {', '.join(sorted(ROLES))}."
            )
        roles[theirs] = ours
    return roles


def _hosts(text: str, host: str) -> frozenset[str]:
    """The names that are answered: those given, or this machine's and the address it is served on."""
    names = {name.strip().lower().strip("[]") for name in text.split(",") if name.strip()}
    if any(not re.fullmatch(r"[a-z0-9_.-]+|[0-9a-f:.]+", name) for name in names):
        raise Malformed(
            "LEDGER_ALLOWED_HOSTS must be names such as ledger.example, without a port, with commas between."
        )
    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104 (it is compared, not listened on)
    return frozenset(names or LOOPBACK_NAMES | (set() if everywhere else {host.lower()}))


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise Malformed("LEDGER_TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8.") from None


def _database_url(environ: Mapping[str, str], name: str) -> str | None:
    """The URL holds a password, so it may stand in a file, as secrets are handed to containers."""
    url = environ.get(name) or None
    if url is not None and environ.get(f"{name}_FILE"):
        raise Malformed(f"{name} and {name}_FILE are not set together.")
    return url or _content(environ, f"{name}_FILE")


def _content(environ: Mapping[str, str], name: str) -> str | None:
    """What the file of a setting holds; None when the setting is not set."""
    file = environ.get(name) or None
    if file is None:
        return None
    try:
        content = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Malformed(f"The file that {name} names cannot be read.") from None
    if not content:
        raise Malformed(f"The file that {name} names is empty.")
    return content
