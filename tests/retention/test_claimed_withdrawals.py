"""A withdrawal that a stranger reports stops the use at once; what follows in the schedule waits for a confirmation."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ledger import errors
from ledger.caller import Caller
from ledger.claims import claim_id_of
from ledger.commands.reader import read_command
from ledger.recording import Ledger
from ledger.retention.due_dates import due_dates
from ledger.state.replay import kept_events, state_of
from tests.commands import command, give
from tests.retention.schedule import Due
from tests.sharing import MANAGER as OPERATOR
from tests.sharing import fill_registers

CONTROLLER = Caller(role="case-worker", organisation="controller-one", subject="case worker one")
STRANGER = Caller(role="contractor", organisation="prime-south", subject="adviser of prime-south")
ADVISER = Caller(role="contractor", organisation="prime-north", subject="adviser of prime-north")
REGISTERED_AT, WITHDRAWN_AT, ANSWERED_AT = "2025-01-06T09:00:00Z", "2026-03-02T10:00:00Z", "2026-04-01T09:00:00Z"
ETHNICITY, DISABILITY = "equality/collect_ethnicity", "equality/collect_lldd_health"
Withdraw = Callable[..., str]


@pytest.fixture
def sam(ledger: Ledger) -> uuid.UUID:
    """Somebody whom prime-north serves, with equality data by consent; prime-south has never seen them."""
    fill_registers(ledger)
    give(ledger, "register-organisation", by=OPERATOR, at="2018-01-01T00:00:00Z", organisation="prime-south",
         name="Another prime", kind="prime")  # fmt: skip
    number = uuid.uuid4()

    def of_sam(type_: str, **fields: Any) -> None:
        give(ledger, type_, number, by=OPERATOR, at=REGISTERED_AT, organisation="prime-north", **fields)

    of_sam("register-customer", values={"given_name": "Sam"})
    for scope in ("collect_ethnicity", "collect_lldd_health"):
        of_sam("give-consent", scope=scope, mechanism="said yes")
    of_sam("keep-record", collection="diversitydetails",
           values={"Ethnicity": 31, "PrimaryLearningDifficultyOrDisability": 4})  # fmt: skip
    return number


@pytest.fixture
def withdraw(ledger: Ledger, sam: uuid.UUID) -> Withdraw:
    """Withdraw a consent as somebody, and return the id that the claim has if it is one."""

    def withdrawn(by: Caller, scope: str = "collect_ethnicity", type_: str = "withdraw-consent") -> str:
        body = command(type_, sam, at=WITHDRAWN_AT, scope=scope)
        ledger.record(body, by)
        reported = read_command(body)
        return claim_id_of(reported, reported.parts[0])

    return withdrawn


def answer(ledger: Ledger, sam: uuid.UUID, type_: str, claim_id: str, **fields: Any) -> None:
    give(ledger, type_, by=fields.pop("by", CONTROLLER), at=ANSWERED_AT, claim_id=claim_id, about=str(sam), **fields)


def due_by_the_fold(ledger: Ledger, sam: uuid.UUID) -> dict[str, tuple[str, str]]:
    """What a command to destroy is held to."""
    return {
        f"{class_}/{part}".rstrip("/"): (str(row.destroy_by), row.rule)
        for (class_, part), row in due_dates(kept_events(ledger.history(sam)), ledger.registers().registers).items()
        if row.destroy_by is not None
    }


def test_a_withdrawal_by_whoever_serves_the_person_makes_their_equality_data_due(
    ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due
):
    """CONSENT-06"""
    withdraw(ADVISER)
    assert due() == due_by_the_fold(ledger, sam) == {ETHNICITY: ("2026-03-02", "CONSENT-06")}


@pytest.mark.parametrize("scope", ["collect_ethnicity", "equality_monitoring"])
def test_a_withdrawal_reported_by_a_stranger_makes_nothing_due(
    ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due, scope: str
):
    withdraw(STRANGER, scope)
    assert state_of(ledger.history(sam)).consents[scope] == "withdrawn"
    assert due() == due_by_the_fold(ledger, sam) == {}


def test_a_refusal_reported_by_a_stranger_makes_nothing_due(
    ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due
):
    withdraw(STRANGER, type_="refuse-consent")
    assert due() == due_by_the_fold(ledger, sam) == {}


def test_once_the_controller_confirms_the_withdrawal_it_is_due_from_the_day_it_was_made(
    ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due
):
    claim_id = withdraw(STRANGER)
    assert due() == {}
    answer(ledger, sam, "confirm-claim", claim_id)
    assert due() == due_by_the_fold(ledger, sam) == {ETHNICITY: ("2026-03-02", "CONSENT-06")}
    assert due(date(2026, 3, 1)) == {}


def test_a_confirmed_withdrawal_of_the_consent_to_monitoring_makes_all_equality_data_due(
    ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due
):
    answer(ledger, sam, "confirm-claim", withdraw(STRANGER, "equality_monitoring"))
    assert due() == due_by_the_fold(ledger, sam) == dict.fromkeys(
        (ETHNICITY, DISABILITY), ("2026-03-02", "CONSENT-06")
    )  # fmt: skip


def test_whoever_serves_the_person_may_confirm_it_too(ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due):
    answer(ledger, sam, "confirm-claim", withdraw(STRANGER), by=ADVISER)
    assert due() == due_by_the_fold(ledger, sam) == {ETHNICITY: ("2026-03-02", "CONSENT-06")}


def test_a_stranger_cannot_confirm_their_own_report(ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due):
    claim_id = withdraw(STRANGER)
    with pytest.raises(errors.UnknownClaim):
        answer(ledger, sam, "confirm-claim", claim_id, by=STRANGER)
    assert due() == due_by_the_fold(ledger, sam) == {}


def test_a_disputed_withdrawal_makes_nothing_due(ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due):
    answer(ledger, sam, "dispute-claim", withdraw(STRANGER), reason="Sam said no such thing")
    assert due() == due_by_the_fold(ledger, sam) == {}


def test_consent_given_after_the_day_of_a_withdrawal_that_is_confirmed_late_keeps_the_data(
    ledger: Ledger, sam: uuid.UUID, withdraw: Withdraw, due: Due
):
    """CONSENT-08: what was said later counts, whenever the withdrawal is confirmed."""
    claim_id = withdraw(STRANGER)
    give(ledger, "give-consent", sam, by=ADVISER, at="2026-03-20T09:00:00Z", scope="collect_ethnicity",
         mechanism="said yes")  # fmt: skip
    answer(ledger, sam, "confirm-claim", claim_id)
    assert due() == due_by_the_fold(ledger, sam) == {}
