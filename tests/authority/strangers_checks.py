"""What is held against the model after each step: records, registers, readings and lists."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from traceback import format_exc
from typing import Any
from uuid import UUID, uuid5

from hypothesis.stateful import RuleBasedStateMachine

from ledger.commands.reader import organisation_stream
from tests.authority.strangers_bodies import PLAYED
from tests.authority.strangers_model import Model
from tests.authority.strangers_oracle import Seen, changes, forbidden, seen
from tests.authority.strangers_pools import Pools
from tests.authority.strangers_rows import rows_without_a_caller, wrong_rows
from tests.authority.strangers_sides import BIND_EVERYBODY, CONTROLLERS, own, side
from tests.authority.strangers_world import ENDED, SERVED_BY, Databases, Who, world

READERS = {programme: Who("case-worker", code) for code, programme in CONTROLLERS.items()}
CHANGE_CLOCKS = {"set-retention-period", "cleanse-mailbox", "instruct-destruction", *BIND_EVERYBODY}
"""Entries in a register that may change when something is due of people who were served long before."""


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
    by_sql: Counter[Who] = field(default_factory=Counter)
    """For whom the reader's login was asked for every row."""
    rows: int = 0
    """How many rows it was shown."""
    failure: str | None = None
    """What the model did not allow; the play ends with the first."""
    after_world: Callable[[], None] | None = None
    """What is told when a world has been played."""
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
        self.trail: list[tuple[int, Who, Any]] = []
        """What was recorded."""
        self.behind = True
        for person, began in self.world.start.items():
            known = self.model.people[person]
            first = SERVED_BY[self.world.people.index(person)][0]
            if began:
                known.parties["share"][began["share"]] = {first, "jobcentre-plus"}
                known.parties["receipt"][began["receipt"]] = {first}
                numbers = {"type": "", "share_id": began["share"], "receipt_id": began["receipt"]}
                self.pools.learn(person, numbers, effect=False)
            with self.noted():
                self._look(person)

    def teardown(self) -> None:
        self.stack.close()
        if self.counts.after_world is not None:
            self.counts.after_world()

    @property
    def people(self) -> list[str]:
        every = [*self.model.people]
        first = len(SERVED_BY)
        return every[:first] + every[first:][-3:]

    def _count(self) -> None:
        self.steps += 1
        self.counts.steps += 1

    def _post(self, who: Who, body: dict[str, Any]) -> Any:
        self._count()
        self.last = (who, body)
        self.counts.callers.add(who)
        answer = self.http.post(who, "/v1/entries", body)
        recorded = answer.status_code == 201
        self.behind |= recorded
        if recorded:
            self.trail.append((self.counts.steps, who, {**body, "waits": answer.json().get("waiting", False)}))
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
        if body.get("customer_id") not in self.model.people:
            return
        if own_act and body["type"] in {"share-data", "receive-data"}:
            self.model.recorded(who, body)
        if body["type"] == "restrict-processing":  # it takes effect as reported by whoever reported it
            self.model.recorded(who, body | ({"organisation": who.organisation} if "organisation" in body else {}))

    def _learn(self, body: dict[str, Any], *, effect: bool) -> None:
        person = self.model.person_of(body)
        if person:
            self.pools.learn(person, body, effect=effect)
        if body["type"] == "receive-request" or "request_id" in body:
            self.pools.learn_request(body, effect=effect)
        if body["type"] == "receive-request" and person:
            self.pools.known[person]["matter"].append(str(body.get("request_id") or body["id"]))

    def _look(self, person: str) -> Seen:
        """The person as their controller sees them now."""
        reader = READERS[self.model.people[person].programme]
        if self.behind:
            self.world.bring_up()
            self.behind = False
        view = self.world.look(reader, person)
        state = self.state[person] = seen(view)
        known = self.model.people[person].parties
        for row in view["findings"]["rows"]:
            known["finding"][row["finding_id"]] = {code for code in (row["organisation"], row["prime"]) if code}
        for row in view["findings"]["breach_assessments"]:
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

    def _registered(self, rnd: random.Random, who: Who, body: dict[str, Any], *, entitled: bool) -> None:
        """An entry of a register: its own periods count for the people whom the organisation served.

        What changes clocks and last days is looked for at everybody, the rest at three, and soon at everybody else.
        """
        type_, counts = body["type"], entitled and body["type"] in CHANGE_CLOCKS
        for person in self.people if counts else rnd.sample(self.people, 3):
            before, after = self.state[person], self._look(person)
            known = self.model.people[person]
            ours = known.ever & own(who) and type_ in {"set-retention-period", "cleanse-mailbox"}
            ours = ours or (side(who) == "controller" and CONTROLLERS[who.organisation] == known.programme)
            # Left open: an instruction reaches whomever its contractor answers for, of the other programme too.
            ours = ours or (type_ == "instruct-destruction" and ENDED in known.ever)
            aspects = {"due", "held", "duties"} if counts and (ours or type_ in BIND_EVERYBODY) else set()
            wrong = [change for change in changes(before, after) if change[0] not in aspects]
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

    def _asks_by_sql(self, who: Who) -> None:
        """What the reader's login shows for a caller, and without one."""
        shown, wrong = wrong_rows(self.world, self.model, who)
        self.counts.rows += shown
        self.counts.by_sql[who] += 1
        if wrong:
            self._fails(f"{who} was shown by SQL", *wrong[:10])
        seen_by_nobody = rows_without_a_caller(self.world)
        if seen_by_nobody:
            self._fails("the reader's login without a caller sees rows of", seen_by_nobody)

    def _shows_the_same(self, person: str) -> None:
        """What the play looks at is what the controller is answered over HTTP."""
        answer = self.http.get(READERS[self.model.people[person].programme], f"/v1/customers/{person}")
        self.behind = True
        if answer.status_code != 200 or seen(answer.json()) != self._look(person):
            self._fails(f"the controller is answered something else about {person}", answer.text)

    def _holds_no_name(self, who: Who, answer: Any) -> None:
        """No answer holds the name of somebody whom the caller may not read."""
        for place, person in enumerate(self.world.people):
            if f"Carter{place}" in answer.text and not self.model.may_read(who, person):
                self._fails(f"{who} was shown a name", answer.text)

    def _shows_own(self, who: Who, path: str, rows: list[dict[str, Any]]) -> None:
        """A list shows a contractor or an office the people it serves or served, and what it did or received itself."""
        for row in rows:
            person = self.model.people.get(str(row.get("customer_id")))
            if person is not None and not person.ever & own(who) and not self._of_own(who, row):
                self._fails(f"{who} was shown a row of {path}", row)

    def _shows_own_programme(self, who: Who, path: str, rows: list[dict[str, Any]]) -> None:
        """A list shows a controller nobody of the other programme, but what it received itself."""
        for row in rows:
            person = self.model.people.get(str(row.get("customer_id")))
            other = person is not None and person.programme != CONTROLLERS[who.organisation]
            if other and not self._of_own(who, row):
                self._fails(f"{who} was shown a row of {path} about somebody of the other programme", row)

    def _of_own(self, who: Who, row: dict[str, Any]) -> bool:
        """Whether a row names somebody's own organisation, or is about somebody whom they read by a grant."""
        named = {row.get(name) for name in ("organisation", "prime", "owner", "claimant")}
        parties = {row[name]["organisation"] for name in ("from", "to") if isinstance(row.get(name), dict)}
        return bool((named | parties) & own(who)) or self.model.may_read(who, str(row["customer_id"]))

    @contextmanager
    def noted(self) -> Iterator[None]:
        """A fault of the play itself ends it like a change that is not allowed: it is not played again."""
        try:
            yield
        except Exception:
            if not self.counts.failure:
                self.counts.failure = f"step {self.counts.steps}, a fault: {format_exc()}last: {self.last}"
            raise

    def _fails(self, *what: object) -> None:
        account = "\n  ".join(map(str, (*what, f"last: {self.last}")))
        about = [(at, who, body) for at, who, body in self.trail if _ids(body) & _ids(account)]
        before = "".join(f"\n    {at} {who.role} of {who.organisation}: {body}" for at, who, body in about[-30:])
        self.counts.failure = f"step {self.counts.steps}: {account}\n  before:{before}"
        raise AssertionError(self.counts.failure)


def _ids(text: object) -> set[str]:
    """The ids of people and requests in what is told."""
    return {*re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(text))}
