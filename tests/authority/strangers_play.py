"""The play: random callers, commands and readings through HTTP, each held against the model."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.authority.strangers_bodies import DESTROYS, PLAYED, Writer, parts_of
from tests.authority.strangers_checks import Checks
from tests.authority.strangers_destruction import destruction
from tests.authority.strangers_pools import number
from tests.authority.strangers_sides import CHANGE_SIDES, CONTRACTORS, CONTROLLERS, REGISTERS, side
from tests.authority.strangers_situations import Situations
from tests.authority.strangers_world import FAR_DAY, OF_NHS, SERVED_BY, Who

SEEDS = st.integers(min_value=0, max_value=2**48)
PAGES = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")
ADVISERS = [Who(role, code) for code in CONTRACTORS
            for role in ("contractor", "contractor-manager")]  # fmt: skip
MANAGERS = [Who("records-manager", code) for code in CONTRACTORS]
OFFICE = [Who("jobcentre-plus", code) for code in ("testford", "jobcentre-plus")]
OTHER_PROGRAMME = [Who(role, "nhs-england") for role in
                   ("case-worker", "records-manager", "administrator", "importer", "auditor")]  # fmt: skip
NOBODY = [
    *(Who(role, "unheard-of") for role in ("contractor", "case-worker", "records-manager", "jobcentre-plus")),
    *(Who(role, "prime-south") for role in ("case-worker", "importer", "administrator", "auditor", "jobcentre-plus")),
    Who("contractor", "testford"), Who("records-manager", "testford"), Who("contractor", "controller-one"),
]  # fmt: skip
CONTROLLER = [Who("case-worker", "controller-one"), Who("records-manager", "controller-one")]
STRANGERS = [*ADVISERS, *MANAGERS, *OFFICE, *OTHER_PROGRAMME, *NOBODY]
LISTS = (
    "findings", "obligations", "requests", "shares", "breaches", "claims", "quarantine", "events",
    f"retention/due?on={FAR_DAY}", f"retention/exceptions?on={FAR_DAY}",
)  # fmt: skip
CHECK_EVERYBODY_AFTER = 25
TRIES = 8
"""How many kinds of commands are drawn until one fits the situation."""
NEEDED_OFTEN = {"receive-request": 5, "request-grant": 2, "share-data": 2, "receive-data": 1.5, "place-hold": 1.5,
                "destroy-records": 2.5, "instruct-destruction": 2.5, "refuse-grant": 1.5}  # fmt: skip
"""What much else refers to, or few may give."""
FOR_CONTROLLERS = {"destroy-records", "instruct-destruction", "approve-grant", "refuse-grant"}
"""What anybody else is refused."""
NEVER_WAITS = {"destroy-records", "read-personal-data", "instruct-destruction"}
"""What is refused to whoever is not entitled, and not recorded as a claim."""


class Strangers(Checks):
    """Everybody may do whatever a token lets them; the model says what comes of it."""

    # What is played.

    @rule(seed=SEEDS)
    def step(self, seed: int) -> None:
        """One step of somebody."""
        rnd = random.Random(f"{self.salt}/{seed}/{self.steps}")
        with self.noted():
            rnd.choices(*zip(*self._steps(), strict=True))[0](rnd)

    def _steps(self) -> list[tuple[Callable[[random.Random], None], int]]:
        """What may be played, and how often."""
        return [
            (lambda rnd: self._reports(rnd, ADVISERS), 4),
            (lambda rnd: self._reports(rnd, OFFICE), 2),
            (lambda rnd: self._reports(rnd, MANAGERS), 5),
            (lambda rnd: self._reports(rnd, OTHER_PROGRAMME), 2),
            (lambda rnd: self._reports(rnd, NOBODY), 1),
            (lambda rnd: self._reports(rnd, CONTROLLER), 6),
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
        if claim.body["type"] in CHANGE_SIDES and self.model.may_confirm(who, claim):
            type_ = "dispute-claim"  # what those who play are stays
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
        if type_ == "confirm-claim":
            # An own act took effect when it was reported, and began nothing: confirming it records nothing anew.
            if not (claim.because == "not served" and claim.body["type"] in {"share-data", "receive-data"}):
                self.model.took_effect(who, claim.body)
            self._learn(claim.body, effect=True)
            people |= self.model.touched(claim.body)
        if claim.body["type"] in REGISTERS:
            return self._registered(rnd, claim.who, claim.body, entitled=type_ == "confirm-claim")
        return self._compare(who, allowed, people, entitled=type_ == "confirm-claim")

    def a_record_is_read(self, rnd: random.Random) -> None:
        self._count()
        who, person = rnd.choice(STRANGERS), rnd.choice(self.people)
        self._reads(who, person, rnd.choice(PAGES))

    def a_list_is_read(self, rnd: random.Random) -> None:
        self._count()
        who = rnd.choice(STRANGERS)
        asked = rnd.choice(["", "", "organisation=prime-north", "organisation=prime-south", "organisation=sub-north"])
        path = rnd.choice(LISTS)
        answer = self.http.get(who, f"/v1/{path}{'&' if '?' in path else '?'}{asked}")
        self._holds_no_name(who, answer)
        if side(who) == "nobody" and answer.status_code < 400:
            self._fails(f"{who} on no side read {path}", asked)
        if answer.status_code == 200 and path != "events":
            rows = answer.json()["rows"]
            if side(who) in {"contractor", "office"}:
                self._shows_own(who, path, rows)
            else:
                self._shows_own_programme(who, path, rows)

    def somebody_asks_the_rules_or_searches(self, rnd: random.Random) -> None:
        self._count()
        who, person = rnd.choice(STRANGERS), rnd.choice(self.people)
        if rnd.random() < 0.4:
            family_name = f"Carter{rnd.randrange(len(SERVED_BY))}"
            asked = {"family_name": family_name, "date_of_birth": "1990-02-01"}
            answer = self.http.post(who, "/v1/customers/search", asked)
            found = [hit["customer_id"] for hit in answer.json().get("customers", [])]
            if any(not self.model.may_read(who, hit) for hit in found):
                self._fails(f"{who} found somebody", found)
            return
        kind = rnd.choice([kind for kind in PLAYED.values() if kind.subject == "customer" and not kind.begins])
        body = self._writer(rnd, who, person).command(kind)
        if body is None or kind.name == DESTROYS:
            return
        answer = self.http.post(who, "/v1/proposals", body)
        self._holds_no_name(who, answer)
        learnt = (answer.status_code in {200, 409, 422} and "objections" in answer.text) or answer.status_code == 200
        asked_about = {part["customer_id"] for part in parts_of(body)}
        if learnt and not all(self.model.may_read(who, person) for person in asked_about):
            self._fails(f"{who} learnt from a proposal", body, answer.text)

    @invariant()
    def everybody_is_as_the_model_says(self) -> None:
        if self.steps and self.steps % CHECK_EVERYBODY_AFTER == 0 and self.last is not None:
            self.last = None
            rnd = random.Random(f"{self.salt}/{self.counts.steps}")
            with self.noted():
                for person in self.people:
                    self._compare(Who("", ""), {"type": "nothing"}, {person}, entitled=False)
                    self._reads(rnd.choice(STRANGERS), person, "")
                self._asks_by_sql(rnd.choice([*STRANGERS, *CONTROLLER]))
                self._shows_the_same(rnd.choice(self.people))
            self.steps += 1

    def _writer(self, rnd: random.Random, who: Who, person: str) -> Writer:
        now = Situations(pools=self.pools, states=self.state, model=self.model, people=self.people)
        return Writer(rnd=rnd, who=who, person=person, now=now)

    def _written(self, rnd: random.Random, who: Who, callers: list[Who]) -> dict[str, Any] | None:
        """A command that this caller may give, one that was recorded less often rather than another."""
        permitted = [kind for kind in PLAYED.values() if who.role in kind.permitted or rnd.random() < 0.02]
        weights = [self._wanted(kind.name, who) for kind in permitted]
        person = rnd.choice(self.people)
        if callers is OTHER_PROGRAMME and rnd.random() < 0.2:
            person = self.people[OF_NHS]
        for kind in rnd.choices(permitted, weights, k=TRIES):
            if kind.name == DESTROYS:
                controller = who.organisation if who.organisation in CONTROLLERS else "controller-one"
                body = destruction(self.world, self.model, rnd, controller, self.people)
                self.behind = True
            else:
                body = self._writer(rnd, who, person).command(kind)
            if body is not None:
                return body
        return None

    def _wanted(self, kind: str, who: Who) -> float:
        """How likely a command is drawn: the likelier the less often it was recorded, or took effect, before."""
        recorded, effect = self.counts.commands[kind], self.counts.commands[kind] - self.counts.waiting[kind]
        wanted = (1 + recorded / NEEDED_OFTEN.get(kind, 1)) ** -3.0
        if side(who) == "controller":
            return wanted / (1 + effect)
        return wanted * (0.1 if kind in FOR_CONTROLLERS else 1)

    def _reports(self, rnd: random.Random, callers: list[Who]) -> None:
        who = rnd.choice(callers)
        body = self._written(rnd, who, callers)
        if body is None:
            return
        parts = [(part, self.model.entitled(who, part)) for part in parts_of(body)]
        answer = self._post(who, body)
        if answer.status_code != 201:
            return
        effect = all(entitled for _, entitled in parts)
        if body["type"] in {"approve-grant", "refuse-grant", "end-grant"} and not self.model.may_decide(who, body):
            self._fails(f"{who} decided a grant", body)
        if body["type"] in NEVER_WAITS and not effect:
            self._fails(f"{who} may not give this", body)
        # Whoever asks for a grant is answered as if it waited, and an emergency counts all the same.
        if body["type"] != "request-grant" and answer.json().get("waiting", False) == effect:
            self._fails(f"{who}: the model says {'effect' if effect else 'a claim'}", body, answer.text)
        self.counts.waiting[body["type"]] += not effect
        for part, entitled in parts:
            self._recorded(rnd, who, part, entitled=entitled)

    def _recorded(self, rnd: random.Random, who: Who, part: dict[str, Any], *, entitled: bool) -> None:
        people = self.model.touched(part)
        if entitled:
            self.model.took_effect(who, part)
        else:
            self._waits(who, part)
        self._learn(part, effect=entitled)
        if part["type"] in REGISTERS:
            self._registered(rnd, who, part, entitled=entitled)
            return
        people |= self.model.touched(part)
        self._compare(who, part, people, entitled=entitled)
        for known in sorted(people):
            self._reads(rnd.choice([who, rnd.choice(STRANGERS)]), known, "")
