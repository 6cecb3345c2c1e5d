"""Holds, destruction and access: who may no longer destroy, what was destroyed, who looked."""

from __future__ import annotations

from ledger.events.declaring import Event, Json, event, fact, sealed


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


@event("records-destroyed", "Records about you were destroyed")
class RecordsDestroyed(Event):
    destroyed: tuple[dict[str, Json], ...] = fact(
        "what was destroyed: class, part, how many events, destroy-by date, rule, because of which event", default=()
    )
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
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    read_by: str | None = sealed("who read it")
