"""Groups any number of records by key in bounded memory, sealed wherever they touch the disk; it knows no document.

While everything fits it stays in memory. Beyond the limit, records are spread over partition files by the bits of
their key's hash; a partition that is still too large is spread again by the next bits. The files have no name, so
nothing is left behind even by a killed process, and the key they are sealed with exists only in this process.
"""

from __future__ import annotations

import errno
import itertools
import struct
import tempfile
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import Fault, Tampered

_BITS = 6
_FANOUT = 2**_BITS
_OBJECT_BYTES = 128  # what Python spends on one held record beside its bytes
_RECORD = struct.Struct(">QI")  # hash of the key, length of the record
_CHUNK = struct.Struct(">I")  # length of the sealed chunk
_NONCE = struct.Struct(">IQ")  # partition, chunk: unique under a key that lives as long as the spool
_ORIGIN = struct.Struct(">IQ")  # file index, line number

_Entry: TypeAlias = tuple[int, bytes]


class SpoolFull(Fault):
    """The disk has no room for the import's temporary files; make room and run it again, nothing is counted twice."""


class SpoolUnusable(Fault):
    """The import cannot write its temporary files; check that its directory exists and may be written."""


def pack(file: int, number: int, raw: bytes) -> bytes:
    """A spool record: which file, which line, the line itself."""
    return _ORIGIN.pack(file, number) + raw


def unpack(record: bytes) -> tuple[int, int, bytes]:
    return *_ORIGIN.unpack_from(record), record[_ORIGIN.size :]


class Spool:
    """Add records, then iterate once: all records of a key come in one list, in the order they were added.

    A list is larger than the limit only if a single key is. Memory peaks at about twice the limit.
    """

    def __init__(self, *, directory: Path, limit_bytes: int = 64 * 2**20) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._sealer = AESGCM(AESGCM.generate_key(256))
        self._numbers = itertools.count()
        self._held: list[_Entry] = []
        self._held_bytes = 0
        self._partitions: list[_Partition] = []
        self._open: set[_Partition] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for partition in self._open:
            partition.close()
        self._open.clear()
        self._held = []

    def add(self, key: bytes | str, record: bytes) -> None:
        hashed = hash(key if isinstance(key, bytes) else key.encode()) & 0xFFFF_FFFF_FFFF_FFFF
        if self._partitions:
            self._partitions[hashed % _FANOUT].add(hashed, record)
            return
        self._held.append((hashed, record))
        self._held_bytes += len(record) + _OBJECT_BYTES
        if self._held_bytes > self._limit_bytes:
            held, self._held = self._held, []
            self._partitions = self._spread(held, level=0)

    def __iter__(self) -> Iterator[list[bytes]]:
        held, self._held = self._held, []
        if held:
            yield [record for _, record in held]
        pending = [(partition, 0) for partition in reversed(self._partitions)]
        while pending:
            partition, level = pending.pop()
            if partition.held_bytes > self._limit_bytes and partition.several_keys:
                smaller = self._spread(partition.entries(), level=level + 1)
                pending.extend((part, level + 1) for part in reversed(smaller))
                self._drop(partition)
                continue
            records = [record for _, record in partition.entries()]
            self._drop(partition)
            if records:
                yield records

    def _spread(self, entries: Iterable[_Entry], *, level: int) -> list[_Partition]:
        # The buffers of all partitions together stay under half the limit.
        chunk_bytes = max(1024, min(256 * 1024, self._limit_bytes // (2 * _FANOUT)))
        partitions = [
            _Partition(next(self._numbers), self._sealer, self._directory, chunk_bytes) for _ in range(_FANOUT)
        ]
        self._open.update(partitions)
        shift = level * _BITS
        for hashed, record in entries:
            partitions[(hashed >> shift) % _FANOUT].add(hashed, record)
        return partitions

    def _drop(self, partition: _Partition) -> None:
        partition.close()
        self._open.discard(partition)


class _Partition:
    """Records of the keys whose hashes share some bits: whole chunks sealed in a nameless file, the last in memory."""

    def __init__(self, number: int, sealer: AESGCM, directory: Path, chunk_bytes: int) -> None:
        self.held_bytes = 0
        self.several_keys = False
        self._number = number
        self._sealer = sealer
        self._directory = directory
        self._chunk_bytes = chunk_bytes
        self._first: int | None = None
        self._buffer = bytearray()
        self._chunks = 0
        self._file: FileIO | None = None

    def add(self, hashed: int, record: bytes) -> None:
        if self._first is None:
            self._first = hashed
        elif hashed != self._first:
            self.several_keys = True
        self.held_bytes += len(record) + _OBJECT_BYTES
        self._buffer += _RECORD.pack(hashed, len(record))
        self._buffer += record
        if len(self._buffer) >= self._chunk_bytes:
            self._seal()

    def entries(self) -> Iterator[_Entry]:
        if self._file is not None:
            self._file.seek(0)
            for chunk in range(self._chunks):
                yield from _entries(self._unseal(self._file, chunk))
        yield from _entries(bytes(self._buffer))

    def close(self) -> None:
        self._buffer = bytearray()
        if self._file is not None:
            self._file.close()

    def _seal(self) -> None:
        # The nonce is the chunk's place, so a chunk that was moved or replaced does not open.
        sealed = self._sealer.encrypt(_NONCE.pack(self._number, self._chunks), self._buffer, None)
        self._buffer = bytearray()
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._directory, buffering=0)  # noqa: SIM115 # see close
            unwritten = memoryview(_CHUNK.pack(len(sealed)) + sealed)
            while unwritten:  # an unbuffered file may take only a part, and keeps nothing back to fail on when closed
                unwritten = unwritten[self._file.write(unwritten) :]
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
            raise (SpoolFull if full else SpoolUnusable) from error
        self._chunks += 1

    def _unseal(self, file: FileIO, chunk: int) -> bytes:
        try:
            (length,) = _CHUNK.unpack(file.read(_CHUNK.size))
            return self._sealer.decrypt(_NONCE.pack(self._number, chunk), file.read(length), None)
        except (InvalidTag, struct.error) as error:
            raise Tampered from error


def _entries(plain: bytes) -> Iterator[_Entry]:
    at = 0
    while at < len(plain):
        hashed, length = _RECORD.unpack_from(plain, at)
        at += _RECORD.size
        yield hashed, plain[at : at + length]
        at += length
