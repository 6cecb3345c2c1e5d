from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dss.checks import JSON, Problem
from api.dss.reader import (
    LONGEST_LINE_BYTES,
    Line,
    Source,
    UnknownCollection,
    collection_of,
    document_digest,
    read_line,
)
from api.incoming import FileUnreadable, NotNdjson
from ledger.codes.dictionary import COLLECTIONS
from tests.dss.documents import SAMPLES, Change, sample

ROOT = Path(__file__).parents[2]
CUSTOMER = "864c9eab-5b1c-4675-a5e2-c5b9c92c7740"


def read(raw: bytes | str, *, collection: str | None = "customers") -> Line | Problem:
    known = None if collection is None else COLLECTIONS[collection]
    return read_line(raw if isinstance(raw, bytes) else raw.encode(), file="f", number=7, collection=known)


def read_sample(collection: str = "customers", **changes: Change) -> Line | Problem:
    return read(json.dumps(sample(collection, **changes)), collection=collection)


def problem(found: Line | Problem) -> tuple[str, str | None]:
    assert isinstance(found, Problem), found
    return found.reason, found.field


def lines_of(path: Path) -> list[tuple[int, bytes]]:
    with Source(str(path)) as source:
        return list(source)


def test_a_document_is_identified():
    line = read_sample(id=CUSTOMER.upper())

    assert isinstance(line, Line)
    assert (line.file, line.number, line.collection.name) == ("f", 7, "customers")
    assert (line.id, line.customer) == (CUSTOMER, CUSTOMER)
    assert (line.ts, line.tag) == (1532707860, '"b6dd6079-0000-0d00-0000-5b5b44140000"')


def test_a_record_belongs_to_the_customer_it_names():
    line = read_sample("actions", CustomerId=CUSTOMER.upper())

    assert isinstance(line, Line)
    assert line.customer == CUSTOMER


def test_an_adviser_belongs_to_no_customer():
    line = read_sample("adviserdetails")

    assert isinstance(line, Line)
    assert line.customer is None


def test_a_pushed_notice_belongs_to_the_customer_it_told_of():
    line = read_sample("notifications")

    assert isinstance(line, Line)
    assert line.customer == CUSTOMER


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"id": 1,}',
        b"[1, 2]",
        b'"text"',
        b"7",
        b"null",
        b'{"id": NaN}',
        b'{"id": Infinity}',
        b'{"id": "\xff"}',
        b"{} {}",
        b"id,name",
        b"[" * 100_000,
        b'{"Document": null, "IsCustomer": true}',
        b'{"Document": [], "IsCustomer": true}',
    ],
)
def test_a_line_that_is_no_json_object_is_malformed(raw):
    assert problem(read(raw)) == ("malformed_json", None)


@pytest.mark.parametrize(("key", "named"), [("GivenName", "GivenName"), ("of a person", None)])
def test_half_of_a_character_is_malformed_and_names_a_field_we_know(key: str, named: str | None):
    assert problem(read(b'{"id": "x", "%s": "\\ud800"}' % key.encode())) == ("malformed_json", named)


def test_a_line_longer_than_the_limit_is_malformed():
    padded = json.dumps(sample("customers")).encode().ljust(LONGEST_LINE_BYTES)

    assert isinstance(read(padded), Line)
    assert problem(read(padded + b" ")) == ("malformed_json", None)


@pytest.mark.parametrize("field", ["id", "_ts", "_etag"])
@pytest.mark.parametrize("missing", [None, ..., "", "  "], ids=["null", "absent", "empty", "blank"])
def test_a_document_without_id_time_or_etag_is_rejected(field, missing):
    assert problem(read_sample(**{field: missing})) == ("missing_required_field", field)


def test_the_id_is_missed_before_the_time_and_the_time_before_the_etag():
    assert problem(read_sample(id=None, _ts=None, _etag=None)) == ("missing_required_field", "id")
    assert problem(read_sample(_ts=None, _etag=None)) == ("missing_required_field", "_ts")


@pytest.mark.parametrize("etag", [7, "tag\x00", "é", "x" * 201, ["a"]])
def test_an_etag_that_is_no_short_printable_text_counts_as_missing(etag):
    assert problem(read_sample(_etag=etag)) == ("missing_required_field", "_etag")


@pytest.mark.parametrize("ts", ["1532707860", 1.5, True, -1, 253_402_300_800])
def test_a_time_that_is_no_second_of_the_calendar_is_an_invalid_date(ts):
    assert problem(read_sample(_ts=ts)) == ("invalid_date", "_ts")


def test_an_id_that_is_no_text_is_an_invalid_guid():
    assert problem(read_sample(id=7)) == ("invalid_guid", "id")


def test_a_problem_repeats_an_id_only_if_it_is_one():
    known = read_sample(id=CUSTOMER.upper(), _ts=None)
    unknown = read_sample(id="Jane Canary", _ts=None)

    assert isinstance(known, Problem)
    assert isinstance(unknown, Problem)
    assert (known.id, known.etag) == (CUSTOMER, '"b6dd6079-0000-0d00-0000-5b5b44140000"')
    assert unknown.id is None


@given(raw=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_make_the_reading_stumble(raw):
    assert isinstance(read(raw), (Line, Problem))


def envelope(**flags: JSON) -> str:
    return json.dumps({"Document": sample("customers"), "IsAction": False, **flags})


def test_the_flag_of_an_envelope_tells_the_collection():
    line = read(envelope(IsCustomer=True), collection=None)

    assert isinstance(line, Line)
    assert line.collection.name == "customers"


def test_the_flag_of_an_envelope_wins_over_the_file_name():
    line = read(envelope(IsCustomer=True), collection="actions")

    assert isinstance(line, Line)
    assert line.collection.name == "customers"


@pytest.mark.parametrize(
    "flags",
    [{}, {"IsCustomer": False}, {"IsCustomer": "true"}, {"IsCustomer": 1}, {"IsHorse": True}],
)
def test_an_envelope_without_a_known_flag_is_of_no_known_collection(flags):
    assert problem(read(envelope(**flags))) == ("unknown_collection", None)


def test_an_envelope_with_two_flags_is_not_guessed_at():
    assert problem(read(envelope(IsCustomer=True, IsContact=True))) == ("unknown_collection", None)


def test_a_bare_document_in_a_file_of_no_known_name_is_of_no_known_collection():
    assert problem(read(json.dumps(sample("customers")), collection=None)) == ("unknown_collection", None)


@pytest.mark.parametrize(
    ("name", "collection"),
    [
        ("actions.ndjson", "actions"),
        ("actions-2024.ndjson", "actions"),
        ("actionplans_part2.ndjson.gz", "actionplans"),
        ("Actions.json", "actions"),
        ("feed.ndjson", None),
        ("dss-actions-history.ndjson", "actions"),
        ("dss-actions-history-2024.ndjson.gz", "actions"),
        ("dss.ndjson", None),
        ("-", None),
    ],
)
def test_a_file_name_tells_the_collection(name, collection):
    found = collection_of(name)

    assert (found and found.name) == collection


def test_the_collection_of_a_file_can_be_stated(tmp_path):
    (tmp_path / "export.ndjson").write_bytes(b"{}\n")

    stated = Source(str(tmp_path / "export.ndjson"), collection="Goals").collection

    assert stated is COLLECTIONS["goals"]


def test_stating_an_unknown_collection_is_refused_with_the_known_ones(tmp_path):
    (tmp_path / "export.ndjson").touch()

    with pytest.raises(UnknownCollection, match=r"actionplans, actions, addresses"):
        Source(str(tmp_path / "export.ndjson"), collection="horses")


def test_blank_lines_are_no_lines_but_are_numbered(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b'\n{"a":1}\n  \n\t\n{"b":2}\n\n')

    assert lines_of(tmp_path / "a.ndjson") == [(2, b'{"a":1}'), (5, b'{"b":2}')]


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b'\xef\xbb\xbf{"a":1}\r\n\r\n{"b":2}')

    assert lines_of(tmp_path / "a.ndjson") == [(1, b'{"a":1}'), (3, b'{"b":2}')]


def test_an_empty_file_has_no_lines(tmp_path):
    (tmp_path / "a.ndjson").touch()

    assert lines_of(tmp_path / "a.ndjson") == []


@pytest.mark.parametrize("name", ["customers.ndjson.gz", "customers.ndjson"])
def test_a_compressed_file_is_recognised_whatever_its_name(tmp_path, name):
    plain = SAMPLES / "customers.ndjson"
    (tmp_path / name).write_bytes(gzip.compress(plain.read_bytes()))

    assert lines_of(tmp_path / name) == lines_of(plain)


@pytest.mark.parametrize("compressed", [False, True])
def test_the_progress_through_a_file_ends_at_its_size(tmp_path, compressed):
    content = (SAMPLES / "feed.ndjson").read_bytes()
    (tmp_path / "feed.ndjson").write_bytes(gzip.compress(content) if compressed else content)

    with Source(str(tmp_path / "feed.ndjson")) as source:
        seen = [source.read_bytes for _ in source]

        assert seen == sorted(seen)
        assert source.read_bytes == source.size_bytes


def test_a_line_that_is_too_long_is_one_rejected_line_and_the_next_is_read(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b'{"a":1}\n' + b"x" * (3 * LONGEST_LINE_BYTES + 5) + b'\n{"b":2}\n')

    (one, first), (two, long), (three, last) = lines_of(tmp_path / "a.ndjson")

    assert (one, first, two, three, last) == (1, b'{"a":1}', 2, 3, b'{"b":2}')
    assert problem(read(long)) == ("malformed_json", None)


@pytest.mark.parametrize("start", ['{"a":1}\n'.encode("utf-16"), b"PK\x03\x04\n"])
def test_a_file_that_is_not_ndjson_is_refused_with_one_sentence(tmp_path, start):
    (tmp_path / "a.ndjson").write_bytes(start)

    with pytest.raises(NotNdjson, match=r"^a\.ndjson is .* expected\.$"):
        lines_of(tmp_path / "a.ndjson")


def test_a_compressed_file_that_is_cut_short_is_refused_with_the_line_it_ends_at(tmp_path):
    whole = gzip.compress((SAMPLES / "feed.ndjson").read_bytes())
    (tmp_path / "feed.ndjson.gz").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(FileUnreadable, match=r"^feed\.ndjson\.gz cannot be read after line \d+: it is damaged"):
        lines_of(tmp_path / "feed.ndjson.gz")


def test_a_damaged_compressed_file_is_refused(tmp_path):
    whole = bytearray(gzip.compress((SAMPLES / "feed.ndjson").read_bytes()))
    whole[40:60] = bytes(20)
    (tmp_path / "feed.ndjson.gz").write_bytes(whole)

    with pytest.raises(FileUnreadable, match=r"cannot be read after line \d+"):
        lines_of(tmp_path / "feed.ndjson.gz")


def test_a_missing_file_is_refused_with_one_sentence(tmp_path):
    with pytest.raises(FileUnreadable, match=r"^none\.ndjson cannot be read: No such file or directory\.$"):
        Source(str(tmp_path / "none.ndjson"))


def test_a_directory_is_refused_with_one_sentence(tmp_path):
    with pytest.raises(FileUnreadable, match=r"cannot be read: Is a directory\.$"):
        lines_of(tmp_path)


@pytest.mark.parametrize("compressed", [False, True])
def test_standard_input_is_read_like_a_file(compressed):
    content = (SAMPLES / "feed.ndjson").read_bytes()
    program = "from api.dss.reader import Source\nwith Source('-') as s: print(sum(1 for _ in s), s.size_bytes)"

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=gzip.compress(content) if compressed else content,
        capture_output=True,
        check=True,
    )

    assert done.stdout.split() == [b"324", b"None"]


def test_two_deliveries_of_one_version_have_the_same_content():
    first = sample("customers", Gender=None, _lsn=1)
    second = dict(reversed(sample("customers", Gender=..., id=CUSTOMER.upper(), _lsn=2, _rid="x", _self="y").items()))

    assert document_digest(first) == document_digest(second)


@given(field=st.sampled_from([name for name in sample("customers") if name not in {"_lsn", "_rid", "_self"}]))
def test_any_other_difference_is_different_content(field):
    changed = sample("customers", **{field: "another value"})

    assert (document_digest(changed) == document_digest(sample("customers"))) == (field == "_attachments")
