"""The play: random callers, commands and readings through HTTP, each held against the model."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.commands.reader import organisation_stream
from tests.authority.strangers_bodies import PLAYED, Pools, Writer, number
from tests.authority.strangers_model import CONTROLLERS, OF_THE_CONTROLLER, Model, own, side
from tests.authority.strangers_oracle import Seen, changes, forbidden, seen
from tests.authority.strangers_world import FAR_DAY, NCS, Databases, Who, world

SEEDS = st.integers(min_value=0, max_value=2**48)
PAGES = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")
READERS = {programme: Who("case-worker", code) for code, programme in CONTROLLERS.items()}
ADVISERS = [Who(role, code) for code in ("prime-north", "sub-north", "prime-south")
            for role in ("contractor", "contractor-manager")]  # fmt: skip
MANAGERS = [Who("records-manager", code) for code in ("prime-north", "sub-north", "prime-south")]
OFFICE = [Who("jobcentre-plus", code) for code in ("testford", "jobcentre-plus")]
OTHER_PROGRAMME = [Who(role, "nhs-england") for role in
                   ("case-worker", "records-manager", "administrator", "importer", "auditor")]  # fmt: skip
NOBODY = [
    *(Who(role, "unheard-of") for role in ("contractor", "case-worker", "records-manager", "jobcentre-plus", "auditor")),
    *(Who(role, "prime-south") for role in ("case-worker", "importer", "administrator", "auditor", "jobcentre-plus")),
    Who("contractor", "testford"), Who("records-manager", "testford"), Who("contractor", "controller-one"),
]  # fmt: skip
CONTROLLER = [Who("case-worker", "controller-one"), Who("records-manager", "controller-one")]
STRANGERS = [*ADVISERS, *MANAGERS, *OFFICE, *OTHER_PROGRAMME, *NOBODY]
CHECK_EVERYBODY_AFTER = 25


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


class Strangers(RuleBasedStateMachine):
    """Everybody may do whatever a token lets them; the model says what comes of it."""

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
            first = sorted(known.ever)[0] if len(known.ever) == 1 else "prime-north"
            first = "prime-south" if "prime-south" in known.ever else first
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

    # What is played.

    @rule(seed=SEEDS)
    def step(self, seed: int) -> None:
        """One step of somebody."""
        rnd = random.Random(f"{self.salt}/{seed}/{self.steps}")
        rnd.choices(*zip(*self._steps(), strict=True))[0](rnd)

    def _steps(self) -> list[tuple[Callable[[random.Random], None], int]]:
        """What may be played, and how often."""
        return [
            (lambda rnd: self._reports(rnd, ADVISERS), 4),
            (lambda rnd: self._reports(rnd, OFFICE), 2),
            (lambda rnd: self._reports(rnd, MANAGERS), 5),
            (lambda rnd: self._reports(rnd, OTHER_PROGRAMME), 2),
            (lambda rnd: self._reports(rnd, NOBODY), 1),
            (lambda rnd: self._reports(rnd, CONTROLLER), 4),
            (self.a_claim_is_answered, 2),
            (self.a_record_is_read, 1),
            (self.a_list_is_read, 1),
            (self.somebody_asks_the_rules_or_searches, 1),
        ]

    def a_claim_is_answered(self, rnd: random.Random) -> None:
        who = rnd.choice(CONTROLLER if rnd.random() < 0.4 else STRANGERS)
        if not self.model.claims:
            return self._reports(rnd, STRANGERS)
        claim_id = rnd.choice([*self.model.claims][-40:])
        claim = self.model.claims[claim_id]
        type_ = rnd.choice(("confirm-claim", "confirm-claim", "dispute-claim"))
        body = {"id": number(rnd), "type": type_, "occurred_at": "2026-11-20T09:00:00Z", "claim_id": claim_id,
                "about": claim.about}  # fmt: skip
        body |= {"reason": "nobody did"} if type_ == "dispute-claim" else {}
        answer = self._post(who, body)
        if answer.status_code != 201:
            return None
        may_confirm, named = self.model.may_confirm(who, claim), self.model.is_named(who, claim)
        if not (may_confirm or (named and type_ == "dispute-claim")):
            self._fails(f"{who} answered a claim that was not theirs", body, claim)
        del self.model.claims[claim_id]
        people = self.model.touched(claim.body)
        allowed = claim.body if type_ == "confirm-claim" else {"type": "dispute-claim"}
        if type_ == "confirm-claim" and side(who) != "nobody" and claim.body.get("subject") != "organisation":
            self.model.took_effect(who, claim.body)
            self._learn(claim.body)
        self._compare(who, allowed, people, entitled=type_ == "confirm-claim")
        return None

    def a_record_is_read(self, rnd: random.Random) -> None:
        self._count()
        who, person = rnd.choice(STRANGERS), rnd.choice(self.people)
        self._reads(who, person, rnd.choice(PAGES))

    def a_list_is_read(self, rnd: random.Random) -> None:
        self._count()
        who = rnd.choice(STRANGERS)
        asked = rnd.choice(["", "", "organisation=prime-north", "organisation=prime-south", "organisation=sub-north"])
        path = rnd.choice(["findings", "obligations", "requests", "shares", "breaches", "claims", "quarantine", "events",
                           f"retention/due?on={FAR_DAY}", f"retention/exceptions?on={FAR_DAY}"])  # fmt: skip
        answer = self.http.get(who, f"/v1/{path}{'&' if '?' in path else '?'}{asked}")
        self._holds_no_name(who, answer)
        if side(who) == "nobody" and answer.status_code < 400:
            self._fails(f"{who} on no side read {path}", asked)
        if answer.status_code == 200 and side(who) in {"contractor", "office"} and path != "events":
            self._shows_own(who, path, answer.json()["rows"])

    def somebody_asks_the_rules_or_searches(self, rnd: random.Random) -> None:
        self._count()
        who, person = rnd.choice(STRANGERS), rnd.choice(self.people)
        if rnd.random() < 0.4:
            family_name = f"Carter{rnd.randrange(10)}"
            asked = {"family_name": family_name, "date_of_birth": "1990-02-01"}
            answer = self.http.post(who, "/v1/customers/search", asked)
            found = [hit["customer_id"] for hit in answer.json().get("customers", [])]
            if any(not self.model.may_read(who, hit) for hit in found):
                self._fails(f"{who} found somebody", found)
            return
        kind = rnd.choice([kind for kind in PLAYED.values() if kind.subject == "customer" and not kind.begins])
        body = self._writer(rnd, who, person).command(kind)
        answer = self.http.post(who, "/v1/proposals", body)
        self._holds_no_name(who, answer)
        learnt = (answer.status_code in {200, 409, 422} and "objections" in answer.text) or answer.status_code == 200
        if learnt and not self.model.may_read(who, person):
            self._fails(f"{who} learnt from a proposal", body, answer.text)

    @invariant()
    def everybody_is_as_the_model_says(self) -> None:
        if self.steps and self.steps % CHECK_EVERYBODY_AFTER == 0 and self.last is not None:
            self.last = None
            rnd = random.Random(self.steps)
            for person in self.people:
                self._compare(Who("", ""), {"type": "nothing"}, {person}, entitled=False)
                self._reads(rnd.choice(STRANGERS), person, "")
            self.steps += 1

    # How it is held against the model.

    def _writer(self, rnd: random.Random, who: Who, person: str) -> Writer:
        return Writer(rnd=rnd, who=who, person=person, pools=self.pools, people=self.people)

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

    def _reports(self, rnd: random.Random, callers: list[Who]) -> None:
        who, person = rnd.choice(callers), rnd.choice(self.people)
        if callers is OTHER_PROGRAMME and rnd.random() < 0.2:
            person = self.people[9]
        permitted = [kind for kind in PLAYED.values() if who.role in kind.permitted or rnd.random() < 0.02]
        if callers is CONTROLLER:
            permitted = [kind for kind in permitted if kind.subject != "organisation"]
        kind = rnd.choices(permitted, [1 / (1 + self.recorded[kind.name]) for kind in permitted])[0]
        body = self._writer(rnd, who, person).command(kind)
        entitled = self._entitled(who, body)
        answer = self._post(who, body)
        if answer.status_code != 201:
            return
        if answer.json().get("waiting", False) == entitled:
            self._fails(f"{who}: the model says {'effect' if entitled else 'a claim'}", body, answer.text)
        people = self.model.touched(body)
        if entitled and kind.subject != "organisation":
            self.model.took_effect(who, body)
        elif not entitled:
            self._waits(who, body)
        self._learn(body)
        if kind.subject == "organisation":
            self._registered(who, body, entitled=entitled)
            return
        people |= self.model.touched(body)
        self._compare(who, body, people, entitled=entitled)
        for known in sorted(people):
            self._reads(rnd.choice([who, rnd.choice(STRANGERS)]), known, "")

    def _entitled(self, who: Who, body: dict[str, Any]) -> bool:
        if body["type"] == "read-personal-data":
            return self.model.may_read(who, body["customer_id"])
        if PLAYED[body["type"]].subject != "organisation":
            return self.model.entitled(who, body)
        if side(who) == "controller":
            bind_everybody = body["type"] in {"publish-calendar", "publish-rule-set"}
            return who.organisation == body["organisation"] and not (
                bind_everybody and CONTROLLERS[who.organisation] != NCS
            )
        return self.model.entitled(who, {**body, "customer_id": None}) or self._own_register(who, body)

    @staticmethod
    def _own_register(who: Who, body: dict[str, Any]) -> bool:
        return body["organisation"] in own(who) and body["type"] not in OF_THE_CONTROLLER

    def _waits(self, who: Who, body: dict[str, Any]) -> None:
        self.counts.waiting[body["type"]] += 1
        subject = PLAYED[body["type"]].subject
        about = {"customer": body.get("customer_id"), "request": body.get("request_id") or body["id"]}.get(subject)
        about = about or str(organisation_stream(body["organisation"]))
        claim_id = str(uuid5(UUID(body["id"]), f"claim {about}"))
        self.model.claimed(who, body, claim_id, about)
        if body["type"] in {"share-data", "receive-data"} and body["customer_id"] in self.model.people:
            if self.model.reports_own(who, body) and side(who) != "controller":
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

    def _fails(self, *what: object) -> None:
        self.counts.failure = f"step {self.counts.steps}: " + "\n  ".join(map(str, (*what, f"last: {self.last}")))
        raise AssertionError(self.counts.failure)
