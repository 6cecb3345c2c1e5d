from __future__ import annotations

import gzip
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.dss.importer import ImportStopped, import_documents, rejects_of
from api.dss.organisations import seed
from api.dss.outcome import ImportResult
from api.incoming import FileUnreadable, NotNdjson
from ledger.commands.reader import organisation_stream
from ledger.log.codec import Entry, canonical_entry
from ledger.log.merkle import leaf_hash
from ledger.recording import Ledger
from ledger.store.holdings import held
from ledger.store.quarantine import opened
from ledger.store.recorder import COLUMNS
from ledger.vault.keys import Identity
from projections import runner
from projections.customers import read as customers
from projections.shares import read as shares
from tests.conftest import CASE_WORKER, Databases
from tests.destroying import destroy
from tests.dss.documents import SAMPLES, sample
from tests.dss.expectations import EXPECTED, as_expected, facts_of, final_records, told

FEED = str(SAMPLES / "feed.ndjson")
SINGLE = sorted(str(path) for path in SAMPLES.glob("*.ndjson") if path.name != "feed.ndjson")
PEOPLE = {name: customer["id"] for name, customer in EXPECTED["customers"].items()}
BOB = PEOPLE["S01"]


@pytest.fixture
def another_ledger(databases: Databases, tmp_path: Path) -> Callable[[], AbstractContextManager[Ledger]]:
    """An empty ledger beside the test's own, as often as it is asked for."""

    @contextmanager
    def another() -> Iterator[Ledger]:
        with databases() as database, closing(Ledger.open(database, tmp_path / f"key-{uuid4()}")) as ledger:
            yield ledger

    return another


def run(ledger: Ledger, *paths: str, **how: Any) -> ImportResult:
    result = import_documents(ledger, paths, by=CASE_WORKER, **how)
    assert result.settled == result.read
    return result


def write(path: Path, documents: Iterable[dict[str, Any] | bytes]) -> str:
    lines = [each if isinstance(each, bytes) else orjson.dumps(each) for each in documents]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


def counts(result: ImportResult) -> tuple[int, int, int]:
    return result.recorded, result.duplicates, result.rejected


def reasons(result: ImportResult) -> list[tuple[int, str, str | None]]:
    return sorted((reject.line, reject.reason, reject.field) for reject in result.rejects)


def etag(number: int) -> str:
    return f'"{number:08x}-0000-0d00-0000-000000000000"'


def version(collection: str, number: int, **changes: Any) -> dict[str, Any]:
    """A later version of a sample: a minute after the one before, with a tag of its own."""
    return sample(collection, _ts=1_600_000_000 + 60 * number, _etag=etag(number), **changes)


def customer(number: int, **changes: Any) -> dict[str, Any]:
    return version("customers", number, **{"DateOfTermination": None, **changes})


def rows_of(database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


def types_of(ledger: Ledger, stream: str = BOB) -> list[str]:
    return [entry.type for entry in ledger.history(UUID(stream))]


@pytest.mark.parametrize("paths", [[FEED], SINGLE], ids=["feed", "collection files"])
def test_the_samples_give_what_is_expected_customer_by_customer_and_field_by_field(ledger, paths):
    result = run(ledger, *paths)

    assert counts(result) == (EXPECTED["totals"]["accepted_versions"], 0, 0)
    for name, expected in EXPECTED["customers"].items():
        assert (expected["duplicate_deliveries"], expected["rejected_rows"]) == (0, 0)
        assert told(ledger, PEOPLE[name]) == as_expected(expected), name


def test_the_samples_give_the_warnings_that_are_expected(ledger):
    result = run(ledger, *SINGLE).as_json()

    assert result["warnings"] == [
        {name: row[name] for name in ("file", "line", "warnings")} for row in EXPECTED["warnings"]
    ]
    assert len(result["warnings"]) == EXPECTED["totals"]["rows_with_warnings"]
    assert (result["rejects"], result["rejected"]) == (EXPECTED["rejected"], EXPECTED["totals"]["rejected"])


def test_documents_about_nobody_have_a_stream_each_and_their_own_classes(ledger, database):
    run(ledger, FEED)

    rows = rows_of(
        database,
        "SELECT class, count(*), count(DISTINCT stream) FROM ledger.event"
        " WHERE class IN ('staff', 'organisation') GROUP BY class",
    )
    documents = {
        name: [json.loads(line)["id"] for line in (SAMPLES / f"{name}.ndjson").read_text("utf-8").splitlines()]
        for name in ("adviserdetails", "collections")
    }
    assert {class_: tuple(numbers) for class_, *numbers in rows} == {
        "staff": (len(documents["adviserdetails"]), len(set(documents["adviserdetails"]))),
        "organisation": (len(documents["collections"]), len(set(documents["collections"]))),
    }
    assert sum(map(len, documents.values())) == EXPECTED["totals"]["accepted_without_customer"]


def test_importing_twice_records_nothing_new(ledger):
    run(ledger, FEED)
    head = ledger.recorder.max_notification_id()

    again = run(ledger, *SINGLE)

    assert counts(again) == (0, 324, 0)
    assert ledger.recorder.max_notification_id() == head


def test_positions_are_dense_and_every_stream_is_a_chain(ledger, database):
    run(ledger, FEED)

    ((count, highest),) = rows_of(database, "SELECT count(*), max(position) FROM ledger.event")
    assert count == highest
    broken = rows_of(
        database,
        "SELECT count(*) FROM ledger.event AS e"
        " LEFT JOIN ledger.event AS p ON p.stream = e.stream AND p.version = e.version - 1"
        " WHERE e.previous IS DISTINCT FROM p.leaf",
    )
    assert broken == [(0,)]


def test_a_gzip_file_and_two_halves_make_the_same_of_a_customer(ledger, tmp_path):
    lines = Path(FEED).read_bytes().splitlines(keepends=True)
    (tmp_path / "feed-1.ndjson.gz").write_bytes(gzip.compress(b"".join(lines[200:])))
    (tmp_path / "feed-2.ndjson").write_bytes(b"".join(lines[:200]))

    run(ledger, str(tmp_path / "feed-1.ndjson.gz"), str(tmp_path / "feed-2.ndjson"))

    assert all(told(ledger, each["id"]) == as_expected(each) for each in EXPECTED["customers"].values())


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed_=st.integers(0, 2**32), parts=st.integers(1, 4))
def test_the_order_of_lines_and_files_and_runs_does_not_matter(another_ledger, tmp_path, seed_, parts):
    """Split over several imports a version may come after its successor; the final state is the same."""
    lines = Path(FEED).read_bytes().splitlines()
    customers = [line for line in lines if b'"IsCustomer": true' in line]
    rest = [line for line in lines if b'"IsCustomer": true' not in line]
    chance = random.Random(seed_)
    chance.shuffle(rest)
    chance.shuffle(customers)
    first = {json.loads(line)["Document"]["id"]: line for line in customers}
    later = [*rest, *(line for line in customers if line not in first.values())]
    chance.shuffle(later)
    with another_ledger() as ledger:
        run(ledger, write(tmp_path / "feed-0.ndjson", first.values()))
        for part in range(parts):
            run(ledger, write(tmp_path / f"feed-{part}.ndjson", later[part::parts]))
        found = {name: told(ledger, id_) for name, id_ in PEOPLE.items()}

    for name, customer in EXPECTED["customers"].items():
        expected = as_expected(customer)
        for one in (expected, found[name]):  # a session without its interaction is odd on the day it is imported
            del one["warnings"]
        assert found[name] == expected


def test_the_whole_feed_backwards_makes_the_same_events(ledger, another_ledger, tmp_path):
    run(ledger, FEED)
    lines = Path(FEED).read_bytes().splitlines()
    with another_ledger() as other:
        run(other, write(tmp_path / "feed.ndjson", reversed(lines)))

        for id_ in PEOPLE.values():
            ours, theirs = ledger.history(UUID(id_)), other.history(UUID(id_))
            # Only what was written in the same second may stand in another order.
            assert {(e.id, e.type, e.facts) for e in ours} == {(e.id, e.type, e.facts) for e in theirs}
            assert [e.occurred_at for e in ours if e.commitment] == [e.occurred_at for e in theirs if e.commitment]


def test_a_session_may_stand_before_its_customer(ledger, tmp_path):
    run(ledger, write(tmp_path / "feed.ndjson", [
        {"Document": version("sessions", 5, CustomerId=BOB, SessionAttended=None), "IsSession": True},
        {"Document": customer(2), "IsCustomer": True},
    ]))  # fmt: skip

    assert types_of(ledger)[0] == "customer-registered"
    assert types_of(ledger)[-1] == "record-kept"


REJECTED: list[tuple[str, dict[str, Any] | bytes, str, str | None]] = [
    ("malformed", b"{", "malformed_json", None),
    ("no id", version("customers", 2, id=None), "missing_required_field", "id"),
    ("no time", sample("customers", _ts=None), "missing_required_field", "_ts"),
    ("no tag", sample("customers", _etag=None), "missing_required_field", "_etag"),
    ("no name", customer(3, GivenName="  "), "missing_required_field", "GivenName"),
    ("no guid", customer(4, id="x"), "invalid_guid", "id"),
    ("no touchpoint", customer(5, LastModifiedTouchpointId="103"), "invalid_touchpoint_id", "LastModifiedTouchpointId"),
    ("no boolean", customer(6, OptInUserResearch="true"), "invalid_boolean", "OptInUserResearch"),
    ("no date", customer(7, DateOfRegistration="2020-02-30"), "invalid_date", "DateOfRegistration"),
    ("no code", customer(8, Title=77), "unknown_enum_code", "Title"),
    ("conflict", customer(1, GivenName="Somebody"), "etag_conflict", "_etag"),
]


def test_every_reason_to_reject_is_told_with_its_line_and_the_counts_add_up(ledger, tmp_path):
    path = write(tmp_path / "customers.ndjson", [customer(1), *(line for _, line, _, _ in REJECTED)])

    result = run(ledger, path)

    assert counts(result) == (1, 0, len(REJECTED))
    assert reasons(result) == [(number, reason, field) for number, (_, _, reason, field) in enumerate(REJECTED, 2)]
    assert [tuple(reject) for reject in rejects_of(ledger, result)] == [
        ("customers.ndjson", number, reason, field) for number, (_, _, reason, field) in enumerate(REJECTED, 2)
    ]


def test_a_line_of_no_known_collection_and_one_of_no_known_customer_are_rejected(ledger, tmp_path):
    feed = write(tmp_path / "feed.ndjson", [
        {"Document": sample("customers"), "IsCustomer": True, "IsAction": True},
        {"Document": sample("contacts"), "IsContact": True},
    ])  # fmt: skip

    assert reasons(run(ledger, feed)) == [(1, "unknown_collection", None), (2, "unknown_customer", "CustomerId")]


def test_rejected_lines_come_again_as_duplicates(ledger, tmp_path):
    path = write(tmp_path / "customers.ndjson", [customer(1), *(line for _, line, _, _ in REJECTED)])
    run(ledger, path)

    assert counts(run(ledger, path)) == (0, 1 + len(REJECTED), 0)


def test_within_a_file_the_same_version_is_a_duplicate_also_when_the_first_was_rejected(ledger, tmp_path):
    bad = customer(2, Title=77)

    lines = [customer(1), bad, customer(1), bad, {**bad, "Title": 1}]
    result = run(ledger, write(tmp_path / "customers.ndjson", lines))

    assert counts(result) == (1, 2, 2)
    assert reasons(result) == [(2, "unknown_enum_code", "Title"), (5, "etag_conflict", "_etag")]


def test_a_rejected_line_leaves_the_quarantine_once_its_customer_is_known(ledger, tmp_path, database):
    contacts = write(tmp_path / "contacts.ndjson", [version("contacts", 2, CustomerId=BOB)])
    first, second = run(ledger, contacts), run(ledger, contacts)
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    third, fourth = run(ledger, contacts), run(ledger, contacts)

    assert [counts(each) for each in (first, second, third, fourth)] == [(0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 1, 0)]
    assert rows_of(database, "SELECT count(*) FROM ledger.quarantine") == [(0,)]


def test_a_rejected_line_is_kept_encrypted_and_opens_as_it_was(ledger, tmp_path, database):
    path = write(tmp_path / "customers.ndjson", [customer(3, Title=77, GivenName="Unmistakable")])
    run(ledger, path)

    ((id_, blob),) = rows_of(database, "SELECT id, blob FROM ledger.quarantine")
    assert b"Unmistakable" not in blob
    assert opened(ledger.recorder, ledger.vault, id_) == Path(path).read_bytes().strip()


def test_the_same_tag_with_other_content_in_a_later_import_is_a_conflict(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))

    result = run(ledger, write(tmp_path / "customers-2.ndjson", [customer(1, FamilyName="Other")]))

    assert reasons(result) == [(1, "etag_conflict", "_etag")]


@pytest.mark.parametrize("together", [True, False])
def test_the_same_tag_under_two_customers_is_a_conflict(ledger, tmp_path, together):
    asha = PEOPLE["S02"]
    people = [customer(1), customer(2, id=asha)]
    contacts = [version("contacts", 3, CustomerId=each) for each in (BOB, asha)]
    paths = [write(tmp_path / "customers.ndjson", people)]
    if together:
        result = run(ledger, *paths, write(tmp_path / "contacts.ndjson", contacts))
        assert counts(result) == (3, 0, 1)
    else:
        run(ledger, *paths, write(tmp_path / "contacts.ndjson", contacts[:1]))
        result = run(ledger, write(tmp_path / "contacts-2.ndjson", contacts[1:]))
        assert counts(result) == (0, 0, 1)
    assert [reject.reason for reject in result.rejects] == ["etag_conflict"]


def test_a_rejected_version_that_would_have_changed_a_consent_is_said_loudly(ledger, tmp_path):
    result = run(ledger, write(tmp_path / "customers.ndjson", [
        customer(1, OptInMarketResearch=True, OptInUserResearch=False),
        customer(2, OptInMarketResearch=False, OptInUserResearch=False, Title=77),
        customer(3, OptInMarketResearch="no", OptInUserResearch=False),
    ]))  # fmt: skip

    assert [tuple(one) for one in sorted(result.warned)] == [
        ("customers.ndjson", 2, ("consent_change_rejected:OptInMarketResearch",)),
        ("customers.ndjson", 3, ("consent_change_rejected:OptInMarketResearch",)),
    ]
    assert final_records(ledger, UUID(BOB))["customers", BOB]["OptInMarketResearch"] is True


def test_nothing_comes_back_into_a_class_that_was_destroyed(ledger, tmp_path, record):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    contacts = write(tmp_path / "contacts.ndjson", [version("contacts", 2, CustomerId=BOB)])
    run(ledger, contacts)
    destroy(ledger, UUID(BOB), "identity")

    again = run(ledger, contacts)
    more = run(ledger, write(tmp_path / "contacts-2.ndjson", [version("contacts", 3, CustomerId=BOB)]))
    goals = run(ledger, write(tmp_path / "goals.ndjson", [version("goals", 3, CustomerId=BOB)]))

    assert counts(again) == (0, 1, 0)
    assert reasons(more) == [(1, "destroyed", None)]
    assert counts(goals) == (1, 0, 0)


def test_a_customer_who_is_registered_already_is_not_registered_again(ledger, record, tmp_path):
    record("register-customer", UUID(BOB), organisation="0000000101", values={"family_name": "Customer"})

    said = customer(1, OptInUserResearch=False, OptInMarketResearch=True)
    run(ledger, write(tmp_path / "customers.ndjson", [said]))

    assert types_of(ledger) == ["customer-registered", "record-kept", "consent-refused", "consent-given"]


def test_a_late_version_changes_history_and_not_what_holds_now(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [
        customer(1, OptInMarketResearch=True, FamilyName="First"),
        customer(3, OptInMarketResearch=True, FamilyName="First"),
    ]))  # fmt: skip
    run(ledger, write(tmp_path / "customers-2.ndjson", [customer(2, OptInMarketResearch=False, FamilyName="Second")]))

    said = sorted(
        (entry.occurred_at, entry.type) for entry in ledger.history(UUID(BOB))
        if b"market_research" in entry.facts and entry.type.startswith("consent")
    )  # fmt: skip
    assert [type_ for _, type_ in said] == ["consent-given", "consent-withdrawn", "consent-given"]
    assert types_of(ledger)[-1] == "consent-given"
    assert final_records(ledger, UUID(BOB))["customers", BOB]["FamilyName"] == "First"


def test_a_late_termination_does_not_undo_the_return(ledger, tmp_path):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1), customer(3)]))
    late = customer(2, DateOfTermination="2020-09-13T12:00:00Z", ReasonForTermination=1)
    run(ledger, write(tmp_path / "customers-2.ndjson", [late]))

    assert [type_ for type_ in types_of(ledger) if type_.startswith("service")] == ["service-ended", "service-resumed"]


def test_a_former_name_still_finds_the_customer(ledger, tmp_path):
    versions = [customer(1, FamilyName="Maiden"), customer(2, FamilyName="Married")]
    run(ledger, write(tmp_path / "customers.ndjson", versions))

    for name in ("maiden", "MARRIED"):
        clue = Identity(family_name=name, date_of_birth="2005-07-26")
        assert ledger.find(ledger.vault.tokens(clue)) == [UUID(BOB)]


def test_planted_words_and_special_category_codes_appear_in_no_fact(ledger, tmp_path, database):
    planted = "Zzyzx-Quillfeather"
    texts = {
        "customers": ("GivenName", "FamilyName", "IntroducedByAdditionalInfo", "UniqueLearnerNumber"),
        "contacts": ("EmailAddress", "MobileNumber", "HomeNumber"),
        "addresses": ("Address1", "PostCode"),
        "actions": ("ActionSummary", "SignpostedTo"),
        "transfers": ("Context",),
        "webchats": ("WebChatNarrative",),
        "adviserdetails": ("AdviserName", "AdviserEmailAddress"),
        "employmentprogressions": ("EmployerName",),
    }
    paths = []
    for number, (collection, names) in enumerate(texts.items(), 1):
        owner = {} if collection in {"customers", "adviserdetails"} else {"CustomerId": BOB}
        changes = dict.fromkeys(names, planted)
        terminated = {"DateOfTermination": "2024-01-01T00:00:00Z"} if collection == "customers" else {}
        paths.append(
            write(tmp_path / f"{collection}.ndjson", [version(collection, number, **owner, **changes, **terminated)])
        )
    stated = {"ConsentToCollectLLDDHealth": True, "PrimaryLearningDifficultyOrDisability": 15}
    health = version("diversitydetails", 20, CustomerId=BOB, **stated)
    paths.append(write(tmp_path / "diversitydetails.ndjson", [health]))

    result = run(ledger, *paths)

    assert result.rejected == 0
    rows = rows_of(
        database, "SELECT e::text, s.blob FROM ledger.event AS e LEFT JOIN ledger.sealed AS s USING (position)"
    )
    assert rows
    assert not any(planted in row or planted.encode() in (blob or b"") for row, blob in rows)
    assert not any("2005-07-26" in row for row, _ in rows)
    odd = {warning for facts in facts_of(ledger.history(UUID(BOB))) for warning in facts.get("warnings", ())}
    assert "retired_code:PrimaryLearningDifficultyOrDisability" in odd


def test_a_file_that_cannot_be_read_stops_everything_before_anything_is_recorded(ledger, tmp_path):
    (tmp_path / "customers.ndjson").write_bytes("[{}]".encode("utf-16"))
    with pytest.raises(NotNdjson):
        run(ledger, FEED, str(tmp_path / "customers.ndjson"))
    with pytest.raises(FileUnreadable):
        run(ledger, FEED, str(tmp_path / "nothing.ndjson"))

    assert ledger.recorder.max_notification_id() is None


def test_an_import_that_loses_its_connection_says_how_far_it_came_and_the_next_completes_it(
    ledger, database, monkeypatch
):
    monkeypatch.setattr("api.dss.importer.LINES_IN_A_BULK", 30)
    seed(ledger)
    cut: list[int] = []

    def cut_the_writer_off() -> None:
        """Hold the head, so that the writer is in the middle of its transaction when its session is ended."""
        with psycopg.connect(database) as holding, psycopg.connect(database, autocommit=True) as other:
            holding.execute("SELECT FROM ledger.head FOR UPDATE")
            head_is_held.set()
            ended = None
            while ended is None:
                ended = other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ).fetchone()

    head_is_held = threading.Event()
    cutting = threading.Thread(target=cut_the_writer_off)

    def cut_once(done: int, total: int | None, phase: str) -> None:
        if phase == "recording" and not cut:
            cut.append(done)
            cutting.start()
            head_is_held.wait()

    with pytest.raises(ImportStopped, match="completes it") as stopped:
        import_documents(ledger, [FEED], by=CASE_WORKER, progress=cut_once)
    cutting.join()
    first = stopped.value.result
    again = run(ledger, FEED)

    assert cut
    assert 0 < first.recorded < 324
    assert again.recorded + again.duplicates == 324
    assert again.duplicates >= first.recorded
    for name, customer in EXPECTED["customers"].items():
        assert told(ledger, PEOPLE[name]) == as_expected(customer)


def test_a_stream_that_moves_meanwhile_is_decided_again(ledger, record, tmp_path, monkeypatch):
    run(ledger, write(tmp_path / "customers.ndjson", [customer(1)]))
    moved: list[Any] = []

    def held_and_moved(*arguments):
        found = held(*arguments)
        if not moved:
            moved.append(record("inform-customer", UUID(BOB), method="told on the telephone"))
        return found

    monkeypatch.setattr("api.dss.builder.held", held_and_moved)
    result = run(ledger, write(tmp_path / "contacts.ndjson", [version("contacts", 2, CustomerId=BOB)]))

    assert moved
    assert counts(result) == (1, 0, 0)
    assert types_of(ledger)[-2:] == ["customer-informed", "record-kept"]


def test_progress_ends_with_everything_read_and_everything_recorded(ledger):
    seen: list[tuple[int, int | None, str]] = []
    run(ledger, FEED, progress=lambda *told_: seen.append(told_))

    reading = [(done, total) for done, total, phase in seen if phase == "reading"]
    recording = [(done, total) for done, total, phase in seen if phase == "recording"]
    size = Path(FEED).stat().st_size
    assert reading[-1] == (size, size)
    assert recording[-1][0] == recording[-1][1]


def test_organisations_are_registered_once(ledger):
    assert seed(ledger) > 20
    assert seed(ledger) == 0
    for code in ("0000000103", "jobcentre-plus", "department-for-education", "department-for-work-and-pensions"):
        assert [entry.type for entry in ledger.history(organisation_stream(code))] == ["organisation-registered"]


def test_the_lists_of_a_result_do_not_grow_with_the_file(ledger, tmp_path):
    result = run(ledger, write(tmp_path / "customers.ndjson", (customer(n, Title=77) for n in range(1, 1204))))

    listed = result.as_json()
    assert (len(result.rejects), result.rejected) == (1000, 1203)
    assert listed["reject_counts"] == {"unknown_enum_code": 1203}
    assert len(list(rejects_of(ledger, result))) == 1203


def test_what_was_stored_is_what_the_leaf_was_made_of(ledger, database):
    run(ledger, FEED)

    rows = rows_of(database, f"SELECT {COLUMNS}, NULL::bytea, position FROM ledger.event")
    entries = [Entry(*row) for row in rows]
    assert Counter(leaf_hash(canonical_entry(entry)) == entry.leaf for entry in entries) == {True: len(entries)}


def test_signposting_to_jobcentre_plus_without_data_shares_nothing(ledger: Ledger, database: str):
    """Code 15 names Jobcentre Plus to the customer; only code 14 sends them anything (S08 has one of each)."""
    run(ledger, FEED)
    with runner.connect(database) as views:
        runner.catch_up(views)
        found = shares.for_customer(views, PEOPLE["S08"])
        referred = customers.referrals(views, PEOPLE["S08"])

    assert [(share.kind, share.sent_to) for share in found if share.kind != "receipt"] == [("share", "jobcentre-plus")]
    assert [referral.to for referral in referred] == ["jobcentre-plus"]
