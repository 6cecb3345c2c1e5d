"""The world in which strangers play: two controllers, four contractors, an office, somebody unregistered, 13 people.

Everything here goes through HTTP, with tokens of the development issuer, except the registers and the people at the
start, which the operator records.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime, opened
from api.issuer import Issuer
from ledger.caller import Caller
from ledger.store import migrate, postgres
from ledger.store.connections import Logins
from ledger.store.logins import own_logins
from projections import runner
from tests.authority.strangers_look import look
from tests.commands import give
from tests.runtimes import settings_of

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FAR_DAY = "2090-01-01"
NCS, NHS = "National Careers Service", "NHS Health Careers"
OPERATOR = Caller(role="records-manager", organisation="controller-one", subject="records manager one", operator=True)
ORGANISATIONS: dict[str, dict[str, Any]] = {
    "controller-one": {"kind": "controller"},
    "nhs-england": {"kind": "controller of NHS data"},
    "prime-north": {"kind": "prime"},
    "sub-north": {"kind": "sub-contractor", "part_of": "prime-north"},
    "prime-south": {"kind": "prime"},
    "jobcentre-plus": {"kind": "Jobcentre Plus"},
    "testford": {"kind": "Jobcentre Plus office", "part_of": "jobcentre-plus"},
    "prime-ended": {"kind": "prime"},
}
ENDED, ENDED_CONTRACT = "prime-ended", "contract-of-prime-ended"
ENDED_ON = "2026-09-30"
"""A contractor whose contract has ended, so that the controller may instruct it to destroy."""
UNREGISTERED = "unheard-of"
SERVED_BY: tuple[tuple[str, ...], ...] = (
    ("prime-north",), ("prime-north",), ("prime-north", "sub-north"), ("sub-north",), ("prime-south",),
    ("prime-south",), ("prime-south", "prime-north"), ("controller-one",), ("prime-south",), ("nhs-england",),
    (ENDED,), ("prime-north",), ("prime-south",),
)  # fmt: skip
"""Who serves each of the people at the start. The ninth has left and the tenth is of the other programme; of the last
two, who left long ago, records are due."""
EQUALITY = ("collect_ethnicity", "collect_lldd_health")
LEFT, OF_NHS, GONE = 8, 9, (11, 12)

Databases = Callable[[], AbstractContextManager[str]]


@dataclass(frozen=True, slots=True, order=True)
class Who:
    """Somebody with a token: a role and an organisation."""

    role: str
    organisation: str


class Clock:
    """The ledger's clock: later with every look."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


@dataclass
class Http:
    """The program over HTTP, as anybody."""

    runtime: Runtime
    client: TestClient
    tokens: dict[Who, str] = field(default_factory=dict)

    def _headers(self, who: Who) -> dict[str, str]:
        if who not in self.tokens:
            self.tokens[who] = Issuer.open(self.runtime.settings).issue(
                role=who.role, organisation=who.organisation, subject=f"{who.role} of {who.organisation}", minutes=600
            )
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def get(self, who: Who, path: str, accept: str = "application/json") -> Any:
        return self.client.get(path, headers={**self._headers(who), "Accept": accept})

    def post(self, who: Who, path: str, body: object) -> Any:
        return self.client.post(path, json=body, headers=self._headers(who))

    def rows(self, who: Who, path: str) -> list[dict[str, Any]]:
        """Every row of a list, whatever its pages."""
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            joined = "&" if "?" in path else "?"
            answer = self.get(who, f"{path}{joined}limit=1000{cursor}")
            assert answer.status_code == 200, (path, answer.status_code, answer.text)
            page = answer.json()
            rows += page["rows"]
            if not page.get("next"):
                return rows
            cursor = f"&cursor={page['next']}"


@dataclass
class World:
    """The open program and the ids that everybody knows."""

    http: Http
    people: list[str]
    logins: Logins
    projector: psycopg.Connection[Any]
    start: dict[str, dict[str, Any]]
    """What was recorded at the start of each person, by its reference."""

    def look(self, who: Who, person: str) -> dict[str, Any]:
        """A person as somebody of the controller sees them, without a reading that is recorded."""
        return look(self.http.runtime, person, Caller(role=who.role, organisation=who.organisation, subject="looks"))

    def bring_up(self) -> None:
        """Let the views catch up, once for many looks and over one connection."""
        runner.catch_up(self.projector)


@contextmanager
def databases_of(server: postgres.Server) -> Iterator[Databases]:
    """Fresh databases for whoever runs outside the tests."""
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    migrate.migrate(server.conninfo(dbname="migrated"))

    @contextmanager
    def fresh() -> Iterator[str]:
        name = f"strangers_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY file_copy".encode())
        migrate.migrate(server.conninfo(dbname=name))  # a copy gets roles of its own
        yield server.conninfo(dbname=name)
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    yield fresh


@contextmanager
def world(databases: Databases) -> Iterator[World]:
    """The world at its start."""
    with (
        tempfile.TemporaryDirectory(prefix="strangers-") as home,
        databases() as conninfo,
        _opened(own_logins(conninfo), Path(home)) as runtime,
        TestClient(create_app(runtime)) as client,
        runtime.projector() as projector,
    ):
        people = [str(uuid.UUID(int=0x5A5A << 96 | 0x4 << 76 | 0x8 << 60 | place)) for place in range(len(SERVED_BY))]
        start = {person: _begun(runtime, person, place) for place, person in enumerate(_registered(runtime, people))}
        http, logins = Http(runtime, client), runtime.logins
        yield World(http=http, people=people, logins=logins, projector=projector, start=start)


@contextmanager
def _opened(logins: Logins, home: Path) -> Iterator[Runtime]:
    """The program with a login of its own for each role, as the embedded server has it."""
    separate = {"LEDGER_READ_DATABASE_URL": logins.reader, "LEDGER_PROJECTOR_DATABASE_URL": logins.projector}
    with opened(settings_of(logins.writer, home, **separate)) as runtime:
        runtime.ledger.now = Clock()
        yield runtime


def _registered(runtime: Runtime, people: list[str]) -> list[str]:
    for code, fields in ORGANISATIONS.items():
        type_ = "register-office" if code == "testford" else "register-organisation"
        named = {"part_of": "jobcentre-plus"} if code == "testford" else fields
        give(runtime.ledger, type_, by=OPERATOR, at="2018-01-01T00:00:00Z", organisation=code, name=code, **named)
    for contractor in ("prime-north", "prime-south"):
        give(runtime.ledger, "set-retention-period", by=OPERATOR, at="2018-01-02T00:00:00Z", organisation=contractor,
             kind="after_service", months=12, valid_from="2018-01-02", justification="asked")  # fmt: skip
    for type_, fields in (
        ("start-contract", {"valid_from": "2022-10-01"}),
        ("end-contract", {"valid_until": ENDED_ON}),
    ):
        give(runtime.ledger, type_, by=OPERATOR, at="2022-10-01T00:00:00Z", organisation=ENDED,
             contract=ENDED_CONTRACT, **fields)  # fmt: skip
    return people


def _begun(runtime: Runtime, person: str, place: int) -> dict[str, Any]:
    """Somebody registered, consenting, with a share and a receipt of whoever served them first."""
    ledger, serving = runtime.ledger, SERVED_BY[place]
    began = 2018 if place in GONE else 2025
    first, of_nhs = serving[0], {"programme": NHS} if place == OF_NHS else {}
    values = {"given_name": "Sam", "family_name": f"Carter{place}", "date_of_birth": "1990-02-01"}
    give(ledger, "register-customer", person, by=OPERATOR, at=f"{began}-01-06T09:00:00Z", organisation=first,
         values=values, **of_nhs)  # fmt: skip
    for other in serving[1:]:
        give(
            ledger,
            "assign-customer",
            person,
            by=OPERATOR,
            at=f"{began}-01-07T09:00:00Z",
            organisation=other,
            reason="both",
        )
    give(ledger, "give-consent", person, by=OPERATOR, at=f"{began}-01-06T09:05:00Z", scope="market_research",
         mechanism="said yes", organisation=first)  # fmt: skip
    give(ledger, "keep-record", person, by=OPERATOR, at=f"{began}-02-06T09:05:00Z", collection="actionplans",
         organisation=first, values={"careers_goals": "to work in a library"})  # fmt: skip
    for scope in EQUALITY:
        give(ledger, "give-consent", person, by=OPERATOR, at=f"{began}-01-06T09:06:00Z", scope=scope,
             mechanism="said yes", organisation=first)  # fmt: skip
    give(ledger, "keep-record", person, by=OPERATOR, at=f"{began}-02-06T09:06:00Z", collection="diversitydetails",
         organisation=first, values={"Ethnicity": 31, "PrimaryLearningDifficultyOrDisability": 4})  # fmt: skip
    if place in GONE:
        give(ledger, "end-service", person, by=OPERATOR, at="2018-06-29T16:00:00Z", organisation=first)
        return {}
    share, receipt = f"share-of-{place}", f"receipt-of-{place}"
    give(ledger, "share-data", person, by=OPERATOR, at="2026-10-06T09:05:00Z", share_id=share, sent_by=first,
         sent_to="jobcentre-plus", channel="email", items=["D01"])  # fmt: skip
    give(ledger, "receive-data", person, by=OPERATOR, at="2026-11-16T09:05:00Z", receipt_id=receipt, received_by=first,
         received_from="jobcentre-plus", channel="email", items=["D01"])  # fmt: skip
    if place == LEFT:
        give(ledger, "end-service", person, by=OPERATOR, at="2026-10-30T16:00:00Z", organisation=first)
    return {"share": share, "receipt": receipt}


@contextmanager
def server_in_memory() -> Iterator[postgres.Server]:
    """A server of its own, its files in memory where there is room."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder of its own is made in it)
    with (
        tempfile.TemporaryDirectory(prefix="strangers-", dir=memory if memory.is_dir() else None) as home,
        postgres.running(Path(home)) as running,
    ):
        yield running
