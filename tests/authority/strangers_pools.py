"""What everybody in the play knows by number: shares, findings, requests. Strangers know those of others."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.authority.strangers_oracle import Seen
from tests.authority.strangers_world import NOW

OF_FIELDS = {
    "share_id": "share", "receipt_id": "receipt", "finding_id": "finding", "assessment_id": "assessment",
    "referral_id": "referral", "matter_id": "matter", "restriction_id": "restriction", "hold_id": "hold",
    "decision_id": "decision", "merge_id": "merge", "clarification_id": "clarification", "grant_id": "grant",
    "flag_id": "flag",
}  # fmt: skip
"""The pool that a field's numbers are drawn from."""
_ENDS = {
    "lift-at-risk": ("flag_id", "flag"), "review-decision": ("decision_id", "decision"),
    "end-grant": ("grant_id", "grant"), "refuse-grant": ("grant_id", "grant"),
    "unmerge-customers": ("merge_id", "merge"),
}  # fmt: skip
"""Commands after which nothing more can be done with a number."""
CLOSES = {"send-response", "refuse-request", "withdraw-request"}


def number(rnd: random.Random) -> str:
    """A new number."""
    return str(uuid.UUID(int=rnd.getrandbits(128), version=4))


def written(at: datetime) -> str:
    """An instant as a command gives it."""
    return at.isoformat().replace("+00:00", "Z")


def day(rnd: random.Random) -> str:
    """An instant, mostly of this year, else between 2001 and 2030."""
    if rnd.random() < 0.85:
        return written(NOW - timedelta(minutes=rnd.randrange(1, 60 * 24 * 200)))
    return written(datetime(2001, 1, 1, tzinfo=NOW.tzinfo) + timedelta(days=rnd.randrange(30 * 365)))


@dataclass
class Asked:
    """A request of somebody, and how far it has come."""

    kind: str
    customer: str | None
    since: str
    waits_for: set[str] = field(default_factory=set)
    questions: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    reports: list[str] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether it was answered, refused or withdrawn."""
        return bool(self.done & CLOSES)

    def fits(self, step: str) -> bool:
        """Whether a step can be next."""
        if self.closed:
            return step == "acknowledge-request" and step not in self.done
        match step:
            case "acknowledge-request":
                return step not in self.done
            case "extend-time":
                return step not in self.done and self.kind != "complaint"
            case "ask-identity" | "ask-fee":
                return step.removeprefix("ask-") not in self.waits_for
            case "confirm-fee":
                return "fee" in self.waits_for
            case "receive-clarification":
                return bool(self.questions)
            case "withhold-item" | "decide-third-party" | "prepare-report":
                return self.kind in {"access", "portability"}
            case "check-accuracy":
                return self.kind == "rectification"
            case _:
                return True

    def after(self, body: Mapping[str, Any]) -> None:
        """A step took effect."""
        self.done.add(step := body["type"])
        if step in {"ask-identity", "ask-fee"}:
            self.waits_for.add(step.removeprefix("ask-"))
        if step in {"confirm-identity", "confirm-fee"}:
            self.waits_for.discard(step.removeprefix("confirm-"))
        if step == "ask-clarification":
            self.questions.append(body["clarification_id"])
        if step == "receive-clarification" and body["clarification_id"] in self.questions:
            self.questions.remove(body["clarification_id"])
        if step == "prepare-report":
            self.reports.append(body["digest"])
        self.customer = self.customer or body.get("customer_id")


class Pools:
    """The numbers that everybody knows, by person and kind; whoever plays learns those of others."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.late: dict[str, list[tuple[str, str]]] = {}
        self.requests: dict[str, Asked] = {}
        self.done: set[tuple[str, ...]] = set()
        """Which command took effect for which of a person's numbers."""

    def learn(self, person: str, body: Mapping[str, Any], *, effect: bool) -> None:
        """The numbers of a command that was recorded."""
        known = self.known[person]
        for name, pool in OF_FIELDS.items():
            if body.get(name) and str(body[name]) not in known[pool]:
                known[pool].append(str(body[name]))
                if effect:
                    self.done.add((body["type"], person, str(body[name])))
            elif body.get(name) and effect:
                self.done.add((body["type"], person, str(body[name])))
        for name in ("correction_id", "restriction_id"):
            if body.get(name) and body[name] not in known["matter"]:
                known["matter"].append(str(body[name]))
        if effect and body["type"] in _ENDS:
            name, pool = _ENDS[body["type"]]
            if body[name] in known[pool]:
                known[pool].remove(body[name])

    def learn_request(self, body: Mapping[str, Any], *, effect: bool) -> None:
        """A request that was received, whoever reported it, or a step of one that took effect."""
        request_id = str(body.get("request_id") or body["id"])
        if body["type"] == "receive-request":
            asked = Asked(body["kind"], body.get("customer_id"), body["occurred_at"])
            self.requests.setdefault(request_id, asked)
        elif effect and request_id in self.requests:
            self.requests[request_id].after(body)

    def see(self, person: str, state: Seen) -> None:
        """The numbers that the ledger itself made."""
        known = self.known[person]
        known["finding"], known["assessment"] = [*state["findings"]], [*state["breaches"]]
        late = [key for key, duty in state["duties"].items() if duty[2] == "late"]
        self.late[person] = [(key.partition(":")[0], key.partition(":")[2].partition(":")[0]) for key in late]

    def pick(self, rnd: random.Random, person: str, pool: str) -> str:
        """A number: mostly one of this person's, now and then another's or one that nobody knows."""
        whose = person if rnd.random() < 0.9 else rnd.choice([*self.known] or [person])
        numbers = self.known[whose][pool][-8:] + self.known[whose][pool][:4]
        return rnd.choice(numbers) if numbers and rnd.random() < 0.97 else number(rnd)
