"""What an operator sees of the HTTP door: an access log in JSON and counts, by route and never by person or id.

A path or a query that somebody mistyped may hold a name, so only the route's template is ever written down; of an error
we did not expect, its kind and our line, since its message may quote what was sent.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.casework import health
from api.casework.runtime import Runtime
from api.entries import Outcome
from ledger.commands.catalogue import COMMANDS
from ledger.errors import Fault
from ledger.store import quarantine

PATIENCE_SECONDS = 2.0
PROGRAM = Path(__file__).resolve().parent.parent


class Metrics:
    """Counters and gauges of one app, in a registry of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Standing(runtime))
        labels = ("method", "route", "status")
        self.requests = Counter("ledger_http_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "ledger_http_request_seconds", "How long answers took.", ("method", "route"), registry=self.registry
        )
        self.commands = Counter(
            "ledger_commands", "Commands by type and outcome.", ("type", "outcome"), registry=self.registry
        )
        self.not_kept = Counter(
            "ledger_quarantine_not_kept",
            "Refused lines that their owner's full quarantine did not keep.",
            registry=self.registry,
        )

    def count(self, outcome: Outcome) -> None:
        """Count a command; a type there is not counts as unknown, so that nobody can make up a label."""
        type_ = outcome.type if outcome.type in COMMANDS else "unknown"
        self.commands.labels(type_, outcome.word).inc()
        self.not_kept.inc(outcome.unkept)


class _Standing(Collector):
    """How far the ledger and each view have come, read when somebody looks."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        try:
            found = health.numbers(self._runtime, wait_seconds=PATIENCE_SECONDS)
        except Fault:  # the other numbers are wanted most when the database is gone
            return
        yield GaugeMetricFamily("ledger_head_position", "Entries in the ledger.", value=found.views[0].head)
        behind = GaugeMetricFamily("ledger_view_lag_entries", "Entries a view has yet to apply.", labels=("view",))
        stopped = GaugeMetricFamily("ledger_view_stopped", "1 when a view stopped.", labels=("view",))
        frozen = GaugeMetricFamily(
            "ledger_view_frozen_records",
            "Records of which a view leaves out entries it cannot apply.",
            labels=("view",),
        )
        for state in found.views:
            behind.add_metric((state.view,), max(0, state.head - state.position))
            stopped.add_metric((state.view,), float(state.trouble is not None))
            frozen.add_metric((state.view,), state.frozen)
        yield behind
        yield stopped
        yield frozen
        dropped = CounterMetricFamily("ledger_refused_attempts_dropped", "Refused attempts that were not recorded.")
        dropped.add_metric((), self._runtime.ledger.attempts.dropped)
        yield dropped
        yield from _quarantine(found.waiting, self._runtime.ledger.now())


def _quarantine(waiting: Sequence[quarantine.Backlog], now: datetime) -> Iterator[GaugeMetricFamily]:
    """By the door and never by a file's name, which may be anything."""
    lines = GaugeMetricFamily("ledger_quarantine_lines", "Lines in the quarantine.", labels=("source",))
    oldest = GaugeMetricFamily(
        "ledger_quarantine_oldest_seconds", "How long the oldest line in the quarantine has waited.", labels=("source",)
    )
    for backlog in waiting:
        lines.add_metric((backlog.source,), backlog.lines)
        oldest.add_metric((backlog.source,), (now - backlog.oldest).total_seconds())
    yield lines
    yield oldest


class Observed:
    """The outermost layer: times, counts and logs every request, and answers for errors nobody expected."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: structlog.typing.FilteringBoundLogger) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as unexpected:  # noqa: BLE001 (whatever it is, its message must not reach a log)
            self._log.error("unexpected", kind=type(unexpected).__name__, where=where(unexpected))
            if status == 0:
                await errors.unexpected()(scope, receive, watched)
        finally:
            self._write_down(scope, status, time.perf_counter() - began)

    def _write_down(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in {"GET", "POST", "HEAD", "OPTIONS"} else "other"
        route = getattr(scope.get("route"), "path", None) or "none"
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        self._log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            role=scope.get("state", {}).get("role"),
        )


def where(error: BaseException) -> str:
    """The last line of this program that an error passed through."""
    ours = [
        f"{Path(frame.filename).relative_to(PROGRAM)} line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PROGRAM) and ".venv" not in frame.filename
    ]
    return ours[-1] if ours else "outside this program"


def access_log() -> Any:  # noqa: ANN401 (structlog's loggers are made at run time)
    """One JSON object on a line of standard error for each request."""
    return structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
