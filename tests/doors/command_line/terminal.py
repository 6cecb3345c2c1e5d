"""The command line as its tests call it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli import run

SECRET = "Unmistakable-Canary-Name"


PROGRAM = [sys.executable, "-c", "from api.cli import main; main()"]


ROOT = Path(__file__).parents[3]


class Terminal:
    """Runs the program in this process on a database of the test's own."""

    def __init__(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self._captured = capfdbinary

    def __call__(self, *arguments: str) -> tuple[int, bytes, str]:
        self._captured.readouterr()
        code = run(arguments)
        said = self._captured.readouterr()
        return code, said.out, said.err.decode()

    def json(self, *arguments: str, code: int = 0) -> Any:
        ended, out, err = self(*arguments, "--json")
        assert ended == code, err
        return json.loads(out)

    def refused(self, *arguments: str) -> str:
        """The one sentence of a call that was wrong."""
        code, out, err = self(*arguments)
        assert code == 2, (out, err)
        assert err.startswith("ledger: ")
        assert err.count("\n") == 1
        assert err.endswith(".\n")
        assert "Traceback" not in err
        return err
