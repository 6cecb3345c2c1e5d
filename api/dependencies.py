"""What a route or page asks FastAPI for: the open runtime, the metrics, and the body of the request up to a limit."""

from __future__ import annotations

import asyncio
from typing import Annotated

from anyio import from_thread
from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.casework.runtime import Runtime
from api.entries import LONGEST_BODY_BYTES
from api.incoming import plain
from api.metrics import Metrics

CLOSE = {"Connection": "close"}
"""What is still on its way is not waited for."""
SECONDS_FOR_A_BODY = 60
"""Whoever sends the longest body at 140 kB a second is done by then; a connection that trickles is let go."""


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def metrics_of(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


async def body_of(request: Request) -> bytes:
    """The body without its mark, unpacked if it is gzip; asynchronous, because a plain endpoint cannot wait for it.

    Answers 413 beyond a limit, 415 for another encoding, 408 when it comes too slowly. Raises TooLargeUnpacked and
    Malformed.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"identity", "gzip", "x-gzip", ""}:
        raise HTTPException(415, headers={"Accept-Encoding": "gzip"})
    return plain(await received(request, most_bytes=LONGEST_BODY_BYTES), most_bytes=LONGEST_BODY_BYTES)


async def received(request: Request, *, most_bytes: int) -> bytes:
    """The body as it was sent. Answers 413 beyond a limit, before more of it is read, and 408 after some seconds."""
    announced = request.headers.get("content-length", "")[:20]
    if announced.isdecimal() and int(announced) > most_bytes:
        raise HTTPException(413, headers=CLOSE)
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS_FOR_A_BODY):
            async for piece in request.stream():
                body += piece
                if len(body) > most_bytes:
                    raise HTTPException(413, headers=CLOSE)
    except TimeoutError:
        raise HTTPException(408, headers=CLOSE) from None
    return bytes(body)


def asked_still(request: Request) -> bool:
    """Whether whoever sent the request still waits for its answer; asked in a plain endpoint, which has a thread."""
    return not from_thread.run(request.is_disconnected)


RuntimeDep = Annotated[Runtime, Depends(runtime_of)]
MetricsDep = Annotated[Metrics, Depends(metrics_of)]
BodyDep = Annotated[bytes, Depends(body_of)]
