"""What in one person's records may be about other people, and is left out of their report (DPA 2018 Sch 2 para 16).

A message that carried several people's plans can be: its subject line and list of files were written for them all. So
can the number of a record that was merged with theirs.
Pure: it looks at that person's own events, never at anybody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.events import CustomersMerged, Event
from ledger.log.codec import Entry
from ledger.state.replay import event_of
from projections.subject_access.record import Opened

_NAMES_OTHERS = "the message carried several people's plans and its subject line may name others"
_MAY_BE_ANOTHER_S = (
    "that record may turn out to be about somebody else; while it counts as yours, it has its own part of the report"
)
_OWN_NAMES = (frozenset({"GivenName", "given_name"}), frozenset({"FamilyName", "family_name"}))
_WORD = re.compile(r"[^\W_]+")


def left_out_because(event: Event, name: str) -> str | None:
    """Why a field is not shown: a subject line written for several people may name them (DPA Sch 2 para 16).

    Nor is it said which other record one was merged with: the merge may be wrong, or is undone already (LEDG-18).
    """
    if name == "subject" and for_several(event):
        return _NAMES_OTHERS
    return _MAY_BE_ANOTHER_S if isinstance(event, CustomersMerged) and name in {"into", "duplicate"} else None


def for_several(event: Event) -> bool:
    """Whether a message carried the plans of several people."""
    return (getattr(event, "plans_in_share", None) or 1) > 1


def without_files(entries: Sequence[Entry], opened: Opened) -> tuple[Opened, dict[int, int]]:
    """The payloads without the files of a message for several people that do not bear this person's name.

    With how many were left out, by position.

    A file of a plan is named after its person (CONF-17), so a file of another name names somebody else. One that bears
    the family name alone may be a relative's, so the given name must stand in it as well, where both are known.
    """
    own = [known for names in _OWN_NAMES if (known := _known_names(opened.values(), names))]
    kept, left_out = dict(opened), dict[int, int]()
    for entry in entries:
        files = opened.get(entry.position, {}).get("file_names") or []
        if files and for_several(event_of(entry)):
            mine = [file for file in files if own and all(_bears(file, names) for names in own)]
            kept[entry.position] = {**opened[entry.position], "file_names": mine}
            left_out[entry.position] = len(files) - len(mine)
    return kept, {position: count for position, count in left_out.items() if count}


def _known_names(payloads: Iterable[Mapping[str, Any]], names: frozenset[str]) -> list[frozenset[str]]:
    """The words of each name that was ever said in one of these fields."""
    values = (payload.get("values") or {} for payload in payloads)
    known = (_words(str(value)) for fields in values for name, value in fields.items() if name in names and value)
    return [words for words in known if words]


def _bears(file: str, names: Sequence[frozenset[str]]) -> bool:
    return any(words <= _words(file) for words in names)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
