"""Who may come in by HTTP, and what a contractor may see there."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api import auth
from api.app import PUBLIC
from api.pages import forms
from tests.doors.http_door.doors import PARTS, SECRET, UNKNOWN, is_problem, method_of, routes, share


def asks_for_its_caller(dependant: Dependant) -> bool:
    return any(one.call in {auth.caller, forms.caller_of} or asks_for_its_caller(one) for one in dependant.dependencies)


def everything_served(app: FastAPI) -> Iterator[Any]:
    """Every route and mount of the application, those of included routers too."""
    for route in app.routes:
        router = getattr(route, "original_router", None)
        yield from [route] if router is None else router.routes


def test_every_route_names_its_caller_or_is_on_the_public_list(app):
    served = list(everything_served(app))

    assert {route.path for route in routes()} < {route.path for route in served}
    for route in served:
        named = isinstance(route, APIRoute) and asks_for_its_caller(route.dependant)
        assert named != (route.path in PUBLIC), route.path


def test_only_the_routes_for_programs_are_described(app):
    assert set(app.openapi()["paths"]) == {route.path for route in routes()}


@pytest.mark.parametrize("route", routes(), ids=lambda route: f"{method_of(route)} {route.path}")
def test_without_a_token_only_the_public_list_answers(quiet, route):
    path = route.path.replace("{customer_id}", UNKNOWN).replace("{request_id}", UNKNOWN)
    answer = quiet.client.request(method_of(route), path)

    if route.path in PUBLIC:
        assert answer.status_code in {200, 503}
    else:
        is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_bad_token_is_told_apart_from_none(quiet):
    answer = quiet.client.get("/v1/events", headers={"Authorization": "Bearer nonsense"})

    is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_another_scheme_is_not_a_bearer_token(quiet):
    is_problem(quiet.client.get("/v1/events", headers={"Authorization": "Basic YTpi"}), 401)


def test_every_endpoint_is_a_plain_function():
    assert not [route.path for route in routes() if inspect.iscoroutinefunction(route.endpoint)]


# What a contractor may see.


def test_a_contractor_reads_the_customers_their_organisation_serves_and_others_are_not_there(doors, customer):
    for end in PARTS:
        path = f"/v1/customers/{customer}{end}"
        assert doors.get(path, "contractor", "0000000101").status_code == 200, path
        is_problem(doors.get(path, "contractor", "0000000999"), 404)


def test_a_contractor_does_not_find_customers_of_others(doors, customer):
    parameters = {"family_name": SECRET, "date_of_birth": "1990-02-01"}
    before = doors.head()

    assert doors.post("/v1/customers/search", parameters, "contractor", "0000000999").json() == {"customers": []}
    assert doors.head() == before
    assert doors.post("/v1/customers/search", parameters, "contractor", "0000000101").json()["customers"]


def test_having_been_refused_does_not_open_a_customer_to_a_contractor(doors, customer):
    for _ in range(2):
        is_problem(doors.get(f"/v1/customers/{customer}", "contractor", "0000000999"), 404)


def test_a_contractor_does_not_read_the_whole_ledger(quiet):
    is_problem(quiet.get("/v1/events", "contractor", "0000000101"), 403)


LISTS = ("shares", "findings", "breaches", "requests", "obligations", "quarantine", "retention/due", "events")


@pytest.mark.parametrize("path", LISTS)
def test_a_misspelt_filter_of_a_list_is_refused_and_not_answered_with_everybody_s_rows(doors, customer, path):
    problem = is_problem(doors.get(f"/v1/{path}?custommer={customer}"), 422)
    assert "limit" in problem["detail"]
    assert "custommer" not in str(problem["detail"])
    assert customer not in str(problem)


def test_a_contractor_sees_their_own_shares_only(doors, customer):
    doors.post("/v1/entries", share(customer, "0000000101"))
    doors.post("/v1/entries", share(customer, "0000000102"))

    own = doors.get("/v1/shares", "contractor", "0000000101").json()["rows"]
    assert [row["from"]["organisation"] for row in own] == ["0000000101"]
    is_problem(doors.get("/v1/shares?organisation=0000000102", "contractor", "0000000101"), 403)
    assert len(doors.get("/v1/shares").json()["rows"]) == 2
    assert len(doors.get("/v1/shares?organisation=0000000102").json()["rows"]) == 1
