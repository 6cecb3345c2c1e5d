"""The pages about what is owed: every duty with its day, and the register of breach assessments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from api.casework import findings, obligations
from api.pages import content
from api.pages.content import PAGE_ROWS, own_only
from api.pages.findings import rule_cell
from api.pages.forms import CallerDep
from api.pages.responses import address, choice, link, noted, page, page_router
from api.parameters import cursor_of, position_of
from api.routes.obligations import after, following
from api.routes.responses import HouseDep
from ledger.duties.catalogue import BY_KIND, DUTIES
from projections.findings import read as breaches_view
from projections.organisations import read as organisations
from projections.wording import outcomes
from projections.wording import words as wording
from projections.wording.words import Names

STATES = {"late": "late", "due-soon": "due soon", "open": "open", "done": "done"}

router = page_router()


@router.get("/obligations")
def every_obligation(
    request: Request,
    house: HouseDep,
    by: CallerDep,
    *,
    kind: str = "",
    state: str = "",
    organisation: str = "",
    cursor: str = "",
) -> Response:
    """How much is owed in each state, and one page of it, what is due first coming first."""
    asked = obligations.wanted(house, by, kind=kind or None, state=state or None, organisation=organisation or None)
    said = {"kind": kind, "state": state, "organisation": organisation}
    answered: Any = obligations.listed(house, asked, after=after(cursor or None), limit=PAGE_ROWS + 1)
    names = content.names_of(house)
    more = following(answered["rows"], PAGE_ROWS)
    return page(
        request,
        "obligations.html",
        by=by,
        counts=[[_number(answered["counts"][one], {**said, "state": one}) for one in STATES]],
        filters=_filters(house, said, names, own=own_only(by)),
        rows=[listed(row, names) for row in answered["rows"][:PAGE_ROWS]],
        next=more and address("/obligations", {**said, "cursor": more}),
        calendar=answered["calendar"]["version"],
        warning=answered["warning"],
    )


def _number(count: int, said: Mapping[str, str | None]) -> Any:  # noqa: ANN401 (a cell)
    return link(f"{count:,}", address("/obligations", said)) if count else "0"


def _filters(house: HouseDep, said: Mapping[str, str], names: Names, *, own: str | None) -> list[dict[str, Any]]:
    kinds = {duty.kind: f"{duty.does.rstrip('.')} ({duty.rule})" for duty in DUTIES}
    chosen = [
        choice("kind", "What is owed", said["kind"], kinds, "Anything"),
        choice("state", "State", said["state"], STATES, "All that is not done"),
    ]
    if own is not None:
        return chosen
    with house.current_views() as connection:
        owners = {code: wording.organisation(code, names) for code in organisations.names_of(connection)}
    return [*chosen, choice("organisation", "Owed by", said["organisation"], owners, "Anybody")]


def listed(row: Mapping[str, Any], names: Names) -> list[Any]:
    """The cells of one duty in a list; whom it is about comes last."""
    duty = BY_KIND[row["kind"]]
    ours = "the period is a default, the sources give none" if duty.ours else None
    to = f"to {wording.organisation(row['recipient'], names)}" if row["recipient"] else None
    began = f"{row['subject_id']}, of {wording.day(row['started_on'])}"
    whom = link(row["customer_id"], f"/customers/{row['customer_id']}", began) if row["customer_id"] else began
    return [
        noted(_due(row), _left(row)),
        noted(duty.does, to),
        wording.organisation(row["owner"], names) if row["owner"] else "the controller",
        STATES[row["state"]],
        noted_rule(duty.rule, duty.because, ours),
        whom,
    ]


def _due(row: Mapping[str, Any]) -> str:
    """The day, and where a clock of hours runs the minute too."""
    if row["due_at"]:
        return wording.moment(row["due_at"])
    return wording.day(row["due_on"]) if row["due_on"] else "no day"


def noted_rule(rule_id: str, because: str, ours: str | None) -> Any:  # noqa: ANN401 (a cell)
    """The rule with its words, and that the period is ours where it is."""
    return rule_cell(rule_id, f"“{because}”" if ours is None else f"{because.rstrip('.')}; {ours}")


def _left(row: Mapping[str, Any]) -> str:
    if row["state"] == "done":
        return f"done on {wording.day(row['done_at'])}" + (", late" if row["late"] else "")
    days = row["days_left"]
    if days is None:
        return "beyond the bank-holiday list"
    words = f"{abs(days)} day" + ("" if abs(days) == 1 else "s")
    return "due today" if days == 0 and not row["late"] else f"{words} late" if row["late"] else f"{words} left"


@router.get("/breaches")
def every_breach(request: Request, house: HouseDep, by: CallerDep, state: str = "", cursor: str = "") -> Response:
    """Until when the regulator must know of each, and what came of it; every grave finding is in one."""
    organisation = findings.wanted(by).organisation
    open_ = None if state == "any" else state != "closed"
    names = content.names_of(house)
    with house.current_views() as connection:
        rows: list[Any] = breaches_view.breaches(
            connection,
            organisation=organisation,
            open_=open_,
            after=position_of(cursor or None),
            limit=PAGE_ROWS + 1,
        )
    more = cursor_of([rows[PAGE_ROWS - 1]["position"]]) if len(rows) > PAGE_ROWS else None
    return page(
        request,
        "breaches.html",
        by=by,
        filters=[choice("state", "State", state, {"closed": "closed", "any": "any state"}, "open")],
        rows=[
            [*breach(row, names), link(row["customer_id"], f"/customers/{row['customer_id']}")]
            for row in rows[:PAGE_ROWS]
        ],
        next=more and address("/breaches", {"state": state, "cursor": more}),
    )


def breach(row: Mapping[str, Any], names: Names) -> list[Any]:
    """The cells of one breach assessment in a list, without whose data it is about."""
    regulator, person, closed = row["regulator_notified_at"], row["people_notified_at"], row["closed_at"]
    told = row["controller_notified_at"]
    to_controller = f"controller told {wording.moment(told)}, " if told else ""
    if row["controller_due_at"] and not told:
        to_controller = "controller not told, "
    outcome = outcomes.meaning(outcomes.BREACHES, row["outcome"]) if row["outcome"] else "open"
    late = ", after the 72 hours" if regulator and regulator > row["due_at"] else ""
    return [
        noted(wording.moment(row["due_at"]), f"noticed {wording.moment(row['became_aware_at'])}"),
        noted(
            f"Regulator told {wording.moment(regulator)}{late}" if regulator else "Regulator not told",
            f"{to_controller}person told {wording.moment(person)}" if person else f"{to_controller}person not told",
        ),
        outcomes.meaning(outcomes.RISKS, row["risk"]) if row["risk"] else "not assessed yet",
        noted(outcome, f"closed {wording.moment(closed)}" if closed else None),
        noted(
            wording.organisation(row["organisation"], names),
            f"broke {', '.join(row['rules'])} in {row['subject_id']}; assessment {row['assessment_id']}",
        ),
    ]
