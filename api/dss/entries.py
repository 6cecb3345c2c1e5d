"""From events to entries of one stream: chained and sealed under its class keys, with the search tokens they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from api.dss.checks import JSON
from api.dss.translation import Made
from api.dss.versions import Known
from ledger.log.codec import Entry
from ledger.store.holdings import Held
from ledger.vault.keys import ClassKey, Identity, Vault
from ledger.vault.seal import Continuation
from ledger.vault.search_tokens import IDENTITY_COLLECTIONS, identity_of

_SEARCHED = frozenset({
    "FamilyName", "DateofBirth", "UniqueLearnerNumber", "PostCode", "EmailAddress", "MobileNumber", "HomeNumber",
    "AlternativeNumber",
})  # fmt: skip


class Writing:
    """Continues a stream, or begins it, with events in their order."""

    def __init__(self, vault: Vault, stream: UUID, held: Held | None, known: Known) -> None:
        self._vault, self.stream = vault, stream
        last = held.entries[-1] if held is not None and held.entries else None
        self.continues = None if last is None else (last.version, last.leaf)
        self._writing = Continuation(vault, stream, self.continues, lambda: {} if held is None else held.keys)
        self._known = known
        self.entries: list[Entry] = []
        self.tokens: list[bytes] = []

    @property
    def new_keys(self) -> list[ClassKey]:
        """Keys that must be stored together with the entries."""
        return self._writing.new_keys

    def write(self, made: Sequence[Made], *, actor: str, at: datetime) -> None:
        for id_, event, occurred_at in made:
            entry = self._writing.entry(id_, event, occurred_at=occurred_at, recorded_at=at, actor=actor)
            self.entries.append(entry)
        if any(getattr(event, "collection", None) in IDENTITY_COLLECTIONS for _, event, _ in made):
            self.tokens = self._tokens()

    def _tokens(self) -> list[bytes]:
        """Search tokens of every identity the person ever had, so that a former name or address still finds them."""
        people: list[Identity] = []
        described: dict[str, JSON] = {}
        versions = sorted(self._versions(), key=itemgetter(0, 1))
        for _, _, values in versions:
            if any(name in described and described[name] != values[name] for name in _SEARCHED & values.keys()):
                people.append(identity_of([described]))
            described.update({name: value for name, value in values.items() if value and name in _SEARCHED})
        return self._vault.tokens(*people, identity_of([described]))

    def _versions(self) -> Iterable[tuple[int, int, Mapping[str, JSON]]]:
        for (collection, _), chain in self._known.records.items():
            if collection in IDENTITY_COLLECTIONS:
                for past in chain:
                    yield past.ts, past.order, past.values
