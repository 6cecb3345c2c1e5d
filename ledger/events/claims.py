"""Events about claims: reports that wait for somebody entitled, on a stream beside that of whom they are about."""

from __future__ import annotations

from ledger.events.declaration import Event, Json, event, fact, sealed


@event("claim-received", "Somebody reported something about you that had to be confirmed first")
class ClaimReceived(Event):
    claim_id: str = fact("the report's number", default="")
    about: str = fact("the record it is about", default="")
    person: str | None = fact("the person it names")
    subject: str = fact("whether it is about a person, a request or an organisation", default="customer")
    command: str = fact("what was reported", default="")
    because: str = fact("why it had to be confirmed: another's act, or a person not served", default="")
    taken: bool = fact(
        "whether it took effect at once, since it protects you or was the reporter's own act", default=False
    )
    claimant: str = fact("the organisation that reported it", default="")
    organisation: str | None = fact("the organisation whose act it reports")
    command_id: str = fact("the number of the command", default="")
    happened_at: str | None = fact("when it was said to have happened")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    fields: dict[str, Json] | None = sealed("what was reported")


@event("claim-confirmed", "A report about you was confirmed")
class ClaimConfirmed(Event):
    claim_id: str = fact("the report's number", default="")
    about: str = fact("the record it is about", default="")
    organisation: str | None = fact("the organisation that confirmed it")
    happened_at: str | None = fact("when what was confirmed happened")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    reason: str | None = sealed("why")


@event("claim-disputed", "A report about you was disputed, so it has no effect")
class ClaimDisputed(Event):
    claim_id: str = fact("the report's number", default="")
    about: str = fact("the record it is about", default="")
    organisation: str | None = fact("the organisation that disputed it")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    reason: str | None = sealed("why")


@event("claim-opened", "Somebody opened a report about you that had to be confirmed")
class ClaimOpened(Event):
    claim_id: str = fact("the report's number", default="")
    about: str = fact("the record it is about", default="")
