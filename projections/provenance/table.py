"""Where each item of a person's data came from, what happened to it and everyone it went to, as a table.

Only ids, codes, dates and names of organisations leave this file; no value a person gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger import events
from ledger.events import Event, Json
from ledger.log.codec import Entry
from projections.provenance.items import Item, Movements, Person, carried
from projections.row import Row
from projections.shares.read import Share
from projections.wording import channels, codes, dates, parties, source_fields
from projections.wording.parties import Names


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened(Row):
    """What became of an item, and when."""

    at: datetime
    when: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Custody(Row):
    """Who had what was shared, from when on."""

    at: datetime
    when: str
    who: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WentTo(Row):
    """A share or referral that an item went in."""

    share_id: str
    position: int
    at: datetime
    when: str
    by: str
    to: str
    how: str
    what: str
    items: list[str]
    confirmed: str | None
    custody: list[Custody]


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemRow(Row):
    """An item: of which record, whence, when, how, what became of it and everyone it went to."""

    customer_id: UUID
    item: str
    record_id: str | None
    data: list[str]
    from_: str
    from_organisation: str | None
    at: datetime
    when: str
    how: str
    versions: int
    position: int
    after: list[Happened]
    went_to: list[WentTo]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnnamedShare(Row):
    """A share that does not say which items went in it."""

    customer_id: UUID
    share: WentTo

    def as_json(self) -> dict[str, Json]:
        """The customer beside what the share says."""
        return {"customer_id": str(self.customer_id), **self.share.as_json()}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvenanceTable(Row):
    """The items of a person, and the shares that do not say which items went in them."""

    customer_id: UUID
    other_records: list[UUID]
    other_records_not_shown: int
    rows: list[ItemRow]
    shares_without_items: list[UnnamedShare]


def table(person: Person) -> ProvenanceTable:
    """One row for each item of data."""
    return ProvenanceTable(
        customer_id=person.records[0].customer_id,
        other_records=[found.customer_id for found in person.records[1:]],
        other_records_not_shown=person.not_shown,
        rows=[_row(found, item) for found in person.records for item in found.items.values()],
        shares_without_items=[
            UnnamedShare(customer_id=found.customer_id, share=_gone_to(found, share))
            for found in person.records
            for share in found.shares
            if not _says_which(share)
        ],
    )


def _says_which(share: Share) -> bool:
    return bool(share.items or share.plan_id or share.kind == "referral")


def _row(found: Movements, item: Item) -> ItemRow:
    entry, event = item.versions[0]
    return ItemRow(
        customer_id=found.customer_id,
        item=called(item),
        record_id=item.key[1] or None,
        data=_which_data(item),
        from_=parties.organisation(whence(event), found.names),
        from_organisation=whence(event),
        at=entry.occurred_at,
        when=dates.moment(entry.occurred_at),
        how=_how(entry, event, found.names),
        versions=len(item.versions),
        position=entry.position,
        after=[Happened(at=at, when=dates.moment(at), what=what) for at, what in _after(found, item)],
        went_to=[
            _gone_to(found, share) for share in found.shares if any(other is item for other in carried(found, share))
        ],
    )


def called(item: Item) -> str:
    """What an item is called."""
    kind = item.key[0]
    return events.EVENTS[kind].LABEL if kind in events.EVENTS else source_fields.kind_of_record(kind)


def _which_data(item: Item) -> list[str]:
    names: dict[str, None] = {}
    for _, event in item.versions:
        if isinstance(event, events.DataReceived):
            names.update(dict.fromkeys(codes.items(event.items)))
        kind = getattr(event, "collection", None)
        changed = getattr(event, "changed", ()) or (getattr(event, "values", None) or ())
        names.update(dict.fromkeys(_labels(kind, changed)))
    return list(names)


def _labels(kind: str | None, names: Iterable[str]) -> list[str]:
    """What a reader calls these fields of a record, without its bookkeeping."""
    return [source_fields.label_of(kind, name) for name in names if not source_fields.bookkeeping(kind, name)]


def whence(event: Event) -> str | None:
    """The organisation that data came from with an event."""
    for name in ("received_from", "touchpoint", "organisation", "referred_by"):
        if code := getattr(event, name, None):
            return str(code)
    return None


def _how(entry: Entry, event: Event, names: Names) -> str:
    if isinstance(event, events.DataReceived):
        known = event.channel not in {None, "not recorded"}
        return f"received {channels.channel(event.channel)}" if known else "received; how was not recorded"
    if getattr(event, "etag", None) or getattr(event, "history_id", None) is not None:
        return "written by that organisation in the source service and imported"
    return f"recorded by {parties.recorded_by(entry.actor, names)}"


def _after(found: Movements, item: Item) -> Iterator[tuple[datetime, str]]:
    happened = [(entry.occurred_at, _changed(event)) for entry, event in item.versions[1:]]
    kinds = {(entry.class_, entry.part) for entry, _ in item.versions if entry.commitment is not None}
    receipt = item.key[1] if item.key[0] == "data-received" else None
    for entry, event in found.history:
        match event:
            case events.DataIncorporated() if receipt and event.receipt_id == receipt:
                happened.append((entry.occurred_at, "put into your record"))
            case events.CopyDisposed() if receipt and event.receipt_id == receipt:
                happened.append((entry.occurred_at, f"the copy received ({event.medium}) was deleted or destroyed"))
            case events.RecordsDestroyed():
                rules = [part["rule"] for part in event.destroyed if (part["class"], part.get("part") or "") in kinds]
                if rules:
                    happened.append((entry.recorded_at, f"destroyed under rule {rules[0]}"))
            case _:
                pass
    yield from sorted(happened, key=lambda dated: dated[0])


def _changed(event: Event) -> str:
    kind = getattr(event, "collection", None)
    names = _labels(kind, getattr(event, "changed", ()))
    emptied = _labels(kind, getattr(event, "cleared", ()))
    verb = "corrected" if isinstance(event, events.RecordCorrected) else "changed"
    parts = [f"{verb}: {', '.join(names)}" if names else "", f"emptied: {', '.join(emptied)}" if emptied else ""]
    return "; ".join(part for part in parts if part) or event.LABEL


def _gone_to(found: Movements, share: Share) -> WentTo:
    return WentTo(
        share_id=share.share_id,
        position=share.position,
        at=share.at,
        when=dates.moment(share.at),
        by=parties.organisation(share.sent_by, found.names),
        to=parties.organisation(share.sent_to, found.names),
        how=channels.channel(share.channel) if share.channel else "not recorded",
        what="referral" if share.kind == "referral" else "share",
        items=codes.items(share.items),
        confirmed=dates.moment(share.confirmed_at) if share.confirmed_at else None,
        custody=[Custody(at=at, when=dates.moment(at), who=who) for at, who in _custody(found, share)],
    )


def _custody(found: Movements, share: Share) -> list[tuple[datetime, str]]:
    """Who had what was shared, and from when; each until the next (CH-HAND-04).

    What goes by post or courier is with neither side until somebody signs for it.
    """
    receiver = parties.organisation(share.sent_to, found.names)
    role = share.recipient_role
    recipient = f"{codes.plainly(role)}, {receiver}" if role else receiver
    posted = str(share.channel or "").upper() in {"POST", "COURIER"}
    holders = [(share.at, f"on its way to {recipient}" if posted else recipient)]
    for entry, event in found.history:
        at = entry.occurred_at
        if getattr(event, "share_id", None) != share.share_id:
            continue
        match event:
            case events.ReceiptConfirmed() if posted:
                holders.append((datetime.fromisoformat(event.confirmed_at) if event.confirmed_at else at, recipient))
            case events.PassedToWorkCoach():
                when = datetime.fromisoformat(event.passed_at) if event.passed_at else at
                holders.append((when, f"the work coach, {receiver}"))
            case _:
                pass
    return sorted(holders, key=lambda dated: dated[0])
