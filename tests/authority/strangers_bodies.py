"""Commands at random: the examples of the declarations, with organisations, people, references and days of any kind."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.commands.catalogue import COMMANDS, body_of
from ledger.commands.declaration import Declaration
from tests.authority.strangers_pools import OF_FIELDS, Asked, day, number, written
from tests.authority.strangers_sides import CONTRACTORS, CONTROLLERS, UNDER
from tests.authority.strangers_situations import Situations
from tests.authority.strangers_world import (
    ENDED,
    ENDED_CONTRACT,
    EQUALITY,
    FAR_DAY,
    NOW,
    ORGANISATIONS,
    UNREGISTERED,
    Who,
)

EVERY_ORGANISATION = (*ORGANISATIONS, UNREGISTERED)
_ACTING = ("organisation", "sent_by", "received_by", "referred_by", "touchpoint")
_RECEIVING = ("sent_to", "referred_to", "received_from", "recipient", "confirmed_by", "contractor", "controller")
_RIGHTS = ("access", "erasure", "restriction", "objection", "rectification", "portability", "complaint")
_LIKELY = 0.85
"""How often a command is written for a situation that it fits."""


def organisation(rnd: random.Random, who: Who) -> str | None:
    """The caller's own, one under it, another's, or none."""
    drawn = rnd.random()
    if drawn < 0.45:
        return who.organisation
    if drawn < 0.6:
        return rnd.choice(sorted(UNDER.get(who.organisation, {who.organisation})))
    return rnd.choice(EVERY_ORGANISATION) if drawn < 0.8 else None


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Writes what somebody reports about a person, at random."""

    rnd: random.Random
    who: Who
    person: str
    now: Situations

    def command(self, kind: Declaration) -> dict[str, Any] | None:
        """A command of this kind; None where it fits nothing, and is not tried in vain this time."""
        fitting = self.now.fitting(kind.name, self.who)
        if fitting is None:
            return self._about(kind, self.person, {})
        if self.rnd.random() > _LIKELY:
            return self._about(kind, self.person, {})
        return self._about(kind, *self.rnd.choice(fitting)) if fitting else None

    def _about(self, kind: Declaration, person: str, found: Mapping[str, Any]) -> dict[str, Any] | None:
        fields, rnd = kind.fields(), self.rnd
        example = body_of(kind, rnd.choice([*kind.examples.values()]))
        body = {name: value for name, value in example.items() if name == "type" or name in fields}
        body |= {"id": number(rnd), "occurred_at": day(rnd)}
        if kind.name == "request-grant":  # an emergency of long ago opens nothing: it lasts a day
            body["occurred_at"] = written(NOW)
        for name in fields:
            if name in _ACTING and (name in body or name != "touchpoint" or rnd.random() < 0.1):
                body[name] = organisation(rnd, self.who) or (self.who.organisation if name in kind.needs else None)
            elif name in _RECEIVING and name in body:
                body[name] = rnd.choice([*EVERY_ORGANISATION, "jobcentre-plus", "jobcentre-plus"])
            elif name in OF_FIELDS and name != kind.own_id and name in body:
                body[name] = self.now.pools.pick(rnd, person, OF_FIELDS[name])
            elif name.endswith("_at") and name in body:
                body[name] = body["occurred_at"]
        if kind.own_id:
            body[kind.own_id] = number(rnd)
        if kind.subject == "customer":
            body["customer_id"] = person
        body |= self._of_kind(kind, person)
        body |= found
        body |= self._of_registers(body) if kind.subject == "organisation" else {}
        if kind.subject == "request" and not kind.begins and not self._of_request(kind, body):
            return None
        if kind.several is not None and rnd.random() < 0.2:
            both = {person, rnd.choice(self.now.people)}
            body = {name: value for name, value in body.items() if name not in {"customer_id", *kind.several}}
            body["customers"] = [{"customer_id": known} for known in sorted(both)]
        return {name: value for name, value in body.items() if value is not None}

    def _of_kind(self, kind: Declaration, person: str) -> dict[str, Any]:
        rnd = self.rnd
        match kind.name:
            case "register-customer":
                values = {"given_name": "Kim", "family_name": "Specimen", "date_of_birth": "1991-03-01"}
                return {"customer_id": person if rnd.random() < 0.2 else number(rnd), "values": values}
            case "correct-record" | "keep-record" if rnd.random() < 0.5:
                return {"collection": "customers", "values": {"family_name": "Other"}}
            case "receive-request":
                asked = {"kind": rnd.choice(_RIGHTS), "request_id": number(rnd) if rnd.random() < 0.8 else None,
                         "customer_id": person if rnd.random() < 0.7 else None}  # fmt: skip
                if rnd.random() < 0.7:
                    asked["occurred_at"] = written(NOW - timedelta(minutes=rnd.randrange(60, 60 * 24 * 25)))
                return asked
            case _ if kind.name.endswith("-consent"):
                return {"scope": rnd.choice(("market_research", *EQUALITY))}
            case "merge-customers":
                return {"into": rnd.choice(self.now.people)}
            case "read-personal-data":
                return {"role": self.who.role, "organisation": self.who.organisation}
            case _:
                return {}

    # Requests.

    def _of_request(self, kind: Declaration, body: dict[str, Any]) -> bool:
        """A request that a step fits, mostly; False where there is none."""
        rnd, requests = self.rnd, self.now.pools.requests
        known = [*requests][-25:]
        fits = [request_id for request_id in known if requests[request_id].fits(kind.name)]
        if rnd.random() > _LIKELY:
            body["request_id"] = rnd.choice(known) if known else number(rnd)
        elif fits:
            body["request_id"] = rnd.choice(fits)
        else:
            return False
        if body["request_id"] in requests:
            self._of_step(kind.name, body, requests[body["request_id"]])
        return True

    def _of_step(self, step: str, body: dict[str, Any], asked: Asked) -> None:
        rnd, since = self.rnd, datetime.fromisoformat(asked.since)
        if rnd.random() < 0.95:
            passed = max(1, int((NOW - since).total_seconds()))
            body["occurred_at"] = written(since + timedelta(seconds=rnd.randrange(passed)))
        body["received_on"] = None
        match step:
            case "confirm-identity":
                body["customer_id"] = asked.customer or (self.person if rnd.random() < 0.7 else None)
            case "receive-clarification" if asked.questions:
                body["clarification_id"] = rnd.choice(asked.questions)
                body["occurred_at"] = written(NOW)
            case "withhold-item" | "decide-third-party":
                body["record_id"] = None
            case "send-response":
                body["digest"] = rnd.choice(asked.reports) if asked.reports else None
                body["outcome"] = rnd.choice(["granted", "granted", "not_upheld", "nothing_held"])

    # Registers.

    def _of_registers(self, body: Mapping[str, Any]) -> dict[str, Any]:
        rnd, code = self.rnd, body.get("organisation") or self.who.organisation
        own = self.who.organisation in CONTROLLERS
        new = f"org-{rnd.randrange(10**9)}"
        if body["type"] == "instruct-destruction":
            issuer = self.who.organisation if rnd.random() < 0.7 else code
            likely = rnd.random() < 0.7
            return {"organisation": issuer, "instruction": number(rnd), "occurred_at": written(NOW),
                    "contractor": ENDED if likely else rnd.choice(EVERY_ORGANISATION), "contract": ENDED_CONTRACT,
                    "valid_from": "2026-10-01"}  # fmt: skip
        if body["type"] in {"start-contract", "end-contract"} and own:
            return {"organisation": new if self.who.organisation == "controller-one" else code}
        if body["type"] not in {"register-organisation", "register-office"}:
            # A contract ends long after the play, or the model would have to follow who no longer serves.
            return {"organisation": code, **({"valid_until": FAR_DAY} if body["type"] == "end-contract" else {})}
        named: dict[str, Any] = {"name": "Somebody", "part_of": rnd.choice(EVERY_ORGANISATION)}
        kinds = ["controller", "prime", "Jobcentre Plus", "office"]
        if (
            self.who.organisation == "controller-one"
        ):  # what those who play are stays, or the model would have to follow
            code, named["part_of"] = new, rnd.choice([*CONTRACTORS, "jobcentre-plus"])
            kinds = ["prime", "sub-contractor", "specialist"]
        elif own:
            code = rnd.choice([*ORGANISATIONS][2:])
        named["organisation"] = code
        return {**named, "kind": rnd.choice(kinds)} if body["type"] == "register-organisation" else named


def parts_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a command reports of each person: a share or a receipt may be of several."""
    named = [person["customer_id"] for person in body.get("customers", ())]
    shared = {name: value for name, value in body.items() if name != "customers"}
    return [{**shared, "customer_id": person} for person in named] if named else [shared]


ANSWERS = frozenset({"confirm-claim", "dispute-claim"})
"""What a rule of its own plays."""
DESTROYS = "destroy-records"
"""Written from what is due (strangers_destruction.py)."""
PLAYED = {name: kind for name, kind in COMMANDS.items() if name not in ANSWERS}
