"""Where a command fits: the people and numbers for which the record itself would not refuse it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.authority.strangers_model import Model
from tests.authority.strangers_oracle import Seen
from tests.authority.strangers_pools import OF_FIELDS, Pools
from tests.authority.strangers_sides import side
from tests.authority.strangers_world import NHS, Who

Fitting = tuple[str, dict[str, Any]]
"""A person, and the fields that refer to something of theirs."""
_ONCE = {"confirm-receipt": "share_id", "pass-to-work-coach": "share_id", "route-data": "receipt_id",
         "incorporate-data": "receipt_id", "dispose-copy": "receipt_id"}  # fmt: skip
_ANY = {"approve-grant": "grant_id", "refuse-grant": "grant_id", "end-grant": "grant_id",
        "lift-at-risk": "flag_id", "review-decision": "decision_id"}  # fmt: skip
_OPEN_FINDINGS = {"assess-finding", "remediate-finding"}
_OF_A_BREACH = {"assess-breach-risk", "notify-controller", "notify-regulator", "notify-people",
                "close-breach-assessment"}  # fmt: skip
_OF_RECIPIENTS = {"notify-recipient", "confirm-correction"}


@dataclass(frozen=True, kw_only=True)
class Situations:
    """What the play has come to."""

    pools: Pools
    states: Mapping[str, Seen]
    model: Model
    people: Sequence[str]

    def fitting(self, kind: str, who: Who) -> list[Fitting] | None:
        """Whom a command fits, and with which numbers; None for one that fits everybody."""
        found = self._found(kind, who)
        return None if found is None else [*found]

    def _found(self, kind: str, who: Who) -> Iterator[Fitting] | None:
        if kind in _ONCE:
            return self._numbers(_ONCE[kind], once=kind)
        if kind == "end-grant" and side(who) != "controller":
            own = ((person, grant_id) for grant_id, (asker, person) in self.model.grants.items() if asker == who)
            return ((person, {"grant_id": grant_id}) for person, grant_id in own)
        if kind in _ANY:
            return self._numbers(_ANY[kind], once="approve-grant" if kind in {"approve-grant", "refuse-grant"} else "")
        if kind in _OPEN_FINDINGS | {"close-finding"}:
            states = {"open", "assessed", "remediated"} if kind in _OPEN_FINDINGS else {"assessed", "remediated"}
            return self._of_state("findings", "finding_id", lambda row: row[2] in states)
        if kind in _OF_A_BREACH:
            return self._of_state("breaches", "assessment_id", lambda row: row[2] is None)
        if kind in _OF_RECIPIENTS:
            return self._recipients(kind)
        match kind:
            case "accept-referral":
                return self._of_state("referrals", "referral_id", lambda row: row[1] != "accepted")
            case "lift-restriction":
                return self._of_state("restrictions", "restriction_id", lambda lifted_at: lifted_at is None)
            case "review-hold" | "lift-hold":
                return self._holds()
            case "end-service" | "resume-service":
                ended = kind == "resume-service"
                return (
                    (p, {}) for p in self.people if (self.states[p]["ended"]["service_ended_at"] is not None) == ended
                )
            case "merge-customers":
                return self._merges()
            case "unmerge-customers":
                merged = ((p, merge_id) for p in self.people for merge_id in self.pools.known[p]["merge"])
                return ((p, {"merge_id": m}) for p, m in merged if ("merge-customers", p, m) in self.pools.done)
            case "extend-retention":
                return ((p, {}) for p in self.people if self.model.people[p].programme == NHS)
            case "find-late":
                late = ((p, task) for p in self.people for task in self.pools.late.get(p, ()))
                return ((p, {"subject_type": duty, "subject_id": subject}) for p, (duty, subject) in late)
            case "read-personal-data":
                return ((p, {}) for p in self.people if self.model.may_read(who, p))
            case _:
                return None

    def _numbers(self, name: str, *, once: str) -> Iterator[Fitting]:
        every = ((p, ref) for p in self.people for ref in self.pools.known[p][OF_FIELDS[name]])
        return ((p, {name: ref}) for p, ref in every if (once, p, ref) not in self.pools.done)

    def _of_state(self, aspect: str, name: str, fits: Any) -> Iterator[Fitting]:
        every = ((p, ref, row) for p in self.people for ref, row in self.states[p][aspect].items())
        return ((p, {name: ref}) for p, ref, row in every if fits(row))

    def _holds(self) -> Iterator[Fitting]:
        for person in self.people:
            state = self.states[person]
            yield from ((person, {"hold_id": ref}) for ref in state["holds"] if ref not in state["restrictions"])

    def _recipients(self, kind: str) -> Iterator[Fitting]:
        for person in self.people:
            recipients = [code for way, code in self.states[person]["shares"] if way == "shared_with"]
            matters = [m for m in self.pools.known[person]["matter"] if (kind, person, m) not in self.pools.done]
            yield from ((person, {"matter_id": m, "recipient": code}) for m in matters for code in recipients)

    def _merges(self) -> Iterator[Fitting]:
        alone = [p for p in self.people if not self.states[p]["merges"]]
        programmes = {p: self.model.people[p].programme for p in alone}
        yield from ((p, {"into": other}) for p in alone for other in alone
                    if p != other and programmes[p] == programmes[other])  # fmt: skip
