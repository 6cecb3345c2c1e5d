"""Events about quarantined lines: that one was opened or discarded, never its content."""

from __future__ import annotations

from ledger.events.declaration import Event, event, fact


@event("quarantined-line-opened", "A line that could not be recorded was opened")
class QuarantinedLineOpened(Event):
    line_id: str = fact("the line's number in the quarantine", default="")
    owner: str = fact("the organisation that sent it", default="")


@event("quarantined-line-discarded", "A line that could not be recorded was discarded")
class QuarantinedLineDiscarded(Event):
    line_id: str = fact("the line's number in the quarantine", default="")
    owner: str = fact("the organisation that sent it", default="")
    received_at: str | None = fact("when it was received")
    refused_as: str | None = fact("why it could not be recorded")
    reason: str = fact("the code for why it was discarded", default="")
