"""A network between the program and its database that a test can make fail without closing a connection."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Network:
    """Forwards to the server until it is stalled; then it takes everything in, and nothing comes out, until it resumes.

    The kernel acknowledges what it takes in, so neither keepalives nor tcp_user_timeout notice anything.
    """

    def __init__(self, conninfo: str) -> None:
        parts = conninfo_to_dict(conninfo)
        self._server = f"{parts['host']}/.s.PGSQL.{parts['port']}"
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.conninfo = make_conninfo(conninfo, host="127.0.0.1", port=self._listening.getsockname()[1])
        self._asking, self._answering = threading.Event(), threading.Event()
        self.resume()
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        self._asking.clear()
        self._answering.clear()

    def stall_answers(self) -> None:
        """What is asked still reaches the server."""
        self._answering.clear()

    def resume(self) -> None:
        self._asking.set()
        self._answering.set()

    def close(self) -> None:
        self.resume()
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                threading.Thread(target=self._carry, args=(client, server, self._asking.wait), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, self._answering.wait), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, until_it_flows: Callable[[], bool]) -> None:
        with contextlib.suppress(OSError):
            while taken := source.recv(1 << 20):
                until_it_flows()
                target.sendall(taken)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
