"""Findings about requests, breach assessments, decisions by a computer, and accepted warnings."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.casework import obligations as owing
from api.casework.runtime import Runtime
from ledger.errors import AlreadyDone, Malformed, UnknownReference
from ledger.recording import Ledger
from ledger.state.replay import event_of
from projections.findings import read as findings
from projections.retention import read as retention
from tests.casework.request_effects.effects import Step, found, happened, recipients
from tests.conftest import RECORDS_MANAGER, Clock
from tests.sharing import ADVISER, command, give, good

pytestmark = pytest.mark.usefixtures("registered")


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
    with runtime.current_views(RECORDS_MANAGER) as connection:
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
    with runtime.current_views(RECORDS_MANAGER) as connection:
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

    with runtime.current_views(RECORDS_MANAGER) as connection:
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
    with runtime.current_views(RECORDS_MANAGER) as connection:
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
