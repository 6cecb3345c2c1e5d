"""The play: random callers, commands and readings through HTTP, each held against the model."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.authority.strangers_bodies import PLAYED, Writer, number, parts_of
from tests.authority.strangers_checks import Checks
from tests.authority.strangers_model import CONTROLLERS, OF_THE_CONTROLLER, own, side
from tests.authority.strangers_world import FAR_DAY, NCS, Who

SEEDS = st.integers(min_value=0, max_value=2**48)
PAGES = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")
ADVISERS = [Who(role, code) for code in ("prime-north", "sub-north", "prime-south")
            for role in ("contractor", "contractor-manager")]  # fmt: skip
MANAGERS = [Who("records-manager", code) for code in ("prime-north", "sub-north", "prime-south")]
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


class Strangers(Checks):
    """Everybody may do whatever a token lets them; the model says what comes of it."""

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
        path = rnd.choice(LISTS)
        answer = self.http.get(who, f"/v1/{path}{'&' if '?' in path else '?'}{asked}")
        self._holds_no_name(who, answer)
        if side(who) == "nobody" and answer.status_code < 400:
            self._fails(f"{who} on no side read {path}", asked)
        if answer.status_code == 200 and path != "events":
            rows = answer.json()["rows"]
            if side(who) in {"contractor", "office"}:
                self._shows_own(who, path, rows)
            elif self.world.secured:
                self._shows_own_programme(who, path, rows)

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

    def _writer(self, rnd: random.Random, who: Who, person: str) -> Writer:
        return Writer(rnd=rnd, who=who, person=person, pools=self.pools, people=self.people)

    def _reports(self, rnd: random.Random, callers: list[Who]) -> None:
        who, person = rnd.choice(callers), rnd.choice(self.people)
        if callers is OTHER_PROGRAMME and rnd.random() < 0.2:
            person = self.people[9]
        permitted = [kind for kind in PLAYED.values() if who.role in kind.permitted or rnd.random() < 0.02]
        if callers is CONTROLLER:
            permitted = [kind for kind in permitted if kind.subject != "organisation"]
        kind = rnd.choices(permitted, [1 / (1 + self.recorded[kind.name]) for kind in permitted])[0]
        body = self._writer(rnd, who, person).command(kind)
        parts = [(part, self._entitled(who, part)) for part in parts_of(body)]
        answer = self._post(who, body)
        if answer.status_code != 201:
            return
        if body["type"] in {"approve-grant", "refuse-grant", "end-grant"} and not self.model.may_decide(who, body):
            self._fails(f"{who} decided a grant", body)
        effect = all(entitled for _, entitled in parts)
        # Whoever asks for a grant is answered as if it waited, and an emergency counts all the same.
        if body["type"] != "request-grant" and answer.json().get("waiting", False) == effect:
            self._fails(f"{who}: the model says {'effect' if effect else 'a claim'}", body, answer.text)
        self.counts.waiting[body["type"]] += not effect
        for part, entitled in parts:
            people = self.model.touched(part)
            if entitled and kind.subject != "organisation":
                self.model.took_effect(who, part)
            elif not entitled:
                self._waits(who, part)
            self._learn(part)
            if kind.subject == "organisation":
                self._registered(who, part, entitled=entitled)
                continue
            people |= self.model.touched(part)
            self._compare(who, part, people, entitled=entitled)
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
