"""How long a connection may take: whoever sends or reads too slowly is let go, so that nobody holds them all.

The web server closes a connection that idles between two requests. This closes one whose request does not begin, whose
head trickles, or whose answer is not read. How long a body may take is in `api.dependencies`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

SECONDS_BETWEEN_REQUESTS = 5
SECONDS_FOR_A_HEAD = 10
SECONDS_TO_READ = 60
"""So long an answer may wait for a reader that takes nothing more of it."""


class BoundedConnection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """The web server's protocol with a clock for what it waits for without one."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (the web server's own)
        super().__init__(*arguments, **named)
        self._head: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle = getattr(self, "cycle", None)
        if cycle is not None and not cycle.response_complete:
            _stop(self._head)
            self._head = None
        elif self._head is None:
            self._await_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading = self._reading or self.loop.call_later(SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        _stop(self._reading)
        self._reading = None
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        _stop(self._head)
        _stop(self._reading)
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head = self.loop.call_later(SECONDS_FOR_A_HEAD, self.transport.abort)


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
