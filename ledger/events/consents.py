"""Events about consent: scope and state are facts, the evidence is sealed."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.events.declaration import Event, event, fact, sealed


@dataclass(frozen=True, kw_only=True)
class Consent(Event):
    """Fields of every statement about consent."""

    scope: str = fact("what the consent is for", default="")
    channel: str | None = fact("how you told the service")
    notice: str | None = fact("which notice you were given, and its version")
    organisation: str | None = fact("the organisation that recorded it")
    etag: str | None = fact("the version tag of the source record that says so")
    history_id: int | None = fact("the row of the source's history table that says so")
    written_at: str | None = fact("when the source wrote it")
    rests_on: str | None = fact("the report it rests on, until somebody entitled confirms it")
    evidence: str | None = sealed("what you said")


@event("consent-given", "You gave consent")
class ConsentGiven(Consent):
    mechanism: str | None = fact("what you did to give it")
    explicit: bool | None = fact("whether it was given expressly")


@event("consent-refused", "You refused consent")
class ConsentRefused(Consent):
    pass


@event("consent-withdrawn", "You withdrew consent")
class ConsentWithdrawn(Consent):
    pass


@event("consent-asked", "You were asked for consent")
class ConsentAsked(Consent):
    pass


@event("consent-expired", "Your consent ran out")
class ConsentExpired(Consent):
    pass


@event("consent-invalidated", "What was taken for your consent was none")
class ConsentInvalidated(Consent):
    mechanism: str | None = fact("what had been taken for consent")
