"""Serves the application of an open runtime until it is told to stop; knows nothing of what is served."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from api.app import create_app
from api.casework.runtime import Runtime
from api.connections import SECONDS_BETWEEN_REQUESTS, BoundedConnection
from api.hosts import warnings
from ledger.errors import Malformed

SECONDS_TO_FINISH = 10


def serve(runtime: Runtime, *, ready: Callable[[str], None], warn: Callable[[str], None], follow: bool = True) -> None:
    """Listen, tell `ready` the address, and answer until SIGTERM or Ctrl-C. Raises Malformed when the port is taken.

    `warn` hears what the operator should know about who can sign in.

    With `follow` a thread of this process keeps the views up; without it, some other process does.
    """
    listening = _listen(runtime.settings.host, runtime.settings.port)
    with listening, stopped_by_signal():
        if follow:
            runtime.follow()
        else:
            runtime.rely_on_another_runner()
        config = uvicorn.Config(
            create_app(runtime),
            access_log=False,  # it would write down whole addresses
            log_config=None,
            lifespan="off",
            proxy_headers=False,  # api.hosts decides whose headers count
            server_header=False,
            http=BoundedConnection,
            timeout_keep_alive=SECONDS_BETWEEN_REQUESTS,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
        )
        for sentence in warnings(runtime.settings):
            warn(sentence)
        ready(address(runtime.settings.host, runtime.settings.port))
        uvicorn.Server(config).run(sockets=[listening])


def address(host: str, port: int) -> str:
    """What to type into a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def stopped_by_signal() -> Iterator[None]:
    """SIGTERM ends the block as an exit would, so that the database is stopped and nothing is left half done.

    The web server puts our handler back and raises the signal again when it has finished its requests.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        sys.exit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError:
        raise Malformed(
            f"Port {port} of {host} cannot be listened on; set LEDGER_PORT or LEDGER_HOST to something else."
        ) from None
