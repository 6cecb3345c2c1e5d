"""The fence file: destructions recorded outside the database, so that a restored backup cannot undo them (D5).

A restored backup holds the database's fences as they were when it was taken; later ones are missing. The fence file is
kept apart from the database and its backups. When a ledger is opened, fences that only the file has were made after the
backup: those records are destroyed again before anything is served. The file holds ids, classes and rule ids, never
personal data.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.errors import Fault
from ledger.events import Json


class FenceFileUnwritable(Fault):
    """The fence file cannot be read or written; mend its directory's rights, then start again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fence:
    """One class and part of one stream that was destroyed; `destroyed` is its item in the records-destroyed event."""

    stream: UUID
    destroyed: dict[str, Json]
    on: str
    digest: str

    @property
    def key(self) -> tuple[UUID, str, str]:
        """(stream, class, part): the identity of a fence."""
        return self.stream, str(self.destroyed["class"]), str(self.destroyed.get("part") or "")

    def as_line(self) -> bytes:
        """One line of the fence file."""
        written = {"stream": str(self.stream), "destroyed": self.destroyed, "on": self.on, "digest": self.digest}
        return json.dumps(written, sort_keys=True).encode() + b"\n"


class FenceFile:
    """An append-only file of fences; a line cut short by a crash is skipped, the database still has that fence."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fences(self) -> Iterator[Fence]:
        """Every fence in the file, oldest first. Raises FenceFileUnwritable."""
        try:
            with self._path.open("rb") as file:
                for line in file:
                    parsed = _whole(line)
                    if parsed is not None:
                        yield Fence(
                            stream=UUID(parsed["stream"]),
                            destroyed=parsed["destroyed"],
                            on=parsed["on"],
                            digest=parsed["digest"],
                        )
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError) as unreadable:
            raise FenceFileUnwritable from unreadable

    def note(self, fences: Iterable[Fence]) -> None:
        """Add fences and wait until they are on the disk. Raises FenceFileUnwritable."""
        lines = b"".join(fence.as_line() for fence in fences)
        if not lines:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                # A line cut short by a crash must not swallow the next one.
                if file.seek(0, os.SEEK_END) and not _ends_a_line(file.fileno()):
                    lines = b"\n" + lines
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as failed:
            raise FenceFileUnwritable from failed


def _whole(line: bytes) -> dict[str, Any] | None:
    try:
        parsed: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return parsed


def _ends_a_line(descriptor: int) -> bool:
    return os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1) == b"\n"
