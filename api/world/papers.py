"""A version of a document as the source keeps it: signed, dated and tagged; it knows nobody's story."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from api.world.people import instant
from ledger.codes.dictionary import COLLECTIONS

Document = dict[str, Any]
_SIGNS_WITH = {"goals": "LastModifiedBy", "diversitydetails": "LastModifiedBy", "subscriptions": "LastModifiedBy"}


class Papers:
    """One person's documents, or an organisation's, in the order they were written."""

    def __init__(self, dice: Random, organisation: str) -> None:
        self._dice, self._organisation = dice, organisation
        self.versions: list[tuple[datetime, str, Document]] = []

    def write(self, collection: str, at: datetime, document: Document, *, by: str | None = None) -> Document:
        """Add a version of a document, complete with what the source itself adds, and return it for the next one."""
        touchpoint = by or self._organisation
        seconds = int(at.timestamp())
        fraction = self._dice.randrange(10_000_000)
        names = {field.name for field in COLLECTIONS[collection].fields}
        document = {**document, "LastModifiedDate": f"{instant(at)[:-1]}.{fraction:07}Z"}
        if (signed := _SIGNS_WITH.get(collection, "LastModifiedTouchpointId")) in names:
            document[signed] = touchpoint
        if "CreatedBy" in names:
            document.setdefault("CreatedBy", touchpoint)
        digits = document["id"].replace("-", "")
        document |= {
            "_rid": f"{digits[:8]}AAAA{digits[8:16]}==",
            "_etag": f'"{self._dice.getrandbits(32):08x}-0000-0d00-0000-{seconds:08x}0000"',
            "_attachments": "attachments/",
            "_ts": seconds,
            "_lsn": self._dice.randrange(1, 1_000_000),
        }
        self.versions.append((at, collection, document))
        return document
