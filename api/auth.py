"""Who is calling: a bearer token becomes a Caller, or nobody; what a caller may do is decided elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc.jwk import KeySet

from api.hosts import why_not_development
from api.issuer import ISSUER, Issuer
from api.key_sets import FixedKeys, KeySource
from api.openid import Provider
from api.settings import Settings
from api.token_claims import ClaimNames
from api.tokens import TokenCheck
from ledger.caller import Caller
from ledger.errors import NotSignedIn


class Gate:
    """Lets in who has a token of one issuer for one audience; safe for any number of threads."""

    def __init__(
        self, *, issuer: str, audience: str, keys: KeySource | KeySet, names: ClaimNames | None = None
    ) -> None:
        source = FixedKeys(keys) if isinstance(keys, KeySet) else keys
        self._check = TokenCheck(issuer=issuer, audience=audience, keys=source)
        self._names = names or ClaimNames()
        self.provider: Provider | None = None
        """The identity provider; None while the development issuer takes its place."""

    @classmethod
    def open(cls, settings: Settings) -> Gate:
        """The gate the settings ask for: the named issuer's, or else the development issuer's. Raises Malformed."""
        if settings.oidc_issuer is None:
            keys = Issuer.open(settings).public_keys()
            return cls(issuer=ISSUER, audience=settings.oidc_audience, keys=keys)
        provider = Provider(settings)
        gate = cls(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            keys=provider.keys,
            names=ClaimNames.of(settings),
        )
        gate.provider = provider
        return gate

    def caller(self, token: str) -> Caller:
        """The caller a token speaks of. Raises NotSignedIn, which names at most the claim that is wrong, and
        ProviderUnreachable.
        """
        return self._names.caller(self._check.claims(token))


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
    if gate.provider is None:
        why_not = why_not_development(request, request.app.state.runtime.settings)
        if why_not is not None:
            raise NotSignedIn(why_not)
    known = gate.caller(credentials.credentials)
    request.state.role = known.role
    request.state.caller = known
    return known


CallerDep = Annotated[Caller, Depends(caller)]
