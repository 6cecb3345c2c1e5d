"""Whether the program runs, whether it can be relied on, and its numbers; public, so without ids and without names."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.casework import health, poison, requests
from api.casework.quarantine import age_warning
from api.casework.runtime import Runtime
from api.dependencies import MetricsDep, RuntimeDep
from api.metrics import PATIENCE_SECONDS
from api.routes.responses import answer
from ledger.errors import LedgerError
from ledger.events import Json
from ledger.vault.keys import Vault

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="The program runs")
def healthz() -> Response:
    return answer({"status": "running"})


@router.get("/readyz", summary="The program can be relied on", responses={503: {"description": "It cannot; why."}})
def readyz(runtime: RuntimeDep) -> Response:
    """The head, each view's position and where it stopped, the schema, the key file, and what needs somebody's care."""
    checks: dict[str, Json] = {"key_file": _key_file(runtime)}
    views: list[Json] = []
    head: Json = None
    warnings: list[str] = []
    try:
        found = health.health(runtime, wait_seconds=PATIENCE_SECONDS)
        checks["schema"] = found.schema
        soon = (
            poison.frozen_warning(found.views),
            requests.calendar_warning(runtime),
            age_warning(found.waiting_since, runtime.ledger.now()),
        )
        warnings = [warning for warning in soon if warning is not None]
    except LedgerError as unreachable:
        checks["database"] = unreachable.sentence
    else:
        checks["database"] = "ok"
        head = found.views[0].head
        views = [
            {
                "view": state.view,
                "position": state.position,
                "current": state.current,
                "stopped_at": state.stopped_at,
                "why": state.trouble if state.ahead else state.why,
                "frozen": state.frozen,
            }
            for state in found.views
        ]
        stopped = [state.view for state in found.views if state.trouble is not None or not state.current]
        checks["views"] = f"{', '.join(stopped)} cannot be relied on" if stopped else "ok"
    ready = all(outcome == "ok" for outcome in checks.values())
    body = {"ready": ready, "head": head, "views": views, "checks": checks, "warnings": warnings}
    return answer(body, status=200 if ready else 503)


@router.get("/metrics", summary="Numbers for Prometheus")
def metrics(numbers: MetricsDep) -> Response:
    return Response(generate_latest(numbers.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _key_file(runtime: Runtime) -> str:
    """A ledger that runs on after its key file was lost would die at its next start, and nobody would know why."""
    return _outcome(lambda: Vault.open(runtime.settings.key_file, create=False).check(runtime.ledger.vault.fingerprint))


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except LedgerError as wrong:
        return wrong.sentence
    return "ok"
