"""What the doors answer about obligations: who owes what until when; and recording as findings what was not done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from typing import NamedTuple
from uuid import UUID, uuid4

from api.casework.runtime import House
from ledger.caller import Caller
from ledger.clocks import end_of_day, london_day
from ledger.commands.findings import DESTROY_COPY, DESTROY_RECORDS, SET_PERIOD
from ledger.decisions import may_read
from ledger.duties.catalogue import BY_KIND
from ledger.errors import AlreadyDone, Malformed, NotAllowed, NotLate
from ledger.events import Json
from projections.obligations import read as obligations
from projections.obligations.read import STATES, Key, Wanted
from projections.organisations import read as organisations
from projections.retention import read as retention


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
        owners = organisations.with_those_under(connection, organisation)
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
        names = organisations.names_of(connection)
    calendar = house.ledger.calendar()
    named = [{**row, "owner_name": names.get(str(row["owner"]))} for row in rows]
    return {
        "on": day.isoformat(),
        "counts": dict(counts),
        "calendar": calendar.as_json(),
        "warning": _nobody_known(asked, names, counts) or calendar.warning(day),
        "rows": [*named],
    }


def _nobody_known(asked: Wanted, names: Mapping[str, str], counts: Mapping[str, int]) -> str | None:
    """Nothing owed by a mistyped code must not read like nothing owed."""
    if not asked.owners or any(owner in names for owner in asked.owners) or any(counts.values()):
        return None
    return f"No organisation {asked.owners[0]} is registered, and it owes nothing of what was asked for."


def find_late(house: House, by: Caller, *, progress: Callable[[int, int], None] | None = None) -> dict[str, Json]:
    """Record a finding for each thing left undone that was not found before; safe to repeat (LEDG-03).

    Beside the duties that are late: what passed its last day undestroyed and unheld (RET-GEN-02), who never came and
    has no local period (RET-JCP-08), and the copies of contracts that ended (DEST-02). Raises NotAllowed. `late` counts
    what is late, `found` what was recorded now; some duties ask for no finding.
    """
    if not may_read(by, ()):
        raise NotAllowed("Only the controller records what was not done in time.")
    at, late, found = house.ledger.now(), 0, 0
    with house.current_views() as connection:
        total = obligations.counts(connection, Wanted(state="late"), at=at)["late"]
    for one in chain(_late(house, at), _kept_too_long(house, at), _without_period(house, at), _copies_left(house, at)):
        late += 1
        found += one.kind not in _NO_FINDING and _found(house, by, one, at)
        if progress is not None:
            progress(late, max(late, total))
    return {"late": late, "found": found}


def find_copies_left(house: House, by: Caller, instruction: str) -> int:
    """Record a finding for each copy that should have gone with what was instructed: how many are new (DEST-02)."""
    at = house.ledger.now()
    return sum(_found(house, by, one, at) for one in _copies_left(house, at, instruction))


class _Undone(NamedTuple):
    customer: str
    kind: str
    number: str


PAGE = 1_000
NO_SHOW = "RET-JCP-08"
_NO_FINDING = frozenset({kind for kind, duty in BY_KIND.items() if duty.severity is None})


def _late(house: House, at: datetime) -> Iterator[_Undone]:
    after, asked = None, Wanted(state="late")
    while True:
        with house.views() as connection:
            rows = obligations.page(connection, asked, at=at, after=after, limit=PAGE)
        if not rows:
            return
        for row in rows:
            kind, number = str(row["obligation_id"]).split(":", maxsplit=1)
            yield _Undone(str(row["customer_id"] or ""), kind, number)
        after = obligations.key_of(rows[-1])


def _kept_too_long(house: House, at: datetime) -> Iterator[_Undone]:
    with house.views() as connection:
        for row in retention.every_due(connection, london_day(at) - timedelta(days=1)):
            # What is found is found about a person, and the file of a request is of no record of theirs.
            if not row["held_by"] and row["class"] != "rights_request":
                number = f"{row['class']}/{row['part']}" if row["part"] else str(row["class"])
                yield _Undone(str(row["customer_id"]), DESTROY_RECORDS, number)


def _without_period(house: House, at: datetime) -> Iterator[_Undone]:
    with house.views() as connection:
        for row in retention.every_exception(connection, london_day(at)):
            # One finding a person, whose missed appointment is kept whatever else is.
            if row["rule"] == NO_SHOW and row["class"] == "did_not_attend":
                yield _Undone(str(row["customer_id"]), SET_PERIOD, "did_not_attend")


def _copies_left(house: House, at: datetime, number: str | None = None) -> Iterator[_Undone]:
    left: dict[tuple[UUID, str], None] = {}
    with house.views() as connection:
        for one in retention.instructions(connection, before=london_day(at)):
            if number in {None, one["instruction"]}:
                owners = organisations.with_those_under(connection, str(one["contractor"]))
                ended = date.fromisoformat(str(one["day"]))
                left.update(dict.fromkeys(obligations.copies_of(connection, owners, since=ended)))
    yield from (_Undone(str(customer), DESTROY_COPY, subject) for customer, subject in left)


def _found(house: House, by: Caller, one: _Undone, at: datetime) -> bool:
    if not one.customer:
        return False
    said = {
        "id": str(uuid4()),
        "type": "find-late",
        "occurred_at": at.isoformat(),
        "customer_id": one.customer,
        "subject_type": one.kind,
        "subject_id": one.number,
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
