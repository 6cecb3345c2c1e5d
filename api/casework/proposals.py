"""A refused proposal as a problem: the strictest rule first, every other with it, and nothing of what was said."""

from __future__ import annotations

from ledger.events import Json
from ledger.judging.proposal import Proposal


def as_problem(proposal: Proposal, *, instance: str) -> dict[str, Json]:
    """The problem object of a refused proposal."""
    first = proposal.objections[0]
    return {
        "type": f"/problems/{first.rule_id}",
        "title": "The proposal is refused.",
        "status": 422,
        "detail": sentence(proposal),
        "instance": instance,
        "rule_id": first.rule_id,
        **proposal.as_json(),
    }


def sentence(proposal: Proposal) -> str:
    """Why, in one sentence: the rule that speaks first, in its own words."""
    first = proposal.objections[0]
    more = len(proposal.refusing()) - 1
    others = f" {more} more {'rule refuses' if more == 1 else 'rules refuse'} it." if more else ""
    return f"Rule {first.rule_id} is not kept: “{first.sentence}”.{others}"
