"""What an earlier version of the program kept can still be opened, still verifies, and is answered as it was then.

tests/earlier holds a home directory, a dump of its database and the answers of that version; its README.md says how
they were made. The ledger's clock stands still at the moment of those answers, so "late" and "due" mean the same.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import database
from api.casework.runtime import opened as opened_runtime
from api.issuer import Issuer
from api.settings import read_settings
from ledger.log.merkle import root_of
from ledger.store import postgres
from tests.runtimes import TESTING

ROOT = Path(__file__).parents[2]
EARLIER = Path(__file__).parent
MAJOR_VERSION = 18
"""Of the PostgreSQL that made the database directory and the dump."""
ANSWERED_AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

ROLES = ("ledger_owner", "ledger_writer", "ledger_reader", "ledger_projector")
"""What the tables of every ledger belonged to when the dump was made."""
CUSTOMERS = {
    "whose use of data is restricted": "aa27b153-d646-43fb-8e10-9325b89cf654",
    "joined with another record": "b2488599-63d2-4bf6-a1ba-c9e0002950a5",
    "some of whose records are destroyed": "1666e032-043b-4087-b592-133dff1c1dc6",
}
OF_ANOTHER_PROGRAMME = "d349ba32-7ef5-471d-a19f-ffd89861ff97"
"""A person of the NHS's programme, whose rows the earlier version listed for the other programme's controller too."""
REGISTERS = (
    "/v1/shares?limit=500",
    "/v1/findings?limit=500",
    "/v1/breaches?limit=500",
    "/v1/obligations?on=2026-12-01&limit=500",
    "/v1/requests?on=2026-12-01&limit=500",
    "/v1/requests/counts?on=2026-12-01",
    "/v1/retention/due?on=2031-01-01&limit=500",
    "/v1/retention/exceptions?on=2031-01-01&limit=500",
    "/v1/retention/hold-reviews?on=2031-01-01&limit=500",
    "/v1/quarantine",
)
ABOUT_A_CUSTOMER = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")
FIELDS_SINCE = ("registered_at", "rests_on", "grant_id", "namesake", "note")
"""Fields that events have had since: their labels are told beside the others, and the events kept then lack them."""
ANSWERS_SINCE = ("at_risk", "access_file", "claims", "grants", "serving")
"""What answers have had since: care asked for, whose access file a finding is in, and three sections of the report."""
_ADDED = " is only in the present answer"
QUESTIONS = [
    *REGISTERS,
    *(f"/v1/customers/{number}{end}" for number in CUSTOMERS.values() for end in ABOUT_A_CUSTOMER),
]


def ask(environment: dict[str, str]) -> dict[str, Any]:
    """Every question with its answer over HTTP, in this order: a reading is itself recorded, so later ones show it."""
    settings = read_settings({**environment, **TESTING})
    with opened_runtime(settings) as runtime:
        runtime.ledger.now = lambda: ANSWERED_AT
        token = Issuer.open(settings).issue(
            role="records-manager", organisation="controller", subject="records manager one", minutes=5
        )
        client = TestClient(create_app(runtime), headers={"Authorization": f"Bearer {token}"})
        answers = {}
        for question in QUESTIONS:
            answer = client.get(question)
            assert answer.status_code == 200, (question, answer.text)
            answers[question] = answer.json()
    return answers


def ledger(*arguments: str, environment: dict[str, str]) -> str:
    """What the command line prints."""
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    printed = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env={**surroundings, **environment}, timeout=180
    )
    return printed.stdout


def differences(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Where two answers differ, by path: whole answers side by side would tell nobody anything."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name in sorted(then.keys() | now.keys()):
            if name in then and name in now:
                yield from differences(then[name], now[name], f"{path}.{name}")
            else:
                yield f"{path}.{name} is only in the {'earlier' if name in then else 'present'} answer"
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (before, after) in enumerate(zip(then, now, strict=True)):
            yield from differences(before, after, f"{path}[{number}]")
    elif then != now:
        yield f"{path}: {str(then)[:200]!r} is now {str(now)[:200]!r}"


NAME = "controller"
"""The name to register the organisation of this code with, which the earlier answers show without one."""


def with_an_entry_more(then: Any, *, after: int, name: str = "") -> Any:
    """An answer as it would have been with an entry more before the readings that it tells of."""
    match then:
        case dict():
            return {key: with_an_entry_more(value, after=after, name=key) for key, value in then.items()}
        case list():
            return [with_an_entry_more(value, after=after, name=name) for value in then]
        case int() if name.endswith("position") and then > after:
            return then + 1
        case str() if "up to entry" in then:
            return re.sub(r"(?<=up to entry )\d+", lambda found: str(int(found[0]) + 1), then)
        case _:
            return then


@pytest.fixture(scope="module")
def earlier() -> dict[str, Any]:
    """The verdict and the answers of the earlier version."""
    kept: dict[str, Any] = json.loads(lzma.decompress((EARLIER / "answers.json.xz").read_bytes()))
    due = kept["answers"]["/v1/retention/due?on=2031-01-01&limit=500"]
    due["rows"] = [row for row in due["rows"] if row["customer_id"] != OF_ANOTHER_PROGRAMME]
    return kept


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, server: postgres.Server) -> Path:
    """The home directory as the earlier version left it, without its database."""
    if server.version != MAJOR_VERSION:
        pytest.skip(f"a data directory and a dump of PostgreSQL {MAJOR_VERSION} need its programs")
    folder = tmp_path_factory.mktemp("earlier") / "home"
    shutil.copytree(EARLIER / "home", folder)
    folder.chmod(0o700)
    for file in folder.iterdir():
        file.chmod(0o600)  # git keeps no modes but the executable bit
    return folder


@pytest.fixture(scope="module")
def whole_home(home: Path) -> Iterator[dict[str, str]]:
    """The settings of that home with its own database directory, whose server runs while these tests do."""
    whole = home.with_name("whole")
    shutil.copytree(home, whole)
    with tarfile.open(EARLIER / "database.tar.xz") as archive:
        archive.extractall(whole)  # noqa: S202 - made by this project, and nothing in it points elsewhere
    with postgres.running(whole):
        yield {"LEDGER_HOME": str(whole), "LEDGER_CONTROLLER_NAME": NAME}


@pytest.fixture(scope="module")
def restored(home: Path, server: postgres.Server) -> Iterator[dict[str, str]]:
    """The settings of that home with the dump, restored where its four roles have been made for it.

    Those roles were once shared by every ledger of a server; `ledger migrate` gives the database roles of its own.
    """
    name = "restored_from_an_earlier_dump"
    psql = postgres.find_binaries(None, os.environ) / "psql"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        for role in ROLES:
            connection.execute(f"CREATE ROLE {role}".encode())
    subprocess.run(
        [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", server.conninfo(dbname=name)],
        check=True,
        capture_output=True,
        input=lzma.decompress((EARLIER / "ledger.sql.xz").read_bytes()),
    )
    url = server.conninfo(dbname=name)
    environment = {"LEDGER_HOME": str(home), "LEDGER_DATABASE_URL": url, "LEDGER_CONTROLLER_NAME": NAME}
    ledger("migrate", environment=environment)
    yield environment
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute(f"DROP ROLE {', '.join(ROLES)}".encode())  # nothing depends on them any more


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What the present program finds in what was kept, asked in this order because each reading is recorded."""

    home: Path
    verdict: Any
    root_then: str
    """The root of the entries that the earlier version had, in hex."""
    recorded_since: list[str]
    """The types of the entries since."""
    escaped_after: int
    """The last entry that may be of the form in which text was not escaped."""
    answers: dict[str, Any]


@pytest.fixture(scope="module", params=["whole_home", "restored"], ids=["home directory", "dump"])
def opened(request: pytest.FixtureRequest, earlier: dict[str, Any]) -> Opened:
    """The home or the dump, verified on the command line first, as an operator would."""
    environment: dict[str, str] = request.getfixturevalue(request.param)
    verdict = json.loads(ledger("verify", "--json", environment=environment))
    before = earlier["verify"]["entries"]
    with database(read_settings(environment)) as conninfo, psycopg.connect(conninfo) as connection:
        leaves = connection.execute("SELECT position, type, leaf FROM ledger.event ORDER BY position").fetchall()
        [escaped_after] = connection.execute("SELECT after_position FROM ledger.escaped_envelope").fetchone() or [0]
    root = root_of([leaf for position, _, leaf in leaves if position <= before]).hex()
    return Opened(
        home=Path(environment["LEDGER_HOME"]), verdict=verdict, root_then=root,
        recorded_since=[type_ for position, type_, _ in leaves if position > before], answers=ask(environment),
        escaped_after=escaped_after,
    )  # fmt: skip


def test_what_an_earlier_version_kept_is_whole_and_unchanged(opened: Opened, earlier: dict[str, Any]) -> None:
    """The entries of then are under the root of then: opening it destroyed nothing again, and recorded only that the
    organisation of the command line's defaults works for the controller in office.
    """
    then = earlier["verify"]
    assert (opened.verdict["ok"], opened.root_then) == (True, then["root"])
    assert opened.recorded_since == ["organisation-registered"]
    assert opened.verdict["entries"] == then["entries"] + 1
    assert (opened.verdict["misfits"], opened.escaped_after) == ([], then["entries"])


def test_every_question_about_what_an_earlier_version_kept_is_answered_as_it_was_then(
    opened: Opened, earlier: dict[str, Any]
) -> None:
    """No field is left out: readings made by these questions are the same ones at the same moment, each an entry later,
    since the first start registers an organisation. What was added since are the labels of new fields, and the answers
    to questions that nobody could ask then.
    """
    assert list(opened.answers) == list(earlier["answers"])
    since = (
        *(f".labels.{name}{_ADDED}" for name in FIELDS_SINCE),
        *(f".{name}{_ADDED}" for name in ANSWERS_SINCE),
    )
    then = with_an_entry_more(earlier["answers"], after=earlier["verify"]["entries"])
    found = differences(then, opened.answers)
    assert [difference for difference in found if not difference.endswith(since)] == []


def test_who_serves_the_people_of_an_earlier_home_is_known_and_nothing_waits_or_is_flagged(opened: Opened) -> None:
    """Who serves whom is derived from what was recorded before there was a word for it."""
    customers = [opened.answers[f"/v1/customers/{number}"] for number in CUSTOMERS.values()]
    reports = [opened.answers[f"/v1/customers/{number}/subject-access-report"] for number in CUSTOMERS.values()]
    serving = [{row["organisation"] for row in report["serving"]["rows"] if not row["until"]} for report in reports]
    touchpoint, controller = "Touchpoint 0000000203", "Department for Education"
    assert serving == [{touchpoint, controller}, {touchpoint}, {touchpoint, controller}]
    assert {row["because"] for report in reports for row in report["serving"]["rows"]} == {
        "it registered you",
        "the controller's records name it as having worked with you",
    }
    assert [report["claims"]["rows"] + report["grants"]["rows"] for report in reports] == [[], [], []]
    assert [customer["at_risk"] for customer in customers] == [{"flagged": False, "identity_shown": []}] * 3
    findings = opened.answers["/v1/findings?limit=500"]["rows"]
    assert {finding["access_file"] for finding in findings} == {None}


def test_what_an_earlier_version_destroyed_stays_destroyed(opened: Opened) -> None:
    number = CUSTOMERS["some of whose records are destroyed"]
    gone = [entry for entry in opened.answers[f"/v1/customers/{number}/history"]["entries"] if entry["destroyed"]]

    assert gone
    assert all(not entry["sealed"] for entry in gone)
    assert (opened.home / "fences").read_bytes() == (EARLIER / "home" / "fences").read_bytes()
