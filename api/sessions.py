"""Sessions of the pages, kept on the server: who a cookie stands for, and when that ends.

A cookie holds a random secret and the database its SHA-256, so a copy of the database signs nobody in. A session ends
when its person signs out, when nobody used it for a while, when it is old, or when an operator ends it. Whose it is, is
personal data of staff and encrypted.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID, uuid4

import orjson

from api.casework.runtime import Runtime
from api.issuer import ISSUER
from ledger.caller import Caller
from ledger.errors import NotSignedIn, Tampered
from ledger.recording import Ledger
from ledger.store import sessions
from ledger.store.sessions import ListedSession, StoredSession

SECRET_BYTES = 32
_NOTED_EVERY = timedelta(minutes=1)
"""Each use of a session is not worth a write; the idle time is exact to this, or to a quarter of it if that is less."""


class Sessions:
    """The sessions of one ledger, shared by all processes that serve it; safe for any number of threads."""

    def __init__(self, ledger: Ledger, *, issuer: str, idle: timedelta, longest: timedelta) -> None:
        self._ledger = ledger
        self._issuer = issuer
        self._recorder, self._vault = ledger.recorder, ledger.vault
        self._idle, self._longest = idle, longest
        self._noted_every = min(_NOTED_EVERY, idle / 4)

    @classmethod
    def of(cls, runtime: Runtime) -> Sessions:
        settings = runtime.settings
        return cls(
            runtime.ledger,
            issuer=settings.oidc_issuer or ISSUER,
            idle=timedelta(minutes=settings.session_idle_minutes),
            longest=timedelta(minutes=settings.session_minutes),
        )

    def begin(self, caller: Caller, *, instead_of: str | None) -> str:
        """A new session for a caller; the secret for the cookie. The session of the cookie before it ends."""
        if instead_of:
            self.end(instead_of)
        secret, at = secrets.token_urlsafe(SECRET_BYTES), self._ledger.now()
        digest = _digest(secret)
        session = StoredSession(
            digest=digest,
            id=uuid4(),
            role=caller.role,
            organisation=caller.organisation,
            began_at=at,
            ends_at=at + self._longest,
            blob=self._vault.lock_away(orjson.dumps([self._issuer, _fields_of(caller)]), b"session" + digest),
        )
        sessions.begin(self._recorder, session, idle_since=at - self._idle)
        return secret

    def caller(self, secret: str) -> Caller:
        """Whose session the cookie stands for. Raises NotSignedIn when it stands for none, for one that ended, or for
        one that another issuer began than the one that counts now; also Tampered.
        """
        digest, at = _digest(secret), self._ledger.now()
        session = sessions.found(self._recorder, digest, at=at, idle_since=at - self._idle)
        if session is None:
            raise NotSignedIn
        if at - session.used_at >= self._noted_every:
            sessions.use(self._recorder, digest, at=at)
        try:
            issuer, caller = orjson.loads(self._vault.look_into(session.blob, b"session" + digest))
        except Tampered as altered:
            raise Tampered("A session is not what was written.") from altered
        if issuer != self._issuer:
            raise NotSignedIn
        return Caller(**caller)

    def end(self, secret: str) -> None:
        """End the session of a cookie, if there is one."""
        sessions.end(self._recorder, _digest(secret))

    def end_named(self, id_: UUID | None) -> int:
        """End the session with this id, or every session for None; how many ended."""
        return sessions.end_named(self._recorder, id_)

    def listed(self) -> list[ListedSession]:
        """The sessions there are, without whose they are."""
        at = self._ledger.now()
        return sessions.listed(self._recorder, at=at, idle_since=at - self._idle)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _fields_of(caller: Caller) -> dict[str, str]:
    """Never more than these: no session speaks for the operator's shell."""
    return {
        "role": caller.role, "organisation": caller.organisation, "subject": caller.subject, "name": caller.name,
    }  # fmt: skip
