"""Properties of the pure parts of authority, for any history, registers and caller."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger import events
from ledger.authority.rulings import ruling_of
from ledger.authority.serving import ACTS, serving_of
from ledger.authority.side import side_of
from ledger.caller import CONTRACTOR_ROLES, OFFICE, ROLES, Caller
from ledger.clocks import london_day
from ledger.commands.catalogue import COMMANDS, body_of, example_of
from ledger.commands.reader import read_command
from ledger.errors import UnregisteredOrganisation
from ledger.events import Event
from ledger.log.codec import Entry, canonical_facts
from ledger.state.registers import InForce, Registers
from tests.authority.people import ANOTHER, PRIME, SUB_CONTRACTOR, UNHEARD_OF

_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_CODES = (PRIME, SUB_CONTRACTOR, ANOTHER)
_KINDS = (
    "prime",
    "sub-contractor",
    "controller",
    "controller of NHS data",
    "Jobcentre Plus",
    "research company",
    "office",
)
_callers = st.builds(
    Caller, role=st.sampled_from(sorted(ROLES)), organisation=st.sampled_from((*_CODES, UNHEARD_OF)),
    subject=st.just("somebody"),
)  # fmt: skip
_registered = st.builds(
    events.OrganisationRegistered, organisation=st.sampled_from(_CODES), name=st.just("invented"),
    kind=st.sampled_from(_KINDS), part_of=st.sampled_from((None, *_CODES)),
    valid_until=st.sampled_from((None, "2026-06-30")),
)  # fmt: skip
_registers = st.lists(_registered, max_size=6).map(
    lambda made: Registers().followed_by(made).on(london_day(_START + timedelta(days=300)))
)


def _made(kind: type[Event], code: str) -> Event:
    named = {name: code for name in ACTS.get(kind, ("organisation",)) if name in kind.FACTS}
    more: dict[str, Any] = {
        events.CustomerReferred: {"referral_id": "referral-1", "referred_to": code},
        events.ReferralAccepted: {"referral_id": "referral-1"},
    }.get(kind, named)  # type: ignore[call-overload]
    return kind(**more)


_EVENTS = st.builds(
    _made,
    st.sampled_from(
        (*ACTS, events.CustomerRegistered, events.CustomerReferred, events.ReferralAccepted, events.ServiceEnded)
    ),
    st.sampled_from(_CODES),
)


def entry(event: Event, by: Caller, version: int) -> Entry:
    """The entry of an event as it is folded: facts alone."""
    at = _START + timedelta(minutes=version)
    return Entry(
        id=uuid.uuid4(), stream=uuid.UUID(int=1), version=version, type=event.NAME, type_version=event.VERSION,
        class_=None, part="", occurred_at=at, recorded_at=at, actor=f"{by.acting_as}@{by.organisation}/sealed",
        facts=canonical_facts(event), commitment=None, previous=None, leaf=b"", position=version, blob=None,
    )  # fmt: skip


@st.composite
def _histories(draw: st.DrawFn) -> list[Entry]:
    made = draw(st.lists(st.tuples(_EVENTS, _callers), max_size=8))
    return [entry(event, by, version) for version, (event, by) in enumerate(made, start=1)]
