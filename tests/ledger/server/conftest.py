"""Fixtures shared by the files of this folder."""

from __future__ import annotations

import shutil

import pytest

from ledger.store.postgres import (
    running,
)
from tests.ledger.server.processes import USERS, end_everything


@pytest.fixture(autouse=True)
def _no_choice_from_outside(monkeypatch):
    monkeypatch.delenv("LEDGER_PG_BIN", raising=False)


@pytest.fixture(autouse=True)
def _no_user_outlives_its_test():
    yield
    while USERS:
        with USERS.pop() as user:
            user.kill()


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A home whose cluster is made once; copying it is quicker than making another."""
    home = tmp_path_factory.mktemp("template") / "home"
    with running(home):
        pass
    return home


@pytest.fixture
def home(template, tmp_path):
    copy = tmp_path / "home"
    shutil.copytree(template, copy)
    yield copy
    end_everything(copy)
