"""What is due, for tests of the retention schedule."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from ledger.store.append_call import Batch
from ledger.store.recorder import open_recorder
from tests.conftest import RECORDS_MANAGER, Record
from tests.strategies import NOW, Told, entries_of

ORGANISATION = "0000000101"


FAR = date(2199, 1, 1)


HOLD = {"code": "HOLD_ACCESS_REQUEST", "owner": "records manager", "review_on": "2027-06-30"}


Due = Callable[..., dict[str, tuple[str, str]]]


def registered(record: Record, at: str) -> uuid.UUID:
    """A customer of ORGANISATION, registered at an instant."""
    number = uuid.uuid4()
    record("register-customer", number, at=at, organisation=ORGANISATION, values={"given_name": "Sam"})
    return number


def full_record(record: Record, customer: uuid.UUID) -> None:
    """Something of each class of the ordinary service, besides the identity the customer was registered with."""
    for collection in ("actionplans", "outcomes", "diversitydetails"):
        record("keep-record", customer, collection=collection, values={"note": "invented"})


def local_period(record: Record, kind: str, months: int, valid_from: str = "2010-01-01") -> None:
    said = {"organisation": ORGANISATION, "kind": kind, "months": months, "valid_from": valid_from}
    record("set-retention-period", by=RECORDS_MANAGER, **said)


def end_service(record: Record, customer: uuid.UUID, at: str, **said: Any) -> None:
    record("end-service", customer, at=at, organisation=ORGANISATION, audit_minimum={"note": "invented"}, **said)


def receive(record: Record, customer: uuid.UUID, at: str, receipt: str = "r-1") -> None:
    said = {"receipt_id": receipt, "channel": "EMAIL", "received_from": "jcp", "values": {"note": "invented"}}
    record("receive-data", customer, at=at, **said)


def kept(record: Record, customer: uuid.UUID, number: str, at: str = "2025-03-04T09:00:00Z") -> None:
    said = {"collection": "actionplans", "record_id": number, "values": {"note": "invented"}}
    record("keep-record", customer, at=at, **said)


def at(year: int, month: int, day: int) -> datetime:
    return NOW.replace(year=year, month=month, day=day)


def append(conninfo: str, told: list[Told]) -> None:
    recorder = open_recorder(conninfo)
    try:
        recorder.append(Batch(entries=entries_of(told)))
    finally:
        recorder.close()
