"""The subject-access report at every door: the reading is recorded, the records are gathered once, then composed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from api.casework.access import PersonRead, read_person
from api.casework.incomplete import not_shown
from api.casework.runtime import Runtime, Views
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.reader import claims_stream
from ledger.events import ClaimReceived, Json
from ledger.log.codec import Entry
from ledger.state.replay import event_of
from projections import runner
from projections.claims import read as claims
from projections.customers import read as customers
from projections.customers.rows import Customer
from projections.obligations import read as obligations
from projections.obligations.read import Obligation
from projections.organisations import read as organisations
from projections.requests import read as requests
from projections.requests.rows import RequestRow
from projections.retention import read as retention
from projections.retention.read import Hold, KeptRow
from projections.shares import read as shares
from projections.shares.read import Share
from projections.subject_access.record import Gathered, Opened, PersonRecord, RequestFile
from projections.subject_access.report import compose

PURPOSE = "subject-access report"


def report(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> dict[str, Json]:
    """Everything that is held about a person, as of the reading that this report itself is. Raises UnknownCustomer.

    A person with merged records has a report of each, the others' in `other_records`; those that the caller may not
    read are counted in `other_records_not_shown` (LEDG-18).
    """
    read = read_person(runtime, customer_id, by, purpose=PURPOSE, route=route, whole=True)
    return compose(gathered(runtime, read, by)).as_json()


def gathered(runtime: Runtime, read: PersonRead, by: Caller) -> Gathered:
    """What a report is composed from, each fact read once; call only after the readings were recorded."""
    ledger = runtime.ledger
    upto = ledger.recorder.max_notification_id() or 0
    at, registers = ledger.now(), ledger.registers()
    calendar = registers.registers.calendar()
    with runtime.current_views(by, about=read.shown[0]) as views:
        asked = {record: _requests(views, record, at, calendar) for record in read.every}
        rows = [_rows(views, record, upto, at) for record in read.shown]
        beside = {
            record: claims.records_claimed_about(views, [record, *(row.request_id for row in asked[record])])
            for record in read.shown
        }
        registered = organisations.registered(views)
        views_upto = min(state.position for state in runner.states(views))
    files = {record: request_files(runtime, by, asked[record], upto) for record in read.every}
    return Gathered(
        upto=upto,
        at=at,
        views_upto=views_upto,
        by=by,
        records=[
            PersonRecord(
                **of_record,
                entries=entries_upto(runtime, record, upto, by),
                opened=ledger.unsealed(record, by=by),
                requests=files[record],
                claims=claims_upto(runtime, record, beside[record], upto),
                claims_opened=unsealed_claims(runtime, by, beside[record]),
            )
            for record, of_record in zip(read.shown, rows, strict=True)
        ],
        not_shown=len(read.not_shown),
        others=[entries_upto(runtime, record, upto) for record in read.not_shown],
        files=[file for record in read.every for file in files[record]],
        organisations=registered,
        registers=registers,
        regulator=runtime.settings.regulator,
    )


class _Rows(TypedDict):
    """What the views hold of one record."""

    customer: Customer
    shares: Sequence[Share]
    kept: Sequence[KeptRow]
    holds: Sequence[Hold]
    obligations: Sequence[Obligation]


def _rows(views: Views, record: UUID, upto: int, at: datetime) -> _Rows:
    customer = customers.for_customer(views, record)
    if customer is None:
        raise not_shown(views, record)
    tasks = obligations.for_customer(views, record, at=at)
    return {
        "customer": customer,
        "shares": [share for share in shares.for_customer(views, record) if share.position <= upto],
        "kept": retention.for_customer(views, record),
        "holds": retention.holds(views, record),
        "obligations": [task for task in tasks if task.position <= upto],
    }


def _requests(views: Views, record: UUID, at: datetime, calendar: Calendar) -> list[RequestRow]:
    return requests.for_customer(views, record, on=london_day(at), calendar=calendar)


def files_about(runtime: Runtime, read: PersonRead, by: Caller, upto: int, at: datetime) -> list[RequestFile]:
    """The files of every request about a person, whichever of their records each is about (LEDG-18)."""
    calendar = runtime.ledger.calendar()
    with runtime.current_views(by) as views:
        rows = [row for record in read.every for row in _requests(views, record, at, calendar)]
    return request_files(runtime, by, rows, upto)


def request_files(runtime: Runtime, by: Caller, rows: Iterable[RequestRow], upto: int) -> list[RequestFile]:
    """The file of each request, as far as it had been recorded."""
    return [
        RequestFile(row=row, entries=entries, opened=runtime.ledger.unsealed(row.request_id, by=by))
        for row in rows
        if (entries := entries_upto(runtime, row.request_id, upto, by))
    ]


def claims_upto(runtime: Runtime, record: UUID, about: Iterable[UUID], upto: int) -> list[Entry]:
    """What was recorded of claims about a record or its requests, oldest first; those that name somebody else not."""
    entries = [entry for beside in about for entry in runtime.ledger.recorder.history(claims_stream(beside))]
    of_others = {
        claim.claim_id
        for claim in map(event_of, entries)
        if isinstance(claim, ClaimReceived) and claim.person not in {None, str(record)}
    }
    return sorted(
        (entry for entry in entries if entry.position <= upto and _claim_id(entry) not in of_others),
        key=lambda entry: entry.position,
    )


def unsealed_claims(runtime: Runtime, by: Caller, about: Iterable[UUID]) -> Opened:
    """What claims about these records hold, by position; call only after the reading was recorded."""
    return {
        position: payload
        for beside in about
        for position, payload in runtime.ledger.unsealed(claims_stream(beside), by=by).items()
    }


def _claim_id(entry: Entry) -> str | None:
    return getattr(event_of(entry), "claim_id", None)


def entries_upto(runtime: Runtime, stream: UUID, upto: int, by: Caller | None = None) -> list[Entry]:
    """The entries of a stream as far as they had been recorded; what is shown to a caller is read in their name."""
    return [entry for entry in runtime.ledger.history(stream, by=by) if entry.position <= upto]
