"""The invented world: the same seed is the same bytes, nobody in it can be anybody, and every way of sharing occurs."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.dss.checks import Problem, check
from api.dss.reader import Source, read_line
from api.world import TODAY, DirectoryNotEmpty, WorldWritten, write_world
from api.world.organisations import WITHOUT_PERIODS
from ledger.codes.dictionary import COLLECTIONS
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import read_command
from ledger.errors import Malformed

CUSTOMERS = 150
# Of a world of 60 customers with seed 3; another value means that somebody else's world changed as well.
KNOWN_BYTES = "54e16d83ea423384637111731f37b40350c3b68d9469aa006924bc79704127b8"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WorldWritten:
    return write_world(tmp_path_factory.mktemp("world") / "made", customers=CUSTOMERS, seed=11)


@pytest.fixture(scope="module")
def commands(written: WorldWritten) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (written.directory / "commands.ndjson").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def documents(written: WorldWritten) -> list[tuple[str, dict[str, Any]]]:
    flags = {each.flag: each.name for each in COLLECTIONS.values() if each.flag}
    said = []
    for line in (written.directory / "feed.ndjson").read_bytes().splitlines():
        envelope = orjson.loads(line)
        (flag,) = [name for name, value in envelope.items() if value is True]
        said.append((flags[flag], envelope["Document"]))
    return said


def shares(commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [command for command in commands if command["type"] == "share-data"]


def people_in(command: dict[str, Any]) -> list[dict[str, Any]]:
    return command.get("customers") or [command]


def digest(directory: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(directory.iterdir()))).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_another_process_with_another_hash_seed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from api.world import write_world;"
        " write_world(Path(sys.argv[1]), customers=60, seed=3)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "there")]
    environment = {"PYTHONHASHSEED": "77", "PYTHONPATH": str(Path(__file__).parents[2]), "TZ": "Asia/Tokyo"}
    subprocess.run(command, check=True, env=environment, cwd=tmp_path)
    write_world(tmp_path / "here", customers=60, seed=3)
    assert digest(tmp_path / "here") == digest(tmp_path / "there") == KNOWN_BYTES


def test_another_seed_is_another_world(tmp_path: Path) -> None:
    write_world(tmp_path / "one", customers=10, seed=1)
    write_world(tmp_path / "two", customers=10, seed=2)
    assert digest(tmp_path / "one") != digest(tmp_path / "two")


def test_every_document_passes_the_import_contract(written: WorldWritten) -> None:
    read = 0
    with Source(str(written.directory / "feed.ndjson")) as source:
        for number, raw in source:
            line = read_line(raw, file="feed.ndjson", number=number, collection=source.collection)
            assert not isinstance(line, Problem), (number, line)
            checked = check(line.collection, line.document)
            assert not isinstance(checked, Problem), (number, line.collection.name, checked)
            read += 1
    assert read == written.documents


def test_every_document_is_about_a_customer_of_this_world_and_every_parent_exists(
    documents: list[tuple[str, dict[str, Any]]],
) -> None:
    known = {(collection, document["id"]) for collection, document in documents}
    for collection, document in documents:
        for field in COLLECTIONS[collection].fields:
            if field.references and document.get(field.name):
                assert (field.references, document[field.name]) in known, (collection, field.name)


def test_every_collection_that_the_change_feed_carries_occurs_in_several_versions(
    documents: list[tuple[str, dict[str, Any]]],
) -> None:
    versions = Counter((collection, document["id"]) for collection, document in documents)
    assert {collection for collection, _ in versions} == {each.name for each in COLLECTIONS.values() if each.flag}
    several = {collection for (collection, _), count in versions.items() if count > 1}
    assert several >= {"customers", "contacts", "addresses", "sessions", "actionplans", "transfers", "diversitydetails"}
    etags = [document["_etag"] for _, document in documents]
    assert len(set(etags)) == len(etags)


def test_consents_change_services_end_and_sessions_are_missed_in_the_documents(
    documents: list[tuple[str, dict[str, Any]]],
) -> None:
    said: dict[str, list[bool | None]] = {}
    for collection, document in documents:
        if collection == "customers":
            said.setdefault(document["id"], []).append(document["OptInMarketResearch"])
    assert any(True in states and states[-1] is False for states in said.values())
    assert any(states[-1] is None for states in said.values())
    seen = {(name, document.get(name)) for _, document in documents for name in document if name in CODES_OF_INTEREST}
    assert {("ReasonForTermination", 1), ("SessionAttended", False), ("SessionAttended", True)} <= seen
    assert {("IntroducedBy", 27), ("IntroducedBy", 28)} <= seen
    assert {("SignpostedToCategory", 14), ("SignpostedToCategory", 15)} <= seen


CODES_OF_INTEREST = {"ReasonForTermination", "SessionAttended", "IntroducedBy", "SignpostedToCategory"}


def test_every_command_can_be_read_and_none_repeats_a_number(commands: list[dict[str, Any]]) -> None:
    for command in commands:
        read_command(command)
    assert len({command["id"] for command in commands}) == len(commands)


def test_every_kind_of_command_occurs_but_those_that_only_the_program_itself_gives(
    commands: list[dict[str, Any]],
) -> None:
    by_the_program = {"destroy-records", "read-personal-data"}
    from_documents = {"keep-record"}
    about_findings = {"assess-finding", "remediate-finding", "close-finding"}  # there are none until it is recorded
    of_the_controller = {"assign-customer", "end-serving"}
    of_claims = {"confirm-claim", "dispute-claim"}  # in this world everybody reports what they did themselves
    of_care = {"flag-at-risk", "lift-at-risk"}  # nobody is looked for by somebody else,
    of_grants = {"request-grant", "approve-grant", "refuse-grant", "end-grant"}  # or reads beyond their own people
    made = set(COMMANDS) - by_the_program - from_documents - about_findings
    made -= of_the_controller | of_claims | of_care | of_grants
    assert {command["type"] for command in commands} == made


@settings(max_examples=25, deadline=None)
@given(customers=st.integers(1, 60), seed=st.integers(0, 10_000), day=st.dates(date(2026, 1, 1), date(2032, 12, 31)))
def test_a_world_of_any_size_seed_and_day_can_be_read_and_lies_before_that_day(
    customers: int, seed: int, day: date
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = write_world(Path(directory) / "world", customers=customers, seed=seed, today=day)
        made = [orjson.loads(line) for line in (world.directory / "commands.ndjson").read_bytes().splitlines()]
    assert len({command["id"] for command in made}) == len(made) == world.commands
    for command in made:
        read_command(command)
        assert command["occurred_at"] < day.isoformat()


def test_commands_of_one_customer_are_in_order_of_time_and_before_today(commands: list[dict[str, Any]]) -> None:
    latest: dict[str, str] = {}
    for command in commands:
        assert command["occurred_at"] < TODAY.isoformat()
        for person in people_in(command):
            number = str(person.get("customer_id") or command.get("request_id") or command["organisation"])
            assert latest.get(number, "") <= command["occurred_at"]
            latest[number] = command["occurred_at"]


def test_data_is_shared_over_every_channel_of_the_guidance_and_received_over_most(
    commands: list[dict[str, Any]],
) -> None:
    channels = {"email", "telephone", "hand", "post", "courier", "system"}
    assert channels <= {share["channel"] for share in shares(commands)}
    received = {command["channel"] for command in commands if command["type"] == "receive-data"}
    assert channels <= received


def test_ten_plans_travel_in_one_email_and_fifteen_people_arrive_in_another(commands: list[dict[str, Any]]) -> None:
    assert 10 in {len(people_in(share)) for share in shares(commands) if share["channel"] == "email"}
    assert 15 in {len(people_in(command)) for command in commands if command["type"] == "receive-data"}


BAD_SHARES = {
    "eleven plans in one unencrypted email": lambda share: (
        share["channel"] == "email" and not share["encrypted"] and len(people_in(share)) == 11
    ),
    "a domain that only looks like DWP's": lambda share: (
        share.get("recipient_addresses") == ["coach@dwp.gov.uk.example.org"]
    ),
    "a copy to somebody outside": lambda share: len(share.get("recipient_addresses", ())) > 1,
    "a personal mailbox as the sender": lambda share: share.get("sender_address", "").endswith("@freemail.example"),
    "a live link": lambda share: share.get("attachment_kind") == "live_link",
    "a birth date in a file name": lambda share: re.search(
        r"\d\d-\d\d-\d{4}", "".join(people_in(share)[0].get("file_names", ()))
    ),
    "a national insurance number in a file name": lambda share: "QQ123456C" in "".join(share.get("file_names", ())),
    "a birth date in the subject": lambda share: "born" in share.get("subject", ""),
    "two people's data outside a plan in one unencrypted email": lambda share: (
        share["container"] == "OTHER" and share["channel"] == "email" and len(people_in(share)) == 2
    ),
    "second class post": lambda share: share.get("postal_product") == "RM_SECOND_CLASS",
    "more than ten plans in one parcel": lambda share: share["channel"] == "post" and len(people_in(share)) > 10,
    "a USB stick": lambda share: "usb_stick" in share.get("media", ()),
    "handed to somebody without the role": lambda share: share.get("recipient_role") == "SECURITY_GUARD",
    "a telephone call whose place is not stated": lambda share: (
        share["channel"] == "telephone" and "private_place" not in share
    ),
    "ethnicity among the items": lambda share: "ethnicity" in share["items"],
    "a channel the guidance does not name": lambda share: share["channel"] == "sms",
    "a purpose the agreement does not name": lambda share: share["purpose"] == "BENEFIT_COMPLIANCE",
}


@pytest.mark.parametrize("name", BAD_SHARES)
def test_this_way_of_breaking_the_guidance_occurs(name: str, commands: list[dict[str, Any]]) -> None:
    assert any(BAD_SHARES[name](share) for share in shares(commands))


def test_services_end_in_each_of_nine_years(commands: list[dict[str, Any]]) -> None:
    years = Counter(command["occurred_at"][:4] for command in commands if command["type"] == "end-service")
    assert {str(year) for year in range(TODAY.year - 7, TODAY.year + 1)} <= set(years)


def test_most_organisations_have_set_their_periods_and_some_have_not(commands: list[dict[str, Any]]) -> None:
    periods = {command["organisation"] for command in commands if command["type"] == "set-retention-period"}
    assert len(periods) == 16
    assert not periods & WITHOUT_PERIODS


def test_consent_by_page_visit_occurs_so_that_something_is_refused(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", customers=200, seed=1)
    lines = (world.directory / "commands.ndjson").read_bytes().splitlines()
    assert any(orjson.loads(line).get("mechanism") == "page_visit" for line in lines)


def test_every_address_number_and_postcode_is_one_that_nobody_has(written: WorldWritten) -> None:
    text = "".join(file.read_text("utf-8") for file in written.directory.iterdir())
    emails = set(re.findall(r"([\w.'+-]+)@([\w.-]+)", text))
    assert len(emails) > CUSTOMERS
    for name, domain in emails:
        if domain == "dwp.gov.uk":
            assert name.startswith("invented.coach.")
        else:
            assert re.search(r"(^|\.)example(\.com|\.org|\.net)?$", domain), domain
    numbers = set(re.findall(r"\b0[1-9]\d{2,4} \d{3} ?\d{3,4}\b", text))
    assert len(numbers) > CUSTOMERS
    assert all(re.fullmatch(r"07700 900\d{3}|01632 960\d{3}", number) for number in numbers)
    said = set(re.findall(r'"(?:[A-Za-z]*Post[cC]ode|postcode)":"([^"]+)"', text))
    assert len(said) > CUSTOMERS / 2
    assert all(one.startswith("ZZ9") for one in said)


def test_another_day_moves_the_world_with_it(tmp_path: Path) -> None:
    world = write_world(tmp_path / "world", customers=30, seed=4, today=date(2030, 3, 1))
    lines = (world.directory / "commands.ndjson").read_bytes().splitlines()
    times = [datetime.fromisoformat(orjson.loads(line)["occurred_at"]) for line in lines]
    assert max(times).date() < date(2030, 3, 1)
    assert max(times).date() > date(2026, 11, 22)


def test_a_directory_with_files_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DirectoryNotEmpty):
        write_world(tmp_path, customers=1, seed=1)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("customers", [0, -1, 10_000_001])
def test_a_world_of_nobody_or_of_too_many_is_refused(customers: int, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        write_world(tmp_path / "world", customers=customers, seed=1)
    assert not (tmp_path / "world").exists()


def test_progress_is_told_caseload_by_caseload_and_a_world_of_one_person_is_complete(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_world(tmp_path / "world", customers=50, seed=1, progress=lambda done, of: steps.append((done, of)))
    assert steps == [(24, 50), (48, 50), (50, 50)]
    alone = write_world(tmp_path / "alone", customers=1, seed=1)
    assert alone.documents > 5
    assert alone.commands > 0
