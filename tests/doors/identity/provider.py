"""An identity provider on loopback that a test can make misbehave: discovery, keys, the code flow with PKCE, sign-out.

It answers over real HTTP. It refuses a code that was used, a verifier that does not fit and a client it does not know.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "ledger", "an-invented-secret"
ADVISER = {"sub": "adviser one", "role": "case-worker", "organisation": "0000000101"}


class IdentityProvider:
    """What the provider knows; a test changes it between two requests."""

    def __init__(self) -> None:
        self.issuer = ""
        self.keys = [ECKey.generate_key("P-256", auto_kid=True)]
        self.asked: Counter[str] = Counter()
        self.claims: dict[str, Any] = {}
        """Put into the next identity tokens in place of what belongs there; None leaves a claim out."""
        self.userinfo: dict[str, Any] = {}
        self.token: str | None = None
        """Handed out instead of an identity token."""
        self.metadata: dict[str, Any] = {}
        self.away = False
        self.codes: dict[str, dict[str, str]] = {}
        self.person = ADVISER

    def authorise(self, address: str) -> str:
        """What a browser does there: somebody signs in, and is sent back to the address that this returns."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == self.issuer
        asked = dict(parse_qsl(parts.query))
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def signed(self, claims: dict[str, Any]) -> str:
        kept = {name: value for name, value in claims.items() if value is not None}
        key = self.keys[-1]
        return jwt.encode({"alg": "ES256", "kid": key.kid}, kept, key, algorithms=["ES256"])

    def bearer(self, **claims: Any) -> str:
        """An access token for the routes, as this provider would issue it."""
        usual = {"iss": self.issuer, "aud": "data-sharing-ledger", "exp": int(time.time()) + 300}
        return self.signed({**usual, **ADVISER, **claims})

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> tuple[int, dict[str, Any]]:
        self.asked[path] += 1
        if self.away:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, self._metadata()
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/userinfo":
            return 200, self.userinfo
        if path == "/token" and method == "POST":
            return self._tokens({name: values[0] for name, values in parse_qs(body.decode()).items()}, authorization)
        return 404, {}

    def _metadata(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorise", "token_endpoint": "token", "jwks_uri": "keys",
                  "userinfo_endpoint": "userinfo", "end_session_endpoint": "sign-out"}  # fmt: skip
        found = {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in places.items()}}
        return {name: value for name, value in {**found, **self.metadata}.items() if value is not None}

    def _tokens(self, asked: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        begun = self.codes.pop(asked.get("code", ""), None)
        if base64.b64decode(authorization.removeprefix("Basic ")).decode() != f"{CLIENT}:{SECRET}":
            return 401, {"error": "invalid_client"}
        verifier = asked.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        if (
            begun is None
            or begun["code_challenge"] != challenge
            or begun["redirect_uri"] != asked.get("redirect_uri")
            or not 43 <= len(verifier) <= 128
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": begun["nonce"]}
        token = self.token or self.signed({**claims, **self.person, **self.claims})
        return 200, {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "expires_in": 300,
                     "id_token": token}  # fmt: skip


@contextmanager
def provided() -> Iterator[IdentityProvider]:
    """A provider on a port of its own while the block lasts."""
    provider = IdentityProvider()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = urlsplit(self.path).path
            status, document = provider.answer(self.command, path, body, self.headers.get("authorization") or "")
            content = orjson.dumps(document)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests look at what was asked."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
