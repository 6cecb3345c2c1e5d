"""Rebuild of all views, beside the engine's own ProjectionRunner doing one of them, one event a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

from api.dss.importer import import_documents
from bench.dss_import import BY, world
from bench.growth import multiply
from bench.measure import Room, Row, Scale, seconds_of, side_by_side
from ledger import events
from ledger.events import Event
from ledger.log.codec import event_from
from ledger.store.recorder import EventMapper, environment
from projections import runner

RIVAL, TARGET = "library's ProjectionRunner, one view", 60.0


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """Events a second through all three views, each applied once for every event."""
    with ExitStack() as stack:
        conninfo = stack.enter_context(room.database())
        runtime = stack.enter_context(room.runtime(conninfo))
        import_documents(runtime.ledger, [str(world(room, scale.world_customers))], by=BY)
        total = multiply(conninfo, scale.events_large)
        count = min(scale.rival_events, total)
        rivals = [stack.enter_context(room.database(migrated=False)) for _ in range(scale.repeats)]
        ours, theirs = side_by_side(
            scale.repeats,
            lambda: total / seconds_of(lambda: runner.rebuild_all(conninfo)),
            lambda: count / seconds_of(lambda: _follow(conninfo, rivals.pop(), count)),
        )
    yield Row(what=f"rebuild, {total:,} events", rival=RIVAL, ours_per_s=ours, rival_per_s=theirs, target=TARGET)


class InStream(NamedTuple):
    """An event with the stream it is of, which our own events leave to the envelope."""

    stream: UUID
    event: Event


class MapperWithStreams(EventMapper):
    """Gives the rival what a projection of it needs."""

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401 (the library's protocol has no place for ours)
        state = orjson.loads(stored_event.state)
        return InStream(
            UUID(str(stored_event.originator_id)), event_from(stored_event.topic, state["type_version"], state["facts"])
        )


class Numbers(Application[UUID]):
    """The engine's application over our recorder; it is only read from."""


class CustomerTables(PostgresTrackingRecorder):
    """The part of the customer view that one event touches, in at most one statement beside the tracking."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:  # noqa: ANN401 (the library's signature)
        super().__init__(datastore, **options)
        for table in (
            "customer (customer uuid PRIMARY KEY, organisation text)",
            "consent (customer uuid, scope text, position bigint, state text, PRIMARY KEY (customer, scope, position))",
            "contact (customer uuid, contact text, held_at timestamptz, channel text, PRIMARY KEY (customer, contact))",
            "service_end (customer uuid, position bigint, ended boolean, PRIMARY KEY (customer, position))",
        ):
            self.sql_create_statements.append(SQL(f"CREATE TABLE IF NOT EXISTS {table}"))  # type: ignore[arg-type]

    def apply(self, statement: str | None, parameters: list[Any], tracking: Tracking) -> None:
        """Rows and tracking in one transaction, as the engine's manual has it."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            if statement is not None:
                cursor.execute(statement.encode(), parameters, prepare=True)


class CustomerProjection(Projection[CustomerTables]):
    """The customer view as one would write it with the engine."""

    name = "customers"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 (the library's signature)
        stream, event = domain_event
        position = tracking.notification_id
        statement: str | None = None
        parameters: list[Any] = []
        match event:
            case events.CustomerRegistered():
                statement, parameters = (
                    "INSERT INTO customer VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    [stream, event.organisation],
                )
            case events.ConsentGiven() | events.ConsentRefused() | events.ConsentWithdrawn():
                statement = "INSERT INTO consent VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
                parameters = [stream, event.scope, position, event.NAME]
            case events.InteractionHeld():
                statement = (
                    "INSERT INTO contact VALUES (%s, %s, %s, %s) ON CONFLICT (customer, contact) DO UPDATE"
                    " SET held_at = excluded.held_at, channel = excluded.channel"
                )
                parameters = [stream, event.interaction_id, event.held_at, str(event.channel)]
            case events.ServiceEnded() | events.ServiceResumed():
                statement = "INSERT INTO service_end VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
                parameters = [stream, position, isinstance(event, events.ServiceEnded)]
        self.view.apply(statement, parameters, tracking)


def _follow(conninfo: str, tables: str, count: int) -> None:
    env = environment(conninfo) | {"MAPPER_TOPIC": f"{__name__}:MapperWithStreams"}
    theirs = {name: value for name, value in environment(tables).items() if name.startswith("POSTGRES_")}
    theirs |= {"PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_SCHEMA": "public"}
    env |= {f"CUSTOMERS_{name}": value for name, value in theirs.items()}
    with ProjectionRunner(
        application_class=Numbers, projection_class=CustomerProjection, view_class=CustomerTables, env=env
    ) as following:
        following.wait(count, timeout=600)
