"""Permitted browsing is watched: findings on readings without a task and of namesakes; a review of who had access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from api.casework.access import refuse_unless_sees_access
from api.casework.runtime import Runtime, Views
from ledger.attempts import access_finding
from ledger.authority.side import is_of_controller, own_and_under
from ledger.caller import Caller
from ledger.clocks import LONDON, end_of_day, london_day
from ledger.commands.reader import access_file, claims_stream
from ledger.errors import Malformed, NotAllowed
from ledger.events import READ_NAMESAKE, READ_WITHOUT_TASK, ClaimConfirmed, ClaimDisputed, ClaimReceived, Json
from ledger.state.registers import InForce
from ledger.state.replay import event_of
from projections.accesses import review
from projections.accesses.review import ReadingDay, Reviewed, ReviewKey
from projections.exports.cells import spreadsheet
from projections.obligations import read as obligations
from projections.requests import read as requests
from projections.row import json_of

LOOKED_BACK = timedelta(days=92)
"""How far back readings are looked through: a quarter, so that looking once in a quarter misses nobody."""
COLUMNS = (
    "who", "role", "organisation", "operator", "first_seen", "last_seen", "people_read", "readings", "by_grant",
    "exports", "recorded", "refused",
)  # fmt: skip
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarter:
    """A quarter of a year, by its first day and the day after its last."""

    first: date
    following: date

    def __str__(self) -> str:
        return f"{self.first.year}Q{(self.first.month + 2) // 3}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewPage:
    """One page of who had access in a quarter."""

    quarter: Quarter
    rows: list[Reviewed]
    next: ReviewKey | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {"quarter": str(self.quarter), "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessFound:
    """How many days of readings stand out, and for how many of them a finding was recorded now."""

    stands_out: int
    found: int

    def as_json(self) -> dict[str, Json]:
        """The counts as the outside contract has them."""
        return {"stands_out": self.stands_out, "found": self.found}


def quarter_of(text: str | None, today: date) -> Quarter:
    """The quarter that a text such as 2026Q4 names, or the one of today. Raises Malformed."""
    matched = _QUARTER.fullmatch(text) if text else None
    if text and (matched is None or not 1900 <= int(matched[1]) < 2200):
        raise Malformed("A quarter is written like 2026Q4.", field="quarter")
    year, number = (int(matched[1]), int(matched[2])) if matched else (today.year, (today.month + 2) // 3)
    first = date(year, 3 * number - 2, 1)
    following = date(year + number // 4, 3 * number % 12 + 1, 1)
    return Quarter(first=first, following=following)


def listed(
    runtime: Runtime,
    by: Caller,
    *,
    quarter: str | None = None,
    after: ReviewKey | None = None,
    limit: int = review.PAGE,
) -> ReviewPage:
    """One page of who had access in a quarter: pseudonym, role, organisation, and what they did.

    Raises Malformed and NotAllowed.
    """
    refuse_unless_sees_access(runtime, by)
    asked = quarter_of(quarter, london_day(runtime.ledger.now()))
    runtime.ledger.attempts.record()
    with runtime.current_views(by) as views:
        rows = review.page(views, asked.first, asked.following, after=after, limit=limit + 1)
    return ReviewPage(quarter=asked, rows=rows[:limit], next=rows[limit - 1].key if len(rows) > limit else None)


def everything(runtime: Runtime, by: Caller, *, quarter: str | None = None) -> ReviewPage:
    """All who had access in a quarter."""
    page = listed(runtime, by, quarter=quarter)
    rows, following = [*page.rows], page.next
    while following is not None:
        more = listed(runtime, by, quarter=quarter, after=following)
        rows, following = [*rows, *more.rows], more.next
    return ReviewPage(quarter=page.quarter, rows=rows, next=None)


def as_csv(page: ReviewPage) -> bytes:
    """A review for a spreadsheet: CSV (RFC 4180) in UTF-8 with the mark by which spreadsheets know it."""
    found = (row.as_json() for row in page.rows)
    return spreadsheet(
        ("quarter", *COLUMNS),
        (
            (str(page.quarter), *("" if row[name] is None else str(json_of(row[name])) for name in COLUMNS))
            for row in found
        ),
    )


def find(runtime: Runtime, by: Caller) -> AccessFound:
    """Record a finding for each day of readings that stands out and has none yet; safe to repeat.

    Somebody read more different people on a day than `LEDGER_READINGS_A_DAY` with whom their organisation had no open
    task, request or claim; or somebody of their own name, or of a colleague's. Raises NotAllowed.
    """
    refuse_unless_sees_access(runtime, by)
    if by.role == "auditor":
        raise NotAllowed("An auditor records no findings.")
    stands_out = found = 0
    for readings in _stands_out(runtime, by):
        stands_out += 1
        found += _found(runtime, by, readings)
    return AccessFound(stands_out=stands_out, found=found)


class _StandsOut(NamedTuple):
    """Readings of one person on one day that are to be a finding."""

    organisation: str
    subject_type: str
    subject_id: str
    day: date


def _stands_out(runtime: Runtime, by: Caller) -> Iterator[_StandsOut]:
    most = runtime.settings.readings_a_day
    since = london_day(runtime.ledger.now()) - LOOKED_BACK
    with runtime.current_views(by) as views:
        many = review.many_read(views, more_than=most, since=since)
        namesakes = review.namesakes_read(views, since=since)
        for reader in many:
            day = runtime.ledger.registers().registers.on(reader.day)
            without = (customer for customer in review.read_on(views, reader)
                       if not _had_a_task(runtime, views, reader, day, customer))  # fmt: skip
            if sum(1 for _ in without) > most:
                subject = f"{reader.who}/{reader.day}"
                yield _StandsOut(reader.organisation, READ_WITHOUT_TASK, subject, reader.day)
    for row in namesakes:
        yield _StandsOut(row.organisation, READ_NAMESAKE, f"{row.namesake}/{row.who}/{row.day}", row.day)


def _had_a_task(runtime: Runtime, views: Views, reader: ReadingDay, on: InForce, customer: UUID) -> bool:
    """Whether the reader's organisation had an open task, request or claim about somebody on that day."""
    own, begins, ends = own_and_under(on, reader.organisation), _begin_of(reader.day), end_of_day(reader.day)
    of_controller = is_of_controller(on, reader.organisation)
    tasks = obligations.for_customer(views, customer, at=ends, owners=sorted(own))
    if any(task.started_on <= reader.day and (task.done_at is None or task.done_at >= begins) for task in tasks):
        return True
    asked = requests.for_customer(views, customer, on=reader.day, calendar=runtime.ledger.calendar())
    if any((of_controller or row.organisation in own) and row.received_on is not None
           and row.received_on <= reader.day and (row.closed_on is None or row.closed_on >= reader.day)
           for row in asked):  # fmt: skip
        return True
    return _has_claim(runtime, own, customer, begins, ends, of_controller=of_controller)


def _has_claim(
    runtime: Runtime, own: frozenset[str], customer: UUID, begins: datetime, ends: datetime, *, of_controller: bool
) -> bool:
    waiting: dict[str, datetime | None] = {}
    for entry in runtime.ledger.recorder.history(claims_stream(customer)):
        match event_of(entry):
            case ClaimReceived() as claim if of_controller or own & {claim.claimant, claim.organisation}:
                if entry.recorded_at <= ends:
                    waiting[claim.claim_id] = None
            case ClaimConfirmed() | ClaimDisputed() as answer if answer.claim_id in waiting:
                waiting[answer.claim_id] = entry.recorded_at
            case _:
                pass
    return any(answered is None or answered >= begins for answered in waiting.values())


def _found(runtime: Runtime, by: Caller, readings: _StandsOut) -> bool:
    file = access_file(readings.organisation, _begin_of(readings.day) + timedelta(hours=12))
    finding = access_finding(file, readings.organisation, readings.subject_type, readings.subject_id, severity="S2")
    raised = (getattr(event_of(entry), "finding_id", None) for entry in runtime.ledger.recorder.history(file))
    if finding.finding_id in raised:
        return False
    runtime.ledger.note(file, finding, by)
    return True


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
