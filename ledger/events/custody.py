"""Events about holds, extensions, erasure, destruction and access."""

from __future__ import annotations

from ledger.events.declaration import Event, Json, event, fact, sealed


@event("hold-placed", "Your records were put on hold and may not be destroyed")
class HoldPlaced(Event):
    hold_id: str = fact("the hold's number", default="")
    code: str = fact("what kind of hold", default="")
    classes: tuple[str, ...] = fact("which classes of records, or all when none is named", default=())
    review_on: str | None = fact("when the hold is looked at again")
    owner: str | None = fact("the role that owns the hold")
    reason: str | None = sealed("why")


@event("hold-lifted", "A hold on your records was lifted")
class HoldLifted(Event):
    hold_id: str = fact("the hold's number", default="")
    reason: str | None = sealed("why")


@event("hold-reviewed", "A hold on your records was looked at again")
class HoldReviewed(Event):
    hold_id: str = fact("the hold's number", default="")
    review_on: str | None = fact("when the hold is looked at again")
    reason: str | None = sealed("why it goes on")


@event("retention-extended", "It was decided to keep records about you for longer")
class RetentionExtended(Event):
    extension_id: str = fact("the extension's number", default="")
    classes: tuple[str, ...] = fact("which classes of records", default=())
    until: str = fact("the last day they may be kept", default="")
    purpose: str = fact("what for", default="")
    reason: str | None = sealed("why")
    approved_by: str | None = sealed("who approved it")


@event("erasure-upheld", "It was decided that records about you are erased, as you asked")
class ErasureUpheld(Event):
    erasure_id: str = fact("the number of your request", default="")
    classes: tuple[str, ...] = fact("which classes of records", default=())
    organisation: str | None = fact("the organisation that answers for telling the recipients")


@event("destruction-approved", "A list of records to destroy was approved")
class DestructionApproved(Event):
    """Recorded on a stream of the list's own before the first of its records is destroyed; no command makes it."""

    on: str = fact("the date the records were due by, as the list was drawn", default="")
    digest: str = fact("the digest of the list: the root of the tree of its rows", default="")
    rows: int = fact("how many rows the list has", default=0)
    organisation: str | None = fact("the organisation whose records manager approved it")
    instruction: str | None = fact("the controller's instruction it follows")


@event("records-destroyed", "Records about you were destroyed")
class RecordsDestroyed(Event):
    destroyed: tuple[dict[str, Json], ...] = fact(
        "what was destroyed: class, part, how many events, destroy-by date, rule, because of which event", default=()
    )
    """With `place` and `path`, the proof that it is a row of the approved list; destructions before that had none."""
    on: str = fact("the date the records were due by, as the list was drawn", default="")
    digest: str = fact("the digest of the list that was previewed", default="")
    method: str = fact("how: keys, ciphertext and search tokens deleted", default="keys-and-ciphertext-deleted")
    remains: tuple[str, ...] = fact("which classes of records remain", default=())


@event("personal-data-read", "Your personal data was read", holds="access_log")
class PersonalDataRead(Event):
    purpose: str = fact("what it was read for", default="")
    route: str = fact("where it was read: page, report, search or command line", default="")
    role: str = fact("the role of the person who read it", default="")
    organisation: str | None = fact("the organisation of the person who read it")
    grant_id: str | None = fact("the number of the grant by which it was read")
    namesake: str | None = fact("whether the reader, or a colleague of theirs, has your name")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    read_by: str | None = sealed("who read it")
    note: str | None = sealed("what was noted")
