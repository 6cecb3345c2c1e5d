"""Commands at random: the examples of the declarations, with organisations, people, references and days of any kind."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.commands.catalogue import COMMANDS, body_of
from ledger.commands.declaration import Declaration
from tests.authority.strangers_model import UNDER
from tests.authority.strangers_oracle import Seen
from tests.authority.strangers_world import EQUALITY, FAR_DAY, NOW, ORGANISATIONS, UNREGISTERED, Who

EVERY_ORGANISATION = (*ORGANISATIONS, UNREGISTERED)
_ACTING = ("organisation", "sent_by", "received_by", "referred_by", "touchpoint")
_RECEIVING = ("sent_to", "referred_to", "received_from", "recipient", "confirmed_by", "contractor", "controller")
_POOLS = {
    "share_id": "share", "receipt_id": "receipt", "finding_id": "finding", "assessment_id": "assessment",
    "referral_id": "referral", "matter_id": "matter", "restriction_id": "restriction", "hold_id": "hold",
    "decision_id": "decision", "merge_id": "merge", "clarification_id": "clarification",
    "grant_id": "grant",
}  # fmt: skip
NEVER_HERE = frozenset({"confirm-claim", "dispute-claim"})
"""What a rule of its own plays."""


class Pools:
    """The numbers that everybody knows, by person and kind; whoever plays learns those of others."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.late: dict[str, list[tuple[str, str]]] = {}
        self.requests: list[str] = []

    def learn(self, person: str, body: Mapping[str, Any]) -> None:
        """The numbers of a command that was recorded."""
        known = self.known[person]
        for name, pool in _POOLS.items():
            if body.get(name) and str(body[name]) not in known[pool]:
                known[pool].append(str(body[name]))
        for name in ("correction_id", "restriction_id"):
            if body.get(name):
                known["matter"].append(str(body[name]))

    def see(self, person: str, state: Seen) -> None:
        """The numbers that the ledger itself made."""
        self.known[person]["finding"] = [*state["findings"]]
        self.known[person]["assessment"] = [*state["breaches"]]
        self.known[person]["merge"] = [*state["merges"]] or self.known[person]["merge"]
        late = [(key, duty) for key, duty in state["duties"].items() if duty[2] == "late"]
        self.late[person] = [(key.partition(":")[0], key.partition(":")[2].partition(":")[0]) for key, _ in late]

    def pick(self, rnd: random.Random, person: str, pool: str) -> str:
        """A number: mostly one of this person's, now and then another's or one that nobody knows."""
        whose = person if rnd.random() < 0.9 else rnd.choice([*self.known] or [person])
        numbers = self.known[whose][pool][-8:] + self.known[whose][pool][:4]
        return rnd.choice(numbers) if numbers and rnd.random() < 0.97 else number(rnd)


def number(rnd: random.Random) -> str:
    """A new number."""
    return str(uuid.UUID(int=rnd.getrandbits(128), version=4))


def day(rnd: random.Random) -> str:
    """An instant, mostly of this year, else between 2001 and 2030."""
    if rnd.random() < 0.75:
        at = NOW - timedelta(minutes=rnd.randrange(1, 60 * 24 * 200))
    else:
        at = datetime(2001, 1, 1, tzinfo=NOW.tzinfo) + timedelta(days=rnd.randrange(30 * 365))
    return at.isoformat().replace("+00:00", "Z")


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
    pools: Pools
    people: Sequence[str]

    def command(self, kind: Declaration) -> dict[str, Any]:
        """A command of this kind."""
        fields, rnd = kind.fields(), self.rnd
        example = body_of(kind, rnd.choice([*kind.examples.values()]))
        body = {name: value for name, value in example.items() if name == "type" or name in fields}
        body |= {"id": number(rnd), "occurred_at": day(rnd)}
        if kind.name == "request-grant":  # an emergency of long ago opens nothing: it lasts a day
            body["occurred_at"] = NOW.isoformat().replace("+00:00", "Z")
        for name in fields:
            if name in _ACTING and (name in body or name != "touchpoint" or rnd.random() < 0.1):
                body[name] = organisation(rnd, self.who) or (self.who.organisation if name in kind.needs else None)
            elif name in _RECEIVING and name in body:
                body[name] = rnd.choice([*EVERY_ORGANISATION, "jobcentre-plus", "jobcentre-plus"])
            elif name in _POOLS and name != kind.own_id and name in body:
                body[name] = self.pools.pick(rnd, self.person, _POOLS[name])
            elif name.endswith("_at") and name in body:
                body[name] = body["occurred_at"]
        if kind.own_id:
            body[kind.own_id] = number(rnd)
        if kind.subject == "customer":
            body["customer_id"] = self.person
        body |= self._of_kind(kind)
        body |= self._of_registers(body) if kind.subject == "organisation" else {}
        if kind.subject == "request" and not kind.begins:
            body["request_id"] = rnd.choice(self.pools.requests[-25:]) if self.pools.requests else number(rnd)
        if kind.several is not None and rnd.random() < 0.2:
            both = {self.person, rnd.choice(self.people)}
            body = {name: value for name, value in body.items() if name not in {"customer_id", *kind.several}}
            body["customers"] = [{"customer_id": person} for person in sorted(both)]
        return {name: value for name, value in body.items() if value is not None}

    def _of_kind(self, kind: Declaration) -> dict[str, Any]:
        rnd = self.rnd
        match kind.name:
            case "register-customer":
                values = {"given_name": "Kim", "family_name": "Specimen", "date_of_birth": "1991-03-01"}
                return {"customer_id": self.person if rnd.random() < 0.3 else number(rnd), "values": values}
            case "correct-record" | "keep-record" if rnd.random() < 0.5:
                return {"collection": "customers", "values": {"family_name": "Other"}}
            case "receive-request":
                asked = rnd.choice(["access", "erasure", "restriction", "objection", "rectification"])
                return {"kind": asked, "request_id": number(rnd) if rnd.random() < 0.8 else None,
                        "customer_id": self.person if rnd.random() < 0.7 else None}  # fmt: skip
            case _ if kind.name.endswith("-consent"):
                return {"scope": rnd.choice(("market_research", *EQUALITY))}
            case "confirm-identity" if rnd.random() < 0.7:
                return {"customer_id": self.person}
            case "merge-customers":
                return {"into": rnd.choice(self.people)}
            case "find-late" if self.pools.late.get(self.person):
                kind_of_duty, subject = rnd.choice(self.pools.late[self.person])
                return {"subject_type": kind_of_duty, "subject_id": subject}
            case "read-personal-data":
                return {"role": self.who.role, "organisation": self.who.organisation}
            case "send-response" if rnd.random() < 0.5:
                return {"outcome": "granted"}
            case _:
                return {}

    def _of_registers(self, body: Mapping[str, Any]) -> dict[str, Any]:
        rnd, code = self.rnd, body.get("organisation") or self.who.organisation
        if body["type"] not in {"register-organisation", "register-office"}:
            # A contract ends long after the play, or the model would have to follow who no longer serves.
            return {"organisation": code, **({"valid_until": FAR_DAY} if body["type"] == "end-contract" else {})}
        if self.who.organisation == "nhs-england":  # what it is itself stays, or the model would have to follow
            code = rnd.choice([*ORGANISATIONS][2:])
        named = {"organisation": code, "name": "Somebody", "part_of": rnd.choice(EVERY_ORGANISATION)}
        kinds = ["controller", "prime", "Jobcentre Plus", "office"]
        return {**named, "kind": rnd.choice(kinds)} if body["type"] == "register-organisation" else named


def parts_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a command reports of each person: a share or a receipt may be of several."""
    named = [person["customer_id"] for person in body.get("customers", ())]
    shared = {name: value for name, value in body.items() if name != "customers"}
    return [{**shared, "customer_id": person} for person in named] if named else [shared]


PLAYED = {name: kind for name, kind in COMMANDS.items() if name not in NEVER_HERE}
