"""What an operator sees of the HTTP door: logs, numbers and readiness."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr

import psycopg
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime
from tests.doors.http_door.doors import SECRET, Doors, command, is_problem


def observed(runtime: Runtime) -> tuple[FastAPI, io.StringIO]:
    log = io.StringIO()
    with redirect_stderr(log):
        return create_app(runtime), log


def test_the_access_log_names_the_route_and_neither_address_nor_query_nor_person(runtime):
    app, log = observed(runtime)
    doors = Doors(runtime, TestClient(app))
    body = command()
    doors.post("/v1/entries", body)
    doors.post("/v1/customers/search", {"family_name": SECRET, "date_of_birth": "1990-02-01"})
    doors.get(f"/v1/customers/{body['customer_id']}?as_of={SECRET}")
    doors.get(f"/{SECRET}?name={SECRET}")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]

    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/v1/entries", 201),
        ("POST", "/v1/customers/search", 200),
        ("GET", "/v1/customers/{customer_id}", 422),
        ("GET", "none", 404),
    ]
    assert lines[0]["role"] == "case-worker"
    assert SECRET not in log.getvalue()
    assert "1990-02-01" not in log.getvalue()
    assert "somebody" not in log.getvalue()


def test_an_error_nobody_expected_is_answered_and_logged_without_its_message(runtime):
    app, log = observed(runtime)

    def break_down() -> None:
        raise RuntimeError(SECRET)

    app.add_api_route("/break", break_down)
    answer = TestClient(app).get("/break")

    is_problem(answer, 500)
    assert SECRET not in answer.text
    assert SECRET not in log.getvalue()
    assert json.loads(log.getvalue().splitlines()[0])["kind"] == "RuntimeError"


def test_the_numbers_count_requests_and_commands_and_hold_no_ids(doors, customer):
    doors.post("/v1/entries", command(SECRET))
    doors.get(f"/v1/customers/{customer}")
    doors.get(f"/{SECRET}")
    page = doors.get("/metrics").text

    assert 'ledger_commands_total{outcome="recorded",type="register-customer"} 1.0' in page
    assert 'ledger_commands_total{outcome="refused",type="unknown"} 1.0' in page
    assert 'ledger_http_requests_total{method="GET",route="/v1/customers/{customer_id}",status="200"} 1.0' in page
    assert 'ledger_view_lag_entries{view="customers"}' in page
    assert f"ledger_head_position {doors.begun + 2}.0" in page
    assert customer not in page
    assert SECRET not in page


def test_a_ledger_in_order_is_ready_and_says_how_far_each_view_is(doors, runtime, customer):
    runtime.project()
    answer = doors.get("/readyz")

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["ready"] is True
    assert said["head"] == doors.begun + 1
    views = {"customers", "organisations", "shares", "findings", "retention", "requests", "obligations"}
    views |= {"claims", "accesses", "serving"}
    assert {view["view"]: view["position"] for view in said["views"]} == dict.fromkeys(views, doors.begun + 1)
    assert said["warnings"] == []


def test_a_view_that_stopped_makes_the_program_not_ready_and_says_where(doors, runtime, customer, database):
    runtime.project()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE view.progress SET stopped_at = 2, why = 'test' WHERE view = 'shares'")
    answer = doors.get("/readyz")

    assert answer.status_code == 503
    assert [view["stopped_at"] for view in answer.json()["views"] if view["view"] == "shares"] == [2]


def test_a_missing_key_file_makes_the_program_not_ready(doors, runtime):
    runtime.project()
    runtime.settings.key_file.unlink()
    answer = doors.get("/readyz")

    assert answer.status_code == 503
    assert "key file" in answer.json()["checks"]["key_file"]
