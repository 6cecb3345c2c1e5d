"""Which requests come in: only those for a host of ours; and who sent them, as a trusted proxy says.

A foreign Host header is refused before anything else looks at it: otherwise another site's name could be made to point
here (DNS rebinding), and addresses made from the header would lead elsewhere. Headers of proxies count only when they
come from an address the operator named.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from api.settings import Network, Settings, is_loopback
from ledger.errors import Malformed

FOR_ANY_HOST = frozenset({"/healthz", "/readyz"})
"""Whoever watches the program asks by an address of its network. These two say how it is, about nobody, and set and
follow nothing, so a host that is not ours learns nothing from them that the watcher may not know."""
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_.-]+)(?::[0-9]{1,5})?")
_OF_A_PROXY = (b"forwarded", b"x-forwarded-", b"x-real-ip")

NOT_HERE = (
    "The development issuer works only on this machine: on a loopback address, for a loopback host and without a proxy."
    " Set LEDGER_OIDC_ISSUER, or LEDGER_DEV=1 where everybody who reaches this address may be anybody."
)

Headers = list[tuple[bytes, bytes]]


class Hosts:
    """The layer that refuses foreign hosts and takes over what trusted proxies say."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._allowed = settings.allowed_hosts
        self._trusted = settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: Headers = scope["headers"]
        scope.setdefault("state", {})["forwarded"] = any(name.startswith(_OF_A_PROXY) for name, _ in headers)
        if _is_among(_peer(scope), self._trusted):
            _take_over(scope, headers, self._trusted)
        if scope["path"] in FOR_ANY_HOST or host_of(scope["headers"]) in self._allowed:
            await self._app(scope, receive, send)
        else:
            await errors.foreign_host()(scope, receive, send)


def host_of(headers: Headers) -> str | None:
    """The name in the one Host header, without its port; None when there is none, or it is no name."""
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return None
    found = _HOST.fullmatch(hosts[0])
    return found[1].decode("ascii").lower().strip("[]") if found is not None else None


def why_not_development(request: Request, settings: Settings) -> str | None:
    """Why the development issuer may not be used for this request; None when it may (see docs/sign-in.md)."""
    if settings.dev:
        return None
    peer = _peer(request.scope)
    near = (
        is_loopback(settings.host)
        and peer is not None
        and peer.is_loopback
        and is_loopback(host_of(request.scope["headers"]) or "")
        and not getattr(request.state, "forwarded", True)
    )
    return None if near else NOT_HERE


def refuse_development_for_others(settings: Settings) -> None:
    """Raise Malformed where no token of the development issuer would be accepted."""
    if settings.oidc_issuer is None and not settings.dev and not is_loopback(settings.host):
        raise Malformed(NOT_HERE)


def warnings(settings: Settings) -> Iterable[str]:
    """What whoever starts the program should know about who can sign in."""
    if settings.dev:
        yield "LEDGER_DEV=1: anybody who reaches this address can sign in as anybody. Use it with invented data only."
    elif settings.oidc_issuer is None and not is_loopback(settings.host):
        yield f"Nobody can sign in. {NOT_HERE}"


def _peer(scope: Scope) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    client = scope.get("client")
    return None if client is None else _address(client[0])


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_among(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, networks: Iterable[Network]) -> bool:
    return address is not None and any(
        address.version == network.version and address in network for network in networks
    )


def _take_over(scope: Scope, headers: Headers, trusted: Iterable[Network]) -> None:
    """Scheme, host and sender as the nearest proxy says; each proxy adds at the right, so the right-most counts."""
    scheme, host = _last(headers, b"x-forwarded-proto"), _last(headers, b"x-forwarded-host")
    if scheme in {"http", "https"}:
        scope["scheme"] = scheme
    if host is not None:
        scope["headers"] = [(name, value) for name, value in headers if name != b"host"]
        scope["headers"].append((b"host", host.encode("latin-1")))
    senders = [_address(text) for text in _listed(headers, b"x-forwarded-for")]
    while len(senders) > 1 and _is_among(senders[-1], trusted):
        senders.pop()
    if senders and senders[-1] is not None:
        scope["client"] = (str(senders[-1]), 0)


def _listed(headers: Headers, wanted: bytes) -> list[str]:
    text = ",".join(value.decode("latin-1") for name, value in headers if name == wanted)
    return [part.strip() for part in text.split(",") if part.strip()]


def _last(headers: Headers, wanted: bytes) -> str | None:
    return (_listed(headers, wanted) or [None])[-1]  # type: ignore[list-item]
