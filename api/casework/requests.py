"""What the doors answer about rights requests: composed from the view, opened only after that was recorded (D12)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from api.casework.runtime import House
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.clocks import end_of_day, london_day
from ledger.codes.rights import KINDS
from ledger.decisions import may_read
from ledger.errors import Malformed, NotAllowed, UnknownRequest
from ledger.events import Json
from ledger.state.replay import event_of
from projections.findings import read as findings
from projections.obligations import read as obligations
from projections.requests import read as requests
from projections.requests.read import Wanted
from projections.subject_access import recipients

PURPOSE = "rights request"
STATES = {"open": True, "closed": False}


def wanted(
    by: Caller,
    *,
    kind: str | None = None,
    organisation: str | None = None,
    customer: uuid.UUID | None = None,
    state: str | None = None,
    late: bool | None = None,
) -> Wanted:
    """What a caller may list of what they ask for; a contractor only what their own organisation received.

    Raises Malformed and NotAllowed.
    """
    if kind is not None and kind not in KINDS:
        raise Malformed(f"The kind must be one of {', '.join(KINDS)}.", field="kind")
    if state is not None and state not in STATES:
        raise Malformed("The state must be open or closed.", field="state")
    organisation = organisation or (None if may_read(by, ()) else by.organisation)
    if not may_read(by, [organisation] if organisation else []):
        raise NotAllowed("You may read the requests that your own organisation received only.")
    open_ = None if state is None else STATES[state]
    return Wanted(kind=kind, organisation=organisation, customer=customer, open=open_, late=late)


def listed(
    house: House, asked: Wanted, *, on: date | None = None, after: int = 0, limit: int = requests.PAGE
) -> dict[str, Json]:
    """One page of requests as they stand on a day, today when none is said; no personal data is in a list."""
    calendar, day = house.ledger.calendar(), _day(house, on)
    with house.current_views() as connection:
        rows = requests.page(connection, asked, on=day, calendar=calendar, after=after, limit=limit)
    return {**_reckoned_with(calendar, day), "rows": [*rows]}


def counts(house: House, asked: Wanted, *, on: date | None = None) -> dict[str, Json]:
    """How many requests of each kind there are: open, late, closed and by the month they came in (LAW-CLK-12)."""
    calendar, day = house.ledger.calendar(), _day(house, on)
    with house.current_views() as connection:
        rows = requests.tally(connection, organisation=asked.organisation, on=day, calendar=calendar)
    return {**_reckoned_with(calendar, day), "kinds": [*rows]}


def one(
    house: House, number: uuid.UUID, by: Caller, *, route: str, on: date | None = None, known_on: date | None = None
) -> dict[str, Json]:
    """A request with its clock, every step, opened, where its findings stand, and who is to hear of what it led to.

    With `known_on` all of it as it was known at the end of that day; with `on` as it stands on that day.
    The reading is recorded with the person the request is about, or else with the request. Raises UnknownRequest and
    NotAllowed.
    """
    calendar, day = house.ledger.calendar(), _day(house, known_on or on)
    with house.current_views() as connection:
        found = requests.one(connection, number, on=day, calendar=calendar, known_on=known_on)
    if found is None:
        raise UnknownRequest
    if not may_read(by, [str(found["organisation"])]):
        raise NotAllowed("Your organisation did not receive this request.")
    reader = uuid.UUID(str(found["customer_id"])) if found["customer_id"] else number
    house.ledger.record_read(reader, by, purpose=PURPOSE, route=route, command_id=uuid.uuid4())
    opened = house.ledger.unsealed(number)
    sealed = {entry.position for entry in house.ledger.history(number) if entry.commitment is not None}
    for step in found["steps"] if isinstance(found["steps"], list) else ():
        assert isinstance(step, dict), "the view makes every step an object"
        position = int(str(step["position"]))
        step["sealed"] = dict(opened.get(position, {})) or None
        step["destroyed"] = position in sealed and position not in opened
    known_at = end_of_day(known_on) if known_on else None
    return {
        **found,
        "findings": _findings(house, number, found["findings"], known_at),
        "recipients": _recipients(house, found, end_of_day(day) if known_on or on else house.ledger.now(), known_at),
        "warning": calendar.warning(day),
    }


def _findings(house: House, number: uuid.UUID, said: Json, known_at: datetime | None) -> Json:
    """Each finding that a step of the request raised, with where it stands; how grave it was judged goes before."""
    assert isinstance(said, list), "the view lists what was found"
    if not said:
        return []
    with house.views_as_of(known_at, only=number) as (connection, _):
        raised = {row["rule_id"]: row for row in findings.for_customer(connection, number)["rows"]}
    stands = ("finding_id", "severity", "raised_as", "state", "state_since")
    rows: list[Json] = []
    for one in said:
        assert isinstance(one, dict), "each of them is an object"
        row = raised.get(one["rule"], {})
        rows.append({**one, **{name: row[name] for name in stands if name in row}})
    return rows


def _recipients(house: House, found: Mapping[str, Json], at: datetime, known_at: datetime | None) -> Json:
    """How it stands with everybody who had received what this request corrected, erased or restricted (LAW-A19)."""
    if not found["customer_id"]:
        return []
    person, number = uuid.UUID(str(found["customer_id"])), str(found["request_id"])
    entries = [entry for entry in house.ledger.history(person) if known_at is None or entry.recorded_at <= known_at]
    told = [(entry, event_of(entry)) for entry in entries if entry.occurred_at <= at]
    if not recipients.following(recipients.matters(told, ()), number):
        return []
    with house.views_as_of(known_at, only=person) as (connection, _):
        owed = obligations.for_customer(connection, person, at=at)
    return [row for matter in recipients.following(recipients.matters(told, owed), number) for row in matter.as_json()]


def calendar_warning(house: House) -> str | None:
    """The sentence to warn with when deadlines will soon reach beyond the bank-holiday list."""
    return house.ledger.calendar().warning(london_day(house.ledger.now()))


def _reckoned_with(calendar: Calendar, day: date) -> dict[str, Json]:
    return {"on": day.isoformat(), "calendar": calendar.as_json(), "warning": calendar.warning(day)}


def _day(house: House, said: date | None) -> date:
    """The day that was asked for, or today. Raises Malformed for one the bank-holiday list does not reach."""
    day = said or london_day(house.ledger.now())
    calendar = house.ledger.calendar()
    if said is not None and not calendar.first <= day <= calendar.last:
        raise Malformed(f"The day must lie between {calendar.first.year} and {calendar.last.year}.", field="on")
    return day
