"""The pages about rules: every finding, every rule of the sources, and one rule with what became of it."""

from __future__ import annotations

from fastapi import Request, Response

from api.casework import findings
from api.casework.access import own_organisation
from api.cursors import cursor_of, position_of
from api.dependencies import RuntimeDep
from api.pages.forms import CallerDep
from api.pages.overview import PAGE_ROWS
from api.pages.responses import (
    Cell,
    Choice,
    address,
    choice,
    count_cell,
    customer_cell,
    link,
    noted,
    page,
    page_router,
)
from ledger.duties.catalogue import BY_KIND, DUTIES
from ledger.events.declaration import EVENTS, labels
from ledger.rules.catalogue import BY_ID, RULES, sentence_of
from ledger.rules.rule import SOURCES, Rule
from projections.findings.read import Wanted
from projections.findings.rows import Finding, ListedFinding
from projections.wording import codes, dates, outcomes, parties
from projections.wording.parties import Names

STATES = {"open": "open", "assessed": "assessed", "remediated": "put right", "closed": "closed"}
STATUSES = {
    "checked": "checked",
    "shown": "shown in the report or on a page",
    "configured": "held in a register or a setting",
    "behaviour": "done by the program",
    "outside": "outside the ledger",
}
_FORCES = {
    "MUST": "Must: the source demands it",
    "MUST NOT": "Must not: the source forbids it",
    "SHOULD": "Should: the source recommends it",
    "MAY": "May: the source allows it",
    "STATES": "Stated: a fact or a promise of the source that has to hold",
    "DERIVED": "Derived: it follows from the source, which does not say it",
}
_PROPOSED = {
    "allow": "It is allowed.",
    "warn": "It is allowed, with a warning that names this rule.",
    "refuse-item": "The items that break it are refused; the others may go.",
    "refuse": "It is refused with this sentence, and with the way out where there is one.",
}
_SUBJECTS = {
    "data-shared": "a share",
    "data-received": "a receipt of data",
    "record-kept": "a record that was kept",
    "receipt-confirmed": "a confirmation that a share arrived",
}

_LATE = frozenset(duty.rule for duty in DUTIES if duty.severity)

router = page_router()


@router.get("/findings")
def every_finding(
    request: Request,
    runtime: RuntimeDep,
    by: CallerDep,
    *,
    rule: str = "",
    severity: str = "",
    state: str = "",
    organisation: str = "",
    cursor: str = "",
) -> Response:
    """How many findings there are, and one page of those that were asked for, in the order they were recorded."""
    asked = findings.wanted(
        runtime,
        by,
        rule=rule or None,
        severity=severity or None,
        state=state or None,
        organisation=organisation or None,
    )
    found = findings.overview(runtime, by, asked, after=position_of(cursor or None), limit=PAGE_ROWS)
    names = found.names
    about = {code: parties.organisation(code, names) for code in found.organisations}
    chosen = {"rule": rule, "severity": severity, "state": state, "organisation": organisation}
    following = cursor_of([found.page.next]) if found.page.next is not None else None
    return page(
        request,
        "findings.html",
        by=by,
        names=names,
        counts=_counts(found.by_state, chosen),
        filters=_filters(asked, found.by_rule, about),
        rows=[[*listed(row.finding, names, was_refused=row.was_refused), _subject(row)] for row in found.page.rows],
        next=following and address("/findings", {**chosen, "cursor": following}),
    )


def _counts(by_state: dict[str, dict[str, int]], chosen: dict[str, str]) -> list[list[Cell]]:
    """How many of each severity are in each state; each count leads to what it counts."""
    rows: list[list[Cell]] = []
    for severity, words in codes.SEVERITIES.items():
        counts = by_state.get(severity, {})
        columns = [(state, counts.get(state, 0)) for state in STATES] + [("", sum(counts.values()))]
        cells = [
            count_cell(count, address("/findings", {**chosen, "severity": severity, "state": state}))
            for state, count in columns
        ]
        rows.append([f"{severity}: {words}", *cells])
    return rows


def _filters(asked: Wanted, broken: dict[str, int], about: dict[str, str]) -> list[Choice]:
    return [
        choice("rule", "Rule", asked.rule, {rule: f"{rule} ({count:,})" for rule, count in broken.items()}, "Any rule"),
        choice(
            "severity", "Severity when raised", asked.severity,
            {code: f"{code}: {words}" for code, words in codes.SEVERITIES.items()}, "Any severity",
        ),
        choice("state", "State", asked.state, STATES, "Any state"),
    ] + ([choice("organisation", "About", asked.organisation, about, "Any organisation")] if about else [])  # fmt: skip


def listed(row: Finding, names: Names, *, was_refused: bool = False) -> list[Cell]:
    """The cells of one finding in a list, without whose data it is about."""
    sentence = sentence_of(row.rule_id)
    quoted = f"“{sentence}”" if sentence else None
    raised = None if row.severity == row.raised_as else f"raised as {row.raised_as}"
    since = None if row.state == "open" else f"since {dates.day(row.state_since)}"
    refused = "refused when it was proposed" if was_refused else None
    overridden = "somebody answered for the warning" if row.overridden else None
    prime = f"for {parties.organisation(row.prime, names)}" if row.prime else None
    duty = BY_KIND.get(row.subject_type)
    subject = duty.does if duty else _SUBJECTS.get(row.subject_type) or outcomes.subject(row.subject_type)
    return [
        rule_cell(row.rule_id, quoted),
        noted(f"{row.severity}: {codes.SEVERITIES[row.severity]}", raised),
        noted(STATES[row.state], ", ".join(filter(None, [since, refused, overridden])) or None),
        noted(parties.organisation(row.organisation, names), prime),
        noted(dates.moment(row.occurred_at), f"{subject}{_shown_by(row)}"),
    ]


def _shown_by(row: Finding) -> str:
    """The facts the rule looked at, in the words of the event's own labels; nothing when a finding names none."""
    event = EVENTS.get(row.subject_type)
    known = labels(event) if event is not None else {}
    words = [known[name] for name in row.fields if name in known]
    return f", shown by: {'; '.join(words)}" if words else ""


def rule_cell(rule_id: str, quoted: str | None) -> Cell:
    """A rule of the sources leads to its page; the law's own rules and ours have none."""
    return link(rule_id, f"/rules/{rule_id}", quoted) if rule_id in BY_ID else noted(rule_id, quoted)


def _subject(row: ListedFinding) -> Cell:
    if row.request_id:
        return link(str(row.request_id), f"/requests/{row.request_id}", "a request")
    return customer_cell(row.customer_id) if row.customer_id else "nobody's in particular"


@router.get("/rules")
def every_rule(request: Request, runtime: RuntimeDep, by: CallerDep, source: str = "", status: str = "") -> Response:
    """Every rule of the sources in its own words, source by source, with how many findings it has."""
    counts = findings.counts(runtime, by, own_organisation(runtime, by))
    chosen = [rule for rule in RULES if source in {"", rule.source.number} and status in {"", rule.status}]
    return page(
        request,
        "rules.html",
        by=by,
        count=len(chosen),
        filters=[
            choice("source", "Source", source, {known.number: known.title for known in SOURCES}, "Every source"),
            choice("status", "What became of it", status, STATUSES, "Anything"),
        ],
        sources=[
            (known.title, rows)
            for known in SOURCES
            if (rows := [_listed(rule, counts.get(rule.id, 0)) for rule in chosen if rule.source is known])
        ],
    )


def _listed(rule: Rule, count: int) -> list[Cell]:
    found = count_cell(count, address("/findings", {"rule": rule.id}))
    return [link(rule.id, f"/rules/{rule.id}"), f"“{rule.sentence}”", str(rule.line), STATUSES[rule.status], found]


@router.get("/rules/{rule_id}")
def one_rule(request: Request, rule_id: str, runtime: RuntimeDep, by: CallerDep) -> Response:
    """One rule: its sentence, its force, what a proposal and a report that break it get, and what became of it."""
    rule = findings.rule_named(rule_id)
    count = findings.counts(runtime, by, own_organisation(runtime, by)).get(rule.id, 0)
    return page(
        request,
        "rule.html",
        by=by,
        rule=rule,
        force=_FORCES[rule.force],
        in_force=dates.day(rule.in_force_from) if rule.in_force_from else None,
        proposed=_PROPOSED[rule.proposed] if rule.check else "It is not asked: nothing that is proposed can break it.",
        reported=_reported(rule, count),
        became=STATUSES[rule.status],
        count=count,
        href=address("/findings", {"rule": rule.id}),
    )


def _reported(rule: Rule, count: int) -> str:
    if rule.check is None and (count or rule.id in _LATE):
        return "It is recorded; whether it was done, and in time, is found from what is recorded later."
    if rule.check is None:
        return "It is recorded, and this rule raises no finding."
    if rule.severity is None:
        return "It is recorded, in most cases without a finding."
    assessed = ", which opens a breach assessment of 72 hours" if rule.severity == "S1" else ""
    return f"It is recorded with a finding {rule.severity}: {codes.SEVERITIES[rule.severity]}{assessed}."
