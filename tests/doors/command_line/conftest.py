"""Fixtures shared by the files of this folder."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.routes import examples
from tests.doors.command_line.terminal import PROGRAM, ROOT, Terminal


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    """For calls that are wrong before any database is asked for: there is none."""
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEDGER_DATABASE_URL", "host=/nowhere dbname=none")
    return Terminal(capfdbinary)


@pytest.fixture
def environment(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    ours = {"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(tmp_path / "home")}
    for name in list(os.environ):
        if name.startswith("LEDGER_"):
            monkeypatch.delenv(name)
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    return ours


@pytest.fixture
def ledger(environment: dict[str, str], capfdbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    return Terminal(capfdbinary)


@pytest.fixture
def recorded(ledger: Terminal, tmp_path: Path) -> Path:
    """The examples of the description, recorded: two people, one of whose service has ended."""
    path = tmp_path / "commands.ndjson"
    path.write_text("".join(json.dumps(one["value"]) + "\n" for one in examples.COMMANDS.values()), encoding="utf-8")
    said = ledger.json("record", str(path))
    counts = {name: said.pop(name) for name in ("findings", "breach_assessments")}
    assert said == {"read": 6, "recorded": 6, "repeated": 0, "refused": 0, "quarantined": 0, "refusals": []}
    # The examples say little, and what is not said is not taken to be true: whoever records is told at once.
    assert counts["findings"] > counts["breach_assessments"] > 0
    assert len(ledger.json("findings")["rows"]) == counts["findings"]
    return path


@pytest.fixture
def process(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        ours = {**os.environ, "PYTHONUNBUFFERED": "1", **environ}
        running = subprocess.Popen([*PROGRAM, *arguments], env=ours, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)
        started.append(running)
        return running

    yield start
    for running in started:
        running.kill()
        running.communicate()
