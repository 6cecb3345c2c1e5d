"""The service's SQL history as a second source: what it makes of a customer, and that nothing is recorded twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.dss.importer import import_documents, rejects_of
from api.dss.outcome import ImportResult
from ledger.log.codec import event_from
from ledger.recording import Ledger
from projections import runner
from projections.customers import read as customers
from projections.organisations import read as organisations
from projections.retention import read as retention
from projections.shares import read as shares
from projections.subject_access.data_copy import current
from tests.conftest import CASE_WORKER, Databases
from tests.destroying import destroy
from tests.dss.documents import SAMPLES, sample
from tests.dss.expectations import EXPECTED, as_expected, facts_of, final_records, told, version_of
from tests.dss.rows import GROUPS, group_rows, row, same_without_numbers

FEED = str(SAMPLES / "feed.ndjson")
HISTORY = sorted(str(path) for path in (SAMPLES / "history").glob("*.ndjson"))
VERSIONS_IN_SQL = 324 - 15  # the feed's, less those of digital identities
GROUP_ROWS = 24
PEOPLE = {name: customer["id"] for name, customer in EXPECTED["customers"].items()}
BOB = PEOPLE["S01"]


@pytest.fixture
def another_ledger(databases: Databases, tmp_path: Path) -> Callable[[], AbstractContextManager[Ledger]]:
    @contextmanager
    def another() -> Iterator[Ledger]:
        with databases() as database, closing(Ledger.open(database, tmp_path / f"key-{uuid4()}")) as ledger:
            yield ledger

    return another


def run(ledger: Ledger, *paths: str, **how: Any) -> ImportResult:
    result = import_documents(ledger, paths, by=CASE_WORKER, **how)
    assert result.settled == result.read
    return result


def write(path: Path, lines: list[dict[str, Any]]) -> str:
    path.write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
    return str(path)


def counts(result: ImportResult) -> tuple[int, int, int]:
    return result.recorded, result.duplicates, result.rejected


def reasons(result: ImportResult) -> list[tuple[int, str, str | None]]:
    return sorted((reject.line, reject.reason, reject.field) for reject in result.rejects)


def document(collection: str, number: int, **changes: Any) -> dict[str, Any]:
    """A later version of a sample: a minute after the one before, with a tag of its own."""
    tag = f'"{number:08x}-0000-0d00-0000-000000000000"'
    return sample(collection, _ts=1_600_000_000 + 60 * number, _etag=tag, **changes)


def customer(number: int, **changes: Any) -> dict[str, Any]:
    return document("customers", number, **{"DateOfTermination": None, "PriorityGroups": [1, 3], **changes})


def contact(number: int, **changes: Any) -> dict[str, Any]:
    return document("contacts", number, **{"CustomerId": BOB, **changes})


def carriers(ledger: Ledger, collection: str, id_: str, stream: str = BOB) -> list[dict[str, Any]]:
    """What the events that carry a version of this record say, each version once, in the order of recording."""
    found: dict[Any, dict[str, Any]] = {}
    for facts in facts_of(ledger.history(UUID(stream))):
        if facts.get("collection") == collection and facts["record_id"] == id_:
            found.setdefault((facts["written_at"], version_of(facts)), {"changed": [], "cleared": [], **facts})
    return list(found.values())


def views(database: str) -> dict[str, Any]:
    """What the views answer of every customer, without places in the ledger and without version tags."""
    with runner.connect(database) as connection:
        runner.catch_up(connection)
        return {name: _views_of(connection, UUID(id_)) for name, id_ in PEOPLE.items()}


def _views_of(connection: Any, id_: UUID) -> dict[str, Any]:
    names, known = organisations.names_of(connection), customers.for_customer(connection, id_)
    return json.loads(
        json.dumps({
            "customer": known and known.as_json(),
            "consents": [
                {scope: [{k: v for k, v in one.as_json().items() if k not in {"position", "etag"}} for one in said]}
                for scope, said in customers.consent_history(connection, id_).items()
            ],
            "shares": [
                {k: v for k, v in share.as_json(names).items() if k != "position"}
                for share in shares.for_customer(connection, id_)
            ],
            "retention": [
                {k: v for k, v in one.items() if k not in {"events", "because"}}
                for one in (row.as_json() for row in retention.for_customer(connection, id_))
            ],
        }, default=str)
    )  # fmt: skip


# What the samples' rows say


def test_the_rows_of_the_samples_are_what_these_tests_make_of_the_samples_documents():
    """So that what is shown here of made rows is shown of the service's."""
    for path in map(Path, HISTORY):
        collection = path.name.split("-")[1]
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        source = "customers" if collection == "prioritygroups" else collection
        documents = [json.loads(line) for line in (SAMPLES / f"{source}.ndjson").read_text("utf-8").splitlines()]
        if collection == "prioritygroups":
            made = [one for each in documents for one in group_rows(each, 1)]
        else:
            made = [row(collection, each, 1) for each in documents]
        assert same_without_numbers(rows) == same_without_numbers(made), path.name


def test_every_row_of_the_samples_is_recorded_and_the_three_counts_add_up(ledger):
    result = run(ledger, *HISTORY)

    assert counts(result) == (VERSIONS_IN_SQL + GROUP_ROWS, 0, 0)
    assert counts(run(ledger, *HISTORY)) == (0, VERSIONS_IN_SQL + GROUP_ROWS, 0)


def lacking_what_sql_lost(name: str, expected: dict[str, Any]) -> dict[str, Any]:
    """What expected.json says of a customer, less what no row can say."""
    expected = as_expected(expected)
    del expected["warnings"]  # SQL dropped every offset, so that every time is read as UTC with a warning
    lost = expected["accepted_by_collection"].pop("digitalidentities", 0)  # no SQL since 2025
    expected["accepted_versions"] -= lost
    for consent in expected["consents"].values():
        for change in consent["history"]:
            change["etag"] = None  # SQL keeps no version tags
    return expected


def test_the_history_alone_tells_of_every_customer_what_the_feed_tells_less_what_sql_lost(ledger):
    run(ledger, *HISTORY)

    for name, expected in EXPECTED["customers"].items():
        found = told(ledger, PEOPLE[name])
        del found["warnings"]
        assert found == lacking_what_sql_lost(name, expected), name


def test_the_history_alone_gives_the_views_of_the_feed(ledger, database, another_ledger):
    run(ledger, FEED)
    with another_ledger() as other:
        run(other, *HISTORY)
        assert other.opening is not None
        from_history = views(other.opening.conninfo)

    for name, said in views(database).items():
        assert from_history[name] == said, name


@pytest.mark.parametrize("order", [(FEED, *HISTORY), (*HISTORY, FEED)], ids=["feed first", "history first"])
@pytest.mark.parametrize("together", [True, False], ids=["one import", "two imports"])
def test_what_comes_both_ways_is_recorded_once_and_the_views_stay_as_they_were(ledger, database, order, together):
    parts = [(FEED,), HISTORY] if order[0] == FEED else [HISTORY, (FEED,)]
    if together:
        result = run(ledger, *order)
        versions = sum(told(ledger, id_)["accepted_versions"] for id_ in PEOPLE.values())
        assert versions == EXPECTED["totals"]["accepted_versions"] - EXPECTED["totals"]["accepted_without_customer"]
        assert result.recorded + result.duplicates == 324 + VERSIONS_IN_SQL + GROUP_ROWS
        assert result.duplicates == VERSIONS_IN_SQL + GROUP_ROWS
        return
    run(ledger, *parts[0])
    before = views(database)
    second = run(ledger, *parts[1])

    if order[0] == FEED:
        assert counts(second) == (0, VERSIONS_IN_SQL + GROUP_ROWS, 0)
        assert second.events == 0
    else:
        assert counts(second) == (15, VERSIONS_IN_SQL, 0)  # the digital identities, which have no rows
        assert second.events == 15
    assert views(database) == before


# One document, two ways


BOTH = [("contacts", contact(2)), ("goals", document("goals", 2, CustomerId=BOB)),
        ("subscriptions", document("subscriptions", 2, CustomerId=BOB, LastModifiedBy="0000000105")),
        ("diversitydetails", document("diversitydetails", 2, CustomerId=BOB))]  # fmt: skip


@pytest.mark.parametrize("both", BOTH, ids=[name for name, _ in BOTH])
@pytest.mark.parametrize("history_first", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_whichever_comes_first_is_recorded_and_the_other_is_a_duplicate(
    ledger, tmp_path, both, history_first, together
):
    collection, said = both
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    paths = [
        write(tmp_path / f"dss-{collection}-history.ndjson", [row(collection, said, 7)]),
        write(tmp_path / f"{collection}.ndjson", [said]),
    ]
    paths = paths if history_first else paths[::-1]
    results = [run(ledger, *paths)] if together else [run(ledger, path) for path in paths]

    assert [counts(one) for one in results] == ([(1, 1, 0)] if together else [(1, 0, 0), (0, 1, 0)])
    (carried,) = carriers(ledger, collection, said["id"])
    assert version_of(carried) == ((None, 7) if history_first else (said["_etag"], None))


@pytest.mark.parametrize(
    "sent",
    [
        ("LastModifiedDate", "2020-06-01T10:00:00+01:00"),  # datetime2 drops the offset instead of applying it
        ("EmailAddress", "zoe\u0142@example.com"),  # outside the code page of a VARCHAR
        ("PreferredContactMethod", "2"),  # a number as text becomes a number
        ("AlternativeNumber", None),  # null and absent are alike
    ],
)
@pytest.mark.parametrize("history_first", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_what_sql_does_to_a_value_makes_no_other_version(ledger, tmp_path, sent, history_first, together):
    field, value = sent
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    said = contact(2, **{field: value})
    stored = row("contacts", said, 7)
    if field == "EmailAddress":
        stored[field] = value.replace("\u0142", "?")
    if field == "PreferredContactMethod":
        stored[field] = int(value)
    paths = [
        write(tmp_path / "dss-contacts-history.ndjson", [stored]),
        write(tmp_path / "contacts.ndjson", [said]),
    ]
    paths = paths if history_first else paths[::-1]
    results = [run(ledger, *paths)] if together else [run(ledger, path) for path in paths]

    assert Counter(recorded=1, duplicates=1) == Counter(
        recorded=sum(one.recorded for one in results), duplicates=sum(one.duplicates for one in results)
    )


def test_a_message_that_was_delivered_twice_makes_one_version_and_one_duplicate(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    rows = [row("contacts", contact(2), number) for number in (7, 8)]
    result = run(ledger, write(tmp_path / "dss-contacts-history.ndjson", rows))
    later = run(ledger, write(tmp_path / "dss-contacts-history.ndjson", [row("contacts", contact(2), 9)]))

    assert (counts(result), counts(later)) == ((1, 1, 0), (0, 1, 0))


@pytest.mark.parametrize("numbers", [(7, 8), (8, 7)], ids=["in order", "the other way round"])
@pytest.mark.parametrize("together", [True, False], ids=["one import", "two imports"])
def test_two_different_rows_of_one_second_are_two_versions_in_the_order_of_their_numbers(
    ledger, tmp_path, numbers, together
):
    texts = {7: "first@example.com", 8: "second@example.com"}
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    rows = [row("contacts", contact(2, EmailAddress=texts[number]), number) for number in numbers]
    if together:
        assert counts(run(ledger, write(tmp_path / "dss-contacts-history.ndjson", rows))) == (2, 0, 0)
    else:
        for one in rows:
            assert counts(run(ledger, write(tmp_path / "dss-contacts-history.ndjson", [one]))) == (1, 0, 0)

    after = contact(3, EmailAddress=texts[8])
    run(ledger, write(tmp_path / "contacts.ndjson", [after]))
    changed = carriers(ledger, "contacts", after["id"])[-1]["changed"]
    assert "EmailAddress" not in changed  # so the second address is what held when the next version came


@pytest.mark.parametrize("together", [True, False], ids=["one import", "two imports"])
def test_a_row_that_arrives_late_in_its_second_does_not_become_what_holds_now(ledger, database, tmp_path, together):
    said = {"CustomerId": BOB, "AdviserDetailsId": None}
    rows = [
        row("interactions", document("interactions", 2, DateandTimeOfInteraction=when, **said), number)
        for number, when in ((8, "2020-01-02T00:00:00Z"), (7, "2020-01-09T00:00:00Z"))
    ]
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    for part in [rows] if together else [[one] for one in rows]:
        run(ledger, write(tmp_path / "dss-interactions-history.ndjson", part))

    assert views(database)["S01"]["customer"]["last_interaction_at"] == "2020-01-02T00:00:00Z"


def last_words(ledger: Ledger) -> dict[str, Any]:
    """Bob's contact details as the subject-access report gives them: the last word by second and position."""
    opened = ledger.unsealed(UUID(BOB))
    members = [
        (each, event_from(each.type, each.type_version, orjson.loads(each.facts), opened.get(each.position)))
        for each in ledger.history(UUID(BOB))
    ]
    (contacts,) = [record for record in current(members, {}) if record.collection == "contacts"]
    return {field.name: field.value for field in contacts.fields}


def test_what_came_first_and_is_last_in_its_second_has_the_last_word_in_the_report(ledger, tmp_path):
    """A row that arrives later but stands before a document or a row of its second changes nothing that holds now."""
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    run(ledger, write(tmp_path / "contacts.ndjson", [contact(2, EmailAddress="whole@example.com", HomeNumber=None)]))
    for number, address in ((9, "ninth@example.com"), (5, "fifth@example.com")):
        stored = row("contacts", contact(2, EmailAddress=address, HomeNumber="01632 960001"), number)
        run(ledger, write(tmp_path / "dss-contacts-history.ndjson", [stored]))

        said = last_words(ledger)
        assert (said["EmailAddress"], said.get("HomeNumber")) == ("whole@example.com", None)
    assert len(carriers(ledger, "contacts", contact(2)["id"])) == 3


@pytest.mark.parametrize("history_first", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_a_row_and_a_document_of_one_second_that_differ_are_both_kept_and_the_document_has_the_last_word(
    ledger, tmp_path, history_first, together
):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    whole = contact(2, EmailAddress="document@example.com")
    paths = [
        write(
            tmp_path / "dss-contacts-history.ndjson", [row("contacts", contact(2, EmailAddress="row@example.com"), 7)]
        ),
        write(tmp_path / "contacts.ndjson", [whole]),
    ]
    paths = paths if history_first else paths[::-1]
    for part in [paths] if together else [[path] for path in paths]:
        run(ledger, *part)

    versions = carriers(ledger, "contacts", whole["id"])
    assert {version_of(one) for one in versions} == {(None, 7), (whole["_etag"], None)}
    run(ledger, write(tmp_path / "contacts-2.ndjson", [contact(3, EmailAddress="document@example.com")]))
    assert "EmailAddress" not in carriers(ledger, "contacts", whole["id"])[-1]["changed"]


def test_one_row_number_with_two_contents_is_a_conflict(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    path = write(tmp_path / "dss-contacts-history.ndjson", [
        row("contacts", contact(2, EmailAddress="a@example.com"), 7),
        row("contacts", contact(2, EmailAddress="b@example.com"), 7),
    ])  # fmt: skip

    assert reasons(run(ledger, path)) == [(2, "etag_conflict", "HistoryId")]
    assert counts(run(ledger, path)) == (0, 2, 0)


# What SQL lost is not invented


def test_a_row_claims_no_tag_and_names_no_writer_that_sql_lost(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    said = document("subscriptions", 2, CustomerId=BOB, TouchPointId="0000000105", LastModifiedBy="0000000999")
    run(ledger, write(tmp_path / "dss-subscriptions-history.ndjson", [row("subscriptions", said, 7)]))

    (carried,) = carriers(ledger, "subscriptions", said["id"])
    assert "etag" not in carried
    assert "touchpoint" not in carried
    assert carried["history_id"] == 7


def test_a_column_that_sql_lacks_is_not_said_to_have_been_emptied(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    versions = [document("diversitydetails", number, CustomerId=BOB, Ethnicity=30 + number) for number in (2, 3, 4)]
    run(ledger, write(tmp_path / "dss-diversitydetails-history.ndjson", [row("diversitydetails", versions[1], 7)]))
    run(ledger, write(tmp_path / "diversitydetails.ndjson", [versions[0], versions[2]]))

    said = carriers(ledger, "diversitydetails", versions[0]["id"])
    assert len(said) == 3
    assert not any("CreatedBy" in one.get("cleared", ()) for one in facts_of(ledger.history(UUID(BOB))))


def test_the_consents_of_a_row_have_their_time_and_their_touchpoint(ledger, tmp_path):
    versions = [
        customer(1, OptInMarketResearch=True, LastModifiedTouchpointId="0000000103"),
        customer(2, OptInMarketResearch=False, LastModifiedTouchpointId="0000000105"),
    ]
    rows = [row("customers", each, number) for number, each in enumerate(versions, 1)]
    run(ledger, write(tmp_path / "dss-customers-history.ndjson", rows))

    said = told(ledger, BOB)["consents"]["market_research"]
    assert said["history"] == [
        {"value": True, "recorded_at": "2020-09-13T12:27:40Z", "by_touchpoint": "0000000103", "etag": None},
        {"value": False, "recorded_at": "2020-09-13T12:28:40Z", "by_touchpoint": "0000000105", "etag": None},
    ]


def test_times_without_an_offset_are_read_as_utc_with_a_warning_and_the_rows_own_time_without(ledger, tmp_path):
    run(ledger, write(tmp_path / "dss-customers-history.ndjson", [row("customers", customer(1), 1)]))

    (said,) = carriers(ledger, "customers", BOB)
    assert said["warnings"] == ["assumed_utc:DateOfRegistration", "assumed_utc:LastModifiedDate"]
    assert said["written_at"] == "2020-09-13T12:27:40Z"


@pytest.mark.parametrize("history_first", [True, False])
def test_an_answer_of_before_the_column_existed_is_taken_from_the_document(ledger, tmp_path, history_first):
    """OptInMarketResearch has been a column since 3 April 2019; earlier rows do not say what the document said."""
    said = {**customer(1, OptInMarketResearch=True), "_ts": 1_550_000_000}
    stored = row("customers", said, 1)
    del stored["OptInMarketResearch"]
    paths = [
        write(tmp_path / "dss-customers-history.ndjson", [stored]),
        write(tmp_path / "customers.ndjson", [said]),
    ]
    for path in paths if history_first else paths[::-1]:
        run(ledger, path)

    assert len(carriers(ledger, "customers", BOB)) == 1
    assert told(ledger, BOB)["consents"]["market_research"]["state"] is True


def test_an_answer_of_before_the_column_existed_that_a_row_does_repeat_stays_an_answer(ledger, tmp_path):
    """A late refusal in between must neither be extended over the row that said yes again, nor the yes be made up."""
    first, late, second = (
        {**customer(number, OptInMarketResearch=said), "_ts": 1_550_000_000 + number}
        for number, said in ((1, True), (2, False), (3, True))
    )
    run(ledger, write(tmp_path / "customers.ndjson", [first]))
    run(ledger, write(tmp_path / "dss-customers-history.ndjson", [row("customers", second, 1)]))
    again = run(ledger, write(tmp_path / "customers.ndjson", [second]))
    run(ledger, write(tmp_path / "customers.ndjson", [late]))

    assert again.recorded == 0
    said = told(ledger, BOB)["consents"]["market_research"]["history"]
    assert [one["value"] for one in said] == [True, False, True]


# Priority groups, which SQL keeps in a table of their own


def test_the_rows_of_priority_groups_are_given_to_the_version_of_their_second(ledger, tmp_path):
    versions = [customer(1, PriorityGroups=[1, 3]), customer(2, PriorityGroups=[]), customer(3, PriorityGroups=[5])]
    groups = [one for number, each in enumerate(versions) for one in group_rows(each, 10 * number)]
    result = run(
        ledger,
        write(tmp_path / GROUPS, groups),
        write(tmp_path / "dss-customers-history.ndjson", [row("customers", v, n) for n, v in enumerate(versions)]),
    )

    assert counts(result) == (3 + 3, 0, 0)
    said = carriers(ledger, "customers", BOB)
    assert ["PriorityGroups" in one["changed"] for one in said] == [True, False, True]
    assert "PriorityGroups" in said[1]["cleared"]
    assert final_records(ledger, UUID(BOB))["customers", BOB]["PriorityGroups"] == [5]


def test_priority_groups_may_come_in_a_later_import_and_come_again(ledger, tmp_path):
    versions = [customer(1, PriorityGroups=[1, 3]), customer(2, PriorityGroups=[])]
    groups = group_rows(versions[0], 1)
    run(
        ledger,
        write(tmp_path / "dss-customers-history.ndjson", [row("customers", v, n) for n, v in enumerate(versions)]),
    )
    first = run(ledger, write(tmp_path / GROUPS, groups[:1]))
    second = run(ledger, write(tmp_path / GROUPS, groups))
    third = run(ledger, write(tmp_path / GROUPS, [*groups, *group_rows(versions[0], 91)]))

    assert [counts(one) for one in (first, second, third)] == [(1, 0, 0), (1, 1, 0), (0, 4, 0)]
    assert "PriorityGroups" not in final_records(ledger, UUID(BOB))["customers", BOB]
    run(ledger, write(tmp_path / "customers.ndjson", versions))
    assert len(carriers(ledger, "customers", BOB)) == 2


def test_a_document_gives_its_row_the_priority_groups_that_no_row_told(ledger, tmp_path):
    said = customer(1, PriorityGroups=[1, 3])
    run(ledger, write(tmp_path / "dss-customers-history.ndjson", [row("customers", said, 1)]))
    result = run(ledger, write(tmp_path / "customers.ndjson", [said]))

    assert counts(result) == (0, 1, 0)
    assert final_records(ledger, UUID(BOB))["customers", BOB]["PriorityGroups"] == [1, 3]
    assert run(ledger, write(tmp_path / "customers.ndjson", [said])).events == 0


def test_priority_groups_of_nobody_are_rejected_until_the_customer_is_known(ledger, tmp_path):
    said = customer(1, PriorityGroups=[1, 3])
    groups = write(tmp_path / GROUPS, group_rows(said, 1))
    first, again = run(ledger, groups), run(ledger, groups)
    run(ledger, write(tmp_path / "dss-customers-history.ndjson", [row("customers", said, 1)]))
    second = run(ledger, groups)
    other = run(ledger, write(tmp_path / GROUPS, group_rows(customer(2), 5)))

    assert reasons(first) == [(1, "unknown_customer", "CustomerId"), (2, "unknown_customer", "CustomerId")]
    assert [counts(one) for one in (again, second)] == [(0, 2, 0), (2, 0, 0)]
    assert reasons(other)[0] == (1, "unknown_customer", "CosmosTimeStamp")
    assert len(list(rejects_of(ledger, other))) == 2


def test_a_priority_group_that_the_document_of_its_second_lacks_is_a_conflict(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1, PriorityGroups=[1])]))
    path = write(tmp_path / GROUPS, group_rows(customer(1, PriorityGroups=[1, 3]), 1))

    result = run(ledger, path)
    assert counts(result) == (0, 1, 1)
    assert reasons(result) == [(2, "etag_conflict", "PriorityGroup")]
    assert counts(run(ledger, path)) == (0, 2, 0)


# Shapes, rejects, destruction, processes


ODD: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("no number", {"HistoryId": None}, "missing_required_field", "HistoryId"),
    ("a number as text", {"HistoryId": "7"}, "missing_required_field", "HistoryId"),
    ("no time", {"CosmosTimeStamp": None}, "missing_required_field", "CosmosTimeStamp"),
    ("no such day", {"CosmosTimeStamp": "2020-02-30T00:00:00"}, "invalid_date", "CosmosTimeStamp"),
    ("parts of a second", {"CosmosTimeStamp": "2020-02-03T00:00:00.5"}, "invalid_date", "CosmosTimeStamp"),
    ("no id", {"id": None}, "missing_required_field", "id"),
    ("no such code", {"PreferredContactMethod": 77}, "unknown_enum_code", "PreferredContactMethod"),
    ("no customer", {"CustomerId": "x"}, "invalid_guid", "CustomerId"),
]


@pytest.mark.parametrize(("changes", "reason", "field"), [one[1:] for one in ODD], ids=[one[0] for one in ODD])
def test_an_odd_row_is_rejected_by_the_checks_of_the_documents(ledger, tmp_path, changes, reason, field):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    path = write(tmp_path / "dss-contacts-history.ndjson", [{**row("contacts", contact(2), 7), **changes}])

    assert reasons(run(ledger, path)) == [(1, reason, field)]
    assert counts(run(ledger, path)) == (0, 1, 0)


def test_rows_of_every_table_tell_themselves_where_no_name_does(ledger, tmp_path):
    lines = b"".join(Path(path).read_bytes() for path in (*HISTORY, FEED))
    (tmp_path / "everything.ndjson").write_bytes(lines)

    # What the rows of the priority groups say the documents of the same import say too.
    assert counts(run(ledger, str(tmp_path / "everything.ndjson"))) == (324, VERSIONS_IN_SQL + GROUP_ROWS, 0)
    for name, expected in EXPECTED["customers"].items():
        found = told(ledger, PEOPLE[name])
        assert found["accepted_versions"] == as_expected(expected)["accepted_versions"], name


def test_a_row_that_could_be_of_two_tables_is_of_no_known_collection(ledger, tmp_path):
    path = write(tmp_path / "rows.ndjson", [{
        "HistoryId": 1, "CosmosTimeStamp": "2020-02-03T00:00:00", "id": BOB, "CustomerId": BOB,
    }])  # fmt: skip

    assert reasons(run(ledger, path)) == [(1, "unknown_collection", None)]


def test_what_was_destroyed_does_not_come_back_as_a_row(ledger, tmp_path, record):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]), write(tmp_path / "contacts.ndjson", [contact(2)]))
    destroy(ledger, UUID(BOB), "identity")

    known = run(ledger, write(tmp_path / "dss-contacts-history.ndjson", [row("contacts", contact(2), 7)]))
    new = run(ledger, write(tmp_path / "dss-contacts-history.ndjson", [row("contacts", contact(3), 8)]))
    groups = run(ledger, write(tmp_path / GROUPS, group_rows(customer(1), 1) + group_rows(customer(9), 5)))

    assert counts(known) == (0, 1, 0)
    assert reasons(new) == [(1, "destroyed", None)]
    assert counts(groups) == (0, 2, 2)
    assert {one.reason for one in groups.rejects} == {"destroyed"}


def test_a_rejected_document_leaves_the_quarantine_when_its_row_was_recorded(ledger, tmp_path):
    contacts = write(tmp_path / "contacts.ndjson", [contact(2)])
    run(ledger, contacts)
    run(
        ledger,
        write(tmp_path / "dss-customers-history.ndjson", [row("customers", customer(1), 1)]),
        write(tmp_path / "dss-contacts-history.ndjson", [row("contacts", contact(2), 1)]),
    )

    assert counts(run(ledger, contacts)) == (0, 1, 0)
    assert counts(run(ledger, contacts)) == (0, 1, 0)
    assert len(carriers(ledger, "contacts", contact(2)["id"])) == 1


def test_several_processes_make_of_the_history_what_one_makes(another_ledger, monkeypatch):
    monkeypatch.setattr("api.dss.importer.LINES_WORTH_PROCESSES", 100)
    monkeypatch.setattr("api.dss.importer.LINES_IN_A_BULK", 5)
    with another_ledger() as ledger, another_ledger() as other:
        alone, together = run(ledger, *HISTORY, FEED, processes=1), run(other, *HISTORY, FEED, processes=2)

        assert together.as_json() == alone.as_json()
        for id_ in PEOPLE.values():
            assert {(e.id, e.type, e.facts) for e in other.history(UUID(id_))} == {
                (e.id, e.type, e.facts) for e in ledger.history(UUID(id_))
            }


# Whatever the order

Told = tuple[int, str, dict[str, Any]]  # which version, where it stands, what is said


@st.composite
def two_sources(draw: st.DrawFn) -> tuple[list[Told], list[Told], list[list[int]]]:
    """Versions of Bob's records; their lines in the feed, the history or both; how these are spread over imports."""
    numbers, tags = count(1), count(1)
    lines: list[Told] = []
    versions: list[Told] = []
    for version in range(draw(st.integers(2, 7))):
        collection = draw(st.sampled_from(["customers", "contacts", "diversitydetails"]))
        changes: dict[str, Any] = {"LastModifiedDate": f"2020-01-01T00:00:00.{version + 1:03d}Z"}
        if collection == "customers":
            changes |= {"DateOfTermination": None, "PriorityGroups": draw(st.sampled_from([[], [1], [1, 3]]))}
            changes["OptInMarketResearch"] = draw(st.booleans())
        else:
            changes["CustomerId"] = BOB
        second = draw(st.integers(0, 2))
        said = {**document(collection, next(tags), **changes), "_ts": 1_600_000_000 + second}
        versions.append((version, collection, said))
        ways = draw(st.sampled_from(["feed", "history", "both", "both", "redelivered"]))
        if ways != "history":
            lines.append((version, f"{collection}.ndjson", said))
        for _ in range({"feed": 0, "redelivered": 2}.get(ways, 1)):
            lines.append((version, f"dss-{collection}-history.ndjson", row(collection, said, next(numbers))))
            if collection == "customers":
                lines += [(version, GROUPS, one) for one in group_rows(said, next(numbers) * 100)]
    order = draw(st.permutations(range(len(lines))))
    cuts = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=2)))
    parts = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    return versions, lines, [list(part) for part in parts]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sources=two_sources())
def test_no_splitting_between_the_sources_records_a_version_twice_or_loses_one(another_ledger, tmp_path, sources):
    versions, lines, parts = sources
    base = {**document("customers", 1_000), "_ts": 1_590_000_000, "DateOfTermination": None}
    with another_ledger() as ledger:
        run(ledger, write(tmp_path / "customers-0.ndjson", [base]))
        waiting: list[int] = []
        for part in parts:
            waiting = [*waiting, *part]
            files: dict[str, list[dict[str, Any]]] = {}
            for index in waiting:  # what waited for its customer's version is brought again
                files.setdefault(lines[index][1], []).append(lines[index][2])
            result = run(ledger, *(write(tmp_path / name, said) for name, said in files.items()))
            assert {reject.reason for reject in result.rejects} <= {"unknown_customer", "etag_conflict"}
            assert {reject.file for reject in result.rejects} <= {GROUPS}
        assert counts(run(ledger, *(write(tmp_path / name, said) for name, said in files.items())))[::2] == (0, 0)
        history = facts_of(ledger.history(UUID(BOB)))
        records = final_records(ledger, UUID(BOB))

    recorded = {(f["collection"], f["record_id"], version_of(f)) for f in history if f.get("collection")}
    assert len(recorded) == 1 + len(versions)
    people = [said for _, collection, said in versions if collection == "customers"]
    last = max((said["_ts"] for said in people), default=None)
    newest = [said for said in people if said["_ts"] == last]
    if len(newest) == 1:  # two of one second share the rows of their groups
        assert sorted(records["customers", BOB].get("PriorityGroups") or []) == newest[0]["PriorityGroups"]


def test_the_command_takes_both_kinds_from_standard_input(tmp_path, database, key_file):
    lines = b"".join(Path(path).read_bytes() for path in (*HISTORY, FEED))
    asked = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "import", "dss", "-", "--json"],
        input=lines, capture_output=True, check=True,
        env={"LEDGER_HOME": str(tmp_path), "LEDGER_DATABASE_URL": database, "LEDGER_KEY_FILE": str(key_file)},
    )  # fmt: skip

    result = json.loads(asked.stdout)
    assert (result["recorded"], result["duplicates"], result["rejected"]) == (324, VERSIONS_IN_SQL + GROUP_ROWS, 0)
