"""The elements of a history: events with the instant each happened and the class they are sealed under."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ledger.events import Event

DatedEvent = tuple[datetime, Event]
"""An event and when it happened."""


class KeptEvent(NamedTuple):
    """An event with the retention class and part of its sealed fields; `class_` is None when it has none."""

    at: datetime
    event: Event
    class_: str | None
    part: str
    position: int
