"""Connections that keep every parameter of the database's URL, and wait for a silent server for seconds only.

The kernel finds a network that drops packets: keepalives and `tcp_user_timeout`, which the URL may set. It does not
find a proxy or firewall that stays up and forwards nothing. So whoever has waited for a few seconds asks the server, on
a new connection, whether it is still at work on the statement. A statement that takes long goes on; a dead connection
ends.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from contextlib import closing
from typing import Any, TypeVar, cast

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import Row

SILENT_SECONDS = 3.0
"""How long a server may say nothing before it is asked whether it is at work; then again each time as long."""
DEAD, AGAIN_SECONDS = 2, 1.0
"""An answer may be on its way when the server was asked, so it is asked twice."""
ASKING_SECONDS = 2
CONNECT_SECONDS = 4
LEAST_CONNECT_SECONDS = 2
"""libpq's own least."""
DEFAULTS = {
    "tcp_user_timeout": "8000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
}
"""libpq's parameters for a dead network, in milliseconds and seconds, unless the URL sets them."""
_BETWEEN_LOOKS = 0.1
_RV = TypeVar("_RV")
_AT_WORK = b"SELECT state = 'active' FROM pg_stat_activity WHERE pid = $1"


def complete(conninfo: str) -> str:
    """The connection string with all its parameters, those of its service included, and bounds where it sets none.

    Several hosts share the seconds for connecting. Raises psycopg.ProgrammingError for what is no connection string.
    """
    given = conninfo_to_dict(conninfo)
    if "service" in given or os.environ.get("PGSERVICE"):
        given = _resolved(conninfo) or given
    hosts = str(given.get("host") or given.get("hostaddr") or os.environ.get("PGHOST") or "").count(",") + 1
    bounds = dict(DEFAULTS)
    if not os.environ.get("PGCONNECT_TIMEOUT"):
        bounds["connect_timeout"] = str(max(LEAST_CONNECT_SECONDS, CONNECT_SECONDS // hosts))
    return make_conninfo("", **{**bounds, **given})


def _resolved(conninfo: str) -> dict[str, Any]:
    """What a service stands for, as libpq reads it: psycopg itself would see neither its hosts nor its timeout."""
    beginning = pq.PGconn.connect_start(conninfo.encode())
    try:
        options = {option.keyword.decode(): option.val.decode() for option in beginning.info if option.val}
    finally:
        beginning.finish()
    return options if options.pop("service", None) and options.get("host") else {}


class BoundedConnection(psycopg.Connection[Row]):
    """A connection that fails with OperationalError when it has died, instead of waiting for minutes."""

    _remote: bool | None = None

    @classmethod
    def connect(cls, conninfo: str = "", **settings: Any) -> Any:  # noqa: ANN401 (psycopg's own signature)
        """As psycopg's, with every parameter of the string; a pool's patience does not replace its timeout."""
        settings.pop("connect_timeout", None)
        return super().connect(complete(conninfo), **settings)

    def wait(
        self, gen: Generator[Any, Any, _RV], interval: float = _BETWEEN_LOOKS, timeout: float | None = None
    ) -> _RV:
        """As psycopg's. Raises OperationalError, and closes the connection, once the server is not at work for us."""
        if self._remote is None:
            self._remote = not self.info.host.startswith(("/", "@"))
        if not self._remote:
            return super().wait(gen, interval=interval, timeout=timeout)
        return super().wait(self._watched(gen), interval=min(interval, _BETWEEN_LOOKS), timeout=timeout)

    def _watched(self, gen: Generator[Any, Any, _RV]) -> Generator[Any, Any, _RV]:
        """The same generator; whenever nothing happened for some seconds, the server is asked how it stands."""
        doubts = 0
        try:
            waits_for = next(gen)
            until = time.monotonic() + SILENT_SECONDS
            while True:
                ready = yield waits_for
                if ready:
                    doubts, until = 0, time.monotonic() + SILENT_SECONDS
                elif time.monotonic() > until:
                    at_work = self._at_work()
                    doubts += {True: -doubts, False: 1, None: DEAD}[at_work]
                    if doubts >= DEAD:
                        self.close()
                        raise psycopg.OperationalError("the connection has died")
                    until = time.monotonic() + (SILENT_SECONDS if at_work else AGAIN_SECONDS)
                waits_for = gen.send(ready)
        except StopIteration as ended:
            return cast("_RV", ended.value)

    def _at_work(self) -> bool | None:
        """Whether the server is at work for this connection, as a new one sees it; None when there can be no new one.

        A pooler gives its connections numbers of its own; then it is enough that the server answers.
        """
        options = {option.keyword.decode(): option.val.decode() for option in self.pgconn.info if option.val}
        options |= {"host": self.info.host, "hostaddr": self.info.hostaddr, "port": str(self.info.port)}
        for name in ("service", "target_session_attrs", "load_balance_hosts"):
            options.pop(name, None)
        options["connect_timeout"] = str(ASKING_SECONDS)
        pid = self.info.backend_pid
        try:
            with closing(psycopg.connect(make_conninfo(**options))) as asking:
                return _answer(asking.pgconn, pid)
        except psycopg.OperationalError as failed:
            return True if "FATAL" in str(failed) else None  # it answers, if only that it has no room


def _answer(asking: pq.abc.PGconn, pid: int) -> bool | None:
    """Whether the server is at work for a session, True where it knows of none; None when it does not say in time."""
    until = time.monotonic() + ASKING_SECONDS
    asking.send_query_params(_AT_WORK, [str(pid).encode()])
    while asking.is_busy():
        if time.monotonic() > until:
            return None
        time.sleep(0.01)
        asking.consume_input()
    answer = asking.get_result()
    return answer is None or not answer.ntuples or answer.get_value(0, 0) in (None, b"t")
