"""The server's files: where each one is, how they are made, and its settings; knows no process and no lock."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from psycopg.conninfo import make_conninfo

from ledger.store.postgres.faults import HomeUnusable, OtherMajorVersion, from_its_own_words
from ledger.store.postgres.programs import Account

# macOS allows 103 bytes and Linux 107; the smaller one keeps a home working on both.
SOCKET_PATH_MAX_BYTES = 103
# Not TMPDIR: two processes of one home may have different ones, and it may itself be too long.
SHORT_DIRECTORY = Path("/tmp")  # noqa: S108 - the directory below it is private and its owner is checked

SETTINGS = """\
# Written anew at every start of the ledger. To change a setting use ALTER SYSTEM, which this file does not undo.
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
cluster_name = '{name}'
max_connections = 120
shared_buffers = 256MB
fsync = on
synchronous_commit = on
full_page_writes = on
wal_compression = pglz
max_wal_size = 4GB
checkpoint_completion_target = 0.9
logging_collector = off
log_destination = 'stderr'
# No personal data in the log. Level "log" leaves out ERROR lines, which repeat the value that was wrong, and keeps
# what the operator needs; terse leaves out DETAIL, which repeats rows and statements.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = 'none'
"""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def password_file(self) -> Path:
        return self.home / "postgres.password"

    @cached_property
    def name(self) -> str:
        """Appears in the title of every process of the server, by which its orphans are known."""
        return f"ledger-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:20]}"

    @property
    def sockets(self) -> Path:
        inside = self.home / "run"
        longest = os.fsencode(inside / ".s.PGSQL.5432")
        # libpq reads a comma as the start of a second host.
        return inside if len(longest) <= SOCKET_PATH_MAX_BYTES and b"," not in longest else SHORT_DIRECTORY / self.name

    @property
    def socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    def conninfo(self, *, dbname: str, user: str) -> str:
        try:
            password = self.password_file.read_text(encoding="ascii")
        except FileNotFoundError:
            raise HomeUnusable(f"The password file {self.password_file} is missing; restore it.") from None
        return make_conninfo("", host=str(self.sockets), port=5432, dbname=dbname, user=user, password=password)


def make_home(home: Path, account: Account) -> Path:
    """A home that is already there keeps its mode: whoever closed it meant to."""
    if not home.exists():
        home.mkdir(parents=True)
        # Whoever PostgreSQL steps down to must pass through, and may not look around.
        home.chmod(0o700 if account.user in {None, os.geteuid()} else 0o711)
    return home.resolve()


def made_by(cluster: Cluster) -> int | None:
    version = cluster.data / "PG_VERSION"
    return int(version.read_text(encoding="ascii")) if version.exists() else None


def check_version(cluster: Cluster, found: int, binaries: Path) -> None:
    made = made_by(cluster)
    if made is not None and made != found:
        raise OtherMajorVersion(
            f"The data directory {cluster.data} was made by PostgreSQL {made}, but the programs in {binaries} are"
            f" PostgreSQL {found}: set LEDGER_PG_BIN to the programs of version {made}, or upgrade it with pg_upgrade."
        )


def create(cluster: Cluster, *, binaries: Path, version: int, account: Account, alive: int) -> None:
    """Under another name until it is whole: an `initdb` that is killed leaves nothing that looks like a cluster.

    `alive` is the lock the children inherit, so that an `initdb` which outlives its parent is still waited for.
    """
    new = cluster.home / "data.new"
    if new.exists():
        shutil.rmtree(new)
    _write_privately(cluster.password_file, secrets.token_urlsafe(32), account)
    new.mkdir(mode=0o700)
    account.own(new)
    files = ["--pgdata", str(new), "--pwfile", str(cluster.password_file)]
    made = subprocess.run(
        [*account.prefix, str(binaries / "initdb"), *files, "--username=ledger", *_initdb_options(version)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=cluster.home,
        env={**os.environ, "LC_ALL": "C"},
        pass_fds=[alive],
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )
    if made.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise from_its_own_words(made.stderr, cluster.home)
    new.rename(cluster.data)
    _sync_directory(cluster.home)


def _initdb_options(version: int) -> list[str]:
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--lc-collate=C"]
    if version >= 17:  # the built-in provider sorts alike on every machine, whatever its C library
        return [*options, "--lc-ctype=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [*options, f"--lc-ctype={'C.UTF-8' if sys.platform == 'linux' else 'C'}", "--locale-provider=libc"]


def prepare(cluster: Cluster, account: Account) -> None:
    """Before every start: the owner, today's settings, and a private place for the socket."""
    if account.user is not None and cluster.data.stat().st_uid != account.user:
        account.own_all(cluster.data)
        account.own(cluster.password_file)
    sockets = cluster.sockets
    sockets.mkdir(mode=0o700, exist_ok=True)
    found = sockets.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid in {os.geteuid(), account.user}
    if not ours or found.st_mode & 0o077:
        raise HomeUnusable(f"The directory {sockets} must be private to the account that runs the ledger; remove it.")
    account.own(sockets)
    # Relative to the data directory, where PostgreSQL stands: a home of any spelling needs no quoting.
    place = "../run" if sockets.parent == cluster.home else str(sockets)
    _write_privately(cluster.data / "postgresql.conf", SETTINGS.format(sockets=place, name=cluster.name), account)


def _write_privately(path: Path, text: str, account: Account) -> None:
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    account.own(new)
    new.replace(path)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
