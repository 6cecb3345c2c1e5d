"""Our schedule beside the rule of the service before it, customer by customer: who is taken early, late or never.

What the two say is fixed here for every door. The old rule takes a whole customer or nothing, so one class that is due
is enough for ours to take; records that only this ledger keeps, of its own readings and of requests, are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from ledger.errors import Malformed
from ledger.events import Json
from ledger.retention import earlier_service
from ledger.retention.earlier_service import Known
from projections.customers import read as customers
from projections.retention import read as retention
from projections.wording.dates import day as day_in_words

PAGE = 1_000
ROWS_SHOWN = 100
MOST_COUNTED = 10_000
"""How many customers a page of a browser waits for; the command line counts them all."""
VERDICTS = {
    "taken_too_early": "taken by the old rule, though nothing is due or a hold keeps it",
    "missed": "due, and never taken by the old rule",
    "kept_too_long": "due, and taken by the old rule only on a later run",
}
"""How the two may differ about a customer on a day."""
OURS_ALONE = frozenset({"access_log", "rights_request", "breach_file"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some customers compared, in the order of their ids: how many of each verdict, and a row for each difference."""

    counts: Counter[str]
    rows: list[dict[str, Json]]
    last: UUID | None
    """The customer to go on after; None when there are no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ours:
    """What our schedule says of one customer on a day."""

    takes: bool
    destroy_by: str | None
    rule: str | None
    held_by: list[str]
    classes: list[str]


def only_known(name: str) -> None:
    """Whether a rule of this name can be compared with. Raises Malformed."""
    if name != earlier_service.NAME:
        raise Malformed(f"The only rule to compare with is {earlier_service.NAME}.", field="with")


def heading(on: date) -> dict[str, Json]:
    """What is compared: the day, the version of the old rule in force then and its cut-off, null before the first."""
    rule = earlier_service.rule_on(on)
    return {
        "on": on.isoformat(),
        "compared_with": earlier_service.NAME,
        "rule": rule.version if rule else None,
        "cut_off": earlier_service.cut_off(rule, on).isoformat().replace("+00:00", "Z") if rule else None,
    }


def counted(counts: Mapping[str, int]) -> dict[str, Json]:
    """How many customers were compared, and how many of each verdict."""
    return {
        "customers": sum(counts.values()),
        "agree": {name: counts.get(name, 0) for name in ("both_take", "both_keep")},
        "differ": {name: counts.get(name, 0) for name in VERDICTS},
    }


def page(
    connection: Any,  # noqa: ANN401 (no psycopg outside wiring)
    on: date,
    *,
    after: UUID | None = None,
    limit: int,
    organisation: str | None = None,
) -> Page:
    """The next so many customers compared; with an organisation, only those it is responsible for."""
    if organisation is None:
        numbers = customers.numbers_page(connection, after=after, limit=limit + 1)
    else:
        numbers = retention.numbers_page(connection, organisation, after=after, limit=limit + 1)
    asked = numbers[:limit]
    due = _due_by_customer(connection, asked)
    held = retention.held_of(connection, asked, besides=OURS_ALONE)
    counts: Counter[str] = Counter()
    rows = []
    for standing in customers.standings(connection, asked):
        ours = _ours(due[standing.customer], standing.destroyed or (), held.get(standing.customer, []), on)
        verdict, row = _compared(standing, ours, on)
        counts[verdict] += 1
        if row is not None:
            rows.append(row)
    return Page(counts=counts, rows=rows, last=asked[-1] if len(numbers) > limit else None)


def every_page(
    connection: Any,  # noqa: ANN401 (no psycopg outside wiring)
    on: date,
    *,
    organisation: str | None = None,
) -> Iterator[Page]:
    """All customers compared, page by page, so that no more than one page is ever in memory."""
    after: UUID | None = None
    while True:
        compared = page(connection, on, after=after, limit=PAGE, organisation=organisation)
        yield compared
        after = compared.last
        if after is None:
            return


def summary(
    connection: Any,  # noqa: ANN401 (no psycopg outside wiring)
    on: date,
    *,
    organisation: str | None = None,
) -> dict[str, Json]:
    """The counts and the first rows, for a page: of so many customers at most, and `whole` says whether that is all."""
    counts: Counter[str] = Counter()
    rows: list[dict[str, Json]] = []
    whole = True
    for compared in every_page(connection, on, organisation=organisation):
        counts.update(compared.counts)
        rows += compared.rows[: ROWS_SHOWN - len(rows)]
        if compared.last is not None and counts.total() >= MOST_COUNTED:
            whole = False
            break
    return {**heading(on), **counted(counts), "rows": [*rows], "whole": whole}


def _due_by_customer(connection: Any, numbers: Sequence[UUID]) -> defaultdict[UUID, list[dict[str, Json]]]:  # noqa: ANN401
    due: defaultdict[UUID, list[dict[str, Json]]] = defaultdict(list)
    for row in retention.due_of(connection, numbers):
        due[UUID(str(row["customer_id"]))].append(row)
    return due


def _ours(
    due: Sequence[Mapping[str, Any]], destroyed: Sequence[Mapping[str, Any]], held_by: list[str], on: date
) -> _Ours:
    """What was destroyed by its day counts as taken: a run must not make a customer look as if they were kept."""
    rows = [row for row in (*destroyed, *due) if row["class"] not in OURS_ALONE]
    reached = [row for row in rows if row["destroy_by"] and row["destroy_by"] <= on.isoformat()]
    free = [row for row in reached if not row.get("held_by")]
    dated = [row for row in rows if row["destroy_by"]]
    first = min(free or dated, key=lambda row: str(row["destroy_by"]), default=rows[0] if rows else None)
    return _Ours(
        takes=bool(free),
        destroy_by=first["destroy_by"] if first else None,
        rule=first["rule"] if first else None,
        held_by=held_by,
        classes=sorted({row["class"] for row in reached}),
    )


def _compared(standing: customers.Standing, ours: _Ours, on: date) -> tuple[str, dict[str, Json] | None]:
    known = Known(
        latest_interaction=standing.latest_interaction, touchpoint=standing.touchpoint, redacted=standing.redacted
    )
    theirs = earlier_service.selected(known, on)
    if theirs.takes == ours.takes and not (theirs.takes and ours.held_by):
        return ("both_take" if ours.takes else "both_keep"), None
    if theirs.takes:
        verdict, because = "taken_too_early", _too_early(ours)
    else:
        verdict, because = _late(known, ours, on)
    return verdict, {
        "customer_id": str(standing.customer),
        "verdict": verdict,
        "dss": {"takes": theirs.takes, "because": theirs.because},
        "ledger": {
            "destroy_by": ours.destroy_by,
            "rule": ours.rule,
            "held_by": [*ours.held_by],
            "classes": [*ours.classes],
        },
        "because": because,
    }


def _late(known: Known, ours: _Ours, on: date) -> tuple[str, str]:
    due = f"Records are due by {day_in_words(str(ours.destroy_by))} under {ours.rule}, and the old rule"
    following = earlier_service.next_selected(known, on)
    if following is None:
        return "missed", f"{due} never takes the customer. {earlier_service.never(known) or ''}".rstrip()
    return "kept_too_long", f"{due} takes the customer on {day_in_words(following)} at the earliest."


def _too_early(ours: _Ours) -> str:
    if ours.held_by:
        return "A hold keeps the records, and the old rule knows no holds."
    if ours.destroy_by is not None:
        return f"Nothing is due before {day_in_words(ours.destroy_by)}, under {ours.rule}."
    if ours.rule is not None:
        return f"No period is set under {ours.rule}, so the records wait for a decision and are not due."
    return "No clock runs for anything that is kept, so nothing is due."
