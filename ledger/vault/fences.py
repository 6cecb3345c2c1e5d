"""What was destroyed, noted outside the database too, so that a restored backup cannot bring it back unnoticed (D5).

The database's own fences come back with a backup as they were then: those made since are missing. The fence file is
kept apart from the database and its backups. When a ledger is opened, what the file knows and the database does not
was destroyed after the backup was taken, and is destroyed again before anything is served. It holds ids, classes and
rule ids, never personal data.
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
    """One class and part of one stream that was destroyed, with what its event said of it."""

    stream: UUID
    said: dict[str, Json]
    on: str
    digest: str

    @property
    def key(self) -> tuple[UUID, str, str]:
        """What tells one fence from another."""
        return self.stream, str(self.said["class"]), str(self.said.get("part") or "")

    def as_line(self) -> bytes:
        """One line of the fence file."""
        written = {"stream": str(self.stream), "destroyed": self.said, "on": self.on, "digest": self.digest}
        return json.dumps(written, sort_keys=True).encode() + b"\n"


class FenceFile:
    """An append-only file of fences; a line that a crash cut short is left out, the database still has that fence."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fences(self) -> Iterator[Fence]:
        """Every fence in the file, oldest first. Raises FenceFileUnwritable."""
        try:
            with self._path.open("rb") as file:
                for line in file:
                    said = _whole(line)
                    if said is not None:
                        yield Fence(
                            stream=UUID(said["stream"]), said=said["destroyed"], on=said["on"], digest=said["digest"]
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
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return said


def _ends_a_line(descriptor: int) -> bool:
    return os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1) == b"\n"
