"""The pages about obligations: every duty with its day, and the register of breach assessments."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response

from api.casework import findings, obligations
from api.casework.access import own_organisation
from api.cursors import cursor_of, obligation_cursor, obligation_key, position_of
from api.dependencies import RuntimeDep
from api.pages import overview
from api.pages.findings import rule_cell
from api.pages.forms import CallerDep
from api.pages.overview import PAGE_ROWS
from api.pages.responses import (
    Cell,
    Choice,
    address,
    choice,
    count_cell,
    customer_cell,
    noted,
    page,
    page_router,
)
from ledger.duties.catalogue import DUTIES
from projections.findings.rows import BreachAssessment
from projections.obligations.read import Obligation
from projections.wording import dates, outcomes, parties
from projections.wording.parties import Names

STATES = {"late": "late", "due-soon": "due soon", "open": "open", "done": "done"}

router = page_router()


@router.get("/obligations")
def every_obligation(
    request: Request,
    runtime: RuntimeDep,
    by: CallerDep,
    *,
    kind: str = "",
    state: str = "",
    organisation: str = "",
    cursor: str = "",
) -> Response:
    """How many obligations there are in each state, and one page of them, sorted by due date."""
    asked = obligations.wanted(runtime, by, kind=kind or None, state=state or None, organisation=organisation or None)
    chosen = {"kind": kind, "state": state, "organisation": organisation}
    found = obligations.listed(runtime, by, asked, after=obligation_key(cursor or None), limit=PAGE_ROWS)
    counts, names, more = found.counts.by_state(), found.names, obligation_cursor(found.next)
    return page(
        request,
        "obligations.html",
        by=by,
        counts=[
            [count_cell(count, address("/obligations", {**chosen, "state": state})) for state, count in counts.items()]
        ],
        filters=_filters(chosen, names, own=own_organisation(runtime, by)),
        rows=[listed(row, names) for row in found.rows],
        next=more and address("/obligations", {**chosen, "cursor": more}),
        calendar=found.calendar.version,
        warning=found.warning,
    )


def _filters(chosen: Mapping[str, str], names: Names, *, own: str | None) -> list[Choice]:
    kinds = {duty.kind: f"{duty.does.rstrip('.')} ({duty.rule})" for duty in DUTIES}
    filters = [
        choice("kind", "What is owed", chosen["kind"], kinds, "Anything"),
        choice("state", "State", chosen["state"], STATES, "All that is not done"),
    ]
    if own is not None:
        return filters
    owners = {code: parties.organisation(code, names) for code in names}
    return [*filters, choice("organisation", "Owed by", chosen["organisation"], owners, "Anybody")]


def listed(row: Obligation, names: Names) -> list[Cell]:
    """The cells of one duty in a list; whom it is about comes last."""
    ours = "the period is a default, the sources give none" if row.duty.ours else None
    to = f"to {parties.organisation(row.recipient, names)}" if row.recipient else None
    began = f"{row.subject_id}, of {dates.day(row.started_on)}"
    return [
        noted(_due(row), _left(row)),
        noted(row.duty.does, to),
        parties.organisation(row.owner, names) if row.owner else "the controller",
        STATES[row.state],
        noted_rule(row.duty.rule, row.duty.because, ours),
        customer_cell(row.customer_id, began) if row.customer_id else began,
    ]


def _due(row: Obligation) -> str:
    """The day, and where a clock of hours runs the minute too."""
    if row.due_at:
        return dates.moment(row.due_at)
    return dates.day(row.due_on) if row.due_on else "no day"


def noted_rule(rule_id: str, because: str, ours: str | None) -> Cell:
    """The rule with its words, and that the period is ours where it is."""
    return rule_cell(rule_id, f"“{because}”" if ours is None else f"{because.rstrip('.')}; {ours}")


def _left(row: Obligation) -> str:
    if row.state == "done":
        return f"done on {dates.day(row.done_at)}" + (", late" if row.late else "")
    days = row.days_left
    if days is None:
        return "beyond the bank-holiday list"
    words = f"{abs(days)} day" + ("" if abs(days) == 1 else "s")
    return "due today" if days == 0 and not row.late else f"{words} late" if row.late else f"{words} left"


@router.get("/breaches")
def every_breach(request: Request, runtime: RuntimeDep, by: CallerDep, state: str = "", cursor: str = "") -> Response:
    """Until when the regulator must know of each, and what came of it; every grave finding is in one."""
    open_ = None if state == "any" else state != "closed"
    found = findings.breaches(runtime, by, open_=open_, after=position_of(cursor or None), limit=PAGE_ROWS)
    names = overview.names_of(runtime)
    more = cursor_of([found.next]) if found.next is not None else None
    return page(
        request,
        "breaches.html",
        by=by,
        names=names,
        filters=[choice("state", "State", state, {"closed": "closed", "any": "any state"}, "open")],
        rows=[[*breach(row.assessment, names), customer_cell(row.customer_id)] for row in found.rows],
        next=more and address("/breaches", {"state": state, "cursor": more}),
    )


def breach(row: BreachAssessment, names: Names) -> list[Cell]:
    """The cells of one breach assessment in a list, without whose data it is about."""
    regulator, person, controller = row.regulator_notified_at, row.people_notified_at, row.controller_notified_at
    to_controller = f"controller told {dates.moment(controller)}, " if controller else ""
    if row.controller_due_at and not controller:
        to_controller = "controller not told, "
    outcome = outcomes.meaning(outcomes.BREACHES, row.outcome) if row.outcome else "open"
    late = ", after the 72 hours" if regulator and regulator > row.due_at else ""
    return [
        noted(dates.moment(row.due_at), f"noticed {dates.moment(row.became_aware_at)}"),
        noted(
            f"Regulator told {dates.moment(regulator)}{late}" if regulator else "Regulator not told",
            f"{to_controller}person told {dates.moment(person)}" if person else f"{to_controller}person not told",
        ),
        outcomes.meaning(outcomes.RISKS, row.risk) if row.risk else "not assessed yet",
        noted(outcome, f"closed {dates.moment(row.closed_at)}" if row.closed_at else None),
        noted(
            parties.organisation(row.organisation, names),
            f"broke {', '.join(row.rules)} in {row.subject_id}; assessment {row.assessment_id}",
        ),
    ]
