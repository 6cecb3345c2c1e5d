"""The HTTP application: the routes, who may come in without a token, how errors are answered, and what is observed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Depends, FastAPI

from api import errors, metrics, pages
from api.auth import Gate
from api.casework.runtime import Runtime
from api.headers import SecurityHeaders
from api.hosts import Hosts
from api.junk import JunkRate
from api.routes import (
    access_review,
    attempts,
    claims,
    command_schemas,
    customers,
    entries,
    events,
    findings,
    grants,
    health,
    obligations,
    quarantine,
    requests,
    retention,
    serving,
)
from api.routes.responses import refuse_nul, refuse_unknown_parameters
from api.sessions import Sessions

PUBLIC = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json", "/static", *pages.sign_in.PUBLIC})
"""Everything else names its caller."""
ROUTERS: tuple[APIRouter, ...] = (
    entries.router,
    findings.router,
    customers.router,
    serving.router,
    requests.router,
    obligations.router,
    claims.router,
    quarantine.router,
    retention.router,
    attempts.router,
    grants.router,
    access_review.router,
    events.router,
    health.router,
)


def create_app(runtime: Runtime) -> FastAPI:
    """The application of an open runtime. Raises Malformed and faults when tokens could not be checked."""
    app = FastAPI(
        title="Data-sharing ledger",
        summary="What is held about a person, where it came from, who got it, and that it was destroyed.",
        version=_version(),
        docs_url=None,  # the framework's documentation pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # it would send callers to the host that they named
        dependencies=[Depends(refuse_nul)],
        # The framework's own spans and log records would carry addresses and the messages of errors.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.runtime = runtime
    app.state.gate = Gate.open(runtime.settings)
    app.state.sessions = Sessions.of(runtime)
    app.state.metrics = metrics.Metrics(runtime)
    app.state.junk = JunkRate()
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(refuse_unknown_parameters)])
    command_schemas.install(app)
    pages.install(app)
    app.add_middleware(Hosts, settings=runtime.settings)
    app.add_middleware(metrics.Observed, metrics=app.state.metrics, log=metrics.access_log())
    app.add_middleware(SecurityHeaders)
    return app


def _version() -> str:
    try:
        return version("data-sharing-ledger")
    except PackageNotFoundError:  # run from a clone: nothing is installed
        return "0"
