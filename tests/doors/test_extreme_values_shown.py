"""What the bounds accept is recorded, verified, kept in every view, fed, and shown on every page and report."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson
import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api import pages
from api.app import ROUTERS, create_app
from api.casework.runtime import Runtime
from api.issuer import Issuer
from ledger import verify
from ledger.commands.declaration import Declaration, OrganisationCommand
from ledger.commands.reader import Part, read_command
from ledger.decisions import refuse_unless_permitted
from ledger.errors import Malformed, Refused
from ledger.events import Event
from projections import runner
from tests.commands import give
from tests.conftest import RECORDS_MANAGER
from tests.ledger.extremes import A_MILLION, EVERY, NIL, tried
from tests.ledger.test_commands import complete
from tests.runtimes import Runtimes
from tests.sharing import fill_registers

PERSON, REQUEST = uuid.UUID(int=7), uuid.UUID("6f9619ff-8b86-4011-b42d-00cf4fc964ff")
NOT_ALONE = frozenset({"customers-merged", "customers-unmerged", "records-destroyed", "finding-raised"})
"""Events of two records, of a destruction with its list, and of a finding, which the ledger fills in."""
MANY, MOST = 1_000, 30


def accepted(kind: Declaration, runtime: Runtime) -> Iterator[dict[str, Any]]:
    """Bodies of a command with every extreme value that its fields take, many fields in each."""
    by_field: dict[str, list[Any]] = {}
    for name, value in tried(kind):
        if value is None or (A_MILLION in str(value) and kind.name != "keep-record"):
            continue
        try:
            command = read_command({**complete(kind.name), name: value})
            refuse_unless_permitted(command, RECORDS_MANAGER, runtime.ledger.now())
            if isinstance(kind, OrganisationCommand) and kind.check is not None:
                kind.check(command.parts[0].fields)
            codes = kind.fields()[name].codes
            if codes is not None and codes.closed:  # refused by the checks of the record's state
                continue
        except Malformed:
            continue
        by_field.setdefault(name, []).append(value)
    for place in range(max(map(len, by_field.values()), default=0)):
        extreme = {name: values[place] for name, values in by_field.items() if place < len(values)}
        yield {**complete(kind.name), **extreme}


def made(kind: Declaration, body: dict[str, Any]) -> tuple[Part, Event]:
    """What a command is about, and the event that it makes whatever is on record."""
    command = read_command(body)
    [part] = command.parts
    return part, kind.makes(**kind.completed(part.fields, command.occurred_at))


def ask(runtime: Runtime, step: str) -> str:
    """A request of its own for a step."""
    request = str(uuid.uuid5(REQUEST, step))
    give(runtime.ledger, "receive-request", by=RECORDS_MANAGER, at="2026-10-05T09:00:00Z", request_id=request,
         kind="rectification" if step == "check-accuracy" else "access", customer_id=str(PERSON))  # fmt: skip
    return request


@pytest.fixture(scope="module")
def served(runtimes: Runtimes) -> Iterator[Runtime]:
    with runtimes() as runtime:
        fill_registers(runtime.ledger)
        give(runtime.ledger, "register-customer", PERSON, by=RECORDS_MANAGER, at="2026-01-05T09:00:00Z",
             organisation="0000000101", values={"family_name": "Placeholder"})  # fmt: skip
        by_stream: dict[uuid.UUID, list[Event]] = {}
        for kind in EVERY:
            if kind.makes.NAME in NOT_ALONE or kind.begins or kind.subject == "claim":
                continue
            request = ask(runtime, kind.name) if kind.subject == "request" else None
            for body in accepted(kind, runtime):
                if request is not None:
                    with suppress(Refused):  # a step depends on the steps before it
                        runtime.ledger.record({**body, "id": str(uuid.uuid4()), "request_id": request}, RECORDS_MANAGER)
                    continue
                part, event = made(kind, body)
                by_stream.setdefault(PERSON if kind.subject == "customer" else part.stream, []).append(event)
        history = runtime.ledger.recorder.history
        plans = [(stream, history(stream), tuple(events)) for stream, events in by_stream.items()]
        runtime.ledger.append(plans, RECORDS_MANAGER)
        assert sum(map(len, by_stream.values())) > MANY
        yield runtime


def test_what_was_accepted_is_verified(served: Runtime):
    verdict = verify.verify(served.conninfo, vault=served.ledger.vault)
    assert verdict.ok, verdict


def test_every_view_takes_it_and_is_the_same_rebuilt(served: Runtime):
    position = served.project()
    with served.projector() as connection:
        assert {state.position for state in runner.states(connection)} == {position}
    assert {*runner.rebuild_all(served.conninfo).values()} == {position}


def test_no_parameter_of_a_page_or_list_is_too_much(served: Runtime):
    served.project()
    client, token = signed_in(served)
    tried, nobody = 0, str(uuid.UUID(int=9))
    every = (route for router in (*ROUTERS, *pages.ROUTERS) for route in router.routes)
    for route in (route for route in every if isinstance(route, APIRoute) and "GET" in (route.methods or ())):
        path = route.path.replace("{customer_id}", nobody).replace("{request_id}", nobody)
        for parameter in route.dependant.query_params:
            for value in ("a\0b", "x" * 6_000, "9999-12-31", "0001-01-01", str(2**63), NIL, "\U0001f600"):
                headers = {"Authorization": f"Bearer {token}"} if path.startswith("/v1/") else {}
                answer = client.get(path, params={parameter.alias: value}, headers=headers)
                assert answer.status_code < 500, (path, parameter.alias, value[:20], answer.text[:200])
                tried += 1
    assert tried > MANY // 10


def signed_in(served: Runtime) -> tuple[TestClient, str]:
    """A browser that is signed in as a records manager, and a token for the same."""
    client = TestClient(create_app(served), follow_redirects=False)
    client.post("/sign-in", data={"role": "records-manager", "other_organisation": "controller"})
    issuer = Issuer.open(served.settings)
    return client, issuer.issue(
        role="records-manager", organisation="controller", subject="records manager one", minutes=5
    )


def test_every_page_report_and_list_is_answered(served: Runtime):
    served.project()
    client, token = signed_in(served)
    request = str(uuid.uuid5(REQUEST, "extend-time"))
    answered: dict[str, int] = {}
    every = (route for router in (*ROUTERS, *pages.ROUTERS) for route in router.routes)
    for route in (route for route in every if isinstance(route, APIRoute) and "GET" in (route.methods or ())):
        path = route.path.replace("{customer_id}", str(PERSON)).replace("{request_id}", request)
        if "{" in path:
            continue
        headers = {"Authorization": f"Bearer {token}"} if path.startswith("/v1/") else {}
        answer = client.get(path, headers=headers)
        assert answer.status_code < 500, (path, answer.status_code, answer.text[:300])
        answered[path] = answer.status_code
        if path == "/v1/events":
            assert all("entry" in orjson.loads(line) for line in answer.content.splitlines())
    shown = [path for path, status in answered.items() if status == HTTPStatus.OK]
    assert f"/customers/{PERSON}/report" in shown
    assert f"/v1/customers/{PERSON}/subject-access-report" in shown
    assert len(shown) > MOST
