"""The doors as the matrix asks them: a person in each relation, with something on every list, and who asks."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime
from api.issuer import Issuer
from ledger.caller import Caller
from ledger.commands.invented import PRIME, RESEARCHERS, SUB_CONTRACTOR
from ledger.events import NHS
from ledger.store.quarantine import ENTRIES
from tests.authority.answers import PEOPLE
from tests.authority.people import ANOTHER, CALLER, OF_NHS_ENGLAND, OPERATOR, fill_registers, give

SERVED_BY = dict(zip(PEOPLE, (PRIME, SUB_CONTRACTOR, ANOTHER, OF_NHS_ENGLAND, None), strict=True))
_BORN = "1990-02-01"


@dataclass
class Population:
    """A person in each relation to the prime contractor, with their request; of the last nothing is on record."""

    runtime: Runtime
    people: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    leavers: dict[str, str] = field(default_factory=dict)
    """Somebody else in the same relation, whose records are due."""

    def __post_init__(self) -> None:
        fill_registers(self.runtime.ledger, periods=False)
        for relation, organisation in SERVED_BY.items():
            self.people[relation], self.requests[relation] = str(uuid.uuid4()), str(uuid.uuid4())
            self.leavers[relation] = str(uuid.uuid4())
            if organisation is not None:
                self._record(relation, organisation)
                self._send_unreadable(organisation)

    def name(self, relation: str) -> str:
        """The family name of the person in a relation, which nobody else has."""
        return ("Ash", "Birch", "Cedar", "Dogwood", "Elm")[[*SERVED_BY].index(relation)]

    def search(self, relation: str) -> dict[str, str]:
        """What a search for the person asks."""
        return {"family_name": self.name(relation), "date_of_birth": _BORN}

    def share(self, relation: str) -> dict[str, Any]:
        """A share of the person's data to propose."""
        return {"id": str(uuid.uuid4()), "type": "share-data", "occurred_at": "2026-11-21T09:00:00Z",
                "customer_id": self.people[relation], "sent_by": PRIME, "sent_to": RESEARCHERS}  # fmt: skip

    def signs_of(self, relation: str) -> tuple[str, ...]:
        """What in an answer shows that it is about people in a relation: their ids, or whose line waits."""
        return self.people[relation], self.leavers[relation], f'"owner":"{SERVED_BY[relation]}"'

    def _record(self, relation: str, organisation: str) -> None:
        person, ledger = self.people[relation], self.runtime.ledger
        of_nhs = {"programme": NHS} if organisation == OF_NHS_ENGLAND else {}
        story: list[tuple[str, str, dict[str, Any]]] = [
            ("register-customer", "2018-06-04T09:00:00Z", {"organisation": organisation, **of_nhs, "values": {
                "given_name": "Robin", "family_name": self.name(relation), "date_of_birth": _BORN}}),
            ("give-consent", "2018-06-04T09:05:00Z", {"scope": "market_research", "mechanism": "said yes"}),
            ("share-data", "2018-06-05T09:00:00Z", {
                "sent_by": organisation, "sent_to": RESEARCHERS, "channel": "email", "items": ["D01"],
                "became_aware_at": "2018-06-05T10:00:00Z"}),
            ("receive-data", "2018-06-06T09:00:00Z", {
                "received_by": organisation, "received_from": RESEARCHERS, "channel": "email", "items": ["D01"],
                "sent_at": "2018-06-06T08:00:00Z"}),
            ("hold-interaction", "2018-06-06T10:00:00Z", {"organisation": organisation, "channel": "telephone"}),
            ("miss-appointment", "2018-06-07T09:00:00Z", {"organisation": organisation}),
            ("end-service", "2018-07-02T09:00:00Z", {"organisation": organisation}),
            ("place-hold", "2018-07-03T09:00:00Z", {
                "hold_id": "hold-1", "code": "HOLD_LEGAL", "classes": ["payment_evidence"], "review_on": "2019-01-01"}),
            ("assign-customer", "2018-07-04T09:00:00Z", {"organisation": organisation, "reason": "still theirs"}),
        ]  # fmt: skip
        for type_, at, fields in story:
            give(ledger, OPERATOR, type_, at, customer_id=person, **fields)
        give(
            ledger,
            OPERATOR,
            "set-retention-period",
            "2018-05-26T09:00:00Z",
            organisation=organisation,
            kind="after_service",
            months=12,
            valid_from="2018-05-26",
            justification="complaints come within a year",
        )
        give(ledger, OPERATOR, "receive-request", "2018-08-01T09:00:00Z", request_id=self.requests[relation],
             customer_id=person, kind="portability", organisation=organisation)  # fmt: skip

        left: list[tuple[str, str, dict[str, Any]]] = [
            ("register-customer", "2022-11-04T09:00:00Z", {
                "organisation": organisation, **of_nhs, "values": {"given_name": "Alex", "family_name": "Sample"}}),
            ("hold-interaction", "2022-11-05T09:00:00Z", {"organisation": organisation, "channel": "telephone"}),
            ("end-service", "2023-01-03T09:00:00Z", {"organisation": organisation}),
        ]  # fmt: skip
        for type_, at, fields in left:
            give(ledger, OPERATOR, type_, at, customer_id=self.leavers[relation], **fields)

    def _send_unreadable(self, organisation: str) -> None:
        from api.entries import record_line

        by = Caller(role="contractor", organisation=organisation, subject="adviser one")
        record_line(self.runtime.ledger, b'{"type": "no such command"}', by, source=ENTRIES)


class Asked:
    """HTTP and the pages as anybody: `ask` gives the answer to one caller about the person in one relation."""

    def __init__(self, population: Population) -> None:
        self.population = population
        runtime = population.runtime
        self.client = TestClient(create_app(runtime), follow_redirects=False)
        issuer = Issuer.open(runtime.settings)
        self.tokens = {
            caller: issuer.issue(role=by.role, organisation=by.organisation, subject=by.subject, minutes=60)
            for caller, by in CALLER.items()
            if not by.operator
        }
        self.sessions = {caller: self._signed_in(CALLER[caller]) for caller in self.tokens}
        """The secret of each caller's session at the pages."""

    def _signed_in(self, by: Caller) -> str:
        self.client.cookies.clear()
        self.client.post("/sign-in", data={"role": by.role, "other_organisation": by.organisation})
        secret: str = self.client.cookies["ledger_session"]
        return secret

    def ask(self, route: str, body: str | None, caller: str | None, relation: str) -> Any:
        """The answer to a route or page; without a caller, to somebody who is not signed in."""
        method, path = route.split(" ")
        path = path.replace("{customer_id}", self.population.people[relation])
        path = path.replace("{request_id}", self.population.requests[relation]).replace("{rule_id}", "CH-EMAIL-04")
        page = not path.startswith("/v1/")
        self.client.cookies.clear()
        headers = dict[str, str]()
        if caller is not None and page:
            session = self._signed_in(CALLER[caller]) if path == "/sign-out" else self.sessions[caller]
            self.client.cookies.clear()
            self.client.cookies.set("ledger_session", session)
        elif caller is not None:
            headers["Authorization"] = f"Bearer {self.tokens[caller]}"
        if method == "GET":
            return self.client.get("/static/ledger.css" if path == "/static" else path, headers=headers)
        if page:
            return self.client.post(path, data=self._form(caller, body, relation), headers=headers)
        return self.client.post(path, json=self._body(body, relation), headers=headers)

    def _form(self, caller: str | None, body: str | None, relation: str) -> dict[str, str]:
        from hashlib import sha256

        session = self.sessions[caller] if caller else ""
        form = {"form_token": sha256(b"form of " + session.encode()).hexdigest()}
        if body == "search":
            form |= self.population.search(relation)
        if body == "run":
            form |= {"on": "2018-01-01", "digest": "00" * 32}
        return form

    def _body(self, body: str | None, relation: str) -> dict[str, Any]:
        if body == "search":
            return self.population.search(relation)
        share = self.population.share(relation)
        return share if body == "proposal" else {**share, "type": "no such command"}


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """How often each statement was sent to the database while the block lasts."""
    sent: Counter[str] = Counter()
    execute = psycopg.Cursor.execute

    def executed(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        sent[" ".join((query.decode() if isinstance(query, bytes) else str(query)).split())[:160]] += 1
        return execute(self, query, *values, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", executed)
        yield sent
