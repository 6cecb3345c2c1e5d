"""Rates, medians, rows and databases for the benchmarks; it knows nothing of what is measured."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from api.casework.runtime import Runtime, opened
from api.settings import Settings
from ledger.store import migrate
from ledger.store.roles import of_database


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much is measured; every number is of one run of one row."""

    repeats: int
    append_seconds: float
    clients: tuple[int, ...]
    world_customers: int
    rival_events: int
    readings: int
    events_small: int
    events_large: int
    customers_small: int
    customers_large: int

    def of_events(self, events: int) -> Scale:
        """The same, with the report measured up to so many events."""
        return replace(self, events_large=events, events_small=min(self.events_small, events))


FULL = Scale(
    repeats=3, append_seconds=2.0, clients=(1, 16, 64), world_customers=4_000, rival_events=6_000, readings=40,
    events_small=100_000, events_large=1_000_000, customers_small=10_000, customers_large=1_000_000,
)  # fmt: skip
QUICK = Scale(
    repeats=1, append_seconds=0.3, clients=(1, 16, 64), world_customers=40, rival_events=200, readings=5,
    events_small=1_000, events_large=5_000, customers_small=100, customers_large=1_000,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: how often a second we and the rival do a thing, and at least which ratio is promised."""

    what: str
    rival: str
    ours_per_s: float
    rival_per_s: float
    target: float | None

    def as_json(self) -> dict[str, Any]:
        """The shape of the outside contract; a row without a target is for information and always ok."""
        ratio = self.ours_per_s / self.rival_per_s
        return {
            "what": self.what,
            "rival": self.rival,
            "ours_per_s": round(self.ours_per_s, 1),
            "rival_per_s": round(self.rival_per_s, 1),
            "ratio": round(ratio, 3),
            "target": self.target,
            "ok": self.target is None or ratio >= self.target,
        }

    def sentence(self) -> str:
        """The row for whoever waits for it."""
        row = self.as_json()
        return f"{self.what}: {row['ours_per_s']:,}/s, {self.rival}: {row['rival_per_s']:,}/s, ratio {row['ratio']}"


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where to measure: a server, a directory and the settings to open a runtime with."""

    conninfo: str
    directory: Path
    settings: Settings

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """A database of the benchmark's own, dropped afterwards."""
        name = f"ledger_bench_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        conninfo = make_conninfo(self.conninfo, dbname=name)
        with psycopg.connect(conninfo) as connection:
            own = of_database(connection)
        try:
            if migrated:
                migrate.migrate(conninfo)
            yield conninfo
        finally:
            with psycopg.connect(self.conninfo, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
                for role in own:
                    connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))

    @contextmanager
    def runtime(self, conninfo: str) -> Iterator[Runtime]:
        """The runtime of such a database, with a key file of its own."""
        key_file = self.directory / f"key-{uuid.uuid4().hex}"
        with opened(replace(self.settings, database_url=conninfo, key_file=key_file)) as runtime:
            yield runtime


def side_by_side(repeats: int, ours: Callable[[], float], rival: Callable[[], float]) -> tuple[float, float]:
    """The median rates of two contestants who take turns, also in beginning: a busy minute is busy for both."""
    rates: dict[Callable[[], float], list[float]] = {ours: [], rival: []}
    for number in range(repeats):
        for contestant in (ours, rival) if number % 2 == 0 else (rival, ours):
            rates[contestant].append(contestant())
    return median(rates[ours]), median(rates[rival])


def seconds_of(work: Callable[[], Any]) -> float:
    """How long a piece of work takes, once."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def rate_of_clients(clients: int, seconds: float, once: Callable[[], object]) -> float:
    """How often a second so many threads together get a thing done, each in a loop of its own."""
    counts = [0] * clients
    begin, stop = threading.Barrier(clients + 1), threading.Event()
    failed: list[BaseException] = []

    def work(number: int) -> None:
        begin.wait()
        try:
            while not stop.is_set():
                once()
                counts[number] += 1
        except BaseException as error:  # noqa: BLE001 (a client that fails must fail the measurement)
            failed.append(error)

    threads = [threading.Thread(target=work, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    begin.wait()
    begun = time.perf_counter()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(counts) / (time.perf_counter() - begun)
