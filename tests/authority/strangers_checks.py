"""What is held against the model after each step: records, registers, readings and lists."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from hypothesis.stateful import RuleBasedStateMachine

from ledger.commands.reader import organisation_stream
from tests.authority.strangers_bodies import PLAYED, Pools
from tests.authority.strangers_model import CONTROLLERS, Model, own, side
from tests.authority.strangers_oracle import Seen, changes, forbidden, seen
from tests.authority.strangers_world import SERVED_BY, Databases, Who, world

READERS = {programme: Who("case-worker", code) for code, programme in CONTROLLERS.items()}


@dataclass
class Counts:
    """What was played."""

    steps: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    """Recorded commands by type."""
    waiting: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    callers: set[Who] = field(default_factory=set)
    readings: Counter[int] = field(default_factory=Counter)
    """Attempts to read by status."""
    failure: str | None = None
    """What the model did not allow; the play ends with the first."""
    began: float = field(default_factory=time.monotonic)


class Checks(RuleBasedStateMachine):
    """A world, its model, and how they are compared."""

    databases: Databases
    counts: Counts
    salt = 0

    def __init__(self) -> None:
        super().__init__()
        if self.counts.failure:  # found: it is not played again
            raise AssertionError(self.counts.failure)
        self.recorded = Counter[str]()
        self.stack = ExitStack()
        self.world = self.stack.enter_context(world(self.databases))
        self.http = self.world.http
        self.model, self.pools = Model(self.world.people), Pools()
        self.state: dict[str, Seen] = {}
        self.last: tuple[Who, Any] | None = None
        self.steps = 0
        for person, began in self.world.start.items():
            known = self.model.people[person]
            first = SERVED_BY[self.world.people.index(person)][0]
            known.parties["share"][began["share"]] = {first, "jobcentre-plus"}
            known.parties["receipt"][began["receipt"]] = {first}
            self.pools.learn(person, {"share_id": began["share"], "receipt_id": began["receipt"]})
            self._look(person)

    def teardown(self) -> None:
        self.stack.close()

    @property
    def people(self) -> list[str]:
        every = [*self.model.people]
        return every[:10] + every[10:][-4:]

    def _count(self) -> None:
        self.steps += 1
        self.counts.steps += 1

    def _post(self, who: Who, body: dict[str, Any]) -> Any:
        self._count()
        self.last = (who, body)
        self.counts.callers.add(who)
        answer = self.http.post(who, "/v1/entries", body)
        recorded = answer.status_code == 201
        (self.counts.commands if recorded else self.counts.refused)[body["type"]] += 1
        self.recorded[body["type"]] += recorded
        if answer.status_code >= 500:
            self._fails("a fault", who, body, answer.text)
        if recorded and side(who) == "nobody":
            self._fails(f"{who} on no side recorded something", body)
        self._holds_no_name(who, answer)
        return answer

    def _waits(self, who: Who, body: dict[str, Any]) -> None:
        subject = PLAYED[body["type"]].subject
        about = {"customer": body.get("customer_id"), "request": body.get("request_id") or body["id"]}.get(subject)
        about = about or str(organisation_stream(body["organisation"]))
        claim_id = str(uuid5(UUID(body["id"]), f"claim {about}"))
        self.model.claimed(who, body, claim_id, about)
        own_act = self.model.reports_own(who, body) and side(who) != "controller"
        if own_act and body["type"] in {"share-data", "receive-data"} and body["customer_id"] in self.model.people:
            self.model.recorded(who, body)

    def _learn(self, body: dict[str, Any]) -> None:
        person = self.model.person_of(body)
        if person:
            self.pools.learn(person, body)
        if body["type"] == "receive-request":
            self.pools.requests.append(str(body.get("request_id") or body["id"]))
            if person:
                self.pools.known[person]["matter"].append(self.pools.requests[-1])

    def _look(self, person: str) -> Seen:
        """The person as their controller sees them now."""
        reader = READERS[self.model.people[person].programme]
        answer = self.http.get(reader, f"/v1/customers/{person}")
        assert answer.status_code == 200, (answer.status_code, answer.text)
        state = self.state[person] = seen(answer.json())
        known = self.model.people[person].parties
        for row in answer.json()["findings"]["rows"]:
            known["finding"][row["finding_id"]] = {code for code in (row["organisation"], row["prime"]) if code}
        for row in answer.json()["findings"]["breach_assessments"]:
            known["assessment"][row["assessment_id"]] = {row["organisation"]} - {None}
        self.pools.see(person, state)
        return state

    def _compare(self, who: Who, body: dict[str, Any], people: set[str], *, entitled: bool) -> None:
        for person in sorted(people):
            before = self.state.get(person)
            after = self._look(person)
            made = changes(before, after) if before is not None else []
            wrong = forbidden(self.model, who, body, made, entitled=entitled)
            if wrong:
                self._fails(f"{who} changed {person}", body, *wrong)

    def _registered(self, who: Who, body: dict[str, Any], *, entitled: bool) -> None:
        """An entry of a register: its own local periods count for the people whom the organisation served."""
        for person in self.people:
            before, after = self.state[person], self._look(person)
            ours = (
                entitled
                and body["type"] in {"set-retention-period", "cleanse-mailbox"}
                and self.model.people[person].ever & own(who)
            )
            wrong = [
                change for change in changes(before, after) if not (ours and change[0] in {"due", "held", "duties"})
            ]
            if wrong:
                self._fails(f"{who} changed {person} by a register", body, *wrong)

    def _reads(self, who: Who, person: str, page: str) -> None:
        answer = self.http.get(who, f"/v1/customers/{person}{page}")
        self.counts.readings[answer.status_code] += 1
        expected = 200 if self.model.may_read(who, person) else 404
        if expected == 200 and who.role == "auditor" and page and answer.status_code in {403, 404}:
            return  # an auditor reads facts; names only by a grant
        if answer.status_code != expected:
            self._fails(f"{who} read {person}{page}: {answer.status_code}, and the model says {expected}")

    def _holds_no_name(self, who: Who, answer: Any) -> None:
        """No answer holds the name of somebody whom the caller may not read."""
        for place, person in enumerate(self.world.people):
            if f"Carter{place}" in answer.text and not self.model.may_read(who, person):
                self._fails(f"{who} was shown a name", answer.text)

    def _shows_own(self, who: Who, path: str, rows: list[dict[str, Any]]) -> None:
        """A list shows the people whom an organisation serves or served, and what it did or received itself."""
        for row in rows:
            person = self.model.people.get(str(row.get("customer_id")))
            if person is None or person.ever & own(who):
                continue
            named = {row.get(name) for name in ("organisation", "prime", "owner", "claimant")}
            parties = {row[name]["organisation"] for name in ("from", "to") if isinstance(row.get(name), dict)}
            if not (named | parties) & own(who):
                self._fails(f"{who} was shown a row of {path}", row)

    def _shows_own_programme(self, who: Who, path: str, rows: list[dict[str, Any]]) -> None:
        """A list shows the other programme's controller nobody of this one."""
        for row in rows:
            person = self.model.people.get(str(row.get("customer_id")))
            if person is not None and person.programme != CONTROLLERS[who.organisation]:
                self._fails(f"{who} was shown a row of {path} about somebody of the other programme", row)

    def _fails(self, *what: object) -> None:
        self.counts.failure = f"step {self.counts.steps}: " + "\n  ".join(map(str, (*what, f"last: {self.last}")))
        raise AssertionError(self.counts.failure)
