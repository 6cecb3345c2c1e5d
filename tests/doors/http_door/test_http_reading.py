"""Reading by HTTP: answers, media types, and that each reading is recorded."""

from __future__ import annotations

import json
import uuid

import pytest

from api.routes import responses
from tests.doors.http_door.doors import PARTS, SECRET, UNKNOWN, command, is_problem, method_of, routes


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
        "/v1/claims",
        "/v1/serving?organisation=0000000101",
        "/v1/attempts",
        "/v1/grants",
        "/v1/access-review",
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
        entries = runtime.ledger.history(uuid.UUID(customer))[before - doors.begun :]
        assert [entry.type for entry in entries] == ["personal-data-read"], path
        assert doors.head() == before + 1
    for path in list_routes():
        before = doors.head()
        assert doors.get(path).status_code in {200, 503}, path
        assert doors.head() == before, path


def test_the_list_of_reading_routes_here_is_complete(customer):
    tried = {path.split("?")[0].replace(customer, "{customer_id}") for path, _ in reading_routes(customer)}

    by_its_id = {"/v1/requests/{request_id}", "/v1/claims/{claim_id}"}  # have tests of their own: these are recorded
    served = {route.path for route in routes() if method_of(route) == "GET"}
    assert served == (tried | {path.split("?")[0] for path in list_routes()} | by_its_id) - {"/openapi.json"}


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
