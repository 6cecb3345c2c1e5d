"""Past recipients who must be told of a correction, erasure or restriction (UK GDPR Art. 19, LAW-A19): pure.

Such a correction, erasure or restriction is called a matter. A person may have several records: recipients of another
record are found when the matter is decided, or when the disclosure is recorded if that is later, and are named in a
`recipients-found` event of the record the matter belongs to. So one record's history is enough to know who must be told
(LEDG-18).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ledger import events
from ledger.codes.items import may_overlap
from ledger.events import Event
from ledger.state.history import DatedEvent

_OF_THIS_RECORD = ""


class Matter(NamedTuple):
    """A correction, an erasure or a restriction that past recipients must be told of."""

    at: datetime
    id: str
    owner: str | None
    maker: str | None
    """The organisation that made the correction itself, and so need not be told of it."""
    items: tuple[str, ...]


class Disclosure(NamedTuple):
    """An organisation that received data; empty items mean any item may have been among it (LAW-A19)."""

    at: datetime
    to: str
    items: tuple[str, ...]


class PastRecipients:
    """Accumulates matters and disclosures of one record; call `after` and `over` once per event, in recorded order."""

    def __init__(self) -> None:
        self._matters: list[Matter] = []
        self._disclosed: list[Disclosure] = []
        self._because: dict[tuple[str, str], set[str]] = {}
        """Matter id and recipient to the causes: a disclosure of this record, or the ids of merges that found it."""

    def after(self, at: datetime, event: Event) -> list[tuple[Matter, str]]:
        """The (matter, recipient) pairs to be told because of this event, new matter or newly recorded disclosure."""
        new_matters, new_disclosed = [*matters_in(at, event)], [*disclosures_in(at, event)]
        pairs = [(matter, went) for matter in new_matters for went in self._disclosed]
        pairs += [(matter, went) for went in new_disclosed for matter in self._matters if went.at < matter.at]
        to_tell = [(matter, went.to, _OF_THIS_RECORD) for matter, went in pairs if had_received(matter, went)]
        if isinstance(event, events.RecipientsFound):
            about = [matter for matter in self._matters if matter.id == event.matter_id]
            to_tell += [(matter, to, event.merge_id) for matter in about for to in event.recipients]
        self._matters += new_matters
        self._disclosed += new_disclosed
        for matter, to, because in to_tell:
            self._because.setdefault((matter.id, to), set()).add(because)
        return [(matter, to) for matter, to, _ in to_tell]

    def over(self, event: Event) -> list[tuple[str, str]]:
        """The (matter id, recipient) pairs that need not be told any more after this event.

        A recipient found only by a merge that is undone never had data of this person.
        """
        if not isinstance(event, events.CustomersUnmerged):
            return []
        found = [pair for pair, because in self._because.items() if because == {event.merge_id}]
        for because in self._because.values():
            because.discard(event.merge_id)
        return found


def matters_in(at: datetime, event: Event) -> Iterator[Matter]:
    """The matters an event records: none or one."""
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
    """The disclosures an event records: none or one."""
    match event:
        case events.DataShared() if event.sent_to:
            yield Disclosure(at, event.sent_to, event.items)
        case events.CustomerReferred() if event.referred_to and event.with_data is not False:
            yield Disclosure(at, event.referred_to, ())
        case _:
            pass


def had_received(matter: Matter, went: Disclosure) -> bool:
    """Whether the disclosure may have included what the matter changes, to a recipient other than its maker."""
    return went.to != matter.maker and may_overlap(matter.items, went.items)


def found_elsewhere(
    matters: Sequence[DatedEvent], disclosed: Iterable[DatedEvent], merge_id: str, *, recorded_first: bool
) -> Iterator[events.RecipientsFound]:
    """For each matter of one record, the event naming recipients of the person's other record joined by `merge_id`.

    With `recorded_first` every disclosure counts; otherwise only those that happened before the matter.
    """
    gone = [found for at, event in disclosed for found in disclosures_in(at, event)]
    for matter in (found for at, event in matters for found in matters_in(at, event)):
        to = {went.to for went in gone if had_received(matter, went) and (recorded_first or went.at < matter.at)}
        if to:
            yield events.RecipientsFound(matter_id=matter.id, recipients=tuple(sorted(to)), merge_id=merge_id)
