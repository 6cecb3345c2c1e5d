"""A rate for what cannot be read: whoever sends little of it never notices, whoever sends much waits.

It is counted by this process and for each caller, and forgotten when it ends: it keeps the work bounded, nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import ceil

from api.errors import TooMuchJunk
from ledger.caller import Caller

MOST_AT_ONCE = 10_000
A_SECOND = 20
_MOST_CALLERS = 10_000


class JunkRate:
    """How many refused lines each caller may still send: a bucket that fills again by the second. Safe for threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._owed: dict[tuple[str, str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def refuse_after_too_much(self, by: Caller) -> None:
        """Raise TooMuchJunk while a caller has sent more than the rate allows."""
        with self._lock:
            over = self._standing(by) - MOST_AT_ONCE
        if over >= 0:
            raise TooMuchJunk(retry_after=max(1, ceil((over + 1) / A_SECOND)))

    def count(self, by: Caller, refused: int) -> None:
        """Count refused lines of a caller."""
        if not refused:
            return
        with self._lock:
            if len(self._owed) >= _MOST_CALLERS:
                self._owed = {key: owed for key, owed in self._owed.items() if self._left(*owed) > 0}
            self._owed[_key(by)] = (self._standing(by) + refused, self._now())

    def _standing(self, by: Caller) -> float:
        return self._left(*self._owed.get(_key(by), (0.0, 0.0)))

    def _left(self, owed: float, at: float) -> float:
        return max(0.0, owed - (self._now() - at) * A_SECOND)


def _key(by: Caller) -> tuple[str, str, str]:
    return by.organisation, by.role, by.subject
