"""Something that another service publishes, fetched when it is needed and kept: an old one is better than none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ledger.errors import Fault

T = TypeVar("T")
KEEP_SECONDS = 60 * 60.0
"""What the other service withdraws ends here after an hour at the latest."""
REFETCH_SECONDS = 60.0
"""How often at most it is fetched because somebody needs a newer one: nobody can make us ask all the time."""
RETRY_SECONDS = 5.0
"""How often at most it is tried while there is none at all."""


class ProviderUnreachable(Fault):
    """The identity provider cannot be reached, so nobody new can be recognised; try again in a moment."""


class Fetched(Generic[T]):
    """A value that `fetch` brings; safe for any number of threads, of which one fetches at a time."""

    def __init__(self, fetch: Callable[[], T], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._value: T | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._failed: ProviderUnreachable | None = None
        self._fetching = threading.Lock()

    def value(self) -> T:
        """The value, an hour old at most unless the other service is away. Raises ProviderUnreachable without any."""
        kept = self._value
        if kept is None:
            self._try(RETRY_SECONDS)
        elif self._clock() - self._fetched_at >= KEEP_SECONDS and not self._fetching.locked():
            self._try(REFETCH_SECONDS)  # whoever comes while it is fetched goes on with the old one
        if self._value is None:
            raise self._failed or ProviderUnreachable()
        return self._value

    def newer_than(self, value: T) -> T | None:
        """Another value than this one, fetched now if that was not done within a minute; None when there is none."""
        self._try(REFETCH_SECONDS, unless=lambda: self._value is not value)
        return self._value if self._value is not value else None

    def _try(self, seconds: float, unless: Callable[[], bool] = lambda: False) -> None:
        with self._fetching:
            if unless() or self._clock() - self._tried_at < seconds:
                return
            try:
                self._value, self._failed = self._fetch(), None
                self._fetched_at = self._clock()
            except ProviderUnreachable as failed:
                self._failed = failed
            finally:
                self._tried_at = self._clock()
