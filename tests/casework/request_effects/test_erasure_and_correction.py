"""What an upheld erasure makes due, and what a correction changes."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import Malformed
from ledger.recording import Ledger
from ledger.state.replay import event_of
from ledger.store.readers import Reading
from projections.retention import read as retention
from tests.casework.request_effects.effects import Step, found, recipients
from tests.conftest import RECORDS_MANAGER
from tests.sharing import give, good

pytestmark = pytest.mark.usefixtures("registered")


NHS_MANAGER = Reading(side="controller", role="records-manager", organisation="nhs", programme="NHS Health Careers")


def due(
    runtime: Runtime, customer: uuid.UUID, on: str, by: Caller | Reading = RECORDS_MANAGER
) -> dict[str, tuple[str, str]]:
    """What of one person is due on a day: by class, until when and under which rule."""
    with runtime.current_views(by) as connection:
        rows = retention.every_due(connection, date.fromisoformat(on))
        return {row.class_: (str(row.destroy_by), row.rule) for row in rows if row.customer_id == customer}


# Erasure.


def test_an_upheld_erasure_makes_the_records_due_that_day_and_tells_every_recipient_erase_01(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    give(ledger, "share-data", sam, **good("email"))
    assert due(runtime, sam, "2026-11-22") == {}
    asked("receive-request", kind="erasure")
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")

    assert due(runtime, sam, "2026-11-22") == {
        "identity": ("2026-09-09", "ERASE-01"), "service": ("2026-09-09", "ERASE-01"),
    }  # fmt: skip
    assert recipients(runtime, asked) == {"jobcentre-plus"}


def test_an_erasure_granted_in_part_names_what_goes_and_the_rest_stays(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    give(ledger, "share-data", sam, **good("email"))
    asked("receive-request", kind="erasure")
    with pytest.raises(Malformed, match="classes"):
        asked("send-response", outcome="partly_granted", at="2026-09-09T09:00:00Z")
    asked("send-response", outcome="partly_granted", classes=["service"], at="2026-09-09T09:00:00Z")

    assert [*due(runtime, sam, "2026-11-22")] == ["service"]


def test_a_hold_goes_before_an_upheld_erasure_conf_13(runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step):
    from api.casework import destruction

    give(
        ledger, "place-hold", sam, hold_id="h", code="HOLD_LEGAL", owner="records manager", review_on="2027-06-30",
        by=RECORDS_MANAGER,
    )  # fmt: skip
    asked("receive-request", kind="erasure")
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")

    run = destruction.destroy(runtime, date(2026, 11, 22), RECORDS_MANAGER)
    assert (run.destroyed, run.held) == (0, 1)
    give(ledger, "lift-hold", sam, at="2026-11-21T09:00:00Z", hold_id="h", by=RECORDS_MANAGER)
    assert destruction.destroy(runtime, date(2026, 11, 22), RECORDS_MANAGER).destroyed == 1


def test_an_upheld_erasure_shortens_the_two_years_of_nhs_health_careers_ret_nhs_02(
    runtime: Runtime, ledger: Ledger, asked: Step
):
    kim = of_nhs(ledger)
    assert due(runtime, kim, "2028-01-31", NHS_MANAGER) == {"nhs_careers": ("2028-01-31", "RET-NHS-01")}
    asked("receive-request", kind="erasure", customer_id=str(kim))
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")

    assert due(runtime, kim, "2028-01-31", NHS_MANAGER) == {"nhs_careers": ("2026-09-09", "ERASE-01")}


def of_nhs(ledger: Ledger) -> uuid.UUID:
    number = uuid.uuid4()
    give(
        ledger, "register-customer", number, at="2026-01-31T09:00:00Z", programme="NHS Health Careers",
        values={"family_name": "Placeholder"},
    )  # fmt: skip
    return number


def test_nhs_records_are_kept_longer_only_with_a_purpose_a_last_day_and_an_approver_ret_nhs_03(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID
):
    kim = of_nhs(ledger)
    said: dict[str, Any] = {
        "classes": ["nhs_careers"], "until": "2028-06-30", "purpose": "NHS_INFORMATION_SERVICE", "reason": "a campaign",
        "approved_by": "Kim Guideford",
    }  # fmt: skip
    for name in said:
        with pytest.raises(Malformed, match=name):
            give(ledger, "extend-retention", kim, by=RECORDS_MANAGER, **{k: v for k, v in said.items() if k != name})
    with pytest.raises(Malformed) as refused:  # the other notices' periods are maxima
        give(ledger, "extend-retention", sam, by=RECORDS_MANAGER, **said)
    assert refused.value.rule_id == "RET-NHS-03"

    give(ledger, "extend-retention", kim, by=RECORDS_MANAGER, **said)
    assert due(runtime, kim, "2028-12-31", NHS_MANAGER) == {"nhs_careers": ("2028-06-30", "RET-NHS-01")}


# Correction.


def test_an_answer_without_a_check_of_accuracy_is_a_finding_rect_03(runtime: Runtime, asked: Step):
    asked("receive-request", kind="rectification")
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")

    assert [one["rule_id"] for one in found(runtime)] == ["RECT-03"]


def test_accuracy_is_checked_with_its_steps_and_a_reason_where_nothing_is_corrected_rect_03(
    runtime: Runtime, asked: Step
):
    asked("receive-request", kind="rectification")
    with pytest.raises(Malformed, match="reason"):
        asked("check-accuracy", outcome="not_corrected", steps="Asked the college", at="2026-09-06T09:00:00Z")
    asked("check-accuracy", outcome="corrected", steps="Asked the college", at="2026-09-06T09:00:00Z")
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")

    assert found(runtime) == []


def test_what_was_wrong_stays_in_the_history_and_the_correction_points_back_to_it(ledger: Ledger, sam: uuid.UUID):
    give(ledger, "keep-record", sam, collection="contacts", values={"email": "old@placeholder.example"})
    wrong = ledger.history(sam)[-1]
    give(
        ledger, "correct-record", sam, at="2026-09-06T09:00:00Z", collection="contacts", corrects=str(wrong.id),
        values={"email": "new@placeholder.example"},
    )  # fmt: skip

    opened = ledger.unsealed(sam)
    assert opened[wrong.position]["values"] == {"email": "old@placeholder.example"}
    last: Any = event_of(ledger.history(sam)[-1])
    assert (last.corrects, set(last.items) >= {"D03", "email_address"}) == (str(wrong.id), True)
