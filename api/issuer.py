"""The development issuer: signs bearer tokens with a key of its own, for a ledger that no identity provider serves yet.

It knows no route. With LEDGER_OIDC_ISSUER set it is off, and only that issuer's tokens are accepted; `api.hosts` says
for which requests it works at all.
"""

from __future__ import annotations

import time
from pathlib import Path

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from api.settings import Settings
from ledger.caller import ROLES
from ledger.errors import Fault, Malformed
from ledger.vault.keys import write_once

ISSUER = "ledger-development-issuer"
ALGORITHM = "ES256"
KEY_FILE = "development-issuer.json"
LONGEST_MINUTES = 31 * 24 * 60


class IssuerKeyUnreadable(Fault):
    """The development issuer's key file must be a private P-256 JWK, readable by its owner only (mode 0600)."""


class Issuer:
    """Issues tokens that `api.auth` accepts; whoever can read its key file can be anybody."""

    def __init__(self, key: ECKey, audience: str) -> None:
        self._key = key
        self._audience = audience

    @classmethod
    def open(cls, settings: Settings) -> Issuer:
        """The issuer of this home; its key file is made on first use.

        Raises Malformed when tokens come from elsewhere, and IssuerKeyUnreadable.
        """
        if settings.oidc_issuer is not None:
            raise Malformed("LEDGER_OIDC_ISSUER is set, so tokens come from that issuer and not from this program.")
        path = settings.home / KEY_FILE
        if not path.exists():
            write_once(path, orjson.dumps(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True)))
        return cls(_read_key(path), settings.oidc_audience)

    def public_keys(self) -> KeySet:
        """What is needed to check a token and not to make one."""
        return KeySet([ECKey.import_key(self._key.as_dict(private=False))])

    def issue(self, *, role: str, organisation: str, subject: str, minutes: int) -> str:
        """A signed token for a caller. Raises Malformed for a role there is not."""
        refuse_incomplete(role=role, organisation=organisation, subject=subject)
        if not 0 < minutes <= LONGEST_MINUTES:
            raise Malformed(f"A token lasts between 1 and {LONGEST_MINUTES} minutes.")
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": subject,
            "role": role,
            "organisation": organisation,
            "iat": now,
            "exp": now + minutes * 60,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key, algorithms=[ALGORITHM])


def refuse_incomplete(*, role: str, organisation: str, subject: str) -> None:
    """Raise Malformed unless somebody can be in this role of this organisation."""
    if role not in ROLES:
        raise Malformed(f"The role must be one of {', '.join(sorted(ROLES))}.")
    if not organisation or not subject:
        raise Malformed("A token needs an organisation and a subject.")


def _read_key(path: Path) -> ECKey:
    try:
        if path.stat().st_mode & 0o077:
            raise IssuerKeyUnreadable
        key = ECKey.import_key(orjson.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, JoseError) as unreadable:
        raise IssuerKeyUnreadable from unreadable
    if not key.is_private or key.curve_name != "P-256":
        raise IssuerKeyUnreadable
    return key
