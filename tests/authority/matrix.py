"""Writes docs/authority.md: the matrix as it is expected and tested, with an introduction in plain words.

`python -m tests.authority.matrix` writes it; a test says when it is not up to date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.authority.answers import ANSWERS, COMMAND_LINE, PAGES, PEOPLE, ROUTES, Answer
from tests.authority.expected import CALLERS, LETTERS, RELATIONS, ROWS, Row

PAGE = Path(__file__).parents[2] / "docs" / "authority.md"
COLUMNS: Mapping[str, str] = {
    "case-worker": "case worker",
    "records-manager": "records manager",
    "importer": "importer",
    "administrator": "administrator",
    "auditor": "auditor",
    "contractor": "contractor's adviser",
    "contractor-manager": "contractor's manager",
    "contractor's records-manager": "contractor's records manager",
    "jobcentre-plus": "Jobcentre Plus office",
    "operator": "operator's shell",
    "unregistered": "organisation not registered",
}
_INTRODUCTION = """\
# Who may report, read, change and destroy what

This page is written by `python -m tests.authority.matrix`. Each cell was decided by hand from the sources, and a test
records or asks it (`tests/authority/`). A command, route or page without a row fails the tests. What stops
whom is in [threats.md](threats.md); how to give commands as somebody is in
[access.md](access.md).

## The principle

Everything is recorded. What protects the person takes effect at once, whoever reports it. What exposes, changes, ends
or destroys takes effect only when it comes from somebody entitled; from anybody else it is a *claim*: recorded, sealed,
shown to the person in their report, and without effect until somebody entitled confirms it.

## Who is who

| Side | Who |
|---|---|
| Controller | Registered today as controller, or as working directly for one: case worker, records manager, importer, \
administrator, auditor. |
| Contractor | An organisation registered today under a contract. Its roles are adviser, manager and records manager. |
| Jobcentre Plus | Jobcentre Plus and its offices. |
| Operator | Whoever runs commands on the ledger's own machine. Every entry they make says so. |
| Nobody | Every other organisation. It reads nothing, and what it reports waits in the quarantine. |

There are two programmes with a controller each, the National Careers Service and NHS Health Careers. Each controller
answers for its own people only (PARTY-06).

## Who serves a person

- Serving begins when an organisation registers a new person, accepts a referral that somebody entitled made to it, is
  assigned by the controller, or is named in what the controller's side records or imports; or when the person shows
  its adviser who they are ([serving.md](serving.md)).
- It ends with the service, by the controller's decision or the organisation's own, and with the organisation's last
  contract; it is not counted on a day on which the organisation is not registered.
- An entry of a contractor that does not serve the person never makes it serve them.

## What a caller may report

- An *own act* is what the caller's organisation did, or one under it in the registers. A command that refers to a
  share, a receipt, a finding or an assessment reports an act of its parties, whatever organisation it names besides. So
  does one that settles, or finds undone, that recipients are told of a correction, an erasure or a restriction.
- A report of *another's act* is a claim. It raises no finding against the other and opens nothing.
- The *person's will* counts at once: a withdrawal, a refusal, an objection, a restriction, a hold, a request. The
  destruction or correction that follows from it waits for whoever serves the person, or the controller.
- A *grant* to read one person is asked for by anybody who may read people, and approved by a second person of the
  controller. An auditor sees facts until then ([access-records.md](access-records.md)).
- A *merge* and its undoing change two records, so a contractor must serve both.
- What decides over others is entered by the controller only: what an organisation is and belongs to, contracts,
  agreements, calendars, rule sets, and which organisation is assigned to a person.
- An answer never tells a caller whether somebody else's record exists.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_commands(), *_answers()])


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    yield "The six letters of a cell are for six relations of the caller to the act and the person:\n"
    yield from (f"{place}. {relation}" for place, relation in enumerate(RELATIONS, start=1))
    yield "\nIn an organisation's register they are its own entry, an entry of one under it, another's, none, one of"
    yield "the other programme, and one of an organisation that is not registered yet.\n"
    yield from _legend(LETTERS)
    yield f"| Command | {' | '.join(COLUMNS[caller] for caller in CALLERS)} |"
    yield f"|---|{'---|' * len(CALLERS)}"
    for name, row in ROWS.items():
        yield f"| `{name}` | {' | '.join(f'`{cells}`' for cells in _cells(row))} |"
    yield ""


def _cells(row: Row) -> tuple[str, ...]:
    return tuple(row.cells[caller].replace("/", "·") for caller in CALLERS)


def _legend(letters: Mapping[str, str]) -> Iterator[str]:
    yield "| Letter | Meaning |"
    yield "|---|---|"
    for letter, meaning in letters.items():
        yield f"| `{letter.replace('/', '·')}` | {meaning} |"
    yield ""


def _answers() -> Iterator[str]:
    yield "## Answers\n"
    yield "The five letters of a cell are for five relations of a person to the caller's organisation:\n"
    yield from (f"{place}. {relation}" for place, relation in enumerate(PEOPLE, start=1))
    yield ""
    yield from _legend(ANSWERS)
    for heading, what, rows in (
        ("Routes for programs", "Route", ROUTES),
        ("Pages for a browser", "Page", PAGES),
        ("The command line", "Command", COMMAND_LINE),
    ):
        yield f"### {heading}\n"
        yield from _table(what, rows)


def _table(what: str, rows: Mapping[str, Answer]) -> Iterator[str]:
    callers = [caller for caller in CALLERS if caller != "operator"]
    yield f"| {what} | {' | '.join(COLUMNS[caller] for caller in callers)} |"
    yield f"|---|{'---|' * len(callers)}"
    for name, row in rows.items():
        yield f"| `{name}` | {' | '.join(f'`{row.of(caller)}`' for caller in callers)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
