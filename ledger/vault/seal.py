"""Makes the entries of one stream from events: numbered, chained to the entry before, sealed under the class keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from ledger.caller import Caller
from ledger.events import Event
from ledger.log.codec import Entry, make_entry, payload_of
from ledger.vault.keys import ClassKey, Vault, binding, fresh_prefixes, seal

Keys = Mapping[tuple[str, str], ClassKey]


class Continuation:
    """Continues a stream after its last entry, or begins it; what it makes is not stored yet.

    `keys` gives the stream's open data keys by class and part, and is only asked when something is sealed.
    """

    def __init__(self, vault: Vault, stream: UUID, last: tuple[int, bytes] | None, keys: Callable[[], Keys]) -> None:
        self._vault, self.stream = vault, stream
        self._version: int = last[0] if last else 0
        self._previous: bytes | None = last[1] if last else None
        self._stored_keys = keys
        self._keys: dict[tuple[str, str], ClassKey] | None = None
        self._prefixes: list[bytes] = []
        self.new_keys: list[ClassKey] = []
        """Keys that must be stored together with the entries sealed under them."""

    def entry(self, id_: UUID, event: Event, *, occurred_at: datetime, recorded_at: datetime, actor: str) -> Entry:
        """The next entry of the stream."""
        self._version += 1
        payload = payload_of(event)
        blob = None
        if payload is not None:
            key = self._key(event.retention_class(), event.retention_part())
            self._prefixes = self._prefixes or fresh_prefixes()
            bound_to = binding(id_, self.stream, self._version, event.NAME)
            blob = seal(key, payload, bound_to, prefix=self._prefixes.pop())
        made = make_entry(
            event,
            id_=id_,
            stream=self.stream,
            version=self._version,
            previous=self._previous,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            actor=actor,
            blob=blob,
        )
        self._previous = made.leaf
        return made

    def _key(self, class_: str, part: str) -> ClassKey:
        if self._keys is None:
            self._keys = dict(self._stored_keys())
        key = self._keys.get((class_, part))
        if key is None:
            key = self._keys[class_, part] = self._vault.new_key(self.stream, class_, part)
            self.new_keys.append(key)
        return key


def actor(vault: Vault, by: Caller) -> str:
    """The actor column: role, organisation and a pseudonym; who it is stays in the identity provider."""
    organisation = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-._") else "-" for letter in by.organisation
    )
    return f"{by.acting_as}@{organisation}/{vault.pseudonym(by.subject)}"
