"""What a person's request does to the use of their data: restricted, objected to, erased, corrected, reviewed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.casework import obligations as owing
from api.casework.runtime import Runtime
from ledger.errors import AlreadyDone, Held, Malformed, UnknownReference
from ledger.recording import Ledger
from ledger.state.replay import event_of, state_of
from projections.findings import read as findings
from projections.retention import read as retention
from tests.conftest import RECORDS_MANAGER, Clock
from tests.sharing import ADVISER, command, give, good

pytestmark = pytest.mark.usefixtures("registered")

Step = Callable[..., None]


@pytest.fixture
def asked(ledger: Ledger, sam: uuid.UUID) -> Step:
    """One request of Sam's, step by step: `asked("receive-request", kind="objection")`."""
    number = uuid.uuid4()

    def step(type_: str, *, at: str = "2026-09-03T09:00:00Z", **said: Any) -> None:
        named: Any = {"customer_id": str(sam), "organisation": "prime-north"} if type_ == "receive-request" else {}
        give(ledger, type_, by=RECORDS_MANAGER, at=at, request_id=str(number), **named, **said)

    step.number = str(number)  # type: ignore[attr-defined]
    return step


def answered(ledger: Ledger, customer: uuid.UUID, **changed: Any) -> tuple[str, list[str]]:
    """What a proposal to share with Jobcentre Plus is answered, and by which rules."""
    proposal = ledger.propose(
        command("share-data", customer, at="2026-09-10T09:00:00Z", **good("email", **changed)), ADVISER
    )
    return proposal.answer, [one.rule_id for one in proposal.objections]


def happened(ledger: Ledger, customer: uuid.UUID) -> list[str]:
    return [entry.type for entry in ledger.history(customer)]


def found(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.current_views() as connection:
        return [row.as_json() for row in findings.page(connection)]


def due(runtime: Runtime, customer: uuid.UUID, on: str) -> dict[str, tuple[str, str]]:
    """What of one person is due on a day: by class, until when and under which rule."""
    with runtime.current_views() as connection:
        rows = retention.every_due(connection, date.fromisoformat(on))
        return {row.class_: (str(row.destroy_by), row.rule) for row in rows if row.customer_id == customer}


def grave(ledger: Ledger, request: str) -> None:
    """The finding about a request, as somebody assesses it who finds that data was exposed."""
    [finding] = [event_of(one) for one in ledger.history(uuid.UUID(request)) if one.type == "finding-raised"]
    give(ledger, "assess-finding", uuid.UUID(request), at="2026-11-20T09:00:00Z", outcome="confirmed", severity="S1",
                finding_id=getattr(finding, "finding_id", ""), by=RECORDS_MANAGER)  # fmt: skip


def test_a_finding_about_a_request_that_is_found_grave_is_assessed_with_the_person_ledg_06(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    asked("receive-request", kind="access")
    asked("send-response", at="2026-11-10T09:00:00Z", outcome="granted")
    for _ in range(2):
        grave(ledger, asked.number)  # type: ignore[attr-defined]
    assert happened(ledger, sam).count("breach-assessment-opened") == 1
    with runtime.current_views() as connection:
        [row] = findings.breaches(connection)
    give(ledger, "close-breach-assessment", sam, at="2026-11-21T09:00:00Z", assessment_id=row.assessment.assessment_id,
         outcome="breach_not_reportable", reason="no risk")  # fmt: skip


def test_of_a_request_about_nobody_known_it_is_assessed_and_closed_with_the_request_ledg_06(
    runtime: Runtime, ledger: Ledger, clock: Clock
):
    request = uuid.uuid4()
    for type_, at, said in (
        ("receive-request", "2026-09-03T09:00:00Z", {"kind": "access"}),
        ("send-response", "2026-11-10T09:00:00Z", {"outcome": "granted"}),
    ):
        give(ledger, type_, by=RECORDS_MANAGER, at=at, request_id=str(request), **said)
    grave(ledger, str(request))
    clock.time += timedelta(days=4)
    assert owing.find_late(runtime, RECORDS_MANAGER).found == 1
    with runtime.current_views() as connection:
        [row] = findings.breaches(connection)
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("notify-regulator", {}),
        ("close-breach-assessment", {"outcome": "breach_reported", "reason": "told"}),
    )
    for type_, more in steps:
        give(ledger, type_, request, at="2026-11-25T09:00:00Z", assessment_id=row.assessment.assessment_id, **more)
    with pytest.raises(AlreadyDone):
        give(ledger, "notify-people", request, at="2026-11-25T09:00:00Z", assessment_id=row.assessment.assessment_id,
             channel="post")  # fmt: skip
    assert happened(ledger, request)[-4:] == [
        "breach-assessment-opened", "finding-raised", "regulator-notified", "breach-assessment-closed",
    ]  # fmt: skip


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

    with runtime.current_views() as connection:
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
    one = {"class": "identity", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}
    destroy = command("destroy-records", sam, at="2026-09-10T09:00:00Z", destroyed=[one], on="2026-01-01", digest="00")

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


def recipients(runtime: Runtime, asked: Step) -> set[str]:
    rows = owing.listed(runtime, owing.wanted(runtime, RECORDS_MANAGER, kind="notify-recipient")).rows
    return {str(row.recipient) for row in rows if row.subject_id == asked.number}  # type: ignore[attr-defined]


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
    assert due(runtime, kim, "2028-01-31") == {"nhs_careers": ("2028-01-31", "RET-NHS-01")}
    asked("receive-request", kind="erasure", customer_id=str(kim))
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")

    assert due(runtime, kim, "2028-01-31") == {"nhs_careers": ("2026-09-09", "ERASE-01")}


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
    assert due(runtime, kim, "2028-12-31") == {"nhs_careers": ("2028-06-30", "RET-NHS-01")}


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


# A finding about a request, and a decision by a computer.


def test_a_late_answer_is_a_finding_of_the_request_that_is_assessed_and_closed_like_any_other_sar_09(
    runtime: Runtime, ledger: Ledger, asked: Step
):
    asked("receive-request", kind="portability")
    asked("send-response", outcome="granted", at="2026-10-06T09:00:00Z")
    [late] = found(runtime)
    assert (late["rule_id"], late["severity"], late["state"]) == ("SAR-09", "S2", "open")

    about = {"customer_id": asked.number, "finding_id": late["finding_id"]}  # type: ignore[attr-defined]
    for number, (type_, said) in enumerate(
        (("assess-finding", {"outcome": "confirmed"}), ("close-finding", {"reason_code": "STAFF_TOLD"}))
    ):
        at = f"2026-10-0{7 + number}T09:00:00Z"
        give(ledger, type_, by=RECORDS_MANAGER, at=at, **about, **said)
    assert [one["state"] for one in found(runtime)] == ["closed"]


def test_a_finding_of_a_request_that_is_judged_grave_is_assessed_with_the_person_ledg_06(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    asked("receive-request", kind="portability")
    asked("send-response", outcome="granted", at="2026-10-06T09:00:00Z")
    [late] = found(runtime)
    file = uuid.UUID(asked.number)  # type: ignore[attr-defined]
    for at in ("2026-10-07T09:00:00Z", "2026-10-08T09:00:00Z"):
        give(
            ledger, "assess-finding", file, at=at, by=RECORDS_MANAGER, finding_id=late["finding_id"],
            outcome="confirmed", severity="S1",
        )  # fmt: skip

    [opened] = register(runtime)
    assert (opened["customer_id"], opened["due_at"]) == (str(sam), "2026-10-10T09:00:00Z")
    assert (opened["subject_id"], opened["findings"]) == (str(file), [late["finding_id"]])
    give(
        ledger, "notify-regulator", sam, at="2026-10-11T09:00:00Z", by=RECORDS_MANAGER,
        assessment_id=opened["assessment_id"],
    )  # fmt: skip
    assert {one["rule_id"] for one in found(runtime)} == {"SAR-09", "LAW-CLK-13"}


def test_a_decision_by_a_computer_is_contested_and_then_looked_at_by_a_person_adm_03(ledger: Ledger, sam: uuid.UUID):
    with pytest.raises(UnknownReference):
        give(ledger, "review-decision", sam, by=RECORDS_MANAGER, decision_id="d", outcome="changed", reviewed_by="Kim")
    give(ledger, "contest-decision", sam, decision_id="d", representation="It did not know about my course")
    give(
        ledger, "review-decision", sam, at="2026-03-04T10:00:00Z", by=RECORDS_MANAGER, decision_id="d",
        outcome="changed", reviewed_by="Kim Guideford",
    )  # fmt: skip

    assert happened(ledger, sam)[-2:] == ["decision-contested", "decision-reviewed"]


# Breaches.


def test_a_finding_that_is_judged_grave_later_is_assessed_within_72_hours_of_then_ledg_06(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID
):
    give(ledger, "share-data", sam, **good("telephone", private_place=None))
    assert register(runtime) == []
    for one in found(runtime):
        said = {"finding_id": one["finding_id"], "outcome": "confirmed"}
        give(ledger, "assess-finding", sam, at="2026-03-04T10:00:00Z", by=RECORDS_MANAGER, severity="S1", **said)
        give(ledger, "assess-finding", sam, at="2026-03-06T10:00:00Z", by=RECORDS_MANAGER, severity="S1", **said)

    opened = register(runtime)
    assert [one["due_at"] for one in opened] == ["2026-03-07T10:00:00Z"] * len(found(runtime))
    give(
        ledger, "notify-regulator", sam, at="2026-03-07T09:00:00Z", by=RECORDS_MANAGER,
        assessment_id=opened[0]["assessment_id"],
    )  # fmt: skip


def test_a_grave_finding_is_in_the_register_of_breaches_until_it_is_closed_with_its_reasons_art_33_5(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, clock: Clock
):
    give(ledger, "share-data", sam, **good("email", recipient_addresses=["coach@dwp.gov.uk.example.org"]))
    clock.time = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    [opened] = register(runtime)
    number: dict[str, Any] = {"assessment_id": opened["assessment_id"], "by": RECORDS_MANAGER}
    assert (opened["risk"], opened["closed_at"]) == (None, None)

    give(ledger, "assess-breach-risk", sam, at="2026-11-22T09:30:00Z", risk="likely", reason="not encrypted", **number)
    give(ledger, "notify-regulator", sam, at="2026-11-22T09:40:00Z", reference="IC-1", **number)
    give(ledger, "notify-people", sam, at="2026-11-22T09:50:00Z", channel="letter", **number)
    with pytest.raises(Malformed, match="outcome"):
        give(ledger, "close-breach-assessment", sam, outcome="forgotten", reason="-", **number)
    give(
        ledger, "close-breach-assessment", sam, at="2026-11-22T09:55:00Z", outcome="breach_reported", reason="grave",
        **number,
    )  # fmt: skip

    [closed] = register(runtime)
    assert (closed["risk"], closed["outcome"], closed["regulator_notified_at"]) == (
        "likely", "breach_reported", "2026-11-22T09:40:00Z",
    )  # fmt: skip
    assert "LAW-CLK-13" not in [one["rule_id"] for one in found(runtime)]
    with pytest.raises(AlreadyDone):
        give(ledger, "assess-breach-risk", sam, risk="none", reason="after all", **number)


def test_a_regulator_told_after_72_hours_is_a_finding_law_clk_13(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, clock: Clock
):
    clock.time = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    give(ledger, "share-data", sam, **good("email", recipient_addresses=["coach@dwp.gov.uk.example.org"]))
    [opened] = register(runtime)
    clock.time = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    give(
        ledger, "notify-regulator", sam, at="2026-03-05T10:00:01Z", by=RECORDS_MANAGER,
        assessment_id=opened["assessment_id"], reason_late="found on a Friday",
    )  # fmt: skip

    assert [one["rule_id"] for one in found(runtime)] == ["CH-EMAIL-04", "LAW-CLK-13"]


def test_a_breach_has_a_file_of_its_own_kept_six_years_after_it_is_closed_and_never_silently_g_09(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, clock: Clock
):
    for number in ("one", "two"):
        wrong = good("email", share_id=number, recipient_addresses=["coach@dwp.gov.uk.example.org"])
        give(ledger, "share-data", sam, **wrong)
    clock.time = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    closed, left = (one["assessment_id"] for one in register(runtime))
    for number in (closed, left):
        said: dict[str, Any] = {
            "assessment_id": number,
            "by": RECORDS_MANAGER,
            "risk": "likely",
            "reason": "not encrypted",
        }
        give(ledger, "assess-breach-risk", sam, at="2026-11-22T09:30:00Z", **said)
    give(
        ledger, "close-breach-assessment", sam, at="2026-11-22T09:55:00Z", by=RECORDS_MANAGER, assessment_id=closed,
        outcome="no_breach", reason="it never left",
    )  # fmt: skip

    with runtime.current_views() as connection:
        kept = retention.for_customer(connection, sam)
        listed = retention.exceptions_page(connection, date(2032, 12, 31))
    of_breaches = {row.part: (row.destroy_by, row.rule) for row in kept if row.class_ == "breach_file"}
    assert of_breaches == {closed: (date(2032, 11, 22), "G-09"), left: (None, "G-09")}
    assert [(row.part, row.why) for row in listed if row.class_ == "breach_file"] == [
        (left, "the assessment of a possible breach was never closed")
    ]


def test_who_cannot_be_told_of_an_erasure_is_recorded_after_the_records_are_gone(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID, asked: Step
):
    from api.casework import destruction

    give(ledger, "share-data", sam, **good("email"))
    asked("receive-request", kind="erasure")
    asked("send-response", outcome="granted", at="2026-09-09T09:00:00Z")
    assert destruction.destroy(runtime, date(2026, 11, 22), RECORDS_MANAGER).destroyed == 2
    matter = {"matter_id": asked.number, "recipient": "jobcentre-plus"}  # type: ignore[attr-defined]
    give(ledger, "notify-recipient", sam, at="2026-11-21T09:00:00Z", not_told_because="impossible", **matter)

    assert recipients(runtime, asked) == set()


def register(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.current_views() as connection:
        return [row.as_json() for row in findings.breaches(connection)]


# Warnings.


def test_a_warning_is_accepted_only_by_a_named_person_with_a_reason_and_kept_with_the_event_ledg_09(
    runtime: Runtime, ledger: Ledger, sam: uuid.UUID
):
    warned = good("email", adviser=None)
    answer_for_it: dict[str, Any] = {"override_reason": "The adviser has left", "overridden_by": "Kim Guideford"}

    proposal = ledger.propose(command("share-data", sam, **warned), ADVISER)
    assert (proposal.answer, proposal.as_json()["needs"]) == ("warn", ["override_reason", "overridden_by"])
    half = ledger.propose(command("share-data", sam, **warned, override_reason="The adviser has left"), ADVISER)
    assert half.answer == "warn"
    taken_on = ledger.propose(command("share-data", sam, **warned, **answer_for_it), ADVISER)
    assert (taken_on.answer, [one.overridden for one in taken_on.objections]) == ("allow", [True])

    give(ledger, "share-data", sam, **warned, **answer_for_it)
    assert [(one["rule_id"], one["overridden"]) for one in found(runtime)] == [("CH-EMAIL-08", True)]


def test_nobody_can_answer_for_what_is_refused_ledg_09(ledger: Ledger, sam: uuid.UUID):
    refused = good("email", agreement=None, override_reason="urgent", overridden_by="Kim Guideford")

    assert ledger.propose(command("share-data", sam, **refused), ADVISER).answer == "refuse"
