"""Whether a signed token is genuine: by a key of the issuer, for the right audience, and not expired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwt import ClaimsOption

from api.key_sets import KeySource
from api.token_claims import Claims
from ledger.errors import NotSignedIn

ALGORITHMS = ("ES256", "RS256", "PS256", "Ed25519")
"""Public-key signatures only: a shared secret or `none` would let whoever checks a token make one."""
LEEWAY_SECONDS = 30


class TokenCheck:
    """Checks tokens of one issuer for one audience; safe for any number of threads."""

    def __init__(self, *, issuer: str, audience: str, keys: KeySource, also: Mapping[str, str] | None = None) -> None:
        self._keys = keys
        wanted: dict[str, Any] = {
            name: ClaimsOption(essential=True, value=value)
            for name, value in {**(also or {}), "iss": issuer, "aud": audience}.items()
        }
        needed: dict[str, Any] = {name: ClaimsOption(essential=True) for name in ("exp", "sub")}
        self._claims = jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **wanted, **needed)

    def claims(self, token: str) -> Claims:
        """What a genuine token says. Raises NotSignedIn, and ProviderUnreachable when there are no keys."""
        try:
            claims = self._decoded(token)
            self._claims.validate(claims)
        except (JoseError, ValueError, TypeError) as unacceptable:
            raise NotSignedIn("The token is not valid, not of this issuer, not for this ledger, or expired.") from (
                unacceptable
            )
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        keys = self._keys.current()
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            newer = self._keys.renewed(keys, _key_named_by(token))
            if newer is None:
                raise
            return jwt.decode(token, newer, algorithms=ALGORITHMS).claims


def _key_named_by(token: str) -> str | None:
    """The key id in a token's header, whoever made it. Raises JoseError and ValueError for what is no token."""
    named = jws.extract_compact(token.encode()).headers().get("kid")
    return named if isinstance(named, str) else None
