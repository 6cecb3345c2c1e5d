"""People whose records are due, and runs that destroy them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg

from api.casework import destruction
from api.casework.certificates import Destruction
from api.casework.runtime import Runtime
from ledger.caller import Caller
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.story import give

ON = date(2026, 11, 22)


PERSON = {
    "given_name": "Sam",
    "family_name": "Placeholder",
    "date_of_birth": "1990-02-01",
    "email": "sam@placeholder.example",
}


def leaver(runtime: Runtime, number: uuid.UUID, *, ended: str = "2020-02-29T12:00:00Z") -> uuid.UUID:
    """Somebody who left so long ago that all of the record is due on ON, where a local period is set."""
    say = teller(runtime, number)
    say("register-customer", at="2019-01-07T09:00:00Z", organisation="0000000101", values=PERSON)
    say("keep-record", at="2019-01-08T09:00:00Z", collection="actionplans", values={"note": "a plan"})
    received = {"receipt_id": "r-1", "channel": "EMAIL", "received_from": "jcp", "values": {"note": "a letter"}}
    say("receive-data", at="2019-01-09T09:00:00Z", **received)
    say("end-service", at=ended, organisation="0000000101", audit_minimum={"note": "came once"})
    return number


def teller(runtime: Runtime, number: uuid.UUID) -> Callable[..., None]:
    def say(type_: str, *, at: str = "2026-01-05T09:00:00Z", by: Caller = CASE_WORKER, **said: Any) -> None:
        give(runtime.ledger, type_, number, at=at, by=by, **said)

    return say


def local_period(runtime: Runtime) -> None:
    give(
        runtime.ledger, "set-retention-period", at="2018-01-01T00:00:00Z", by=RECORDS_MANAGER,
        organisation="0000000101", kind="after_service", months=12, valid_from="2018-01-01",
    )  # fmt: skip


def destroy(runtime: Runtime, **said: Any) -> Destruction:
    return destruction.destroy(runtime, ON, RECORDS_MANAGER, **said)


def kept_rows(conninfo: str, table: str, stream: uuid.UUID) -> int:
    where = "position IN (SELECT position FROM ledger.event WHERE stream = %s)" if table == "sealed" else "stream = %s"
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(f"SELECT count(*) FROM ledger.{table} WHERE {where}".encode(), [stream]).fetchone()
    return row[0] if row else -1
