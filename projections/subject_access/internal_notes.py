"""What the controller wrote for itself about how a rule was not kept, and is left out of the person's report (LEDG-19).

What was shared, that a rule was not kept, the risk, the outcome and who was told are all told; only the analysis that
led there stays inside. That it was left out is said. Pure: it changes copies, and nothing in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ledger.events import EVENTS, labels
from ledger.log.codec import Entry
from projections.subject_access.left_out import LeftOutItem
from projections.subject_access.record import Opened
from projections.wording import dates

NOTES: Mapping[str, frozenset[str]] = {
    "finding-assessed": frozenset({"reason"}),
    "finding-closed": frozenset({"reason"}),
    "breach-risk-assessed": frozenset({"effects", "reason", "assessed_by"}),
    "regulator-notified": frozenset({"reason_late"}),
    "breach-assessment-closed": frozenset({"remedy", "reason"}),
}
"""The sealed fields, by event, that hold the analysis and not what came of it."""
_PROVISION = "UK GDPR Article 15(1) and (3)"
_WHY = "it is the controller's own analysis of how your data was handled; what came of it is told in this report"


def without(entries: Iterable[Entry], opened: Opened) -> dict[int, dict[str, Any]]:
    """The opened payloads without the analysis."""
    kinds = {entry.position: entry.type for entry in entries}
    return {
        position: {name: value for name, value in payload.items() if name not in NOTES.get(kinds[position], ())}
        for position, payload in opened.items()
        if position in kinds
    }


def left_out(streams: Iterable[tuple[Iterable[Entry], Opened]]) -> list[LeftOutItem]:
    """What the person is told of each note that is left out, oldest first; the payloads are those with the notes."""
    rows = [row for entries, opened in streams for entry in entries for row in _notes(entry, opened)]
    return sorted(rows, key=lambda row: row.position)


def _notes(entry: Entry, opened: Opened) -> Iterator[LeftOutItem]:
    payload, notes = opened.get(entry.position, {}), NOTES.get(entry.type, frozenset())
    held = [label for name, label in labels(EVENTS[entry.type]).items() if name in notes and payload.get(name)]
    if held:
        what = f"{', '.join(held)}: of “{EVENTS[entry.type].LABEL}”, {dates.day(entry.occurred_at)}"
        yield LeftOutItem(position=entry.position, what=what, provision=_PROVISION, why=_WHY)
