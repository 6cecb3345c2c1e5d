"""What the doors answer about findings: which of them a caller may list, and what stands beside the list."""

from __future__ import annotations

from ledger.caller import Caller
from ledger.decisions import may_read
from ledger.errors import Malformed, NotAllowed, UnknownReference
from ledger.rules.catalogue import BY_ID, sentence_of
from ledger.rules.rule import Rule
from projections.findings.read import Wanted

SEVERITIES = ("S1", "S2", "S3")
STATES = ("open", "assessed", "remediated", "closed")


class UnknownRule(UnknownReference):
    """There is no rule of this id."""


def wanted(
    by: Caller,
    *,
    rule: str | None = None,
    severity: str | None = None,
    state: str | None = None,
    organisation: str | None = None,
) -> Wanted:
    """What a caller may list of what they ask for; a contractor only their own and their sub-contractors'.

    Raises Malformed and NotAllowed.
    """
    if severity is not None and severity not in SEVERITIES:
        raise Malformed("The severity must be S1, S2 or S3.", field="severity")
    if state is not None and state not in STATES:
        raise Malformed(f"The state must be one of {', '.join(STATES)}.", field="state")
    organisation = organisation or (None if may_read(by, ()) else by.organisation)
    if not may_read(by, [organisation] if organisation else []):
        raise NotAllowed("You may read the findings about your own organisation only.")
    return Wanted(rule=rule, severity=severity, state=state, organisation=organisation)


def rule_named(number: str) -> Rule:
    """A rule of the sources by its id. Raises UnknownRule, which says what another id that is cited stands for."""
    if number not in BY_ID:
        said = sentence_of(number)
        raise UnknownRule(
            said and f"{number} is not of the sources but of the law, or ours where both are silent: {said}"
        )
    return BY_ID[number]
