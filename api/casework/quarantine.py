"""What the doors answer about lines in quarantine: listed without what they say, opened and discarded on the record."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from api.casework.runtime import House
from ledger.caller import KEEPERS, Caller
from ledger.decisions import may_read
from ledger.errors import AnotherController, Malformed, NotAllowed, Refused
from ledger.events import Event, Json, QuarantinedLineDiscarded, QuarantinedLineOpened
from ledger.store import quarantine
from ledger.store.quarantine import ALARM_AFTER, Waiting

REASONS = ("recorded-otherwise", "sent-by-mistake", "not-a-report")
"""Why a line may be discarded: what it says was recorded under another id, or never happened, or it says nothing."""

Key = tuple[datetime, UUID]
"""What a page goes on after: when the last line of the page before was received, and its id."""


class NotInQuarantine(Refused):
    """No line with this id is in the quarantine."""


def listed(house: House, by: Caller, *, after: Key | None = None, limit: int) -> list[dict[str, Json]]:
    """One page of what waits, the oldest first; a contractor sees what their own organisation sent. Raises NotAllowed.

    Each row says where a line stood, why it was refused, whose it is and how many whole days it has waited.
    """
    owner = None if may_read(by, ()) else by.organisation
    if not may_read(by, [owner] if owner else []):
        raise NotAllowed
    now = house.ledger.now()
    with house.views() as connection:
        return [_row(line, now) for line in quarantine.page(connection, owner=owner, after=after, limit=limit)]


def key_of(row: dict[str, Json]) -> Key:
    """What the page after this row goes on after."""
    return datetime.fromisoformat(str(row["received_at"])), UUID(str(row["id"]))


def opened(house: House, number: UUID, by: Caller) -> bytes:
    """What a line says, once it is recorded that it is opened (D12).

    Raises NotAllowed, AnotherController, NotInQuarantine and Tampered.
    """
    line = _waiting(house, number, by)
    _note(house, line, QuarantinedLineOpened(line_id=str(line.id), owner=line.owner), by)
    said = quarantine.opened(house.ledger.recorder, house.ledger.vault, number)
    if said is None:  # its corrected report was recorded meanwhile
        raise NotInQuarantine
    return said


def discarded(house: House, number: UUID, by: Caller, *, reason: str) -> dict[str, Json]:
    """Record that a line is discarded, and why; then let go of it.

    Raises Malformed, NotAllowed, AnotherController and NotInQuarantine. Should this
    process die between the two, the line is still there to be discarded again.
    """
    if reason not in REASONS:
        raise Malformed(f"The reason must be one of {', '.join(REASONS)}.", field="reason")
    line = _waiting(house, number, by)
    made = QuarantinedLineDiscarded(
        line_id=str(line.id),
        owner=line.owner,
        received_at=line.received_at.isoformat().replace("+00:00", "Z"),
        refused_as=line.reason,
        reason=reason,
    )
    _note(house, line, made, by)
    quarantine.discard(house.ledger.recorder, number)
    return {"discarded": str(number), "reason": reason}


def age_warning(since: datetime | None, now: datetime) -> str | None:
    """The sentence to warn with when the oldest line has waited too long."""
    if since is None or now - since <= ALARM_AFTER:
        return None
    return f"A line has been in the quarantine for {_days(now - since)} days; `ledger quarantine` lists what waits."


def _waiting(house: House, number: UUID, by: Caller) -> Waiting:
    if by.role not in KEEPERS:
        raise NotAllowed(f"The role {by.role} may not open or discard what is in the quarantine.")
    with house.views() as connection:
        line = quarantine.waiting_line(connection, number)
    if line is None:
        raise NotInQuarantine
    registers = house.ledger.registers()
    if registers.programme_of(line.owner) != registers.programme_of(by.organisation):  # whom it is about nobody knows
        raise AnotherController
    return line


def _note(house: House, line: Waiting, made: Event, by: Caller) -> None:
    """On a stream of the line's own, which belongs to no customer."""
    house.ledger.note(uuid5(line.id, "quarantine"), made, by)


def _row(line: Waiting, now: datetime) -> dict[str, Json]:
    return {
        "id": str(line.id),
        "source": line.source,
        "line": line.line,
        "reason": line.reason,
        "field": line.field,
        "owner": line.owner,
        "received_at": line.received_at.isoformat().replace("+00:00", "Z"),
        "age_days": _days(now - line.received_at),
    }


def _days(age: timedelta) -> int:
    return max(age.days, 0)
