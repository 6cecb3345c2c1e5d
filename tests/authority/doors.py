"""The doors as the matrix asks them: a person in each relation, with something on every list, and who asks."""

from __future__ import annotations

import re
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
from api.casework import serving
from api.casework.attempts import notice
from api.casework.runtime import Runtime
from api.issuer import Issuer
from ledger.authority.serving import serving_of
from ledger.caller import Caller
from ledger.claims import claim_id_of
from ledger.commands.invented import PRIME, RESEARCHERS, SUB_CONTRACTOR
from ledger.commands.reader import read_command
from ledger.errors import UnknownCustomer
from ledger.events import NHS
from ledger.store.quarantine import ENTRIES
from tests.authority.answers import PEOPLE
from tests.authority.people import (
    ANOTHER,
    CALLER,
    OF_NHS_ENGLAND,
    OPERATOR,
    ORGANISATIONS,
    THIRD,
    fill_registers,
    give,
)

SERVED_BY = dict(zip(PEOPLE, (PRIME, SUB_CONTRACTOR, ANOTHER, OF_NHS_ENGLAND, None), strict=True))
NEWCOMER_OF_NHS = "0000000902"
_BORN = "1990-02-01"


@dataclass
class Population:
    """A person in each relation to the prime contractor, with their request; of the last nothing is on record."""

    runtime: Runtime
    people: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    leavers: dict[str, str] = field(default_factory=dict)
    """Somebody else in the same relation, whose records are due."""
    movers: dict[str, str] = field(default_factory=dict)
    """Somebody else in the same relation, whom a newcomer began to serve too."""
    claims: dict[str, str] = field(default_factory=dict)
    """A report of what whoever serves the person did, by a contractor that does not."""

    def __post_init__(self) -> None:
        fill_registers(self.runtime.ledger, periods=False)
        give(self.runtime.ledger, OPERATOR, "register-organisation", "2018-05-25T00:00:00Z",
             organisation=NEWCOMER_OF_NHS, name="Newcomer (invented)", **ORGANISATIONS[OF_NHS_ENGLAND])  # fmt: skip
        for relation, organisation in SERVED_BY.items():
            self.people[relation], self.requests[relation] = str(uuid.uuid4()), str(uuid.uuid4())
            self.leavers[relation], self.claims[relation] = str(uuid.uuid4()), str(uuid.uuid4())
            if organisation is not None:
                self._record(relation, organisation)
                self._send_unreadable(organisation)
                self._claim(relation, organisation)
                self._begin_elsewhere(relation, organisation)
                self._ask_for_grant(relation)
                refused = UnknownCustomer(about=uuid.UUID(self.people[relation]))
                notice(self.runtime.ledger, refused, CALLER["jobcentre-plus"], route="GET /v1/customers/{id}")
        self.runtime.ledger.attempts.record()

    def name(self, relation: str) -> str:
        """The family name of the person in a relation, which nobody else has."""
        return ("Ash", "Birch", "Cedar", "Dogwood", "Elm")[[*SERVED_BY].index(relation)]

    def search(self, relation: str) -> dict[str, str]:
        """What a search for the person asks."""
        return {"family_name": self.name(relation), "date_of_birth": _BORN}

    def shown(self, relation: str) -> dict[str, str]:
        """What the person shows to whoever begins to serve them."""
        return {"given_name": "Robin", **self.search(relation), "email": self._email(relation), "reason": "came in"}

    def _email(self, relation: str) -> str:
        return f"{self.name(relation).lower()}@placeholder.example"

    def names_somebody(self, relation: str, text: str) -> bool:
        """Whether a text holds what only somebody may read who sees more than facts."""
        return any(value in text for value in (self.name(relation), "Robin", _BORN, self._email(relation)))

    def end_serving(self, relation: str, organisation: str) -> None:
        """Undo that an organisation began to serve the person, if it did."""
        ledger, person = self.runtime.ledger, uuid.UUID(self.people[relation])
        if SERVED_BY[relation] != organisation and serving_of(ledger.recorder.history(person)).by(organisation):
            give(ledger, OPERATOR, "end-serving", customer_id=str(person), organisation=organisation, reason="tried")

    def share(self, relation: str) -> dict[str, Any]:
        """A share of the person's data to propose."""
        return {"id": str(uuid.uuid4()), "type": "share-data", "occurred_at": "2026-11-21T09:00:00Z",
                "customer_id": self.people[relation], "sent_by": PRIME, "sent_to": RESEARCHERS}  # fmt: skip

    def signs_of(self, relation: str) -> tuple[str, ...]:
        """What in an answer shows that it is about people in a relation: their ids, or whose line waits."""
        known = (self.people[relation], self.leavers[relation], self.movers.get(relation, "nobody moved"))
        return *known, f'"owner":"{SERVED_BY[relation]}"'

    def _record(self, relation: str, organisation: str) -> None:
        person, ledger = self.people[relation], self.runtime.ledger
        of_nhs = {"programme": NHS} if organisation == OF_NHS_ENGLAND else {}
        story: list[tuple[str, str, dict[str, Any]]] = [
            ("register-customer", "2018-06-04T09:00:00Z", {"organisation": organisation, **of_nhs, "values": {
                "given_name": "Robin", "family_name": self.name(relation), "date_of_birth": _BORN,
                "email": self._email(relation)}}),
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
             customer_id=person, kind="portability", organisation=organisation,
             asked=f"asked as {self.name(relation)}")  # fmt: skip

        left: list[tuple[str, str, dict[str, Any]]] = [
            ("register-customer", "2022-11-04T09:00:00Z", {
                "organisation": organisation, **of_nhs, "values": {"given_name": "Alex", "family_name": "Sample"}}),
            ("hold-interaction", "2022-11-05T09:00:00Z", {"organisation": organisation, "channel": "telephone"}),
            ("end-service", "2023-01-03T09:00:00Z", {"organisation": organisation}),
        ]  # fmt: skip
        for type_, at, fields in left:
            give(ledger, OPERATOR, type_, at, customer_id=self.leavers[relation], **fields)

    def _claim(self, relation: str, organisation: str) -> None:
        """A contractor reports what another one did, which waits for that one and the controller."""
        body = {"id": str(uuid.uuid4()), "type": "hold-interaction", "occurred_at": "2026-11-20T09:00:00Z",
                "customer_id": self.people[relation], "organisation": organisation, "channel": "telephone"}  # fmt: skip
        assert self.runtime.ledger.record(body, _adviser_of(THIRD)).waiting
        command = read_command(body)
        self.claims[relation] = claim_id_of(command, command.parts[0])

    def _begin_elsewhere(self, relation: str, organisation: str) -> None:
        """A newcomer begins to serve somebody who shows who they are; whoever served them before is told."""
        of_nhs = {"programme": NHS} if organisation == OF_NHS_ENGLAND else {}
        self.movers[relation] = str(uuid.uuid4())
        who = {"given_name": "Kim", "family_name": f"Moved {self.name(relation)}", "date_of_birth": _BORN,
               "email": "kim@placeholder.example"}  # fmt: skip
        give(self.runtime.ledger, OPERATOR, "register-customer", "2026-11-05T09:00:00Z", values=who,
             customer_id=self.movers[relation], organisation=organisation, **of_nhs)  # fmt: skip
        newcomer = NEWCOMER_OF_NHS if of_nhs else THIRD
        serving.begin(self.runtime, {**who, "reason": "came in"}, _adviser_of(newcomer), route="POST /v1/serving")

    def _ask_for_grant(self, relation: str) -> None:
        give(self.runtime.ledger, _adviser_of(THIRD), "request-grant", customer_id=self.people[relation],
             until="2026-11-30", reason="asked about them")  # fmt: skip

    def _send_unreadable(self, organisation: str) -> None:
        from api.entries import record_line

        record_line(self.runtime.ledger, b'{"type": "no such command"}', _adviser_of(organisation), source=ENTRIES)


def _adviser_of(organisation: str) -> Caller:
    return Caller(role="contractor", organisation=organisation, subject=f"adviser of {organisation}")


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
        self.refused = runtime.ledger.pseudonym(CALLER["jobcentre-plus"])
        """Whose attempts are listed: an office's, which was refused everybody."""

    def _signed_in(self, by: Caller) -> str:
        self.client.cookies.clear()
        self.client.post("/sign-in", data={"role": by.role, "other_organisation": by.organisation})
        secret: str = self.client.cookies["ledger_session"]
        return secret

    def ask(self, route: str, body: str | None, caller: str | None, relation: str) -> Any:
        """The answer to a route or page; without a caller, to somebody who is not signed in."""
        method, path = route.split(" ")
        path = self._address(path, caller if method == "GET" else None, relation)
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
            answer = self.client.post(path, data=self._form(caller, body, relation), headers=headers)
        else:
            answer = self.client.post(path, json=self._body(body, relation), headers=headers)
        if body == "shown" and caller is not None and relation != PEOPLE[0]:
            self.population.end_serving(relation, CALLER[caller].organisation)
        return answer

    def _address(self, path: str, caller: str | None, relation: str) -> str:
        people = self.population
        for name, value in (
            ("{customer_id}", people.people[relation]), ("{request_id}", people.requests[relation]),
            ("{claim_id}", people.claims[relation]), ("{rule_id}", "CH-EMAIL-04"),
        ):  # fmt: skip
            path = path.replace(name, value)
        if path == "/attempts":
            return f"{path}?who={self.refused}"
        named = SERVED_BY[relation]
        if path == "/v1/serving" and caller in {"case-worker", "records-manager", "auditor"} and named is not None:
            return f"{path}?organisation={named}"
        return path

    def _form(self, caller: str | None, body: str | None, relation: str) -> dict[str, str]:
        from hashlib import sha256

        session = self.sessions[caller] if caller else ""
        form = {"form_token": sha256(b"form of " + session.encode()).hexdigest()}
        if body == "search":
            form |= self.population.search(relation)
        if body == "run":
            form |= {"on": "2018-01-01", "digest": "00" * 32}
        if body == "shown":
            year, month, day = _BORN.split("-")
            form |= self.population.shown(relation)
            form |= {"date_of_birth-year": year, "date_of_birth-month": month, "date_of_birth-day": day}
        if body == "answer":  # without a reason, so that it changes nothing
            form |= {"answer": "dispute"}
        if body == "grant":
            person = self.population.people[relation] if SERVED_BY[relation] else str(uuid.uuid4())
            form |= {"customer_id": person, "reason": "asked about them",
                     "until-day": "30", "until-month": "11", "until-year": "2026"}  # fmt: skip
        return form

    def _body(self, body: str | None, relation: str) -> dict[str, Any]:
        if body == "search":
            return self.population.search(relation)
        if body == "shown":
            return self.population.shown(relation)
        share = self.population.share(relation)
        return share if body == "proposal" else {**share, "type": "no such command"}


_SIGNED = re.compile(r"(set_config\('ledger\.(?:caller|about)', E?')[^']*", re.DOTALL)
"""What differs from caller to caller and from time to time: who reads, and about whom."""


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """How often each statement was sent to the database while the block lasts."""
    sent: Counter[str] = Counter()
    execute = psycopg.Cursor.execute

    def executed(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        text = _SIGNED.sub(r"\1…", query.decode() if isinstance(query, bytes) else str(query))
        sent[" ".join(text.split())[:160]] += 1
        return execute(self, query, *values, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", executed)
        yield sent
