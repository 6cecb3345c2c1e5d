"""Where each item of a person's data came from, what happened to it and everyone it went to: table and PROV-JSON.

Only ids, codes, dates and names of organisations leave this file; no value a person gave. How it is drawn is
`provenance_picture`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from api.casework.runtime import House
from api.movements import Found, Item, Person, carried, found
from api.prov import prov_document
from ledger import events
from ledger.caller import Caller
from ledger.events import Event, FromDocument
from ledger.log.codec import Entry
from projections.provenance import picture
from projections.subject_access import data_copy
from projections.subject_access.data_copy import Section
from projections.wording import words
from projections.wording.words import Names


def table(house: House, customer_id: UUID, by: Caller, route: str) -> Section:
    """One row for each item of data: of which record, whence, when, how, what became of it and everyone it went to."""
    return _table(found(house, customer_id, by, route))


def _table(person: Person) -> Section:
    return {
        "customer_id": str(person.records[0].customer),
        "other_records": [str(found.customer) for found in person.records[1:]],
        "other_records_not_shown": person.not_shown,
        "rows": [_row(found, item) for found in person.records for item in found.items.values()],
        "shares_without_items": [
            {"customer_id": str(found.customer), **_gone_to(found, share)}
            for found in person.records
            for share in found.shares
            if not _says_which(share)
        ],
    }


def prov_json(house: House, customer_id: UUID, by: Caller, route: str) -> Section:
    """The same as PROV-JSON (W3C Member Submission of 24 April 2013); ids only."""
    return prov_document(found(house, customer_id, by, route))


def svg(house: House, customer_id: UUID, by: Caller, route: str) -> str:
    """The same as an accessible picture: who, what happened, which data, time from left to right."""
    return drawn(found(house, customer_id, by, route))


def both(house: House, customer_id: UUID, by: Caller, route: str) -> tuple[Section, str]:
    """Table and picture of one reading."""
    everything = found(house, customer_id, by, route)
    return _table(everything), drawn(everything)


def drawn(person: Person) -> str:
    """Of a person with several records a step says which one it is about."""
    several = len(person.records) > 1
    steps = [(at, _named(found, step) if several else step) for found in person.records for at, step in _steps(found)]
    return picture.draw([step for _, step in sorted(steps, key=lambda one: one[0])])


def _named(found: Found, step: picture.Step) -> picture.Step:
    return replace(step, data=[f"record {found.customer}", *step.data])


def _says_which(share: Section) -> bool:
    return bool(share["items"] or share["plan_id"] or share["kind"] == "referral")


def _row(found: Found, item: Item) -> Section:
    entry, event = item.versions[0]
    return {
        "customer_id": str(found.customer),
        "item": _called(item),
        "record_id": item.key[1] or None,
        "data": _which_data(item),
        "from": words.organisation(_whence(event), found.names),
        "from_organisation": _whence(event),
        "at": data_copy.text_of(entry.occurred_at),
        "when": words.moment(entry.occurred_at),
        "how": _how(entry, event, found.names),
        "versions": len(item.versions),
        "position": entry.position,
        "after": [
            {"at": data_copy.text_of(at), "when": words.moment(at), "what": what} for at, what in _after(found, item)
        ],
        "went_to": [
            _gone_to(found, share) for share in found.shares if any(one is item for one in carried(found, share))
        ],
    }


def _called(item: Item) -> str:
    kind = item.key[0]
    return events.EVENTS[kind].LABEL if kind in events.EVENTS else words.kind_of_record(kind)


def _which_data(item: Item) -> list[str]:
    names: dict[str, None] = {}
    for _, event in item.versions:
        if isinstance(event, events.DataReceived):
            names.update(dict.fromkeys(words.items(event.items)))
        kind = getattr(event, "collection", None)
        changed = getattr(event, "changed", ()) or (getattr(event, "values", None) or ())
        names.update(dict.fromkeys(_labels(kind, changed)))
    return list(names)


def _labels(kind: str | None, names: Iterable[str]) -> list[str]:
    """What a reader calls these fields of a record, without its bookkeeping."""
    return [words.label_of(kind, name) for name in names if not words.bookkeeping(kind, name)]


def _whence(event: Event) -> str | None:
    for name in ("received_from", "touchpoint", "organisation", "referred_by"):
        if said := getattr(event, name, None):
            return str(said)
    return None


def _how(entry: Entry, event: Event, names: Names) -> str:
    if isinstance(event, events.DataReceived):
        known = event.channel not in {None, "not recorded"}
        return f"received {words.channel(event.channel)}" if known else "received; how was not recorded"
    if getattr(event, "etag", None) or getattr(event, "history_id", None) is not None:
        return "written by that organisation in the source service and imported"
    return f"recorded by {words.recorded_by(entry.actor, names)}"


def _after(found: Found, item: Item) -> Iterator[tuple[datetime, str]]:
    happened = [(entry.occurred_at, _changed(event)) for entry, event in item.versions[1:]]
    kinds = {(entry.class_, entry.part) for entry, _ in item.versions if entry.commitment is not None}
    receipt = item.key[1] if item.key[0] == "data-received" else None
    for entry, event in found.told:
        match event:
            case events.DataIncorporated() if receipt and event.receipt_id == receipt:
                happened.append((entry.occurred_at, "put into your record"))
            case events.CopyDisposed() if receipt and event.receipt_id == receipt:
                happened.append((entry.occurred_at, f"the copy received ({event.medium}) was deleted or destroyed"))
            case events.RecordsDestroyed():
                rules = [one["rule"] for one in event.destroyed if (one["class"], one.get("part") or "") in kinds]
                if rules:
                    happened.append((entry.recorded_at, f"destroyed under rule {rules[0]}"))
            case _:
                pass
    yield from sorted(happened, key=lambda one: one[0])


def _changed(event: Event) -> str:
    kind = getattr(event, "collection", None)
    names = _labels(kind, getattr(event, "changed", ()))
    emptied = _labels(kind, getattr(event, "cleared", ()))
    said = "corrected" if isinstance(event, events.RecordCorrected) else "changed"
    parts = [f"{said}: {', '.join(names)}" if names else "", f"emptied: {', '.join(emptied)}" if emptied else ""]
    return "; ".join(part for part in parts if part) or event.LABEL


def _gone_to(found: Found, share: Section) -> Section:
    return {
        "share_id": share["share_id"],
        "position": share["position"],
        "at": share["at"],
        "when": words.moment(share["at"]),
        "by": words.organisation(share["from"]["organisation"], found.names),
        "to": words.organisation(share["to"]["organisation"], found.names),
        "how": words.channel(share["channel"]) if share["channel"] else "not recorded",
        "what": "referral" if share["kind"] == "referral" else "share",
        "items": words.items(share["items"]),
        "confirmed": share["confirmed_at"] and words.moment(share["confirmed_at"]),
        "custody": [{"at": data_copy.text_of(at), "when": words.moment(at), "who": who}
                    for at, who in _custody(found, share)],
    }  # fmt: skip


def _custody(found: Found, share: Section) -> list[tuple[datetime, str]]:
    """Who had what was shared, and from when; each until the next (CH-HAND-04).

    What goes by post or courier is with neither side until somebody signs for it.
    """
    receiver = words.organisation(share["to"]["organisation"], found.names)
    role = share["recipient_role"]
    recipient = f"{words.plainly(role)}, {receiver}" if role else receiver
    carried = str(share["channel"] or "").upper() in {"POST", "COURIER"}
    sent_at = datetime.fromisoformat(str(share["at"]))
    had = [(sent_at, f"on its way to {recipient}" if carried else recipient)]
    for entry, event in found.told:
        at = entry.occurred_at
        if getattr(event, "share_id", None) != share["share_id"]:
            continue
        match event:
            case events.ReceiptConfirmed() if carried:
                had.append((datetime.fromisoformat(event.confirmed_at) if event.confirmed_at else at, recipient))
            case events.PassedToWorkCoach():
                when = datetime.fromisoformat(event.passed_at) if event.passed_at else at
                had.append((when, f"the work coach, {receiver}"))
            case _:
                pass
    return sorted(had, key=lambda one: one[0])


def _steps(found: Found) -> list[tuple[datetime, picture.Step]]:
    """What is drawn and when: records as kept (a day's together), receipts, shares, referrals and destruction."""
    by_position = {share["position"]: share for share in found.shares}
    keeping: dict[tuple[str, str], list[str]] = {}
    steps: list[tuple[datetime, picture.Step]] = []
    for entry, event in found.told:
        who = _called_shortly(found, _whence(event) or words.organisation_of(entry.actor))
        match event:
            case events.DataReceived():
                receiver = _called_shortly(found, event.received_by)
                what = words.items(event.items) or ["not recorded item by item"]
                steps.append((entry.occurred_at, _step(entry, "data received", who, receiver, what)))
            case events.DataShared() | events.CustomerReferred() if entry.position in by_position:
                share = by_position[entry.position]
                data = [_called(item) for item in carried(found, share)] or words.items(share["items"])
                sender = _called_shortly(found, share["from"]["organisation"])
                receiver = _called_shortly(found, share["to"]["organisation"])
                what_was = "referred" if isinstance(event, events.CustomerReferred) else "data shared"
                data = data or ["not recorded item by item"]
                steps.append((entry.occurred_at, _step(entry, what_was, sender, receiver, data, uses=True)))
            case events.RecordsDestroyed():
                gone = [words.class_of_records(one["class"]) for one in event.destroyed]
                by = _called_shortly(found, words.organisation_of(entry.actor))
                steps.append((entry.occurred_at, _step(entry, "records destroyed", by, None, gone, uses=True)))
            case FromDocument():
                day = (words.day(entry.occurred_at), who)
                if day not in keeping:
                    keeping[day] = []
                    steps.append((entry.occurred_at, _step(entry, "records kept", who, None, keeping[day])))
                keeping[day].append(words.kind_of_record(data_copy.record_of(event)[0]))
            case _:
                pass
    return steps


def _called_shortly(found: Found, code: object) -> str:
    """An organisation by its name alone: a picture has little room."""
    return found.names.get(str(code)) or words.organisation(code, found.names)


def _step(entry: Entry, what: str, by: str, to: str | None, data: list[str], *, uses: bool = False) -> picture.Step:
    return picture.Step(what=what, when=words.day(entry.occurred_at), by=by, to=to, data=data, uses=uses)
