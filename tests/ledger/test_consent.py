"""Consent by scope and state: what was said changes it, what was not said never does."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger.codes.consent_scopes import SCOPES
from ledger.errors import Malformed
from ledger.events import Event
from ledger.recording import Ledger
from ledger.state.customer import replay
from ledger.state.customer_at import customer_at
from ledger.state.replay import dated_events, state_of
from tests.sharing import give, meet


@pytest.fixture
def sam(ledger: Ledger) -> uuid.UUID:
    return meet(ledger)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ((), None),
        (("ask",), "asked"),
        (("give",), "given"),
        (("ask", "give"), "given"),
        (("give", "ask"), "given"),
        (("refuse",), "refused"),
        (("give", "withdraw"), "withdrawn"),
        (("give", "expire"), "expired"),
        (("give", "invalidate"), "invalidated"),
        (("give", "withdraw", "give"), "given"),
    ],
)
def test_every_state_of_consent_is_reached_by_what_was_said(
    ledger: Ledger, sam: uuid.UUID, said: tuple[str, ...], state: str | None
):
    for day, word in enumerate(said, start=1):
        more: dict[str, Any] = {"mechanism": "said yes"} if word == "give" else {}
        give(ledger, f"{word}-consent", sam, at=f"2026-01-{day:02}T09:00:00Z", scope="survey", **more)

    assert state_of(ledger.history(sam)).consents.get("survey") == state


def test_a_consent_stands_as_it_was_said_last_whatever_was_recorded_last_consent_08(ledger: Ledger, sam: uuid.UUID):
    give(ledger, "withdraw-consent", sam, at="2026-01-05T12:00:00Z", scope="survey", channel="ACCOUNT")
    give(ledger, "give-consent", sam, at="2026-01-04T12:00:00Z", scope="survey", mechanism="said yes")

    assert state_of(ledger.history(sam)).consents == {"survey": "withdrawn"}


def test_an_express_consent_stays_express_when_it_is_asked_for_again_consent_18(ledger: Ledger, sam: uuid.UUID):
    give(ledger, "give-consent", sam, at="2026-01-04T12:00:00Z", scope="survey", mechanism="wrote it", explicit=True)
    give(ledger, "ask-consent", sam, at="2026-01-05T12:00:00Z", scope="survey")

    stood = customer_at(dated_events(ledger.history(sam)), ledger.now())
    assert (dict(stood.consents), stood.explicit) == ({"survey": "given"}, frozenset({"survey"}))


def test_withdrawing_one_consent_leaves_the_others(ledger: Ledger, sam: uuid.UUID):
    for scope in SCOPES:
        give(ledger, "give-consent", sam, scope=scope, mechanism="said yes")

    give(ledger, "withdraw-consent", sam, scope="collect_ethnicity", channel="ACCOUNT")

    states = state_of(ledger.history(sam)).consents
    assert {scope for scope, state in states.items() if state != "given"} == {"collect_ethnicity"}


@pytest.mark.parametrize("word", ["ask", "give", "refuse", "expire", "invalidate"])
def test_a_scope_nobody_asks_consent_for_is_refused(ledger: Ledger, sam: uuid.UUID, word: str):
    more: dict[str, Any] = {"mechanism": "said yes"} if word == "give" else {}
    with pytest.raises(Malformed, match="scope"):
        give(ledger, f"{word}-consent", sam, scope="everything", **more)


def test_somebody_who_was_never_asked_has_no_state():
    nothing: tuple[Event, ...] = ()
    assert replay(nothing).consents == {}
