"""Section R10 of the report: whether data was sent or stored abroad, where, and what protects it there (Art. 15(2)).

Pure: one person's entries with their events and the rows of the shares view come in, words go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.events import CustomerReferred, DataShared
from ledger.log.codec import Entry
from ledger.rules.security import is_abroad
from projections.row import Row
from projections.shares.read import Share
from projections.subject_access.record import History
from projections.subject_access.shares import NamesOn
from projections.wording import dates, parties
from projections.wording.parties import Names

_ELSEWHERE = "Where else a recipient's own computers stand is not recorded in this ledger; the controller can tell you."


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer(Row):
    """One share whose data was stored outside the United Kingdom."""

    share_id: str
    position: int
    recipient: str
    when: str
    country: str | None
    safeguard: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TransfersSection(Row):
    """Section R10."""

    heading: str
    transfers: list[Transfer]
    not_recorded: int
    """Of how many shares it is not recorded where the data was stored."""
    sentence: str


def section(history: History, rows: Sequence[Share], names_on: NamesOn) -> TransfersSection:
    """Each share that is recorded as stored outside the United Kingdom, oldest first, and how many do not say where."""
    places = {row.position: row for row in rows}
    sent = [
        (entry, event)
        for entry, event in history
        if isinstance(event, DataShared) or (isinstance(event, CustomerReferred) and event.with_data is not False)
    ]
    transfers = [
        _transfer(entry, event, names_on(places[entry.position].day))
        for entry, event in sent
        if isinstance(event, DataShared) and entry.position in places and is_abroad(event.storage_location)
    ]
    unknown = sum(not getattr(event, "storage_location", None) for _, event in sent)
    return TransfersSection(
        heading="Whether your data was sent abroad",
        transfers=transfers,
        not_recorded=unknown,
        sentence=_sentence(len(sent), len(transfers), unknown),
    )


def _transfer(entry: Entry, event: DataShared, names: Names) -> Transfer:
    return Transfer(
        share_id=event.share_id,
        position=entry.position,
        recipient=parties.organisation(event.sent_to, names),
        when=dates.moment(entry.occurred_at),
        country=event.storage_location,
        safeguard=event.transfer_safeguard or "not recorded",
    )


def _sentence(sent: int, abroad: int, unknown: int) -> str:
    if not sent:
        return f"No sharing of your data is recorded, and so none with anybody abroad. {_ELSEWHERE}"
    if abroad:
        first = "These records say of the shares listed here that your data was stored outside the United Kingdom."
    elif unknown < sent:
        first = "No record says that your data was stored outside the United Kingdom."
    else:
        first = "These records do not say in which country your data was stored when it was shared."
    rest = f" For {unknown} of {sent} shares it is not recorded where it was stored." if 0 < unknown < sent else ""
    return f"{first}{rest} {_ELSEWHERE}"
