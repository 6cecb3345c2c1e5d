"""What comes in through any door becomes one JSON text at a time; mark, line ends, gzip and arrays make no difference.

NDJSON has one text on each line. An array of objects is as good: each item is a text. So is a document over many lines,
as a person's editor writes it, and several of them one after the other. What fits none of these is handed on line by
line, so that whoever reads it counts, refuses and keeps all of it. Memory is bounded by the longest text.
"""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

from ledger.errors import Malformed, Refused

MARK = b"\xef\xbb\xbf"
"""The UTF-8 byte-order mark that some programs write at the start of a file."""
_GZIP = b"\x1f\x8b"
_OTHERS = (b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04")  # UTF-16, and what is zipped, as spreadsheets are
_READ_BYTES = 256 * 1024
_MOST_PARTS = 64
"""Of several gzip files written one behind the other; each takes a copy of the rest."""

_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
# Each goes to the next sign that matters and stands in no string; a quotation mark is one where a string has no end.
_between_items = re.compile(rb'(?:[^"\[\]{},]++|%s)*+([\[\]{},"])' % _STRING).match
_in_an_item = re.compile(rb'(?:[^"\[\]{}]++|%s)*+([\[\]{}"])' % _STRING).match
_without_strings = re.compile(_STRING).sub
_array_of_objects = re.compile(rb"\[\s*(?:\{|$)").match

Numbered = tuple[int, bytes]
"""Where a text stands, and the text: the number of its line, or in an array its place among the items, from 1."""


class FileUnreadable(Refused):
    """This file cannot be read."""


class NotNdjson(Refused):
    """This file is not NDJSON: one JSON document per line, in UTF-8, is expected."""


class TooLargeUnpacked(Malformed):
    """Unpacked, this is larger than what is read at once; send it in smaller pieces."""


class Readable(Protocol):
    """A binary file, or what unpacks one."""

    def readline(self, size: int = -1, /) -> bytes: ...


def plain(content: bytes, *, most_bytes: int) -> bytes:
    """The whole of a short input without its mark, unpacked if it is gzip.

    Raises TooLargeUnpacked, which stops unpacking at `most_bytes`, and Malformed for gzip that is damaged.
    """
    unpacked = bytearray()
    for _ in range(_MOST_PARTS):
        if not content.startswith(_GZIP):
            break
        unpacking = zlib.decompressobj(wbits=31)
        try:
            unpacked += unpacking.decompress(content, most_bytes + 1 - len(unpacked))
        except zlib.error:
            raise Malformed("What was sent as gzip is damaged.") from None
        if len(unpacked) > most_bytes:
            raise TooLargeUnpacked
        if not unpacking.eof:
            raise Malformed("What was sent as gzip is cut short.")
        content = unpacking.unused_data
    return bytes(unpacked or content).removeprefix(MARK)


class Texts:
    """The JSON texts of a file: iterate once for each with its number. `longest` is how many bytes one may have.

    A longer one is handed on cut at one byte more, so that its reader refuses it; the rest of it is skipped.
    """

    def __init__(self, file: Readable, *, longest: int) -> None:
        self._file, self._longest = file, longest
        self.read_bytes = 0
        self.number = 0
        """The line that was read last."""
        self._ahead = b""
        self._held: list[Numbered] = []
        self._held_bytes = self._depth = 0
        self._last = b""

    def __iter__(self) -> Iterator[Numbered]:
        while raw := self._ahead or self._line():
            self._ahead = b""
            line = raw.strip()
            if self._held:
                yield from self._held_with(line)
            elif line[:1] == b"[" and _array_of_objects(line):
                yield from self._items(raw)
            elif line[:1] == b"{" and line.count(b"{") != line.count(b"}") and self._begins(line):
                self._hold(line)
            elif line:
                yield self.number, line
        yield from self._let_go(whole=not any(map(_is_object, self._held[1:])))

    def _line(self) -> bytes:
        """The next line with its end, empty at the end of the file."""
        raw = self._file.readline(self._longest + 1)
        self.number += 1
        self.read_bytes += len(raw)
        raw = raw.removeprefix(MARK)
        if len(raw) > self._longest and not _array_of_objects(raw.lstrip()[:_READ_BYTES]):
            piece = raw
            while piece and not piece.endswith(b"\n"):
                piece = self._file.readline(self._longest)
                self.read_bytes += len(piece)
        return raw

    # A document over many lines: held until its brackets are closed.

    def _begins(self, line: bytes) -> bool:
        self._depth, self._last = 0, b""
        return self._goes_on(line)

    def _goes_on(self, line: bytes) -> bool:
        """Whether a document is open at the end of this line; a text in JSON ends on the line where it began."""
        bare = _without_strings(b"s", line)
        opened = bare.count(b"{") + bare.count(b"[") - bare.count(b"}") - bare.count(b"]")
        self._depth += opened
        self._last = bare.rstrip()[-1:] or self._last
        return b'"' not in bare and self._depth > 0

    def _hold(self, line: bytes) -> None:
        self._held.append((self.number, line))
        self._held_bytes += len(line) + 1

    def _held_with(self, line: bytes) -> Iterator[Numbered]:
        if not line:
            return
        fits = self._held_bytes + len(line) <= self._longest
        if not fits or not _may_follow(self._last, line[:1]):
            yield from self._let_go(whole=False)
            self._ahead = line  # it may begin a document itself
            return
        if self._goes_on(line):
            self._hold(line)
            return
        whole = self._depth == 0
        if whole:
            self._hold(line)
        yield from self._let_go(whole=whole)
        if not whole:
            self._ahead = line

    def _let_go(self, *, whole: bool) -> Iterator[Numbered]:
        """Hand on what is held, as one text or each line as its own."""
        held, self._held = self._held, []
        self._held_bytes = self._depth = 0
        if held and whole:
            yield held[0][0], b"\n".join(line for _, line in held)
        else:
            yield from held

    # An array: its items, wherever lines end.

    def _items(self, first: bytes) -> Iterator[Numbered]:
        piece, item, place, depth, last = first, bytearray(), 0, 0, b"["
        while piece:
            begin, carried = 0, b""
            if depth and piece.lstrip()[:1] == b"{" and last not in b"[,:" and item.strip():
                # Behind an item that was never closed another begins on a line of its own.
                place, depth = place + 1, 1
                yield place, bytes(item.strip())
                item.clear()
            past = 0
            while found := (_in_an_item if depth > 1 else _between_items)(piece, past):
                kind, at, past = found[1], found.start(1), found.end()
                if kind == b'"':
                    if piece.find(b"\n", at) < 0:
                        carried = piece[at:]
                        break
                elif kind in b"[{":
                    if depth == 1 and kind == b"{" and (item + piece[begin:at]).strip():
                        place += 1
                        yield place, self._cut(item, piece[begin:at])
                        begin = at
                    depth += 1
                    begin = past if depth == 1 else begin
                elif depth > 1:
                    depth -= 1
                elif kind != b"}":
                    if text := self._cut(item, piece[begin:at]):
                        place += 1
                        yield place, text
                    begin = past
                    if kind != b",":
                        self._ahead = piece[begin:].strip()
                        return
            item += piece[begin : len(piece) - len(carried)]
            del item[self._longest + 1 :]
            last = piece.rstrip()[-1:] or last
            more = self._piece()
            if not more or len(carried) > self._longest:
                item += carried[: self._longest + 1]
                carried = b""
            piece = carried + more
        yield place + 1, self._cut(item, b"") or b"["  # the array was cut short, and its reader refuses this

    def _cut(self, item: bytearray, rest: bytes) -> bytes:
        """The item that ends here, which is empty then."""
        text = bytes((item + rest).strip())[: self._longest + 1]
        item.clear()
        return text

    def _piece(self) -> bytes:
        piece = self._file.readline(_READ_BYTES)
        self.read_bytes += len(piece)
        self.number += piece.endswith(b"\n")
        return piece


def _may_follow(last: bytes, first: bytes) -> bool:
    """Whether a line that begins so may go on with a document whose lines so far end so."""
    if last == b"{":
        return first in b'"}'
    return first != b"{" or last in b"[,:"


def _is_object(numbered: Numbered) -> bool:
    line = numbered[1]
    return line[:1] == b"{" and line[-1:] == b"}" and line.count(b"{") == line.count(b"}")


class Incoming:
    """One file, or standard input for `-`: iterate once for (number, text)."""

    def __init__(self, path: str, *, longest: int) -> None:
        self.name = "-" if path == "-" else Path(path).name
        self._path, self._longest = path, longest
        self._texts: Texts | None = None
        self._compressed = False
        try:
            self.size_bytes = None if path == "-" else Path(path).stat().st_size
        except OSError as error:
            raise self._unreadable(error) from None

    @property
    def read_bytes(self) -> int:
        """How much of `size_bytes` has been read."""
        if self._compressed and self.size_bytes:
            return self._file.tell()
        return self._texts.read_bytes if self._texts is not None else 0

    def __enter__(self) -> Self:
        try:
            opened = sys.stdin.buffer if self._path == "-" else Path(self._path).open("rb", _READ_BYTES)
            self._file = cast("BufferedReader", opened)
            start = self._file.peek(4)[:4]
        except OSError as error:
            raise self._unreadable(error) from None
        if start.startswith(_OTHERS):
            self.__exit__(None, None, None)
            raise NotNdjson(f"{self.name} is not NDJSON: one JSON document per line, in UTF-8, is expected.")
        self._compressed = start.startswith(_GZIP)
        unpacked: Readable = gzip.GzipFile(fileobj=self._file) if self._compressed else self._file
        self._texts = Texts(unpacked, longest=self._longest)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path != "-":  # standard input is not ours to close
            self._file.close()

    def __iter__(self) -> Iterator[Numbered]:
        assert self._texts is not None
        try:
            yield from self._texts
        except (OSError, EOFError, zlib.error) as error:
            raise self._unreadable(error, after=max(self._texts.number - 1, 0)) from None

    def _unreadable(self, error: Exception, *, after: int | None = None) -> FileUnreadable:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged or cut short"
        where = "" if after is None else f" after line {after}"
        return FileUnreadable(f"{self.name} cannot be read{where}: {why}.")
