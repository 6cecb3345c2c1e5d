"""The part of the report about who serves the person and who did: since when, until when, and how it began.

Pure: a person's entries and opened payloads come in, words go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.authority.serving import Period, periods_of
from ledger.authority.side import contract_is_over
from ledger.events import ServingBegan
from ledger.log.codec import Entry
from ledger.state.registers import InForce
from ledger.state.replay import event_of
from projections.row import Row
from projections.subject_access.record import GONE, Opened
from projections.wording import claims as wording
from projections.wording import dates, outcomes, parties
from projections.wording.parties import Names

CAREFUL = "Nobody new begins to serve you unless the controller decides it, because extra care was asked for."
END_OF_CONTRACT = "the end of its contract"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingInWords(Row):
    """A time in which an organisation served the person: its advisers may read the record then."""

    organisation: str
    since: str
    until: str | None
    because: str
    identifiers: list[str]
    """What was shown beside name and date of birth, where identity was shown."""
    informed: list[str]
    """The organisations that served before and were informed."""
    reason: str | None
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingSection(Row):
    """Who serves the person now, and who did before."""

    heading: str
    sentence: str
    rows: list[ServingInWords]
    careful: str | None
    """What a flag in force means for the person."""


def section(entries: Sequence[Entry], opened: Opened, on: InForce, names: Names, *, flagged: bool) -> ServingSection:
    """Each time an organisation served the person, and why, oldest first.

    `on` are the registers of the day of the report; `flagged` when only the controller may let somebody new serve them.
    """
    rows = [_row(period, opened, on, names) for period in periods_of(entries)]
    now = [row.organisation for row in rows if row.until is None]
    sentence = f"You are served by {' and '.join(now)}." if now else "No organisation serves you now."
    return ServingSection(
        heading="Who serves you and may read your record",
        sentence=f"{sentence} An organisation that serves you may read your record.",
        rows=rows,
        careful=CAREFUL if flagged else None,
    )


def _row(period: Period, opened: Opened, on: InForce, names: Names) -> ServingInWords:
    event = event_of(period.began, opened.get(period.began.position))
    began = event if isinstance(event, ServingBegan) else None
    return ServingInWords(
        organisation=parties.organisation(period.organisation, names),
        since=dates.day(period.since),
        until=_until(period, on),
        because=wording.serving_because(period.because),
        identifiers=[*map(_identifier, began.identifiers)] if began else [],
        informed=[parties.organisation(code, names) for code in began.served_before] if began else [],
        reason=(began.reason or GONE) if began else None,
        position=period.began.position,
    )


def _until(period: Period, on: InForce) -> str | None:
    if period.until is not None:
        return dates.day(period.until)
    return END_OF_CONTRACT if contract_is_over(on, period.organisation) else None


def _identifier(name: str) -> str:
    return outcomes.in_words(ServingBegan.NAME, "identifiers", (name,)) or name
