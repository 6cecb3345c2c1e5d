"""What a route or page asks FastAPI for: the open runtime, the metrics, and the body of the request up to a limit."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.casework.runtime import Runtime
from api.entries import LONGEST_BODY_BYTES
from api.metrics import Metrics


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def metrics_of(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


async def body_of(request: Request) -> bytes:
    """The body, up to a limit; asynchronous, because a plain endpoint cannot wait for it. Answers 413 beyond."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_BODY_BYTES:
            raise HTTPException(413)
    return bytes(body)


RuntimeDep = Annotated[Runtime, Depends(runtime_of)]
MetricsDep = Annotated[Metrics, Depends(metrics_of)]
BodyDep = Annotated[bytes, Depends(body_of)]
