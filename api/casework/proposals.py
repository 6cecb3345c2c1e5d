"""A proposal is asked about whole records only; a refused one is a problem, with the strictest rule first."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from api.casework.incomplete import refuse_incomplete
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.commands.reader import read_command
from ledger.errors import Malformed
from ledger.events import Json
from ledger.judging.proposal import Proposal


def propose(runtime: Runtime, body: dict[str, Any], by: Caller) -> Proposal:
    """The answer of the rules to a command, which is not recorded.

    Raises RecordIncomplete where a view cannot show a record it is about as a whole, and what `Ledger.propose` raises.
    """
    with suppress(Malformed):  # the ledger says it in its own order
        refuse_incomplete(runtime, by, [part.stream for part in read_command(body).parts])
    return runtime.ledger.propose(body, by)


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
