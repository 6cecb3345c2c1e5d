"""What staff ask about lines in quarantine: listed without what they say, opened and discarded on the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from api.casework.access import own_organisation
from api.casework.runtime import Runtime
from ledger.authority.side import speaks_for_all
from ledger.caller import KEEPERS, Caller
from ledger.clocks import instant_text
from ledger.errors import AnotherController, Malformed, NotAllowed, Refused, UnregisteredOrganisation
from ledger.events import Event, Json, QuarantinedLineDiscarded, QuarantinedLineOpened
from ledger.store import quarantine
from ledger.store.quarantine import ALARM_AFTER, Waiting

REASONS = ("recorded-otherwise", "sent-by-mistake", "not-a-report")
"""Why a line may be discarded: what it says was recorded under another id, or never happened, or it says nothing."""


class Key(NamedTuple):
    """What a page goes on after: when the last line of the page before was received, and its id."""

    received_at: datetime
    id: UUID


class NotInQuarantine(Refused):
    """No line with this id is in the quarantine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantineLine:
    """A line that waits: where it stood, why it was refused, whose it is and how many whole days it has waited."""

    id: UUID
    source: str
    line: int
    reason: str
    field: str | None
    owner: str
    received_at: datetime
    age_days: int

    @property
    def key(self) -> Key:
        """The cursor that goes on after this row."""
        return Key(self.received_at, self.id)

    def as_json(self) -> dict[str, Json]:
        """The line as the outside contract has it."""
        return {
            "id": str(self.id),
            "source": self.source,
            "line": self.line,
            "reason": self.reason,
            "field": self.field,
            "owner": self.owner,
            "received_at": instant_text(self.received_at),
            "age_days": self.age_days,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantinePage:
    """One page of the lines that wait, the oldest first."""

    rows: list[QuarantineLine]
    next: Key | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {"rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Discarded:
    """A line that was discarded, and why."""

    id: UUID
    reason: str

    def as_json(self) -> dict[str, Json]:
        """The result shape of the outside contract."""
        return {"discarded": str(self.id), "reason": self.reason}


def listed(
    runtime: Runtime, by: Caller, *, source: str | None = None, after: Key | None = None, limit: int
) -> QuarantinePage:
    """One page of what waits, or of what waits of one file or door, the oldest first.

    A contractor sees what their organisation sent. Raises NotAllowed.
    """
    keeper = by.role in KEEPERS and speaks_for_all(by, runtime.ledger.registers())
    owner = None if keeper else own_organisation(runtime, by)
    now = runtime.ledger.now()
    with runtime.views(by) as connection:
        found = quarantine.page(connection, owner=owner, source=source, after=after, limit=limit + 1)
        rows = [_row(line, now) for line in found]
    return QuarantinePage(rows=rows[:limit], next=rows[limit - 1].key if len(rows) > limit else None)


def opened(runtime: Runtime, line_id: UUID, by: Caller) -> bytes:
    """What a line says, once it is recorded that it is opened (D12).

    Raises NotAllowed, AnotherController, NotInQuarantine and Tampered.
    """
    if by.role != "records-manager":
        raise NotAllowed(f"The role {by.role} may not open what is in the quarantine: it is personal data.")
    line = _waiting(runtime, line_id, by)
    _note(runtime, line, QuarantinedLineOpened(line_id=str(line.id), owner=line.owner), by)
    content = quarantine.opened(runtime.ledger.recorder, runtime.ledger.vault, line_id)
    if content is None:  # its corrected report was recorded meanwhile
        raise NotInQuarantine
    return content


def discarded(runtime: Runtime, line_id: UUID, by: Caller, *, reason: str) -> Discarded:
    """Record that a line is discarded, and why; then let go of it.

    Raises Malformed, NotAllowed, AnotherController and NotInQuarantine. Should this
    process die between the two, the line is still there to be discarded again.
    """
    if reason not in REASONS:
        raise Malformed(f"The reason must be one of {', '.join(REASONS)}.", field="reason")
    line = _waiting(runtime, line_id, by)
    made = QuarantinedLineDiscarded(
        line_id=str(line.id),
        owner=line.owner,
        received_at=instant_text(line.received_at),
        refused_as=line.reason,
        reason=reason,
    )
    _note(runtime, line, made, by)
    quarantine.discard(runtime.ledger.recorder, line_id)
    return Discarded(id=line_id, reason=reason)


def age_warning(since: datetime | None, now: datetime) -> str | None:
    """The sentence to warn with when the oldest line has waited too long."""
    if since is None or now - since <= ALARM_AFTER:
        return None
    return f"A line has been in the quarantine for {_days(now - since)} days; `ledger quarantine` lists what waits."


def _waiting(runtime: Runtime, line_id: UUID, by: Caller) -> Waiting:
    if by.role not in KEEPERS:
        raise NotAllowed(f"The role {by.role} may not open or discard what is in the quarantine.")
    if not speaks_for_all(by, runtime.ledger.registers()):
        raise UnregisteredOrganisation
    with runtime.views(by) as connection:
        line = quarantine.waiting_line(connection, line_id)
    if line is None:
        raise NotInQuarantine
    refuse_unless_theirs_to_keep(runtime, line.owner, by)
    return line


def refuse_unless_theirs_to_keep(runtime: Runtime, owner: str, by: Caller) -> None:
    """Raise AnotherController for a line of another programme: whom it is about nobody knows."""
    registers = runtime.ledger.registers()
    if not speaks_for_all(by, registers):
        raise UnregisteredOrganisation
    if registers.programme_of(owner) != registers.programme_of(by.organisation):
        raise AnotherController


def _note(runtime: Runtime, line: Waiting, made: Event, by: Caller) -> None:
    """On a stream of the line's own, which belongs to no customer."""
    runtime.ledger.note(uuid5(line.id, "quarantine"), made, by)


def _row(line: Waiting, now: datetime) -> QuarantineLine:
    return QuarantineLine(
        id=line.id,
        source=line.source,
        line=line.line,
        reason=line.reason,
        field=line.field,
        owner=line.owner,
        received_at=line.received_at,
        age_days=_days(now - line.received_at),
    )


def _days(age: timedelta) -> int:
    return max(age.days, 0)
