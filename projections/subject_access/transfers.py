"""Section R10 of the report: whether data was sent or stored abroad, where, and what protects it there (Art. 15(2)).

Pure: one person's entries with their events and the rows of the shares view come in, words go out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from ledger.events import CustomerReferred, DataShared
from ledger.log.codec import Entry
from ledger.rules.security import is_abroad
from projections.subject_access.data_copy import Section
from projections.subject_access.sections import Told, day_of
from projections.wording import words
from projections.wording.words import Names

_ELSEWHERE = "Where else a recipient's own computers stand is not recorded in this ledger; the controller can tell you."


def section(told: Told, rows: Sequence[Section], names_on: Callable[[date], Names]) -> Section:
    """Each share that is recorded as stored outside the United Kingdom, oldest first, and how many do not say where.

    `rows` are the shares view's and `names_on` gives the names on a day.
    """
    places = {row["position"]: row for row in rows}
    sent = [
        (entry, event)
        for entry, event in told
        if isinstance(event, DataShared) or (isinstance(event, CustomerReferred) and event.with_data is not False)
    ]
    transfers = [
        _transfer(entry, event, names_on(day_of(places[entry.position])))
        for entry, event in sent
        if isinstance(event, DataShared) and entry.position in places and is_abroad(event.storage_location)
    ]
    unsaid = sum(not getattr(event, "storage_location", None) for _, event in sent)
    return {
        "heading": "Whether your data was sent abroad",
        "transfers": transfers,
        "not_recorded": unsaid,
        "sentence": _sentence(len(sent), len(transfers), unsaid),
    }


def _transfer(entry: Entry, event: DataShared, names: Names) -> Section:
    return {
        "share_id": event.share_id,
        "position": entry.position,
        "recipient": words.organisation(event.sent_to, names),
        "when": words.moment(entry.occurred_at),
        "country": event.storage_location,
        "safeguard": event.transfer_safeguard or "not recorded",
    }


def _sentence(sent: int, abroad: int, unsaid: int) -> str:
    if not sent:
        return f"No sharing of your data is recorded, and so none with anybody abroad. {_ELSEWHERE}"
    if abroad:
        first = "These records say of the shares listed here that your data was stored outside the United Kingdom."
    elif unsaid < sent:
        first = "No record says that your data was stored outside the United Kingdom."
    else:
        first = "These records do not say in which country your data was stored when it was shared."
    rest = f" For {unsaid} of {sent} shares it is not recorded where it was stored." if 0 < unsaid < sent else ""
    return f"{first}{rest} {_ELSEWHERE}"
