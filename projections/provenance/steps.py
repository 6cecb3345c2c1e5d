"""What happened to a person's data as the steps of a picture; how they are drawn is `picture`'s affair."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ledger import events
from ledger.events import FromDocument
from ledger.log.codec import Entry
from projections.provenance import picture
from projections.provenance.items import Movements, Person, carried
from projections.provenance.table import called, whence
from projections.subject_access.last_words import record_of
from projections.wording import classes, codes, dates, parties, source_fields


def drawn(person: Person) -> str:
    """The picture; of a person with several records each step says which one it is about."""
    several = len(person.records) > 1
    steps = [(at, _named(found, step) if several else step) for found in person.records for at, step in _steps(found)]
    return picture.draw([step for _, step in sorted(steps, key=lambda dated: dated[0])])


def _named(found: Movements, step: picture.Step) -> picture.Step:
    return replace(step, data=[f"record {found.customer_id}", *step.data])


def _steps(found: Movements) -> list[tuple[datetime, picture.Step]]:
    """What is drawn and when: records as kept (a day's together), receipts, shares, referrals and destruction."""
    by_position = {share.position: share for share in found.shares}
    keeping: dict[tuple[str, str], list[str]] = {}
    steps: list[tuple[datetime, picture.Step]] = []
    for entry, event in found.history:
        who = _called_shortly(found, whence(event) or parties.organisation_of(entry.actor))
        match event:
            case events.DataReceived():
                receiver = _called_shortly(found, event.received_by)
                what = codes.items(event.items) or ["not recorded item by item"]
                steps.append((entry.occurred_at, _step(entry, "data received", who, receiver, what)))
            case events.DataShared() | events.CustomerReferred() if entry.position in by_position:
                share = by_position[entry.position]
                data = [called(item) for item in carried(found, share)] or codes.items(share.items)
                sender = _called_shortly(found, share.sent_by)
                receiver = _called_shortly(found, share.sent_to)
                what_was = "referred" if isinstance(event, events.CustomerReferred) else "data shared"
                data = data or ["not recorded item by item"]
                steps.append((entry.occurred_at, _step(entry, what_was, sender, receiver, data, uses=True)))
            case events.RecordsDestroyed():
                gone = [classes.class_of_records(part["class"]) for part in event.destroyed]
                by = _called_shortly(found, parties.organisation_of(entry.actor))
                steps.append((entry.occurred_at, _step(entry, "records destroyed", by, None, gone, uses=True)))
            case FromDocument():
                day = (dates.day(entry.occurred_at), who)
                if day not in keeping:
                    keeping[day] = []
                    steps.append((entry.occurred_at, _step(entry, "records kept", who, None, keeping[day])))
                keeping[day].append(source_fields.kind_of_record(record_of(event)[0]))
            case _:
                pass
    return steps


def _called_shortly(found: Movements, code: object) -> str:
    """An organisation by its name alone: a picture has little room."""
    return found.names.get(str(code)) or parties.organisation(code, found.names)


def _step(entry: Entry, what: str, by: str, to: str | None, data: list[str], *, uses: bool = False) -> picture.Step:
    return picture.Step(what=what, when=dates.day(entry.occurred_at), by=by, to=to, data=data, uses=uses)
