"""Section R12 of the report: each thing that is left out, under which provision and why; or that nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projections.row import Row
from projections.subject_access.data_copy import Group

_INCOMPLETE = (
    "An entry of your record cannot be processed yet, so the lists of who received your data, how long it is kept and"
    " what is still to be done may lack it and what came after it. Your data itself is shown as a whole."
)
_OTHERS = "Data Protection Act 2018, Schedule 2, paragraph 16"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOutItem(Row):
    """One thing that is left out of the report."""

    position: int
    what: str
    provision: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOutSection(Row):
    """Section R12."""

    heading: str
    rows: list[LeftOutItem]
    sentence: str


def section(
    groups: Sequence[Group], other_files: Mapping[int, int], decided: Sequence[LeftOutItem], *, incomplete: bool = False
) -> LeftOutSection:
    """What was decided to be left out, then the fields of the copy and the file names that may name others.

    Of a record that a view cannot show as a whole it is said that lists may lack something.
    """
    rows = [*decided]
    rows += [
        LeftOutItem(
            position=entry.position,
            what=f"{field.label} ({entry.what}, {entry.when})",
            provision=_OTHERS,
            why=field.withheld,
        )
        for group in groups
        for entry in group.history
        for field in (*entry.fields, *entry.technical)
        if field.withheld
    ]
    rows += [
        LeftOutItem(
            position=position,
            what=f"names of other files of a message: {count}",
            provision=_OTHERS,
            why="the message carried several people's plans and these files do not bear your name",
        )
        for position, count in other_files.items()
    ]
    sentences = [_INCOMPLETE] if incomplete else []
    if rows:
        sentences.append("The following was left out, each item under the provision named with it.")
    elif not incomplete:
        sentences.append("Nothing was left out of this report and nothing in it was blacked out.")
    return LeftOutSection(heading="What was left out", rows=rows, sentence=" ".join(sentences))
