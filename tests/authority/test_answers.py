"""Each cell of the matrix of answers is what the route, the page or the command line answers."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest
import typer
from starlette.routing import Mount, Route

from api import pages
from api.app import ROUTERS, create_app
from api.cli import app as command_line
from tests.authority.answers import ANSWERS, COMMAND_LINE, NOTICES, PAGES, PEOPLE, ROUTES, Answer
from tests.authority.doors import Asked, Population, counted_statements
from tests.authority.expected import CALLERS

EVERY = {**ROUTES, **PAGES}
HIDDEN = [
    (route, caller)
    for route, answer in EVERY.items()
    for caller in (
        "case-worker",
        "contractor",
        *(("administrator", "jobcentre-plus", "unregistered") * ("/v1/" in route)),
    )
    if (answer.body or "_id}" in route) and answer.cells[caller][-1] == "-"
]
"""Who is answered about somebody as if nobody were on record; at the pages only those who work there with people."""


@pytest.fixture(scope="module")
def asked(population: Population) -> Asked:
    return Asked(population)


def test_every_route_and_page_has_a_row_and_every_row_a_route_or_a_page(asked: Asked):
    routes = set[str]()
    app = create_app(asked.population.runtime)
    for listed in (app.routes, *(router.routes for router in (*ROUTERS, *pages.ROUTERS))):
        for route in listed:
            if isinstance(route, Mount):
                routes.add(f"GET {route.path}")
            elif isinstance(route, Route):
                routes |= {f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"}}
    included = sum(not isinstance(route, Mount | Route) for route in app.routes)
    assert included == len(ROUTERS) + len(pages.ROUTERS), "every router that the application answers with was asked"
    assert {*EVERY} == routes
    assert not {*ROUTES} & {*PAGES}


def test_every_command_of_the_command_line_has_a_row_and_every_row_a_command():
    main = typer.main.get_group(command_line)
    names = set[str]()
    for name, command in main.commands.items():
        names |= {f"{name} {below}" for below in command.commands} if hasattr(command, "commands") else {name}
    assert {*COMMAND_LINE} == names


def test_a_row_has_a_letter_for_every_caller_and_relation():
    for name, answer in {**EVERY, **COMMAND_LINE}.items():
        assert {*answer.cells} == {*CALLERS}, name
        assert {len(cells) for cells in answer.cells.values()} == {len(PEOPLE)}, name
        assert {*"".join(answer.cells.values())} <= {*ANSWERS}, name


def letter(asked: Asked, answer: Any, relation: str, row: Answer) -> str:
    """The letter of one answer."""
    cells = {*"".join(row.cells.values())}
    if row.public:
        return "P"
    if answer.status_code == HTTPStatus.FORBIDDEN or (
        row.body == "grant" and answer.status_code != HTTPStatus.SEE_OTHER
    ):
        return "X"
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return "-"
    if cells <= {"X", "Y"} or row.body in {"proposal", "answer"}:
        return "Y"
    if row.body == "shown":
        return "Y" if asked.population.people[relation] in answer.text + answer.headers.get("location", "") else "-"
    of_one_person = not row.lists and row.body is None and row is not NOTICES
    if not of_one_person and not any(sign in answer.text for sign in asked.population.signs_of(relation)):
        return "-"
    return "F" if "F" in cells and not asked.population.names_somebody(relation, answer.text) else "Y"


@pytest.mark.parametrize("route", EVERY)
def test_a_route_or_page_answers_each_caller_about_each_person_as_its_row_says(asked: Asked, route: str):
    row = EVERY[route]
    seen = dict.fromkeys(asked.tokens, "")
    for caller in seen:
        answer = None
        for relation in PEOPLE:
            if not row.lists or answer is None:
                answer = asked.ask(route, row.body, caller, relation)
            seen[caller] += letter(asked, answer, relation, row)
    assert seen == {caller: row.of(caller) for caller in asked.tokens}


@pytest.mark.parametrize("route", [route for route, row in EVERY.items() if not row.public])
def test_nobody_is_answered_without_saying_who_they_are(asked: Asked, route: str):
    answer = asked.ask(route, EVERY[route].body, None, PEOPLE[0])
    if "/v1/" in route:
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
    else:
        assert (answer.status_code, answer.headers["location"][:8]) == (HTTPStatus.SEE_OTHER, "/sign-in")


@pytest.mark.parametrize(("route", "caller"), HIDDEN)
def test_not_yours_and_not_there_are_the_same_answer_after_as_many_statements(asked: Asked, route: str, caller: str):
    row = EVERY[route]
    not_there = PEOPLE[-1]
    hidden = [relation for relation, cell in zip(PEOPLE, row.cells[caller], strict=True) if cell == "-"]
    asked.ask(route, row.body, caller, not_there)  # whatever an earlier reading left to be projected

    def told(relation: str) -> tuple[Any, ...]:
        asked.population.runtime.ledger.attempts.record()  # what a thread would record meanwhile
        asked.population.runtime.project()
        with counted_statements() as sent:
            answer = asked.ask(route, row.body, caller, relation)
        known = asked.population
        ids = known.people[relation], known.requests[relation], known.claims[relation], *known.shown(relation).values()
        text = re.sub("|".join(map(re.escape, ids)), "…", answer.text)
        text = re.sub(r'(nonce|name="command_id" value)="[^"]*"', "of this answer", text)
        return answer.status_code, sorted(answer.headers), text, dict(sent)

    expected_answer = told(not_there)
    for relation in hidden:
        assert told(relation) == expected_answer, relation
