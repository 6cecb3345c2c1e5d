"""What the views show of merged records, and what follows the person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from api.casework import customers as answers
from api.casework.runtime import Runtime
from api.pages import people as people_page
from ledger.errors import Held
from ledger.recording import Ledger
from ledger.state.replay import event_of
from projections.catalogue import VIEWS
from projections.customers import read as customers
from projections.retention import read as retention
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock
from tests.destroying import approved, due_now
from tests.ledger.merging.merges import AT, OF_NORTH, OF_SOUTH, People, merge, told, unmerge
from tests.sharing import ADVISER, command, give, good, meet

pytestmark = pytest.mark.usefixtures("registered")


def one_person(runtime: Runtime, number: uuid.UUID) -> list[uuid.UUID]:
    with runtime.current_views(RECORDS_MANAGER) as connection:
        return customers.same_person(connection, number)


# The views.


def test_who_belongs_together_is_said_from_either_record_the_one_that_goes_on_first(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    merge(ledger, people.else_, people.sam, merge_id="another")
    together = [people.sam, *sorted((people.again, people.else_))]
    assert [one_person(runtime, number) for number in (people.sam, people.again, people.else_)] == [together] * 3

    unmerge(ledger, people.else_, merge_id="another")
    assert one_person(runtime, people.again) == [people.sam, people.again]
    assert one_person(runtime, people.else_) == [people.else_]


def contents(runtime: Runtime) -> dict[str, list[Any]]:
    runtime.project()
    with runtime.projector() as connection:
        return {
            f"{view.name}.{table}": sorted(connection.execute(f"SELECT * FROM {table}".encode()).fetchall(), key=repr)
            for view in VIEWS
            for table in view.tables
        }


def test_merged_and_unmerged_leaves_every_view_as_it_was_but_for_the_entries_themselves(
    runtime: Runtime, ledger: Ledger, people: People
):
    give(ledger, "place-hold", people.sam, at=AT, hold_id="h", code="HOLD_LEGAL")
    before = contents(runtime)
    merge(ledger, people.again, people.sam)
    merged = contents(runtime)
    assert (len(merged["customers.merged"]), len(merged["retention.held_with"])) == (1, 1)
    unmerge(ledger, people.again)

    after = contents(runtime)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"retention.holding", "accesses.presence"}  # the second counts what each of the staff recorded
    counted = [
        (old[:3], new[3] - old[3]) for old, new in zip(*(x["retention.holding"] for x in (before, after)), strict=True)
    ]
    assert [one for one in counted if one[1]] == [((people.again, "service", ""), 2)]  # the two reasons themselves


def test_the_customer_view_says_with_whom_and_since_when_and_what_it_said_earlier(
    runtime: Runtime, ledger: Ledger, people: People, clock: Clock
):
    earlier = clock.time
    merge(ledger, people.again, people.sam)
    shown: Any = answers.customer(runtime, people.again, CASE_WORKER, route="test")
    assert shown["merged_into"] == {"customer_id": str(people.sam), "merge_id": "m", "since": AT}
    survivor: Any = answers.customer(runtime, people.sam, CASE_WORKER, route="test")
    assert [one["customer_id"] for one in survivor["merged_from"]] == [str(people.again)]
    assert (survivor["merged_into"], shown["merged_from"]) == (None, [])

    then: Any = answers.customer(runtime, people.again, CASE_WORKER, route="test", as_of=earlier)
    assert then["merged_into"] is None
    page = people_page.customer(answers.view(runtime, people.again, CASE_WORKER, route="test"))
    assert page["merged_into"] == {"customer_id": str(people.sam), "since": "3 September 2026"}


def test_a_contractor_is_told_of_a_merge_and_not_the_number_of_a_record_they_never_served_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    shown: Any = answers.customer(runtime, people.again, OF_SOUTH, route="test")
    assert shown["merged_into"] == {"customer_id": None, "merge_id": "m", "since": AT}
    survivor: Any = answers.customer(runtime, people.sam, OF_NORTH, route="test")
    assert survivor["merged_from"] == [{"customer_id": None, "merge_id": "m", "since": AT}]
    give(ledger, "hold-interaction", people.again, at=AT, channel=2, organisation="prime-north")
    survivor = answers.customer(runtime, people.sam, OF_NORTH, route="test")
    assert survivor["merged_from"][0]["customer_id"] == str(people.again)


def test_a_search_finds_a_person_of_two_records_once_and_each_hit_is_read(
    runtime: Runtime, ledger: Ledger, people: People
):
    asked = {"family_name": "Carter", "date_of_birth": "1990-02-01"}
    assert {hit.customer_id for hit in answers.search(runtime, CASE_WORKER, asked, route="test")} == {
        people.sam, people.again,
    }  # fmt: skip
    merge(ledger, people.again, people.sam)
    before = [told(ledger, number).count("personal-data-read") for number in (people.sam, people.again)]

    [hit] = answers.search(runtime, CASE_WORKER, asked, route="test")
    assert (hit.customer_id, sorted(hit.matched)) == (people.sam, sorted((people.sam, people.again)))
    after = [told(ledger, number).count("personal-data-read") for number in (people.sam, people.again)]
    assert after == [count + 1 for count in before]
    [by_email] = answers.search(runtime, CASE_WORKER, {"email": "s@carter.example"}, route="test")
    assert (by_email.customer_id, by_email.matched) == (people.sam, [people.again])
    [own] = answers.search(runtime, OF_SOUTH, {"email": "s@carter.example"}, route="test")
    assert own.customer_id == people.again  # who served only the duplicate is shown the duplicate


# What follows the person: holds, restrictions and objections.


def test_what_holds_one_record_holds_them_all_until_they_are_unmerged(runtime: Runtime, ledger: Ledger, people: People):
    merge(ledger, people.again, people.sam)
    number = str(uuid.uuid4())
    asked = command("receive-request", people.sam, at=AT, request_id=number, kind="access", organisation="prime-north")
    ledger.record(asked, CASE_WORKER)

    with runtime.current_views(RECORDS_MANAGER) as connection:
        kept = retention.for_customer(connection, people.again)
        assert retention.held_of(connection, [people.again, people.sam, people.else_]) == {
            people.again: [number], people.sam: [number],
        }  # fmt: skip
    assert {row.class_: row.held_by for row in kept} == {"identity": [number], "service": [number]}
    listed = approved(ledger, people.again, due_now(ledger, people.again, "identity"), on="2026-11-22")
    destroy = command("destroy-records", people.again, at="2026-09-11T09:00:00Z", **listed)
    with pytest.raises(Held):
        ledger.record(destroy, RECORDS_MANAGER)

    unmerge(ledger, people.again)
    ledger.record(destroy, RECORDS_MANAGER)
    assert "hold-placed" not in told(ledger, people.again)  # nothing was copied, so nothing is left behind


def test_a_due_list_shows_what_is_held_by_the_person_s_other_record(runtime: Runtime, ledger: Ledger, people: People):
    period = command("set-retention-period", organisation="prime-south", kind="after_service", months=12)
    ledger.record(period, RECORDS_MANAGER)
    give(ledger, "end-service", people.again, at="2026-01-08T09:00:00Z", organisation="prime-south")
    give(ledger, "place-hold", people.sam, at=AT, hold_id="h", code="HOLD_LEGAL")

    def held() -> set[tuple[str, ...]]:
        with runtime.current_views(RECORDS_MANAGER) as connection:
            rows = list(retention.every_due(connection, date(2040, 1, 1)))
        return {tuple(row.held_by) for row in rows if row.customer_id == people.again}

    assert held() == {()}
    merge(ledger, people.again, people.sam)
    assert held() == {("h",)}
    unmerge(ledger, people.again)
    assert held() == {()}


@pytest.mark.parametrize(
    ("rule", "begin"),
    [
        ("RESTRICT-01", lambda ledger, who: give(
            ledger, "restrict-processing", who, at=AT, restriction_id="r", ground="legal_claims")),
        ("OBJECT-01", lambda ledger, who: give(
            ledger, "receive-request", who, at=AT, kind="objection", organisation="prime-north", by=CASE_WORKER)),
    ],
)  # fmt: skip
def test_a_restriction_or_an_objection_of_one_record_stops_shares_from_the_other(
    ledger: Ledger, people: People, rule: str, begin: Callable[[Ledger, uuid.UUID], None]
):
    second = meet(ledger)
    begin(ledger, people.sam)

    def broken() -> list[str]:
        share = command("share-data", second, at="2026-09-10T09:00:00Z", **good("email"))
        return [one.rule_id for one in ledger.propose(share, ADVISER).objections]

    assert broken() == []
    merge(ledger, second, people.sam)
    assert broken() == [rule]
    give(ledger, "share-data", second, at="2026-09-10T09:00:00Z", **good("email"))
    assert any(getattr(event_of(entry), "rule", None) == rule for entry in ledger.history(second))
    unmerge(ledger, second)
    assert broken() == []


RESEARCH: Any = {
    "channel": "system", "sent_by": "prime-north", "sent_to": "asks-people", "items": ["D01"],
    "purpose": "CUSTOMER_SATISFACTION_SURVEY", "recipient_category": "MARKET_RESEARCH",
}  # fmt: skip


def consent_11(ledger: Ledger, customer: uuid.UUID, on: str) -> bool:
    """Whether a proposal to share with a researcher on a day lacks consent."""
    proposal = ledger.propose(command("share-data", customer, at=f"{on}T09:00:00Z", **RESEARCH), ADVISER)
    return "CONSENT-11" in [one.rule_id for one in proposal.objections]


def test_a_no_to_one_record_counts_for_the_other_until_they_agree_again_there_consent_09_ledg_18(
    ledger: Ledger, people: People
):
    second = meet(ledger)
    for one in (people.sam, second):
        give(ledger, "give-consent", one, at="2026-01-05T09:00:00Z", scope="survey", mechanism="said yes")
    merge(ledger, second, people.sam)
    give(ledger, "share-data", second, at="2026-09-03T09:00:00Z", share_id="early", **RESEARCH)
    give(ledger, "withdraw-consent", people.sam, at="2026-09-02T09:00:00Z", scope="survey", channel="TELEPHONE")
    rules = [getattr(event_of(entry), "rule", None) for entry in ledger.history(second)]
    assert rules.count("CONSENT-11") == 1, "a share made after it was said, found when the no is recorded"
    assert [consent_11(ledger, second, f"2026-09-0{day}") for day in (1, 3)] == [False, True]

    give(ledger, "give-consent", second, at="2026-09-04T09:00:00Z", scope="survey", mechanism="said yes")
    assert [consent_11(ledger, one, "2026-09-05") for one in (second, people.sam)] == [False, True]


def test_a_yes_to_one_record_is_none_to_the_other_consent_09_ledg_18(ledger: Ledger, people: People):
    second = meet(ledger)
    merge(ledger, second, people.sam)
    give(ledger, "give-consent", people.sam, at="2026-01-05T09:00:00Z", scope="survey", mechanism="said yes")
    assert [consent_11(ledger, one, "2026-09-05") for one in (second, people.sam)] == [True, False]
