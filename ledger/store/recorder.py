"""The append-only store on PostgreSQL, as a recorder and factory of the `eventsourcing` library; nobody else knows it.

Everything is written through `Recorder.append` (group commit, dense positions) or, for imports, by COPY under the same
head lock. The library's own interface — `insert_events`, `select_events`, `select_notifications`, `subscribe` — is
complete on top of the same table: a stored event's state is the canonical bytes its leaf hash is made of.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import orjson
import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Mapper,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
    Transcoder,
)
from eventsourcing.postgres import ConnectionPool, PostgresApplicationRecorder, PostgresDatastore, PostgresFactory
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row, tuple_row

from ledger.errors import ConcurrentChange, Destroyed, LedgerError
from ledger.log.codec import Entry, canonical_entry, event_from
from ledger.log.merkle import leaf_hash
from ledger.store.append_call import Appended, Batch
from ledger.store.bounded import BoundedConnection
from ledger.store.connections import connect, connected, take_role
from ledger.store.database_faults import in_words
from ledger.store.group_commit import GroupCommit, hung_up
from ledger.store.migrate import check

COLUMNS = (
    "id, stream, version, type, type_version, class, part, occurred_at, recorded_at, actor, "
    "convert_to(facts::text, 'UTF8'), commitment, previous, leaf"
)
_SELECT = f"SELECT {COLUMNS}, NULL::bytea, position FROM ledger.event"  # noqa: S608 (no value is in it)
POLL_SECONDS = 0.05
CHECKOUT_SECONDS = 10
"""How long a caller waits for a free connection."""
CONNINFO = "LEDGER_CONNINFO"


class LedgerDatastore(PostgresDatastore):
    """The library's pool, with every connection in the writer's role and in UTC, and none handed out that is dead."""

    def __init__(self, conninfo: str, **settings: Any) -> None:  # noqa: ANN401 (the library's settings)
        super().__init__(dbname="", host="", port="", user="", password="", **settings)
        library_made = self.pool
        self.conninfo = conninfo
        self.pool = ConnectionPool(
            conninfo,
            connection_class=BoundedConnection[DictRow],
            kwargs={"row_factory": dict_row},
            min_size=library_made.min_size,
            max_size=library_made.max_size,
            open=False,
            configure=self.after_connect_func(),
            timeout=library_made.timeout,
            check=refuse_if_hung_up,
        )

    def after_connect_func(self) -> Callable[[psycopg.Connection[Any]], None]:
        library_configures = super().after_connect_func()

        def after_connect(connection: psycopg.Connection[Any]) -> None:
            library_configures(connection)
            take_role(connection, "writer")

        return after_connect


def refuse_if_hung_up(connection: psycopg.Connection[Any]) -> None:
    """The check of a pool that hands out no dead connection."""
    if hung_up(connection):
        raise psycopg.OperationalError("the server closed the connection")


def entries_in(
    connection: psycopg.Connection[Any], stream: UUID, *, after_version: int = 0, upto_version: int | None = None
) -> list[Entry]:
    """The entries of a stream in order, facts only, as far as whose connection it is may read them."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            _SELECT + " WHERE stream = %s AND version > %s"
            " AND (%s::integer IS NULL OR version <= %s::integer) ORDER BY version",
            [stream, after_version, upto_version, upto_version],
        )
        return [Entry(*row) for row in cursor]


class OrjsonTranscoder(Transcoder):
    """The library's transcoder interface over orjson."""

    def encode(self, obj: Any) -> bytes:  # noqa: ANN401 (the library's signature)
        return orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 (the library's signature)
        return orjson.loads(data)


class EventMapper(Mapper[UUID]):
    """Between stored events and events of ours: literal names instead of Python paths, facts only."""

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401 (the library's protocol has no place for ours)
        state = orjson.loads(stored_event.state)
        return event_from(stored_event.topic, state["type_version"], state["facts"])


class Recorder(PostgresApplicationRecorder):
    """Append-only recorder with one dense order; safe for any number of threads and processes."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "event") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self.sql_create_statements = []
        self.host_clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        """This host's own clock, which the database compares with its own at every append."""
        self._group_commit: GroupCommit | None = None
        self._starting = threading.Lock()

    def append(self, batch: Batch) -> Appended:
        """Record a batch durably, all of it or nothing; see GroupCommit.append for what it raises."""
        return self._committer().append(batch)

    def _committer(self) -> GroupCommit:
        with self._starting:
            if self._group_commit is None:
                self._group_commit = GroupCommit(self._connect, self._host_time)
            return self._group_commit

    def _host_time(self) -> datetime:
        return self.host_clock()

    def close(self) -> None:
        """Commit what is queued and give the connections back."""
        if self._group_commit is not None:
            self._group_commit.close()
            self._group_commit = None
        self.datastore.close()

    def _connect(self) -> psycopg.Connection[Any]:
        connection = connect(cast("LedgerDatastore", self.datastore).conninfo, row_factory=tuple_row)
        take_role(connection, "writer")
        return connection

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A pooled connection in the writer's role; raises DatabaseUnreachable."""
        pool = self.datastore.pool
        with in_words():
            pool.open()
            with pool.connection() as connection:
                yield connection

    def history(self, stream: UUID, *, after_version: int = 0, upto_version: int | None = None) -> list[Entry]:
        """The entries of a stream in order, facts only."""
        with self.connection() as connection:
            return entries_in(connection, stream, after_version=after_version, upto_version=upto_version)

    def tail(self, stream: UUID, count: int) -> list[Entry]:
        """The last entries of a stream in order, facts only."""
        with self.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(_SELECT + " WHERE stream = %s ORDER BY version DESC LIMIT %s", [stream, count], prepare=True)
            return [Entry(*row) for row in cursor][::-1]

    # The library's interface.

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:  # noqa: ANN401 (the library's signature)
        if not stored_events:
            return []
        batch = Batch(entries=[_entry_of(stored) for stored in stored_events])
        try:
            appended = self.append(batch)
        except (ConcurrentChange, Destroyed) as refused:
            raise IntegrityError(str(refused)) from refused
        except LedgerError as failed:
            raise OperationalError(str(failed)) from failed
        return list(range(appended.first, appended.last + 1))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        found = self.history(UUID(str(originator_id)), after_version=gt or 0, upto_version=lte)
        ordered = found[::-1] if desc else found
        return [_stored(entry) for entry in (ordered if limit is None else ordered[:limit])]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = (start or 0) - (1 if inclusive_of_start and start else 0)
        with self.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(
                _SELECT + " WHERE position > %s AND (%s::bigint IS NULL OR position <= %s::bigint)"
                " AND (cardinality(%s::text[]) = 0 OR type = ANY (%s::text[]))"
                " ORDER BY position LIMIT %s",
                [after, stop, stop, list(topics), list(topics), limit],
                prepare=True,
            )
            found = [Entry(*row) for row in cursor]
        return [
            Notification(e.stream, e.version, e.type, canonical_entry(e), e.position) for e in found
        ]  # fmt: skip

    def max_notification_id(self) -> int | None:
        with self.connection() as connection:
            row = connection.execute("SELECT position FROM ledger.head").fetchone()
        position = int(cast("dict[str, int]", row)["position"])
        return position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return PollingSubscription(recorder=self, gt=gt, topics=topics)


class PollingSubscription(ListenNotifySubscription[Recorder]):
    """The library's subscription without NOTIFY, which takes a lock of the whole server at every commit (D3)."""

    def __init__(self, recorder: Recorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._poll = threading.Thread(target=self._wake, daemon=True)
        self._poll.start()

    def _wake(self) -> None:
        while not self._has_been_stopped and not self._thread_error:
            self._has_been_notified.set()
            threading.Event().wait(POLL_SECONDS)


class Factory(PostgresFactory):
    """Makes the recorder; PERSISTENCE_MODULE names it, and the library's POSTGRES_ settings apply."""

    application_recorder_class = Recorder

    def __init__(self, env: Environment | dict[str, str] | None) -> None:
        super().__init__(env)
        theirs = self.datastore
        pool = cast("dict[str, Any]", theirs.pool.kwargs)
        given = {name: pool[name] or None for name in ("dbname", "host", "port", "user", "password")}
        self.datastore = LedgerDatastore(
            self.env.get(CONNINFO) or make_conninfo("", **given),
            schema="ledger",
            pool_size=theirs.pool.min_size,
            max_overflow=theirs.pool.max_size - theirs.pool.min_size,
            connect_timeout=theirs.pool.timeout,
        )

    def env_create_table(self) -> bool:
        return False


def environment(conninfo: str) -> dict[str, str]:
    """The library's settings for a libpq connection string, and the string itself: the library has no name for most."""
    parameters = conninfo_to_dict(conninfo)
    return {
        "PERSISTENCE_MODULE": "ledger.store.recorder:Factory",
        CONNINFO: conninfo,
        "TRANSCODER_TOPIC": "ledger.store.recorder:OrjsonTranscoder",
        "MAPPER_TOPIC": "ledger.store.recorder:EventMapper",
        "POSTGRES_DBNAME": str(parameters.get("dbname") or parameters.get("user") or "ledger"),
        "POSTGRES_HOST": str(parameters.get("host") or ""),
        "POSTGRES_PORT": str(parameters.get("port") or "5432"),
        "POSTGRES_USER": str(parameters.get("user") or ""),
        "POSTGRES_PASSWORD": str(parameters.get("password") or ""),
        "POSTGRES_SCHEMA": "ledger",
        "POSTGRES_POOL_SIZE": "2",
        "POSTGRES_MAX_OVERFLOW": "14",
        "POSTGRES_CONNECT_TIMEOUT": str(CHECKOUT_SECONDS),
    }


def open_recorder(conninfo: str) -> Recorder:
    """The recorder of a database, through the library's factory.

    Raises DatabaseUnreachable, DatabaseReadOnly and WrongSchema.
    """
    with connected(conninfo, "writer") as first:  # said once and at once, which a pool would try for seconds
        check(first)
    factory = Factory.construct(Environment("", environment(conninfo)))
    return cast("Recorder", factory.application_recorder())


def _stored(entry: Entry) -> StoredEvent:
    return StoredEvent(entry.stream, entry.version, entry.type, canonical_entry(entry))


def _entry_of(stored: StoredEvent) -> Entry:
    columns = orjson.loads(stored.state)
    return Entry(
        UUID(columns["id"]), UUID(str(stored.originator_id)), stored.originator_version, stored.topic,
        columns["type_version"], columns["class"], columns["part"], datetime.fromisoformat(columns["occurred_at"]),
        datetime.fromisoformat(columns["recorded_at"]), columns["actor"],
        orjson.dumps(columns["facts"], option=orjson.OPT_SORT_KEYS),
        bytes.fromhex(columns["commitment"]) if columns["commitment"] else None,
        bytes.fromhex(columns["previous"]) if columns["previous"] else None,
        leaf_hash(stored.state),
    )  # fmt: skip
