"""Where each item of a person's data came from, what happened to it and everyone it went to: table and PROV-JSON.

Only ids, codes, dates and names of organisations leave this file; no value a person gave. How it is drawn is
`provenance_picture`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api import answers, data_copy, provenance_picture, wording
from api.data_copy import Section
from api.prov import prov_document
from api.wiring import House
from api.wording import Names
from ledger import events
from ledger.codec import Entry
from ledger.decisions import Caller
from ledger.errors import UnknownCustomer
from ledger.events import Event, FromDocument
from ledger.recording import event_of
from projections import customers, shares

PURPOSE = "provenance"
_CARRIED_BY: dict[str, frozenset[str]] = {
    kind: frozenset(codes.split())
    for kind, codes in {
        "customers": "D01 D02 D05 D06 D07 D29 name date_of_birth universal_credit_identifier gender esol_status"
        " priority_group_status",
        "contacts": "D03 D04 email_address telephone_number",
        "sessions": "D08 D09 appointment_times_confirmation appointment_attendance_confirmation",
        "transfers": "D10 D12 referral_reason referrals_to_learning_training_employment_support",
        "employmentprogressions": "D11 D13 D14 D17 D18 D19 benefit_status_or_type length_of_unemployment"
        " job_search_restrictions employment_status previous_employment_roles previous_employment_sectors",
        "learningprogressions": "D15 D16 qualifications_achieved qualification_levels_achieved",
        "actionplans": "D20 D21 D22 D23 D24 D25 D26 D27 barriers_and_challenges aspirations_work_learning_skills"
        " skills_knowledge_gaps skills_assessment labour_market_information careers_goals work_goals learning_goals",
        "goals": "D25 D26 D27 careers_goals work_goals learning_goals",
        "outcomes": "D28 outcomes",
    }.items()
}
"""In which kind of record each item of the guidance's catalogue is kept."""


@dataclass(kw_only=True)
class Item:
    """One record about the person, or one receipt, with all its versions in the order they were recorded."""

    key: tuple[str, str]
    versions: list[tuple[Entry, Event]] = field(default_factory=list)
    plan: str | None = None
    """The action plan the record belongs to, if any."""

    @property
    def first(self) -> datetime:
        return min(entry.occurred_at for entry, _ in self.versions)

    def as_of(self, at: datetime) -> Entry | None:
        """The version that held at a moment, or the last recorded one that was not later."""
        known = [entry for entry, _ in self.versions if entry.occurred_at <= at]
        return known[-1] if known else None


@dataclass(kw_only=True)
class Found:
    """A customer's items, the ways they went and what else happened, from that customer's events alone."""

    customer: UUID
    told: list[tuple[Entry, Event]]
    opened: frozenset[int]
    items: dict[tuple[str, str], Item]
    shares: Sequence[Section]
    names: Names
    works_under: dict[str, str]


def table(house: House, customer_id: UUID, by: Caller, route: str) -> Section:
    """One row for each item of data: whence, when, how, what became of it and everyone it went to."""
    return _table(_found(house, customer_id, by, route))


def _table(found: Found) -> Section:
    return {
        "customer_id": str(found.customer),
        "rows": [_row(found, item) for item in found.items.values()],
        "shares_without_items": [_gone_to(found, share) for share in found.shares if not _says_which(share)],
    }


def prov_json(house: House, customer_id: UUID, by: Caller, route: str) -> Section:
    """The same as PROV-JSON (W3C Member Submission of 24 April 2013); ids only."""
    return prov_document(_found(house, customer_id, by, route), carried)


def svg(house: House, customer_id: UUID, by: Caller, route: str) -> str:
    """The same as an accessible picture: who, what happened, which data, time from left to right."""
    return drawn(_found(house, customer_id, by, route))


def both(house: House, customer_id: UUID, by: Caller, route: str) -> tuple[Section, str]:
    """Table and picture of one reading."""
    found = _found(house, customer_id, by, route)
    return _table(found), drawn(found)


def drawn(found: Found) -> str:
    return provenance_picture.draw(list(_steps(found)))


def carried(found: Found, share: Section) -> list[Item]:
    """The items that went in a share, as far as the share says so; a referral passes on what there was."""
    at = datetime.fromisoformat(str(share["at"]))
    there = [item for item in found.items.values() if item.first <= at and item.key[0] != "data-received"]
    if share["kind"] == "referral":
        return there
    said = set(share["items"])
    return [
        item
        for item in there
        if (share["plan_id"] and share["plan_id"] in {item.key[1], item.plan})
        or said & _CARRIED_BY.get(item.key[0], set())
    ]


def _says_which(share: Section) -> bool:
    return bool(share["items"] or share["plan_id"] or share["kind"] == "referral")


def _found(house: House, number: UUID, by: Caller, route: str) -> Found:
    with house.current_views() as connection:
        if customers.for_customer(connection, number) is None:
            raise UnknownCustomer
    answers.record_reading(house, number, by, purpose=PURPOSE, route=route)
    opened = house.ledger.unsealed(number)
    told = [(entry, event_of(entry, opened.get(entry.position))) for entry in house.ledger.history(number)]
    with house.views() as connection:
        return Found(
            customer=number,
            told=told,
            opened=frozenset(opened),
            items=_items(told),
            shares=[share for share in shares.for_customer(connection, number) if share["kind"] != "receipt"],
            names=shares.names_of(connection),
            works_under=shares.works_under(connection),
        )


def _items(told: Sequence[tuple[Entry, Event]]) -> dict[tuple[str, str], Item]:
    items: dict[tuple[str, str], Item] = {}
    for entry, event in told:
        if isinstance(event, events.DataReceived):
            key = (event.NAME, event.receipt_id)
        elif isinstance(event, FromDocument):
            key = data_copy.record_of(event)
            key = (key[0], key[1] or _own_number(event))
        else:
            continue
        item = items.setdefault(key, Item(key=key))
        item.versions.append((entry, event))
        values = getattr(event, "values", None) or {}
        item.plan = str(values["ActionPlanId"]) if values.get("ActionPlanId") else item.plan
    return items


def _own_number(event: Event) -> str:
    return next(
        (
            str(getattr(event, name))
            for name in ("referral_id", "appointment_id", "interaction_id")
            if hasattr(event, name)
        ),
        "",
    )


def _row(found: Found, item: Item) -> Section:
    entry, event = item.versions[0]
    return {
        "item": _called(item),
        "record_id": item.key[1] or None,
        "data": _which_data(item),
        "from": wording.organisation(_whence(event), found.names),
        "from_organisation": _whence(event),
        "at": data_copy.text_of(entry.occurred_at),
        "when": wording.moment(entry.occurred_at),
        "how": _how(entry, event, found.names),
        "versions": len(item.versions),
        "position": entry.position,
        "after": [
            {"at": data_copy.text_of(at), "when": wording.moment(at), "what": what} for at, what in _after(found, item)
        ],
        "went_to": [
            _gone_to(found, share) for share in found.shares if any(one is item for one in carried(found, share))
        ],
    }


def _called(item: Item) -> str:
    kind = item.key[0]
    return events.EVENTS[kind].LABEL if kind in events.EVENTS else wording.kind_of_record(kind)


def _which_data(item: Item) -> list[str]:
    names: dict[str, None] = {}
    for _, event in item.versions:
        if isinstance(event, events.DataReceived):
            names.update(dict.fromkeys(wording.items(event.items)))
        kind = getattr(event, "collection", None)
        changed = getattr(event, "changed", ()) or (getattr(event, "values", None) or ())
        names.update(dict.fromkeys(_labels(kind, changed)))
    return list(names)


def _labels(kind: str | None, names: Iterable[str]) -> list[str]:
    """What a reader calls these fields of a record, without its bookkeeping."""
    return [wording.label_of(kind, name) for name in names if not wording.bookkeeping(kind, name)]


def _whence(event: Event) -> str | None:
    for name in ("received_from", "touchpoint", "organisation", "referred_by"):
        if said := getattr(event, name, None):
            return str(said)
    return None


def _how(entry: Entry, event: Event, names: Names) -> str:
    if isinstance(event, events.DataReceived):
        return f"received {wording.channel(event.channel)}" if event.channel else "received"
    if getattr(event, "etag", None):
        return "written by that organisation in the source service and imported"
    return f"recorded by {wording.recorded_by(entry.actor, names)}"


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
        "when": wording.moment(share["at"]),
        "by": wording.organisation(share["from"]["organisation"], found.names),
        "to": wording.organisation(share["to"]["organisation"], found.names),
        "how": wording.channel(share["channel"]) if share["channel"] else "not recorded",
        "what": "referral" if share["kind"] == "referral" else "share",
        "items": wording.items(share["items"]),
        "confirmed": share["confirmed_at"] and wording.moment(share["confirmed_at"]),
    }


def _steps(found: Found) -> Iterator[provenance_picture.Step]:
    """What is drawn: records as they were kept (a day's together), receipts, shares, referrals and destruction."""
    by_position = {share["position"]: share for share in found.shares}
    keeping: dict[tuple[str, str], list[str]] = {}
    steps: list[tuple[datetime, provenance_picture.Step]] = []
    for entry, event in found.told:
        who = _called_shortly(found, _whence(event) or wording.organisation_of(entry.actor))
        match event:
            case events.DataReceived():
                receiver = _called_shortly(found, event.received_by)
                what = wording.items(event.items) or ["not recorded item by item"]
                steps.append((entry.occurred_at, _step(entry, "data received", who, receiver, what)))
            case events.DataShared() | events.CustomerReferred() if entry.position in by_position:
                share = by_position[entry.position]
                data = [_called(item) for item in carried(found, share)] or wording.items(share["items"])
                sender = _called_shortly(found, share["from"]["organisation"])
                receiver = _called_shortly(found, share["to"]["organisation"])
                what_was = "referred" if isinstance(event, events.CustomerReferred) else "data shared"
                data = data or ["not recorded item by item"]
                steps.append((entry.occurred_at, _step(entry, what_was, sender, receiver, data, uses=True)))
            case events.RecordsDestroyed():
                gone = [wording.class_of_records(one["class"]) for one in event.destroyed]
                by = _called_shortly(found, wording.organisation_of(entry.actor))
                steps.append((entry.occurred_at, _step(entry, "records destroyed", by, None, gone, uses=True)))
            case FromDocument():
                day = (wording.day(entry.occurred_at), who)
                if day not in keeping:
                    keeping[day] = []
                    steps.append((entry.occurred_at, _step(entry, "records kept", who, None, keeping[day])))
                keeping[day].append(wording.kind_of_record(data_copy.record_of(event)[0]))
            case _:
                pass
    yield from (step for _, step in sorted(steps, key=lambda one: one[0]))


def _called_shortly(found: Found, code: object) -> str:
    """An organisation by its name alone: a picture has little room."""
    return found.names.get(str(code)) or wording.organisation(code, found.names)


def _step(
    entry: Entry, what: str, by: str, to: str | None, data: list[str], *, uses: bool = False
) -> provenance_picture.Step:
    return provenance_picture.Step(what=what, when=wording.day(entry.occurred_at), by=by, to=to, data=data, uses=uses)
