"""Beginning to serve somebody: identity shown, a person registered new, and notices that others began to serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from api.casework.access import own_organisation
from api.casework.runtime import Runtime
from ledger.authority.identity import IdentityShown, read_identity, refuse_unless_adviser
from ledger.caller import Caller
from ledger.clocks import instant_text, london_day
from ledger.errors import Malformed
from ledger.events import AtRiskLifted, FlaggedAtRisk, IdentityShownAtRisk, Json
from ledger.identity_shown import Served, begin_serving
from ledger.log.codec import Entry
from ledger.state.customer import replay
from ledger.state.replay import event_of
from projections.claims import read as claims
from projections.row import Row

MOST_NOTICES = 200
_OF_RISK = frozenset({FlaggedAtRisk.NAME, AtRiskLifted.NAME, IdentityShownAtRisk.NAME})


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice(Row):
    """An organisation that began to serve somebody whom the one that reads it served before."""

    customer_id: UUID
    organisation: str
    began_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt(Row):
    """Identity that was shown while a flag was in force: it was answered like no match, and the controller decides."""

    at: datetime
    organisation: str
    identifiers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Risk:
    """Whether a flag keeps a new beginning with the controller, and who tried meanwhile."""

    flagged: bool
    attempts: Sequence[Attempt]

    def as_json(self) -> dict[str, Json]:
        return {"flagged": self.flagged, "identity_shown": [attempt.as_json() for attempt in self.attempts]}


def risk_of(entries: Sequence[Entry]) -> Risk:
    """The risk of one record, from its facts."""
    events = [(entry, event_of(entry)) for entry in entries if entry.type in _OF_RISK]
    return Risk(
        flagged=replay(event for _, event in events).at_risk(),
        attempts=[
            Attempt(at=entry.recorded_at, organisation=event.organisation, identifiers=event.identifiers)
            for entry, event in events
            if isinstance(event, IdentityShownAtRisk)
        ],
    )


def begin(runtime: Runtime, body: Mapping[str, Any], by: Caller, *, route: str) -> Served:
    """Begin to serve the person who matches everything in the body.

    Raises NotAllowed, UnregisteredOrganisation, Malformed, TooManyMisses and NoMatch.
    """
    refuse_unless_adviser(by, runtime.ledger.registers())
    return begin_serving(runtime.ledger, _shown(runtime, body), by, route=route)


def register(runtime: Runtime, body: Mapping[str, Any], by: Caller, *, command_id: UUID) -> UUID:
    """Register a new person with the same details; their id follows from the command's, so that it is safe to repeat.

    Raises what `begin` raises but TooManyMisses and NoMatch, and what recording raises.
    """
    refuse_unless_adviser(by, runtime.ledger.registers())
    shown = _shown(runtime, body)
    customer_id = uuid5(command_id, "customer")
    if runtime.ledger.recorder.history(customer_id):  # the button was pressed twice
        return customer_id
    runtime.ledger.record(
        {
            "id": str(command_id), "type": "register-customer", "occurred_at": instant_text(runtime.ledger.now()),
            "customer_id": str(customer_id), "organisation": by.organisation, "values": shown.values(),
        },
        by,
    )  # fmt: skip
    return customer_id


def notices(runtime: Runtime, by: Caller, *, organisation: str | None = None) -> list[Notice]:
    """Who began to serve people whom an organisation served, by identity shown, in the last 90 days; the newest first.

    Raises NotAllowed for another organisation's, and Malformed where the controller names none.
    """
    code = own_organisation(runtime, by, organisation)
    if code is None:
        raise Malformed("Name the organisation whose notices you want.", field="organisation")
    on = runtime.ledger.registers()
    if on.programme_of(code) != on.programme_of(by.organisation):  # another controller's people (PARTY-06)
        return []
    with runtime.current_views(by) as views:
        rows = claims.notices(views, own=[code], at=runtime.ledger.now(), limit=MOST_NOTICES)
    return [Notice(customer_id=row.about, organisation=row.claimant, began_at=row.received_at) for row in rows]


def _shown(runtime: Runtime, body: Mapping[str, Any]) -> IdentityShown:
    return read_identity(body, today=london_day(runtime.ledger.now()))
