"""Sections R0 and R11 of the report: whether data about the person is held, and what was searched for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.log.codec import Entry
from projections.row import Row
from projections.wording import dates


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldSection(Row):
    """Section R0."""

    heading: str
    held: bool
    entries: int
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchSection(Row):
    """Section R11."""

    heading: str
    systems: list[str]
    searched_by: str
    upto_position: int
    views_upto_position: int
    at: datetime
    entries: int
    sentences: list[str]


def held(entries: int, kept_classes: Collection[str], *, destroyed: bool) -> HeldSection:
    """Whether data is held; `kept_classes` are the classes of records there are, `destroyed` whether any went."""
    personal = any(class_ != "access_log" for class_ in kept_classes)
    count = f"{entries} entries"
    if personal:
        sentence = f"Yes. Data about you is held: {count} in the data-sharing ledger, all of which are in this report."
    elif destroyed:
        sentence = (
            "What was held about you has been destroyed. The ledger keeps only proof of what happened: numbers, dates"
            f" and codes in {count}, without your name, your details or anything you said. They are in this report."
        )
    else:
        sentence = f"The ledger holds {count} about you with numbers, dates and codes, but nothing you said."
    return HeldSection(heading="Whether data about you is held", held=personal, entries=entries, sentence=sentence)


def searched(entries: Sequence[Entry], *, upto: int, views_upto: int, at: datetime) -> SearchSection:
    """What was searched, up to which position of the log and of the views."""
    first, last = entries[0], entries[-1]
    behind = upto - views_upto
    sentences = [
        (f"The data-sharing ledger was searched by your customer number up to entry {upto:,}, on {dates.moment(at)}."),
        (
            f"It holds {len(entries)} entries about you, recorded from {dates.day(first.recorded_at)} to"
            f" {dates.day(last.recorded_at)}; the last is the making of this report."
        ),
        (
            "It is complete because the entries are numbered without gaps, every field of every entry declares what it"
            " is, and this report prints them all."
        ),
        "Not searched: the recipients' own systems, mailboxes and paper files. “Who received your data” names them.",
    ]
    if behind > 0:
        sentences.append(
            f"The lists of shares and retention were {behind} entries behind when this report was made; the copy of"
            " your data was not."
        )
    return SearchSection(
        heading="What was searched",
        systems=["the data-sharing ledger"],
        searched_by="customer number",
        upto_position=upto,
        views_upto_position=views_upto,
        at=at,
        entries=len(entries),
        sentences=sentences,
    )
