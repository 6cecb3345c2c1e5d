#!/usr/bin/env python3
"""One way in: makes the environment, then runs the program or its checks; it knows nothing of the ledger itself.

Standard library only. It has to run far enough on an old or bare Python to say, in one sentence, what is missing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
# Written last, removed first: an environment without it, or with another content, is made again.
MARKER = VENV / "made-from"
OLDEST = (3, 11)
NEWER_NAMES = ("python3.13", "python3.12", "python3.11", "python3.14")
UV_REQUIREMENT = "uv==0.13.9"
SKIPS_ALLOWED_IN_CI = 5
# What must hold on the system's PostgreSQL too, which may be three major versions older than the embedded one.
STORE_TESTS = (
    "tests/ledger/test_append_only.py",
    "tests/ledger/test_verify.py",
    "tests/ledger/test_faults.py",
    "tests/ledger/test_rows_by_caller.py",
    "tests/ledger/test_pooler.py",
    "tests/projections/test_projections.py",
)
# Each process that tests has a server of its own; a file stays in one process, so that its fixtures are made once.
SIDE_BY_SIDE = ("-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile")
LAUNCHER = """#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys

from {module} import {function}

sys.exit({function}())
"""
# Without a cluster of its own the package starts no service: the tests start the server they need, and stop it.
INSTALL_POSTGRESQL = """set -e
apt-get install -y --no-install-recommends postgresql-common
settings=/etc/postgresql-common/createcluster.conf
cp -p "$settings" "$settings.before"
trap 'mv "$settings.before" "$settings"' EXIT
echo 'create_main_cluster = false' >> "$settings"
apt-get install -y --no-install-recommends postgresql
"""


class Verb(NamedTuple):
    does: str
    example: str
    run: Callable[[list[str]], int]


def main(arguments: list[str]) -> int:
    """Runs one verb from the project's own folder, whatever folder it was called from."""
    os.chdir(ROOT)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    name, *rest = arguments
    if name not in VERBS:
        stop(f"There is no `{name}`; `python3 dev.py` lists what there is.")
    if sys.version_info < OLDEST:
        start_again_with_newer_python(arguments)
    return VERBS[name].run(rest)


def overview() -> str:
    lines = ["python3 dev.py VERB: does all the set-up it needs, then", ""]
    for name, verb in VERBS.items():
        lines += [f"  {name:6} {verb.does}", f"         python3 dev.py {verb.example}", ""]
    return "\n".join(lines).rstrip()


def demo(arguments: list[str]) -> int:
    return run(["demo", *arguments])


def run(arguments: list[str]) -> NoReturn:
    make_environment()
    # Replaces this process, so that Ctrl-C and the exit code are the program's own.
    sys.stdout.flush()
    os.execv(str(PYTHON), [str(PYTHON), str(VENV / "bin" / "ledger"), *arguments])


def check(arguments: list[str]) -> int:
    if arguments:
        stop("`check` takes no arguments; use `python3 dev.py test FILE…` for one test.")
    make_environment()
    return report(static_checks())


def test(arguments: list[str]) -> int:
    """With arguments only pytest runs, for the next line of work; without, everything that must hold."""
    make_environment()
    if arguments:
        return call([str(PYTHON), "-m", "pytest", *arguments])
    install_what_pip_cannot()
    outcomes = static_checks()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.xml")
        pytest = [str(PYTHON), "-m", "pytest", *SIDE_BY_SIDE, f"--junitxml={results}"]
        outcomes["pytest"] = announce("pytest", pytest)
        reasons = skipped(results)
        binaries = system_postgresql()
        if binaries is None:
            reasons.append("the system has no PostgreSQL of its own to run the store's tests against")
        else:
            os.environ["LEDGER_PG_BIN"] = str(binaries)
            outcomes["pytest, system's PostgreSQL"] = announce(f"pytest on {binaries}", [*pytest, "-q", *STORE_TESTS])
            reasons += skipped(results)
        outcomes["skips"] = count_skips(reasons, in_ci=os.environ.get("CI") == "true")
    return report(outcomes)


def system_postgresql(installed: Path = Path("/usr/lib/postgresql")) -> Path | None:
    """The programs of the newest PostgreSQL that Debian has installed."""
    found = [path.parent for path in installed.glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def lock(arguments: list[str]) -> int:
    """Writes requirements.lock again; versions stay as they are unless pyproject.toml or `--upgrade` moves them."""
    if not has_ensurepip():
        stop("This Python cannot make environments; `python3 dev.py check` says what is missing.")
    with tempfile.TemporaryDirectory() as folder:
        python, uv = (str(Path(folder, "bin", name)) for name in ("python", "uv"))
        print(f"Fetching {UV_REQUIREMENT} into a throw-away environment …", flush=True)
        commands = [
            [base_python(), "-m", "venv", folder],
            [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", UV_REQUIREMENT],
            [
                *(uv, "pip", "compile", "pyproject.toml", "--group", "dev", "--universal", "--generate-hashes"),
                *("--python-version", "{}.{}".format(*OLDEST), "--python", base_python(), "--quiet"),
                *("--custom-compile-command", "python3 dev.py lock", "-o", LOCK.name, *arguments),
            ],
        ]
        return next((code for code in map(call, commands) if code != 0), 0)


VERBS = {
    "demo": Verb("shows the ledger at work on a made-up world", "demo --no-serve", demo),
    "test": Verb("runs every check, or only the tests you name", "test tests/setup/test_set_up.py -k lock", test),
    "run": Verb("runs any `ledger` command", "run verify --json", run),
    "check": Verb("runs the checks that need no database: ruff, mypy, lint-imports", "check", check),
    "lock": Verb("writes requirements.lock again from pyproject.toml", "lock --upgrade-package faker", lock),
}


def static_checks() -> dict[str, bool]:
    """All of them, also after one has failed: one run tells everything there is to mend."""
    commands = {
        "ruff check": ["ruff", "check"],
        "ruff format": ["ruff", "format", "--check"],
        "mypy": ["mypy"],
        "lint-imports": ["lint-imports", "--no-logo"],
    }
    return {name: announce(name, [str(VENV / "bin" / command[0]), *command[1:]]) for name, command in commands.items()}


def announce(name: str, command: list[str]) -> bool:
    print(f"── {name}", flush=True)
    return call(command) == 0


def report(outcomes: dict[str, bool]) -> int:
    print()
    for name, ok in outcomes.items():
        print(f"{'ok    ' if ok else 'FAILED'}  {name}")
    return 0 if all(outcomes.values()) else 1


def skipped(results: Path) -> list[str]:
    """The reason of each skipped test; an expected failure is not a skip."""
    if not results.exists():
        return []
    tree = ET.parse(results)  # noqa: S314 - pytest wrote it a moment ago
    return [one.get("message", "") for one in tree.iter("skipped") if one.get("type") == "pytest.skip"]


def count_skips(reasons: list[str], *, in_ci: bool) -> bool:
    print(f"\n{len(reasons)} skipped" + (":" if reasons else ""))
    for reason in sorted(set(reasons)):
        print(f"  {reasons.count(reason)} × {reason}")
    if in_ci and len(reasons) > SKIPS_ALLOWED_IN_CI:
        print(f"At most {SKIPS_ALLOWED_IN_CI} may be skipped here: a test that never runs proves nothing.")
        return False
    return True


def call(command: list[str]) -> int:
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    try:
        return subprocess.run(command, check=False, env=environment).returncode
    except KeyboardInterrupt:
        return 130


def make_environment() -> None:
    """Makes .venv from the hashed lock unless it is there already; safe against a second run and a killed first one."""
    wanted = fingerprint()
    if made_from() == wanted:
        return
    need_environment_tools()
    with one_at_a_time():
        if made_from() == wanted:
            return
        print(
            f"Making .venv for Python {sys.version_info[0]}.{sys.version_info[1]} from requirements.lock. "
            "Only the first time, and after the lock changes: half a minute to a few minutes …",
            flush=True,
        )
        began = time.monotonic()
        install_packages()
        put_project_on_path()
        MARKER.write_text(wanted, encoding="utf-8")
        print(f"Made in {time.monotonic() - began:.0f} s.", flush=True)


def fingerprint() -> str:
    # The folder counts too: scripts in .venv hold its absolute path, so a moved clone needs a new one.
    parts = [hashlib.sha256(LOCK.read_bytes()).hexdigest(), "{}.{}".format(*sys.version_info), str(ROOT)]
    return "\n".join(parts)


def made_from() -> str | None:
    # A link to a Python that has since been removed is as good as no environment.
    return MARKER.read_text(encoding="utf-8") if MARKER.exists() and os.access(PYTHON, os.X_OK) else None


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Held by an open file, so it dies with its processes and leaves nothing to clear away.

    The installers inherit it: after a kill -9 of this process a second run waits for an orphaned pip to end,
    instead of filling the same folder at the same time.
    """
    with Path(f"{VENV}.lock").open("w", encoding="utf-8") as held:
        os.set_inheritable(held.fileno(), True)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another dev.py that is making .venv …", flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def install_packages() -> None:
    MARKER.unlink(missing_ok=True)
    if not (install_with_uv() or install_with_pip()):
        stop(
            "The packages could not be installed (their own words are above). Nothing half made will be used: "
            "see that pip can reach its package index, and run the same command again."
        )


def install_with_uv() -> bool:
    uv = shutil.which("uv")
    if uv is None:
        return False
    remove_environment()
    commands = [
        [uv, "venv", "--quiet", "--no-project", "--python", base_python(), str(VENV)],
        [uv, "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", str(LOCK)],
    ]
    if all(map(install, commands)):
        return True
    # uv reads none of pip's settings, so a machine with an index of its own may need pip.
    print("uv could not do it; trying pip …", flush=True)
    return False


def install_with_pip() -> bool:
    if not has_ensurepip():
        return False
    remove_environment()
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    commands = [
        [base_python(), "-m", "venv", str(VENV)],
        [*pip, "install", "-qq", "--require-hashes", "-r", str(LOCK)],
    ]
    return all(map(install, commands))


def install(command: list[str]) -> bool:
    return subprocess.run(command, check=False, close_fds=False).returncode == 0


def remove_environment() -> None:
    if VENV.exists():
        shutil.rmtree(VENV)


def put_project_on_path() -> None:
    """Makes the packages importable and the console script callable without building or installing anything."""
    import tomllib  # not there before Python 3.11, and the verbs that come here never run on less

    packages = next((VENV / "lib").glob("python3*/site-packages"))
    (packages / "data-sharing-ledger.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    scripts = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    for name, target in scripts.items():
        module, function = target.split(":")
        launcher = VENV / "bin" / name
        text = LAUNCHER.format(python=shlex.quote(str(PYTHON)), module=module, function=function)
        launcher.write_text(text, encoding="utf-8")
        launcher.chmod(0o755)


def base_python() -> str:
    """The Python outside any environment, since the one inside .venv is removed when .venv is made again."""
    return str(getattr(sys, "_base_executable", sys.executable))


def has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None and importlib.util.find_spec("venv") is not None


def need_environment_tools() -> None:
    """Debian and Ubuntu keep the half of Python that makes environments in a package of its own.

    As root, or where sudo asks for no password, this installs that package; elsewhere it names the one command.
    """
    if shutil.which("uv") or has_ensurepip():
        return
    if shutil.which("apt-get") is None:
        stop("This Python cannot make environments: install its `venv` and `ensurepip` modules, or uv.")
    package = environment_package()
    sudo = "" if os.geteuid() == 0 and shutil.which("sudo") is None else "sudo "
    by_hand = f"{sudo}apt-get install -y {package}"
    privilege = administrator()
    if privilege is None:
        stop(f"One Debian package is missing. Run this, then the same command again:\n  {by_hand}")
    print(f"Installing Debian's {package}, without which this Python cannot make environments …", flush=True)
    fault = install_debian_package(package, privilege)
    importlib.invalidate_caches()
    if fault is None and not has_ensurepip():
        fault = "this Python still has no `venv` and `ensurepip` modules"
    if fault is not None:
        stop(f"{package} could not be installed: {fault}. Run this, then the same command again:\n  {by_hand}")


def environment_package() -> str:
    """The Debian package with the `venv` and `ensurepip` modules of the Python that runs this."""
    own_name = "python{}.{}".format(*sys.version_info)
    return "python3-venv" if Path("/usr/bin/python3").resolve().name == own_name else f"{own_name}-venv"


def install_debian_package(package: str, privilege: list[str]) -> str | None:
    """Installs one package with apt-get; returns the last line of a failure, or None when it is installed."""
    lines: list[str] = []
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
        command = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            lines = []
            continue
        # Out-of-date lists may still name the package, so a failed update alone stops nothing.
        lines += [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["apt-get gave no reason"]
    return lines[-1].rstrip(".") if lines else None


def start_again_with_newer_python(arguments: list[str]) -> NoReturn:
    for name in NEWER_NAMES:
        python = shutil.which(name)
        # A name on PATH may be a version manager's shim for a Python that is not there.
        if python and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
            os.execv(python, [python, str(ROOT / "dev.py"), *arguments])
    stop(
        "This needs Python {}.{} or newer and found only {}.{}: ".format(*OLDEST, *sys.version_info)
        + "install a newer one and run the same command with it."
    )


def install_what_pip_cannot() -> None:
    """A browser, a pooler and a second PostgreSQL, from Debian; without them their tests skip and say so."""
    wanted = {}
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        wanted["chromium, to test the pages"] = "apt-get install -y --no-install-recommends chromium"
    if shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        wanted["pgbouncer, to test reading through a pooler"] = "apt-get install -y --no-install-recommends pgbouncer"
    if system_postgresql() is None:
        wanted["postgresql, to test the store on the system's server"] = INSTALL_POSTGRESQL
    privilege = administrator()
    if not wanted or shutil.which("apt-get") is None or privilege is None:
        return
    print(f"Installing Debian's {'; '.join(wanted)} …", flush=True)
    for script in ("apt-get update", *wanted.values()):
        command = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script]
        done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            print(f"{done.stderr.strip()}\nThat did not work; the tests that need it will skip.", flush=True)


def administrator() -> list[str] | None:
    """How to start a command as root without asking anybody for a password."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr, flush=True)
    raise SystemExit(2)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
