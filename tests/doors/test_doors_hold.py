"""The doors hold: bounds on what comes in, security headers on whatever goes out, nobody sent to a host they named."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from api import connections, pages
from api.app import ROUTERS, create_app
from api.casework.runtime import Runtime
from api.connections import BoundedConnection
from api.entries import LONGEST_BODY_BYTES, MOST_LINES_IN_A_BODY
from api.errors import TooMuchJunk
from api.headers import ALWAYS
from api.incoming import MARK
from api.junk import A_SECOND, MOST_AT_ONCE, JunkRate
from api.pages.forms import LONGEST_FORM_BYTES
from ledger.caller import Caller
from ledger.store import quarantine
from tests.doors.http_door.doors import NDJSON, Doors, command, is_problem

ADVISER = Caller(role="contractor", organisation="0000000101", subject="adviser one")
JSON = "application/json"


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    return create_app(runtime)


@pytest.fixture
def doors(runtime: Runtime, app: FastAPI) -> Doors:
    return Doors(runtime, TestClient(app, raise_server_exceptions=False, follow_redirects=False))


def send(doors: Doors, content: bytes, kind: str = NDJSON, **headers: str) -> Any:
    named = {**doors.headers("case-worker"), "Content-Type": kind, **headers}
    return doors.client.post("/v1/entries", content=content, headers=named)


# The same at every door.


COMMANDS = [command(), command()]
SPELLINGS: dict[str, tuple[str, bytes]] = {
    "NDJSON": (NDJSON, b"\n".join(json.dumps(body).encode() for body in COMMANDS)),
    "NDJSON of Windows with a mark": (NDJSON, MARK + b"\r\n".join(json.dumps(body).encode() for body in COMMANDS)),
    "NDJSON called JSON": (JSON, b"\n".join(json.dumps(body).encode() for body in COMMANDS)),
    "an array": (JSON, json.dumps(COMMANDS).encode()),
    "an array over many lines, called NDJSON": (NDJSON, json.dumps(COMMANDS, indent=2).encode()),
    "documents over many lines": (NDJSON, "\n".join(json.dumps(body, indent=2) for body in COMMANDS).encode()),
}


def test_commands_are_read_however_they_are_written_and_packed(doors):
    for number, (name, (kind, content)) in enumerate(SPELLINGS.items()):
        for packed, headers in ((content, {}), (gzip.compress(content), {"Content-Encoding": "gzip"})):
            answer = send(doors, packed, kind, **headers).json()

            assert answer["read"] == 2, name
            assert answer["recorded" if number == 0 and packed is content else "repeated"] == 2, name


def test_one_command_may_have_a_mark_and_be_packed_without_a_word(doors):
    content = MARK + json.dumps(command()).encode()

    assert send(doors, content, JSON).status_code == 201
    assert send(doors, gzip.compress(content), JSON).status_code == 200


@pytest.mark.parametrize("broken", [b"[" + json.dumps(command()).encode() + b",", b"[1, 2]", b"[]", b"[{]"])
def test_an_array_that_is_broken_is_refused_whole_and_kept(doors, broken):
    assert is_problem(send(doors, broken, JSON), 400)["quarantined"]
    assert doors.recorded() == []


# Bounds.


def test_gzip_is_unpacked_up_to_the_longest_body_and_not_further(doors):
    is_problem(send(doors, gzip.compress(b" " * (LONGEST_BODY_BYTES + 1))), 413)
    is_problem(send(doors, gzip.compress(b"{}")[:-4]), 422)
    assert is_problem(send(doors, b"{}", JSON, **{"Content-Encoding": "br"}), 415)["detail"].endswith("gzip.")


def test_a_request_of_too_many_lines_is_refused_before_any_is_recorded(doors):
    content = json.dumps(command()).encode() + b"\n{}" * MOST_LINES_IN_A_BODY

    problem = is_problem(send(doors, content), 413)

    assert problem["detail"] == "One request holds at most 10,000 commands; send them in smaller pieces."
    assert doors.recorded() == []


def pieces_read(app: FastAPI, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """How many megabytes of a body without end are read before the answer begins, and its beginning."""
    read, begun = 0, {}

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"a" * 2**20, "more_body": read < 150}

    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            begun.update(message)

    named = [(name.lower().encode(), value.encode()) for name, value in {"Host": "testserver", **headers}.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": named,
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    asyncio.run(app(scope, receive, sent))
    return read, begun


@pytest.mark.parametrize("path", ["/sign-in", "/search", "/sign-out", "/v1/entries", "/v1/proposals", "/v1/serving"])
def test_a_body_of_150_mb_is_refused_before_it_is_read(doors, app, path):
    form = "application/json" if path.startswith("/v1/") else "application/x-www-form-urlencoded"
    headers = {**doors.headers("contractor", "0000000101"), "Content-Type": form}

    for announced, most in (({"Content-Length": "157286400"}, 0), ({}, LONGEST_BODY_BYTES // 2**20 + 1)):
        read, begun = pieces_read(app, path, {**headers, **announced})

        if begun["status"] == 303:  # whoever is not signed in is sent to do so, and nothing is read
            assert read == 0
            continue
        assert begun["status"] == 413
        assert (b"connection", b"close") in begun["headers"]
        assert read <= most


def test_a_form_is_bounded_in_fields_and_holds_no_files(doors):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert doors.client.post("/sign-in", content=b"a" * LONGEST_FORM_BYTES, headers=form).status_code == 422
    assert doors.client.post("/sign-in", content=b"&".join([b"a=1"] * 501), headers=form).status_code == 422
    assert doors.client.post("/sign-in", files={"a": b"x"}).status_code == 415


def test_4000_junk_lines_cost_little_and_are_all_kept(doors):
    began = time.monotonic()
    answer = send(doors, b"\n".join(b"junk%d" % number for number in range(4_000))).json()

    assert (answer["read"], answer["refused"], answer["quarantined"]) == (4_000, 4_000, 4_000)
    assert time.monotonic() - began < 5  # it took 11 seconds with a transaction for each


def test_whoever_sends_junk_without_end_waits_and_others_do_not():
    now = [0.0]
    rate = JunkRate(now=lambda: now[0])
    other = Caller(role="contractor", organisation="0000000102", subject="adviser two")

    rate.count(ADVISER, MOST_AT_ONCE - 1)
    rate.refuse_after_too_much(ADVISER)
    rate.count(ADVISER, 101)
    with pytest.raises(TooMuchJunk) as refused:
        rate.refuse_after_too_much(ADVISER)
    rate.refuse_after_too_much(other)
    now[0] += refused.value.retry_after
    rate.refuse_after_too_much(ADVISER)
    assert refused.value.retry_after == pytest.approx(101 / A_SECOND, abs=1)


def test_too_much_junk_is_a_429_that_says_when(doors, app):
    app.state.junk = JunkRate(now=lambda: 0.0)
    for _ in range(3):
        answer = send(doors, b"x\n" * (MOST_AT_ONCE // 2))

    assert answer.status_code == 429
    problem = is_problem(answer, 429)
    assert int(answer.headers["retry-after"]) >= 1
    assert "mend it, then try again" in problem["detail"]


def test_one_owner_cannot_fill_the_quarantine_and_is_told_what_is_not_kept(doors, monkeypatch):
    monkeypatch.setattr(quarantine, "MOST_LINES_OF_AN_OWNER", 3)
    first = send(doors, b"a\nb").json()
    second = send(doors, b"a\nc\nd\ne").json()

    assert (first["quarantined"], first.get("not_kept")) == (2, None)
    assert (second["refused"], second["quarantined"], second["not_kept"]) == (4, 2, 2)
    assert second["results"][3]["problem"]["not_kept"].startswith("Your organisation's quarantine is full")
    metrics = doors.client.get("/metrics").text
    assert "ledger_quarantine_not_kept_total 2.0" in metrics
    other = {**doors.headers("contractor", "0000000101"), "Content-Type": NDJSON}
    assert doors.client.post("/v1/entries", content=b"z", headers=other).json()["quarantined"] == 1


def test_a_line_put_right_further_down_leaves_the_quarantine(doors):
    good = command()
    broken = {**good, "values": 7}

    answer = send(doors, json.dumps(broken).encode() + b"\n" + json.dumps(good).encode()).json()

    assert (answer["refused"], answer["recorded"]) == (1, 1)
    assert doors.get("/v1/quarantine").json()["rows"] == []


def test_when_the_caller_has_left_the_rest_is_not_recorded(doors, monkeypatch):
    asked = iter([True, False])
    monkeypatch.setattr("api.routes.entries.asked_still", lambda _: next(asked))

    answer = send(doors, b"\n".join(b"junk%d" % number for number in range(500))).json()

    assert answer["read"] == 200


# What goes out.


def addresses(app: FastAPI) -> list[tuple[str, str]]:
    """Every method of every route, with ids in place of parameters, and what there is no route for."""
    found = [("GET", "/no/such/page"), ("GET", "/v1/none"), ("GET", "/healthz/"), ("POST", "/v1/entries/")]
    pages_and_routes = [route for router in (*ROUTERS, *pages.ROUTERS) for route in router.routes]
    for route in (*app.routes, *pages_and_routes):
        if isinstance(route, Mount):
            found += [("GET", route.path), ("GET", f"{route.path}/none.css")]
        if isinstance(route, Route):
            path = route.path
            while "{" in path:
                begin, end = path.index("{"), path.index("}") + 1
                path = path[:begin] + "00000000-0000-4000-8000-00000000dead" + path[end:]
            found += [(method, path) for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")]
    return found


def test_every_answer_of_every_route_has_its_security_headers_and_sends_nobody_to_a_host_they_named(doors, app):
    seen = set()
    for method, path in addresses(app):
        for headers in ({}, doors.headers("case-worker"), {"Host": "evil.example"}, {"Accept": "text/html"}):
            answer = doors.client.request(method, path, headers={"X-Forwarded-Host": "evil.example", **headers})
            seen.add(answer.status_code)
            missing = [name for name in (*ALWAYS, "Cache-Control") if name not in answer.headers]
            assert not missing, (method, path, answer.status_code)
            assert answer.headers["location"][:1] == "/" if "location" in answer.headers else True, (method, path)
            assert "evil.example" not in answer.text
    assert {200, 303, 400, 401, 404, 405, 422} <= seen


def test_an_error_nobody_expected_has_them_too(doors, app, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("api.routes.quarantine.quarantine.listed", broken)
    answer = doors.get("/v1/quarantine")

    assert answer.status_code == 500
    assert not [name for name in (*ALWAYS, "Cache-Control") if name not in answer.headers]
    assert "secret" not in answer.text


# Slow connections.


@contextmanager
def serving(answer: Callable[..., Any]) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        answer,
        http=BoundedConnection,
        log_config=None,
        lifespan="off",
        timeout_keep_alive=1,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


async def long_answer(_: object, __: object, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(64):
        await send({"type": "http.response.body", "body": b"x" * 2**20, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def closed_within(connection: socket.socket, seconds: float, trickle: bytes = b"") -> bool:
    """Whether the other side closes the connection, while a byte is sent now and then."""
    connection.settimeout(0.2)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if trickle:
                connection.send(trickle)
            if connection.recv(1) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def received_from(connection: socket.socket) -> int:
    """How many bytes there still are to be read until the other side closed."""
    got = 0
    with suppress(ConnectionResetError):
        while piece := connection.recv(2**20):
            got += len(piece)
    return got


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_connection_whose_request_trickles_is_closed(monkeypatch, begun):
    monkeypatch.setattr(connections, "SECONDS_FOR_A_HEAD", 0.5)
    with serving(long_answer) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        if begun:
            connection.sendall(begun)
        assert closed_within(connection, 5, trickle=b"a" if begun else b"")


def test_a_connection_whose_answer_nobody_reads_is_closed_and_a_reader_gets_all(monkeypatch):
    monkeypatch.setattr(connections, "SECONDS_TO_READ", 0.5)
    with serving(long_answer) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(2)
            assert received_from(connection) < 64 * 2**20
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert received_from(connection) > 64 * 2**20
