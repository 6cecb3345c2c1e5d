"""What a newcomer's first five minutes rest on: dev.py, the lock, the import rules; nothing of the ledger itself."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import dev

ROOT = Path(dev.__file__).parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]


def locked() -> dict[str, str]:
    """Each requirement of the lock by name, with everything up to the next one."""
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    return {entry.split("==")[0]: entry for entry in entries}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture
def bare_clone(tmp_path):
    """A clone with a blank in its name, no environment yet, and a PATH that the test fills."""
    clone = tmp_path / "a clone"
    (clone / "path").mkdir(parents=True)
    for name in ("dev.py", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, clone / name)
    return clone


def start(clone: Path, *arguments: str, beforehand: str = "pass") -> subprocess.CompletedProcess[str]:
    """Runs the clone's dev.py as a program would be, on a Python changed by `beforehand`."""
    main = f"runpy.run_path({str(clone / 'dev.py')!r}, run_name='__main__')"
    script = f"import runpy, sys; {beforehand}; sys.argv = ['dev.py', *{arguments!r}]; {main}"
    command = [dev.base_python(), "-c", script]
    environment = {"PATH": str(clone / "path")}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", env=environment, timeout=60)


def add_program(clone: Path, name: str, body: str) -> None:
    program = clone / "path" / name
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    program.chmod(0o755)


STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
WITHOUT_ENSUREPIP = "sys.modules['ensurepip'] = None"
ROOT_LOGIN = "import os; os.geteuid = lambda: 0"
NOT_ROOT = "import os; os.geteuid = lambda: 1000"
ON_PYTHON_3_9 = "sys.version_info = (3, 9, 18)"


def test_dev_py_alone_lists_every_verb_with_an_example(bare_clone):
    shown = start(bare_clone)

    assert shown.returncode == 0
    for name in ("demo", "test", "run", "check", "lock"):
        assert re.search(rf"^  {name} +\w", shown.stdout, re.MULTILINE)
        assert f"python3 dev.py {name}" in shown.stdout
    assert not (bare_clone / ".venv").exists()


def test_an_unknown_verb_gets_one_sentence(bare_clone):
    refused = start(bare_clone, "tset")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "There is no `tset`; `python3 dev.py` lists what there is.\n"


def test_a_python_without_environments_on_debian_is_told_the_one_missing_package(bare_clone):
    add_program(bare_clone, "apt-get", "exit 1")
    add_program(bare_clone, "sudo", "exit 1")

    stopped = start(bare_clone, "test", beforehand=f"{WITHOUT_ENSUREPIP}; {NOT_ROOT}")

    assert stopped.returncode == 2
    assert re.search(r"^  sudo apt-get install -y python3(\.\d+)?-venv$", stopped.stderr, re.MULTILINE)
    assert stopped.stderr.count("\n") == 2
    assert stopped.stdout == ""
    assert not (bare_clone / ".venv").exists()


@pytest.fixture
def debian(bare_clone):
    """A clone where Debian's `python3-venv` is missing, until an `apt-get` that the test adds installs it."""
    (bare_clone / "requirements.lock").write_text("", encoding="utf-8")
    (bare_clone / "api").mkdir()
    (bare_clone / "api" / "cli.py").write_text("def main():\n    print('ran')\n", encoding="utf-8")
    (bare_clone / "path" / "env").symlink_to("/usr/bin/env")
    library = bare_clone / "library"
    library.mkdir()
    for entry in STANDARD_LIBRARY.iterdir():
        if entry.name != "ensurepip":
            (library / entry.name).symlink_to(entry)
    return bare_clone


def on_debian(clone: Path, *more: str) -> str:
    """What makes a Python look for `ensurepip` where Debian's package would put it."""
    library = str(clone / "library")
    swap = f"sys.path = [{library!r} if folder == {str(STANDARD_LIBRARY)!r} else folder for folder in sys.path]"
    return "; ".join((swap, *more))


def installs(clone: Path) -> str:
    """An apt-get that notes how it was called and installs what is missing."""
    call = f'echo "$DEBIAN_FRONTEND $*" >> "{clone}/apt-get calls"'
    return f'{call}; [ "$1" = update ] || /bin/ln -s "{STANDARD_LIBRARY}/ensurepip" "{clone}/library/ensurepip"'


def test_as_root_on_debian_a_missing_python3_venv_is_installed_and_the_work_goes_on(debian):
    add_program(debian, "apt-get", installs(debian))

    ran = start(debian, "run", beforehand=on_debian(debian, ROOT_LOGIN))

    first, *others = ran.stdout.splitlines()
    assert (ran.returncode, ran.stderr, others[-1]) == (0, "", "ran")
    assert re.fullmatch(r"Installing Debian's python3(\.\d+)?-venv, without which .+", first)
    update, install = (debian / "apt-get calls").read_text(encoding="utf-8").splitlines()
    assert update == "noninteractive update"
    assert re.fullmatch(r"noninteractive install -y --no-install-recommends python3(\.\d+)?-venv", install)
    assert start(debian, "run", beforehand=on_debian(debian)).stdout == "ran\n"


def test_sudo_without_a_password_installs_it_too_even_when_the_package_lists_cannot_be_renewed(debian):
    add_program(debian, "apt-get", f'[ "$1" != update ] || exit 100; {installs(debian)}')
    add_program(
        debian, "sudo", f'[ "$1" = -n ] || exit 1; shift; echo "$*" >> "{debian}/sudo calls"; exec /usr/bin/env "$@"'
    )
    add_program(debian, "true", "exit 0")

    ran = start(debian, "run", beforehand=on_debian(debian, NOT_ROOT))

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("ran\n")
    assert "apt-get install -y" in (debian / "sudo calls").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("apt_get", "reason"),
    [
        (
            'echo "Reading" >&2; echo "E: Unable to locate package $4." >&2; exit 100',
            "E: Unable to locate package python3",
        ),
        ("exit 100", "apt-get gave no reason"),
        ("exit 0", "this Python still has no `venv` and `ensurepip` modules"),
    ],
    ids=["a package not found", "no reason given", "installed for another Python"],
)
def test_a_python3_venv_that_cannot_be_installed_gets_one_sentence_and_the_command(debian, apt_get, reason):
    add_program(debian, "apt-get", apt_get)

    stopped = start(debian, "run", beforehand=on_debian(debian, ROOT_LOGIN))

    sentence, command = stopped.stderr.splitlines()
    assert stopped.returncode == 2
    assert re.match(rf"python3(\.\d+)?-venv could not be installed: {re.escape(reason)}", sentence)
    assert sentence.endswith(". Run this, then the same command again:")
    assert re.fullmatch(r"  apt-get install -y python3(\.\d+)?-venv", command)
    assert stopped.stdout.count("\n") == 1
    assert not (debian / ".venv").exists()


def test_a_python_without_environments_elsewhere_is_told_which_modules_are_missing(bare_clone):
    stopped = start(bare_clone, "demo", beforehand=WITHOUT_ENSUREPIP)

    assert stopped.returncode == 2
    assert "`venv` and `ensurepip`" in stopped.stderr
    assert stopped.stderr.count("\n") == 1


def test_an_old_python_says_which_one_is_needed(bare_clone):
    stopped = start(bare_clone, "demo", beforehand=ON_PYTHON_3_9)

    assert stopped.returncode == 2
    assert "needs Python 3.11 or newer and found only 3.9" in stopped.stderr


def test_an_old_python_hands_over_to_a_newer_one_that_works(bare_clone):
    add_program(bare_clone, "python3.13", "exit 127")
    add_program(bare_clone, "python3.12", '[ "$1" = -c ] || printf "3.12 runs: %s\\n" "$*"')

    handed_over = start(bare_clone, "run", "verify", "--json", beforehand=ON_PYTHON_3_9)

    assert handed_over.returncode == 0, handed_over.stderr
    assert handed_over.stdout == f"3.12 runs: {bare_clone / 'dev.py'} run verify --json\n"


def test_a_failed_installation_says_so_and_leaves_nothing_that_will_be_used(bare_clone):
    lock = bare_clone / "requirements.lock"
    lock.write_text(f"uv==0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")

    stopped = start(bare_clone, "demo", beforehand="import os; os.environ['PIP_NO_INDEX'] = '1'")

    assert stopped.returncode == 2
    assert "could not be installed" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert not (bare_clone / ".venv" / "made-from").exists()


def test_an_environment_is_made_once_and_again_when_the_lock_changes(bare_clone):
    lock = bare_clone / "requirements.lock"
    lock.write_text("", encoding="utf-8")
    (bare_clone / "api").mkdir()
    (bare_clone / "api" / "cli.py").write_text("def main():\n    print('ran')\n", encoding="utf-8")

    first, second = start(bare_clone, "run"), start(bare_clone, "run")
    lock.write_text("# changed\n", encoding="utf-8")
    third = start(bare_clone, "run")

    assert "Making .venv" in first.stdout
    assert first.stdout.endswith("ran\n"), first.stderr
    assert second.stdout == "ran\n"
    assert "Making .venv" in third.stdout
    by_hand = subprocess.run([bare_clone / ".venv/bin/ledger"], check=True, capture_output=True, text=True, cwd="/")
    assert by_hand.stdout == "ran\n"


def test_two_first_runs_at_once_make_one_environment(bare_clone):
    (bare_clone / "requirements.lock").write_text("", encoding="utf-8")
    (bare_clone / "api").mkdir()
    (bare_clone / "api" / "cli.py").write_text("def main():\n    print('ran')\n", encoding="utf-8")
    command = [dev.base_python(), str(bare_clone / "dev.py"), "run"]

    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=60)[0] for one in both]

    assert [one.returncode for one in both] == [0, 0]
    assert all(text.endswith("ran\n") for text in said)
    assert sum("Made in" in text for text in said) == 1


def test_a_run_killed_half_way_is_made_good_by_the_next_one(bare_clone):
    """The orphaned installer is still at it when the next run begins, which has to wait for it."""
    (bare_clone / "requirements.lock").write_text("", encoding="utf-8")
    (bare_clone / "api").mkdir()
    (bare_clone / "api" / "cli.py").write_text("def main():\n    print('ran')\n", encoding="utf-8")
    command = [dev.base_python(), str(bare_clone / "dev.py"), "run"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (bare_clone / ".venv" / "pyvenv.cfg").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    first.kill()

    second = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)

    assert first.wait() == -signal.SIGKILL
    assert "Waiting for another" in second.stdout
    assert second.stdout.endswith("ran\n")


def test_a_gate_with_too_many_skips_fails_and_one_with_few_does_not(capsys):
    few = ["no browser here"] * dev.SKIPS_ALLOWED_IN_CI

    assert dev.count_skips(few, in_ci=True)
    assert not dev.count_skips([*few, "no server here"], in_ci=True)
    assert dev.count_skips([*few, "no server here"], in_ci=False)
    assert f"{len(few)} × no browser here" in capsys.readouterr().out


def test_the_store_s_tests_run_on_the_newest_postgresql_of_the_system(tmp_path):
    for version in ("9.6", "15", "17"):
        programs = tmp_path / version / "bin"
        programs.mkdir(parents=True)
        (programs / "initdb").touch()

    assert dev.system_postgresql(tmp_path) == tmp_path / "17" / "bin"
    assert dev.system_postgresql(tmp_path / "nothing") is None
    assert all((dev.ROOT / name).exists() for name in dev.STORE_TESTS)


def test_an_expected_failure_is_not_counted_as_a_skip(tmp_path):
    (tmp_path / "test_three.py").write_text(
        "import pytest\n"
        "def test_skips(): pytest.skip('not here')\n"
        "@pytest.mark.xfail\n"
        "def test_fails(): assert False\n"
        "def test_passes(): pass\n",
        encoding="utf-8",
    )
    results = tmp_path / "results.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", f"--junitxml={results}", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)

    assert dev.skipped(results) == ["not here"]


def test_dev_py_uses_only_the_standard_library():
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 9))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).split(".")[0])

    assert imported <= sys.stdlib_module_names


def test_the_lock_names_no_host_and_no_path():
    assert not re.search(r"://|--index|--find-links|--trusted-host|file:|/(home|root|tmp|work|usr|opt)/", LOCK)


def test_the_lock_has_a_version_and_a_hash_for_every_requirement():
    entries = locked()

    assert len(entries) > len(DECLARED)
    for name, entry in entries.items():
        assert re.match(rf"{re.escape(name)}==[\w.]+ ", entry)
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), name


@pytest.mark.parametrize("declared", DECLARED)
def test_what_the_project_declares_is_exact_and_is_what_the_lock_installs(declared):
    requirement = Requirement(declared)
    (exact,) = requirement.specifier

    assert exact.operator == "=="
    assert locked()[canonical(requirement.name)].startswith(f"{canonical(requirement.name)}=={exact.version} ")


def run_time_parts() -> set[str]:
    found: dict[str, set[str]] = {}

    def visit(text: str, extras: set[str]) -> None:
        wanted = Requirement(text)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            return
        name = canonical(wanted.name)
        if name in found and wanted.extras <= found[name]:
            return
        found.setdefault(name, set()).update(wanted.extras)
        for needed in importlib.metadata.requires(name) or []:
            visit(needed, wanted.extras)

    for declared in PROJECT["project"]["dependencies"]:
        visit(declared, set())
    return found.keys() | set()


def test_the_notice_names_the_licence_of_every_part_that_runs():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    named = set(re.findall(r"[a-z0-9-]+", notice.split("Only for development")[0]))

    assert run_time_parts() - named == set()


def test_no_part_that_runs_is_under_the_gpl():
    for name in run_time_parts():
        about = importlib.metadata.metadata(name)
        said = " ".join(about.get_all("License-Expression", []) + about.get_all("Classifier", []))
        assert not re.search(r"(?<!L)GPL|(?<!Lesser )General Public", said), name


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_the_import_rule_holds(contract):
    command = [str(dev.VENV / "bin" / "lint-imports"), "--no-logo", "--no-cache", "--contract", contract["id"]]
    checked = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_an_import_that_breaks_a_rule_is_caught(tmp_path):
    """Every package empty but for one call back up: the contracts are read from the project, not made up here."""
    for package in PROJECT["tool"]["importlinter"]["root_packages"]:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "ledger" / "store.py").write_text("import api\n", encoding="utf-8")
    command = [
        str(dev.VENV / "bin" / "lint-imports"),
        "--no-logo",
        "--no-cache",
        "--contract",
        "nothing-below-calls-up",
    ]

    checked = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}
    )

    assert checked.returncode == 1
    assert "ledger.store -> api" in checked.stdout
