"""The view of serving, which row-level security asks, and the fold that the program asks say the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import events
from ledger.authority.serving import ACTS, periods_of
from ledger.caller import CONTRACTORS_RECORDS_MANAGER, ROLES
from ledger.events import Event
from ledger.recording import Ledger
from ledger.store.append_call import Batch
from ledger.vault.seal import Continuation
from projections import runner
from projections.catalogue import view_named
from tests.conftest import Clock
from tests.runtimes import Runtimes

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CODES = ("0000000201", "0000000202", "controller")
BESIDE = (
    events.CustomerRegistered,
    events.CustomerReferred,
    events.ReferralAccepted,
    events.ServingBegan,
    events.ServingEnded,
    events.ServiceEnded,
    events.ServiceResumed,
)
_instants = count()


def made(kind: type[Event], code: str | None, because: str, referral: str) -> Event:
    """An event that names an organisation wherever its kind can."""
    fields: dict[str, Any] = {name: code for name in ACTS.get(kind, ("organisation",)) if name in kind.FACTS}
    if kind in {events.ServingBegan, events.ServingEnded}:
        fields = {"organisation": code or CODES[0], "because": because}
    elif kind is events.CustomerReferred:
        fields = {"referral_id": referral, "referred_to": code}
    elif kind is events.ReferralAccepted:
        fields = {"referral_id": referral}
    return kind(**fields)


EVENTS = st.builds(
    made, st.sampled_from((*ACTS, *BESIDE, *BESIDE)), st.sampled_from((*CODES, None)),
    st.sampled_from(("assigned", "identity-shown")), st.sampled_from(("referral-1", "referral-2")),
)  # fmt: skip
ACTORS = st.builds(
    "{}{}@{}/pseudonym".format, st.sampled_from(("", "", "operator:")),
    st.sampled_from((*sorted(ROLES), CONTRACTORS_RECORDS_MANAGER)), st.sampled_from(CODES),
)  # fmt: skip
Said = tuple[Event, str]
HISTORIES = st.lists(st.lists(st.tuples(EVENTS, ACTORS), min_size=1, max_size=9), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def recorded(runtimes: Runtimes) -> Iterator[Ledger]:
    with runtimes(Clock()) as runtime:
        yield runtime.ledger


def append(ledger: Ledger, stream: uuid.UUID, history: Sequence[Said]) -> None:
    before = ledger.recorder.history(stream)
    last = (before[-1].version, before[-1].leaf) if before else None
    writing = Continuation(ledger.vault, stream, last, dict)
    entries = []
    for event, actor in history:
        at = START + timedelta(minutes=next(_instants))
        entries.append(writing.entry(uuid.uuid4(), event, occurred_at=at, recorded_at=at, actor=actor))
    ledger.recorder.append(Batch(entries=entries, keys=writing.new_keys))


def in_view(connection: psycopg.Connection[Any], person: uuid.UUID) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT organisation, position, since, until, because FROM serving WHERE customer_id = %s ORDER BY 1, 2",
        [person],
    ).fetchall()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(histories=HISTORIES, cut=st.integers(min_value=1, max_value=9), again=st.booleans())
def test_the_view_of_serving_is_the_fold_of_the_entries_however_they_were_recorded(
    recorded: Ledger,
    histories: list[list[Said]],
    cut: int,
    again: bool,  # noqa: FBT001 (hypothesis names them)
) -> None:
    people = {uuid.uuid4(): history for history in histories}
    assert recorded.opening is not None
    with runner.connect(recorded.opening.logins.projector) as connection:
        for part in (slice(None, cut), slice(cut, None)):
            for person, history in people.items():
                if history[part]:
                    append(recorded, person, history[part])
            runner.catch_up(connection)
        if again:
            runner.rebuild(connection, view_named("serving"))
        for person in people:
            periods = periods_of(recorded.recorder.history(person))
            expected = sorted(
                (period.organisation, period.began.position, period.since, period.until, period.because)
                for period in periods
            )  # fmt: skip
            assert in_view(connection, person) == expected
