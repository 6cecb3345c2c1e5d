"""The part of the report about who serves the person: each organisation, since when and how it began.

Pure: one person's entries with their events come in, words go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger import events
from ledger.authority.serving import serving_of
from projections.row import Row
from projections.subject_access.record import History
from projections.wording import dates, outcomes, parties
from projections.wording.parties import Names

BEGAN: Mapping[str, str] = {
    "registered": "it registered you",
    "referred": "you were referred to it, and it accepted",
    "assigned": "the controller decided it",
    "identity-shown": "you showed who you are",
    "acted": "it helped you, by the records of the service",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class OrganisationServing(Row):
    """An organisation that serves the person: its advisers may read this record."""

    organisation: str
    since: str
    how: str
    shown: str | None
    """What was shown beside name and birth date, where it began by identity shown."""
    told: list[str]
    """The organisations that served before and were told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingSection(Row):
    """Who serves the person."""

    heading: str
    rows: list[OrganisationServing]
    careful: str | None
    """What a flag in force means for the person."""


def section(history: History, names: Names, *, flagged: bool) -> ServingSection:
    """Each organisation that serves the person; `flagged` when only the controller may let somebody new serve them."""
    serving = serving_of(entry for entry, _ in history)
    return ServingSection(
        heading="Who serves you and may read your record",
        rows=[
            _row(code, dates.day(service.since), service.because, history, names)
            for code, service in sorted(serving.organisations.items(), key=lambda item: item[1].since)
        ],
        careful="Nobody new begins to serve you unless the controller decides it, because extra care was asked for."
        if flagged
        else None,
    )


def _row(code: str, since: str, because: str, history: History, names: Names) -> OrganisationServing:
    began = [event for _, event in history if isinstance(event, events.ServingBegan) and event.organisation == code]
    by_identity = began[-1] if began and because == "identity-shown" else None
    return OrganisationServing(
        organisation=parties.organisation(code, names),
        since=since,
        how=BEGAN[because],
        shown=outcomes.in_words(by_identity.NAME, "identifiers", by_identity.identifiers) if by_identity else None,
        told=[parties.organisation(told, names) for told in by_identity.served_before] if by_identity else [],
    )
