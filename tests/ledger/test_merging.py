"""Two records of one person: merged and unmerged by events, reported together, and apart again (LEDG-18, G-08)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from api import report_page
from api.casework import customers as answers
from api.casework import provenance
from api.casework.runtime import Runtime
from api.pages import people as people_page
from ledger.caller import Caller
from ledger.errors import AlreadyDone, Held, Malformed, NotAllowed, NotRegistered, UnknownCustomer, UnknownReference
from ledger.recording import Ledger
from ledger.state.replay import event_of, state_of
from ledger.store.append_call import Appended, Batch
from projections import runner
from projections.catalogue import VIEWS
from projections.customers import read as customers
from projections.findings import read as findings
from projections.obligations import read as obligations
from projections.retention import read as retention
from tests import composed
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock
from tests.sharing import ADVISER, command, give, good, meet

pytestmark = pytest.mark.usefixtures("registered")

AT = "2026-09-03T09:00:00Z"
OF_NORTH = Caller(role="contractor", organisation="prime-north", subject="contractor one")
OF_SOUTH = Caller(role="contractor", organisation="prime-south", subject="contractor two")


@dataclass(frozen=True)
class People:
    """Sam Carter, registered twice, and somebody else of a similar name."""

    sam: uuid.UUID
    again: uuid.UUID
    else_: uuid.UUID


@pytest.fixture
def people(ledger: Ledger) -> People:
    again = uuid.uuid4()
    values = {
        "given_name": "Samuel",
        "family_name": "Carter",
        "date_of_birth": "1990-02-01",
        "email": "s@carter.example",
    }
    give(ledger, "register-customer", again, at="2025-03-06T09:00:00Z", organisation="prime-south", values=values)
    found = People(sam=meet(ledger), again=again, else_=meet(ledger, given="Sammy", family="Carver"))
    for number, word in ((found.sam, "bookkeeping"), (found.again, "welding"), (found.else_, "gardening")):
        give(
            ledger, "keep-record", number, at="2025-04-01T09:00:00Z", collection="goals", record_id=f"goal {word}",
            values={"GoalSummary": f"learn {word}"},
        )  # fmt: skip
    return found


def merge(ledger: Ledger, duplicate: uuid.UUID, into: uuid.UUID, by: Caller = CASE_WORKER, **said: Any) -> None:
    body = {"merge_id": "m", "reason": "the same birth date and address", "decided_by": "case worker one", **said}
    give(ledger, "merge-customers", duplicate, at=AT, into=str(into), **body, by=by)


def unmerge(ledger: Ledger, duplicate: uuid.UUID, *, exposed: bool = False, **said: Any) -> None:
    body = {"merge_id": "m", "data_exposed": exposed, "reason": "they are brothers", **said}
    give(ledger, "unmerge-customers", duplicate, at="2026-09-10T09:00:00Z", **body, by=CASE_WORKER)


def one_person(runtime: Runtime, number: uuid.UUID) -> list[uuid.UUID]:
    with runtime.current_views() as connection:
        return customers.same_person(connection, number)


def told(ledger: Ledger, number: uuid.UUID) -> list[str]:
    return [entry.type for entry in ledger.history(number)]


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
    for by in (OF_NORTH, Caller(role="auditor", organisation="controller", subject="auditor one")):
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
    gone = {"class": "service", "destroy_by": "2026-01-01", "rule": "RET-NCS-01"}
    said = command("destroy-records", people.again, at=AT, destroyed=[gone], on="2026-01-01", digest="00")
    ledger.record(said, RECORDS_MANAGER)
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

    with runtime.current_views() as connection:
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

    with runtime.current_views() as connection:
        assert findings.page(connection) == []


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
    assert {name for name in after if after[name] != before[name]} == {"retention.holding"}
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

    with runtime.current_views() as connection:
        kept = retention.for_customer(connection, people.again)
        assert retention.held_of(connection, [people.again, people.sam, people.else_]) == {
            people.again: [number], people.sam: [number],
        }  # fmt: skip
    assert {row.class_: row.held_by for row in kept} == {"identity": [number], "service": [number]}
    gone = {"class": "identity", "destroy_by": "2026-01-01", "rule": "RET-NCS-01"}
    destroy = command(
        "destroy-records", people.again, at="2026-09-11T09:00:00Z", destroyed=[gone], on="2026-01-01", digest="00"
    )
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
        with runtime.current_views() as connection:
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


# Who had received data from the person's other record.


def of_two_records(ledger: Ledger, people: People, **shared: Any) -> None:
    """The duplicate's data went to Jobcentre Plus before the two records were found to be of one person."""
    said: dict[str, Any] = {"share_id": "s", "sent_to": "jobcentre-plus", "channel": "system", "items": ["D03"]}
    give(ledger, "share-data", people.again, **{"at": "2026-01-05T09:00:00Z", **said, **shared})
    merge(ledger, people.again, people.sam)


def to_be_told(runtime: Runtime, number: uuid.UUID) -> dict[tuple[str, str], str]:
    """Who is to be told of which matter of a record, and until when."""
    with runtime.current_views() as connection:
        rows = obligations.for_customer(connection, number, at=runtime.ledger.now())
    return {
        (row.subject_id, str(row.recipient)): str(row.due_on)
        for row in rows
        if row.kind == "notify-recipient" and row.state != "done"
    }


def decide(ledger: Ledger, customer: uuid.UUID, matter: str) -> str:
    """A correction, a restriction, or an answer that grants a request: the number of the matter."""
    at, number = "2026-09-05T09:00:00Z", str(uuid.uuid4())
    if matter == "correction":
        said: dict[str, Any] = {"collection": "contacts", "values": {"EmailAddress": "new@carter.example"}}
        give(ledger, "correct-record", customer, at=at, correction_id=number, organisation="prime-north", **said)
    elif matter == "restriction by hand":
        give(ledger, "restrict-processing", customer, at=at, restriction_id=number, ground="unlawful_processing")
    else:
        said = {"request_id": number, "organisation": "prime-north"}
        asked = command("receive-request", customer, at=AT, kind=matter, restrict=matter == "rectification", **said)
        ledger.record(asked, CASE_WORKER)
        give(ledger, "send-response", at=at, request_id=number, outcome="granted", by=CASE_WORKER)
    return number


@pytest.mark.parametrize("matter", ["correction", "restriction by hand", "erasure", "restriction", "rectification"])
def test_who_received_data_from_the_duplicate_is_told_of_what_is_decided_of_the_other_law_a19_rect_04_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People, matter: str
):
    of_two_records(ledger, people)
    number = decide(ledger, people.sam, matter)

    [(told_of, to)] = to_be_told(runtime, people.sam)
    assert (told_of, to) == (number, "jobcentre-plus")
    assert to_be_told(runtime, people.again) == {}
    rows = composed.report(runtime, people.sam, CASE_WORKER, "test")["recipients"]["rows"]
    assert [row["sentence"] for row in rows] == ["Still to be told: 1 of 1."]

    told_it: dict[str, Any] = {"matter_id": number, "recipient": "jobcentre-plus", "channel": "email"}
    give(ledger, "notify-recipient", people.sam, at="2026-09-12T09:00:00Z", **told_it)
    assert to_be_told(runtime, people.sam) == {}


def test_who_received_data_from_the_record_that_goes_on_is_told_of_a_correction_of_the_duplicate_law_a19_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People
):
    give(ledger, "share-data", people.sam, at="2026-01-05T09:00:00Z", share_id="s", sent_to="jobcentre-plus")
    give(ledger, "share-data", people.else_, at="2026-01-05T09:00:00Z", share_id="t", sent_to="a-college")
    merge(ledger, people.again, people.sam)
    merge(ledger, people.else_, people.sam, merge_id="another")
    number = decide(ledger, people.again, "correction")

    assert to_be_told(runtime, people.again).keys() == {(number, "jobcentre-plus"), (number, "a-college")}


@pytest.mark.parametrize(("happened", "found"), [("2026-09-04T09:00:00Z", True), ("2026-09-06T09:00:00Z", False)])
def test_a_share_of_the_other_record_from_before_a_correction_that_is_recorded_after_it_is_told_as_well_ledg_10(
    runtime: Runtime,
    ledger: Ledger,
    people: People,
    happened: str,
    found: bool,  # noqa: FBT001
):
    merge(ledger, people.again, people.sam)
    number = decide(ledger, people.sam, "correction")
    give(ledger, "share-data", people.again, at=happened, share_id="s", sent_to="jobcentre-plus", items=["Email"])

    assert to_be_told(runtime, people.sam) == ({(number, "jobcentre-plus"): "2026-10-05"} if found else {})


def test_nobody_who_was_found_by_a_wrong_merge_alone_is_to_be_told_once_it_is_undone_ledg_18(
    runtime: Runtime, ledger: Ledger, people: People
):
    give(ledger, "share-data", people.sam, at="2026-01-05T09:00:00Z", share_id="s", sent_to="a-college")
    of_two_records(ledger, people)
    number = decide(ledger, people.sam, "correction")
    assert to_be_told(runtime, people.sam).keys() == {(number, "jobcentre-plus"), (number, "a-college")}
    unmerge(ledger, people.again)

    assert to_be_told(runtime, people.sam).keys() == {(number, "a-college")}
    decide(ledger, people.sam, "erasure")
    assert {recipient for _, recipient in to_be_told(runtime, people.sam)} == {"a-college"}


def test_another_item_that_went_from_the_other_record_is_nobody_s_to_hear_and_the_report_claims_nothing_false(
    runtime: Runtime, ledger: Ledger, people: People
):
    of_two_records(ledger, people, items=["D28"])
    first = decide(ledger, people.sam, "correction")
    assert to_be_told(runtime, people.sam) == {}
    assert sentence_of(runtime, people, first).startswith("Nobody else had received this data before")


def test_a_correction_from_before_the_merge_does_not_say_that_nobody_had_received_the_data_law_a19(
    runtime: Runtime, ledger: Ledger, people: People
):
    before: dict[str, Any] = {"collection": "contacts", "values": {"EmailAddress": "new@carter.example"}}
    give(ledger, "correct-record", people.sam, at="2026-08-05T09:00:00Z", correction_id="before", **before)
    of_two_records(ledger, people)

    assert to_be_told(runtime, people.sam) == {}
    assert sentence_of(runtime, people, "before").startswith("Nobody is on the list to be told. Who received data")


def sentence_of(runtime: Runtime, people: People, matter: str) -> str:
    rows = composed.report(runtime, people.sam, CASE_WORKER, "test")["recipients"]["rows"]
    return next(str(row["sentence"]) for row in rows if row["matter_id"] == matter)


# The subject-access report and provenance.


def test_the_report_of_a_person_has_a_part_for_each_record_until_they_are_unmerged(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    made = composed.report(runtime, people.sam, CASE_WORKER, "test")
    [other] = made["other_records"]
    assert (made["customer_id"], other["customer_id"]) == (str(people.sam), str(people.again))
    assert ("learn bookkeeping" in repr(made["R1"]), "learn welding" in repr(made["R1"])) == (True, False)
    assert ("learn bookkeeping" in repr(other["R1"]), "learn welding" in repr(other["R1"])) == (False, True)
    assert "gardening" not in repr(made)
    assert [told(ledger, number)[-1] for number in (people.sam, people.again)] == ["personal-data-read"] * 2
    from_duplicate = composed.report(runtime, people.again, CASE_WORKER, "test")
    assert [one["customer_id"] for one in from_duplicate["other_records"]] == [str(people.sam)]

    unmerge(ledger, people.again)
    alone = composed.report(runtime, people.sam, CASE_WORKER, "test")
    assert (alone["other_records"], "welding" in repr(alone)) == ([], False)
    assert str(people.again) not in repr(alone)  # nor is it said with whom one was mistaken
    assert sum("that record may turn out" in row["why"] for row in alone["R12"]["rows"]) == 1


def test_the_page_of_the_report_has_a_headed_part_for_each_record_and_no_place_twice(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    page = report_page.render(composed.report(runtime, people.sam, CASE_WORKER, "test"))
    assert f"Your record with number {people.again}</h2>" in page
    places = [piece.split('"')[0] for piece in page.split(' id="')[1:]]
    assert len(places) == len(set(places))
    assert {"record-2-record", "record-2-data", "data"} <= set(places)
    links = {piece.split('"')[0] for piece in page.split('href="#')[1:]}
    assert links <= set(places)
    assert "welding" in page.split('id="record-2-record"')[1]
    assert "welding" not in page.split('id="record-2-record"')[0]


def test_what_a_request_leaves_out_is_left_out_of_every_record_of_the_person(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    number = str(uuid.uuid4())
    asked = command("receive-request", people.sam, at=AT, request_id=number, kind="access", organisation="prime-north")
    ledger.record(asked, CASE_WORKER)
    weighed = {
        "provision": "EX-19",
        "extent": "all",
        "reason": "invented",
        "decided_by": "invented",
        "told": "invented",
    }
    left_out: dict[str, Any] = {"request_id": number, "record_id": "goal welding", **weighed}
    give(ledger, "withhold-item", at="2026-09-04T09:00:00Z", **left_out, by=CASE_WORKER)

    assert "learn welding" not in repr(composed.report(runtime, people.sam, CASE_WORKER, "test"))


def test_a_contractor_reports_only_the_records_they_served_and_says_that_there_is_another(
    runtime: Runtime, ledger: Ledger, people: People
):
    merge(ledger, people.again, people.sam)
    made = composed.report(runtime, people.again, OF_SOUTH, "test")
    assert (made["other_records"], made["other_records_not_shown"]) == ([], 1)
    assert "bookkeeping" not in repr(made)
    assert "This report is not complete: 1 other record" in report_page.render(made)
    with pytest.raises(NotAllowed):
        composed.report(runtime, people.sam, OF_SOUTH, "test")
    rows = composed.provenance_table(runtime, people.again, OF_SOUTH, "test")
    assert (rows["other_records"], rows["other_records_not_shown"]) == ([], 1)


def test_provenance_follows_a_merge_and_says_of_each_item_which_record_it_is_of(
    runtime: Runtime, ledger: Ledger, people: People
):
    def goals(number: uuid.UUID) -> set[tuple[str, str]]:
        rows = composed.provenance_table(runtime, number, CASE_WORKER, "test")["rows"]
        return {(row["customer_id"], row["record_id"]) for row in rows if row["record_id"]}

    merge(ledger, people.again, people.sam)
    both = {(str(people.sam), "goal bookkeeping"), (str(people.again), "goal welding")}
    assert goals(people.sam) == goals(people.again) == both
    document = composed.prov_json(runtime, people.sam, CASE_WORKER, "test")
    assert {entity["ledger:about"] for entity in document["entity"].values()} == {str(people.sam), str(people.again)}
    picture = provenance.svg(runtime, people.sam, CASE_WORKER, "test")
    assert f"record {people.again}" in picture
    assert [told(ledger, number)[-1] for number in (people.sam, people.again)] == ["personal-data-read"] * 2

    unmerge(ledger, people.again)
    assert goals(people.sam) == {(str(people.sam), "goal bookkeeping")}
    assert "record " not in provenance.svg(runtime, people.sam, CASE_WORKER, "test")


def test_as_of_shows_the_hold_of_the_other_record_while_they_were_one(runtime: Runtime, ledger: Ledger, people: People):
    give(ledger, "place-hold", people.sam, at=AT, hold_id="h", code="HOLD_LEGAL")
    merge(ledger, people.again, people.sam)
    then = ledger.now()
    unmerge(ledger, people.again)
    runtime.project()

    with runtime.projector() as connection, runner.as_of(connection, moment=then, only=people.again):
        assert {tuple(row.held_by) for row in retention.for_customer(connection, people.again)} == {("h",)}


def test_a_hold_that_is_placed_on_the_other_record_meanwhile_is_not_missed_dest_03_ledg_18(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
):
    merge(ledger, people.again, people.sam)
    appending, placed = ledger.recorder.append, list[str]()

    def after_a_hold(batch: Batch) -> Appended:
        if not placed:
            placed.append("hold-placed")
            give(ledger, "place-hold", people.sam, by=CASE_WORKER, hold_id="h", code="HOLD_LEGAL", reason="a claim")
        return appending(batch)

    monkeypatch.setattr(ledger.recorder, "append", after_a_hold)
    one = {"class": "identity", "destroy_by": "2026-01-01", "rule": "RET-NCS-03"}
    with pytest.raises(Held):
        give(
            ledger, "destroy-records", people.again, at="2026-09-10T09:00:00Z", by=RECORDS_MANAGER, destroyed=[one],
            on="2026-01-01", digest="00",
        )  # fmt: skip
    assert told(ledger, people.sam)[-1:] == placed
    assert "records-destroyed" not in told(ledger, people.again)
