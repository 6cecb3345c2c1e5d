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

Section = dict[str, Any]

_OTHERS = "Data Protection Act 2018, Schedule 2, paragraph 16"
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


def leave_out_files(entries: Sequence[Entry], opened: dict[int, dict[str, Any]]) -> dict[int, int]:
    """Leave out of a message with several people's plans the files that do not bear this person's name.

    A file of a plan is named after its person (CONF-17), so a file of another name names somebody else. One that bears
    the family name alone may be a relative's, so the given name must stand in it as well, where both are known.
    """
    own = [said for names in _OWN_NAMES if (said := _said(opened.values(), names))]
    left_out = {}
    for entry in entries:
        files = opened.get(entry.position, {}).get("file_names") or []
        if files and for_several(event_of(entry)):
            mine = [file for file in files if own and all(_bears(file, names) for names in own)]
            opened[entry.position]["file_names"] = mine
            left_out[entry.position] = len(files) - len(mine)
    return {position: number for position, number in left_out.items() if number}


def _said(payloads: Iterable[Mapping[str, Any]], names: frozenset[str]) -> list[frozenset[str]]:
    """The words of each name that was ever said in one of these fields."""
    values = (payload.get("values") or {} for payload in payloads)
    said = (_words(str(value)) for one in values for name, value in one.items() if name in names and value)
    return [words for words in said if words]


def _bears(file: str, names: Sequence[frozenset[str]]) -> bool:
    return any(words <= _words(file) for words in names)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def section(groups: Sequence[Section], other_files: Mapping[int, int], decided: Sequence[Section]) -> Section:
    """Section R12: each thing left out, by decision or as it stands, under which provision and why; or none."""
    left_out = [*decided]
    left_out += [
        {
            "position": entry["position"],
            "what": f"{field['label']} ({entry['what']}, {entry['when']})",
            "provision": _OTHERS,
            "why": field["withheld"],
        }
        for group in groups
        for entry in group["history"]
        for field in (*entry["fields"], *entry["technical"])
        if field.get("withheld")
    ]
    left_out += [
        {
            "position": position,
            "what": f"names of other files of a message: {number}",
            "provision": _OTHERS,
            "why": "the message carried several people's plans and these files do not bear your name",
        }
        for position, number in other_files.items()
    ]
    return {
        "heading": "What was left out",
        "rows": left_out,
        "sentence": "The following was left out, each item under the provision named with it."
        if left_out
        else "Nothing was left out of this report and nothing in it was blacked out.",
    }
