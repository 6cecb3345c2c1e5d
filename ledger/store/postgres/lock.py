"""Advisory locks that end with their process, however it ends; this file does not know what they protect."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_guard = threading.Lock()
_open_descriptors: set[int] = set()


class Lock:
    """One open file under `flock`: close-on-exec, and closed in every forked child, so only its opener holds it."""

    def __init__(self, path: Path) -> None:
        with _guard:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _open_descriptors.add(self.descriptor)

    def share(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def taken(self) -> bool:
        """Whether the lock could be taken for this process alone, without waiting."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Never LOCK_UN: a server that inherited the descriptor must keep the lock."""
        with _guard:
            if self.descriptor in _open_descriptors:
                _open_descriptors.discard(self.descriptor)
                os.close(self.descriptor)


def _forget_in_the_child() -> None:
    # A copy of the descriptor would keep the parent's lock after the parent has died.
    for descriptor in _open_descriptors:
        os.close(descriptor)
    _open_descriptors.clear()
    _guard.release()


os.register_at_fork(before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_forget_in_the_child)
