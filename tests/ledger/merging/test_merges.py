"""Two records of one person are merged and unmerged by events (LEDG-18, G-08)."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import AlreadyDone, Malformed, NotAllowed, NotRegistered, UnknownCustomer, UnknownReference
from ledger.recording import Ledger
from ledger.state.replay import event_of, state_of
from projections.findings import read as findings
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.destroying import destroy
from tests.ledger.merging.merges import AT, OF_NORTH, People, merge, told, unmerge
from tests.sharing import command, give

pytestmark = pytest.mark.usefixtures("registered")


# What is recorded.


def test_a_merge_is_an_event_of_both_records_and_each_names_the_other(ledger: Ledger, people: People):
    before = [ledger.history(number) for number in (people.again, people.sam)]
    merge(ledger, people.again, people.sam)

    after = [ledger.history(number) for number in (people.again, people.sam)]
    assert [entries[: len(earlier)] for entries, earlier in zip(after, before, strict=True)] == before
    there, here = (event_of(entries[-1]) for entries in after)
    assert (there.into, there.duplicate) == (str(people.sam), None)  # type: ignore[attr-defined]
    assert (here.into, here.duplicate) == (None, str(people.again))  # type: ignore[attr-defined]
    assert (after[0][-1].position, after[1][-1].commitment) == (after[1][-1].position - 1, None)
    assert state_of(after[1]).duplicates == {"m": str(people.again)}


def test_why_and_by_whom_is_sealed_with_the_duplicate(ledger: Ledger, people: People):
    merge(ledger, people.again, people.sam)

    [said] = [one for one in ledger.unsealed(people.again).values() if "decided_by" in one]
    assert said == {"reason": "the same birth date and address", "decided_by": "case worker one"}
    assert not any("decided_by" in one for one in ledger.unsealed(people.sam).values())


def test_only_the_controller_s_people_merge_and_unmerge(ledger: Ledger, people: People):
    for by in (OF_NORTH, Caller(role="auditor", organisation="controller", subject="auditor one", operator=True)):
        with pytest.raises(NotAllowed):
            merge(ledger, people.again, people.sam, by)


def test_nobody_is_merged_into_themselves_or_into_somebody_unknown_or_a_request(ledger: Ledger, people: People):
    with pytest.raises(Malformed, match="itself"):
        merge(ledger, people.sam, people.sam)
    with pytest.raises(UnknownCustomer):
        merge(ledger, people.sam, uuid.uuid4())
    with pytest.raises(NotRegistered):
        merge(ledger, uuid.uuid4(), people.sam)
    asked = command("receive-request", at=AT, kind="access")
    ledger.record(asked, CASE_WORKER)
    with pytest.raises(UnknownCustomer):
        merge(ledger, people.sam, uuid.UUID(asked["id"]))


def test_merges_form_neither_chains_nor_circles(ledger: Ledger, people: People):
    merge(ledger, people.again, people.sam)

    for duplicate, into in (
        (people.sam, people.again),  # a circle
        (people.sam, people.else_),  # a chain behind it
        (people.again, people.else_),  # merged already
        (people.else_, people.again),  # a chain before it
    ):
        with pytest.raises(AlreadyDone):
            merge(ledger, duplicate, into, merge_id="another")
    merge(ledger, people.else_, people.sam, merge_id="another")


def test_two_who_merge_two_records_into_each_other_at_once_make_no_circle(ledger: Ledger, people: People):
    def attempt(pair: tuple[uuid.UUID, uuid.UUID]) -> bool:
        try:
            merge(ledger, *pair, merge_id=str(pair[0]))
        except AlreadyDone:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, [(people.sam, people.again), (people.again, people.sam)]))
    assert sorted(done) == [False, True]


def test_records_of_two_controllers_are_not_merged_party_06(ledger: Ledger, people: People):
    nhs = uuid.uuid4()
    give(ledger, "register-customer", nhs, programme="NHS Health Careers", values={"family_name": "Carter"})
    with pytest.raises(Malformed, match="two controllers") as refused:
        merge(ledger, people.again, nhs)
    assert refused.value.rule_id == "PARTY-06"


def test_a_merge_says_why_unless_what_could_keep_the_reason_was_destroyed(ledger: Ledger, people: People):
    with pytest.raises(Malformed, match="reason"):
        merge(ledger, people.again, people.sam, reason=None)
    destroy(ledger, people.again, "service")
    merge(ledger, people.again, people.sam, reason=None, decided_by=None)
    unmerge(ledger, people.again, reason=None)


def test_a_merge_is_undone_once_by_its_number_and_a_new_one_needs_a_new_number(ledger: Ledger, people: People):
    merge(ledger, people.again, people.sam)
    with pytest.raises(UnknownReference):
        unmerge(ledger, people.sam)  # the one that goes on is not the one that was merged
    with pytest.raises(Malformed, match="data_exposed"):
        unmerge(ledger, people.again, data_exposed=None)  # missing is not false (LEDG-11)
    unmerge(ledger, people.again)
    with pytest.raises(UnknownReference):
        unmerge(ledger, people.again)
    with pytest.raises(AlreadyDone, match="merge_id"):
        merge(ledger, people.again, people.sam)
    with pytest.raises(AlreadyDone, match="merge_id"):
        merge(ledger, people.else_, people.sam)
    merge(ledger, people.again, people.sam, merge_id="again")


def test_the_same_merge_sent_twice_is_recorded_once(ledger: Ledger, people: People):
    said = command("merge-customers", people.again, at=AT, into=str(people.sam), reason="the same person")
    receipts = [ledger.record(said, CASE_WORKER) for _ in range(2)]
    assert [one.repeated for one in receipts] == [False, True]
    assert told(ledger, people.again).count("customers-merged") == 1


# A wrong merge.


def test_a_wrong_merge_that_exposed_data_is_grave_for_both_people_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.else_, people.sam)
    unmerge(ledger, people.else_, exposed=True, became_aware_at="2026-09-09T12:00:00Z")

    with runtime.current_views(RECORDS_MANAGER) as connection:
        rows = findings.page(connection)
    found = [row.finding for row in rows]
    assert [(row.rule_id, row.severity, row.subject_id) for row in found] == [("LEDG-18", "S1", "m")] * 2
    assert {row.customer_id for row in rows} == {people.sam, people.else_}
    for number in (people.sam, people.else_):
        *_, undone, raised, opened = (event_of(entry) for entry in ledger.history(number))
        assert (undone.NAME, raised.NAME, opened.NAME) == (
            "customers-unmerged", "finding-raised", "breach-assessment-opened",
        )  # fmt: skip
        assert opened.findings == (raised.finding_id,)  # type: ignore[attr-defined]
        assert opened.became_aware_at == "2026-09-09T12:00:00Z"  # type: ignore[attr-defined]
        assert opened.due_at == "2026-09-12T12:00:00Z"  # type: ignore[attr-defined]


def test_a_wrong_merge_that_exposed_nothing_is_no_finding(runtime: Runtime, ledger: Ledger, people: People):
    merge(ledger, people.else_, people.sam)
    unmerge(ledger, people.else_)

    with runtime.current_views(RECORDS_MANAGER) as connection:
        assert findings.page(connection) == []
