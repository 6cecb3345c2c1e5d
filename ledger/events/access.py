"""Events about access: attempts that were refused, and grants to read more than one's own (issue 9)."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.events.declaration import Event, event, fact, sealed

READ_WITHOUT_TASK, READ_NAMESAKE = "read-without-task", "read-namesake"
"""What findings about readings are about: many people without a task, and a namesake of the reader or a colleague."""
ABOUT_ACCESS = frozenset({"access-refused", READ_WITHOUT_TASK, READ_NAMESAKE})
"""The subjects of the findings in an organisation's access file."""


@event("access-refused", "An attempt to reach records was refused", holds="access_log")
class AccessRefused(Event):
    role: str = fact("the role of who tried", default="")
    organisation: str = fact("the organisation of who tried", default="")
    operator: bool = fact("whether it came from the operator's own shell", default=False)
    route: str = fact("where it was tried: route, page or command", default="")
    command: str | None = fact("what was to be recorded")
    about: str | None = fact("the record it was about, where there is such a record")
    refusal: str = fact("the kind of refusal", default="")
    rule: str | None = fact("the rule that refused it")
    attempts: int = fact("how many attempts this entry counts", default=1)
    different: int = fact("how many different records were asked for that are not named here", default=0)
    first_at: str | None = fact("when the first of them was made")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    attempted_by: str | None = sealed("who tried")


@event("attempts-opened", "It was looked up who made attempts that were refused")
class AttemptsOpened(Event):
    who: str = fact("the pseudonym of who tried", default="")
    organisation: str = fact("the organisation of who tried", default="")


@dataclass(frozen=True, kw_only=True)
class OfAGrant(Event):
    """Fields of every step of a grant; why it was asked for, and decided, goes with the readings of its month."""

    grant_id: str = fact("the grant's number", default="")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    reason: str | None = sealed("why")


@event("grant-requested", "Somebody who does not serve you asked to read your records", holds="access_log")
class GrantRequested(OfAGrant):
    until: str = fact("the last day on which they may be read", default="")
    emergency: bool = fact("whether it was an emergency, in which they may be read at once", default=False)


@event("grant-approved", "A second person allowed somebody to read your records", holds="access_log")
class GrantApproved(OfAGrant):
    pass


@event("grant-refused", "Somebody was not allowed to read your records", holds="access_log")
class GrantRefused(OfAGrant):
    pass


@event("grant-ended", "Somebody may no longer read your records", holds="access_log")
class GrantEnded(OfAGrant):
    pass
