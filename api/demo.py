"""The ledger at work on people who do not exist: import, record, catch up, ask, report; it serves nothing itself.

Documents and commands carry ids of their own, so a second run finds them all recorded already. What it adds is that
somebody has looked at one customer's data again, because looking is an event too (D12).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from api import report_page, server
from api.casework import subject_access
from api.casework.access import record_reading
from api.casework.runtime import Runtime
from api.dss.importer import import_documents
from api.parallel_recording import record_side_by_side
from api.world import COMMANDS, FEED, WorldWritten, write_world
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.catalogue import COMMANDS as DECLARED
from ledger.errors import Fault
from ledger.events import Json
from ledger.verify import verify
from projections.findings import read as findings
from projections.obligations import read as obligations
from projections.obligations.read import StateCounts, Wanted
from projections.organisations import read as organisations
from projections.retention import read as retention
from projections.retention.read import DueRow
from projections.shares import read as shares

SEED = 1
SAMPLES = Path(__file__).parent / "dss" / "samples" / FEED
ROUTE = "ledger demo"
MOST_DUE_SHOWN = 5
_CASE_WORKER = "case-worker"
_RECORDS_MANAGER = Caller(
    role="records-manager", organisation="controller", subject="the demonstration's records manager", operator=True
)

Progress = Callable[[str, int, int | None], None]


class ReportNotWritten(Fault):
    """The report cannot be written to LEDGER_HOME."""


@dataclass(kw_only=True, slots=True)
class DemoSummary:
    """What a run did and what there is to see."""

    documents: dict[str, Any]
    commands: dict[str, int]
    refusals: dict[str, int]
    customer_id: str
    shares: list[dict[str, Json]]
    report: Path
    on: str
    due: int
    due_rows: list[DueRow]
    exceptions: int
    obligations: StateCounts
    """How many there are in each state."""
    open_breaches: int
    verify: dict[str, Any]
    pages: str
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The summary as one JSON object."""
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "report": str(self.report),
            "due_rows": [row.as_json() for row in self.due_rows],
            "obligations": self.obligations.as_json(),
        }


def run(runtime: Runtime, *, customers: int = 500, progress: Progress | None = None) -> DemoSummary:
    """Import the samples and an invented world, record its commands, and look at the result.

    Raises subclasses of Refused and Fault.
    """
    watch = _Watch(progress)
    with tempfile.TemporaryDirectory() as directory:
        with watch("inventing people"):
            world = write_world(Path(directory) / "world", customers=customers, seed=SEED, progress=watch.progressed)
        with watch("importing documents"):
            imported = import_documents(
                runtime.ledger,
                [str(SAMPLES), str(world.directory / FEED)],
                by=Caller(role=_CASE_WORKER, organisation="data-sharing-service", subject="the demonstration's import"),
                progress=lambda done, total, what: watch.tell(f"{what} documents", done, total),
            )
        with watch("recording commands"):
            counts, refusals = _record(runtime, world, watch)
    with watch("catching up the views"):
        runtime.project(progress=watch.tell)
    with watch("verifying"):
        verdict = verify(runtime.conninfo, vault=runtime.ledger.vault, progress=watch.progressed)
    with watch("writing a report"):
        summary = _look(runtime, world.shown)
    counted = imported.as_json()
    summary.documents = {name: counted[name] for name in ("read", "recorded", "duplicates", "rejected", "events")}
    summary.commands, summary.refusals = counts, dict(refusals.most_common())
    summary.verify = asdict(verdict)
    summary.seconds = watch.seconds
    return summary


def _record(runtime: Runtime, world: WorldWritten, watch: _Watch) -> tuple[dict[str, int], Counter[str]]:
    counts: Counter[str] = Counter({"recorded": 0, "repeated": 0, "refused": 0})
    refusals: Counter[str] = Counter()
    with (world.directory / COMMANDS).open("rb") as lines:
        commands = map(orjson.loads, lines)
        for done, outcome in enumerate(record_side_by_side(runtime.ledger, commands, _given_by), start=1):
            counts[outcome.word] += 1
            if outcome.refused is not None:
                refusals[outcome.refused.sentence] += 1
            watch.tell("recording commands", done, world.commands)
    return dict(counts), refusals


def _given_by(command: dict[str, Any]) -> Caller:
    """Who would have reported this: a case worker of the organisation it happened at, where one may."""
    kind = DECLARED.get(str(command["type"]))
    if kind is not None and _CASE_WORKER not in kind.permitted:
        return _RECORDS_MANAGER
    organisation = next(
        (command[name] for name in ("organisation", "sent_by", "received_by", "referred_by") if command.get(name)),
        "controller",
    )
    return Caller(
        role=_CASE_WORKER, organisation=str(organisation), subject=f"a case worker of {organisation}", operator=True
    )


def _look(runtime: Runtime, customer: UUID) -> DemoSummary:
    made = subject_access.report(runtime, customer, _RECORDS_MANAGER, ROUTE)
    path = runtime.settings.home / f"report-{customer}.html"
    _write(path, report_page.render(made))
    record_reading(runtime, customer, _RECORDS_MANAGER, purpose="customer view", route=ROUTE)
    now = runtime.ledger.now()
    day = london_day(now)
    with runtime.current_views(_RECORDS_MANAGER) as connection:
        names = organisations.names_of(connection)
        return DemoSummary(
            documents={},
            commands={},
            refusals={},
            customer_id=str(customer),
            shares=[share.as_json(names) for share in shares.for_customer(connection, customer)],
            report=path,
            on=day.isoformat(),
            due=retention.count_due(connection, day),
            due_rows=retention.due_page(connection, day, limit=MOST_DUE_SHOWN),
            exceptions=retention.count_exceptions(connection, day),
            obligations=obligations.counts(connection, Wanted(), at=now),
            open_breaches=findings.count_open_breaches(connection),
            verify={},
            pages=server.address(runtime.settings.host, runtime.settings.port),
        )


def _write(path: Path, page: str) -> None:
    """For its owner only, like any report about a person."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(page)
    except OSError as failed:
        raise ReportNotWritten(f"The report cannot be written to LEDGER_HOME: {failed.strerror}.") from failed


class _Watch:
    """Tells how each step goes and how long it took."""

    def __init__(self, progress: Progress | None) -> None:
        self.tell: Progress = progress or (lambda *_: None)
        self.seconds: dict[str, float] = {}
        self._step, self._began = "", 0.0

    def __call__(self, step: str) -> _Watch:
        self._step = step
        return self

    def progressed(self, done: int, total: int) -> None:
        self.tell(self._step, done, total)

    def __enter__(self) -> None:
        self._began = time.monotonic()
        self.tell(self._step, 0, None)

    def __exit__(self, *_: object) -> None:
        self.seconds[self._step] = round(time.monotonic() - self._began, 2)
