"""Durable appends of one event per command, beside the engine's own recorder as shipped and beside a plain INSERT.

What is appended is ready-made for all of them: an event of about 400 bytes with its sealed part, a stream of its own
each. Ours also writes a receipt, checks versions and fences, and gives positions without gaps.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment
from psycopg_pool import ConnectionPool

from bench.measure import Room, Row, Scale, rate_of_clients, side_by_side
from ledger.caller import Caller
from ledger.events import InteractionHeld
from ledger.log.codec import Entry, canonical_entry, make_entry
from ledger.store.append_call import Batch
from ledger.store.recorder import Recorder, environment, open_recorder

LIBRARY, PLAIN = "library's recorder as shipped", "plain INSERT, pool of 16"
BY = Caller(role="case-worker", organisation="0000000101", subject="the benchmark", operator=True)
MOST_PER_SECOND = 25_000
TARGETS = {(64, LIBRARY): 6.0, (64, PLAIN): 1.5}
_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_EVENT = InteractionHeld(
    interaction_id=str(uuid.UUID(int=1)),
    held_at="2026-11-22T09:00:00Z",
    channel="telephone",
    organisation="0000000101",
    service_component=None,
    note=None,
)
_BLOB = os.urandom(120)
_PLAIN = (
    "CREATE TABLE plain (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream uuid NOT NULL,"
    " version integer NOT NULL, type text NOT NULL, state bytea NOT NULL, blob bytea, UNIQUE (stream, version))"
)


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """At each number of clients: ours beside the library's recorder, and beside plain inserts."""
    with ExitStack() as stack:
        recorder = open_recorder(stack.enter_context(room.database()))
        stack.callback(recorder.close)
        library = _library(stack.enter_context(room.database(migrated=False)))
        stack.callback(library.datastore.close)
        plain = _plain(stack.enter_context(room.database(migrated=False)))
        stack.callback(plain.close)
        rivals = {LIBRARY: partial(_append_theirs, library), PLAIN: partial(_insert, plain)}
        for clients, (rival, append) in itertools.product(scale.clients, rivals.items()):
            ours, theirs = side_by_side(
                scale.repeats,
                partial(_rate_of_ours, recorder, clients, scale.append_seconds),
                partial(rate_of_clients, clients, scale.append_seconds, append),
            )
            yield Row(
                what=f"append, {clients} clients", rival=rival, ours_per_s=ours, rival_per_s=theirs,
                target=TARGETS.get((clients, rival)),
            )  # fmt: skip


def whole_commands(room: Room, scale: Scale) -> Iterator[Row]:
    """For information: whole commands, read, decided, sealed and appended, beside the same rivals' bare appends."""
    clients = scale.clients[-1]
    with ExitStack() as stack:
        runtime = stack.enter_context(room.runtime(stack.enter_context(room.database())))
        library = _library(stack.enter_context(room.database(migrated=False)))
        stack.callback(library.datastore.close)
        ours, theirs = side_by_side(
            scale.repeats,
            partial(rate_of_clients, clients, scale.append_seconds, lambda: runtime.ledger.record(_command(), BY)),
            partial(rate_of_clients, clients, scale.append_seconds, partial(_append_theirs, library)),
        )
    what = f"whole command, {clients} clients"
    yield Row(what=what, rival=f"{LIBRARY}, append only", ours_per_s=ours, rival_per_s=theirs, target=None)


def _command() -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "type": "register-customer",
        "occurred_at": "2026-11-22T09:00:00Z",
        "customer_id": str(uuid.uuid4()),
        "organisation": "0000000101",
        "values": {"given_name": "Sam", "family_name": "Placeholder", "email": "sam@placeholder.example"},
    }


def _entry() -> Entry:
    return make_entry(
        _EVENT, id_=uuid.uuid4(), stream=uuid.uuid4(), version=1, previous=None, occurred_at=_AT, recorded_at=_AT,
        actor="case-worker@0000000101/0123456789abcdef", blob=_BLOB,
    )  # fmt: skip


def _rate_of_ours(recorder: Recorder, clients: int, seconds: float) -> float:
    ready = [_batch() for _ in range(int(seconds * MOST_PER_SECOND))]
    return rate_of_clients(clients, seconds, lambda: recorder.append(ready.pop() if ready else _batch()))


def _batch() -> Batch:
    return Batch(entries=[_entry()], command=uuid.uuid4(), digest=hashlib.sha256().digest())


_STATE = canonical_entry(_entry())


def _append_theirs(recorder: PostgresApplicationRecorder) -> None:
    recorder.insert_events([StoredEvent(uuid.uuid4(), 1, _EVENT.NAME, _STATE + _BLOB)])


def _insert(pool: ConnectionPool[psycopg.Connection[object]]) -> None:
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO plain (stream, version, type, state, blob) VALUES (%b, 1, %b, %b, %b)",
            [uuid.uuid4(), _EVENT.NAME, _STATE, _BLOB],
            prepare=True,
        )


def _library(conninfo: str) -> PostgresApplicationRecorder:
    settings = {name: value for name, value in environment(conninfo).items() if name.startswith("POSTGRES_")}
    for ours in ("POSTGRES_SCHEMA", "POSTGRES_POOL_SIZE", "POSTGRES_MAX_OVERFLOW", "POSTGRES_CONNECT_TIMEOUT"):
        del settings[ours]
    return cast("PostgresApplicationRecorder", PostgresFactory(Environment("bench", settings)).application_recorder())


def _plain(conninfo: str) -> ConnectionPool[psycopg.Connection[object]]:
    with psycopg.connect(conninfo) as connection:
        connection.execute(_PLAIN)
    pool = ConnectionPool(conninfo, min_size=16, max_size=16, kwargs={"autocommit": True}, open=True, timeout=60)
    pool.wait()
    return cast("ConnectionPool[psycopg.Connection[object]]", pool)
