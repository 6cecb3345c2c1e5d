"""What the doors answer about obligations: who owes what until when; and recording as findings what was not done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID, uuid4

from api.wiring import House
from ledger.clocks import end_of_day, london_day
from ledger.decisions import Caller, may_read
from ledger.errors import AlreadyDone, Malformed, NotAllowed, NotLate
from ledger.events import Json
from ledger.rules.duties import BY_KIND
from projections import obligations, shares
from projections.obligations import STATES, Key, Wanted


def wanted(
    house: House,
    by: Caller,
    *,
    organisation: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    customer: UUID | None = None,
) -> Wanted:
    """What a caller may list of what they ask for: a contractor what it and its sub-contractors owe.

    Raises Malformed and NotAllowed.
    """
    if kind is not None and kind not in BY_KIND:
        raise Malformed(f"The kind must be one of {', '.join(BY_KIND)}.", field="kind")
    chosen = next((one for one in STATES if one == state), None)
    if state is not None and chosen is None:
        raise Malformed(f"The state must be one of {', '.join(STATES)}.", field="state")
    organisation = organisation or (None if may_read(by, ()) else by.organisation)
    if not may_read(by, [organisation] if organisation else []):
        raise NotAllowed("You may read what your own organisation owes only.")
    if organisation is None:
        return Wanted(kind=kind, state=chosen, customer=customer)
    with house.current_views() as connection:
        owners = shares.with_those_under(connection, organisation)
    return Wanted(owners=owners, kind=kind, state=chosen, customer=customer)


def listed(
    house: House, asked: Wanted, *, on: date | None = None, after: Key | None = None, limit: int = obligations.PAGE
) -> dict[str, Json]:
    """One page of what is owed, as it stands now or at the end of a day, with how much there is in each state.

    Raises Malformed for a day beyond the calendar.
    """
    at = house.ledger.now() if on is None else _end_of(on)
    day = london_day(at)
    with house.current_views() as connection:
        rows = obligations.page(connection, asked, at=at, after=after, limit=limit)
        counts = obligations.counts(connection, asked, at=at)
        names = shares.names_of(connection)
    calendar = house.ledger.calendar()
    named = [{**row, "owner_name": names.get(str(row["owner"]))} for row in rows]
    return {
        "on": day.isoformat(),
        "counts": dict(counts),
        "calendar": calendar.as_json(),
        "warning": calendar.warning(day),
        "rows": [*named],
    }


def find_late(house: House, by: Caller, *, progress: Callable[[int, int], None] | None = None) -> dict[str, Json]:
    """Record a finding for each duty that is late and was not found late before; safe to repeat (LEDG-03).

    Raises NotAllowed. `late` counts what is late, `found` what was recorded now; some duties ask for no finding.
    """
    if not may_read(by, ()):
        raise NotAllowed("Only the controller records what was not done in time.")
    at, after, late, found = house.ledger.now(), None, 0, 0
    asked = Wanted(state="late")
    with house.current_views() as connection:
        total = obligations.counts(connection, asked, at=at)["late"]
    while True:
        with house.views() as connection:
            rows = obligations.page(connection, asked, at=at, after=after, limit=1_000)
        if not rows:
            return {"late": late, "found": found}
        for row in rows:
            late += 1
            found += _found(house, by, row, at)
            if progress is not None:
                progress(late, total)
        after = obligations.key_of(rows[-1])


def _found(house: House, by: Caller, row: dict[str, Json], at: datetime) -> bool:
    kind, number = str(row["obligation_id"]).split(":", maxsplit=1)
    if BY_KIND[kind].severity is None or row["customer_id"] is None:
        return False
    said = {
        "id": str(uuid4()),
        "type": "find-late",
        "occurred_at": at.isoformat(),
        "customer_id": row["customer_id"],
        "subject_type": kind,
        "subject_id": number,
    }
    try:
        house.ledger.record(said, by)
    except (AlreadyDone, NotLate):  # found before, or done while the list was read
        return False
    return True


def _end_of(day: date) -> datetime:
    if day.year == date.max.year:
        raise Malformed(f"The day must lie before the year {date.max.year}.", field="on")
    return end_of_day(day)
