"""Events about who serves a person: begun by the controller's assignment or by identity shown, refused, and ended."""

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


@event("flagged-at-risk", "Extra care was asked for before somebody new may begin to serve you")
class FlaggedAtRisk(Event):
    flag_id: str = fact("the number of this note", default="")
    code: str = fact("what the care is for", default="")
    reason: str | None = sealed("the reason given")


@event("at-risk-lifted", "The extra care before somebody new may begin to serve you ended")
class AtRiskLifted(Event):
    flag_id: str = fact("the number of the note", default="")
    reason: str | None = sealed("the reason given")


@event("identity-shown-at-risk", "An organisation gave your details to serve you; the controller has to decide that")
class IdentityShownAtRisk(Event):
    organisation: str = fact("the organisation", default="")
    identifiers: tuple[str, ...] = fact("what was given beside your name and date of birth", default=())


@event("identity-checked", "An organisation asked whether somebody in front of it is on record", holds="staff")
class IdentityChecked(Event):
    organisation: str = fact("the organisation", default="")
    role: str = fact("the role of the member of staff who asked", default="")
    route: str = fact("where it was asked: page, HTTP or command line", default="")
    outcome: str = fact("whether it matched somebody whom the organisation may serve", default="")
    asked_by: str | None = sealed("who asked")
