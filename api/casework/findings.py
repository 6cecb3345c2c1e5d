"""What staff ask about findings: which rules were broken, the register of breach assessments, and their counts."""

from __future__ import annotations

from dataclasses import dataclass

from api.casework.access import own_organisation
from api.casework.runtime import Runtime, Views
from ledger.caller import Caller
from ledger.errors import Malformed, UnknownReference
from ledger.events import Json
from ledger.rules.catalogue import BY_ID, sentence_of
from ledger.rules.rule import Rule
from projections.findings import read as findings
from projections.findings.read import Wanted
from projections.findings.rows import ListedBreach, ListedFinding
from projections.organisations import read as organisations

ROWS_AT_ONCE = 1_000
SEVERITIES = ("S1", "S2", "S3")
STATES = ("open", "assessed", "remediated", "closed")


class UnknownRule(UnknownReference):
    """There is no rule of this id."""


def wanted(
    runtime: Runtime,
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
    organisation = own_organisation(runtime, by, organisation)
    return Wanted(rule=rule, severity=severity, state=state, organisation=organisation)


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingPage:
    """One page of findings in recorded order; `next` is the position to go on after."""

    rows: list[ListedFinding]
    next: int | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {"rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class BreachPage:
    """One page of the register of breach assessments; `next` is the position to go on after."""

    rows: list[ListedBreach]
    next: int | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor."""
        return {"rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingList:
    """Every finding that was asked for, and how many there are of each rule."""

    counts: dict[str, int]
    rows: list[ListedFinding]

    def as_json(self) -> dict[str, Json]:
        """The list as the outside contract has it."""
        return {"counts": {**self.counts}, "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class BreachList:
    """Every breach assessment that was asked for."""

    rows: list[ListedBreach]

    def as_json(self) -> dict[str, Json]:
        """The list as the outside contract has it."""
        return {"count": len(self.rows), "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """One page of findings beside the counts a reader narrows it with."""

    page: FindingPage
    by_state: dict[str, dict[str, int]]
    """How many are in each state, by the severity they were raised with."""
    by_rule: dict[str, int]
    organisations: list[str]
    """Whom findings are about; none for a caller who reads their own organisation only."""
    names: dict[str, str]
    """The organisations' names by their codes."""


def listed(runtime: Runtime, by: Caller, asked: Wanted, *, after: int = 0, limit: int) -> FindingPage:
    """One page of findings in recorded order."""
    with runtime.current_views(by) as connection:
        return _listed(connection, asked, after=after, limit=limit)


def _listed(connection: Views, asked: Wanted, *, after: int, limit: int) -> FindingPage:
    rows = findings.page(connection, asked, after=after, limit=limit + 1)
    return FindingPage(rows=rows[:limit], next=rows[limit - 1].finding.position if len(rows) > limit else None)


def everything(runtime: Runtime, by: Caller, asked: Wanted) -> FindingList:
    """Every finding that is asked for, and how many there are of each rule."""
    rows: list[ListedFinding] = []
    with runtime.current_views(by) as connection:
        while page := findings.page(
            connection, asked, after=rows[-1].finding.position if rows else 0, limit=ROWS_AT_ONCE
        ):
            rows += page
        return FindingList(counts=findings.counts(connection, organisation=asked.organisation), rows=rows)


def overview(runtime: Runtime, by: Caller, asked: Wanted, *, after: int = 0, limit: int) -> Overview:
    """One page of findings with the counts around it."""
    own = own_organisation(runtime, by)
    with runtime.current_views(by) as connection:
        return Overview(
            page=_listed(connection, asked, after=after, limit=limit),
            by_state=findings.counts_by_state(connection, rule=asked.rule, organisation=asked.organisation),
            by_rule=findings.counts(connection, organisation=asked.organisation),
            organisations=[] if own else findings.organisations(connection),
            names=organisations.names_of(connection),
        )


def counts(runtime: Runtime, by: Caller, organisation: str | None = None) -> dict[str, int]:
    """How many findings there are of each rule that has any; with an organisation, about it."""
    with runtime.current_views(by) as connection:
        return findings.counts(connection, organisation=organisation)


def breaches(
    runtime: Runtime,
    by: Caller,
    *,
    organisation: str | None = None,
    open_: bool | None = None,
    after: int = 0,
    limit: int,
) -> BreachPage:
    """One page of the register of breach assessments; a contractor sees their own and their sub-contractors'."""
    about = wanted(runtime, by, organisation=organisation).organisation
    with runtime.current_views(by) as connection:
        rows = findings.breaches(connection, organisation=about, open_=open_, after=after, limit=limit + 1)
    return BreachPage(rows=rows[:limit], next=rows[limit - 1].position if len(rows) > limit else None)


def every_breach(
    runtime: Runtime, by: Caller, *, organisation: str | None = None, open_: bool | None = None
) -> BreachList:
    """The whole register of breach assessments."""
    rows: list[ListedBreach] = []
    after: int | None = 0
    while after is not None:
        page = breaches(runtime, by, organisation=organisation, open_=open_, after=after, limit=ROWS_AT_ONCE)
        rows += page.rows
        after = page.next
    return BreachList(rows=rows)


def count_open_breaches(runtime: Runtime, by: Caller) -> int:
    """How many breach assessments about the caller's own are not closed."""
    with runtime.current_views(by) as connection:
        return findings.count_open_breaches(connection, organisation=own_organisation(runtime, by))


def rule_named(rule_id: str) -> Rule:
    """A rule of the sources by its id. Raises UnknownRule, which says what another id that is cited stands for."""
    if rule_id not in BY_ID:
        sentence = sentence_of(rule_id)
        raise UnknownRule(
            sentence and f"{rule_id} is not of the sources but of the law, or ours where both are silent: {sentence}"
        )
    return BY_ID[rule_id]
