"""Events about restrictions, objections and contested decisions made by a computer alone."""

from __future__ import annotations

from ledger.events.declaration import Event, event, fact, sealed


@event("processing-restricted", "The use of your data was restricted")
class ProcessingRestricted(Event):
    restriction_id: str = fact("the restriction's number", default="")
    request_id: str | None = fact("the request it follows from")
    ground: str = fact("the ground for it", default="")
    items: tuple[str, ...] = fact("which items of data, or all when none is named", default=())
    organisation: str | None = fact("the organisation that answers for telling the recipients")
    reason: str | None = sealed("why")


@event("restriction-lifted", "The use of your data is no longer restricted")
class RestrictionLifted(Event):
    restriction_id: str = fact("the restriction's number", default="")
    person_told_at: str | None = fact("when you were told that it would be lifted")
    reason: str | None = sealed("why")


@event("objection-raised", "You objected to the use of your data")
class ObjectionRaised(Event):
    objection_id: str = fact("the number of your request", default="")


@event("objection-decided", "Your objection was decided")
class ObjectionDecided(Event):
    objection_id: str = fact("the number of your request", default="")
    outcome: str = fact("whether it was upheld, overridden by compelling grounds, or withdrawn", default="")


@event("decision-contested", "You asked a person to look at a decision that a computer made alone")
class DecisionContested(Event):
    decision_id: str = fact("the decision's number", default="")
    share_id: str | None = fact("the share that followed from it")
    representation: str | None = sealed("what you said about it")


@event("decision-reviewed", "A person looked at a decision that a computer had made alone")
class DecisionReviewed(Event):
    decision_id: str = fact("the decision's number", default="")
    outcome: str = fact("whether it was confirmed, changed or taken back", default="")
    reason: str | None = sealed("why")
    reviewed_by: str | None = sealed("who looked at it")
