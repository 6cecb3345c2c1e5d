"""Everything that must be true after destruction, and what is found when it comes late (D5)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.casework import customers, destruction, obligations
from api.casework.access import record_reading
from api.casework.runtime import Runtime
from ledger.errors import Destroyed
from ledger.state.replay import state_of
from ledger.verify import verify
from projections import runner
from projections.catalogue import VIEWS
from projections.findings import read as findings
from tests import composed
from tests.casework.destruction.leavers import ON, PERSON, destroy, kept_rows, local_period, teller
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock
from tests.destroying import approved


@pytest.mark.parametrize("table", ["class_key", "sealed", "lookup_token"])
def test_keys_ciphertext_and_search_tokens_are_gone(runtime: Runtime, gone: uuid.UUID, table: str):
    """LEDG-15"""
    assert kept_rows(runtime.conninfo, table, gone) == 0


def test_the_customer_s_answer_shows_tombstones_and_no_person(runtime: Runtime, gone: uuid.UUID):
    shown = customers.customer(runtime, gone, CASE_WORKER, route="page")
    assert shown["person"] is None
    assert [(one["class"], one["rule"]) for one in shown["destroyed"]] == [  # type: ignore[union-attr,index,call-overload]
        ("identity", "RET-NCS-03"),
        ("payment_evidence", "RET-NCS-01"),
        ("received_from_jcp", "RET-NCS-03"),
        ("service", "RET-NCS-03"),
    ]


def test_the_history_says_of_each_sealed_event_that_it_was_destroyed(runtime: Runtime, gone: uuid.UUID):
    told = customers.history(runtime, gone, CASE_WORKER, route="page")
    assert [(entry.type, entry.destroyed, entry.sealed) for entry in told[:4]] == [
        ("customer-registered", True, None),
        ("record-kept", True, None),
        ("data-received", True, None),
        ("service-ended", True, None),
    ]


def test_a_search_no_longer_finds_the_customer(runtime: Runtime, customer: uuid.UUID):
    asked = {"email": "sam@placeholder.example"}
    assert [hit.customer_id for hit in customers.search(runtime, CASE_WORKER, asked, route="page")] == [customer]
    local_period(runtime)
    destroy(runtime)
    assert customers.search(runtime, CASE_WORKER, asked, route="page") == []


def test_the_subject_access_report_still_works_and_says_what_was_destroyed(runtime: Runtime, gone: uuid.UUID):
    told = repr(composed.report(runtime, gone, CASE_WORKER, route="page"))
    assert "2026-02-28" in told
    assert not any(value in told for value in PERSON.values())


def test_the_views_can_be_rebuilt_after_destruction(runtime: Runtime, gone: uuid.UUID):
    """LEDG-15: replay must succeed."""
    before = customers.customer(runtime, gone, CASE_WORKER, route="page")
    with runtime.projector() as connection:
        for view in VIEWS:
            runner.rebuild(connection, view)
    after = customers.customer(runtime, gone, CASE_WORKER, route="page")
    assert {**after, "retention": None} == {**before, "retention": None}


def test_the_ledger_still_verifies_after_destruction(runtime: Runtime, gone: uuid.UUID, tmp_path: Path):
    """LEDG-16: commitments stay, so leaves and root stay."""
    assert verify(runtime.conninfo, vault=runtime.ledger.vault).ok


def test_what_was_destroyed_is_no_longer_due(runtime: Runtime, gone: uuid.UUID):
    assert destruction.preview(runtime, ON, RECORDS_MANAGER).destroyed == 0


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("keep-record", {"collection": "contacts", "values": {"email": "back@placeholder.example"}}),
        ("keep-record", {"collection": "actionplans", "values": {"note": "again"}}),
        ("keep-record", {"collection": "outcomes", "values": {"note": "again"}}),
        ("hold-interaction", {"channel": "telephone", "note": "again"}),
    ],
)
def test_a_fence_refuses_new_data_under_a_destroyed_class(
    runtime: Runtime, gone: uuid.UUID, type_: str, said: dict[str, Any]
):
    """LEDG-15"""
    head = runtime.ledger.recorder.max_notification_id()
    with pytest.raises(Destroyed):
        teller(runtime, gone)(type_, **said)
    assert runtime.ledger.recorder.max_notification_id() == head


def test_a_fact_without_personal_data_is_still_recorded(runtime: Runtime, gone: uuid.UUID):
    teller(runtime, gone)("hold-interaction", channel="telephone")
    assert runtime.ledger.history(gone)[-1].class_ is None


def test_the_read_log_goes_on_after_older_readings_were_destroyed(runtime: Runtime, customer: uuid.UUID, clock: Clock):
    """D12, G-09: no recorded access, no data, also after the read log itself was destroyed."""
    record_reading(runtime, customer, CASE_WORKER, purpose="customer view", route="page")
    first = runtime.ledger.history(customer)[-1]
    clock.time += timedelta(days=800)
    done = destruction.destroy(runtime, clock.time.date(), RECORDS_MANAGER)
    assert ("access_log", first.part) in {(one.class_, one.part) for one in done.certificates}
    record_reading(runtime, customer, CASE_WORKER, purpose="customer view", route="page")
    last = runtime.ledger.history(customer)[-1]
    assert list(runtime.ledger.unsealed(customer, classes=["access_log"])) == [last.position]


def equality(runtime: Runtime, number: uuid.UUID) -> None:
    teller(runtime, number)("keep-record", collection="diversitydetails", values={"Ethnicity": 31})


def test_equality_data_is_taken_again_only_with_fresh_consent(runtime: Runtime, customer: uuid.UUID):
    """CONSENT-06"""
    say = teller(runtime, customer)
    say("resume-service", at="2021-01-05T09:00:00Z")
    equality(runtime, customer)
    say("withdraw-consent", scope="collect_ethnicity")
    assert [certificate.class_ for certificate in destroy(runtime).certificates].count("equality") == 1
    with pytest.raises(Destroyed):
        equality(runtime, customer)
    say("give-consent", scope="collect_ethnicity", mechanism="said yes")
    equality(runtime, customer)
    last = runtime.ledger.history(customer)[-1]
    assert (last.class_, last.part) == ("equality", "collect_ethnicity/generation-2")
    say("withdraw-consent", scope="collect_ethnicity")
    assert ("equality", "collect_ethnicity/generation-2") in {
        (certificate.class_, certificate.part) for certificate in destroy(runtime).certificates
    }


def test_a_withdrawal_keyed_after_the_consent_that_followed_it_destroys_nothing(runtime: Runtime, customer: uuid.UUID):
    """CONSENT-06, CONSENT-08"""
    say = teller(runtime, customer)
    say("resume-service", at="2021-01-05T09:00:00Z")
    equality(runtime, customer)
    say("give-consent", at="2021-03-05T12:00:00Z", scope="collect_ethnicity", mechanism="said yes")
    say("withdraw-consent", at="2021-03-05T10:00:00Z", scope="collect_ethnicity")
    assert "equality" not in {certificate.class_ for certificate in destroy(runtime).certificates}
    assert state_of(runtime.ledger.history(customer)).consents["collect_ethnicity"] == "given"


def test_a_no_counts_after_everything_was_destroyed_though_its_words_are_kept_no_more(
    runtime: Runtime, customer: uuid.UUID
):
    """CONSENT-06"""
    say = teller(runtime, customer)
    local_period(runtime)
    destroy(runtime)
    with pytest.raises(Destroyed):
        say("give-consent", scope="survey", mechanism="said yes", evidence="Yes, do")
    say("withdraw-consent", scope="survey", channel="by pigeon", evidence="Please stop")
    assert runtime.ledger.history(customer)[-1].type == "consent-withdrawn"


# After the last day.


def gone_on(runtime: Runtime, day: str, held_from: str = "2026-01-05") -> list[str]:
    """Somebody whose evidence of payment was to be destroyed by 31 January 2026, destroyed on a day; what was found."""
    number = uuid.uuid4()
    say = teller(runtime, number)
    say(
        "register-customer", at="2019-01-07T09:00:00Z", values={"family_name": "Placeholder"}, organisation="0000000101"
    )
    say("end-service", at="2020-01-31T09:00:00Z", audit_minimum={"claims": []}, organisation="0000000101")
    if day > "2026-03":
        say("place-hold", at=f"{held_from}T09:00:00Z", by=RECORDS_MANAGER, code="HOLD_LEGAL", hold_id="h")
        say("lift-hold", at="2026-03-02T09:00:00Z", by=RECORDS_MANAGER, hold_id="h")
    one = {"class": "payment_evidence", "destroy_by": "2026-01-31", "rule": "RET-NCS-01"}
    listed = approved(runtime.ledger, number, [one], on="2026-01-31")
    say("destroy-records", at=f"{day}T09:00:00Z", by=RECORDS_MANAGER, **listed)
    with runtime.current_views(RECORDS_MANAGER) as connection:
        return [row.rule_id for row in findings.for_customer(connection, number).rows]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-01-31", []),
        ("2026-02-01", ["RET-GEN-02"]),
        ("2026-03-02", []),  # the day a hold on it was lifted
        ("2026-03-03", ["RET-GEN-02"]),
    ],
)
def test_what_is_destroyed_after_its_last_day_with_no_hold_is_a_finding_ret_gen_02(
    runtime: Runtime, day: str, found: list[str]
):
    assert gone_on(runtime, day) == found


@pytest.mark.parametrize(("held_from", "found"), [("2026-01-31", []), ("2026-02-01", ["RET-GEN-02"])])
def test_a_hold_that_came_after_the_last_day_excuses_nothing_ret_gen_02(
    runtime: Runtime, held_from: str, found: list[str]
):
    assert gone_on(runtime, "2026-03-02", held_from) == found


def test_what_was_found_kept_too_long_is_not_found_again_when_it_goes_ret_gen_02(runtime: Runtime, customer: uuid.UUID):
    first = obligations.find_late(runtime, CASE_WORKER)
    assert obligations.find_late(runtime, CASE_WORKER) == replace(first, found=0)
    destroy(runtime)
    with runtime.current_views(RECORDS_MANAGER) as connection:
        rows = findings.for_customer(connection, customer).rows
    found = [(row.subject_type, row.subject_id) for row in rows if row.rule_id == "RET-GEN-02"]
    assert found == [("destroy-records", "received_from_jcp/r-1"), ("destroy-records", "payment_evidence")]


def test_what_is_held_is_not_found_kept_too_long_ret_gen_02(runtime: Runtime, customer: uuid.UUID):
    held = {"code": "HOLD_LEGAL", "owner": "records manager", "review_on": "2027-06-30"}
    teller(runtime, customer)("place-hold", by=RECORDS_MANAGER, hold_id="h", **held)
    obligations.find_late(runtime, CASE_WORKER)
    with runtime.current_views(RECORDS_MANAGER) as connection:
        rows = findings.for_customer(connection, customer).rows
    assert "RET-GEN-02" not in {row.rule_id for row in rows}
