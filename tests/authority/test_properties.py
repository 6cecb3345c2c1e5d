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
from ledger.authority.serving import ACTS, serves, serving_of
from ledger.authority.side import contract_is_over, side_of
from ledger.caller import CONTRACTOR_ROLES, OFFICE, ROLES, Caller
from ledger.clocks import london_day
from ledger.commands.catalogue import COMMANDS, body_of, example_of
from ledger.commands.grants import DECISIONS, REQUEST
from ledger.commands.invented import PRIME, SUB_CONTRACTOR
from ledger.commands.reader import read_command
from ledger.errors import UnregisteredOrganisation
from ledger.events import Event
from ledger.log.codec import Entry, facts_of
from ledger.state.registers import InForce, Registers
from tests.authority.people import ANOTHER, UNHEARD_OF

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
_contracts = st.builds(
    events.ContractStarted, organisation=st.sampled_from(_CODES), contract=st.sampled_from(("one", "two")),
    valid_until=st.sampled_from((None, "2026-06-30")),
)  # fmt: skip
_registers = st.tuples(st.lists(_registered, max_size=6), st.lists(_contracts, max_size=3)).map(
    lambda made: Registers().followed_by([*made[0], *made[1]]).on(london_day(_START + timedelta(days=300)))
)


def _made(kind: type[Event], code: str) -> Event:
    named = {name: code for name in ACTS.get(kind, ("organisation",)) if name in kind.FACTS}
    more: dict[str, Any] = {
        events.CustomerReferred: {"referral_id": "referral-1", "referred_to": code},
        events.ReferralAccepted: {"referral_id": "referral-1"},
    }.get(kind, named)
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
        id=uuid.uuid4(), stream=uuid.UUID(int=1), version=version, type=event.NAME, type_version=1,
        class_=None, part="", occurred_at=at, recorded_at=at, actor=f"{by.acting_as}@{by.organisation}/sealed",
        facts=facts_of(event), commitment=None, previous=None, leaf=b"", position=version, blob=None,
    )  # fmt: skip


@st.composite
def _histories(draw: st.DrawFn) -> list[Entry]:
    made = draw(st.lists(st.tuples(_EVENTS, _callers), max_size=8))
    return [entry(event, by, version) for version, (event, by) in enumerate(made, start=1)]


@given(
    history=_histories(), event=_EVENTS, code=st.sampled_from(_CODES), role=st.sampled_from(sorted(CONTRACTOR_ROLES))
)
def test_an_entry_of_a_contractor_that_does_not_serve_the_person_makes_nobody_serve_them(
    history: list[Entry], event: Event, code: str, role: str
):
    before = serving_of(history)
    by = Caller(role=role, organisation=code, subject="somebody")
    begins = isinstance(event, events.CustomerRegistered | events.ReferralAccepted)  # by an entitled caller alone
    if before.by(code) or begins:
        return
    after = serving_of([*history, entry(event, by, len(history) + 1)])
    assert {*after.organisations} <= {*before.organisations}
    assert {*after.referrals} <= {*before.referrals}


@given(history=_histories(), place=st.integers(min_value=0, max_value=8))
def test_an_entry_read_twice_makes_no_organisation_serve_that_did_not_before(history: list[Entry], place: int):
    ended = {entry.type for entry in history} & {events.ServiceEnded.NAME, events.ServingEnded.NAME}
    if place >= len(history) or ended:
        return
    twice = [*history[: place + 1], history[place], *history[place + 1 :]]
    assert {*serving_of(twice).organisations} == {*serving_of(history).organisations}


@given(history=_histories())
def test_who_serves_comes_from_the_order_of_the_entries_alone(history: list[Entry]):
    later = [known._replace(recorded_at=known.recorded_at + timedelta(days=400)) for known in history]
    assert {*serving_of(later).organisations} == {*serving_of(history).organisations}


@given(on=_registers, by=_callers)
def test_an_organisation_that_is_not_registered_is_on_no_side(on: InForce, by: Caller):
    if on.organisation(by.organisation) is None:
        assert side_of(by, on) == "nobody"


@given(on=_registers, by=_callers)
def test_a_role_counts_for_its_own_side_only(on: InForce, by: Caller):
    side = side_of(by, on)
    if by.role in CONTRACTOR_ROLES:
        assert side in {"contractor", "nobody"}
    elif by.role == OFFICE:
        assert side in {"jobcentre-plus", "nobody"}
    else:
        assert side in {"controller", "nobody"} or (side == "contractor" and by.role == "records-manager")


_CHANGES = [
    name for name, kind in COMMANDS.items()
    if kind.effect == "changes" and kind.subject == "customer" and not kind.begins
    and name not in {"accept-referral", "read-personal-data", "destroy-records", REQUEST.name, *DECISIONS}
]  # fmt: skip
"""Who reads, destroys and decides over grants is asked elsewhere (`access`, `destruction`, `grants`)."""


@given(
    on=_registers, by=_callers.filter(lambda by: by.role in CONTRACTOR_ROLES), history=_histories(),
    name=st.sampled_from(_CHANGES),
)  # fmt: skip
def test_what_changes_a_person_never_takes_effect_for_a_contractor_that_does_not_serve_them(
    on: InForce, by: Caller, history: list[Entry], name: str
):
    command = read_command(body_of(COMMANDS[name], example_of(COMMANDS[name])))
    part = command.parts[0]

    def read(stream: uuid.UUID) -> Sequence[Entry]:
        return history if stream == part.stream else ()

    try:
        ruling = ruling_of(command, part, by, on=on, day=on, read=read)
    except UnregisteredOrganisation:
        return
    assert ruling.takes_effect <= serves(by.organisation, on, history)


@given(on=_registers, history=_histories(), code=st.sampled_from(_CODES))
def test_who_serves_is_in_the_registers_and_in_the_person_s_entries(on: InForce, history: list[Entry], code: str):
    if serves(code, on, history):
        assert serving_of(history).by(code)
        assert on.organisation(code) is not None
        assert not contract_is_over(on, code)
