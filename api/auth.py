"""Who is calling: a bearer token becomes a Caller, or nobody; what a caller may do is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.issuer import ISSUER, Issuer
from api.settings import Settings
from ledger.caller import ROLES, Caller
from ledger.errors import Malformed, NotSignedIn

ALGORITHMS = ("ES256", "RS256", "PS256", "Ed25519")
"""Public-key signatures only: a shared secret or `none` would let whoever checks a token make one."""
LEEWAY_SECONDS = 30


class Gate:
    """Checks tokens of one issuer for one audience; safe for any number of threads."""

    def __init__(self, *, issuer: str, audience: str, keys: KeySet, file: Path | None = None) -> None:
        self._keys = keys
        self._file = file
        self._read_at = _changed_at(file)
        self._reading = Lock()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    @classmethod
    def open(cls, settings: Settings) -> Gate:
        """The gate the settings ask for: the named issuer's, or else the development issuer's. Raises Malformed."""
        if settings.oidc_issuer is None or settings.oidc_keys is None:
            keys = Issuer.open(settings).public_keys()
            return cls(issuer=ISSUER, audience=settings.oidc_audience, keys=keys)
        return cls(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            keys=_read_keys(settings.oidc_keys),
            file=settings.oidc_keys,
        )

    def caller(self, token: str) -> Caller:
        """The caller a token speaks of. Raises NotSignedIn, and never says more than which claim is wrong."""
        claims = self._verified(token)
        role, organisation, subject = claims.get("role"), claims.get("organisation"), claims.get("sub")
        if not isinstance(role, str) or role not in ROLES:
            raise NotSignedIn("The token's claim role is not a role of this ledger.")
        if not isinstance(organisation, str) or not organisation:
            raise NotSignedIn("The token has no claim organisation.")
        if not isinstance(subject, str) or not subject:
            raise NotSignedIn("The token has no claim sub.")
        name = claims.get("name")
        return Caller(role=role, organisation=organisation, subject=subject, name=name if isinstance(name, str) else "")

    def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            claims = self._decoded(token)
            self._claims.validate(claims)
        except (JoseError, ValueError, TypeError) as unacceptable:
            raise NotSignedIn("The token is not valid, not of this issuer, not for this ledger, or expired.") from (
                unacceptable
            )
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            if not self._read_again():
                raise
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims

    def _read_again(self) -> bool:
        """Take up new keys when the file has changed: issuers rotate theirs while we run."""
        with self._reading:
            changed_at = _changed_at(self._file)
            if self._file is None or changed_at == self._read_at:
                return False
            try:
                self._keys, self._read_at = _read_keys(self._file), changed_at
            except Malformed:  # half written: the old keys hold until it can be read
                return False
            return True


def _changed_at(file: Path | None) -> int | None:
    return file.stat().st_mtime_ns if file is not None and file.exists() else None


def _read_keys(file: Path) -> KeySet:
    try:
        return KeySet.import_key_set(orjson.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, JoseError) as unreadable:
        raise Malformed("The file that LEDGER_OIDC_KEYS names is not a readable JSON Web Key Set.") from unreadable


_bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description="A signed JWT with the claims role, organisation and sub; `ledger token` makes one for development.",
)


def caller(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """The caller of this request; raises NotSignedIn."""
    if credentials is None:
        raise NotSignedIn
    gate: Gate = request.app.state.gate
    known = gate.caller(credentials.credentials)
    request.state.role = known.role
    request.state.caller = known
    return known


CallerDep = Annotated[Caller, Depends(caller)]
