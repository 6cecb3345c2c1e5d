"""The HTTP door: the routes of the outside contract, their errors, and what they must never give away."""

from __future__ import annotations

import inspect
import io
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import date
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api import auth, cursors
from api import errors as problems
from api.app import PUBLIC, ROUTERS, create_app
from api.casework.runtime import Runtime, opened
from api.entries import LONGEST_BODY_BYTES
from api.issuer import Issuer
from api.pages import forms
from api.routes import examples, responses
from api.settings import read_settings
from ledger import errors
from ledger.commands.catalogue import COMMANDS
from projections.retention import exceptions
from tests.conftest import Databases

SECRET = "Unmistakable-Canary-Name"
UNKNOWN = "00000000-0000-4000-8000-00000000dead"
NDJSON = "application/x-ndjson"


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    return create_app(runtime)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


class Doors:
    """The client, signed in as whoever is asked for."""

    def __init__(self, runtime: Runtime, client: TestClient) -> None:
        self.runtime, self.client = runtime, client

    def headers(self, role: str, organisation: str = "controller") -> dict[str, str]:
        issuer = Issuer.open(self.runtime.settings)
        token = issuer.issue(role=role, organisation=organisation, subject="somebody", minutes=5)
        return {"Authorization": f"Bearer {token}"}

    def get(self, path: str, role: str = "case-worker", organisation: str = "controller", **more: Any) -> Any:
        headers = {**self.headers(role, organisation), **more.pop("headers", {})}
        return self.client.get(path, headers=headers, **more)

    def post(
        self, path: str, body: Any, role: str = "case-worker", organisation: str = "controller", **more: Any
    ) -> Any:
        headers = {**self.headers(role, organisation), **more.pop("headers", {})}
        return self.client.post(path, json=body, headers=headers, **more)

    def lines(self, *lines: bytes) -> Any:
        headers = {**self.headers("case-worker"), "Content-Type": NDJSON}
        return self.client.post("/v1/entries", content=b"\n".join(lines), headers=headers)

    def head(self) -> int:
        return self.runtime.ledger.recorder.max_notification_id() or 0


@pytest.fixture
def doors(runtime: Runtime, client: TestClient) -> Doors:
    return Doors(runtime, client)


@pytest.fixture(scope="module")
def shared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """An empty ledger for all the requests here that must not record anything."""
    home = str(tmp_path_factory.mktemp("shared"))
    with databases() as conninfo:
        settings = read_settings({"LEDGER_HOME": home, "LEDGER_DATABASE_URL": conninfo})
        with opened(settings) as runtime:
            yield Doors(runtime, TestClient(create_app(runtime)))


@pytest.fixture
def quiet(shared: Doors) -> Iterator[Doors]:
    yield shared
    assert shared.head() == 0


def command(type_: str = "register-customer", **said: Any) -> dict[str, Any]:
    body = {"id": str(uuid.uuid4()), "type": type_, "occurred_at": "2026-01-05T09:00:00Z", **said}
    if type_ == "register-customer":
        body.setdefault("customer_id", str(uuid.uuid4()))
        body.setdefault("organisation", "0000000101")
        body.setdefault("values", {"family_name": SECRET, "date_of_birth": "1990-02-01"})
    return body


@pytest.fixture
def customer(doors: Doors) -> str:
    body = command()
    assert doors.post("/v1/entries", body).status_code == 201
    return str(body["customer_id"])


def is_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["type"]
    assert said["title"]
    assert said["detail"].endswith(".")
    return said


# Who may come in.


def routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def method_of(route: APIRoute) -> str:
    [method] = route.methods or set[str]()
    return method


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


# Recording.


def test_a_command_is_recorded_with_201_and_its_positions(doors):
    body = command()
    answer = doors.post("/v1/entries", body)

    assert answer.status_code == 201
    assert answer.json() == {"command_id": body["id"], "first_position": 1, "last_position": 1, "repeated": False}


def test_the_same_command_again_gets_200_and_the_same_positions(doors):
    body = command()
    first = doors.post("/v1/entries", body).json()
    again = doors.post("/v1/entries", body)

    assert again.status_code == 200
    assert again.json() == {**first, "repeated": True}
    assert doors.head() == 1


def test_a_command_id_with_other_content_is_a_conflict_that_names_its_rule(doors, customer):
    body = command("end-service", customer_id=customer)
    doors.post("/v1/entries", body)

    said = is_problem(doors.post("/v1/entries", {**body, "reason": 3}), 409)

    assert said["rule_id"] == "LEDG-21"
    assert said["type"] == "/problems/LEDG-21"


def test_an_auditor_changes_nothing(quiet):
    is_problem(quiet.post("/v1/entries", command(), role="auditor"), 403)


def test_a_customer_nobody_registered_cannot_be_written_about(quiet):
    said = is_problem(quiet.post("/v1/entries", command("end-service", customer_id=UNKNOWN)), 422)

    assert said["rule_id"] == "TRACE-02"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "make-tea"}, None),
        ({"type": None}, None),
        ({"type": ["register-customer"]}, None),
        ({"id": "7"}, "id"),
        ({"id": None}, "id"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-02-30T09:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2026-01-05T09:00:00"}, "occurred_at"),
        ({"occurred_at": "2999-01-05T09:00:00Z"}, None),
        ({"customer_id": "nobody"}, "customer_id"),
        ({"values": "text"}, "values"),
        ({"values": None}, "values"),
        ({"organisation": 1.5}, "organisation"),
        ({"nickname": "Bob"}, None),
        ({"organisation": "zero \u0000 byte"}, None),
        ({"values": {"a": "\u0000"}}, None),
        ({"values": {"a": 1.5}}, None),
        ({"values": {"a": 2**60}}, None),
        ({"values": json.loads("[" * 300 + "]" * 300)}, "values"),
        ({"values": {"a": json.loads("[" * 300 + "]" * 300)}}, None),
        ({"values": {"a": json.loads("[" * 900 + "]" * 900)}}, None),
    ],
)
def test_a_malformed_command_is_refused_with_its_field_and_never_its_value(quiet, change, field):
    answer = quiet.post("/v1/entries", {**command(), **change})

    said = is_problem(answer, 422)
    if field is not None:
        assert said["field"] == field
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'"text"', b"\xff\xfe", b'{"a": NaN}', b"[" * 5000, b'{"a": "\\ud800"}']
)
def test_a_body_that_is_not_a_json_object_is_a_400(quiet, body):
    headers = {**quiet.headers("case-worker"), "Content-Type": "application/json"}

    is_problem(quiet.client.post("/v1/entries", content=body, headers=headers), 400)


def test_a_body_of_another_media_type_is_a_415(quiet):
    headers = {**quiet.headers("case-worker"), "Content-Type": "text/csv"}

    is_problem(quiet.client.post("/v1/entries", content=b"a,b", headers=headers), 415)


def test_a_body_that_is_too_large_is_a_413(quiet):
    headers = {**quiet.headers("case-worker"), "Content-Type": NDJSON}

    is_problem(quiet.client.post("/v1/entries", content=b" " * (LONGEST_BODY_BYTES + 1), headers=headers), 413)


def test_each_line_of_ndjson_has_an_outcome_and_the_counts_add_up(doors):
    good = command()
    lines = [json.dumps(good).encode(), b"{", b"", json.dumps(good).encode(), json.dumps(command("frob")).encode()]

    answer = doors.lines(*lines)

    assert answer.status_code == 200
    said = answer.json()
    assert (said["read"], said["recorded"], said["repeated"], said["refused"]) == (4, 1, 1, 2)
    assert [(one["line"], one["outcome"]) for one in said["results"]] == [
        (1, "recorded"),
        (2, "refused"),
        (4, "repeated"),
        (5, "refused"),
    ]
    assert said["results"][1]["problem"]["status"] == 400
    assert SECRET not in answer.text


@given(st.lists(st.sampled_from([b"{", b"", b"[]", b"{}", b'{"type":"x"}', b"\xff"]), max_size=12))
def test_no_lines_whatever_make_the_counts_not_add_up(lines):
    from api.entries import record_lines
    from ledger.caller import Caller

    class Nothing:
        def record(self, said: dict[str, Any], by: Caller) -> None:
            raise errors.Malformed

    by = Caller(role="auditor", organisation="controller", subject="a")
    outcomes = list(record_lines(Nothing(), lines, by, source="nowhere"))  # type: ignore[arg-type]

    assert [one.line for one in outcomes] == [number for number, line in enumerate(lines, 1) if line]
    assert {one.word for one in outcomes} <= {"refused"}


# Reading.


def reading_routes(customer: str) -> list[tuple[str, str]]:
    return [
        (f"/v1/customers/{customer}", "application/json"),
        (f"/v1/customers/{customer}?as_of=2100-01-01", "application/json"),
        (f"/v1/customers/{customer}/history", "application/json"),
        (f"/v1/customers/{customer}/provenance", "application/json"),
        (f"/v1/customers/{customer}/provenance", "application/prov+json"),
        (f"/v1/customers/{customer}/provenance", "image/svg+xml"),
        (f"/v1/customers/{customer}/subject-access-report", "application/json"),
        (f"/v1/customers/{customer}/subject-access-report", "text/html"),
        (f"/v1/customers/{customer}/consents", "application/json"),
        (f"/v1/customers/{customer}/consents", "application/ld+json"),
        (f"/v1/customers/{customer}/portable-copy", "application/json"),
        (f"/v1/customers/{customer}/portable-copy", "text/csv"),
    ]


def list_routes() -> list[str]:
    return [
        "/v1/requests",
        "/v1/requests/counts",
        "/v1/retention/due",
        "/v1/retention/exceptions",
        "/v1/retention/hold-reviews",
        "/v1/retention/compared",
        "/v1/shares",
        "/v1/findings",
        "/v1/breaches",
        "/v1/obligations",
        "/v1/quarantine",
        "/v1/events",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ]


def test_a_get_records_nothing_but_the_reading(doors, customer, runtime):
    for path, accept in reading_routes(customer):
        before = doors.head()
        answer = doors.get(path, headers={"Accept": accept})
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["content-type"].split(";")[0] == accept
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert accept != "text/html" or "default-src 'none'" in answer.headers["content-security-policy"]
        entries = runtime.ledger.history(uuid.UUID(customer))[before:]
        assert [entry.type for entry in entries] == ["personal-data-read"], path
        assert doors.head() == before + 1
    for path in list_routes():
        before = doors.head()
        assert doors.get(path).status_code in {200, 503}, path
        assert doors.head() == before, path


def test_the_list_of_reading_routes_here_is_complete(customer):
    tried = {path.split("?")[0].replace(customer, "{customer_id}") for path, _ in reading_routes(customer)}

    of_a_request = {"/v1/requests/{request_id}"}  # has its own tests: its reading is recorded with the person
    served = {route.path for route in routes() if method_of(route) == "GET"}
    assert served == (tried | set(list_routes()) | of_a_request) - {"/openapi.json"}


def test_a_view_as_of_an_earlier_moment_shows_what_had_been_recorded_then(doors, customer, runtime):
    between = runtime.ledger.now().isoformat()
    doors.post("/v1/entries", command("end-service", customer_id=customer))

    assert doors.get(f"/v1/customers/{customer}").json()["service_ended_at"] is not None
    earlier = doors.get(f"/v1/customers/{customer}", params={"as_of": between}).json()
    assert earlier["service_ended_at"] is None
    assert earlier["person"]["family_name"] == SECRET


@pytest.mark.parametrize("as_of", ["yesterday", "2026-13-01", "2026-01-05T09:00:00", "9999-12-31", SECRET])
def test_a_moment_that_cannot_be_read_is_refused_without_repeating_it(doors, customer, as_of):
    answer = doors.get(f"/v1/customers/{customer}", params={"as_of": as_of})

    assert as_of not in json.dumps(is_problem(answer, 422))


PARTS = ["", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy"]


@pytest.mark.parametrize("end", PARTS)
def test_an_unknown_customer_is_a_404_and_reading_nobody_is_not_recorded(quiet, end):
    is_problem(quiet.get(f"/v1/customers/{UNKNOWN}{end}"), 404)


def test_a_name_typed_where_an_id_belongs_is_not_repeated(quiet):
    answer = quiet.get(f"/v1/customers/{SECRET}")

    said = is_problem(answer, 422)
    assert said["field"] == "customer_id"
    assert SECRET not in answer.text


def test_a_media_type_nobody_can_give_is_a_406(doors, customer):
    before = doors.head()

    is_problem(doors.get(f"/v1/customers/{customer}/provenance", headers={"Accept": "audio/ogg"}), 406)
    assert doors.head() == before


@pytest.mark.parametrize(
    ("accept", "given_"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("text/html", "text/html"),
        ("application/json;q=0.2, text/html;q=0.9", "text/html"),
        ("text/*, application/json;q=0.5", "text/html"),
        ("text/html;q=0, */*", "application/json"),
        ("nonsense, application/json;q=x, text/html;q=0.1", "text/html"),
    ],
)
def test_the_media_type_the_caller_likes_best_is_given(accept, given_):
    from starlette.requests import Request

    request = Request({"type": "http", "headers": [(b"accept", accept.encode())]})

    assert responses.preferred(request, "application/json", "text/html") == given_


def test_a_search_finds_a_customer_and_records_the_reading(doors, customer):
    before = doors.head()
    answer = doors.post("/v1/customers/search", {"family_name": SECRET, "date_of_birth": "1990-02-01"})

    assert [one["customer_id"] for one in answer.json()["customers"]] == [customer]
    assert doors.head() == before + 1


@pytest.mark.parametrize("asked", [{}, {"family_name": "A"}, {"shoe_size": "9"}, {"email": 7}])
def test_a_search_that_asks_for_nothing_that_can_be_searched_is_refused(quiet, asked):
    is_problem(quiet.post("/v1/customers/search", asked), 422)


def test_a_history_is_read_in_pages_that_meet(doors, customer):
    for scope in ("market_research", "user_research", "collect_ethnicity"):
        doors.post("/v1/entries", command("give-consent", customer_id=customer, scope=scope, mechanism="said yes"))
    first = doors.get(f"/v1/customers/{customer}/history", params={"limit": 3}).json()
    second = doors.get(f"/v1/customers/{customer}/history", params={"limit": 3, "cursor": first["next"]}).json()

    assert [entry["type"] for entry in first["entries"]] == ["customer-registered", "consent-given", "consent-given"]
    assert second["entries"][0]["type"] == "consent-given"
    assert first["entries"][-1]["position"] < second["entries"][0]["position"]


# What a contractor may see.


def test_a_contractor_reads_the_customers_their_organisation_served_and_no_others(doors, customer):
    for end in PARTS:
        path = f"/v1/customers/{customer}{end}"
        assert doors.get(path, "contractor", "0000000101").status_code == 200, path
        is_problem(doors.get(path, "contractor", "0000000999"), 403)


def test_a_contractor_does_not_find_customers_of_others(doors, customer):
    parameters = {"family_name": SECRET, "date_of_birth": "1990-02-01"}
    before = doors.head()

    assert doors.post("/v1/customers/search", parameters, "contractor", "0000000999").json() == {"customers": []}
    assert doors.head() == before
    assert doors.post("/v1/customers/search", parameters, "contractor", "0000000101").json()["customers"]


def test_having_been_refused_does_not_open_a_customer_to_a_contractor(doors, customer):
    for _ in range(2):
        is_problem(doors.get(f"/v1/customers/{customer}", "contractor", "0000000999"), 403)


def test_a_contractor_does_not_read_the_whole_ledger(quiet):
    is_problem(quiet.get("/v1/events", "contractor", "0000000101"), 403)


def share(customer: str, sent_by: str) -> dict[str, Any]:
    return command("share-data", customer_id=customer, channel="email", sent_by=sent_by, sent_to="JCP")


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


# Lists.


def ended(doors: Doors, number: int, organisation: str = "0000000101") -> None:
    """A customer whose payment evidence falls due."""
    body = command(organisation=organisation, occurred_at="2015-01-05T09:00:00Z")
    end = command(
        "end-service",
        customer_id=body["customer_id"],
        organisation=organisation,
        occurred_at=f"2016-{number % 12 + 1:02}-01T09:00:00Z",
        audit_minimum={"outcome": "advised"},
    )
    assert doors.post("/v1/entries", body).status_code == 201
    assert doors.post("/v1/entries", end).status_code == 201


def every_page(doors: Doors, path: str, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = doors.get(path, params={**params, **({"cursor": cursor} if cursor else {})}).json()
        assert len(answer["rows"]) <= params["limit"]
        rows += answer["rows"]
        cursor = answer["next"]
        if cursor is None:
            return rows


def test_the_due_list_in_pages_is_the_due_list(doors):
    for number in range(7):
        ended(doors, number)
    whole = doors.get("/v1/retention/due", params={"on": "2030-01-01"}).json()

    assert whole["on"] == "2030-01-01"
    assert whole["count"] == len(whole["rows"]) > 0
    assert whole["next"] is None
    assert every_page(doors, "/v1/retention/due", on="2030-01-01", limit=2) == whole["rows"]


def test_nothing_is_due_before_anything_happened(doors):
    ended(doors, 1)

    assert doors.get("/v1/retention/due", params={"on": "2010-01-01"}).json()["rows"] == []


def test_the_due_list_says_how_many_have_no_period_by_the_command_line_s_name_too(doors):
    ended(doors, 1)
    said = doors.get("/v1/retention/due", params={"on": "2030-01-01"}).json()

    assert said["exceptions"] == said["exceptions_count"] > 0


def test_all_without_a_period_are_read_page_by_page(doors, runtime, monkeypatch):
    for number in range(5):
        ended(doors, number)
    whole = doors.get("/v1/retention/exceptions", params={"on": "2030-01-01"}).json()["rows"]
    monkeypatch.setattr(exceptions, "ROWS_AT_ONCE", 2)

    with runtime.current_views() as connection:
        assert [row.as_json() for row in exceptions.every_exception(connection, date(2030, 1, 1))] == whole


def test_the_exceptions_in_pages_are_the_exceptions(doors):
    for number in range(5):
        ended(doors, number)
    whole = doors.get("/v1/retention/exceptions", params={"on": "2030-01-01"}).json()["rows"]

    assert whole
    assert every_page(doors, "/v1/retention/exceptions", on="2030-01-01", limit=2) == whole


def test_the_holds_to_review_in_pages_are_the_holds_to_review(doors, customer):
    for number in range(5):
        said = {"hold_id": f"h-{number}", "code": "HOLD_LEGAL", "owner": "legal team", "review_on": "2026-02-01"}
        placed = command("place-hold", customer_id=customer, **said)
        assert doors.post("/v1/entries", placed).status_code == 201
    whole = doors.get("/v1/retention/hold-reviews", params={"on": "2026-02-02"}).json()["rows"]

    assert [(row["hold_id"], row["owner"]) for row in whole] == [(f"h-{number}", "legal team") for number in range(5)]
    assert every_page(doors, "/v1/retention/hold-reviews", on="2026-02-02", limit=2) == whole
    assert doors.get("/v1/retention/hold-reviews", params={"on": "2026-02-01"}).json()["rows"] == []


def test_a_contractor_sees_only_their_own_customers_due(doors):
    ended(doors, 1, "0000000101")
    ended(doors, 2, "0000000102")
    path = "/v1/retention/due?on=2030-01-01"
    everybody, own = doors.get(path).json(), doors.get(path, "contractor", "0000000102").json()

    assert own["count"] == len(own["rows"]) == everybody["count"] // 2 > 0
    assert own["exceptions"] == everybody["exceptions"] // 2 > 0
    assert all(row in everybody["rows"] for row in own["rows"])


def test_who_was_shared_with_jobcentre_plus_is_listed_by_contractor_district_and_day(doors, customer):
    """TRACE-01: from the ledger alone."""
    for number, (by, to, office, day) in enumerate([
        ("0000000101", "JCP", "Testford", "2026-03-01"),
        ("0000000102", "JCP", "Testford", "2026-03-02"),
        ("0000000101", "JCP", "Elsewhere", "2026-03-31"),
        ("0000000101", "someone", "Testford", "2026-03-03"),
    ]):  # fmt: skip
        one = {**share(customer, by), "sent_to": to, "office": office, "share_id": f"s{number}"}
        doors.post("/v1/entries", {**one, "occurred_at": f"{day}T23:30:00Z"})

    def listed(query: str) -> list[str]:
        return [row["share_id"] for row in doors.get(f"/v1/shares?{query}").json()["rows"]]

    assert listed("sent_to=JCP") == ["s0", "s1", "s2"]
    assert listed("sent_to=JCP&sent_by=0000000101") == ["s0", "s2"]
    assert listed("sent_to=JCP&office=Testford") == ["s0", "s1"]
    assert listed("sent_to=JCP&since=2026-03-02&until=2026-03-31") == ["s1"]  # 31 March 23:30 UTC is 1 April in London
    assert listed("sent_to=JCP&until=2026-04-01") == ["s0", "s1", "s2"]
    assert all(row["customer_id"] == customer for row in doors.get("/v1/shares?sent_to=JCP").json()["rows"])
    own = doors.get("/v1/shares?sent_to=JCP", "contractor", "0000000102").json()["rows"]
    assert [row["share_id"] for row in own] == ["s1"]


def test_shares_in_pages_are_the_shares(doors, customer):
    for _ in range(5):
        doors.post("/v1/entries", share(customer, "0000000101"))

    pages = every_page(doors, "/v1/shares", limit=2)
    assert pages == doors.get("/v1/shares").json()["rows"]
    assert len(pages) == 5


ODD = [
    cursors.cursor_of([True, UNKNOWN]),
    cursors.cursor_of(["2026-01-01", 1, "kind\0", ""]),
    cursors.cursor_of(["2026-01-01", UNKNOWN, "class\0", ""]),
]
"""A number that is none, and the character that no text of the database holds."""


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/retention/due", "/v1/retention/exceptions", "/v1/retention/hold-reviews", "/v1/retention/compared"),
        *("/v1/shares", "/v1/requests", "/v1/obligations"),
    ],
)
@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WzEsMl0", "WyJhIiwiYiIsImMiLCJkIl0", "é", *ODD, SECRET])
def test_a_cursor_that_no_list_gave_is_refused(quiet, path, cursor):
    said = is_problem(quiet.get(path, params={"cursor": cursor}), 422)

    assert said["field"] == "cursor"


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/v1/retention/due", "on", "soon"),
        ("/v1/retention/due", "on", "2026-02-30"),
        ("/v1/retention/due", "limit", "0"),
        ("/v1/retention/due", "limit", "1001"),
        ("/v1/retention/compared", "with", "everything"),
        ("/v1/events", "after", "-1"),
        ("/v1/events", "after", str(2**64)),
        ("/v1/events", "after", SECRET),
        ("/v1/shares", "organisation", "x" * 101),
        ("/v1/shares", "organisation", "x\0"),
        ("/v1/findings", "rule", "x\0"),
        ("/v1/obligations", "on", "9999-12-30"),
        ("/v1/requests", "kind", "everything"),
        ("/v1/requests", "state", "ajar"),
        ("/v1/requests", "late", "perhaps"),
        ("/v1/requests", "on", "2199-01-01"),
        ("/v1/requests", "customer_id", SECRET),
    ],
)
def test_a_bad_parameter_is_named_and_its_value_is_not(quiet, path, name, value):
    said = is_problem(quiet.get(path, params={name: value}), 422)

    assert said["field"] == name
    assert value not in said["detail"]


def test_events_are_dense_and_hold_facts_only(doors, customer):
    doors.post("/v1/entries", command("end-service", customer_id=customer))
    answer = doors.get("/v1/events")
    entries = [json.loads(line) for line in answer.text.splitlines()]

    assert answer.headers["content-type"] == NDJSON
    assert [entry["position"] for entry in entries] == [1, 2]
    assert [entry["entry"]["type"] for entry in entries] == ["customer-registered", "service-ended"]
    assert SECRET not in answer.text


def test_the_lines_of_events_are_the_bytes_their_leaf_hashes_are_made_of(doors, customer, runtime):
    import hashlib

    line = doors.get("/v1/events").content.splitlines()[0]
    canonical = line.removeprefix(b'{"position":1,"entry":').removesuffix(b"}")

    [entry] = runtime.ledger.history(uuid.UUID(customer))
    assert hashlib.sha256(b"\x00" + canonical).digest() == entry.leaf


def test_events_are_read_on_from_a_position(doors):
    for _ in range(5):
        doors.post("/v1/entries", command())
    seen, path = [], "/v1/events?after=0&limit=2"
    while path:
        answer = doors.get(path)
        seen += [json.loads(line)["position"] for line in answer.text.splitlines()]
        path = answer.links["next"]["url"] if "link" in answer.headers else ""

    assert seen == [1, 2, 3, 4, 5]


# Errors.


def every_error(kind: type[errors.LedgerError] = errors.LedgerError) -> Iterator[type[errors.LedgerError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from every_error(narrower)


def made_without_arguments(kind: type[errors.LedgerError]) -> errors.LedgerError:
    made: errors.LedgerError = kind.__new__(kind)
    errors.LedgerError.__init__(made)
    return made


@pytest.mark.parametrize("kind", sorted(set(every_error()), key=str), ids=str)
def test_every_error_has_a_status_and_a_type_of_its_own(kind):
    problem: dict[str, Any] = problems.as_problem(made_without_arguments(kind))
    status = problem["status"]

    assert problem["type"].startswith("/problems/")
    assert problem["title"].endswith(".")
    if issubclass(kind, errors.Fault):
        assert status == 503
    elif issubclass(kind, errors.Refused):
        assert 400 <= status < 500
    else:
        assert status == 500


def test_each_error_has_the_status_the_contract_gives_it():
    expected = {
        errors.Malformed: 422,
        errors.NotSignedIn: 401,
        errors.NotAllowed: 403,
        errors.UnknownCustomer: 404,
        errors.Destroyed: 410,
        errors.CommandReused: 409,
        errors.ConcurrentChange: 409,
        errors.Held: 409,
        errors.NotConsent: 422,
        errors.DatabaseUnreachable: 503,
        errors.KeyFileMissing: 503,
        problems.NotJson: 400,
    }

    assert {kind: problems.status_of(kind) for kind in expected} == expected


def test_an_address_there_is_not_is_a_problem_that_does_not_repeat_it(quiet):
    answer = quiet.client.get(f"/v1/customer/{SECRET}")

    assert is_problem(answer, 404)["type"] == "about:blank"
    assert SECRET not in answer.text


def test_a_method_an_address_does_not_take_is_a_problem_that_names_those_it_takes(quiet):
    answer = quiet.client.delete("/v1/entries")

    is_problem(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_a_refusal_names_its_instance_without_the_query(quiet):
    said = is_problem(quiet.get(f"/v1/customers/{UNKNOWN}", params={"as_of": "2026-01-05"}), 404)

    assert said["instance"] == f"/v1/customers/{UNKNOWN}"


def test_when_the_database_is_gone_the_answer_is_a_503_and_says_to_try_again(doors, server, database):
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            answer = doors.get("/v1/shares")
            is_problem(answer, 503)
            assert answer.headers["retry-after"]
            ready = doors.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["checks"]["database"] != "ok"
            assert doors.get("/metrics").status_code == 200
            assert doors.get("/healthz").status_code == 200
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


# What an operator sees.


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
    assert "ledger_head_position 2.0" in page
    assert customer not in page
    assert SECRET not in page


def test_a_ledger_in_order_is_ready_and_says_how_far_each_view_is(doors, runtime, customer):
    runtime.project()
    answer = doors.get("/readyz")

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["ready"] is True
    assert said["head"] == 1
    views = ("customers", "organisations", "shares", "findings", "retention", "requests", "obligations")
    assert {view["view"]: view["position"] for view in said["views"]} == dict.fromkeys(views, 1)
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


# OpenAPI.


def test_the_description_is_openapi_3_1_and_says_how_to_sign_in(quiet):
    said = quiet.client.get("/openapi.json").json()

    assert said["openapi"].startswith("3.1")
    assert said["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    signed = {path for path, verbs in said["paths"].items() for verb in verbs.values() if verb.get("security")}
    assert signed == set(said["paths"]) - PUBLIC


def test_every_command_is_described_and_what_the_description_names_is_there(quiet):
    described = quiet.client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]

    assert {schema["properties"]["type"]["const"] for schema in schemas.values() if "const" in str(schema)} == set(
        COMMANDS
    )
    for path in ("/v1/entries", "/v1/proposals"):
        body = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert {one["$ref"] for one in body["oneOf"]} == {*body["discriminator"]["mapping"].values()}
    references = set(re.findall(r"#/components/schemas/([A-Za-z]+)", json.dumps(described)))
    assert references <= set(schemas)


def test_every_example_in_the_description_works(client, doors):
    paths = client.get("/openapi.json").json()["paths"]
    tried = 0
    for path, verbs in paths.items():
        body = verbs.get("post", {}).get("requestBody")
        for example in body["content"]["application/json"]["examples"].values() if body else ():
            answer = doors.post(path, example["value"])
            refused = path == "/v1/proposals" and answer.status_code == 422 and answer.json()["rule_id"]
            assert answer.status_code in {200, 201} or refused, (path, answer.text)
            tried += 1

    assert tried == len(examples.COMMANDS) + len(examples.SEARCHES) + len(examples.PROPOSALS)
    found = doors.post("/v1/customers/search", examples.SEARCHES["email"]["value"]).json()["customers"]
    assert [one["customer_id"] for one in found] == [examples.CUSTOMER]
