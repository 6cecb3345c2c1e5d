"""Destruction from preview to certificate (D5)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from api.casework import destruction
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import DigestChanged, Held, NotAllowed, NotDue
from projections.findings import read as findings
from tests.casework.destruction.leavers import ON, destroy, kept_rows, leaver, local_period, teller
from tests.conftest import AUDITOR, CASE_WORKER, RECORDS_MANAGER
from tests.story import give

# Before.


def test_the_preview_has_the_digest_of_the_run_that_follows_it(runtime: Runtime, customer: uuid.UUID):
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    done = destroy(runtime, digest=shown.digest)
    assert (
        (done.digest, done.destroyed, done.held) == (shown.digest, shown.destroyed, shown.held) == (shown.digest, 2, 0)
    )


def test_the_preview_lists_what_its_digest_covers_and_how_much_of_it_is_late_ret_gen_02(
    runtime: Runtime, customer: uuid.UUID
):
    held = leaver(runtime, uuid.UUID(int=0xA2))
    teller(runtime, held)("place-hold", by=RECORDS_MANAGER, code="HOLD_LEGAL", hold_id="h")
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER).as_json()
    rows: Any = shown["rows"]
    assert {(row["customer_id"], row["class"]) for row in rows} == {
        (str(customer), "received_from_jcp"), (str(customer), "payment_evidence"),
    }  # fmt: skip
    assert (shown["destroyed"], shown["customers"], shown["held"]) == (len(rows), 1, 2)
    assert shown["by_class"] == {"payment_evidence": 1, "received_from_jcp": 1}
    assert shown["late"] == sum(row["destroy_by"] < "2026-11-22" for row in rows) > 0
    destroy(runtime)
    with runtime.current_views(RECORDS_MANAGER) as connection:
        assert findings.counts(connection)["RET-GEN-02"] == shown["late"]


def test_a_preview_changes_nothing(runtime: Runtime, customer: uuid.UUID):
    first = destruction.preview(runtime, ON, RECORDS_MANAGER)
    assert destruction.preview(runtime, ON, RECORDS_MANAGER).as_json() == first.as_json()
    assert (first.dry_run, first.certificates) == (True, ())
    assert kept_rows(runtime.conninfo, "class_key", customer) == 4


def test_a_list_that_changed_after_the_preview_is_not_destroyed(runtime: Runtime, customer: uuid.UUID):
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    leaver(runtime, uuid.UUID(int=0xA2))
    with pytest.raises(DigestChanged):
        destroy(runtime, digest=shown.digest)
    assert kept_rows(runtime.conninfo, "class_key", customer) == 4


def test_a_hold_after_the_preview_changes_the_list(runtime: Runtime, customer: uuid.UUID):
    shown = destruction.preview(runtime, ON, RECORDS_MANAGER)
    teller(runtime, customer)("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")
    with pytest.raises(DigestChanged):
        destroy(runtime, digest=shown.digest)


def test_what_is_due_tomorrow_is_not_destroyed_today(runtime: Runtime, customer: uuid.UUID):
    """RET-GEN-02"""
    with pytest.raises(NotDue):
        destruction.destroy(runtime, date(2026, 11, 23), RECORDS_MANAGER)


@pytest.mark.parametrize(
    "by", [CASE_WORKER, AUDITOR, Caller(role="administrator", organisation="c", subject="a", operator=True)]
)
def test_only_a_records_manager_destroys(runtime: Runtime, customer: uuid.UUID, by: Caller):
    for look in (destruction.destroy, destruction.preview):
        with pytest.raises(NotAllowed):
            look(runtime, ON, by)


@pytest.mark.parametrize("until", [None, "2025-03-31"])
def test_a_contractor_destroys_nothing_uninstructed_and_not_after_its_end_either_dest_01(
    runtime: Runtime, customer: uuid.UUID, until: str | None
):
    prime: Any = {"organisation": "0000000101", "name": "A prime", "kind": "prime", "valid_until": until}
    give(runtime.ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=RECORDS_MANAGER, **prime)
    for look in (destruction.destroy, destruction.preview):
        with pytest.raises(NotAllowed):
            look(runtime, ON, Caller(role="records-manager", organisation="0000000101", subject="a", operator=True))


def test_held_records_stay_and_are_counted(runtime: Runtime, customer: uuid.UUID):
    """DEST-03, V-RET-07"""
    other = leaver(runtime, uuid.UUID(int=0xA2))
    teller(runtime, customer)("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")
    done = destroy(runtime)
    assert (done.destroyed, done.held) == (2, 2)
    assert {certificate.customer_id for certificate in done.certificates} == {other}
    assert kept_rows(runtime.conninfo, "class_key", customer) == 4


def test_a_hold_on_one_class_leaves_the_others_to_be_destroyed(runtime: Runtime, customer: uuid.UUID):
    """DEST-03"""
    teller(runtime, customer)(
        "place-hold", by=RECORDS_MANAGER, code="HOLD_LEGAL", hold_id="h", classes=["payment_evidence"]
    )
    done = destroy(runtime)
    assert ([certificate.class_ for certificate in done.certificates], done.held) == (["received_from_jcp"], 1)


def test_a_hold_placed_while_the_run_is_under_way_is_respected(runtime: Runtime, customer: uuid.UUID):
    """DEST-03: the list was drawn up before the hold, the customer's turn came after it."""
    late = leaver(runtime, uuid.UUID(int=0xA2))

    def hold(done: int, _: int) -> None:
        if done == 1:
            teller(runtime, late)("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")

    done = destroy(runtime, progress=hold)
    assert (done.destroyed, done.held) == (2, 2)
    assert kept_rows(runtime.conninfo, "class_key", late) == 4


def test_a_command_to_destroy_what_is_held_is_refused(runtime: Runtime, customer: uuid.UUID):
    """DEST-03"""
    say = teller(runtime, customer)
    say("place-hold", by=RECORDS_MANAGER, code="HOLD_ACCESS_REQUEST", hold_id="sar-1")
    one = {"class": "identity", "part": "", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}
    with pytest.raises(Held):
        say("destroy-records", by=RECORDS_MANAGER, destroyed=[one], on="2026-01-05", digest="00")


# The certificate.


def test_the_certificate_says_what_when_under_which_rule_by_whom_and_what_remains(
    runtime: Runtime, customer: uuid.UUID
):
    certificates = {certificate.class_: certificate for certificate in destroy(runtime).certificates}
    one = certificates["payment_evidence"].as_json()
    assert {name: one[name] for name in one if name not in {"destroyed_at", "label", "method"}} == {
        "customer_id": str(customer),
        "class": "payment_evidence",
        "part": "",
        "events": 1,
        "rule": "RET-NCS-01",
        "because": 4,
        "due_by": "2026-02-28",
        "by_role": "records-manager",
        "by_organisation": "controller",
        "position": 6,
        "remains": ["identity", "service"],
    }
    assert str(one["destroyed_at"]).startswith("2026-11-22T")
    assert certificates["received_from_jcp"].part == "r-1"


def test_there_is_one_certificate_for_each_customer_and_class(runtime: Runtime, customer: uuid.UUID):
    local_period(runtime)
    other = leaver(runtime, uuid.UUID(int=0xA2))
    named = [(certificate.customer_id, certificate.class_) for certificate in destroy(runtime).certificates]
    classes = ("identity", "payment_evidence", "received_from_jcp", "service")
    assert named == [(who, class_) for who in (customer, other) for class_ in classes]
