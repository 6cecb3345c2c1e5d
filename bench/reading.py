"""A person's page and a list as a caller reads them, beside the same without row-level security.

The rival reads in the writer's role, for which the policies are always true and so cost nothing, and outside a
transaction, as the program did before rows went by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from api.casework import findings
from api.casework.findings import wanted
from api.casework.runtime import Runtime
from api.dss.importer import import_documents
from bench.dss_import import BY, world
from bench.growth import multiply
from bench.measure import Room, Row, Scale, seconds_of, side_by_side
from ledger.caller import Caller
from ledger.store.connections import take_role
from ledger.store.readers import Readers, Reading
from projections import runner
from projections.customers import read as customers
from projections.findings import read as findings_of
from projections.obligations import read as obligations
from projections.organisations import read as organisations
from projections.retention import read as retention
from projections.shares import read as shares

TARGET = 0.9
MANAGER = Caller(role="records-manager", organisation="controller", subject="the benchmark", operator=True)
REPEATS = 15


class WithoutPolicies(Readers):
    """Connections that no policy limits."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo, b"")
        self._all = ConnectionPool[psycopg.Connection[Any]](conninfo, min_size=1, configure=_configured, open=True)

    @contextmanager
    def reading(
        self, reading: Reading, *, path: str = "view", wait_seconds: float | None = None
    ) -> Iterator[psycopg.Connection[Any]]:
        del reading, path
        with self._all.connection(timeout=wait_seconds) as connection:
            yield connection

    def close(self) -> None:
        self._all.close()


def _configured(connection: psycopg.Connection[Any]) -> None:
    take_role(connection, "writer")
    connection.row_factory = tuple_row
    connection.execute("SET search_path TO view")


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """Pages and lists a second; at most a tenth dearer is a ratio of 0.9."""
    with room.database() as conninfo, room.runtime(conninfo) as runtime:
        import_documents(runtime.ledger, [str(world(room, scale.world_customers))], by=BY)
        multiply(conninfo, scale.events_small)
        runner.rebuild_all(conninfo)
        runtime.rely_on_another_runner()
        people = _people(runtime)
        contractor = Caller(role="contractor", organisation=people[0][1], subject="adviser")
        _register(runtime, contractor.organisation)
        plain = WithoutPolicies(conninfo)
        for by, of in ((MANAGER, people), (contractor, [person for person in people if person[1] == people[0][1]])):
            page = partial(_page, runtime, by, [customer_id for customer_id, _ in of])
            yield _row(runtime, plain, f"ten people's pages, {by.role}", page)
            yield _row(runtime, plain, f"the first page of findings, {by.role}", partial(_list, runtime, by))
        plain.close()


def _row(runtime: Runtime, plain: Readers, what: str, work: Callable[[], Any]) -> Row:
    def rate(readers: Readers) -> float:
        ledger = runtime.ledger
        before, ledger.readers = ledger.readers, readers
        ledger._sealed._readers = readers  # noqa: SLF001 (what it reads by changes with it)
        try:
            work()
            return 1 / seconds_of(work)
        finally:
            ledger.readers = ledger._sealed._readers = before  # noqa: SLF001

    own = runtime.ledger.readers
    ours, rival = side_by_side(REPEATS, partial(rate, own), partial(rate, plain))
    return Row(
        what=what, rival="the same without row-level security", ours_per_s=ours, rival_per_s=rival, target=TARGET
    )


def _page(runtime: Runtime, by: Caller, people: list[UUID]) -> None:
    """What a person's page reads, without recording that it was read: a recording costs more than all of it."""
    at = runtime.ledger.now()
    for customer_id in people[:10]:
        with runtime.current_views(by) as views:
            assert customers.for_customer(views, customer_id) is not None
            shares.for_customer(views, customer_id)
            findings_of.for_customer(views, customer_id)
            retention.for_customer(views, customer_id)
            retention.holds(views, customer_id)
            obligations.for_customer(views, customer_id, at=at)
            organisations.names_of(views)
        limited = not isinstance(runtime.ledger.readers, WithoutPolicies)
        assert runtime.ledger.unsealed(customer_id, by=by if limited else None)


def _list(runtime: Runtime, by: Caller) -> None:
    findings.listed(runtime, by, wanted(runtime, by), limit=50)


def _register(runtime: Runtime, organisation: str) -> None:
    """An organisation that nobody registered reads nothing."""
    entry = {"organisation": organisation, "name": "A prime (invented)", "kind": "prime"}
    at = "2018-01-01T00:00:00Z"
    runtime.ledger.record({"id": str(uuid4()), "type": "register-organisation", "occurred_at": at, **entry}, MANAGER)
    runtime.project()


def _people(runtime: Runtime) -> list[tuple[UUID, str]]:
    with runtime.projector() as connection:
        found = connection.execute(
            "SELECT s.customer_id, s.organisation FROM serving AS s JOIN customer AS c ON c.customer = s.customer_id"
            " WHERE s.until IS NULL AND c.programme IS NULL ORDER BY s.position LIMIT 200"
        ).fetchall()
    return [(row[0], row[1]) for row in found]
