"""The keys that tokens are checked with: the development issuer's, those in a file, or those at an address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from api.fetched import Fetched
from ledger.errors import Malformed

_PUBLIC_KINDS = (RSAKey, ECKey, OKPKey)


class KeySource(Protocol):
    """Where keys come from."""

    def current(self) -> KeySet:
        """The keys to check with. Raises ProviderUnreachable."""
        ...

    def renewed(self, keys: KeySet, kid: str | None) -> KeySet | None:
        """Other keys than these, now that a token names `kid` and was not made with them; None when there are none."""
        ...


class FixedKeys:
    """Keys that never change."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    def current(self) -> KeySet:
        return self._keys

    def renewed(self, keys: KeySet, kid: str | None) -> KeySet | None:
        del keys, kid
        return None


class FileKeys:
    """Keys in a file that somebody keeps up to date: it is read again when it has changed. Raises Malformed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reading = Lock()
        self._changed_at = _changed_at(file)
        self._keys = _read(file)

    def current(self) -> KeySet:
        return self._keys

    def renewed(self, keys: KeySet, kid: str | None) -> KeySet | None:
        del kid
        with self._reading:
            changed_at = _changed_at(self._file)
            if changed_at != self._changed_at:
                try:
                    self._keys, self._changed_at = _read(self._file), changed_at
                except Malformed:  # half written: the old keys hold until it can be read
                    return None
            return self._keys if self._keys is not keys else None


class FetchedKeys:
    """Keys at an address: fetched when first needed, every hour, and for a key that is not among them."""

    def __init__(self, fetch: Callable[[], KeySet]) -> None:
        self._fetched = Fetched(fetch)

    def current(self) -> KeySet:
        return self._fetched.value()

    def renewed(self, keys: KeySet, kid: str | None) -> KeySet | None:
        if kid is not None and kid in {key.kid for key in keys}:
            return None
        return self._fetched.newer_than(keys)


def key_set_of(document: Any) -> KeySet:  # noqa: ANN401 (whatever JSON somebody sent)
    """The public keys for signatures in a JSON Web Key Set; others in it are left out. Raises ValueError for none."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise TypeError("not a JSON Web Key Set")
    keys: list[Key] = []
    for described in document["keys"]:
        try:
            key = KeySet.registry_cls.import_key(described)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if isinstance(key, _PUBLIC_KINDS) and key.get("use") in {None, "sig"}:
            keys.append(key)
    if not keys:
        raise ValueError("no key for signatures")
    return KeySet(keys)


def _changed_at(file: Path) -> int | None:
    return file.stat().st_mtime_ns if file.exists() else None


def _read(file: Path) -> KeySet:
    try:
        return key_set_of(orjson.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError) as unreadable:
        raise Malformed("The file that LEDGER_OIDC_KEYS names is not a readable JSON Web Key Set.") from unreadable
