"""The identity provider: what it publishes about itself, and signing in by authorisation code with PKCE.

OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer). Every answer of the
provider is bounded in time and size; its addresses must be https, or on this machine.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
import orjson
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc.jwk import KeySet

from api.fetched import Fetched, ProviderUnreachable
from api.key_sets import FetchedKeys, FileKeys, KeySource, key_set_of
from api.settings import Settings, is_protected
from api.token_claims import ClaimNames, Claims
from api.tokens import TokenCheck
from ledger.caller import Caller
from ledger.errors import NotAllowed, NotSignedIn

DISCOVERY = "/.well-known/openid-configuration"
TIMEOUT_SECONDS, DEADLINE_SECONDS = 5.0, 10.0
LARGEST_ANSWER_BYTES = 1 << 20
VERIFIER_BYTES = 48
NOT_ITS_CLIENT = (
    "The identity provider does not know this program as its client; check LEDGER_OIDC_CLIENT_ID and"
    " LEDGER_OIDC_CLIENT_SECRET_FILE."
)


class SignInFailed(NotAllowed):
    """This sign-in was not completed, took too long, or did not begin in this browser; sign in again."""


class NoRoleHere(NotAllowed):
    """Your account has no role and organisation in this ledger; ask whoever manages your account to give you them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What the provider publishes about itself, as far as it is used here."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    secret_in_body: bool
    names_itself: bool
    """Whether its answers name it, so that an answer that does not is not its own (RFC 9207)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """What must be remembered while somebody is at the provider; `going` is a path of ours."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    going: str


class Provider:
    """The identity provider of the settings. Nothing is fetched before it is needed."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer is not None
        self.issuer = settings.oidc_issuer
        self._settings = settings
        self._metadata = Fetched(self._fetch_metadata)
        self._names = ClaimNames.of(settings)
        self.keys: KeySource = (
            FileKeys(settings.oidc_keys) if settings.oidc_keys is not None else FetchedKeys(self._fetch_keys)
        )

    def begin(self, redirect_uri: str, going: str) -> tuple[str, SignIn]:
        """Where to send the browser, and what to remember until it comes back. Raises ProviderUnreachable."""
        sign_in = SignIn(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(VERIFIER_BYTES),
            redirect_uri=redirect_uri,
            going=going,
        )
        metadata = self._metadata.value()
        with self._client(metadata, redirect_uri) as client:
            address, _ = client.create_authorization_url(
                metadata.authorization_endpoint,
                state=sign_in.state,
                code_verifier=sign_in.verifier,
                nonce=sign_in.nonce,
            )
        return str(address), sign_in

    def complete(self, sign_in: SignIn, *, state: str, code: str, issuer: str | None) -> Caller:
        """Who signed in. Raises SignInFailed, NoRoleHere and ProviderUnreachable.

        `state`, `code` and `issuer` are what the browser brought back.
        """
        metadata = self._metadata.value()
        if not secrets.compare_digest(state.encode(), sign_in.state.encode()):
            raise SignInFailed
        if issuer != self.issuer and (issuer is not None or metadata.names_itself):
            raise SignInFailed
        with self._client(metadata, sign_in.redirect_uri) as client:
            try:
                tokens = client.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=sign_in.verifier,
                )
            except OAuthError as refused:
                if refused.error in {"invalid_client", "unauthorized_client"}:
                    raise ProviderUnreachable(NOT_ITS_CLIENT) from refused
                raise SignInFailed from refused  # a code that was used before, or is too old
            except (httpx2.HTTPError, ValueError) as failed:
                raise ProviderUnreachable from failed
            claims = self._identity(tokens, sign_in.nonce)
            if not self._names.complete(claims) and metadata.userinfo_endpoint is not None:
                claims = {**self._userinfo(client, metadata.userinfo_endpoint, claims), **claims}
        try:
            return self._names.caller(claims)
        except NotSignedIn as without:
            raise NoRoleHere from without

    def sign_out_address(self, back_to: str) -> str | None:
        """Where a browser ends its session at the provider too; None when the provider has no such place.

        The address names the client and not the person: an identity token does not belong in an address.
        """
        try:
            endpoint = self._metadata.value().end_session_endpoint
        except ProviderUnreachable:
            return None
        if endpoint is None:
            return None
        asked = urlencode({"client_id": self._settings.oidc_client_id or "", "post_logout_redirect_uri": back_to})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{asked}"

    def _identity(self, tokens: Any, nonce: str) -> Claims:  # noqa: ANN401 (whatever JSON the provider sent)
        """The claims of the identity token, which must be for us and for this sign-in."""
        client_id = self._settings.oidc_client_id or ""
        check = TokenCheck(issuer=self.issuer, audience=client_id, keys=self.keys, also={"nonce": nonce})
        try:
            claims = check.claims(str(tokens["id_token"]))
        except (KeyError, TypeError, NotSignedIn) as unacceptable:
            raise SignInFailed from unacceptable
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != client_id:
            raise SignInFailed
        return claims

    def _userinfo(self, client: OAuth2Client, endpoint: str, claims: Claims) -> Claims:
        """What the provider tells about the person of the identity token; nothing when it is about another."""
        try:
            found = _json_of(client.request("GET", endpoint))
        except (httpx2.HTTPError, OAuthError) as failed:
            raise ProviderUnreachable from failed
        return found if found.get("sub") == claims.get("sub") else {}

    def _client(self, metadata: Metadata, redirect_uri: str) -> OAuth2Client:
        secret = self._settings.oidc_client_secret
        with_secret = "client_secret_post" if metadata.secret_in_body else "client_secret_basic"
        return _Client(
            client_id=self._settings.oidc_client_id,
            client_secret=secret,
            token_endpoint_auth_method="none" if secret is None else with_secret,
            scope=self._settings.oidc_scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
        )

    def _fetch_metadata(self) -> Metadata:
        found = _fetch(self.issuer.removesuffix("/") + DISCOVERY)
        if found.get("issuer") != self.issuer:
            raise ProviderUnreachable("The identity provider's discovery document names another issuer.")
        addresses = {
            name: address
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
                         "end_session_endpoint")
            if isinstance(address := found.get(name), str) and is_protected(address)
        }  # fmt: skip
        if not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= set(addresses):
            raise ProviderUnreachable(
                "The identity provider's discovery document lacks an address, or names one without https."
            )
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Metadata(
            authorization_endpoint=addresses["authorization_endpoint"],
            token_endpoint=addresses["token_endpoint"],
            jwks_uri=addresses["jwks_uri"],
            userinfo_endpoint=addresses.get("userinfo_endpoint"),
            end_session_endpoint=addresses.get("end_session_endpoint"),
            secret_in_body="client_secret_basic" not in methods and "client_secret_post" in methods,
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        )

    def _fetch_keys(self) -> KeySet:
        document = _fetch(self._settings.oidc_jwks_url or self._metadata.value().jwks_uri)
        try:
            return key_set_of(document)
        except (ValueError, TypeError):
            raise ProviderUnreachable("The identity provider publishes no keys for signatures.") from None


class _Client(OAuth2Client):  # type: ignore[misc]  # Authlib has no types
    """Authlib's client, which gives up on an answer that is too long or takes too long; it follows no redirect."""

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:  # noqa: ANN401 (httpx2's options)
        until = time.monotonic() + DEADLINE_SECONDS
        response: httpx2.Response = super().send(request, **{**options, "stream": True})
        content = bytearray()
        try:
            for piece in response.iter_bytes():
                content += piece
                if len(content) > LARGEST_ANSWER_BYTES or time.monotonic() > until:
                    raise httpx2.ReadTimeout("the answer is too long", request=request)
        finally:
            response.close()
        return httpx2.Response(
            response.status_code,
            headers={"content-type": response.headers.get("content-type", "")},
            content=bytes(content),
            request=request,
        )


def _fetch(address: str) -> dict[str, Any]:
    """The JSON object at an address. Raises ProviderUnreachable."""
    try:
        with _Client(timeout=TIMEOUT_SECONDS) as client:
            return _json_of(client.request("GET", address, withhold_token=True))
    except (httpx2.HTTPError, httpx2.InvalidURL) as failed:
        raise ProviderUnreachable from failed


def _json_of(response: httpx2.Response) -> dict[str, Any]:
    try:
        document = orjson.loads(response.content)
    except ValueError:
        document = None
    if response.status_code != httpx2.codes.OK or not isinstance(document, dict):
        raise ProviderUnreachable(f"The identity provider answered {response.status_code} and not with a JSON object.")
    return document
