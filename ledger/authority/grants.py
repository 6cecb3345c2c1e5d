"""Grants to read somebody beyond one's own: who, whose, why, until when, approved by a second person. Pure.

A grant belongs to who asked, in the role and for the organisation they asked for. It ends by itself. An emergency
counts at once, for 24 hours, and goes on only when a second person approves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from ledger.authority.rulings import programme_of_person
from ledger.authority.side import AUTHORITATIVE, side_of
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.declaration import Fields
from ledger.errors import NotAllowed, UnknownCustomer
from ledger.events import CustomerRegistered, GrantApproved, GrantEnded, GrantRefused, GrantRequested
from ledger.log.codec import Entry
from ledger.state.registers import InForce
from ledger.state.replay import event_of

EMERGENCY = timedelta(hours=24)
State = Literal["waiting", "approved", "refused", "ended"]
_TYPES = frozenset({GrantRequested.NAME, GrantApproved.NAME, GrantRefused.NAME, GrantEnded.NAME})


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who asks to read, as entries show them, and when."""

    actor: str
    at: datetime

    @property
    def pseudonym(self) -> str:
        """The person, whichever role they act in."""
        return _pseudonym(self.actor)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A grant, and how it stands."""

    grant_id: str
    asked_by: str
    """The actor of who asked."""
    asked_at: datetime
    until: date
    emergency: bool
    state: State = "waiting"
    decided_by: str | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it opens the person's records at an instant."""
        if london_day(at) > self.until:
            return False
        return self.state == "approved" or (self.state == "waiting" and self.emergency and self.in_emergency(at))

    def in_emergency(self, at: datetime) -> bool:
        """Whether an instant lies in the 24 hours in which an emergency needs no approval."""
        return at < self.asked_at + EMERGENCY


def grants_of(history: Iterable[Entry]) -> Mapping[str, Grant]:
    """The grants to read a person, by their id, after these entries of the person."""
    grants: dict[str, Grant] = {}
    for entry in history:
        if entry.type not in _TYPES:
            continue
        match event_of(entry):
            case GrantRequested() as event:
                grants[event.grant_id] = Grant(
                    grant_id=event.grant_id, asked_by=entry.actor, asked_at=entry.recorded_at,
                    until=date.fromisoformat(event.until), emergency=event.emergency,
                )  # fmt: skip
            case GrantApproved() as event if event.grant_id in grants:
                approved = grants[event.grant_id]
                grants[event.grant_id] = replace(approved, state="approved", decided_by=entry.actor)
            case GrantRefused() as event if event.grant_id in grants:
                grants[event.grant_id] = replace(grants[event.grant_id], state="refused", decided_by=entry.actor)
            case GrantEnded() as event if event.grant_id in grants:
                grants[event.grant_id] = replace(grants[event.grant_id], state="ended")
            case _:
                pass
    return grants


def grant_in_force(history: Iterable[Entry], holder: Holder) -> Grant | None:
    """The grant by which somebody may read a person now; None when there is none."""
    grants = grants_of(history).values()
    return next((grant for grant in grants if grant.asked_by == holder.actor and grant.in_force(holder.at)), None)


def refuse_deciding(
    command: str, fields: Fields, by: Caller, on: InForce, *, history: Sequence[Entry], holder: Holder
) -> None:
    """Refuse to approve, refuse or end a grant unless the caller may: the person's controller, another than who asked.

    Who asked may end their own. Raises UnknownCustomer for anybody else, NotAllowed for a second person who is none.
    """
    grant = grants_of(history).get(str(fields.get("grant_id")))
    if command == "end-grant" and grant is not None and grant.asked_by == holder.actor:
        return
    registered = any(entry.type == CustomerRegistered.NAME for entry in history)
    own = registered and programme_of_person(history, on) == on.programme_of(by.organisation)
    if side_of(by, on) not in AUTHORITATIVE or not own or by.role not in {"case-worker", "records-manager"}:
        raise UnknownCustomer(about=history[0].stream if history else None)
    if command == "approve-grant" and grant is not None and _pseudonym(grant.asked_by) == holder.pseudonym:
        raise NotAllowed("Another person than who asked approves a grant.")


def _pseudonym(actor: str) -> str:
    return actor.rpartition("/")[2]
