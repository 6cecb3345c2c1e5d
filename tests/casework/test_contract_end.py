"""At the end of a contract the controller says that what the contractor holds is destroyed, and only then it is."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from api.casework import destruction, obligations
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import Malformed, NotAllowed, NotDue, NotLate, UnknownReference
from ledger.retention.schedule import PRE_DELETION_CHECKS
from projections.findings import read as findings
from projections.retention import read as retention
from tests.conftest import RECORDS_MANAGER
from tests.sharing import command, give

ON = date(2026, 11, 22)
CONTRACTORS = (("prime", "prime", None), ("sub", "sub-contractor", "prime"), ("other", "prime", None))


@pytest.fixture
def contracted(runtime: Runtime) -> Runtime:
    """The organisations of a contract that ends."""
    for code, kind, prime in CONTRACTORS:
        said: dict[str, Any] = {"organisation": code, "name": code, "kind": kind, "part_of": prime}
        give(runtime.ledger, "register-organisation", **said, by=RECORDS_MANAGER)
    ends: Any = {
        "organisation": "prime",
        "contract": "contract-1",
        "valid_from": "2018-01-01",
        "valid_until": "2026-07-31",
    }
    give(runtime.ledger, "start-contract", **ends, by=RECORDS_MANAGER)
    return runtime


def served_by(runtime: Runtime, organisation: str, **since: str) -> uuid.UUID:
    """Somebody the organisation registered, and about whom it got an email from Jobcentre Plus."""
    number = uuid.uuid4()
    for body in (
        command("register-customer", number, organisation=organisation, values={"family_name": "Placeholder"}, **since),
        command(
            "receive-data", number, at="2026-08-03T10:00:00Z", receipt_id="r", channel="email",
            values={"note": "invented"}, received_from="jobcentre-plus", received_by=organisation,
        ),
    ):  # fmt: skip
        runtime.ledger.record(body, RECORDS_MANAGER)
    return number


def instruct(runtime: Runtime, *, by: Caller = RECORDS_MANAGER, **changed: Any) -> None:
    said = {
        "organisation": "controller", "instruction": "i-1", "contractor": "prime", "contract": "contract-1",
        "valid_from": "2026-10-31", "checked": [*PRE_DELETION_CHECKS], **changed,
    }  # fmt: skip
    give(runtime.ledger, "instruct-destruction", at="2026-10-01T09:00:00Z", **said, by=by)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "by a contractor": ({"organisation": "other"}, "Only a controller in office"),
    "by whoever is no longer the controller": ({"organisation": "former"}, "Only a controller in office"),
    "by nobody known": ({"organisation": "controller"}, "that day it was in-office"),
    "with no contract of its own": ({"contractor": "other"}, "no such contract"),
    "with a contract nobody knows": ({"contract": "contract-2"}, "no such contract"),
    "before its contract ends": ({"valid_from": "2026-07-30"}, "not known to end"),
    "while it goes on under another": ({"contractor": "going-on", "contract": "c-1"}, "goes on under c-2"),
}


@pytest.mark.parametrize(("changed", "why"), REFUSED.values(), ids=REFUSED)
def test_nobody_instructs_a_contractor_dest_01(contracted: Runtime, changed: dict[str, Any], why: str):
    for body in (
        command("register-organisation", organisation="in-office", name="One", kind="controller"),
        command(
            "register-organisation", organisation="former", name="Two", kind="controller", valid_until="2026-09-30"
        ),
        command("register-organisation", organisation="going-on", name="Three", kind="prime"),
        command("start-contract", organisation="going-on", contract="c-1", valid_until="2026-07-31"),
        command("start-contract", organisation="going-on", contract="c-2", valid_from="2026-08-01"),
    ):
        contracted.ledger.record(body, RECORDS_MANAGER)
    here = served_by(contracted, "prime")
    with pytest.raises(Malformed, match=why) as refused:
        instruct(contracted, **{"organisation": "in-office", **changed})
    assert refused.value.rule_id == "DEST-01"
    assert due(contracted) == set()
    instruct(contracted, organisation="in-office")
    assert {one for one, *_ in due(contracted)} == {str(here)}


def test_a_contractor_s_own_records_manager_instructs_nobody_dest_01(contracted: Runtime):
    own = Caller(role="records-manager", organisation="prime", subject="a", operator=True)
    with pytest.raises(NotAllowed, match="Only the controller instructs"):
        instruct(contracted, by=own)


def due(runtime: Runtime, on: date = ON) -> set[tuple[str, str, str, str]]:
    with runtime.current_views(RECORDS_MANAGER) as connection:
        rows = retention.every_due(connection, on)
        return {(str(row.customer_id), row.class_, str(row.destroy_by), row.rule) for row in rows}


def test_at_the_end_of_a_contract_the_controller_s_instruction_makes_everything_due_dest_01(contracted: Runtime):
    here, under, elsewhere = (served_by(contracted, code) for code in ("prime", "sub", "other"))
    assert due(contracted) == set()
    instruct(contracted)

    assert due(contracted, date(2026, 10, 30)) == set()
    assert due(contracted) == {
        (str(one), class_, "2026-10-31", "DEST-01")
        for one in (here, under)
        for class_ in ("identity", "received_from_jcp")
    }
    run = destruction.destroy(contracted, ON, RECORDS_MANAGER, instruction="i-1")
    assert run.destroyed == 4
    assert {one.rule for one in run.certificates} == {"DEST-01"}
    assert contracted.ledger.unsealed(elsewhere)
    assert not contracted.ledger.unsealed(here)


def test_an_instruction_covers_what_came_from_jcp_and_names_the_copies_that_are_left_dest_02(contracted: Runtime):
    here = served_by(contracted, "prime")
    served_by(contracted, "sub")
    instruct(contracted)

    before = destruction.preview(contracted, ON, RECORDS_MANAGER, instruction="i-1").as_json()
    assert before["by_class"] == {"identity": 2, "received_from_jcp": 2}
    assert before["copies_left"] == {"incorporate-email": 2}
    nothing_left = command(
        "incorporate-data", here, at="2026-10-20T10:00:00Z", receipt_id="r", nothing_to_incorporate=True
    )
    contracted.ledger.record(nothing_left, RECORDS_MANAGER)
    shown = destruction.preview(contracted, ON, RECORDS_MANAGER, instruction="i-1")
    assert shown.copies_left == {
        "delete-email": 1,
        "incorporate-email": 1,
    }
    gone = command("dispose-copy", here, at="2026-10-21T10:00:00Z", receipt_id="r", medium="email")
    contracted.ledger.record(gone, RECORDS_MANAGER)

    after = destruction.destroy(contracted, ON, RECORDS_MANAGER, instruction="i-1")
    assert (after.destroyed, after.copies_left) == (4, {"incorporate-email": 1})


def findings_of(runtime: Runtime, number: uuid.UUID) -> list[tuple[str, str, str, str]]:
    with runtime.current_views(RECORDS_MANAGER) as connection:
        rows = findings.for_customer(connection, number).rows
    return [(row.rule_id, row.severity, str(row.organisation), row.subject_id) for row in rows]


def test_copies_that_are_left_when_the_instruction_is_carried_out_are_findings_dest_02(contracted: Runtime):
    here, under, elsewhere = (served_by(contracted, code) for code in ("prime", "sub", "other"))
    instruct(contracted)

    run = destruction.destroy(contracted, ON, RECORDS_MANAGER, instruction="i-1").as_json()

    assert run["copies_found"] == 2
    assert findings_of(contracted, here)[-1] == ("DEST-02", "S2", "prime", "r")
    assert findings_of(contracted, under)[-1] == ("DEST-02", "S2", "sub", "r")
    assert "DEST-02" not in {rule for rule, *_ in findings_of(contracted, elsewhere)}
    assert obligations.find_copies_left(contracted, RECORDS_MANAGER, "i-1") == 0


def test_a_copy_that_is_left_is_found_by_whoever_looks_at_what_was_not_done_dest_02(contracted: Runtime):
    here = served_by(contracted, "prime")
    instruct(contracted)

    found = obligations.find_late(contracted, RECORDS_MANAGER)
    again = obligations.find_late(contracted, RECORDS_MANAGER)

    assert again == replace(found, found=0)
    assert ("DEST-02", "S2", "prime", "r") in findings_of(contracted, here)
    assert {("RET-GEN-02", "S2", "prime", one) for one in ("identity", "received_from_jcp/r")} <= {
        *findings_of(contracted, here)
    }  # what the instruction made due is kept too long as well


@pytest.mark.parametrize(("on", "left"), [("2026-10-31", False), ("2026-11-01", True)])
def test_a_copy_that_goes_after_the_day_of_the_instruction_is_a_finding_and_on_it_none_dest_02(
    contracted: Runtime,
    on: str,
    left: bool,  # noqa: FBT001
):
    here = served_by(contracted, "prime")
    instruct(contracted)
    put = command("incorporate-data", here, at="2026-08-20T10:00:00Z", receipt_id="r", nothing_to_incorporate=True)
    contracted.ledger.record(put, RECORDS_MANAGER)
    gone = command("dispose-copy", here, at=f"{on}T10:00:00Z", receipt_id="r", medium="email")
    contracted.ledger.record(gone, RECORDS_MANAGER)

    assert ("DEST-02" in {rule for rule, *_ in findings_of(contracted, here)}) == left


def test_a_copy_that_came_after_the_day_of_the_instruction_is_not_one_that_was_left_dest_02(contracted: Runtime):
    here = served_by(contracted, "prime")
    instruct(contracted, valid_from="2026-08-01")
    said = command("find-late", here, at="2026-11-20T09:00:00Z", subject_type="destroy-copy", subject_id="r")
    with pytest.raises(NotLate):
        contracted.ledger.record(said, RECORDS_MANAGER)


def test_who_comes_to_the_contractor_after_the_instruction_is_covered_too(contracted: Runtime):
    instruct(contracted)
    late = served_by(contracted, "prime")

    assert {row[0] for row in due(contracted)} == {str(late)}


def test_a_hold_goes_before_the_instruction_and_an_earlier_maximum_stays_the_day_conf_13(contracted: Runtime):
    here = served_by(contracted, "prime", at="2018-06-01T09:00:00Z")
    gone = command("end-service", here, at="2019-01-31T09:00:00Z", audit_minimum={"claims": []}, organisation="prime")
    contracted.ledger.record(gone, RECORDS_MANAGER)
    give(
        contracted.ledger,
        "place-hold",
        here,
        hold_id="h",
        code="HOLD_INQUIRY",
        classes=["identity"],
        by=RECORDS_MANAGER,
    )
    instruct(contracted)

    by_class = {class_: (day, rule) for _, class_, day, rule in due(contracted)}
    assert by_class["payment_evidence"] == ("2025-01-31", "RET-NCS-01")  # the maximum fell due first
    assert by_class["identity"] == ("2026-10-31", "DEST-01")
    run = destruction.destroy(contracted, ON, RECORDS_MANAGER)
    assert (run.held, {one.class_ for one in run.certificates}) == (1, {"payment_evidence", "received_from_jcp"})


@pytest.mark.parametrize("left_out", PRE_DELETION_CHECKS)
def test_no_instruction_without_having_looked_into_every_reason_to_keep_dest_03(contracted: Runtime, left_out: str):
    with pytest.raises(Malformed, match=left_out) as refused:
        instruct(contracted, checked=[code for code in PRE_DELETION_CHECKS if code != left_out])
    assert refused.value.rule_id == "DEST-03"


def test_nothing_is_destroyed_under_an_instruction_there_is_not_dest_01(contracted: Runtime):
    here = served_by(contracted, "prime")
    with pytest.raises(UnknownReference):
        destruction.preview(contracted, ON, RECORDS_MANAGER, instruction="i-1")
    one = {"class": "identity", "destroy_by": "2026-10-31", "rule": "DEST-01"}
    body = command("destroy-records", here, at="2026-11-01T09:00:00Z", destroyed=[one], on="2026-11-01", digest="00")
    with pytest.raises(NotDue) as refused:
        contracted.ledger.record(body, RECORDS_MANAGER)
    assert refused.value.rule_id == "DEST-01"


def test_a_hold_is_looked_at_again_and_goes_on_to_a_new_day(contracted: Runtime):
    here = served_by(contracted, "prime")
    said = {"hold_id": "h", "code": "HOLD_LEGAL", "review_on": "2026-12-31", "owner": "legal team"}
    give(contracted.ledger, "place-hold", here, **said, by=RECORDS_MANAGER)
    again = command(
        "review-hold", here, at="2026-11-20T09:00:00Z", hold_id="h", review_on="2027-06-30", reason="it goes on"
    )
    contracted.ledger.record(again, RECORDS_MANAGER)

    with contracted.current_views(RECORDS_MANAGER) as connection:
        [hold] = retention.holds(connection, here)
    assert (str(hold.review_on), hold.owner, hold.lifted_at) == ("2027-06-30", "legal team", None)


def test_a_hold_that_says_no_day_of_review_is_listed_from_the_day_after_it_was_placed_dest_03(contracted: Runtime):
    here = served_by(contracted, "prime")
    give(contracted.ledger, "place-hold", here, at="2026-10-31T23:30:00Z", hold_id="h", code="MINE", by=RECORDS_MANAGER)

    def listed(on: date) -> list[tuple[Any, ...]]:
        with contracted.current_views(RECORDS_MANAGER) as connection:
            rows = retention.hold_reviews_page(connection, on)
            return [(row.hold_id, row.owner, row.review_on) for row in rows]

    assert listed(date(2026, 10, 31)) == []
    assert listed(date(2026, 11, 1)) == [("h", None, None)]
    again = {"hold_id": "h", "review_on": "2027-06-30", "reason": "it goes on"}
    give(contracted.ledger, "review-hold", here, at="2026-11-20T09:00:00Z", **again, by=RECORDS_MANAGER)
    assert listed(date(2027, 6, 30)) == []


def test_a_hold_whose_day_of_review_has_passed_is_listed_until_it_is_looked_at_again_or_lifted_dest_03(
    contracted: Runtime,
):
    here, elsewhere = served_by(contracted, "prime"), served_by(contracted, "other")
    said = {"code": "HOLD_LEGAL", "owner": "legal team"}
    for who, hold, day in (
        (here, "first", "2026-11-21"),
        (here, "second", "2026-10-01"),
        (elsewhere, "h", "2026-11-22"),
    ):
        give(contracted.ledger, "place-hold", who, hold_id=hold, review_on=day, **said, by=RECORDS_MANAGER)
    give(
        contracted.ledger, "restrict-processing", here, ground="requested", organisation="prime", by=RECORDS_MANAGER
    )  # whose hold goes with it, and has no review of its own

    def listed(**asked: Any) -> list[tuple[str, str, str]]:
        with contracted.current_views(RECORDS_MANAGER) as connection:
            rows = retention.hold_reviews_page(connection, asked.pop("on", ON), **asked)
            return [(row.hold_id, str(row.owner), str(row.review_on)) for row in rows]

    first, second = ("first", "legal team", "2026-11-21"), ("second", "legal team", "2026-10-01")
    assert listed() == [second, first]
    assert listed(on=date(2026, 11, 21)) == [second]
    assert len(listed(on=date(2026, 11, 23))) == 3
    assert listed(organisation="other") == []
    assert listed(after=retention.ReviewKey(date(2026, 10, 1), here, "second")) == [first]
    again = {"hold_id": "second", "review_on": "2027-06-30", "reason": "it goes on"}
    give(contracted.ledger, "review-hold", here, at="2026-11-20T09:00:00Z", **again, by=RECORDS_MANAGER)
    assert listed() == [first]
    give(contracted.ledger, "lift-hold", here, at="2026-11-20T09:00:00Z", hold_id="first", by=RECORDS_MANAGER)
    assert listed() == []
