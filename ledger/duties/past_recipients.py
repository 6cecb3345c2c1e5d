"""Who had received what is corrected, erased or restricted, and so must hear of it (UK GDPR Art. 19, LAW-A19): pure.

A person with several records is one person: whoever had data from another of them is found where the matter is decided,
or where the disclosure is recorded if that comes later, and named in an event of the record the matter belongs to. So
one record's history says all that is owed about it (LEDG-18).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ledger import events
from ledger.codes.items import may_meet
from ledger.events import Event
from ledger.state.history import DatedEvent

_OF_THIS_RECORD = ""


class Matter(NamedTuple):
    """What recipients must hear of: a correction, an erasure or a restriction."""

    at: datetime
    number: str
    owner: str | None
    maker: str | None
    """Who put it right itself and need not be told; who merely took a request did nothing yet."""
    items: tuple[str, ...]


class Disclosure(NamedTuple):
    """To whom data went; no items means that it is not said which, so it may have been any (LAW-A19)."""

    at: datetime
    to: str
    items: tuple[str, ...]


class PastRecipients:
    """Who is to be told of what, as one record's history goes on; to be asked event by event, in recorded order."""

    def __init__(self) -> None:
        self._matters: list[Matter] = []
        self._disclosed: list[Disclosure] = []
        self._because: dict[tuple[str, str], set[str]] = {}
        """For each number and recipient why: data of this record went there, or the merges by which it was found."""

    def after(self, at: datetime, event: Event) -> list[tuple[Matter, str]]:
        """Whom to tell of what since this event, be it that the disclosure was recorded first or happened first."""
        new_matters, new_disclosed = [*matters_in(at, event)], [*disclosures_in(at, event)]
        pairs = [(matter, went) for matter in new_matters for went in self._disclosed]
        pairs += [(matter, went) for went in new_disclosed for matter in self._matters if went.at < matter.at]
        told = [(matter, went.to, _OF_THIS_RECORD) for matter, went in pairs if had_received(matter, went)]
        if isinstance(event, events.RecipientsFound):
            about = [matter for matter in self._matters if matter.number == event.matter_id]
            told += [(matter, to, event.merge_id) for matter in about for to in event.recipients]
        self._matters += new_matters
        self._disclosed += new_disclosed
        for matter, to, because in told:
            self._because.setdefault((matter.number, to), set()).add(because)
        return [(matter, to) for matter, to, _ in told]

    def over(self, event: Event) -> list[tuple[str, str]]:
        """The numbers and recipients of what need not be told any more after this event.

        Who was found by a merge alone that was wrong never had data of this person.
        """
        if not isinstance(event, events.CustomersUnmerged):
            return []
        found = [pair for pair, because in self._because.items() if because == {event.merge_id}]
        for because in self._because.values():
            because.discard(event.merge_id)
        return found


def matters_in(at: datetime, event: Event) -> Iterator[Matter]:
    """The correction, erasure or restriction that an event is, if it is one."""
    match event:
        case events.RecordCorrected() if event.correction_id:
            yield Matter(at, event.correction_id, event.organisation, event.organisation, event.items)
        case events.ErasureUpheld():
            yield Matter(at, event.erasure_id, event.organisation, None, ())
        case events.ProcessingRestricted():
            yield Matter(at, event.restriction_id, event.organisation, None, event.items)
        case _:
            pass


def disclosures_in(at: datetime, event: Event) -> Iterator[Disclosure]:
    """To whom data went by an event, if any did."""
    match event:
        case events.DataShared() if event.sent_to:
            yield Disclosure(at, event.sent_to, event.items)
        case events.CustomerReferred() if event.referred_to and event.with_data is not False:
            yield Disclosure(at, event.referred_to, ())
        case _:
            pass


def had_received(matter: Matter, went: Disclosure) -> bool:
    """Whether what went may have been what is corrected, erased or restricted, and whoever got it has not done it."""
    return went.to != matter.maker and may_meet(matter.items, went.items)


def found_elsewhere(
    matters: Sequence[DatedEvent], disclosed: Iterable[DatedEvent], merge: str, *, recorded_first: bool
) -> Iterator[events.RecipientsFound]:
    """Who had received it from another record, for each of these matters of a record; `merge` is what joins the two.

    Unless the disclosures were recorded first, those count that happened first.
    """
    gone = [one for at, event in disclosed for one in disclosures_in(at, event)]
    for matter in (one for at, event in matters for one in matters_in(at, event)):
        to = {went.to for went in gone if had_received(matter, went) and (recorded_first or went.at < matter.at)}
        if to:
            yield events.RecipientsFound(matter_id=matter.number, recipients=tuple(sorted(to)), merge_id=merge)
