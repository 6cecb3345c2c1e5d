"""Whether somebody reads a record of their own name, or of a colleague's: compared in memory, never stored.

A name is what a caller's token says (`name`, else `sub`). Colleagues are those of the same organisation who read
something through this process since it began. Only the fact that a name matched is recorded.
"""

from __future__ import annotations

import threading
from typing import Literal

from ledger.caller import Caller
from ledger.names import Name, is_called

Namesake = Literal["own-name", "colleague"]
MOST_COLLEAGUES = 10_000


class Namesakes:
    """The names of callers this process has seen, by organisation; safe for any number of threads."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, tuple[str, ...]]] = {}
        self._count = 0
        self._adding = threading.Lock()

    def match(self, by: Caller, name: Name | None) -> Namesake | None:
        """Whose name a record bears: the reader's, else a colleague's; None when neither. It remembers the reader."""
        colleagues = self._colleagues(by)
        if name is None:
            return None
        if any(is_called(text, name) for text in _texts(by)):
            return "own-name"
        return "colleague" if any(is_called(text, name) for texts in colleagues for text in texts) else None

    def _colleagues(self, by: Caller) -> list[tuple[str, ...]]:
        with self._adding:
            known = self._seen.setdefault(by.organisation, {})
            colleagues = [texts for subject, texts in known.items() if subject != by.subject]
            if by.subject not in known and self._count < MOST_COLLEAGUES:
                known[by.subject] = _texts(by)
                self._count += 1
            return colleagues


def _texts(by: Caller) -> tuple[str, ...]:
    return (by.name, by.subject) if by.name else (by.subject,)
