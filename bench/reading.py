"""A person's page and a list as a caller gets them, beside the same without row-level security.

Both are whole pages as a browser asks for them: the session, the sight check, the recorded reading and the template are
in them. The rival reads in the writer's role, for which the policies are always true and so cost nothing, and outside a
transaction, as the program did before rows went by the caller.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from unittest.mock import Mock, patch
from uuid import UUID, uuid4

import httpx2
import psycopg
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from api.app import create_app
from api.casework.runtime import Runtime
from api.dss.importer import import_documents
from api.pages.forms import COOKIE
from api.sessions import Sessions
from bench.dss_import import BY, world
from bench.growth import multiply
from bench.measure import Room, Row, Scale, side_by_side
from ledger.caller import Caller
from ledger.recording import Ledger
from ledger.store.connections import take_role
from ledger.store.readers import LIVE, Readers, Reading
from projections import runner

TARGET = 0.9
MANAGER = Caller(role="records-manager", organisation="controller", subject="the benchmark", operator=True)
REPEATS = 15
PEOPLE = 10
HERE = "http://127.0.0.1"


class WithoutPolicies(Readers):
    """Connections that no policy limits."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo, b"")
        self._all = ConnectionPool[psycopg.Connection[Any]](conninfo, min_size=1, configure=_configured, open=True)

    @contextmanager
    def reading(
        self,
        reading: Reading,
        *,
        about: UUID | None = None,
        path: str = LIVE,
        wait_seconds: float | None = None,
    ) -> Iterator[psycopg.Connection[Any]]:
        del reading, about, path
        with self._all.connection(timeout=wait_seconds) as connection:
            yield connection

    @contextmanager
    def instead(self, ledger: Ledger) -> Iterator[None]:
        """A ledger that reads by these connections, and asks for no caller."""
        everything = ledger.unsealed

        def unsealed(stream: UUID, *, classes: Iterable[str] | None = None, by: object = None) -> Any:  # noqa: ANN401
            del by
            return everything(stream, classes=classes)

        nobody = Mock(return_value=None)
        with (
            patch.object(ledger, "readers", self),
            patch.object(ledger, "reading_of", nobody),
            patch.object(ledger, "unsealed", unsealed),
        ):
            yield

    def close(self) -> None:
        self._all.close()


def _configured(connection: psycopg.Connection[Any]) -> None:
    take_role(connection, "writer")
    connection.row_factory = tuple_row
    connection.execute("SET search_path TO view")


class Browser:
    """Asks for pages in the session of one caller, without a network between."""

    def __init__(self, runtime: Runtime, by: Caller) -> None:
        self._runtime, self._app = runtime, create_app(runtime)
        secret = Sessions.of(runtime).begin(by, instead_of=None)
        self._headers = {"Cookie": f"{COOKIE}={secret}"}

    def seconds(self, addresses: Sequence[str]) -> float:
        """How long these pages take together, one after the other; each must be there.

        The views have caught up with the reading before, which nobody waits for who reads what a page says.
        """
        return asyncio.run(self._seconds(addresses))

    async def _seconds(self, addresses: Sequence[str]) -> float:
        transport = httpx2.ASGITransport(app=self._app)
        took = 0.0
        async with httpx2.AsyncClient(transport=transport, base_url=HERE, headers=self._headers) as client:
            for address in addresses:
                self._runtime.bring_up()
                begun = time.perf_counter()
                answer = await client.get(address)
                took += time.perf_counter() - begun
                assert answer.status_code == HTTPStatus.OK, f"{answer.status_code} for a page that is there"
        return took


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """Pages and lists a second; at most a tenth dearer is a ratio of 0.9."""
    with room.database() as conninfo, room.runtime(conninfo) as runtime:
        import_documents(runtime.ledger, [str(world(room, scale.world_customers))], by=BY)
        multiply(conninfo, scale.events_small)
        runner.rebuild_all(conninfo)
        people = _people(runtime)
        contractor = Caller(role="contractor", organisation=people[0][1], subject="adviser")
        _register(runtime, contractor.organisation)
        runtime.follow()
        plain = WithoutPolicies(conninfo)
        for by, of in ((MANAGER, people), (contractor, [person for person in people if person[1] == people[0][1]])):
            pages = [f"/customers/{customer_id}" for customer_id, _ in of[:PEOPLE]]
            yield _row(runtime, plain, f"a person's page, {by.role}", Browser(runtime, by), pages)
            yield _row(runtime, plain, f"the page of findings, {by.role}", Browser(runtime, by), ["/findings"])
        plain.close()


def _row(runtime: Runtime, plain: WithoutPolicies, what: str, browser: Browser, pages: Sequence[str]) -> Row:
    def ours() -> float:
        return len(pages) / browser.seconds(pages)

    def rival() -> float:
        with plain.instead(runtime.ledger):
            return len(pages) / browser.seconds(pages)

    for warm in (ours, rival):
        warm()
    ours_per_s, rival_per_s = side_by_side(REPEATS, ours, rival)
    return Row(
        what=what, rival="the same without row-level security", ours_per_s=ours_per_s, rival_per_s=rival_per_s,
        target=TARGET,
    )  # fmt: skip


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
