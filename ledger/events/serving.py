"""Events about who serves a person: begun by the controller's assignment or by identity shown, and ended."""

from __future__ import annotations

from ledger.events.declaration import Event, event, fact, sealed


@event("serving-began", "An organisation began to serve you")
class ServingBegan(Event):
    organisation: str = fact("the organisation", default="")
    because: str = fact("why: assigned by the controller, or your identity was shown", default="assigned")
    served_before: tuple[str, ...] = fact("the organisations that served you before and were told", default=())
    identifiers: tuple[str, ...] = fact("what you showed beside your name and date of birth", default=())
    reason: str | None = sealed("the reason given")


@event("serving-ended", "An organisation no longer serves you")
class ServingEnded(Event):
    organisation: str = fact("the organisation", default="")
    because: str = fact("why: the controller decided, or the organisation handed over", default="decided")
    reason: str | None = sealed("the reason given")
