"""A file may be NDJSON, an array or documents over many lines: the same documents come out, and nothing is lost."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.incoming import MARK, Texts, TooLargeUnpacked, plain
from ledger.errors import Malformed

LONGEST = 4_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\{}[],:é\n ', max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), min_size=1, max_size=5)


def texts(content: bytes, longest: int = LONGEST) -> list[tuple[int, bytes]]:
    return list(Texts(io.BytesIO(content), longest=longest))


def written(documents: list[Any], spelling: str) -> str:
    match spelling:
        case "ndjson":
            return "\n".join(json.dumps(document) for document in documents)
        case "ndjson of Windows":
            return "".join(json.dumps(document, ensure_ascii=False) + "\r\n\r\n" for document in documents)
        case "array on one line":
            return json.dumps(documents, separators=(",", ":"))
        case "array over many lines":
            return json.dumps(documents, indent=2)
        case "array, a document on each line":
            return "[" + ",\n".join(json.dumps(document) for document in documents) + "]\n"
        case "documents over many lines":
            return "\n".join(json.dumps(document, indent=4) for document in documents)
    raise AssertionError(spelling)


SPELLINGS = (
    "ndjson",
    "ndjson of Windows",
    "array on one line",
    "array over many lines",
    "array, a document on each line",
    "documents over many lines",
)


@pytest.mark.parametrize("mark", [b"", MARK], ids=["without a mark", "with a mark"])
@pytest.mark.parametrize("spelling", SPELLINGS)
@given(documents=DOCUMENTS)
def test_the_same_documents_are_read_however_they_are_written(spelling: str, mark: bytes, documents: list[Any]):
    content = mark + written(documents, spelling).encode("utf-8", "surrogatepass")

    assert [json.loads(text) for _, text in texts(content)] == documents


@given(DOCUMENTS, st.sampled_from(SPELLINGS), st.integers(0, 3))
def test_gzip_is_the_same_text(documents: list[Any], spelling: str, parts: int):
    content = MARK + written(documents, spelling).encode()
    pieces = [content[:parts], content[parts:]]

    packed = b"".join(gzip.compress(piece) for piece in pieces)

    assert plain(packed, most_bytes=len(content)) == content.removeprefix(MARK)
    assert plain(content, most_bytes=1) == content.removeprefix(MARK)


def test_unpacking_stops_at_the_bound():
    packed = gzip.compress(b" " * 100_000_000)

    with pytest.raises(TooLargeUnpacked):
        plain(packed, most_bytes=1_000)


@pytest.mark.parametrize("packed", [gzip.compress(b"{}")[:-5], b"\x1f\x8b" + b"x" * 30])
def test_damaged_gzip_is_refused_in_a_sentence(packed: bytes):
    with pytest.raises(Malformed, match=r"gzip is (cut short|damaged)\."):
        plain(packed, most_bytes=1_000)


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        (b'{"a":1}\n\n{"b":2}', [1, 3]),
        (b'{\n "a": 1\n}\n{\n "b": 2\n}\n', [1, 4]),
        (b'[\n{"a": 1},\n{"b": 2}]', [1, 2]),
        (b'[{"a": 1}]\n{"b": 2}', [1, 2]),
        (b'{"a": {\n "x": 1}}\n{"b": 2}', [1, 3]),
    ],
)
def test_a_text_is_known_by_its_line_or_by_its_place_in_the_array(content: bytes, numbers: list[int]):
    assert [number for number, _ in texts(content)] == numbers


BROKEN = (
    b'{"a": [',
    b'{"a": 1,',
    b'{"a": {"b": ',
    b"{",
    b'{"a": "x',
    b'{"a": "x\\',
    b"}",
    b"]",
    b"[1, 2]",
    b"[]",
    b"name;date",
    b'"',
    b'[{"a": 1',
    b'[{"a": "x',
)


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("before", [0, 3])
def test_a_broken_line_spoils_no_line_after_it(broken: bytes, before: int):
    good = [b'{"n": %d}' % number for number in range(before + 60)]
    lines = [*good[:before], broken, *good[before:]]

    read = [text for _, text in texts(b"\n".join(lines))]

    assert [text for text in read if text in good] == good
    assert len(read) == len(lines)


@given(st.lists(st.sampled_from([*BROKEN, b'{"n": 1}', b"", b' "k": 1', b"[", b",", b"{}"]), max_size=14))
def test_whatever_stands_on_the_lines_each_of_them_is_handed_on(lines: list[bytes]):
    content = b"\n".join(lines)

    read = b"".join(text for _, text in texts(content))

    def signs(text: bytes) -> bytes:
        # Between the items of an array stand commas and its two brackets, which belong to no item.
        return bytes(sign for sign in text if sign not in b" \n,[]")

    assert signs(read) == signs(content)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_is_too_long_is_handed_on_cut_and_the_next_is_read(spelling: str):
    documents = [{"a": 1}, {"long": "x" * 3 * LONGEST}, {"b": 2}]

    read = [text for _, text in texts(written(documents, spelling).encode())]

    assert json.loads(read[0]) == documents[0]
    assert json.loads(read[-1]) == documents[-1]
    assert any(len(text) > LONGEST - 10 for text in read[1:-1])  # of which blanks at its start are no part
    assert max(map(len, read)) <= LONGEST + 1


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reading_stumble(content: bytes):
    assert all(text.strip() == text and text for _, text in texts(content, longest=50))
