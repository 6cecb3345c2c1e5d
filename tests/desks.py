"""Real callers of several organisations over HTTP, and people whom some of them serve, for tests of claims."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime
from api.issuer import Issuer
from ledger.caller import Caller
from ledger.events import NHS
from tests.commands import give
from tests.sharing import fill_registers

OPERATOR = Caller(role="records-manager", organisation="controller-one", subject="records manager one", operator=True)
CONTROLLER, NORTH, SOUTH = (
    ("case-worker", "controller-one"),
    ("contractor", "prime-north"),
    ("contractor", "prime-south"),
)
NHS_ENGLAND, OFFICE = ("case-worker", "nhs-england"), ("jobcentre-plus", "jobcentre-plus")
AT = "2026-03-02T10:00:00Z"
Desk = tuple[str, str]
"""A role and an organisation."""


class Desks:
    """HTTP as anybody."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.client = runtime, TestClient(create_app(runtime))

    def get(self, path: str, desk: Desk) -> Any:
        return self.client.get(path, headers=self._headers(desk))

    def post(self, type_: str, desk: Desk, **fields: Any) -> Any:
        body = {"id": str(uuid.uuid4()), "type": type_, "occurred_at": AT, **fields}
        return self.client.post("/v1/entries", json=body, headers=self._headers(desk))

    def claims(self, desk: Desk, **filters: str) -> list[dict[str, Any]]:
        """The rows of the list as a desk sees it."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        answer = self.get(f"/v1/claims?{query}", desk)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["rows"]
        return rows

    def claimed(self, type_: str, desk: Desk, **fields: Any) -> str:
        """Report something that waits, and the id of the claim as its sender's list shows it."""
        answer = self.post(type_, desk, **fields)
        assert answer.status_code == 201, answer.text
        assert answer.json()["waiting"] is True
        return str(self.claims(desk)[-1]["claim_id"])

    def answered(self, claim_id: str, about: str, desk: Desk, *, reason: str | None = None) -> Any:
        """Confirm a claim; or dispute it, with a reason."""
        type_, more = ("dispute-claim", {"reason": reason}) if reason else ("confirm-claim", {})
        return self.post(type_, desk, claim_id=claim_id, about=about, occurred_at="2026-04-01T09:00:00Z", **more)

    def customer(self, customer_id: str) -> Any:
        return self.get(f"/v1/customers/{customer_id}", CONTROLLER).json()

    def findings_about(self, organisation: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get(f"/v1/findings?organisation={organisation}", CONTROLLER).json()["rows"]
        return rows

    def _headers(self, desk: Desk) -> dict[str, str]:
        role, organisation = desk
        token = Issuer.open(self.runtime.settings).issue(
            role=role, organisation=organisation, subject=f"{role} of {organisation}", minutes=5
        )
        return {"Authorization": f"Bearer {token}"}


def open_desks(runtime: Runtime) -> Desks:
    """The registers of tests with a second prime and a controller of the other programme."""
    fill_registers(runtime.ledger)
    for code, kind in (("prime-south", "prime"), ("nhs-england", "controller of NHS data")):
        give(runtime.ledger, "register-organisation", by=OPERATOR, at="2018-01-01T00:00:00Z", organisation=code,
             name=code, kind=kind)  # fmt: skip
    return Desks(runtime)


def served_by_north(runtime: Runtime, *, at: str = "2025-01-06T09:00:00Z") -> str:
    """Somebody whom prime-north serves and prime-south has never seen."""
    number = uuid.uuid4()
    give(
        runtime.ledger, "register-customer", number, by=OPERATOR, at=at, organisation="prime-north",
        values={"given_name": "Sam", "family_name": "Carter", "date_of_birth": "1990-02-01"},
    )  # fmt: skip
    give(runtime.ledger, "give-consent", number, by=OPERATOR, at=at, scope="market_research", mechanism="said yes",
         organisation="prime-north")  # fmt: skip
    return str(number)


def of_the_other_programme(runtime: Runtime) -> str:
    """A customer of NHS Health Careers."""
    number = uuid.uuid4()
    give(runtime.ledger, "register-customer", number, by=OPERATOR, at="2025-01-06T09:00:00Z", programme=NHS,
         organisation="nhs-england", values={"family_name": "Placeholder"})  # fmt: skip
    return str(number)
