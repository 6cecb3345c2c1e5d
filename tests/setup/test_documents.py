"""The documents say what the program does: their examples are run, and their tables are compared with the code."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import typer
from fastapi.routing import APIRoute

import api
import ledger
import projections
from api import pages
from api.app import ROUTERS
from api.cli import app
from ledger.commands.catalogue import COMMANDS
from ledger.errors import LedgerError
from ledger.events import EVENTS
from ledger.store import postgres

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    str(file.relative_to(ROOT)): file.read_text("utf-8")
    for pattern in ("*.md", "docs/*.md", "bench/*.md", "ledger/*.md", "ledger/rules/*.md")
    for file in sorted(ROOT.glob(pattern))
}
README = DOCUMENTS["README.md"]
ARCHITECTURE = DOCUMENTS["ARCHITECTURE.md"]
EVENTS_AND_COMMANDS = DOCUMENTS["ledger/README.md"]
HTTP = DOCUMENTS["docs/http.md"]
ERRORS = DOCUMENTS["docs/errors.md"]
PAGES = tuple(dict.fromkeys(re.findall(r"\]\((docs/[\w-]+\.md)\)", README.split("\n## Where to read on\n")[1])))
"""The pages about longer subjects, in the order README.md lists them, which is the order their examples run in."""


def rows(text: str, start: str) -> list[list[str]]:
    """The cells of every table row whose first cell begins with `start`."""
    lines = [line for line in text.splitlines() if line.startswith(f"| {start}")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def first_cells(text: str, start: str) -> list[str]:
    return [row[0].strip("`") for row in rows(text, start)]


def section(text: str, heading: str) -> str:
    return text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


# The examples.


def examples(text: str) -> Iterator[tuple[str, str]]:
    """Every command of a document with the output that is shown for it, `…` standing for anything."""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            if "<<'END'" in command:
                body, _, shown = shown.partition("\nEND\n")
                command = f"{command}\n{body}\nEND\n"
            yield command, shown.strip()


def matches(shown: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part.strip("\n")) for part in shown.split("…"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def test_the_examples_of_the_readme_and_the_pages_after_it_do_what_they_show(tmp_path: Path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "ledger").write_text(f"#!/bin/sh\nexec '{sys.executable}' -c 'from api.cli import main; main()' \"$@\"\n")
    (bin_ / "ledger").chmod(0o755)
    home = tmp_path / "home"
    settings = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    if "LEDGER_PG_BIN" in os.environ:
        settings["LEDGER_PG_BIN"] = os.environ["LEDGER_PG_BIN"]
    environment = {
        **settings,
        "LEDGER_HOME": str(home),
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    work = tmp_path / "work"
    work.mkdir()
    run = 0
    with postgres.running(home):  # kept up, so that each command need not start it again
        for command, shown in (example for name in ("README.md", *PAGES) for example in examples(DOCUMENTS[name])):
            done = subprocess.run(
                ["bash", "-c", command],
                check=False,
                capture_output=True,
                text=True,
                cwd=work,
                env=environment,
                timeout=60,
            )
            printed = (done.stdout + done.stderr).strip()
            assert done.returncode == (2 if re.search("^ledger: ", shown, re.MULTILINE) else 0), (command, printed)
            assert matches(shown, printed), (command, shown, printed)
            run += 1
    assert run >= 25


def test_every_page_is_in_the_list_of_the_readme_so_that_its_examples_run() -> None:
    assert set(PAGES) == {name for name in DOCUMENTS if name.startswith("docs/")}
    with_examples = {name for name, text in DOCUMENTS.items() if "```console" in text}
    assert with_examples <= {"README.md", *PAGES}


def test_a_shown_output_that_is_not_the_real_one_does_not_match() -> None:
    assert matches("read: 2\n…\nroot", "read: 2\nall\nroot")
    assert not matches("read: 3\n…", "read: 2\nall")


# The tables.


def test_every_command_of_the_command_line_is_in_the_readme_and_no_other() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    known = {
        f"{name} {inner}" if inner else name
        for name, command in commands.items()
        for inner in (getattr(command, "commands", None) or {"": None})
    }
    named = {re.sub(r" *(\[.*\]|[A-Z]+…?)$", "", cell) for cell in first_cells(section(README, "Every command"), "`")}
    assert named == known


def test_every_setting_is_in_the_readme_and_no_other() -> None:
    read = set(re.findall(r"\bLEDGER_[A-Z_]+\b", (ROOT / "api" / "settings.py").read_text("utf-8")))
    assert set(first_cells(section(README, "Settings"), "`LEDGER_")) == read


def test_no_setting_is_read_that_the_settings_do_not_know() -> None:
    read = set(re.findall(r"\bLEDGER_[A-Z_]+\b", (ROOT / "api" / "settings.py").read_text("utf-8")))
    for package in ("api", "ledger", "projections"):
        for file in (ROOT / package).rglob("*.py"):
            named = set(re.findall(r"environ(?:\.get\(|\[)\"(LEDGER_[A-Z_]+)\"", file.read_text("utf-8")))
            assert named <= read, file


def test_every_route_is_in_the_table_and_no_other() -> None:
    known = {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in sorted(set(route.methods or ()) - {"HEAD"})
    }
    assert set(first_cells(section(HTTP, "Routes"), "`")) == known


def test_every_page_for_a_browser_is_in_the_table_and_no_other() -> None:
    known = {
        route.path
        for router in pages.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }
    assert set(first_cells(section(HTTP, "Pages"), "`/")) == known


def test_every_event_and_command_has_its_sentence_and_none_is_invented() -> None:
    made: dict[str, str] = {}
    for name, kind in COMMANDS.items():
        made[kind.makes.NAME] = "`, `".join(filter(None, (made.get(kind.makes.NAME), name)))
    listed = {}
    for row in rows(EVENTS_AND_COMMANDS, "`"):
        if len(row) == 4:
            event, stored, command, sentence = row
            listed[stored.strip("`")] = (event.strip("`"), command.strip("`"))
            assert sentence.endswith("."), event
            assert len(sentence) > 15, event
    by_the_program = {
        "breach-assessment-opened", "proposal-refused", "erasure-upheld", "objection-raised", "objection-decided",
        "recipients-found", "quarantined-line-opened", "quarantined-line-discarded", "destruction-approved",
        "entry-set-aside",
        "identity-checked", "identity-shown-at-risk",
        "claim-received", "claim-opened",
        "access-refused", "attempts-opened",
    }  # fmt: skip
    assert {name for name in EVENTS if name not in made} == by_the_program
    assert listed == {name: (event.__name__, made.get(name, "–")) for name, event in EVENTS.items()}


def modules() -> Iterator[ModuleType]:
    for package in (ledger, projections, api):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def errors() -> dict[str, type[LedgerError]]:
    list(modules())
    found: dict[str, type[LedgerError]] = {}
    waiting: list[type[LedgerError]] = [LedgerError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.split(".")[0] in {"ledger", "projections", "api"}:
            found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found


def test_every_error_is_listed_with_its_own_sentence() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows(ERRORS, "`")}
    known = errors()
    for name, kind in known.items():
        sentence = " ".join((kind.__doc__ or "").split())
        if kind.__subclasses__() and name in {"LedgerError", "Refused", "Fault"}:
            assert f"`{name}`" in ERRORS
        else:
            assert listed.get(name) == sentence, f"| `{name}` | {sentence} |"
    assert set(listed) <= set(known)


def test_the_errors_of_the_ledger_and_of_the_doors_are_listed_apart() -> None:
    known = errors()
    for heading, packages in (("Of the ledger and its views", {"ledger", "projections"}), ("Of the doors", {"api"})):
        listed = first_cells(section(ERRORS, heading), "`")
        assert {known[name].__module__.split(".")[0] for name in listed} <= packages


# What they refer to.


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_a_document_names_exists(name: str) -> None:
    text = re.sub(r"^```.*?^```$", "", DOCUMENTS[name], flags=re.MULTILINE | re.DOTALL)
    for path in re.findall(r"`((?:api|bench|docs|ledger|projections|tests)/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert ((ROOT / name).parent / link).exists(), link


def test_every_decision_the_code_refers_to_is_explained() -> None:
    explained = set(re.findall(r"^- \*\*(D\d+) ", ARCHITECTURE, re.MULTILINE))
    assert explained == {f"D{number}" for number in range(1, len(explained) + 1)}
    for package in ("api", "ledger", "projections"):
        for file in (*(ROOT / package).rglob("*.py"), *(ROOT / package).rglob("*.sql")):
            assert set(re.findall(r"\((D\d+)\)", file.read_text("utf-8"))) <= explained, file


def test_each_decision_says_context_decision_and_consequence_in_at_most_eight_lines() -> None:
    decisions = re.split(r"^(?=- \*\*D\d+ )", section(ARCHITECTURE, "Decisions"), flags=re.MULTILINE)[1:]
    assert len(decisions) >= 42
    for decision in decisions:
        text = re.split(r"\n\n(?=\S)", decision.strip())[0]
        number = text.split(" ", maxsplit=2)[1]
        assert len(text.splitlines()) <= 8, number
        assert re.findall(r"^  - (\w+): .+", text, re.MULTILINE) == ["Context", "Decision", "Consequence"], number


def test_the_readme_is_short_and_the_glossary_one_page() -> None:
    assert len(README.splitlines()) < 300
    assert len(DOCUMENTS["GLOSSARY.md"].splitlines()) <= 120


def test_every_module_of_the_ledger_and_every_view_has_its_place_on_the_map() -> None:
    drawn = section(ARCHITECTURE, "The map")
    for part in ROOT.glob("ledger/[!_]*"):
        if part.suffix in {".py", ""} and part.name != "__pycache__":
            assert re.search(rf"\b{part.stem}\b", drawn), part.name
    for view in ROOT.glob("projections/*/table.sql"):
        assert view.parent.name in drawn


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## [Unreleased]" in DOCUMENTS["CHANGELOG.md"]
