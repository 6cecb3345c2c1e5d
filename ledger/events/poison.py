"""The event about an entry that a view cannot apply: an operator decided to go on without it."""

from __future__ import annotations

from ledger.events.declaration import Event, event, fact


@event("entry-set-aside", "It was decided to go on without an entry that a view cannot apply")
class EntrySetAside(Event):
    view: str = fact("the view that goes on without it", default="")
    entry: int = fact("the entry's position", default=0)
    record: str = fact("the id of the record it is an entry of", default="")
    cause: str = fact("why the view cannot apply it, without values", default="")
    reason: str = fact("the code for why it may be left out", default="")
