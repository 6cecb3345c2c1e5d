"""The errors and the description of the outside contract."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from api import errors as problems
from api.app import PUBLIC
from api.routes import examples
from ledger import errors
from ledger.commands.catalogue import COMMANDS
from tests.conftest import RECORDS_MANAGER
from tests.doors.http_door.doors import SECRET, UNKNOWN, command, is_problem

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


GIVEN_BY = {"/v1/serving": ("contractor", "0000000109")}


def test_every_example_in_the_description_works(client, doors):
    for code, kind in (("controller", "controller"), ("0000000109", "prime")):
        registered = command("register-organisation", organisation=code, name=code, kind=kind)
        doors.runtime.ledger.record(registered, RECORDS_MANAGER)
    paths = client.get("/openapi.json").json()["paths"]
    tried = 0
    for path, verbs in paths.items():
        body = verbs.get("post", {}).get("requestBody")
        for example in body["content"]["application/json"]["examples"].values() if body else ():
            answer = doors.post(path, example["value"], *GIVEN_BY.get(path, ()))
            refused = path == "/v1/proposals" and answer.status_code == 422 and answer.json()["rule_id"]
            assert answer.status_code in {200, 201} or refused, (path, answer.text)
            tried += 1

    assert tried == len(examples.COMMANDS) + len(examples.SEARCHES) + len(examples.PROPOSALS) + len(examples.SHOWN)
    found = doors.post("/v1/customers/search", examples.SEARCHES["email"]["value"]).json()["customers"]
    assert [one["customer_id"] for one in found] == [examples.CUSTOMER]
