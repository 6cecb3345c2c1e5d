"""The ledger's own PostgreSQL server, shared by every process that uses one home; knows no table and no event."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.store.postgres.cluster import Cluster, check_version, make_home
from ledger.store.postgres.faults import (
    HomeUnusable,
    NoServerFound,
    OtherMajorVersion,
    ServerNotStarted,
    ServerStillStarting,
    from_the_system,
)
from ledger.store.postgres.lock import Lock
from ledger.store.postgres.programs import choose_account, find_binaries, major_version
from ledger.store.postgres.supervisor import start_or_join, stop

__all__ = [
    "HomeUnusable",
    "NoServerFound",
    "OtherMajorVersion",
    "Server",
    "ServerNotStarted",
    "ServerStillStarting",
    "find_binaries",
    "running",
]


@dataclass(frozen=True, kw_only=True)
class Server:
    home: Path
    version: int

    def conninfo(self, *, dbname: str = "ledger", user: str = "ledger") -> str:
        """A connection string with the password, for psycopg and psql; never print it."""
        return Cluster(home=self.home).conninfo(dbname=dbname, user=user)


@contextmanager
def running(home: Path, *, bin_dir: Path | None = None) -> Iterator[Server]:
    """Start or join the server of `home`; the last process to leave stops it, however the others ended.

    A forked child uses the server as long as its parent does; one that outlives its parent calls `running` itself.
    """
    binaries = find_binaries(bin_dir, os.environ)
    opener = os.getpid()
    try:
        account = choose_account(home / "data")
        cluster = Cluster(home=make_home(home, account))
        version = major_version(binaries, account, cluster.home)
        check_version(cluster, version, binaries)
        transition = Lock(cluster.home / "postgres.lock")
        users = Lock(cluster.home / "postgres.users")
    except OSError as error:
        raise from_the_system(error, home) from None
    leave_it = False
    try:
        try:
            with transition.alone():
                users.share()
                start_or_join(cluster, binaries=binaries, version=version, account=account)
        except OSError as error:
            raise from_the_system(error, home) from None
        except ServerStillStarting:
            leave_it = True  # stopping it now would make the next start replay the log from the beginning
            raise
        yield Server(home=cluster.home, version=version)
    finally:
        if os.getpid() == opener:
            with transition.alone():
                if not leave_it and users.taken():
                    stop(cluster)
            users.close()
            transition.close()
