"""What a history is made of: events with the moment each happened and, for retention, what is sealed in them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ledger.events import Event

DatedEvent = tuple[datetime, Event]
"""An event and when it happened."""


class KeptEvent(NamedTuple):
    """An event with what is sealed in it: under which class and part, or no class when nothing is."""

    at: datetime
    event: Event
    class_: str | None
    part: str
    position: int
