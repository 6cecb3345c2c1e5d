"""The HTTP door as its tests use it: commands to send, and what a refusal looks like."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api.app import ROUTERS
from api.casework.first_controller import register_first_controller
from api.casework.runtime import Runtime
from api.issuer import Issuer
from ledger.events import AccessRefused
from tests.sharing import register

SECRET = "Unmistakable-Canary-Name"


UNKNOWN = "00000000-0000-4000-8000-00000000dead"


NDJSON = "application/x-ndjson"


PRIMES = ("0000000101", "0000000102", "0000000999")


class Doors:
    """The client, signed in as whoever is asked for, over a ledger that knows the controller and three primes."""

    def __init__(self, runtime: Runtime, client: TestClient) -> None:
        self.runtime, self.client = runtime, client
        register_first_controller(runtime.ledger, runtime.settings)
        for prime in PRIMES:
            register(runtime.ledger, prime)
        self.begun = self.head()

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

    def recorded(self) -> list[str]:
        """What was recorded since the beginning but refused attempts, which are recorded once a minute."""
        entries = self.runtime.ledger.recorder.select_notifications(start=self.begun + 1, limit=1000)
        return [entry.topic for entry in entries if not entry.topic.startswith(AccessRefused.NAME)]

    def head(self) -> int:
        return self.runtime.ledger.recorder.max_notification_id() or 0


def command(type_: str = "register-customer", **said: Any) -> dict[str, Any]:
    body = {"id": str(uuid.uuid4()), "type": type_, "occurred_at": "2026-01-05T09:00:00Z", **said}
    if type_ == "register-customer":
        body.setdefault("customer_id", str(uuid.uuid4()))
        body.setdefault("organisation", "0000000101")
        body.setdefault("values", {"family_name": SECRET, "date_of_birth": "1990-02-01"})
    return body


def is_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["type"]
    assert said["title"]
    assert said["detail"].endswith(".")
    return said


def routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def method_of(route: APIRoute) -> str:
    [method] = route.methods or set[str]()
    return method


PARTS = ["", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy"]


def share(customer: str, sent_by: str) -> dict[str, Any]:
    return command("share-data", customer_id=customer, channel="email", sent_by=sent_by, sent_to="JCP")
