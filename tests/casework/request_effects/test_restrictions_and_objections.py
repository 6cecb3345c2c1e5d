"""What a restriction or an objection stops, and for how long."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api.casework.runtime import Runtime
from ledger.errors import AlreadyDone, Held, Malformed, UnknownReference
from ledger.recording import Ledger
from ledger.state.replay import state_of
from projections.retention import read as retention
from tests.casework.request_effects.effects import Step, found, happened, recipients
from tests.conftest import RECORDS_MANAGER
from tests.destroying import approved, due_now
from tests.sharing import ADVISER, command, give, good

pytestmark = pytest.mark.usefixtures("registered")


def answered(ledger: Ledger, customer: uuid.UUID, **changed: Any) -> tuple[str, list[str]]:
    """What a proposal to share with Jobcentre Plus is answered, and by which rules."""
    proposal = ledger.propose(
        command("share-data", customer, at="2026-09-10T09:00:00Z", **good("email", **changed)), ADVISER
    )
    return proposal.answer, [one.rule_id for one in proposal.objections]


# Restriction.


def test_restricted_data_is_not_shared_and_a_share_all_the_same_is_grave_restrict_01(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID
):
    assert answered(ledger, sam) == ("allow", [])
    give(ledger, "restrict-processing", sam, at="2026-09-03T09:00:00Z", restriction_id="r", ground="legal_claims")

    assert answered(ledger, sam) == ("refuse", ["RESTRICT-01"])
    give(ledger, "share-data", sam, at="2026-09-10T09:00:00Z", **good("email"))
    assert [(one["rule_id"], one["severity"]) for one in found(runtime)] == [("RESTRICT-01", "S1")]
    assert "breach-assessment-opened" in happened(ledger, sam)


def test_a_restriction_of_some_items_lets_the_others_go_and_consent_or_a_legal_claim_opens_the_way(
    ledger: Ledger, sam: uuid.UUID
):
    give(
        ledger, "restrict-processing", sam, at="2026-09-03T09:00:00Z", restriction_id="r", ground="accuracy_contested",
        items=["email_address"],
    )  # fmt: skip

    assert answered(ledger, sam) == ("allow", [])
    assert answered(ledger, sam, items=["D01", "D03"], office=None) == ("refuse", ["RESTRICT-01"])
    assert answered(ledger, sam, items=["D03"], office=None, special_condition="A9-2-f") == ("warn", ["LB-07"])


@pytest.mark.parametrize("restricted", ["PG5", "d29", "Priority_Group_Status"])
@pytest.mark.parametrize("shared", [{"items": ["PG5"]}, {"items": ["D01"], "priority_groups": ["pg2"]}])
def test_a_restriction_of_priority_groups_covers_them_however_either_is_written_restrict_01(
    ledger: Ledger, sam: uuid.UUID, restricted: str, shared: dict[str, Any]
):
    give(ledger, "restrict-processing", sam, at="2026-09-03T09:00:00Z", ground="accuracy_contested", items=[restricted])

    assert "RESTRICT-01" in answered(ledger, sam, **shared)[1]
    assert answered(ledger, sam) == ("allow", [])


def test_an_item_is_restricted_whatever_the_case_of_its_letters_restrict_01(ledger: Ledger, sam: uuid.UUID):
    give(ledger, "restrict-processing", sam, at="2026-09-03T09:00:00Z", ground="accuracy_contested", items=["D01"])

    assert answered(ledger, sam, items=["d01"]) == ("refuse", ["RESTRICT-01"])


def test_what_a_request_restricts_is_in_force_although_its_own_number_was_lifted_before_restrict_01(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    number: str = asked.number  # type: ignore[attr-defined]
    asked("receive-request", at="2026-03-01T10:00:00Z", kind="restriction")
    give(ledger, "restrict-processing", sam, at="2026-03-01T11:00:00Z", restriction_id=number, ground="requested")
    give(ledger, "lift-restriction", sam, at="2026-03-05T11:00:00Z", restriction_id=number,
         person_told_at="2026-03-04T11:00:00Z")  # fmt: skip
    asked("send-response", at="2026-03-09T11:00:00Z", outcome="granted")

    with runtime.current_views(RECORDS_MANAGER) as connection:
        in_force = [hold.hold_id for hold in retention.holds(connection, sam) if hold.lifted_at is None]
    assert in_force == [*state_of(ledger.history(sam)).holds] == [f"{number}/again"]
    assert answered(ledger, sam) == ("refuse", ["RESTRICT-01"])


@pytest.mark.parametrize("lifted", [False, True])
def test_what_somebody_restricted_already_under_a_request_s_number_is_restricted_once_and_lifted_with_it(
    ledger: Ledger, sam: uuid.UUID, asked: Step, *, lifted: bool
):
    number: str = asked.number  # type: ignore[attr-defined]
    give(ledger, "restrict-processing", sam, at="2026-03-01T09:00:00Z", restriction_id=number, ground="requested")
    if lifted:
        give(ledger, "lift-restriction", sam, at="2026-03-01T10:00:00Z", restriction_id=number,
             person_told_at="2026-03-01T10:00:00Z")  # fmt: skip
    asked("receive-request", at="2026-03-02T09:00:00Z", kind="rectification", restrict=True)
    assert len(state_of(ledger.history(sam)).restrictions) == 1
    asked("withdraw-request", at="2026-03-04T09:00:00Z")
    assert state_of(ledger.history(sam)).restrictions == frozenset()


def test_restricted_records_are_held_and_the_hold_goes_only_with_the_restriction(ledger: Ledger, sam: uuid.UUID):
    give(ledger, "restrict-processing", sam, at="2026-09-03T09:00:00Z", restriction_id="r", ground="legal_claims")
    listed = approved(ledger, sam, due_now(ledger, sam, "identity"), on="2026-11-22")
    destroy = command("destroy-records", sam, at="2026-09-10T09:00:00Z", **listed)

    with pytest.raises(Held):
        ledger.record(destroy, RECORDS_MANAGER)
    with pytest.raises(UnknownReference, match="restriction"):
        give(ledger, "lift-hold", sam, at="2026-09-11T09:00:00Z", hold_id="r", by=RECORDS_MANAGER)
    with pytest.raises(Malformed, match="person_told_at"):  # Art. 18(3): the person is told first
        give(ledger, "lift-restriction", sam, at="2026-09-11T09:00:00Z", restriction_id="r")
    give(
        ledger, "lift-restriction", sam, at="2026-09-11T09:00:00Z", restriction_id="r",
        person_told_at="2026-09-10T09:00:00Z",
    )  # fmt: skip

    assert answered(ledger, sam) == ("refuse", ["RESTRICT-01"])  # on the day before it was lifted
    ledger.record(destroy, RECORDS_MANAGER)
    with pytest.raises(AlreadyDone):
        give(ledger, "restrict-processing", sam, at="2026-09-12T09:00:00Z", restriction_id="r", ground="legal_claims")


def test_a_granted_request_restricts_and_every_past_recipient_is_told(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    give(ledger, "share-data", sam, **good("email"))
    asked("receive-request", kind="restriction")
    assert answered(ledger, sam) == ("allow", [])
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")

    assert answered(ledger, sam) == ("refuse", ["RESTRICT-01"])
    assert recipients(runtime, asked) == {"jobcentre-plus"}


def test_while_accuracy_is_checked_the_data_is_restricted_if_the_person_asks_restrict_02(
    ledger: Ledger, sam: uuid.UUID, asked: Step
):
    asked("receive-request", kind="rectification", restrict=True)
    assert answered(ledger, sam) == ("refuse", ["RESTRICT-01"])
    assert happened(ledger, sam)[-2:] == ["processing-restricted", "hold-placed"]
    asked(
        "check-accuracy",
        outcome="not_corrected",
        steps="Asked the college",
        reason="It was right",
        at="2026-09-06T09:00:00Z",
    )
    asked("send-response", outcome="not_upheld", at="2026-09-09T09:00:00Z", message="It was right; use goes on.")

    assert answered(ledger, sam) == ("allow", [])
    assert happened(ledger, sam)[-2:] == ["restriction-lifted", "hold-lifted"]


# Objection.


def test_shares_for_a_public_task_wait_while_an_objection_is_decided_object_01(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    asked("receive-request", kind="objection")

    assert answered(ledger, sam) == ("refuse", ["OBJECT-01"])
    give(ledger, "share-data", sam, at="2026-09-10T09:00:00Z", **good("email"))
    assert [(one["rule_id"], one["severity"]) for one in found(runtime)] == [("OBJECT-01", "S2")]


def test_an_upheld_objection_stops_shares_for_good(ledger: Ledger, sam: uuid.UUID, asked: Step):
    asked("receive-request", kind="objection")
    asked("send-response", outcome="granted", at="2026-09-08T09:00:00Z")

    assert answered(ledger, sam) == ("refuse", ["OBJECT-01"])


@pytest.mark.parametrize("ending", ["refuse-request", "withdraw-request"])
def test_shares_go_on_when_compelling_grounds_override_it_or_it_is_withdrawn_object_02(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step, ending: str
):
    asked("receive-request", kind="objection")
    grounds = {
        "provision": "ART-21-1", "reason": "Support would stop", "decided_by": "Kim Guideford",
        "routes": ["controller", "commissioner", "court"],
    }  # fmt: skip
    asked(ending, at="2026-09-08T09:00:00Z", **(grounds if ending == "refuse-request" else {}))

    assert answered(ledger, sam) == ("allow", [])
    assert found(runtime) == []


def test_an_objection_turned_down_without_grounds_is_a_finding_object_02(runtime: Runtime, asked: Step):
    asked("receive-request", kind="objection")
    asked("send-response", outcome="not_upheld", at="2026-09-08T09:00:00Z")

    [one] = found(runtime)
    assert (one["rule_id"], one["severity"], one["customer_id"]) == ("OBJECT-02", "S2", None)
    assert one["request_id"] == asked.number  # type: ignore[attr-defined]
