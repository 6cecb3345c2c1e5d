"""Faults in pairs: what failed and was not written, and what failed and was; each is told in one exact sentence."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.errors import (
    DatabaseUnreachable,
    DiskFull,
    Fault,
    KeyFileMissing,
    KeyFileUnreadable,
    OutcomeUnknown,
    WrongKey,
    WrongSchema,
)
from ledger.recording import Ledger
from ledger.store import group_commit, migrate, postgres
from ledger.store.append_call import Appended
from ledger.store.recorder import Recorder, open_recorder
from ledger.verify import verify
from tests.appending import batch, entry

LOST_BEFORE = "The connection was lost before the commit; nothing was recorded."


class Wire:
    """Stands between a recorder and the server, and cuts the connection at a chosen moment."""

    def __init__(self, conninfo: str) -> None:
        said = conninfo_to_dict(conninfo)
        self._server = f"{said['host']}/.s.PGSQL.{said['port']}"
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.conninfo = make_conninfo(conninfo, host="127.0.0.1", port=self._listening.getsockname()[1])
        self.cut_when: str | None = None
        self.let_pass = 0
        self.refuses = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self.refuses:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                threading.Thread(target=self._carry, args=(client, server, "asked"), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, "answered"), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, moment: str) -> None:
        """Cut before the server hears it (`asked`), after it does (`heard`), or before the client does (`answered`)."""
        with contextlib.suppress(OSError):
            while said := source.recv(1 << 20):
                if self.cut_when == moment:
                    if self.let_pass == 0:
                        break
                    self.let_pass -= 1
                target.sendall(said)
                if moment == "asked" and self.cut_when == "heard":
                    break
        if self.cut_when is not None:
            self.cut_when = None
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def wire(database: str) -> Iterator[Wire]:
    with closing(Wire(database)) as between:
        yield between


@pytest.fixture
def recorder(wire: Wire) -> Iterator[Recorder]:
    with closing(open_recorder(wire.conninfo)) as opened:
        opened.append(batch())
        yield opened


def stored(database: str) -> list[uuid.UUID]:
    with psycopg.connect(database) as connection:
        return [row[0] for row in connection.execute("SELECT stream FROM ledger.event ORDER BY position")]


def test_lost_before_the_server_heard_of_it_nothing_is_recorded(database: str, wire: Wire, recorder: Recorder):
    wire.cut_when = "asked"
    with pytest.raises(DatabaseUnreachable, match=LOST_BEFORE):
        recorder.append(batch())
    assert len(stored(database)) == 1
    assert recorder.append(batch()) == Appended(first=2, last=2)


def test_lost_after_the_commit_the_caller_gets_the_receipt_all_the_same(database: str, wire: Wire, recorder: Recorder):
    stream = uuid.uuid4()
    wire.cut_when = "answered"
    assert recorder.append(batch(entry(stream, 1))) == Appended(first=2, last=2)
    assert stored(database)[1:] == [stream]
    assert recorder.append(batch()) == Appended(first=3, last=3)


def test_lost_while_the_server_was_at_it_nothing_is_written_after_the_answer(
    database: str, wire: Wire, recorder: Recorder
):
    with psycopg.connect(database) as holder:
        holder.execute("SELECT FROM ledger.head FOR UPDATE")
        wire.cut_when = "heard"
        with pytest.raises(DatabaseUnreachable, match=LOST_BEFORE):
            recorder.append(batch())
    assert recorder.append(batch()) == Appended(first=2, last=2)
    assert len(stored(database)) == 2


@pytest.mark.parametrize(("moment", "let_pass", "written"), [("asked", 0, 0), ("answered", 1, 4)])
def test_each_batch_of_a_lost_group_is_told_what_became_of_it(
    database: str, wire: Wire, recorder: Recorder, *, moment: str, let_pass: int, written: int
):
    batches = [batch() for _ in range(4)]
    with ThreadPoolExecutor(5) as callers:
        with psycopg.connect(database) as holder:
            holder.execute("SELECT FROM ledger.head FOR UPDATE")
            first = callers.submit(recorder.append, batch())
            until(lambda: blocked(database) == 1)
            answers = [callers.submit(recorder.append, one) for one in batches]
            until(lambda: recorder._group_commit is not None and recorder._group_commit._queue.qsize() == 4)
            wire.let_pass, wire.cut_when = let_pass, moment
        assert first.result() == Appended(first=2, last=2)
    refused = [str(answer.exception()) for answer in answers if answer.exception() is not None]
    assert refused == [LOST_BEFORE] * (4 - written)
    assert set(stored(database)[2:]) == {one.entries[0].stream for one in batches[:written]}
    assert verify(database).entries == 2 + written


def test_when_even_the_outcome_cannot_be_read_sending_it_again_is_safe(
    database: str, wire: Wire, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group_commit, "RECONNECT_SECONDS", 0.3)
    sent = batch()
    wire.refuses, wire.cut_when = True, "answered"
    with pytest.raises(OutcomeUnknown, match="send the same command again"):
        recorder.append(sent)
    with pytest.raises(DatabaseUnreachable):
        recorder.append(batch())
    wire.refuses = False
    assert recorder.append(sent) == Appended(first=2, last=2, repeated=True)
    assert stored(database)[1:] == [sent.entries[0].stream]


def test_a_session_the_server_ended_before_the_commit_recorded_nothing(database: str, recorder: Recorder):
    with ThreadPoolExecutor(1) as caller, psycopg.connect(database) as holder:
        holder.execute("SELECT FROM ledger.head FOR UPDATE")
        answer = caller.submit(recorder.append, batch())
        until(lambda: blocked(database) == 1)
        holder.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with pytest.raises(DatabaseUnreachable, match=LOST_BEFORE):
            answer.result()
    assert recorder.append(batch()) == Appended(first=2, last=2)


def test_a_server_that_is_not_there_is_said_at_once(tmp_path: Path, key_file: Path):
    nowhere = make_conninfo("", host=str(tmp_path), port=5432, dbname="ledger", user="ledger", password="x")
    began = time.monotonic()
    for attempt in (lambda: Ledger.open(nowhere, key_file), lambda: migrate.migrate(nowhere), lambda: verify(nowhere)):
        with pytest.raises(DatabaseUnreachable, match=r"^The database cannot be reached; nothing was recorded\.$"):
            attempt()
    assert time.monotonic() - began < 5
    assert not key_file.exists()


def test_an_address_that_is_none_is_not_repeated(key_file: Path):
    with pytest.raises(DatabaseUnreachable, match="not a PostgreSQL connection string") as refused:
        Ledger.open("secret word", key_file)
    assert "secret" not in str(refused.value)


def test_a_database_without_a_ledger_is_said_to_have_none(server: postgres.Server, key_file: Path):
    nothing_here = server.conninfo(dbname="postgres")
    for attempt in (lambda: Ledger.open(nothing_here, key_file), lambda: verify(nothing_here)):
        with pytest.raises(WrongSchema, match="no ledger in it yet; run `ledger migrate`"):
            attempt()
    assert not key_file.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("DELETE FROM public.ledger_migration WHERE name LIKE '0002%'", "another version than this program; run"),
        ("UPDATE public.ledger_migration SET digest = 'x' WHERE name LIKE '0001%'", "another version of this program"),
        ("INSERT INTO public.ledger_migration VALUES ('9999_later', 'x')", "another version of this program"),
    ],
    ids=["older", "altered", "newer"],
)
def test_a_database_of_another_version_is_refused_and_left_alone(
    database: str, key_file: Path, change: str, sentence: str
):
    with psycopg.connect(database) as connection:
        connection.execute(change.encode())
    with pytest.raises(WrongSchema, match=sentence):
        Ledger.open(database, key_file)
    assert not key_file.exists()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM ledger.key_check").fetchone() == (0,)


def test_migrating_a_database_of_a_newer_program_is_refused(database: str):
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO public.ledger_migration VALUES ('9999_later', 'x')")
    with pytest.raises(WrongSchema, match="another version of this program"):
        migrate.migrate(database)


def test_two_programs_do_not_migrate_at_once(database: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "100ms")
    with psycopg.connect(database) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [migrate._ONE_AT_A_TIME])
        with pytest.raises(DatabaseUnreachable, match="Another program is migrating"):
            migrate.migrate(database)


def test_a_login_that_may_not_migrate_is_told_so(server: postgres.Server, database: str):
    login = f"plain_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'x'".encode())
        try:
            with pytest.raises(WrongSchema, match="a login that may create roles"):
                migrate.migrate(make_conninfo(database, user=login, password="x"))
        finally:
            connection.execute(f"DROP ROLE {login}".encode())


def write_key(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.write_bytes(content)
    path.chmod(mode)


def test_a_missing_key_file_is_never_replaced_by_a_new_one(database: str, key_file: Path):
    Ledger.open(database, key_file).close()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key_file.unlink()
    with pytest.raises(KeyFileMissing, match="restore it from its backup"):
        Ledger.open(database, key_file)
    assert not key_file.exists()


def test_the_key_file_of_another_ledger_is_refused(database: str, key_file: Path):
    Ledger.open(database, key_file).close()
    write_key(key_file, b"b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3Q=\n")
    with pytest.raises(WrongKey, match="not the one this ledger's keys were wrapped with"):
        Ledger.open(database, key_file)


@pytest.mark.parametrize(
    ("content", "mode"),
    [(b"c2hvcnQ=", 0o600), (b"\xff\xfe not base64", 0o600), (b"", 0o600), (None, 0o644), (None, 0o640)],
    ids=["short", "binary", "empty", "readable by everybody", "readable by a group"],
)
def test_a_key_file_that_cannot_be_used_says_what_it_must_be(
    database: str, key_file: Path, content: bytes | None, mode: int
):
    Ledger.open(database, key_file).close()
    write_key(key_file, key_file.read_bytes() if content is None else content, mode)
    with pytest.raises(KeyFileUnreadable, match=r"32 bytes, base64, and readable by its owner only \(mode 0600\)"):
        Ledger.open(database, key_file)


def test_a_directory_is_not_a_key_file(database: str, key_file: Path):
    key_file.mkdir()
    with pytest.raises(KeyFileUnreadable):
        Ledger.open(database, key_file)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM ledger.key_check").fetchone() == (0,)


@pytest.fixture
def small_disk(server: postgres.Server, tmp_path: Path) -> Iterator[Path]:
    """Thirty-two megabytes that can really be full."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(disk)], check=False)
    if made.returncode != 0:
        pytest.skip("this machine does not let root mount a small disk")
    owner = (server.home / "data").stat()
    for directory in (disk, disk / "space"):
        directory.mkdir(exist_ok=True)
        os.chown(directory, owner.st_uid, owner.st_gid)
    open_the_way(disk)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def open_the_way(directory: Path) -> None:
    for parent in (directory, *directory.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o011)


def test_a_full_disk_refuses_with_one_sentence_and_goes_on_when_there_is_room(
    server: postgres.Server, template: str, small_disk: Path
):
    filler = small_disk / "filler"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk / 'space'}'".encode())
        connection.execute(f"CREATE DATABASE cramped TEMPLATE {template} TABLESPACE small STRATEGY wal_log".encode())
        try:
            migrate.migrate(server.conninfo(dbname="cramped"))
            filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - (2 << 20)))
            with closing(open_recorder(server.conninfo(dbname="cramped"))) as recorder:
                fill_up(recorder)
                filler.unlink()
                last = recorder.max_notification_id() or 0
                assert recorder.append(batch()) == Appended(first=last + 1, last=last + 1)
            assert verify(server.conninfo(dbname="cramped")).entries == last + 1
        finally:
            connection.execute("DROP DATABASE cramped WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")


def fill_up(recorder: Recorder) -> None:
    large = (batch(entry(uuid.uuid4(), 1, blob=os.urandom(1 << 18))) for _ in range(64))
    with pytest.raises(DiskFull, match=r"^The database's disk is full; nothing was recorded\.$"):
        deque(map(recorder.append, large), maxlen=0)


def test_every_fault_is_one_sentence():
    def every(kind: type[Fault]) -> Iterator[type[Fault]]:
        for child in kind.__subclasses__():
            yield child
            yield from every(child)

    for kind in every(Fault):
        sentence = (kind.__doc__ or "").strip()
        assert sentence.endswith("."), kind
        assert "\n" not in sentence, kind


def blocked(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        return row[0] if row else 0


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
